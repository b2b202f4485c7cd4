"""`puente tick` does what is due and tells it; run again it does nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import cases, people
from app.accounts import OPERATOR
from app.cli import main
from app.db import Database
from tests.brokered import proposed, stored, taken_up
from tests.builders import a_request, an_offer
from tests.postbox import Postbox, free_port, running


def test_a_side_that_does_not_answer_gets_one_mail_and_the_case_waits_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'puente.db'}"
    database = Database(url)
    database.prepare()
    long_ago = datetime.now(UTC) - timedelta(days=10)
    request, offer = stored(database, a_request(id="r1")), stored(database, an_offer(id="o1"))
    with database.transaction() as session:
        people.create(
            session, role="agency", name="PIOJ", email="pioj@example.org", country="JAM", now=long_ago
        )
    case = proposed(database, taken_up(database, request, offer, long_ago), long_ago)
    with running(Postbox(free_port())) as postbox:
        environment = {
            "PUENTE_DATABASE_URL": url,
            "PUENTE_SMTP_URL": postbox.url,
            "PUENTE_MAIL_FROM": "Puente <puente@example.org>",
        }
        assert main(["tick"], environment) == 0
        assert main(["tick"], environment) == 0
        subjects = [one.message["Subject"] for one in postbox.received if one.to == "pioj@example.org"]
    first, _, second, _ = capsys.readouterr().out.splitlines()
    assert first.startswith("Cases: 1 reminded, 0 escalated, 0 lapsed")
    assert second.startswith("Cases: 0 reminded, 0 escalated, 0 lapsed")
    assert len(subjects) == 2, "the proposal, and one reminder"
    with database.reading() as session:
        assert cases.get(session, case.id, by=OPERATOR).stage == 1
    database.close()


def test_a_pace_that_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {"PUENTE_DATABASE_URL": f"sqlite:///{tmp_path}/p.db", "PUENTE_CLOCK": "proposed=9/2/45"}
    assert main(["tick"], environment) == 2
    told = capsys.readouterr().err
    assert told.startswith("puente: PUENTE_CLOCK: ")
    assert told.count("\n") == 1
