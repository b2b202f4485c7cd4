"""Accepted corrections leave as a patch, and what git makes of it is the next edition."""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from app import accounts, corrections
from app.catalogue import Catalogue, load
from app.catalogue.correct import Correction, Source, applied, propose
from app.catalogue.facts import Coverage
from app.cli import main
from app.corrections import Decision
from app.db import Database
from app.sources import Document
from tests.conftest import SEED
from tests.serving import PUENTE

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
REPORT = Document(
    id="informe-anual-2013", title='Informe anual: "salud" #1', publisher="Ministerio — Salud", year=2013
)
SOURCE = Source(REPORT, "página 41, “cuadro 2”")
A_READING = {"sector": "health", "channel": "paho", "role": "receiver"}
NOTE = 'a, "quoted",\nnote; with — dashes'
WORDS = {"en": "Ask: the office", "es": "Pregunte", "pt": "Pergunte", "fr": "Demandez : «oui»"}

CHANGES: tuple[tuple[Any, ...], ...] = (
    ("country", "JAM", "add", "/coverage/-", A_READING | {"note": NOTE}),
    ("country", "JAM", "add", "/coverage/-", A_READING | {"role": "provider"}),
    ("country", "JAM", "remove", "/coverage/0", None),
    ("country", "JAM", "replace", "/name/es", "Xamaica: la isla"),
    ("country", "BRA", "add", "/languages/-", "es"),
    ("channel", "paho", "add", "/facts/-", {"statement": "yes"}),
    ("channel", "paho", "add", "/facts/-", {"statement": "- 🌊 # no: remark\n\n'x' \"y\""}),
    ("channel", "paho", "remove", "/facts/0", None),
    ("channel", "paho", "add", "/cycle/-", {"step": WORDS}),
    ("channel", "paho", "replace", "/abbreviation", "2011"),
    ("instrument", "ct-intra", "replace", "/rules/0/value", 25_000),
    ("instrument", "ct-intra", "add", "/not_stated/-", "word " * 60),
)
"""Corrections of five files, several of them of one, with texts that a patch could lose."""

FILES = [
    "seed/channels/paho.yaml",
    "seed/countries.yaml",
    "seed/coverage.csv",
    "seed/instruments/ct-intra.yaml",
    "seed/sources.yaml",
]


def git(folder: Path, *words: str, sent: str | None = None) -> str:
    alone = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    named = ("-c", "user.name=Tests", "-c", "user.email=tests@example.org")
    told = subprocess.run(
        ["git", "-C", folder, *named, *words],
        env=alone,
        input=sent.encode() if sent is not None else None,
        capture_output=True,
        check=True,
    )
    return told.stdout.decode().strip()


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The facts as they are, in a folder where nobody else writes."""
    folder = tmp_path_factory.mktemp("facts") / "seed"
    return Path(shutil.copytree(SEED, folder, ignore=lambda _, names: {"postings"} & {*names}))


@pytest.fixture(scope="module")
def edition(facts: Path) -> Catalogue:
    return load(facts)


@pytest.fixture
def repository(facts: Path, tmp_path: Path) -> Path:
    """A repository that holds them."""
    folder = tmp_path / "repository"
    folder.mkdir()
    shutil.copytree(facts, folder / "seed")
    git(folder, "init", "--quiet")
    git(folder, "add", "seed")
    git(folder, "commit", "--quiet", "--message", "The first edition")
    return folder


@pytest.fixture
def environment(tmp_path: Path, repository: Path) -> dict[str, str]:
    return {
        "PUENTE_DATABASE_URL": f"sqlite:///{tmp_path / 'puente.db'}",
        "PUENTE_SEED": str(repository / "seed"),
    }


_minutes = count()


def decided(
    environment: dict[str, str],
    edition: Catalogue,
    *changes: tuple[Any, ...],
    decision: Decision | None = "accepted",
) -> list[Correction]:
    """Propose changes, and let an editor decide on them one after the other."""
    database = Database(environment["PUENTE_DATABASE_URL"])
    database.prepare()
    made = []
    for kind, slug, op, pointer, value in changes:
        made.append(propose(edition, kind, slug, op, pointer, value, SOURCE))
        at: dict[str, Any] = {"by": accounts.OPERATOR, "now": NOW + timedelta(minutes=next(_minutes))}
        with database.transaction() as session:
            kept = corrections.propose(session, made[-1], because="So it is.", catalogue=edition, **at)
            if decision is not None:
                corrections.decide(
                    session, kept.id, decision, note=None, catalogue=edition, if_version=1, **at
                )
    database.close()
    return made


def exported(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What the command wrote: the patch, and what it said beside it."""
    assert main(["catalogue", "export-corrections"], environment) == 0
    told = capsys.readouterr()
    return told.out, told.err


