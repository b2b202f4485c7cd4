"""How well a ranking finds what is known to belong to a query.

All measures take ranks: the places, counted from 1, at which the expected partners of a query stand in
its ranking; a partner that was not found has no place.
"""

from collections.abc import Sequence
from math import log2

Ranks = Sequence[int | None]


def recall_at(k: int, ranks: Ranks) -> float:
    """Share of the expected partners among the first k; 0 if none is expected."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks) if ranks else 0.0


def success_at(k: int, ranks: Ranks) -> float:
    """1 if any expected partner is among the first k."""
    return float(any(rank is not None and rank <= k for rank in ranks))


def reciprocal_rank(ranks: Ranks) -> float:
    """1 over the place of the first expected partner, 0 if none was found."""
    found = [rank for rank in ranks if rank is not None]
    return 1 / min(found) if found else 0.0


def ndcg_at(k: int, ranks: Ranks) -> float:
    """Normalised discounted cumulative gain with gains of 0 and 1 (Järvelin and Kekäläinen 2002)."""
    gain = sum(1 / log2(rank + 1) for rank in ranks if rank is not None and rank <= k)
    ideal = sum(1 / log2(place + 1) for place in range(1, min(k, len(ranks)) + 1))
    return gain / ideal if ideal else 0.0
