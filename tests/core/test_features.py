"""Weights are those of scikit-learn, to the bit where two ways lead to the same number."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from app.catalogue import Catalogue
from app.catalogue.label import LANGUAGES
from app.language.analyse import VIEWS, words
from app.matching.features import Row, Vocabulary, Weighting
from app.matching.market import Market, catalogue_texts, epoch_size
from app.matching.posting import Posting

Text = tuple[str, str]
"""A text and its language."""


def analyser(view: int) -> Callable[[Text], Iterable[str]]:
    return lambda text: [feature for word in words(*text) for feature in word.features[view]]


@pytest.mark.parametrize("view", range(len(VIEWS)), ids=VIEWS)
def test_our_weights_are_those_of_scikit_learn(
    view: int, catalogue: Catalogue, sample_postings: list[Posting], sample_market: Market
) -> None:
    counted = sample_postings[: epoch_size(len(sample_postings))]
    ground = [(text, tag) for tag in LANGUAGES for text in catalogue_texts(catalogue, tag)]
    said = [(posting.text, posting.language) for posting in counted]
    theirs = TfidfVectorizer(analyzer=analyser(view), sublinear_tf=True).fit([*ground, *said])
    expected, column = theirs.transform(said), theirs.vocabulary_
    weighting = sample_market.shelf("offer").weightings[view]
    vocabulary = sample_market.vocabulary
    for place, (text, language) in enumerate(said):
        row = vocabulary.read(text, language)[view]
        ours = dict(zip(row.ids.tolist(), weighting.weigh(row).tolist(), strict=True))
        names = {
            int(number): feature
            for word, spoken in zip(words(text, language), vocabulary.words(text, language), strict=True)
            for number, feature in zip(spoken.ids[view], word.features[view], strict=True)
        }
        dense = expected[place].toarray().ravel()
        assert len(ours) == np.count_nonzero(dense)
        assert list(ours.values()) == pytest.approx(
            [dense[column[names[number]]] for number in ours], abs=1e-6
        )


def row_of(counts: dict[int, int]) -> Row:
    ids = sorted(counts)
    return Row(np.array(ids, np.int32), np.array([counts[number] for number in ids], np.float32))


ROWS = st.dictionaries(st.integers(0, 30), st.integers(1, 5), max_size=8).map(row_of)


@given(counted=st.lists(ROWS, max_size=6), row=ROWS, spare=st.integers(0, 20))
def test_a_row_has_length_one_and_no_number_makes_a_difference_that_came_early(
    counted: list[Row], row: Row, spare: int
) -> None:
    weighting = Weighting.fit(counted, 31)
    weights = weighting.weigh(row)
    assert float(weights @ weights) == pytest.approx(1.0 if row.ids.size else 0.0, abs=1e-5)
    # Whether a feature that no text has was numbered before the epoch or after it must not matter.
    seen = max((int(one.ids.max()) + 1 for one in counted if one.ids.size), default=0)
    for size in {seen, min(31, seen + spare)}:
        if counted:
            assert np.array_equal(Weighting.fit(counted, size).weigh(row), weights)


def test_an_unmet_feature_weighs_to_the_bit_as_one_that_no_text_has() -> None:
    for texts in range(1, 700, 7):
        weighting = Weighting.fit([row_of({0: 1})] * texts, 2)
        assert weighting.fitted[1] == weighting.unmet, texts


def test_the_rarer_feature_weighs_more() -> None:
    weighting = Weighting.fit([row_of({0: 1}), row_of({0: 1, 1: 1}), row_of({0: 1, 2: 1})], 3)
    common, rare, unmet = weighting.idf(np.array([0, 1, 9], np.int32))
    assert common < rare < unmet


def test_a_text_that_is_only_asked_about_leaves_no_trace() -> None:
    vocabulary = Vocabulary()
    vocabulary.read("milk banks", "en")
    before = [vocabulary.size(view) for view in range(len(VIEWS))]
    passing: dict[str, int] = {}
    rows = vocabulary.read("milk for hospitals", "en", passing)
    assert [vocabulary.size(view) for view in range(len(VIEWS))] == before
    assert all((row.ids < 0).any() and (row.ids >= 0).any() for row in rows)
    again = vocabulary.read("milk for hospitals", "en", passing)
    assert all(np.array_equal(one.ids, other.ids) for one, other in zip(rows, again, strict=True))
    assert all(np.all(np.diff(row.ids) > 0) for row in rows)


def test_words_of_two_languages_share_runs_of_letters_and_not_the_whole() -> None:
    vocabulary = Vocabulary()
    stems, grams = (
        np.intersect1d(one.ids, other.ids).size
        for one, other in zip(
            vocabulary.read("transferencia", "es"), vocabulary.read("transferência", "pt"), strict=True
        )
    )
    assert grams > 20 * max(stems, 1)
