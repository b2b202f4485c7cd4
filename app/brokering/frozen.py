"""A suggestion as it was when it was taken up, kept so that an old decision stays explainable.

Everything that was shown is kept: both texts, every part with its evidence, gates, channels with the
verdicts of their instruments, in all languages of the interface; and the engine, the weights and the
edition of the catalogue that made it. Nothing of it is looked up again later.
"""

import zlib
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from app.matching.suggest import BEST_CHANNELS, Suggestion


@dataclass(frozen=True, slots=True)
class Runner:
    """One place of the list that the choice was made from: who stood there, and its parts."""

    offer: str
    score: float
    parts: dict[str, float | None]
    """By name; None for one that was not known."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a case rests on. `rank` is the offer's place in the request's list, None if it was not in it."""

    suggestion: Suggestion
    engine: dict[str, Any]
    rank: int | None = None
    shown_with: tuple[Runner, ...] = ()


def freeze(
    found: Suggestion, engine: dict[str, Any], listed: list[Suggestion], channel: str | None = None
) -> Frozen:
    """What was shown: of the channels the best ones, and `channel` whatever its place.

    `listed` are the suggestions for the request, best first.
    """
    kept = [
        fit for place, fit in enumerate(found.channels) if place < BEST_CHANNELS or fit.channel == channel
    ]
    ids = [one.offer.id for one in listed]
    return Frozen(
        replace(found, channels=tuple(kept)),
        engine,
        ids.index(found.offer.id) + 1 if found.offer.id in ids else None,
        tuple(Runner(one.offer.id, one.score, values(one)) for one in listed),
    )


def values(found: Suggestion) -> dict[str, float | None]:
    """The value of each part by name; None for one that was not known."""
    return {part.name: part.value if part.known else None for part in found.parts}


@cache
def _form() -> TypeAdapter[Frozen]:
    return TypeAdapter(Frozen)


def packed(frozen: Frozen) -> bytes:
    """As JSON, compressed: sentences in four languages repeat themselves (some 170 KB become 20)."""
    return zlib.compress(_form().dump_json(frozen), 6)


def unpacked(content: bytes) -> Frozen:
    """The inverse of `packed`."""
    return _form().validate_json(zlib.decompress(content))
