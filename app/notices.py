"""Notices to people: what happened, kept with the change itself until it has been delivered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from app.people import Mail


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a notice goes: a person with an account, or the contact of a posting (`person` is None)."""

    address: str
    name: str
    language: str
    mail: Mail = "each"
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One event for one recipient. `facts` is plain JSON that a letter is made of, frozen as it was."""

    event: str
    kind: str
    to: Recipient
    facts: Mapping[str, Any]
    at: datetime


def tell(
    session: Session,
    kind: str,
    event: str,
    to: Iterable[Recipient],
    facts: Mapping[str, Any],
    *,
    now: datetime,
) -> int:
    """Keep a notice for each recipient in this transaction; gives how many are new.

    `event` names the event once and for all (“case:3f2:proposed:2”): of two notices of one event to one
    address the second is dropped, so that whoever tells twice is heard once.
    """
    raise NotImplementedError
