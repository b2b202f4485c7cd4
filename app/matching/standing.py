"""What stands between postings because of what was decided before: refusals in effect, exchanges taken on.

A refusal parks a pair, or a provider in a sector for one receiver, until a day; it may lower the capacity
of an offer for a time. Whatever lapses is back without anybody having to lift it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from app.matching.posting import Posting

ParkKind = Literal["pair", "sector", "capacity"]


@dataclass(frozen=True, slots=True)
class Park:
    """A refusal in effect, to its last day; `reason` is its code and `case` where it was given.

    A pair is parked by its two postings; a sector by both countries; capacity by the offer.
    """

    kind: ParkKind
    reason: str
    until: date
    case: str
    request: str | None = None
    offer: str | None = None
    receiver: str | None = None
    provider: str | None = None
    sector: str | None = None

    def keeps_apart(self, request: Posting, offer: Posting) -> bool:
        """Whether it is about this pair."""
        if self.kind == "pair":
            return (self.request, self.offer) == (request.id, offer.id)
        if self.kind == "sector":
            about = self.sector in request.topics and self.sector in offer.topics
            return about and (self.receiver, self.provider) == (request.country, offer.country)
        return False


@dataclass(frozen=True, slots=True)
class Load:
    """Exchanges that an offer carries, of how many at a time; `lowered` by refusals, to `until` at least."""

    taken: int
    capacity: int | None
    lowered: int = 0
    until: date | None = None

    @property
    def is_full(self) -> bool:
        """An offer that states no capacity is full only while a refusal says that it has none."""
        if self.capacity is None:
            return self.lowered > 0
        return self.taken >= self.capacity - self.lowered


@dataclass(frozen=True)
class Standing:
    """The refusals in effect and the exchanges under way, as far as they concern what is asked."""

    parks: tuple[Park, ...] = ()
    taken: Mapping[str, int] = field(default_factory=dict)
    """Exchanges agreed or under way, by the offer that carries them."""

    def between(self, request: Posting, offer: Posting, today: date) -> tuple[Park, ...]:
        """The refusals that keep a pair apart, the one that lasts longest first."""
        found = [one for one in self._apart if one.until >= today and one.keeps_apart(request, offer)]
        return tuple(sorted(found, key=lambda park: park.until, reverse=True))

    def load(self, offer: Posting, today: date) -> Load:
        """What an offer carries, and could."""
        lowered = [until for until in self._lowered.get(offer.id, ()) if until >= today]
        taken = self.taken.get(offer.id, 0)
        return Load(taken, offer.capacity, len(lowered), min(lowered, default=None))

    def busy(self) -> set[str]:
        """The offers that could be full."""
        return {*self.taken, *self._lowered}

    @cached_property
    def _apart(self) -> tuple[Park, ...]:
        return tuple(park for park in self.parks if park.kind != "capacity")

    @cached_property
    def _lowered(self) -> Mapping[str, list[date]]:
        found: dict[str, list[date]] = {}
        for park in self.parks:
            if park.kind == "capacity" and park.offer is not None:
                found.setdefault(park.offer, []).append(park.until)
        return found


NOTHING_DECIDED = Standing()
"""No refusal is in effect and nothing is under way."""
