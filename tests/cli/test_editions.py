"""What changed between two editions is told from folders and from git revisions, in words or as data."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.catalogue import BadSeed, edition, load
from app.cli import main
from app.errors import NotFound
from tests.conftest import SEED

ROOT = SEED.parent
CASE = """\
- name: 25,000 dollars
  situation: {receiver: PRY, provider: BRA, amount_usd: 25000}
  verdict: ineligible
  findings: {ceiling: not_met, borrower: met}
  citation: {document: undp-2011, locator: "IADB, funding"}
"""


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "ct-intra.yaml").write_text(CASE, encoding="utf-8")
    return tmp_path / "cases"


@pytest.fixture
def richer(tmp_path: Path) -> Path:
    """The facts as they are, but that CT/INTRA gives 5,000 dollars more, and Jamaica has another name."""
    seed = copied(SEED, tmp_path / "richer")
    replaced(seed / "instruments" / "ct-intra.yaml", "value: 20000", "value: 25000")
    replaced(seed / "countries.yaml", "fr: Jamaïque", "fr: La Jamaïque")
    return seed


def copied(seed: Path, to: Path) -> Path:
    return Path(shutil.copytree(seed, to, ignore=lambda _, names: {"postings"} & {*names}))


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def diff(*words: object) -> int:
    return main(["catalogue", "diff", *map(str, words)], {})


def test_two_folders_are_compared_entry_by_entry(
    richer: Path, cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(SEED, richer, "--cases", cases) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"old {load(SEED).edition} {SEED}",
        f"new {load(richer).edition} {richer}",
        "",
        "Country JAM",
        "  name in French “Jamaïque” → “La Jamaïque”",
        "",
        "Instrument ct-intra",
        "  rule ceiling: value 20,000 → 25,000",
        "",
        "Cases judged otherwise",
        "  ct-intra",
        "    “25,000 dollars”: ineligible → eligible (ceiling not met → met)",
        "",
        "2 changes in 2 entries; 1 of 1 case judged otherwise",
    ]


def test_the_same_is_told_as_data(richer: Path, cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(SEED, richer, "--json", "--cases", cases) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["editions"]["new"] == {"name": str(richer), "edition": load(richer).edition}
    assert answer["changes"][1] == {
        "kind": "instrument",
        "name": "ct-intra",
        "place": "rule ceiling",
        "says": "value 20,000 → 25,000",
        "sentence": "Instrument ct-intra, rule ceiling: value 20,000 → 25,000",
    }
    assert answer["verdicts"] == [
        {
            "instrument": "ct-intra",
            "case": "25,000 dollars",
            "before": "ineligible",
            "after": "eligible",
            "findings": {"ceiling": {"before": "not_met", "after": "met"}},
            "sentence": "ct-intra, “25,000 dollars”: ineligible → eligible (ceiling not met → met)",
        }
    ]
    assert answer["counts"] == {"changes": 2, "entries": 2, "cases": 1, "verdicts": 1}


def test_the_cases_of_the_repository_are_judged_where_no_others_are_named(
    richer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(SEED, richer) == 0
    assert "“Paraguay asks for 25,000 dollars: above the ceiling”: ineligible → eligible" in (
        capsys.readouterr().out
    )


def test_an_edition_compared_with_itself_has_not_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert diff(SEED, SEED) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."


def test_files_that_differ_but_say_the_same_are_told_as_such(
    tmp_path: Path, cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remarked = copied(SEED, tmp_path / "remarked")
    with (remarked / "sectors.yaml").open("a") as sectors:
        sectors.write("# A remark.\n")
    assert diff(SEED, remarked, "--cases", cases) == 0
    assert "they say the same" in capsys.readouterr().out.splitlines()[-1]


def git(folder: Path, *words: str) -> str:
    alone = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
    named = ("-c", "user.name=Tests", "-c", "user.email=tests@example.org")
    told = subprocess.run(
        ["git", "-C", folder, *named, *words], env=alone, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two editions: `first`, and one with a higher ceiling."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    seed = copied(SEED, folder / "seed")
    git(folder, "add", "seed")
    git(folder, "commit", "--quiet", "--message", "The first edition")
    git(folder, "tag", "first")
    replaced(seed / "instruments" / "ct-intra.yaml", "value: 20000", "value: 25000")
    git(folder, "commit", "--quiet", "--all", "--message", "A higher ceiling")
    return folder


def test_a_revision_is_the_edition_that_it_held(repository: Path) -> None:
    assert edition.named("first", repository).edition == load(SEED).edition
    assert edition.named("HEAD^", repository).edition == load(SEED).edition
    assert edition.named("HEAD", repository).edition == load(repository / "seed").edition


def test_what_is_wrong_in_a_revision_is_told_by_its_name(repository: Path) -> None:
    replaced(repository / "seed" / "instruments" / "ct-intra.yaml", "value: 25000", "value: much")
    git(repository, "commit", "--quiet", "--all", "--message", "A mistake")
    with pytest.raises(BadSeed) as refused:
        edition.named("HEAD", repository)
    assert str(refused.value.file) == "HEAD:seed/instruments/ct-intra.yaml"
    assert refused.value.line > 1


def test_a_revision_without_a_catalogue_is_told(repository: Path) -> None:
    git(repository, "rm", "--quiet", "-r", "seed")
    git(repository, "commit", "--quiet", "--message", "Nothing left")
    with pytest.raises(NotFound, match="“HEAD” is neither a folder nor a revision that holds a catalogue"):
        edition.named("HEAD", repository)


def test_outside_of_a_repository_no_revision_is_known(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="“first” is neither a folder nor a revision"):
        edition.named("first", tmp_path)


def test_without_git_a_revision_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotFound, match="git, which could know it as a revision, is not installed"):
        edition.named("HEAD", tmp_path)
    assert edition.named(str(SEED), tmp_path).edition == load(SEED).edition


def test_the_last_revision_is_compared_with_a_folder(
    richer: Path, cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (ROOT / ".git").exists(), "this test needs a checkout made by git: there is no .git here"
    assert diff("HEAD", richer, "--cases", cases) == 0
    told = capsys.readouterr().out
    assert told.startswith("old sha256:")
    assert "Instrument ct-intra" in told
    assert "rule ceiling: value 20,000 → 25,000" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such-revision", SEED), "“no-such-revision” is neither a folder nor a revision"),
        ((SEED, "no-such-revision"), "“no-such-revision” is neither a folder nor a revision"),
        (("--", "--output=x", SEED), "“--output=x” is neither a folder nor a revision"),
        (("HEAD:seed", SEED), "“HEAD:seed” is neither a folder nor a revision"),
        ((SEED, ROOT / "app"), "no catalogue here"),
        ((SEED, SEED, "--cases", "nowhere"), "nowhere:1: no cases here"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_line(
    words: tuple[object, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff(*words) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)


def test_a_seed_that_cannot_be_loaded_is_told_in_one_line(
    richer: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replaced(richer / "instruments" / "ct-intra.yaml", "value: 25000", "value: much")
    assert diff(SEED, richer) == 2
    told = capsys.readouterr().err
    assert "ct-intra.yaml" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("words", [[], ["compare"], ["diff"], ["diff", "seed"]])
def test_an_action_that_is_not_one_is_told_in_one_line(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["catalogue", *words], {})
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
