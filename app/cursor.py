"""Where a reader left off in a list that is ordered by time and id, so that what is added moves nothing."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from app.errors import Fault, Invalid

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, and the cursor to the next part, None at the end."""

    items: tuple[T, ...]
    next: str | None


def cursor_after(moment: datetime, id: str) -> str:
    """The cursor that goes on after the item of this time and id."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {id}".encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """Time and id of the last item given.

    Raises:
        Invalid: for a cursor that no list gave.
    """
    try:
        made, _, last = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        moment = datetime.fromisoformat(made)
        if moment.tzinfo is None or not last.isprintable() or not last:
            raise ValueError
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError, binascii.Error, UnicodeError):
        raise Invalid([Fault("/query/cursor", "This cursor was not given by a list.")]) from None
    return moment, last
