"""The sets that the matching is measured on: postings, and who is known to have taught whom.

*building* was written alongside the engine and may be looked at by everybody. *second* was written by others,
who saw neither the thesaurus nor the engine, and was held out until it was scored; since then it is looked
at. *held-out* is its successor: it is ranked, and nothing else is done with it.

The writers of one part do not know what those of another have written, so that an offer may answer a
request of which its writer knew nothing. What is right for a request is therefore judged over the first
offers of several engines, by assessors who see texts alone (pooling; Spärck Jones and van Rijsbergen 1975):
`judged.jsonl`, beside the exchanges that the writers had in mind.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import Field, ValidationError

from app.catalogue import BadSeed, Catalogue
from app.errors import Invalid
from app.evaluation import samples
from app.intake import an_object, read
from app.matching.posting import Kind, Posting
from app.sources import Citation, Fact, Text

Part = Literal["building", "second", "held-out"]
PARTS: tuple[Part, ...] = get_args(Part)

FOLDERS: Mapping[Part, tuple[str, ...]] = {
    "building": ("building",),
    "second": ("second-a", "second-b"),
    "held-out": ("held-out-c", "held-out-d"),
}
"""The folders of seed/evaluation that a part consists of. The sample postings belong to the building part."""

JUDGED = "Judged to be as right an answer, by an assessor who saw the two texts alone."
"""The statement of an answer that no writer had in mind."""

STUDY = "undp-2011"
"""What the citations of seed/evaluation are from."""

F = TypeVar("F", bound=Fact)
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]


@dataclass(frozen=True, slots=True)
class Exchange:
    """An offer that answers a request; the channel and the citation where the study names them."""

    request: str
    offer: str
    channel: str | None
    citation: Citation | None
    statement: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A posting that says the same as another one, in other words or in another language."""

    of: str
    posting: Posting


@dataclass(frozen=True)
class Set:
    """Postings by id. The requests are ranked against all the offers, of which some answer none of them."""

    name: Part
    offers: Mapping[str, Posting]
    requests: Mapping[str, Posting]
    exchanges: tuple[Exchange, ...]
    duplicates: tuple[Duplicate, ...]
    folders: Mapping[str, str] = field(default_factory=dict)
    """Which folder each posting is from, that is, who wrote it."""


OPEN: tuple[Part, ...] = ("building", "second")
"""The parts that may be looked at."""


def load_open(seed: Path, catalogue: Catalogue, *, today: date) -> Mapping[Part, Set]:
    """Read the parts that may be looked at.

    Raises:
        BadSeed: naming the file, the line and what is wrong.
    """
    return _loaded(seed, catalogue, today, OPEN)


def postings_of(sets: Iterable[Set]) -> list[Posting]:
    """The postings of some sets, each once."""
    found = {
        (one.kind, one.id): one
        for measured in sets
        for side in (measured.offers, measured.requests)
        for one in side.values()
    }
    return list(found.values())


def load(seed: Path, catalogue: Catalogue, *, today: date) -> Mapping[Part, Set]:
    """Read seed/postings and seed/evaluation.

    Raises:
        BadSeed: naming the file, the line and what is wrong.
    """
    return _loaded(seed, catalogue, today, PARTS)


def _loaded(seed: Path, catalogue: Catalogue, today: date, parts: Sequence[Part]) -> dict[Part, Set]:
    """The parts up to the last one wanted: the offers of each are ranked together with those before it."""
    sampled = samples.load(seed, catalogue, today=today)
    offers = {id: intake.posting for id, intake in sampled.offers.items()}
    known = {id: intake.posting for id, intake in sampled.requests.items()}
    requests: dict[Part, dict[str, Posting]] = {part: {} for part in PARTS} | {"building": dict(known)}
    exchanges: dict[Part, list[Exchange]] = {
        "building": [
            Exchange(one.request, one.offer, one.channel, one.citation, one.statement)
            for one in sampled.exchanges
        ],
        "second": [],
        "held-out": [],
    }
    duplicates: dict[Part, list[Duplicate]] = {part: [] for part in PARTS}
    seen = dict[Part, dict[str, Posting]]()
    folders = dict.fromkeys((*offers, *known), "postings")
    for part in parts:
        for folder in (seed / "evaluation" / name for name in FOLDERS[part]):
            if not folder.is_dir():
                raise BadSeed(folder, 1, "the folder is missing")
            offers |= _postings(folder / "offers.jsonl", "offer", catalogue, today, offers)
            added = _postings(folder / "requests.jsonl", "request", catalogue, today, known)
            known |= added
            folders |= dict.fromkeys((offers.keys() | known.keys()) - folders.keys(), folder.name)
            requests[part] |= added
            exchanges[part] += _exchanges(folder, catalogue, offers, added)
            if (file := folder / "duplicates.jsonl").is_file():
                duplicates[part] += _duplicates(file, catalogue, today, {"offer": offers, "request": known})
        # An answer that was judged right may be of another folder than its request.
        for folder in (seed / "evaluation" / name for name in FOLDERS[part]):
            if (file := folder / "judged.jsonl").is_file():
                exchanges[part] += _judged(file, offers, requests[part], exchanges[part])
        seen[part] = dict(offers)
    return {
        part: Set(part, seen[part], requests[part], tuple(exchanges[part]), tuple(duplicates[part]), folders)
        for part in parts
    }


