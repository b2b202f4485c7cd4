"""Each worker keeps its own market, posting by posting, and all of them say the same."""

from datetime import UTC, datetime

from app import postings
from app.accounts import OPERATOR
from app.catalogue import Catalogue
from app.db import Database
from app.desk import Desk, opened
from app.evaluation.samples import Samples
from app.matching.posting import Asker
from app.matching.suggest import Suggestion, suggest
from tests.builders import the_ground, the_tagger

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BROKER = Asker("broker")


def found(desk: Desk, database: Database, sampled: Samples, request: str) -> list[Suggestion]:
    with database.reading() as session:
        market = desk.market(session)
    return suggest(sampled.requests[request].posting, market, today=NOW.date(), asker=BROKER, limit=200)


def store(database: Database, sampled: Samples, *ids: str) -> None:
    with database.transaction() as session:
        for id in ids:
            postings.add(session, sampled.offers[id], by=OPERATOR, now=NOW)


def test_what_one_worker_stores_another_suggests_in_its_next_call(
    database: Database, catalogue: Catalogue, sampled: Samples
) -> None:
    request = next(iter(sampled.requests))
    with (
        opened(database, the_ground(catalogue), the_tagger()) as here,
        opened(database, the_ground(catalogue), the_tagger()) as there,
    ):
        assert found(there, database, sampled, request) == []
        store(database, sampled, *list(sampled.offers)[:20])
        assert {s.offer.id for s in found(there, database, sampled, request)} == {
            s.offer.id for s in found(here, database, sampled, request)
        }
        first = found(there, database, sampled, request)[0].offer.id

        with database.transaction() as session:
            postings.withdraw(session, "offer", first, if_version=1, by=OPERATOR, now=NOW)

        assert first not in {s.offer.id for s in found(there, database, sampled, request)}


def test_a_call_fits_nothing_and_the_keeper_begins_the_epoch(
    database: Database, catalogue: Catalogue, sampled: Samples
) -> None:
    desk = Desk(database, the_ground(catalogue), the_tagger())
    with database.reading() as session:
        before = desk.market(session).shelf("offer").weightings
    store(database, sampled, *list(sampled.offers)[:40])
    with database.reading() as session:
        assert desk.market(session).shelf("offer").weightings is before
        assert desk.market(session).shelf("offer").size == 40
    desk.keep_up()
    with database.reading() as session:
        assert desk.market(session).shelf("offer").weightings is not before


def test_workers_that_saw_the_same_postings_come_give_the_same_answers(
    database: Database, catalogue: Catalogue, sampled: Samples
) -> None:
    early = Desk(database, the_ground(catalogue), the_tagger())
    for id in sampled.offers:
        store(database, sampled, id)
        early.keep_up()
    with opened(database, the_ground(catalogue), the_tagger()) as late:
        for request in list(sampled.requests)[:5]:
            assert found(early, database, sampled, request) == found(late, database, sampled, request)
