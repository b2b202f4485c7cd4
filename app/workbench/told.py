"""What the source tells of a country: its channels, and the rules that name it. Silence is no answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.catalogue import Catalogue, Channel, Coverage, Instrument
from app.catalogue.facts import NamedException
from app.catalogue.rules import Rule
from app.matching.channels import belongs
from app.matching.support import Knowledge, knowledge_of
from app.sources import Citation


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a channel in a country, in any sector.

    `member` is whether the channel's chapter counts it in; it may contradict the record of Annex 1, and
    then both are told.
    """

    country: str
    knowledge: Knowledge
    own: tuple[Coverage, ...]
    inherited: tuple[Coverage, ...]
    member: bool | None
    by_name: bool
    excepted: NamedException | None


def told(catalogue: Catalogue, channel: Channel) -> tuple[Told, ...]:
    """What is told of a channel in each country of the region, by code."""
    return tuple(_told(catalogue, channel, iso3) for iso3 in catalogue.region)


def _told(catalogue: Catalogue, channel: Channel, iso3: str) -> Told:
    own = _of(channel, catalogue.readings(iso3))
    inherited = _of(channel, catalogue.inherited(iso3))
    member = belongs(catalogue, channel, iso3)
    excepted = (one for one in catalogue.excepted_from(channel.countries) if one.country == iso3)
    return Told(
        iso3,
        knowledge_of((*own, *inherited), member),
        own,
        inherited,
        member=member,
        by_name=iso3 in catalogue.named_in(channel.countries),
        excepted=next(excepted, None),
    )


def _of(channel: Channel, readings: Iterable[Coverage]) -> tuple[Coverage, ...]:
    return tuple(reading for reading in readings if reading.channel == channel.slug)


def naming_channels(catalogue: Catalogue, iso3: str) -> list[tuple[Channel, Citation]]:
    """The channels whose chapters name a country among those they work for, and where."""
    return [
        (channel, catalogue.groups[scope.group].citation if scope.group else scope.citation)
        for channel in catalogue.channels.values()
        if iso3 in catalogue.named_in(scope := channel.countries)
    ]


def naming_rules(catalogue: Catalogue, iso3: str) -> list[tuple[Instrument, Rule]]:
    """The rules that name a country: as a member, as left out, as one whose use is on record ..."""
    return [
        (instrument, rule)
        for instrument in catalogue.instruments.values()
        for rule in instrument.rules
        if iso3 in _named_by(catalogue, rule)
    ]


def _named_by(catalogue: Catalogue, rule: Rule) -> Iterable[str]:
    if rule.kind == "member_of":
        return catalogue.groups[rule.group].members or ()
    countries: Iterable[str] = getattr(rule, "countries", ())
    return countries
