"""What a dossier is made of, whatever it is printed on; and the case as it is told to one reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from app.brokering.steps import SIDES, Answers, Party, Side, State, WaitingOn
from app.intake import Contact

BLANK = "______"
"""What is still to be filled in, by hand."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken in a case: what, when, and whose it was. What was said with it is not here."""

    entry: str
    at: datetime
    party: Party
    side: Side | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """A case as it stands, with what its reader may know of it and nothing else.

    `ends_on` is when it ends if nobody acts; `taken` is empty, and refusal and outcome are None, for who has
    no part in it. `contacts` are there for both sides once they have agreed; `readable` are the sides whose
    text the reader may read.
    """

    id: str
    state: State
    answers: Answers
    waiting_on: WaitingOn
    since: datetime
    opened_at: datetime
    ends_on: datetime | None = None
    held: bool = False
    channel: str | None = None
    instrument: str | None = None
    refusal: str | None = None
    outcome: Mapping[str, Any] | None = None
    taken: tuple[Taken, ...] = ()
    contacts: Mapping[Side, Contact] = field(default_factory=dict)
    readable: frozenset[Side] = frozenset(SIDES)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words; `lang` where they are not in the dossier's language, `source` where they rest on one."""

    text: str
    lang: str | None = None
    strong: bool = False
    source: int | None = None


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    line: Line
    kind: Literal["plain", "lead", "note"] = "plain"


@dataclass(frozen=True, slots=True)
class Listing:
    """Items with points, with numbers, or with boxes to tick."""

    items: tuple[Line, ...]
    kind: Literal["points", "numbers", "boxes"] = "points"


@dataclass(frozen=True, slots=True)
class Facts:
    """What something is called, and what is known of it."""

    rows: tuple[tuple[str, Line], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`numbers` are the columns that are read from the right; the first cell of a row is its name."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]
    foot: tuple[Line, ...] = ()
    numbers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Source:
    """A place in a document, by the number that it has in this dossier."""

    number: int
    document: str
    locator: str
    quote: str | None
    place: str | None


@dataclass(frozen=True, slots=True)
class References:
    sources: tuple[Source, ...]


Block = Paragraph | Listing | Facts | Table | References


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the dossier under its heading; `name` tells it from the others in every language."""

    name: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Who, what, why, which channel and fund, what to ask and to do, and a draft of terms, on two pages;
    then the annexes. `file_name` is without what a format adds to it."""

    language: str
    title: str
    note: str
    sections: tuple[Section, ...]
    annexes: tuple[Section, ...]
    drawn_up: datetime
    file_name: str
