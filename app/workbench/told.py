"""What the source tells of a country: its channels, and the rules that name it. Silence is no answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.catalogue import Catalogue, Channel, Coverage, Instrument
from app.catalogue.facts import NamedException, Scope
from app.catalogue.rules import Rule
from app.matching.channels import belongs
from app.matching.support import Knowledge
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
    inherited = _of(channel, inherited_by(catalogue, iso3))
    member = belongs(catalogue, channel, iso3)
    knowledge: Knowledge = "unknown"
    if own:
        knowledge = "recorded"
    elif inherited:
        knowledge = "inherited"
    elif member is not None:
        knowledge = "named" if member else "excluded"
    excepted = (one for one in exceptions(catalogue, channel.countries) if one.country == iso3)
    return Told(
        iso3,
        knowledge,
        own,
        inherited,
        member=member,
        by_name=iso3 in members(catalogue, channel.countries),
        excepted=next(excepted, None),
    )


def _of(channel: Channel, readings: Iterable[Coverage]) -> tuple[Coverage, ...]:
    return tuple(reading for reading in readings if reading.channel == channel.slug)


def inherited_by(catalogue: Catalogue, iso3: str) -> tuple[Coverage, ...]:
    """The readings of the groups that a country lies in: ours to join, the study lists no members."""
    return tuple(reading for area in catalogue.areas_of(iso3) for reading in catalogue.readings(area))


def members(catalogue: Catalogue, scope: Scope) -> tuple[str, ...]:
    """The countries that a chapter names one by one, or those of the group that it names."""
    return (catalogue.groups[scope.group].members or ()) if scope.group else scope.members


def exceptions(catalogue: Catalogue, scope: Scope) -> tuple[NamedException, ...]:
    """The countries that a chapter, or the group that it names, counts out; each once."""
    group = catalogue.groups[scope.group] if scope.group else None
    found = (*scope.exceptions, *(group.exceptions if group else ()))
    return tuple({one.country: one for one in found}.values())


def naming_channels(catalogue: Catalogue, iso3: str) -> list[tuple[Channel, Citation]]:
    """The channels whose chapters name a country among those they work for, and where."""
    return [
        (channel, catalogue.groups[scope.group].citation if scope.group else scope.citation)
        for channel in catalogue.channels.values()
        if iso3 in members(catalogue, scope := channel.countries)
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
