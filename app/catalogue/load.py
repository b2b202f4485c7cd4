"""seed/ -> Catalogue, whole or not at all. A digest over every file names the edition."""

import csv
import hashlib
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.catalogue.facts import (
    Catalogue,
    Channel,
    Country,
    Coverage,
    Group,
    Instrument,
    Modality,
    Sector,
    Statement,
)
from app.catalogue.reading import BadSeed, Placed, by, each, line_of, listed, parse, text_of
from app.catalogue.rules import TOLD_KINDS
from app.sources import Document


def load(seed: Path) -> Catalogue:
    """Read a whole edition.

    Raises:
        BadSeed: naming file, line and reason, for a fact without a source, an unknown slug, a
            misspelt name, or anything else that is not as it should be. Nothing is loaded then.
    """
    if not (seed / "sources.yaml").is_file():
        raise BadSeed(seed, 1, "no catalogue here: sources.yaml is missing")
    documents = by(listed(seed / "sources.yaml", Document), lambda d: d.id)
    readings = list(_coverage(seed / "coverage.csv"))
    catalogue = Catalogue(
        documents=documents,
        countries=by(listed(seed / "countries.yaml", Country), lambda c: c.iso3),
        groups=by(listed(seed / "groups.yaml", Group), lambda g: g.slug),
        sectors=by(listed(seed / "sectors.yaml", Sector), lambda s: s.slug),
        modalities=by(listed(seed / "modalities.yaml", Modality), lambda m: m.slug),
        statements=by(_statements(seed / "statements.yaml"), lambda s: s.slug),
        channels=by(each(seed / "channels", Channel), lambda c: c.slug),
        instruments=by(each(seed / "instruments", Instrument), lambda i: i.slug),
        coverage=tuple(reading for _, reading in readings),
        edition=_digest(seed),
    )
    _check_names(seed, catalogue)
    _check_readings(seed / "coverage.csv", readings, catalogue)
    return catalogue


def _statements(file: Path) -> Iterable[Placed[Statement]]:
    """What applicants can say. Editions before it was data have no such file, and are still compared."""
    return listed(file, Statement) if file.is_file() else ()


def _digest(seed: Path) -> str:
    """sha256 over the facts (not the sample postings), each file by its name and its bytes."""
    digest = hashlib.sha256()
    files = [*seed.glob("*.yaml"), *seed.glob("*.csv"), *seed.glob("*s/*.yaml")]
    for file in sorted(file for file in files if file.parent.name != "postings"):
        digest.update(file.relative_to(seed).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return f"sha256:{digest.hexdigest()}"


COLUMNS = ["id", "area", "kind", "sector", "channel", "unit", "role", "note", "offset", "quote"]
SOURCED = [*COLUMNS, "document", "locator"]
"""A reading from elsewhere than the study's Annex 1 says from where; an edition may do without these two."""


def _coverage(file: Path) -> Iterable[tuple[int, Coverage]]:
    """The readings of Annex 1, each with its line."""
    reader = csv.reader(io.StringIO(text_of(file)), strict=True)
    taken: set[str] = set()
    try:
        columns = next(reader, None)
        if columns not in (SOURCED, COLUMNS):
            raise ValueError(f"the first line must be {','.join(SOURCED)}")
        for row in reader:
            if len(row) != len(columns):
                raise ValueError(f"{len(columns)} columns are expected, here are {len(row)}")
            cells = dict(zip(columns, row, strict=True))
            if cells["id"] in taken:
                raise ValueError(f"“{cells['id']}” is already taken")
            taken.add(cells["id"])
            if not (cells.get("document") or (cells["offset"] and cells["quote"])):
                raise ValueError("a reading of the study has its offset and its quote")
            reading = Coverage.model_validate(
                {name: cells[name] or None for name in COLUMNS[:-2]}
                | {
                    "citation": {
                        "document": cells.get("document") or "undp-2011",
                        "locator": cells.get("locator") or "Annex 1",
                        **({name: cells[name] for name in ("offset", "quote") if cells[name]}),
                    }
                }
            )
            yield reader.line_num, reading
    except (csv.Error, ValueError) as wrong:
        raise BadSeed(file, max(reader.line_num, 1), _first_reason(wrong)) from None


def _first_reason(wrong: Exception) -> str:
    if isinstance(wrong, ValidationError):
        first = wrong.errors(include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return str(wrong)


Place = tuple[int | str, ...]
"""Names and positions on the way to a part of plain values."""


def names_in(value: Any, key: str = "", path: Place = ()) -> Iterator[tuple[str, str, Place]]:
    """Every name in plain values that points somewhere: of what kind it is, the name, and where it stands."""
    if isinstance(value, dict):
        told = value.get("kind") in TOLD_KINDS
        for name, inner in value.items():
            yield from names_in(inner, STATEMENT if told and name == "about" else name, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from names_in(inner, _PLURAL.get(key, key), (*path, place))
    elif key in NAMED and value is not None:
        yield key, str(value), path


def known_names(catalogue: Catalogue) -> Mapping[str, Collection[str]]:
    """What the names of each kind of NAMED may be."""
    return {
        "document": catalogue.documents,
        "country": catalogue.countries,
        "group": catalogue.groups,
        "sector": catalogue.sectors,
        "modality": catalogue.modalities,
        "channel": catalogue.channels,
        "cycle_of": catalogue.instruments,
        STATEMENT: catalogue.statements,
    }


STATEMENT = "statement of the applicants"
NAMED = ("document", "country", "group", "sector", "modality", "channel", "cycle_of", STATEMENT)
_PLURAL = {
    "sectors": "sector",
    "modalities": "modality",
    "countries": "country",
    "members": "country",
    "with_channels": "channel",
}


def _check_names(seed: Path, catalogue: Catalogue) -> None:
    """Every name that points somewhere must be known."""
    known = known_names(catalogue)
    files = [seed / f"{name}.yaml" for name in ("countries", "groups", "sectors", "modalities")]
    for file in [*files, *sorted(seed.glob("channels/*.yaml")), *sorted(seed.glob("instruments/*.yaml"))]:
        root, content = parse(file)
        for kind, name, path in names_in(content):
            if kind == STATEMENT and not known[kind]:
                continue  # an edition before statements were data
            if name not in known[kind]:
                raise BadSeed(file, line_of(root, path), f"unknown {kind} “{name}”")


def _check_readings(file: Path, readings: Iterable[tuple[int, Coverage]], catalogue: Catalogue) -> None:
    areas = {slug for slug, group in catalogue.groups.items() if group.kind == "area"}
    for line, reading in readings:
        for kind, name, known in (
            (reading.kind, reading.area, catalogue.countries if reading.kind == "country" else areas),
            ("sector", reading.sector, catalogue.sectors),
            ("channel", reading.channel, catalogue.channels),
            ("document", reading.citation.document, catalogue.documents),
        ):
            if name not in known:
                raise BadSeed(file, line, f"unknown {kind} “{name}”")
