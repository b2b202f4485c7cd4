"""What one edition of the catalogue says otherwise than another, in sentences for its reviewers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import Any, Literal

from pydantic import BaseModel

from app.catalogue.facts import Amount, Catalogue, Share
from app.catalogue.label import Label
from app.sources import Citation

Kind = Literal[
    "document",
    "country",
    "group",
    "sector",
    "modality",
    "statement",
    "channel",
    "instrument",
    "reading",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is another than before.

    `kind` and `name` tell the entry (its slug, a country's alpha-3 code, a document's or a reading's
    id); no name stands for all entries of the kind. `place` leads to the part of the entry, such as
    "rule ceiling"; it is empty for a field of the entry itself, and None when `says` is told of the
    entry as a whole.
    """

    kind: Kind
    name: str
    place: str | None
    says: str

    @property
    def entry(self) -> str:
        """What the sentence is about."""
        return f"{self.kind.capitalize()} {self.name}" if self.name else f"The {_PLURAL[self.kind]}"

    @property
    def sentence(self) -> str:
        if self.place is None:
            return f"{self.entry} {self.says}"
        return f"{self.entry}, {self.place}: {self.says}" if self.place else f"{self.entry}: {self.says}"


def changes(old: Catalogue, new: Catalogue) -> tuple[Change, ...]:
    """Everything that differs, in the order of the catalogue; nothing if both say the same.

    Entries and the items of their lists are compared by what they are called, not by where they stand;
    a mere change of order is told once. Of two items called the same, the first is compared with the
    first. An item of another wording that alone cites what the old one alone cited is the same item.
    """
    return tuple(change for kind in _PLURAL for change in _of_kind(kind, old, new))


_PLURAL: Mapping[Kind, str] = {
    "document": "documents",
    "country": "countries",
    "group": "groups",
    "sector": "sectors",
    "modality": "modalities",
    "statement": "statements",
    "channel": "channels",
    "instrument": "instruments",
    "reading": "readings",
}


def _entries(kind: Kind, edition: Catalogue) -> Mapping[str, BaseModel]:
    """All entries of a kind, by name."""
    if kind == "reading":
        return {reading.id: reading for reading in edition.coverage}
    held: Mapping[str, BaseModel] = getattr(edition, _PLURAL[kind])
    return held


def _of_kind(kind: Kind, old: Catalogue, new: Catalogue) -> Iterator[Change]:
    before, after = _entries(kind, old), _entries(kind, new)
    for name, entry in before.items():
        if name not in after:
            yield Change(kind, name, None, "is gone")
            continue
        for path, says in _facts(entry, after[name]):
            yield Change(kind, name, ", ".join(path), says)
    for name in after:
        if name not in before:
            yield Change(kind, name, None, "is new")
    # Channels and instruments stand in the order of their names; in the other files, order means something.
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield Change(kind, "", None, "stand in another order")


Told = tuple[tuple[str, ...], str]
"""The way to a part of an entry, and what is told of it."""


def _facts(old: BaseModel, new: BaseModel) -> Iterator[Told]:
    """What differs between two facts, field by field; of a rule of another kind also the kind."""
    for name in dict.fromkeys([*type(old).model_fields, *type(new).model_fields]):
        yield from _values(name, getattr(old, name, None), getattr(new, name, None))


def _values(name: str, old: Any, new: Any) -> Iterator[Told]:
    """What differs in one field."""
    words = _FIELDS.get(name, name.replace("_", " "))
    if old == new:
        return
    if isinstance(old, tuple) and isinstance(new, tuple):
        yield from _items(name, old, new)
    elif isinstance(old, Mapping) or isinstance(new, Mapping):
        before, after = old or {}, new or {}
        for key in dict.fromkeys([*before, *after]):
            yield from _values(f"{words} {key}", before.get(key), after.get(key))
    elif isinstance(old, Label) and isinstance(new, Label):
        for tag in Label.model_fields:
            yield from _values(f"{words} in {_LANGUAGES[tag]}", getattr(old, tag), getattr(new, tag))
    elif isinstance(old, Citation) and isinstance(new, Citation):
        yield (), f"source changed: {_source(old, new)} → {_source(new, old)}"
    elif isinstance(old, BaseModel) and isinstance(new, BaseModel):
        for path, says in _facts(old, new):
            yield (words, *path), says
    elif old is None:
        yield (), f"{words} added: {_shown(name, new)}"
    elif new is None:
        yield (), f"{words} removed: {_shown(name, old)}"
    else:
        yield (), f"{words} {_shown(name, old, quoted=True)} → {_shown(name, new, quoted=True)}"


