"""A correction: one change of an entry of the catalogue, with the source it rests on.

Nobody edits a fact in place. Whoever knows better says what the entry should say and where that is
written; an editor accepts or refuses it, and an accepted one goes into seed/ as a patch
(`app.catalogue.patch`), which the next edition loads.

What is changed is one field of the entry, or one item of a field that is a list. It is kept as what
stands there and what should stand there, never as a position: other corrections may come before it.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
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

LONGEST_VALUE = 20_000
"""Characters that a value may have, written as JSON: several times what the longest rule has."""

LARGEST_NUMBER = 10**15

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
    The value is kept as the edition would have it: white space stripped, and what is left out named.

    Raises:
        Invalid: for a pointer that leads nowhere, and for a value with which the edition would not load.
    """
    entry = entry_of(catalogue, kind, slug)
    if entry is None:
        raise KeyError(slug)
    path = _path(pointer, entry)
    name = path[0]
    field = entry[name]
    holder: Json = {name: deepcopy(field)}
    _apply(holder, path, op, _readable(value))
    _cite(kind, holder, path, source, field)
    if not isinstance(field, list):
        correction = Correction(kind, slug, name, field, holder.get(name), source)
    elif len(path) == 1:
        if _cited(_model_at(_shape(kind, name), [name, "0"])):
            one_by_one = f"Each item has its source: correct /{name}/0 and the others, or add to /{name}/-."
            raise Invalid([Fault("/pointer", one_by_one)])
        correction = Correction(kind, slug, name, field, holder.get(name, []), source)
    else:
        at = int(path[1])
        before = field[at] if at < len(field) else None
        after = None if op == "remove" and len(path) == 2 else holder[name][at]
        if after is None and op != "remove":
            raise Invalid([Fault("/value", "An item of a list is not null; take it out with “remove”.")])
        if name == READINGS and after is not None:
            after = _reading(after, before, slug)
        correction = Correction(kind, slug, name, before, after, source)
    correction = _as_it_will_stand(correction, field, applied(catalogue, correction))
    item = isinstance(field, list) and len(path) > 1
    if correction.before == correction.after or (item and correction.after in field):
        raise Invalid([_SAID_ALREADY])
    return correction


_SAID_ALREADY = Fault("/value", "This is what the entry says already.")


def _as_it_will_stand(correction: Correction, field: Json, meant: Catalogue) -> Correction:
    """The correction with its value as the edition has it that it makes, so that it is known again there."""
    if correction.after is None:
        return correction
    said = (entry_of(meant, correction.entry_kind, correction.entry) or {})[correction.field]
    if isinstance(field, list) and not isinstance(correction.after, list):
        said = said[-1 if correction.before is None else field.index(correction.before)]
    return replace(correction, after=said)


def _readable(value: Json) -> Json:
    """A value without what no file of seed/ can hold; line ends as there.

    Raises:
        Invalid: for control characters, and for what is too long or too large.
    """
    if len(json.dumps(value, ensure_ascii=False)) > LONGEST_VALUE:
        raise Invalid([Fault("/value", f"This is longer than {LONGEST_VALUE:,} characters.")])
    faults: dict[str, Fault] = {}

    def read(inner: Json) -> Json:
        if isinstance(inner, dict):
            return {read(name): read(one) for name, one in inner.items()}
        if isinstance(inner, list):
            return [read(one) for one in inner]
        if isinstance(inner, int) and abs(inner) > LARGEST_NUMBER:
            faults["number"] = Fault("/value", f"This has a number above {LARGEST_NUMBER:,}.")
        if not isinstance(inner, str):
            return inner
        text = _LINE_END.sub("\n", inner)
        for character in text:
            if unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t":
                code = f"U+{ord(character):04X}"
                faults[code] = Fault("/value", f"This contains the control character {code}.")
        return text

    found = read(value)
    if faults:
        raise Invalid([*faults.values()])
    return found


_LINE_END = re.compile("\r\n|[\r\x85\u2028\u2029]")
"""Whatever ends a line but the one character that does so in seed/."""


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
    """Change plain values in place; a path that adds to a list comes to name the place of the new item.

    Raises:
        Invalid: when the path leads nowhere.
    """
    missing = Invalid([Fault("/pointer", "There is nothing at this place of the entry.")])
    at = holder
    for name in path[:-1]:
        at = _inside(at, name)
        if at is _NOTHING:
            raise missing
    if op == "add" and isinstance(_inside(at, path[-1]), list):
        at = _inside(at, path[-1])
        path.append("-")
    last = path[-1]
    if op == "add" and isinstance(at, list):
        if last != "-":
            raise Invalid([Fault("/pointer", "Adding to a list ends with “-”: an item goes to its end.")])
        if value in at:
            raise Invalid([_SAID_ALREADY])
        at.append(value)
        path[-1] = str(len(at) - 1)
    elif op == "add" and isinstance(at, dict):
        at[last] = value
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
    if isinstance(value, list) and re.fullmatch(r"0|[1-9][0-9]{0,3}", name) and int(name) < len(value):
        return value[int(name)]
    return _NOTHING


