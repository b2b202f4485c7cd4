"""Annex 1 as a picture: which channel is active where, in which sector, and in which role of the country."""

import csv
import io
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
    "document",
    "locator",
    "offset",
    "quote",
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
    shared = _inherited(catalogue, wanted)
    return visit.page(
        "coverage.html",
        title=say("Who does what, where"),
        section="coverage",
        counted=visit.words.ngettext("%(num)s reading", "%(num)s readings", len(found)),
        choices=_choices(visit, wanted),
        narrowed=wanted != Narrowed(),
        legend=[visit.show.mark(mark) for mark in labels.ROLES.values()],
        matrix=None if one_at_a_time else _matrix(visit, wanted, found),
        lists=_lists(visit, wanted, found) if one_at_a_time else [],
        inherited=[entry(visit.show, reading, "area") for reading in shared],
        unrecorded=not found,
        missing=_missing(visit, wanted),
        channels=[visit.show.channel(slug) for slug in catalogue.channels],
        csv="/coverage.csv" + visit.address(lang=None).removeprefix("/coverage"),
    )


@pages.get("/coverage.csv")
def as_csv(visit: Visiting) -> Response:
    """The same readings for a spreadsheet, one a line."""
    catalogue, language = visit.house.catalogue, visit.words.language
    wanted = narrowed(visit)
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(COLUMNS)
    for reading in catalogue.coverage:
        if wanted.takes(reading):
            cited = reading.citation
            lines.writerow(
                (
                    reading.id,
                    reading.area,
                    area_name(catalogue, reading.area, language),
                    reading.kind,
                    reading.sector,
                    catalogue.sectors[reading.sector].name.in_(language),
                    reading.channel,
                    catalogue.channels[reading.channel].name.in_(language),
                    reading.unit or "",
                    reading.role,
                    reading.note or "",
                    cited.document,
                    cited.locator,
                    cited.offset,
                    cited.quote,
                )
            )
    headers = {
        "Content-Disposition": 'attachment; filename="coverage.csv"',
        "Content-Language": language,
        "Vary": "Accept-Language, Cookie",
    }
    # Spreadsheets take a file without the mark for Latin-1.
    return Response(f"\ufeff{written.getvalue()}", media_type="text/csv", headers=headers)


def area_name(catalogue: Catalogue, area: str, language: str) -> str:
    """The name of a row of Annex 1: a country's or a group's."""
    held = catalogue.countries.get(area) or catalogue.groups[area]
    return held.name.in_(language)


def areas(catalogue: Catalogue, language: str) -> list[str]:
    """The rows of Annex 1: groups first in printed order, then countries by name."""
    printed = list(dict.fromkeys(reading.area for reading in catalogue.coverage))
    groups = [area for area in printed if area in catalogue.groups]
    countries = [area for area in printed if area in catalogue.countries]
    return groups + sorted(countries, key=lambda area: fold(area_name(catalogue, area, language)))


def entry(show: Shower, reading: Coverage, named: str) -> Shown:
    """One reading with its source, named by its sector or by its area."""
    catalogue, language = show.catalogue, show.language
    name = (
        catalogue.sectors[reading.sector].name.in_(language)
        if named == "sector"
        else area_name(catalogue, reading.area, language)
    )
    return {
        "id": reading.id,
        "name": name,
        "sector": show.sector(reading.sector),
        "mark": show.mark(labels.ROLES[reading.role]),
        "channel": show.channel(reading.channel),
        "unit": reading.unit,
        "note": reading.note,
        "source": show.source(reading.citation),
    }


def _matrix(visit: Visit, wanted: Narrowed, found: Sequence[Coverage]) -> Shown:
    """Rows of cells of marked tiles; a cell without tiles is not known."""
    catalogue, words, show = visit.house.catalogue, visit.words, visit.show
    cells: dict[tuple[str, str], list[Shown]] = {}
    for reading in found:
        short = catalogue.channels[reading.channel].abbreviation
        tile = show.mark(labels.ROLES[reading.role]) | {"channel": short}
        cells.setdefault((reading.area, reading.sector), []).append(tile)
    held = Counter(reading.area for reading in found)
    rows = [
        {
            "name": area_name(catalogue, area, words.language),
            "href": visit.address(area=area, lang=None),
            "group": area in catalogue.groups,
            "counted": words.ngettext("%(num)s reading", "%(num)s readings", held[area]),
            "cells": [
                {
                    "tiles": cells.get((area, sector), []),
                    "href": visit.address(area=area, sector=sector, lang=None),
                }
                for sector in catalogue.sectors
            ],
        }
        for area in areas(catalogue, words.language)
        if held[area] or wanted == Narrowed()
    ]
    return {
        "sectors": [
            show.sector(slug) | {"filter": visit.address(sector=slug, lang=None)}
            for slug in catalogue.sectors
        ],
        "rows": rows,
    }


def _lists(visit: Visit, wanted: Narrowed, found: Sequence[Coverage]) -> list[Shown]:
    """One country by sector, or one sector by country: the same marks, each with its source."""
    catalogue, language = visit.house.catalogue, visit.words.language
    by_sector = wanted.area is not None
    places: Iterable[str] = (
        ([wanted.sector] if wanted.sector else catalogue.sectors) if by_sector else areas(catalogue, language)
    )
    lists = []
    for place in places:
        held = [r for r in found if place == (r.sector if by_sector else r.area)]
        if held or by_sector:
            name = (
                catalogue.sectors[place].name.in_(language)
                if by_sector
                else area_name(catalogue, place, language)
            )
            named = "area" if by_sector else "sector"
            lists.append({"name": name, "entries": [entry(visit.show, r, named) for r in held]})
    return lists


def _inherited(catalogue: Catalogue, wanted: Narrowed) -> list[Coverage]:
    """The readings of the groups that a country lies in: ours to join, the study lists no members."""
    if wanted.area is None or wanted.area not in catalogue.countries:
        return []
    asked = Narrowed(None, wanted.sector, wanted.channel, wanted.role)
    return [
        reading
        for area in catalogue.areas_of(wanted.area)
        for reading in catalogue.readings(area)
        if asked.takes(reading)
    ]


def _missing(visit: Visit, wanted: Narrowed) -> list[Shown]:
    """The countries of the region that have no row of their own: nothing is known of them."""
    catalogue = visit.house.catalogue
    if wanted != Narrowed():
        return []
    without = [iso3 for iso3 in catalogue.region if not catalogue.readings(iso3)]
    return sorted(map(visit.show.country, without), key=lambda shown: fold(shown["name"]))


def _choices(visit: Visit, wanted: Narrowed) -> list[Shown]:
    catalogue, words = visit.house.catalogue, visit.words
    say, language = words.gettext, words.language
    named = [(area, area_name(catalogue, area, language)) for area in areas(catalogue, language)]
    if wanted.area and wanted.area not in dict(named):
        named.append((wanted.area, area_name(catalogue, wanted.area, language)))
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
