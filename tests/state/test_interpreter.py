"""A posting is translated once it is stored, again when need be, and never at the cost of the posting."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from app import interpreter, postings
from app.accounts import OPERATOR
from app.catalogue import Catalogue
from app.db import Database
from app.desk import Desk, opened
from app.intake import Intake
from app.interpreter import AGAIN_SECONDS, Interpreter, translated, with_translation
from app.language.apertium import Apertium
from app.language.detect import Passage
from app.language.translate import NoTranslator, Translation, Untranslated
from app.matching.posting import Asker, Posting
from app.matching.suggest import Suggestion, suggest
from tests.builders import a_request, again, an_offer, the_ground, the_tagger

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BROKER = Asker("broker")
WAITING = threading.Event()
"""Never set: a test waits on it for a moment."""


class Shouter:
    """A translator that makes capitals of what is English or Portuguese, and keeps count."""

    def __init__(self, edition: str = "1") -> None:
        self.edition = edition
        self.asked: list[tuple[str, str]] = []
        self.closed = False

    def version(self, language: str) -> str | None:
        return f"shouter {language} {self.edition}" if language in ("en", "pt") else None

    def translate(self, text: str, language: str) -> Translation:
        version = self.version(language)
        assert version
        self.asked.append((text, language))
        glosses = {word.upper().casefold(): word for word in text.split()}
        return Translation(text.upper(), version, glosses)

    def state(self) -> tuple[Literal["ok", "failed", "absent"], str]:
        return "ok", "shouts"

    def close(self) -> None:
        self.closed = True


class Failing(Shouter):
    """The same, until it is mended: it raises what it is given."""

    def __init__(self, wrong: Exception) -> None:
        super().__init__()
        self.wrong: Exception | None = wrong

    def translate(self, text: str, language: str) -> Translation:
        if self.wrong is not None:
            self.asked.append((text, language))
            raise self.wrong
        return super().translate(text, language)


@pytest.fixture
def shouter() -> Shouter:
    return Shouter()


@pytest.fixture
def shouting(database: Database, shouter: Shouter) -> Interpreter:
    return Interpreter(database, shouter)


def store(database: Database, posting: Posting) -> Posting:
    with database.transaction() as session:
        return postings.add(session, Intake(posting, None), by=OPERATOR, now=NOW)


def change(database: Database, verb: Callable[..., Any], posting: Posting, *how: Any, **more: Any) -> Posting:
    with database.transaction() as session:
        changed: Posting = verb(
            session, posting.kind, posting.id, *how, if_version=posting.version, by=OPERATOR, now=NOW, **more
        )
        return changed


def stored(database: Database, posting: Posting) -> Posting:
    with database.reading() as session:
        return postings.get(session, posting.kind, posting.id, asker=BROKER, today=NOW.date())


def found(desk: Desk, database: Database, asked: Posting) -> list[Suggestion]:
    with database.reading() as session:
        market = desk.market(session)
    return suggest(asked, market, today=NOW.date(), asker=BROKER)


def test_a_translation_is_stored_beside_the_posting_and_another_worker_hears_of_it(
    database: Database, catalogue: Catalogue, shouting: Interpreter
) -> None:
    request = a_request(language="es", title="Leche", description="Leche materna.")
    with opened(database, the_ground(catalogue), the_tagger()) as there:
        offer = store(database, an_offer())
        (before,) = found(there, database, request)
        assert (before.meeting, before.offer.translation) == ("unbridged", None)

        shouting.attend("offer", offer.id)

        (after,) = found(there, database, request)
        assert after.meeting == "bridged"
        assert after.offer.translation == Translation(
            offer.text.upper(), "shouter en 1", {word.casefold(): word for word in offer.text.split()}
        )
        assert after.offer.translation == stored(database, offer).translation


def test_nothing_that_the_owner_sees_is_changed_by_a_translation(
    database: Database, shouting: Interpreter
) -> None:
    offer = store(database, an_offer())
    with database.reading() as session:
        heard = postings.newest_change(session)

    assert shouting.catch_up() == 1

    kept = stored(database, offer)
    assert again(kept, translation=None) == offer
    assert (kept.version, kept.updated_at) == (1, NOW)
    with database.reading() as session:
        assert [one.id for one in postings.changed_since(session, heard)] == [offer.id]
    # What the owner changes next still goes by the version that the owner knows.
    assert change(database, postings.withdraw, offer).version == 2


def test_what_is_translated_is_not_translated_again(
    database: Database, shouting: Interpreter, shouter: Shouter
) -> None:
    offers = [store(database, an_offer()) for _ in range(3)]
    assert shouting.waiting() == 3
    assert sorted(shouting.catching_up()) == sorted(one.id for one in offers)
    assert (shouting.waiting(), len(shouter.asked)) == (0, 3)
    assert shouting.catch_up() == 0
    shouting.attend("offer", offers[0].id)
    assert len(shouter.asked) == 3


def test_more_postings_than_are_fetched_at_a_time_are_all_translated(
    database: Database, shouting: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreter, "AT_ONCE", 2)
    for _ in range(5):
        store(database, an_offer())
    assert shouting.catch_up() == 5


def test_a_changed_text_is_translated_anew(
    database: Database, catalogue: Catalogue, shouting: Interpreter
) -> None:
    offer = store(database, an_offer())
    shouting.attend("offer", offer.id)

    amended = change(database, postings.amend, offer, {"title": "Blood banks"}, catalogue=catalogue)
    assert stored(database, amended).translation is None
    shouting.attend("offer", offer.id)

    kept = stored(database, amended)
    assert (kept.version, amended.version) == (2, 2)
    assert kept.translation is not None
    assert kept.translation.text.startswith("BLOOD BANKS\n")


def test_to_withdraw_and_publish_keeps_the_translation(
    database: Database, shouting: Interpreter, shouter: Shouter
) -> None:
    offer = store(database, an_offer())
    shouting.attend("offer", offer.id)
    withdrawn = change(database, postings.withdraw, offer)
    published = change(database, postings.publish, withdrawn)
    shouting.attend("offer", offer.id)
    assert published.translation is not None
    assert len(shouter.asked) == 1


def test_another_version_of_the_translator_translates_anew(database: Database, shouting: Interpreter) -> None:
    offer = store(database, an_offer())
    shouting.attend("offer", offer.id)

    newer = Interpreter(database, Shouter("2"))
    assert newer.waiting() == 1
    assert newer.catch_up() == 1

    kept = stored(database, offer).translation
    assert kept is not None
    assert kept.by == "shouter en 2"
    assert newer.waiting() == 0


def test_what_was_translated_stays_where_the_translator_is_gone(
    database: Database, shouting: Interpreter
) -> None:
    offer = store(database, an_offer())
    shouting.attend("offer", offer.id)
    without = Interpreter(database, NoTranslator("Gone."))
    assert (without.waiting(), without.catch_up()) == (0, 0)
    assert stored(database, offer).translation is not None


WRONG = [Untranslated("not now"), RuntimeError("what it should not raise")]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the interpreter counts; a test sets them."""
    seconds = [1000.0]
    monkeypatch.setattr("app.interpreter.time", SimpleNamespace(monotonic=lambda: seconds[0]))
    return seconds


