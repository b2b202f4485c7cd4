"""How sure a figure is: bootstrap intervals over queries (Efron 1979; percentile method, 95 %).

Two means over the same queries are resampled together, so that what makes a query hard for both does
not count as a difference between them; two means over different queries are resampled apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

RESAMPLES = 2_000
PERCENTILES = (2.5, 97.5)
SEED = 2011
"""The same resamples in every run: the same ranks give the same interval."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and the bounds between which 95 % of the resamples lie."""

    value: float
    low: float
    high: float


def mean(values: Sequence[float]) -> Interval:
    """The mean of what each query gives; there must be one query at least."""
    return _interval(float(np.mean(values)), _means(values))


def ratio(above: Sequence[float], below: Sequence[float], *, paired: bool) -> Interval | None:
    """The mean of `above` over the mean of `below`; paired if both are of the same queries, in one order.

    None where there is nothing to divide, or where a resample has nothing to divide by.
    """
    if not len(above) or not len(below):
        return None
    under = _means(below)
    if not under.all():
        return None
    over = _means(above, draw=0 if paired else 1)
    return _interval(float(np.mean(above) / np.mean(below)), over / under)


def _means(values: Sequence[float], draw: int = 0) -> Values:
    """The mean of every resample, shape (RESAMPLES,)."""
    # Divided last, so that the mean of ones is 1 to the bit.
    means: Values = _drawn(len(values), draw) @ np.asarray(values, dtype=np.float64) / len(values)
    return means


@cache
def _drawn(size: int, draw: int) -> Values:
    """How often each resample drew each of `size` queries, shape (RESAMPLES, size)."""
    chances = np.full(size, 1 / size)
    drawn = np.random.default_rng((SEED, draw)).multinomial(size, chances, RESAMPLES).astype(np.float64)
    drawn.setflags(write=False)
    return drawn


def _interval(value: float, resampled: Values) -> Interval:
    low, high = np.percentile(resampled, PERCENTILES)
    return Interval(value, float(low), float(high))
