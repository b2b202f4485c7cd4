"""Demand and supply for an analyst: a heat map of countries and sectors, the region as tiles, and the lists.

Everything that a picture shows stands in its address, in its table and in its file for a spreadsheet, and
every number opens the postings that it counts. How cases go is told in `app.workbench.courses`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, get_args
from urllib.parse import urlencode

from fastapi import Response

from app import postings
from app.analysis import VIEWS, Cell, View, bounds, cells, shade
from app.api.bodies import known_filters
from app.errors import Fault, Invalid
from app.language.analyse import fold
from app.matching.posting import Kind, Status
from app.postings import Wanted
from app.workbench import labels
from app.workbench.frame import Visit, Visiting, Way, router
from app.workbench.posting import choice
from app.workbench.sheets import Cells, sheet
from app.workbench.shown import PLURAL, Shown
from app.workbench.tiles import in_place
from app.workbench.words import N_

pages = router()

SECTION = "analysis"
LISTED = 25

NO_SECTOR = "none"
"""How an address asks for postings that name no sector."""
ANY_STATUS = "any"

KINDS: Mapping[View, tuple[Kind, ...]] = {
    "balance": ("offer", "request"),
    "offer": ("offer",),
    "request": ("request",),
}

COUNTED: Mapping[View, str] = {
    "balance": N_("Offers less requests"),
    "offer": N_("Offers"),
    "request": N_("Requests"),
}

DEMAND = ("country", "country_name", "sector", "sector_name", "offers", "requests", "balance", "known")
REGION = ("country", "country_name", "offers", "requests", "balance", "known")


@dataclass(frozen=True, slots=True)
class Sought:
    """What is counted; None means any. Without a status it is what is open today."""

    view: View = "balance"
    country: str | None = None
    sector: str | None = None
    status: str | None = None
    since: date | None = None
    until: date | None = None

    @property
    def wanted(self) -> Wanted:
        """The same in the words of the verb."""
        status: Status | None = next((one for one in get_args(Status) if one == self.status), None)
        return Wanted(
            country=self.country,
            sector=None if self.sector == NO_SECTOR else self.sector,
            without_sector=self.sector == NO_SECTOR,
            status="published" if self.status is None else status,
            posted_since=self.since,
            posted_until=self.until,
        )


def sought(visit: Visit) -> tuple[Sought, dict[str, str]]:
    """What the address asks for, and what is the matter with the dates that somebody wrote, by field.

    Raises:
        Invalid: naming every other value that is not known.
    """
    faults: list[Fault] = []
    sector, view, status = visit.query("sector"), visit.query("kind") or "balance", visit.query("status")
    try:
        known = known_filters(
            visit.house.catalogue,
            country=visit.query("country"),
            sector=None if sector == NO_SECTOR else sector,
        )
    except Invalid as invalid:
        known, faults = {"country": None, "sector": None}, invalid.faults
    if view not in VIEWS:
        faults.append(Fault("/query/kind", f"“{view[:100]}” is none of {', '.join(VIEWS)}."))
    if status is not None and status not in (ANY_STATUS, *get_args(Status)):
        faults.append(Fault("/query/status", f"“{status[:100]}” is not a status of a posting."))
    if faults:
        raise Invalid(faults)
    days, wrong = period(visit)
    return (
        Sought(
            view=next(one for one in VIEWS if one == view),
            country=known["country"],
            sector=NO_SECTOR if sector == NO_SECTOR else known["sector"],
            status=None if status == "published" else status,
            **days,
        ),
        wrong,
    )


def period(visit: Visit) -> tuple[dict[str, date | None], dict[str, str]]:
    """The first and the last day of the address, and what is the matter with them in the reader's words."""
    say = visit.words.gettext
    days: dict[str, date | None] = {"since": None, "until": None}
    wrong: dict[str, str] = {}
    for name in days:
        text = visit.query(name)
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            wrong[name] = say("This is not a day. Write it like this: 2026-03-31.")
    since, until = days["since"], days["until"]
    if since and until and until < since:
        wrong["until"] = say("This day is before the first one.")
    return days, wrong


