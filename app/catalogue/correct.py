"""A correction: one change of an entry of the catalogue, with the source it rests on.

Nobody edits a fact in place. Whoever knows better says what the entry should say and where that is
written; an editor accepts or refuses it, and an accepted one goes into seed/ as a patch
(`app.catalogue.patch`), which the next edition loads.

What is changed is one field of the entry, or one item of a field that is a list. It is kept as what
stands there and what should stand there, never as a position: other corrections may come before it.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from app.catalogue.facts import Catalogue, Channel, Country, Coverage, Instrument
from app.catalogue.load import known_names, names_in
from app.errors import Fault, Invalid
from app.sources import Document

EntryKind = Literal["country", "channel", "instrument"]
Op = Literal["add", "replace", "remove"]

SHAPES: Mapping[EntryKind, type[Country] | type[Channel] | type[Instrument]] = {
    "country": Country,
    "channel": Channel,
    "instrument": Instrument,
}

FIXED = ("slug", "iso3", "iso2", "citation")
"""Fields that name an entry or are made here, and so are not corrected."""

READINGS = "coverage"
"""The field of a country that holds its own row of Annex 1, a list of readings."""

_NAMED_BY_COUNTRY = ("area", "kind")
"""What a reading need not say: it stands in the country's own row."""

Json = Any


@dataclass(frozen=True)
class Source:
    """Where it is written: a document, known already or to be added to the register, and the place in it."""

    document: Document
    locator: str

    @property
    def citation(self) -> dict[str, Json]:
        return {"document": self.document.id, "locator": self.locator, "offset": None, "quote": None}


@dataclass(frozen=True)
class Correction:
    """One change. `before` None adds an item, `after` None takes one out; both are plain JSON values."""

    entry_kind: EntryKind
    entry: str
    field: str
    before: Json
    after: Json
    source: Source


class Outdated(Exception):
    """What a correction would change does not stand in the entry any more."""


def entries(catalogue: Catalogue, kind: EntryKind) -> Mapping[str, Country | Channel | Instrument]:
    """The entries of a kind that can be corrected, by slug or alpha-3 code."""
    if kind == "country":
        return catalogue.countries
    return catalogue.channels if kind == "channel" else catalogue.instruments


def entry_of(catalogue: Catalogue, kind: EntryKind, slug: str) -> dict[str, Json] | None:
    """An entry as plain JSON values, a country with its readings; None if there is no such entry."""
    found = entries(catalogue, kind).get(slug)
    if found is None:
        return None
    entry = found.model_dump(mode="json")
    if kind == "country":
        entry[READINGS] = [reading.model_dump(mode="json") for reading in catalogue.readings(slug)]
    return entry


def propose(
    catalogue: Catalogue, kind: EntryKind, slug: str, op: Op, pointer: str, value: Json, source: Source
) -> Correction:
    """Read a change of an entry that exists, as JSON Patch would say it (RFC 6902, RFC 6901 pointers).

    The fact that is changed gets `source` for its citation. `-` at the end of a pointer adds to a list.

    Raises:
        Invalid: for a pointer that leads nowhere, and for a value with which the edition would not load.
    """
    entry = entry_of(catalogue, kind, slug)
    if entry is None:
        raise KeyError(slug)
    path = _path(pointer, entry)
    name = path[0]
    before_field = entry[name]
    amended = deepcopy(before_field)
    holder: Json = {name: amended}
    _apply(holder, path, op, deepcopy(value))
    after_field = holder.get(name)
    if not isinstance(before_field, list) or len(path) == 1:
        _cite(kind, holder, path, source)
        correction = Correction(kind, slug, name, before_field, holder.get(name), source)
    else:
        at = len(after_field) - 1 if path[1] == "-" else int(path[1])
        before = None if op == "add" and len(path) == 2 else before_field[at]
        after = None
        if op != "remove" or len(path) > 2:
            _cite(kind, holder, [name, str(at), *path[2:]], source)
            after = holder[name][at]
        if name == READINGS and after is not None:
            after = _reading(after, slug, catalogue)
        correction = Correction(kind, slug, name, before, after, source)
    if correction.before == correction.after:
        raise Invalid([Fault("/value", "This is what the entry says already.")])
    applied(catalogue, correction)
    return correction


