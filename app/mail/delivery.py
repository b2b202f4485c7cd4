"""Delivers the notices that are due: lease, send, settle, one mail at a time.

A worker may die at any moment. Before the sending, the lease ends and another worker sends; after it and
before the settling, the mail goes out a second time, under the same Message-ID: at least once, never lost.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app import notices
from app.catalogue import Catalogue
from app.db import Database
from app.mail.letters import Letterhead, Unaddressable, letter, letterhead_of
from app.mail.smtp import Carrier, Refused, Unreachable, server_of
from app.notices import Leased
from app.settings import Settings

log = logging.getLogger(__name__)

NO_SERVER = "nothing is sent without PUENTE_SMTP_URL"


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a round: mails sent and mails that failed, notices that wait for a later one; and why
    the round ended early, if it did."""

    sent: int
    failed: int
    waiting: int
    trouble: str | None = None


def check(settings: Settings) -> None:
    """Read the settings of the mail before anything is due, so that a fault is told at start.

    Raises:
        Unusable: for those that cannot be used; without a server there is nothing to use them for.
    """
    if server_of(settings.smtp_url) is not None:
        letterhead_of(settings)


def deliver(
    database: Database, catalogue: Catalogue, settings: Settings, now: Callable[[], datetime]
) -> Delivered:
    """Send what is due as of now. `now` is the clock, for a round may take a while and leases go by it.

    One address that fails holds up no other. A server that takes nothing ends the round: what was leased is
    handed back as it was, for it was not to blame.

    Raises:
        Unusable: for settings of the mail that cannot be used.
    """
    server = server_of(settings.smtp_url)
    if server is None:
        return Delivered(0, 0, _waiting(database), NO_SERVER)
    head, due_by = letterhead_of(settings), now()
    sent = failed = 0
    trouble = None
    with Carrier(server, head.host) as carrier:
        while trouble is None:
            with database.transaction() as session:
                leased = notices.lease(session, due_by=due_by, now=now())
            if leased is None:
                break
            try:
                _send(leased, carrier, head, catalogue, now)
            except Unreachable as wrong:
                trouble = str(wrong)
                log.warning("mail waits: %s", trouble)
                with database.transaction() as session:
                    notices.hand_back(session, leased, trouble)
            except Refused as refused:
                failed += 1
                _failed(database, leased, refused, now)
            else:
                sent += 1
                with database.transaction() as session:
                    notices.settle(session, leased, now=now())
    return Delivered(sent, failed, _waiting(database), trouble)


def _send(
    leased: Leased, carrier: Carrier, head: Letterhead, catalogue: Catalogue, now: Callable[[], datetime]
) -> None:
    to = leased.notices[-1].to.address
    try:
        message = letter(leased.notices, leased.name, head, catalogue, now=now())
    except Unaddressable as wrong:
        raise Refused(f"not an address: {wrong}", for_good=True) from None
    except Exception as unforeseen:
        # A letter that cannot be written must not hold up those behind it; a newer Puente may write it.
        log.exception("no letter could be written for the notices %s", ", ".join(leased.ids))
        raise Refused(f"no letter: {type(unforeseen).__name__}", for_good=False) from unforeseen
    carrier.carry(message, sender=head.sender.addr_spec, to=to)


def _failed(database: Database, leased: Leased, refused: Refused, now: Callable[[], datetime]) -> None:
    why = str(refused)
    with database.transaction() as session:
        again = not refused.for_good and notices.put_off(session, leased, why, now=now())
        if refused.for_good:
            notices.give_up(session, leased, why, now=now())
    # The address is not logged: the notice has it.
    told = "put off" if again else "given up"
    log.warning("mail for the notices %s is %s: %s", ", ".join(leased.ids), told, why)


def _waiting(database: Database) -> int:
    with database.reading() as session:
        return notices.waiting(session)
