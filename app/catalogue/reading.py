"""Files of seed/ as checked values that know their lines, so that every fault is told with its place."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

F = TypeVar("F", bound=BaseModel)


class BadSeed(Exception):
    """A file of seed/ that cannot be loaded: where, and why."""

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason


Placed = tuple[F, Path, Callable[[tuple[int | str, ...]], int]]
"""A fact, its file, and a way to find the line of any part of it."""


def by(found: Iterable[Placed[F]], key: Callable[[F], str]) -> Mapping[str, F]:
    known: dict[str, F] = {}
    for fact, file, line in found:
        if key(fact) in known:
            raise BadSeed(file, line(()), f"“{key(fact)}” is already taken")
        known[key(fact)] = fact
    return known


def listed(file: Path, shape: type[F]) -> Iterable[Placed[F]]:
    """The facts of a file that holds a list."""
    root, content = parse(file)
    if not isinstance(content, list):
        raise BadSeed(file, 1, "a list is expected")
    for place, item in enumerate(content):
        yield fact_of(file, root, (place,), item, shape)


def each(folder: Path, shape: type[F]) -> Iterable[Placed[F]]:
    """One fact per file, in the order of their names."""
    if not folder.is_dir():
        raise BadSeed(folder, 1, "the folder is missing")
    for file in sorted(folder.glob("*.yaml")):
        root, content = parse(file)
        fact = fact_of(file, root, (), content, shape)
        if getattr(fact[0], "slug", file.stem) != file.stem:
            raise BadSeed(file, line_of(root, ("slug",)), f"the slug must be the file's name, {file.stem}")
        yield fact


def fact_of(
    file: Path, root: yaml.Node, place: tuple[int | str, ...], content: Any, shape: type[F]
) -> Placed[F]:
    try:
        fact = shape.model_validate(content)
    except ValidationError as wrong:
        # A misspelt name is also a missing one: what stands there is the better clue.
        first = min(wrong.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
        where = place + tuple(first["loc"])
        named = ".".join(str(part) for part in first["loc"]) or shape.__name__
        raise BadSeed(file, line_of(root, where), f"{named}: {first['msg']}") from None
    return fact, file, lambda inner: line_of(root, place + inner)


class _Loader(yaml.CSafeLoader):
    """YAML, but that a day without quotes stays the text it is: facts hold no other days."""


def _as_written(loader: yaml.CSafeLoader, node: yaml.ScalarNode) -> object:
    return loader.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


def text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as missing:
        raise BadSeed(file, 1, f"cannot be read: {missing.strerror}") from None
    except UnicodeDecodeError as wrong:
        raise BadSeed(
            file, wrong.object.count(b"\n", 0, wrong.start) + 1, f"not UTF-8: {wrong.reason}"
        ) from None


def parse(file: Path) -> tuple[yaml.Node, Any]:
    """What a file holds: its nodes, which know their lines, and its values."""
    loader, root = composed(file)
    _refuse_repeated_keys(file, root)
    try:
        return root, loader.construct_document(root)
    except yaml.MarkedYAMLError as wrong:
        raise BadSeed(file, _marked(wrong), f"not YAML: {wrong.problem}") from None


def composed(file: Path) -> tuple[_Loader, yaml.Node]:
    text = text_of(file)
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


def line_of(node: yaml.Node, path: tuple[int | str, ...]) -> int:
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