def way(visit: Visit) -> Way:
    return [(visit.words.gettext("Analysis"), "/analysis")]


@pages.get("/analysis")
def overview(visit: Visiting) -> Response:
    return visit.page("analysis.html", title=visit.words.gettext("Analysis"), section=SECTION)


# Counting


@dataclass(frozen=True, slots=True)
class Ground:
    """What was counted: cells by country and sector, and by country with each posting once."""

    by_sector: Mapping[tuple[str, str | None], Cell]
    by_country: Mapping[str, Cell]

    def cell(self, country: str, sector: str | None) -> Cell:
        return self.by_sector.get((country, sector), Cell())

    def of(self, country: str) -> Cell:
        return self.by_country.get(country, Cell())


def _counted(visit: Visit, asked: Sought) -> Ground:
    """Counts with the filters, beside counts of all that there is: what is empty may be so by the filters."""
    ever = replace(asked.wanted, status=None, posted_since=None, posted_until=None)
    who, today = visit.asker, visit.house.today()
    with visit.house.database.reading() as session:
        by_sector, ever_by_sector, by_country, ever_by_country = (
            count(session, wanted, asker=who, today=today)
            for count in (postings.counted, postings.counted_once)
            for wanted in (asked.wanted, ever)
        )
    return Ground(
        cells(by_sector, ever_by_sector, at=lambda one: (one.country, one.sector)),
        cells(by_country, ever_by_country, at=lambda one: one.country),
    )


def _rows(visit: Visit, asked: Sought, ground: Ground) -> list[str]:
    """The countries of the region that have posted, by name; one that is asked for, wherever it lies."""
    if asked.country:
        return [asked.country]
    posted = (iso3 for iso3 in visit.house.catalogue.region if ground.of(iso3).ever(asked.view))
    return by_name(visit, posted)


def _columns(visit: Visit, asked: Sought, ground: Ground) -> list[str | None]:
    """The sectors, and none where there are postings that name none."""
    if asked.sector:
        return [None if asked.sector == NO_SECTOR else asked.sector]
    unsorted = any(cell.ever(asked.view) for (_, sector), cell in ground.by_sector.items() if sector is None)
    return [*visit.house.catalogue.sectors, *([None] if unsorted else [])]


def by_name(visit: Visit, countries: Iterable[str]) -> list[str]:
    return sorted(countries, key=lambda iso3: fold(visit.show.area(iso3)))


# The pictures


@pages.get("/analysis/demand")
def demand(visit: Visiting) -> Response:
    asked, wrong = sought(visit)
    ground = Ground({}, {}) if wrong else _counted(visit, asked)
    rows, columns = _rows(visit, asked, ground), _columns(visit, asked, ground)
    drawn = [ground.cell(country, sector) for country in rows for sector in columns]
    begins = bounds(max((abs(cell.number(asked.view)) for cell in drawn), default=0))
    held = visit.house.catalogue
    return _page(
        visit,
        "analysis-demand.html",
        asked,
        ground,
        wrong,
        begins,
        title=visit.words.gettext("Demand and supply by country and sector"),
        columns=[_column(visit, sector) for sector in columns],
        rows=[
            visit.show.country(country)
            | {
                "alone": visit.address(country=country, lang=None),
                "cells": [
                    _cell(visit, asked, ground.cell(country, sector), begins, country, sector or NO_SECTOR)
                    for sector in columns
                ],
                "total": _figure(visit, asked.view, ground.of(country)),
            }
            for country in rows
        ],
        totals=[
            _figure(visit, asked.view, _together(ground.cell(country, sector) for country in rows))
            for sector in columns
        ],
        total=_figure(visit, asked.view, _together(map(ground.of, rows))),
        silent=[
            visit.show.country(iso3)
            for iso3 in ([] if asked.country or wrong else by_name(visit, held.region))
            if not ground.of(iso3).ever(asked.view)
        ],
    )


