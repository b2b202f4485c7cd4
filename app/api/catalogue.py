"""The catalogue as partners read it: labels in the language they ask for, every fact with its source."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.answers import as_json, page
from app.api.auth import recognised
from app.api.bodies import ListQuery, known_filters
from app.api.conditional import Seen, answered, tag_of_content
from app.api.contract import answers, lists
from app.api.languages import Spoken
from app.api.problems import no_such
from app.catalogue import Catalogue, Channel, Country, Coverage, Group, Instrument, Label, Modality, Sector
from app.catalogue.facts import Scope, Statement
from app.catalogue.rules import Rule, statement_of
from app.errors import Fault, Invalid
from app.sources import Citation, Fact

# What goes over the wire.


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CitationOut(_Out):
    """A place in a document; `offset` counts code points in its plain text."""

    document: str
    locator: str
    offset: int | None
    quote: str | None


class _Named(_Out):
    slug: str
    name: str = Field(description="In the language asked for.")
    names: dict[str, str] = Field(description="By language.")


class SectorOut(_Named):
    """One of the eleven sectors."""

    about: str
    citation: CitationOut


class ModalityOut(_Named):
    """A way of exchanging."""

    for_postings: bool = Field(description="Whether an offer or a request can carry it.")
    family: str
    needs: list[str]
    citation: CitationOut


class CountryOut(_Named):
    """A country or territory; its slug is its ISO 3166-1 alpha-3 code."""

    iso3: str
    iso2: str
    kind: Literal["country", "territory", "outside"]
    languages: list[str]
    subregion: str | None
    groups: list[str] = Field(description="Groups that it is a member of, by slug.")
    citation: CitationOut


class ExceptionOut(_Out):
    """A country that the source excepts."""

    country: str
    since: str | None
    citation: CitationOut


class GroupOut(_Named):
    """A membership, or an area that Annex 1 has a row for."""

    kind: Literal["membership", "area"]
    members: list[str] | None = Field(description="Null when the source enumerates nobody.")
    exceptions: list[ExceptionOut]
    note: str | None
    citation: CitationOut
    # Last, for the name hides the type in what follows.
    list: Literal["closed", "open", "not-enumerated"]


class ScopeOut(_Out):
    """Which countries a channel works for; `members` null when the source does not say."""

    scope: str
    group: str | None
    members: list[str] | None
    exceptions: list[ExceptionOut]
    citation: CitationOut


class UsedModalityOut(_Out):
    """A modality that the channel is said to use."""

    modality: str
    name: str
    citation: CitationOut


class ThemeOut(_Out):
    """Something concrete that the channel works on."""

    label: str
    sectors: list[str]
    citation: CitationOut


class StepOut(_Out):
    """A step that a country goes through."""

    step: str
    citation: CitationOut


class StatementOut(_Out):
    """A fact in a sentence."""

    statement: str
    citation: CitationOut


class DonorOut(_Out):
    """Who pays in."""

    name: str
    citation: CitationOut


class PlatformOut(_Out):
    """A place where partners meet."""

    name: str
    kind: str | None
    about: str
    citation: CitationOut


class ChannelOut(_Named):
    """An organisation or platform that carries exchanges."""

    abbreviation: str
    kind: Literal["un-system", "other-multilateral", "regional-integration", "box-entry"]
    about: str
    countries: ScopeOut
    sectors: list[str]
    modalities: list[UsedModalityOut]
    themes: list[ThemeOut]
    cycle: list[StepOut]
    cycle_of: str | None = Field(description="The instrument whose cycle the chapter tells.")
    funding: list[StatementOut]
    donors: list[DonorOut]
    instruments: list[str]
    platforms: list[PlatformOut]
    matchmaking: list[StatementOut]
    prospects: list[StatementOut]
    facts: list[StatementOut]
    not_stated: list[str]


class WindowOut(_Out):
    """When an application can be acted on."""

    kind: str
    statement: str | None
    citation: CitationOut | None


class AmountOut(_Out):
    """A sum that the source states, in United States dollars."""

    what: str
    usd: int
    citation: CitationOut


class ShareOut(_Out):
    """A percentage that the source states."""

    what: str
    percent: float
    citation: CitationOut


class RuleOut(BaseModel):
    """A rule that the source states; what it compares with stands in further fields of its kind."""

    model_config = ConfigDict(extra="allow")
    id: str
    kind: str
    about: str
    because: str
    ask: str
    as_of: str | None
    citation: CitationOut


class InstrumentOut(_Named):
    """A fund, programme or service, and who may use it, as of a date."""

    channel: str | None = Field(description="Null for support that the study names beside the channels.")
    with_channels: list[str] = Field(description="Other channels that have a share in it.")
    kind: Literal["fund", "programme", "service", "budget", "agreement"]
    told: Literal["described", "example", "named-only"] = Field(description="How much the source tells.")
    about: str
    as_of: str
    window: WindowOut
    amounts: list[AmountOut]
    shares: list[ShareOut]
    donors: list[DonorOut]
    steps: list[StepOut]
    rules: list[RuleOut]
    facts: list[StatementOut]
    not_stated: list[str]


class ApplicantsStatementOut(_Out):
    """Something that only the applicants can confirm; rules are `about` it."""

    slug: str
    says: str
    instruments: list[str] = Field(description="Instruments that have a rule about it.")


class CoverageOut(_Out):
    """One reading of Annex 1: a channel is active in a sector for a country, or for a group's row."""

    id: str
    country: str | None = Field(None, description="For a country's own row.")
    group: str | None = Field(None, description="For a group's row.")
    inherited_from: str | None = Field(None, description="The group through which the country has it.")
    sector: str
    channel: str
    unit: str | None
    role: Literal["provider", "receiver", "both", "unspecified", "none"]
    note: str | None
    citation: CitationOut


