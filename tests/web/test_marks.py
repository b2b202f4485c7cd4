"""Marks in a text: where they begin and end, in one another and across lines, and numbers that add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue
from app.language.detect import Passage
from app.language.translate import Translation
from app.matching.explain import Evidence
from app.matching.posting import Posting
from app.matching.rounding import adding_up
from app.matching.sentences import TONGUES
from app.matching.suggest import Suggestion, consider, suggest
from app.workbench import marks
from app.workbench.marks import Met, Piece, Span, marked, met, only_read, pieces, spans
from tests.builders import TODAY, a_market, a_request, an_offer, the_thesaurus

CONCEPT = TONGUES["en"]
"""Any words: what a concept is called does not matter here."""


def a_word(word: str, number: int = 1) -> Met:
    return Met(number, None, True, (word,), (word,), 0.1)


def a_concept(*phrases: str, number: int = 1) -> Met:
    return Met(number, CONCEPT, False, phrases, phrases, 0.1)


def told(posting: Posting, *listed: Met) -> set[tuple[str, int]]:
    """The stretches of a posting's text that are marked, with their numbers."""
    found, _ = spans(posting, listed, the_thesaurus())
    return {(posting.text[one.start : one.end], one.number) for one in found}


def read(posting: Posting, *listed: Met) -> set[tuple[str, int]]:
    """The same of its translation."""
    _, found = spans(posting, listed, the_thesaurus())
    assert posting.translation
    return {(posting.translation.text[one.start : one.end], one.number) for one in found}


def test_a_word_is_marked_in_every_form_and_never_inside_another_word() -> None:
    offer = an_offer(title="Milk banks", description="A bank shares milk. Banking is another thing.")
    assert told(offer, a_word("banks")) == {("banks", 1), ("bank", 1), ("Banking", 1)}
    assert told(an_offer(title="Mercury", description="A cure"), a_word("cure")) == {("cure", 1)}


def test_a_phrase_is_found_across_a_line_break_and_wherever_it_stands() -> None:
    offer = an_offer(
        title="Human milk\tbanks", description="We help human\n  milk banks.", keywords=["human milk bank"]
    )
    phrases = told(offer, a_concept("Human milk banks"))
    assert ("Human milk\tbanks", 1) in phrases
    assert ("human\n  milk banks", 1) in phrases
    assert ("human milk bank", 1) in phrases


def test_a_passage_in_another_language_is_marked_by_its_own_words() -> None:
    description = "We help hospitals. Damos apoyo a los bancos de leche humana."
    at = len("Help\nWe help hospitals. ")
    offer = an_offer(
        title="Help",
        description=description,
        elsewhere=(Passage(at, len("Help\n") + len(description), "es"),),
    )
    assert told(offer, a_concept("bancos de leche humana")) == {("bancos de leche humana", 1)}


def test_marks_lie_in_one_another_and_overlap() -> None:
    text = "one two three four"
    nested = [Span(0, 13, 1, True), Span(4, 7, 2, False)]
    assert pieces(text, nested, 0, len(text)) == [
        Piece("one ", concept=True),
        Piece("two", word=True, concept=True, ends=((2, False),)),
        Piece(" three", concept=True, ends=((1, True),)),
        Piece(" four"),
    ]
    overlapping = [Span(0, 7, 1, True), Span(4, 13, 2, True), Span(4, 7, 3, False)]
    assert [(one.text, one.ends) for one in pieces(text, overlapping, 0, 13)] == [
        ("one ", ()),
        ("two", ((1, True), (3, False))),
        (" three", ((2, True),)),
    ]


places = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 9), st.booleans())


@given(
    text=st.text(min_size=1, max_size=40),
    found=st.lists(places, max_size=8),
    ends=st.tuples(st.integers(0, 40), st.integers(0, 40)),
)
def test_pieces_are_the_text_whatever_is_marked(
    text: str, found: list[tuple[int, int, int, bool]], ends: tuple[int, int]
) -> None:
    start, end = (min(place, len(text)) for place in sorted(ends))
    inside = [
        Span(min(one, two, len(text)), min(max(one, two), len(text)), number, concept)
        for one, two, number, concept in found
        if min(one, two, len(text)) != min(max(one, two), len(text))
    ]
    cut = pieces(text, inside, start, end)
    assert "".join(one.text for one in cut) == text[start:end]
    shown = {number for one in cut for number in one.ends}
    assert shown == {(one.number, one.concept) for one in inside if one.start < end and one.end > start}


