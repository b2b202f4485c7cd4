"""An answer is kept for a day with its caller and key, in the transaction that it tells of."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app import idempotency, postings
from app.accounts import Caller
from app.db import Database
from app.errors import Invalid
from app.idempotency import KEPT, Answer
from app.intake import Intake
from app.matching.posting import ANYONE, Posting
from app.postings import Wanted

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
BROKER = Caller("b", "Desk", "broker")
OTHER = Caller("o", "Other desk", "broker")


def keep(database: Database, *, key: str = "k", digest: str = "d", now: datetime = NOW) -> None:
    with database.transaction() as session:
        idempotency.remember(
            session, BROKER, key, digest, status=201, headers={"ETag": '"1"'}, body=b"\x00{}", now=now
        )


def recalled(
    database: Database, *, by: Caller = BROKER, key: str = "k", digest: str = "d", now: datetime = NOW
) -> Answer | None:
    with database.reading() as session:
        return idempotency.recall(session, by, key, digest, now=now)


def test_an_answer_comes_back_as_it_was_given(database: Database) -> None:
    assert recalled(database) is None
    keep(database)
    assert recalled(database) == Answer(201, {"ETag": '"1"'}, b"\x00{}")


def test_a_key_is_its_callers_own(database: Database) -> None:
    keep(database)
    assert recalled(database, by=OTHER) is None
    assert recalled(database, key="another") is None


def test_the_same_key_with_another_body_is_refused(database: Database) -> None:
    keep(database)
    with pytest.raises(Invalid):
        recalled(database, digest="another")


def test_an_answer_is_forgotten_after_its_time_though_nothing_was_kept_since(database: Database) -> None:
    keep(database)
    assert recalled(database, now=NOW + KEPT) is not None
    past = NOW + KEPT + timedelta(seconds=1)
    assert recalled(database, now=past) is None
    assert recalled(database, digest="another", now=past) is None


def test_a_forgotten_key_can_be_used_again(database: Database) -> None:
    keep(database)
    later = NOW + KEPT + timedelta(seconds=1)
    keep(database, digest="another", now=later)
    assert recalled(database, digest="another", now=later) is not None


def test_what_is_undone_is_not_remembered(database: Database) -> None:
    def undone() -> None:
        with database.transaction() as session:
            idempotency.remember(session, BROKER, "k", "d", status=201, headers={}, body=b"", now=NOW)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        undone()
    assert recalled(database) is None


def test_of_many_who_send_one_key_at_once_one_creates(database: Database) -> None:
    """Whoever comes too late sees the answer, or is undone by the key's constraint, posting and all."""
    together = threading.Barrier(8)
    outcomes: list[str] = []
    unforeseen: list[BaseException] = []

    def send(place: int) -> None:
        posting = Posting(
            id=f"o{place}",
            kind="offer",
            title="Bancos de leche humana",
            description="Formamos personal.",
            language="es",
            country="PER",
            visibility="public",
        )
        together.wait()
        try:
            with database.transaction() as session:
                if idempotency.recall(session, BROKER, "k", "d", now=NOW):
                    outcomes.append("replayed")
                    return
                postings.add(session, Intake(posting, None), by=BROKER, now=NOW)
                idempotency.remember(session, BROKER, "k", "d", status=201, headers={}, body=b"", now=NOW)
            outcomes.append("created")
        except IntegrityError:
            outcomes.append("undone")
        except BaseException as wrong:
            unforeseen.append(wrong)

    threads = [threading.Thread(target=send, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert unforeseen == []
    assert (outcomes.count("created"), len(outcomes)) == (1, 8)
    with database.reading() as session:
        page = postings.listed(
            session, "offer", Wanted(), asker=ANYONE, limit=50, cursor=None, today=NOW.date()
        )
        assert len(page.items) == 1