def _path(pointer: str, entry: Mapping[str, Json]) -> list[str]:
    """The names of a pointer. A reading may be named by its id."""
    if not pointer.startswith("/") or len(pointer) > 200:
        raise Invalid([Fault("/pointer", "A pointer begins with “/” and a field, such as /facts/0.")])
    path = [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]
    known = [name for name in entry if name not in FIXED]
    if path[0] not in known:
        raise Invalid(
            [Fault("/pointer", f"“{path[0][:100]}” is not a field to correct; those are {', '.join(known)}.")]
        )
    if "citation" in path:
        raise Invalid(
            [Fault("/pointer", "The citation is made of “source”; correct the fact it belongs to.")]
        )
    if path[0] == READINGS and len(path) > 1:
        ids = [reading["id"] for reading in entry[READINGS]]
        path[1] = str(ids.index(path[1])) if path[1] in ids else path[1]
    return path


def _apply(holder: Json, path: list[str], op: Op, value: Json) -> None:
    """Change plain values in place.

    Raises:
        Invalid: when the path leads nowhere.
    """
    missing = Invalid([Fault("/pointer", "There is nothing at this place of the entry.")])
    at = holder
    for name in path[:-1]:
        at = _inside(at, name)
        if at is _NOTHING:
            raise missing
    last = path[-1]
    if op == "add" and isinstance(at, dict) and isinstance(at.get(last), list):
        at[last].append(value)
        path.append("-")
    elif op == "add" and isinstance(at, list):
        if last != "-":
            raise Invalid([Fault("/pointer", "Adding to a list ends with “-”: an item goes to its end.")])
        at.append(value)
    elif _inside(at, last) is _NOTHING:
        raise missing
    elif isinstance(at, list):
        at[int(last) : int(last) + 1] = [] if op == "remove" else [value]
    elif op == "remove":
        del at[last]
    else:
        at[last] = value


_NOTHING = object()


def _inside(value: Json, name: str) -> Json:
    if isinstance(value, dict):
        return value.get(name, _NOTHING)
    if isinstance(value, list) and re.fullmatch(r"\d{1,4}", name) and int(name) < len(value):
        return value[int(name)]
    return _NOTHING


def _cite(kind: EntryKind, holder: Json, path: list[str], source: Source) -> None:
    """Give the innermost fact on the way its new source; a fact that is given whole gets it too."""
    shape: Any = SHAPES[kind] if path[0] != READINGS else _Row
    at = holder
    fact: Json = None
    for place, name in enumerate(path, start=1):
        at = _inside(at, name)
        model = _model_at(shape, path[:place])
        if isinstance(at, dict) and model is not None and "citation" in model.model_fields:
            fact = at
    if fact is not None:
        fact["citation"] = source.citation


class _Row(BaseModel):
    """The field that a country's entry has beside its own."""

    coverage: tuple[Coverage, ...]


def _model_at(shape: Any, path: list[str]) -> type[BaseModel] | None:
    """The kind of fact that stands at a place of an entry; None for plain values."""
    if get_origin(shape) in (Annotated, UnionType, Union):
        # Of several kinds of rules any will do here: all of them carry a citation.
        return _model_at(get_args(shape)[0], path)
    if get_origin(shape) is tuple:
        return _model_at(get_args(shape)[0], path[1:]) if path else None
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return None
    if not path:
        return shape
    field = shape.model_fields.get(path[0])
    return _model_at(field.annotation, path[1:]) if field else None


def _reading(given: Json, iso3: str, catalogue: Catalogue) -> Json:
    """A reading with what the row it stands in says of it."""
    if not isinstance(given, dict):
        return given
    taken = {reading.id for reading in catalogue.coverage}
    stem = f"{iso3}-{given.get('sector')}-{given.get('channel')}".lower()
    names = (stem if count == 1 else f"{stem}-{count}" for count in range(1, len(taken) + 2))
    new = next(name for name in names if name not in taken)
    nothing = {"unit": None, "note": None}
    return nothing | given | {"id": given.get("id") or new, "area": iso3, "kind": "country"}


