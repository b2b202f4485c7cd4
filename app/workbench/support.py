"""Where to ask for which kind of support: one question, answered channel by channel with cited verdicts.

The first channels are told rule by rule. The others are a summary each, with the way to the same question
about that channel alone, so that the page stays small enough for a slow line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.api.problems import faults_of_request
from app.api.support import SupportQuery, need_of
from app.catalogue import Catalogue
from app.eligibility import Verdict
from app.errors import Fault, Invalid
from app.language.analyse import fold
from app.matching.support import Need, Support, support
from app.workbench import labels
from app.workbench.frame import Visit, Visiting, router
from app.workbench.posting import choice
from app.workbench.shown import Shown, length
from app.workbench.words import N_

pages = router()

IN_FULL = 3
"""Channels that are told rule by rule where nobody asks for one."""

ASKED = ("country", "sector", "modality", "provider", "amount_usd", "allocation_usd", "channel")
"""What the form asks once; it has its own ways to ask for lists."""

WHOLE_REGION = replace(labels.KNOWLEDGE["named"], word=N_("the chapter speaks of the whole region"))
"""How a country is “named” by a chapter that names none."""


@pages.get("/support")
def where_to_ask(visit: Visiting) -> Response:
    held, say = visit.house.catalogue, visit.words.gettext
    asked = _asked(visit)
    need, faults = _need(asked, held)
    ranked = list(enumerate(support(need, held), start=1)) if need else []
    only = asked.get("channel")
    in_full = [one for one in ranked if one[1].channel.slug == only] if only else ranked[:IN_FULL]
    country = visit.show.country(need.country) if need else None
    about = [country["name"]] if country else []
    about += [one.channel.abbreviation for _, one in in_full] if only else []
    return visit.page(
        "support.html",
        title=f"{say('Where to ask')}{say(': ')}{', '.join(about)}" if about else say("Where to ask"),
        section="support",
        status=422 if faults else 200,
        choices=_choices(visit, asked),
        together=_together(visit, asked),
        statements=_statements(visit, asked),
        amount=asked.get("amount_usd", ""),
        allocation=asked.get("allocation_usd", ""),
        faults=_by_field(visit, asked, faults),
        country=country,
        row=bool(need and held.readings(need.country)),
        in_full=[_in_full(visit, one, rank) for rank, one in in_full],
        others=[] if only else [_brief(visit, one, rank) for rank, one in ranked[IN_FULL:]],
        counted=visit.words.ngettext("%(num)s channel", "%(num)s channels", len(ranked)),
        all_channels=visit.address(channel=None, lang=None) if only else None,
        address=f"/v1/support?{urlencode(asked)}" if need else None,
    )


# What is asked


def _asked(visit: Visit) -> dict[str, str]:
    """The parameters of the API that the address tells."""
    sent = visit.request.query_params
    asked = {name: value for name in ASKED if (value := sent.get(name, "").strip())}
    if others := [code.strip() for code in sent.getlist("with") if code.strip()]:
        asked["applicants"] = ",".join(dict.fromkeys([asked.get("country", ""), *others]))
    said = [one.rpartition(":") for one in sent.getlist("say") if one]
    for name, answer in (("confirmed", "yes"), ("denied", "no")):
        if slugs := [slug for slug, _, told in said if told == answer]:
            asked[name] = ",".join(slugs)
    return asked


def _need(asked: Mapping[str, str], catalogue: Catalogue) -> tuple[Need | None, list[Fault]]:
    """What is asked, or all that is wrong with it; neither before anybody asked."""
    if not asked:
        return None, []
    sent, faults, need = dict(asked), [], None
    try:
        SupportQuery.model_validate(sent)
    except ValidationError as wrong:
        # What cannot be read at all is left out, so that faults of the rest are told at the same time.
        faults = faults_of_request(RequestValidationError(wrong.errors()))
        unread = {_field(fault) for fault in faults}
        sent = {"country": ""} | {name: value for name, value in sent.items() if name not in unread}
    try:
        need = need_of(SupportQuery.model_validate(sent), catalogue)
    except Invalid as invalid:
        told = {_field(fault) for fault in faults}
        faults += [fault for fault in invalid.faults if _field(fault) not in told]
    return (None if faults else need), faults


def _field(fault: Fault) -> str:
    return fault.pointer.rsplit("/", 1)[-1]


def _by_field(visit: Visit, asked: Mapping[str, str], faults: Sequence[Fault]) -> dict[str, list[Shown]]:
    """What to show beside each field. The API tells its faults in English."""
    found: dict[str, list[Shown]] = {}
    for fault in faults:
        found.setdefault(_field(fault), []).append({"says": fault.detail, "lang": "en"})
    if faults and "country" not in asked:
        choose = visit.words.gettext("Choose the country that asks.")
        found["country"] = [{"says": choose, "lang": visit.words.language}]
    return found


# The form, filled in with what was asked, also where nobody knows it


def _choices(visit: Visit, asked: Mapping[str, str]) -> list[Shown]:
    held, say, language = visit.house.catalogue, visit.words.gettext, visit.words.language
    countries = sorted(
        ((iso3, country.name.in_(language)) for iso3, country in held.countries.items()),
        key=lambda one: (held.countries[one[0]].kind == "outside", fold(one[1])),
    )
    sectors = [(slug, sector.name.in_(language)) for slug, sector in held.sectors.items()]
    modalities = [(slug, m.name.in_(language)) for slug, m in held.modalities.items() if m.for_postings]
    channels = sorted(
        ((slug, channel.abbreviation) for slug, channel in held.channels.items()),
        key=lambda one: fold(one[1]),
    )
    offered = (
        ("country", say("Country that asks"), say("choose"), countries),
        ("sector", say("Sector"), say("any sector"), sectors),
        ("modality", say("Modality"), say("any modality"), modalities),
        ("provider", say("Provider, if known"), say("not known"), countries),
        ("channel", say("Channel"), say("any channel"), channels),
    )
    choices = []
    for name, label, none, options in offered:
        chosen = asked.get(name)
        if chosen and name in ("country", "provider"):
            chosen = _code(chosen, held)
        if chosen and chosen not in dict(options):
            options = [(chosen, _named(name, chosen, visit)), *options]
        choices.append(choice(name, label, none, options, chosen))
    return choices


def _code(country: str, held: Catalogue) -> str:
    known = held.country(country)
    return known.iso3 if known else country


def _named(name: str, value: str, visit: Visit) -> str:
    """What a value that the form does not offer is called: as in the catalogue, or as it was sent."""
    modality = visit.house.catalogue.modalities.get(value) if name == "modality" else None
    return modality.name.in_(visit.words.language) if modality else value


def _together(visit: Visit, asked: Mapping[str, str]) -> list[Shown]:
    """The countries that could apply too; then others that were named."""
    held, show = visit.house.catalogue, visit.show
    named = [_code(code, held) for code in asked.get("applicants", "").split(",") if code]
    country = _code(asked.get("country", ""), held)
    offered = [show.country(iso3) for iso3 in held.region]
    others = [
        show.country(code) if code in held.countries else {"code": code, "name": code}
        for code in dict.fromkeys(named)
        if code not in held.region and code != country
    ]
    return [
        one | {"chosen": one["code"] in named}
        for one in (*sorted(offered, key=lambda one: fold(one["name"])), *others)
    ]


def _statements(visit: Visit, asked: Mapping[str, str]) -> list[Shown]:
    """What only the applicants can tell, with what they told."""
    yes, no = (asked[name].split(",") if name in asked else [] for name in ("confirmed", "denied"))
    held = visit.house.catalogue.statements
    says = {slug: statement.says.in_(visit.words.language) for slug, statement in held.items()}
    says |= {slug: slug for slug in (*yes, *no) if slug not in held}
    return [
        {"slug": slug, "says": words, "told": "yes" if slug in yes else "no" if slug in no else ""}
        for slug, words in says.items()
    ]


# The answer


def _in_full(visit: Visit, found: Support, rank: int) -> Shown:
    """A channel with the rules of its instruments, what it rests on, and its fit as a picture."""
    show, words = visit.show, visit.words
    return _summary(visit, found, rank) | {
        "width": length(found.fit),
        "reasons": [show.reason(reason) for reason in found.reasons],
        "instruments": [show.verdict(one) for one in found.instruments],
        "parts": show.addends(found.parts, labels.SUPPORT_PARTS),
        "score": words.number(found.fit, 3),
        "coverage": words.percent(found.coverage),
        "coverage_lacks": not all(part.known for part in found.parts),
    }


def _brief(visit: Visit, found: Support, rank: int) -> Shown:
    """A channel in a few lines, and where all of it is."""
    return _summary(visit, found, rank) | {
        "reasons": [reason.says.in_(visit.words.language) for reason in found.reasons],
        "instruments": [_marked(visit, one) for one in found.instruments],
        "alone": visit.address(channel=found.channel.slug, lang=None),
    }


def _marked(visit: Visit, verdict: Verdict) -> Shown:
    """An instrument with the mark of its verdict."""
    return {
        "name": verdict.instrument.name.in_(visit.words.language),
        "href": f"/instruments/{verdict.instrument.slug}",
        "mark": visit.show.mark(labels.STANDINGS[verdict.standing]),
    }


def _summary(visit: Visit, found: Support, rank: int) -> Shown:
    return visit.show.channel(found.channel.slug) | {
        "rank": rank,
        "fit": visit.words.number(found.fit, 2),
        "knowledge": _knowledge(visit, found),
    }


def _knowledge(visit: Visit, found: Support) -> list[Shown]:
    """What the source tells. A country can be recorded, or lie in a group that is, and be counted out."""
    held, show = visit.house.catalogue, visit.show
    told = labels.KNOWLEDGE[found.knowledge]
    if found.knowledge == "named" and held.channels[found.channel.slug].countries.scope == "region":
        told = WHOLE_REGION
    marks = [show.mark(told)]
    if found.knowledge == "inherited":
        groups = dict.fromkeys(show.area(reading.area) for reading in found.readings)
        marks[0]["word"] += f" ({', '.join(groups)})"
    if found.counted_out and found.knowledge != "excluded":
        marks.append(show.mark(labels.KNOWLEDGE["excluded"]))
    return marks
