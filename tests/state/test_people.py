"""People: an address and a password open a session, guesses are counted, a link is good for once."""

import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import argon2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError

from app import people
from app.db import Database
from app.errors import Conflict, Invalid, NotFound
from app.people import Person

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
HERE = "192.0.2.7"
SECRET = "leche y miel para todas"


def somebody(database: Database, email: str = "ana@example.org", **told: Any) -> Person:
    """A broker, with what the test is about."""
    told = {"role": "broker", "name": "Ana Silva", "now": NOW, **told}
    with database.transaction() as session:
        return people.create(session, email=email, **told)


def with_password(database: Database, password: str = SECRET, **told: Any) -> Person:
    person = somebody(database, **told)
    hashed = people.hashed(password, of=person)
    with database.transaction() as session:
        people.set_password(session, person.id, hashed)
    return person


def proof(database: Database, email: str, password: str) -> people.Proof | None:
    with database.reading() as session:
        return people.authenticate(session, email, password)


def signed_in(database: Database, token: str, now: datetime = NOW) -> Person | None:
    with database.reading() as session:
        return people.signed_in(session, token, now=now)


def seat(database: Database, person: Person) -> str:
    with database.transaction() as session:
        return people.open_session(session, person.id, now=NOW)


def count(database: Database, table: str) -> Any:
    with database.engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()


def wait(database: Database, email: str, client: str = HERE, now: datetime = NOW) -> int:
    with database.transaction() as session:
        return people.wait(session, email, client=client, now=now)


class TestAccounts:
    def test_somebody_speaks_as_who_they_are(self, database: Database) -> None:
        made = somebody(database, "Ana@Example.ORG ", role="agency", country="PER", language="pt")
        assert (made.email, made.language, made.mail, made.active) == ("ana@example.org", "pt", "each", True)
        assert (made.caller.id, made.caller.role, made.caller.country) == (made.id, "agency", "PER")
        assert made.id.startswith("p_")
        with database.reading() as session:
            assert people.get(session, made.id) == made
            assert people.find(session, made.id) == people.find(session, "ANA@example.org") == made

    def test_what_cannot_be_an_account_is_refused_with_every_fault(self, database: Database) -> None:
        wrong: list[tuple[dict[str, Any], list[str]]] = [
            ({"role": "agency"}, ["/country"]),
            ({"country": "PER"}, ["/country"]),
            ({"channel": "paho"}, ["/channel"]),
            ({"name": " "}, ["/name"]),
            ({"email": "ana"}, ["/email"]),
            ({"email": "ana@example.org\nBcc: all@example.org"}, ["/email"]),
            ({"email": "a\x00b@example.org"}, ["/email"]),
            ({"language": "nl", "mail": "hourly", "name": "a\nb"}, ["/language", "/mail", "/name"]),
        ]
        for told, pointers in wrong:
            with pytest.raises(Invalid) as refused:
                somebody(database, **told)
            assert sorted(fault.pointer for fault in refused.value.faults) == pointers
        assert count(database, "people") == 0

    def test_an_address_has_one_account_however_it_is_written(self, database: Database) -> None:
        first = somebody(database)
        with pytest.raises(Conflict, match=first.id):
            somebody(database, "ANA@EXAMPLE.ORG")

    def test_the_database_keeps_to_it_that_an_agency_has_a_country(self, database: Database) -> None:
        somebody(database)
        for change in ("country = 'PER'", "channel = 'paho'", "role = 'agency'"):
            with pytest.raises(IntegrityError), database.transaction() as session:
                session.execute(text(f"UPDATE people SET {change}"))

    def test_those_who_are_there_are_found_by_role_and_country(self, database: Database) -> None:
        broker = somebody(database, "b@example.org", name="Zoe")
        other = somebody(database, "a@example.org", name="Abel")
        peru = somebody(database, "p@example.org", role="agency", country="PER")
        somebody(database, "j@example.org", role="agency", country="JAM")
        gone = somebody(database, "g@example.org", name="Gone")
        with database.transaction() as session:
            people.deactivate(session, gone.id, now=NOW)
            assert people.brokers(session) == [other, broker]
            assert people.of_country(session, "PER") == [peru]
            assert len(people.listed(session)) == 4
            everybody = [one.email[0] for one, _ in people.everybody(session)]
            assert sorted(everybody) == ["a", "b", "g", "j", "p"]
            assert people.get(session, gone.id).active is False

    def test_somebody_changes_what_they_say_of_themselves_and_nothing_else(self, database: Database) -> None:
        person = somebody(database)
        with database.transaction() as session:
            changed = people.change(session, person.id, name=" Ana ", language="fr", mail="daily")
            assert (changed.name, changed.language, changed.mail) == ("Ana", "fr", "daily")
        with pytest.raises(Invalid), database.transaction() as session:
            people.change(session, person.id, name="", language="fr", mail="off")
        with database.reading() as session:
            assert people.get(session, person.id) == changed

    def test_nobody_is_found_who_is_not_there(self, database: Database) -> None:
        with database.transaction() as session:
            for verb in (people.get, people.find, people.reactivate):
                with pytest.raises(NotFound):
                    verb(session, "p_nobody")
            with pytest.raises(NotFound):
                people.deactivate(session, "p_nobody", now=NOW)


