"""The thesaurus is loaded whole or not at all, and its labels are found however a text inflects them."""

import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.catalogue import BadSeed, Catalogue
from app.language.analyse import words
from app.language.detect import LANGUAGES
from app.thesaurus import Concept, Mention, Phrases, Thesaurus, load
from app.thesaurus.check import Finding, check, unlabelled
from app.thesaurus.phrases import phrases
from tests.builders import the_thesaurus

WATER = """\
- id: water
  en: [water]
  es: [agua]
  pt: [água]
  fr: [eau]
"""
TAP = """\
- id: tap
  broader: water
  also: [social]
  en: [water tap, tap]
  es: [grifo]
  pt: [torneira]
  fr: [robinet]
  nl: [kraan]
  exact: {es: [caño]}
"""
TRAINING = """\
- modality: training
  en: [training course]
  es: [curso]
  pt: [curso]
  fr: [cours]
"""


@pytest.fixture
def seed(tmp_path: Path, catalogue: Catalogue) -> Path:
    """A thesaurus of two concepts, in health, and one modality."""
    folder = tmp_path / "thesaurus"
    folder.mkdir()
    for sector in catalogue.sectors:
        (folder / f"{sector}.yaml").write_text("[]\n", encoding="utf-8")
    (folder / "health.yaml").write_text(f"# Comments count as lines.\n{WATER}{TAP}", encoding="utf-8")
    (folder / "modalities.yaml").write_text(TRAINING, encoding="utf-8")
    return tmp_path


def refusal(seed: Path, catalogue: Catalogue) -> BadSeed:
    with pytest.raises(BadSeed) as refused:
        load(seed, catalogue)
    return refused.value


def test_concepts_and_phrases_come_as_they_are_written(seed: Path, catalogue: Catalogue) -> None:
    loaded = load(seed, catalogue)
    assert list(loaded.concepts) == ["water", "tap"]
    tap = loaded.concepts["tap"]
    assert tap.sectors == ("health", "social")
    assert (tap.broader, tap.exact) == ("water", {"es": ("caño",)})
    assert tap.labels["en"] == ("water tap", "tap")
    assert [tap.preferred(language) for language in LANGUAGES] == [
        "water tap",
        "grifo",
        "robinet",
        "kraan",
        "torneira",
    ]
    assert loaded.concepts["water"].preferred("nl") == "water"
    assert loaded.modalities["training"]["es"] == ("curso",)
    assert "nl" not in loaded.modalities["training"]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("- id: tap\n", "- id: Tap!\n", 7, "id"),
        ("  fr: [robinet]\n", "", 7, "fr"),
        ("  fr: [robinet]\n", "  fr: []\n", 13, "fr"),
        ("  fr: [robinet]\n", '  fr: [""]\n', 13, "fr"),
        ("  fr: [robinet]\n", "  fr: robinet\n", 13, "fr"),
        ("  fr: [robinet]\n", "  fr: [robinet\n", 14, "YAML"),
        ("  nl: [kraan]\n", "  de: [Hahn]\n", 14, "de"),
        ("  nl: [kraan]\n", "  fr: [robinet]\n", 14, "fr"),
        ("  also: [social]\n", "  also: [sociable]\n", 7, "sociable"),
        ("exact: {es: [caño]}", "exact: {de: [Hahn]}", 15, "exact"),
        ("  broader: water\n", "  broader: fire\n", 7, "fire"),
        ("  broader: water\n", "  broader: tap\n", 7, "broader than itself"),
        ("- id: tap\n", "- id: water\n", 7, "water"),
        ("- id: tap\n", "- id: tap\n  en: \x07\n", 8, "YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_file_and_line(
    old: str, new: str, line: int, told: str, seed: Path, catalogue: Catalogue
) -> None:
    file = seed / "thesaurus" / "health.yaml"
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), encoding="utf-8")
    refused = refusal(seed, catalogue)
    assert refused.file == file
    assert refused.line == line, refused
    assert told in refused.reason


def test_the_lines_are_right_however_the_list_is_indented(seed: Path, catalogue: Catalogue) -> None:
    file = seed / "thesaurus" / "health.yaml"
    content = "".join(f"  {line}" for line in f"{WATER}{TAP}".splitlines(keepends=True))
    file.write_text(content, encoding="utf-8")
    assert list(load(seed, catalogue).concepts) == ["water", "tap"]
    file.write_text(content.replace("broader: water", "broader: fire"), encoding="utf-8")
    assert refusal(seed, catalogue).line == 6


