"""The words, names, numbers and sources of one dossier, in one language."""

import re
from collections.abc import Iterable
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from app.brokering.dossier.values import Line, Piece, Source
from app.brokering.dossier.wording import SAYS
from app.catalogue import Catalogue
from app.language.analyse import fold
from app.matching.posting import Posting
from app.matching.sentences import TONGUES, Words
from app.sources import Citation

QUOTES = {"en": ("“", "”"), "es": ("«", "»"), "pt": ("“", "”"), "fr": ("«", "»")}
NARROW = "\u202f"
"""The space that French sets before a mark of two parts and inside its quotes, at which no line breaks."""
BEFORE_A_MARK = re.compile(r"(?:\s|(?<=\S))(?=[;:!?](?:\s|$))|^(?=[;:]\s)|\s(?=»)")
AFTER_A_QUOTE = re.compile(r"(?<=«)\s")


class Teller:
    """Tells in a language what the values of a case and of the catalogue are called, and counts its sources.

    The catalogue may be of a later edition than the case: what it does not have any more goes by its code.
    """

    def __init__(self, language: str, catalogue: Catalogue) -> None:
        self.language, self.catalogue = language, catalogue
        self._cited: dict[Citation, int] = {}

    # Words

    def in_words(self, words: Words) -> str:
        return self._set(words.in_(self.language))

    def say(self, key: str, **names: str) -> str:
        """A sentence of the wording with names put in."""
        return self._set(SAYS[key].in_(self.language).format(**names))

    def _set(self, text: str) -> str:
        if self.language != "fr":
            return text
        return AFTER_A_QUOTE.sub(NARROW, BEFORE_A_MARK.sub(NARROW, text))

    def line(self, *parts: str | Piece | Line) -> Line:
        """Words and pieces, one after the other."""
        pieces: list[Piece] = []
        for part in parts:
            pieces += (
                [Piece(self._set(part))]
                if isinstance(part, str)
                else [part]
                if isinstance(part, Piece)
                else part
            )
        return tuple(piece for piece in pieces if piece.text or piece.source)

    def quoted(self, text: str, lang: str) -> Line:
        """Words of somebody, in the quotes of the dossier's language."""
        opened, closed = QUOTES[self.language]
        space = NARROW if self.language == "fr" else ""
        return (Piece(opened + space), Piece(text, lang), Piece(space + closed))

    def listed(self, names: Iterable[str]) -> str:
        return ", ".join(names)

    def both(self, one: str, other: str) -> str:
        return self.say("and", one=one, other=other)

    # Names

    def country(self, iso3: str) -> str:
        held = self.catalogue.countries.get(iso3)
        return self.in_words(held.name) if held else iso3

    def sector(self, slug: str) -> str:
        held = self.catalogue.sectors.get(slug)
        return self.in_words(held.name) if held else slug

    def modality(self, slug: str) -> str:
        held = self.catalogue.modalities.get(slug)
        return self.in_words(held.name) if held else slug

    def channel(self, slug: str) -> str:
        held = self.catalogue.channels.get(slug)
        return self.in_words(held.name) if held else self.short(slug)

    def short(self, slug: str) -> str:
        """The abbreviation of a channel."""
        held = self.catalogue.channels.get(slug)
        return held.abbreviation if held else slug.upper()

    def tongue(self, tag: str) -> str:
        return self.in_words(TONGUES[tag]) if tag in TONGUES else tag

    def organisation(self, posting: Posting) -> Line:
        """Who posts, in the language of the posting; that nobody is named is said as well."""
        named = posting.organisation
        if named is None:
            return self.line(self.say("no_organisation"))
        return self.line(
            Piece(named.name, posting.language),
            *((" (", Piece(named.parent, posting.language), ")") if named.parent else ()),
        )

    # Numbers and days

    def number(self, value: float, places: int = 0) -> str:
        shape = f"#,##0.{'0' * places}" if places else "#,##0"
        return str(format_decimal(value, format=shape, locale=self.language))

    def share(self, share: float) -> str:
        return str(format_percent(share, locale=self.language))

    def day(self, day: date) -> str:
        return str(format_date(day, format="long", locale=self.language))

    # Sources

    def cite(self, citation: Citation | None) -> Line:
        """The number of a source, the same wherever it is cited."""
        if citation is None:
            return ()
        return (Piece("", source=self._cited.setdefault(citation, len(self._cited) + 1)),)

    def sources(self) -> tuple[Source, ...]:
        """What was cited, by its number."""
        documents = self.catalogue.documents
        return tuple(
            Source(
                number,
                documents[one.document].title if one.document in documents else one.document,
                one.locator,
                one.quote,
                self.say("character", offset=self.number(one.offset)) if one.offset is not None else None,
            )
            for one, number in self._cited.items()
        )


def shortened(text: str, most: int) -> str:
    """A text on one line, cut between words where it is longer; the whole of it is in an annex."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + " …"


def spoken_in(phrase: str, posting: Posting, otherwise: str) -> str:
    """The language of a phrase that was found in a posting: its own, or that of its reading."""
    return posting.language if fold(phrase) in fold(posting.text) else otherwise


def file_name(*names: str) -> str:
    """A name for a file that every system takes and a person can read."""
    return "-".join(re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-") for name in names)
