"""The words, numbers and dates of the pages, in each language that the pages speak.

A translator edits locale/<language>/LC_MESSAGES/puente.po and nothing else: it is read at start.
"""

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from app.catalogue import label

FOLDER = Path(__file__).parent / "locale"
DOMAIN = "puente"
LANGUAGES = label.LANGUAGES
"""BCP 47 tags of the languages that the pages exist in, those of the labels; the msgids are the first."""

N_ = str
"""Marks words for the translator where they are kept, to be said with `Words.gettext` later."""


@dataclass(frozen=True)
class Words:
    """One language of the pages."""

    language: str
    locale: Locale
    translations: gettext.NullTranslations

    def gettext(self, message: str) -> str:
        return self.translations.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The words for `count` things, with %(num)s in them put in by the locale's digits."""
        return self.translations.ngettext(one, many, count) % {"num": self.number(count)}

    def number(self, value: float, places: int = 0) -> str:
        zeros = "0" * places
        return format_decimal(value, format=f"#,##0.{zeros}" if places else "#,##0", locale=self.locale)

    def percent(self, share: float) -> str:
        return format_percent(share, locale=self.locale)

    def day(self, day: date) -> str:
        return format_date(day, format="medium", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """A time in UTC, to the minute."""
        at = format_time(moment, format="short", tzinfo=UTC, locale=self.locale)
        return f"{self.day(moment.date())}, {at} UTC"

    def tongue(self, tag: str) -> str:
        """The name of a language."""
        return str(self.locale.languages.get(tag, tag))


def _translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; none is needed for the language of the msgids."""
    file = FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not file.is_file():
        return gettext.NullTranslations()
    with file.open("rb") as written:
        catalogue = read_po(written, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


SPOKEN: Mapping[str, Words] = {
    language: Words(language, Locale.parse(language), _translations(language)) for language in LANGUAGES
}
