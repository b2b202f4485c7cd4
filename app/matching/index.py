"""The open postings of one kind, in memory: added and taken out one by one, searched exactly.

An inverted index in segments. New postings lie in a short *tail* that is read row by row; when the
tail is long it is sealed into a segment, which takes smaller segments in, so that there are never
many. A search adds up, for every feature of the question, weight x weight into one total per posting
(term at a time; Zobel and Moffat 2006, "Inverted files for text search engines", section 3). Every
total is exact: nothing is skipped.

Writing is for one thread at a time, the caller holds the lock. Readers work on a `Snapshot`: rows are
only ever appended behind it, and a posting taken out is marked, never moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from app.matching.features import VIEWS, Ids, Row, Rows, Weighting, Weights, as_matrix

TAIL = 128
"""Rows read one by one before they are sealed."""

Totals = npt.NDArray[np.float32]


@numba.njit(nogil=True, cache=True)
def _add_postings(
    totals: Totals, ids: Ids, asked: Weights, starts: npt.NDArray[np.int64], rows: Ids, weights: Weights
) -> None:
    """totals[row] += asked x weight, over the rows that have each asked feature."""
    for place in range(ids.size):
        feature = ids[place]
        if feature < 0 or feature + 1 >= starts.size:
            continue
        weight = asked[place]
        for found in range(starts[feature], starts[feature + 1]):
            totals[rows[found]] += weight * weights[found]


@numba.njit(nogil=True, cache=True)
def _add_row(ids: Ids, asked: Weights, row_ids: Ids, row_weights: Weights) -> float:
    """The sum of products over the features that two rows, each in ascending order, have in common."""
    total = np.float32(0.0)
    here = there = 0
    while here < ids.size and there < row_ids.size:
        if ids[here] < row_ids[there]:
            here += 1
        elif ids[here] > row_ids[there]:
            there += 1
        else:
            total += asked[here] * row_weights[there]
            here += 1
            there += 1
    return float(total)


def cosine(one: Row, other: Row) -> float:
    """The cosine of two weighed rows."""
    return _add_row(one.ids, one.values, other.ids, other.values)


@dataclass(frozen=True, slots=True)
class Segment:
    """Rows `first` to `last` of one view, inverted: for each feature the rows that have it."""

    first: int
    last: int
    starts: npt.NDArray[np.int64]
    rows: Ids
    weights: Weights

    @classmethod
    def sealed(cls, first: int, rows: Sequence[Row], weights: Sequence[Weights], size: int) -> "Segment":
        """Invert rows; `size` is the number of features known."""
        weighed = [Row(row.ids, weight) for row, weight in zip(rows, weights, strict=True)]
        columns = as_matrix(weighed, size).tocsc()
        return cls(
            first,
            first + len(rows),
            columns.indptr.astype(np.int64),
            columns.indices.astype(np.int32),
            columns.data.astype(np.float32),
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a search sees: `size` rows, per view the sealed segments and then a tail of weighed rows."""

    size: int
    segments: tuple[tuple[Segment, ...], ...]
    tail: tuple[tuple[Row, ...], ...]

    def cosines(self, view: int, asked: Row) -> Totals:
        """The cosine of a weighed row with every row of a view, in the order of the rows."""
        totals = np.zeros(self.size, dtype=np.float32)
        for segment in self.segments[view]:
            _add_postings(
                totals[segment.first : segment.last],
                asked.ids,
                asked.values,
                segment.starts,
                segment.rows,
                segment.weights,
            )
        first = self.size - len(self.tail[view])
        for place, row in enumerate(self.tail[view]):
            totals[first + place] = _add_row(asked.ids, asked.values, row.ids, row.values)
        return totals


class Index:
    """Rows of texts by view, numbered as they come, under one weighting per view."""

    def __init__(self, weightings: Sequence[Weighting]) -> None:
        self._rows: list[Rows] = []
        self._weightings = tuple(weightings)
        self._snapshot = Snapshot(0, tuple(() for _ in VIEWS), tuple(() for _ in VIEWS))

    def snapshot(self) -> Snapshot:
        return self._snapshot

    def rows(self) -> Sequence[Rows]:
        return self._rows

    def append(self, rows: Rows, vocabulary_sizes: Sequence[int]) -> int:
        """Add a text; it can be found in the next snapshot. Gives its number."""
        number = len(self._rows)
        self._rows.append(rows)
        before = self._snapshot
        tail = tuple(
            (*before.tail[view], Row(row.ids, self._weightings[view].weigh(row)))
            for view, row in enumerate(rows)
        )
        self._snapshot = Snapshot(number + 1, before.segments, tail)
        if len(tail[0]) >= TAIL:
            self._seal(vocabulary_sizes)
        return number

    def renew(self, rows: list[Rows], weightings: Sequence[Weighting], sizes: Sequence[int]) -> None:
        """Start again from `rows` under other weightings, as one segment."""
        self._rows, self._weightings = rows, tuple(weightings)
        segments = tuple((self._sealed(view, 0, sizes[view]),) if rows else () for view in range(len(VIEWS)))
        self._snapshot = Snapshot(len(rows), segments, tuple(() for _ in VIEWS))

    def _seal(self, sizes: Sequence[int]) -> None:
        """Seal the tail; it takes in every segment at its left that is no longer than what it has become."""
        kept = list(self._snapshot.segments[0])
        first = kept[-1].last if kept else 0
        while kept and kept[-1].last - kept[-1].first <= len(self._rows) - first:
            first = kept.pop().first
        segments = tuple(
            (*self._snapshot.segments[view][: len(kept)], self._sealed(view, first, sizes[view]))
            for view in range(len(VIEWS))
        )
        self._snapshot = Snapshot(len(self._rows), segments, tuple(() for _ in VIEWS))

    def _sealed(self, view: int, first: int, size: int) -> Segment:
        rows = [texts[view] for texts in self._rows[first:]]
        weighting = self._weightings[view]
        return Segment.sealed(first, rows, [weighting.weigh(row) for row in rows], size)
