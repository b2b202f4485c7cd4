"""The database: an engine for SQLite or PostgreSQL, transactions, and the way to the newest tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    MetaData,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from app.errors import Unusable
from app.settings import ROOT

MIGRATIONS = ROOT / "migrations"

_LOCK = 7_302_011
"""Number of PostgreSQL's advisory lock that whoever migrates holds."""


class Base(DeclarativeBase):
    """All tables. Constraints have names, so that a migration can change them on either database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Moment(TypeDecorator[datetime]):
    """A time, aware of its zone, kept as UTC. SQLite has no zones, so it is told to keep none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone is not kept")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One database, for all threads of a process."""

    def __init__(self, url: str) -> None:
        """Make ready to connect; nothing is opened yet.

        Raises:
            Unusable: for a URL that is not one of SQLite or PostgreSQL.
        """
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise Unusable("PUENTE_DATABASE_URL is not a URL such as sqlite:///var/puente.db") from None
        self._kind = parsed.get_backend_name()
        if self._kind == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        elif self._kind != "sqlite":
            raise Unusable(f"PUENTE_DATABASE_URL: {self._kind} is neither sqlite nor postgresql")
        self._file = Path(parsed.database) if self._kind == "sqlite" and parsed.database else None
        if self._kind == "sqlite" and self._file is None:
            raise Unusable("PUENTE_DATABASE_URL: an SQLite database needs a file, sqlite:///var/puente.db")
        self._url = parsed
        options: dict[str, Any] = {"pool_pre_ping": True} if self._kind == "postgresql" else {}
        # As many as there are threads that answer requests (40), so that none waits for a connection.
        self.engine = create_engine(parsed, pool_size=10, max_overflow=30, **options)
        self._writing = self.engine.execution_options(writing=True)
        reading: dict[str, Any] = {"reading": True}
        if self._kind == "postgresql":
            # By default PostgreSQL gives every statement a newer state; SQLite's readers have one throughout.
            reading |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reading = self.engine.execution_options(**reading)
        if self._kind == "sqlite":
            event.listen(self.engine, "connect", _configure_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one state of the database; the database refuses it every write."""
        with Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are kept at the end of the block, or not at all if anything is raised."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def prepare(self) -> None:
        """Bring the tables to the newest form; an empty database is given them.

        Raises:
            Unusable: for a database that is corrupt, newer than this Puente, not ours, or out of reach.
        """
        try:
            if self._file is not None:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._writing.connect() as connection, self._unreferenced(connection), connection.begin():
                if self._kind == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                self._check(connection)
                command.upgrade(configuration(connection), "head")
                if self._kind == "sqlite":
                    self._check_references(connection)
        except OSError as wrong:
            raise Unusable(f"the database {self._named} cannot be made: {wrong.strerror}") from None
        except SQLAlchemyError as wrong:
            raise Unusable(f"the database {self._named} cannot be used: {_reason(wrong)}") from None

    def _check(self, connection: Connection) -> None:
        if self._kind == "sqlite":
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            if found != "ok":
                raise Unusable(f"the database {self._named} is corrupt: {found}; restore a backup")
        current = MigrationContext.configure(connection).get_current_heads()
        known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
        if not set(current) <= known:
            raise Unusable(
                f"the database {self._named} was made by a newer Puente (revision {', '.join(current)}); "
                "upgrade Puente, or name another database in PUENTE_DATABASE_URL"
            )
        others = set(inspect(connection).get_table_names()) - {"alembic_version"}
        if not current and others:
            raise Unusable(f"the database {self._named} belongs to something else: it has {min(others)}")

    @contextmanager
    def _unreferenced(self, connection: Connection) -> Iterator[None]:
        """Let SQLite not follow foreign keys; it cannot be told so once a transaction is open.

        A migration in batch mode drops the table that it writes anew. Dropping counts as deleting every
        row, so what refers to them with ON DELETE CASCADE would be deleted as well, without a word.
        """
        driver = connection.connection.driver_connection if self._kind == "sqlite" else None
        if driver is None:
            yield
            return
        driver.execute("PRAGMA foreign_keys=OFF").close()
        try:
            yield
        finally:
            driver.execute("PRAGMA foreign_keys=ON").close()

    def _check_references(self, connection: Connection) -> None:
        """What SQLite did not follow must hold all the same, or nothing is kept of the migration."""
        if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise Unusable(f"the database {self._named} is corrupt: {broken[0]} refers to a lost {broken[2]}")

    def is_well(self) -> str | None:
        """None, or what is wrong."""
        try:
            with self.engine.connect() as connection:
                if connection.execute(text("SELECT 1 FROM alembic_version")).first() is None:
                    return "the tables are not there"
        except SQLAlchemyError as wrong:
            return _reason(wrong)
        return None

    def close(self) -> None:
        self.engine.dispose()

    @property
    def _named(self) -> str:
        return str(self._file) if self._file else self._url.render_as_string(hide_password=True)


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is in a transaction already."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would open transactions when it thinks fit; we say BEGIN ourselves.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        # With WAL, NORMAL survives a crash of the process but may lose the last commits on a power cut;
        # an agency that was told 201 must find its posting again.
        "synchronous=FULL",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the lock at once: a reader that turns writer midway would find it taken, and fail."""
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA query_only={'ON' if options.get('reading') else 'OFF'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing") else "BEGIN")


def _reason(wrong: SQLAlchemyError) -> str:
    cause = wrong.orig if isinstance(wrong, DBAPIError) and wrong.orig else wrong
    return " ".join(str(cause).split())[:300]
