"""Where to ask for which kind of support, over HTTP: a need -> channels, their instruments judged."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api import wire
from app.api.answers import page
from app.api.auth import recognised
from app.api.bodies import ListQuery, known_filters
from app.api.catalogue import INHERITED, CoverageOut, part_of, reading_of, spoken_in
from app.api.conditional import Seen, answered, tag_of_content
from app.api.contract import lists
from app.api.house import Entered
from app.api.languages import Spoken
from app.api.suggestions import VerdictOut
from app.catalogue import Catalogue
from app.errors import Fault, Invalid
from app.intake import near
from app.matching.support import Need, Support, support

MOST_LISTED = 100
"""Different entries of a list: more than there are countries or statements are none."""


class SupportQuery(ListQuery):
    """What a country's officer asks about. Lists are separated by commas."""

    country: Annotated[str, Field(description="The receiver: ISO 3166-1 alpha-3 or alpha-2.")]
    sector: str | None = None
    modality: str | None = None
    provider: Annotated[str | None, Field(description="The partner that would teach, if it is known.")] = None
    applicants: Annotated[
        str | None,
        Field(description="All countries that apply together, `JAM,BRB,TTO`; `country` is among them."),
    ] = None
    amount_usd: Annotated[int | None, Field(ge=0, le=10**12, description="Asked of the instrument.")] = None
    allocation_usd: Annotated[
        int | None,
        Field(
            ge=0, le=10**12, description="What the organisation allocates to the country, for percentages."
        ),
    ] = None
    confirmed: Annotated[str | None, Field(description="Statements (see /v1/statements) that hold.")] = None
    denied: Annotated[str | None, Field(description="Statements that do not hold.")] = None
    channel: Annotated[str | None, Field(description="Only this channel.")] = None


class SupportPartOut(BaseModel):
    """One addend of the fit; one that is not known, or not asked about, adds nothing."""

    name: Literal["record", "themes", "modality", "membership", "funding"]
    value: float
    weight: float
    contribution: float
    known: bool


class KnowledgeOut(BaseModel):
    """What the source tells of the channel in this country; `unknown` is not `nothing done`."""

    status: Literal["recorded", "inherited", "named", "excluded", "unknown"]
    counted_out: bool = Field(description="The chapter counts the country out, whatever a group's row says.")
    readings: list[CoverageOut]


class SupportOut(BaseModel):
    """A channel for the need, with its reasons and the verdict of each of its instruments."""

    model_config = ConfigDict(extra="forbid")
    channel: str
    name: str
    fit: float
    coverage: float
    parts: list[SupportPartOut]
    knowledge: KnowledgeOut
    reasons: list[str]
    cited_reasons: list[dict[str, Any]]
    instruments: list[VerdictOut]


def need_of(asked: SupportQuery, catalogue: Catalogue) -> Need:
    """The need that a query tells, every name known and nothing in it contradicting the rest.

    Raises:
        Invalid: naming every fault.
    """
    faults: list[Fault] = []
    names: dict[str, str | None] = {}
    for name in ("country", "sector", "modality", "channel"):
        try:
            names |= known_filters(catalogue, **{name: getattr(asked, name)})
        except Invalid as invalid:
            faults += invalid.faults
    applicants = [
        _country(code, "applicants", catalogue, faults)
        for code in _listed(asked.applicants, "applicants", faults)
    ]
    provider = None if asked.provider is None else _country(asked.provider, "provider", catalogue, faults)
    confirmed = _statements(asked.confirmed, "confirmed", catalogue, faults)
    denied = _statements(asked.denied, "denied", catalogue, faults)
    country = names.get("country") or ""
    if asked.applicants is not None and not applicants:
        faults.append(Fault("/query/applicants", "Name at least one country, or leave this out."))
    if applicants and not any(fault.pointer in _COUNTRIES for fault in faults) and country not in applicants:
        faults.append(
            Fault("/query/applicants", f"The applicants must include {country}, the country that asks.")
        )
    if provider is not None and provider == country:
        faults.append(Fault("/query/provider", f"{country} asks; the provider must be another country."))
    faults += [
        Fault("/query/denied", f"“{slug}” is confirmed and denied at once.")
        for slug in sorted(confirmed & denied)
    ]
    if faults:
        raise Invalid(faults)
    return Need(
        country=country,
        sector=names["sector"],
        modality=names["modality"],
        provider=provider,
        applicants=tuple(dict.fromkeys(applicants)),
        amount_usd=asked.amount_usd,
        bases_usd={} if asked.allocation_usd is None else {"country-allocation": asked.allocation_usd},
        confirmed=dict.fromkeys(sorted(confirmed), True) | dict.fromkeys(sorted(denied), False),
    )


