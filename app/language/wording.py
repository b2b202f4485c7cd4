"""A text as it is compared: its language, the passages of it in other languages, and its translation."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.language.analyse import Placed, words
from app.language.detect import Passage
from app.language.translate import PIVOT, Translation


@dataclass(frozen=True, slots=True)
class Wording:
    """`elsewhere` are the passages that are not in `language`, in order. Without a translation the text is
    compared as it is."""

    text: str
    language: str
    elsewhere: tuple[Passage, ...] = ()
    translation: Translation | None = None

    @property
    def bridged(self) -> bool:
        """Whether it can be read in the pivot language."""
        return self.language == PIVOT or self.translation is not None

    def passages(self) -> Iterator[Passage]:
        """The whole text, in passages of one language each."""
        at = 0
        for passage in self.elsewhere:
            if passage.start > at:
                yield Passage(at, passage.start, self.language)
            yield passage
            at = passage.end
        if at < len(self.text):
            yield Passage(at, len(self.text), self.language)

    def words(self) -> Iterator[tuple[Placed, str]]:
        """The words that carry meaning, each with its language; their places are in the whole text."""
        for start, end, language in self.passages():
            for word, begins, ends in words(self.text[start:end], language):
                yield Placed(word, start + begins, start + ends), language
