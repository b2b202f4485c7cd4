"""Cases in a database with plain defaults: a test names only what it is about."""

from datetime import UTC, date, datetime
from typing import Any

from app import cases, postings
from app.accounts import Caller
from app.brokering.frozen import Frozen
from app.cases import Case, Said
from app.db import Database
from app.intake import Contact, Intake
from app.matching.gates import gates
from app.matching.posting import Asker, Posting
from app.matching.suggest import Suggestion

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DESK = Caller("desk", "Regional desk", "broker")
OTHER = Caller("other", "Second desk", "broker")
BRAZIL = Caller("abc", "ABC", "agency", "BRA")
JAMAICA = Caller("pioj", "PIOJ", "agency", "JAM")


def stored(database: Database, posting: Posting) -> Posting:
    contact = Contact(name="Ana", email=f"{posting.country.lower()}@example.org")
    with database.transaction() as session:
        return postings.add(session, Intake(posting, contact), by=DESK, now=NOW)


def shown(request: Posting, offer: Posting, today: date) -> Frozen:
    """A pair as the least that a suggestion is: what it scores is not what these tests are about."""
    found = Suggestion(
        request=request,
        offer=offer,
        score=0.5,
        parts=(),
        gates=gates(request, offer, asker=Asker("broker"), today=today),
        channels=(),
        meeting="same",
    )
    return Frozen(found, {"version": "test", "weights": {}})


def taken_up(database: Database, request: Posting, offer: Posting, now: datetime = NOW) -> Case:
    with database.transaction() as session:
        return cases.take_up(session, shown(request, offer, now.date()), by=DESK, now=now)


def stepped(
    database: Database, case: Case, action: Any, by: Caller = DESK, now: datetime = NOW, **said: Any
) -> Case:
    with database.transaction() as session:
        version = cases.get(session, case.id, by=DESK).version
        return cases.act(session, case.id, action, Said(**said), if_version=version, by=by, now=now)


def proposed(database: Database, case: Case, now: datetime = NOW) -> Case:
    return stepped(database, stepped(database, case, "shortlist", now=now), "propose", now=now)