def test_a_mark_that_reaches_from_title_into_description_is_told_in_both() -> None:
    offer = an_offer(
        title="A bank of milk", description="bank of blood\n\n \n\nAnd more.", keywords=["a", "b"]
    )
    cut = marked(offer, [Span(10, 19, 4, True)])
    assert [one.text for one in cut.heading if one.concept] == ["milk"]
    assert [one.text for one in cut.paragraphs[0] if one.concept] == ["bank"]
    assert all((4, True) in one.ends for one in (cut.heading[-1], cut.paragraphs[0][0]))
    assert [len(one) for one in cut.paragraphs] == [2, 1]
    assert "".join(one.text for one in cut.keywords) == "a, b"
    assert cut.reading == []


def test_a_translation_is_marked_by_the_words_that_it_was_made_of() -> None:
    reading = Translation(
        "Bancos propios\nAyudamos a un banco.",
        "shouter 1",
        {"bancos": "banks", "banco": "bank", "propios": "own"},
    )
    offer = an_offer(title="Own banks", description="We help a bank. Zeal.", translation=reading)
    assert read(offer, a_word("banks")) == {("Bancos", 1), ("banco", 1)}
    assert told(offer, a_word("banks")) == {("banks", 1), ("bank", 1)}
    assert told(offer, a_word("own", 2)) == {("Own", 2)}, "a small word too, if its translation met"
    assert read(offer, a_word("own", 2)) == {("propios", 2)}
    lines = marked(offer).reading
    assert ["".join(one.text for one in line) for line in lines] == reading.text.split("\n")


def test_a_word_that_only_the_translation_has_is_told_as_such() -> None:
    reading = Translation("Marca de leche", "shouter 1", {"leche": "milk"})
    offer = an_offer(title="Milk brands", description="", translation=reading)
    listed = [a_word("Marca"), a_word("Milk"), a_concept("Milk")]
    assert only_read(offer, listed) == {"Marca"}
    assert only_read(an_offer(title="Milk brands"), listed) == set()
    assert read(offer, a_word("Marca")) == {("Marca", 1)}
    assert told(offer, a_word("Marca")) == set()


def a_pair(catalogue: Catalogue, request: Posting, offer: Posting) -> Suggestion:
    return consider(request, offer, a_market(catalogue, request, offer), today=TODAY)


def test_a_concept_is_told_once_with_every_phrase_that_names_it(catalogue: Catalogue) -> None:
    request = a_request(
        description="Boys and young men, their fathers and their schools, cholera and malaria."
    )
    offer = an_offer(description="Men and boys, a school for fathers, dengue and cholera.")
    found = a_pair(catalogue, request, offer)
    listed, rest = met(found)
    (text,) = (part for part in found.parts if part.name == "text")
    concepts = [one.id for one in text.evidence if one.kind == "concept"]
    assert len([one for one in listed if one.concept]) == len(set(concepts)) <= len(concepts)
    assert [one.number for one in listed] == list(range(1, len(listed) + 1))
    worth = [one.contribution for one in listed]
    assert worth == sorted(worth, reverse=True)
    assert sum(worth) + rest == pytest.approx(text.contribution, abs=1e-5)


def test_nothing_met_is_nothing_listed(catalogue: Catalogue) -> None:
    found = a_pair(
        catalogue, a_request(title="xyz", description="qqq"), an_offer(title="aaa", description="b")
    )
    assert met(found) == ([], 0)


def test_everything_listed_is_marked_in_both_texts(
    catalogue: Catalogue, sample_postings: list[Posting]
) -> None:
    market = a_market(catalogue, *sample_postings)
    requests = [one for one in sample_postings if one.kind == "request"]
    for request in requests[::4]:
        for found in suggest(request, market, today=TODAY, limit=5):
            listed, _ = met(found)
            for side in (found.request, found.offer):
                in_text, _ = spans(side, listed, market.thesaurus)
                assert {one.number for one in in_text} == {one.number for one in listed}, (side.id, listed)
                cut = marked(side, in_text)
                parts = (cut.heading, *cut.paragraphs, cut.keywords)
                shown = {number for part in parts for one in part for number, _ in one.ends}
                assert shown == {one.number for one in listed}


def test_evidence_without_a_number_of_its_own_is_the_rest(catalogue: Catalogue) -> None:
    found = a_pair(catalogue, a_request(), an_offer())
    (text,) = (part for part in found.parts if part.name == "text")
    rest = [one for one in text.evidence if one.kind == "rest"]
    assert isinstance(rest[0], Evidence)
    assert marks.met(found)[1] == rest[0].contribution


@given(st.lists(st.floats(0, 1), max_size=12))
def test_rounded_contributions_add_up_and_none_is_off_by_a_whole_step(values: list[float]) -> None:
    total = sum(values)
    told = adding_up(values, total)
    assert round(sum(told), 9) == pytest.approx(total, abs=0.000501)
    for value, shown in zip(values, told, strict=True):
        assert abs(value - shown) < 0.001 + 1e-9
        assert value > 0 or shown == 0
