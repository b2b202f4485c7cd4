"""Annex 1 as a picture: which channel is active where, in which sector, and in which role of the country."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import Response

from app.api.bodies import known_filters
from app.catalogue import Catalogue, Coverage
from app.catalogue.facts import Role
from app.errors import Fault, Invalid
from app.language.analyse import fold
from app.workbench import labels
from app.workbench.frame import Visit, Visiting, router
from app.workbench.posting import choice
from app.workbench.sheets import SOURCE, cited, sheet
from app.workbench.shown import Shower, Shown
from app.workbench.words import Words

pages = router()

COLUMNS = (
    "id",
    "area",
    "area_name",
    "kind",
    "sector",
    "sector_name",
    "channel",
    "channel_name",
    "unit",
    "role",
    "note",
    *SOURCE,
)


@dataclass(frozen=True)
class Narrowed:
    """What the readings are narrowed to; None means any."""

    area: str | None = None
    sector: str | None = None
    channel: str | None = None
    role: Role | None = None

    def takes(self, reading: Coverage) -> bool:
        return (
            self.area in (None, reading.area)
            and self.sector in (None, reading.sector)
            and self.channel in (None, reading.channel)
            and self.role in (None, reading.role)
        )


def narrowed(visit: Visit) -> Narrowed:
    """What the address asks for.

    Raises:
        Invalid: naming every value that is not known.
    """
    catalogue = visit.house.catalogue
    asked = known_filters(catalogue, sector=visit.query("sector"), channel=visit.query("channel"))
    area, role = visit.query("area"), visit.query("role")
    faults = []
    if area is not None and area not in catalogue.groups:
        country = catalogue.country(area)
        if country is None:
            faults.append(Fault("/query/area", f"“{area[:100]}” is not a country or a group of Annex 1."))
        else:
            area = country.iso3
    roles: dict[str, Role] = {"provider": "provider", "receiver": "receiver", "both": "both"}
    roles |= {"unspecified": "unspecified", "none": "none"}
    if role is not None and role not in roles:
        faults.append(Fault("/query/role", f"“{role[:100]}” is not a role of Annex 1."))
    if faults:
        raise Invalid(faults)
    return Narrowed(area, asked["sector"], asked["channel"], roles[role] if role else None)


@pages.get("/coverage")
def coverage(visit: Visiting) -> Response:
    catalogue, say = visit.house.catalogue, visit.words.gettext
    wanted = narrowed(visit)
    found = [reading for reading in catalogue.coverage if wanted.takes(reading)]
    one_at_a_time = wanted.area is not None or wanted.sector is not None
    return visit.page(
        "coverage.html",
        title=say("Who does what, where"),
        section="coverage",
        counted=_counted(visit.words, len(found)),
        choices=_choices(visit, wanted),
        narrowed=wanted != Narrowed(),
        legend=[visit.show.mark(mark) for mark in labels.ROLES.values()],
        matrix=None if one_at_a_time else _matrix(visit, wanted, found),
        place=_place(visit.show, wanted),
        lists=_lists(visit, wanted, found) if one_at_a_time else [],
        inherited=[entry(visit.show, reading) for reading in _inherited(catalogue, wanted)],
        unknown=_unknown(visit.show, wanted, found),
        channels=[visit.show.channel(slug) for slug in catalogue.channels],
        annex=_annex(visit.show),
        csv="/coverage.csv" + visit.address(lang=None).removeprefix("/coverage"),
    )


@pages.get("/coverage.csv")
def as_csv(visit: Visiting) -> Response:
    """The same readings for a spreadsheet, one a line."""
    catalogue, language = visit.house.catalogue, visit.words.language
    wanted = narrowed(visit)
    lines = (
        (
            reading.id,
            reading.area,
            visit.show.area(reading.area),
            reading.kind,
            reading.sector,
            catalogue.sectors[reading.sector].name.in_(language),
            reading.channel,
            catalogue.channels[reading.channel].name.in_(language),
            reading.unit,
            reading.role,
            reading.note,
            *cited(reading.citation),
        )
        for reading in catalogue.coverage
        if wanted.takes(reading)
    )
    return sheet("coverage", COLUMNS, lines, language=language)


def _counted(words: Words, count: int) -> str:
    return words.ngettext("%(num)s reading", "%(num)s readings", count)


def areas(show: Shower) -> list[str]:
    """The rows of Annex 1: groups first in printed order, then countries by name."""
    printed = list(dict.fromkeys(reading.area for reading in show.catalogue.coverage))
    groups = [area for area in printed if area in show.catalogue.groups]
    return groups + _by_name(show, (area for area in printed if area in show.catalogue.countries))


def without_row(show: Shower) -> list[str]:
    """The countries of the region that Annex 1 has no row for: nothing is known of them."""
    return _by_name(show, (iso3 for iso3 in show.catalogue.region if not show.catalogue.readings(iso3)))


def _by_name(show: Shower, countries: Iterable[str]) -> list[str]:
    return sorted(countries, key=lambda area: fold(show.area(area)))


def entry(show: Shower, reading: Coverage) -> Shown:
    """One reading with its source."""
    return {
        "area": show.area(reading.area),
        "sector": show.sector(reading.sector),
        "mark": show.mark(labels.ROLES[reading.role]),
        "channel": show.channel(reading.channel),
        "unit": reading.unit,
        "note": reading.note,
        "source": show.source(reading.citation),
    }


def _matrix(visit: Visit, wanted: Narrowed, found: Sequence[Coverage]) -> Shown:
    """Rows of cells of marked tiles, in bands.

    A cell without tiles is not known, unless it has others, which the filters leave out.
    """
    catalogue, words, show = visit.house.catalogue, visit.words, visit.show
    cells: dict[tuple[str, str], list[Shown]] = {}
    for reading in found:
        short = catalogue.channels[reading.channel].abbreviation
        tile = show.mark(labels.ROLES[reading.role]) | {"channel": short}
        cells.setdefault((reading.area, reading.sector), []).append(tile)
    held = Counter(reading.area for reading in found)
    recorded = {(reading.area, reading.sector) for reading in catalogue.coverage}
    of_sector = Counter(reading.sector for reading in found)

    def row(area: str) -> Shown:
        return {
            "area": area,
            "name": show.area(area),
            "href": visit.address(area=area, lang=None),
            "counted": _counted(words, held[area]) if held[area] else words.gettext("no row"),
            "shared": _counted(words, len(catalogue.inherited(area))),
            "cells": [
                {
                    "tiles": cells.get((area, sector), []),
                    "other": (area, sector) in recorded,
                    "href": visit.address(area=area, sector=sector, lang=None),
                }
                for sector in catalogue.sectors
            ],
        }

    rows = [area for area in areas(show) if held[area]]
    bands = {
        "groups": [row(area) for area in rows if area in catalogue.groups],
        "countries": [row(area) for area in rows if area in catalogue.countries],
        "without": [row(area) for area in without_row(show)] if wanted == Narrowed() else [],
    }
    return {
        "sectors": [
            show.sector(slug)
            | {"filter": visit.address(sector=slug, lang=None), "counted": _counted(words, of_sector[slug])}
            for slug in catalogue.sectors
        ],
        "bands": [{"kind": kind, "rows": rows} for kind, rows in bands.items() if rows],
    }


def _place(show: Shower, wanted: Narrowed) -> list[Shown]:
    """What one place is called where it is shown alone, and its page; groups have none."""
    named = []
    if wanted.area:
        country = wanted.area in show.catalogue.countries
        named.append(show.country(wanted.area) if country else {"name": show.area(wanted.area), "href": None})
    if wanted.sector:
        named.append(show.sector(wanted.sector))
    return named


def _lists(visit: Visit, wanted: Narrowed, found: Sequence[Coverage]) -> list[Shown]:
    """One country by sector, or one sector by country: the same marks, each with its source."""
    show = visit.show
    if wanted.area is not None:
        sectors = [wanted.sector] if wanted.sector else show.catalogue.sectors
        held = [(show.sector(slug)["name"], [r for r in found if r.sector == slug]) for slug in sectors]
    else:
        by_area = ((area, [r for r in found if r.area == area]) for area in areas(show))
        held = [(show.area(area), readings) for area, readings in by_area if readings]
    return [{"name": name, "entries": [entry(show, r) for r in readings]} for name, readings in held]


def _inherited(catalogue: Catalogue, wanted: Narrowed) -> list[Coverage]:
    """The readings of the groups that a country lies in, narrowed as its own are."""
    if wanted.area is None or wanted.area not in catalogue.countries:
        return []
    asked = Narrowed(None, wanted.sector, wanted.channel, wanted.role)
    return [reading for reading in catalogue.inherited(wanted.area) if asked.takes(reading)]


def _unknown(show: Shower, wanted: Narrowed, found: Sequence[Coverage]) -> list[Shown]:
    """The countries of the region that have no such reading of their own, where one sector is shown."""
    if wanted.sector is None or wanted.area is not None:
        return []
    held = {reading.area for reading in found}
    return [show.country(iso3) for iso3 in _by_name(show, show.catalogue.region) if iso3 not in held]


def _annex(show: Shower) -> Shown:
    """All of Annex 1 for the page to draw again as the filters change, without asking the server.

    Names stand once; readings are rows of codes. A page may not call the server from a script, by its
    content security policy, and need not: this is smaller than one picture.
    """
    catalogue = show.catalogue
    sectors, roles = list(catalogue.sectors), list(labels.ROLES)
    sources = list(dict.fromkeys((r.citation.document, r.citation.locator) for r in catalogue.coverage))
    first = {(r.citation.document, r.citation.locator): r.citation for r in catalogue.coverage}
    return {
        "areas": [
            (area, show.area(area), kind, catalogue.areas_of(area))
            for kind, held in (
                ("groups", [area for area in areas(show) if area in catalogue.groups]),
                ("countries", [area for area in areas(show) if area in catalogue.countries]),
                ("without", without_row(show)),
            )
            for area in held
        ],
        "sectors": [(slug, show.sector(slug)["name"]) for slug in sectors],
        "channels": {
            slug: (channel.abbreviation, show.channel(slug)["name"])
            for slug, channel in catalogue.channels.items()
        },
        "roles": [(role, show.mark(mark)["word"]) for role, mark in labels.ROLES.items()],
        "sources": [
            (shown["id"], shown["document"], shown["locator"])
            for shown in (show.source(first[place]) for place in sources)
        ],
        "readings": [
            (
                r.area,
                sectors.index(r.sector),
                r.channel,
                roles.index(r.role),
                r.unit or "",
                r.note or "",
                r.citation.quote or "",
                show.source(r.citation)["offset"] or "",
                sources.index((r.citation.document, r.citation.locator)),
            )
            for r in catalogue.coverage
        ],
    }


def _choices(visit: Visit, wanted: Narrowed) -> list[Shown]:
    catalogue, words, show = visit.house.catalogue, visit.words, visit.show
    say, language = words.gettext, words.language
    rows = [*areas(show), *without_row(show)]
    if wanted.area and wanted.area not in rows:
        rows.append(wanted.area)
    named = [(area, show.area(area)) for area in rows]
    sectors = [(slug, sector.name.in_(language)) for slug, sector in catalogue.sectors.items()]
    channels = [
        (slug, f"{channel.abbreviation}, {channel.name.in_(language)}")
        for slug, channel in catalogue.channels.items()
    ]
    roles = [(role, _role(words, role)) for role in labels.ROLES]
    return [
        choice("area", say("Country or group"), say("all"), named, wanted.area),
        choice("sector", say("Sector"), say("any sector"), sectors, wanted.sector),
        choice("channel", say("Channel"), say("any channel"), channels, wanted.channel),
        choice("role", say("Role"), say("any role"), roles, wanted.role),
    ]


def _role(words: Words, role: str) -> str:
    mark = labels.ROLES[role]
    return f"{mark.shape} {words.gettext(mark.word)}"