_COUNTRIES = ("/query/country", "/query/applicants")


def _listed(text: str | None, name: str, faults: list[Fault]) -> list[str]:
    """The words of a list, each once. A list that is too long is a fault, and not read to its end."""
    words = list(dict.fromkeys(word for part in (text or "").split(",") if (word := part.strip())))
    if len(words) > MOST_LISTED:
        faults.append(Fault(f"/query/{name}", f"This list has more than {MOST_LISTED} entries."))
    return words[:MOST_LISTED]


def _country(code: str, name: str, catalogue: Catalogue, faults: list[Fault]) -> str:
    found = catalogue.country(code)
    if found is None:
        hint = near(code[:100], list(catalogue.countries))
        faults.append(Fault(f"/query/{name}", f"“{code[:100]}” is not a country{hint}."))
        return code
    return found.iso3


def _statements(text: str | None, name: str, catalogue: Catalogue, faults: list[Fault]) -> set[str]:
    found = set(_listed(text, name, faults))
    for slug in sorted(found - catalogue.statements.keys()):
        hint = near(slug[:100], list(catalogue.statements))
        faults.append(Fault(f"/query/{name}", f"“{slug[:100]}” is not a statement{hint}."))
    return found


def wired(found: Support, catalogue: Catalogue, language: str) -> dict[str, Any]:
    """A channel for a need as it goes out."""
    return {
        "channel": found.channel.slug,
        "name": found.channel.name.in_(language),
        "fit": found.fit,
        "coverage": found.coverage,
        "parts": [
            {
                "name": part.name,
                "value": part.value,
                "weight": part.weight,
                "contribution": round(part.contribution, 6),
                "known": part.known,
            }
            for part in found.parts
        ],
        "knowledge": {
            "status": found.knowledge,
            "counted_out": found.counted_out,
            "readings": [
                reading_of(reading, reading.area if reading.kind == "group" else None)
                for reading in found.readings
            ],
        },
        "reasons": [reason.says.in_(language) for reason in found.reasons],
        "cited_reasons": [wire.reason(reason, language) for reason in found.reasons],
        "instruments": [wire.verdict(one, language) for one in found.instruments],
    }


def routes(catalogue: Catalogue) -> APIRouter:
    """The question, with an answer of this edition as its example."""
    router = APIRouter(prefix="/v1", tags=["catalogue"], dependencies=[Depends(recognised)])
    first = support(Need("JAM", "social", "study-visit", amount_usd=15000), catalogue)[0]
    example = wired(first, catalogue, "en")

    @router.get(
        "/support",
        summary="Where to ask for which kind of support",
        response_class=Response,
        responses=lists(
            SupportOut,
            example,
            more={"edition": catalogue.edition, "note": INHERITED.en},
            cached=True,
        ),
    )
    def answer(
        request: Request,
        house: Entered,
        language: Spoken,
        query: Annotated[SupportQuery, Query()],
        seen: Seen = None,
    ) -> Response:
        """Channels, the best first, each with its reasons and the verdict of each of its instruments."""
        need = need_of(query, house.catalogue)
        asked = [one for one in support(need, house.catalogue) if query.channel in (None, one.channel.slug)]
        found, following = part_of(asked, query)
        inherits = any(reading.kind == "group" for one in found for reading in one.readings)
        content, link = page(
            request,
            [wired(one, house.catalogue, language) for one in found],
            following,
            edition=house.catalogue.edition,
            note=INHERITED.in_(language) if inherits else None,
        )
        tag = tag_of_content(content)
        return answered(content, tag=tag, seen=seen, headers=spoken_in(language) | link)

    return router
