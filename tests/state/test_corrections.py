"""Corrections are kept as they were proposed, decided once, and seen by those whom they concern."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app import corrections
from app.accounts import Caller
from app.catalogue import Catalogue
from app.catalogue.correct import Correction, Source, applied, entry_of
from app.catalogue.correct import propose as read
from app.corrections import Decision, Proposal, Status
from app.cursor import Page
from app.db import Database
from app.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, Stale
from app.sources import Document

NOW = datetime(2026, 11, 24, 8, 30, 15, 123456, tzinfo=UTC)
EDITOR = Caller("a", "Editor", "administrator")
BROKER = Caller("b", "Desk", "broker")
JAMAICA = Caller("c", "PIOJ", "agency", "JAM")
BRAZIL = Caller("d", "ABC", "agency", "BRA")
PARTNER = Caller("e", "Bank", "partner")
PAHO = Caller("f", "PAHO", "partner", channel="paho")
IADB = Caller("g", "IADB", "partner", channel="iadb")
SOURCE = Source(
    Document(id="report-2013", title="Informe “anual” ✓", publisher="Ministry", year=2013), "página 41"
)
SPANISH = ("country", "JAM", "add", "/languages/-", "es")
FACT = ("channel", "paho", "add", "/facts/-", {"statement": "Línea uno\nlínea “dos” 🌊 \\ '"})
RULE = ("instrument", "ct-intra", "replace", "/rules/0/value", 25_000)


def correction(catalogue: Catalogue, change: tuple[Any, ...] = SPANISH) -> Correction:
    kind, slug, op, pointer, value = change
    return read(catalogue, kind, slug, op, pointer, value, SOURCE)


def kept(
    database: Database,
    catalogue: Catalogue,
    change: tuple[Any, ...] = SPANISH,
    *,
    by: Caller = EDITOR,
    now: datetime = NOW,
) -> Proposal:
    with database.transaction() as session:
        return corrections.propose(
            session, correction(catalogue, change), because="So it is.", catalogue=catalogue, by=by, now=now
        )


def decide(
    database: Database,
    catalogue: Catalogue,
    id: str,
    decision: Decision = "accepted",
    *,
    by: Caller = EDITOR,
    version: int = 1,
    note: str | None = None,
    now: datetime = NOW + timedelta(hours=1),
) -> Proposal:
    with database.transaction() as session:
        return corrections.decide(
            session, id, decision, note=note, catalogue=catalogue, if_version=version, by=by, now=now
        )


def found(database: Database, id: str, by: Caller = EDITOR) -> Proposal:
    with database.reading() as session:
        return corrections.get(session, id, by=by)


def listed(database: Database, by: Caller = EDITOR, status: Status | None = None) -> list[str]:
    with database.reading() as session:
        return [one.id for one in corrections.listed(session, status=status, by=by, limit=200).items]


def accepted(database: Database) -> list[str]:
    with database.reading() as session:
        return [one.id for one in corrections.accepted(session)]


@pytest.mark.parametrize(
    "change",
    [
        SPANISH,
        FACT,
        RULE,
        ("country", "JAM", "remove", "/subregion", None),
        ("country", "JAM", "replace", "/languages", []),
        ("country", "JAM", "remove", "/coverage/0", None),
        ("channel", "paho", "replace", "/countries", {"scope": "listed", "members": ["JAM"]}),
        ("instrument", "ct-intra", "add", "/shares/-", {"what": "x", "percent": 33.3}),
    ],
)
def test_a_correction_comes_back_as_it_was_proposed(
    database: Database, catalogue: Catalogue, change: tuple[Any, ...]
) -> None:
    made = kept(database, catalogue, change)

    assert made.correction == correction(catalogue, change)
    assert (made.status, made.version, made.because) == ("proposed", 1, "So it is.")
    assert (made.proposed_by, made.proposed_at, made.edition) == ("Editor", NOW, catalogue.edition)
    assert (made.decided_by, made.decided_at, made.note) == (None, None, None)
    assert found(database, made.id) == made


class TestWhoMayPropose:
    @pytest.mark.parametrize(
        ("by", "change"),
        [
            (JAMAICA, SPANISH),
            (PAHO, FACT),
            (IADB, RULE),
            *((by, change) for by in (BROKER, EDITOR) for change in (SPANISH, FACT, RULE)),
        ],
    )
    def test_an_entry_is_corrected_by_whose_it_is(
        self, database: Database, catalogue: Catalogue, by: Caller, change: tuple[Any, ...]
    ) -> None:
        assert kept(database, catalogue, change, by=by).proposed_by == by.name

    @pytest.mark.parametrize(
        ("by", "change", "said"),
        [
            (BRAZIL, SPANISH, "your own entry, BRA, and not the country JAM"),
            (JAMAICA, FACT, "your own entry, JAM, and not the channel paho"),
            (JAMAICA, RULE, "your own entry, JAM, and not the instrument ct-intra"),
            (PAHO, SPANISH, "your own entry, paho, and not the country JAM"),
            (PAHO, RULE, "your own entry, paho, and not the instrument ct-intra"),
            (IADB, FACT, "your own entry, iadb, and not the channel paho"),
            (PARTNER, FACT, "This key has no entry of its own and not the channel paho"),
            (PARTNER, SPANISH, "no entry of its own"),
        ],
    )
    def test_and_by_nobody_else(
        self, database: Database, catalogue: Catalogue, by: Caller, change: tuple[Any, ...], said: str
    ) -> None:
        with pytest.raises(Forbidden, match=said):
            kept(database, catalogue, change, by=by)
        assert listed(database) == []


def test_the_same_change_is_proposed_once_while_it_waits(database: Database, catalogue: Catalogue) -> None:
    first = kept(database, catalogue, by=JAMAICA)
    with pytest.raises(Conflict, match=first.id) as refused:
        kept(database, catalogue, by=BROKER)
    assert refused.value.facts == {"id": first.id}
    kept(database, catalogue, ("country", "JAM", "add", "/languages/-", "pt"), by=JAMAICA)

    decide(database, catalogue, first.id, "refused")
    assert kept(database, catalogue, by=JAMAICA).id != first.id


class TestDecisions:
    @pytest.mark.parametrize("decision", ["accepted", "refused"])
    def test_an_editor_decides_and_says_why(
        self, database: Database, catalogue: Catalogue, decision: Decision
    ) -> None:
        made = kept(database, catalogue, by=JAMAICA)
        after = decide(database, catalogue, made.id, decision, note="Compared: “página 41”.")

        at = NOW + timedelta(hours=1)
        changed = {"status": decision, "decided_by": "Editor", "decided_at": at, "version": 2}
        assert after == replace(made, note="Compared: “página 41”.", **changed)  # type: ignore[arg-type]
        assert found(database, made.id, JAMAICA) == after
        assert accepted(database) == ([made.id] if decision == "accepted" else [])

    @pytest.mark.parametrize("by", [BROKER, JAMAICA])
    def test_nobody_else_decides(self, database: Database, catalogue: Catalogue, by: Caller) -> None:
        made = kept(database, catalogue, by=JAMAICA)
        with pytest.raises(Forbidden, match="role administrator"):
            decide(database, catalogue, made.id, by=by)
        assert found(database, made.id) == made

    @pytest.mark.parametrize("by", [BRAZIL, PARTNER, PAHO])
    def test_who_may_not_know_of_it_is_told_of_none(
        self, database: Database, catalogue: Catalogue, by: Caller
    ) -> None:
        made = kept(database, catalogue, by=JAMAICA)
        for id in (made.id, "0" * 20):
            with pytest.raises(NotFound):
                decide(database, catalogue, id, by=by)
            with pytest.raises(NotFound):
                found(database, id, by)

    @pytest.mark.parametrize("second", ["accepted", "refused"])
    def test_it_is_decided_once_and_the_second_hears_by_whom(
        self, database: Database, catalogue: Catalogue, second: Decision
    ) -> None:
        made = kept(database, catalogue)
        decide(database, catalogue, made.id, by=replace(EDITOR, name="The first"))
        for version in (1, 2):
            with pytest.raises(Conflict, match="was accepted by The first already") as refused:
                decide(database, catalogue, made.id, second, version=version)
            assert refused.value.facts["by"] == "The first"
        assert found(database, made.id).decided_by == "The first"

    def test_what_was_read_in_another_version_is_not_decided(
        self, database: Database, catalogue: Catalogue
    ) -> None:
        made = kept(database, catalogue)
        with pytest.raises(Stale):
            decide(database, catalogue, made.id, version=7)
        assert found(database, made.id) == made

    def test_what_the_edition_says_no_more_can_only_be_refused(
        self, database: Database, catalogue: Catalogue
    ) -> None:
        spelt = ("country", "JAM", "replace", "/name/es", "Xamaica")
        made = kept(database, catalogue, spelt)
        newer = applied(catalogue, correction(catalogue, (*spelt[:4], "Yamaica")))
        with pytest.raises(Conflict, match=r"name has changed since\. Refuse it"):
            decide(database, newer, made.id)
        assert found(database, made.id).status == "proposed"
        assert decide(database, newer, made.id, "refused").status == "refused"

    def test_what_does_not_go_with_the_edition_any_more_can_only_be_refused(
        self, database: Database, catalogue: Catalogue
    ) -> None:
        entry = entry_of(catalogue, "instrument", "ct-intra") or {}
        second = entry["rules"][0] | {"id": "second"}
        made = kept(database, catalogue, ("instrument", "ct-intra", "add", "/rules/-", second))
        other = ("instrument", "ct-intra", "add", "/rules/-", second | {"value": 7})
        newer = applied(catalogue, correction(catalogue, other))
        with pytest.raises(Conflict, match=r"“second” stands twice\. Refuse it"):
            decide(database, newer, made.id)
        assert decide(database, newer, made.id, "refused").status == "refused"

    def test_the_tables_hold_no_decision_without_its_time(
        self, database: Database, catalogue: Catalogue
    ) -> None:
        kept(database, catalogue)
        with pytest.raises(IntegrityError), database.transaction() as session:
            session.execute(text("UPDATE corrections SET status = 'accepted'"))

    def test_they_come_out_in_the_order_in_which_they_were_accepted(
        self, database: Database, catalogue: Catalogue
    ) -> None:
        made = [
            kept(database, catalogue, ("country", "JAM", "add", "/languages/-", tag)).id
            for tag in ("es", "pt", "fr", "nl")
        ]
        for hours, id in enumerate(reversed(made[:3])):
            decide(database, catalogue, id, now=NOW + timedelta(hours=hours))
        decide(database, catalogue, made[3], "refused")
        assert accepted(database) == [made[2], made[1], made[0]]


class TestAtOnce:
    def test_of_two_editors_one_wins_and_the_other_hears_by_whom(
        self, database: Database, catalogue: Catalogue
    ) -> None:
        for attempt in range(5):
            made = kept(database, catalogue, ("country", "JAM", "add", "/variants/-", f"Jamaica {attempt}"))
            editors: list[tuple[Caller, Decision]] = [
                (replace(EDITOR, id="a1", name="Ana"), "accepted"),
                (replace(EDITOR, id="a2", name="Bo"), "refused"),
            ]
            won, lost = at_once(database, catalogue, made.id, editors)
            (winner,), (loser,) = won, lost
            assert isinstance(loser, Conflict)
            decided = found(database, made.id)
            assert decided.decided_by == winner.decided_by
            assert loser.facts["by"] == winner.decided_by
            assert f"was {decided.status} by {winner.decided_by} already" in str(loser)

    def test_of_eight_one_wins(self, database: Database, catalogue: Catalogue) -> None:
        made = kept(database, catalogue)
        editors: list[tuple[Caller, Decision]] = [
            (replace(EDITOR, id=f"a{place}", name=f"Editor {place}"), "accepted") for place in range(8)
        ]
        won, lost = at_once(database, catalogue, made.id, editors)
        assert [type(one) for one in lost] == [Conflict] * 7
        assert {one.facts["by"] for one in lost} == {won[0].decided_by}
        assert accepted(database) == [made.id]


def at_once(
    database: Database, catalogue: Catalogue, id: str, editors: Iterable[tuple[Caller, Decision]]
) -> tuple[list[Proposal], list[Refusal]]:
    """Let editors decide at the same moment. Gives what came of it, and how the others were refused."""
    won: list[Proposal] = []
    lost: list[Refusal] = []
    editors = list(editors)
    together = threading.Barrier(len(editors))

    def one(by: Caller, decision: Decision) -> None:
        together.wait()
        try:
            won.append(decide(database, catalogue, id, decision, by=by))
        except Refusal as refusal:
            lost.append(refusal)

    threads = [threading.Thread(target=one, args=who) for who in editors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won, lost


class TestWhoSeesWhat:
    def test_editors_and_brokers_see_all_and_others_what_is_theirs(
        self, database: Database, catalogue: Catalogue
    ) -> None:
        made = {
            "jamaica's": kept(database, catalogue, SPANISH, by=JAMAICA).id,
            "of jamaica": kept(database, catalogue, ("country", "JAM", "remove", "/subregion", None)).id,
            "paho's": kept(database, catalogue, FACT, by=PAHO).id,
            "iadb's": kept(database, catalogue, RULE, by=IADB).id,
        }
        seen = {
            EDITOR: set(made),
            BROKER: set(made),
            JAMAICA: {"jamaica's", "of jamaica"},
            replace(JAMAICA, id="another key of Jamaica"): {"jamaica's", "of jamaica"},
            BRAZIL: set(),
            PAHO: {"paho's"},
            replace(PAHO, id="another key of PAHO"): {"paho's"},
            IADB: {"iadb's"},
            PARTNER: set(),
        }
        for by, names in seen.items():
            assert set(listed(database, by)) == {made[name] for name in names}, by
            for name, id in made.items():
                if name in names:
                    assert found(database, id, by).id == id
                else:
                    with pytest.raises(NotFound):
                        found(database, id, by)

    def test_a_list_is_narrowed_by_status(self, database: Database, catalogue: Catalogue) -> None:
        ids = [kept(database, catalogue, change).id for change in (SPANISH, FACT, RULE)]
        decide(database, catalogue, ids[0], "accepted")
        decide(database, catalogue, ids[1], "refused")
        assert [listed(database, status=one) for one in ("accepted", "refused", "proposed")] == [
            [id] for id in ids
        ]

    def test_pages_give_everything_once_the_oldest_first(
        self, database: Database, catalogue: Catalogue
    ) -> None:
        ids = [
            kept(
                database,
                catalogue,
                ("country", "JAM", "add", "/variants/-", f"Jamaica {place}"),
                now=NOW + timedelta(seconds=place // 3),
            ).id
            for place in range(7)
        ]
        pages: list[Page[Proposal]] = []
        while not pages or pages[-1].next:
            with database.reading() as session:
                cursor = pages[-1].next if pages else None
                pages.append(corrections.listed(session, status=None, by=EDITOR, limit=2, cursor=cursor))
            kept(database, catalogue, ("country", "BRA", "add", "/variants/-", f"B{len(pages)}"), now=NOW)
        seen = [one.id for page in pages for one in page.items if one.correction.entry == "JAM"]
        assert sorted(seen) == sorted(ids)
        times = [one.proposed_at for page in pages for one in page.items]
        assert times == sorted(times)

    @pytest.mark.parametrize("cursor", ["", "x", "!!!", "AAAA", "MjAyNi0xMS0yNCBvMQ=="])
    def test_a_cursor_that_no_list_gave_is_refused(self, database: Database, cursor: str) -> None:
        with database.reading() as session, pytest.raises(Invalid):
            corrections.listed(session, status=None, by=EDITOR, limit=2, cursor=cursor)
