"""Keys: shown once, kept as a digest, useless once revoked."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app import accounts
from app.db import Database
from app.errors import Invalid, NotFound

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_a_key_says_who_speaks_and_for_which_country(database: Database) -> None:
    with database.transaction() as session:
        secret, made = accounts.create_key(session, role="agency", name="APCI", country="PER", now=NOW)

    with database.reading() as session:
        assert accounts.identify(session, secret) == made
        assert (made.role, made.country) == ("agency", "PER")
        assert accounts.identify(session, secret + "x") is None


def test_no_secret_is_kept(database: Database) -> None:
    with database.transaction() as session:
        secret, _ = accounts.create_key(session, role="broker", name="Desk", country=None, now=NOW)

    with database.engine.connect() as connection:
        kept = connection.execute(text("SELECT * FROM keys")).one()

    assert secret not in str(tuple(kept))
    assert secret.startswith(accounts.PREFIX)


def test_a_revoked_key_is_unknown_and_stays_listed(database: Database) -> None:
    with database.transaction() as session:
        secret, made = accounts.create_key(session, role="partner", name="Bank", country=None, now=NOW)
        accounts.revoke_key(session, made.id, now=NOW)

    with database.reading() as session:
        assert accounts.identify(session, secret) is None
        (listed,) = accounts.listed_keys(session)
        assert listed.revoked_at == NOW


def test_what_cannot_be_a_key_is_refused(database: Database) -> None:
    with database.transaction() as session:
        for role, name, country in (
            ("agency", "No country", None),
            ("broker", "Has a country", "PER"),
            ("broker", " ", None),
            ("broker", "two\nlines", None),
        ):
            with pytest.raises(Invalid):
                accounts.create_key(session, role=role, name=name, country=country, now=NOW)  # type: ignore[arg-type]
        with pytest.raises(NotFound):
            accounts.revoke_key(session, "nobody", now=NOW)
        assert accounts.listed_keys(session) == []
