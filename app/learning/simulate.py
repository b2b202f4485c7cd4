"""A simulated history of decisions, to show and to test the learning on. No broker ever made one of these.

Real requests are put to the real engine; who is taken is drawn by chance, from a taste that differs from
the published weights. Every record says that it is simulated.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice

import numpy as np
import numpy.typing as npt

from app.learning.decisions import Choice, Decision, Parts
from app.matching.market import Market
from app.matching.posting import Posting
from app.matching.score import WEIGHTS, Weights
from app.matching.suggest import Suggestion, suggest

TASTE = Weights(
    text=0.35, sector=0.12, modality=0.12, precedent=0.05, proximity=0.12, practice=0.15, channel=0.09
)
"""What the simulated brokers go by, and the learning is not told: they ask more for proof, for nearness
and for the right modality than the published weights do, and less for likeness of text."""

STEEPNESS = 25.0
"""How strictly they keep to it: of two pairs a tenth of a score apart, the better is taken 12 times in 13."""

LAPSES = 0.05
"""How often they take one of the list for a reason that is no part of the score."""

NONE_TAKEN = 0.2
"""How often nothing on the list is taken; what is refused then is preferred to by nothing."""

POOL, OPEN, SHOWN = 24, 0.5, 10
"""The best offers for a request in all, the share of them open when it is put, and how many are shown."""

MOST_TIMES = 1_000
"""How often a request is put, so that a market without partners ends the simulation too."""

FIRST = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
BETWEEN = timedelta(hours=3)


def simulated(
    requests: Sequence[Posting],
    market: Market,
    *,
    today: date,
    decisions: int,
    seed: int,
    taste: Weights = TASTE,
    weights: Weights = WEIGHTS,
) -> tuple[Decision, ...]:
    """So many decisions; the same seed gives the same ones.

    Each request is put several times under names of its own, with another half of its offers open.
    """

    @cache
    def pool(place: int) -> list[Suggestion]:
        return suggest(requests[place], market, today=today, limit=POOL, weights=weights)

    chance = np.random.default_rng(seed)
    return tuple(islice(_decided(requests, pool, chance, taste), decisions))


def _decided(
    requests: Sequence[Posting],
    pool: Callable[[int], list[Suggestion]],
    chance: np.random.Generator,
    taste: Weights,
) -> Iterator[Decision]:
    at = FIRST
    for time in range(1, MOST_TIMES + 1):
        for place in chance.permutation(len(requests)):
            still_open = [one for one in pool(int(place)) if chance.random() < OPEN]
            if len(still_open) > 1:
                name = f"{requests[place].id}.{time}"
                yield from _choice(name, still_open[:SHOWN], at, chance, taste)
                at += BETWEEN


def _choice(
    request: str, listed: list[Suggestion], at: datetime, chance: np.random.Generator, taste: Weights
) -> Iterator[Decision]:
    """What happens to one list: one is refused; then one is taken, or nothing is and another is refused."""
    liking = STEEPNESS * np.array(
        [sum(part.value * getattr(taste, part.name) for part in one.parts) for one in listed]
    )
    if chance.random() < LAPSES:
        liking = np.zeros(len(listed))
    taken = int(chance.choice(len(listed), p=_odds(liking)))
    # What is refused is drawn among the others, the likelier the less it is liked.
    rest = [place for place in range(len(listed)) if place != taken]
    refused = rest[int(chance.choice(len(rest), p=_odds(-liking[rest])))]
    passed_over = tuple(_parts(listed[place]) for place in rest if place != refused)
    nothing = chance.random() < NONE_TAKEN
    outcomes: tuple[tuple[int, Choice], ...] = (
        (refused, "refused"),
        (taken, "refused" if nothing else "taken"),
    )
    for minutes, (place, outcome) in enumerate(outcomes):
        yield Decision(
            request=request,
            offer=listed[place].offer.id,
            decision=outcome,
            decided_at=at + timedelta(minutes=minutes),
            parts=_parts(listed[place]),
            shown_with=passed_over if outcome == "taken" else (),
            simulated=True,
        )


def _odds(liking: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    odds = np.exp(liking - liking.max())
    shares: npt.NDArray[np.float64] = odds / odds.sum()
    return shares


def _parts(found: Suggestion) -> Parts:
    return {part.name: part.value if part.known else None for part in found.parts}
