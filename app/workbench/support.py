"""Where to ask for which kind of support: one question, answered channel by channel with cited verdicts."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import Response
from pydantic import ValidationError

from app.api.support import SupportQuery, need_of
from app.catalogue import Catalogue
from app.errors import Fault, Invalid
from app.intake import faults_of
from app.language.analyse import fold
from app.matching.support import Need, Support, support
from app.workbench import labels
from app.workbench.frame import Visit, Visiting, router
from app.workbench.posting import choice
from app.workbench.shown import Shown, length

pages = router()

IN_FULL = 6
"""Channels whose rules are open on the page; those lower down unfold."""


@pages.get("/support")
def where_to_ask(visit: Visiting) -> Response:
    held, say, words = visit.house.catalogue, visit.words.gettext, visit.words
    asked = _asked(visit)
    need, faults = _need(asked, held)
    found = support(need, held) if need else ()
    shown = [_channel(visit, one) for one in found]
    country = visit.show.country(need.country) if need else None
    return visit.page(
        "support.html",
        title=say("Where to ask") if country is None else f"{say('Where to ask')}: {country['name']}",
        section="support",
        status=422 if faults else 200,
        choices=_choices(visit, asked),
        together=_together(visit, asked),
        statements=_statements(visit, asked),
        amount=asked.get("amount_usd", ""),
        allocation=asked.get("allocation_usd", ""),
        faults={fault.pointer.rsplit("/", 1)[-1]: fault.detail for fault in faults},
        country=country,
        row=bool(need and held.readings(need.country)),
        in_full=shown[:IN_FULL],
        others=shown[IN_FULL:],
        counted=words.ngettext("%(num)s channel", "%(num)s channels", len(shown)),
        address=_api_address(asked) if need else None,
    )


def _asked(visit: Visit) -> dict[str, str]:
    """The parameters of the API that the address tells; the form has its own for lists."""
    sent = visit.request.query_params
    asked = {
        name: value
        for name in ("country", "sector", "modality", "provider", "amount_usd", "allocation_usd")
        if (value := sent.get(name, "").strip())
    }
    if others := [code for code in sent.getlist("with") if code]:
        asked["applicants"] = ",".join(dict.fromkeys([asked.get("country", ""), *others]))
    said = [one.rpartition(":") for one in sent.getlist("say") if one]
    for name, answer in (("confirmed", "yes"), ("denied", "no")):
        if slugs := [slug for slug, _, told in said if told == answer]:
            asked[name] = ",".join(slugs)
    return asked


def _need(asked: Mapping[str, str], catalogue: Catalogue) -> tuple[Need | None, list[Fault]]:
    """What is asked, or what is wrong with it; neither before anybody asked."""
    if not asked:
        return None, []
    try:
        return need_of(SupportQuery.model_validate(dict(asked)), catalogue), []
    except ValidationError as wrong:
        return None, faults_of(wrong, dict.fromkeys(SupportQuery.model_fields))
    except Invalid as invalid:
        return None, invalid.faults


def _api_address(asked: Mapping[str, str]) -> str:
    return f"/v1/support?{urlencode(asked)}"


def _choices(visit: Visit, asked: Mapping[str, str]) -> list[Shown]:
    held, say, language = visit.house.catalogue, visit.words.gettext, visit.words.language
    countries = sorted(
        ((iso3, country.name.in_(language)) for iso3, country in held.countries.items()),
        key=lambda one: (held.countries[one[0]].kind == "outside", fold(one[1])),
    )
    sectors = [(slug, sector.name.in_(language)) for slug, sector in held.sectors.items()]
    modalities = [(slug, m.name.in_(language)) for slug, m in held.modalities.items() if m.for_postings]
    country = held.country(asked.get("country", ""))
    return [
        choice(
            "country", say("Country that asks"), say("choose"), countries, country.iso3 if country else None
        ),
        choice("sector", say("Sector"), say("any sector"), sectors, asked.get("sector")),
        choice("modality", say("Modality"), say("any modality"), modalities, asked.get("modality")),
        choice("provider", say("Provider, if known"), say("not known"), countries, asked.get("provider")),
    ]


def _together(visit: Visit, asked: Mapping[str, str]) -> list[Shown]:
    """The countries that could apply too."""
    chosen = asked.get("applicants", "").split(",")
    shown = [visit.show.country(iso3) | {"chosen": iso3 in chosen} for iso3 in visit.house.catalogue.region]
    return sorted(shown, key=lambda one: fold(one["name"]))


def _statements(visit: Visit, asked: Mapping[str, str]) -> list[Shown]:
    """What only the applicants can tell, with what they told."""
    yes, no = (asked.get(name, "").split(",") for name in ("confirmed", "denied"))
    return [
        {
            "slug": slug,
            "says": statement.says.in_(visit.words.language),
            "told": "yes" if slug in yes else "no" if slug in no else "",
        }
        for slug, statement in visit.house.catalogue.statements.items()
    ]


def _channel(visit: Visit, found: Support) -> Shown:
    show, words = visit.show, visit.words
    return show.channel(found.channel.slug) | {
        "fit": words.number(found.fit, 2),
        "width": length(found.fit),
        "knowledge": show.mark(labels.KNOWLEDGE[found.knowledge]),
        "reasons": [show.reason(reason) for reason in found.reasons],
        "instruments": [show.verdict(one) for one in found.instruments],
        "parts": show.addends(found.parts, labels.SUPPORT_PARTS),
        "score": words.number(found.fit, 3),
        "coverage": words.percent(found.coverage),
        "coverage_lacks": not all(part.known for part in found.parts),
    }
