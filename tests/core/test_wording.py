"""A text is read passage by passage, each in its own language, and every word keeps its place."""

from hypothesis import given
from hypothesis import strategies as st

from app.language.analyse import words
from app.language.detect import LANGUAGES, Passage, passages
from app.language.translate import PIVOT, Translation
from app.language.wording import Wording

TEXT = "Bancos de leite. We train the nurses. Mais leite."
ENGLISH = Passage(17, 38, "en")


def test_a_text_in_one_language_is_one_passage() -> None:
    assert list(Wording("Milk banks", "en").passages()) == [Passage(0, 10, "en")]
    assert list(Wording("", "en").passages()) == []


def test_what_stands_elsewhere_divides_the_text_and_nothing_is_lost() -> None:
    found = list(Wording(TEXT, "pt", (ENGLISH,)).passages())
    assert found == [Passage(0, 17, "pt"), ENGLISH, Passage(38, len(TEXT), "pt")]
    assert "".join(TEXT[start:end] for start, end, _ in found) == TEXT


def test_passages_may_begin_end_and_touch_each_other() -> None:
    first, second = Passage(0, 4, "en"), Passage(4, 9, "fr")
    assert list(Wording("milk eaux", "es", (first, second)).passages()) == [first, second]


def test_each_word_is_read_in_the_language_it_stands_in() -> None:
    found = list(Wording(TEXT, "pt", (ENGLISH,)).words())
    assert [(placed.word.surface, language) for placed, language in found] == [
        ("Bancos", "pt"),
        ("leite", "pt"),
        ("train", "en"),
        ("nurses", "en"),
        ("leite", "pt"),
    ]
    # The stop words are those of the passage, and so are the stems.
    assert next(placed.word.stem for placed, _ in found if placed.word.surface == "nurses") == "nurs"


@given(
    text=st.text(st.sampled_from("leite milk água. \n<p>"), max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=6, unique=True),
    spoken=st.lists(st.sampled_from(LANGUAGES), min_size=4, max_size=4),
)
def test_every_word_stands_where_it_is_said_to(text: str, cuts: list[int], spoken: list[str]) -> None:
    edges = sorted(cut for cut in cuts if cut <= len(text))
    elsewhere = tuple(
        Passage(start, end, spoken[place])
        for place, (start, end) in enumerate(zip(edges[::2], edges[1::2], strict=False))
    )
    wording = Wording(text, spoken[-1], elsewhere)
    pieces = list(wording.passages())
    assert "".join(text[start:end] for start, end, _ in pieces) == text
    found = list(wording.words())
    assert [place.start for place, _ in found] == sorted(place.start for place, _ in found)
    for (word, start, end), language in found:
        assert text[start:end] == word.surface
        (piece,) = (one for one in pieces if one.start <= start and end <= one.end)
        assert piece.language == language
    assert len(found) == sum(len(list(words(text[start:end], language))) for start, end, language in pieces)


def test_a_text_is_bridged_if_it_is_in_the_pivot_or_translated_into_it() -> None:
    assert Wording("leche", PIVOT).bridged
    assert not Wording("leite", "pt").bridged
    assert Wording("leite", "pt", translation=Translation("leche", "a test")).bridged


def test_the_passages_that_detection_finds_are_the_passages_of_the_wording() -> None:
    portuguese = "Apoiamos a criação de bancos de leite humano em hospitais públicos de todo o país. "
    english = "We also help the hospitals to train their nurses and to keep the milk safe for the children. "
    text = portuguese + english + portuguese
    found = list(Wording(text, "pt", passages(text, "pt")).passages())
    assert [language for _, _, language in found] == ["pt", "en", "pt"]
    assert text[found[1].start : found[1].end].strip() == english.strip()
