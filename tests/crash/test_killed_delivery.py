"""A worker is killed while it delivers: what it had leased is delivered by the next, under the same name."""

import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from app import notices
from app.catalogue import Catalogue
from app.db import Database
from app.mail import Delivered, deliver
from app.notices import LEASE
from tests.mail.told import a_case, a_reader, settings_for
from tests.postbox import Postbox, free_port, running
from tests.serving import PUENTE, READY_SECONDS


@pytest.mark.parametrize(("killed", "sent"), [("before", 2), ("after", 3)])
def test_a_worker_killed_before_or_after_the_server_took_a_mail_has_lost_none(
    tmp_path: Path, catalogue: Catalogue, killed: Literal["before", "after"], sent: int
) -> None:
    url = f"sqlite:///{tmp_path / 'puente.db'}"
    database = Database(url)
    database.prepare()
    with database.transaction() as session:
        for place in range(2):
            event = f"case:c_{place}:proposed:1"
            notices.tell(session, "case.proposed", event, [a_reader()], a_case(), now=datetime.now(UTC))
    postbox = Postbox(free_port(), hangs=killed)
    with running(postbox):
        environment = {
            "PUENTE_DATABASE_URL": url,
            "PUENTE_SMTP_URL": postbox.url,
            "PUENTE_MAIL_FROM": "puente@example.org",
            "PUENTE_ADDRESS": "https://puente.example.org",
        }
        worker = subprocess.Popen([*PUENTE, "deliver"], env=os.environ | environment)
        assert postbox.hanging.wait(READY_SECONDS)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        postbox.hangs = None

        def round_at(after: timedelta) -> Delivered:
            clock = datetime.now(UTC) + after
            return deliver(database, catalogue, settings_for(postbox.url), lambda: clock)

        assert round_at(timedelta(0)) == Delivered(1, 0, 1), "the other notice is free, the leased one is not"
        assert round_at(LEASE) == Delivered(1, 0, 0)
        assert round_at(LEASE * 2) == Delivered(0, 0, 0)
    database.close()

    names = [one.message["Message-ID"] for one in postbox.received]
    assert len(set(names)) == 2
    assert len(names) == sent, "a mail that came twice says so by its name"
