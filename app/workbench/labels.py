"""What every code of the trade is called on the pages. No code is shown without its label."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.workbench.words import N_


@dataclass(frozen=True, slots=True)
class Mark:
    """A shape and a word for an answer: colour alone says nothing. `tone` is a class of the stylesheet."""

    shape: str
    word: str
    tone: str


PARTS: Mapping[str, tuple[str, str]] = {
    "text": (N_("Text"), N_("how much the two texts have in common")),
    "sector": (N_("Sector"), N_("sectors of both, of the sectors of either")),
    "modality": (N_("Modality"), N_("whether what is offered can be delivered as what is asked for")),
    "precedent": (N_("Precedent"), N_("what Annex 1 of the study records of both countries in these roles")),
    "proximity": (N_("Proximity"), N_("a language, a sub-region and a regional bloc in common")),
    "practice": (N_("Practice"), N_("how far the offer is proven")),
    "channel": (N_("Channel"), N_("how well the best channel fits the pair")),
}
"""Name and meaning of each part of the score."""

BLENDS: Mapping[str, str] = {
    "same": N_(
        "For texts in one language, a full match counts %(stems)s in their words, %(pivot)s in their words "
        "in Spanish, %(grams)s in runs of letters and %(concepts)s in concepts."
    ),
    "bridged": N_(
        "For texts in two languages that can both be read in Spanish, a full match counts %(stems)s in "
        "their own words, %(pivot)s in their words in Spanish, %(grams)s in runs of letters and "
        "%(concepts)s in concepts."
    ),
    "unbridged": N_(
        "For texts in two languages of which one cannot be read in Spanish, a full match counts %(stems)s "
        "in their own words, %(pivot)s in words in Spanish, %(grams)s in runs of letters and %(concepts)s "
        "in concepts."
    ),
}
"""What each view of two texts counts in their similarity, by how their languages meet."""

SUPPORT_PARTS: Mapping[str, tuple[str, str]] = {
    "record": (N_("Record"), N_("what Annex 1 of the study records of the channel in this country")),
    "themes": (N_("Themes"), N_("whether the channel's chapter names a theme of this sector")),
    "modality": (N_("Modality"), N_("whether the channel is said to use it")),
    "membership": (N_("Membership"), N_("whether the channel works for this country")),
    "funding": (N_("Funding"), N_("the best verdict among its funds, programmes and services")),
}
"""Name and meaning of each part of a channel's fit to a need."""

KNOWLEDGE: Mapping[str, Mark] = {
    "recorded": Mark("■", N_("recorded for this country"), "yes"),
    "inherited": Mark("◧", N_("recorded for a group it lies in"), "open"),
    "named": Mark("□", N_("named in the chapter, not in Annex 1"), "open"),
    "excluded": Mark("✕", N_("the source counts it out"), "no"),
    "unknown": Mark("▨", N_("nothing known"), "open"),
}
"""What the source tells of a channel in a country: nothing known is not nothing done."""

GATES: Mapping[str, tuple[str, str]] = {
    "open": (N_("Both are open"), N_("Not both are open: published, and not past the last day.")),
    "different_country": (N_("Two countries"), N_("Both are from the same country.")),
    "visible": (N_("You may see both"), N_("Not both are for you to see.")),
    "not_parked": (N_("Not parked by a refusal"), N_("A refusal that is still in effect keeps them apart.")),
    "capacity": (N_("The provider has room"), N_("The provider has no room now.")),
}
"""Name of each gate, and what is said when it is not met."""

ANSWERS: Mapping[str, Mark] = {
    "met": Mark("✓", N_("met"), "yes"),
    "not_met": Mark("✕", N_("not met"), "no"),
    "unknown": Mark("?", N_("not known"), "open"),
}

STANDINGS: Mapping[str, Mark] = {
    "eligible": Mark("✓", N_("eligible"), "yes"),
    "conditional": Mark("?", N_("conditional"), "open"),
    "ineligible": Mark("✕", N_("not eligible"), "no"),
}

ROLES: Mapping[str, Mark] = {
    "provider": Mark("▲", N_("provider"), "provider"),
    "receiver": Mark("▼", N_("receiver"), "receiver"),
    "both": Mark("◆", N_("provider and receiver"), "both"),
    "unspecified": Mark("●", N_("role not specified"), "unspecified"),
    "none": Mark("·", N_("no role stated"), "none"),
}
"""The roles of Annex 1, by shape."""

CORRECTIONS: Mapping[str, Mark] = {
    "proposed": Mark("?", N_("waiting for an editor"), "open"),
    "accepted": Mark("✓", N_("accepted"), "yes"),
    "refused": Mark("✕", N_("refused"), "no"),
}

ADDS, CHANGES, TAKES_OUT = N_("to be added"), N_("to be changed"), N_("to be taken out")

FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "about": N_("About"),
    "coverage": N_("Row of Annex 1"),
    "languages": N_("Languages"),
    "variants": N_("Other spellings"),
    "kind": N_("Kind"),
    "subregion": N_("Sub-region"),
    "abbreviation": N_("Abbreviation"),
    "countries": N_("Countries"),
    "modalities": N_("Modalities"),
    "themes": N_("Themes"),
    "cycle": N_("Cycle"),
    "funding": N_("Funding"),
    "donors": N_("Donors"),
    "platforms": N_("Platforms and networks"),
    "matchmaking": N_("Match-making"),
    "prospects": N_("Prospects"),
    "facts": N_("Facts"),
    "not_stated": N_("What the study does not say"),
    "channel": N_("Channel"),
    "with_channels": N_("Other channels"),
    "told": N_("How much the source tells"),
    "as_of": N_("As of"),
    "window": N_("Window"),
    "amounts": N_("Amounts"),
    "shares": N_("Percentages"),
    "steps": N_("Steps"),
    "rules": N_("Rules"),
}
"""What the fields of an entry are called where somebody corrects them."""

INPUTS: Mapping[str, str] = {
    "statement": N_("Statement, in English"),
    "name": N_("Name"),
    "kind": N_("Kind"),
    "about": N_("About, in English"),
    "what": N_("What it is, in English"),
    "usd": N_("US dollars"),
    "sector": N_("Sector"),
    "sectors": N_("Sectors, by slug, with commas between"),
    "channel": N_("Channel"),
    "modality": N_("Modality"),
    "role": N_("Role"),
    "unit": N_("Unit or programme"),
    "note": N_("Note"),
    "text": N_("Text"),
    "en": N_("In English"),
    "es": N_("In Spanish"),
    "pt": N_("In Portuguese"),
    "fr": N_("In French"),
}

STATUSES: Mapping[str, tuple[str, str]] = {
    "draft": (N_("draft"), N_("It is a draft: it has no suggestions before it is published.")),
    "published": (N_("open"), ""),
    "withdrawn": (
        N_("withdrawn"),
        N_("It was withdrawn: it has no suggestions until it is published again."),
    ),
    "expired": (N_("expired"), N_("Its last day is past: it has no suggestions until it is renewed.")),
    "fulfilled": (N_("fulfilled"), N_("It is fulfilled: nothing more is sought.")),
}

PRACTICE: Mapping[str, str] = {
    "described": N_("described"),
    "documented": N_("documented"),
    "evaluated": N_("evaluated"),
    "transferred": N_("transferred to another country before"),
}

ORGANISATIONS: Mapping[str, str] = {
    "agency": N_("cooperation agency"),
    "ministry": N_("ministry"),
    "subnational": N_("city or state"),
    "university": N_("university"),
    "ngo": N_("non-governmental organisation"),
    "private": N_("company"),
    "other": N_("other body"),
}

CHANNEL_KINDS: Mapping[str, str] = {
    "un-system": N_("United Nations system"),
    "other-multilateral": N_("Other multilateral organisations"),
    "regional-integration": N_("Regional integration"),
    "box-entry": N_("Named in a box of the study"),
}

PLATFORM_KINDS: Mapping[str, str] = {
    "network": N_("network"),
    "online-platform": N_("online platform"),
    "database": N_("database"),
    "programme": N_("programme"),
    "centre": N_("centre"),
    "committee": N_("committee"),
    "community": N_("community of practice"),
    "event": N_("event"),
    "publication": N_("publication"),
    "service": N_("service"),
}

INSTRUMENT_KINDS: Mapping[str, str] = {
    "fund": N_("fund"),
    "programme": N_("programme"),
    "service": N_("service"),
    "budget": N_("budget"),
    "agreement": N_("agreement"),
}

TOLD: Mapping[str, str] = {
    "example": N_("The study gives it as an example of one exchange; it does not describe it."),
    "named-only": N_("The study only names it."),
}
"""What is said of an instrument that the source does not describe."""

RULE_GROUPS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "who": (
        N_("Who may take part"),
        {
            "in_region": N_("Countries of the region"),
            "member_of": N_("Members of a group"),
            "not_among": N_("Countries left out"),
            "contributes_only": N_("Countries that pay in and do not receive"),
            "documented_use": N_("Countries whose use is on record"),
            "at_least": N_("A number of countries"),
        },
    ),
    "what": (
        N_("What for"),
        {
            "sector_in": N_("Sectors"),
            "modality_in": N_("Modalities"),
            "results_in": N_("A result"),
        },
    ),
    "money": (
        N_("Money"),
        {
            "at_most": N_("A ceiling"),
            "at_most_share": N_("A ceiling as a percentage"),
            "shares_cost": N_("A share of the cost"),
        },
    ),
    "showing": (
        N_("What to show"),
        {
            "endorsed_by": N_("Support of an authority"),
            "confirmed": N_("A condition to confirm"),
            "within_window": N_("The right moment"),
        },
    ),
}
"""The kinds of rules in plain words, as they stand together on the page of an instrument."""

RULES: Mapping[str, str] = {kind: words for _, kinds in RULE_GROUPS.values() for kind, words in kinds.items()}

