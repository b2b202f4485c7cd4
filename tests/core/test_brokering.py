"""The table of steps, the reasons to refuse and the clock, as thoughts: no web and no database."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.brokering.clock import PACES, REST, STAGES, Pace, due, due_on, read_paces
from app.brokering.outcome import read_outcome
from app.brokering.refusals import REASONS, effect_says, label_of, last_day, parks
from app.brokering.steps import (
    ENDS,
    OPEN,
    PUBLIC,
    SIDES,
    STATES,
    STEPS,
    Answers,
    State,
    open_steps,
    step,
    waiting_on,
)
from app.catalogue.label import LANGUAGES
from app.errors import Invalid
from app.matching.gates import UNDISCLOSED, gates
from app.matching.posting import Asker
from app.matching.standing import Load, Park, Standing
from tests.builders import A_BROKER, TODAY, a_request, an_offer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class TestSteps:
    def test_every_state_but_the_first_is_entered_by_a_step_and_every_state_can_be_left(self) -> None:
        assert {one.to for one in STEPS} == set(STATES)
        assert {one.of for one in STEPS} == set(STATES)

    def test_a_state_and_an_action_make_one_step(self) -> None:
        assert len({(one.of, one.action) for one in STEPS}) == len(STEPS)

    @pytest.mark.parametrize("end", ENDS)
    def test_every_end_is_open_to_be_reopened_by_a_broker_and_to_nothing_else(self, end: State) -> None:
        (only,) = open_steps(end, Answers())
        assert (only.action, only.by) == ("reopen", ("broker",))
        assert only.to in OPEN

    @pytest.mark.parametrize("state", OPEN)
    def test_whoever_a_case_waits_on_has_a_step_to_take(self, state: State) -> None:
        waits = waiting_on(state, Answers())
        parties = SIDES if waits == "both" else (waits,)
        for party in parties:
            able = {one.action for one in open_steps(state, Answers()) if party in one.by}
            assert able - {"close"}, f"{party} is waited for in {state} and can do nothing"

    def test_a_case_waits_on_the_side_that_has_not_answered(self) -> None:
        assert waiting_on("proposed", Answers()) == "both"
        assert waiting_on("proposed", Answers(provider="accepted")) == "receiver"
        assert waiting_on("proposed", Answers(receiver="accepted")) == "provider"
        assert waiting_on("proposed", Answers(receiver="accepted"), held=True) == "broker"
        assert {waiting_on(end, Answers()) for end in ENDS} == {"nobody"}

    def test_who_has_accepted_does_not_accept_again(self) -> None:
        (accept,) = [
            one for one in open_steps("proposed", Answers(provider="accepted")) if one.action == "accept"
        ]
        assert accept.by == ("broker", "receiver")

    def test_the_clock_is_nobodys_button(self) -> None:
        assert all(one.action != "lapse" for state in STATES for one in open_steps(state, Answers()))
        assert step("proposed", "lapse") is not None

    def test_the_world_hears_of_five_states(self) -> None:
        assert set(PUBLIC) == set(STATES)
        assert len(set(PUBLIC.values())) == 5


class TestRefusals:
    def test_every_reason_and_effect_is_said_in_every_language(self) -> None:
        for reason in REASONS.values():
            for language in LANGUAGES:
                assert reason.label.in_(language)
                said = effect_says(reason, TODAY).in_(language)
                assert "{" not in said
                until = last_day(reason, TODAY)
                assert until is None or until.isoformat() in said

    def test_a_reason_of_another_edition_has_a_name_all_the_same(self) -> None:
        assert label_of("gone").en

    @pytest.mark.parametrize("code", REASONS)
    def test_an_effect_keeps_its_pair_apart_to_its_last_day_and_no_longer(self, code: str) -> None:
        reason = REASONS[code]
        request, offer = a_request(sectors=["health"]), an_offer(sectors=["health"], capacity=1)
        standing = Standing(parks(reason, request, offer, ("health",), case="c", today=TODAY))
        until = last_day(reason, TODAY)

        def kept_apart(day: date) -> bool:
            found = gates(request, offer, asker=A_BROKER, today=day, standing=standing)
            return any(gate.answer == "not_met" for gate in found)

        if until is None:
            assert not kept_apart(TODAY)
        else:
            assert kept_apart(TODAY)
            assert kept_apart(until)
            assert not kept_apart(until + timedelta(days=1))


class TestStanding:
    def test_an_offer_is_full_when_its_places_are_taken(self) -> None:
        assert not Load(1, 2).is_full
        assert Load(2, 2).is_full
        assert Load(1, 2, lowered=1).is_full
        assert not Load(40, None).is_full, "it states no capacity"
        assert Load(0, None, lowered=1).is_full, "it says that it has none for now"

    def test_a_park_in_a_sector_is_about_one_receiver_and_one_provider(self) -> None:
        park = Park("sector", "not_mandated", TODAY, "c", receiver="JAM", provider="BRA", sector="health")
        standing = Standing((park,))
        health, roads = {"sectors": ["health"]}, {"sectors": ["environment"]}
        assert standing.between(a_request(**health), an_offer(**health), TODAY) == (park,)
        assert standing.between(a_request(**health), an_offer(**roads), TODAY) == ()
        assert standing.between(a_request(**health), an_offer(country="CHL", **health), TODAY) == ()
        assert standing.between(a_request(country="HTI", **health), an_offer(**health), TODAY) == ()

    @pytest.mark.parametrize(
        ("asker", "reason"),
        [
            (A_BROKER, "not_now"),
            (Asker("agency", "JAM"), "not_now"),
            (Asker("agency", "BRA"), "not_now"),
            (Asker("agency", "CHL"), UNDISCLOSED),
            (Asker("partner"), UNDISCLOSED),
            (Asker(), UNDISCLOSED),
        ],
    )
    def test_the_reason_of_a_refusal_is_for_those_whom_it_concerns(self, asker: Asker, reason: str) -> None:
        request, offer = a_request(id="r"), an_offer(id="o")
        standing = Standing((Park("pair", "not_now", TODAY, "c", request="r", offer="o"),))
        found = {one.name: one for one in gates(request, offer, asker=asker, today=TODAY, standing=standing)}
        (park,) = found["not_parked"].parks
        assert (park.reason, bool(park.case)) == (reason, reason != UNDISCLOSED)


class TestTheClock:
    @given(
        days=st.lists(st.integers(0, 200), min_size=1, max_size=30).map(sorted),
        state=st.sampled_from(sorted(PACES)),
    )
    def test_stages_come_in_turn_each_once_and_rested(self, days: list[int], state: State) -> None:
        pace, done, last = PACES[state], 0, None
        taken: list[tuple[str, datetime]] = []
        for day in days:
            now = NOW + timedelta(days=day)
            stage = due(pace, since=NOW, done=done, last=last, now=now)
            if stage is not None:
                taken.append((stage, now))
                done, last = done + 1, now
        assert [stage for stage, _ in taken] == list(STAGES[: len(taken)])
        for (_, first), (_, second) in pairwise(taken):
            assert second - first >= REST
        for name, at in taken:
            assert (at - NOW).days >= getattr(pace, name)

    def test_a_setting_changes_the_states_that_it_names(self) -> None:
        paces = read_paces("proposed=1/2/3  agreed=10/20/30")
        assert paces["proposed"] == Pace(1, 2, 3)
        assert paces["suggested"] == PACES["suggested"]
        assert read_paces("") == PACES

    @pytest.mark.parametrize(
        "text",
        [
            "proposed",
            "proposed=1",
            "proposed=1/2",
            "proposed=3/2/1",
            "proposed=0/2/3",
            "proposed=1/2/x",
            "asleep=1/2/3",
            "completed=1/2/3",
            "proposed=1/2/99999",
            "proposed=²/3/4",
        ],
    )
    def test_a_setting_that_cannot_be_read_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="'"):
            read_paces(text)

    def test_what_is_over_is_due_for_nothing(self) -> None:
        assert set(due_on(PACES, "completed", NOW).values()) == {None}
        assert due_on(PACES, "proposed", NOW)["lapse"] == NOW + timedelta(days=45)


def test_a_text_alone_is_the_summary_of_an_outcome() -> None:
    assert read_outcome("It went well.")["summary"] == "It went well."
    with pytest.raises(Invalid) as wrong:
        read_outcome({"useful": 9}, at="/outcome")
    assert sorted(fault.pointer for fault in wrong.value.faults) == ["/outcome/summary", "/outcome/useful"]
