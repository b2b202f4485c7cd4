"""The clock: reminds, escalates, closes what nobody tended, announces what is about to expire.

It may run as often as one likes, from several places at once: every thing that it does is written down in
the transaction that does it, and is looked at again under the lock before it is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import notices, postings
from app.brokering.clock import Pace, Stage, due
from app.brokering.steps import OPEN, Party, State
from app.cases import telling
from app.cases.deciding import CLOCK, freed_by_now, moved_on, weigh_places, write_down
from app.cases.reading import waits_for_long
from app.cases.tables import CaseRow, EventRow
from app.db import Database
from app.matching.posting import Posting

AHEAD = (30, 7)
"""Days before its last one on which the owner of a posting hears that it is about to expire."""

MANY = 500
"""Cases or postings looked at in one transaction of reading."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """What a run of the clock did."""

    reminded: int = 0
    escalated: int = 0
    lapsed: int = 0
    alerted: int = 0
    announced: int = 0
    weighed: int = 0


def tick(database: Database, *, paces: Mapping[State, Pace], now: datetime) -> Ticked:
    """Do everything whose time has come; each case in a transaction of its own, so that a stop in between
    loses nothing and repeats nothing."""
    done: dict[Stage, int] = {"reminder": 0, "escalation": 0, "lapse": 0}
    with database.reading() as session:
        waiting = _late(session, paces, now)
    for id in waiting:
        with database.transaction() as session:
            stage = _advance(session, id, paces, now)
        if stage is not None:
            done[stage] += 1
    with database.reading() as session:
        bereft = _bereft(session, now)
    alerted = 0
    for id in bereft:
        with database.transaction() as session:
            alerted += _alert(session, id, now)
    with database.reading() as session:
        held = freed_by_now(session, now=now)
    weighed = 0
    for id in held:
        with database.transaction() as session:
            weighed += _weigh_again(session, id, now)
    with database.transaction() as session:
        announced = _announce(session, now)
    return Ticked(done["reminder"], done["escalation"], done["lapse"], alerted, announced, weighed)


def _late(session: Session, paces: Mapping[State, Pace], now: datetime) -> list[str]:
    """Open cases whose next stage is due, the one that waits for longest first."""
    rows = session.execute(
        select(CaseRow.id, CaseRow.state, CaseRow.since, CaseRow.stage, CaseRow.stage_at)
        .where(waits_for_long(paces, now))
        .order_by(CaseRow.since, CaseRow.id)
    )
    return [
        row.id
        for row in rows
        if due(paces[row.state], since=row.since, done=row.stage, last=row.stage_at, now=now)
    ]


def _advance(session: Session, id: str, paces: Mapping[State, Pace], now: datetime) -> Stage | None:
    """Take a case through its next stage, if that is due; only whoever must act is reminded."""
    change = postings.next_change(session)
    row = session.get(CaseRow, id, populate_existing=True)
    if row is None or row.state not in OPEN:
        return None
    pace = paces[row.state]
    stage = due(pace, since=row.since, done=row.stage, last=row.stage_at, now=now)
    if stage is None:
        return None
    row.change = change
    before, waited = row.state, (now - row.since).days
    must_act: tuple[Party, ...] = {
        "broker": ("broker",),
        "provider": ("provider",),
        "receiver": ("receiver",),
        "both": ("provider", "receiver"),
        "nobody": (),
    }[row.waiting_on]  # type: ignore[assignment]  # mypy joins the tuples of the table
    lapses_on = (row.since + timedelta(days=pace.lapse)).date().isoformat()
    if stage == "lapse":
        row.state = "lapsed"
        moved_on(row, by=CLOCK, now=now)
        event = write_down(session, row, "lapse", by=CLOCK, party="clock", before=before, now=now)
        telling.tell(session, row, event, days=waited, waited_for=list(must_act), now=now)
        weigh_places(session, row, now=now)
        return stage
    row.stage, row.stage_at = row.stage + 1, now
    event = write_down(
        session,
        row,
        stage,
        by=CLOCK,
        party="clock",
        before=before,
        facts={"waiting_on": row.waiting_on, "days": waited},
        now=now,
    )
    to: tuple[Party, ...] = must_act if stage == "reminder" else tuple({*must_act, "broker"})
    telling.tell(session, row, event, to=to, days=waited, lapses_on=lapses_on, now=now)
    return stage


def _bereft(session: Session, now: datetime) -> list[str]:
    """Open cases of which a posting is not open any more."""
    found: list[str] = []
    pairs = session.execute(
        select(CaseRow.id, CaseRow.request, CaseRow.offer).where(CaseRow.state.in_(OPEN)).order_by(CaseRow.id)
    ).all()
    for start in range(0, len(pairs), MANY):
        some = pairs[start : start + MANY]
        ids = {one.request for one in some} | {one.offer for one in some}
        closed = postings.closed_among(session, ids, today=now.date())
        found += [one.id for one in some if one.request in closed or one.offer in closed]
    return found


def _alert(session: Session, id: str, now: datetime) -> int:
    """Tell the broker, once, that a posting was withdrawn, expired or was taken out under a case."""
    change = postings.next_change(session)
    row = session.get(CaseRow, id, populate_existing=True)
    if row is None or row.state not in OPEN:
        return 0
    closed = postings.closed_among(session, (row.request, row.offer), today=now.date())
    known = [
        event.facts
        for event in session.scalars(
            select(EventRow).where(EventRow.case == id, EventRow.entry == "posting_gone")
        )
    ]
    told = 0
    for kind, posting in (("request", row.request), ("offer", row.offer)):
        if posting not in closed:
            continue
        status, version = closed[posting]
        facts = {"posting": kind, "status": status, "version": version}
        if facts in known:
            continue
        row.change = change
        event = write_down(
            session, row, "posting_gone", by=CLOCK, party="clock", before=row.state, facts=facts, now=now
        )
        telling.tell(session, row, event, to=("broker",), posting=kind, status=status, now=now)
        told += 1
    return told


def _weigh_again(session: Session, id: str, now: datetime) -> int:
    """See whether a held case has a place by now: the provider may have stated a greater capacity."""
    change = postings.next_change(session)
    row = session.get(CaseRow, id, populate_existing=True)
    if row is None or row.held_by is None:
        return 0
    before = row.version
    weigh_places(session, row, now=now)
    if row.version == before:
        return 0
    row.change = change
    return 1


def _announce(session: Session, now: datetime) -> int:
    """Tell owners which of their postings are about to expire: once for each of AHEAD."""
    today, told = now.date(), 0
    for posting in postings.ending(session, first=today, last=today + timedelta(days=max(AHEAD))):
        assert posting.valid_until is not None  # noqa: S101  # it was asked for by its last day
        left = (posting.valid_until - today).days
        mark = min(days for days in AHEAD if left <= days)
        told += notices.tell(
            session,
            "posting.expiring",
            f"posting:{posting.id}:{posting.valid_until.isoformat()}:{mark}",
            telling.owners(session, posting),
            {"posting": _told(posting), "valid_until": posting.valid_until.isoformat(), "days": left},
            now=now,
        )
    return told


def _told(posting: Posting) -> dict[str, str]:
    return {
        "kind": posting.kind,
        "id": posting.id,
        "title": posting.title,
        "language": posting.language,
        "country": posting.country,
    }
