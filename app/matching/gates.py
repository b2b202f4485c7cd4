"""May this pair meet at all? Named gates, apart from the score; each is met, not met or not known.

Only a gate that is *not met* keeps a pair out. The same gates are asked of one pair, with names, when
somebody wants to know why or why not, and of all postings at once, as a mask, when a list is made.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from app.matching.posting import Asker, Posting
from app.matching.standing import NOTHING_DECIDED, Load, Park, Standing

GateName = Literal["open", "different_country", "visible", "not_parked", "capacity"]
Answer = Literal["met", "not_met", "unknown"]

Mask = npt.NDArray[np.bool_]

NEVER, STANDING = -1, np.iinfo(np.int32).max
"""Last open day, as an ordinal, of a posting that is not published, and of one without an end."""

UNDISCLOSED = "undisclosed"
"""The reason of a refusal for whoever it does not concern."""

VISIBILITIES = ("public", "partners", "brokers")


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate, answered; `because` names the postings at fault where it is not met.

    `parks` are the refusals that keep the pair apart; `load` what the offer carries.
    """

    name: GateName
    answer: Answer
    because: tuple[str, ...] = ()
    parks: tuple[Park, ...] = ()
    load: Load | None = None


def gates(
    request: Posting, offer: Posting, *, asker: Asker, today: date, standing: Standing = NOTHING_DECIDED
) -> tuple[Gate, ...]:
    """Ask every gate of one pair."""
    closed = tuple(p.kind for p in (request, offer) if not p.is_open(today))
    hidden = tuple(p.kind for p in (request, offer) if not asker.sees(p))
    parks, load = standing.between(request, offer, today), standing.load(offer, today)
    if not (
        asker.role in ("administrator", "broker")
        or (asker.role == "agency" and asker.country in (request.country, offer.country))
    ):
        # That a pair is parked, and until when, anyone may know; who refused whom and why, those it is about.
        parks = tuple(replace(park, reason=UNDISCLOSED, case="") for park in parks)
    return (
        Gate("open", "not_met" if closed else "met", closed),
        Gate("different_country", "not_met" if request.country == offer.country else "met"),
        Gate("visible", "not_met" if hidden else "met", hidden),
        Gate("not_parked", "not_met" if parks else "met", parks=parks),
        Gate("capacity", _has_room(load), ("offer",) if load.is_full else (), load=load),
    )


def _has_room(load: Load) -> Answer:
    if load.is_full:
        return "not_met"
    return "unknown" if load.capacity is None else "met"


@dataclass(frozen=True, slots=True)
class Doors:
    """What the gates need of many postings, one entry per posting."""

    country: npt.NDArray[np.int16]
    open_until: npt.NDArray[np.int32]
    visibility: npt.NDArray[np.int8]


def last_open_day(posting: Posting) -> int:
    """The ordinal of the last day on which a posting is open."""
    if posting.status != "published":
        return NEVER
    return posting.valid_until.toordinal() if posting.valid_until else STANDING


def may_meet(doors: Doors, country: int, *, asker: Asker, own: int | None, today: date) -> Mask:
    """The postings whose gates are not unmet for a posting of `country`.

    `own` is the number of the asker's own country, whose postings an agency sees whatever their
    visibility. The gates of the posting that is asked for are the caller's to ask.
    """
    mask: Mask = (doors.open_until >= today.toordinal()) & (doors.country != country)
    if asker.role in ("administrator", "broker"):
        return mask
    widest = VISIBILITIES.index("public" if asker.role is None else "partners")
    visible = doors.visibility <= widest
    if asker.role == "agency" and own is not None:
        visible |= doors.country == own
    mask &= visible
    return mask