BASES: Mapping[str, str] = {
    "country-allocation": N_("%(percent)s of what the organisation allocates to the country"),
}
"""A ceiling as a percentage, by what it is taken of."""

PARTIES: Mapping[str, str] = {
    "receiver": N_("for the receiver"),
    "provider": N_("for the provider"),
    "applicants": N_("for every applicant"),
}
"""Whom a rule is about."""

ENUMERATIONS: Mapping[str, str] = {
    "closed": N_("no others"),
    "open": N_("and others that the source does not name"),
}

NAMING: Mapping[str, str] = {
    "member_of": N_("named as a member"),
    "not_among": N_("left out"),
    "documented_use": N_("its use is on record"),
    "contributes_only": N_("pays in and does not receive"),
}
"""How a rule names a country."""

WINDOWS: Mapping[str, str] = {
    "rolling": N_("Applications at any time"),
    "annual-call": N_("One call a year"),
    "board": N_("Decided at meetings of a board"),
    "biennial-plan": N_("Fitted into a two-year plan"),
    "not-stated": N_("The study does not say when"),
}

FAMILIES: Mapping[str, str] = {
    "expertise": N_("Expertise"),
    "learning": N_("Learning"),
    "visit": N_("Visits"),
    "exchange": N_("Exchange"),
    "knowledge": N_("Knowledge"),
    "network": N_("Networks"),
    "agreement": N_("Agreements"),
    "support": N_("Support"),
}

NEEDS: Mapping[str, str] = {
    "travel": N_("travel"),
    "host-institution": N_("an institution as host"),
    "expert-release": N_("experts released from their work"),
    "facility": N_("a video conference room"),
    "internet": N_("internet access"),
    "interpreter": N_("an interpreter"),
    "agreement": N_("an agreement"),
    "funds": N_("funds"),
}

COUNTRY_KINDS: Mapping[str, str] = {
    "country": N_("country of the region"),
    "territory": N_("territory of the region"),
    "outside": N_("outside the region"),
}

SCOPES: Mapping[str, str] = {
    "region": N_("The countries of the region"),
    "listed": N_("The countries that the study lists"),
    "open-list": N_("Among others, the countries that the study names"),
    "group": N_("The members of a group"),
    "not-stated": N_("The study does not say which countries"),
}

LISTS: Mapping[str, str] = {
    "closed": N_("The source lists all members."),
    "open": N_("The source lists some members."),
    "not-enumerated": N_("The source lists no members."),
}

CASES: Mapping[str, Mark] = {
    "suggested": Mark("○", N_("taken up"), "open"),
    "shortlisted": Mark("◔", N_("shortlisted"), "open"),
    "proposed": Mark("◑", N_("proposed to both sides"), "open"),
    "agreed": Mark("◕", N_("agreed"), "yes"),
    "under_way": Mark("●", N_("under way"), "yes"),
    "completed": Mark("✓", N_("completed"), "yes"),
    "declined": Mark("✕", N_("declined"), "no"),
    "lapsed": Mark("–", N_("lapsed"), "no"),
    "withdrawn": Mark("–", N_("closed by the broker"), "no"),
}
"""The states of a case."""

PUBLIC_STATES: Mapping[str, str] = {
    "in_preparation": N_("in preparation"),
    "under_discussion": N_("under discussion"),
    "in_progress": N_("in progress"),
    "completed": N_("completed"),
    "closed": N_("closed"),
}
"""What the world is told of a case."""

ACTIONS: Mapping[str, str] = {
    "shortlist": N_("Shortlist"),
    "put_back": N_("Take it off the shortlist"),
    "propose": N_("Propose it to both sides"),
    "accept": N_("Accept"),
    "decline": N_("Decline"),
    "start": N_("It is under way"),
    "complete": N_("Report what came of it"),
    "close": N_("Close it"),
    "reopen": N_("Open it again"),
}
"""The steps of a case, as the buttons say them."""

ENTRIES: Mapping[str, str] = {
    "take_up": N_("took it up"),
    "shortlist": N_("shortlisted it"),
    "put_back": N_("took it off the shortlist"),
    "propose": N_("proposed it to both sides"),
    "accept": N_("accepted"),
    "decline": N_("declined"),
    "start": N_("reported that the exchange is under way"),
    "complete": N_("reported what came of it"),
    "close": N_("closed it"),
    "lapse": N_("closed it, for nobody had acted"),
    "reopen": N_("opened it again"),
    "comment": N_("wrote"),
    "hold": N_("put it on hold: its place is taken by another case"),
    "free": N_("freed it: there is a place again"),
    "reminder": N_("reminded who must act"),
    "escalation": N_("told the broker that it waits too long"),
    "posting_gone": N_("told the broker that a posting is not open any more"),
}
"""What somebody did in a case, after their name."""

GIVEN: Mapping[str | None, Mark] = {
    "accepted": Mark("✓", N_("accepted"), "yes"),
    "declined": Mark("✕", N_("declined"), "no"),
    None: Mark("?", N_("has not answered yet"), "open"),
}
"""What a side said to a proposal."""
