"""Which of the five languages a text is written in."""

from dataclasses import dataclass
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

LANGUAGES = ("en", "es", "fr", "nl", "pt")


@dataclass(frozen=True, slots=True)
class Detection:
    """A language (BCP 47) and how sure that is, in [0, 1]."""

    language: str
    confidence: float


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def detect(text: str) -> Detection:
    """Guess the language of `text`; English with no confidence if there is nothing to go by."""
    if not any(character.isalpha() for character in text):
        return Detection("en", 0.0)
    language, confidence = _identifier().classify(text)
    return Detection(language, float(confidence))
