"""`puente deliver` sends what is due and tells in one line what became of it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import notices
from app.cli import main
from app.db import Database
from tests.mail.told import a_case, a_reader
from tests.postbox import Postbox, free_port, running


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """With two notices that are due."""
    url = f"sqlite:///{tmp_path / 'puente.db'}"
    database = Database(url)
    database.prepare()
    readers = [a_reader(), a_reader("luis@abc.example.org", person="p_luis")]
    with database.transaction() as session:
        notices.tell(session, "case.proposed", "e1", readers, a_case(), now=datetime.now(UTC))
    database.close()
    return {"PUENTE_DATABASE_URL": url, "PUENTE_MAIL_FROM": "Puente <puente@example.org>"}


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with running(Postbox(free_port())) as box:
        yield box


def test_what_is_due_is_sent_once(
    environment: dict[str, str], postbox: Postbox, capsys: pytest.CaptureFixture[str]
) -> None:
    with_server = environment | {"PUENTE_SMTP_URL": postbox.url}
    assert main(["deliver"], with_server) == 0
    assert main(["deliver"], with_server) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == ["Mail: 2 sent, 0 failed, 0 waiting.", "Mail: 0 sent, 0 failed, 0 waiting."]
    assert len(postbox.received) == 2
    assert "http://127.0.0.1:8000/cases/c_17" in postbox.received[0].part("plain")


def test_a_failure_is_told_by_the_exit_status(
    environment: dict[str, str], postbox: Postbox, capsys: pytest.CaptureFixture[str]
) -> None:
    postbox.refuses["ana@apci.example.org"] = "550 5.1.1 unknown"
    assert main(["deliver"], environment | {"PUENTE_SMTP_URL": postbox.url}) == 1
    assert capsys.readouterr().out == "Mail: 1 sent, 1 failed, 0 waiting.\n"


def test_a_server_that_is_out_of_reach_is_told_by_the_exit_status(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = f"smtp://127.0.0.1:{free_port()}"
    assert main(["deliver"], environment | {"PUENTE_SMTP_URL": nowhere}) == 1
    told = capsys.readouterr().out
    assert told.startswith("Mail: 0 sent, 0 failed, 2 waiting; the server is out of reach: ")
    assert told.count("\n") == 1


def test_without_a_server_notices_wait_and_that_is_no_failure(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deliver"], environment) == 0
    said = "Mail: 0 sent, 0 failed, 2 waiting; nothing is sent without PUENTE_SMTP_URL.\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUENTE_SMTP_URL", "smtp://user:hunter2@mail.example.org/x"),
        ("PUENTE_MAIL_FROM", "nobody"),
        ("PUENTE_ADDRESS", "puente.example.org"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_one_line(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    wanted = environment | {"PUENTE_SMTP_URL": f"smtp://127.0.0.1:{free_port()}"} | {name: value}
    assert main(["deliver"], wanted) == 2
    told = capsys.readouterr().err
    assert name in told
    assert "hunter2" not in told
    assert told.count("\n") == 1
