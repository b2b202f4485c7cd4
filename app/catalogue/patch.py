"""Accepted corrections as a patch to seed/: the files with the changes in them, and nothing else moved.

A file of facts is written by people: a correction writes anew the lines of what it corrects and leaves
the rest as it stands. Whoever exports reads the result again and compares it with what was meant.
"""

import csv
import io
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from app.catalogue.correct import READINGS, Correction, Json, Outdated, applied, changed, entry_of, is_in
from app.catalogue.facts import Catalogue
from app.catalogue.load import COLUMNS, SOURCED, load
from app.catalogue.reading import BadSeed
from app.errors import Invalid

WIDTH = 110
"""Columns that a written line may have."""

Texts = Mapping[Path, str]
"""Files of seed/ by their path below it."""


@dataclass(frozen=True)
class Export:
    """Corrections as a unified difference; some are not in it: those in the edition already, or outdated.

    Outdated is what changes something that stands there no more, and what does not go with the others.
    """

    patch: str
    written: tuple[Correction, ...]
    held: tuple[Correction, ...]
    outdated: tuple[Correction, ...]


def export(seed: Path, catalogue: Catalogue, corrections: Iterable[Correction]) -> Export:
    """The patch that brings `corrections`, in their order, into `seed`, whose edition `catalogue` is.

    The patched files are loaded, in a folder of their own, and must say what was meant.

    Raises:
        BadSeed: if they do not load.
    """
    texts: Texts = {}
    meant = catalogue
    found: dict[str, list[Correction]] = {"written": [], "held": [], "outdated": []}
    for correction in corrections:
        if is_in(meant, correction):
            found["outdated" if _is_moot(correction, found["written"]) else "held"].append(correction)
            continue
        try:
            after = applied(meant, correction)
            texts = patched(texts, seed, meant, correction)
        except (Outdated, Invalid):
            found["outdated"].append(correction)
            continue
        meant = after
        found["written"].append(correction)
    if texts:
        _read_again(texts, seed, meant)
    return Export(as_patch(texts, seed), **{name: tuple(held) for name, held in found.items()})


def _is_moot(correction: Correction, written: Iterable[Correction]) -> bool:
    """Whether what is to be taken out is gone only because another correction made something else of it."""
    place = (correction.entry_kind, correction.entry, correction.field, correction.before)
    return correction.after is None and any(
        (one.entry_kind, one.entry, one.field, one.before) == place and one.after is not None
        for one in written
    )


def _read_again(texts: Texts, seed: Path, meant: Catalogue) -> None:
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "seed"
        shutil.copytree(seed, copy, ignore=shutil.ignore_patterns("postings"))
        for path, text in texts.items():
            (copy / path).write_text(text, encoding="utf-8")
        read = load(copy)
    for name in ("documents", "countries", "channels", "instruments", "coverage"):
        if getattr(read, name) != getattr(meant, name):
            raise BadSeed(seed / name, 1, "the corrections cannot be written as they are meant")


def file_of(correction: Correction) -> Path:
    """The file that a correction changes, below seed/."""
    if correction.field == READINGS:
        return Path("coverage.csv")
    if correction.entry_kind == "country":
        return Path("countries.yaml")
    return Path(f"{correction.entry_kind}s") / f"{correction.entry}.yaml"


def patched(texts: Texts, seed: Path, catalogue: Catalogue, correction: Correction) -> Texts:
    """The changed files with one more correction in them.

    `texts` are the files changed before, the others stand in `seed`; `catalogue` is what all of them say.

    Raises:
        Outdated: when what it changes does not stand there any more.
    """
    file, register = file_of(correction), Path("sources.yaml")

    def now(path: Path) -> str:
        return texts[path] if path in texts else (seed / path).read_text(encoding="utf-8")

    write = _rows if correction.field == READINGS else _facts
    changes = {file: write(now(file), catalogue, correction)}
    if correction.source.document.id not in catalogue.documents:
        document = correction.source.document.model_dump(mode="json", exclude_defaults=True)
        changes[register] = now(register).rstrip("\n") + "\n" + _block([document], 0) + "\n"
    return {**texts, **changes}


def as_patch(texts: Texts, seed: Path) -> str:
    """The changed files as one unified difference, which `git apply` and `patch -p1` take."""
    lines: list[str] = []
    for path, after in sorted(texts.items()):
        before = (seed / path).read_text(encoding="utf-8")
        name = f"seed/{path.as_posix()}"
        lines += unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(text: str) -> list[str]:
    """The lines of a text with their ends, as git has them; `splitlines` knows other ends too."""
    return list(io.StringIO(text, newline="\n"))


# Annex 1


def _rows(text: str, catalogue: Catalogue, correction: Correction) -> str:
    """The lines of coverage.csv after a correction of a reading; a new one after its country's others."""
    rows = _records(text)
    columns = rows[0][0]
    if columns == COLUMNS:
        more = SOURCED[len(COLUMNS) :]
        ends = [f",{','.join(more)}\n", *[f"{',' * len(more)}\n"] * (len(rows) - 1)]
        rows = [(cells, f"{line.rstrip()}{end}") for (cells, line), end in zip(rows, ends, strict=True)]
    lines = [line for _, line in rows]
    written = [] if correction.after is None else [_line(correction.after)]
    if correction.before is None:
        area = columns.index("area")
        own = [place for place, (cells, _) in enumerate(rows) if cells[area] == correction.entry]
        at = own[-1] + 1 if own else len(lines)
        return "".join([*lines[:at], *written, *lines[at:]])
    id = columns.index("id")
    at = next(place for place, (cells, _) in enumerate(rows) if cells[id] == correction.before["id"])
    return "".join([*lines[:at], *written, *lines[at + 1 :]])


