"""What is decided in a case: taken up, stepped on, talked about. Each verb takes the next number of the
register of changes first, so that of two who decide at once the second sees what the first did."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app import postings
from app.accounts import Caller
from app.brokering.frozen import Frozen, packed
from app.brokering.refusals import REASONS, last_day, parks
from app.brokering.steps import (
    CARRIED,
    OPEN,
    Action,
    Answers,
    Party,
    Side,
    State,
    open_steps,
    step,
    waiting_on,
)
from app.cases import telling
from app.cases.reading import frozen_of, party_of, row_of, standing, whereabouts
from app.cases.tables import Case, CaseRow, Entry, Event, EventRow, FrozenRow, ParkRow
from app.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Stale
from app.matching.explain import about_sectors
from app.matching.posting import Asker, Posting

CLOCK = Caller("clock", "Puente", "administrator")
"""Who closes what nobody tended."""


@dataclass(frozen=True, slots=True)
class Said:
    """What comes with a step: for which side, why, in which words; the outcome of an exchange."""

    side: Side | None = None
    reason: str | None = None
    note: str | None = None
    outcome: Mapping[str, Any] | None = None


NOTHING_SAID = Said()


def take_up(
    session: Session,
    frozen: Frozen,
    *,
    channel: str | None = None,
    instrument: str | None = None,
    why: str | None = None,
    by: Caller,
    now: datetime,
) -> Case:
    """Make a case of a suggestion; what it rests on is kept as it was shown.

    `why` is the broker's reason to take one that was not suggested, or that stood lower down.

    Raises:
        Forbidden: for anybody but a broker.
        Conflict: when the pair has an open case, cannot meet, or is kept out and no reason is given.
    """
    if by.role not in ("administrator", "broker"):
        raise Forbidden("A broker takes suggestions up; an agency can express its interest.")
    change = postings.next_change(session)
    found = frozen.suggestion
    request, offer = found.request, found.offer
    _may_become_a_case(session, frozen, why)
    row = CaseRow(
        id=secrets.token_hex(8),
        request=request.id,
        request_title=request.title,
        request_language=request.language,
        receiver=request.country,
        offer=offer.id,
        offer_title=offer.title,
        offer_language=offer.language,
        provider=offer.country,
        sectors=list(about_sectors(request, offer)),
        channel=channel,
        instrument=instrument,
        state="suggested",
        waiting_on="broker",
        since=now,
        stage=0,
        broker=by.id,
        broker_name=by.name,
        why=why,
        rank=frozen.rank,
        score=found.score,
        created_at=now,
        updated_at=now,
        updated_by=by.name,
        version=1,
        change=change,
    )
    session.add(row)
    session.flush()
    session.add(FrozenRow(case=row.id, content=packed(frozen)))
    write_down(session, row, "take_up", by=by, party="broker", before=None, note=why, now=now)
    weigh_places(session, row, now=now)
    return row.value()


def _may_become_a_case(session: Session, frozen: Frozen, why: str | None) -> None:
    _has_no_case(session, frozen.suggestion.request.id, frozen.suggestion.offer.id)
    shut = [gate.name for gate in frozen.suggestion.gates if gate.answer == "not_met"]
    if "different_country" in shut:
        raise Conflict("A country does not exchange with itself.", gates=shut)
    if "open" in shut:
        raise Conflict("One of the two postings is not open any more; renew or publish it first.", gates=shut)
    if shut and not (why or "").strip():
        raise Conflict(
            "A gate keeps this pair out of the suggestions; to take it up all the same, give a reason.",
            gates=shut,
        )


def _has_no_case(session: Session, request: str, offer: str) -> None:
    there = session.execute(
        select(CaseRow.id, CaseRow.state).where(
            CaseRow.request == request, CaseRow.offer == offer, CaseRow.state.in_(OPEN)
        )
    ).first()
    if there is not None:
        raise Conflict(f"This pair has a case already, {there.id}; it is {there.state}.", case=there.id)


def act(
    session: Session,
    id: str,
    action: Action,
    said: Said = NOTHING_SAID,
    *,
    if_version: int,
    by: Caller,
    now: datetime,
) -> Case:
    """Take one step of the table, once; write it down and tell whom it concerns.

    Raises:
        NotFound, Stale: as for every change; `by` and `at` tell who was faster.
        Forbidden: for a step that is not this caller's, or in the name of the other side.
        Conflict: for a step that is not open; `open` tells which are, and to whom.
        Invalid: for a refusal without a reason that is known, an acceptance without its side.
    """
    change = postings.next_change(session)
    row = row_of(session, id, by)
    party = _checked(row, action, said, if_version=if_version, by=by)
    before = row.state
    side = said.side or (party if party in ("provider", "receiver") else None)
    taken = step(row.state, action)
    assert taken is not None  # noqa: S101  # `_checked` looked it up
    if action == "reopen":
        _has_no_case(session, row.request, row.offer)
    row.change = change
    row.state = taken.to
    match action:
        case "accept":
            assert side is not None  # noqa: S101  # `_checked` demands it
            row.answers = row.answers.with_(side, "accepted")
            if row.answers.missing:
                row.state = before
            else:
                _has_a_place(session, row, now)
        case "propose":
            row.answers, row.proposed_at = Answers(), now
        case "decline":
            if side is not None:
                row.answers = row.answers.with_(side, "declined")
            row.refusal = said.reason
        case "complete":
            row.outcome = dict(said.outcome or {})
        case "reopen":
            row.answers, row.refusal = (row.answers, None) if before == "completed" else (Answers(), None)
            _lift(session, row, now)
    moved_on(row, by=by, now=now)
    event = write_down(
        session,
        row,
        action,
        by=by,
        party=party,
        before=before,
        side=side,
        reason=said.reason,
        note=said.note,
        facts={"outcome": dict(said.outcome)} if said.outcome else {},
        now=now,
    )
    if action == "decline":
        _park(session, row, now)
    if action == "complete":
        postings.fulfil(session, row.request, outcome=str((said.outcome or {})["summary"]), now=now)
    if {before, row.state} & {*CARRIED} or action in ("decline", "reopen"):
        weigh_places(session, row, now=now)
    why = telling.reasons_in_words(frozen_of(session, row.id)) if action == "propose" else None
    telling.tell(session, row, event, why=why, now=now)
    session.flush()
    return row.value()


def comment(session: Session, id: str, text: str, *, by: Caller, now: datetime) -> Case:
    """Say something in a case; it changes nothing of its state, and nobody's waiting.

    Raises:
        NotFound: as for every change.
        Forbidden: for somebody who has no part in it.
    """
    change = postings.next_change(session)
    row = row_of(session, id, by)
    party = party_of(by, row.value())
    if party is None:
        raise Forbidden("You may read this case; its broker and its two sides talk in it.")
    row.change = change
    event = write_down(session, row, "comment", by=by, party=party, before=row.state, note=text, now=now)
    telling.tell(session, row, event, now=now)
    session.flush()
    return row.value()


def _checked(row: CaseRow, action: Action, said: Said, *, if_version: int, by: Caller) -> Party:
    """Whose part the caller takes with this step."""
    party = party_of(by, row.value())
    if party is None:
        raise Forbidden("You may read this case; its broker and its two sides decide on it.")
    able = [one for one in open_steps(row.state, row.answers) if one.action == action]
    if row.version != if_version or not able:
        facts = whereabouts(row.value())
        told = f"{row.updated_by} changed this case on {row.updated_at:%Y-%m-%d at %H:%M} UTC"
        if row.version != if_version:
            raise Stale(f"{told}; it is {row.state} now.", version=row.version, **facts)
        raise Conflict(f"A case that is {row.state} cannot be {_DONE[action]}: {_told(row)}", **facts)
    if party not in able[0].by:
        if action == "accept" and party in ("provider", "receiver"):
            raise Conflict(f"The {party} has accepted already.", state=row.state, by=row.updated_by)
        raise Forbidden(f"This step is for the {' or the '.join(able[0].by)}.")
    if said.side is not None and party != "broker" and said.side != party:
        raise Forbidden(f"You speak for the {party} of this case, not for the {said.side}.")
    if action == "accept":
        side = said.side or party
        if side == "broker":
            raise Invalid([Fault("/side", "Say for which side: provider or receiver.")])
        if side not in row.answers.missing:
            raise Conflict(f"The {side} has accepted already.", state=row.state, by=row.updated_by)
    if action in ("accept", "propose") and row.held_by is not None:
        raise Conflict(
            f"The place for this exchange is taken by case {row.held_by}. It is free again when that one "
            "ends, or when the provider states a greater capacity.",
            held_by=row.held_by,
        )
    if action == "decline":
        _reason_known(said)
    return party


_DONE: Mapping[Action, str] = {
    "shortlist": "shortlisted",
    "put_back": "put back",
    "propose": "proposed",
    "accept": "accepted",
    "decline": "declined",
    "start": "started",
    "complete": "completed",
    "close": "closed",
    "lapse": "lapsed",
    "reopen": "reopened",
}


def _told(row: CaseRow) -> str:
    steps = open_steps(row.state, row.answers)
    return "open are " + "; ".join(f"{one.action} ({', '.join(one.by)})" for one in steps) + "."


def _reason_known(said: Said) -> None:
    if said.reason is None:
        raise Invalid([Fault("/reason", "A refusal needs its reason, one of /v1/refusal-reasons.")])
    if said.reason not in REASONS:
        known = ", ".join(REASONS)
        raise Invalid([Fault("/reason", f"“{said.reason[:60]}” is not a reason; the reasons are {known}.")])
    if REASONS[said.reason].wants_note and not (said.note or "").strip():
        raise Invalid([Fault("/note", "This reason needs a note: say in a sentence what it is.")])


def moved_on(row: CaseRow, *, by: Caller, now: datetime) -> None:
    """The next one waits from now, and nobody has been reminded of it."""
    row.waiting_on = waiting_on(row.state, row.answers, held=row.held_by is not None)
    row.since, row.stage, row.stage_at = now, 0, None
    row.updated_at, row.updated_by, row.version = now, by.name, row.version + 1


def write_down(
    session: Session,
    row: CaseRow,
    entry: Entry,
    *,
    by: Caller,
    party: Party,
    before: State | None,
    side: Side | None = None,
    reason: str | None = None,
    note: str | None = None,
    facts: Mapping[str, Any] | None = None,
    now: datetime,
) -> Event:
    """One more line of the history."""
    last = session.scalar(select(func.max(EventRow.number)).where(EventRow.case == row.id)) or 0
    written = EventRow(
        case=row.id,
        number=last + 1,
        at=now,
        by=by.id,
        by_name=by.name,
        party=party,
        entry=entry,
        before=before,
        after=row.state,
        side=side,
        reason=reason,
        note=note,
        facts=dict(facts or {}),
    )
    session.add(written)
    session.flush()
    return written.value()


# Places: what an agreed exchange takes from the others


def _posting(session: Session, kind: str, id: str, now: datetime) -> Posting | None:
    try:
        return postings.get(
            session, "offer" if kind == "offer" else "request", id, asker=Asker("broker"), today=now.date()
        )
    except NotFound:
        return None


def _has_a_place(session: Session, row: CaseRow, now: datetime) -> None:
    """Refuse an agreement for which the offer has no place left.

    Raises:
        Conflict: saying how many it carries.
    """
    offer = _posting(session, "offer", row.offer, now)
    if offer is None:
        return
    session.flush()
    load = standing(session, offer, today=now.date()).load(offer, now.date())
    if load.capacity is not None and load.taken > load.capacity - load.lowered:
        raise Conflict(
            f"The offer carries {load.taken - 1} of {load.capacity} exchanges at a time already; "
            "end one of them, or have the provider state a greater capacity.",
            taken=load.taken - 1,
            capacity=load.capacity,
        )


def weigh_places(session: Session, row: CaseRow, *, now: datetime) -> None:
    """Hold the other candidates for which there is no place now, free those for which there is one again.

    A request is served by one exchange at a time, an offer carries as many as it says. The broker of each
    hears of it.
    """
    session.flush()
    others = session.scalars(
        select(CaseRow)
        .where(
            or_(CaseRow.request == row.request, CaseRow.offer == row.offer),
            CaseRow.state.in_([state for state in OPEN if state not in CARRIED]),
        )
        .order_by(CaseRow.created_at, CaseRow.id)
    ).all()
    for other in others:
        holding = _holder(session, other, now)
        if holding == other.held_by:
            continue
        # It changes too, and whoever asks what came after a number hears of it.
        other.change = postings.next_change(session)
        was, other.held_by = other.held_by, holding
        now_waits = waiting_on(other.state, other.answers, held=holding is not None)
        if now_waits != other.waiting_on:
            other.since, other.stage, other.stage_at = now, 0, None
        other.waiting_on = now_waits
        if was is not None and holding is not None:
            continue
        entry: Entry = "hold" if holding else "free"
        other.version += 1
        other.updated_at, other.updated_by = now, CLOCK.name
        event = write_down(
            session,
            other,
            entry,
            by=CLOCK,
            party="clock",
            before=other.state,
            facts={"because": holding or was},
            now=now,
        )
        telling.tell(session, other, event, to=("broker",), because={"case": holding or was}, now=now)


def _holder(session: Session, row: CaseRow, now: datetime) -> str | None:
    """The case that takes the place which this one would need."""
    carried = select(CaseRow.id).where(CaseRow.state.in_(CARRIED)).order_by(CaseRow.since.desc(), CaseRow.id)
    serving = session.scalar(carried.where(CaseRow.request == row.request).limit(1))
    if serving is not None:
        return serving
    offer = _posting(session, "offer", row.offer, now)
    if offer is None or not standing(session, offer, today=now.date()).load(offer, now.date()).is_full:
        return None
    return session.scalar(carried.where(CaseRow.offer == row.offer).limit(1))


def freed_by_now(session: Session, *, now: datetime) -> list[str]:
    """The held cases whose place is not taken any more: the provider stated a greater capacity, or a lowered
    one is whole again. Those that an end frees are freed with it."""
    held = session.scalars(select(CaseRow).where(CaseRow.held_by.is_not(None)).order_by(CaseRow.id)).all()
    carried = session.execute(
        select(CaseRow.id, CaseRow.request, CaseRow.offer).where(CaseRow.state.in_(CARRIED))
    ).all()
    served = {one.request for one in carried}
    full: dict[str, bool] = {}
    for row in held:
        if row.offer not in full:
            offer = _posting(session, "offer", row.offer, now)
            full[row.offer] = (
                offer is not None
                and standing(session, offer, today=now.date()).load(offer, now.date()).is_full
            )
    taken = {one.offer for one in carried}
    return [
        row.id for row in held if row.request not in served and not (full[row.offer] and row.offer in taken)
    ]


# What a refusal puts in effect


def _park(session: Session, row: CaseRow, now: datetime) -> None:
    reason = REASONS[row.refusal or "other"]
    if last_day(reason, now.date()) is None:
        return
    found = frozen_of(session, row.id).suggestion
    effects = parks(reason, found.request, found.offer, tuple(row.sectors), case=row.id, today=now.date())
    session.add_all(ParkRow(**asdict(park)) for park in effects)
    session.flush()


def _lift(session: Session, row: CaseRow, now: datetime) -> None:
    """A case that is opened again takes back what its refusal put in effect."""
    found = session.scalars(select(ParkRow).where(ParkRow.case == row.id, ParkRow.lifted_at.is_(None)))
    for park in found:
        park.lifted_at = now
