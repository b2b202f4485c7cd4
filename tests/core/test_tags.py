"""What a text speaks of is read from it alike in every language, with the words that say so."""

import threading

import pytest

from app.catalogue import Catalogue
from app.language.detect import Passage
from app.language.wording import Wording
from app.matching.market import Market
from app.matching.posting import Posting
from app.matching.tags import LIKELY, MOST_MODALITIES, MOST_SECTORS, MOST_WORDS, UNLIKELY, Tag, Tagger
from tests.builders import a_market, a_request, again, an_offer, the_tagger, the_thesaurus

TRAINING = {
    "en": ("We offer training in vaccination of newborn children.", "vaccination", "training"),
    "es": ("Ofrecemos capacitación en vacunación de recién nacidos.", "vacunación", "capacitación"),
    "pt": ("Oferecemos capacitação em vacinação de recém-nascidos.", "vacinação", "capacitação"),
    "fr": ("Nous offrons une formation sur la vaccination des nouveau-nés.", "vaccination", "formation"),
    "nl": ("Wij bieden opleiding in vaccinatie van pasgeborenen.", "vaccinatie", "opleiding"),
}
VISITS = {
    "en": "Our staff would like to make a study visit to see how forests and rivers are protected.",
    "es": "Nuestro equipo quiere hacer una visita de estudio para ver cómo se protegen bosques y ríos.",
    "pt": "Nossa equipe quer fazer uma visita de estudo para ver como se protegem florestas e rios.",
    "fr": "Notre équipe souhaite faire un voyage d'étude pour voir comment on protège forêts et rivières.",
    "nl": "Ons team wil een studiebezoek brengen om te zien hoe bossen en rivieren worden beschermd.",
}


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return the_tagger()


def slugs(tags: tuple[Tag, ...]) -> list[str]:
    return [tag.slug for tag in tags]


@pytest.mark.parametrize("language", TRAINING)
def test_sector_and_modality_are_found_in_every_language_with_their_words(
    tagger: Tagger, language: str
) -> None:
    text, subject, manner = TRAINING[language]
    sectors, modalities = (find(Wording(text, language)) for find in (tagger.sectors, tagger.modalities))
    assert "health" in slugs(sectors)
    assert slugs(modalities) == ["training"]
    (health,) = (tag for tag in sectors if tag.slug == "health")
    assert subject in health.because
    assert manner in modalities[0].because


@pytest.mark.parametrize("language", VISITS)
def test_another_text_has_other_tags(tagger: Tagger, language: str) -> None:
    wording = Wording(VISITS[language], language)
    assert slugs(tagger.sectors(wording))[0] == "environment"
    assert slugs(tagger.modalities(wording))[0] == "study-visit"


def test_few_are_suggested_the_likeliest_first_and_only_what_a_posting_can_carry(
    tagger: Tagger, catalogue: Catalogue
) -> None:
    long = "\n".join((*(text for text, *_ in TRAINING.values()), *VISITS.values()))
    for text in (*VISITS.values(), long, "Money, roads, courts, schools, ports, fish, music, taxes and gas."):
        wording = Wording(text, "en")
        for tags, most, known in (
            (tagger.sectors(wording), MOST_SECTORS, catalogue.sectors),
            (tagger.modalities(wording), MOST_MODALITIES, catalogue.modalities),
        ):
            assert len(tags) <= most
            assert {*slugs(tags)} <= {*known}
            chances = [tag.probability for tag in tags]
            assert chances == sorted(chances, reverse=True)
            assert all(UNLIKELY <= chance <= 1.0 for chance in chances)
            # An unlikely one is suggested only by itself.
            assert len(tags) < 2 or min(chances) >= LIKELY
            assert all(len(tag.because) <= MOST_WORDS for tag in tags)
        assert all(catalogue.modalities[slug].for_postings for slug in slugs(tagger.modalities(wording)))


@pytest.mark.parametrize("text", ["", " \n", "the of and", "2011 17 %", "😀", "https://example.org", "<br>"])
def test_a_text_without_words_has_no_tags(tagger: Tagger, text: str) -> None:
    assert tagger.sectors(Wording(text, "en")) == tagger.modalities(Wording(text, "en")) == ()


def test_words_that_nobody_has_learnt_say_nothing_of_a_sector(tagger: Tagger) -> None:
    assert tagger.sectors(Wording("Blorf wibble quux fnord zyzzy.", "en")) == ()


def test_a_passage_in_another_language_is_read_in_it(tagger: Tagger) -> None:
    posting = an_offer(title="Words", description=f"Some words.\n{TRAINING['nl'][0]}")
    start = posting.text.index(TRAINING["nl"][0])
    there = Wording(posting.text, "en", (Passage(start, start + len(TRAINING["nl"][0]), "nl"),))
    assert "pasgeborenen" in {word for tag in tagger.sectors(there) for word in tag.because}


def test_the_same_tagger_fitted_twice_says_the_same(catalogue: Catalogue, tagger: Tagger) -> None:
    other = Tagger(catalogue, the_thesaurus())
    other.fit()
    for language, (text, *_) in TRAINING.items():
        wording = Wording(text, language)
        assert other.sectors(wording) == tagger.sectors(wording)
        assert other.modalities(wording) == tagger.modalities(wording)


def test_tags_that_people_gave_are_learnt_from_and_hold_in_other_languages(catalogue: Catalogue) -> None:
    """Nothing in the thesaurus says that vaccination is about gender; five postings in English do."""
    called = list[int]()

    def taught() -> list[Posting]:
        called.append(1)
        return [
            an_offer(
                title=f"Vaccination {word}",
                description=f"Vaccination for {word}.",
                sectors={"gender"},
                modalities={"contest"},
            )
            for word in ("soldiers", "guards", "police", "borders", "barracks")
        ]

    learnt = Tagger(catalogue, the_thesaurus(), taught)
    assert called == [], "examples are called for when they are needed"
    vaccines = Wording("Vaccinatie.", "nl")
    before, after = the_tagger().sectors(vaccines), learnt.sectors(vaccines)
    assert "gender" not in slugs(before)
    assert "gender" in slugs(after)
    assert called == [1]


def test_many_may_ask_at_once(catalogue: Catalogue, tagger: Tagger) -> None:
    fresh, found = Tagger(catalogue, the_thesaurus()), list[tuple[Tag, ...]]()
    wording = Wording(TRAINING["en"][0], "en")
    threads = [threading.Thread(target=lambda: found.append(fresh.sectors(wording))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tagger.sectors(wording)] * 4


# Sectors of postings that name none


@pytest.fixture(scope="module")
def market(catalogue: Catalogue) -> Market:
    return a_market(catalogue)


def test_sectors_are_read_only_where_none_are_named(market: Market) -> None:
    text = {"title": "Vaccination", "description": TRAINING["en"][0]}
    silent, named = a_request(**text), a_request(**text, sectors=["social"])
    assert "health" in market.tagged(silent).read_sectors
    assert market.tagged(silent).sectors == ()
    assert market.tagged(named) is named
    read = again(silent, read_sectors=("tourism",))
    assert market.tagged(read) is read


def test_what_is_read_is_seen_in_the_market_and_not_in_what_was_posted(catalogue: Catalogue) -> None:
    silent = a_request(title="Vaccination", description=TRAINING["en"][0])
    held = a_market(catalogue, silent).get("request", silent.id)
    assert held is not None
    assert "health" in held.topics
    assert silent.topics == held.sectors == ()