def _records(text: str) -> list[tuple[list[str], str]]:
    """The rows of a table, each with the text that it stands in: a cell may hold line ends."""
    lines = _lines(text if text.endswith("\n") else f"{text}\n")
    reader, found, begun = csv.reader(lines), [], 0
    for cells in reader:
        found.append((cells, "".join(lines[begun : reader.line_num])))
        begun = reader.line_num
    return found


def _line(reading: Json) -> str:
    cited = reading["citation"]
    # A reading of the study gives its offset and its quote; one without says where it is from.
    study = (cited["document"], cited["locator"]) == ("undp-2011", "Annex 1") and cited["quote"] is not None
    cells = reading | {
        "offset": cited["offset"],
        "quote": cited["quote"],
        "document": None if study else cited["document"],
        "locator": None if study else cited["locator"],
    }
    written = io.StringIO()
    row = ["" if cells[name] is None else cells[name] for name in SOURCED]
    csv.writer(written, lineterminator="\n").writerow(row)
    return written.getvalue()


# Files of facts


def _facts(text: str, catalogue: Catalogue, correction: Correction) -> str:
    """A YAML file after a correction of one of its entries."""
    root: Any = yaml.compose(text, yaml.CSafeLoader)
    field = correction.field
    entry = root
    if correction.entry_kind == "country":
        entry = next(one for one in root.value if _key(one, "iso3").value == correction.entry)
    node = _key(entry, field)
    said = (entry_of(catalogue, correction.entry_kind, correction.entry) or {})[field]
    becomes = changed(said, correction)
    whole = not isinstance(becomes, list) or isinstance(correction.before, list)
    if whole or node is None or node.flow_style or not said or not becomes:
        return _with_field(text, entry, field, _short(becomes))
    if correction.before is None:
        end = _end(text, node)
        return (
            text[:end] + "\n" + _block([_short(correction.after)], _column_of_items(text, node)) + text[end:]
        )
    item = node.value[said.index(correction.before)]
    first = text.rindex("\n", 0, item.start_mark.index) + 1
    rest = text.find("\n", _end(text, item)) + 1 or len(text)
    written = ""
    if correction.after is not None:
        after = _short(correction.after)
        if isinstance(after, dict):
            order = [key.value for key, _ in item.value]
            after = dict(
                sorted(after.items(), key=lambda one: order.index(one[0]) if one[0] in order else 99)
            )
        written = _block([after], _column_of_items(text, node)) + "\n"
    return text[:first] + written + text[rest:]


def _key(mapping: Any, name: str) -> Any:
    """The node of a mapping's value, None if there is none of this name."""
    return next((value for key, value in mapping.value if key.value == name), None)


def _with_field(text: str, entry: Any, field: str, value: Json) -> str:
    """The text with a field of an entry written anew, or added as its last."""
    column = entry.start_mark.column
    written = _block({field: value}, column).lstrip()
    for key, node in entry.value:
        if key.value == field:
            return text[: key.start_mark.index] + written + text[_end(text, node) :]
    end = _end(text, entry)
    return f"{text[:end]}\n{' ' * column}{written}{text[end:]}"


def _end(text: str, node: Any) -> int:
    """Where the last character of a node stands; the end mark of a block is where the next token begins."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return len(text[: node.end_mark.index].rstrip())
    last = node.value[-1]
    return _end(text, last[1] if isinstance(last, tuple) else last)


def _column_of_items(text: str, node: Any) -> int:
    """The column of the dashes of a block sequence."""
    first: int = node.value[0].start_mark.index
    return text.rindex("-", 0, first) - text.rindex("\n", 0, first) - 1


def _short(value: Json) -> Json:
    """A value as seed/ writes it: what is not known is left out. An empty list may be meant."""
    if isinstance(value, dict):
        return {name: _short(inner) for name, inner in value.items() if inner not in (None, {})}
    return [_short(inner) for inner in value] if isinstance(value, list) else value


LONGEST_IN_LINE = 90
"""Characters that a mapping may have to be written in one line."""


class _Dumper(yaml.SafeDumper):
    """Writes as the files of seed/ are written: lists indented under their name, short mappings in a line.

    The outermost value and its items are no such mappings: they stand among others, each on lines of its own.
    """

    def represent(self, data: Any) -> None:
        node = self.represent_data(data)
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        for outer in [node, *items]:
            if not isinstance(outer, yaml.ScalarNode):
                outer.flow_style = False
        self.serialize(node)

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        node: yaml.MappingNode = super().represent_mapping(tag, mapping, flow_style)
        plain = all(isinstance(value, yaml.ScalarNode) for _, value in node.value)
        length = sum(len(key.value) + len(str(value.value)) + 4 for key, value in node.value)
        node.flow_style = plain and length <= LONGEST_IN_LINE
        return node

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _block(value: Json, column: int) -> str:
    """A value as YAML from a column on, without a line's end at its end."""
    written = yaml.dump(
        value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH, default_flow_style=None
    )
    return "\n".join(" " * column + line if line else "" for line in written.rstrip("\n").split("\n"))
