"""Weights are those of scikit-learn, to the bit where two ways lead to the same number."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from app.catalogue import Catalogue
from app.catalogue.label import LANGUAGES
from app.language.analyse import Word, words
from app.language.translate import PIVOT, Translation
from app.language.wording import Wording
from app.matching.features import VIEWS, Row, Vocabulary, Weighting
from app.matching.market import Market, catalogue_texts, epoch_size
from app.matching.posting import Posting
from tests.builders import a_market, again, the_thesaurus

Features = tuple[tuple[str, ...], ...]
"""The features of a word or a phrase in each view, by their names."""


def said(wording: Wording) -> list[Features]:
    """As `Vocabulary.speak` has it: the words of a text, those of its translation, its concepts."""
    found: list[Features] = []
    said_in: dict[str, list[Word]] = {}
    for (word, _, _), language in wording.words():
        pivot = ((word.stem,), word.grams) if wording.translation is None else ((), ())
        found.append(((word.stem,), *pivot, ()))
        said_in.setdefault(language, []).append(word)
    if wording.translation is not None:
        found += [((), (word.stem,), word.grams, ()) for word, _, _ in words(wording.translation.text, PIVOT)]
    for language, of_language in said_in.items():
        for mention in the_thesaurus().phrases[language].find(of_language):
            found.append(((), (), (), tuple(the_thesaurus().lineage(mention.meaning))))
    return found


def analyser(view: int) -> Callable[[Wording], Iterable[str]]:
    return lambda wording: [feature for features in said(wording) for feature in features[view]]


@pytest.fixture(scope="module")
def half_translated(sample_postings: list[Posting]) -> list[Posting]:
    """The sample postings, every other foreign one with a text in the pivot beside it."""
    in_pivot = [posting.text for posting in sample_postings if posting.language == PIVOT]
    return [
        again(posting, translation=Translation(in_pivot[place % len(in_pivot)], "a test"))
        if posting.language != PIVOT and place % 2
        else posting
        for place, posting in enumerate(sample_postings)
    ]


@pytest.fixture(scope="module")
def market(catalogue: Catalogue, half_translated: list[Posting]) -> Market:
    return a_market(catalogue, *half_translated)


@pytest.mark.parametrize("view", range(len(VIEWS)), ids=VIEWS)
def test_our_weights_are_those_of_scikit_learn(
    view: int, catalogue: Catalogue, half_translated: list[Posting], market: Market
) -> None:
    counted = half_translated[: epoch_size(len(half_translated))]
    assert sum(posting.translation is not None for posting in counted) > len(counted) / 8
    ground = [Wording(text, tag) for tag in LANGUAGES for text in catalogue_texts(catalogue, tag)]
    written = [posting.wording for posting in counted]
    theirs = TfidfVectorizer(analyzer=analyser(view), sublinear_tf=True).fit([*ground, *written])
    expected, column = theirs.transform(written), theirs.vocabulary_
    weighting = market.shelf("offer").weightings[view]
    vocabulary = market.vocabulary
    for place, wording in enumerate(written):
        row = vocabulary.read(wording)[view]
        ours = dict(zip(row.ids.tolist(), weighting.weigh(row).tolist(), strict=True))
        names = {
            int(number): feature
            for features, spoken in zip(said(wording), vocabulary.speak(wording), strict=True)
            for number, feature in zip(spoken.ids[view], features[view], strict=True)
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
    vocabulary = Vocabulary(the_thesaurus())
    vocabulary.read(Wording("milk banks", "en"))
    before = [vocabulary.size(view) for view in range(len(VIEWS))]
    passing: dict[str, int] = {}
    asked = Wording("milk for hospitals", "en")
    rows = vocabulary.read(asked, passing)
    assert [vocabulary.size(view) for view in range(len(VIEWS))] == before
    for view, row in zip(VIEWS, rows, strict=True):
        # Concepts are all known from the start.
        assert (row.ids < 0).any() == (view != "concepts")
        assert (row.ids >= 0).any()
    again_asked = vocabulary.read(asked, passing)
    assert all(np.array_equal(one.ids, other.ids) for one, other in zip(rows, again_asked, strict=True))
    assert all(np.all(np.diff(row.ids) > 0) for row in rows)


def shared(one: Wording, other: Wording) -> dict[str, int]:
    """How many features two texts have in common, by view."""
    vocabulary = Vocabulary(the_thesaurus())
    rows = zip(VIEWS, vocabulary.read(one), vocabulary.read(other), strict=True)
    return {view: np.intersect1d(mine.ids, yours.ids).size for view, mine, yours in rows}


def test_words_of_two_languages_share_runs_of_letters_and_not_the_whole() -> None:
    met = shared(Wording("transferencia", "es"), Wording("transferência", "pt"))
    assert met["grams"] > 20 * max(met["stems"], 1)


def test_a_translation_meets_the_pivot_in_its_words_and_letters_and_leaves_the_own_words_alone() -> None:
    spanish, english = Wording("desnutrición", "es"), Wording("undernourishment", "en")
    translated = Wording("undernourishment", "en", translation=Translation("desnutrición", "a test"))
    assert shared(spanish, english)["pivot"] == 0
    met = shared(spanish, translated)
    assert (met["stems"], met["pivot"]) == (0, 1)
    assert met["grams"] == shared(spanish, spanish)["grams"]
    assert shared(english, translated)["stems"] == 1
    assert shared(english, translated)["pivot"] == 0


def test_a_concept_is_met_in_any_two_languages_and_with_what_is_broader() -> None:
    one, other = "conditional cash transfers", "transferencias monetarias condicionadas"
    met = shared(Wording(one, "en"), Wording(other, "es"))
    (concept,) = (
        mention.meaning
        for mention in the_thesaurus().phrases["en"].find([word for word, _, _ in words(one, "en")])
        if mention.first == 0
    )
    assert met["concepts"] >= len(tuple(the_thesaurus().lineage(concept)))
    assert shared(Wording("zyzzyva", "en"), Wording(other, "es"))["concepts"] == 0


def test_a_word_of_a_translation_is_told_as_the_word_that_it_was_made_of() -> None:
    vocabulary = Vocabulary(the_thesaurus())
    translation = Translation("Los bancos zumban", "a test", {"bancos": "the banks"})
    spoken = vocabulary.speak(Wording("The banks buzz", "en", translation=translation))
    told = [(one.surface, one.key) for one in spoken if not one.concept]
    assert told[:2] == [("banks", "bank"), ("buzz", "buzz")]
    assert told[2] == ("banks", "bank")
    # What the translator does not tell is told as the translation has it.
    assert told[3][0] == "zumban"
    assert [ids.size > 0 for ids in spoken[0].ids] == [True, False, False, False]
    assert [ids.size > 0 for ids in spoken[2].ids] == [False, True, True, False]


def test_a_word_that_was_made_of_small_words_alone_is_told_as_these() -> None:
    translation = Translation("Costes propios", "a test", {"costes": "costs", "propios": "own"})
    spoken = Vocabulary(the_thesaurus()).speak(Wording("Own costs", "en", translation=translation))
    assert [one.surface for one in spoken if one.ids[1].size] == ["costs", "own"]
