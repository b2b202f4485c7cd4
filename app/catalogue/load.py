"""seed/ -> Catalogue, whole or not at all. A digest over every file names the edition."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

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
from app.catalogue.rules import TOLD_KINDS
from app.sources import Document

F = TypeVar("F", bound=BaseModel)


class BadSeed(Exception):
    """A file of seed/ that cannot be loaded: where, and why."""

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason


def load(seed: Path) -> Catalogue:
    """Read a whole edition.

    Raises:
        BadSeed: naming file, line and reason, for a fact without a source, an unknown slug, a
            misspelt name, or anything else that is not as it should be. Nothing is loaded then.
    """
    if not (seed / "sources.yaml").is_file():
        raise BadSeed(seed, 1, "no catalogue here: sources.yaml is missing")
    documents = _by(_listed(seed / "sources.yaml", Document), lambda d: d.id)
    readings = list(_coverage(seed / "coverage.csv"))
    catalogue = Catalogue(
        documents=documents,
        countries=_by(_listed(seed / "countries.yaml", Country), lambda c: c.iso3),
        groups=_by(_listed(seed / "groups.yaml", Group), lambda g: g.slug),
        sectors=_by(_listed(seed / "sectors.yaml", Sector), lambda s: s.slug),
        modalities=_by(_listed(seed / "modalities.yaml", Modality), lambda m: m.slug),
        statements=_by(_listed(seed / "statements.yaml", Statement), lambda s: s.slug),
        channels=_by(_each(seed / "channels", Channel), lambda c: c.slug),
        instruments=_by(_each(seed / "instruments", Instrument), lambda i: i.slug),
        coverage=tuple(reading for _, reading in readings),
        edition=_digest(seed),
    )
    _check_names(seed, catalogue)
    _check_readings(seed / "coverage.csv", readings, catalogue)
    return catalogue


def _digest(seed: Path) -> str:
    """sha256 over the facts (not the sample postings), each file by its name and its bytes."""
    digest = hashlib.sha256()
    files = [*seed.glob("*.yaml"), *seed.glob("*.csv"), *seed.glob("*s/*.yaml")]
    for file in sorted(file for file in files if file.parent.name != "postings"):
        digest.update(file.relative_to(seed).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return f"sha256:{digest.hexdigest()}"


Placed = tuple[F, Path, Callable[[tuple[int | str, ...]], int]]
"""A fact, its file, and a way to find the line of any part of it."""


def _by(found: Iterable[Placed[F]], key: Callable[[F], str]) -> Mapping[str, F]:
    known: dict[str, F] = {}
    for fact, file, line in found:
        if key(fact) in known:
            raise BadSeed(file, line(()), f"“{key(fact)}” is already taken")
        known[key(fact)] = fact
    return known


def _listed(file: Path, shape: type[F]) -> Iterable[Placed[F]]:
    """The facts of a file that holds a list."""
    root, content = _parse(file)
    if not isinstance(content, list):
        raise BadSeed(file, 1, "a list is expected")
    for place, item in enumerate(content):
        yield _fact(file, root, (place,), item, shape)


def _each(folder: Path, shape: type[F]) -> Iterable[Placed[F]]:
    """One fact per file, in the order of their names."""
    if not folder.is_dir():
        raise BadSeed(folder, 1, "the folder is missing")
    for file in sorted(folder.glob("*.yaml")):
        root, content = _parse(file)
        fact = _fact(file, root, (), content, shape)
        if getattr(fact[0], "slug", file.stem) != file.stem:
            raise BadSeed(file, _line(root, ("slug",)), f"the slug must be the file's name, {file.stem}")
        yield fact


def _fact(
    file: Path, root: yaml.Node, place: tuple[int | str, ...], content: Any, shape: type[F]
) -> Placed[F]:
    try:
        fact = shape.model_validate(content)
    except ValidationError as wrong:
        # A misspelt name is also a missing one: what stands there is the better clue.
        first = min(wrong.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
        where = place + tuple(first["loc"])
        named = ".".join(str(part) for part in first["loc"]) or shape.__name__
        raise BadSeed(file, _line(root, where), f"{named}: {first['msg']}") from None
    return fact, file, lambda inner: _line(root, place + inner)


class _Loader(yaml.CSafeLoader):
    """YAML, but that a day without quotes stays the text it is: facts hold no other days."""


def _as_written(loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> object:
    return loader.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as missing:
        raise BadSeed(file, 1, f"cannot be read: {missing.strerror}") from None
    except UnicodeDecodeError as wrong:
        raise BadSeed(
            file, wrong.object.count(b"\n", 0, wrong.start) + 1, f"not UTF-8: {wrong.reason}"
        ) from None


def _parse(file: Path) -> tuple[yaml.Node, Any]:
    """What a file holds: its nodes, which know their lines, and its values."""
    loader, root = _composed(file)
    _refuse_repeated_keys(file, root)
    try:
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as wrong:
        raise BadSeed(file, _marked(wrong), f"not YAML: {wrong.problem}") from None


def _composed(file: Path) -> tuple[_Loader, yaml.Node]:
    text = _text(file)
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as wrong:
        raise BadSeed(file, _marked(wrong), f"not YAML: {wrong.problem}") from None
    except yaml.reader.ReaderError as wrong:
        line = text.count("\n", 0, text.index(chr(wrong.character))) + 1
        raise BadSeed(file, line, f"not YAML: {wrong.reason}") from None
    if root is None:
        raise BadSeed(file, 1, "the file is empty")
    return loader, root


def _marked(wrong: yaml.MarkedYAMLError) -> int:
    return wrong.problem_mark.line + 1 if wrong.problem_mark else 1


def _refuse_repeated_keys(file: Path, node: yaml.Node) -> None:
    """YAML keeps the last of two equal keys; a reviewer would not see which."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise BadSeed(file, key.start_mark.line + 1, "a name is expected before the colon")
            if key.value in seen:
                raise BadSeed(file, key.start_mark.line + 1, f"“{key.value}” stands twice")
            seen.add(key.value)
            _refuse_repeated_keys(file, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated_keys(file, value)


def _line(node: yaml.Node, path: tuple[int | str, ...]) -> int:
    """The line of the deepest part of `path` that exists; a union's tag in the path is passed over."""
    line: int = node.start_mark.line + 1
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == part]
            if not found:
                continue
            line = found[0][0].start_mark.line + 1
            node = found[0][1]
            continue
        line = node.start_mark.line + 1
    return line


_COLUMNS = ["id", "area", "kind", "sector", "channel", "unit", "role", "note", "offset", "quote"]


def _coverage(file: Path) -> Iterable[tuple[int, Coverage]]:
    """The readings of Annex 1, each with its line."""
    reader = csv.reader(io.StringIO(_text(file)), strict=True)
    taken: set[str] = set()
    try:
        if next(reader, None) != _COLUMNS:
            raise ValueError(f"the first line must be {','.join(_COLUMNS)}")
        for row in reader:
            if len(row) != len(_COLUMNS):
                raise ValueError(f"{len(_COLUMNS)} columns are expected, here are {len(row)}")
            cells = dict(zip(_COLUMNS, row, strict=True))
            if cells["id"] in taken:
                raise ValueError(f"“{cells['id']}” is already taken")
            taken.add(cells["id"])
            reading = Coverage.model_validate(
                {name: cells[name] or None for name in _COLUMNS[:-2]}
                | {
                    "citation": {
                        "document": "undp-2011",
                        "locator": "Annex 1",
                        "offset": cells["offset"],
                        "quote": cells["quote"],
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


def _check_names(seed: Path, catalogue: Catalogue) -> None:
    """Every name that points somewhere must be known."""
    known = {
        "document": catalogue.documents,
        "country": catalogue.countries,
        "group": catalogue.groups,
        "sector": catalogue.sectors,
        "modality": catalogue.modalities,
        "channel": catalogue.channels,
        "statement of the applicants": catalogue.statements,
    }
    plural = {
        "sectors": "sector",
        "modalities": "modality",
        "countries": "country",
        "members": "country",
        "with_channels": "channel",
    }

    def walk(file: Path, node: yaml.Node, key: str) -> None:
        if isinstance(node, yaml.MappingNode):
            kind = next((value.value for name, value in node.value if name.value == "kind"), None)
            for name, value in node.value:
                told = name.value == "about" and kind in TOLD_KINDS
                walk(file, value, "statement of the applicants" if told else name.value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                walk(file, value, plural.get(key, key if key not in known else ""))
        elif key in known and node.tag != "tag:yaml.org,2002:null" and node.value not in known[key]:
            raise BadSeed(file, node.start_mark.line + 1, f"unknown {key} “{node.value}”")

    files = [seed / f"{name}.yaml" for name in ("countries", "groups", "sectors", "modalities")]
    for file in [*files, *sorted(seed.glob("channels/*.yaml")), *sorted(seed.glob("instruments/*.yaml"))]:
        walk(file, _composed(file)[1], "")


def _check_readings(file: Path, readings: Iterable[tuple[int, Coverage]], catalogue: Catalogue) -> None:
    areas = {slug for slug, group in catalogue.groups.items() if group.kind == "area"}
    for line, reading in readings:
        for kind, name, known in (
            (reading.kind, reading.area, catalogue.countries if reading.kind == "country" else areas),
            ("sector", reading.sector, catalogue.sectors),
            ("channel", reading.channel, catalogue.channels),
        ):
            if name not in known:
                raise BadSeed(file, line, f"unknown {kind} “{name}”")
