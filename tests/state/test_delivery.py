"""Mail that is due reaches a real server once, whatever happens to addresses, workers and the server."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from app import notices
from app.catalogue import Catalogue
from app.db import Database
from app.errors import Unusable
from app.mail import Delivered, deliver
from app.notices import LEASE, PAUSES, Kept
from app.settings import Settings
from tests.mail.told import NOW, a_reader, a_refusal, settings_for
from tests.postbox import Postbox, Received, a_postbox, free_port, running

LUIS = a_reader("luis@abc.example.org", name="Luís", person="p_luis", language="pt")


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with a_postbox() as box:
        yield box


def tell(database: Database, *to: Any, event: str = "e1", now: datetime = NOW, **facts: Any) -> None:
    with database.transaction() as session:
        notices.tell(session, "case.declined", event, to or [a_reader()], a_refusal() | facts, now=now)


def delivered(
    database: Database, catalogue: Catalogue, postbox: Postbox, at: datetime = NOW, **changed: Any
) -> Delivered:
    return deliver(database, catalogue, settings_for(postbox.url, **changed), lambda: at)


def of(database: Database, whom: str) -> Kept:
    with database.reading() as session:
        return notices.delivered_to(session, whom, 1)[0]


def test_a_mail_has_both_parts_in_the_language_of_whoever_reads_it(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    readers = {
        language: a_reader(f"{language}@example.org", language=language, person=language)
        for language in ("en", "es", "pt", "fr")
    }
    tell(database, *readers.values())

    assert delivered(database, catalogue, postbox) == Delivered(4, 0, 0)

    got = {one.to: one for one in postbox.received}
    for language, reason in (
        ("en", "Reason: Not at this time"),
        ("es", "Razón: No en este momento"),
        ("pt", "Razão: Não neste momento"),
        ("fr", "Raison\u202f: Pas en ce moment"),
    ):
        mail = got[f"{language}@example.org"]
        assert mail.sender == "puente@example.org"
        assert mail.message["Content-Language"] == language
        assert reason in mail.part("plain")
        assert reason.split(": ")[1] in mail.part("html")
        assert "A nossa equipe está em campo" in mail.part("plain")
        assert "https://puente.example.org/cases/c_17" in mail.part("html")
    assert of(database, "en").delivered_at == NOW


def test_one_mail_an_event_and_person_though_told_twice_and_delivered_by_two(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    people = [a_reader(f"p{place}@example.org", person=f"p_{place}") for place in range(8)]
    for _ in range(2):
        tell(database, *people)
    begin = threading.Barrier(2)
    counts: list[int] = []

    def working() -> None:
        begin.wait()
        counts.append(delivered(database, catalogue, postbox).sent)

    workers = [threading.Thread(target=working) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(counts) == len(people)
    assert sorted(one.to for one in postbox.received) == [one.address for one in people]


def test_a_digest_collects_and_each_of_the_others_comes_at_once(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    for place in range(3):
        tell(database, a_reader(mail="daily"), LUIS, event=f"e{place}", case=f"c_{place}")

    assert delivered(database, catalogue, postbox) == Delivered(3, 0, 3)
    assert {one.to for one in postbox.received} == {LUIS.address}
    assert delivered(database, catalogue, postbox, NOW + timedelta(days=1)) == Delivered(1, 0, 0)

    digest = postbox.received[-1]
    assert (digest.to, digest.message["Subject"]) == ("ana@apci.example.org", "3 avisos de Puente")
    for place in range(3):
        assert f"/cases/c_{place}" in digest.part("plain")


def test_a_server_that_is_down_loses_nothing_and_is_blamed_on_no_mail(
    database: Database, catalogue: Catalogue
) -> None:
    postbox = Postbox(free_port())
    tell(database, a_reader(), LUIS)

    for days in range(20):
        done = delivered(database, catalogue, postbox, NOW + timedelta(days=days))
        assert (done.sent, done.failed, done.waiting) == (0, 0, 2)
        assert "out of reach" in (done.trouble or "")
    with running(postbox):
        done = delivered(database, catalogue, postbox, NOW + timedelta(days=20))

    assert done == Delivered(2, 0, 0)
    assert {one.to for one in postbox.received} == {a_reader().address, LUIS.address}


def test_without_a_server_nothing_is_sent_and_notices_wait(database: Database, catalogue: Catalogue) -> None:
    tell(database)
    done = deliver(database, catalogue, Settings(), lambda: NOW)
    assert done == Delivered(0, 0, 1, "nothing is sent without PUENTE_SMTP_URL")


def test_an_address_that_is_refused_holds_up_no_other(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    """A 5xx is about the address, and final, unless the server says that it is about us (5.7)."""
    answers = {
        "550 5.1.1 nobody of that name": True,
        "553 not here": True,
        "451 4.7.1 try again later": False,
        "550 5.7.1 relaying denied": False,
    }
    for place, answer in enumerate(answers):
        tell(database, a_reader(f"p{place}@example.org", person=answer))
        postbox.refuses[f"p{place}@example.org"] = answer
    tell(database, LUIS, now=NOW + timedelta(seconds=1))

    done = delivered(database, catalogue, postbox, NOW + timedelta(seconds=2))

    assert (done.sent, done.failed, done.waiting) == (1, 4, 2)
    assert [one.to for one in postbox.received] == [LUIS.address]
    for answer, for_good in answers.items():
        kept = of(database, answer)
        assert kept.failed == answer
        assert (kept.given_up_at is not None, kept.due_at is None) == (for_good, for_good)


def test_an_address_that_is_none_is_given_up_and_told_why(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    tell(database, a_reader("ana@apci,luis@abc"), LUIS)
    done = delivered(database, catalogue, postbox)
    assert (done.sent, done.failed, done.waiting) == (1, 1, 0)
    assert "not an address" in (of(database, "p_ana").failed or "")


def test_a_text_that_is_refused_is_tried_again(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    tell(database)
    postbox.before = lambda _: "554 5.7.1 looks like spam"
    assert delivered(database, catalogue, postbox) == Delivered(0, 1, 1)
    postbox.before = lambda _: None
    assert delivered(database, catalogue, postbox) == Delivered(0, 0, 1), "not before the pause is over"
    assert delivered(database, catalogue, postbox, NOW + PAUSES[0]) == Delivered(1, 0, 0)


def test_a_notice_that_no_letter_can_be_written_for_holds_up_no_other(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    with database.transaction() as session:
        notices.tell(session, "case.agreed", "e0", [a_reader()], {"nothing": "of use"}, now=NOW)
    tell(database, LUIS, now=NOW + timedelta(seconds=1))
    done = delivered(database, catalogue, postbox, NOW + timedelta(seconds=1))
    assert (done.sent, done.failed, done.waiting) == (1, 1, 1)
    assert "no letter" in (of(database, "p_ana").failed or "")


def test_no_transaction_is_open_while_a_server_takes_its_time(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    def meanwhile(_: Received) -> None:
        tell(database, LUIS, event="meanwhile", now=NOW + timedelta(hours=1))

    postbox.before = meanwhile
    tell(database)
    assert delivered(database, catalogue, postbox) == Delivered(1, 0, 1)


def test_a_worker_that_died_between_lease_and_sending_is_replaced_when_its_lease_ends(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    tell(database)
    with database.transaction() as session:
        assert notices.lease(session, due_by=NOW, now=NOW) is not None
    assert delivered(database, catalogue, postbox, NOW + LEASE / 2) == Delivered(0, 0, 1)
    assert delivered(database, catalogue, postbox, NOW + LEASE) == Delivered(1, 0, 0)


def test_settings_that_no_mail_can_be_sent_with_are_told_before_anything_is_leased(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    tell(database)
    with pytest.raises(Unusable, match="PUENTE_MAIL_FROM"):
        delivered(database, catalogue, postbox, mail_from="")
    assert delivered(database, catalogue, postbox) == Delivered(1, 0, 0)


def test_nobody_is_sent_what_was_told_to_somebody_else(
    database: Database, catalogue: Catalogue, postbox: Postbox
) -> None:
    tell(database, a_reader(), event="e1", note="Para Ana")
    tell(database, LUIS, event="e2", note="Para Luís", case="c_18", role="provider")
    delivered(database, catalogue, postbox)
    for mail in postbox.received:
        mine, other = ("Ana", "Luís") if mail.to.startswith("ana") else ("Luís", "Ana")
        assert f"Para {mine}" in mail.part("plain")
        assert f"Para {other}" not in mail.part("plain")
        assert mail.message["To"].addresses[0].addr_spec == mail.to
