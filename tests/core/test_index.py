"""The index finds what multiplying everything with everything finds."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.matching import index
from app.matching.features import VIEWS, Row, Rows, Weighting
from app.matching.index import Index, Snapshot

FEATURES = 12

counts = st.dictionaries(st.integers(0, FEATURES - 1), st.integers(1, 9), max_size=6)
texts = st.lists(st.tuples(*(counts for _ in VIEWS)), max_size=40)
SIZES = [FEATURES] * len(VIEWS)

Counts = tuple[dict[int, int], ...]
"""How often a text has each feature, by view."""


def row(counted: dict[int, int]) -> Row:
    ids = sorted(counted)
    return Row(np.array(ids, np.int32), np.array([counted[id] for id in ids], np.float32))


def as_rows(drawn: Sequence[Counts]) -> list[Rows]:
    return [tuple(row(view) for view in one) for one in drawn]


def weightings(rows: list[Rows]) -> list[Weighting]:
    return [Weighting.fit([one[view] for one in rows], FEATURES) for view in range(len(VIEWS))]


def brute_force(rows: list[Rows], fitted: list[Weighting], view: int, asked: Row) -> list[float]:
    def dense(one: Row) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        full = np.zeros(FEATURES)
        full[one.ids] = fitted[view].weigh(one)
        return full

    return [float(dense(one[view]) @ dense(asked)) for one in rows]


def found(snapshot: Snapshot, fitted: list[Weighting], view: int, asked: Row) -> list[float]:
    cosines: list[float] = snapshot.cosines(view, Row(asked.ids, fitted[view].weigh(asked))).tolist()
    return cosines


@given(drawn=texts, asked=counts, tail=st.integers(1, 5), view=st.sampled_from(range(len(VIEWS))))
def test_cosines_are_those_of_multiplying_every_row(
    drawn: list[Counts], asked: dict[int, int], tail: int, view: int
) -> None:
    rows = as_rows(drawn)
    fitted = weightings(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "TAIL", tail)
        held = Index(fitted)
        for one in rows:
            held.append(one, SIZES)
        appended = held.snapshot()
        held.renew(rows, fitted, SIZES)
    expected = brute_force(rows, fitted, view, row(asked))
    assert found(appended, fitted, view, row(asked)) == pytest.approx(expected, abs=1e-5)
    assert found(held.snapshot(), fitted, view, row(asked)) == pytest.approx(expected, abs=1e-5)


@given(drawn=texts, asked=counts, tail=st.integers(1, 5))
def test_a_snapshot_does_not_change_when_texts_are_added(
    drawn: list[Counts], asked: dict[int, int], tail: int
) -> None:
    rows = as_rows(drawn)
    fitted = weightings(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "TAIL", tail)
        held = Index(fitted)
        taken = []
        for one in rows:
            taken.append((held.snapshot(), found(held.snapshot(), fitted, 0, row(asked))))
            held.append(one, SIZES)
    for size, (snapshot, before) in enumerate(taken):
        assert snapshot.size == size
        assert found(snapshot, fitted, 0, row(asked)) == before


def test_a_feature_met_since_weighs_as_one_that_no_text_of_the_epoch_has() -> None:
    rows = [row({0: 1}), row({0: 2, 1: 1})]
    known, grown = Weighting.fit(rows, 2), Weighting.fit(rows, 3)
    ids = np.array([0, 1, 2], np.int32)
    assert known.idf(ids).tolist() == grown.idf(ids).tolist()


@given(drawn=texts, asked=counts)
def test_a_snapshot_does_not_change_when_texts_are_weighed_anew(
    drawn: list[Counts], asked: dict[int, int]
) -> None:
    rows = as_rows(drawn)
    fitted = weightings(rows)
    held = Index(fitted)
    for one in rows:
        held.append(one, SIZES)
    snapshot = held.snapshot()
    before = found(snapshot, fitted, 0, row(asked))
    held.renew(rows[::2], weightings(rows[::2]), SIZES)
    assert found(snapshot, fitted, 0, row(asked)) == before


@given(drawn=texts, tail=st.integers(1, 5))
def test_segments_cover_the_sealed_rows_in_order_and_stay_few(drawn: list[Counts], tail: int) -> None:
    rows = as_rows(drawn)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "TAIL", tail)
        held = Index(weightings(rows))
        for one in rows:
            held.append(one, SIZES)
    snapshot = held.snapshot()
    for segments, short in zip(snapshot.segments, snapshot.tail, strict=True):
        edges = [0, *(segment.last for segment in segments)]
        assert [segment.first for segment in segments] == edges[:-1]
        assert edges[-1] + len(short) == len(rows)
        assert len(short) < tail
        assert len(segments) <= len(rows).bit_length()


def test_a_question_may_hold_features_that_nobody_knew() -> None:
    rows = as_rows([({0: 1, 1: 1}, {}, {}, {}), ({1: 1}, {}, {}, {})])
    held = Index(weightings(rows))
    held.renew(rows, weightings(rows), SIZES)
    held.append(rows[0], SIZES)
    asked = Row(np.array([-2, -1, FEATURES + 3], np.int32), np.ones(3, np.float32))
    assert held.snapshot().cosines(0, asked).tolist() == [0.0, 0.0, 0.0]


@given(drawn=texts, asked=counts, tail=st.integers(1, 5), renewals=st.sets(st.integers(0, 39), max_size=4))
def test_cosines_stay_exact_when_renewals_come_between_and_drop_texts(
    drawn: list[Counts], asked: dict[int, int], tail: int, renewals: set[int]
) -> None:
    kept: list[Rows] = []
    fitted = weightings(kept)
    held = Index(fitted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "TAIL", tail)
        for step, one in enumerate(as_rows(drawn)):
            assert held.append(one, SIZES) == len(kept)
            kept.append(one)
            if step in renewals:
                kept = kept[step % 2 :: 2]
                fitted = weightings(kept)
                held.renew(list(kept), fitted, SIZES)
            expected = brute_force(kept, fitted, 0, row(asked))
            assert found(held.snapshot(), fitted, 0, row(asked)) == pytest.approx(expected, abs=1e-5)