class TestPasswords:
    def test_the_right_one_is_proven_and_no_other(self, database: Database) -> None:
        person = with_password(database)
        found = proof(database, " Ana@example.org", SECRET)
        assert found is not None
        assert found.person == person
        for email, password in (
            ("ana@example.org", SECRET + " "),
            ("ana@example.org", SECRET.upper()),
            ("ana@example.org", ""),
            ("ana@example.org", "x" * 100_000),
            ("bea@example.org", SECRET),
            ("", SECRET),
            ("\x00", SECRET),
            (person.id, SECRET),
        ):
            assert proof(database, email, password) is None, email

    def test_neither_it_nor_a_plain_digest_is_kept(self, database: Database) -> None:
        with_password(database)
        found = proof(database, "ana@example.org", SECRET)
        with database.engine.connect() as connection:
            kept = connection.execute(text("SELECT password FROM people")).scalar_one()
        assert kept.startswith("$argon2id$")
        assert SECRET not in kept
        assert kept not in repr(found)

    def test_an_account_without_one_or_closed_is_opened_by_none(self, database: Database) -> None:
        somebody(database, "new@example.org")
        person = with_password(database)
        assert proof(database, "new@example.org", "") is None
        with database.transaction() as session:
            people.deactivate(session, person.id, now=NOW)
        assert proof(database, "ana@example.org", SECRET) is None
        with database.transaction() as session:
            people.reactivate(session, person.id)
        assert proof(database, "ana@example.org", SECRET) is not None

    def test_letters_are_the_same_however_the_keyboard_composes_them(self, database: Database) -> None:
        password = "mañana será otro día"
        with_password(database, unicodedata.normalize("NFD", password))
        assert proof(database, "ana@example.org", unicodedata.normalize("NFC", password)) is not None

    def test_an_address_that_nobody_has_takes_as_much_work(self, database: Database) -> None:
        with_password(database)
        somebody(database, "new@example.org")

        def work(email: str) -> float:
            spent = []
            for _ in range(3):
                before = time.process_time()
                assert proof(database, email, "a wrong password") is None
                spent.append(time.process_time() - before)
            return min(spent)

        known = work("ana@example.org")
        assert work("nobody@example.org") > known / 3
        assert work("new@example.org") > known / 3
        with database.engine.connect() as connection:
            kept = connection.execute(text("SELECT max(password) FROM people")).scalar_one()
        assert argon2.extract_parameters(people._NOBODYS) == argon2.extract_parameters(kept)

    def test_one_kept_under_weaker_parameters_is_kept_anew_when_it_is_used(self, database: Database) -> None:
        person = with_password(database)
        weak = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(SECRET)
        with database.transaction() as session:
            session.execute(update(people._Person).values(password=weak))
        found = proof(database, person.email, SECRET)
        assert found is not None
        with database.transaction() as session:
            assert people.sign_in(session, found, now=NOW) is not None
        again = proof(database, person.email, SECRET)
        assert again is not None
        assert again.anew is None
        assert again.kept != weak

    def test_a_new_one_ends_every_session_and_the_old_one(self, database: Database) -> None:
        person = with_password(database)
        token, before = seat(database, person), proof(database, person.email, SECRET)
        assert before is not None
        hashed = people.hashed("otra frase muy distinta", of=person)
        with database.transaction() as session:
            people.set_password(session, person.id, hashed)
        assert signed_in(database, token) is None
        assert proof(database, person.email, SECRET) is None
        with database.transaction() as session:
            assert people.sign_in(session, before, now=NOW) is None, "proven before it changed"


ANA = Person("p_1", "ana.silva@abc.gov.br", "Ana María Silva", "broker", None, None, "pt", "each", True)


