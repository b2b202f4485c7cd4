"""Texts as sparse rows: what a posting says, counted, and weighed by how telling each feature is.

Weights are TF-IDF as scikit-learn's `TfidfTransformer(sublinear_tf=True)` defines it: a feature that
stands c times in a text weighs (1 + ln c) x idf, with idf = ln((1 + n) / (1 + df)) + 1 over n texts of
which df have it, and a row has length 1. scikit-learn fits; a new row is weighed here by the same
formula, because its `transform` alone would cost more than a search.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer

from app.language.analyse import VIEWS, words

Ids = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Row:
    """The features of a text in one view: distinct ids in ascending order, and how often each stands
    in it or, once weighed, how much it weighs."""

    ids: Ids
    values: Weights


Rows = tuple[Row, ...]
"""One row per view, in the order of VIEWS."""


class Spoken(NamedTuple):
    """A word as it stands in a text, with the numbers of its features in each view."""

    surface: str
    ids: tuple[Ids, ...]


class Vocabulary:
    """Numbers for features, given as they are first met. Only the one who adds postings writes here."""

    def __init__(self) -> None:
        self._ids: tuple[dict[str, int], ...] = tuple({} for _ in VIEWS)
        self._words: dict[tuple[str, str], tuple[Ids, ...]] = {}

    def size(self, view: int) -> int:
        return len(self._ids[view])

    def words(self, text: str, language: str, passing: dict[str, int] | None = None) -> list[Spoken]:
        """The words of a text that carry meaning, numbered.

        Without `passing`, features never met before are given a number for good. With it nothing is
        kept: they get negative numbers from `passing`, so that they count in the length of a row and
        meet only texts that were read with the same `passing`.
        """
        spoken = []
        for word in words(text, language):
            known = self._words.get((language, word.surface))
            if known is None:
                known = tuple(
                    np.array([_number(ids, feature, passing) for feature in features], dtype=np.int32)
                    for ids, features in zip(self._ids, word.features, strict=True)
                )
                if passing is None:
                    self._words[language, word.surface] = known
            spoken.append(Spoken(word.surface, known))
        return spoken

    def read(self, text: str, language: str, passing: dict[str, int] | None = None) -> Rows:
        """Count the features of a text; `passing` as for `words`."""
        return counted(self.words(text, language, passing))


def _number(ids: dict[str, int], feature: str, passing: dict[str, int] | None) -> int:
    if passing is None:
        return ids.setdefault(feature, len(ids))
    known = ids.get(feature)
    return passing.setdefault(feature, -1 - len(passing)) if known is None else known


def counted(spoken: Sequence[Spoken]) -> Rows:
    """The features of some words, counted, one row per view."""
    rows = []
    for view in range(len(VIEWS)):
        found = [word.ids[view] for word in spoken] or [np.empty(0, dtype=np.int32)]
        ids, counts = np.unique(np.concatenate(found), return_counts=True)
        rows.append(Row(ids.astype(np.int32), counts.astype(np.float32)))
    return tuple(rows)


@dataclass(frozen=True)
class Weighting:
    """How telling each feature of a view is: the idf of a named epoch.

    `fitted` holds the idf of the features that the epoch has counted, by id; a feature met since
    weighs as one that no text of the epoch has.
    """

    texts: int
    fitted: Weights

    @classmethod
    def fit(cls, rows: Iterable[Row], vocabulary_size: int) -> "Weighting":
        """Count in how many texts each feature stands; scikit-learn makes the idf of it."""
        counts = as_matrix(list(rows), vocabulary_size)
        if not counts.shape[0] or not vocabulary_size:
            return cls(counts.shape[0], np.empty(0, dtype=np.float32))
        transformer = TfidfTransformer(sublinear_tf=True).fit(counts)
        return cls(counts.shape[0], transformer.idf_.astype(np.float32))

    @cached_property
    def unmet(self) -> np.float32:
        """The idf of a feature that no text of the epoch has: to the bit what `fit` gives a feature that
        was numbered before the epoch began, so that it does not matter which of the two it is."""
        idf = np.full(1, 1 + self.texts, dtype=np.float32)
        return np.float32((np.log(idf) + np.float32(1.0))[0])

    def idf(self, ids: Ids) -> Weights:
        known = (ids >= 0) & (ids < self.fitted.size)
        idf = np.full(ids.size, self.unmet, dtype=np.float32)
        idf[known] = self.fitted[ids[known]]
        return idf

    def weigh(self, row: Row) -> Weights:
        """The weights of a row; their squares add up to 1 (0 for an empty row)."""
        weights = ((1.0 + np.log(row.values)) * self.idf(row.ids)).astype(np.float32)
        length = np.sqrt(np.dot(weights, weights))
        return weights / length if length else weights


def as_matrix(rows: Sequence[Row], vocabulary_size: int) -> csr_matrix:
    """Rows as a scipy matrix, texts x features, of counts."""
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([row.ids.size for row in rows], out=starts[1:])
    if not rows:
        return csr_matrix((0, vocabulary_size), dtype=np.float32)
    return csr_matrix(
        (np.concatenate([row.values for row in rows]), np.concatenate([row.ids for row in rows]), starts),
        shape=(len(rows), vocabulary_size),
    )
