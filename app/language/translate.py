"""Into the pivot: what a translator is, and when what it gives is to be believed.

Texts in different languages are compared through Spanish, the language that most rule-based translators
of the region share. A text is translated when it is posted, never when it is matched, and what came
out is kept with it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from app.language.detect import detect

PIVOT = "es"


class Untranslated(Exception):
    """No translation was had; the message says why, for the log and for /readyz."""


@dataclass(frozen=True, slots=True)
class Translation:
    """A text in the pivot language, and by which translator and version.

    `glosses` leads from a word of the translation (as written, case folded) to the words of the original
    that it was made of, as far as the translator tells; the explanation names those.
    """

    text: str
    by: str
    glosses: Mapping[str, str] = field(default_factory=dict)


class Translator(Protocol):
    """Translates into PIVOT. Safe to be called by several threads."""

    def version(self, language: str) -> str | None:
        """Who would translate from a language (BCP 47), or None if this one does not: a translation made
        `by` another is out of date."""

    def translate(self, text: str, language: str) -> Translation:
        """Within a time limit.

        Raises:
            Untranslated: if it cannot be had now; trying later is right.
        """

    def state(self) -> tuple[Literal["ok", "failed", "absent"], str]:
        """How it is, and a sentence on it."""

    def close(self) -> None:
        """Let go of processes and connections."""


class NoTranslator:
    """What stands in where there is no translator: every text is compared as it is."""

    def __init__(self, because: str) -> None:
        self._because = because

    def version(self, language: str) -> str | None:
        return None

    def translate(self, text: str, language: str) -> Translation:
        raise Untranslated(self._because)

    def state(self) -> tuple[Literal["ok", "failed", "absent"], str]:
        return "absent", self._because

    def close(self) -> None:
        pass


def believed(source: str, translation: Translation) -> Translation:
    """The translation, unless it cannot be one.

    A translator that answers nonsense would harm every ranking in which the posting takes part, and
    nobody would see why. What is asked is little, so that a clumsy translation passes: about as many
    words as the source has, made of what words are made of, in a text that reads as the pivot language.

    Raises:
        Untranslated: saying what is wrong with it.
    """
    given, made = len(_WORD.findall(source)), len(_WORD.findall(translation.text))
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co") and c not in "\n\r\t" for c in translation.text):
        raise Untranslated("the translation holds control characters")
    if not FEWEST * given <= made <= MOST * given + SPARE:
        raise Untranslated(f"the translation has {made} words for {given}")
    if given >= ENOUGH_TO_TELL:
        found = detect(translation.text)
        if found.language != PIVOT and found.confidence > SURE:
            raise Untranslated(f"the translation is in {found.language}, not in {PIVOT}")
    return translation


_WORD = re.compile(r"[^\W\d_]+")
FEWEST, MOST, SPARE = 0.5, 2.0, 5
"""Words that a translation has for each of the source, and some more for very short ones."""
ENOUGH_TO_TELL, SURE = 8, 0.99
"""Words from which on the language of a translation is looked at, and how sure the look must be."""
