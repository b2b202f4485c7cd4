"""From decisions to weights: what brokers preferred is found again, and few decisions change little."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import learning
from app.errors import Invalid
from app.evaluation.samples import Samples
from app.learning import Decision, TooFew
from app.learning.decisions import MOST_FAULTS
from app.learning.fit import FEWEST_PREFERENCES, FEWEST_REQUESTS, STRENGTHS, fit, preferences
from app.learning.simulate import TASTE, simulated
from app.matching.market import Market
from app.matching.score import PART_NAMES, WEIGHTS, Weights
from tests.builders import TODAY

START = datetime(2026, 1, 5, tzinfo=UTC)
ALIKE: dict[str, float | None] = dict.fromkeys(PART_NAMES, 0.5)


def some_parts(**named: Any) -> dict[str, float | None]:
    """Parts of a pair, all at one half but for those that are named."""
    return ALIKE | named


def a_decision(**named: Any) -> Decision:
    plain: dict[str, Any] = {
        "request": "r",
        "offer": "o",
        "decision": "taken",
        "decided_at": START,
        "parts": ALIKE,
    }
    return Decision(**(plain | named))


def a_history(requests: int, taste: Weights, *, steepness: float = 30.0, seed: int = 1) -> list[Decision]:
    """One of six offers is taken for each request, by a taste, and the others are passed over."""
    chance = np.random.default_rng(seed)
    liked = np.array([getattr(taste, name) for name in PART_NAMES])
    history = []
    for number in range(requests):
        shown = chance.random((6, len(PART_NAMES)))
        # The largest of such sums is drawn by the odds of Bradley and Terry, for more than two (Luce 1959).
        best = int(np.argmax(steepness * shown @ liked + chance.gumbel(size=6)))
        parts = [dict(zip(PART_NAMES, row, strict=True)) for row in shown.tolist()]
        history.append(
            a_decision(
                request=f"r{number}",
                decided_at=START + timedelta(hours=number),
                parts=parts.pop(best),
                shown_with=tuple(parts),
            )
        )
    return history


def away(one: Weights, other: Weights) -> float:
    """The largest difference of a part's weight."""
    theirs = asdict(other)
    return float(max(abs(weight - theirs[name]) for name, weight in asdict(one).items()))


def test_a_taste_is_found_again_in_many_decisions() -> None:
    lesson = learning.learn(a_history(3000, TASTE))

    assert away(lesson.after, TASTE) < 0.02
    assert away(WEIGHTS, TASTE) > 0.09
    assert lesson.verdict == "better"
    assert lesson.accuracy.after > lesson.accuracy.before
    assert lesson.steepness == pytest.approx(30, rel=0.1)


def test_a_part_that_nobody_looks_at_loses_its_weight_and_none_falls_below_nought() -> None:
    only = Weights(text=0, sector=0, modality=0, precedent=0, proximity=1, practice=0, channel=0)

    lesson = learning.learn(a_history(1000, only))

    assert lesson.after.proximity > 0.9
    assert min(asdict(lesson.after).values()) >= 0


def test_few_decisions_change_little() -> None:
    few, many = (learning.learn(a_history(requests, TASTE, steepness=8)) for requests in (45, 3000))

    assert away(few.after, WEIGHTS) < away(many.after, WEIGHTS) / 2


def test_decisions_by_the_published_weights_leave_them_alone() -> None:
    lesson = learning.learn(a_history(400, WEIGHTS))

    assert away(lesson.after, WEIGHTS) < 0.02
    assert lesson.verdict == "not told apart"


def test_decisions_by_chance_leave_the_weights_alone() -> None:
    lesson = learning.learn(a_history(200, TASTE, steepness=0))

    assert away(lesson.after, WEIGHTS) < 0.02
    assert lesson.steepness < 5


@pytest.mark.parametrize("strength", STRENGTHS)
def test_the_stronger_the_hold_the_nearer_to_the_published(strength: float) -> None:
    found = preferences(a_history(100, TASTE))
    stronger = STRENGTHS[min(STRENGTHS.index(strength) + 1, len(STRENGTHS) - 1)]

    distances = [
        sum((getattr(fit(found, WEIGHTS, hold).weights, n) - getattr(WEIGHTS, n)) ** 2 for n in PART_NAMES)
        for hold in (strength, stronger)
    ]

    assert distances[1] <= distances[0] + 1e-6
    assert fit(found, WEIGHTS, np.inf).weights == WEIGHTS


