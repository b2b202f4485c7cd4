"""Expressions of interest: a country says, to the brokers alone, that a posting of another speaks to it.

It is private and binds nobody: the owner of the posting does not hear of it, and no case is made of it until
a broker takes one up.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import notices, people, postings
from app.accounts import Caller
from app.db import Base, Moment
from app.errors import Conflict, Forbidden, NotFound
from app.matching.posting import Kind
from app.notices import Recipient

LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Interest:
    """Which country is interested in which posting, since when, and what it said."""

    id: int
    kind: Kind
    posting: str
    title: str
    language: str
    owner: str
    country: str
    by_name: str
    note: str | None
    at: datetime


class _Row(Base):
    __tablename__ = "interests"
    __table_args__ = (
        Index(
            "ix_interests_standing",
            "posting",
            "country",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_interests_country", "country"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind] = mapped_column(String(8))
    posting: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    owner: Mapped[str] = mapped_column(String(3))
    country: Mapped[str] = mapped_column(String(3))
    by: Mapped[str] = mapped_column(String(32))
    by_name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)

    def value(self) -> Interest:
        return Interest(
            self.id,
            self.kind,
            self.posting,
            self.title,
            self.language,
            self.owner,
            self.country,
            self.by_name,
            self.note,
            self.at,
        )


def express(
    session: Session, kind: Kind, posting_id: str, *, note: str | None = None, by: Caller, now: datetime
) -> Interest:
    """Say that a posting is of interest; the brokers hear of it, once. Said again, it stays as it is.

    Raises:
        Forbidden: for anybody but an agency.
        NotFound: for a posting that it may not see.
        Conflict: for a posting of its own, or one that is not open.
    """
    if by.role != "agency" or by.country is None:
        raise Forbidden("An agency expresses the interest of its country.")
    postings.next_change(session)
    posting = postings.get(session, kind, posting_id, asker=by.asker, today=now.date())
    if posting.country == by.country:
        raise Conflict(f"This {kind} is your own country's.")
    if not posting.is_open(now.date()):
        raise Conflict(f"This {kind} is {posting.status}; interest is for what is open.")
    there = session.scalar(
        select(_Row).where(
            _Row.posting == posting.id, _Row.country == by.country, _Row.withdrawn_at.is_(None)
        )
    )
    if there is not None:
        return there.value()
    row = _Row(
        kind=kind,
        posting=posting.id,
        title=posting.title,
        language=posting.language,
        owner=posting.country,
        country=by.country,
        by=by.id,
        by_name=by.name,
        note=note,
        at=now,
    )
    session.add(row)
    session.flush()
    told = {"kind": kind, "id": posting.id, "title": posting.title, "language": posting.language}
    notices.tell(
        session,
        "interest.expressed",
        f"interest:{row.id}",
        [Recipient(one.email, one.name, one.language, one.mail, one.id) for one in people.brokers(session)],
        {
            "posting": told | {"country": posting.country},
            "by": by.name,
            "country": by.country,
            "note": note,
            "role": "broker",
        },
        now=now,
    )
    return row.value()


def withdraw(session: Session, id: int, *, by: Caller, now: datetime) -> None:
    """Take it back; nothing is left of it but its line in the records.

    Raises:
        NotFound: for one that is not the caller's country's, or withdrawn already.
    """
    row = session.get(_Row, id)
    if row is None or row.withdrawn_at is not None or not _own(by, row):
        raise NotFound("There is no such interest, or it is not yours.")
    row.withdrawn_at = now


def listed(session: Session, *, by: Caller, posting: str | None = None, limit: int = 200) -> list[Interest]:
    """What is of interest, the newest first: to whom, for brokers; an agency sees its own country's."""
    found = select(_Row).where(_Row.withdrawn_at.is_(None))
    if by.role == "agency":
        found = found.where(_Row.country == by.country)
    elif by.role not in ("administrator", "broker"):
        return []
    if posting is not None:
        found = found.where(_Row.posting == posting)
    rows = session.scalars(found.order_by(_Row.at.desc(), _Row.id.desc()).limit(limit))
    return [row.value() for row in rows]


def _own(by: Caller, row: _Row) -> bool:
    return by.role in ("administrator", "broker") or by.country == row.country
