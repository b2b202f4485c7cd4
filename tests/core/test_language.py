"""Which language a text is in, and what it says as features that can be compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from app.evaluation.samples import Samples
from app.language.analyse import GRAM_SIZES, fold, grams, words
from app.language.detect import LANGUAGES, detect
from app.language.stopwords import STOPWORDS

LETTERS = st.text(st.characters(categories=["Ll", "Lu", "Lo"]), min_size=1, max_size=15)


def stems(text: str, language: str) -> list[str]:
    return [word.stem for word, _, _ in words(text, language)]


def test_the_language_of_the_sample_postings_is_told_right(sampled: Samples) -> None:
    told = [
        (posting.language, detect(f"{posting.title}\n{posting.description}").language)
        for side in (sampled.offers, sampled.requests)
        for posting in (intake.posting for intake in side.values())
    ]
    for language in sorted({declared for declared, _ in told}):
        found = [detected for declared, detected in told if declared == language]
        right = found.count(language) / len(found)
        assert right >= 0.95, f"{language}: {right:.1%} of {len(found)} postings"
    right = sum(declared == detected for declared, detected in told) / len(told)
    assert right >= 0.95, f"all: {right:.1%} of {len(told)} postings"


@pytest.mark.parametrize("nothing", ["", " \n", "2011 – 15,000 $", "???"])
def test_a_text_without_letters_is_in_no_certain_language(nothing: str) -> None:
    assert (detect(nothing).language, detect(nothing).confidence) == ("en", 0.0)


@given(text=st.text())
def test_a_detection_is_one_of_the_five_with_a_confidence(text: str) -> None:
    found = detect(text)
    assert found.language in LANGUAGES
    assert 0.0 <= found.confidence <= 1.0


@given(word=LETTERS)
def test_runs_of_letters_are_those_of_scikit_learn(word: str) -> None:
    theirs = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(GRAM_SIZES[0], GRAM_SIZES[-1]), lowercase=False
    ).build_analyzer()
    assert list(grams(word)) == list(theirs(word))


@pytest.mark.parametrize("language", LANGUAGES)
def test_stop_words_never_appear(language: str) -> None:
    for word in STOPWORDS[language]:
        for written in (word, word.upper(), word.capitalize(), unicodedata.normalize("NFD", word)):
            assert list(words(f"{written} {written}.", language)) == []


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("es", "bancos de leche", "Banco de la LECHE"),
        ("pt", "transferências condicionadas", "transferência condicionada"),
        ("fr", "l’eau des enfants", "eaux d'enfant"),
        ("en", "the children's hospitals", "child hospital"),
        ("nl", "de scholen", "school"),
    ],
)
def test_forms_of_a_word_meet_in_their_stem(language: str, one: str, other: str) -> None:
    assert set(stems(one, language)) & set(stems(other, language))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Educación y alimentación de la niñez"),
        ("pt", "Ações de saúde"),
        ("fr", "Éducation à la santé"),
    ],
)
def test_an_accent_may_be_missing_or_written_apart(language: str, text: str) -> None:
    apart = unicodedata.normalize("NFD", text)
    assert stems(apart, language) == stems(text, language)
    assert [word[1:] for word, _, _ in words(apart, language)] == [
        word[1:] for word, _, _ in words(text, language)
    ]
    assert all(word.surface in apart for word, _, _ in words(apart, language))


@given(text=st.text(), language=st.sampled_from(LANGUAGES))
def test_every_word_stands_in_the_text_and_every_feature_is_folded(text: str, language: str) -> None:
    at = 0
    for word, start, end in words(text, language):
        assert at <= start < end
        assert text[start:end] == word.surface
        assert word.stem
        assert word.grams
        for feature in (word.stem, *word.grams):
            assert fold(feature) == feature
        at = end


def test_numbers_and_single_letters_say_nothing() -> None:
    assert surfaces("A 2011 plan, x y_z 3rd e-mail") == ["plan", "rd", "mail"]


@pytest.mark.parametrize(
    "marked",
    [
        "<p>Milk</p> <b class='x'>banks</b>",
        "Milk&nbsp;banks",
        "Milk https://example.org/a/health?b=c banks",
        "Milk ana.health@example.org banks",
        "<!-- health --> Milk banks",
    ],
)
def test_marks_and_addresses_are_no_words_and_every_word_keeps_its_place(marked: str) -> None:
    assert surfaces(marked) == ["Milk", "banks"]
    assert all(marked[start:end] == word.surface for word, start, end in words(marked, "en"))


def test_a_sign_of_less_is_not_a_mark() -> None:
    assert surfaces("children < 5 years, girls > boys & mothers") == [
        "children",
        "years",
        "girls",
        "boys",
        "mothers",
    ]


def surfaces(text: str) -> list[str]:
    return [word.surface for word, _, _ in words(text, "en")]
