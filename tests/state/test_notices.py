"""A notice is kept with what it tells of, once for each person, until it has been delivered."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import notices
from app.db import Database
from app.notices import LEASE, PAUSES, Kept, Leased, Recipient
from tests.mail.told import NOW, a_case, a_reader

MINUTE = timedelta(minutes=1)


def tell(
    database: Database,
    *to: Recipient,
    event: str = "case:c_17:proposed:1",
    kind: str = "case.proposed",
    now: datetime = NOW,
    **facts: Any,
) -> int:
    with database.transaction() as session:
        return notices.tell(session, kind, event, to or [a_reader()], a_case(**facts), now=now)


def leased(database: Database, now: datetime = NOW) -> Leased | None:
    with database.transaction() as session:
        return notices.lease(session, due_by=now, now=now)


def taken(database: Database, now: datetime = NOW) -> Leased:
    found = leased(database, now)
    assert found is not None
    return found


def settled(database: Database, verb: Callable[..., Any], *given: Any, **named: Any) -> Any:
    with database.transaction() as session:
        return verb(session, *given, **named)


def to(database: Database, whom: str = "p_ana", limit: int = 50) -> list[Kept]:
    with database.reading() as session:
        return list(notices.delivered_to(session, whom, limit))


def waiting(database: Database) -> int:
    with database.reading() as session:
        return notices.waiting(session)


def test_a_notice_comes_back_as_it_was_told(database: Database) -> None:
    assert tell(database, note="¿Cuándo? 🌊") == 1
    (kept,) = to(database)
    assert (kept.notice.event, kept.notice.kind, kept.notice.at) == (
        "case:c_17:proposed:1",
        "case.proposed",
        NOW,
    )
    assert kept.notice.to == a_reader()
    assert kept.notice.facts == a_case(note="¿Cuándo? 🌊")
    assert (kept.due_at, kept.delivered_at, kept.given_up_at, kept.failed) == (NOW, None, None, None)


def test_what_is_not_kept_is_not_told(database: Database) -> None:
    def failing() -> None:
        with database.transaction() as session:
            notices.tell(session, "case.agreed", "e", [a_reader()], a_case(), now=NOW)
            raise RuntimeError("the case could not be stored")

    with pytest.raises(RuntimeError, match="could not be stored"):
        failing()
    assert to(database) == []


def test_who_tells_twice_is_heard_once(database: Database) -> None:
    luis = a_reader("luis@abc.example.org", person="p_luis")
    assert tell(database) == 1
    assert tell(database, a_reader(), luis) == 1
    assert tell(database, a_reader("  ANA@apci.Example.org ")) == 0, "the same address, written otherwise"
    assert tell(database, event="case:c_17:agreed:2") == 1
    assert waiting(database) == 3


def test_who_has_an_account_and_is_the_contact_too_is_told_once_as_it_was_wished(database: Database) -> None:
    assert tell(database, a_reader(person=None, language="en"), a_reader(mail="daily")) == 1
    (kept,) = to(database)
    assert (kept.notice.to.person, kept.notice.to.mail) == ("p_ana", "daily")


def test_told_by_many_at_once_it_is_kept_once(database: Database) -> None:
    people = [a_reader(f"p{place}@example.org", person=f"p_{place}") for place in range(5)]
    counts: list[int] = []

    def telling(place: int) -> None:
        order = people[place:] + people[:place]
        counts.append(tell(database, *order))

    threads = [threading.Thread(target=telling, args=(place,)) for place in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == len(people)
    assert len(counts) == len(threads)


def test_nobody_to_tell_is_no_fault_and_an_unknown_kind_is(database: Database) -> None:
    with database.transaction() as session:
        assert notices.tell(session, "case.agreed", "e", [], a_case(), now=NOW) == 0
    with pytest.raises(ValueError, match=r"case\.forgotten"):
        tell(database, kind="case.forgotten")


def test_who_wants_no_mail_finds_the_notice_and_is_sent_none(database: Database) -> None:
    tell(database, a_reader(mail="off"))
    (kept,) = to(database)
    assert (kept.due_at, kept.delivered_at) == (None, None)
    assert leased(database) is None
    assert waiting(database) == 0


def test_a_digest_is_due_at_the_next_six_in_the_morning(database: Database) -> None:
    for told_at, due_at in (
        (datetime(2026, 11, 24, 5, 59, 59, tzinfo=UTC), datetime(2026, 11, 24, 6, tzinfo=UTC)),
        (datetime(2026, 11, 24, 6, tzinfo=UTC), datetime(2026, 11, 25, 6, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 1, 6, tzinfo=UTC)),
    ):
        tell(database, a_reader(mail="daily"), event=f"{told_at}", now=told_at)
        assert to(database)[0].due_at == due_at
        assert leased(database, due_at - MINUTE) is None
        found = taken(database, due_at)
        assert [one.at for one in found.notices] == [told_at]
        settled(database, notices.settle, found, now=due_at)


def test_a_digest_takes_everything_for_one_address_and_nothing_for_another(database: Database) -> None:
    daily, other = a_reader(mail="daily"), a_reader("luis@abc.example.org", mail="daily", person="p_luis")
    for place in (2, 1, 3):
        tell(database, daily, other, event=f"e{place}", now=NOW + place * MINUTE)
    tell(database, event="e4", now=NOW)
    morning = NOW + timedelta(days=1)

    found = [taken(database, morning) for _ in range(3)]

    assert leased(database, morning) is None
    assert [[one.event for one in each.notices] for each in found[:1]] == [["e4"]], "due the day before"
    assert [[one.event for one in each.notices] for each in found[1:]] == [["e1", "e2", "e3"]] * 2
    assert {each.notices[0].to.address for each in found[1:]} == {daily.address, other.address}
    assert len({each.name for each in found}) == 3


def test_what_is_leased_is_nobody_elses_until_the_lease_ends(database: Database) -> None:
    tell(database)
    first = taken(database)
    assert leased(database, NOW + LEASE - MINUTE) is None
    second = taken(database, NOW + LEASE)
    assert (second.ids, second.name) == (first.ids, first.name)

    settled(database, notices.put_off, first, "too late to say", now=NOW + LEASE)
    assert leased(database, NOW + LEASE + 5 * MINUTE) is None, "the second still has it"
    settled(database, notices.settle, first, now=NOW + LEASE)
    settled(database, notices.put_off, second, "sent is sent", now=NOW + LEASE)
    (kept,) = to(database)
    assert (kept.delivered_at, kept.due_at, kept.failed) == (NOW + LEASE, None, None)


def test_many_workers_never_lease_the_same(database: Database) -> None:
    count = 12
    tell(database, *(a_reader(f"p{place}@example.org", person=f"p_{place}") for place in range(count)))
    with database.transaction() as session:
        for place in range(8):
            facts = a_case()
            reader = a_reader(mail="daily")
            notices.tell(session, "case.commented", f"d{place}", [reader], facts, now=NOW - timedelta(days=1))
    found: list[Leased] = []

    def working() -> None:
        while (one := leased(database)) is not None:
            found.append(one)

    workers = [threading.Thread(target=working) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ids = [id for one in found for id in one.ids]
    assert len(ids) == len(set(ids)) == count + 8
    assert len(found) == count + 1, "the digest went to one worker, whole"


def test_a_failure_is_tried_again_after_growing_pauses_and_then_given_up(database: Database) -> None:
    tell(database)
    at = NOW
    for pause in PAUSES:
        assert settled(database, notices.put_off, taken(database, at), "451 busy", now=at) is True
        assert leased(database, at + pause - timedelta(seconds=1)) is None
        at += pause
    assert settled(database, notices.put_off, taken(database, at), "451 still busy", now=at) is False
    (kept,) = to(database)
    assert (kept.due_at, kept.given_up_at, kept.failed) == (None, at, "451 still busy")
    assert timedelta(days=4) < at - NOW < timedelta(days=5)
    assert waiting(database) == 0


def test_what_was_not_tried_is_due_as_before(database: Database) -> None:
    tell(database)
    settled(database, notices.hand_back, taken(database), "out of reach")
    again = taken(database)
    assert again.attempts == 0
    assert to(database)[0].failed == "out of reach"


def test_ones_notices_are_listed_by_person_or_address_the_newest_first(database: Database) -> None:
    for place in range(4):
        tell(database, a_reader("old@apci.example.org"), event=f"e{place}", now=NOW + place * MINUTE)
    tell(database, a_reader(person="p_luis"), event="e9")
    assert [one.notice.event for one in to(database, "p_ana", 3)] == ["e3", "e2", "e1"]
    assert [one.notice.event for one in to(database, "Ana@apci.example.org")] == ["e9"]
    assert to(database, "nobody") == []
