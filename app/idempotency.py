"""Answers that were given to POSTs with a key of the caller's choosing, so that a retry does it once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import JSON, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.accounts import Caller
from app.db import Base, Moment
from app.errors import Fault, Invalid

KEPT = timedelta(hours=24)
"""How long an answer is remembered."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Answer(Base):
    __tablename__ = "idempotent_answers"

    caller: Mapped[str] = mapped_column(String(32), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Moment, index=True)


def recall(session: Session, by: Caller, key: str, digest: str, *, now: datetime) -> Answer | None:
    """The answer that this caller's key had in the last 24 hours, None if it is new or forgotten.

    Raises:
        Invalid: if the key came with another body then.
    """
    own = (_Answer.caller == by.id, _Answer.key == key)
    # Old rows are deleted when another answer is kept, which may be long after their time.
    row = session.scalar(select(_Answer).where(*own, _Answer.created_at >= now - KEPT))
    if row is None:
        return None
    if row.digest != digest:
        raise Invalid([Fault("/header/Idempotency-Key", "This key came with another body before.")])
    return Answer(row.status, row.headers, row.body)


def remember(
    session: Session,
    by: Caller,
    key: str,
    digest: str,
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> None:
    """Keep an answer, in the transaction that it tells of; answers past their time are forgotten."""
    session.execute(delete(_Answer).where(_Answer.created_at < now - KEPT))
    session.add(
        _Answer(
            caller=by.id,
            key=key,
            digest=digest,
            status=status,
            headers=dict(headers),
            body=body,
            created_at=now,
        )
    )
    session.flush()
