"""The catalogue to browse: channels, instruments, sectors, modalities and countries, each fact cited."""

from collections.abc import Iterable
from typing import TypeVar

from fastapi import Response

from app.catalogue import Channel, Country, Instrument
from app.errors import NotFound
from app.language.analyse import fold
from app.workbench import labels
from app.workbench.coverage import entry
from app.workbench.frame import Visit, Visiting, router
from app.workbench.home import Open, open_postings
from app.workbench.shown import Shown

pages = router()

F = TypeVar("F")

SECTION = "catalogue"


def found(fact: F | None, slug: str) -> F:
    """A fact of the catalogue.

    Raises:
        NotFound: when there is none of this name.
    """
    if fact is None:
        raise NotFound(f"There is no “{slug}” in the catalogue.")
    return fact


def _way(visit: Visit, name: str, anchor: str) -> list[tuple[str, str]]:
    return [(visit.words.gettext("Catalogue"), "/catalogue"), (name, f"/catalogue#{anchor}")]


def _open(visit: Visit) -> tuple[Open, Open]:
    """The open requests and offers."""
    house = visit.house
    with house.database.reading() as session:
        market = house.desk.market(session)
    today = house.today()
    return (
        open_postings(market, "request", today, newest=0),
        open_postings(market, "offer", today, newest=0),
    )


def _counts(visit: Visit, parameter: str, value: str, requests: int, offers: int) -> list[Shown]:
    """How much is asked for and offered, each to be opened."""
    words = visit.words
    return [
        {
            "name": words.ngettext("%(num)s open request", "%(num)s open requests", requests),
            "href": f"/requests?{parameter}={value}",
        },
        {
            "name": words.ngettext("%(num)s open offer", "%(num)s open offers", offers),
            "href": f"/offers?{parameter}={value}",
        },
    ]


@pages.get("/catalogue")
def catalogue(visit: Visiting) -> Response:
    held, say, show, language = visit.house.catalogue, visit.words.gettext, visit.show, visit.words.language
    asked, offered = _open(visit)
    return visit.page(
        "catalogue.html",
        title=say("Catalogue"),
        section=SECTION,
        kinds=[
            {
                "name": say(name),
                "channels": [show.channel(c.slug) for c in held.channels.values() if c.kind == kind],
            }
            for kind, name in labels.CHANNEL_KINDS.items()
        ],
        instruments=[_instrument_line(visit, instrument) for instrument in held.instruments.values()],
        sectors=[
            show.sector(slug) | {"about": sector.about.in_(language)} for slug, sector in held.sectors.items()
        ],
        families=[
            {
                "name": say(name),
                "modalities": [
                    {
                        "slug": m.slug,
                        "name": m.name.in_(language),
                        "needs": ", ".join(say(labels.NEEDS[need]) for need in m.needs),
                        "for_postings": m.for_postings,
                        "source": show.source(m.citation),
                    }
                    for m in held.modalities.values()
                    if m.family == family
                ],
            }
            for family, name in labels.FAMILIES.items()
        ],
        countries=_named(
            show.country(iso3)
            | {
                "requests": visit.words.number(asked.by_country[iso3]),
                "offers": visit.words.number(offered.by_country[iso3]),
            }
            for iso3 in held.region
        ),
        documents=list(held.documents.values()),
    )


def _named(shown: Iterable[Shown]) -> list[Shown]:
    """In the order of the alphabet of the reader's language, accents aside."""
    return sorted(shown, key=lambda one: fold(one["name"]))


def _instrument_line(visit: Visit, instrument: Instrument) -> Shown:
    say = visit.words.gettext
    return {
        "name": instrument.name.in_(visit.words.language),
        "href": f"/instruments/{instrument.slug}",
        "channel": visit.show.channel(instrument.channel) if instrument.channel else None,
        "kind": say(labels.INSTRUMENT_KINDS[instrument.kind]),
        "window": say(labels.WINDOWS[instrument.window.kind]),
        "about": instrument.about.in_(visit.words.language),
    }


@pages.get("/channels/{slug}")
def channel(slug: str, visit: Visiting) -> Response:
    held = visit.house.catalogue
    channel = found(held.channels.get(slug), slug)
    say, show, language = visit.words.gettext, visit.show, visit.words.language
    readings = [reading for reading in held.coverage if reading.channel == slug]
    return visit.page(
        "channel.html",
        title=channel.name.in_(language),
        section=SECTION,
        way=_way(visit, say("Channels"), "channels"),
        short=channel.abbreviation,
        kind=say(labels.CHANNEL_KINDS[channel.kind]),
        about=channel.about.in_(language),
        scope=_scope(visit, channel),
        instruments=[_instrument_line(visit, one) for one in held.instruments_of(slug)],
        themes=[
            {
                "says": theme.label.in_(language),
                "sectors": [show.sector(sector) for sector in theme.sectors],
                "source": show.source(theme.citation),
            }
            for theme in channel.themes
        ],
        modalities=[
            show.modality(used.modality) | {"source": show.source(used.citation)}
            for used in channel.modalities
        ],
        cycle=[
            {"says": step.step.in_(language), "source": show.source(step.citation)} for step in channel.cycle
        ],
        funding=show.cited(channel.funding),
        platforms=[
            {"says": f"{one.name}. {one.about}", "source": show.source(one.citation)}
            for one in channel.platforms
        ],
        facts=show.cited(channel.facts),
        not_stated=channel.not_stated,
        counted=visit.words.ngettext("%(num)s reading", "%(num)s readings", len(readings)),
        coverage=f"/coverage?channel={slug}",
    )


