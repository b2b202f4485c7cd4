"""The clock is killed while it goes round: the next round does the rest, and nothing a second time."""

import os
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from app import cases
from app.cases.tables import CaseRow
from app.db import Database
from tests.brokered import DESK, proposed, stored, taken_up
from tests.builders import a_request, an_offer
from tests.serving import PUENTE, READY_SECONDS

MANY = 60


def reminded(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(CaseRow.id).where(CaseRow.stage == 1)).all())


def test_what_a_killed_clock_left_is_done_once_by_the_next(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'puente.db'}"
    database = Database(url)
    database.prepare()
    long_ago = datetime.now(UTC) - timedelta(days=10)
    offer = stored(database, an_offer(id="o1"))
    made = [
        proposed(
            database,
            taken_up(database, stored(database, a_request(id=f"r{number}")), offer, long_ago),
            long_ago,
        )
        for number in range(MANY)
    ]
    environment = os.environ | {"PUENTE_DATABASE_URL": url}
    clock = subprocess.Popen([*PUENTE, "tick"], env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + READY_SECONDS
    while reminded(database) == 0 and clock.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    clock.send_signal(signal.SIGKILL)
    clock.wait()
    done = reminded(database)
    assert done > 0

    subprocess.run([*PUENTE, "tick"], env=environment, check=True, capture_output=True)
    assert reminded(database) == MANY
    with database.reading() as session:
        for case in made:
            entries = [one.entry for one in cases.history(session, case.id, by=DESK)]
            assert entries.count("reminder") == 1
    database.close()
