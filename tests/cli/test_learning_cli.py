"""`puente learn` and `puente weights`, from a simulated history to what becomes of it."""

import json
from pathlib import Path

import pytest

from app.cli import main
from app.matching.score import VERSION


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PUENTE_DATABASE_URL": f"sqlite:///{tmp_path / 'puente.db'}", "PUENTE_TRANSLATOR": "off"}


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A simulated history, as text."""
    file = tmp_path_factory.mktemp("simulation") / "history.jsonl"
    wanted = ["learn", "--simulate", "400", "--seed", "3", "--output", str(file)]
    assert main(wanted, {"PUENTE_TRANSLATOR": "off"}) == 0
    return file.read_text()


@pytest.fixture
def history(simulation: str, tmp_path: Path) -> Path:
    """A file of the simulated history, to learn from or to change."""
    file = tmp_path / "history.jsonl"
    file.write_text(simulation)
    return file


def test_a_simulated_history_is_learned_from_and_never_adopted(
    history: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    records = [json.loads(line) for line in history.read_text().splitlines()]
    assert len(records) == 400
    assert all(record["simulated"] is True for record in records)

    assert main(["learn", "--decisions", str(history), "--json"], environment) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["simulated"] is True
    assert told["version"] == f"{VERSION}+w1"
    assert sum(told["weights"].values()) == pytest.approx(1)
    assert told["figures"]["log_loss"]["after"] < told["figures"]["log_loss"]["before"]
    assert told["figures"]["evaluation"]["part"] == "building"
    assert set(told["figures"]["evaluation"]["recall_at_10"]) == {"before", "after", "difference"}

    assert main(["learn", "--decisions", str(history)], environment) == 0
    assert "Simulated" in (shown := capsys.readouterr().out)
    assert f"Kept as {VERSION}+w1" in shown

    assert main(["weights", "list"], environment) == 0
    assert "simulated" in capsys.readouterr().out
    assert main(["weights", "adopt", f"{VERSION}+w1", "--by", "A"], environment) == 2
    assert "simulated history" in capsys.readouterr().err
    assert main(["weights", "show", "--json"], environment) == 0
    assert json.loads(capsys.readouterr().out)["version"] == VERSION


def test_a_simulation_goes_to_standard_output_alone(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", "--simulate", "3"], environment) == 0

    told = capsys.readouterr()
    assert [json.loads(line)["simulated"] for line in told.out.splitlines()] == [True] * 3
    assert "no broker made these decisions" in told.err


def test_decisions_of_brokers_are_proposed_and_adopted_by_a_person(
    history: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    # For a test, the records of the simulation pass as real ones.
    history.write_text(history.read_text().replace('"simulated":true', '"simulated":false'))
    assert main(["learn", "--decisions", str(history)], environment) == 0
    assert f"Proposed as {VERSION}+w1" in (shown := capsys.readouterr().out)
    assert "Simulated" not in shown

    wanted = ["weights", "adopt", f"{VERSION}+w1", "--by", "Ana [sic]", "--note", "Half a year."]
    assert main(wanted, environment) == 0
    assert "Ana [sic]" in capsys.readouterr().out

    assert main(["weights", "show"], environment) == 0
    assert "Half a year." in (shown := capsys.readouterr().out)
    assert "in use" in shown
    assert main(["weights", "list", "--json"], environment) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["in_use"] == f"{VERSION}+w1"
    assert [one["adopted_by"] for one in told["adoptions"]] == ["Ana [sic]"]
    assert main(["weights", "adopt", "published", "--by", "Ana"], environment) == 0
    assert main(["weights", "show", f"{VERSION}+w1"], environment) == 0


@pytest.mark.parametrize(
    ("lines", "kept", "said"),
    [
        (20, "", "too few to learn from"),
        (0, "{}", "line 1, /request"),
        (0, "", "0 preferences from 0 requests"),
    ],
)
def test_what_nothing_can_be_learned_from_is_refused_in_one_line(
    lines: int,
    kept: str,
    said: str,
    history: Path,
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    few = "".join(history.read_text().splitlines(keepends=True)[:lines])
    history.write_text(few + kept)
    capsys.readouterr()

    assert main(["learn", "--decisions", str(history)], environment) == 2

    told = capsys.readouterr().err
    assert said in told
    assert told.endswith("\n")
    assert told.count("\n") == 1
