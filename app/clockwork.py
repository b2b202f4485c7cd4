"""The clock's works: one round of them for `puente tick`, and one every few minutes beside a service.

Any number of workers, and cron as well, may turn them at once: what is due is looked at again under the
lock of the transaction that does it, and a notice is told once by its name.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from app import cases
from app.cases import Ticked
from app.catalogue import Catalogue
from app.db import Database
from app.mail import Delivered, check, deliver
from app.settings import Settings

log = logging.getLogger(__name__)


def turn(
    database: Database, catalogue: Catalogue, settings: Settings, clock: Callable[[], datetime]
) -> tuple[Ticked, Delivered]:
    """Do what is due, then send what is to be told of it."""
    ticked = cases.tick(database, paces=settings.paces, now=clock())
    return ticked, deliver(database, catalogue, settings, clock)


class Clockwork:
    """Turns the works every `settings.tick_minutes`; `open` it with the service and `close` it after."""

    def __init__(
        self, database: Database, catalogue: Catalogue, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        """Nothing is begun yet.

        Raises:
            Unusable: for settings of the mail that cannot be used.
        """
        check(settings)
        self._works = (database, catalogue, settings, clock)
        self._every = settings.tick_minutes * 60
        self._closing = threading.Event()
        self._hand = threading.Thread(target=self._run, name="clockwork", daemon=True)

    def open(self) -> None:
        """Begin; the first turn comes after the first pause, so that a service starts at once."""
        if self._every:
            self._hand.start()

    def close(self) -> None:
        self._closing.set()
        if self._hand.is_alive():
            self._hand.join()

    def _run(self) -> None:
        while not self._closing.wait(self._every):
            try:
                turn(*self._works)
            except Exception:
                # Nothing is lost: what was due is due still, and the next turn does it.
                log.exception("the clock could not be turned")
