"""Looking at cases: one, a list, its history, and what earlier decisions mean for matching."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from app.accounts import Caller
from app.analysis import Course
from app.brokering.clock import Pace
from app.brokering.frozen import Frozen, unpacked, values
from app.brokering.steps import CARRIED, ENDS, OPEN, Party, State, WaitingOn, open_steps
from app.cases.tables import Case, CaseRow, Event, EventRow, FrozenRow, ParkRow
from app.cursor import Page, cursor_after, place_of
from app.errors import NotFound
from app.learning import Decision
from app.matching.posting import Posting
from app.matching.standing import Park, Standing


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; None means any. `country` is on either side."""

    state: State | None = None
    country: str | None = None
    waiting_on: WaitingOn | None = None
    stalled: bool | None = None
    request: str | None = None
    offer: str | None = None
    open: bool | None = None
    broker: str | None = None
    acting: str | None = None
    """A country that must act next."""
    watching: str | None = None
    """A country that waits until somebody else has acted."""


def party_of(by: Caller, case: Case) -> Party | None:
    """Whose part a caller takes in a case; None for somebody who has none."""
    if by.role in ("administrator", "broker"):
        return "broker"
    if by.role == "agency" and by.country == case.offer.country:
        return "provider"
    return "receiver" if by.role == "agency" and by.country == case.request.country else None


def seen_by(by: Caller) -> ColumnElement[bool]:
    """Brokers see all; a country its own once it was proposed to it, so that what is only being considered
    hurts nobody; a channel's portal what is proposed to be carried by it."""
    if by.role in ("administrator", "broker"):
        return true()
    told = CaseRow.proposed_at.is_not(None)
    if by.role == "agency":
        return and_(told, or_(CaseRow.provider == by.country, CaseRow.receiver == by.country))
    return and_(told, CaseRow.channel == by.channel) if by.channel else false()


def get(session: Session, id: str, *, by: Caller) -> Case:
    """One case.

    Raises:
        NotFound: also if the caller may not know of it.
    """
    return row_of(session, id, by).value()


def row_of(session: Session, id: str, by: Caller) -> CaseRow:
    row = session.scalar(
        select(CaseRow).where(CaseRow.id == id, seen_by(by)).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(f"There is no case {id}, or none that you may see.")
    return row


def whereabouts(case: Case) -> dict[str, Any]:
    """Where a case is, who brought it there and when, and what is open: for who came too late."""
    return {
        "state": case.state,
        "by": case.updated_by,
        "at": case.updated_at.isoformat(),
        "open": [{"action": one.action, "by": list(one.by)} for one in open_steps(case.state, case.answers)],
    }


def frozen_of(session: Session, id: str) -> Frozen:
    """What a case rests on; for whoever may see the case."""
    return unpacked(session.scalars(select(FrozenRow.content).where(FrozenRow.case == id)).one())


def history(session: Session, id: str, *, by: Caller) -> list[Event]:
    """Everything that was done and said, the oldest first. A side sees what came since it was told."""
    get(session, id, by=by)
    found = select(EventRow).where(EventRow.case == id)
    if by.role not in ("administrator", "broker"):
        told = select(func.min(EventRow.number)).where(EventRow.case == id, EventRow.entry == "propose")
        found = found.where(EventRow.number >= told.scalar_subquery())
    return [row.value() for row in session.scalars(found.order_by(EventRow.number))]


def listed(
    session: Session,
    wanted: Wanted,
    *,
    by: Caller,
    limit: int,
    cursor: str | None = None,
    paces: Mapping[State, Pace],
    now: datetime,
) -> Page[Case]:
    """Cases that the caller may see, in the order in which they were made.

    Raises:
        Invalid: for a cursor that no list gave.
    """
    found = select(CaseRow).where(seen_by(by), *_conditions(wanted, paces, now))
    if cursor is not None:
        made, last = place_of(cursor)
        found = found.where(
            or_(CaseRow.created_at > made, and_(CaseRow.created_at == made, CaseRow.id > last))
        )
    rows = session.scalars(found.order_by(CaseRow.created_at, CaseRow.id).limit(limit + 1)).all()
    more = len(rows) > limit
    following = cursor_after(rows[limit - 1].created_at, rows[limit - 1].id) if more else None
    return Page(tuple(row.value() for row in rows[:limit]), following)


def queue(
    session: Session,
    wanted: Wanted,
    *,
    by: Caller,
    limit: int,
    after: tuple[datetime, str] | None = None,
    newest: bool = False,
    paces: Mapping[State, Pace],
    now: datetime,
) -> list[Case]:
    """The same as a desk wants them: who has waited longest comes first, or last if the `newest` are wanted
    first. `after` is the last one's place."""
    found = select(CaseRow).where(seen_by(by), *_conditions(wanted, paces, now))
    if after is not None:
        since, last = after
        beyond = CaseRow.since < since if newest else CaseRow.since > since
        found = found.where(or_(beyond, and_(CaseRow.since == since, CaseRow.id > last)))
    order = CaseRow.since.desc() if newest else CaseRow.since
    rows = session.scalars(found.order_by(order, CaseRow.id).limit(limit))
    return [row.value() for row in rows]


def how_many(
    session: Session, wanted: Wanted, *, by: Caller, paces: Mapping[State, Pace], now: datetime
) -> int:
    """How many cases a list would hold."""
    found = select(func.count()).select_from(CaseRow).where(seen_by(by), *_conditions(wanted, paces, now))
    return session.scalar(found) or 0


def in_hand(session: Session) -> set[str]:
    """The requests that have an open case."""
    return set(session.scalars(select(CaseRow.request).where(CaseRow.state.in_(OPEN)).distinct()))


def named(session: Session, ids: Iterable[str], *, by: Caller) -> dict[str, Case]:
    """Those of some cases that the caller may see, by id."""
    rows = session.scalars(select(CaseRow).where(CaseRow.id.in_(list(ids)), seen_by(by)))
    return {row.id: row.value() for row in rows}


def counts(session: Session, *, by: Caller) -> dict[tuple[State, WaitingOn], int]:
    """How many cases stand in each state, by who must act."""
    found = (
        select(CaseRow.state, CaseRow.waiting_on, func.count())
        .where(seen_by(by))
        .group_by(CaseRow.state, CaseRow.waiting_on)
    )
    return {(state, waiting): count for state, waiting, count in session.execute(found)}


def of_request(session: Session, request: str, *, by: Caller) -> list[Case]:
    """All cases of a request, the newest first."""
    found = select(CaseRow).where(CaseRow.request == request, seen_by(by))
    return [row.value() for row in session.scalars(found.order_by(CaseRow.created_at.desc(), CaseRow.id))]


def waits_for_long(paces: Mapping[State, Pace], now: datetime) -> ColumnElement[bool]:
    """Whether a case has waited for as long as its first reminder."""
    return or_(
        *(
            and_(CaseRow.state == state, CaseRow.since <= now - timedelta(days=pace.reminder))
            for state, pace in paces.items()
        )
    )


def _conditions(wanted: Wanted, paces: Mapping[State, Pace], now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state:
        found.append(CaseRow.state == wanted.state)
    if wanted.open is not None:
        found.append(CaseRow.state.in_(OPEN if wanted.open else ENDS))
    if wanted.country:
        found.append(or_(CaseRow.provider == wanted.country, CaseRow.receiver == wanted.country))
    if wanted.waiting_on in ("provider", "receiver"):
        # Who waits on both waits on each.
        found.append(CaseRow.waiting_on.in_((wanted.waiting_on, "both")))
    elif wanted.waiting_on:
        found.append(CaseRow.waiting_on == wanted.waiting_on)
    for column, value in (
        (CaseRow.request, wanted.request),
        (CaseRow.offer, wanted.offer),
        (CaseRow.broker, wanted.broker),
    ):
        if value:
            found.append(column == value)
    if wanted.acting:
        found.append(_must_act(wanted.acting))
    if wanted.watching:
        found += [CaseRow.state.in_(OPEN), ~_must_act(wanted.watching)]
    if wanted.stalled is not None:
        late = waits_for_long(paces, now)
        found.append(late if wanted.stalled else ~late)
    return found


def _must_act(country: str) -> ColumnElement[bool]:
    return or_(
        and_(CaseRow.provider == country, CaseRow.waiting_on.in_(("provider", "both"))),
        and_(CaseRow.receiver == country, CaseRow.waiting_on.in_(("receiver", "both"))),
    )


# What earlier decisions mean for matching


def standing(session: Session, posting: Posting, *, today: date) -> Standing:
    """The refusals in effect and the exchanges under way that may concern a posting's partners."""
    return standings(session, (posting,), today=today)[posting.id]


def standings(session: Session, about: Sequence[Posting], *, today: date) -> dict[str, Standing]:
    """The same for some postings of a kind, by their ids, in one look."""
    ids, countries = [one.id for one in about], {one.country for one in about}
    requests = all(one.kind == "request" for one in about)
    own = (
        (ParkRow.request.in_(ids), ParkRow.receiver.in_(countries))
        if requests
        else (ParkRow.offer.in_(ids), ParkRow.provider.in_(countries))
    )
    rows = session.scalars(
        select(ParkRow)
        .where(ParkRow.until >= today, ParkRow.lifted_at.is_(None), or_(ParkRow.kind == "capacity", *own))
        .order_by(ParkRow.number)
    )
    parks = [row.value() for row in rows]
    carried = select(CaseRow.offer, func.count()).where(CaseRow.state.in_(CARRIED)).group_by(CaseRow.offer)
    taken: dict[str, int] = dict(session.execute(carried).all())

    def concerns(park: Park, one: Posting) -> bool:
        if park.kind == "capacity":
            return True
        if requests:
            return park.request == one.id or park.receiver == one.country
        return park.offer == one.id or park.provider == one.country

    return {one.id: Standing(tuple(park for park in parks if concerns(park, one)), taken) for one in about}


def parks_of(session: Session, case: str) -> list[tuple[Park, bool]]:
    """What the refusals of a case put in effect, each with whether that was lifted."""
    rows = session.scalars(select(ParkRow).where(ParkRow.case == case).order_by(ParkRow.number))
    return [(row.value(), row.lifted_at is not None) for row in rows]


def decisions(session: Session) -> Iterator[Decision]:
    """What brokers decided of suggestions, to learn from: the first thing that one did with each, the oldest
    case first. A refusal by a side says nothing of what the broker would have liked."""
    first = (
        select(EventRow.case, func.min(EventRow.number).label("number"))
        .where(
            EventRow.party == "broker",
            EventRow.entry.in_(("shortlist", "propose", "decline")),
            EventRow.before.in_(("suggested", "shortlisted")),
        )
        .group_by(EventRow.case)
        .subquery()
    )
    rows = session.execute(
        select(CaseRow.id, EventRow.entry, EventRow.at)
        .join(first, first.c.case == CaseRow.id)
        .join(EventRow, and_(EventRow.case == CaseRow.id, EventRow.number == first.c.number))
        .order_by(CaseRow.created_at, CaseRow.id)
    )
    for case, entry, at in rows.all():
        frozen = frozen_of(session, case)
        found = frozen.suggestion
        taken = entry != "decline"
        yield Decision(
            found.request.id,
            found.offer.id,
            "taken" if taken else "refused",
            at,
            values(found),
            tuple(one.parts for one in frozen.shown_with if taken and one.offer != found.offer.id),
        )


def courses(session: Session) -> list[Course]:
    """How every case went, for counting: no title, no name and no word of what was said."""
    steps: dict[str, list[tuple[str, datetime]]] = {}
    entered = select(EventRow.case, EventRow.before, EventRow.after, EventRow.at)
    for case, before, after, at in session.execute(entered.order_by(EventRow.case, EventRow.number)):
        if before != after:
            steps.setdefault(case, []).append((after, at))
    return [
        Course(
            row.id,
            row.provider,
            row.receiver,
            tuple(row.sectors),
            row.channel,
            row.state,
            tuple(steps.get(row.id, ())),
            row.refusal,
            row.outcome,
        )
        for row in session.scalars(select(CaseRow).order_by(CaseRow.created_at, CaseRow.id))
    ]