@pages.get("/analysis/demand.csv")
def demand_csv(visit: Visiting) -> Response:
    """Every cell of the heat map, one a line, also those that are not known."""
    asked = _without_fault(visit)
    ground = _counted(visit, asked)
    lines = (
        (
            country,
            visit.show.area(country),
            sector,
            _column(visit, sector)["name"],
            *_numbers(ground.cell(country, sector), asked.view),
        )
        for country in _all_rows(visit, asked, ground)
        for sector in _columns(visit, asked, ground)
    )
    return sheet("demand", DEMAND, lines, language=visit.words.language)


@pages.get("/analysis/region")
def region(visit: Visiting) -> Response:
    asked, wrong = sought(visit)
    ground = Ground({}, {}) if wrong else _counted(visit, asked)
    held = visit.house.catalogue
    begins = bounds(max((abs(ground.of(iso3).number(asked.view)) for iso3 in held.region), default=0))
    countries = [asked.country] if asked.country else by_name(visit, held.region)
    tiles = [_tile(visit, asked, ground.of(iso3), begins, iso3) for iso3 in countries]
    return _page(
        visit,
        "analysis-region.html",
        asked,
        ground,
        wrong,
        begins,
        title=visit.words.gettext("Demand and supply in the region"),
        rows=tiles,
        tiles=in_place(tiles),
    )


@pages.get("/analysis/region.csv")
def region_csv(visit: Visiting) -> Response:
    """Every country, one a line, also those of which nothing is known."""
    asked = _without_fault(visit)
    ground = _counted(visit, asked)
    lines = (
        (country, visit.show.area(country), *_numbers(ground.of(country), asked.view))
        for country in _all_rows(visit, asked, ground)
    )
    return sheet("region", REGION, lines, language=visit.words.language)


def _all_rows(visit: Visit, asked: Sought, ground: Ground) -> list[str]:
    """The countries of a file: the region whole, and others that have posted."""
    if asked.country:
        return [asked.country]
    return by_name(visit, {*visit.house.catalogue.region, *ground.by_country})


def _numbers(cell: Cell, view: View) -> Cells:
    known = "yes" if cell.ever(view) else "no"
    return (cell.offers, cell.requests, cell.offers - cell.requests, known)


def _without_fault(visit: Visit) -> Sought:
    """What the address asks for.

    Raises:
        Invalid: also for days that cannot be read: a file has no form to show them beside.
    """
    asked, wrong = sought(visit)
    if wrong:
        raise Invalid([Fault(f"/query/{name}", says) for name, says in wrong.items()])
    return asked


def _together(found: Iterable[Cell]) -> Cell:
    return sum(found, Cell())


def _column(visit: Visit, sector: str | None) -> Shown:
    name = visit.show.sector(sector)["name"] if sector else visit.words.gettext("sector not stated")
    return {"name": name, "alone": visit.address(sector=sector or NO_SECTOR, lang=None)}


def _figure(visit: Visit, view: View, cell: Cell) -> str:
    """A number as it is shown; a balance has its sign, for colour alone says nothing."""
    number = cell.number(view)
    sign = ("−" if number < 0 else "+") if view == "balance" and number else ""
    return f"{sign}{visit.words.number(abs(number))}"


def _tone(view: View, cell: Cell, begins: Sequence[int]) -> str:
    """The class of the stylesheet: hatched where nothing is known, else by the number and its sign."""
    if not cell.ever(view):
        return "nothing"
    if not cell.counted(view):
        return "zero"
    number = cell.number(view)
    side = "gives" if view == "offer" or (view == "balance" and number > 0) else "asks"
    return f"{side}-{shade(number, begins)}" if number else "even"


def _cell(
    visit: Visit,
    asked: Sought,
    cell: Cell,
    begins: Sequence[int],
    country: str,
    sector: str | None,
) -> Shown:
    tone = _tone(asked.view, cell, begins)
    return {
        "tone": tone,
        "figure": _figure(visit, asked.view, cell),
        "says": _sum(visit, cell)
        if asked.view == "balance" and tone != "zero"
        else _says(visit, asked.view, cell),
        "href": _opens(visit, asked, country, sector) if cell.counted(asked.view) else None,
    }


