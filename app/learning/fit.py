"""The weights that would have put first what brokers took, held near the published ones.

Every decision to take a pair up is a comparison: it was preferred to what was refused for the same
request, and to what stood beside it and was passed over. How likely a preference is grows with how much
more the preferred pair scores (Bradley and Terry 1952; with gradients, Burges et al. 2005):

    P(a before b) = 1 / (1 + exp(-steepness * (score(a) - score(b))))

The weights and the steepness are chosen together to make the preferences likely, at a price for every
step away from the published weights. A request counts once, however many preferences it holds: those of
one answer are not independent.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit

from app.errors import Conflict
from app.evaluation import intervals
from app.evaluation.intervals import Interval
from app.learning.decisions import Decision, Parts, digest
from app.matching.score import PART_NAMES, WEIGHTS, Weights

Vector = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.intp]

FEWEST_PREFERENCES, FEWEST_REQUESTS = 200, 40
"""Below these nothing is learned. A quarter of the requests is held out, and ten are the fewest whose
resamples say anything of a difference; of the 150 preferences left, each of the six weights that are free
has 25, where ten to twenty observations a parameter are the usual least. Preferences of one answer
resemble one another, so that many from a few requests would not do instead."""

HELD_OUT = 0.25
"""The share of the requests, the latest, that the weights are measured on and not fitted to."""

STRENGTHS = (*(float(strength) for strength in np.logspace(-2, 2, 9)), np.inf)
"""Prices of a squared step away from the published weights; the last one leaves them as they are."""

FOLDS = 5
PLACES = 4
"""Decimal places of fitted weights: finer ones would be noise, and are harder to read."""

STEEPEST = 200.0
"""At this steepness a hundredth of score decides seven of eight preferences. Where the decisions follow a
weighting without any noise there is no best steepness, and this one is taken."""

_START = 20.0


class TooFew(Conflict):
    """There are too few decisions to learn from."""

    def __init__(self, preferences: int, requests: int) -> None:
        super().__init__(
            f"These decisions hold {preferences} preferences from {requests} requests. That is too few to "
            f"learn from: at least {FEWEST_PREFERENCES} from {FEWEST_REQUESTS} are needed.",
            preferences=preferences,
            requests=requests,
        )


@dataclass(frozen=True, slots=True)
class Preferences:
    """n preferences. `more` is by how much the preferred pair has more of each part, shape (n, parts);
    `of` the place of each one's request in `requests`, shape (n,)."""

    requests: tuple[str, ...]
    of: Numbers
    more: Vector

    @property
    def size(self) -> int:
        return int(self.of.size)

    def only(self, places: Sequence[int]) -> "Preferences":
        """Those of the requests at some places."""
        moved = {place: new for new, place in enumerate(places)}
        kept = np.isin(self.of, np.array(places, dtype=np.intp))
        of = np.array([moved[int(place)] for place in self.of[kept]], dtype=np.intp)
        return Preferences(tuple(self.requests[place] for place in places), of, self.more[kept])

    def by_request(self, values: Vector) -> Vector:
        """The mean for each request of what each preference gives, shape (requests,)."""
        size = len(self.requests)
        counts = np.bincount(self.of, minlength=size)
        means: Vector = np.bincount(self.of, weights=values, minlength=size) / counts
        return means


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights, and how steeply the odds of a preference grow with the difference of scores."""

    weights: Weights
    steepness: float


@dataclass(frozen=True, slots=True)
class Change:
    """A figure on the held-out decisions, and the interval of the difference, after less before."""

    before: float
    after: float
    difference: Interval


@dataclass(frozen=True, slots=True)
class Lesson:
    """What the decisions taught: weights before and after, and what both are worth on those held out."""

    before: Weights
    after: Weights
    decisions: int
    digest: str
    simulated: bool
    requests: int
    preferences: int
    held_out_requests: int
    held_out_preferences: int
    strength: float
    steepness: float
    accuracy: Change
    """Share of the preferences in which the preferred pair scores more; equal scores count half."""
    log_loss: Change
    """Mean surprise at the held-out preferences, in nats; 0.693 is that of a coin."""

    @property
    def verdict(self) -> Literal["better", "worse", "not told apart"]:
        """By the log-loss, which notices more than the accuracy does."""
        if self.log_loss.difference.high < 0:
            return "better"
        return "worse" if self.log_loss.difference.low > 0 else "not told apart"

    def figures(self) -> dict[str, Any]:
        """All of it as JSON can say it, but for the new weights themselves and for what they were made of."""
        kept = asdict(self)
        for name in ("after", "decisions", "digest", "simulated"):
            del kept[name]
        # JSON knows no infinity; it stands for a price at which nothing moves.
        kept["strength"] = self.strength if np.isfinite(self.strength) else None
        return kept | {"verdict": self.verdict}


def preferences(decisions: Iterable[Decision]) -> Preferences:
    """Taken over refused and over passed over, of the same request; requests by their last decision.

    Of a pair that was decided twice the later decision counts.
    """
    latest: dict[tuple[str, str], Decision] = {}
    for one in sorted(decisions, key=lambda one: (one.decided_at, one.request, one.offer)):
        latest.pop((one.request, one.offer), None)
        latest[one.request, one.offer] = one
    of_request: dict[str, list[Decision]] = {}
    for one in latest.values():
        # Out and in again: a request stands where its last decision does.
        of_request[one.request] = [*of_request.pop(one.request, []), one]
    requests, of, more = list[str](), list[int](), list[Vector]()
    for request, decided in of_request.items():
        refused = [one.parts for one in decided if one.decision == "refused"]
        rows = [
            _values(one.parts) - _values(other)
            for one in decided
            if one.decision == "taken"
            for other in (*refused, *one.shown_with)
        ]
        if rows:
            of += [len(requests)] * len(rows)
            requests.append(request)
            more += rows
    table = np.array(more, dtype=np.float64).reshape(-1, len(PART_NAMES))
    return Preferences(tuple(requests), np.array(of, dtype=np.intp), table)


def _values(parts: Parts) -> Vector:
    """As the score reads them: a part that is not known adds nothing."""
    return np.array([parts[name] or 0.0 for name in PART_NAMES], dtype=np.float64)


def learn(
    decisions: Sequence[Decision], *, before: Weights = WEIGHTS, published: Weights = WEIGHTS
) -> Lesson:
    """Fit on the earlier requests, measure on the later ones. `before` are the weights now in use.

    Raises:
        TooFew: below FEWEST_PREFERENCES or FEWEST_REQUESTS.
    """
    found = preferences(decisions)
    if found.size < FEWEST_PREFERENCES or len(found.requests) < FEWEST_REQUESTS:
        raise TooFew(found.size, len(found.requests))
    cut = len(found.requests) - round(HELD_OUT * len(found.requests))
    earlier, later = found.only(range(cut)), found.only(range(cut, len(found.requests)))
    strength = chosen_strength(earlier, published)
    after = fit(earlier, published, strength)
    # The old weights get a steepness of their own: a comparison at that of the new ones would be unfair.
    old = Fitted(before, _steepness(earlier, before))
    return Lesson(
        before=before,
        after=after.weights,
        decisions=len(decisions),
        digest=digest(decisions),
        simulated=any(one.simulated for one in decisions),
        requests=len(found.requests),
        preferences=found.size,
        held_out_requests=len(later.requests),
        held_out_preferences=later.size,
        strength=strength,
        steepness=after.steepness,
        accuracy=_change(later, _right, old, after),
        log_loss=_change(later, _surprise, old, after),
    )


def fit(found: Preferences, published: Weights, strength: float) -> Fitted:
    """The least of: mean surprise + strength x |weights - published|², weights not negative, adding up to 1.

    Without the steepness the sum of 1 would cap the odds, and the best weights would be those of the
    most telling part alone.
    """
    if strength == np.inf:
        return Fitted(published, _steepness(found, published))
    near = _vector(published)
    shares = _shares(found)

    def price(at: Vector) -> tuple[float, Vector]:
        weights, steepness = at[:-1], np.exp(at[-1])
        margins = found.more @ weights
        pulls = -shares * expit(-steepness * margins)
        away = weights - near
        value = shares @ np.logaddexp(0.0, -steepness * margins) + strength * (away @ away)
        by_weight = steepness * (pulls @ found.more) + 2 * strength * away
        return float(value), np.append(by_weight, steepness * (pulls @ margins))

    size = near.size
    result = minimize(
        price,
        np.append(near, np.log(_START)),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * size + [(0.0, np.log(STEEPEST))],
        constraints={
            "type": "eq",
            "fun": lambda at: at[:-1].sum() - 1.0,
            "jac": lambda at: np.append(np.ones(size), 0.0),
        },
        options={"maxiter": 500, "ftol": 1e-10},
    )
    weights = _rounded(result.x[:-1])
    return Fitted(weights, _steepness(found, weights))


def chosen_strength(found: Preferences, published: Weights) -> float:
    """By cross-validation over requests, the strongest that is not worse than the best.

    Not worse is: by no more than the standard error of the difference (Breiman et al. 1984). Of two prices
    that the decisions do not tell apart, the one that changes less is right.
    """
    every = range(len(found.requests))
    surprises = np.empty((len(STRENGTHS), len(every)))
    for fold in range(FOLDS):
        # Every fifth request, so that each fold is of all times.
        tried = [place for place in every if place % FOLDS == fold]
        rest, test = found.only([place for place in every if place % FOLDS != fold]), found.only(tried)
        for number, strength in enumerate(STRENGTHS):
            surprises[number, tried] = test.by_request(_surprise(test, fit(rest, published, strength)))
    best = surprises[np.argmin(surprises.mean(axis=1))]
    worse = surprises - best
    errors = worse.std(axis=1, ddof=1) / np.sqrt(len(every))
    return max(
        strength
        for strength, mean, error in zip(STRENGTHS, worse.mean(axis=1), errors, strict=True)
        if mean <= error
    )


def _steepness(found: Preferences, weights: Weights) -> float:
    """The steepness under which given weights make the preferences most likely: one number, found by halving.

    The slope of the mean surprise grows with the steepness, so it is nought once at most.
    """
    margins, shares = found.more @ _vector(weights), _shares(found)
    low, high = 1.0, STEEPEST
    for _ in range(60):
        middle = (low + high) / 2
        slope = -(shares * expit(-middle * margins)) @ margins
        low, high = (middle, high) if slope < 0 else (low, middle)
    return low


def _shares(found: Preferences) -> Vector:
    """What each preference counts: every request the same, and within it every preference."""
    counts = np.bincount(found.of, minlength=len(found.requests))
    shares: Vector = 1.0 / (counts[found.of] * len(found.requests))
    return shares


def _surprise(found: Preferences, fitted: Fitted) -> Vector:
    surprise: Vector = np.logaddexp(0.0, -fitted.steepness * (found.more @ _vector(fitted.weights)))
    return surprise


def _right(found: Preferences, fitted: Fitted) -> Vector:
    # Sums of the same numbers in another order differ in the last places; those are ties all the same.
    margins = np.round(found.more @ _vector(fitted.weights), 9)
    right: Vector = np.where(margins > 0, 1.0, np.where(margins < 0, 0.0, 0.5))
    return right


def _change(
    found: Preferences, figure: Callable[[Preferences, Fitted], Vector], before: Fitted, after: Fitted
) -> Change:
    old, new = (found.by_request(figure(found, fitted)) for fitted in (before, after))
    return Change(float(old.mean()), float(new.mean()), intervals.mean(list(new - old)))


def _vector(weights: Weights) -> Vector:
    return np.array([getattr(weights, name) for name in PART_NAMES], dtype=np.float64)


def _rounded(values: Vector) -> Weights:
    """To PLACES; what rounding leaves of 1 goes to the largest."""
    units = np.rint(np.clip(values, 0, None) * 10**PLACES).astype(int)
    units[np.argmax(units)] += 10**PLACES - units.sum()
    return Weights(**{name: int(unit) / 10**PLACES for name, unit in zip(PART_NAMES, units, strict=True)})