class TestWhatMayBeAPassword:
    @pytest.mark.parametrize(
        ("password", "weak"),
        [
            ("", "short"),
            ("elevenchars", "short"),
            ("n" + "\u0303" * 20, "guessable"),
            ("x" * 201, "long"),
            ("x" * 100_000, "long"),
            ("ana.silva@abc.gov.br", "guessable"),
            ("AnaMariaSilva2026", "guessable"),
            ("Silva, Ana María!", "guessable"),
            ("1234567890123", "guessable"),
            ("24/11/2026 08:00", "guessable"),
            ("aaaaaaaaaaaaaaaa", "guessable"),
            ("Contraseña1234", "guessable"),
            ("Puente-2026-2026", "guessable"),
            ("qwertyuiop123", "guessable"),
            ("            ", "guessable"),
        ],
    )
    def test_what_is_tried_first_is_none(self, password: str, weak: str) -> None:
        assert people.weakness(password, of=ANA) == weak
        with pytest.raises(Invalid) as refused:
            people.hashed(password, of=ANA)
        assert [fault.pointer for fault in refused.value.faults] == ["/password"]

    @pytest.mark.parametrize(
        "password",
        [
            SECRET,
            "correct horse battery",
            "água mole em pedra dura",
            "Xk7#pQ2!vR9z",
            "水は方円の器に随う、人は友による",
        ],
    )
    def test_words_and_signs_of_ones_own_are(self, password: str) -> None:
        assert people.weakness(password, of=ANA) is None

    @given(st.text(max_size=300))
    def test_whatever_is_taken_is_of_a_length_that_can_be_compared(self, password: str) -> None:
        if people.weakness(password, of=ANA) is None:
            assert people.SHORTEST_PASSWORD <= len(people._normal(password)) <= people.LONGEST_PASSWORD

    def test_a_long_row_of_accents_takes_no_time(self) -> None:
        before = time.process_time()
        assert people.weakness("a" + "\u0327\u0301" * 200_000, of=ANA) == "long"
        assert time.process_time() - before < 1


class TestSessions:
    def test_whoever_proves_who_they_are_has_one_for_twelve_hours(self, database: Database) -> None:
        person = with_password(database)
        found = proof(database, person.email, SECRET)
        assert found is not None
        with database.transaction() as session:
            tokens = {people.sign_in(session, found, now=NOW) for _ in range(2)}
        assert len(tokens) == 2
        twelve = timedelta(hours=12)
        for token in tokens:
            assert token is not None
            assert signed_in(database, token, NOW + twelve - timedelta(seconds=1)) == person
            assert signed_in(database, token, NOW + twelve) is None
        with database.engine.connect() as connection:
            kept = str(connection.execute(text("SELECT * FROM person_sessions")).all())
        assert not any(token in kept for token in tokens if token)

    def test_it_ends_alone_or_with_all_others(self, database: Database) -> None:
        person, other = somebody(database), somebody(database, "bea@example.org")
        one, two, three = (seat(database, person) for _ in range(3))
        hers = seat(database, other)
        with database.transaction() as session:
            people.sign_out(session, one)
            people.sign_out(session, "no token at all")
        assert [signed_in(database, token) is not None for token in (one, two, three)] == [False, True, True]
        with database.transaction() as session:
            people.sign_out_everywhere(session, person.id)
        assert signed_in(database, two) is signed_in(database, three) is None
        assert signed_in(database, hers) == other

    def test_it_ends_with_the_account(self, database: Database) -> None:
        person = somebody(database)
        token = seat(database, person)
        with database.transaction() as session:
            people.deactivate(session, person.id, now=NOW)
            people.reactivate(session, person.id)
        assert signed_in(database, token) is None

    def test_those_that_are_over_are_swept_out(self, database: Database) -> None:
        person = somebody(database)
        seat(database, person)
        with database.transaction() as session:
            people.open_session(session, person.id, now=NOW + timedelta(days=1))
        assert count(database, "person_sessions") == 1


