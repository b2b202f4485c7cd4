"""What brokers decided, as data: one decision a line, with the parts of the pair as they were shown."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Literal

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from app.errors import Fault, Invalid
from app.intake import an_object
from app.matching.score import PART_NAMES

Choice = Literal["taken", "refused"]
Parts = Mapping[str, float | None]
"""The value of each part by name; None for one that was not known."""

MOST_FAULTS = 20
"""Faults that are named; whoever wrote so many wrote them all in the same way."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A broker took a pair up or refused it; `shown_with` stood in the same answer and was passed over."""

    request: str
    offer: str
    decision: Choice
    decided_at: datetime
    parts: Parts
    shown_with: tuple[Parts, ...] = ()
    simulated: bool = False


def _all_parts(parts: dict[str, float | None]) -> dict[str, float | None]:
    """A part that is left out could be unknown or forgotten; null says which."""
    if missing := [name for name in PART_NAMES if name not in parts]:
        raise ValueError(f"is without {', '.join(missing)}; a part that is not known is null")
    if unknown := [name for name in parts if name not in PART_NAMES]:
        raise ValueError(f"has no part of the score named {', '.join(unknown)}")
    return parts


_Value = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Parts = Annotated[dict[str, _Value | None], AfterValidator(_all_parts)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class _DecisionIn(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    request: _Name
    offer: _Name
    decision: Choice
    # In JSON a time is a text, which the strict way takes for a time only where it reads the JSON itself.
    decided_at: Annotated[AwareDatetime, Field(strict=False)]
    parts: _Parts
    shown_with: Annotated[tuple[_Parts, ...], Field(strict=False)] = ()
    simulated: bool = False


def read(raw: bytes) -> tuple[Decision, ...]:
    """Read JSON lines; blank ones are passed over.

    Raises:
        Invalid: with the line of every fault, up to MOST_FAULTS of them.
    """
    found: list[Decision] = []
    faults: list[Fault] = []
    lines: dict[tuple[str, str, datetime], int] = {}
    for number, line in enumerate(raw.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            one = _decision(line)
        except Invalid as wrong:
            faults += [Fault(f"line {number}{_at(fault.pointer)}", fault.detail) for fault in wrong.faults]
            continue
        first = lines.setdefault((one.request, one.offer, one.decided_at), number)
        if first != number:
            faults.append(Fault(f"line {number}", f"It says the same decision as line {first}."))
        found.append(one)
    if len(faults) > MOST_FAULTS:
        more = len(faults) - MOST_FAULTS
        faults = [*faults[:MOST_FAULTS], Fault("further on", f"There are {more} more faults.")]
    if faults:
        raise Invalid(faults)
    return tuple(found)


def _decision(line: bytes) -> Decision:
    try:
        taken = _DecisionIn.model_validate(an_object(line))
    except ValidationError as wrong:
        raise Invalid(
            [
                Fault("/" + "/".join(str(step) for step in one["loc"]), _sentence(one["msg"]))
                for one in wrong.errors(include_url=False)
            ]
        ) from None
    return Decision(**dict(taken))


def _at(pointer: str) -> str:
    return f", {pointer}" if pointer else ""


def _sentence(message: str) -> str:
    return f"{message.removeprefix('Value error, ')}."


def written(decisions: Iterable[Decision]) -> bytes:
    """The decisions as JSON lines, as `read` takes them."""
    return b"".join(orjson.dumps(asdict(one), option=orjson.OPT_APPEND_NEWLINE) for one in decisions)


def digest(decisions: Iterable[Decision]) -> str:
    """Names a set of decisions, in whatever order they come."""
    lines = sorted(orjson.dumps(asdict(one), option=orjson.OPT_SORT_KEYS) for one in decisions)
    return "sha256:" + hashlib.sha256(b"\n".join(lines)).hexdigest()
