"""Accepted corrections are written into seed/ line by line, and what is written says what was meant."""

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue import Catalogue, load
from app.catalogue.correct import (
    Correction,
    EntryKind,
    Op,
    Source,
    applied,
    coined,
    entries,
    entry_of,
    propose,
)
from app.catalogue.patch import Export, export
from app.errors import Invalid
from app.sources import Document
from tests.conftest import SEED

SOURCE = Source(Document(id="report-2013", title="Annual report", publisher="Ministry", year=2013), "page 41")
WORDS = {"en": "water", "es": "agua", "pt": "água", "fr": "eau"}
A_READING = {"sector": "health", "channel": "paho", "role": "receiver"}
SAID_BY_FILES = ("documents", "countries", "channels", "instruments", "coverage")
DIFFICULT = (
    "yes",
    "No",
    "null",
    "~",
    "2011",
    "2011-10-09",
    "1e3",
    "0x1F",
    "12:30:45",
    "=",
    "<<",
    "- a list",
    "-",
    "? a question",
    ": nothing",
    "key: value",
    "ends with:",
    "a # remark",
    "#1",
    "{braces}",
    "[brackets], and more",
    "&anchor",
    "*alias",
    "!tag",
    "| block",
    "> folded",
    "%directive",
    "@at",
    "`tick`",
    "'single'",
    '"double"',
    'it\'s "both", \\ and more',
    "a,b;c\td",
    "one\ntwo",
    "one\n\n\nfour",
    "one \n  two",
    "--- \n...",
    "---",
    "=1+1",
    "🌊 água ñandú 水 مياه",
    "\ufeffmark",
    "\u00a0blank\u200b",
    "🏴\U000e0067\ufffe\U0010ffff",
    "word " * 60,
    "x" * 1500,
)
"""Texts that YAML, CSV or a unified difference would take for something else."""