# From facts to what goes over the wire.


def _said(value: Any, language: str) -> Any:
    """A fact as plain values, each label in one language."""
    if isinstance(value, Label):
        return value.in_(language)
    if isinstance(value, Citation):
        return value.model_dump()
    if isinstance(value, Fact):
        return {name: _said(getattr(value, name), language) for name in type(value).model_fields}
    if isinstance(value, tuple):
        return [_said(inner, language) for inner in value]
    return value


def _named(fact: Any, language: str) -> dict[str, Any]:
    found: dict[str, Any] = _said(fact, language)
    return found | {"names": fact.name.model_dump(exclude_none=True)}


def _sector(catalogue: Catalogue, sector: Sector, language: str) -> dict[str, Any]:
    return _named(sector, language)


def _modality(catalogue: Catalogue, modality: Modality, language: str) -> dict[str, Any]:
    return _named(modality, language)


def _group(catalogue: Catalogue, group: Group, language: str) -> dict[str, Any]:
    return _named(group, language)


def _country(catalogue: Catalogue, country: Country, language: str) -> dict[str, Any]:
    groups = [slug for slug, group in catalogue.groups.items() if country.iso3 in (group.members or ())]
    found = _named(country, language)
    del found["variants"]
    return found | {"slug": country.iso3, "groups": groups}


def _channel(catalogue: Catalogue, channel: Channel, language: str) -> dict[str, Any]:
    found = _named(channel, language)
    found["countries"]["members"] = _members(catalogue, channel.countries)
    for used in found["modalities"]:
        used["name"] = catalogue.modalities[used["modality"]].name.in_(language)
    return found | {
        "sectors": list(catalogue.sectors_of(channel.slug)),
        "instruments": [instrument.slug for instrument in catalogue.instruments_of(channel.slug)],
    }


def _members(catalogue: Catalogue, scope: Scope) -> list[str] | None:
    """The countries of a scope one by one, as far as the source allows."""
    if scope.scope == "region":
        return [iso3 for iso3, country in catalogue.countries.items() if country.kind == "country"]
    return list(catalogue.named_in(scope)) or None


def _instrument(catalogue: Catalogue, instrument: Instrument, language: str) -> dict[str, Any]:
    return _named(instrument, language) | {"rules": [_rule(rule, language) for rule in instrument.rules]}


def _statement(catalogue: Catalogue, statement: Statement, language: str) -> dict[str, Any]:
    asking = [
        i.slug
        for i in catalogue.instruments.values()
        if any(statement_of(rule) == statement.slug for rule in i.rules)
    ]
    return {"slug": statement.slug, "says": statement.says.in_(language), "instruments": asking}


_ABOUT = {"sector_in": "sectors", "modality_in": "modalities", "within_window": "window"}
"""What a rule of these kinds is about, where it does not say so itself."""


def _rule(rule: Rule, language: str) -> dict[str, Any]:
    found: dict[str, Any] = _said(rule, language)
    return found | {"about": found.get("about") or _ABOUT[rule.kind]}


def reading_of(reading: Coverage, inherited_from: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"id": reading.id, reading.kind: reading.area}
    if inherited_from:
        found["inherited_from"] = inherited_from
    for name in ("sector", "channel", "unit", "role", "note"):
        found[name] = getattr(reading, name)
    return found | {"citation": reading.citation.model_dump()}


INHERITED = Label(
    en="Rows marked inherited_from are those of a group that the country belongs to by our reading; "
    "the study lists no members of these groups.",
    es="Las filas con inherited_from son de un grupo al que el país pertenece según nuestra lectura; "
    "el estudio no enumera los miembros de estos grupos.",
    pt="As linhas com inherited_from são de um grupo a que o país pertence segundo a nossa leitura; "
    "o estudo não enumera os membros destes grupos.",
    fr="Les lignes avec inherited_from sont celles d’un groupe auquel le pays appartient selon notre "
    "lecture ; l’étude n’énumère pas les membres de ces groupes.",
)


def _readings(catalogue: Catalogue, country: str | None) -> Iterable[dict[str, Any]]:
    """All that is printed; for a country its own rows first, then those of its groups."""
    if country is None:
        return [reading_of(reading) for reading in catalogue.coverage]
    own = [reading_of(reading) for reading in catalogue.readings(country)]
    return own + [reading_of(reading, reading.area) for reading in catalogue.inherited(country)]