@pytest.mark.parametrize("name", ["health.yaml", "cross-sector.yaml", "modalities.yaml"])
def test_a_file_that_is_missing_stops_the_load(name: str, seed: Path, catalogue: Catalogue) -> None:
    (seed / "thesaurus" / name).unlink()
    refused = refusal(seed, catalogue)
    assert (refused.file.name, refused.line) == (name, 1)


def test_a_file_that_is_not_utf_8_stops_the_load(seed: Path, catalogue: Catalogue) -> None:
    file = seed / "thesaurus" / "health.yaml"
    file.write_bytes(WATER.encode() + "  # agua, água".encode("latin-1"))
    assert (refusal(seed, catalogue).line, refusal(seed, catalogue).file) == (6, file)


def test_what_is_broader_is_in_the_same_file(seed: Path, catalogue: Catalogue) -> None:
    folder = seed / "thesaurus"
    (folder / "health.yaml").write_text(WATER, encoding="utf-8")
    (folder / "social.yaml").write_text(TAP, encoding="utf-8")
    refused = refusal(seed, catalogue)
    assert (refused.file.name, refused.line) == ("social.yaml", 1)
    assert "water" in refused.reason


def test_a_concept_stands_once_in_all_files(seed: Path, catalogue: Catalogue) -> None:
    (seed / "thesaurus" / "cross-sector.yaml").write_text(WATER, encoding="utf-8")
    refused = refusal(seed, catalogue)
    assert "water" in refused.reason
    assert refused.line in (1, 2)


def test_no_concept_is_broader_than_itself_by_way_of_others(seed: Path, catalogue: Catalogue) -> None:
    file = seed / "thesaurus" / "health.yaml"
    file.write_text(WATER.replace("id: water", "id: water\n  broader: tap") + TAP, encoding="utf-8")
    refused = refusal(seed, catalogue)
    assert refused.file == file
    assert refused.line in (1, 7)
    assert "broader than itself" in refused.reason


def test_a_phrase_names_a_modality_of_the_catalogue(seed: Path, catalogue: Catalogue) -> None:
    file = seed / "thesaurus" / "modalities.yaml"
    file.write_text(f"\n{TRAINING}".replace("modality: training", "modality: schooling"), encoding="utf-8")
    refused = refusal(seed, catalogue)
    assert (refused.file, refused.line) == (file, 2)
    assert "schooling" in refused.reason


# Lineage


def a_concept(id: str, broader: str | None = None, **labels: list[str]) -> Concept:
    said = {language: tuple(listed) for language, listed in labels.items()}
    return Concept(id, said, ("health",), broader, {})


def of(*concepts: Concept, **modalities: Mapping[str, tuple[str, ...]]) -> Thesaurus:
    return Thesaurus({concept.id: concept for concept in concepts}, modalities)


def test_a_concept_leads_up_to_its_sub_theme() -> None:
    found = of(a_concept("water"), a_concept("tap", "water"), a_concept("washer", "tap"), a_concept("fire"))
    assert list(found.lineage("washer")) == ["washer", "tap", "water"]
    assert [[*found.lineage(id)][-1] for id in found.concepts] == ["water", "water", "water", "fire"]
    assert found.subthemes == ("water", "fire")


def test_every_concept_of_the_seed_leads_up_to_a_sub_theme_of_its_own_sector() -> None:
    known = the_thesaurus()
    for id, concept in known.concepts.items():
        top = known.concepts[[*known.lineage(id)][-1]]
        assert top.id in known.subthemes
        assert top.sectors[0] == concept.sectors[0]


# Finding


def named(
    labels: dict[str, list[str]], text: str, language: str = "en", **exact: list[str]
) -> list[tuple[str, str]]:
    """What is found in a text: the meaning, and the words from its first to its last."""
    spoken = [placed.word for placed in words(text, language)]
    found = phrases(labels, language, exact).find(spoken)
    return [
        (one.meaning, " ".join(word.surface for word in spoken[one.first : one.last + 1])) for one in found
    ]


