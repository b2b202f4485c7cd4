"""The catalogue to browse: channels, instruments, sectors, modalities and countries, each fact cited."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from fastapi import Response

from app.catalogue import Channel, Country, Coverage, Instrument
from app.catalogue.correct import EntryKind
from app.catalogue.facts import CitedStatement, Donor, Step
from app.corrections import may_propose
from app.errors import NotFound
from app.language.analyse import fold
from app.workbench import conditions, labels, sheets, tiles
from app.workbench.coverage import entry
from app.workbench.frame import Visit, Visiting, router
from app.workbench.home import Open, open_postings
from app.workbench.shown import Shown
from app.workbench.told import naming_channels

pages = router()

F = TypeVar("F")

SECTION = "catalogue"
NEAR = 4
"""Names that are suggested for one that is not known."""


def found(fact: F | None, slug: str) -> F:
    """A fact of the catalogue.

    Raises:
        NotFound: when there is none of this name.
    """
    if fact is None:
        raise NotFound(f"There is no “{slug}” in the catalogue.")
    return fact


def _unknown(visit: Visit, slug: str, kind: str) -> Response:
    """The answer for a name that nothing has, with those that are near it."""
    held, show = visit.house.catalogue, visit.show
    known: dict[str, Shown] = {}
    if kind == "channels":
        for code, channel in held.channels.items():
            shown = show.channel(code)
            shown |= {"name": f"{channel.abbreviation}, {shown['name']}"}
            known |= dict.fromkeys((code, fold(channel.abbreviation)), shown)
    elif kind == "countries":
        for iso3, country in held.countries.items():
            names = (iso3, country.iso2, country.name.in_(visit.words.language), *country.variants)
            known |= dict.fromkeys(map(fold, names), show.country(iso3))
    elif kind == "instruments":
        for code, instrument in held.instruments.items():
            known[code] = {"name": instrument.name.in_(visit.words.language), "href": f"/instruments/{code}"}
    else:
        known = {code: show.sector(code) for code in held.sectors}
    close = get_close_matches(fold(slug[:100]), known, n=NEAR, cutoff=0.5)
    near = {known[name]["href"]: known[name] for name in close}
    return visit.page(
        "unknown.html",
        title=visit.words.gettext("There is nothing here"),
        section=SECTION,
        status=404,
        asked=slug[:100],
        near=list(near.values()),
    )


def _correct(visit: Visit, kind: EntryKind, slug: str) -> str | None:
    """Where an entry is corrected, for those who may."""
    by = visit.caller
    if by is None or not may_propose(by, kind, slug, visit.house.catalogue):
        return None
    return f"/corrections/new/{kind}/{slug}"


def _way(visit: Visit, name: str, anchor: str) -> list[tuple[str, str]]:
    return [(visit.words.gettext("Catalogue"), "/catalogue"), (name, f"/catalogue#{anchor}")]


def _open(visit: Visit) -> tuple[Open, Open]:
    """The open requests and offers."""
    house = visit.house
    with house.database.reading() as session:
        market = house.desk.market(session)
    today = house.today()
    return (
        open_postings(market, "request", today, asker=visit.asker, newest=0),
        open_postings(market, "offer", today, asker=visit.asker, newest=0),
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


@pages.get("/catalogue/channels.csv")
def channels_csv(visit: Visiting) -> Response:
    language = visit.words.language
    return sheets.sheet("channels", sheets.CHANNELS, sheets.channels(visit.show), language=language)


@pages.get("/catalogue/instruments.csv")
def instruments_csv(visit: Visiting) -> Response:
    language = visit.words.language
    return sheets.sheet("instruments", sheets.INSTRUMENTS, sheets.instruments(visit.show), language=language)


@pages.get("/catalogue/countries.csv")
def countries_csv(visit: Visiting) -> Response:
    language = visit.words.language
    return sheets.sheet("countries", sheets.COUNTRIES, sheets.countries(visit.show), language=language)


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


def _facts(visit: Visit, facts: Iterable[CitedStatement | Donor]) -> list[Shown]:
    """Statements with their source; they are written in the language of the study."""
    return [
        {
            "says": fact.name if isinstance(fact, Donor) else fact.statement,
            "source": visit.show.source(fact.citation),
        }
        for fact in facts
    ]


def _steps(visit: Visit, steps: Iterable[Step]) -> list[Shown]:
    language = visit.words.language
    return [{"says": step.step.in_(language), "source": visit.show.source(step.citation)} for step in steps]


def _readings(visit: Visit, count: int) -> str:
    return visit.words.ngettext("%(num)s reading", "%(num)s readings", count)


# Channels


@pages.get("/channels/{slug}.csv")
def channel_csv(slug: str, visit: Visiting) -> Response:
    channel = found(visit.house.catalogue.channels.get(slug), slug)
    return sheets.facts(slug, sheets.of_channel(visit.show, channel), language=visit.words.language)


@pages.get("/channels/{slug}")
def channel(slug: str, visit: Visiting) -> Response:
    held = visit.house.catalogue
    channel = held.channels.get(slug)
    if channel is None:
        return _unknown(visit, slug, "channels")
    say, show, language = visit.words.gettext, visit.show, visit.words.language
    return visit.page(
        "channel.html",
        title=channel.name.in_(language),
        section=SECTION,
        way=_way(visit, say("Channels"), "channels"),
        correct=_correct(visit, "channel", slug),
        slug=slug,
        short=channel.abbreviation,
        kind=say(labels.CHANNEL_KINDS[channel.kind]),
        about=channel.about.in_(language),
        counted=_readings(visit, sum(reading.channel == slug for reading in held.coverage)),
        scope=_scope(visit, channel),
        region=tiles.of_channel(show, channel),
        knowledge=[(state, show.mark(mark)) for state, mark in labels.KNOWLEDGE.items()],
        legend=[show.mark(mark) for mark in labels.ROLES.values()],
        instruments=[_instrument_line(visit, one) for one in held.instruments_of(slug)],
        matchmaking=_facts(visit, channel.matchmaking),
        cycle=_steps(visit, channel.cycle),
        themes=[
            {
                "says": theme.label.in_(language),
                "more": ", ".join(show.sector(sector)["name"] for sector in theme.sectors),
                "source": show.source(theme.citation),
            }
            for theme in channel.themes
        ],
        modalities=[
            {
                "says": show.modality(used.modality)["name"],
                "href": show.modality(used.modality)["href"],
                "source": show.source(used.citation),
            }
            for used in channel.modalities
        ],
        platforms=[
            {
                "says": f"{one.name}. {one.about}",
                "more": say(labels.PLATFORM_KINDS[one.kind]) if one.kind else "",
                "source": show.source(one.citation),
            }
            for one in channel.platforms
        ],
        funding=_facts(visit, channel.funding),
        donors=_facts(visit, channel.donors),
        prospects=_facts(visit, channel.prospects),
        facts=_facts(visit, channel.facts),
        not_stated=channel.not_stated,
    )


def _scope(visit: Visit, channel: Channel) -> Shown:
    """Which countries a channel works for."""
    held, show, scope = visit.house.catalogue, visit.show, channel.countries
    group = held.groups[scope.group] if scope.group else None
    return {
        "says": visit.words.gettext(labels.SCOPES[scope.scope]),
        "group": group.name.in_(visit.words.language) if group else None,
        "listed": visit.words.gettext(labels.LISTS[group.list]) if group else None,
        "members": [show.country(iso3) for iso3 in held.named_in(scope)],
        "exceptions": [
            show.country(one.country) | {"since": one.since, "source": show.source(one.citation)}
            for one in held.excepted_from(scope)
        ],
        "source": show.source(scope.citation),
    }


# Instruments


@pages.get("/instruments/{slug}.csv")
def instrument_csv(slug: str, visit: Visiting) -> Response:
    instrument = found(visit.house.catalogue.instruments.get(slug), slug)
    return sheets.facts(slug, sheets.of_instrument(visit.show, instrument), language=visit.words.language)


@pages.get("/instruments/{slug}")
def instrument(slug: str, visit: Visiting) -> Response:
    held = visit.house.catalogue
    instrument = held.instruments.get(slug)
    if instrument is None:
        return _unknown(visit, slug, "instruments")
    say, show, language = visit.words.gettext, visit.show, visit.words.language
    window = instrument.window
    return visit.page(
        "instrument.html",
        title=instrument.name.in_(language),
        section=SECTION,
        way=_way(visit, say("Instruments"), "instruments"),
        correct=_correct(visit, "instrument", slug),
        slug=slug,
        channel=show.channel(instrument.channel) if instrument.channel else None,
        with_channels=[show.channel(one) for one in instrument.with_channels],
        kind=say(labels.INSTRUMENT_KINDS[instrument.kind]),
        about=instrument.about.in_(language),
        told=say(labels.TOLD[instrument.told]) if instrument.told in labels.TOLD else None,
        dated=instrument.as_of,
        window={
            "says": say(labels.WINDOWS[window.kind]),
            "known": window.kind != "not-stated",
            "statement": window.statement,
            "source": show.source(window.citation) if window.citation else None,
        },
        rules=conditions.grouped(visit, instrument),
        own_steps=bool(instrument.steps),
        steps=_steps(visit, held.steps_of(instrument)),
        amounts=[
            {
                "figure": f"USD {visit.words.number(amount.usd)}",
                "says": amount.what,
                "source": show.source(amount.citation),
            }
            for amount in instrument.amounts
        ],
        shares=[
            {
                "figure": show.percentage(share.percent),
                "says": share.what,
                "source": show.source(share.citation),
            }
            for share in instrument.shares
        ],
        donors=_facts(visit, instrument.donors),
        facts=_facts(visit, instrument.facts),
        not_stated=instrument.not_stated,
    )


# Countries


@pages.get("/countries/{code}.csv")
def country_csv(code: str, visit: Visiting) -> Response:
    country = found(_country(visit, code), code[:100])
    lines = sheets.of_country(visit.show, country)
    return sheets.facts(country.iso3.lower(), lines, language=visit.words.language)


def _country(visit: Visit, code: str) -> Country | None:
    return visit.house.catalogue.country(code) if len(code) <= 3 else None


@pages.get("/countries/{code}")
def country(code: str, visit: Visiting) -> Response:
    held = visit.house.catalogue
    country = _country(visit, code)
    if country is None:
        return _unknown(visit, code, "countries")
    say, show, language = visit.words.gettext, visit.show, visit.words.language
    asked, offered = _open(visit)
    iso3 = country.iso3
    own, inherited = held.readings(iso3), held.inherited(iso3)
    naming = naming_channels(held, iso3)
    return visit.page(
        "country.html",
        title=country.name.in_(language),
        section=SECTION,
        way=_way(visit, say("Countries"), "countries"),
        correct=_correct(visit, "country", iso3),
        code=iso3,
        kind=say(labels.COUNTRY_KINDS[country.kind]),
        in_region=country.kind != "outside",
        tongues=", ".join(visit.words.tongue(tag) for tag in country.languages),
        subregion=held.groups[country.subregion].name.in_(language) if country.subregion else None,
        source=show.source(country.citation),
        counts=_counts(visit, "country", iso3, asked.by_country[iso3], offered.by_country[iso3]),
        counted=_readings(visit, len(own)),
        own=_by_sector(visit, own),
        counted_inherited=_readings(visit, len(inherited)),
        inherited=_by_sector(visit, inherited),
        memberships=_memberships(visit, country),
        channels=[
            {
                "says": f"{channel.abbreviation}, {channel.name.in_(language)}",
                "href": f"/channels/{channel.slug}",
                "source": show.source(citation),
            }
            for channel, citation in naming
        ],
        whole_region=[
            show.channel(channel.slug)
            for channel in held.channels.values()
            if channel.countries.scope == "region" and country.kind == "country"
        ],
        excepted=[
            show.channel(channel.slug) | {"since": one.since, "source": show.source(one.citation)}
            for channel in held.channels.values()
            for one in held.excepted_from(channel.countries)
            if one.country == iso3
        ],
        rules=conditions.naming(visit, iso3),
        coverage=f"/coverage?area={iso3}",
    )


def _by_sector(visit: Visit, readings: Iterable[Coverage]) -> list[Shown]:
    """Readings under their sector, in the order of Annex 1; a sector that has none is left out."""
    show = visit.show
    held: Mapping[str, list[Shown]] = {slug: [] for slug in visit.house.catalogue.sectors}
    for reading in readings:
        held[reading.sector].append(entry(show, reading))
    return [show.sector(slug) | {"entries": entries} for slug, entries in held.items() if entries]


def _memberships(visit: Visit, country: Country) -> list[Shown]:
    show, language = visit.show, visit.words.language
    return [
        {"says": group.name.in_(language), "source": show.source(group.citation)}
        for group in visit.house.catalogue.groups.values()
        if group.kind == "membership" and country.iso3 in (group.members or ())
    ]


# Sectors


@pages.get("/sectors/{slug}")
def sector(slug: str, visit: Visiting) -> Response:
    held = visit.house.catalogue
    sector = held.sectors.get(slug)
    if sector is None:
        return _unknown(visit, slug, "sectors")
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
        counted=_readings(visit, len(readings)),
        region=tiles.of_sector(show, slug),
        coverage=f"/coverage?sector={slug}",
        csv=f"/coverage.csv?sector={slug}",
    )
