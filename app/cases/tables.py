"""The tables of cases, and the values that leave them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    Double,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.brokering.steps import (
    PUBLIC,
    Action,
    Answer,
    Answers,
    Party,
    PublicState,
    Side,
    State,
    WaitingOn,
)
from app.db import Base, Moment
from app.matching.standing import Park, ParkKind

LONGEST_NOTE = 4000
"""Characters of a reason, a note or a comment."""

_IS_OPEN = "state IN ('suggested', 'shortlisted', 'proposed', 'agreed', 'under_way')"

Entry = Action | Literal["take_up", "comment", "hold", "free", "reminder", "escalation", "posting_gone"]
"""What a line of the history tells of."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a case says of one of its postings, as it was when the case was made."""

    id: str
    title: str
    language: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A suggestion that a broker took up. `since` is when it began to wait on whoever must act next.

    `rank` is the offer's place in the request's list then, None if a gate kept it out or it stood too low;
    `held_by` is the case that takes the place which this one would need; `stage` counts what the clock has
    done since: 1 reminded, 2 escalated, 3 lapsed.
    """

    id: str
    request: Brief
    offer: Brief
    sectors: tuple[str, ...]
    channel: str | None
    instrument: str | None
    state: State
    answers: Answers
    held_by: str | None
    waiting_on: WaitingOn
    since: datetime
    stage: int
    broker: str
    broker_name: str
    why: str | None
    rank: int | None
    score: float
    refusal: str | None
    outcome: Mapping[str, Any] | None
    proposed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    updated_by: str
    version: int
    kind: Literal["case"] = "case"

    @property
    def status(self) -> str:
        """What it is called where things are known by version and status."""
        return self.state

    @property
    def public_state(self) -> PublicState:
        return PUBLIC[self.state]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a case's history, never changed. `party` is whose part the actor took."""

    number: int
    at: datetime
    by: str
    by_name: str
    party: Party
    entry: Entry
    before: State | None
    after: State
    side: Side | None
    reason: str | None
    note: str | None
    facts: Mapping[str, Any]


class CaseRow(Base):
    __tablename__ = "cases"
    __table_args__ = (
        Index(
            "ix_cases_open_pair",
            "request",
            "offer",
            unique=True,
            sqlite_where=text(_IS_OPEN),
            postgresql_where=text(_IS_OPEN),
        ),
        Index("ix_cases_state_since", "state", "since"),
        Index("ix_cases_offer_state", "offer", "state"),
        Index("ix_cases_created_at", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    request_title: Mapped[str] = mapped_column(String(200))
    request_language: Mapped[str] = mapped_column(String(2))
    receiver: Mapped[str] = mapped_column(String(3), index=True)
    offer: Mapped[str] = mapped_column(String(64))
    offer_title: Mapped[str] = mapped_column(String(200))
    offer_language: Mapped[str] = mapped_column(String(2))
    provider: Mapped[str] = mapped_column(String(3), index=True)
    sectors: Mapped[list[str]] = mapped_column(JSON)
    channel: Mapped[str | None] = mapped_column(String(32))
    instrument: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[State] = mapped_column(String(16))
    provider_answer: Mapped[Answer | None] = mapped_column(String(16))
    receiver_answer: Mapped[Answer | None] = mapped_column(String(16))
    held_by: Mapped[str | None] = mapped_column(String(32))
    waiting_on: Mapped[WaitingOn] = mapped_column(String(16))
    since: Mapped[datetime] = mapped_column(Moment)
    stage: Mapped[int]
    stage_at: Mapped[datetime | None] = mapped_column(Moment)
    broker: Mapped[str] = mapped_column(String(32), index=True)
    broker_name: Mapped[str] = mapped_column(String(200))
    why: Mapped[str | None] = mapped_column(Text)
    rank: Mapped[int | None]
    score: Mapped[float] = mapped_column(Double)
    refusal: Mapped[str | None] = mapped_column(String(32))
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    proposed_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    updated_by: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]
    change: Mapped[int] = mapped_column(BigInteger, unique=True)

    @property
    def answers(self) -> Answers:
        return Answers(self.provider_answer, self.receiver_answer)

    @answers.setter
    def answers(self, answers: Answers) -> None:
        self.provider_answer, self.receiver_answer = answers.provider, answers.receiver

    def value(self) -> Case:
        return Case(
            id=self.id,
            request=Brief(self.request, self.request_title, self.request_language, self.receiver),
            offer=Brief(self.offer, self.offer_title, self.offer_language, self.provider),
            sectors=tuple(self.sectors),
            channel=self.channel,
            instrument=self.instrument,
            state=self.state,
            answers=self.answers,
            held_by=self.held_by,
            waiting_on=self.waiting_on,
            since=self.since,
            stage=self.stage,
            broker=self.broker,
            broker_name=self.broker_name,
            why=self.why,
            rank=self.rank,
            score=self.score,
            refusal=self.refusal,
            outcome=self.outcome,
            proposed_at=self.proposed_at,
            created_at=self.created_at,
            updated_at=self.updated_at,
            updated_by=self.updated_by,
            version=self.version,
        )


class FrozenRow(Base):
    """What a case rests on, see `app.brokering.frozen`: read for one case at a time."""

    __tablename__ = "case_frozen"
    __table_args__ = (ForeignKeyConstraint(["case"], ["cases.id"], ondelete="CASCADE"),)

    case: Mapped[str] = mapped_column(String(32), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class EventRow(Base):
    __tablename__ = "case_events"
    __table_args__ = (
        ForeignKeyConstraint(["case"], ["cases.id"], ondelete="CASCADE"),
        Index("ix_case_events_at", "at"),
    )

    case: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(String(32))
    by_name: Mapped[str] = mapped_column(String(200))
    party: Mapped[Party] = mapped_column(String(16))
    entry: Mapped[Entry] = mapped_column(String(16))
    before: Mapped[State | None] = mapped_column(String(16))
    after: Mapped[State] = mapped_column(String(16))
    side: Mapped[Side | None] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    note: Mapped[str | None] = mapped_column(Text)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)

    def value(self) -> Event:
        return Event(
            self.number,
            self.at,
            self.by,
            self.by_name,
            self.party,
            self.entry,
            self.before,
            self.after,
            self.side,
            self.reason,
            self.note,
            self.facts,
        )


class ParkRow(Base):
    """What a refusal keeps apart until a day, unless its case is opened again."""

    __tablename__ = "parks"
    __table_args__ = (
        ForeignKeyConstraint(["case"], ["cases.id"], ondelete="CASCADE"),
        Index("ix_parks_request", "request", "until"),
        Index("ix_parks_offer", "offer", "until"),
        Index("ix_parks_countries", "receiver", "provider", "until"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    case: Mapped[str] = mapped_column(String(32), index=True)
    kind: Mapped[ParkKind] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(32))
    until: Mapped[date] = mapped_column(Date)
    request: Mapped[str | None] = mapped_column(String(64))
    offer: Mapped[str | None] = mapped_column(String(64))
    receiver: Mapped[str | None] = mapped_column(String(3))
    provider: Mapped[str | None] = mapped_column(String(3))
    sector: Mapped[str | None] = mapped_column(String(64))
    lifted_at: Mapped[datetime | None] = mapped_column(Moment)

    def value(self) -> Park:
        return Park(
            self.kind,
            self.reason,
            self.until,
            self.case,
            self.request,
            self.offer,
            self.receiver,
            self.provider,
            self.sector,
        )