class CoverageQuery(ListQuery):
    """What the readings can be narrowed to."""

    country: Annotated[
        str | None, Field(description="ISO 3166-1; adds the rows of the groups that it belongs to.")
    ] = None
    sector: str | None = None
    channel: str | None = None


def part_of(items: list[Any], query: ListQuery) -> tuple[list[Any], str | None]:
    """The part of a list that is asked for. Its order never changes, so a place is cursor enough."""
    try:
        start = int(query.cursor or 0)
    except ValueError:
        start = -1
    if not 0 <= start <= len(items):
        raise Invalid([Fault("/query/cursor", "This is not a cursor of this list.")])
    end = start + query.limit
    return items[start:end], str(end) if end < len(items) else None


def spoken_in(language: str) -> dict[str, str]:
    return {"Content-Language": language, "Vary": "Accept-Language", "Cache-Control": "public, max-age=300"}


def _shortened(value: Any) -> Any:
    """An example of the real thing, with the first entry of every list."""
    if isinstance(value, Mapping):
        return {name: _shortened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value[:1]]
    return value


F = TypeVar("F", bound=Fact)


def routes(catalogue: Catalogue) -> APIRouter:
    """The resources of one edition; the examples in the description are its own entries."""
    router = APIRouter(prefix="/v1", tags=["catalogue"], dependencies=[Depends(recognised)])
    of = partial(_resource, router, catalogue)
    of("sectors", "sector", catalogue.sectors, catalogue.sectors.get, SectorOut, _sector)
    of("modalities", "modality", catalogue.modalities, catalogue.modalities.get, ModalityOut, _modality)
    of("countries", "country", catalogue.countries, catalogue.country, CountryOut, _country)
    of("groups", "group", catalogue.groups, catalogue.groups.get, GroupOut, _group)
    of("channels", "channel", catalogue.channels, catalogue.channels.get, ChannelOut, _channel)
    of(
        "instruments",
        "instrument",
        catalogue.instruments,
        catalogue.instruments.get,
        InstrumentOut,
        _instrument,
    )
    of(
        "statements",
        "statement",
        catalogue.statements,
        catalogue.statements.get,
        ApplicantsStatementOut,
        _statement,
    )
    _coverage(router, catalogue)
    return router


def _resource(
    router: APIRouter,
    catalogue: Catalogue,
    plural: str,
    noun: str,
    facts: Mapping[str, F],
    find: Callable[[str], F | None],
    out: type[BaseModel],
    wire: Callable[[Catalogue, F, str], dict[str, Any]],
) -> None:
    example = _shortened(wire(catalogue, next(iter(facts.values())), "en"))

    @router.get(
        f"/{plural}",
        summary=f"The {plural}",
        response_class=Response,
        responses=lists(out, example, more={"total": len(facts)}, cached=True),
    )
    def listing(
        request: Request, language: Spoken, query: Annotated[ListQuery, Query()], seen: Seen = None
    ) -> Response:
        items, following = part_of(list(facts.values()), query)
        content, link = page(
            request, [wire(catalogue, fact, language) for fact in items], following, total=len(facts)
        )
        tag = tag_of_content(content)
        return answered(content, tag=tag, seen=seen, headers=spoken_in(language) | link)

    @router.get(
        f"/{plural}/{{slug}}",
        summary=f"One {noun}",
        response_class=Response,
        responses=answers(out, example, cached=True),
    )
    def one(slug: str, language: Spoken, seen: Seen = None) -> Response:
        fact = find(slug)
        if fact is None:
            raise no_such(noun, slug, list(facts))
        content = as_json(wire(catalogue, fact, language))
        return answered(content, tag=tag_of_content(content), seen=seen, headers=spoken_in(language))


def _coverage(router: APIRouter, catalogue: Catalogue) -> None:
    @router.get(
        "/coverage",
        summary="Who does what, where: the readings of Annex 1",
        response_class=Response,
        responses=lists(
            CoverageOut,
            reading_of(catalogue.coverage[0]),
            more={"total": 1, "note": INHERITED.en},
            cached=True,
        ),
    )
    def coverage(
        request: Request, language: Spoken, query: Annotated[CoverageQuery, Query()], seen: Seen = None
    ) -> Response:
        """Without filters all that is printed. A channel in a sector that no row names is not known of."""
        asked = known_filters(catalogue, country=query.country, sector=query.sector, channel=query.channel)
        found = [
            reading
            for reading in _readings(catalogue, asked["country"])
            if asked["sector"] in (None, reading["sector"]) and asked["channel"] in (None, reading["channel"])
        ]
        items, following = part_of(found, query)
        inherits = any("inherited_from" in reading for reading in found)
        note = INHERITED.in_(language) if inherits else None
        content, link = page(request, items, following, total=len(found), note=note)
        tag = tag_of_content(content)
        return answered(content, tag=tag, seen=seen, headers=spoken_in(language) | link)
