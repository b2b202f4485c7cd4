"""The catalogue is loaded whole or not at all, and what is wrong with it is told by file, line and reason."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import ValidationError

from app.catalogue import BadSeed, Catalogue, load
from app.catalogue.label import LANGUAGES, Label
from app.catalogue.rules import Rule, statement_of
from app.sources import LONGEST_QUOTE, Citation
from tests.conftest import SEED

SECTORS = """
    education-culture childhood-youth environment agriculture-food-security health social
    economic-development infrastructure-science-it public-sector gender cross-sector
"""
CHANNELS = """
    eclac fao ilo paho undp unesco unep unicef su-ssc wfp cdb iadb oas segib tt-ssc wbg caricom
    mercosur sica unasur unhchr isdr
"""
FUNDS = """
    seetf gdln wbi-resources ct-intra rpg femcidi oas-regular-fund oas-bilateral pgtf un-ssc-trust-fund
    un-fund-ssc voluntary-trust-fund-ssc su-ssc-cost-sharing paho-tcc paho-subregional global-fund-hiv
    gef-malaria fao-spfs-ssc ctcs unesco-ss-fund mab-ssc environment-fund gef ibero-american-programme
    spain-segib-fund focem mercosur-cct iirsa sica-donors caricom-secretariat eclac-regular-budget
    eclac-extra-budgetary cinterfor social-protection-floor ilo-triangular-child-labour
    undp-programme-budgets undp-art prologo traalog unicef-country-programmes wfp-budget tt-ssc-budget
    bilateral-agencies
"""
PLATFORMS = """
    CHM CINTERFOR NUTRINET CooperaNet GDLN RIAL ISTIC LLECE ASPnet MAB SIGOB PAPEP ART PROLOGO TRAALOG
    SPFS ILPES TASU CENTROESTAD IIRSA INCAP Lacossul