def copied(seed: Path, to: Path) -> Path:
    return Path(shutil.copytree(seed, to, ignore=lambda _, names: {"postings"} & {*names}))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The facts as they are, in a folder where nobody else writes. Read it; change nothing."""
    return copied(SEED, tmp_path_factory.mktemp("whole") / "seed")


@pytest.fixture(scope="module")
def seed(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three channels of them and what is theirs: an edition that loads in a moment."""
    small = copied(whole, tmp_path_factory.mktemp("small") / "seed")
    for file in small.glob("channels/*.yaml"):
        if file.stem not in KEPT:
            file.unlink()
    for file in small.glob("instruments/*.yaml"):
        named = yaml.safe_load(file.read_text(encoding="utf-8"))
        if not {named["channel"], *named.get("with_channels", ())} <= KEPT:
            file.unlink()
    rows = (small / "coverage.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in rows if row.split(",")[4] in {"channel", *KEPT}]
    (small / "coverage.csv").write_text("".join(kept), encoding="utf-8")
    return small


KEPT = {"cdb", "iadb", "paho"}


@pytest.fixture(scope="module")
def edition(seed: Path) -> Catalogue:
    return load(seed)


def proposed(
    catalogue: Catalogue, place: str, op: Op, value: Any = None, *, source: Source = SOURCE
) -> Correction:
    """Propose a change of the field at a place such as `channel paho /facts/0`."""
    kind, slug, pointer = place.split(" ", 2)
    (known,) = (one for one in get_args(EntryKind) if one == kind)
    return propose(catalogue, known, slug, op, pointer, value, source)


@contextmanager
def patched(seed: Path, patch: str, folder: Path) -> Iterator[Path]:
    """A copy of seed/ with a patch in it, for the time of a block."""
    copy = copied(seed, folder / "seed")
    try:
        if patch:
            subprocess.run(
                ["git", "apply", "--whitespace=nowarn", "-"],
                cwd=folder,
                input=patch.encode(),
                env={"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(folder.parent)},
                check=True,
                capture_output=True,
            )
        yield copy
    finally:
        shutil.rmtree(copy)


def exported(seed: Path, catalogue: Catalogue, corrections: Iterable[Correction], folder: Path) -> Export:
    """Export, apply the patch to a copy, load that, and see that it says what the corrections meant."""
    found = export(seed, catalogue, corrections)
    meant = catalogue
    for correction in found.written:
        meant = applied(meant, correction)
    with patched(seed, found.patch, folder) as copy:
        read = load(copy)
        again = export(copy, read, found.written)
    for name in SAID_BY_FILES:
        assert getattr(read, name) == getattr(meant, name), name
    assert (again.patch, again.written, again.outdated) == ("", (), ())
    assert again.held == found.written
    return found


def lines(patch: str, sign: str) -> list[str]:
    """The lines that a patch adds or takes out, without the names of files."""
    return [line[1:] for line in patch.split("\n") if line.startswith(sign) and line[:3] != sign * 3]


class TestWhatIsWritten:
    def test_a_fact_that_is_added_adds_its_lines_and_its_document(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        new = proposed(edition, "channel paho /facts/-", "add", {"statement": "It has an office."})
        found = exported(seed, edition, [new], tmp_path)
        assert lines(found.patch, "-") == []
        assert lines(found.patch, "+") == [
            "  - statement: It has an office.",
            "    citation: {document: report-2013, locator: page 41}",
            "- id: report-2013",
            "  title: Annual report",
            "  publisher: Ministry",
            "  year: 2013",
        ]
        assert re.findall(r"^\+\+\+ (.*)$", found.patch, re.MULTILINE) == [
            "b/seed/channels/paho.yaml",
            "b/seed/sources.yaml",
        ]

    def test_a_document_of_the_register_is_not_added_again(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        known = Source(edition.documents["undp-2011"], "PAHO, funding")
        new = proposed(edition, "channel paho /facts/-", "add", {"statement": "It pays."}, source=known)
        assert "sources.yaml" not in exported(seed, edition, [new], tmp_path).patch

    def test_what_people_wrote_around_it_stays(self, seed: Path, edition: Catalogue, tmp_path: Path) -> None:
        changed = proposed(edition, "country JAM /name/es", "replace", "Xamaica")
        found = exported(seed, edition, [changed], tmp_path)
        assert len(lines(found.patch, "-")) == 1
        assert len([line for line in lines(found.patch, "+") if "Xamaica" in line]) == 1

    def test_what_is_taken_out_takes_its_lines_along(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        gone = proposed(edition, "channel paho /facts/0", "remove")
        known = exported(seed, edition, [gone], tmp_path)
        statement = edition.channels["paho"].facts[0].statement
        assert lines(known.patch, "+")[:1] in ([], ["- id: report-2013"])
        assert statement.split()[0] in " ".join(lines(known.patch, "-"))

    def test_a_field_that_no_file_has_is_added_to_the_entry(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        outside = next(iso3 for iso3, one in edition.countries.items() if one.subregion is None)
        new = proposed(edition, f"country {outside} /subregion", "add", "caribbean")
        assert "  subregion: caribbean" in lines(exported(seed, edition, [new], tmp_path).patch, "+")

    def test_a_new_reading_stands_after_the_others_of_its_country(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        new = proposed(edition, "country JAM /coverage/-", "add", A_READING)
        found = exported(seed, edition, [new], tmp_path)
        row = f"{new.after['id']},JAM,country,health,paho,,receiver,,,,report-2013,page 41"
        assert row in lines(found.patch, "+")
        at = found.patch.index(row)
        assert ",JAM,country," in found.patch[:at].splitlines()[-2]

    def test_a_reading_of_annex_1_without_a_quote_names_the_study(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        annex = Source(edition.documents["undp-2011"], "Annex 1")
        new = proposed(edition, "country JAM /coverage/-", "add", A_READING, source=annex)
        (row,) = lines(exported(seed, edition, [new], tmp_path).patch, "+")
        assert row.endswith(",undp-2011,Annex 1")

    def test_an_edition_whose_table_has_no_sources_yet_gets_the_columns(
        self, seed: Path, tmp_path: Path
    ) -> None:
        older = copied(seed, tmp_path / "older")
        with (older / "coverage.csv").open(encoding="utf-8", newline="") as table:
            rows = [row[:10] for row in csv.reader(table) if row[8]]
        with (older / "coverage.csv").open("w", encoding="utf-8", newline="") as table:
            csv.writer(table, lineterminator="\n").writerows(rows)
        edition = load(older)
        wanted = [
            proposed(edition, "country JAM /coverage/-", "add", A_READING | {"note": 'a,\n"b"'}),
            proposed(edition, "country JAM /coverage/0", "remove"),
            proposed(edition, "country BRA /coverage/-", "add", A_READING),
        ]
        assert len(exported(older, edition, wanted, tmp_path).written) == 3

    def test_files_without_a_last_line_end_are_patched_too(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        cut = copied(seed, tmp_path / "cut")
        for name in ("coverage.csv", "countries.yaml", "channels/paho.yaml", "sources.yaml"):
            file = cut / name
            file.write_text(file.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
        last = list(edition.countries)[-1]
        wanted = [
            proposed(edition, "country JAM /coverage/-", "add", A_READING),
            proposed(edition, f"country {last} /variants/-", "add", "Another"),
            proposed(edition, "channel paho /facts/-", "add", {"statement": "It has an office."}),
            proposed(edition, "channel paho /not_stated/-", "add", "who pays"),
        ]
        found = exported(cut, load(cut), wanted, tmp_path)
        assert len(found.written) == 4
        assert "\\ No newline at end of file" in found.patch

    def test_nothing_accepted_is_no_patch(self, seed: Path, edition: Catalogue) -> None:
        assert export(seed, edition, []) == Export("", (), (), ())


PARTS = {
    "coverage": "note",
    "cycle": "step/es",
    "modalities": "modality",
    "platforms": "about",
    "rules": "because/es",
    "steps": "step/es",
    "themes": "label/es",
    "amounts": "what",
    "shares": "what",
    "donors": "name",
}
"""Which part of an item is changed, where it is not its statement."""


class TestEveryPlace:
    """Every list of every entry, in one edition: files are written by people, each in its own way."""

    @pytest.mark.parametrize("which", ["last", "all"])
    def test_items_can_be_taken_out(self, whole: Path, tmp_path: Path, which: str) -> None:
        edition = load(whole)
        wanted = [
            Correction(kind, slug, name, item, None, SOURCE)
            for kind, slug, name, items in lists_of(edition)
            for item in (items if which == "all" else items[-1:])
        ]
        assert exported(whole, edition, wanted, tmp_path).written == tuple(wanted)

    def test_items_can_be_changed(self, whole: Path, tmp_path: Path) -> None:
        edition = load(whole)
        wanted = [
            propose(edition, kind, slug, "replace", f"/{name}/{at}/{part}", "training: new", SOURCE)
            for kind, slug, name, items in lists_of(edition)
            for at in {0, len(items) - 1}
            if isinstance(items[at], dict) and (part := PARTS.get(name, "statement")) != "modality"
        ]
        assert exported(whole, edition, wanted, tmp_path).written == tuple(wanted)

    def test_single_values_can_be_changed(self, whole: Path, tmp_path: Path) -> None:
        edition = load(whole)
        single: dict[EntryKind, dict[str, Any]] = {
            "country": {"/name/fr": "Nom : « nouveau »", "/subregion": None, "/kind": "outside"},
            "channel": {
                "/name/fr": "Nom: new",
                "/about/fr": "mot " * 90,
                "/abbreviation": "yes",
                "/kind": "box-entry",
                "/cycle_of": "gef",
                "/countries": {"scope": "listed", "members": ["JAM"], "exceptions": [{"country": "CUB"}]},
                "/not_stated": ["yes", "a: b", "mot " * 60],
            },
            "instrument": {
                "/name/fr": "#1",
                "/about/fr": "mot " * 90,
                "/as_of": "1999",
                "/channel": None,
                "/with_channels": ["paho", "iadb"],
                "/kind": "agreement",
                "/told": "named-only",
                "/window": {"kind": "rolling"},
            },
        }
        wanted = [
            propose(edition, kind, slug, "replace", pointer, value, SOURCE)
            for kind, values in single.items()
            for slug in entries(edition, kind)
            for pointer, value in values.items()
            if (entry_of(edition, kind, slug) or {}).get(pointer[1:], ...) != value
        ]
        assert exported(whole, edition, wanted, tmp_path).written == tuple(wanted)


def lists_of(edition: Catalogue) -> Iterator[tuple[EntryKind, str, str, list[Any]]]:
    """Every list of every entry that holds something."""
    for kind in get_args(EntryKind):
        for slug in entries(edition, kind):
            for name, items in (entry_of(edition, kind, slug) or {}).items():
                if isinstance(items, list) and items:
                    yield kind, slug, name, items


class TestDifficultTexts:
    @pytest.mark.parametrize(
        ("place", "told"),
        [
            ("channel paho /facts/-", lambda text: {"statement": text}),
            ("channel paho /not_stated/-", lambda text: text),
            ("channel paho /platforms/-", lambda text: {"name": text, "about": text}),
            ("channel paho /cycle/-", lambda text: {"step": dict.fromkeys(("en", "es", "pt", "fr"), text)}),
            ("country JAM /variants/-", lambda text: text),
            ("country JAM /coverage/-", lambda text: A_READING | {"note": text, "unit": text[:40]}),
        ],
    )
    def test_they_are_read_as_they_were_meant(
        self, seed: Path, edition: Catalogue, tmp_path: Path, place: str, told: Any
    ) -> None:
        wanted = [proposed(edition, place, "add", told(text)) for text in DIFFICULT]
        assert len(exported(seed, edition, wanted, tmp_path).written) == len(DIFFICULT)

    @pytest.mark.parametrize(
        "place", ["channel paho /abbreviation", "channel paho /about/en", "country JAM /name/pt"]
    )
    def test_a_field_of_its_own_is_read_so_too(
        self, seed: Path, edition: Catalogue, tmp_path: Path, place: str
    ) -> None:
        for text in DIFFICULT[::7]:
            assert exported(seed, edition, [proposed(edition, place, "replace", text)], tmp_path).written

    def test_so_are_the_names_of_a_source(self, seed: Path, edition: Catalogue, tmp_path: Path) -> None:
        wanted = [
            proposed(
                edition,
                place,
                "add",
                value,
                source=Source(
                    Document(id=coined("document", f"{place}{text}"), title=text, publisher=text),
                    text.split("\n")[0],
                ),
            )
            for text in (text.strip() for text in DIFFICULT)
            for place, value in (
                ("channel paho /facts/-", {"statement": "It has an office."}),
                ("country JAM /coverage/-", A_READING),
            )
        ]
        assert len(exported(seed, edition, wanted, tmp_path).written) == len(wanted)


class TestTogether:
    def test_several_corrections_of_one_file_come_out_as_one_patch(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        wanted = [
            proposed(edition, "channel paho /facts/0", "remove"),
            proposed(edition, "channel paho /facts/-", "add", {"statement": "One."}),
            proposed(edition, "channel paho /facts/-", "add", {"statement": "Two."}),
            proposed(edition, "channel paho /facts/2/statement", "replace", "Three."),
            proposed(edition, "channel paho /abbreviation", "replace", "OPS"),
            proposed(edition, "channel paho /name/es", "replace", "OPS"),
            proposed(edition, "country JAM /languages/-", "add", "es"),
            proposed(edition, "country BRA /languages/-", "add", "es"),
            proposed(edition, "country JAM /coverage/-", "add", A_READING),
            proposed(edition, "country JAM /coverage/-", "add", A_READING | {"role": "provider"}),
            proposed(edition, "country BRA /coverage/0", "remove"),
        ]
        found = exported(seed, edition, wanted, tmp_path)
        assert found.written == tuple(wanted)
        assert found.patch.count("+++ b/seed/channels/paho.yaml") == 1
        assert found.patch.count("- id: report-2013") == 1

    def test_a_row_can_be_emptied_and_filled_again(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        stood = [Correction("country", "JAM", "coverage", item, None, SOURCE) for item in readings(edition)]
        new = proposed(edition, "country JAM /coverage/-", "add", A_READING)
        found = exported(seed, edition, [*stood, new], tmp_path)
        assert len(found.written) == len(stood) + 1

    def test_a_list_can_be_emptied_and_filled_again(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        facts = (entry_of(edition, "channel", "paho") or {})["facts"]
        wanted = [Correction("channel", "paho", "facts", item, None, SOURCE) for item in facts]
        wanted.append(proposed(edition, "channel paho /facts/-", "add", {"statement": "One."}))
        assert exported(seed, edition, wanted, tmp_path).written == tuple(wanted)

    def test_what_the_edition_says_already_is_held(self, seed: Path, edition: Catalogue) -> None:
        wanted = proposed(edition, "country JAM /languages/-", "add", "es")
        assert export(seed, edition, [wanted, wanted]).held == (wanted,)

    def test_of_two_that_change_the_same_the_second_is_left_out(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        for value in ("Two.", None):
            first = proposed(edition, "channel paho /facts/0/statement", "replace", "One.")
            op: Op = "remove" if value is None else "replace"
            second = proposed(edition, "channel paho /facts/0" + ("/statement" if value else ""), op, value)
            third = proposed(edition, "channel paho /facts/1", "remove")
            found = exported(seed, edition, [first, second, third], tmp_path)
            assert (found.written, found.held, found.outdated) == ((first, third), (), (second,))

    def test_what_does_not_go_with_another_is_left_out_and_stops_nothing(
        self, seed: Path, edition: Catalogue, tmp_path: Path
    ) -> None:
        rule = (entry_of(edition, "instrument", "ct-intra") or {})["rules"][0] | {"id": "another"}
        one, other = (
            proposed(edition, "instrument ct-intra /rules/-", "add", rule | {"value": value})
            for value in (1, 2)
        )
        third = proposed(edition, "country JAM /languages/-", "add", "es")
        found = exported(seed, edition, [one, other, third], tmp_path)
        assert (found.written, found.outdated) == ((one, third), (other,))

    def test_an_entry_that_is_gone_is_left_out(self, seed: Path, edition: Catalogue) -> None:
        lost = Correction("channel", "nowhere", "facts", None, {"statement": "x"}, SOURCE)
        assert export(seed, edition, [lost]).outdated == (lost,)


def readings(edition: Catalogue) -> list[Any]:
    found: list[Any] = (entry_of(edition, "country", "JAM") or {})["coverage"]
    return found


# Any sequence of corrections that were valid when they were proposed.

TEXTS = st.one_of(
    st.sampled_from(DIFFICULT),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30),
    st.text("-:#'\"[]{}&*!|>%@`,? \n\tay0\\", min_size=1, max_size=30),
).filter(lambda text: text.strip() != "")
LABELS = st.fixed_dictionaries(dict.fromkeys(("en", "es", "pt", "fr"), TEXTS), optional={"nl": TEXTS})
SECTORS = st.sampled_from(["health", "social", "environment", "gender"])
STATEMENTS = st.fixed_dictionaries({"statement": TEXTS})
NAMES = st.fixed_dictionaries({"name": TEXTS})
STEPS = st.fixed_dictionaries({"step": LABELS})
ITEMS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "country JAM": {
        "languages": st.sampled_from(["en", "es", "pt", "fr", "nl"]),
        "variants": TEXTS,
        "coverage": st.fixed_dictionaries(
            {
                "sector": SECTORS,
                "channel": st.sampled_from(["paho", "cdb"]),
                "role": st.sampled_from(["provider", "receiver", "both", "unspecified", "none"]),
            },
            optional={"unit": TEXTS, "note": TEXTS},
        ),
    },
    "channel paho": {
        "facts": STATEMENTS,
        "funding": STATEMENTS,
        "donors": NAMES,
        "platforms": st.fixed_dictionaries(
            {"name": TEXTS, "about": TEXTS}, optional={"kind": st.just("event")}
        ),
        "cycle": STEPS,
        "themes": st.fixed_dictionaries({"label": LABELS, "sectors": st.lists(SECTORS, max_size=3)}),
        "modalities": st.fixed_dictionaries({"modality": st.sampled_from(["study-visit", "training"])}),
        "not_stated": TEXTS,
    },
    "instrument paho-tcc": {
        "facts": STATEMENTS,
        "amounts": st.fixed_dictionaries({"what": TEXTS, "usd": st.integers(0, 10**9)}),
        "shares": st.fixed_dictionaries({"what": TEXTS, "percent": st.floats(0.001, 100)}),
        "steps": STEPS,
        "not_stated": TEXTS,
    },
}
VALUES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "country JAM": {"name": LABELS, "subregion": st.sampled_from(["south-america", None])},
    "channel paho": {
        "name": LABELS,
        "about": LABELS,
        "abbreviation": TEXTS,
        "kind": st.just("box-entry"),
        "countries": st.fixed_dictionaries(
            {
                "scope": st.sampled_from(["listed", "open-list"]),
                "members": st.lists(st.sampled_from(["JAM", "BRA"]), max_size=2),
            },
            optional={
                "exceptions": st.lists(
                    st.fixed_dictionaries({"country": st.just("CUB")}, optional={"since": TEXTS}), max_size=2
                )
            },
        ),
    },
    "instrument paho-tcc": {
        "as_of": st.sampled_from(["2012", "2012-01", "2012-01-31"]),
        "window": st.fixed_dictionaries({"kind": st.just("board")}, optional={"statement": TEXTS}),
    },
}
SOURCES = st.builds(
    lambda title, publisher, year, locator: Source(
        Document(id=coined(title, f"{title}{publisher}{year}"), title=title, publisher=publisher, year=year),
        locator,
    ),
    TEXTS.map(lambda text: " ".join(text.split())),
    st.just("Ministry"),
    st.none() | st.integers(1900, 2200),
    TEXTS.map(lambda text: " ".join(text.split())),
)


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, Op, Any, Source]:
    """A change as somebody could send it; not all of them are right."""
    entry = draw(st.sampled_from(list(ITEMS)))
    source = draw(SOURCES)
    if draw(st.booleans()):
        name, values = draw(st.sampled_from(list(VALUES[entry].items())))
        return f"{entry} /{name}", "replace", draw(values), source
    name, items = draw(st.sampled_from(list(ITEMS[entry].items())))
    op: Op = draw(st.sampled_from(get_args(Op)))
    at = "-" if op == "add" else draw(st.integers(0, 3))
    return f"{entry} /{name}/{at}", op, None if op == "remove" else draw(items), source


@given(st.lists(changes(), min_size=1, max_size=8))
@settings(max_examples=40)
def test_any_corrections_that_were_valid_come_out_as_they_were_meant(
    seed: Path, edition: Catalogue, tmp_path: Path, wanted: list[tuple[str, Op, Any, Source]]
) -> None:
    valid = []
    for place, op, value, source in wanted:
        try:
            valid.append(proposed(edition, place, op, value, source=source))
        except Invalid:
            continue
    found = exported(seed, edition, valid, tmp_path)
    assert sorted(map(repr, (*found.written, *found.held, *found.outdated))) == sorted(map(repr, valid))
