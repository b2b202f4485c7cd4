"""The region as equal tiles, roughly where the countries lie, so that an island is as easy to hit as Brazil.

What a tile tells is said in words beside it, and once more in a table: the picture carries nothing alone.
"""

from collections.abc import Iterable, Mapping, Sequence

from app.catalogue import Channel, Coverage
from app.language.analyse import fold
from app.matching.support import Knowledge
from app.workbench import labels
from app.workbench.shown import Shower, Shown
from app.workbench.told import Told, told

PLACES: Mapping[str, tuple[int, int]] = {
    "CUB": (4, 0), "BHS": (5, 0), "TCA": (6, 0),
    "MEX": (0, 1), "CYM": (3, 1), "JAM": (4, 1), "HTI": (5, 1), "DOM": (6, 1), "VGB": (7, 1), "AIA": (8, 1),
    "GTM": (1, 2), "BLZ": (2, 2), "KNA": (7, 2), "ATG": (8, 2), "MSR": (9, 2),
    "SLV": (1, 3), "HND": (2, 3), "DMA": (8, 3), "LCA": (9, 3),
    "NIC": (2, 4), "VCT": (8, 4), "BRB": (9, 4),
    "CRI": (2, 5), "PAN": (3, 5), "COL": (4, 5), "VEN": (5, 5), "TTO": (7, 5), "GRD": (8, 5),
    "ECU": (3, 6), "PER": (4, 6), "BRA": (5, 6), "GUY": (6, 6), "SUR": (7, 6),
    "BOL": (5, 7),
    "CHL": (4, 8), "PRY": (5, 8),
    "ARG": (4, 9), "URY": (5, 9),
}  # fmt: skip
"""Column and row of each country and territory, from the north-west."""

MANY, SOME = 5, 3
"""From how many channels on a tile is darkest, and darker; the number stands in it as well."""


def of_channel(show: Shower, channel: Channel) -> Shown:
    """A channel in the region: the roles that each country has in it, or what else is known there."""
    rows = [_of_channel(show, channel, one) for one in told(show.catalogue, channel)]
    readings = [reading for reading in show.catalogue.coverage if reading.channel == channel.slug]
    return {"tiles": in_place(rows), "rows": _groups(show, readings, "sector") + _by_name(rows)}


def _of_channel(show: Shower, channel: Channel, one: Told) -> Shown:
    say, readings = show.words.gettext, one.own or one.inherited
    counted_out = labels.KNOWLEDGE["excluded"]
    known = say(labels.KNOWLEDGE[one.knowledge].word)
    if one.knowledge == "named" and not one.by_name:
        known = say("the chapter speaks of the whole region")
    elif one.own and one.member is False and not one.excepted:
        known = ", ".join((known, say("not among those that the chapter lists")))
    words = [known, *(say(labels.ROLES[role].word) for role in _roles(readings))]
    figure = "".join(labels.ROLES[role].shape for role in _roles(readings))
    if one.knowledge == "named":
        figure = labels.KNOWLEDGE["named"].shape
    elif one.excepted or one.knowledge == "excluded":
        figure += counted_out.shape
    if one.excepted and one.knowledge != "excluded":
        words.append(say(counted_out.word))
    country = show.country(one.country)
    return country | {
        "state": one.knowledge,
        "figure": figure,
        "more": "",
        "shade": "",
        "says": f"{country['name']} ({one.country}): {', '.join(words)}",
        "words": known,
        "excepted": {"since": one.excepted.since, "source": show.source(one.excepted.citation)}
        if one.excepted
        else None,
        "readings": [_entry(show, reading, "sector") for reading in one.own],
        "through": _through(show, one.inherited),
        "opens": f"/coverage?area={one.country}&channel={channel.slug}" if readings else country["href"],
    }


def _roles(readings: Iterable[Coverage]) -> list[str]:
    """The roles that occur, in the order of the legend; “none stated” only where it is all that occurs."""
    found = {reading.role for reading in readings}
    return [role for role in labels.ROLES if role in found and (role != "none" or len(found) == 1)]


def of_sector(show: Shower, sector: str) -> Shown:
    """A sector in the region: the number of channels recorded for each country, and for its groups."""
    rows = [_of_sector(show, sector, iso3) for iso3 in show.catalogue.region]
    readings = [reading for reading in show.catalogue.coverage if reading.sector == sector]
    return {"tiles": in_place(rows), "rows": _groups(show, readings, "channel") + _by_name(rows)}


def _of_sector(show: Shower, sector: str, iso3: str) -> Shown:
    catalogue, words = show.catalogue, show.words
    own = [reading for reading in catalogue.readings(iso3) if reading.sector == sector]
    inherited = [reading for reading in catalogue.inherited(iso3) if reading.sector == sector]
    channels = {reading.channel for reading in own}
    more = len({reading.channel for reading in inherited} - channels)
    said = []
    if own:
        said.append(words.ngettext("%(num)s channel recorded", "%(num)s channels recorded", len(channels)))
    if more:
        said.append(words.ngettext("%(num)s more for its groups", "%(num)s more for its groups", more))
    state: Knowledge = "recorded" if own else "inherited" if inherited else "unknown"
    country = show.country(iso3)
    says = ", ".join(said) or show.mark(labels.KNOWLEDGE[state])["word"]
    return country | {
        "state": state,
        "figure": words.number(len(channels)) if own else "",
        "more": f"+{words.number(more)}" if more else "",
        "shade": "many" if len(channels) >= MANY else "some" if len(channels) >= SOME else "",
        "says": f"{country['name']} ({iso3}): {says}",
        "words": says,
        "excepted": None,
        "readings": [_entry(show, reading, "channel") for reading in own],
        "through": _through(show, inherited),
        "opens": f"/coverage?area={iso3}&sector={sector}" if own or inherited else country["href"],
    }


def _through(show: Shower, inherited: Iterable[Coverage]) -> str:
    """The groups through which a country has what their rows record."""
    return ", ".join(show.area(area) for area in dict.fromkeys(reading.area for reading in inherited))


def _groups(show: Shower, readings: Sequence[Coverage], about: str) -> list[Shown]:
    """The rows of groups for the table, once each; the countries' rows refer to them."""
    groups = dict.fromkeys(reading.area for reading in readings if reading.kind == "group")
    return [
        {
            "state": "group",
            "name": show.area(area),
            "href": f"/coverage?area={area}",
            "words": show.words.gettext("row of a group"),
            "excepted": None,
            "readings": [_entry(show, reading, about) for reading in readings if reading.area == area],
            "through": "",
        }
        for area in groups
    ]


def _entry(show: Shower, reading: Coverage, about: str) -> Shown:
    """A reading in the table: the role by its mark, and the sector or channel that it is about."""
    name = (
        show.sector(reading.sector)["name"] if about == "sector" else show.channel(reading.channel)["short"]
    )
    return {"mark": show.mark(labels.ROLES[reading.role]), "name": name, "unit": reading.unit}


def in_place(rows: Iterable[Shown]) -> list[Shown]:
    """Tiles in the order of reading, so that Tab goes from the north-west to the south-east."""
    placed = [(PLACES[row["code"]], row) for row in rows if row["code"] in PLACES]
    placed.sort(key=lambda one: (one[0][1], one[0][0]))
    return [row | {"column": column, "line": line} for (column, line), row in placed]


def _by_name(rows: Iterable[Shown]) -> list[Shown]:
    return sorted(rows, key=lambda row: fold(row["name"]))