class TestLinks:
    def invite(self, database: Database, person: Person, now: datetime = NOW) -> str:
        with database.transaction() as session:
            return people.invite(session, person.id, now=now)

    def invited(self, database: Database, token: str, now: datetime = NOW) -> Person | None:
        with database.reading() as session:
            return people.invited(session, token, now=now)

    def test_it_sets_a_password_once(self, database: Database) -> None:
        person = somebody(database)
        token, hashed = self.invite(database, person), people.hashed(SECRET, of=person)
        assert self.invited(database, token) == person
        with database.transaction() as session:
            assert people.redeem(session, token, hashed, now=NOW) == person
        assert proof(database, person.email, SECRET) is not None
        assert self.invited(database, token) is None
        with pytest.raises(NotFound), database.transaction() as session:
            people.redeem(session, token, hashed, now=NOW)

    def test_of_several_who_use_it_at_once_one_does(self, database: Database) -> None:
        person = somebody(database)
        token = self.invite(database, person)
        passwords = [f"una frase larga, {word}" for word in ("uno", "dos", "tres", "cuatro")]

        def redeem(password: str) -> bool:
            try:
                with database.transaction() as session:
                    people.redeem(session, token, people.hashed(password, of=person), now=NOW)
            except NotFound:
                return False
            return True

        with ThreadPoolExecutor(len(passwords)) as threads:
            done = list(threads.map(redeem, passwords))
        assert done.count(True) == 1
        assert proof(database, person.email, passwords[done.index(True)]) is not None

    def test_it_is_good_for_three_days_and_until_the_next_is_made(self, database: Database) -> None:
        person, late = somebody(database), NOW + timedelta(hours=72)
        first = self.invite(database, person)
        assert self.invited(database, first, late - timedelta(seconds=1)) == person
        assert self.invited(database, first, late) is None
        second = self.invite(database, person)
        assert self.invited(database, first) is None
        assert self.invited(database, second) == person
        with database.engine.connect() as connection:
            assert second not in str(connection.execute(text("SELECT * FROM people")).all())

    def test_a_reset_makes_the_password_useless_and_ends_the_sessions(self, database: Database) -> None:
        person = with_password(database)
        seated = seat(database, person)
        with database.transaction() as session:
            token = people.reset(session, person.id, now=NOW)
        assert proof(database, person.email, SECRET) is None
        assert signed_in(database, seated) is None
        assert self.invited(database, token) == person

    def test_a_closed_account_has_none(self, database: Database) -> None:
        person = somebody(database)
        token = self.invite(database, person)
        with database.transaction() as session:
            people.deactivate(session, person.id, now=NOW)
            for verb in (people.invite, people.reset):
                with pytest.raises(Conflict):
                    verb(session, person.id, now=NOW)
        assert self.invited(database, token) is None


class TestAttempts:
    def test_the_sixth_for_an_address_waits_until_the_first_is_a_quarter_of_an_hour_old(
        self, database: Database
    ) -> None:
        minutes = [NOW + timedelta(minutes=number) for number in range(5)]
        assert [wait(database, "ana@example.org", now=at) for at in minutes] == [0] * 5
        assert wait(database, " ANA@example.org", "198.51.100.1", minutes[-1]) == 11 * 60
        assert wait(database, "bea@example.org", now=minutes[-1]) == 0
        assert wait(database, "ana@example.org", now=NOW + timedelta(minutes=14, seconds=59.5)) == 1
        assert wait(database, "ana@example.org", now=NOW + timedelta(minutes=15)) == 0
        assert wait(database, "ana@example.org", now=NOW + timedelta(minutes=15)) == 60

    def test_asking_while_one_has_to_wait_does_not_make_it_longer(self, database: Database) -> None:
        for _ in range(5):
            wait(database, "ana@example.org")
        later = NOW + timedelta(minutes=10)
        assert {wait(database, "ana@example.org", now=later) for _ in range(5)} == {5 * 60}

    def test_the_thirty_first_from_one_client_waits_whatever_the_address(self, database: Database) -> None:
        assert {wait(database, f"{number}@example.org") for number in range(30)} == {0}
        assert wait(database, "ana@example.org") == 15 * 60
        assert wait(database, "ana@example.org", "192.0.2.8") == 0

    def test_a_network_of_ipv6_is_one_client(self, database: Database) -> None:
        for number in range(30):
            wait(database, f"{number}@example.org", f"2001:db8:0:1::{number:x}")
        assert wait(database, "ana@example.org", "2001:db8:0:1:ffff::1") > 0
        assert wait(database, "ana@example.org", "2001:db8:0:2::1") == 0
        assert wait(database, "ana@example.org", "::1") == 0

    def test_a_success_clears_the_count_of_its_address_and_of_no_other(self, database: Database) -> None:
        person = with_password(database)
        for _ in range(4):
            wait(database, person.email)
            wait(database, "bea@example.org")
        found = proof(database, person.email, SECRET)
        assert found is not None
        with database.transaction() as session:
            people.sign_in(session, found, now=NOW)
        assert count(database, "sign_in_attempts") == 4
        assert [wait(database, person.email) for _ in range(5)] == [0] * 5
        assert [wait(database, "bea@example.org") > 0 for _ in range(2)] == [False, True]

    def test_of_many_at_once_no_more_are_let_through(self, database: Database) -> None:
        with_password(database)
        with ThreadPoolExecutor(12) as threads:
            told = list(threads.map(lambda _: wait(database, "ana@example.org"), range(12)))
        assert told.count(0) == 5

    def test_what_was_written_is_not_kept_and_nothing_is_kept_for_long(self, database: Database) -> None:
        wait(database, SECRET)
        wait(database, "\x00")
        with database.engine.connect() as connection:
            kept = str(connection.execute(text("SELECT * FROM sign_in_attempts")).all())
        assert SECRET not in kept
        assert HERE not in kept
        wait(database, "ana@example.org", now=NOW + people.WITHIN)
        assert count(database, "sign_in_attempts") == 1
