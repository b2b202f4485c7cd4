"""The market of this process, kept in step with the database posting by posting.

Every change of a posting takes the next number (see `app.postings`). The desk remembers the last one
it has seen and fetches what came after: before it answers, so that a posting is matchable in the next
call of any worker, and in the background, where a new epoch of weights is begun when one is due.
Expiry needs no event: a posting's last day is compared with today's date in every search.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app import postings
from app.db import Database
from app.matching.market import Ground, Market
from app.matching.tags import Tagger

ROUNDS_SECONDS = 0.5
"""How often the background looks for changes made by other workers."""

log = logging.getLogger(__name__)


class Desk:
    """Holds the market; `open` it before use and `close` it after."""

    def __init__(self, database: Database, ground: Ground, tagger: Tagger | None = None) -> None:
        self._database = database
        self._market = Market(ground, tagger)
        self._seen = 0
        self._catching_up = threading.Lock()
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="desk", daemon=True)

    def open(self) -> None:
        """Build the market from the database and begin to keep it."""
        with self._database.reading() as session:
            newest = postings.newest_change(session)
            self._market.fill(postings.changed_since(session, 0))
            self._seen = newest
        self._keeper.start()

    def close(self) -> None:
        self._closing.set()
        if self._keeper.is_alive():
            self._keeper.join()

    def market(self, session: Session) -> Market:
        """The market with everything in it that `session` can see. Nothing is fitted and nothing written."""
        newest = postings.newest_change(session)
        if newest > self._seen:
            with self._catching_up:
                if newest > self._seen:
                    for posting in postings.changed_since(session, self._seen):
                        self._market.put(posting)
                    self._seen = newest
        return self._market

    def keep_up(self) -> None:
        """Take in what is new and begin an epoch if one is due: after a write, and in the background."""
        with self._database.reading() as session:
            self.market(session)
        self._market.renew_if_due()

    def __len__(self) -> int:
        """Postings that are published, those past their last day included."""
        return len(self._market)

    def is_well(self) -> str | None:
        """None, or what is wrong, for the readiness of the service."""
        return None if self._keeper.is_alive() else "the index is not being kept"

    def _keep(self) -> None:
        while not self._closing.wait(ROUNDS_SECONDS):
            try:
                self.keep_up()
            except Exception:
                # The next round tries again; until then every search catches up by itself.
                log.exception("the index could not be brought up to date")


@contextmanager
def opened(database: Database, ground: Ground, tagger: Tagger | None = None) -> Iterator[Desk]:
    """A desk for the time of a block."""
    desk = Desk(database, ground, tagger)
    desk.open()
    try:
        yield desk
    finally:
        desk.close()
