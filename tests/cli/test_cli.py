"""Commands do what they say; what is wrong is told in one line on standard error, with exit status 2."""

import io
import json
from pathlib import Path

import pytest

from app.cli import main

SEED = Path(__file__).parents[2] / "seed"
REQUEST = SEED / "postings" / "requests" / "hti-eau-cholera.json"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PUENTE_DATABASE_URL": f"sqlite:///{tmp_path / 'puente.db'}"}


@pytest.fixture
def loaded(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """An environment whose database holds the sample postings."""
    assert main(["demo", "--no-serve"], environment) == 0
    capsys.readouterr()
    return environment


def test_the_demo_shows_three_requests_in_three_languages_and_can_be_run_again(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--no-serve"], environment) == 0
    first = capsys.readouterr().out
    assert main(["demo", "--no-serve"], environment) == 0
    second = capsys.readouterr().out

    assert "166 loaded, 0 there already" in first
    assert "0 loaded, 166 there already" in second
    assert all(f"asks ({language})" in first for language in ("es", "en", "fr"))
    assert first.count("puente_") == 5
    assert "puente_" not in second
    assert first.count("@puente.example ") == 3, "accounts, with their passwords"
    assert "@puente.example" not in second


@pytest.mark.parametrize("language", ["es", "pt", "en", "fr", "nl"])
def test_a_request_of_each_language_is_matched(
    loaded: dict[str, str], capsys: pytest.CaptureFixture[str], language: str
) -> None:
    file = next(
        file
        for file in sorted(REQUEST.parent.glob("*.json"))
        if json.loads(file.read_text("utf-8"))["language"] == language
    )

    assert main(["match", str(file), "--json", "--limit", "3"], loaded) == 0

    answer = json.loads(capsys.readouterr().out)
    assert [item["rank"] for item in answer["items"]] == [1, 2, 3]
    assert all(item["channels"] for item in answer["items"])


def test_an_offer_is_told_from_a_request_and_standard_input_is_read(
    loaded: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = (SEED / "postings" / "offers" / "bra-previdencia-social.json").read_bytes()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(offer)))

    assert main(["match", "-", "--json"], loaded) == 0

    assert json.loads(capsys.readouterr().out)["for"] == {"kind": "offer", "id": None}


def test_a_table_says_what_to_do_when_nothing_is_posted(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["match", str(REQUEST)], environment) == 0
    assert "make demo" in capsys.readouterr().out


def test_a_key_is_printed_alone_listed_without_its_secret_and_revoked(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    made = ["keys", "create", "--role", "agency", "--name", "JIS", "--country", "jm"]
    assert main(made, environment) == 0
    secret = capsys.readouterr().out.strip()
    assert secret.startswith("puente_")
    assert len(secret.split()) == 1
    assert main(["keys", "list"], environment) == 0
    listed = capsys.readouterr().out
    assert "JAM" in listed
    assert secret not in listed


def test_a_partners_key_may_speak_for_a_channel(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    made = ["keys", "create", "--role", "partner", "--name", "PAHO office", "--channel", "paho"]
    assert main(made, environment) == 0
    assert capsys.readouterr().out.startswith("puente_")
    assert main(["keys", "list"], environment) == 0
    listed = next(line for line in capsys.readouterr().out.splitlines() if "PAHO office" in line)
    assert "paho" in listed


def test_quality_is_measured_and_every_known_partner_has_a_rank(
    environment: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = tmp_path / "figures.svg"
    assert main(["evaluate", "--json", "--picture", str(drawn)], environment) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["requests"]) == 121
    assert answer["figures"]["same"]["Puente"]["recall_at_10"]["value"] >= 0.95
    assert drawn.read_text("utf-8").startswith("<svg")


def test_the_seed_is_counted(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-seed"], environment) == 0
    counted = capsys.readouterr().out
    assert "289 readings of Annex 1" in counted
    assert "22 channels" in counted


def test_the_generated_pages_are_up_to_date(environment: dict[str, str]) -> None:
    assert main(["docs", "--check"], environment) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["match", "nowhere.json"], "nowhere.json"),
        (["match", "pyproject.toml"], "not JSON"),
        (["keys", "create", "--role", "agency", "--name", "x"], "speaks for a country"),
        (["keys", "create", "--role", "agency", "--name", "x", "--country", "XX"], "not a country"),
        (["keys", "create", "--role", "partner", "--name", "x", "--channel", "pahoo"], "near it: paho"),
        (["keys", "create", "--role", "partner", "--name", "x", "--channel", ""], "'' is not a channel"),
        (["keys", "create", "--role", "broker", "--name", "x", "--channel", "paho"], "has no channel"),
        (
            ["keys", "create", "--role", "partner", "--name", "x", "--channel", "paho", "--country", "PER"],
            "has no country",
        ),
        (["keys", "revoke", "nobody"], "no key nobody"),
        (["check-seed", "--study", "nowhere.txt"], "nowhere.txt"),
        (["check-seed", "--study", "LICENSE"], "quotes are not at their offset"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    environment: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(SEED.parent)
    assert main(arguments, environment) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["fly"], ["match"], ["match", "x", "--limit", "0"], ["keys"]])
def test_a_command_that_is_not_one_is_told_in_one_line(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments, environment)
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PUENTE_PROT", "1", "unknown setting"),
        ("PUENTE_PORT", "many", "not a number"),
        ("PUENTE_LOG_LEVEL", "loud", "not debug"),
        ("PUENTE_SEED", "nowhere", "sources.yaml is missing"),
        ("PUENTE_DATABASE_URL", "mysql://x/y", "neither sqlite nor postgresql"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_one_line(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    assert (
        main(
            ["keys", "create", "--role", "agency", "--name", "x", "--country", "PER"],
            environment | {name: value},
        )
        == 2
    )
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
