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

INSTRUMENT_KINDS: Mapping[str, str] = {
    "fund": N_("fund"),
    "programme": N_("programme"),
    "service": N_("service"),
}

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
