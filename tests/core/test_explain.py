"""The explanation is made of the score's own numbers, in words that people wrote."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from string import Formatter

import pytest

from app.catalogue import Catalogue
from app.catalogue.label import LANGUAGES
from app.interpreter import with_translation
from app.language.analyse import words
from app.language.apertium import Apertium
from app.language.wording import Wording
from app.matching import sentences
from app.matching.blend import BLEND, MEETINGS, Shares
from app.matching.explain import MOST_TERMS, Evidence
from app.matching.features import VIEWS
from app.matching.market import Market
from app.matching.posting import Posting, Practice
from app.matching.suggest import Suggestion, consider, suggest
from app.matching.tags import Tag, Tagger
from tests.builders import TODAY, a_market, a_request, an_offer, the_ground, the_thesaurus

TERMS = {"term", "related_word", "concept"}


@pytest.fixture(scope="module")
def in_pivot(sample_postings: list[Posting]) -> Iterator[list[Posting]]:
    """The sample postings, two of three in a foreign language translated by Apertium, as far as it goes."""
    translator = Apertium()
    yield [
        with_translation(posting, translator) if place % 3 else posting
        for place, posting in enumerate(sample_postings)
    ]
    translator.close()


@pytest.fixture(scope="module")
def market(catalogue: Catalogue, in_pivot: list[Posting]) -> Market:
    return a_market(catalogue, *in_pivot)


@pytest.fixture(scope="module")
def suggestions(market: Market, in_pivot: list[Posting]) -> list[Suggestion]:
    """The first two of every fifth posting, and some pairs that are not among the first; of every meeting."""
    first = [one for asked in in_pivot[::5] for one in suggest(asked, market, today=TODAY, limit=2)]
    halves = zip(first[: len(first) // 2], first[len(first) // 2 :], strict=False)
    found = first + [consider(one.request, other.offer, market, today=TODAY) for one, other in halves]
    met = Counter(one.meeting for one in found)
    assert all(met[meeting] >= 15 for meeting in MEETINGS), met
    return found


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
    """Whether a word or a phrase, and not only a run of its letters, stands in a text, white space folded."""
    assert word
    text = " ".join(text.split())
    places = [place for place in range(len(text)) if text.startswith(word, place)]
    around = [(text[:place][-1:], text[place + len(word) :][:1]) for place in places]
    return any(not before.isalpha() and not after.isalpha() for before, after in around)


def test_pairs_of_every_meeting_are_told_in_words_and_in_concepts(suggestions: list[Suggestion]) -> None:
    for meeting in MEETINGS:
        kinds = Counter(
            found.kind for one in suggestions if one.meeting == meeting for found in evidence("text", one)
        )
        assert all(kinds[kind] for kind in (*TERMS, "rest")), (meeting, kinds)


def test_a_concept_is_told_with_its_name_in_every_language_and_what_each_side_calls_it(
    suggestions: list[Suggestion],
) -> None:
    known = the_thesaurus()
    told = [(one, found) for one in suggestions for found in evidence("text", one) if found.kind == "concept"]
    assert told
    for one, found in told:
        assert found.id is not None
        assert found.says is not None
        for language in LANGUAGES:
            assert found.says.in_(language) == known.concepts[found.id].preferred(language)
        # Both sides mean it, or something that is part of it.
        for posting, surface in ((one.request, found.in_request), (one.offer, found.in_offer)):
            assert surface
            meant = {
                broader
                for _, _, language in posting.wording.passages()
                for mention in known.phrases[language].find([p.word for p in words(surface, language)])
                if mention.first == 0
                for broader in known.lineage(mention.meaning)
            }
            assert found.id in meant, (found, meant)


def test_a_concept_that_each_side_names_more_closely_is_told_as_what_is_common_to_both(
    market: Market,
) -> None:
    known = the_thesaurus()
    one, other = (
        concept
        for concept in known.concepts.values()
        if concept.broader == "health-systems-primary-care" and concept.id in ("hospital", "health-centre")
    )
    assert one.broader == other.broader
    request = a_request(title=one.preferred("en"), description="7")
    offer = an_offer(language="es", title=other.preferred("es"), description="7")
    found = {
        (found.id, found.in_request, found.in_offer)
        for found in evidence("text", consider(request, offer, market, today=TODAY))
        if found.kind == "concept"
    }
    assert (one.broader, one.preferred("en"), other.preferred("es")) in found


@pytest.mark.parametrize(
    ("request_language", "offer_language", "meeting"),
    [("en", "en", "same"), ("en", "pt", "bridged"), ("pt", "nl", "unbridged")],
)
def test_the_evidence_adds_up_under_any_blend(
    request_language: str, offer_language: str, meeting: str, market: Market, in_pivot: list[Posting]
) -> None:
    """Also where a view counts for much, or for nothing, or for more than the whole."""
    requests = [one for one in in_pivot if one.kind == "request" and one.language == request_language]
    offers = [one for one in in_pivot if one.kind == "offer" and one.language == offer_language]
    shares = [Shares(*(float(view == own) for own in VIEWS)) for view in VIEWS]
    told = 0
    for share in (*shares, Shares(0.4, 0.9, 0.0, 0.7)):
        blend = replace(BLEND, **{meeting: share})
        for request, offer in product(requests[:4], offers[:4]):
            pair = consider(request, offer, market, today=TODAY, blend=blend)
            text = next(part for part in pair.parts if part.name == "text")
            if pair.meeting == meeting:
                worth = [found.contribution or 0.0 for found in text.evidence]
                assert sum(worth) == pytest.approx(text.contribution, abs=1e-6)
                assert all(one > -1e-12 for one in worth)
                told += bool(worth)
    assert told >= 8


def test_what_met_over_the_bridge_is_told_in_the_words_of_both_originals(market: Market) -> None:
    """Neither side is told in the words of a translation that it never wrote."""
    translator = Apertium()
    request = with_translation(
        a_request(title="Undernourishment of children", description="Our nurses learn."), translator
    )
    offer = with_translation(
        an_offer(language="pt", title="Desnutrição de crianças", description="Formamos enfermeiras."),
        translator,
    )
    translator.close()
    pair = consider(request, offer, market, today=TODAY)
    assert pair.meeting == "bridged"
    told = {(one.in_request, one.in_offer) for one in evidence("text", pair) if one.kind != "rest"}
    assert ("nurses", "enfermeiras") in told
    assert ("children", "crianças") in told
    for mine, yours in told:
        assert whole_word(mine, request.text)
        assert whole_word(yours, offer.text)


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
        sentence
        for one in suggestions[::4]
        for sentence in (
            *(found.says for part in one.parts for found in part.evidence),
            *(reason.says for fit in one.channels for reason in fit.reasons),
        )
        if sentence is not None
    ]
    for sentence in said:
        told = [sentence.in_(language) for language in (*LANGUAGES, "nl")]
        assert all(one.strip() and "{" not in one for one in told)
        assert told[-1] == told[0] or len(set(told)) > 1


def test_every_channel_gives_reasons_and_every_fact_among_them_its_source(
    suggestions: list[Suggestion],
) -> None:
    for one in suggestions[::4]:
        for fit in one.channels:
            assert fit.reasons
            assert all(reason.citation for reason in fit.reasons)


# Sectors and sub-themes that were read from the texts, and what a modality needs


SHOTS = {"title": "Vaccination", "description": "Vaccination of newborn children."}


def told(part: str, request: Posting, offer: Posting, market: Market) -> list[tuple[str, str | None]]:
    return [(one.kind, one.id) for one in evidence(part, consider(request, offer, market, today=TODAY))]


def test_sub_themes_that_both_texts_name_are_told_beside_the_sectors(sample_market: Market) -> None:
    known = the_thesaurus()
    subtheme = [*known.lineage("vaccine")][-1]
    request, offer = a_request(sectors=["health"], **SHOTS), an_offer(sectors=["health"], **SHOTS)
    found = told("sector", request, offer, sample_market)
    assert found[0] == ("sector", "health")
    assert ("subtheme", subtheme) in found
    spanish = an_offer(
        sectors=["health"], language="es", title="Vacunación", description="Vacunación de niños."
    )
    assert ("subtheme", subtheme) in told("sector", request, spanish, sample_market)
    silent = an_offer(sectors=["health"], title="7", description="2011.")
    assert told("sector", request, silent, sample_market) == [("sector", "health")]


def test_a_sub_theme_has_its_name_in_every_language(sample_market: Market) -> None:
    pair = consider(a_request(**SHOTS), an_offer(**SHOTS), sample_market, today=TODAY)
    found = [one for one in evidence("sector", pair) if one.kind == "subtheme"]
    assert found
    for one in found:
        assert one.id
        assert one.says
        for language in LANGUAGES:
            assert the_thesaurus().concepts[one.id].preferred(language) in one.says.in_(language)


def test_a_sector_that_was_read_from_a_text_is_told_as_such(
    sample_market: Market, catalogue: Catalogue
) -> None:
    silent, named = a_request(**SHOTS), an_offer(sectors=["health"], **SHOTS)
    pair = consider(silent, named, sample_market, today=TODAY)
    (sector,) = (one for one in evidence("sector", pair) if (one.kind, one.id) == ("sector", "health"))
    assert sector.says
    name = catalogue.sectors["health"].name
    assert sector.says.in_("en") == f"{name.en}, read from the text"
    assert len({sector.says.in_(language) for language in LANGUAGES}) == len(LANGUAGES)
    both = consider(a_request(sectors=["health"], **SHOTS), named, sample_market, today=TODAY)
    assert evidence("sector", both)[0].says == name
    assert pair.request.sectors == (), "what was posted is not changed by what is read"


def test_where_no_sector_is_known_no_sub_theme_is_told(catalogue: Catalogue) -> None:
    """A part that is not known rests on nothing."""

    class Silent(Tagger):
        def sectors(self, wording: Wording) -> tuple[Tag, ...]:
            return ()

    market = Market(the_ground(catalogue), Silent(catalogue, the_thesaurus()))
    assert told("sector", a_request(**SHOTS), an_offer(**SHOTS), market) == []
    assert told("sector", a_request(**SHOTS), an_offer(**SHOTS, sectors=["health"]), market) == []


@pytest.mark.parametrize(
    ("receiver", "provider", "tongue", "lacks"),
    [
        ("JAM", "BRA", "en", [("need", "facility")]),
        ("BRA", "SUR", "en", [("need", "facility")]),
        ("JAM", "SUR", "en", [("need", "facility"), ("need", "facility")]),
        ("MEX", "BRA", "en", []),
    ],
)
def test_a_room_that_the_study_says_is_lacking_is_told_with_its_source(
    sample_market: Market,
    catalogue: Catalogue,
    receiver: str,
    provider: str,
    tongue: str,
    lacks: list[tuple[str, str]],
) -> None:
    room = ["distance-learning-videoconference"]
    pair = consider(
        a_request(country=receiver, modalities=room),
        an_offer(country=provider, modalities=room, language=tongue),
        sample_market,
        today=TODAY,
    )
    modality, *needs = evidence("modality", pair)
    assert (modality.kind, modality.id) == ("modality", *room)
    assert [(one.kind, one.id) for one in needs] == lacks
    for one in needs:
        assert one.citation
        assert one.says
        assert any(catalogue.countries[iso3].name.en in one.says.in_("en") for iso3 in (receiver, provider))


def test_that_an_interpreter_is_needed_is_told_only_where_no_language_is_shared(
    sample_market: Market,
) -> None:
    meeting = ["workshop-seminar"]

    def needs(provider: str, tongue: str) -> list[tuple[str, str | None]]:
        request = a_request(country="MEX", modalities=meeting)
        offer = an_offer(country=provider, modalities=meeting, language=tongue)
        return [one for one in told("modality", request, offer, sample_market) if one[0] == "need"]

    assert needs("BRA", "pt") == [("need", "interpreter")]
    assert needs("BRA", "en") == needs("ARG", "es") == []


def test_a_modality_that_only_stands_in_is_told_with_what_it_lacks_too(sample_market: Market) -> None:
    """The part counts less for it, so it has to say why."""
    request = a_request(country="MEX", modalities=["training"])
    offer = an_offer(country="BRA", modalities=["workshop-seminar"], language="pt")
    assert told("modality", request, offer, sample_market) == [
        ("related_modality", "learning"),
        ("need", "interpreter"),
    ]