"""


def test_it_holds_the_region_as_the_study_names_it(catalogue: Catalogue) -> None:
    kinds = Counter(country.kind for country in catalogue.countries.values())
    assert (kinds["country"], kinds["territory"]) == (33, 5)
    assert len(catalogue.region) == 38


def test_it_holds_the_sectors_and_channels_of_the_contract(catalogue: Catalogue) -> None:
    assert list(catalogue.sectors) == SECTORS.split()
    assert sorted(catalogue.channels) == sorted(CHANNELS.split())


def test_it_holds_every_instrument_of_the_study(catalogue: Catalogue) -> None:
    assert sorted(catalogue.instruments) == sorted(FUNDS.split())
    beside = {slug for slug, instrument in catalogue.instruments.items() if instrument.channel is None}
    assert beside == {"bilateral-agencies"}


def test_it_states_no_rule_where_the_study_states_none(catalogue: Catalogue) -> None:
    without = {slug for slug, instrument in catalogue.instruments.items() if not instrument.rules}
    assert "pgtf" in without
    assert {"ct-intra", "rpg", "seetf", "femcidi", "focem"}.isdisjoint(without)


@pytest.mark.parametrize("kind", [rule.__name__ for rule in get_args(get_args(Rule)[0])])
def test_every_kind_of_rule_is_used(kind: str, catalogue: Catalogue) -> None:
    used = {type(rule).__name__ for i in catalogue.instruments.values() for rule in i.rules}
    assert kind in used


def test_every_statement_answers_some_rule(catalogue: Catalogue) -> None:
    asked = {statement_of(rule) for i in catalogue.instruments.values() for rule in i.rules}
    assert catalogue.statements.keys() == asked - {None}


def test_every_channel_tells_its_match_making_its_prospects_and_what_is_not_stated(
    catalogue: Catalogue,
) -> None:
    for channel in catalogue.channels.values():
        unstated = " ".join(channel.not_stated)
        assert channel.matchmaking or "match" in unstated, channel.slug
        assert channel.prospects or "prospect" in unstated or "future" in unstated, channel.slug
        assert channel.not_stated, channel.slug
        assert all(platform.kind for platform in channel.platforms), channel.slug


def test_the_platforms_and_networks_of_the_study_are_there(catalogue: Catalogue) -> None:
    names = " ".join(
        f"{platform.name} {platform.about}"
        for channel in catalogue.channels.values()
        for platform in channel.platforms
    )
    assert [name for name in PLATFORMS.split() if name not in names] == []


def test_it_holds_the_289_readings_of_annex_1(catalogue: Catalogue) -> None:
    assert len(catalogue.coverage) == 289
    assert len({reading.id for reading in catalogue.coverage}) == 289
    assert {r.area for r in catalogue.coverage if r.kind == "group"} == {
        "lac",
        "caribbean",
        "central-america",
        "south-america",
    }


def test_every_label_has_words_in_every_language(catalogue: Catalogue) -> None:
    for named in (catalogue.countries, catalogue.sectors, catalogue.modalities, catalogue.channels):
        for fact in named.values():
            assert all(fact.name.in_(language).strip() for language in LANGUAGES)


def test_a_label_is_told_in_english_where_a_language_is_missing() -> None:
    label = Label(en="water", es="agua", pt="água", fr="eau")
    assert [label.in_(language) for language in ("fr", "nl", "qu", "model_fields")] == [
        "eau",
        "water",
        "water",
        "water",
    ]


def test_a_country_is_found_by_either_code_in_any_case(catalogue: Catalogue) -> None:
    found = [catalogue.country(code) for code in ("JAM", "jam", " jm ", "JM", "Jamaica", "")]
    assert [country.iso3 if country else None for country in found] == ["JAM"] * 4 + [None] * 2


def test_a_quote_is_short_and_has_a_place() -> None:
    words = " ".join(["word"] * LONGEST_QUOTE)
    assert Citation(document="undp-2011", locator="PAHO", offset=0, quote=words)
    for wrong in (
        {"offset": 0, "quote": f"{words} more"},
        {"offset": 0},
        {"quote": "said nowhere"},
        {"offset": -1, "quote": "before it began"},
    ):
        with pytest.raises(ValidationError):
            Citation.model_validate({"document": "undp-2011", "locator": "PAHO"} | wrong)


def test_a_quote_stands_at_its_offset_white_space_folded() -> None:
    text = "They met.\nCountries   benefit\nfrom it."
    said = Citation(document="undp-2011", locator="PAHO", offset=10, quote="Countries benefit from")
    assert said.stands_in(text)
    assert not said.stands_in(" " + text.replace("Countries", "Cities"))


# The edition, and what stops a load. Each test spoils a copy of seed/, which is mended after it.

FACTS = {
    file.relative_to(SEED): file.read_bytes()
    for file in SEED.rglob("*")
    if file.is_file() and "postings" not in file.parts
}


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seed")


@pytest.fixture
def seed(copied: Path) -> Path:
    shutil.rmtree(copied / "postings", ignore_errors=True)
    for name, content in FACTS.items():
        file = copied / name
        if file.is_dir():
            file.rmdir()
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists() or file.read_bytes() != content:
            file.write_bytes(content)
    return copied


def replaced(file: Path, old: str, new: str) -> int:
    """Put `new` in the place of the first `old`; gives the line where that begins."""
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return line_at(text, text.index(old))


def line_at(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def refusal(seed: Path) -> BadSeed:
    with pytest.raises(BadSeed) as refused:
        load(seed)
    assert str(refused.value) == f"{refused.value.file}:{refused.value.line}: {refused.value.reason}"
    return refused.value


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("sources.yaml", "year: 2011", "year: 2012"),
        ("countries.yaml", "iso2: AR", "iso2: XX"),
        ("groups.yaml", "kind: area", "kind: membership"),
        ("sectors.yaml", "Schools", "Classrooms"),
        ("modalities.yaml", "Technical assistance", "Technical help"),
        ("coverage.csv", "eclac,,none", "eclac,,both"),
        ("channels/paho.yaml", "abbreviation: PAHO", "abbreviation: OPS"),
        ("instruments/ct-intra.yaml", "value: 20000", "value: 20001"),
    ],
)
def test_another_fact_is_another_edition(
    name: str, old: str, new: str, seed: Path, catalogue: Catalogue
) -> None:
    replaced(seed / name, old, new)
    changed = load(seed) if name != "groups.yaml" else None
    if changed:
        assert changed.edition != catalogue.edition
    else:
        assert "lac" in refusal(seed).reason  # Annex 1 speaks of areas only


def test_another_posting_is_no_other_edition(seed: Path, catalogue: Catalogue) -> None:
    assert not (seed / "postings").exists()
    assert load(seed).edition == catalogue.edition
    (seed / "postings").mkdir()
    (seed / "postings" / "exchanges.yaml").write_text("[]", encoding="utf-8")
    assert load(seed).edition == catalogue.edition


@pytest.mark.parametrize(
    ("name", "old", "new", "line_with", "reason"),
    [
        ("countries.yaml", "  kind: country\n", "  kin: country\n", "kin: country", "kin"),
        ("countries.yaml", "iso3: ATG", "iso3: Antigua", "iso3: Antigua", "iso3"),
        ("countries.yaml", "iso3: ATG", "iso3: ARG", "iso3: ARG\n  iso2: AG", "already taken"),
        ("countries.yaml", "  iso2: AG\n", "  iso2: AG\n  iso2: AG\n", "  iso2: AG\n  kind", "twice"),
        ("countries.yaml", "languages: [en]", "languages: [english]", "[english]", "languages"),
        ("countries.yaml", "document: undp-2011", "document: undp-2012", "undp-2012", "unknown document"),
        ("countries.yaml", "  iso2: AG\n", "\tiso2: AG\n", "\tiso2", "not YAML"),
        ("countries.yaml", "  iso2: AG\n", "  iso2: {{AG}}\n", "{{AG}}", "a name is expected"),
        ("countries.yaml", "iso2: AG", "iso2: \x07", "\x07", "not YAML"),
        ("groups.yaml", "members: [BLZ, CRI", "members: [BLZ, CRC", "CRC", "unknown country “CRC”"),
        ("sectors.yaml", "fr: Éducation et culture", "de: Bildung", "de: Bildung", "de"),
        ("modalities.yaml", "family: visit", "family: visits", "family: visits", "family"),
        ("modalities.yaml", "needs: [travel, expert-release]", "needs: [plane]", "needs: [plane]", "needs"),
        ("channels/paho.yaml", "abbreviation: PAHO", "abbreviation: ''", "abbreviation: ''", "abbreviation"),
        ("channels/paho.yaml", "slug: paho", "slug: opas", "slug: opas", "the file's name, paho"),
        ("channels/paho.yaml", "sectors: [health]", "sectors: [helth]", "helth", "unknown sector “helth”"),
        (
            "channels/paho.yaml",
            "modality: internship-attachment",
            "modality: internships",
            "modality: internships",
            "unknown modality “internships”",
        ),
        ("instruments/seetf.yaml", "channel: wbg", "channel: wb", "channel: wb\n", "unknown channel “wb”"),
        ("instruments/seetf.yaml", "kind: in_region", "kind: region_in", "  - id: region", "rules.0"),
        (
            "instruments/seetf.yaml",
            "about: concrete-action",
            "about: action",
            "about: action",
            "unknown statement",
        ),
        ("instruments/ct-intra.yaml", "value: 20000", "value: -1", "value: -1", "value"),
        ("instruments/femcidi.yaml", "{CUB: ", "{CBU: ", "since: {CBU", "CBU is not among"),
        ("instruments/seetf.yaml", "id: concrete-action", "id: region", "rules:", "“region” stands twice"),
    ],
)
def test_a_wrong_fact_is_told_by_file_line_and_reason(
    name: str, old: str, new: str, line_with: str, reason: str, seed: Path
) -> None:
    file = seed / name
    replaced(file, old, new)
    wrong = refusal(seed)
    text = file.read_text(encoding="utf-8")
    assert wrong.file == file
    assert wrong.line == line_at(text, text.index(line_with))
    assert reason in wrong.reason


COVERAGE = "a1-002,lac,group,education-culture,oas,,none,,161227,OAS"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a1-002,lac,group,education-culture,oas,,none,,161227", "12 columns are expected, here are 11"),
        (f"{COVERAGE},more", "12 columns are expected, here are 13"),
        (COVERAGE.replace("oas,,none", "oas,,giver"), "role"),
        (COVERAGE.replace("oas", "oea"), "unknown channel “oea”"),
        (COVERAGE.replace("education-culture", "education"), "unknown sector “education”"),
        (COVERAGE.replace("lac,group", "latam,group"), "unknown group “latam”"),
        (COVERAGE.replace("lac,group", "caricom,group"), "unknown group “caricom”"),
        (COVERAGE.replace("lac,group", "JAY,country"), "unknown country “JAY”"),
        (COVERAGE.replace("lac,group", "lac,area"), "kind"),
        (COVERAGE.replace("161227,OAS", "161227,"), "quote"),
        (COVERAGE.replace("161227,OAS", "here,OAS"), "offset"),
        (COVERAGE.replace("161227,OAS", ",OAS"), "offset"),
        (COVERAGE.replace("a1-002", "a1-001"), "“a1-001” is already taken"),
        (COVERAGE.replace("OAS", '"OAS" it says'), "expected after"),
    ],
)
def test_a_wrong_row_of_annex_1_is_told_by_its_line(row: str, reason: str, seed: Path) -> None:
    line = replaced(seed / "coverage.csv", COVERAGE, row)
    wrong = refusal(seed)
    assert (wrong.file.name, wrong.line) == ("coverage.csv", line)
    assert reason in wrong.reason


def test_a_misspelt_column_of_annex_1_stops_the_load(seed: Path) -> None:
    replaced(seed / "coverage.csv", "id,area,kind", "id,aera,kind")
    assert (refusal(seed).line, "the first line must be" in refusal(seed).reason) == (1, True)


@pytest.mark.parametrize(
    "name",
    ["sources.yaml", "countries.yaml", "coverage.csv", "channels/paho.yaml", "instruments/seetf.yaml"],
)
@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda file: file.write_bytes(b""), 1),
        (lambda file: file.write_bytes(file.read_bytes().split(b"\n", 1)[0] + b"\n\xff\xfe\n"), 2),
        (lambda file: (file.unlink(), file.mkdir()), 1),
    ],
    ids=["empty", "not UTF-8", "a folder"],
)
def test_a_file_that_cannot_be_read_stops_the_load(
    spoil: Callable[[Path], object], line: int, name: str, seed: Path
) -> None:
    spoil(seed / name)
    wrong = refusal(seed)
    if name != "sources.yaml" or wrong.file != seed:
        assert (wrong.file, wrong.line) == (seed / name, line)


@pytest.mark.parametrize(
    "name", ["countries.yaml", "groups.yaml", "sectors.yaml", "modalities.yaml", "coverage.csv"]
)
def test_a_missing_file_stops_the_load(name: str, seed: Path) -> None:
    (seed / name).unlink()
    assert refusal(seed).file == seed / name


@pytest.mark.parametrize("name", ["channels", "instruments"])
def test_a_missing_folder_stops_the_load(name: str, seed: Path) -> None:
    shutil.rmtree(seed / name)
    assert refusal(seed).file == seed / name


def test_a_folder_that_holds_no_catalogue_is_told_as_such(tmp_path: Path) -> None:
    assert "no catalogue here" in refusal(tmp_path).reason


def citations(node: yaml.Node) -> list[tuple[int, int, int]]:
    """The citations under a node: the line of the fact each belongs to, and where it starts and ends."""
    found = []
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "citation":
                found.append((node.start_mark.line + 1, key.start_mark.index, value.end_mark.index))
            found += citations(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            found += citations(value)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "countries.yaml",
        "groups.yaml",
        "sectors.yaml",
        "modalities.yaml",
        "channels/oas.yaml",
        "instruments/femcidi.yaml",
    ],
)
def test_a_fact_without_a_source_stops_the_load(name: str, seed: Path) -> None:
    file = seed / name
    text = file.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root
    found = citations(root)
    line, start, end = found[len(found) // 2]
    gone = text[start:end].rstrip()  # a block ends where the next one starts
    file.write_text(text[:start] + text[start + len(gone) :], encoding="utf-8")
    wrong = refusal(seed)
    assert (wrong.file, wrong.line) == (file, line)
    assert wrong.reason.endswith("citation: Field required")