def _scope(visit: Visit, channel: Channel) -> Shown:
    """Which countries a channel works for."""
    held, show, scope = visit.house.catalogue, visit.show, channel.countries
    group = held.groups[scope.group] if scope.group else None
    members = (group.members or ()) if group else scope.members
    exceptions = {
        one.country: one for one in (*scope.exceptions, *(group.exceptions if group else ()))
    }.values()
    return {
        "says": visit.words.gettext(labels.SCOPES[scope.scope]),
        "group": group.name.in_(visit.words.language) if group else None,
        "listed": visit.words.gettext(labels.LISTS[group.list]) if group else None,
        "members": [show.country(iso3) for iso3 in members],
        "exceptions": [
            show.country(one.country) | {"since": one.since, "source": show.source(one.citation)}
            for one in exceptions
        ],
        "source": show.source(scope.citation),
    }


@pages.get("/instruments/{slug}")
def instrument(slug: str, visit: Visiting) -> Response:
    instrument = found(visit.house.catalogue.instruments.get(slug), slug)
    say, show, language = visit.words.gettext, visit.show, visit.words.language
    window = instrument.window
    return visit.page(
        "instrument.html",
        title=instrument.name.in_(language),
        section=SECTION,
        way=_way(visit, say("Instruments"), "instruments"),
        channel=show.channel(instrument.channel) if instrument.channel else None,
        kind=say(labels.INSTRUMENT_KINDS[instrument.kind]),
        about=instrument.about.in_(language),
        dated=instrument.as_of,
        window={
            "says": say(labels.WINDOWS[window.kind]),
            "statement": window.statement,
            "source": show.source(window.citation) if window.citation else None,
        },
        rules=[
            {
                "says": rule.because.in_(language),
                "ask": rule.ask.in_(language),
                "source": show.source(rule.citation),
            }
            for rule in instrument.rules
        ],
        steps=[
            {"says": step.step.in_(language), "source": show.source(step.citation)}
            for step in instrument.steps
        ],
        amounts=[
            {
                "says": f"USD {visit.words.number(amount.usd)}",
                "what": amount.what,
                "source": show.source(amount.citation),
            }
            for amount in instrument.amounts
        ],
        donors=[{"says": donor.name, "source": show.source(donor.citation)} for donor in instrument.donors],
        facts=show.cited(instrument.facts),
        not_stated=instrument.not_stated,
    )


@pages.get("/countries/{code}")
def country(code: str, visit: Visiting) -> Response:
    held = visit.house.catalogue
    country = found(held.country(code[:3]) if len(code) <= 3 else None, code[:100])
    say, show, language = visit.words.gettext, visit.show, visit.words.language
    asked, offered = _open(visit)
    iso3 = country.iso3
    return visit.page(
        "country.html",
        title=country.name.in_(language),
        section=SECTION,
        way=_way(visit, say("Countries"), "countries"),
        code=iso3,
        kind=say(labels.COUNTRY_KINDS[country.kind]),
        in_region=country.kind != "outside",
        tongues=", ".join(visit.words.tongue(tag) for tag in country.languages),
        subregion=held.groups[country.subregion].name.in_(language) if country.subregion else None,
        source=show.source(country.citation),
        counts=_counts(visit, "country", iso3, asked.by_country[iso3], offered.by_country[iso3]),
        own=[entry(show, reading, "sector") for reading in held.readings(iso3)],
        inherited=[
            entry(show, reading, "area") for area in held.areas_of(iso3) for reading in held.readings(area)
        ],
        memberships=_memberships(visit, country),
        coverage=f"/coverage?area={iso3}",
    )


def _memberships(visit: Visit, country: Country) -> list[Shown]:
    show, language = visit.show, visit.words.language
    return [
        {"says": group.name.in_(language), "source": show.source(group.citation)}
        for group in visit.house.catalogue.groups.values()
        if group.kind == "membership" and country.iso3 in (group.members or ())
    ]


@pages.get("/sectors/{slug}")
def sector(slug: str, visit: Visiting) -> Response:
    held = visit.house.catalogue
    sector = found(held.sectors.get(slug), slug)
    show, language = visit.show, visit.words.language
    asked, offered = _open(visit)
    readings = [reading for reading in held.coverage if reading.sector == slug]
    return visit.page(
        "sector.html",
        title=sector.name.in_(language),
        section=SECTION,
        way=_way(visit, visit.words.gettext("Sectors"), "sectors"),
        about=sector.about.in_(language),
        source=show.source(sector.citation),
        counts=_counts(visit, "sector", slug, asked.by_sector[slug], offered.by_sector[slug]),
        channels=[
            show.channel(channel.slug)
            | {
                "themes": [
                    {"says": theme.label.in_(language), "source": show.source(theme.citation)}
                    for theme in channel.themes
                    if slug in theme.sectors
                ]
            }
            for channel in held.channels.values()
            if slug in held.sectors_of(channel.slug)
        ],
        counted=visit.words.ngettext("%(num)s reading", "%(num)s readings", len(readings)),
        coverage=f"/coverage?sector={slug}",
    )
