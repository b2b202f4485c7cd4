"""Readers see one state and write nothing; writers wait for one another; a migration loses nothing."""

import shutil
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

import app.db
from app import postings
from app.accounts import OPERATOR
from app.db import Database
from app.errors import Invalid, Unusable
from app.intake import Intake
from app.matching.posting import Posting
from app.postings import Wanted

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def store(database: Database, id: str, **fields: Any) -> Posting:
    posting = Posting(id=id, kind="offer", title="t", description="d", language="es", country="PER", **fields)
    with database.transaction() as session:
        return postings.add(session, Intake(posting, None), by=OPERATOR, now=NOW)


def at_once(count: int, task: Callable[[int], None]) -> list[BaseException]:
    """Run a task in as many threads; gives what they raised."""
    raised: list[BaseException] = []
    together = threading.Barrier(count)

    def guarded(place: int) -> None:
        together.wait()
        try:
            task(place)
        except BaseException as wrong:
            raised.append(wrong)

    threads = [threading.Thread(target=guarded, args=(place,)) for place in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_reader_is_refused_every_write_and_the_next_writer_is_not(database: Database) -> None:
    with database.reading() as session, pytest.raises(DBAPIError, match=r"read-?only"):
        session.execute(text("UPDATE changes SET value = 100"))

    assert store(database, "o1").version == 1
    with database.reading() as session:
        assert postings.newest_change(session) == 1


def test_a_reader_sees_one_state_while_others_write(database: Database) -> None:
    with database.reading() as session:
        before = postings.newest_change(session)
        store(database, "o1")
        assert postings.newest_change(session) == before
        assert postings.changed_since(session, before) == []


def test_eight_threads_that_read_and_then_write_all_succeed(database: Database) -> None:
    """With a plain BEGIN most of these end in "database is locked" on SQLite."""

    def read_then_write(_place: int) -> None:
        for _ in range(25):
            with database.transaction() as session:
                value = session.execute(text(read)).scalar_one()
                session.execute(text("UPDATE changes SET value = :next"), {"next": value + 1})

    # PostgreSQL locks rows when it is asked to; an SQLite writer holds the whole database.
    locked = " FOR UPDATE" if database.engine.dialect.name == "postgresql" else ""
    read = f"SELECT value FROM changes{locked}"
    assert at_once(8, read_then_write) == []
    with database.reading() as session:
        assert postings.newest_change(session) == 8 * 25


def test_a_copy_kept_by_numbers_is_the_original_while_eight_change_it(database: Database) -> None:
    """Postings are added, renewed, withdrawn and removed; the copy asks only what came after."""
    copy: dict[str, tuple[int, str]] = {}
    done = threading.Event()
    numbers: list[int] = []

    def write(writer: int) -> None:
        for place in range(5):
            id = f"w{writer}-{place}"
            store(database, id)
            with database.transaction() as session:
                how = {"if_version": 1, "by": OPERATOR, "now": NOW}
                if place % 3 == 0:
                    postings.withdraw(session, "offer", id, **how)  # type: ignore[arg-type]
                elif place % 3 == 1:
                    postings.remove(session, "offer", id, **how)  # type: ignore[arg-type]

    def follow() -> None:
        last = False
        while not last:
            last = done.is_set()
            with database.reading() as session:
                seen = numbers[-1] if numbers else 0
                newest = postings.newest_change(session)
                changed = postings.changed_since(session, seen)
                # One number per change: as many postings came as numbers, but for those changed again.
                assert len(changed) <= newest - seen
                assert changed or newest == seen
            copy.update({posting.id: (posting.version, posting.status) for posting in changed})
            numbers.append(newest)

    wrong: list[BaseException] = []

    def followed() -> None:
        try:
            follow()
        except BaseException as raised:
            wrong.append(raised)

    follower = threading.Thread(target=followed)
    follower.start()
    raised = at_once(8, write)
    done.set()
    follower.join()

    assert (raised, wrong) == ([], [])
    with database.reading() as session:
        assert postings.newest_change(session) == 8 * (5 + 4) == numbers[-1]
        original = {p.id: (p.version, p.status) for p in postings.changed_since(session, 0)}
    assert copy == original
    assert len(original) == 40


def test_numbers_are_given_without_a_gap_and_each_is_heard_of(database: Database) -> None:
    """Only additions, so that every number belongs to a posting for good: none is ever missing."""
    done = threading.Event()
    gaps: list[tuple[int, int, int]] = []

    def write(writer: int) -> None:
        for place in range(12):
            store(database, f"w{writer}-{place}")

    def poll() -> None:
        seen, last = 0, False
        while not last:
            last = done.is_set()
            with database.reading() as session:
                newest = postings.newest_change(session)
                came = len(postings.changed_since(session, seen))
            if came != newest - seen:
                gaps.append((seen, newest, came))
            seen = newest

    reader = threading.Thread(target=poll)
    reader.start()
    raised = at_once(8, write)
    done.set()
    reader.join()

    assert (raised, gaps) == ([], [])


@pytest.mark.parametrize(
    ("last_day", "renewed"),
    [
        (date(2026, 11, 1), date(2027, 11, 24)),
        (date(2026, 12, 31), date(2027, 11, 24)),
        (date(2030, 12, 31), date(2030, 12, 31)),
    ],
)
def test_a_renewal_without_a_day_never_brings_the_last_day_nearer(
    database: Database, last_day: date, renewed: date
) -> None:
    store(database, "o1", valid_until=last_day)
    with database.transaction() as session:
        posting = postings.renew(
            session,
            "offer",
            "o1",
            if_version=1,
            by=OPERATOR,
            now=NOW,
            valid_until=None,
            validity_days=365,
        )
    assert (posting.valid_until, posting.version) == (renewed, 2)


def test_a_time_that_utc_has_no_year_for_is_refused(database: Database) -> None:
    wanted = Wanted(updated_since=datetime.fromisoformat("0001-01-01T00:00:00+14:00"))
    with database.reading() as session, pytest.raises(Invalid):
        postings.listed(
            session, "offer", wanted, asker=OPERATOR.asker, limit=2, cursor=None, today=NOW.date()
        )


NEXT = '''"""A later change of a table that others refer to."""

import sqlalchemy as sa
from alembic import op

revision = "later"
down_revision = "HEAD"


def upgrade() -> None:
    with op.batch_alter_table("postings") as postings:
        postings.alter_column("capacity", existing_type=sa.Integer(), type_=sa.BigInteger())
'''


@pytest.fixture
def with_a_next_migration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tree = tmp_path / "migrations"
    shutil.copytree(app.db.MIGRATIONS, tree, ignore=shutil.ignore_patterns("__pycache__"))
    head = ScriptDirectory(str(tree)).get_current_head()
    (tree / "versions" / "later.py").write_text(NEXT.replace("HEAD", str(head)))
    monkeypatch.setattr(app.db, "MIGRATIONS", tree)
    return tree


def filtered(database: Database) -> list[str]:
    with database.reading() as session:
        page = postings.listed(
            session,
            "offer",
            Wanted(sector="health"),
            asker=OPERATOR.asker,
            limit=9,
            cursor=None,
            today=NOW.date(),
        )
    return [posting.id for posting in page.items]


def test_writing_a_table_anew_loses_nothing_that_refers_to_it(
    database: Database, request: pytest.FixtureRequest
) -> None:
    store(database, "o1", sectors=("health",))
    request.getfixturevalue("with_a_next_migration")

    database.prepare()

    columns = {column["name"]: column["type"] for column in inspect(database.engine).get_columns("postings")}
    assert "BIGINT" in str(columns["capacity"])
    assert filtered(database) == ["o1"]


def test_foreign_keys_are_followed_again_after_a_migration(database: Database) -> None:
    database.prepare()
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"), database.transaction() as session:
        session.execute(text("INSERT INTO posting_tags VALUES ('nobody', 'sector', 'health')"))


def test_a_reference_to_nothing_is_found_at_start(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'puente.db'}")
    database.prepare()
    with database.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF").close()
        driver.execute("INSERT INTO posting_tags VALUES ('nobody', 'sector', 'health')").close()
        driver.execute("PRAGMA foreign_keys=ON").close()

    with pytest.raises(Unusable, match="posting_tags refers to a lost postings"):
        database.prepare()
    database.close()
