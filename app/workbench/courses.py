"""How cases go, for an analyst: who teaches whom, how far cases come and in what time, and how they end.

Anybody may read these figures of the whole region. How cases end is narrowed by brokers alone: where there
are few, a count by country would tell who said no.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from textwrap import shorten
from typing import Any, Literal

from fastapi import Response

from app import cases
from app.analysis import (
    EXCHANGED,
    OVER,
    Course,
    Exchange,
    Flow,
    Move,
    Stage,
    ends,
    flows,
    funnel,
    moves,
    reasons,
    usefulness,
)
from app.api.bodies import known_filters
from app.brokering.refusals import label_of
from app.brokering.steps import OPEN
from app.errors import Fault, Forbidden, Invalid
from app.evaluation.samples import Recorded, recorded
from app.language.analyse import fold
from app.workbench import labels, pictures
from app.workbench.analysis import (
    SECTION,
    country_options,
    form,
    period,
    sector_options,
    way,
)
from app.workbench.case import USEFUL
from app.workbench.frame import Visit, Visiting, router
from app.workbench.posting import BROKERS, choice
from app.workbench.sheets import Cells, sheet
from app.workbench.shown import Shown, length

pages = router()

DRAWN = 100
"""Flows that are drawn and listed; the file for a spreadsheet has all."""
READ = 25
"""Exchanges that are told one by one, once the choice is as narrow as that."""
TOLD, LONGEST = 30, 400
"""Outcomes that are told, the last ones, and the characters of each; the case has all of it."""

FLOWS = ("provider", "provider_name", "receiver", "receiver_name", "exchanges", "sectors", "channels")
FUNNEL = ("section", "from", "to", "cases", "here", *OVER, "lower_quartile", "median", "upper_quartile")
OUTCOMES = ("section", "item", "name", "cases", "outcome")


def _courses(visit: Visit) -> list[Course]:
    """How every case went: the figures are of all; which case is which, only those learn who may open it."""
    with visit.house.database.reading() as session:
        return cases.courses(session)


def _all_cases(visit: Visit) -> str:
    """What is counted where cases are."""
    say = visit.words.gettext
    if _narrows(visit):
        return say("Counted are all cases.")
    return say("Counted are all cases; which they are, only those learn who take part in them.")


# Who teaches whom


@dataclass(frozen=True, slots=True)
class Between:
    """Which exchanges are counted; None means any."""

    source: Literal["cases", "study"] = "cases"
    provider: str | None = None
    receiver: str | None = None
    sector: str | None = None
    channel: str | None = None

    def takes(self, one: Exchange) -> bool:
        return (
            self.provider in (None, one.provider)
            and self.receiver in (None, one.receiver)
            and (self.sector is None or self.sector in one.sectors)
            and self.channel in (None, one.channel)
        )


def _between(visit: Visit) -> Between:
    """What the address asks for.

    Raises:
        Invalid: naming every value that is not known.
    """
    held, faults = visit.house.catalogue, []
    source = visit.query("source") or "cases"
    asked = {name: visit.query(name) for name in ("provider", "receiver")}
    for name, text in asked.items():
        country = held.country(text) if text else None
        if text and country is None:
            faults.append(Fault(f"/query/{name}", f"“{text[:100]}” is not a country."))
        asked[name] = country.iso3 if country else None
    if source not in ("cases", "study"):
        faults.append(Fault("/query/source", f"“{source[:100]}” is neither cases nor study."))
    try:
        known = known_filters(held, sector=visit.query("sector"), channel=visit.query("channel"))
    except Invalid as invalid:
        faults += invalid.faults
    if faults:
        raise Invalid(faults)
    return Between("study" if source == "study" else "cases", **asked, **known)


@lru_cache(maxsize=1)
def _recorded(seed: Path) -> tuple[Recorded, ...]:
    return recorded(seed)


def _of_study(visit: Visit, asked: Between) -> list[tuple[Recorded, Exchange]]:
    """The exchanges that the study names."""
    named = (
        (one, Exchange(one.provider, one.receiver, one.sectors, one.exchange.channel))
        for one in _recorded(visit.house.settings.seed)
    )
    return [(one, exchange) for one, exchange in named if asked.takes(exchange)]


def _of_cases(visit: Visit, asked: Between) -> list[tuple[Course, Exchange]]:
    """The cases that became exchanges."""
    carried = [(one, one.exchange) for one in _courses(visit) if one.state in EXCHANGED]
    return [(one, exchange) for one, exchange in carried if asked.takes(exchange)]


def _found(visit: Visit, asked: Between) -> tuple[tuple[Flow, ...], list[Shown]]:
    """The flows; and the exchanges one by one where they are few, those of cases for who may open them."""
    if asked.source == "study":
        named = _of_study(visit, asked)
        told = [_told(visit, one) for one, _ in named] if len(named) <= READ else []
        return flows(exchange for _, exchange in named), told
    carried = _of_cases(visit, asked)
    own = [_case(visit, one) for one, _ in carried if _may_open(visit, one)] if len(carried) <= READ else []
    return flows(exchange for _, exchange in carried), own


def _told(visit: Visit, one: Recorded) -> Shown:
    show = visit.show
    return {
        "says": one.exchange.statement,
        "lang": "en",
        "href": None,
        "source": show.source(one.exchange.citation),
    }


def _case(visit: Visit, one: Course) -> Shown:
    show = visit.show
    sectors = ", ".join(show.sector(slug)["name"] for slug in one.sectors)
    says = f"{show.area(one.provider)} → {show.area(one.receiver)}: {sectors}"
    return {"says": says, "lang": None, "href": f"/cases/{one.case}", "source": None}


def _may_open(visit: Visit, one: Course) -> bool:
    by = visit.caller
    if by is None:
        return False
    own = by.country in (one.provider, one.receiver) or (by.channel or "") == one.channel
    return own or _narrows(visit)


@pages.get("/analysis/flows")
def who_teaches_whom(visit: Visiting) -> Response:
    asked = _between(visit)
    found, told = _found(visit, asked)
    say, show, words = visit.words.gettext, visit.show, visit.words
    drawn = found[:DRAWN]
    most = max((flow.exchanges for flow in drawn), default=1)
    counted = sum(flow.exchanges for flow in found)
    return visit.page(
        "analysis-flows.html",
        title=say("Who teaches whom"),
        section=SECTION,
        way=way(visit),
        form=form(
            visit,
            [
                choice(
                    "source",
                    say("From"),
                    say("cases that were agreed"),
                    [("study", say("exchanges that the study names"))],
                    asked.source,
                ),
                choice("provider", say("Provider"), say("any provider"), _countries(visit), asked.provider),
                choice("receiver", say("Receiver"), say("any receiver"), _countries(visit), asked.receiver),
                choice("sector", say("Sector"), say("any sector"), sector_options(visit), asked.sector),
                choice("channel", say("Channel"), say("any channel"), _channels(visit), asked.channel),
            ],
            [],
            {},
            bare=visit.address(provider=None, receiver=None, sector=None, channel=None, lang=None)
            if asked != Between(asked.source)
            else None,
        ),
        source=asked.source,
        narrowed=asked != Between(asked.source),
        from_study=visit.address(source="study", lang=None),
        whose=_all_cases(visit),
        counted=words.ngettext("%(num)s exchange", "%(num)s exchanges", counted),
        pairs=words.ngettext("%(num)s pair of countries", "%(num)s pairs of countries", len(found)),
        left_out=words.number(len(found) - len(drawn)) if len(found) > len(drawn) else None,
        arcs=_arcs(visit, drawn),
        flows=[
            {
                "provider": show.country(flow.provider),
                "receiver": show.country(flow.receiver),
                "exchanges": words.number(flow.exchanges),
                "width": length(flow.exchanges / most),
                "alone": visit.address(provider=flow.provider, receiver=flow.receiver, lang=None),
                "sectors": ", ".join(show.sector(slug)["name"] for slug in flow.sectors),
                "channels": ", ".join(show.channel(slug)["short"] for slug in flow.channels),
            }
            for flow in drawn
        ],
        told=told,
        csv=_as_csv(visit),
    )


def _arcs(visit: Visit, drawn: Sequence[Flow]) -> Shown:
    """The flows as lines, and the countries on both sides, each with the way to its own flows."""
    picture, show, words = pictures.arcs(drawn), visit.show, visit.words

    def side(name: str, countries: Sequence[tuple[str, int]]) -> list[Shown]:
        return [
            show.country(iso3)
            | {"number": words.number(number), "alone": visit.address(**{name: iso3}, lang=None)}
            for iso3, number in countries
        ]

    largest = _largest(drawn)
    return picture | {
        "providers": side("provider", picture["providers"]),
        "receivers": side("receiver", picture["receivers"]),
        "largest": words.gettext("The largest: from %(provider)s to %(receiver)s, %(number)s.")
        % {
            "provider": show.area(largest.provider),
            "receiver": show.area(largest.receiver),
            "number": words.ngettext("%(num)s exchange", "%(num)s exchanges", largest.exchanges),
        }
        if largest
        else "",
    }


def _largest(drawn: Sequence[Flow]) -> Flow | None:
    """The largest flow, if it is larger than every other."""
    alone = len(drawn) == 1 or (len(drawn) > 1 and drawn[0].exchanges > drawn[1].exchanges)
    return drawn[0] if alone else None


@pages.get("/analysis/flows.csv")
def flows_csv(visit: Visiting) -> Response:
    """Every flow, one a line."""
    show = visit.show
    found, _ = _found(visit, _between(visit))
    lines = (
        (
            flow.provider,
            show.area(flow.provider),
            flow.receiver,
            show.area(flow.receiver),
            flow.exchanges,
            " ".join(flow.sectors),
            " ".join(flow.channels),
        )
        for flow in found
    )
    return sheet("flows", FLOWS, lines, language=visit.words.language)


def _countries(visit: Visit) -> list[tuple[str, str]]:
    return country_options(visit, visit.house.catalogue.countries)


def _channels(visit: Visit) -> list[tuple[str, str]]:
    named = [(slug, one.abbreviation) for slug, one in visit.house.catalogue.channels.items()]
    return sorted(named, key=lambda one: fold(one[1]))


def _as_csv(visit: Visit) -> str:
    path = visit.request.url.path
    return visit.address(lang=None).replace(path, f"{path}.csv", 1)


# How far, how fast, with what end


def _narrows(visit: Visit) -> bool:
    return visit.asker.role in BROKERS


@dataclass(frozen=True, slots=True)
class Wished:
    """Which cases are counted, and what is the matter with the days, by field."""

    country: str | None
    sector: str | None
    channel: str | None
    since: date | None
    until: date | None
    wrong: Mapping[str, str]

    @property
    def narrowed(self) -> bool:
        return any((self.country, self.sector, self.channel, self.since, self.until, self.wrong))

    def takes(self, one: Course) -> bool:
        day = one.steps[0][1].date()
        return (
            self.country in (None, one.provider, one.receiver)
            and (self.sector is None or self.sector in one.sectors)
            and self.channel in (None, one.channel)
            and (self.since is None or self.since <= day)
            and (self.until is None or day <= self.until)
        )


def _wished(visit: Visit) -> Wished:
    """What the address asks for.

    Raises:
        Unidentified, Forbidden: for anybody but a broker who narrows by what would tell who it was.
        Invalid: naming every value that is not known.
    """
    named = {name: visit.query(name) for name in ("country", "sector", "channel")}
    if any(named.values()) and visit.by.role not in BROKERS:
        raise Forbidden(
            visit.words.gettext("Brokers alone narrow these figures by country, sector or channel.")
        )
    known = known_filters(visit.house.catalogue, **named)
    days, wrong = period(visit)
    return Wished(known["country"], known["sector"], known["channel"], days["since"], days["until"], wrong)


def _those(visit: Visit, wished: Wished) -> list[Course]:
    return [] if wished.wrong else [one for one in _courses(visit) if wished.takes(one)]


def _form(visit: Visit, wished: Wished) -> Shown:
    say = visit.words.gettext
    choices = [
        choice(
            "country", say("Country on either side"), say("any country"), _countries(visit), wished.country
        ),
        choice("sector", say("Sector"), say("any sector"), sector_options(visit), wished.sector),
        choice("channel", say("Channel"), say("any channel"), _channels(visit), wished.channel),
    ]
    return form(
        visit,
        choices if _narrows(visit) else [],
        [("since", say("Taken up from")), ("until", say("Taken up until"))],
        wished.wrong,
        bare=visit.request.url.path if wished.narrowed else None,
    )


def _page(visit: Visit, template: str, wished: Wished, found: Sequence[Course], **shown: Any) -> Response:
    return visit.page(
        template,
        section=SECTION,
        way=way(visit),
        status=422 if wished.wrong else 200,
        form=_form(visit, wished),
        narrowed=wished.narrowed,
        faulty=bool(wished.wrong),
        empty=not found,
        counted=visit.words.ngettext("%(num)s case", "%(num)s cases", len(found)),
        whose=_all_cases(visit),
        csv=_as_csv(visit),
        **shown,
    )


@pages.get("/analysis/funnel")
def how_far(visit: Visiting) -> Response:
    wished = _wished(visit)
    found = _those(visit, wished)
    made = moves(found)
    longest = max((move.days.longest for move in made), default=0.0)
    return _page(
        visit,
        "analysis-funnel.html",
        wished,
        found,
        title=visit.words.gettext("How far cases come, and in what time"),
        stages=[_stage(visit, stage, len(found)) for stage in funnel(found)],
        moves=[_move(visit, move, longest) for move in made],
        longest=_days(visit, longest),
    )


def _stage(visit: Visit, stage: Stage, total: int) -> Shown:
    words = visit.words
    share = stage.reached / total if total else 0
    ended = [
        f"{words.number(count)} {words.gettext(labels.CASES[end].word)}"
        for end, count in stage.ended.items()
        if count
    ]
    return {
        "name": words.gettext(labels.CASES[stage.state].word),
        "reached": words.number(stage.reached),
        "share": words.percent(share),
        "width": length(share),
        "here": words.number(stage.here) if stage.state in OPEN else "",
        "ended": ", ".join(ended),
    }


def _move(visit: Visit, move: Move, longest: float) -> Shown:
    words = visit.words
    return pictures.box(move.days, longest) | {
        "before": words.gettext(labels.CASES[move.before].word),
        "after": words.gettext(labels.CASES[move.after].word),
        "cases": words.number(move.days.count),
        "typical": _days(visit, move.days.median),
        "lower": _days(visit, move.days.lower),
        "upper": _days(visit, move.days.upper),
    }


def _days(visit: Visit, days: float) -> str:
    """Days as precisely as they matter: a tenth tells something of two days, and nothing of twenty."""
    return visit.words.number(days, 0 if days >= 10 else 1)


@pages.get("/analysis/funnel.csv")
def funnel_csv(visit: Visiting) -> Response:
    """The stages, then the moves from state to state with their days."""
    found = _those(visit, _without_fault(visit))
    lines: list[Cells] = [
        ("stage", "", stage.state, stage.reached, stage.here, *(stage.ended[end] for end in OVER), "", "", "")
        for stage in funnel(found)
    ]
    lines += [
        (
            "move",
            move.before,
            move.after,
            move.days.count,
            "",
            *("" for _ in OVER),
            *(round(value, 2) for value in (move.days.lower, move.days.median, move.days.upper)),
        )
        for move in moves(found)
    ]
    return sheet("funnel", FUNNEL, lines, language=visit.words.language)


def _without_fault(visit: Visit) -> Wished:
    wished = _wished(visit)
    if wished.wrong:
        raise Invalid([Fault(f"/query/{name}", says) for name, says in wished.wrong.items()])
    return wished


@pages.get("/analysis/outcomes")
def with_what_end(visit: Visiting) -> Response:
    wished = _wished(visit)
    found = _those(visit, wished)
    say, show = visit.words.gettext, visit.show
    ended = ends(found)
    still_open = len(found) - sum(ended.values())
    states = [(say(labels.CASES[end].word), count) for end, count in ended.items()]
    return _page(
        visit,
        "analysis-outcomes.html",
        wished,
        found,
        title=say("How cases end, and what changed"),
        ends=_bars(visit, [*states, (say("still open"), still_open)]),
        reasons=_bars(visit, [(_reason(visit, code), count) for code, count in reasons(found)]),
        sectors=_bars(
            visit, [(show.sector(slug)["name"], count) for slug, count in _completed_by_sector(found)]
        ),
        completed=ended["completed"] > 0,
        useful=_bars(visit, [(_useful(visit, value), count) for value, count in usefulness(found).items()]),
        outcomes=[_outcome(visit, one) for one in _told_outcomes(visit, found)[:TOLD]],
    )


def _completed_by_sector(found: Iterable[Course]) -> list[tuple[str, int]]:
    """The sectors of completed cases, the most frequent first; a case with two is counted in both."""
    counted = Counter(slug for one in found if one.state == "completed" for slug in one.sectors)
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def _told_outcomes(visit: Visit, found: Iterable[Course]) -> list[Course]:
    """The completed cases whose outcome the reader may know, the last completed first."""
    told = [one for one in found if one.state == "completed" and one.outcome and _may_open(visit, one)]
    return sorted(told, key=lambda one: one.steps[-1][1], reverse=True)


def _outcome(visit: Visit, one: Course) -> Shown:
    show = visit.show
    told_of = one.outcome or {}
    return {
        "provider": show.area(one.provider),
        "receiver": show.area(one.receiver),
        "sectors": ", ".join(show.sector(slug)["name"] for slug in one.sectors),
        "day": visit.words.day(one.steps[-1][1].date()),
        "says": [
            shorten(text, LONGEST, placeholder=" …")
            for text in (told_of.get("changed"), told_of.get("summary"))
            if text
        ],
        "href": f"/cases/{one.case}",
    }


def _useful(visit: Visit, value: int | None) -> str:
    say = visit.words.gettext
    if value is None:
        return say("not told")
    return f"{value}: {say(USEFUL[value])}" if value else say("did not take place")


def _reason(visit: Visit, code: str | None) -> str:
    return label_of(code).in_(visit.words.language) if code else visit.words.gettext("no reason told")


def _bars(visit: Visit, counted: Sequence[tuple[str, int]]) -> list[Shown]:
    """Names with their counts, as bars on one scale."""
    most = max((count for _, count in counted), default=0) or 1
    return [
        {"name": name, "number": visit.words.number(count), "width": length(count / most)}
        for name, count in counted
    ]


@pages.get("/analysis/outcomes.csv")
def outcomes_csv(visit: Visiting) -> Response:
    """Ends, reasons of refusals, sectors of what was completed, and what changed."""
    found, show = _those(visit, _without_fault(visit)), visit.show
    say = visit.words.gettext
    lines: list[Cells] = [
        ("end", end, say(labels.CASES[end].word), count, "") for end, count in ends(found).items()
    ]
    lines += [("reason", code, _reason(visit, code), count, "") for code, count in reasons(found)]
    lines += [
        ("sector", slug, show.sector(slug)["name"], count, "") for slug, count in _completed_by_sector(found)
    ]
    lines += [
        ("useful", value, _useful(visit, value), count, "") for value, count in usefulness(found).items()
    ]
    for one in _told_outcomes(visit, found):
        told = _outcome(visit, one)
        lines.append(
            ("case", one.case, f"{told['provider']} → {told['receiver']}", 1, " ".join(told["says"]))
        )
    return sheet("outcomes", OUTCOMES, lines, language=visit.words.language)
