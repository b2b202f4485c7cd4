"""The sample postings, made from exchanges that the study names, and who is known to have met whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import yaml
from pydantic import TypeAdapter, ValidationError

from app.catalogue import BadSeed, Catalogue
from app.errors import Invalid
from app.intake import SHAPES, Intake, read
from app.matching.posting import Kind
from app.sources import Citation, Fact, Text


class Exchange(Fact):
    """An exchange that the study names: who taught whom what, through which channel."""

    slug: Text
    offer: Text
    request: Text
    channel: Text
    instrument: Text | None = None
    statement: Text
    citation: Citation


@dataclass(frozen=True)
class Samples:
    """Postings by id, in the order of their names, and the exchanges that they were made from."""

    offers: Mapping[str, Intake]
    requests: Mapping[str, Intake]
    exchanges: tuple[Exchange, ...]

    def partners(self, request: str) -> tuple[str, ...]:
        """The offers that a request is known to have met."""
        return tuple(exchange.offer for exchange in self.exchanges if exchange.request == request)


def load(seed: Path, catalogue: Catalogue, *, today: date) -> Samples:
    """Read seed/postings.

    Raises:
        BadSeed: naming the file and what is wrong with it.
    """
    folder = seed / "postings"
    postings = {kind: dict(_postings(folder / f"{kind}s", kind, catalogue, today)) for kind in SHAPES}
    file = folder / "exchanges.yaml"
    exchanges = _exchanges(file)
    for exchange in exchanges:
        for name, known in (
            (exchange.offer, postings["offer"]),
            (exchange.request, postings["request"]),
            (exchange.channel, catalogue.channels),
        ):
            if name not in known:
                raise BadSeed(file, 1, f"{exchange.slug}: unknown “{name}”")
    return Samples(postings["offer"], postings["request"], exchanges)


@dataclass(frozen=True)
class Recorded:
    """An exchange of the study with who taught whom, and the sectors of both postings, else of the offer."""

    exchange: Exchange
    provider: str
    receiver: str
    sectors: tuple[str, ...]


def recorded(seed: Path) -> tuple[Recorded, ...]:
    """The exchanges, for who counts them: texts are not read, which is what takes `load` its time.

    Raises:
        BadSeed: naming the file and what is wrong with it.
    """
    folder, found = seed / "postings", []
    for exchange in _exchanges(folder / "exchanges.yaml"):
        offer = _fields(folder / "offers" / f"{exchange.offer}.json")
        request = _fields(folder / "requests" / f"{exchange.request}.json")
        sectors = tuple(slug for slug in offer["sectors"] if slug in request["sectors"])
        found.append(
            Recorded(exchange, offer["country"], request["country"], sectors or tuple(offer["sectors"]))
        )
    return tuple(found)


def _exchanges(file: Path) -> tuple[Exchange, ...]:
    try:
        listed = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return TypeAdapter(tuple[Exchange, ...]).validate_python(listed)
    except (OSError, yaml.YAMLError, ValidationError) as wrong:
        raise BadSeed(file, 1, str(wrong).splitlines()[0]) from None


def _fields(file: Path) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = {"sectors": []} | orjson.loads(file.read_bytes())
    except (OSError, ValueError) as wrong:
        raise BadSeed(file, 1, str(wrong)) from None
    return fields


def _postings(folder: Path, kind: Kind, catalogue: Catalogue, today: date) -> list[tuple[str, Intake]]:
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            found.append((file.stem, read(kind, file.read_bytes(), catalogue, id=file.stem, today=today)))
        except Invalid as wrong:
            first = wrong.faults[0]
            raise BadSeed(file, 1, f"{first.pointer}: {first.detail}") from None
    return found
