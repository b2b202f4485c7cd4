"""What is counted is what a list of the same wishes gives, on either database."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest

from app import postings
from app.accounts import Caller
from app.db import Database
from app.intake import Intake
from app.matching.posting import ANYONE, Asker, Kind, Posting
from app.postings import Wanted

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
TODAY = NOW.date()
BROKER = Caller("b", "Desk", "broker")


@pytest.fixture
def filled(database: Database) -> Database:
    """Postings of every sort that a count must tell apart."""

    def add(id: str, kind: Kind, at: datetime = NOW, **fields: Any) -> None:
        known: dict[str, Any] = {"country": "PER", "visibility": "public", "sectors": ("health",)}
        posting = Posting(
            id=id, kind=kind, title="Agua", description="Agua.", language="es", **(known | fields)
        )
        with database.transaction() as session:
            postings.add(session, Intake(posting, None), by=BROKER, now=at)

    add("o1", "offer", sectors=("health", "gender"))
    add("o2", "offer", NOW - timedelta(days=30))
    add("o3", "offer", sectors=())
    add("o4", "offer", visibility="partners")
    add("o5", "offer", status="draft")
    add("o6", "offer", valid_until=TODAY - timedelta(days=1))
    add("o7", "offer", country="BRA")
    add("r1", "request", datetime(2026, 11, 23, 23, 59, 59, 999999, tzinfo=UTC))
    add("r2", "request", country="HTI", sectors=("gender",))
    with database.transaction() as session:
        postings.remove(session, "offer", "o7", if_version=1, by=BROKER, now=NOW)
    return database


WISHES = (
    Wanted(),
    Wanted(status="published"),
    Wanted(status="expired"),
    Wanted(country="PER"),
    Wanted(sector="health"),
    Wanted(sector="gender", status="published"),
    Wanted(without_sector=True),
    Wanted(posted_since=date(2026, 11, 24)),
    Wanted(posted_until=date(2026, 11, 23)),
    Wanted(posted_since=date.min, posted_until=date.max),
)


ASKERS = (ANYONE, Asker("partner"), Asker("agency", "PER"), BROKER.asker)


def test_a_count_is_the_length_of_the_list_with_the_same_wishes(filled: Database) -> None:
    for asker, wanted in product(ASKERS, WISHES):
        with filled.reading() as session:
            pages = [
                postings.listed(session, kind, wanted, asker=asker, limit=200, cursor=None, today=TODAY)
                for kind in get_args(Kind)
            ]
            once = postings.counted_once(session, wanted, asker=asker, today=TODAY)
            by_sector = postings.counted(session, wanted, asker=asker, today=TODAY)
        listed = [posting for page in pages for posting in page.items]
        assert {(one.kind, one.country): one.postings for one in once} == Counter(
            (posting.kind, posting.country) for posting in listed
        )
        assert {(one.kind, one.country, one.sector): one.postings for one in by_sector} == Counter(
            (posting.kind, posting.country, sector)
            for posting in listed
            for sector in posting.sectors or (None,)
            if wanted.sector in (None, sector)
        )


def test_anyone_counts_neither_drafts_nor_what_partners_see_nor_what_is_removed(filled: Database) -> None:
    with filled.reading() as session:
        found = postings.counted_once(session, Wanted(), asker=ANYONE, today=TODAY)
    assert [(one.kind, one.country, one.postings) for one in found] == [
        ("offer", "PER", 4),
        ("request", "HTI", 1),
        ("request", "PER", 1),
    ]


def test_a_day_lasts_until_its_last_moment_in_utc(filled: Database) -> None:
    with filled.reading() as session:
        until = postings.counted_once(
            session, Wanted(posted_until=date(2026, 11, 23)), asker=ANYONE, today=TODAY
        )
        since = postings.counted_once(
            session, Wanted(posted_since=date(2026, 11, 24)), asker=ANYONE, today=TODAY
        )
    assert {(one.kind, one.country): one.postings for one in until} == {
        ("offer", "PER"): 1,
        ("request", "PER"): 1,
    }
    assert ("request", "PER") not in {(one.kind, one.country) for one in since}
