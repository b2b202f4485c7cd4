"""`puente import`: a file is stored as a whole, what was sent before is left out, and all of it is told."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from app import batch, postings
from app.cli import main
from app.db import Database
from app.language.apertium import Apertium
from app.matching.posting import Posting

Captured = pytest.CaptureFixture[str]

MILK: dict[str, Any] = {
    "title": "Human milk banks in public hospitals",
    "description": "We help public hospitals to collect human milk and to give it to newborn children.",
    "country": "BRA",
}
LECHE: dict[str, Any] = {
    "title": "Bancos de leche humana en hospitales públicos",
    "description": "Ayudamos a los hospitales públicos a recoger leche humana y darla a recién nacidos.",
    "country": "BRA",
}
BOYS: dict[str, Any] = {
    "title": "Keeping boys out of violence",
    "description": "We look for programmes that work with young men, their families and their schools.",
    "country": "JAM",
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PUENTE_DATABASE_URL": f"sqlite:///{tmp_path / 'puente.db'}"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "lines.jsonl"


def write(file: Path, *lines: Any) -> str:
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    return str(file)


def stored(environment: dict[str, str]) -> dict[str, Posting]:
    database = Database(environment["PUENTE_DATABASE_URL"])
    database.prepare()
    with database.reading() as session:
        found = {one.id: one for one in postings.changed_since(session, 0)}
    database.close()
    return found


def answer(capsys: Captured) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_file_is_stored_with_its_translations_and_can_be_imported_again(
    environment: dict[str, str], file: Path, capsys: Captured
) -> None:
    lines = [
        {"offer": MILK, "id": "milk"},
        {"request": BOYS, "id": "boys"},
        {"offer": {**MILK, "country": "CHL"}},
    ]
    path = write(file, *lines)

    assert main(["import", path, "--json"], environment) == 0

    first = answer(capsys)
    made = first["stored"][2]["id"]
    assert first["stored"] == [
        {"line": 1, "kind": "offer", "id": "milk"},
        {"line": 2, "kind": "request", "id": "boys"},
        {"line": 3, "kind": "offer", "id": made},
    ]
    assert (first["near_duplicates"], first["already_there"], first["untranslated"]) == ([], [], 0)
    kept = stored(environment)
    assert kept.keys() == {"milk", "boys", made}
    assert all(one.status == "published" and one.version == 1 for one in kept.values())
    assert kept["milk"].translation is not None
    assert "leche" in kept["milk"].translation.text

    assert main(["import", path], environment) == 0

    said = capsys.readouterr()
    assert "line 1: already there, milk" in said.out
    assert "Postings: 3; stored: 0; near-duplicates left out: 1; already there: 2." in said.out
    assert said.err == ""
    assert stored(environment) == kept


def test_what_was_sent_before_in_another_language_is_told_and_left_out_unless_it_is_wanted(
    environment: dict[str, str], file: Path, capsys: Captured
) -> None:
    assert main(["import", write(file, {"offer": MILK, "id": "milk"})], environment) == 0
    capsys.readouterr()
    path = write(
        file,
        {"request": BOYS, "id": "boys"},
        {"offer": LECHE, "id": "leche"},
        {"offer": {**LECHE, "country": "PER"}, "id": "peru"},
        {"request": {**BOYS, "title": "Keep boys out of violence"}, "id": "again"},
    )

    assert main(["import", path, "--dry-run"], environment) == 0
    said = capsys.readouterr().out
    assert "Near-duplicates" in said
    assert "milk (en): Human" in said
    assert "line 1 (en): Keeping" in said
    assert "Postings: 4; would be stored: 2; near-duplicates left out: 2." in said
    assert "--with-duplicates" in said
    assert stored(environment).keys() == {"milk"}

    assert main(["import", path, "--json"], environment) == 0
    found = answer(capsys)
    assert [one["id"] for one in found["stored"]] == ["boys", "peru"]
    (leche, again) = found["near_duplicates"]
    assert (leche["line"], leche["id"], leche["title"], leche["stored"]) == (
        2,
        "leche",
        LECHE["title"],
        False,
    )
    (of,) = leche["of"]
    assert of == {
        "id": "milk",
        "line": None,
        "title": MILK["title"],
        "language": "en",
        "likeness": of["likeness"],
    }
    assert 0.35 <= of["likeness"] <= 1
    assert [(one["id"], one["line"]) for one in again["of"]] == [("boys", 1)]
    assert stored(environment).keys() == {"milk", "boys", "peru"}

    assert main(["import", path, "--with-duplicates", "--json"], environment) == 0
    found = answer(capsys)
    assert [one["id"] for one in found["stored"]] == ["leche", "again"]
    assert [one["id"] for one in found["already_there"]] == ["boys", "peru"]
    assert all(one["stored"] for one in found["near_duplicates"])
    assert len(stored(environment)) == 5


def test_a_draft_that_is_sent_again_is_left_out(
    environment: dict[str, str], file: Path, capsys: Captured
) -> None:
    path = write(file, {"offer": {**MILK, "status": "draft"}})
    assert main(["import", path], environment) == 0
    assert main(["import", path], environment) == 0
    assert "stored: 0; near-duplicates left out: 1." in capsys.readouterr().out
    assert [one.status for one in stored(environment).values()] == ["draft"]


def test_faults_are_told_a_line_each_and_nothing_is_stored(
    environment: dict[str, str], file: Path, capsys: Captured
) -> None:
    path = write(
        file,
        {"offer": MILK},
        {"offer": {**MILK, "country": "XXX", "titel": "x"}},
        {"request": {**BOYS, "sectors": ["helth"]}, "id": "a b"},
    )

    assert main(["import", path, "--json"], environment) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split(": ")[1] for line in said.err.splitlines()] == [
        "line 2, /offer/titel",
        "line 2, /offer/country",
        "line 3, /id",
        "line 3, /request/sectors/0",
    ]
    assert "near it: health" in said.err
    assert stored(environment) == {}


def test_an_import_is_whole_or_not_at_all(
    environment: dict[str, str], file: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody else takes an id while the lines are compared."""
    path = write(file, {"offer": MILK, "id": "milk"}, {"request": BOYS, "id": "boys"})
    assert main(["import", write(file.with_name("other"), {"request": BOYS, "id": "boys"})], environment) == 0
    capsys.readouterr()
    monkeypatch.setattr(postings, "known_ids", lambda _: set())

    assert main(["import", path, "--with-duplicates"], environment) == 2

    assert capsys.readouterr().err == "puente: There is a posting boys already.\n"
    assert stored(environment).keys() == {"boys"}


