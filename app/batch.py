"""Many postings in one text: every fault with its line, and what was sent before is told apart.

Each line holds {"offer": {...}} or {"request": {...}}; an "id" may stand beside, and is made otherwise.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from app import intake
from app.catalogue import Catalogue
from app.errors import Fault, Invalid, TooLarge
from app.intake import Intake
from app.matching.duplicates import NearDuplicate, near_duplicates
from app.matching.market import Market
from app.matching.posting import Asker

LARGEST = 50 * 1024 * 1024
"""Bytes that are taken at a time."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting that is right, and the number of its line."""

    line: int
    intake: Intake

    @property
    def id(self) -> str:
        return self.intake.posting.id


@dataclass(frozen=True, slots=True)
class Misread:
    """A fault and the number of its line; the pointer leads into the object of that line."""

    line: int
    fault: Fault


def lines(raw: bytes) -> list[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1.

    Raises:
        TooLarge: for more than LARGEST bytes.
        Invalid: if it is not UTF-8, or nothing but blanks.
    """
    if len(raw) > LARGEST:
        raise TooLarge(f"At most {LARGEST:,} bytes are taken at a time.", largest=LARGEST)
    raw = raw.removeprefix(_BYTE_ORDER_MARK)
    try:
        raw.decode()
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise Invalid([Fault("", f"This is not UTF-8: {wrong.reason} in line {line}.")]) from None
    found = [(number, line) for number, line in enumerate(raw.split(b"\n"), start=1) if line.strip()]
    if not found:
        raise Invalid([Fault("", "There is no posting in this, one JSON object a line.")])
    return found


def read(
    numbered: Iterable[tuple[int, bytes]], catalogue: Catalogue, *, today: date, new_id: Callable[[], str]
) -> tuple[list[Entry], list[Misread]]:
    """Read every line, also after a fault: whoever mends the text wants to mend it once."""
    entries, misread = list[Entry](), list[Misread]()
    first: dict[str, int] = {}
    for number, line in numbered:
        try:
            entry = Entry(number, _taken(line, catalogue, today, new_id))
            if (before := first.setdefault(entry.id, number)) != number:
                raise Invalid([Fault("/id", f"“{entry.id}” is the id of line {before} already.")])
        except Invalid as wrong:
            misread += [Misread(number, fault) for fault in wrong.faults]
        else:
            entries.append(entry)
    return entries, misread


def _taken(line: bytes, catalogue: Catalogue, today: date, new_id: Callable[[], str]) -> Intake:
    body = intake.an_object(line)
    faults = []
    id = body.pop("id", None)
    if id is not None and not (isinstance(id, str) and intake.ID.fullmatch(id)):
        faults.append(Fault("/id", "An id has 1 to 64 letters of a to z, digits, - and _."))
    try:
        kind, document = intake.wrapped(body)
    except Invalid as wrong:
        raise Invalid(faults + wrong.faults) from None
    try:
        taken = intake.read(kind, document, catalogue, id=id if id and not faults else new_id(), today=today)
    except Invalid as wrong:
        faults += intake.within(f"/{kind}", wrong.faults)
    if faults:
        raise Invalid(faults)
    return taken


@dataclass(frozen=True, slots=True)
class Sifted:
    """An entry, and the postings that say much the same, the most alike first: open ones that were there
    before, and those of earlier lines."""

    entry: Entry
    near: tuple[NearDuplicate, ...]


def sift(
    entries: Iterable[Entry], market: Market, *, asker: Asker, today: date, keep_near: bool = False
) -> Iterator[Sifted]:
    """Compare each entry with the market and with the entries before it, which are put into the market.

    One that is near to another is put there only if it is kept. Drafts are put as if they were
    published, so that the same draft is not taken twice.
    """
    for entry in entries:
        posting = replace(entry.intake.posting, status="published")
        near = near_duplicates(posting, market, asker=asker, today=today)
        if keep_near or not near:
            market.put(posting)
            market.renew_if_due()
        yield Sifted(entry, near)
