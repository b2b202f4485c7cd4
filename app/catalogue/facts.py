"""The values of the catalogue. They are read from seed/, reviewed in git, and never change while loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, field_validator

from app.catalogue.label import Label
from app.catalogue.rules import Rule, WindowKind
from app.sources import Citation, Document, Fact, Text

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Language = Literal["en", "es", "pt", "fr", "nl"]
Role = Literal["provider", "receiver", "both", "unspecified", "none"]


class Country(Fact):
    """A country or territory of the region, or one outside that the study names."""

    iso3: Iso3
    iso2: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    kind: Literal["country", "territory", "outside"]
    name: Label
    languages: tuple[Language, ...] = ()
    subregion: Literal["caribbean", "central-america", "south-america"] | None = None
    variants: tuple[str, ...] = ()
    citation: Citation


class NamedException(Fact):
    """A country that the source excepts, and since when."""

    country: Iso3
    since: str | None = None
    citation: Citation


class Group(Fact):
    """A membership or an area; `members` is None where the source enumerates nobody."""

    slug: Slug
    kind: Literal["membership", "area"]
    name: Label
    members: tuple[Iso3, ...] | None
    list: Literal["closed", "open", "not-enumerated"]
    exceptions: tuple[NamedException, ...] = ()
    note: str | None = None
    citation: Citation


class Sector(Fact):
    """One of the eleven sectors of Annex 1."""

    slug: Slug
    name: Label
    about: Label
    citation: Citation


class Modality(Fact):
    """A way of exchanging; `family` and `needs` are our reading of what can stand in for what."""

    slug: Slug
    name: Label
    for_postings: bool
    family: Literal[
        "expertise", "learning", "visit", "exchange", "knowledge", "network", "agreement", "support"
    ]
    needs: tuple[
        Literal[
            "travel",
            "host-institution",
            "expert-release",
            "facility",
            "internet",
            "interpreter",
            "agreement",
            "funds",
        ],
        ...,
    ] = ()
    citation: Citation


class Statement(Fact):
    """Something that only the applicants can confirm, said as they would say it."""

    slug: Slug
    says: Label


class Coverage(Fact):
    """One reading of Annex 1: a channel is active in a sector for a country or for a group's row."""

    id: Slug
    area: Text
    kind: Literal["country", "group"]
    sector: Slug
    channel: Slug
    unit: str | None = None
    role: Role
    note: str | None = None
    citation: Citation


class Scope(Fact):
    """Which countries a channel works for, as far as its chapter says."""

    scope: Literal["region", "listed", "open-list", "group", "not-stated"]
    group: Slug | None = None
    members: tuple[Iso3, ...] = ()
    exceptions: tuple[NamedException, ...] = ()
    citation: Citation


class UsedModality(Fact):
    modality: Slug
    citation: Citation


class Theme(Fact):
    label: Label
    sectors: tuple[Slug, ...]
    citation: Citation


class Step(Fact):
    step: Label
    citation: Citation


class CitedStatement(Fact):
    statement: Text
    citation: Citation


class Donor(Fact):
    name: Text
    citation: Citation


class Platform(Fact):
    """Somewhere partners meet, which a channel runs or belongs to."""

    name: Text
    kind: (
        Literal[
            "network",
            "online-platform",
            "database",
            "programme",
            "centre",
            "committee",
            "community",
            "event",
            "publication",
            "service",
        ]
        | None
    ) = None
    about: Text
    citation: Citation


class Channel(Fact):
    """A multilateral organisation or platform that carries South-South exchanges."""

    slug: Slug
    name: Label
    abbreviation: Text
    kind: Literal["un-system", "other-multilateral", "regional-integration", "box-entry"]
    about: Label
    countries: Scope
    modalities: tuple[UsedModality, ...] = ()
    themes: tuple[Theme, ...] = ()
    cycle: tuple[Step, ...] = ()
    cycle_of: Slug | None = None
    """The instrument whose cycle the chapter tells, where it does not tell the channel's as a whole."""
    funding: tuple[CitedStatement, ...] = ()
    donors: tuple[Donor, ...] = ()
    platforms: tuple[Platform, ...] = ()
    matchmaking: tuple[CitedStatement, ...] = ()
    prospects: tuple[CitedStatement, ...] = ()
    facts: tuple[CitedStatement, ...] = ()
    not_stated: tuple[Text, ...] = ()


class Window(Fact):
    """When an application can be acted on."""

    kind: WindowKind | Literal["not-stated"]
    statement: str | None = None
    citation: Citation | None = None


class Amount(Fact):
    what: Text
    usd: int
    citation: Citation


class Share(Fact):
    what: Text
    percent: Annotated[float, Field(gt=0, le=100)]
    citation: Citation