def _tile(visit: Visit, asked: Sought, cell: Cell, begins: Sequence[int], iso3: str) -> Shown:
    country = visit.show.country(iso3)
    shown = _cell(visit, asked, cell, begins, iso3, asked.sector)
    says = _says(visit, asked.view, cell)
    return country | {
        "state": f"heat {shown['tone']}",
        "shade": "",
        "figure": "" if shown["tone"] == "nothing" else shown["figure"],
        "more": "",
        "says": f"{country['name']} ({iso3}): {says}",
        "words": says,
        "opens": shown["href"] or country["href"],
    }


def _says(visit: Visit, view: View, cell: Cell) -> str:
    """What was counted in a cell, in words."""
    words = visit.words
    if not cell.ever(view):
        return words.gettext("nothing was ever posted")
    if not cell.counted(view):
        return words.gettext("none with these filters, %(count)s without") % {
            "count": words.number(cell.ever(view))
        }
    return ", ".join(_of_kind(visit, kind, cell) for kind in KINDS[view])


def _sum(visit: Visit, cell: Cell) -> str:
    """How a balance comes about, as short as a cell of many needs it: offers less requests."""
    return f"{visit.words.number(cell.offers)} − {visit.words.number(cell.requests)}"


def _of_kind(visit: Visit, kind: Kind, cell: Cell) -> str:
    if kind == "offer":
        return visit.words.ngettext("%(num)s offer", "%(num)s offers", cell.offers)
    return visit.words.ngettext("%(num)s request", "%(num)s requests", cell.requests)


def _opens(visit: Visit, asked: Sought, country: str, sector: str | None) -> str:
    """Where the postings of a cell are listed: in the public list, if that can show just these.

    The other list stands beside the pictures; some hundred cells with its whole path are a slower page.
    """
    query = {"country": country, "sector": sector}
    plain = Sought(asked.view, asked.country, asked.sector)
    if asked == plain and len(KINDS[asked.view]) == 1 and sector != NO_SECTOR:
        path = f"/{PLURAL[asked.view]}"
    else:
        path = "postings"
        query |= {
            "kind": None if asked.view == "balance" else asked.view,
            "status": asked.status,
            "since": asked.since.isoformat() if asked.since else None,
            "until": asked.until.isoformat() if asked.until else None,
        }
    return f"{path}?{urlencode({name: value for name, value in query.items() if value})}"


def _page(
    visit: Visit,
    template: str,
    asked: Sought,
    ground: Ground,
    wrong: Mapping[str, str],
    begins: Sequence[int],
    **picture: Any,
) -> Response:
    """A page with filters, what is counted, the legend and the picture."""
    path, here = visit.request.url.path, visit.address(lang=None)
    found = _together(ground.by_country.values())
    return visit.page(
        template,
        section=SECTION,
        way=way(visit),
        status=422 if wrong else 200,
        form=_form(visit, asked, wrong),
        faulty=bool(wrong),
        empty=not found.ever(asked.view),
        counted=_says(visit, asked.view, found),
        whose=_whose(visit),
        view=asked.view,
        about=visit.words.gettext(COUNTED[asked.view]),
        legend=_legend(begins, asked.view),
        elsewhere=_elsewhere(visit, asked, ground),
        csv=here.replace(path, f"{path}.csv", 1),
        as_map=here.replace(path, "/analysis/region", 1),
        as_matrix=here.replace(path, "/analysis/demand", 1),
        list=here.replace(path, "/analysis/postings", 1),
        **picture,
    )


def _elsewhere(visit: Visit, asked: Sought, ground: Ground) -> list[Shown]:
    """The countries outside the region that have posted, each with the picture of it alone."""
    outside = [iso3 for iso3 in ground.by_country if iso3 not in visit.house.catalogue.region]
    return [
        visit.show.country(iso3) | {"alone": visit.address(country=iso3, lang=None)}
        for iso3 in by_name(visit, outside)
        if iso3 != asked.country and ground.of(iso3).ever(asked.view)
    ]


def _legend(begins: Sequence[int], view: View) -> list[Shown]:
    """The shades of either side, each with the numbers that it stands for."""
    ends = [*(bound - 1 for bound in begins[1:]), None]
    ranges = [
        f"{low}+" if high is None else str(low) if low == high else f"{low}–{high}"
        for low, high in zip(begins, ends, strict=True)
    ]
    sides = {"balance": ("gives", "asks"), "offer": ("gives",), "request": ("asks",)}[view]
    return [
        {
            "side": side,
            "keys": [(f"{side}-{place}", numbers) for place, numbers in enumerate(ranges, start=1)],
        }
        for side in sides
    ]


