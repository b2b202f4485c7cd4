"""What is asked, offered and exchanged, counted: where, between whom, how far, how fast, with what end.

Counts are of what the reader may see. Nothing counted is not the same as nothing there to count: a cell of
which nothing was ever posted is not known, and one that filters have emptied is zero.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles
from typing import Any, Literal, TypeVar

from app.brokering import steps
from app.brokering.steps import ENDS, STATES
from app.matching.posting import Kind

# Demand and supply

View = Literal["balance", "offer", "request"]
"""What is counted: offers, requests, or how many more offers than requests there are."""

VIEWS: tuple[View, ...] = ("balance", "offer", "request")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many postings of a kind a country has in a sector; no sector stands for those that name none."""

    kind: Kind
    country: str
    sector: str | None
    postings: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Demand and supply in one place; `ever` are those that are there without filters."""

    offers: int = 0
    requests: int = 0
    ever_offers: int = 0
    ever_requests: int = 0

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(
            self.offers + other.offers,
            self.requests + other.requests,
            self.ever_offers + other.ever_offers,
            self.ever_requests + other.ever_requests,
        )

    def number(self, view: View) -> int:
        return {"offer": self.offers, "request": self.requests, "balance": self.offers - self.requests}[view]

    def counted(self, view: View) -> int:
        """The postings that the number was made of."""
        return {"offer": self.offers, "request": self.requests, "balance": self.offers + self.requests}[view]

    def ever(self, view: View) -> int:
        """The postings that there are without filters; with none, nothing is known."""
        both = self.ever_offers + self.ever_requests
        return {"offer": self.ever_offers, "request": self.ever_requests, "balance": both}[view]


K = TypeVar("K")


def cells(found: Iterable[Tally], ever: Iterable[Tally], at: Callable[[Tally], K]) -> dict[K, Cell]:
    """Cells by their place: what was found with filters, and what there is without them."""
    counted: dict[K, Cell] = {}
    for one in found:
        cell = Cell(offers=one.postings) if one.kind == "offer" else Cell(requests=one.postings)
        counted[at(one)] = counted.get(at(one), Cell()) + cell
    for one in ever:
        cell = Cell(ever_offers=one.postings) if one.kind == "offer" else Cell(ever_requests=one.postings)
        counted[at(one)] = counted.get(at(one), Cell()) + cell
    return counted


SHADES = 4


def bounds(most: int) -> tuple[int, ...]:
    """From which numbers on the shades begin, each as many times the one before, up to the largest number.

    Up to 15 they are 1, 2, 4 and 8, whatever is shown, so that small pictures can be laid side by side.
    """
    factor = 2
    while factor**SHADES <= most:
        factor += 1
    return tuple(factor**power for power in range(SHADES))


def shade(number: int, begins: Sequence[int]) -> int:
    """The place of a number among shades, 1 for the lightest; 0 for none. Its sign makes no difference."""
    return sum(abs(number) >= bound for bound in begins)


# Cases


@dataclass(frozen=True, slots=True)
class Course:
    """How a case went: the states that it entered, and when, in that order; how it ended, if it did."""

    case: str
    provider: str
    receiver: str
    sectors: tuple[str, ...]
    channel: str | None
    state: str
    steps: tuple[tuple[str, datetime], ...]
    reason: str | None = None
    """The code of the reason that ended it."""
    outcome: Mapping[str, Any] | None = None

    @property
    def exchange(self) -> "Exchange":
        return Exchange(self.provider, self.receiver, self.sectors, self.channel)


WAY = ("suggested", "shortlisted", "proposed", "agreed", "under_way", "completed")
"""The states of a case that goes well, in their order."""

OVER = tuple(state for state in ENDS if state not in WAY)
"""The ends of one that does not."""


@dataclass(frozen=True, slots=True)
class Stage:
    """How many cases came this far, how many stand here now, and how many ended here, by their end."""

    state: str
    reached: int
    here: int
    ended: Mapping[str, int]


def funnel(courses: Sequence[Course]) -> tuple[Stage, ...]:
    """The stages of the way. A case that was reopened has reached what it had reached before.

    Who came further came past every stage on the way, also one that was left out.
    """
    reached = Counter(max(map(WAY.index, _stood(course))) for course in courses)
    here = Counter(course.state for course in courses)
    ended = Counter((_stood(course)[-1], course.state) for course in courses if course.state in OVER)
    return tuple(
        Stage(
            state,
            sum(count for furthest, count in reached.items() if furthest >= place),
            here[state],
            {end: ended[state, end] for end in OVER},
        )
        for place, state in enumerate(WAY)
    )


def _stood(course: Course) -> list[str]:
    """The states of the way that a case has been in, in the order of time; every case begins the way."""
    return [WAY[0], *(state for state, _ in course.steps if state in WAY)]


@dataclass(frozen=True, slots=True)
class Spread:
    """Half of the values lie between the quartiles, and half below the median."""

    count: int
    lower: float
    median: float
    upper: float
    longest: float


def spread(values: Sequence[float]) -> Spread:
    """Quartiles as most spreadsheets have them (R-7); one value is all of them."""
    enough = values if len(values) > 1 else [*values, *values]
    lower, median, upper = quantiles(enough, method="inclusive")
    return Spread(len(values), lower, median, upper, max(values))


@dataclass(frozen=True, slots=True)
class Move:
    """From one state to the next, as cases made it, and the days that they stood before it."""

    before: str
    after: str
    days: Spread


def moves(courses: Iterable[Course]) -> tuple[Move, ...]:
    """Every move that was made, in the order of the states; each time that a case made it counts."""
    days: dict[tuple[str, str], list[float]] = {}
    for course in courses:
        for (before, since), (after, at) in zip(course.steps, course.steps[1:], strict=False):
            days.setdefault((before, after), []).append((at - since) / timedelta(days=1))
    order: dict[str, int] = {state: place for place, state in enumerate(STATES)}
    made = sorted(days, key=lambda move: [order[state] for state in move])
    return tuple(Move(before, after, spread(days[before, after])) for before, after in made)


def ends(courses: Iterable[Course]) -> dict[str, int]:
    """How many ended how."""
    found = Counter(course.state for course in courses)
    return {end: found[end] for end in ENDS}


def reasons(courses: Iterable[Course]) -> list[tuple[str | None, int]]:
    """Why cases were refused, the most frequent reason first; None where none was told."""
    found = Counter(course.reason for course in courses if course.state == "declined")
    return sorted(found.items(), key=lambda one: (-one[1], one[0] or ""))


NOT_HELD = 0
"""How useful an exchange was that did not take place."""


def usefulness(courses: Iterable[Course]) -> dict[int | None, int]:
    """How many completed cases were how useful, from 5 down to 1; then those not held, and those not told."""
    told = (dict(course.outcome or {}) for course in courses if course.state == "completed")
    found = Counter(one.get("useful") if one.get("held", True) else NOT_HELD for one in told)
    return {value: found[value] for value in (5, 4, 3, 2, 1, NOT_HELD, None)}


# Who taught whom


@dataclass(frozen=True, slots=True)
class Exchange:
    """Something that one country taught another, or is about to."""

    provider: str
    receiver: str
    sectors: tuple[str, ...]
    channel: str | None


EXCHANGED = (*steps.CARRIED, "completed")
"""States of a case that is an exchange; one that was broken off is none."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The exchanges from one country to another, with what they are about and what carried them."""

    provider: str
    receiver: str
    exchanges: int
    sectors: Mapping[str, int]
    channels: Mapping[str, int]


def flows(exchanges: Iterable[Exchange]) -> tuple[Flow, ...]:
    """The largest first; of equals, in the order of the codes of provider and receiver."""
    pairs: dict[tuple[str, str], list[Exchange]] = {}
    for one in exchanges:
        pairs.setdefault((one.provider, one.receiver), []).append(one)
    found = (
        Flow(
            provider,
            receiver,
            len(held),
            _most_first(sector for one in held for sector in one.sectors),
            _most_first(one.channel for one in held if one.channel),
        )
        for (provider, receiver), held in pairs.items()
    )
    return tuple(sorted(found, key=lambda flow: (-flow.exchanges, flow.provider, flow.receiver)))


def _most_first(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda one: (-one[1], one[0])))
