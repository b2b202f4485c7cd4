"""Keys: shown once, kept as a digest, useless once revoked. Sessions: opened with a key, and end with it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

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


def test_a_partner_may_speak_for_a_channel(database: Database) -> None:
    with database.transaction() as session:
        secret, made = accounts.create_key(
            session, role="partner", name="PAHO", country=None, channel="paho", now=NOW
        )
    with database.reading() as session:
        assert accounts.identify(session, secret) == made
        (listed,) = accounts.listed_keys(session)
    assert (made.channel, made.country, listed.channel) == ("paho", None, "paho")


@pytest.mark.parametrize(("role", "country"), [("administrator", None), ("broker", None), ("agency", "PER")])
def test_nobody_else_speaks_for_a_channel(
    database: Database, role: accounts.Role, country: str | None
) -> None:
    with database.transaction() as session, pytest.raises(Invalid) as refused:
        accounts.create_key(session, role=role, name="x", country=country, channel="paho", now=NOW)
    assert [fault.pointer for fault in refused.value.faults] == ["/channel"]

    with database.transaction() as session:
        accounts.create_key(session, role=role, name="x", country=country, now=NOW)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(text("UPDATE keys SET channel = 'paho'"))


class TestSessions:
    @pytest.fixture
    def secret(self, database: Database) -> str:
        with database.transaction() as session:
            secret, _ = accounts.create_key(session, role="agency", name="APCI", country="PER", now=NOW)
        return secret

    def signed_in(self, database: Database, token: str, now: datetime = NOW) -> accounts.Caller | None:
        with database.reading() as session:
            return accounts.signed_in(session, token, now=now)

    def sign_in(self, database: Database, secret: str, now: datetime = NOW) -> str:
        with database.transaction() as session:
            opened = accounts.sign_in(session, secret, now=now)
        assert opened is not None
        return opened[0]

    def test_whoever_signs_in_with_a_key_is_who_the_key_is_for(self, database: Database, secret: str) -> None:
        token = self.sign_in(database, secret)
        with database.reading() as session:
            assert self.signed_in(database, token) == accounts.identify(session, secret)

    def test_an_unknown_key_opens_nothing(self, database: Database, secret: str) -> None:
        with database.transaction() as session:
            for unknown in ("", secret + "x", secret[:-1], "puente_", "ключ"):
                assert accounts.sign_in(session, unknown, now=NOW) is None
        with database.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM sessions")).scalar() == 0

    def test_the_token_is_neither_the_key_nor_kept_nor_given_twice(
        self, database: Database, secret: str
    ) -> None:
        tokens = {self.sign_in(database, secret) for _ in range(3)}
        assert len(tokens) == 3
        assert all(secret not in token and token not in secret for token in tokens)
        with database.engine.connect() as connection:
            rows = str(connection.execute(text("SELECT * FROM sessions")).all())
        assert not any(told in rows for told in (*tokens, secret))

    def test_a_token_is_no_key_and_a_key_no_token(self, database: Database, secret: str) -> None:
        token = self.sign_in(database, secret)
        with database.reading() as session:
            assert accounts.identify(session, token) is None
        assert self.signed_in(database, secret) is None

    def test_a_session_ends_after_twelve_hours(self, database: Database, secret: str) -> None:
        token = self.sign_in(database, secret)
        twelve = timedelta(hours=12)
        assert self.signed_in(database, token, NOW + twelve - timedelta(seconds=1)) is not None
        assert self.signed_in(database, token, NOW + twelve) is None

    def test_using_a_session_does_not_prolong_it(self, database: Database, secret: str) -> None:
        token = self.sign_in(database, secret)
        for hours in range(12):
            assert self.signed_in(database, token, NOW + timedelta(hours=hours)) is not None
        assert self.signed_in(database, token, NOW + timedelta(hours=12)) is None

    def test_a_session_ends_with_its_key(self, database: Database, secret: str) -> None:
        token = self.sign_in(database, secret)
        with database.transaction() as session:
            (key,) = accounts.listed_keys(session)
            accounts.revoke_key(session, key.id, now=NOW)
        assert self.signed_in(database, token) is None
        with database.transaction() as session:
            assert accounts.sign_in(session, secret, now=NOW) is None

    def test_signing_out_ends_one_session_and_no_other(self, database: Database, secret: str) -> None:
        one, other = self.sign_in(database, secret), self.sign_in(database, secret)
        with database.transaction() as session:
            accounts.sign_out(session, one)
            accounts.sign_out(session, "no token at all")
        assert self.signed_in(database, one) is None
        assert self.signed_in(database, other) is not None

    def test_sessions_that_are_over_are_swept_out(self, database: Database, secret: str) -> None:
        self.sign_in(database, secret)
        self.sign_in(database, secret, NOW + timedelta(days=1))
        with database.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM sessions")).scalar() == 1
