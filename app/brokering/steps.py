"""The one table of states and steps. A step that is not in it is not taken; what is open, it says itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

State = Literal[
    "suggested",
    "shortlisted",
    "proposed",
    "agreed",
    "under_way",
    "completed",
    "declined",
    "lapsed",
    "withdrawn",
]
PublicState = Literal["in_preparation", "under_discussion", "in_progress", "completed", "closed"]
Action = Literal[
    "shortlist", "put_back", "propose", "accept", "decline", "start", "complete", "close", "lapse", "reopen"
]
Party = Literal["broker", "provider", "receiver", "clock"]
Side = Literal["provider", "receiver"]
Answer = Literal["accepted", "declined"]
WaitingOn = Literal["broker", "provider", "receiver", "both", "nobody"]

STATES: tuple[State, ...] = get_args(State)
SIDES: tuple[Side, ...] = get_args(Side)
OPEN: tuple[State, ...] = ("suggested", "shortlisted", "proposed", "agreed", "under_way")
ENDS: tuple[State, ...] = ("completed", "declined", "lapsed", "withdrawn")
CARRIED: tuple[State, ...] = ("agreed", "under_way")
"""States in which an exchange takes one place of the provider's capacity."""

PUBLIC: dict[State, PublicState] = {
    "suggested": "in_preparation",
    "shortlisted": "in_preparation",
    "proposed": "under_discussion",
    "agreed": "in_progress",
    "under_way": "in_progress",
    "completed": "completed",
    "declined": "closed",
    "lapsed": "closed",
    "withdrawn": "closed",
}
"""What the world is told: that something is going on, and whether it is over, not who hesitates."""


@dataclass(frozen=True, slots=True)
class Step:
    """From one state to another, and whose step it is."""

    action: Action
    of: State
    to: State
    by: tuple[Party, ...]


_BROKER: tuple[Party, ...] = ("broker",)
_ALL: tuple[Party, ...] = ("broker", "provider", "receiver")

STEPS: tuple[Step, ...] = (
    Step("shortlist", "suggested", "shortlisted", _BROKER),
    Step("put_back", "shortlisted", "suggested", _BROKER),
    Step("propose", "shortlisted", "proposed", _BROKER),
    # The second of the two acceptances makes it agreed; after the first it stays proposed.
    Step("accept", "proposed", "agreed", _ALL),
    Step("start", "agreed", "under_way", _ALL),
    Step("complete", "under_way", "completed", _ALL),
    Step("decline", "suggested", "declined", _BROKER),
    Step("decline", "shortlisted", "declined", _BROKER),
    Step("decline", "proposed", "declined", _ALL),
    # A side may step back late; its reason then changes later matching as an early one does.
    Step("decline", "agreed", "declined", _ALL),
    Step("decline", "under_way", "declined", _ALL),
    *(Step("close", state, "withdrawn", _BROKER) for state in OPEN),
    *(Step("lapse", state, "lapsed", ("clock",)) for state in OPEN),
    Step("reopen", "declined", "suggested", _BROKER),
    Step("reopen", "lapsed", "suggested", _BROKER),
    Step("reopen", "withdrawn", "suggested", _BROKER),
    Step("reopen", "completed", "under_way", _BROKER),
)


@dataclass(frozen=True, slots=True)
class Answers:
    """What each side said to the proposal; None while it has not."""

    provider: Answer | None = None
    receiver: Answer | None = None

    def of(self, side: Side) -> Answer | None:
        return self.provider if side == "provider" else self.receiver

    def with_(self, side: Side, answer: Answer) -> "Answers":
        return Answers(answer, self.receiver) if side == "provider" else Answers(self.provider, answer)

    @property
    def missing(self) -> tuple[Side, ...]:
        """The sides that have not answered yet."""
        return tuple(side for side in SIDES if self.of(side) is None)


def step(state: State, action: Action) -> Step | None:
    """The step that an action is in a state; None if it is not in the table."""
    return next((one for one in STEPS if (one.of, one.action) == (state, action)), None)


def open_steps(state: State, answers: Answers, parties: Iterable[Party] = _ALL) -> tuple[Step, ...]:
    """The steps that some of `parties` may take now; who has accepted already does not accept again."""
    able = set(parties)
    found = []
    for one in STEPS:
        by = tuple(party for party in one.by if party in able)
        if one.action == "accept":
            by = tuple(party for party in by if party == "broker" or party in answers.missing)
        if one.of == state and by:
            found.append(Step(one.action, one.of, one.to, by))
    return tuple(found)


def waiting_on(state: State, answers: Answers, *, held: bool = False) -> WaitingOn:
    """Who must act next. While the places of an offer are taken, that is the broker, whatever the state."""
    if state in ENDS:
        return "nobody"
    if state == "under_way":
        return "both"
    if state != "proposed" or held:
        return "broker"
    missing = answers.missing
    return "both" if len(missing) == len(SIDES) else missing[0]
