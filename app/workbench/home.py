"""The first page: what this is, what is asked for and offered, and the ways in."""

from dataclasses import dataclass
from datetime import date
from itertools import islice

import numpy as np
from fastapi import Response

from app.catalogue import Catalogue
from app.matching.gates import may_meet
from app.matching.market import Market
from app.matching.posting import Asker, Kind, Posting
from app.workbench.frame import Visiting, router
from app.workbench.shown import PLURAL

pages = router()

NEWEST = 5
"""Postings of each kind that the first page lists."""

NOWHERE = -1
"""A country that no posting is of, so that none is left out for its own."""


@dataclass(frozen=True)
class Open:
    """The open postings of a kind that somebody may see: how many of each sector and country; the newest."""

    total: int
    by_sector: dict[str, int]
    by_country: dict[str, int]
    without_sector: int
    newest: list[Posting]


def open_postings(market: Market, kind: Kind, today: date, *, asker: Asker, newest: int = NEWEST) -> Open:
    """Count what the asker may see, from memory: nothing is read from the database."""
    shelf = market.shelf(kind)
    own = market.tables.countries.get(asker.country) if asker.country else None
    numbers = np.flatnonzero(may_meet(shelf.doors, NOWHERE, asker=asker, own=own, today=today))
    sectors, countries = shelf.columns.sectors[numbers], shelf.columns.country[numbers]
    one = np.uint64(1)
    of_country = np.bincount(countries, minlength=len(market.tables.countries))
    return Open(
        total=int(numbers.size),
        by_sector={
            slug: int(((sectors >> np.uint64(place)) & one).sum())
            for slug, place in market.tables.sectors.items()
        },
        by_country={iso3: int(of_country[place]) for iso3, place in market.tables.countries.items()},
        without_sector=int((sectors == 0).sum()),
        newest=[shelf.postings[number] for number in islice(reversed(numbers.tolist()), newest)],
    )


@pages.get("/")
def home(visit: Visiting) -> Response:
    with visit.house.database.reading() as session:
        market = visit.house.desk.market(session)
    today = visit.house.today()
    asked = open_postings(market, "request", today, asker=visit.asker)
    offered = open_postings(market, "offer", today, asker=visit.asker)
    words, show = visit.words, visit.show
    most = max(1, *asked.by_sector.values(), *offered.by_sector.values())
    counts = [
        (show.sector(slug), asked.by_sector[slug], offered.by_sector[slug], slug)
        for slug in visit.house.catalogue.sectors
    ]
    unsorted = (asked.without_sector, offered.without_sector)
    return visit.page(
        "home.html",
        title="Puente",
        counts=[
            {
                "sector": sector,
                "requests": _bar(requests, most, words.number(requests), f"/requests?sector={slug}"),
                "offers": _bar(offers, most, words.number(offers), f"/offers?sector={slug}"),
            }
            for sector, requests, offers, slug in counts
        ],
        unsorted={"requests": words.number(unsorted[0]), "offers": words.number(unsorted[1])}
        if any(unsorted)
        else None,
        total={
            "requests": words.ngettext("%(num)s open request", "%(num)s open requests", asked.total),
            "offers": words.ngettext("%(num)s open offer", "%(num)s open offers", offered.total),
        },
        empty=asked.total + offered.total == 0,
        newest=[
            {
                "kind": kind,
                "title": words.gettext("Newest requests")
                if kind == "request"
                else words.gettext("Newest offers"),
                "all": f"/{PLURAL[kind]}",
                "items": [show.brief(posting) for posting in found.newest],
            }
            for kind, found in (("request", asked), ("offer", offered))
        ],
        figures=_figures(visit),
    )


def _bar(count: int, most: int, number: str, href: str) -> dict[str, str | None]:
    """A count as a bar; nothing to open where nothing is counted."""
    share = 100 * count / most
    return {
        "number": number,
        "width": f"{share:.2f}%",
        "start": f"{100 - share:.2f}%",
        "href": href if count else None,
    }


def _figures(visit: Visiting) -> list[tuple[str, str, str]]:
    """What the edition holds: a number, what it counts, and where it can be opened."""
    catalogue: Catalogue = visit.house.catalogue
    say, number = visit.words.gettext, visit.words.number
    rules = sum(len(instrument.rules) for instrument in catalogue.instruments.values())
    return [
        (number(len(catalogue.region)), say("countries and territories"), "/catalogue#countries"),
        (number(len(catalogue.channels)), say("channels"), "/catalogue#channels"),
        (number(len(catalogue.instruments)), say("funds, programmes and services"), "/catalogue#instruments"),
        (number(rules), say("conditions for their use"), "/catalogue#instruments"),
        (number(len(catalogue.coverage)), say("readings of Annex 1"), "/coverage"),
    ]
