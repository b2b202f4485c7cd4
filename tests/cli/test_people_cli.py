"""`puente people`: an account is made, its owner let in by a link, and it is closed again."""

import io
from pathlib import Path

import pytest

from app import people
from app.cli import main
from app.db import Database
from app.people import Person

ANA = [
    "people",
    "create",
    "--role",
    "agency",
    "--country",
    "jm",
    "--name",
    "Ana",
    "--email",
    "Ana@example.org",
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PUENTE_DATABASE_URL": f"sqlite:///{tmp_path / 'puente.db'}",
        "PUENTE_ADDRESS": "https://puente.example/",
    }


def type_in(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))


def kept(environment: dict[str, str]) -> list[tuple[Person, bool]]:
    """Everybody, and whether they have a password."""
    database = Database(environment["PUENTE_DATABASE_URL"])
    with database.reading() as session:
        found = people.everybody(session)
    database.close()
    return found


def knows(environment: dict[str, str], email: str, password: str) -> bool:
    database = Database(environment["PUENTE_DATABASE_URL"])
    with database.reading() as session:
        proof = people.authenticate(session, email, password)
    database.close()
    return proof is not None


def test_an_account_is_made_and_its_link_printed_alone(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ANA, "--language", "en"], environment) == 0
    link = capsys.readouterr().out
    assert link.startswith("https://puente.example/welcome/")
    assert link.count("\n") == 1
    ((person, has_password),) = kept(environment)
    assert (person.email, person.country, person.language) == ("ana@example.org", "JAM", "en")
    assert not has_password


def test_a_password_may_be_given_on_standard_input(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, "leche y miel para todas \nanother line\n")
    assert main([*ANA, "--password-stdin"], environment) == 0
    assert "welcome" not in capsys.readouterr().out
    assert knows(environment, "ana@example.org", "leche y miel para todas ")
    type_in(monkeypatch, "agua que no has de beber")
    assert main(["people", "reset", "ana@example.org", "--password-stdin"], environment) == 0
    assert knows(environment, "ana@example.org", "agua que no has de beber")


def test_a_password_that_somebody_would_guess_leaves_no_account_behind(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for typed in ("", "short\n", "x" * 5000):
        type_in(monkeypatch, typed)
        assert main([*ANA, "--password-stdin"], environment) == 2
        told = capsys.readouterr()
        assert told.err.startswith("puente: /password: A password has at")
        assert told.err.count("\n") == 1
        assert told.out == ""
    assert kept(environment) == []


def test_accounts_are_listed_with_what_they_are_and_without_passwords(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["people", "list"], environment) == 0
    assert "puente people create" in capsys.readouterr().out
    main(ANA, environment)
    main(
        ["people", "create", "--role", "partner", "--channel", "paho", "--name", "[b]", "--email", "b@x.org"],
        environment,
    )
    main(["people", "deactivate", "b@x.org"], environment)
    capsys.readouterr()
    assert main(["people", "list"], environment) == 0
    listed = capsys.readouterr().out
    (ana, _), (partner, _) = kept(environment)
    for told in (ana.id, "ana@example.org", "JAM", "no password", partner.id, "[b]", "paho", "closed"):
        assert told in listed
    assert "$argon2" not in listed


def test_an_account_is_closed_and_opened_again_by_its_address_or_id(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(ANA, environment)
    ((ana, _),) = kept(environment)
    for who in (ana.id, "ANA@example.org"):
        assert main(["people", "deactivate", who], environment) == 0
        assert [person.active for person, _ in kept(environment)] == [False]
        assert main(["people", "reactivate", who], environment) == 0
        assert [person.active for person, _ in kept(environment)] == [True]


def test_a_reset_takes_the_password_away_and_prints_another_link(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    type_in(monkeypatch, "leche y miel para todas\n")
    main([*ANA, "--password-stdin"], environment)
    capsys.readouterr()
    assert main(["people", "reset", "ana@example.org"], environment) == 0
    assert capsys.readouterr().out.startswith("https://puente.example/welcome/")
    assert not knows(environment, "ana@example.org", "leche y miel para todas")


def test_what_is_wrong_is_told_in_one_line(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(ANA, environment)
    main(["people", "deactivate", "ana@example.org"], environment)
    capsys.readouterr()
    new = ["people", "create", "--name", "x", "--email"]
    for arguments, said in (
        (ANA, "has an account already"),
        ([*new, "nobody", "--role", "broker"], "not an e-mail address"),
        ([*new, "x@example.org", "--role", "agency"], "speaks for a country"),
        ([*new, "x@example.org", "--role", "agency", "--country", "XX"], "not a country"),
        ([*new, "x@example.org", "--role", "partner", "--channel", "pahoo"], "near it: paho"),
        ([*new, "x@example.org", "--role", "broker", "--channel", "paho"], "has no channel"),
        (["people", "reset", "ana@example.org"], "is closed"),
        (["people", "reset", "nobody"], "no account nobody"),
        (["people", "deactivate", "nobody@example.org"], "no account nobody@example.org"),
        (["people", "reactivate", ""], "no account"),
    ):
        assert main(arguments, environment) == 2, arguments
        told = capsys.readouterr().err
        assert said in told
        assert told.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [["people"], ["people", "fly"], ["people", "create"], ["people", "create", "--role", "king"]]
)
def test_a_command_that_is_not_one_is_told_in_one_line(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments, environment)
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