# From a correction to the edition it would make.


def applied(catalogue: Catalogue, correction: Correction) -> Catalogue:
    """The catalogue with a correction in it. It keeps the name of its edition: it is none yet.

    Raises:
        Outdated: when what it changes does not stand there any more.
        Invalid: when the entry would not load with it.
    """
    entry = entry_of(catalogue, correction.entry_kind, correction.entry)
    if entry is None:
        raise Outdated(f"there is no {correction.entry_kind} {correction.entry}")
    entry[correction.field] = changed(entry[correction.field], correction)
    document = correction.source.document
    documents = {document.id: document, **catalogue.documents}
    readings = entry.pop(READINGS, None)
    fact = _fact(SHAPES[correction.entry_kind], entry, correction)
    _check_names(entry if readings is None else {READINGS: readings}, replace(catalogue, documents=documents))
    if correction.entry_kind == "channel":
        return replace(
            catalogue, documents=documents, channels={**catalogue.channels, correction.entry: fact}
        )
    if correction.entry_kind == "instrument":
        instruments = {**catalogue.instruments, correction.entry: fact}
        return replace(catalogue, documents=documents, instruments=instruments)
    countries = {**catalogue.countries, correction.entry: fact}
    rows = tuple(_fact(Coverage, reading, correction) for reading in readings or ())
    others = [reading for reading in catalogue.coverage if reading.area != correction.entry]
    places = [place for place, one in enumerate(catalogue.coverage) if one.area == correction.entry]
    at = places[0] if places else len(others)
    return replace(
        catalogue,
        documents=documents,
        countries=countries,
        coverage=(*others[:at], *rows, *others[at:]),
    )


def is_in(catalogue: Catalogue, correction: Correction) -> bool:
    """Whether the edition says already what the correction wants it to say."""
    field = (entry_of(catalogue, correction.entry_kind, correction.entry) or {}).get(correction.field)
    if isinstance(field, list) and not isinstance(correction.before or correction.after, list):
        gone = correction.before is None or correction.before not in field
        return gone and (correction.after is None or correction.after in field)
    return bool(field == correction.after)


def changed(field: Json, correction: Correction) -> Json:
    """A field of an entry with the correction in it.

    Raises:
        Outdated: when what it changes does not stand there.
    """
    if not isinstance(field, list) or isinstance(correction.before, list):
        if field != correction.before:
            raise Outdated(f"{correction.field} has changed since")
        return correction.after
    if correction.before is None:
        return [*field, correction.after]
    if correction.before not in field:
        raise Outdated(f"the item of {correction.field} has changed since")
    at = field.index(correction.before)
    return [*field[:at], *([] if correction.after is None else [correction.after]), *field[at + 1 :]]


def _fact(shape: type[Any], value: Json, correction: Correction) -> Any:
    try:
        return shape.model_validate(value)
    except ValidationError as wrong:
        raise Invalid([_fault(error, correction) for error in wrong.errors(include_url=False)]) from None


def _fault(error: Any, correction: Correction) -> Fault:
    """A fault of the entry as one of the value that was sent; the place inside the entry is said in words."""
    where = [str(part) for part in error["loc"] if part != correction.field and not str(part).isdigit()]
    said = error["msg"].removeprefix("Value error, ")
    place = f"{correction.field}: {' '.join(where)}: " if where else f"{correction.field}: "
    return Fault("/value", f"{place}{said}.")


def _check_names(value: Json, catalogue: Catalogue) -> None:
    known = known_names(catalogue)
    faults = [
        Fault("/value", f"“{name[:100]}” is not a {kind} of the catalogue.")
        for kind, name, _ in names_in(value)
        if name not in known[kind]
    ]
    if faults:
        raise Invalid(faults)