def said_by(edition: Catalogue) -> list[Any]:
    """What the files of an edition say, without its name."""
    return [edition.documents, edition.countries, edition.channels, edition.instruments, edition.coverage]


def by_hand(patch: str, folder: Path) -> None:
    """Apply a unified difference line by line, and let every line that it takes out or keeps stand there."""
    for part in re.split(r"(?m)^--- a/", patch)[1:]:
        name, part = part.split("\n", 1)
        file = folder / name
        before = file.read_text(encoding="utf-8").split("\n")
        after, reached = [], 0
        for line in part.split("\n")[1:-1]:
            if found := re.match(r"@@ -(\d+)", line):
                begins = int(found[1]) - 1
                after += before[reached:begins]
                reached = begins
            elif line[0] == "+":
                after.append(line[1:])
            else:
                assert before[reached] == line[1:], f"{name}:{reached + 1}"
                after += [line[1:]] if line[0] == " " else []
                reached += 1
        file.write_text("\n".join(after + before[reached:]), encoding="utf-8")


def test_what_git_makes_of_the_patch_is_the_edition_that_was_meant(
    repository: Path, environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    meant = edition
    for correction in decided(environment, edition, *CHANGES):
        meant = applied(meant, correction)
    patch, beside = exported(environment, capsys)

    assert beside == "corrections: 12 written, 0 in the edition already, 0 left out\n"
    assert git(repository, "status", "--porcelain") == "", "the folder itself is left as it is"
    git(repository, "apply", "--check", "-", sent=patch)
    git(repository, "apply", "-", sent=patch)
    assert git(repository, "diff", "--name-only").splitlines() == FILES

    read = load(repository / "seed")
    assert read.edition != edition.edition
    assert said_by(read) == said_by(meant)
    noted = [reading for reading in read.readings("JAM") if reading.note == NOTE]
    assert [(reading.role, reading.citation.document) for reading in noted] == [("receiver", REPORT.id)]
    assert read.documents[REPORT.id] == REPORT
    assert read.countries["JAM"].name.es == "Xamaica: la isla"
    assert [fact.statement for fact in read.channels["paho"].facts][-2:] == [
        "yes",
        "- 🌊 # no: remark\n\n'x' \"y\"",
    ]
    others = {slug: one for slug, one in read.channels.items() if slug != "paho"}
    assert others.items() <= edition.channels.items()


def test_the_next_export_has_nothing_left_to_write(
    repository: Path, environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(environment, edition, *CHANGES)
    patch, _ = exported(environment, capsys)
    git(repository, "apply", "-", sent=patch)
    git(repository, "commit", "--quiet", "--all", "--message", "The second edition")

    again = exported(environment, capsys)
    assert again == ("", "corrections: 0 written, 12 in the edition already, 0 left out\n")

    second = load(repository / "seed")
    decided(environment, second, ("country", "JAM", "replace", "/name/es", "Jamaica"))
    patch, beside = exported(environment, capsys)
    assert beside == "corrections: 1 written, 12 in the edition already, 0 left out\n"
    git(repository, "apply", "-", sent=patch)
    assert load(repository / "seed").countries["JAM"].name.es == "Jamaica"
    assert exported(environment, capsys)[0] == "", "also after a correction that takes another back"


def test_every_line_of_the_patch_is_right_without_any_tool(
    repository: Path, environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(environment, edition, *CHANGES)
    patch, _ = exported(environment, capsys)
    copy = repository.parent / "by-hand"
    shutil.copytree(repository / "seed", copy / "seed")
    by_hand(patch, copy)
    git(repository, "apply", "-", sent=patch)
    assert said_by(load(copy / "seed")) == said_by(load(repository / "seed"))
    assert load(copy / "seed").edition == load(repository / "seed").edition


def test_the_difference_of_the_editions_tells_what_was_corrected(
    repository: Path, environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(environment, edition, *CHANGES)
    patch, _ = exported(environment, capsys)
    old = shutil.copytree(repository / "seed", repository.parent / "old")
    git(repository, "apply", "-", sent=patch)
    assert main(["catalogue", "diff", str(old), str(repository / "seed")], {}) == 0
    told = capsys.readouterr().out
    for said in (
        "Document informe-anual-2013\n  is new",
        "name in Spanish Jamaica → “Xamaica: la isla”",
        "abbreviation PAHO → 2011",
        "rule ceiling: value 20,000 → 25,000",
        "language added: es",
    ):
        assert said in told


def test_only_what_was_accepted_is_exported(
    environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(environment, edition, CHANGES[0], decision="refused")
    decided(environment, edition, CHANGES[1], decision=None)
    assert exported(environment, capsys) == (
        "",
        "corrections: 0 written, 0 in the edition already, 0 left out\n",
    )


def test_what_cannot_be_written_is_named_and_stops_nothing(
    repository: Path, environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(
        environment,
        edition,
        ("country", "JAM", "replace", "/name/es", "Xamaica"),
        ("country", "JAM", "replace", "/name/es", "Yamaica"),
        ("channel", "paho", "replace", "/abbreviation", "OPS"),
    )
    patch, beside = exported(environment, capsys)
    assert beside.splitlines() == [
        "left out, changed since: country JAM, name",
        "corrections: 2 written, 0 in the edition already, 1 left out",
    ]
    git(repository, "apply", "-", sent=patch)
    read = load(repository / "seed")
    assert (read.countries["JAM"].name.es, read.channels["paho"].abbreviation) == ("Xamaica", "OPS")


def test_people_may_have_written_other_things_meanwhile(
    repository: Path, environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(environment, edition, *CHANGES)
    file = repository / "seed" / "channels" / "paho.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        f"# Read once more.\n{text.replace('kind: un-system', 'kind: box-entry')}", encoding="utf-8"
    )
    patch, beside = exported(environment, capsys)
    assert "12 written" in beside
    git(repository, "apply", "-", sent=patch)
    read = load(repository / "seed").channels["paho"]
    assert (read.kind, read.abbreviation) == ("box-entry", "2011")
    assert file.read_text(encoding="utf-8").startswith("# Read once more.\n")


def test_a_reading_is_corrected_in_a_table_that_has_notes_of_several_lines(
    repository: Path, environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    for note in (NOTE, "one\ntwo\nthree"):
        current = load(repository / "seed")
        decided(environment, current, ("country", "JAM", "add", "/coverage/-", A_READING | {"note": note}))
        git(repository, "apply", "-", sent=exported(environment, capsys)[0])
    current = load(repository / "seed")
    made = decided(
        environment,
        current,
        ("country", "JAM", "replace", f"/coverage/{len(current.readings('JAM')) - 1}/note", 'x"\n,y'),
        ("country", "JAM", "remove", f"/coverage/{len(current.readings('JAM')) - 2}", None),
        ("country", "MEX", "add", "/coverage/-", A_READING),
    )
    git(repository, "apply", "-", sent=exported(environment, capsys)[0])
    read = load(repository / "seed")
    assert [reading.note for reading in read.readings("JAM")][-1:] == ['x"\n,y']
    assert len(read.readings("JAM")) == len(edition.readings("JAM")) + 1
    assert read.readings("MEX")[-1] == Coverage.model_validate(made[-1].after)


def test_the_patch_can_be_written_to_a_file(
    repository: Path, environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(environment, edition, *CHANGES)
    patch, beside = exported(environment, capsys)
    file = repository.parent / "corrections.patch"
    assert main(["catalogue", "export-corrections", "--output", str(file)], environment) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", beside)
    assert file.read_bytes() == patch.encode()
    git(repository, "apply", str(file))
    assert load(repository / "seed").channels["paho"].abbreviation == "2011"


def test_the_command_as_people_run_it_writes_the_same_bytes(
    repository: Path, environment: dict[str, str], edition: Catalogue, capsys: pytest.CaptureFixture[str]
) -> None:
    decided(environment, edition, *CHANGES)
    patch, beside = exported(environment, capsys)
    ran = subprocess.run(
        [*PUENTE, "catalogue", "export-corrections"],
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    assert ran.stdout == patch.encode()
    assert ran.stderr.decode() == beside


def test_an_empty_database_has_nothing_to_export(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    patch, beside = exported(environment, capsys)
    assert (patch, beside.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("words", "setting", "said"),
    [
        (["--output", "nowhere/corrections.patch"], {}, "nowhere/corrections.patch"),
        ([], {"PUENTE_SEED": "nowhere"}, "sources.yaml is missing"),
        ([], {"PUENTE_DATABASE_URL": "mysql://x/y"}, "neither sqlite nor postgresql"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    setting: dict[str, str],
    said: str,
) -> None:
    assert main(["catalogue", "export-corrections", *words], environment | setting) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)
