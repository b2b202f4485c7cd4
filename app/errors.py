"""Refusals, named by what the caller can do next. They know nothing of HTTP; the mouths translate them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input: where (a JSON pointer, RFC 6901) and what, in a sentence."""

    pointer: str
    detail: str


class Refusal(Exception):
    """Something that will not be done, with the facts that explain why."""

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail, self.facts = detail, facts


class Invalid(Refusal):
    """The input has faults; mend them and send it again. All are named, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        count = "one fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"The input has {count}.")
        self.faults = faults


class Unidentified(Refusal):
    """Nobody known is asking; send a key."""


class Forbidden(Refusal):
    """Known and visible, but not for this caller to do."""


class NotFound(Refusal):
    """No such thing, or none that this caller may know of."""


class Conflict(Refusal):
    """The thing is not in a state in which this can be done."""


class Stale(Refusal):
    """The thing was changed since the caller read it; read it again."""


class NotAcceptable(Refusal):
    """The thing is there, but in none of the forms that the caller takes; ask for one that is offered."""


class VersionRequired(Refusal):
    """A change must say which version it changes."""


class TooLarge(Refusal):
    """The input is larger than what is taken."""


class Unusable(Exception):
    """The service cannot start with the setting, database or catalogue it was given. One line says why."""
