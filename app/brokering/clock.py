"""When somebody is reminded, when it goes further up, and when a case is closed because nobody acted.

A case waits on somebody since a moment: the last step, or the last answer of a side. From then on three
things come one after another, never two on the same day: a reminder to whoever must act, an escalation to
those and to the brokers, and at last the end, with a message to everybody who was told of the case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.brokering.steps import OPEN, State

Stage = Literal["reminder", "escalation", "lapse"]
STAGES: tuple[Stage, ...] = ("reminder", "escalation", "lapse")

REST = timedelta(days=3)
"""Between two stages at least, also when the clock stood still for a month: nobody's case ends on the day
after the first reminder."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Days of waiting after which each stage comes."""

    reminder: int
    escalation: int
    lapse: int


PACES: Mapping[State, Pace] = {
    "suggested": Pace(7, 14, 45),
    "shortlisted": Pace(7, 14, 45),
    "proposed": Pace(9, 21, 45),
    "agreed": Pace(14, 30, 90),
    "under_way": Pace(60, 120, 365),
}
"""By default. 9, 21 and 45 days are what the advisers' service Conseillers-Entreprises works with."""

LONGEST = 3650


def read_paces(text: str) -> Mapping[State, Pace]:
    """Paces as a setting says them, “proposed=9/21/45 agreed=14/30/90”; states not named keep theirs.

    Raises:
        ValueError: in words, for what cannot be read.
    """
    found = dict(PACES)
    for word in text.split():
        state, _, days = word.partition("=")
        numbers = days.split("/")
        if state not in OPEN:
            raise ValueError(f"{state!r} is none of {', '.join(OPEN)}")
        if len(numbers) != len(STAGES) or not all(one.isdecimal() for one in numbers):
            raise ValueError(f"{word!r} is not {state}=REMINDER/ESCALATION/LAPSE in days")
        pace = Pace(*map(int, numbers))
        if not 0 < pace.reminder < pace.escalation < pace.lapse <= LONGEST:
            raise ValueError(f"the days of {word!r} do not grow from 1 to at most {LONGEST}")
        found[state] = pace
    return found


def due_on(paces: Mapping[State, Pace], state: State, since: datetime) -> dict[Stage, datetime | None]:
    """When each stage comes if nobody acts; None for a case that is over."""
    pace = paces.get(state)
    return {stage: since + timedelta(days=getattr(pace, stage)) if pace else None for stage in STAGES}


def due(pace: Pace, *, since: datetime, done: int, last: datetime | None, now: datetime) -> Stage | None:
    """The next stage of a case that waits `since`, if its time has come.

    `done` stages are over, the last of them at `last`.
    """
    if done >= len(STAGES):
        return None
    stage = STAGES[done]
    at = since + timedelta(days=getattr(pace, stage))
    if last is not None:
        at = max(at, last + REST)
    return stage if now >= at else None
