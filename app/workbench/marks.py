"""What met in two texts, numbered, and where it stands in them: what the pages list and mark.

A word is marked in every form that the text has of it, and a concept wherever a phrase of the text names
it, for that is what their contribution counts. Marks may lie in one another or overlap.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from app.language.analyse import Placed, words
from app.language.translate import PIVOT
from app.language.wording import Wording
from app.matching.explain import Evidence
from app.matching.posting import Kind, Posting
from app.matching.sentences import Words
from app.matching.suggest import Suggestion
from app.thesaurus import Thesaurus


@dataclass(frozen=True, slots=True)
class Met:
    """A pair of words that met, or a concept with the phrases of both sides that name it or what is part
    of it. `same` words have the same stem."""

    number: int
    concept: Words | None
    same: bool
    in_request: tuple[str, ...]
    in_offer: tuple[str, ...]
    contribution: float

    def on(self, kind: Kind) -> tuple[str, ...]:
        return self.in_request if kind == "request" else self.in_offer


def met(found: Suggestion) -> tuple[list[Met], float]:
    """What met, greatest first, and what all the rest contributes. A concept is told once, however many
    phrases name it."""
    text = next(part for part in found.parts if part.name == "text")
    together: dict[str, list[Evidence]] = {}
    for number, one in enumerate(text.evidence):
        if one.kind != "rest":
            together.setdefault(one.id if one.kind == "concept" and one.id else f"#{number}", []).append(one)
    worth = {key: sum(one.contribution or 0.0 for one in group) for key, group in together.items()}
    listed = [
        Met(
            number,
            together[key][0].says if together[key][0].kind == "concept" else None,
            together[key][0].kind == "term",
            _once(one.in_request for one in together[key]),
            _once(one.in_offer for one in together[key]),
            worth[key],
        )
        for number, key in enumerate(sorted(together, key=lambda key: -worth[key]), start=1)
    ]
    return listed, sum(one.contribution or 0.0 for one in text.evidence if one.kind == "rest")


def _once(phrases: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(phrase for phrase in phrases if phrase))


class Span(NamedTuple):
    """A stretch of a text that is marked with the number of what met there."""

    start: int
    end: int
    number: int
    concept: bool


class Piece(NamedTuple):
    """A stretch of a text that is marked in one way throughout: as a word, a concept, both, or not at all.
    `ends` are the spans that end with it, as number and whether it is a concept."""

    text: str
    word: bool = False
    concept: bool = False
    ends: tuple[tuple[int, bool], ...] = ()


class _Said(NamedTuple):
    """A word, or a phrase that names a concept, with its place; `surface` and `key` as in `Spoken`."""

    start: int
    end: int
    surface: str
    key: str


def _own(wording: Wording) -> list[_Said]:
    return [_Said(start, end, word.surface, word.stem) for (word, start, end), _ in wording.words()]


def _named(wording: Wording, thesaurus: Thesaurus) -> Iterator[_Said]:
    """The phrases of a text that name a concept, as the comparison finds them."""
    placed = dict[str, list[Placed]]()
    for place, language in wording.words():
        placed.setdefault(language, []).append(place)
    for language, sequence in placed.items():
        for mention in thesaurus.phrases[language].find([place.word for place in sequence]):
            start, end = sequence[mention.first].start, sequence[mention.last].end
            yield _Said(start, end, " ".join(wording.text[start:end].split()), mention.meaning)


def _read(wording: Wording) -> Iterator[_Said]:
    """The words of the translation, told as the words of the original that they were made of."""
    if wording.translation is None:
        return
    for word, start, end in words(wording.translation.text, PIVOT):
        made_of = wording.translation.glosses.get(word.surface.casefold(), "")
        original = next(words(made_of, wording.language), None)
        if original is not None:
            yield _Said(start, end, original.word.surface, original.word.stem)
        else:
            small = next(iter(made_of.split()), word.surface)
            yield _Said(start, end, small, small)


def _small(text: str, word: str) -> Iterator[_Said]:
    """Where a word stands that says nothing by itself, and does in translation (“own”: “propios”)."""
    for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE):
        yield _Said(found.start(), found.end(), word, word)


def only_read(posting: Posting, listed: Sequence[Met]) -> set[str]:
    """The words that met and that only the translation of a posting has."""
    if posting.translation is None:
        return set()
    met = {word for one in listed if not one.concept for word in one.on(posting.kind)}
    lacking = met - {said.surface for said in _own(posting.wording)}
    return {word for word in lacking if next(_small(posting.text, word), None) is None}


def spans(posting: Posting, listed: Sequence[Met], thesaurus: Thesaurus) -> tuple[list[Span], list[Span]]:
    """Where what met stands in a posting's text, and where its words stand in the translation."""
    wording = posting.wording
    own, read, named = _own(wording), list(_read(wording)), list(_named(wording, thesaurus))
    in_text, in_translation = [], []
    for one in listed:
        phrases = one.on(posting.kind)
        if one.concept:
            in_text += _spans(one, named, _keys(phrases, named))
            continue
        keys = _keys(phrases, [*own, *read])
        places = _spans(one, own, keys)
        in_text += places or [
            span for phrase in phrases for span in _spans(one, _small(wording.text, phrase), {phrase})
        ]
        in_translation += _spans(one, read, keys)
    return in_text, in_translation


