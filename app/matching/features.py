"""Texts as sparse rows: what a posting says, counted, and weighed by how telling each feature is.

Weights are TF-IDF as scikit-learn's `TfidfTransformer(sublinear_tf=True)` defines it: a feature that
stands c times in a text weighs (1 + ln c) x idf, with idf = ln((1 + n) / (1 + df)) + 1 over n texts of
which df have it, and a row has length 1. scikit-learn fits; a new row is weighed here by the same
formula, because its `transform` alone would cost more than a search.
"""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer

from app.language.analyse import Placed, Word, words
from app.language.translate import PIVOT, Translation
from app.language.wording import Wording
from app.thesaurus import Thesaurus

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

VIEWS = ("stems", "pivot", "grams", "concepts")
"""What a text is compared by: the stems of its own words; the stems of its words in the pivot language; runs
of letters of these; and the concepts of the thesaurus that it names, with what is broader."""

STEMS, PIVOT_STEMS, GRAMS, CONCEPTS = range(len(VIEWS))


class Spoken(NamedTuple):
    """A word or a phrase of a text, with the numbers of its features in each view.

    `surface` is how the text has it. `key` is the same for the forms of one word, and for a word and its
    translation; a mention of a concept has the concept as its key, and `concept` is true.
    """

    surface: str
    key: str
    concept: bool
    ids: tuple[Ids, ...]


NOTHING: Ids = np.empty(0, dtype=np.int32)


class Vocabulary:
    """Numbers for features, given as they are first met. Only the one who adds postings writes here."""

    def __init__(self, thesaurus: Thesaurus) -> None:
        self._ids: tuple[dict[str, int], ...] = tuple({} for _ in VIEWS)
        self._words: dict[tuple[str, str], tuple[Ids, ...]] = {}
        self._phrases = thesaurus.phrases
        # Concepts are numbered at once, so that a mention is found to be what it is without a search.
        self._concepts = {
            id: np.array(
                [
                    self._ids[CONCEPTS].setdefault(name, len(self._ids[CONCEPTS]))
                    for name in thesaurus.lineage(id)
                ],
                dtype=np.int32,
            )
            for id in thesaurus.concepts
        }

    def copy(self) -> "Vocabulary":
        """One that knows the same and learns by itself."""
        twin = copy(self)
        twin._ids = tuple(dict(ids) for ids in self._ids)  # noqa: SLF001  # of its own kind
        twin._words = dict(self._words)  # noqa: SLF001
        return twin

    @cached_property
    def concept_names(self) -> tuple[str, ...]:
        """The concepts by their numbers; they are all numbered from the start."""
        return tuple(self._ids[CONCEPTS])

    def concepts(self, names: Iterable[str]) -> Ids:
        """The numbers of concepts in their view."""
        return np.array([self._ids[CONCEPTS][name] for name in names], dtype=np.int32)

    def size(self, view: int) -> int:
        return len(self._ids[view])

    def speak(self, wording: Wording, passing: dict[str, int] | None = None) -> list[Spoken]:
        """The words of a text that carry meaning, those of its translation, and its concepts, numbered.

        Without `passing`, features never met before are given a number for good. With it nothing is
        kept: they get negative numbers from `passing`, so that they count in the length of a row and
        meet only texts that were read with the same `passing`.
        """
        spoken = []
        placed = dict[str, list[Placed]]()
        for place, language in wording.words():
            own, pivot, runs = self._numbers(place.word, language, passing)
            if wording.translation is not None:
                pivot, runs = NOTHING, NOTHING
            spoken.append(Spoken(place.word.surface, place.word.stem, False, (own, pivot, runs, NOTHING)))
            placed.setdefault(language, []).append(place)
        if wording.translation is not None:
            spoken += self._translated(wording.translation, wording.language, passing)
        for language, sequence in placed.items():
            for mention in self._phrases[language].find([place.word for place in sequence]):
                first, last = sequence[mention.first], sequence[mention.last]
                surface = " ".join(wording.text[first.start : last.end].split())
                ids = (NOTHING, NOTHING, NOTHING, self._concepts[mention.meaning])
                spoken.append(Spoken(surface, mention.meaning, True, ids))
        return spoken

    def _translated(
        self, translation: Translation, source: str, passing: dict[str, int] | None
    ) -> Iterator[Spoken]:
        """The words of a translation, told as the words of the original that they were made of."""
        for word, _, _ in words(translation.text, PIVOT):
            _, pivot, runs = self._numbers(word, PIVOT, passing)
            gloss = translation.glosses.get(word.surface.casefold(), "")
            surface, key = _original(gloss, source) or (word.surface, word.surface)
            yield Spoken(surface, key, False, (NOTHING, pivot, runs, NOTHING))

    def _numbers(self, word: Word, language: str, passing: dict[str, int] | None) -> tuple[Ids, ...]:
        """The numbers of a word's stem, of its stem in the pivot view, and of its runs of letters."""
        known = self._words.get((language, word.surface))
        if known is None:
            known = tuple(
                np.array([_number(self._ids[view], feature, passing) for feature in features], dtype=np.int32)
                for view, features in (
                    (STEMS, (word.stem,)),
                    (PIVOT_STEMS, (word.stem,)),
                    (GRAMS, word.grams),
                )
            )
            if passing is None:
                self._words[language, word.surface] = known
        return known

    def read(self, wording: Wording, passing: dict[str, int] | None = None) -> Rows:
        """Count the features of a text; `passing` as for `speak`."""
        return counted(self.speak(wording, passing))


@lru_cache(maxsize=100_000)
def _original(gloss: str, language: str) -> tuple[str, str] | None:
    """What a word of a translation is told as: the first word of its gloss that carries meaning; its stem.

    A gloss may be of small words alone (“propios”, of “own”): then the first of these.
    """
    for word, _, _ in words(gloss, language):
        return word.surface, word.stem
    small = gloss.split()
    return (small[0], small[0]) if small else None


def _number(ids: dict[str, int], feature: str, passing: dict[str, int] | None) -> int:
    if passing is None:
        return ids.setdefault(feature, len(ids))
    known = ids.get(feature)
    return passing.setdefault(feature, -1 - len(passing)) if known is None else known


def counted(spoken: Sequence[Spoken]) -> Rows:
    """The features of some words, counted, one row per view."""
    rows = []
    for view in range(len(VIEWS)):
        found = [word.ids[view] for word in spoken] or [NOTHING]
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
