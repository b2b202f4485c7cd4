"""A name or a sentence in the languages of the interface."""

from app.sources import Fact, Text

LANGUAGES = ("en", "es", "pt", "fr")
"""BCP 47 tags of the languages that labels exist in; the first stands in for any other."""


class Label(Fact):
    """The same words in each language of the interface; `nl` where it is natural."""

    en: Text
    es: Text
    pt: Text
    fr: Text
    nl: Text | None = None

    def in_(self, language: str) -> str:
        """Give the words in `language`, in English where there are none."""
        found: str | None = getattr(self, language, None) if language in Label.model_fields else None
        return found or self.en


def in_each(en: str, es: str, pt: str, fr: str) -> Label:
    """A label of ours, written where it is used."""
    return Label(en=en, es=es, pt=pt, fr=fr)
