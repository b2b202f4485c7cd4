"""Counting: nothing counted is not nothing known, a way is as long as it was gone, a median is a median."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.analysis import (
    NOT_HELD,
    OVER,
    SHADES,
    VIEWS,
    WAY,
    Cell,
    Course,
    Exchange,
    Tally,
    bounds,
    cells,
    ends,
    flows,
    funnel,
    moves,
    reasons,
    shade,
    spread,
    usefulness,
)

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def a_course(*steps: str, days: float = 1, **named: Any) -> Course:
    """A case from Brazil to Jamaica that came through these states, so many days in each."""
    known: dict[str, Any] = {
        "case": "c1",
        "provider": "BRA",
        "receiver": "JAM",
        "sectors": ("health",),
        "channel": "paho",
        "state": steps[-1],
        "steps": tuple((state, MONDAY + place * timedelta(days=days)) for place, state in enumerate(steps)),
    }
    return Course(**(known | named))


# Demand and supply


def test_a_cell_tells_what_filters_left_out_from_what_was_never_there() -> None:
    found = [Tally("offer", "BRA", "health", 2)]
    ever = [*found, Tally("request", "BRA", "health", 3), Tally("request", "BRA", "gender", 1)]
    counted = cells(found, ever, at=lambda one: (one.country, one.sector))
    health, gender = counted["BRA", "health"], counted["BRA", "gender"]
    assert (health.number("offer"), health.number("request"), health.number("balance")) == (2, 0, 2)
    assert (health.ever("request"), health.counted("request")) == (3, 0)
    assert (gender.ever("offer"), gender.ever("request")) == (0, 1)
    assert ("BRA", "social") not in counted


def test_a_balance_of_nothing_is_made_of_as_many_of_both() -> None:
    even = Cell(offers=2, requests=2, ever_offers=2, ever_requests=2)
    assert (even.number("balance"), even.counted("balance")) == (0, 4)


def test_cells_add_up() -> None:
    assert Cell(1, 2, 3, 4) + Cell(10, 20, 30, 40) == Cell(11, 22, 33, 44)


@given(offers=st.integers(0, 99), requests=st.integers(0, 99))
def test_what_every_view_counts_is_at_least_its_number(offers: int, requests: int) -> None:
    cell = Cell(offers, requests, offers, requests)
    assert all(abs(cell.number(view)) <= cell.counted(view) <= cell.ever(view) for view in VIEWS)


@pytest.mark.parametrize(
    ("most", "begins"), [(0, (1, 2, 4, 8)), (15, (1, 2, 4, 8)), (16, (1, 3, 9, 27)), (1000, (1, 6, 36, 216))]
)
def test_shades_begin_where_small_pictures_have_them_until_numbers_outgrow_them(
    most: int, begins: tuple[int, ...]
) -> None:
    assert bounds(most) == begins


@given(most=st.integers(1, 10**6), number=st.integers(1, 10**6))
def test_a_larger_number_is_never_lighter_and_its_sign_makes_no_difference(most: int, number: int) -> None:
    begins = bounds(most)
    assert 1 <= shade(number, begins) <= SHADES
    assert shade(number, begins) == shade(-number, begins)
    assert shade(number, begins) <= shade(number + 1, begins)
    assert shade(0, begins) == 0


# How far, how fast


def test_a_case_is_counted_at_every_stage_up_to_the_one_it_came_to() -> None:
    found = funnel([a_course("suggested", "shortlisted", "proposed"), a_course("suggested")])
    assert [stage.reached for stage in found] == [2, 1, 1, 0, 0, 0]
    assert [stage.here for stage in found] == [1, 0, 1, 0, 0, 0]


def test_an_end_is_counted_where_the_case_stood_before_it() -> None:
    courses = [a_course("suggested", "shortlisted", "proposed", "declined"), a_course("suggested", "lapsed")]
    ended = {stage.state: dict(stage.ended) for stage in funnel(courses)}
    assert ended["proposed"] == {"declined": 1, "lapsed": 0, "withdrawn": 0}
    assert ended["suggested"] == {"declined": 0, "lapsed": 1, "withdrawn": 0}


def test_a_case_that_was_opened_again_has_reached_what_it_reached_before() -> None:
    again = a_course("suggested", "shortlisted", "proposed", "declined", "suggested")
    found = funnel([again])
    assert [stage.reached for stage in found] == [1, 1, 1, 0, 0, 0]
    assert [stage.here for stage in found] == [1, 0, 0, 0, 0, 0]
    assert sum(sum(stage.ended.values()) for stage in found) == 0


@given(st.lists(st.lists(st.sampled_from([*WAY, *OVER]), min_size=1, max_size=8), max_size=12))
def test_no_stage_is_reached_by_more_than_the_one_before_and_nobody_is_lost(ways: list[list[str]]) -> None:
    courses = [a_course("suggested", *way) for way in ways]
    found = funnel(courses)
    reached = [stage.reached for stage in found]
    assert reached == sorted(reached, reverse=True)
    assert reached[0] == len(courses)
    assert sum(stage.here + sum(stage.ended.values()) for stage in found) == len(courses)


def test_nothing_counts_as_nothing() -> None:
    assert [stage.reached for stage in funnel([])] == [0] * len(WAY)
    assert moves([]) == ()
    assert ends([]) == {"completed": 0, "declined": 0, "lapsed": 0, "withdrawn": 0}
    assert reasons([]) == []
    assert flows([]) == ()


def test_quartiles_are_those_of_a_spreadsheet() -> None:
    found = spread([1.0, 2.0, 3.0, 10.0])
    assert (found.lower, found.median, found.upper) == (1.75, 2.5, 4.75)
    assert (found.count, found.longest) == (4, 10.0)


def test_one_value_is_all_of_its_quartiles() -> None:
    found = spread([5.0])
    assert (found.lower, found.median, found.upper, found.count) == (5.0, 5.0, 5.0, 1)


def test_days_are_counted_from_one_state_to_the_next_each_time_that_it_was_gone() -> None:
    quick = a_course("suggested", "shortlisted", days=2)
    slow = a_course("suggested", "shortlisted", "suggested", "shortlisted", days=5)
    found = {(move.before, move.after): move.days for move in moves([quick, slow])}
    assert found["suggested", "shortlisted"].count == 3
    assert found["suggested", "shortlisted"].median == 5
    assert found["shortlisted", "suggested"].count == 1


def test_moves_stand_in_the_order_of_the_states() -> None:
    found = moves([a_course("suggested", "declined"), a_course("suggested", "shortlisted", "proposed")])
    assert [(move.before, move.after) for move in found] == [
        ("suggested", "shortlisted"),
        ("suggested", "declined"),
        ("shortlisted", "proposed"),
    ]


def test_reasons_are_those_of_refusals_and_the_most_frequent_comes_first() -> None:
    courses = [
        a_course("suggested", "declined", reason="no_funds"),
        a_course("suggested", "declined", reason="not_now"),
        a_course("suggested", "declined", reason="not_now"),
        a_course("suggested", "declined"),
        a_course("suggested", "lapsed", reason="no_funds"),
    ]
    assert reasons(courses) == [("not_now", 2), (None, 1), ("no_funds", 1)]
    assert ends(courses) == {"completed": 0, "declined": 4, "lapsed": 1, "withdrawn": 0}


def test_usefulness_is_told_of_what_was_completed_and_held() -> None:
    courses = [
        a_course("suggested", "completed", outcome={"summary": "Done.", "held": True, "useful": 5}),
        a_course("suggested", "completed", outcome={"summary": "Not held.", "held": False, "useful": 1}),
        a_course("suggested", "completed", outcome={"summary": "Done.", "held": True, "useful": None}),
        a_course("suggested", "under_way", outcome={"summary": "Opened again.", "useful": 4}),
    ]
    assert usefulness(courses) == {5: 1, 4: 0, 3: 0, 2: 0, 1: 0, NOT_HELD: 1, None: 1}


# Who taught whom


def test_exchanges_of_a_pair_are_one_flow_and_the_other_direction_is_another() -> None:
    found = flows(
        [
            Exchange("BRA", "JAM", ("health",), "paho"),
            Exchange("JAM", "BRA", ("social",), None),
            Exchange("BRA", "JAM", ("health", "gender"), "undp"),
            Exchange("ARG", "JAM", (), None),
        ]
    )
    assert [(flow.provider, flow.receiver, flow.exchanges) for flow in found] == [
        ("BRA", "JAM", 2),
        ("ARG", "JAM", 1),
        ("JAM", "BRA", 1),
    ]
    assert dict(found[0].sectors) == {"health": 2, "gender": 1}
    assert list(found[0].sectors) == ["health", "gender"]
    assert dict(found[0].channels) == {"paho": 1, "undp": 1}
    assert found[1].channels == {}


def test_a_case_is_the_exchange_that_it_is_about() -> None:
    assert a_course("suggested").exchange == Exchange("BRA", "JAM", ("health",), "paho")