class Instrument(Fact):
    """A fund, programme, service or budget that a channel offers, with the rules it states.

    `channel` is None for support that the study names beside the channels. `told` says how much the
    source tells: it describes it, gives it as an example of one exchange, or only names it.
    """

    slug: Slug
    channel: Slug | None
    with_channels: tuple[Slug, ...] = ()
    name: Label
    kind: Literal["fund", "programme", "service", "budget", "agreement"]
    told: Literal["described", "example", "named-only"] = "described"
    about: Label
    as_of: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
    window: Window
    amounts: tuple[Amount, ...] = ()
    shares: tuple[Share, ...] = ()
    donors: tuple[Donor, ...] = ()
    steps: tuple[Step, ...] = ()
    not_stated: tuple[Text, ...] = ()
    rules: tuple[Rule, ...] = ()
    facts: tuple[CitedStatement, ...] = ()

    @field_validator("rules")
    @classmethod
    def _each_by_its_own_name(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        ids = [rule.id for rule in rules]
        if twice := {id for id in ids if ids.count(id) > 1}:
            raise ValueError(f"“{min(twice)}” stands twice")
        return rules


@dataclass(frozen=True)
class Catalogue:
    """One edition, whole. Mappings are by slug (countries by ISO 3166-1 alpha-3) in the order of seed/."""

    edition: str
    documents: Mapping[str, Document]
    countries: Mapping[str, Country]
    groups: Mapping[str, Group]
    sectors: Mapping[str, Sector]
    modalities: Mapping[str, Modality]
    statements: Mapping[str, Statement]
    channels: Mapping[str, Channel]
    instruments: Mapping[str, Instrument]
    coverage: tuple[Coverage, ...]

    @cached_property
    def by_alpha2(self) -> Mapping[str, Country]:
        return {country.iso2: country for country in self.countries.values()}

    @cached_property
    def region(self) -> tuple[str, ...]:
        """The countries and territories of Latin America and the Caribbean, by code."""
        return tuple(iso3 for iso3, country in self.countries.items() if country.kind != "outside")

    def country(self, code: str) -> Country | None:
        """Find a country by alpha-3 or alpha-2 code, in any case."""
        code = code.strip().upper()
        return self.countries.get(code) or self.by_alpha2.get(code)

    def areas_of(self, iso3: str) -> tuple[str, ...]:
        """The area rows of Annex 1 that a country shares, by our reading; the study lists no members."""
        return self._areas.get(iso3, ())

    @cached_property
    def _areas(self) -> Mapping[str, tuple[str, ...]]:
        areas = [group for group in self.groups.values() if group.kind == "area"]
        return {
            iso3: tuple(area.slug for area in areas if iso3 in (area.members or ()))
            for iso3 in self.countries
        }

    def readings(self, area: str) -> tuple[Coverage, ...]:
        """The readings of Annex 1 for a country's own row or a group's, in printed order."""
        return self._readings.get(area, ())

    @cached_property
    def _readings(self) -> Mapping[str, tuple[Coverage, ...]]:
        rows: dict[str, list[Coverage]] = {}
        for reading in self.coverage:
            rows.setdefault(reading.area, []).append(reading)
        return {area: tuple(found) for area, found in rows.items()}

    def inherited(self, iso3: str) -> tuple[Coverage, ...]:
        """The readings of the areas that a country lies in: ours to join, the study lists no members."""
        return tuple(reading for area in self.areas_of(iso3) for reading in self.readings(area))

    def named_in(self, scope: Scope) -> tuple[Iso3, ...]:
        """The countries that a chapter names one by one, or those of the group that it names."""
        return (self.groups[scope.group].members or ()) if scope.group else scope.members

    def excepted_from(self, scope: Scope) -> tuple[NamedException, ...]:
        """The countries that a chapter, or the group that it names, counts out; each once."""
        group = self.groups[scope.group].exceptions if scope.group else ()
        return tuple({one.country: one for one in (*scope.exceptions, *group)}.values())

    def instruments_of(self, channel: str) -> tuple[Instrument, ...]:
        """What a channel offers: its own first, then what it has a share in."""
        return self._instruments.get(channel, ())

    @cached_property
    def _instruments(self) -> Mapping[str, tuple[Instrument, ...]]:
        held = self.instruments.values()
        return {
            slug: (
                *(i for i in held if i.channel == slug),
                *(i for i in held if slug in i.with_channels),
            )
            for slug in self.channels
        }

    def steps_of(self, instrument: Instrument) -> tuple[Step, ...]:
        """The steps that the source tells for an instrument, else those of its channel's own cycle."""
        channel = self.channels.get(instrument.channel or "")
        if instrument.steps or channel is None:
            return instrument.steps
        return channel.cycle if channel.cycle_of in (None, instrument.slug) else ()

    def sectors_of(self, channel: str) -> tuple[str, ...]:
        """Sectors that Annex 1 or a theme gives the channel, in the order of Annex 1."""
        return self._sectors_of_channels[channel]

    @cached_property
    def _sectors_of_channels(self) -> Mapping[str, tuple[str, ...]]:
        printed = {(reading.channel, reading.sector) for reading in self.coverage}
        themed = {(c.slug, s) for c in self.channels.values() for t in c.themes for s in t.sectors}
        return {c: tuple(s for s in self.sectors if (c, s) in printed | themed) for c in self.channels}