@pytest.mark.parametrize("wrong", WRONG, ids=["said", "unforeseen"])
def test_a_posting_that_cannot_be_translated_is_matched_all_the_same_and_tried_again_later(
    wrong: Exception, database: Database, catalogue: Catalogue, clock: list[float]
) -> None:
    failing = Failing(wrong)
    working = Interpreter(database, failing)
    offer, request = (
        store(database, an_offer()),
        a_request(language="es", title="Leche", description="Leche."),
    )

    working.attend("offer", offer.id)

    with opened(database, the_ground(catalogue), the_tagger()) as desk:
        (match,) = found(desk, database, request)
        assert (match.offer.id, match.meeting) == (offer.id, "unbridged")
        assert (working.waiting(), len(failing.asked)) == (1, 1)

        failing.wrong = None
        clock[0] += AGAIN_SECONDS - 1
        assert working.catch_up() == 0
        assert len(failing.asked) == 1

        clock[0] += 2
        assert working.catch_up() == 1
        (match,) = found(desk, database, request)
        assert match.meeting == "bridged"


@pytest.mark.parametrize("wrong", WRONG, ids=["said", "unforeseen"])
def test_one_that_cannot_be_translated_does_not_hold_up_the_others(
    wrong: Exception, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Picky(Shouter):
        def translate(self, text: str, language: str) -> Translation:
            if "unspeakable" in text:
                raise wrong
            return super().translate(text, language)

    monkeypatch.setattr(interpreter, "AT_ONCE", 2)
    picky = Interpreter(database, Picky())
    refused = [store(database, an_offer(title="An unspeakable thing")) for _ in range(3)]
    good = [store(database, an_offer()) for _ in range(3)]
    assert set(picky.catching_up()) == {one.id for one in good}
    assert picky.waiting() == len(refused)


def test_a_posting_that_was_refused_is_tried_at_once_when_it_is_changed(
    database: Database, catalogue: Catalogue
) -> None:
    failing = Failing(Untranslated("not this text"))
    working = Interpreter(database, failing)
    offer = store(database, an_offer())
    working.attend("offer", offer.id)
    failing.wrong = None
    assert working.catch_up() == 0
    change(database, postings.amend, offer, {"title": "Blood banks"}, catalogue=catalogue)
    assert working.catch_up() == 1


def test_a_change_between_reading_and_storing_wins(database: Database, catalogue: Catalogue) -> None:
    offer = store(database, an_offer())

    class Slow(Shouter):
        """While it translates for the first time, somebody amends the posting."""

        def translate(self, text: str, language: str) -> Translation:
            if not self.asked:
                change(database, postings.amend, offer, {"title": "Blood banks"}, catalogue=catalogue)
            return super().translate(text, language)

    working = Interpreter(database, Slow())
    working.attend("offer", offer.id)
    kept = stored(database, offer)
    assert (kept.title, kept.version, kept.translation) == ("Blood banks", 2, None)

    working.attend("offer", offer.id)
    kept = stored(database, offer)
    assert kept.translation is not None
    assert kept.translation.text.startswith("BLOOD BANKS\n")


def test_a_posting_that_is_removed_meanwhile_stays_removed(database: Database, shouting: Interpreter) -> None:
    offer = store(database, an_offer())
    change(database, postings.remove, offer)
    translation = translated(offer, shouting.translator)
    with database.transaction() as session:
        postings.keep_translation(session, offer, translation)
    assert (shouting.waiting(), shouting.catch_up()) == (0, 0)
    with database.reading() as session:
        assert [one.status for one in postings.changed_since(session, 0)] == ["withdrawn"]


def test_a_draft_is_translated_when_it_is_published(
    database: Database, shouting: Interpreter, shouter: Shouter
) -> None:
    draft = store(database, an_offer(status="draft"))
    shouting.attend("offer", draft.id)
    assert (shouting.waiting(), shouting.catch_up(), shouter.asked) == (0, 0, [])

    published = change(database, postings.publish, draft)
    shouting.attend("offer", published.id)
    assert stored(database, published).translation is not None


def test_what_is_in_the_pivot_or_in_a_language_that_is_not_translated_is_left_as_it_is(
    database: Database, shouting: Interpreter, shouter: Shouter
) -> None:
    for language in ("es", "fr", "nl"):
        offer = store(database, an_offer(language=language))
        shouting.attend("offer", offer.id)
    assert (shouting.waiting(), shouting.catch_up(), shouter.asked) == (0, 0, [])


def test_an_offer_is_not_taken_for_the_request_of_the_same_id(
    database: Database, shouting: Interpreter, shouter: Shouter
) -> None:
    offer = store(database, an_offer())
    shouting.attend("request", offer.id)
    shouting.attend("offer", "never heard of")
    assert shouter.asked == []


def test_the_background_translates_what_it_finds_and_ends_when_it_is_closed(
    database: Database, shouting: Interpreter, shouter: Shouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreter, "ROUNDS_SECONDS", 0.01)
    before, after = store(database, an_offer()), None
    shouting.open()
    try:
        wait_until(lambda: stored(database, before).translation is not None)
        after = store(database, an_offer())
        wait_until(lambda: after is not None and stored(database, after).translation is not None)
    finally:
        shouting.close()
    assert shouter.closed
    later = store(database, an_offer())
    assert stored(database, later).translation is None


def wait_until(true: Callable[[], bool], seconds: float = 20.0) -> None:
    for _ in range(int(seconds / 0.02)):
        if true():
            return
        WAITING.wait(0.02)
    pytest.fail("it did not happen in time")


# Values only, no database.


def test_each_passage_is_translated_from_the_language_that_it_is_in() -> None:
    text = "Bancos de leite.\nWe train nurses. Formamos enfermeras.\n"
    english, spanish = text.index("We"), text.index("Formamos")
    offer = an_offer(
        language="pt",
        title="Bancos de leite.",
        description="We train nurses. Formamos enfermeras.",
        elsewhere=(
            Passage(english, spanish, "en"),
            Passage(spanish, len(text), "es"),
        ),
    )
    assert offer.text == text
    shouter = Shouter()
    made = translated(offer, shouter)
    assert shouter.asked == [("Bancos de leite.\n", "pt"), ("We train nurses. ", "en")]
    assert made.by == "shouter pt 1"
    assert " ".join(made.text.split()) == "BANCOS DE LEITE. WE TRAIN NURSES. Formamos enfermeras."
    assert (made.glosses["nurses."], made.glosses["leite."]) == ("nurses.", "leite.")


def test_a_passage_in_a_language_that_is_not_translated_stays_as_it_is() -> None:
    offer = an_offer(title="Milk banks.", description="Wij leren graag.")
    start = offer.text.index("Wij")
    mixed = again(offer, elsewhere=(Passage(start, len(offer.text), "nl"),))
    assert translated(mixed, Shouter()).text.split() == ["MILK", "BANKS.", "Wij", "leren", "graag."]


def test_what_is_only_asked_about_is_translated_if_that_is_to_be_had() -> None:
    asked = a_request()
    made = with_translation(asked, Shouter())
    assert made.translation is not None
    assert made.translation.text == asked.text.upper()
    for translator in (NoTranslator("None."), Failing(Untranslated("not now"))):
        assert with_translation(asked, translator) is asked
    spanish = a_request(language="es")
    assert with_translation(spanish, Shouter()) is spanish


def test_apertium_bridges_an_offer_in_portuguese_and_a_request_in_english(
    database: Database, catalogue: Catalogue
) -> None:
    """The real one; with it, what a translation says meets the words of the other side."""
    working = Interpreter(database, Apertium())
    try:
        offer = store(
            database,
            an_offer(
                language="pt",
                title="Bancos de leite humano",
                description="Apoio à criação de bancos de leite humano em hospitais públicos.",
            ),
        )
        request = store(database, a_request())
        assert working.catch_up() == 2
        kept = stored(database, offer).translation
        assert kept is not None
        assert kept.by.startswith("apertium pt-es ")
        assert "bancos de leche" in kept.text.lower()
        with opened(database, the_ground(catalogue), the_tagger()) as desk:
            (match,) = found(desk, database, stored(database, request))
        assert match.meeting == "bridged"
    finally:
        working.close()