@given(
    st.lists(
        st.tuples(*(st.floats(-1, 1) for _ in PART_NAMES)),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(STRENGTHS),
)
def test_weights_are_not_negative_and_add_up_to_one(
    differences: list[tuple[float, ...]], strength: float
) -> None:
    history = [
        a_decision(
            request=f"r{number}",
            parts={name: max(by, 0.0) for name, by in zip(PART_NAMES, row, strict=True)},
            shown_with=({name: max(-by, 0.0) for name, by in zip(PART_NAMES, row, strict=True)},),
        )
        for number, row in enumerate(differences)
    ]

    weights = asdict(fit(preferences(history), WEIGHTS, strength).weights)

    assert min(weights.values()) >= 0
    assert sum(weights.values()) == pytest.approx(1, abs=1e-9)


def test_the_figures_are_of_the_latest_quarter_of_the_requests() -> None:
    history = a_history(400, WEIGHTS)
    changed = [*history[:300], *a_history(400, TASTE)[300:]]

    lesson = learning.learn(changed)

    assert (lesson.requests, lesson.held_out_requests) == (400, 100)
    assert lesson.held_out_preferences == 500
    # What was decided last is not learned from.
    assert lesson.after == learning.learn(history).after


def test_the_order_of_the_lines_does_not_matter() -> None:
    history = a_history(60, TASTE)

    assert learning.learn(history[::-1]) == learning.learn(history)


def test_taken_is_preferred_to_refused_and_to_passed_over_of_the_same_request() -> None:
    found = preferences(
        [
            a_decision(offer="a", parts=some_parts(text=0.9), shown_with=(some_parts(sector=None),)),
            a_decision(offer="b", parts=some_parts(text=0.2), decision="refused"),
            a_decision(request="other", offer="c", decision="refused"),
        ]
    )

    assert found.requests == ("r",)
    texts, sectors = (found.more[:, PART_NAMES.index(name)] for name in ("text", "sector"))
    assert texts == pytest.approx([0.7, 0.4])
    assert sectors == pytest.approx([0.0, 0.5])


def test_of_two_decisions_on_a_pair_the_later_counts() -> None:
    refused = a_decision(offer="a", decision="refused")
    other = a_decision(offer="b", decision="refused")
    taken = a_decision(offer="a", decided_at=START + timedelta(days=9))

    assert preferences([taken, other, refused]).size == 1


@pytest.mark.parametrize("requests", [FEWEST_REQUESTS - 1, FEWEST_REQUESTS])
def test_too_few_decisions_teach_nothing(requests: int) -> None:
    history = a_history(requests, TASTE)
    if requests < FEWEST_REQUESTS:
        with pytest.raises(TooFew, match="195 preferences from 39 requests"):
            learning.learn(history)
    else:
        assert learning.learn(history).preferences == FEWEST_PREFERENCES


def test_many_preferences_of_few_requests_do_not_make_up_for_them() -> None:
    with pytest.raises(TooFew):
        learning.learn([replace(one, shown_with=one.shown_with * 20) for one in a_history(30, TASTE)])


# What is read


def a_line(**named: Any) -> bytes:
    plain = {
        "request": "r",
        "offer": "o",
        "decision": "taken",
        "decided_at": "2026-01-05T10:00:00+01:00",
        "parts": ALIKE,
    }
    return orjson.dumps({name: value for name, value in (plain | named).items() if value is not ...})


def test_decisions_are_read_as_they_were_written() -> None:
    history = tuple(a_history(5, TASTE))

    assert learning.read(learning.written(history)) == history
    assert learning.read(b"\n" + a_line(parts=some_parts(text=None)) + b"\r\n")[0].parts["text"] is None


def test_the_digest_names_the_decisions_and_not_their_order() -> None:
    history = a_history(5, TASTE)

    assert learning.digest(history) == learning.digest(history[::-1])
    assert learning.digest(history) != learning.digest(history[1:])


@pytest.mark.parametrize(
    ("line", "place", "said"),
    [
        (b"{", "line 2", "not JSON"),
        (b"[]", "line 2", "must be an object"),
        (a_line(offer=...), "line 2, /offer", "required"),
        (a_line(decision="liked"), "line 2, /decision", "'taken' or 'refused'"),
        (a_line(decided_at="2026-01-05T10:00:00"), "line 2, /decided_at", "timezone"),
        (a_line(decided_at="yesterday"), "line 2, /decided_at", "datetime"),
        (a_line(parts=some_parts(text=1.5)), "line 2, /parts/text", "less than or equal to 1"),
        (a_line(parts=some_parts(text="0.5")), "line 2, /parts/text", "number"),
        (a_line(parts={"text": 0.5}), "line 2, /parts", "without sector"),
        (a_line(parts=some_parts(luck=0.5)), "line 2, /parts", "no part of the score named luck"),
        (a_line(shown_with=[ALIKE, {}]), "line 2, /shown_with/1", "without text"),
        (a_line(broker="B"), "line 2, /broker", "not permitted"),
        (a_line(), "line 2", "same decision as line 1"),
    ],
)
def test_a_fault_is_told_with_its_line(line: bytes, place: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        learning.read(a_line() + b"\n" + line)

    assert [fault.pointer for fault in refused.value.faults] == [place]
    assert said in refused.value.faults[0].detail


def test_all_faults_are_told_up_to_a_number() -> None:
    with pytest.raises(Invalid) as refused:
        learning.read(b"{\n" * 50)

    assert len(refused.value.faults) == MOST_FAULTS + 1
    assert "30 more" in refused.value.faults[-1].detail


# The simulated history


def test_a_simulated_history_says_so_in_every_record_and_in_what_is_learned(
    sample_market: Market, sampled: Samples
) -> None:
    requests = [intake.posting for intake in sampled.requests.values()][:12]

    history, same, other = (
        simulated(requests, sample_market, today=TODAY, decisions=150, seed=seed) for seed in (1, 1, 2)
    )

    assert len(history) == 150
    assert history == same != other
    assert all(one.simulated for one in history)
    assert {one.decision for one in history} == {"taken", "refused"}
    assert learning.learn(history).simulated
    assert learning.read(learning.written(history)) == history


def test_one_simulated_decision_makes_all_that_is_learned_simulated() -> None:
    history = a_history(60, TASTE)

    assert not learning.learn(history).simulated
    assert learning.learn([*history[1:], replace(history[0], simulated=True)]).simulated
