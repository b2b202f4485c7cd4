"""Cases on both databases: of two who decide at once one wins, and the clock lets no case die in silence."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import cases, notices, people, postings
from app.accounts import Caller, Role
from app.brokering.clock import PACES
from app.brokering.steps import CARRIED, ENDS, STATES, Answers, open_steps
from app.cases import Case, Said
from app.cases.tables import CaseRow
from app.db import Database
from app.errors import Conflict, Refusal, Stale
from app.matching.posting import Posting
from tests.brokered import BRAZIL, DESK, JAMAICA, NOW, OTHER, proposed, shown, stepped, stored, taken_up
from tests.builders import a_request, an_offer


def read(database: Database, case: Case) -> Case:
    with database.reading() as session:
        return cases.get(session, case.id, by=DESK)


def told(database: Database, address: str) -> list[str]:
    """The kinds of the notices for an address, the oldest first."""
    with database.reading() as session:
        found = [one.notice for one in notices.delivered_to(session, address, limit=500)]
    found.sort(key=lambda one: (one.at, int(one.event.rsplit(":", 1)[-1])))
    return [one.kind for one in found]


def at_once(*doings: Callable[[], Any]) -> list[Any]:
    """What each gave or raised, begun together."""
    gate, results = threading.Barrier(len(doings)), dict[int, Any]()

    def run(place: int, doing: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[place] = doing()
        except Refusal as refused:
            results[place] = refused

    threads = [threading.Thread(target=run, args=(place, one)) for place, one in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[place] for place in range(len(doings))]


@pytest.fixture
def request_(database: Database) -> Posting:
    return stored(database, a_request(id="r1"))


@pytest.fixture
def offer(database: Database) -> Posting:
    return stored(database, an_offer(id="o1"))


class TestAtOnce:
    def test_of_brokers_who_take_up_a_pair_at_once_one_wins(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        found = at_once(*(lambda: taken_up(database, request_, offer) for _ in range(6)))
        assert Counter(type(one) for one in found) == {Case: 1, Conflict: 5}
        won = next(one for one in found if isinstance(one, Case))
        assert {one.facts["case"] for one in found if isinstance(one, Conflict)} == {won.id}

    def test_of_brokers_who_decide_at_once_one_wins_and_the_others_hear_by_whom(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        case = taken_up(database, request_, offer)

        def decide(by: Caller, action: Any, **said: Any) -> Case:
            with database.transaction() as session:
                return cases.act(
                    session, case.id, action, Said(**said), if_version=case.version, by=by, now=NOW
                )

        found = at_once(
            lambda: decide(DESK, "shortlist"),
            lambda: decide(OTHER, "decline", reason="not_now"),
            lambda: decide(DESK, "shortlist"),
            lambda: decide(OTHER, "close"),
        )
        assert Counter(type(one) for one in found) == {Case: 1, Stale: 3}
        won = next(one for one in found if isinstance(one, Case))
        for late in found:
            if isinstance(late, Stale):
                assert (late.facts["by"], late.facts["state"]) == (won.updated_by, won.state)
        with database.reading() as session:
            assert len(cases.history(session, case.id, by=DESK)) == 2

    def test_both_sides_accept_at_once_and_it_is_agreed(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        case = proposed(database, taken_up(database, request_, offer))

        def accept(by: Caller) -> Case:
            while True:
                try:
                    with database.transaction() as session:
                        version = cases.get(session, case.id, by=by).version
                        return cases.act(session, case.id, "accept", if_version=version, by=by, now=NOW)
                except Stale:
                    continue

        at_once(lambda: accept(BRAZIL), lambda: accept(JAMAICA))
        assert read(database, case).state == "agreed"
        assert read(database, case).answers == Answers("accepted", "accepted")

    def test_of_agreements_at_once_an_offer_takes_as_many_as_it_has_places(self, database: Database) -> None:
        offer = stored(database, an_offer(id="o1", capacity=2))
        countries = ("JAM", "HTI", "CUB", "DOM", "BLZ")
        made = [
            proposed(database, taken_up(database, stored(database, a_request(id=f"r{c}", country=c)), offer))
            for c in countries
        ]
        for case in made:
            stepped(database, case, "accept", side="provider")
        found = at_once(
            *(lambda case=case: stepped(database, case, "accept", side="receiver") for case in made)
        )
        agreed = [one for one in found if isinstance(one, Case) and one.state == "agreed"]
        assert len(agreed) == 2
        assert sum(read(database, case).state in CARRIED for case in made) == 2
        left = [read(database, case) for case in made if read(database, case).state == "proposed"]
        assert len(left) == 3
        assert all(case.held_by in {one.id for one in agreed} for case in left)
        assert {case.waiting_on for case in left} == {"broker"}


class TestWhoIsTold:
    @pytest.fixture(autouse=True)
    def accounts(self, database: Database) -> None:
        with database.transaction() as session:
            desks: tuple[tuple[str, Role, str | None, str], ...] = (
                ("desk@example.org", "broker", None, "en"),
                ("abc@example.org", "agency", "BRA", "pt"),
                ("pioj@example.org", "agency", "JAM", "en"),
            )
            for email, role, country, language in desks:
                people.create(
                    session, email=email, name=email, role=role, country=country, language=language, now=NOW
                )

    def test_each_step_is_told_to_those_who_did_not_take_it(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        with database.reading() as session:
            (brazilian,) = people.of_country(session, "BRA")
        case = taken_up(database, request_, offer)
        stepped(database, case, "shortlist")
        assert told(database, "abc@example.org") == []
        stepped(database, case, "propose")
        stepped(database, case, "accept", by=brazilian.caller)
        stepped(database, case, "accept", by=JAMAICA)
        assert told(database, "abc@example.org") == ["case.proposed", "case.agreed"]
        assert told(database, "pioj@example.org") == ["case.proposed", "case.answered"]
        assert told(database, "desk@example.org") == ["case.proposed", "case.answered", "case.agreed"]
        with database.reading() as session:
            first = notices.delivered_to(session, "abc@example.org", limit=9)[-1].notice
        assert (first.to.language, first.facts["role"], first.facts["request"]["country"]) == (
            "pt",
            "provider",
            "JAM",
        )

    def test_a_late_refusal_alerts_the_broker_with_its_reason(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        case = proposed(database, taken_up(database, request_, offer))
        for side in ("provider", "receiver"):
            stepped(database, case, "accept", side=side)
        stepped(database, case, "decline", by=JAMAICA, reason="no_funds", note="The budget was cut.")
        assert told(database, "desk@example.org")[-1] == "case.declined"
        with database.reading() as session:
            heard = [one.notice for one in notices.delivered_to(session, "desk@example.org", limit=9)]
        last = next(one for one in heard if one.kind == "case.declined")
        assert last.facts["reason"]["label"]["pt"] == "Não foram encontrados recursos"
        assert last.facts["note"] == "The budget was cut."
        assert "2026-08-29" in last.facts["effect"]["en"]

    def test_who_has_answered_is_not_reminded(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        case = proposed(database, taken_up(database, request_, offer))
        stepped(database, case, "accept", by=BRAZIL)
        cases.tick(database, paces=PACES, now=NOW + timedelta(days=10))
        assert "case.reminder" not in told(database, "abc@example.org")
        assert told(database, "pioj@example.org").count("case.reminder") == 1

    def test_where_a_country_has_no_account_the_contact_of_its_posting_hears(
        self, database: Database, offer: Posting
    ) -> None:
        haiti = stored(database, a_request(id="r2", country="HTI", language="fr"))
        proposed(database, taken_up(database, haiti, offer))
        assert told(database, "hti@example.org") == ["case.proposed"]


class TestTheClock:
    def test_it_reminds_escalates_and_closes_in_turn(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        case = proposed(database, taken_up(database, request_, offer))

        def after(days: int) -> tuple[int, int, int]:
            done = cases.tick(database, paces=PACES, now=NOW + timedelta(days=days))
            return done.reminded, done.escalated, done.lapsed

        assert after(8) == (0, 0, 0)
        assert after(9) == (1, 0, 0)
        assert after(9) == (0, 0, 0), "run twice"
        assert after(21) == (0, 1, 0)
        assert after(44) == (0, 0, 0)
        assert after(45) == (0, 0, 1)
        assert read(database, case).state == "lapsed"
        assert told(database, "jam@example.org") == [
            "case.proposed",
            "case.reminder",
            "case.escalation",
            "case.lapsed",
        ]

    def test_after_a_month_without_a_clock_nothing_is_closed_before_it_was_reminded_of(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        case = proposed(database, taken_up(database, request_, offer))
        states = []
        for days in (60, 61, 63, 64, 66):
            cases.tick(database, paces=PACES, now=NOW + timedelta(days=days))
            states.append(read(database, case).stage)
        assert states == [1, 1, 2, 2, 0]
        assert read(database, case).state == "lapsed"

    def test_several_clocks_at_once_do_each_thing_once(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        for country in ("HTI", "CUB", "DOM"):
            other = stored(database, a_request(id=f"r{country}", country=country))
            proposed(database, taken_up(database, other, offer))
        found = at_once(
            *(lambda: cases.tick(database, paces=PACES, now=NOW + timedelta(days=9)) for _ in range(4))
        )
        assert sum(one.reminded for one in found) == 3
        assert told(database, "hti@example.org").count("case.reminder") == 1

    def test_expiry_is_announced_thirty_and_seven_days_ahead(self, database: Database) -> None:
        stored(database, an_offer(id="o9", valid_until=NOW.date() + timedelta(days=40)))
        days = {}
        for day in range(45):
            now = NOW + timedelta(days=day)
            for _ in range(2):
                if announced := cases.tick(database, paces=PACES, now=now).announced:
                    days[40 - day] = announced
        assert days == {30: 1, 7: 1}
        assert told(database, "bra@example.org") == ["posting.expiring"] * 2

    def test_a_posting_that_is_withdrawn_under_a_case_alerts_its_broker_once(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        with database.transaction() as session:
            people.create(
                session, email="desk@example.org", name="Desk", role="broker", language="en", now=NOW
            )
        taken_up(database, request_, offer)
        with database.transaction() as session:
            postings.withdraw(session, "offer", offer.id, if_version=1, by=BRAZIL, now=NOW)
        assert [cases.tick(database, paces=PACES, now=NOW).alerted for _ in range(2)] == [1, 0]
        assert told(database, "desk@example.org") == ["case.posting_gone"]


class TestNinetyDays:
    """Two hundred cases, decided by people who answer late, or never; the clock runs once a day."""

    CASES, DAYS = 200, 90

    def test_every_case_ends_in_a_state_that_someone_was_told_about(self, database: Database) -> None:
        dice = random.Random(2026)
        with database.transaction() as session:
            people.create(
                session, email="desk@example.org", name="Desk", role="broker", language="en", now=NOW
            )
        countries = ("BRA", "JAM", "HTI", "CUB", "DOM", "BLZ", "GTM", "PER", "CHL", "URY")
        offers = [
            stored(
                database, an_offer(id=f"o{n}", country=dice.choice(countries), capacity=dice.randint(1, 4))
            )
            for n in range(40)
        ]
        requests = [
            stored(database, a_request(id=f"r{n}", country=dice.choice(countries))) for n in range(100)
        ]
        pairs = [(r, o) for r in requests for o in offers if r.country != o.country]
        made: list[Case] = []
        end = NOW
        for day in range(self.DAYS):
            now = NOW + timedelta(days=day)
            for _ in range(min(10, self.CASES - len(made)) if day < 25 else 0):
                request, offer = pairs.pop(dice.randrange(len(pairs)))
                try:
                    made.append(taken_up(database, request, offer, now))
                except Conflict:
                    continue
            with database.reading() as session:
                alive = cases.queue(
                    session, cases.Wanted(open=True), by=DESK, limit=self.CASES, paces=PACES, now=now
                )
            for case in alive:
                self._somebody_may_act(database, case, dice, now)
            end = now + timedelta(hours=6)
            cases.tick(database, paces=PACES, now=end)
        assert len(made) == self.CASES
        ended = Counter[str]()
        with database.reading() as session:
            known = {
                kept.notice.event: kept.notice
                for country in countries
                for kept in (
                    *notices.delivered_to(session, f"{country.lower()}@example.org", limit=100_000),
                    *notices.delivered_to(session, "desk@example.org", limit=100_000),
                )
            }
            for case in made:
                now_is = cases.get(session, case.id, by=DESK)
                history = cases.history(session, case.id, by=DESK)
                ended[now_is.state] += 1
                entered = [one for one in history if one.after == now_is.state and one.before != one.after][
                    -1
                ]
                heard = [
                    one for one in history if f"case:{case.id}:{one.number}" in known and one.at >= entered.at
                ]
                own_doing = entered.by == now_is.broker and now_is.proposed_at is None
                if now_is.state in ENDS:
                    assert heard or own_doing, f"{case.id} is {now_is.state} and nobody was told"
                else:
                    waited = (end - now_is.since).days
                    assert waited <= PACES[now_is.state].reminder + 1 or heard, f"{case.id} waits in silence"
                    assert waited < PACES[now_is.state].lapse
        assert ended["completed"] > 10
        assert ended["lapsed"] > 10
        assert ended["declined"] > 10
        assert sum(ended.values()) == self.CASES

    def _somebody_may_act(self, database: Database, case: Case, dice: random.Random, now: datetime) -> None:
        if dice.random() > (0.5 if case.state in CARRIED else 0.1):
            return
        action = dice.choice(
            [step.action for step in open_steps(case.state, case.answers) if step.action != "close"]
        )
        said: dict[str, Any] = {}
        if action == "decline":
            said = {"reason": dice.choice(["not_now", "no_capacity", "earlier_exchange", "need_met"])}
            if dice.random() < 0.8:
                return
        if action == "accept":
            said = {"side": dice.choice(case.answers.missing)}
        if action == "complete":
            said = {"outcome": {"summary": "It went well."}}
        try:
            stepped(database, case, action, now=now, **said)
        except Conflict:
            # Its place is taken for now.
            assert action in ("accept", "propose")


def test_the_table_of_states_agrees_with_what_is_kept(
    database: Database, request_: Posting, offer: Posting
) -> None:
    case = taken_up(database, request_, offer)
    with database.reading() as session:
        assert session.scalars(select(CaseRow.state)).one() in STATES
        kept = cases.frozen_of(session, case.id)
    assert kept.suggestion == replace(
        shown(request_, offer, NOW.date()).suggestion, request=request_, offer=offer
    )


def test_what_brokers_decided_can_be_learned_from(database: Database, request_: Posting) -> None:
    """The first thing that a broker did with each suggestion; what a side said later is not its taste."""
    offers = [stored(database, an_offer(id=f"o{n}")) for n in range(3)]
    first, second, third = (
        taken_up(database, request_, one, NOW + timedelta(minutes=place)) for place, one in enumerate(offers)
    )
    stepped(database, proposed(database, first), "decline", by=JAMAICA, reason="not_now")
    stepped(database, second, "decline", reason="does_not_fit")
    with database.reading() as session:
        found = list(cases.decisions(session))
    assert [(one.offer, one.decision) for one in found] == [("o0", "taken"), ("o1", "refused")]
    assert read(database, third).state == "suggested", "nobody has decided on it"


class TestLists:
    def test_a_queue_has_who_waits_longest_first_and_goes_on_after_the_last(self, database: Database) -> None:
        offer = stored(database, an_offer(id="o1"))
        made = [
            taken_up(database, stored(database, a_request(id=f"r{day}")), offer, NOW + timedelta(days=day))
            for day in (3, 1, 2)
        ]
        order = [made[1].id, made[2].id, made[0].id]
        how: Any = {"by": DESK, "paces": PACES, "now": NOW + timedelta(days=9)}
        with database.reading() as session:
            first = cases.queue(session, cases.Wanted(open=True), limit=2, **how)
            after = (first[-1].since, first[-1].id)
            rest = cases.queue(session, cases.Wanted(open=True), limit=2, after=after, **how)
            newest = cases.queue(session, cases.Wanted(), limit=9, newest=True, **how)
            assert [one.id for one in (*first, *rest)] == order
            assert [one.id for one in newest] == order[::-1]
            assert cases.how_many(session, cases.Wanted(stalled=True), **how) == 2
            assert cases.how_many(session, cases.Wanted(stalled=False), **how) == 1
            assert cases.counts(session, by=DESK) == {("suggested", "broker"): 3}
            assert cases.in_hand(session) == {"r1", "r2", "r3"}
            assert set(cases.named(session, [made[0].id, "none"], by=DESK)) == {made[0].id}
            assert cases.named(session, [made[0].id], by=BRAZIL) == {}
            assert cases.how_many(session, cases.Wanted(), **how | {"by": BRAZIL}) == 0

    def test_a_country_reads_what_waits_for_it_and_what_it_waits_for(
        self, database: Database, request_: Posting, offer: Posting
    ) -> None:
        case = proposed(database, taken_up(database, request_, offer))
        stepped(database, case, "accept", by=BRAZIL)
        how: Any = {"limit": 9, "paces": PACES, "now": NOW}
        with database.reading() as session:

            def seen(by: Caller, **wanted: Any) -> int:
                return len(cases.queue(session, cases.Wanted(open=True, **wanted), by=by, **how))

            assert (seen(JAMAICA, acting="JAM"), seen(JAMAICA, watching="JAM")) == (1, 0)
            assert (seen(BRAZIL, acting="BRA"), seen(BRAZIL, watching="BRA")) == (0, 1)

    def test_what_stands_between_many_is_what_stands_between_each(self, database: Database) -> None:
        offers = [stored(database, an_offer(id=f"o{n}", sectors=["health"], capacity=1)) for n in range(3)]
        requests = [
            stored(database, a_request(id=f"r{n}", sectors=["health"], country=country))
            for n, country in enumerate(("JAM", "HTI", "CUB"))
        ]
        for request, offer, reason in zip(
            requests, offers, ("not_now", "earlier_exchange", "no_capacity"), strict=True
        ):
            stepped(database, taken_up(database, request, offer), "decline", reason=reason)
        with database.reading() as session:
            for side in (requests, offers):
                together = cases.standings(session, side, today=NOW.date())
                for one in side:
                    alone = cases.standing(session, one, today=NOW.date())
                    for other in offers if side is requests else requests:
                        pair = (one, other) if side is requests else (other, one)
                        assert together[one.id].between(*pair, NOW.date()) == alone.between(*pair, NOW.date())
                    if side is offers:
                        assert together[one.id].load(one, NOW.date()) == alone.load(one, NOW.date())


def test_a_case_that_is_held_has_changed_and_takes_a_number_of_its_own(
    database: Database, request_: Posting
) -> None:
    first, second = (
        proposed(database, taken_up(database, request_, stored(database, an_offer(id=id))))
        for id in ("o1", "o2")
    )

    def number(case: Case) -> int:
        with database.reading() as session:
            return session.scalars(select(CaseRow.change).where(CaseRow.id == case.id)).one()

    before = number(second)
    for side in ("provider", "receiver"):
        stepped(database, first, "accept", side=side)
    assert read(database, second).held_by == first.id
    assert number(second) > number(first) > before
    with database.reading() as session:
        assert postings.newest_change(session) == number(second)