def test_standard_input_is_read(
    environment: dict[str, str], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = json.dumps({"offer": LECHE}, ensure_ascii=False).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert main(["import", "-"], environment) == 0
    assert "Postings: 1; stored: 1." in capsys.readouterr().out


@pytest.mark.parametrize("command", ["sleep 60", "echo rubbish"])
def test_a_translator_that_fails_loses_nothing(
    environment: dict[str, str],
    file: Path,
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
) -> None:
    (tmp_path / "modes").mkdir()
    script = tmp_path / "translate"
    script.write_text(f"#!/bin/sh\n{command}\n", "utf-8")
    script.chmod(0o755)
    (tmp_path / "modes" / "eng-spa.mode").write_text(f"{script}\n", "utf-8")
    broken = Apertium(data=tmp_path, seconds=0.5)
    monkeypatch.setattr("app.cli.importing.translator_of", lambda *_: broken)
    lines = [{"offer": {**MILK, "country": country}} for country in ("BRA", "CHL", "PER", "ARG", "URY")]

    assert main(["import", write(file, *lines), "--json"], environment) == 0

    found = answer(capsys)
    assert (len(found["stored"]), found["untranslated"]) == (5, 5)
    assert all(one.translation is None for one in stored(environment).values())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no posting"),
        (b"\n\n", "no posting"),
        ("título".encode("latin-1"), "not UTF-8"),
        (b'{"offer": {}}' + b" " * 100, "At most 100 bytes"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_in_one_line(
    environment: dict[str, str],
    file: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    said: str,
) -> None:
    monkeypatch.setattr(batch, "LARGEST", 100)
    file.write_bytes(content)
    assert main(["import", str(file)], environment) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("path", ["nowhere.jsonl", "."])
def test_a_file_that_is_not_there_is_told_in_one_line(
    environment: dict[str, str], capsys: Captured, path: str
) -> None:
    assert main(["import", path], environment) == 2
    told = capsys.readouterr().err
    assert path in told
    assert told.count("\n") == 1
