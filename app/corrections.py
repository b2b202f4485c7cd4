"""Corrections of the catalogue: proposed by a country or a channel, accepted or refused by an editor.

The catalogue itself is not in the database: what is kept here is who wants which fact to say what, on
which source, and what became of it. An accepted correction reaches the catalogue with the next edition,
through `puente catalogue export-corrections`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, CheckConstraint, ColumnElement, Index, String, Text, and_, or_, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.accounts import Caller
from app.catalogue import Catalogue
from app.catalogue.correct import Correction, EntryKind, Outdated, Source, applied
from app.cursor import Page, cursor_after, place_of
from app.db import Base, Moment
from app.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from app.sources import Document

Status = Literal["proposed", "accepted", "refused"]
Decision = Literal["accepted", "refused"]

LONGEST_REASON = 2000
LONGEST_LOCATOR = 300


@dataclass(frozen=True, slots=True)
class Proposal:
    """A correction that somebody proposed, and what became of it."""

    id: str
    correction: Correction
    because: str
    edition: str
    status: Status
    proposer: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    version: int
    kind: Literal["correction"] = "correction"


class _Row(Base):
    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("(status = 'proposed') = (decided_at IS NULL)", name="decided_at_a_time"),
        Index("ix_corrections_proposed_at", "proposed_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    entry_kind: Mapped[EntryKind] = mapped_column(String(16))
    entry: Mapped[str] = mapped_column(String(64))
    field: Mapped[str] = mapped_column(String(32))
    before: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    after: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    locator: Mapped[str] = mapped_column(String(LONGEST_LOCATOR))
    because: Mapped[str] = mapped_column(Text)
    edition: Mapped[str] = mapped_column(String(80))
    status: Mapped[Status] = mapped_column(String(16))
    proposer: Mapped[str] = mapped_column(String(32))
    proposed_by: Mapped[str] = mapped_column(String(200))
    proposed_at: Mapped[datetime] = mapped_column(Moment)
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    note: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int]


def may_propose(by: Caller, kind: EntryKind, slug: str, catalogue: Catalogue) -> bool:
    """Whether an entry is the caller's own: an agency's country, a partner's channel and its instruments."""
    if by.role in ("administrator", "broker"):
        return True
    if kind == "country":
        return by.role == "agency" and by.country == slug
    channel = slug if kind == "channel" else catalogue.instruments[slug].channel
    return by.channel is not None and by.channel == channel


def check_may_propose(by: Caller, kind: EntryKind, slug: str, catalogue: Catalogue) -> None:
    """Refuse who may not.

    Raises:
        Forbidden: saying whose entry it is.
    """
    if not may_propose(by, kind, slug, catalogue):
        own = by.country or by.channel
        whose = f"You correct your own entry, {own}, " if own else "This key has no entry of its own "
        raise Forbidden(f"{whose}and not the {kind} {slug}.")


def propose(
    session: Session,
    correction: Correction,
    *,
    because: str,
    catalogue: Catalogue,
    by: Caller,
    now: datetime,
) -> Proposal:
    """Keep a correction for an editor to decide on.

    Raises:
        Forbidden: for an entry that is not the caller's own.
        Conflict: when the same change is waiting already.
    """
    check_may_propose(by, correction.entry_kind, correction.entry, catalogue)
    same = select(_Row).where(
        _Row.status == "proposed",
        _Row.entry_kind == correction.entry_kind,
        _Row.entry == correction.entry,
        _Row.field == correction.field,
    )
    for other in session.scalars(same):
        if (other.before, other.after) == (correction.before, correction.after):
            raise Conflict(f"The same correction is waiting already: {other.id}.", id=other.id)
    row = _Row(
        id=secrets.token_hex(10),
        entry_kind=correction.entry_kind,
        entry=correction.entry,
        field=correction.field,
        before=correction.before,
        after=correction.after,
        document=correction.source.document.model_dump(mode="json"),
        locator=correction.source.locator,
        because=because,
        edition=catalogue.edition,
        status="proposed",
        proposer=by.id,
        proposed_by=by.name,
        proposed_at=now,
        version=1,
    )
    session.add(row)
    session.flush()
    return _proposal(row)


