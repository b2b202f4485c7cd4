"""Commands run one after the other in one process: what they read of the seed is read once for all."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from app.catalogue import load
from app.evaluation.tagging import trained
from app.settings import ROOT
from app.thesaurus import load as load_thesaurus


def once(read: Callable[..., Any]) -> Callable[..., Any]:
    """The same for the seed of the repository, which no test writes to; another one is read each time."""
    known: list[Any] = []

    def reading(seed: Path, *rest: Any, **named: Any) -> Any:
        if seed != ROOT / "seed":
            return read(seed, *rest, **named)
        if not known:
            known.append(read(seed, *rest, **named))
        return known[0]

    return reading


@cache
def readers() -> dict[str, Callable[..., Any]]:
    return {"load": once(load), "load_thesaurus": once(load_thesaurus), "trained": once(trained)}


@pytest.fixture(autouse=True)
def seed_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("main", "importing", "learning", "mailing", "people", "thesaurus"):
        for reader, reading in readers().items():
            # As a module: the attribute `app.cli.main` is the function.
            monkeypatch.setattr(import_module(f"app.cli.{name}"), reader, reading, raising=False)