def _items(name: str, old: Iterable[Any], new: Iterable[Any]) -> Iterator[Told]:
    """What differs between two lists."""
    plural = _FIELDS.get(name, name.replace("_", " "))
    one = _SINGULAR.get(name, plural.removesuffix("s"))
    before, after = _called(old), _called(new)
    same = {key: key for key in before if key in after} | _reworded(before, after)
    for key, item in before.items():
        if key in same and isinstance(item, BaseModel):
            for path, says in _facts(item, after[same[key]]):
                yield (f"{one} {_quoted(shorten(key[0], 70, placeholder=' …'))}", *path), says
    removed = [item for key, item in before.items() if key not in same]
    added = [item for key, item in after.items() if key not in same.values()]
    for verb, items in (("removed", removed), ("added", added)):
        if len(items) > 1 and all(isinstance(item, str) and _is_code(item) for item in items):
            yield (), f"{plural} {verb}: {', '.join(items)}"
        else:
            for item in items:
                yield (), f"{one} {verb}: {_shown(name, item)}"
    if [same[key] for key in before if key in same] != [key for key in after if key in same.values()]:
        yield (), f"order of {plural} changed"


Key = tuple[str, int]
"""What an item is called, and its turn among those called the same."""


def _called(items: Iterable[Any]) -> dict[Key, Any]:
    """The items of a list by what they are called."""
    found: dict[Key, Any] = {}
    for item in items:
        called, turn = _name(item), 0
        while (called, turn) in found:
            turn += 1
        found[called, turn] = item
    return found


_CODES = ("id", "slug", "iso3", "country", "modality")
_WORDINGS = ("name", "label", "step", "statement", "what")
"""Fields that items are called by, the first that an item has."""


def _name(item: Any) -> str:
    if isinstance(item, str):
        return item
    field = next(field for field in _CODES + _WORDINGS if field in type(item).model_fields)
    called: str | Label = getattr(item, field)
    return called.en if isinstance(called, Label) else called


def _reworded(before: Mapping[Key, Any], after: Mapping[Key, Any]) -> dict[Key, Key]:
    """Items that are called by their wording and have another one now, by the place that they alone cite."""

    def cited(here: Mapping[Key, Any], there: Mapping[Key, Any]) -> dict[Citation, list[Key]]:
        found: dict[Citation, list[Key]] = {}
        for key, item in here.items():
            if key not in there and not isinstance(item, str) and not _has_code(item):
                found.setdefault(item.citation, []).append(key)
        return found

    old, new = cited(before, after), cited(after, before)
    return {
        keys[0]: new[citation][0]
        for citation, keys in old.items()
        if len(keys) == 1 and len(new.get(citation, ())) == 1
    }


def _has_code(item: Any) -> bool:
    return any(field in type(item).model_fields for field in _CODES)


def _shown(name: str, value: Any, *, quoted: bool = False) -> str:
    """A value in words; texts in quotation marks where they would run into other words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value) if name == "year" else f"{value:,}" if isinstance(value, int) else f"{value:g}"
    if isinstance(value, str):
        return _quoted(value) if quoted else value
    if isinstance(value, tuple):
        return ", ".join(_shown(name, item) for item in value) or "none"
    if isinstance(value, Citation):
        return _source(value, None)
    if isinstance(value, Amount):
        return f"{value.what}: {value.usd:,} US dollars"
    if isinstance(value, Share):
        return f"{value.what}: {value.percent:g} percent"
    if isinstance(because := getattr(value, "because", None), Label):
        return f"{_name(value)} ({because.en})"
    return _name(value)


def _quoted(text: str) -> str:
    return text if _is_code(text) else f"“{text}”"


def _is_code(text: str) -> bool:
    return " " not in text and text.isascii()


def _source(source: Citation, other: Citation | None) -> str:
    """The place of a source; the quote where the other one differs in nothing else."""
    place = f"{source.document}, {source.locator}"
    if source.offset is not None:
        place += f", at {source.offset}"
    elsewhere = other is None or source.model_copy(update={"quote": other.quote}) != other
    return place if elsewhere else f"{place} “{source.quote}”"


_LANGUAGES = {"en": "English", "es": "Spanish", "pt": "Portuguese", "fr": "French", "nl": "Dutch"}

_FIELDS = {
    "iso2": "alpha-2 code",
    "usd": "US dollars",
    "as_of": "date (as of)",
    "told": "depth of the source",
    "for_postings": "use in postings",
    "not_stated": "things not stated",
    "with_channels": "channels with a share",
    "cycle": "steps of the cycle",
    "funding": "statements on funding",
    "matchmaking": "statements on match-making",
    "prospects": "statements on prospects",
    "citation": "source",
}
"""What a field is called where its own name does not say it."""

_SINGULAR = {
    "countries": "country",
    "modalities": "modality",
    "not_stated": "thing not stated",
    "with_channels": "channel with a share",
    "cycle": "step of the cycle",
    "funding": "statement on funding",
    "matchmaking": "statement on match-making",
    "prospects": "statement on prospects",
}
"""What one item of a list is called where it is not the list's name without an s."""
