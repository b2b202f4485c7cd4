"""Where a fact comes from: the documents that Puente rests on, and the citation every fact carries."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LONGEST_QUOTE = 25
"""Words of a source that a citation may repeat; the study is not ours to ship."""

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class Fact(BaseModel):
    """Anything read from seed/: immutable, and strict about the names it knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Document(Fact):
    """A document of the register, seed/sources.yaml."""

    id: Text
    title: Text
    publisher: Text
    year: int | None = None
    note: str | None = None


class Citation(Fact):
    """A place in a document.

    `offset` counts Unicode code points from 0 in the document's plain text; `quote` is what stands
    there, white space folded. Both or neither are given.
    """

    document: Text
    locator: Text
    offset: Annotated[int, Field(ge=0)] | None = None
    quote: Text | None = None

    @model_validator(mode="after")
    def _quote_stands_somewhere(self) -> Self:
        if (self.offset is None) != (self.quote is None):
            raise ValueError("a citation gives an offset and a quote together, or neither")
        if self.quote and len(self.quote.split()) > LONGEST_QUOTE:
            raise ValueError(f"a quote has at most {LONGEST_QUOTE} words")
        return self

    def stands_in(self, text: str) -> bool:
        """Tell whether the quote is found at its offset in `text`, white space folded."""
        if self.offset is None or self.quote is None:
            return True
        wanted = " ".join(self.quote.split())
        found = " ".join(text[self.offset : self.offset + 2 * len(self.quote) + 80].split())
        return found.startswith(wanted)