def _whose(visit: Visit) -> str:
    """Who may see what is counted here."""
    if visit.caller is None:
        return visit.words.gettext("Counted is what anyone may see.")
    return visit.words.gettext("Counted is what you may see; others may see other numbers.")


# The filters


def _form(visit: Visit, asked: Sought, wrong: Mapping[str, str]) -> Shown:
    say = visit.words.gettext
    offered = [one for one in get_args(Status) if one != "published" and (one != "draft" or visit.caller)]
    statuses = [(ANY_STATUS, say("any status")), *((one, say(labels.STATUSES[one][0])) for one in offered)]
    kinds = [(kind, say(COUNTED[kind])) for kind in VIEWS[1:]]
    sectors = [*sector_options(visit), (NO_SECTOR, say("sector not stated"))]
    return form(
        visit,
        [
            choice("kind", say("What is counted"), say(COUNTED[VIEWS[0]]), kinds, asked.view),
            choice("country", say("Country"), say("any country"), country_options(visit), asked.country),
            choice("sector", say("Sector"), say("any sector"), sectors, asked.sector),
            choice("status", say("Status"), say("open today"), statuses, asked.status),
        ],
        [("since", say("Posted from")), ("until", say("Posted until"))],
        wrong,
        bare=f"{visit.request.url.path}?kind={asked.view}"
        if asked != Sought(view=asked.view) or wrong
        else None,
    )


def form(
    visit: Visit,
    choices: Sequence[Shown],
    days: Sequence[tuple[str, str]],
    wrong: Mapping[str, str],
    *,
    bare: str | None,
) -> Shown:
    """The filters of a picture, filled in with what was asked; what is the matter stands beside its field.

    `bare` is the picture's address without filters, where there are any.
    """
    return {
        "action": visit.request.url.path,
        "choices": choices,
        "days": [
            {"name": name, "label": label, "value": visit.query(name) or "", "fault": wrong.get(name)}
            for name, label in days
        ],
        "bare": bare,
    }


def country_options(visit: Visit, also: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The countries of the region, and others that are needed, by name."""
    countries = {*visit.house.catalogue.region, *also}
    return [(iso3, visit.show.area(iso3)) for iso3 in by_name(visit, countries)]


def sector_options(visit: Visit) -> list[tuple[str, str]]:
    held, language = visit.house.catalogue, visit.words.language
    return [(slug, sector.name.in_(language)) for slug, sector in held.sectors.items()]


# The postings that were counted


@pages.get("/analysis/postings")
def listed(visit: Visiting) -> Response:
    """What a number was made of; offers and requests beside each other where both were counted."""
    asked, wrong = sought(visit)
    kinds = () if wrong else KINDS[asked.view]
    who, today = visit.asker, visit.house.today()
    cursor = visit.query("cursor") if len(kinds) == 1 else None
    with visit.house.database.reading() as session:
        tallies = postings.counted_once(session, asked.wanted, asker=who, today=today)
        pages = {
            kind: postings.listed(
                session, kind, asked.wanted, asker=who, limit=LISTED, cursor=cursor, today=today
            )
            for kind in kinds
        }
    found = _together(cells(tallies, (), at=lambda one: one.country).values())
    return visit.page(
        "analysis-postings.html",
        title=visit.words.gettext("The postings that were counted"),
        section=SECTION,
        way=way(visit),
        status=422 if wrong else 200,
        form=_form(visit, asked, wrong),
        faulty=bool(wrong),
        whose=_whose(visit),
        lists=[
            {
                "kind": kind,
                "counted": _of_kind(visit, kind, found),
                "items": [visit.show.brief(posting) for posting in page.items],
                "first": visit.address(cursor=None, lang=None) if cursor else None,
                "following": visit.address(kind=kind, cursor=page.next, lang=None) if page.next else None,
            }
            for kind, page in pages.items()
        ],
    )