def test_the_longest_label_that_begins_at_a_word_is_meant() -> None:
    labels = {"cash": ["cash"], "transfer": ["cash transfer"], "conditional": ["cash transfer programme"]}
    assert named(labels, "Cash for work") == [("cash", "Cash")]
    assert named(labels, "Cash transfers in Brazil") == [("transfer", "Cash transfers")]
    assert named(labels, "Cash transfer programmes") == [("conditional", "Cash transfer programmes")]
    # What is only begun counts as far as it goes.
    assert named(labels, "Cash transfer") == [("transfer", "Cash transfer")]


def test_what_begins_inside_a_longer_label_is_found_as_well() -> None:
    labels = {"bank": ["human milk bank"], "milk": ["milk"], "credit": ["bank"]}
    assert named(labels, "A human milk bank") == [
        ("bank", "human milk bank"),
        ("milk", "milk"),
        ("credit", "bank"),
    ]


def test_one_other_word_may_stand_between_the_words_of_a_label() -> None:
    labels = {"transfer": ["transferencia de renta"]}
    assert named(labels, "transferencias de renta", "es") == [("transfer", "transferencias renta")]
    assert named(labels, "transferencias condicionadas de renta", "es") == [
        ("transfer", "transferencias condicionadas renta")
    ]
    assert named(labels, "transferencias monetarias condicionadas de renta", "es") == []
    long = {"long": ["school meal programme"]}
    assert named(long, "school hot meal programme") == [("long", "school hot meal programme")]
    assert named(long, "school meal pilot programme") == [("long", "school meal pilot programme")]
    # One in all, not one at each place.
    assert named(long, "school hot meal pilot programme") == []


def test_words_side_by_side_come_before_words_apart() -> None:
    labels = {"milk": ["milk bank"]}
    assert named(labels, "milk bank bank") == [("milk", "milk bank")]


def test_small_words_accents_case_and_inflection_do_not_matter() -> None:
    labels = {"feeding": ["alimentação escolar"], "law": ["lei da água"]}
    apart = unicodedata.normalize("NFD", "alimentação escolar")
    for written in ("alimentação escolar", "ALIMENTAÇÃO ESCOLAR", "a alimentação, nas escolares", apart):
        assert [meaning for meaning, _ in named(labels, written, "pt")] == ["feeding"], written
    for written in ("A Lei das Águas", "lei da agua"):
        assert [meaning for meaning, _ in named(labels, written, "pt")] == ["law"], written


def test_an_exact_word_is_found_only_as_it_is_written_and_before_a_stem() -> None:
    labels = {"bridge": ["bridge building"], "point": ["ponto"]}
    assert named(labels, "ponte", "pt") == [("point", "ponte")]  # the stemmer throws the two together
    assert named(labels, "ponte", "pt", bridge=["ponte"]) == [("bridge", "ponte")]
    assert named(labels, "PONTE e ponto", "pt", bridge=["ponte"]) == [("bridge", "PONTE"), ("point", "ponto")]
    # A label of several words is longer, and so it is what is meant.
    longer = {"span": ["ponte longa"]}
    assert named(longer, "ponte longa", "pt", bridge=["ponte"]) == [("span", "ponte longa")]


def test_of_two_labels_that_are_alike_the_first_counts() -> None:
    assert named({"one": ["water"], "two": ["waters"]}, "water") == [("one", "water")]


def test_nothing_is_found_in_no_words_and_a_label_of_none_is_never_found() -> None:
    assert phrases({"water": ["water"]}, "en").find([]) == []
    assert named({"nothing": ["of the"]}, "one of the many") == []
    assert Phrases([]).find([placed.word for placed in words("water", "en")]) == []


def test_a_text_of_one_word_a_thousand_times_is_read_in_no_time() -> None:
    spoken = [placed.word for placed in words("milk " * 3000, "en")]
    found = phrases({"milk": ["milk milk milk milk milk milk"]}, "en").find(spoken)
    assert found[0] == Mention("milk", 0, 5)
    assert len(found) == 3000 - 5


def compound(word: str, **labels: str) -> list[str]:
    """The meanings found in one Dutch word, among labels of one word each."""
    known = phrases({meaning: [label] for meaning, label in labels.items()}, "nl")
    return [one.meaning for one in known.find([placed.word for placed in words(word, "nl")])]


