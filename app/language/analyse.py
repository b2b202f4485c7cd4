"""What a text says, word by word: stems, and the letters that words are made of.

*Stems* meet within a language ("bancos" and "banco"); *grams*, runs of three to five letters, also meet
where languages share a root ("transferência" and "transferencia").
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from Stemmer import Stemmer

from app.language.markup import without_markup
from app.language.stopwords import STOPWORDS

GRAM_SIZES = range(3, 6)

_LETTER = r"[^\W\d_][\u0300-\u036f]*"  # an accent may be written as a character of its own
_WORD = re.compile(rf"(?:{_LETTER})+(?:[’'](?:{_LETTER})+)?")

_STEMMERS = {
    language: Stemmer(name)
    for language, name in {
        "en": "english",
        "es": "spanish",
        "pt": "portuguese",
        "fr": "french",
        "nl": "dutch",
    }.items()
}


ENDINGS = {
    "pt": (
        ("cao", "ção"),
        ("coes", "ções"),
        ("encia", "ência"),
        ("encias", "ências"),
        ("ancia", "ância"),
        ("ancias", "âncias"),
    )
}
"""Endings that the stemmer knows only with their accents, for texts that are written without: in Spanish and
French it knows them either way."""


class Word(NamedTuple):
    """A word that says something: as it is written, in lower case without accents, its stem, and the runs of
    letters that it is made of."""

    surface: str
    folded: str
    stem: str
    grams: tuple[str, ...]


class Placed(NamedTuple):
    """A word and where it stands in its text."""

    word: Word
    start: int
    end: int


def words(text: str, language: str) -> Iterator[Placed]:
    """The words of `text` that carry meaning, in order; stop words of the language are passed over."""
    for found in _WORD.finditer(without_markup(text)):
        word = _word(found.group(), language)
        if word is not None:
            yield Placed(word, found.start(), found.end())


@lru_cache(maxsize=200_000)
def _word(surface: str, language: str) -> Word | None:
    lower = unicodedata.normalize("NFC", surface).casefold().replace("’", "'")
    if language == "fr" and "'" in lower:
        lower = lower.split("'", 1)[1]  # l'eau, d'enfants: the article is not part of the word
    elif "'" in lower:
        lower = lower.split("'", 1)[0]
    if len(lower) < 2 or lower in STOPWORDS[language]:
        return None
    folded = fold(lower)
    return Word(surface, folded, stem(lower, language), grams(folded))


def stem(word: str, language: str) -> str:
    """What is left of a word in lower case without its endings, by Snowball's rules, and without accents."""
    for bare, accented in ENDINGS.get(language, ()):
        if word.endswith(bare):
            word = word.removesuffix(bare) + accented
            break
    return fold(_STEMMERS[language].stemWord(word))


def fold(text: str) -> str:
    """Lower case without accents: what is the same letter to a reader who writes in haste."""
    # Twice, for some letters only have a lower case once they are decomposed (as 𝞐 has).
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def grams(word: str) -> tuple[str, ...]:
    """Runs of letters of a word with its edges marked by blanks, as scikit-learn's `char_wb` makes them."""
    padded = f" {word} "
    runs: list[str] = []
    for size in GRAM_SIZES:
        runs.extend(padded[start : start + size] for start in range(max(1, len(padded) - size + 1)))
        if len(padded) <= size:
            break  # a word shorter than the run is counted once
    return tuple(runs)