def _keys(phrases: Iterable[str], said: Iterable[_Said]) -> set[str]:
    wanted = set(phrases)
    return {each.key for each in said if each.surface in wanted}


def _spans(one: Met, said: Iterable[_Said], keys: set[str]) -> list[Span]:
    """Where one of them stands; a phrase within a longer one that means the same is not marked twice."""
    found: list[Span] = []
    for each in sorted(said, key=lambda each: (each.start, -each.end)):
        if each.key in keys and not (found and each.end <= found[-1].end):
            found.append(Span(each.start, each.end, one.number, one.concept is not None))
    return found


def pieces(text: str, marked: Sequence[Span], start: int, end: int) -> list[Piece]:
    """A stretch of a text, cut wherever a mark begins or ends; a mark that reaches beyond it is clipped."""
    inside = [
        one._replace(start=max(one.start, start), end=min(one.end, end))
        for one in marked
        if one.start < end and one.end > start
    ]
    cuts = sorted({start, end, *(one.start for one in inside), *(one.end for one in inside)})
    found = []
    for here, there in pairwise(cuts):
        over = [one for one in inside if one.start <= here and one.end >= there]
        ends = sorted({(one.number, one.concept) for one in over if one.end == there})
        found.append(
            Piece(
                text[here:there],
                any(not one.concept for one in over),
                any(one.concept for one in over),
                tuple(ends),
            )
        )
    return found


_GAP = re.compile(r"\n\s*\n")


def paragraphs(text: str, marked: Sequence[Span], start: int, end: int) -> list[list[Piece]]:
    """A stretch of a text as its paragraphs, which empty lines part, each in pieces."""
    found, at = [], start
    for gap in [*_GAP.finditer(text, start, end), None]:
        until = gap.start() if gap else end
        if text[at:until].strip():
            found.append(pieces(text, marked, at, until))
        at = gap.end() if gap else end
    return found


@dataclass(frozen=True, slots=True)
class Marked:
    """What is shown of a posting's text, in pieces; `reading` are the lines of its translation."""

    heading: list[Piece]
    paragraphs: list[list[Piece]]
    keywords: list[Piece]
    reading: list[list[Piece]]


def marked(posting: Posting, in_text: Sequence[Span] = (), in_translation: Sequence[Span] = ()) -> Marked:
    """The text of a posting with marks in it; places are those in `Posting.text`."""
    text, at = posting.text, len(posting.title) + 1
    heading = pieces(text, in_text, 0, len(posting.title))
    described = paragraphs(text, in_text, at, at + len(posting.description))
    at += len(posting.description) + 1
    keywords: list[Piece] = []
    for keyword in posting.keywords:
        keywords += [*([Piece(", ")] if keywords else []), *pieces(text, in_text, at, at + len(keyword))]
        at += len(keyword) + 1
    reading = []
    if posting.translation is not None:
        translation = posting.translation.text
        reading = [
            pieces(translation, in_translation, line.start(), line.end())
            for line in re.finditer(r"\S[^\n]*", translation)
        ]
    return Marked(heading, described, keywords, reading)