@pytest.mark.parametrize("word", ["rijstboeren", "rijstboer", "Rijstenboer", "rijstsboer"])
def test_a_dutch_word_that_is_made_of_labels_names_them_all(word: str) -> None:
    assert compound(word, rice="rijst", farmer="boer") == ["rice", "farmer"]


@pytest.mark.parametrize("word", ["rijstboerderij", "xrijstboer", "rijstzboer", "rijstt", "boer"])
def test_a_word_is_not_taken_apart_where_the_rest_is_no_label(word: str) -> None:
    assert compound(word, rice="rijst", farmers="boeren") in ([], ["farmers"])


def test_other_languages_are_not_taken_apart() -> None:
    known = phrases({"rice": ["rice"], "farm": ["farm"]}, "en")
    assert known.find([placed.word for placed in words("ricefarm", "en")]) == []


@pytest.mark.parametrize(
    "word",
    ["rijst" * 2_000, "w" * 10_000, "rijst" * 11 + "qqqq", "rijstrijsten" * 4 + "q", "boer" * 14 + "q"],
)
def test_a_word_that_is_nobodys_is_read_in_no_time(word: str) -> None:
    """Without a limit, one posting with such a word would stop the service for minutes."""
    begun = time.process_time()
    assert compound(word, rice="rijst", rice_too="rijstrijst", farmer="boer", farmers="boerboer") == []
    assert time.process_time() - begun < 1


def test_every_label_of_the_seed_is_found_in_itself() -> None:
    known = the_thesaurus()
    for language in LANGUAGES:
        for concept in known.concepts.values():
            for label in concept.labels.get(language, ()):
                spoken = [placed.word for placed in words(label, language)]
                whole = [m for m in known.phrases[language].find(spoken) if m.first == 0]
                assert whole, (language, label)
                assert (whole[0].meaning, whole[0].last) == (concept.id, len(spoken) - 1), (language, label)


# What is wrong with labels


def test_two_meanings_may_not_have_the_same_label() -> None:
    found = list(check(of(a_concept("a", en=["Milk bank"]), a_concept("b", en=["milk bank", "dairy"]))))
    assert found == [Finding("ambiguous", "en", "milk bank", "b", "Milk bank", "a")]


def test_two_labels_may_not_leave_the_same_stems() -> None:
    found = list(check(of(a_concept("a", pt=["ponto"]), a_concept("b", pt=["ponte"]))))
    assert found == [Finding("colliding", "pt", "ponte", "b", "ponto", "a")]


def test_a_meaning_may_repeat_itself() -> None:
    assert list(check(of(a_concept("a", en=["bank", "banks"])))) == []


def test_a_label_of_small_words_cannot_be_found() -> None:
    found = list(check(of(a_concept("a", en=["of the"], fr=["x"]))))
    assert [(one.kind, one.language, one.label) for one in found] == [
        ("unfindable", "en", "of the"),
        ("unfindable", "fr", "x"),
    ]


def test_concepts_and_modalities_do_not_get_in_each_others_way() -> None:
    course = {"en": ("course",)}
    assert list(check(of(a_concept("a", en=["course"]), training=course))) == []
    found = list(check(of(training=course, workshop=course)))
    assert [(one.kind, one.meaning, one.other_meaning) for one in found] == [
        ("ambiguous", "workshop", "training")
    ]


def test_an_exact_word_is_one_word_of_one_concept() -> None:
    def exact(id: str, word: str) -> Concept:
        return Concept(id, {}, ("health",), None, {"es": (word,)})

    found = list(check(of(exact("a", "caño"), exact("b", "Cano"), exact("c", "dos palabras"))))
    assert [(one.kind, one.meaning, one.other_meaning) for one in found] == [
        ("ambiguous", "b", "a"),
        ("unfindable", "c", None),
    ]


def test_a_concept_that_a_language_has_no_label_for_is_told() -> None:
    concept = Concept("a", {"en": ("water",), "es": ("agua",)}, ("health",), None, {"pt": ("água",)})
    assert list(unlabelled(of(concept), ["es", "pt", "nl"])) == [Finding("unlabelled", "nl", "water", "a")]


def test_the_thesaurus_of_the_seed_has_no_finding() -> None:
    assert list(check(the_thesaurus())) == []
