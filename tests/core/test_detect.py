"""Which parts of a text are in another language, and which texts are in none of ours."""

from itertools import permutations
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.evaluation.samples import Samples
from app.language.detect import LANGUAGES, detect, passages, unsupported
from app.matching.posting import Posting

NOTHING = [
    "",
    " \n",
    "2011 – 15,000 $",
    "😀🎉 🇧🇷",
    "\u200f\u202e\u2067\u200b",
    "<p><b class='title'></b></p>&nbsp;<br/>",
    "https://example.org/en/what-we-do/for-the-countries",
    "\0",
    "\ud800",
]

SENTENCES = {
    "en": "We have trained the teachers of small schools for ten years, and they share what they learn.",
    "es": "Hemos formado a los maestros de las escuelas pequeñas y ellos comparten lo que aprenden.",
    "fr": "Nous avons formé les enseignants des petites écoles et ils partagent ce qu'ils apprennent.",
    "nl": "Wij hebben de leraren van kleine scholen opgeleid en zij delen wat zij leren.",
    "pt": "Formamos os professores das escolas pequenas e eles não deixam de partilhar o que aprendem.",
}


def parts(text: str, language: str) -> list[tuple[str, str]]:
    return [(found.language, text[found.start : found.end].strip()) for found in passages(text, language)]


@pytest.fixture(scope="module")
def postings(sampled: Samples) -> list[Posting]:
    return [intake.posting for side in (sampled.offers, sampled.requests) for intake in side.values()]


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_text_without_words_is_in_no_certain_language(nothing: str) -> None:
    assert detect(nothing).confidence == 0.0
    assert passages(nothing, "es") == ()
    assert unsupported(nothing) is None


def test_no_sample_posting_has_a_passage_in_another_language(postings: list[Posting]) -> None:
    for posting in postings:
        for text in (posting.title, posting.description, f"{posting.title}\n{posting.description}"):
            assert parts(text, posting.language) == []


def test_no_sample_posting_is_in_a_language_that_is_not_served(postings: list[Posting]) -> None:
    for posting in postings:
        for text in (posting.title, posting.description, f"{posting.title}\n{posting.description}"):
            assert unsupported(text) is None


@pytest.mark.parametrize(("declared", "other"), list(permutations(LANGUAGES, 2)))
def test_a_sentence_in_another_language_is_found_where_it_stands(declared: str, other: str) -> None:
    for text in (
        f"{SENTENCES[declared]} {SENTENCES[other]} {SENTENCES[declared]}",
        f"{SENTENCES[declared]}\n{SENTENCES[other]}",
        f"{SENTENCES[other]}\r\n\r\n{SENTENCES[declared]}",
    ):
        assert parts(text, declared) == [(other, SENTENCES[other])]


@pytest.mark.parametrize(("declared", "other"), list(permutations(LANGUAGES, 2)))
def test_every_sample_description_is_found_within_a_text_of_another_language(
    postings: list[Posting], declared: str, other: str
) -> None:
    around = SENTENCES[declared]
    for description in (posting.description for posting in postings if posting.language == other):
        assert parts(f"{around}\n{description}\n{around}", declared) == [(other, description)]


def test_neighbouring_sentences_of_one_language_are_one_passage() -> None:
    english = f"{SENTENCES['en']} Visit us. {SENTENCES['en']}\n- Water and schools\n{SENTENCES['en']}"
    text = f"{SENTENCES['es']} {english}\n{SENTENCES['fr']} {SENTENCES['es']}"
    assert parts(text, "es") == [("en", english), ("fr", SENTENCES["fr"])]


@pytest.mark.parametrize(
    "text",
    [
        "Nuestros socios: Caribbean Disaster Emergency Management Agency, Inter-American Development Bank.",
        "Partners: Fundação Getulio Vargas, Universidade de São Paulo, Instituto Butantan.",
        "Con el Instituto Nacional de Colonização e Reforma Agrária y la Fundação Oswaldo Cruz de Brasil.",
        "Véase el Joint United Nations Programme on HIV and AIDS, informe de 2009.",
        "Thank you all.",
        "El Sr. Smith y la Sra. Jones de la University of the West Indies dictan el curso. Etc. etc.",
    ],
)
def test_a_name_in_another_language_is_no_passage(text: str) -> None:
    assert parts(f"{SENTENCES['es']} {text} {SENTENCES['es']}", "es") == []


@given(text=st.text(), language=st.sampled_from(LANGUAGES))
def test_passages_are_in_order_and_never_in_the_declared_language(text: str, language: str) -> None:
    at = 0
    for found in passages(text, language):
        assert at <= found.start < found.end <= len(text)
        assert found.language in LANGUAGES
        assert found.language != language
        at = found.end


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Wir bieten Schulungen für die Wasserwirtschaft in kleinen Städten an."),
        ("it", "Offriamo corsi di formazione sulla gestione dell'acqua nelle piccole città."),
        ("ht", "Nou ofri fòmasyon sou jesyon dlo nan ti vil yo."),
        ("zh", "我们为小城镇提供水资源管理培训。"),
        ("ar", "نقدم التدريب على إدارة المياه في المدن الصغيرة"),
        ("ru", "Мы предлагаем обучение по управлению водными ресурсами."),
        ("ca", "Oferim formació en gestió de l'aigua per a ciutats petites."),
    ],
)
def test_a_language_that_is_not_served_is_named(language: str, text: str) -> None:
    assert unsupported(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Chagas",
        "Hospital regional de medicina tropical",
        "CREATE TABLE x (id INTEGER PRIMARY KEY)",
        "Wi a offer training inna wata management fi likkle town dem, an wi a look fi smaddy fi teach dem",
        *SENTENCES.values(),
    ],
)
def test_what_may_be_one_of_ours_is_not_called_foreign(text: str) -> None:
    assert unsupported(text) is None


@given(text=st.text())
def test_a_language_that_is_not_served_is_never_one_of_ours(text: str) -> None:
    assert unsupported(text) not in LANGUAGES


@pytest.mark.parametrize(
    "piece", ["!", "! ", "a. ", ".\"'", "\n", " ", "a\n", "<a", "a@", "&a", "www.", "</"]
)
def test_no_text_takes_long(piece: str) -> None:
    text = piece * (10_000 // len(piece)) + "x"
    detect(SENTENCES["en"])  # the model is read
    begun = process_time()
    detect(text)
    passages(text, "es")
    unsupported(text)
    assert process_time() - begun < 0.5
