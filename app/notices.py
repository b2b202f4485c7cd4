"""Notices to people: what happened, kept with the change itself until it has been delivered.

A notice is written in the transaction that makes it true, so that neither is there without the other.
Whoever delivers takes what is due by a lease, sends it with no transaction open, and settles it. A lease
ends by itself: what a worker that died had taken is delivered by the next one.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import (
    JSON,
    ColumnElement,
    Index,
    String,
    Text,
    UniqueConstraint,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Moment
from app.people import Mail

Kind = Literal[
    "case.suggested",
    "case.shortlisted",
    "case.proposed",
    "case.answered",
    "case.agreed",
    "case.under_way",
    "case.completed",
    "case.declined",
    "case.lapsed",
    "case.withdrawn",
    "case.reopened",
    "case.commented",
    "case.reminder",
    "case.escalation",
    "case.held",
    "case.freed",
    "case.posting_gone",
    "posting.expiring",
    "interest.expressed",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Everything that somebody may be told of. The letters are in `app.mail`."""

LEASE = timedelta(minutes=10)
"""How long whoever delivers has for one mail; more than all time limits of an exchange with a server."""

PAUSES = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720, 24 * 60, 24 * 60, 24 * 60, 24 * 60)
)
"""How long a mail that a server put off is left alone, attempt by attempt. After the last pause, and four
and a half days, it is given up; that is how long mail servers keep trying themselves (RFC 5321, 4.5.4.1)."""

DIGEST_AT = time(6, tzinfo=UTC)
"""When digests are due: one in the morning, in all of the region."""

LONGEST_EVENT, LONGEST_NAME = 200, 200

