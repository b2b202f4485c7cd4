"""The explanation is made of the score's own numbers, in words that people wrote."""

from string import Formatter

import pytest

from app.catalogue.label import LANGUAGES
from app.matching import sentences
from app.matching.explain import MOST_TERMS, Evidence
from app.matching.market import Market
from app.matching.posting import Posting, Practice
from app.matching.suggest import Suggestion, consider, suggest
from tests.builders import TODAY, a_request, an_offer

TERMS = {"term", "related_word"}


@pytest.fixture(scope="module")
def suggestions(sample_market: Market, sample_postings: list[Posting]) -> list[Suggestion]:
    """The first two of each sample posting, and some pair that is not among the first."""
    first = [
        one for asked in sample_postings[::5] for one in suggest(asked, sample_market, today=TODAY, limit=2)
    ]
    halves = zip(first[: len(first) // 2], first[len(first) // 2 :], strict=False)
    return first + [consider(one.request, other.offer, sample_market, today=TODAY) for one, other in halves]


def evidence(name: str, suggestion: Suggestion) -> tuple[Evidence, ...]:
    return next(part.evidence for part in suggestion.parts if part.name == name)


def test_the_evidence_of_the_text_adds_up_to_its_contribution(suggestions: list[Suggestion]) -> None:
    for one in suggestions:
        text = next(part for part in one.parts if part.name == "text")
        assert sum(found.contribution or 0.0 for found in text.evidence) == pytest.approx(
            text.contribution, abs=1e-6
        )
        assert all((found.contribution or 0.0) > -1e-12 for found in text.evidence)


def test_the_evidence_of_the_text_is_words_that_stand_in_it_the_greatest_first(
    suggestions: list[Suggestion],
) -> None:
    for one in suggestions:
        *terms, rest = evidence("text", one)
        assert rest.kind == "rest"
        assert len(terms) <= MOST_TERMS
        assert {term.kind for term in terms} <= TERMS
        worth = [term.contribution or 0.0 for term in terms]
        assert worth == sorted(worth, reverse=True)
        for term in terms:
            assert whole_word(term.in_request, one.request.text), term
            assert whole_word(term.in_offer, one.offer.text), term


def whole_word(word: str | None, text: str) -> bool:
    """Whether a word, and not only a run of its letters, stands in a text."""
    assert word
    places = [place for place in range(len(text)) if text.startswith(word, place)]
    around = [(text[:place][-1:], text[place + len(word) :][:1]) for place in places]
    return any(not before.isalpha() and not after.isalpha() for before, after in around)


def test_words_that_meet_across_languages_are_told_in_both(sample_market: Market) -> None:
    request = a_request(language="es", title="Transferencia condicionada", description="De ingresos.")
    offer = an_offer(language="pt", title="Transferência condicionada", description="De renda.")
    found = evidence("text", consider(request, offer, sample_market, today=TODAY))
    told = {(one.in_request, one.in_offer) for one in found if one.kind in TERMS}
    assert ("Transferencia", "Transferência") in told


def test_texts_that_share_nothing_have_nothing_to_show(sample_market: Market) -> None:
    pair = consider(a_request(title="7", description="2011."), an_offer(), sample_market, today=TODAY)
    assert evidence("text", pair) == ()


def test_no_other_part_claims_a_contribution_of_its_evidence(suggestions: list[Suggestion]) -> None:
    for one in suggestions:
        for part in one.parts:
            if part.name != "text":
                assert all(found.contribution is None for found in part.evidence)
            assert part.known or not part.evidence


def test_a_known_part_that_counts_shows_what_it_rests_on(suggestions: list[Suggestion]) -> None:
    for one in suggestions:
        for part in one.parts:
            assert not part.value or part.evidence, part.name


def test_a_row_of_annex_1_is_cited(suggestions: list[Suggestion]) -> None:
    rows = [found for one in suggestions for found in evidence("precedent", one)]
    assert rows
    assert all(found.kind == "coverage" and found.citation and found.citation.quote for found in rows)


def test_proof_is_told_with_its_links(sample_market: Market) -> None:
    offer = an_offer(practice=Practice("evaluated", ("Report of 2010", "https://example.org/report")))
    found = evidence("practice", consider(a_request(), offer, sample_market, today=TODAY))
    assert [(one.kind, one.id, one.in_offer) for one in found] == [
        ("practice", "evaluated", None),
        ("proof", "evaluated", "Report of 2010"),
        ("proof", "evaluated", "https://example.org/report"),
    ]


def test_every_sentence_has_the_same_places_for_names_in_every_language() -> None:
    for key, label in sentences.SAYS.items():
        wanted = {language: places(label.in_(language)) for language in LANGUAGES}
        assert len(set(wanted.values())) == 1, f"{key}: {wanted}"
        names = dict.fromkeys(wanted["en"], "a name")
        assert all("{" not in label.in_(language).format(**names) for language in LANGUAGES)


def places(sentence: str) -> tuple[str, ...]:
    return tuple(sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None))


def test_everything_that_is_said_can_be_said_in_every_language(suggestions: list[Suggestion]) -> None:
    said = [
        words
        for one in suggestions[::4]
        for words in (
            *(found.says for part in one.parts for found in part.evidence),
            *(reason.says for fit in one.channels for reason in fit.reasons),
        )
        if words is not None
    ]
    for words in said:
        sentences = [words.in_(language) for language in (*LANGUAGES, "nl")]
        assert all(sentence.strip() and "{" not in sentence for sentence in sentences)
        assert sentences[-1] == sentences[0] or len(set(sentences)) > 1


def test_every_channel_gives_reasons_and_every_fact_among_them_its_source(
    suggestions: list[Suggestion],
) -> None:
    for one in suggestions[::4]:
        for fit in one.channels:
            assert fit.reasons
            assert all(reason.citation for reason in fit.reasons)
