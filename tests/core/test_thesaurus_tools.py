"""The thesaurus as SKOS, and what texts say in its words."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, URIRef

from app.catalogue import Catalogue
from app.cli import main
from app.language.detect import Passage
from app.language.wording import Wording
from app.thesaurus import Concept, Thesaurus
from app.thesaurus.check import unlabelled
from app.thesaurus.coverage import Coverage, Found, coverage, together
from app.thesaurus.skos import BASE, is_base, turtle
from tests.builders import the_thesaurus

LANGUAGES = {"en", "es", "pt", "fr", "nl"}


def a_concept(id: str, *, broader: str | None = None, **labels: list[str]) -> Concept:
    """A concept of the environment, with its labels by language."""
    return Concept(id, {tag: tuple(listed) for tag, listed in labels.items()}, ("environment",), broader, {})


def a_thesaurus(*concepts: Concept) -> Thesaurus:
    return Thesaurus({concept.id: concept for concept in concepts}, {})


WATER = a_concept("water", en=["water"], es=["agua"])
RIVER = a_concept("river", broader="water", en=["river", "stream"], es=["río"])


@pytest.fixture(scope="module")
def exported(catalogue: Catalogue) -> Graph:
    return Graph().parse(data=turtle(the_thesaurus(), catalogue), format="turtle")


def concept(id: str) -> URIRef:
    return URIRef(f"{BASE}concept/{id}")


def test_every_concept_and_modality_is_exported_in_its_scheme(exported: Graph) -> None:
    thesaurus = the_thesaurus()
    subjects, modalities = URIRef(f"{BASE}scheme/subjects"), URIRef(f"{BASE}scheme/modalities")
    assert set(exported.subjects(SKOS.inScheme, subjects)) == {concept(id) for id in thesaurus.concepts}
    assert len(set(exported.subjects(SKOS.inScheme, modalities))) == len(thesaurus.modalities)
    assert set(exported.subjects(RDF.type, SKOS.ConceptScheme)) == {subjects, modalities}
    for scheme in (subjects, modalities):
        assert {title.language for title in exported.objects(scheme, DCTERMS.title)} == LANGUAGES  # type: ignore[attr-defined]
    assert not list(exported.subject_objects(DCTERMS.creator))


def test_top_concepts_are_the_sub_themes(exported: Graph) -> None:
    tops = {concept(id) for id in the_thesaurus().subthemes}
    scheme = URIRef(f"{BASE}scheme/subjects")
    assert set(exported.subjects(SKOS.topConceptOf, scheme)) == tops
    assert set(exported.objects(scheme, SKOS.hasTopConcept)) == tops
    assert not any(exported.value(top, SKOS.broader) for top in tops)


def test_nothing_has_two_preferred_labels_in_one_language(exported: Graph) -> None:
    tagged = Counter(
        (subject, label.language)
        for subject, label in exported.subject_objects(SKOS.prefLabel)
        if isinstance(label, Literal)
    )
    assert set(tagged.values()) == {1}
    assert {language for _, language in tagged} == LANGUAGES


def test_no_label_is_both_preferred_and_alternative(exported: Graph) -> None:
    """The integrity condition S13 of SKOS."""
    preferred = set(exported.subject_objects(SKOS.prefLabel))
    assert preferred.isdisjoint(exported.subject_objects(SKOS.altLabel))


def test_broader_and_narrower_mirror_each_other_and_lead_to_a_top(exported: Graph) -> None:
    broader = set(exported.subject_objects(SKOS.broader))
    assert {(narrow, broad) for broad, narrow in exported.subject_objects(SKOS.narrower)} == broader
    assert len(broader) == len(the_thesaurus().concepts) - len(the_thesaurus().subthemes)
    for narrow, broad in broader:
        assert narrow not in set(exported.transitive_objects(broad, SKOS.broader))


def test_the_preferred_label_is_the_first_and_exact_words_are_labels(exported: Graph) -> None:
    for each in the_thesaurus().concepts.values():
        preferred = set(exported.objects(concept(each.id), SKOS.prefLabel))
        assert preferred == {Literal(each.preferred(tag), tag) for tag in each.labels}
        others = preferred | set(exported.objects(concept(each.id), SKOS.altLabel))
        assert {Literal(word, tag) for tag, listed in each.exact.items() for word in listed} <= others
        assert exported.value(concept(each.id), SKOS.notation) == Literal(each.id)


def test_sectors_collect_the_concepts_of_their_own_and_those_that_belong_as_well(
    exported: Graph, catalogue: Catalogue
) -> None:
    for slug, sector in catalogue.sectors.items():
        collection = URIRef(f"{BASE}sector/{slug}")
        assert set(exported.objects(collection, SKOS.member)) == {
            concept(id) for id, one in the_thesaurus().concepts.items() if slug in one.sectors
        }
        names = set(exported.objects(collection, SKOS.prefLabel))
        assert {Literal(sector.name.in_(tag), tag) for tag in ("en", "es", "pt", "fr")} <= names


def test_an_export_is_the_same_again_and_stands_at_the_base_that_is_wanted(catalogue: Catalogue) -> None:
    assert turtle(the_thesaurus(), catalogue) == turtle(the_thesaurus(), catalogue)
    elsewhere = turtle(a_thesaurus(WATER, RIVER), catalogue, base="urn:example:words:")
    there = Graph().parse(data=elsewhere, format="turtle")
    assert (
        there.value(URIRef("urn:example:words:concept/river"), SKOS.broader).n3()  # type: ignore[union-attr]
        == "<urn:example:words:concept/water>"
    )
    assert BASE not in elsewhere


def test_quotes_and_backslashes_in_labels_survive(catalogue: Catalogue) -> None:
    odd = 'a "quoted" \\ label'
    one = a_thesaurus(a_concept("odd", en=["plain", odd, odd, "plain"]))
    read = Graph().parse(data=turtle(one, catalogue), format="turtle")
    assert set(read.objects(concept("odd"), SKOS.altLabel)) == {Literal(odd, "en")}


@pytest.mark.parametrize("base", [BASE, "urn:x:", "https://example.org/words#"])
def test_a_base_is_an_absolute_address_to_write_after(base: str) -> None:
    assert is_base(base)


@pytest.mark.parametrize(
    "base",
    ["", "words/", "https://example.org/words", "https://", "urn:", "https://exa mple.org/", "urn:<>:"],
)
def test_other_bases_are_refused(base: str, catalogue: Catalogue) -> None:
    assert not is_base(base)
    with pytest.raises(ValueError, match="absolute address"):
        turtle(a_thesaurus(WATER), catalogue, base=base)


def test_coverage_counts_words_mentions_and_what_lies_inside_them() -> None:
    found = coverage(a_thesaurus(WATER, RIVER), [Wording("The water of the river floods schools", "en")])

    assert found.texts == {"en": 1}
    assert found.words == {"en": 4}
    assert found.inside == {"en": 2}
    assert found.mentions == {("water", "en"): 1, ("river", "en"): 1}
    assert found.share("en") == found.share() == 0.5


def test_a_passage_counts_in_its_own_language() -> None:
    text = "The river. El agua sube."
    found = coverage(a_thesaurus(WATER, RIVER), [Wording(text, "en", (Passage(11, len(text), "es"),))])

    assert found.texts == {"en": 1}
    assert found.mentions == {("river", "en"): 1, ("water", "es"): 1}
    assert found.share("es") == 0.5


def test_no_texts_are_covered_by_nothing() -> None:
    nothing = coverage(a_thesaurus(WATER), [])
    assert nothing.share() == 0.0
    assert nothing.found(a_thesaurus(WATER)) == Found(0, 0)
    assert nothing.never(a_thesaurus(WATER), "environment") == ("water",)
    assert together([]) == Coverage({}, {}, {}, {})


def test_bodies_of_texts_add_up() -> None:
    thesaurus = a_thesaurus(WATER, RIVER, a_concept("lake", broader="water", en=["lake"], es=["lago"]))
    both = together(
        coverage(thesaurus, [Wording(text, tag)]) for text, tag in (("The river rises", "en"), ("Agua", "es"))
    )

    assert both.found(thesaurus) == Found(concepts=2, mentions=2)
    assert both.found(thesaurus, language="es") == Found(concepts=1, mentions=1)
    assert both.found(thesaurus, sector="health") == Found(0, 0)
    assert both.never(thesaurus, "environment") == ("lake",)


def test_a_concept_that_a_language_cannot_name_is_told() -> None:
    silent = a_concept("lake", en=["lake"])
    assert [(one.meaning, one.language) for one in unlabelled(a_thesaurus(WATER, silent), {"en", "es"})] == [
        ("lake", "es")
    ]
    spoken = replace(silent, exact={"es": ("lago",)})
    assert not list(unlabelled(a_thesaurus(WATER, spoken), {"en", "es"}))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "universe engine grow time learned convention resolution"),
        ("es", "nacional línea sistema techo libre usar parte gana puerta convenio época"),
        ("pt", "ação nacional ligar teto seco ramo metade torno sólido social"),
        ("fr", "national petit libre compte papier marcher indiquer savoir social livrer"),
        ("nl", "gewoon zin verkeerd gemeen gezond jong ouder"),
    ],
)
def test_general_words_name_no_concept(language: str, words: str) -> None:
    """Words that a stemmer, or the passing over of small words, had once made into labels."""
    found = coverage(the_thesaurus(), [Wording(word, language) for word in words.split()])
    assert found.words[language] == len(words.split())
    assert found.mentions == {}


def test_the_thesaurus_of_the_seed_has_no_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["thesaurus", "check"], {}) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"thesaurus: {len(the_thesaurus().concepts)} concepts")
    assert told.count("\n") == 1


def test_export_writes_to_a_file_what_it_prints(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["thesaurus", "export"], {}) == 0
    printed = capsys.readouterr().out
    assert main(["thesaurus", "export", "--output", str(tmp_path / "words.ttl")], {}) == 0
    assert (tmp_path / "words.ttl").read_text("utf-8") == printed
