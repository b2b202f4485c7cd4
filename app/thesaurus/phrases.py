"""Finding the labels of a thesaurus in a text: an automaton over stems, and words found as they are written.

A label is the sequence of its words that carry meaning, stemmed as the text is; so case, accents,
inflection and the little words between do not matter. Between the words of a label one other may stand
(“transferencias *condicionadas* de renta”). The longest label that begins at a word is the one that is
meant there; what begins inside it is found as well.

A stemmer throws some words together that have nothing in common (“ponte”, a bridge, and “ponto”, a
point). A label for which that would do harm is given as *exact*: one word, found only in the form in
which it is written, and before any single word that is found by its stem.

Dutch writes several words as one (“rijstboeren”, rice farmers). A word that is no label itself is taken
apart if it is made of single-word labels and nothing else but the letters that join them; it then names
what each of its parts names. (To let it name a part where the rest is unknown was tried, and made the
ranking of Dutch postings worse: docs/evaluation.md.)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple

from app.language.analyse import Word, fold, stem, words

COMPOUNDING = ("nl",)
"""Languages that write several words as one."""

LEAST_PART, JOINTS = 4, ("", "s", "e", "en", "n")
"""Letters that a part of such a word has at least, and those that may join it to the next."""

LONGEST, KEPT = 60, 50_000
"""Letters of the longest word that is taken apart, for what is longer is nobody's word and would take long;
and how many words are kept as they were taken apart."""

GAP = 1
"""Words that may stand between two words of a label."""


class Mention(NamedTuple):
    """A label found: what it stands for, and the places of its first and last word in the text."""

    meaning: str
    first: int
    last: int


@dataclass(slots=True)
class _Node:
    onward: dict[str, "_Node"] = field(default_factory=dict)
    meaning: str | None = None


class Phrases:
    """The labels of one language. Adding is for the one who builds it; finding is for any thread."""

    def __init__(
        self,
        labels: Iterable[tuple[Sequence[str], str]],
        exact: Mapping[str, str] | None = None,
        *,
        stem: Callable[[str], str] | None = None,
    ) -> None:
        """`labels`: the stems of a label and what it stands for; of two that are alike the first counts.
        `exact`: words in lower case without accents, and what they stand for. With `stem`, words are taken
        apart."""
        self._exact = dict(exact or {})
        self._stem = stem
        self._parts = lru_cache(maxsize=KEPT)(self._cover)
        self._root = _Node()
        for stems, meaning in labels:
            node = self._root
            for one in stems:
                node = node.onward.setdefault(one, _Node())
            if node is not self._root and node.meaning is None:
                node.meaning = meaning

    def find(self, spoken: Sequence[Word]) -> list[Mention]:
        """The mentions in a text, given as its words, by where they begin."""
        found = []
        stems = [word.stem for word in spoken]
        for first, word in enumerate(spoken):
            node = self._root.onward.get(word.stem)
            longest = _longest(node, stems, first) if node is not None else None
            if longest is not None and longest[0] > first:
                found.append(Mention(longest[1], first, longest[0]))
            elif meaning := self._exact.get(word.folded) or (longest and longest[1]):
                found.append(Mention(meaning, first, first))
            elif self._stem is not None and 2 * LEAST_PART <= len(word.folded) <= LONGEST:
                found += [Mention(meaning, first, first) for meaning in self._parts(word.folded) or ()]
        return found

    def _cover(self, word: str) -> tuple[str, ...] | None:
        """What the parts of a compound stand for; None if it is not made of labels alone.

        The longest first part counts that leaves a rest which is covered as well.
        """
        if (meaning := self._single(word)) is not None:
            return (meaning,)
        for end in range(len(word) - LEAST_PART, LEAST_PART - 1, -1):
            meaning = self._single(word[:end])
            if meaning is None:
                continue
            for joint in JOINTS:
                rest = word[end + len(joint) :]
                covered = (
                    self._parts(rest) if word.startswith(joint, end) and len(rest) >= LEAST_PART else None
                )
                if covered is not None:
                    return (meaning, *covered)
        return None

    def _single(self, word: str) -> str | None:
        assert self._stem is not None  # noqa: S101  # words are taken apart only with it
        node = self._root.onward.get(self._stem(word))
        return self._exact.get(word) or (node.meaning if node is not None else None)


def _longest(node: _Node, stems: Sequence[str], at: int) -> tuple[int, str] | None:
    """The longest label from here on: the place of its last word, and what it stands for."""
    best: tuple[int, str] | None = None if node.meaning is None else (at, node.meaning)
    depth, deepest = 0, 0
    paths = [(node, at, 0)]
    while paths:
        onward = []
        depth += 1
        for path, place, skipped in paths:
            for step in range(1, GAP - skipped + 2):
                if place + step < len(stems) and (after := path.onward.get(stems[place + step])):
                    onward.append((after, place + step, skipped + step - 1))
                    if after.meaning is not None and depth > deepest:
                        best, deepest = (place + step, after.meaning), depth
        paths = onward
    return best


def phrases(
    labels: Mapping[str, Iterable[str]], language: str, exact: Mapping[str, Iterable[str]] | None = None
) -> Phrases:
    """The labels of meanings in a language, ready to be found; what is in the text is stemmed alike."""
    stemmed = (
        ([word.stem for word, _, _ in words(label, language)], meaning)
        for meaning, of_meaning in labels.items()
        for label in of_meaning
    )
    return Phrases(
        stemmed,
        {fold(word): meaning for meaning, listed in (exact or {}).items() for word in listed},
        stem=partial(stem, language=language) if language in COMPOUNDING else None,
    )