def decide(
    session: Session,
    id: str,
    decision: Decision,
    *,
    note: str | None,
    catalogue: Catalogue,
    if_version: int,
    by: Caller,
    now: datetime,
) -> Proposal:
    """Accept or refuse a correction, once.

    Raises:
        NotFound, Forbidden, Stale: as for every change; only an administrator is an editor.
        Conflict: when it is decided already, or does not go with the edition any more.
    """
    row = session.get(_Row, id, with_for_update=True, populate_existing=True)
    if row is None or not _sees(by, row):
        raise _missing(id)
    if by.role != "administrator":
        raise Forbidden("An editor decides on corrections: a key of the role administrator.")
    if row.status != "proposed":
        raise Conflict(
            f"This correction was {row.status} by {row.decided_by} already.",
            status_now=row.status,
            by=row.decided_by,
            at=row.decided_at,
        )
    if row.version != if_version:
        raise Stale(f"This correction has version {row.version} by now.", version=row.version)
    if decision == "accepted":
        try:
            applied(catalogue, _proposal(row).correction)
        except (Outdated, Invalid) as wrong:
            why = wrong.faults[0].detail.rstrip(".") if isinstance(wrong, Invalid) else wrong
            raise Conflict(f"It cannot be accepted: {why}. Refuse it, and propose it anew.") from None
    row.status, row.decided_by, row.decided_at = decision, by.name, now
    row.note, row.version = note, row.version + 1
    session.flush()
    return _proposal(row)


def get(session: Session, id: str, *, by: Caller) -> Proposal:
    """One correction.

    Raises:
        NotFound: also if the caller may not know of it.
    """
    row = session.get(_Row, id)
    if row is None or not _sees(by, row):
        raise _missing(id)
    return _proposal(row)


def listed(
    session: Session, *, status: Status | None, by: Caller, limit: int, cursor: str | None = None
) -> Page[Proposal]:
    """Corrections that the caller may see, the oldest first.

    Raises:
        Invalid: for a cursor that no list gave.
    """
    found = select(_Row).where(_seen_by(by))
    if status:
        found = found.where(_Row.status == status)
    if cursor is not None:
        at, last = place_of(cursor)
        found = found.where(or_(_Row.proposed_at > at, and_(_Row.proposed_at == at, _Row.id > last)))
    rows = session.scalars(found.order_by(_Row.proposed_at, _Row.id).limit(limit + 1)).all()
    last_one = rows[limit - 1] if len(rows) > limit else None
    following = cursor_after(last_one.proposed_at, last_one.id) if last_one else None
    return Page(tuple(_proposal(row) for row in rows[:limit]), following)


def accepted(session: Session) -> Sequence[Proposal]:
    """Every accepted correction, in the order in which they were accepted."""
    rows = select(_Row).where(_Row.status == "accepted").order_by(_Row.decided_at, _Row.id)
    return [_proposal(row) for row in session.scalars(rows)]


def _sees(by: Caller, row: _Row) -> bool:
    """Editors and brokers see all, others their own and those of their entry."""
    if by.role in ("administrator", "broker") or by.id == row.proposer:
        return True
    return (row.entry_kind, row.entry) in (("country", by.country), ("channel", by.channel))


def _seen_by(by: Caller) -> ColumnElement[bool]:
    """`_sees`, as a condition."""
    if by.role in ("administrator", "broker"):
        return true()
    own = [_Row.proposer == by.id]
    own += [
        and_(_Row.entry_kind == kind, _Row.entry == slug)
        for kind, slug in (("country", by.country), ("channel", by.channel))
        if slug
    ]
    return or_(*own)


def _proposal(row: _Row) -> Proposal:
    source = Source(Document.model_validate(row.document), row.locator)
    return Proposal(
        id=row.id,
        correction=Correction(row.entry_kind, row.entry, row.field, row.before, row.after, source),
        because=row.because,
        edition=row.edition,
        status=row.status,
        proposer=row.proposer,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        note=row.note,
        version=row.version,
    )


def _missing(id: str) -> NotFound:
    return NotFound(f"There is no correction {id}, or none that you may see.")
