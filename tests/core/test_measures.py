"""Each measure gives what a pencil gives."""

from math import log2

import pytest

from app.evaluation.measures import Ranks, ndcg_at, recall_at, reciprocal_rank, success_at


@pytest.mark.parametrize(
    ("k", "ranks", "share"), [(5, [1, 7], 0.5), (7, [1, 7], 1.0), (5, [None, 6], 0.0), (5, [], 0.0)]
)
def test_recall_is_the_share_of_the_expected_that_is_among_the_first(
    k: int, ranks: Ranks, share: float
) -> None:
    assert recall_at(k, ranks) == share


@pytest.mark.parametrize(
    ("k", "ranks", "found"), [(1, [1], 1.0), (1, [2], 0.0), (9, [None], 0.0), (9, [], 0.0)]
)
def test_success_asks_for_one_of_the_expected(k: int, ranks: Ranks, found: float) -> None:
    assert success_at(k, ranks) == found


@pytest.mark.parametrize(("ranks", "value"), [([4, 2, None], 0.5), ([1], 1.0), ([None], 0.0), ([], 0.0)])
def test_reciprocal_rank_goes_by_the_first_that_was_found(ranks: Ranks, value: float) -> None:
    assert reciprocal_rank(ranks) == value


@pytest.mark.parametrize(
    ("k", "ranks", "value"),
    [
        (10, [1, 2], 1.0),
        (10, [3], 0.5),  # 1 / log2(4), where 1 / log2(2) was possible
        (10, [1, None], 1 / (1 + 1 / log2(3))),
        (1, [1, 2], 1.0),  # no more than one can be among the first one
        (2, [3], 0.0),
        (10, [], 0.0),
    ],
)
def test_ndcg_discounts_by_place_and_is_one_at_best(k: int, ranks: Ranks, value: float) -> None:
    assert ndcg_at(k, ranks) == pytest.approx(value)
