"""Tables come, go and agree with the code; what is not ours is left alone."""

import multiprocessing
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from app import postings
from app.db import Base, Database, configuration
from app.errors import Unusable

TABLES = {
    "adoptions",
    "alembic_version",
    "case_events",
    "case_frozen",
    "cases",
    "changes",
    "corrections",
    "idempotent_answers",
    "interests",
    "keys",
    "notices",
    "parks",
    "people",
    "person_sessions",
    "posting_tags",
    "postings",
    "sessions",
    "sign_in_attempts",
    "weightings",
}


def test_an_empty_database_is_given_the_tables(url: str) -> None:
    database = Database(url)
    database.prepare()
    assert set(inspect(database.engine).get_table_names()) == TABLES
    assert database.is_well() is None
    database.close()


def test_the_tables_agree_with_the_code(database: Database) -> None:
    assert set(Base.metadata.tables) == TABLES - {"alembic_version"}
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_preparing_twice_changes_nothing(database: Database) -> None:
    database.prepare()
    with database.reading() as session:
        assert postings.newest_change(session) == 0


def test_every_migration_can_be_taken_back_and_made_again(database: Database) -> None:
    with database.engine.execution_options(writing=True).begin() as connection:
        command.downgrade(configuration(connection), "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    database.prepare()
    assert set(inspect(database.engine).get_table_names()) == TABLES


def test_a_database_of_a_newer_puente_is_refused(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Unusable, match="newer Puente"):
        database.prepare()


def test_a_database_of_something_else_is_refused_and_left_as_it_is(url: str) -> None:
    database = Database(url)
    with database.engine.execution_options(writing=True).begin() as connection:
        connection.execute(text("CREATE TABLE recipes (name VARCHAR(20))"))

    with pytest.raises(Unusable, match="belongs to something else: it has recipes"):
        database.prepare()

    assert inspect(database.engine).get_table_names() == ["recipes"]
    database.close()


def test_a_corrupt_file_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "puente.db"
    file.write_bytes(b"this was never a database" * 1000)

    with pytest.raises(Unusable) as refused:
        Database(f"sqlite:///{file}").prepare()

    assert "not a database" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_damaged_page_is_noticed_at_start(tmp_path: Path) -> None:
    file = tmp_path / "puente.db"
    database = Database(f"sqlite:///{file}")
    database.prepare()
    database.close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    content = bytearray(file.read_bytes())
    content[4096 * 3 : 4096 * 5] = b"\xff" * 8192
    file.write_bytes(content)

    with pytest.raises(Unusable, match=r"corrupt|cannot be used"):
        Database(f"sqlite:///{file}").prepare()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://somewhere/puente", "neither sqlite nor postgresql"),
        ("no url at all", "not a URL"),
        ("sqlite://", "needs a file"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(url: str, said: str) -> None:
    with pytest.raises(Unusable, match=said):
        Database(url)


def test_a_server_out_of_reach_is_told_without_the_password() -> None:
    database = Database("postgresql://puente:hunter2@127.0.0.1:1/puente")

    with pytest.raises(Unusable) as refused:
        database.prepare()

    assert "127.0.0.1" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def _prepare(url: str) -> None:
    database = Database(url)
    database.prepare()
    database.close()


def test_several_processes_may_start_on_an_empty_database_at_once(url: str) -> None:
    starting = multiprocessing.get_context("spawn")
    workers = [starting.Process(target=_prepare, args=(url,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0, 0, 0]
