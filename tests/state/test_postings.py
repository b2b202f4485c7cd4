"""Postings are kept whole, changed once at a time, and seen by those who may see them."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app import postings
from app.accounts import Caller
from app.catalogue import Catalogue
from app.cursor import Page
from app.db import Database
from app.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Stale
from app.intake import Contact, Intake
from app.matching.posting import (
    ANYONE,
    Asker,
    Demand,
    Kind,
    Organisation,
    Posting,
    Practice,
)
from app.postings import Wanted

NOW = datetime(2026, 11, 24, 8, 30, 15, 123456, tzinfo=UTC)
TODAY = NOW.date()
ADMINISTRATOR = Caller("a", "Operator", "administrator")
BROKER = Caller("b", "Desk", "broker")
PERU = Caller("c", "APCI", "agency", "PER")
BRAZIL = Caller("d", "ABC", "agency", "BRA")
PARTNER = Caller("e", "Bank", "partner")


def an_intake(id: str = "o1", kind: Kind = "offer", **fields: Any) -> Intake:
    defaults: dict[str, Any] = {
        "title": "Bancos de leche humana",
        "description": "Formamos personal.",
        "language": "es",
        "country": "PER",
        "visibility": "public",
    }
    return Intake(
        Posting(id=id, kind=kind, **(defaults | fields)), Contact(name="Ana", email="ana@example.org")
    )


def stored(database: Database, intake: Intake, by: Caller = ADMINISTRATOR, now: datetime = NOW) -> Posting:
    with database.transaction() as session:
        return postings.add(session, intake, by=by, now=now)


def read(
    database: Database, id: str = "o1", kind: Kind = "offer", asker: Asker = ADMINISTRATOR.asker
) -> Posting:
    with database.reading() as session:
        return postings.get(session, kind, id, asker=asker, today=TODAY)


def listed(database: Database, asker: Asker = ADMINISTRATOR.asker, **narrowed: Any) -> list[str]:
    with database.reading() as session:
        page = postings.listed(
            session, "offer", Wanted(**narrowed), asker=asker, limit=200, cursor=None, today=TODAY
        )
    return [posting.id for posting in page.items]


def test_every_field_comes_back_as_it_was_stored(database: Database) -> None:
    offer = an_intake(
        organisation=Organisation("Ministerio de Salud", "ministry", "Gobierno"),
        sectors=("health", "childhood-youth"),
        modalities=("training",),
        keywords=("lactancia", "ñandú ✓"),
        links=("https://example.org/a",),
        visibility="partners",
        valid_until=date(2027, 1, 31),
        capacity=3,
        practice=Practice("evaluated", ("https://example.org/b", "Informe")),
        detected_language="es",
    )
    request = an_intake(
        "r1",
        "request",
        demand=Demand("Hospital", "Plan", "MINSA"),
        needed_by=date(2027, 6, 30),
        budget_usd=15_000,
        co_applicants=("BOL", "ECU"),
        outcome="Menos muertes",
    )
    for intake in (offer, request):
        made = stored(database, intake)
        assert made == replace(intake.posting, version=1, created_at=NOW, updated_at=NOW)
        assert read(database, made.id, made.kind) == made
        with database.reading() as session:
            assert postings.contact_of(session, made.kind, made.id) == intake.contact


def test_an_id_is_taken_once(database: Database) -> None:
    stored(database, an_intake())
    with pytest.raises(Conflict):
        stored(database, an_intake(title="Otra"))
    assert read(database).title == "Bancos de leche humana"


@pytest.mark.parametrize("by", [BRAZIL, PARTNER])
def test_nobody_posts_for_a_country_that_is_not_theirs(database: Database, by: Caller) -> None:
    with pytest.raises(Forbidden):
        stored(database, an_intake(), by)
    assert listed(database) == []


@pytest.mark.parametrize("by", [PERU, BROKER, ADMINISTRATOR])
def test_agencies_post_for_their_country_and_desks_for_any(database: Database, by: Caller) -> None:
    assert stored(database, an_intake(), by).country == "PER"


def change(database: Database, verb: Callable[..., Any], version: int, by: Caller = PERU, **how: Any) -> Any:
    with database.transaction() as session:
        return verb(session, "offer", "o1", if_version=version, by=by, now=NOW + timedelta(hours=1), **how)


def test_a_change_keeps_what_it_does_not_name(database: Database, catalogue: Catalogue) -> None:
    before = stored(database, an_intake(sectors=("health",), capacity=2))

    after = change(
        database,
        postings.amend,
        1,
        patch={"title": "Nuevo", "capacity": None, "contact": None},
        catalogue=catalogue,
    )

    assert (after.title, after.capacity, after.sectors, after.version) == ("Nuevo", None, ("health",), 2)
    assert (after.created_at, after.updated_at) == (before.created_at, NOW + timedelta(hours=1))
    assert read(database) == after
    with database.reading() as session:
        assert postings.contact_of(session, "offer", "o1") is None


def test_a_change_of_status_keeps_the_contact(database: Database) -> None:
    stored(database, an_intake())
    change(database, postings.withdraw, 1)
    with database.reading() as session:
        assert postings.contact_of(session, "offer", "o1") is not None


def test_faults_and_lost_races_change_nothing(database: Database, catalogue: Catalogue) -> None:
    before = stored(database, an_intake())
    refused: list[tuple[type[Refusal], dict[str, Any], int, Caller]] = [
        (Invalid, {"title": ""}, 1, PERU),
        (Invalid, {"status": "draft"}, 1, PERU),
        (Forbidden, {"country": "BRA"}, 1, PERU),
        (Stale, {"title": "x"}, 7, PERU),
        (Forbidden, {"title": "x"}, 1, BRAZIL),
    ]
    for refusal, patch, version, by in refused:
        with pytest.raises(refusal):
            change(database, postings.amend, version, by, patch=patch, catalogue=catalogue)
    assert read(database) == before
    with database.reading() as session:
        assert postings.newest_change(session) == 1


def test_a_posting_goes_through_its_states(database: Database) -> None:
    stored(database, an_intake(status="draft"))
    assert change(database, postings.publish, 1).status == "published"
    with pytest.raises(Conflict):
        change(database, postings.publish, 2)
    assert change(database, postings.withdraw, 2).status == "withdrawn"
    with pytest.raises(Conflict):
        change(database, postings.withdraw, 3)
    renewed = change(database, postings.renew, 3, valid_until=None, validity_days=30)
    assert (renewed.status, renewed.valid_until) == ("published", TODAY + timedelta(days=30))
    with pytest.raises(Invalid):
        change(database, postings.renew, 4, valid_until=TODAY - timedelta(days=1), validity_days=30)


def test_a_posting_past_its_last_day_reads_as_expired_until_it_is_renewed(database: Database) -> None:
    stored(database, an_intake(valid_until=TODAY - timedelta(days=1)))
    stored(database, an_intake("o2", valid_until=TODAY))
    assert read(database).status == "expired"
    assert listed(database, status="expired") == ["o1"]
    assert listed(database, status="published") == ["o2"]
    change(database, postings.renew, 1, valid_until=TODAY, validity_days=30)
    assert read(database).status == "published"


def test_a_removed_posting_is_gone_for_readers_and_heard_of_by_copies(database: Database) -> None:
    stored(database, an_intake())
    change(database, postings.remove, 1)
    with pytest.raises(NotFound):
        read(database)
    assert listed(database) == []
    with database.reading() as session:
        (gone,) = postings.changed_since(session, 1)
        assert (gone.id, gone.status) == ("o1", "withdrawn")
    with pytest.raises(Conflict):
        stored(database, an_intake())


@pytest.mark.parametrize(
    ("asker", "seen"),
    [
        (ANYONE, ["public"]),
        (PARTNER.asker, ["public", "partners"]),
        (BRAZIL.asker, ["public", "partners"]),
        (PERU.asker, ["public", "partners", "brokers", "draft"]),
        (BROKER.asker, ["public", "partners", "brokers", "draft"]),
    ],
)
def test_each_sees_what_they_may(database: Database, asker: Asker, seen: list[str]) -> None:
    made = {"public": "public", "partners": "partners", "brokers": "brokers", "draft": "public"}
    for id, visibility in made.items():
        stored(
            database, an_intake(id, visibility=visibility, status="draft" if id == "draft" else "published")
        )

    assert sorted(listed(database, asker)) == sorted(seen)
    for id in made:
        if id in seen:
            assert read(database, id, asker=asker).id == id
        else:
            with pytest.raises(NotFound):
                read(database, id, asker=asker)


def test_a_posting_of_one_kind_is_not_found_as_the_other(database: Database) -> None:
    stored(database, an_intake())
    with pytest.raises(NotFound):
        read(database, kind="request")


def test_lists_are_narrowed_by_each_filter(database: Database) -> None:
    stored(database, an_intake("a", sectors=("health", "social"), modalities=("training",)))
    stored(database, an_intake("b", sectors=("environment",), language="pt", country="BRA"))
    later = NOW + timedelta(days=1)
    stored(
        database, an_intake("c", title="Cuenca 100 % limpia_ya", description="Educação e GESTIÓN"), now=later
    )

    assert listed(database, sector="health") == ["a"]
    assert listed(database, modality="training") == ["a"]
    assert listed(database, language="pt") == ["b"]
    assert listed(database, country="BRA") == ["b"]
    assert listed(database, updated_since=later) == ["c"]
    assert listed(database, q="educacao gestion") == ["c"]
    assert listed(database, q="100 %") == ["c"]
    assert listed(database, q="limpia_ya") == ["c"]
    assert listed(database, q="limpiaXya") == []
    assert listed(database, sector="health", language="pt") == []


def test_filters_follow_a_change_of_sectors(database: Database, catalogue: Catalogue) -> None:
    stored(database, an_intake(sectors=("health", "social")))
    change(database, postings.amend, 1, patch={"sectors": ["social", "gender"]}, catalogue=catalogue)
    assert listed(database, sector="health") == []
    assert listed(database, sector="gender") == ["o1"]


def test_pages_give_everything_once_while_others_post(database: Database) -> None:
    for place in range(7):
        stored(database, an_intake(f"o{place}"), now=NOW + timedelta(seconds=place % 3))
    seen: list[str] = []
    cursor: str | None = None
    for page_number in range(10):
        with database.reading() as session:
            page: Page[Posting] = postings.listed(
                session, "offer", Wanted(), asker=ANYONE, limit=2, cursor=cursor, today=TODAY
            )
        seen += [posting.id for posting in page.items]
        cursor = page.next
        if page_number == 0:
            stored(database, an_intake("early"), now=NOW - timedelta(days=1))
        if cursor is None:
            break

    assert sorted(seen) == [f"o{place}" for place in range(7)]
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "AAAA", "MjAyNi0xMS0yNCBvMQ=="])
def test_a_cursor_that_no_list_gave_is_refused(database: Database, cursor: str) -> None:
    with database.reading() as session, pytest.raises(Invalid):
        postings.listed(session, "offer", Wanted(), asker=ANYONE, limit=2, cursor=cursor, today=TODAY)


def test_of_two_who_change_one_version_at_once_one_wins(database: Database, catalogue: Catalogue) -> None:
    stored(database, an_intake())
    outcomes: list[str] = []
    together = threading.Barrier(8)

    def amend(place: int) -> None:
        together.wait()
        try:
            change(database, postings.amend, 1, patch={"title": f"Título {place}"}, catalogue=catalogue)
            outcomes.append("won")
        except Stale:
            outcomes.append("stale")

    run([lambda place=place: amend(place) for place in range(8)])  # type: ignore[misc]

    assert sorted(outcomes) == ["stale"] * 7 + ["won"]
    assert read(database).version == 2


def test_a_reader_who_asks_what_came_after_never_misses_a_change(database: Database) -> None:
    """Eight writers and a reader who polls: numbers become visible in the order they are given in."""
    writers, each = 8, 12
    done = threading.Event()
    heard: list[str] = []

    def write(writer: int) -> None:
        for place in range(each):
            stored(database, an_intake(f"w{writer}-{place}"))

    def poll() -> None:
        seen = 0
        while True:
            last = done.is_set()
            with database.reading() as session:
                newest = postings.newest_change(session)
                heard.extend(p.id for p in postings.changed_since(session, seen) if p.id not in heard)
            assert newest >= seen
            seen = newest
            if last:
                return

    reader = threading.Thread(target=poll)
    reader.start()
    run([lambda writer=writer: write(writer) for writer in range(writers)])  # type: ignore[misc]
    done.set()
    reader.join()

    assert sorted(heard) == sorted(f"w{w}-{p}" for w in range(writers) for p in range(each))
    with database.reading() as session:
        assert postings.newest_change(session) == writers * each


def run(tasks: list[Callable[[], None]]) -> None:
    """Run tasks at once; what one of them raises is raised here."""
    raised: list[BaseException] = []

    def guarded(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as wrong:
            raised.append(wrong)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
