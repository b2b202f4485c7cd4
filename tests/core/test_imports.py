"""Thought is pure, and imports flow one way."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import app

ROOT = Path(app.__file__).parent

RANKS = (
    {"errors", "sources"},
    {"catalogue"},
    {"language", "eligibility"},
    {"thesaurus"},
    {"matching"},
    {"intake"},
    {"batch", "evaluation", "brokering"},
    {"learning", "analysis"},
    # Here thought ends: nothing above may import what stands below.
    {"settings", "translators"},
    {"db", "cursor"},
    {"accounts"},
    {"people"},
    {"postings", "idempotency", "corrections", "weightings", "notices"},
    {"cases", "interests"},
    {"desk", "interpreter"},
    {"reference", "report", "documents"},
    {"api"},
    {"workbench"},
    {"mail"},
    {"clockwork"},
    {"cli", "main"},
)
"""From the right of the arrows in house.md to their left. Those of one rank do not know each other."""

RANK_OF = {name: rank for rank, names in enumerate(RANKS) for name in names}
THOUGHT = {name for names in RANKS[:8] for name in names}
EDGE = ("fastapi", "starlette", "sqlalchemy", "alembic", "httpx", "uvicorn", "jinja2")

FILES = sorted(file for file in ROOT.rglob("*.py"))


def name_of(file: Path) -> str:
    return ".".join(("app", *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


def imported(file: Path) -> Iterator[str]:
    """Full names of the modules of ours that a file imports; `from app import x` is app.x."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "app")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "app":
            assert node.level == 0
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)


MODULES = {name_of(file) for file in FILES}


def test_thought_is_loaded_without_web_and_without_database() -> None:
    thought = sorted(name for name in MODULES if name.split(".")[1:2] and name.split(".")[1] in THOUGHT)
    program = f"""
import importlib, sys
for name in {thought!r}:
    importlib.import_module(name)
print(*[name for name in {EDGE!r} if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_imports_flow_one_way(file: Path) -> None:
    own = name_of(file)
    if own == "app":
        return
    home = own.split(".")[1]
    assert home in RANK_OF, f"say where {home} stands in RANKS"
    for name in imported(file):
        there = name.split(".")[1]
        assert there == home or RANK_OF[there] < RANK_OF[home], f"{own} imports {name}"


def test_no_module_imports_itself_by_way_of_others() -> None:
    known = {name_of(file): set(imported(file)) for file in FILES}
    standing = dict(known)
    while free := {name for name, needs in standing.items() if not needs & standing.keys() - {name}}:
        for name in free:
            del standing[name]
    assert standing == {}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_no_import_hides_in_a_function(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    hidden = [
        f"line {node.lineno}"
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []
