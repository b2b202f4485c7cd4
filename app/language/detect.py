"""Which of the five languages a text is written in, which parts of it are in another, and whether it is in
one that is not served at all."""

import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import NamedTuple

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from app.language.markup import without_markup
from app.language.stopwords import STOPWORDS

LANGUAGES = ("en", "es", "fr", "nl", "pt")


@dataclass(frozen=True, slots=True)
class Detection:
    """A language (BCP 47) and how sure that is, in [0, 1]."""

    language: str
    confidence: float


class Passage(NamedTuple):
    """A part of a text, from `start` up to `end`, that is in a language of its own."""

    start: int
    end: int
    language: str


def detect(text: str) -> Detection:
    """Guess the language of `text`; English with no confidence if there is nothing to go by."""
    spoken = without_markup(text)
    if not any(character.isalpha() for character in spoken):
        return Detection("en", 0.0)
    language, confidence = _among_five().classify(spoken)
    return Detection(language, float(confidence))


def passages(text: str, language: str) -> tuple[Passage, ...]:
    """The parts of a text in `language` that are certainly in another of the five, in order.

    Sentences are looked at one by one. A name of an institution, a title, a list of partners easily reads as
    another language than the sentence around it; so what counts are sentences of some length, of which
    both the model is sure and the small words are that language's, and what reads like them beside them.
    All else is in the declared language.
    """
    pieces = list(_pieces(text))
    found = [_certain(text[start:end], language) for start, end in pieces]
    _spread(found, [text[start:end] for start, end in pieces], language)
    joined = []
    for spoken, run in groupby(zip(pieces, found, strict=True), key=lambda one: one[1]):
        if spoken != language:
            places = [place for place, _ in run]
            joined.append(Passage(places[0][0], places[-1][1], spoken))
    return tuple(joined)


def unsupported(text: str) -> str | None:
    """The language outside the five (BCP 47) that a text is certainly in; None if there is none.

    Near relatives share what they would each have (Chinese with Wu and Cantonese, Arabic with its dialects):
    so what must be certain is that it is none of the five, and the likeliest is named.
    """
    spoken = without_markup(text)
    if sum(character.isalpha() for character in spoken) < FEWEST_LETTERS:
        return None
    ranked: list[tuple[str, float]] = _among_all().rank(spoken)
    others = [(label, share) for label, share in ranked if label not in NOT_FOREIGN]
    if sum(share for _, share in others) < NONE_OF_THE_FIVE:
        return None
    return SHORTER.get(others[0][0], others[0][0])


FEWEST_WORDS, SURE, LEAST_SMALL = 6, 0.97, 2
"""What a sentence has that counts as being in another language than its text."""
SHORT = 3
"""So many words or fewer are no sentence of their own: an abbreviation ended there."""
FEWEST_LETTERS, NONE_OF_THE_FIVE = 12, 0.99
"""What a text has that counts as being in none of the five."""
NOT_FOREIGN = {*LANGUAGES, "pcm", "zxx"}
"""The model's labels that do not count against a text: the five, the creole English that it takes Caribbean
English for, and what is no language at all, such as code."""
SHORTER = {"kik": "ki"}
"""The model's labels that BCP 47 writes in two letters."""

_WORD = re.compile(r"[^\W\d_]+")
_LINE_ENDS = "\n\r\u2028\u2029"
_END = re.compile(rf"(?<![.!?…])[.!?…]+[\"'”’»)\]]*\s+|(?<!\s)\s*[{_LINE_ENDS}]\s*")
"""The looks behind keep a long run of stops or blanks from being tried again at each of its characters."""


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a text are, one after the other without a gap. A short piece goes with the
    sentence before it or, at the start of a line, with the one after it; a short line stays by itself."""
    for line in _lines(text):
        start, end = line[0]
        for place in line[1:]:
            if not (_is_short(text, place) or _is_short(text, (start, end))):
                yield start, end
                start = place[0]
            end = place[1]
        yield start, end


def _lines(text: str) -> Iterator[list[tuple[int, int]]]:
    """The pieces between full stops, line by line."""
    start, line = 0, []
    for found in _END.finditer(text):
        line.append((start, found.end()))
        start = found.end()
        if any(character in _LINE_ENDS for character in found.group()):
            yield line
            line = []
    if start < len(text):
        line.append((start, len(text)))
    if line:
        yield line


def _is_short(text: str, place: tuple[int, int]) -> bool:
    return len(_WORD.findall(text, *place)) <= SHORT


def _certain(sentence: str, declared: str) -> str:
    """The language of a sentence if it is certainly another of the five; the declared one otherwise."""
    spoken = without_markup(sentence)
    written = _WORD.findall(spoken)
    if len(written) < FEWEST_WORDS:
        return declared
    language, confidence = _among_five().classify(spoken)
    if language == declared or confidence < SURE:
        return declared
    small = [word.lower() for word in written]
    theirs = sum(word in STOPWORDS[language] and word not in STOPWORDS[declared] for word in small)
    ours = sum(word in STOPWORDS[declared] and word not in STOPWORDS[language] for word in small)
    return language if theirs >= LEAST_SMALL and theirs > ours else declared


def _spread(found: list[str], sentences: list[str], declared: str) -> None:
    """What stands beside a sentence in another language and reads like it belongs to it: beside one that is
    certain, a short line or a sentence full of names need not be."""
    last = len(found) - 1
    for places, step in ((range(1, last + 1), -1), (range(last - 1, -1, -1), 1)):
        for place in places:
            beside = found[place + step]
            if found[place] == declared != beside and detect(sentences[place]).language == beside:
                found[place] = beside


@cache
def _among_all() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def _among_five() -> LanguageIdentifier:
    """The same model, which is read once, held to our languages."""
    identifier = copy(_among_all())
    identifier.set_languages(list(LANGUAGES))
    return identifier
