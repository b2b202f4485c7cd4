"""The clock beside a service: it turns by itself, survives a turn that fails, and stops with the service."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app import cases
from app.accounts import OPERATOR
from app.catalogue import Catalogue
from app.clockwork import Clockwork
from app.db import Database
from app.settings import Settings
from tests.brokered import NOW, proposed, stored, taken_up
from tests.builders import a_request, an_offer


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def test_it_turns_by_itself_also_after_a_turn_that_failed(
    database: Database, catalogue: Catalogue, caplog: pytest.LogCaptureFixture
) -> None:
    offer = stored(database, an_offer(id="o1"))
    case = proposed(database, taken_up(database, stored(database, a_request(id="r1")), offer))
    turns = []

    def clock() -> datetime:
        turns.append(1)
        if len(turns) == 1:
            raise OSError("the time is out of reach")
        return NOW + timedelta(days=10)

    works = Clockwork(database, catalogue, Settings(), clock)
    works._every = 0.01  # type: ignore[assignment]  # a setting is in minutes
    works.open()
    try:

        def is_reminded() -> bool:
            with database.reading() as session:
                return cases.get(session, case.id, by=OPERATOR).stage == 1

        assert until(is_reminded)
    finally:
        works.close()
    assert "the clock could not be turned" in caplog.text
    seen = len(turns)
    time.sleep(0.05)
    assert len(turns) == seen, "it has stopped"


def test_where_cron_turns_it_a_service_does_not(database: Database, catalogue: Catalogue) -> None:
    works = Clockwork(database, catalogue, Settings(tick_minutes=0), lambda: datetime.now(UTC))
    works.open()
    assert not works._hand.is_alive()
    works.close()
