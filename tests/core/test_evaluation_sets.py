"""The sets are loaded whole or not at all, and what is wrong is told with its file and its line."""

import shutil
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from app.catalogue import BadSeed, Catalogue
from app.evaluation import sets
from tests.builders import TODAY
from tests.conftest import SEED

Lines = list[dict[str, object]]


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """The postings of the seed, to be spoilt."""
    for folder in ("postings", "evaluation"):
        shutil.copytree(SEED / folder, tmp_path / folder)
    return tmp_path


def change(file: Path, edit: Callable[[Lines], object]) -> None:
    lines = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    edit(lines)
    file.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


def test_building_has_the_samples_and_held_out_is_ranked_against_everything(catalogue: Catalogue) -> None:
    found = sets.load(SEED, catalogue, today=TODAY)
    building, held_out = found["building"], found["held-out"]
    assert building.offers.keys() < held_out.offers.keys()
    assert not building.requests.keys() & held_out.requests.keys()
    assert "jam-boys-at-risk" in building.requests
    for measured in found.values():
        assert {one.request for one in measured.exchanges} == measured.requests.keys()
        assert all(one.offer in measured.offers for one in measured.exchanges)
        assert measured.duplicates


FAULTS: dict[str, tuple[str, Callable[[Lines], object], int, str]] = {
    "an offer that nobody knows": (
        "exchanges",
        lambda lines: lines[2].update(offer="b-o-nowhere"),
        3,
        "unknown “b-o-nowhere”",
    ),
    "a request of another folder": (
        "exchanges",
        lambda lines: lines[1].update(request="jam-boys-at-risk"),
        2,
        "unknown “jam-boys-at-risk”",
    ),
    "a channel that nobody knows": (
        "exchanges",
        lambda lines: lines[0].update(channel="pahoo"),
        1,
        "unknown “pahoo”",
    ),
    "an exchange that stands twice": (
        "exchanges",
        lambda lines: lines.insert(1, lines[0]),
        2,
        "stand twice",
    ),
    "no channel, not even null": (
        "exchanges",
        lambda lines: lines[0].pop("channel"),
        1,
        "channel: Field required",
    ),
    "a name that is misspelt": (
        "exchanges",
        lambda lines: lines[0].update(statment="x"),
        1,
        "statment: Extra",
    ),
    "a quote that is too long": (
        "exchanges",
        lambda lines: lines[4].update(citation={"offset": 1, "quote": "word " * 26}),
        5,
        "at most 25 words",
    ),
    "a quote without a place": (
        "exchanges",
        lambda lines: lines[4].update(citation={"quote": "x"}),
        5,
        "citation.offset: Field required",
    ),
    "a request that nothing answers": (
        "requests",
        lambda lines: lines.append(lines[0] | {"id": "b-r-alone"}),
        33,
        "no exchange answers “b-r-alone”",
    ),
    "an id that is no slug": ("offers", lambda lines: lines[7].update(id="Not a slug"), 8, "id: "),
    "an id that a sample has": (
        "offers",
        lambda lines: lines[7].update(id="chl-gestion-ambiental"),
        8,
        "“chl-gestion-ambiental” is already",
    ),
    "a sector that nobody knows": (
        "offers",
        lambda lines: lines[3].update(sectors=["helth"]),
        4,
        "/sectors/0: “helth” is not a sector",
    ),
    "a duplicate of nothing": ("duplicates", lambda lines: lines[2].update(of="nothing"), 3, "unknown "),
    "a duplicate with a known id": (
        "duplicates",
        lambda lines: lines[0].update(posting=lines[1]["posting"]),
        2,
        "is already taken",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_its_place(fault: str, seed: Path, catalogue: Catalogue) -> None:
    name, edit, line, reason = FAULTS[fault]
    file = seed / "evaluation" / "building" / f"{name}.jsonl"
    change(file, edit)
    with pytest.raises(BadSeed) as refused:
        sets.load(seed, catalogue, today=TODAY)
    assert (refused.value.file, refused.value.line) == (file, line)
    assert reason in refused.value.reason


def test_the_two_sides_of_an_exchange_are_of_two_countries(seed: Path, catalogue: Catalogue) -> None:
    folder = seed / "evaluation" / "building"

    def at_home(lines: Lines) -> None:
        for line in lines:
            line["country"] = "BRA"

    change(folder / "requests.jsonl", at_home)
    change(folder / "offers.jsonl", at_home)
    with pytest.raises(BadSeed, match="of the same country") as refused:
        sets.load(seed, catalogue, today=TODAY)
    assert refused.value.line == 1


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b'{"request": ', "not JSON"),
        (b"\n", "not JSON"),
        (b"[]", "must be an object"),
        (b'{"of": "a", "of": "b"}', "stands twice"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_line_is_one_object_that_says_each_thing_once(
    written: bytes, reason: str, seed: Path, catalogue: Catalogue
) -> None:
    file = seed / "evaluation" / "building" / "duplicates.jsonl"
    file.write_bytes(written + b"\n")
    with pytest.raises(BadSeed, match=reason) as refused:
        sets.load(seed, catalogue, today=TODAY)
    assert (refused.value.file, refused.value.line) == (file, 1)


@pytest.mark.parametrize("missing", ["held-out-c", "building/requests.jsonl"])
def test_what_is_missing_is_named(missing: str, seed: Path, catalogue: Catalogue) -> None:
    place = seed / "evaluation" / missing
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink()
    with pytest.raises(BadSeed, match="missing"):
        sets.load(seed, catalogue, today=TODAY)