class _ExchangeIn(Fact):
    request: Name
    offer: Name
    channel: Name | None
    citation: "_PlaceIn | None"
    statement: Text


class _PlaceIn(Fact):
    offset: Annotated[int, Field(ge=0)]
    quote: Text


class _DuplicateIn(Fact):
    of: Name
    kind: Kind
    posting: dict[str, object]


class _NamedIn(Fact):
    id: Name


def _lines(file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """The objects of a file that has one to a line, with the number of the line."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        raise BadSeed(file, 1, "is missing") from None
    except UnicodeDecodeError as wrong:
        raise BadSeed(file, 1, f"is not UTF-8: {wrong.reason}") from None
    for number, line in enumerate(lines, start=1):
        if line or number < len(lines):
            try:
                yield number, an_object(line.encode())
            except Invalid as wrong:
                raise BadSeed(file, number, _first(wrong)) from None


def _fact(file: Path, line: int, shape: type[F], content: Mapping[str, object]) -> F:
    try:
        return shape.model_validate(content)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        named = ".".join(str(part) for part in first["loc"])
        raise BadSeed(file, line, f"{named}: {first['msg']}" if named else first["msg"]) from None


def _first(wrong: Invalid) -> str:
    fault = wrong.faults[0]
    return f"{fault.pointer}: {fault.detail}" if fault.pointer else fault.detail


def _posting(
    file: Path, line: int, kind: Kind, body: dict[str, object], catalogue: Catalogue, today: date
) -> Posting:
    id = _fact(file, line, _NamedIn, {"id": body.pop("id", None)}).id
    try:
        return read(kind, body, catalogue, id=id, today=today).posting
    except Invalid as wrong:
        raise BadSeed(file, line, f"{id}: {_first(wrong)}") from None


def _postings(
    file: Path, kind: Kind, catalogue: Catalogue, today: date, taken: Mapping[str, Posting]
) -> dict[str, Posting]:
    found: dict[str, Posting] = {}
    for line, body in _lines(file):
        posting = _posting(file, line, kind, body, catalogue, today)
        if posting.id in taken or posting.id in found:
            raise BadSeed(file, line, f"“{posting.id}” is already taken")
        found[posting.id] = posting
    return found


def _exchanges(
    folder: Path, catalogue: Catalogue, offers: Mapping[str, Posting], requests: Mapping[str, Posting]
) -> list[Exchange]:
    """The exchanges of a folder: its own requests, each with a partner in another country at least."""
    file, found = folder / "exchanges.jsonl", dict[tuple[str, str], Exchange]()
    for line, body in _lines(file):
        one = _fact(file, line, _ExchangeIn, body)
        named = ((one.request, requests), (one.offer, offers), (one.channel, catalogue.channels))
        for name, known in named:
            if name is not None and name not in known:
                raise BadSeed(file, line, f"unknown “{name}”")
        if requests[one.request].country == offers[one.offer].country:
            raise BadSeed(file, line, f"{one.request} and {one.offer} are of the same country")
        if (one.request, one.offer) in found:
            raise BadSeed(file, line, f"{one.request} and {one.offer} stand twice")
        citation = None
        if one.citation is not None:
            place = one.citation.model_dump()
            locator = f"character {one.citation.offset}"
            citation = _fact(file, line, Citation, {"document": STUDY, "locator": locator} | place)
        found[one.request, one.offer] = Exchange(one.request, one.offer, one.channel, citation, one.statement)
    answered = {request for request, _ in found}
    for line, name in enumerate(requests, start=1):
        if name not in answered:
            raise BadSeed(folder / "requests.jsonl", line, f"no exchange answers “{name}”")
    return list(found.values())


class _JudgedIn(Fact):
    request: Name
    offer: Name


def _judged(
    file: Path,
    offers: Mapping[str, Posting],
    requests: Mapping[str, Posting],
    known: Sequence[Exchange],
) -> list[Exchange]:
    """The right answers that assessors found beside those of the writers."""
    taken = {(one.request, one.offer) for one in known}
    found = []
    for line, body in _lines(file):
        one = _fact(file, line, _JudgedIn, body)
        for name, among in ((one.request, requests), (one.offer, offers)):
            if name not in among:
                raise BadSeed(file, line, f"unknown “{name}”")
        if (one.request, one.offer) in taken:
            raise BadSeed(file, line, f"{one.request} and {one.offer} are known already")
        taken.add((one.request, one.offer))
        found.append(Exchange(one.request, one.offer, None, None, JUDGED))
    return found


def _duplicates(
    file: Path, catalogue: Catalogue, today: date, known: Mapping[Kind, Mapping[str, Posting]]
) -> list[Duplicate]:
    found: dict[str, Duplicate] = {}
    for line, body in _lines(file):
        one = _fact(file, line, _DuplicateIn, body)
        posting = _posting(file, line, one.kind, dict(one.posting), catalogue, today)
        if one.of not in known[one.kind]:
            raise BadSeed(file, line, f"unknown {one.kind} “{one.of}”")
        if posting.id in known[one.kind] or posting.id in found:
            raise BadSeed(file, line, f"“{posting.id}” is already taken")
        found[posting.id] = Duplicate(one.of, posting)
    return list(found.values())