def _cite(kind: EntryKind, holder: Json, path: list[str], source: Source, field: Json) -> None:
    """Give the innermost fact on the way its new source, and those inside it that did not stand there."""
    shape = _shape(kind, path[0])
    at = holder
    fact: Json = None
    for place, name in enumerate(path, start=1):
        at = _inside(at, name)
        if isinstance(at, dict) and _cited(_model_at(shape, path[:place])):
            fact = at
    stood = list(_objects(field))
    for inner in _facts_in(shape, path, at):
        if inner not in stood:
            inner["citation"] = source.citation
    if fact is not None:
        fact["citation"] = source.citation


def _facts_in(shape: Any, path: list[str], value: Json) -> Iterator[dict[str, Json]]:
    """The facts inside a value, itself left out, that carry a source of their own."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        here = [*path, str(name)]
        if isinstance(inner, dict) and _cited(_model_at(shape, here)):
            yield inner
        yield from _facts_in(shape, here, inner)


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects(inner)


def _cited(model: type[BaseModel] | None) -> bool:
    return model is not None and "citation" in model.model_fields


def _shape(kind: EntryKind, name: str) -> Any:
    return SHAPES[kind] if name != READINGS else _Row


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


def _reading(given: Json, before: Json, iso3: str) -> Json:
    """A reading with what nobody has to say of it: the row it stands in, and its id.

    Raises:
        Invalid: when it names another row, or another id than it has.
    """
    if not isinstance(given, dict):
        return given
    said = {name: inner for name, inner in given.items() if name not in MADE_HERE}
    for name in ("unit", "note"):
        text = said.get(name)
        said[name] = text.strip() or None if isinstance(text, str) else text
    content = json.dumps(said, sort_keys=True)
    new = coined(f"{iso3} {said.get('sector')} {said.get('channel')}", content)
    made = {"id": before["id"] if before else new, "area": iso3, "kind": "country"}
    faults = [
        Fault("/value", f"The {name} of a reading is not corrected: it is {made[name]}, or left out.")
        for name in MADE_HERE
        if given.get(name) not in (None, made[name])
    ]
    if faults:
        raise Invalid(faults)
    return said | made


MADE_HERE = ("id", "area", "kind")
"""Parts of a reading that follow from its place and its content."""


def coined(stem: str, content: str) -> str:
    """A name for something new: to be read, and another one for another content.

    Two who propose at once do not know of each other, and neither do their corrections.
    """
    words = re.sub(r"[^a-z0-9]+", "-", stem.lower())[:60].strip("-") or "new"
    return f"{words}-{hashlib.sha256(content.encode()).hexdigest()[:6]}"


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
    rows = tuple(_fact(Coverage, reading, correction) for reading in readings or ())
    _check_names(entry if readings is None else {READINGS: readings}, replace(catalogue, documents=documents))
    if correction.entry_kind == "channel":
        return replace(
            catalogue, documents=documents, channels={**catalogue.channels, correction.entry: fact}
        )
    if correction.entry_kind == "instrument":
        instruments = {**catalogue.instruments, correction.entry: fact}
        return replace(catalogue, documents=documents, instruments=instruments)
    countries = {**catalogue.countries, correction.entry: fact}
    ids = [reading.id for reading in rows]
    if twice := {id for id in ids if ids.count(id) > 1} | (set(ids) & _ids_elsewhere(catalogue, correction)):
        raise Invalid([Fault("/value", f"There is a reading {min(twice)} already.")])
    others = [reading for reading in catalogue.coverage if reading.area != correction.entry]
    places = [place for place, one in enumerate(catalogue.coverage) if one.area == correction.entry]
    at = places[0] if places else len(others)
    return replace(
        catalogue,
        documents=documents,
        countries=countries,
        coverage=(*others[:at], *rows, *others[at:]),
    )


def _ids_elsewhere(catalogue: Catalogue, correction: Correction) -> set[str]:
    return {reading.id for reading in catalogue.coverage if reading.area != correction.entry}


def is_in(catalogue: Catalogue, correction: Correction) -> bool:
    """Whether the edition says already what the correction wants it to say."""
    entry = entry_of(catalogue, correction.entry_kind, correction.entry)
    if entry is None:
        return False
    field = entry[correction.field]
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
    # Strictly: “20.000” is no number here, though a lenient reader would take it for twenty.
    try:
        return shape.model_validate_json(json.dumps(value), strict=True)
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