_INSERT: Mapping[str, Callable[..., postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


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


@dataclass(frozen=True, slots=True)
class Kept:
    """A notice, and what became of it. One that waits has a `due_at`; who wants no mail has one that
    neither waits nor was delivered."""

    id: str
    notice: Notice
    due_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None
    failed: str | None


@dataclass(frozen=True, slots=True)
class Leased:
    """What goes to one address in one mail, the oldest first, and until when it is ours to send."""

    ids: tuple[str, ...]
    notices: tuple[Notice, ...]
    attempts: int
    until: datetime

    @property
    def name(self) -> str:
        """The same whenever the same notices are sent, so that a mail that came twice can be told."""
        if len(self.ids) == 1:
            return self.ids[0]
        return hashlib.blake2b("\n".join(sorted(self.ids)).encode(), digest_size=10).hexdigest()


class _Row(Base):
    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("event", "address"),
        Index("ix_notices_due_at", "due_at"),
        Index("ix_notices_address", "address", "at"),
        Index("ix_notices_person", "person", "at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    event: Mapped[str] = mapped_column(String(LONGEST_EVENT))
    kind: Mapped[str] = mapped_column(String(32))
    address: Mapped[str] = mapped_column(String(320))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    language: Mapped[str] = mapped_column(String(8))
    mail: Mapped[Mail] = mapped_column(String(8))
    person: Mapped[str | None] = mapped_column(String(32))
    """No foreign key: what somebody was told is known after the account is gone."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Moment)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When it is to be sent, or tried again; None when it never is, or never again."""
    attempts: Mapped[int]
    leased_until: Mapped[datetime | None] = mapped_column(Moment)
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    failed: Mapped[str | None] = mapped_column(Text)
    given_up_at: Mapped[datetime | None] = mapped_column(Moment)


# Telling


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
    if kind not in KINDS:
        raise ValueError(f"there is no letter for {kind!r}")
    # Somebody with an account may be the contact of the posting too: then the account's wishes count.
    recipients: dict[str, Recipient] = {}
    for one in sorted(to, key=lambda one: one.person is None):
        recipients.setdefault(_folded(one.address), one)
    if not recipients:
        return 0
    rows = [
        {
            "id": secrets.token_hex(10),
            "event": event,
            "kind": kind,
            "address": address,
            "name": " ".join(one.name.split())[:LONGEST_NAME],
            "language": one.language,
            "mail": one.mail,
            "person": one.person,
            "facts": dict(facts),
            "at": now,
            "due_at": _due(one.mail, now),
            "attempts": 0,
        }
        # In one order, so that of two who tell the same at once neither waits for the other in a circle.
        for address, one in sorted(recipients.items())
    ]
    insert = _INSERT[session.get_bind().dialect.name]
    kept = insert(_Row).on_conflict_do_nothing(index_elements=["event", "address"]).returning(_Row.id)
    return len(session.scalars(kept, rows).all())


def _folded(address: str) -> str:
    return address.strip().lower()


def _due(mail: Mail, now: datetime) -> datetime | None:
    if mail == "off":
        return None
    if mail == "each":
        return now
    today = datetime.combine(now.astimezone(UTC).date(), DIGEST_AT)
    return today if now < today else today + timedelta(days=1)


# Delivering


def lease(session: Session, *, due_by: datetime, now: datetime) -> Leased | None:
    """Take the mail that has been due for longest; None if nothing that was due by then is free.

    A digest takes everything for its address that waits for a digest and is due. Two workers never take the
    same: the second finds, when its turn comes, that the notices are not free any more, and looks again.
    """
    free = and_(_Row.due_at <= due_by, or_(_Row.leased_until.is_(None), _Row.leased_until <= now))
    until = now + LEASE
    next_one = select(_Row).where(free).order_by(_Row.due_at, _Row.id).limit(1)
    while (first := session.scalar(next_one)) is not None:
        together: ColumnElement[bool] = _Row.id == first.id
        if first.mail == "daily":
            together = and_(_Row.address == first.address, _Row.mail == "daily")
        taking = update(_Row).where(free, together).values(leased_until=until).returning(_Row)
        rows = session.scalars(
            taking.execution_options(synchronize_session=False, populate_existing=True)
        ).all()
        if rows:
            rows = sorted(rows, key=lambda row: (row.at, row.id))
            return Leased(
                tuple(row.id for row in rows),
                tuple(_notice(row) for row in rows),
                max(row.attempts for row in rows),
                until,
            )
    return None


def settle(session: Session, leased: Leased, *, now: datetime) -> None:
    """It was sent. That counts also when the lease had ended meanwhile: sent is sent."""
    sent = update(_Row).where(_Row.id.in_(leased.ids), _Row.delivered_at.is_(None))
    session.execute(
        sent.values(delivered_at=now, due_at=None, leased_until=None, failed=None, given_up_at=None)
    )


def put_off(session: Session, leased: Leased, why: str, *, now: datetime) -> bool:
    """It could not be sent, and is tried again after a pause; False when it was tried often enough."""
    if leased.attempts >= len(PAUSES):
        give_up(session, leased, why, now=now)
        return False
    session.execute(
        _ours(leased).values(
            attempts=leased.attempts + 1,
            due_at=now + PAUSES[leased.attempts],
            leased_until=None,
            failed=why,
        )
    )
    return True


def give_up(session: Session, leased: Leased, why: str, *, now: datetime) -> None:
    """It cannot be sent, and is not tried again; why is kept."""
    session.execute(
        _ours(leased).values(
            attempts=leased.attempts + 1, due_at=None, leased_until=None, failed=why, given_up_at=now
        )
    )


def hand_back(session: Session, leased: Leased, why: str) -> None:
    """It was not tried, through no fault of its own: it is due as before."""
    session.execute(_ours(leased).values(leased_until=None, failed=why))


def waiting(session: Session) -> int:
    """How many notices are still to be sent, now or later."""
    return session.scalar(select(func.count()).where(_Row.due_at.is_not(None))) or 0


def delivered_to(session: Session, whom: str, limit: int) -> Sequence[Kept]:
    """The notices to a person (by id) or to an address, the newest first, with what became of each."""
    theirs = or_(_Row.person == whom, _Row.address == _folded(whom))
    rows = session.scalars(select(_Row).where(theirs).order_by(_Row.at.desc(), _Row.id.desc()).limit(limit))
    return [
        Kept(row.id, _notice(row), row.due_at, row.delivered_at, row.given_up_at, row.failed) for row in rows
    ]


def _ours(leased: Leased) -> Any:
    """What of a lease is still ours: another worker may have taken it after the lease ended."""
    return update(_Row).where(_Row.id.in_(leased.ids), _Row.leased_until == leased.until)


def _notice(row: _Row) -> Notice:
    recipient = Recipient(row.address, row.name, row.language, row.mail, row.person)
    return Notice(row.event, row.kind, recipient, row.facts, row.at)
