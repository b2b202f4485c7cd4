"""Weights that were learned from decisions: proposed with what they are worth, adopted by a person.

A weighting never changes once it is kept. Which one is in use is told by the newest adoption, and an
adoption is added, never altered: it can be told which weights were in use on any day. Whatever is decided
under a weighting keeps those numbers, whichever is adopted later.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, Moment
from app.errors import Conflict, Fault, Invalid, NotFound
from app.learning import Lesson
from app.matching.score import VERSION, WEIGHTS, Weights

LONGEST_NAME = 200
LONGEST_NOTE = 2000

PUBLISHED = "published"
"""What the published weights are called where a version is asked for."""


@dataclass(frozen=True, slots=True)
class Weighting:
    """Weights that were proposed, by part: those of an older engine may be of other parts. `figures` are
    those of the lesson they come from."""

    version: str
    engine: str
    weights: Mapping[str, float]
    decisions: int
    digest: str
    simulated: bool
    figures: Mapping[str, Any]
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class Adoption:
    """Since when which weights are in use, and who says so. The published ones can be adopted again."""

    version: str
    adopted_at: datetime
    adopted_by: str
    note: str | None


@dataclass(frozen=True, slots=True)
class InUse:
    """The weights that suggestions are made with. Without an adoption they are the published ones."""

    version: str
    weights: Weights
    adoption: Adoption | None


class _Weighting(Base):
    __tablename__ = "weightings"
    # A number is not given a second time, even if the newest weighting were taken out by hand.
    __table_args__ = ({"sqlite_autoincrement": True},)

    number: Mapped[int] = mapped_column(primary_key=True)
    engine: Mapped[str] = mapped_column(String(32))
    weights: Mapped[dict[str, float]] = mapped_column(JSON)
    decisions: Mapped[int]
    digest: Mapped[str] = mapped_column(String(80))
    simulated: Mapped[bool]
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    proposed_at: Mapped[datetime] = mapped_column(Moment)


class _Adoption(Base):
    __tablename__ = "adoptions"
    __table_args__ = (
        ForeignKeyConstraint(["weighting"], ["weightings.number"]),
        Index("ix_adoptions_engine", "engine", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    engine: Mapped[str] = mapped_column(String(32))
    weighting: Mapped[int | None]
    """None for the published weights of the engine."""
    adopted_at: Mapped[datetime] = mapped_column(Moment)
    adopted_by: Mapped[str] = mapped_column(String(LONGEST_NAME))
    note: Mapped[str | None] = mapped_column(Text)


def propose(session: Session, lesson: Lesson, *, evaluation: Mapping[str, Any], now: datetime) -> Weighting:
    """Keep what was learned under a new version, with what both weights are worth on the evaluation set.

    The same weights from the same decisions are kept once.

    Raises:
        Conflict: when the decisions left the weights as they are: there is nothing to adopt.
    """
    if lesson.after == lesson.before:
        raise Conflict("The decisions give no reason to change the weights; nothing is proposed.")
    weights = asdict(lesson.after)
    same = select(_Weighting).where(_Weighting.engine == VERSION, _Weighting.digest == lesson.digest)
    for known in session.scalars(same):
        if known.weights == weights:
            return _weighting(known)
    row = _Weighting(
        engine=VERSION,
        weights=weights,
        decisions=lesson.decisions,
        digest=lesson.digest,
        simulated=lesson.simulated,
        figures=lesson.figures() | {"evaluation": dict(evaluation)},
        proposed_at=now,
    )
    session.add(row)
    session.flush()
    return _weighting(row)


def adopt(session: Session, version: str, *, by: str, note: str | None = None, now: datetime) -> Adoption:
    """Put weights in use from now on, in the name of a person; PUBLISHED goes back to the published ones.

    Raises:
        Invalid: for a name that is no name, or a note that is too long.
        NotFound: if there is no such version.
        Conflict: for weights that are in use already, that no broker's decisions stand behind, or that
            were learned for another engine.
    """
    faults = []
    if not by.strip() or len(by) > LONGEST_NAME or not by.isprintable():
        faults.append(
            Fault("/by", f"Who adopts weights has a name of 1 to {LONGEST_NAME} readable characters.")
        )
    if note is not None and len(note) > LONGEST_NOTE:
        faults.append(Fault("/note", f"A note has {LONGEST_NOTE} characters at most."))
    if faults:
        raise Invalid(faults)
    row = None if version in (PUBLISHED, VERSION) else _row(session, version)
    if row is not None and row.simulated:
        raise Conflict(f"{version} was learned from a simulated history; it is to look at, not to use.")
    if row is not None and row.engine != VERSION:
        raise Conflict(f"{version} was learned for engine {row.engine}, and this is {VERSION}. Learn anew.")
    number = row.number if row else None
    newest = _newest(session)
    if (newest.weighting if newest else None) == number:
        raise Conflict(f"{_version(VERSION, number)} is in use already.")
    adoption = _Adoption(
        engine=VERSION, weighting=number, adopted_at=now, adopted_by=by.strip(), note=note or None
    )
    session.add(adoption)
    session.flush()
    return _adoption(adoption)


def in_use(session: Session) -> InUse:
    """The weights of the newest adoption for this engine, or else the published ones.

    An adoption does not outlive its engine: in another, the same weights mean something that nobody
    has measured.
    """
    newest = _newest(session)
    if newest is None:
        return InUse(VERSION, WEIGHTS, None)
    row = session.get(_Weighting, newest.weighting) if newest.weighting is not None else None
    weights = Weights(**row.weights) if row else WEIGHTS
    return InUse(_version(VERSION, newest.weighting), weights, _adoption(newest))


def get(session: Session, version: str) -> Weighting:
    """One weighting.

    Raises:
        NotFound: if there is no such version.
    """
    return _weighting(_row(session, version))


def listed(session: Session) -> list[Weighting]:
    """Every weighting, the oldest first."""
    return [_weighting(row) for row in session.scalars(select(_Weighting).order_by(_Weighting.number))]


def adoptions(session: Session) -> list[Adoption]:
    """Every adoption, the oldest first."""
    return [_adoption(row) for row in session.scalars(select(_Adoption).order_by(_Adoption.number))]


def _row(session: Session, version: str) -> _Weighting:
    _, _, number = version.rpartition("+w")
    row = session.get(_Weighting, int(number)) if number.isdecimal() and len(number) < 10 else None
    if row is None or _version(row.engine, row.number) != version:
        raise NotFound(f"There are no weights {version}; see: puente weights list.")
    return row


def _newest(session: Session) -> _Adoption | None:
    """The newest adoption for this engine."""
    own = select(_Adoption).where(_Adoption.engine == VERSION)
    return session.scalar(own.order_by(_Adoption.number.desc()).limit(1))


def _version(engine: str, number: int | None) -> str:
    return engine if number is None else f"{engine}+w{number}"


def _weighting(row: _Weighting) -> Weighting:
    return Weighting(
        version=_version(row.engine, row.number),
        engine=row.engine,
        weights=row.weights,
        decisions=row.decisions,
        digest=row.digest,
        simulated=row.simulated,
        figures=row.figures,
        proposed_at=row.proposed_at,
    )


def _adoption(row: _Adoption) -> Adoption:
    return Adoption(_version(row.engine, row.weighting), row.adopted_at, row.adopted_by, row.note)
