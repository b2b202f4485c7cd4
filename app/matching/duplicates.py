"""Was this posting sent before, perhaps in another language?

A country seldom says a thing twice. So a posting of the same side and the same country whose text is
more alike than two of its different practices ever are is told as a near-duplicate, for a person to look
at; nothing is refused for it.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from app.matching import compare
from app.matching.blend import BLEND, MEETINGS, meetings
from app.matching.market import Market
from app.matching.posting import Asker, Posting

ALIKE = 0.33
"""Likeness from which on two postings of a country are told as near-duplicates. In the open parts of the
evaluation, those sent twice have 0.37 and more, different ones of a writer 0.31 at most."""

MOST = 5
"""Near-duplicates told of one posting."""


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A posting that says much the same. `likeness` is in [0, 1]: the similarity of the texts, as a share of
    what a text has with itself when its languages meet in that way."""

    posting: Posting
    likeness: float


def near_duplicates(
    posting: Posting, market: Market, *, asker: Asker, today: date, alike: float = ALIKE
) -> tuple[NearDuplicate, ...]:
    """The open postings of the same side and country that say much the same, the most alike first.

    Only those that the asker may see are told. A posting is no duplicate of itself.
    """
    shelf = market.shelf(posting.kind)
    asked = compare.read(posting, market, shelf.weightings, {})
    own, others = asked.columns, shelf.columns
    met = meetings(own.language, own.bridged, others.language, others.bridged)
    whole = np.array([sum(getattr(BLEND, meeting)) for meeting in MEETINGS])
    likeness = compare.similarities(asked, shelf, BLEND) / whole[met]
    near = np.flatnonzero((likeness >= alike) & (others.country == own.country[0]))
    found = [
        NearDuplicate(shelf.postings[place], round(float(likeness[place]), 4))
        for place in near[np.argsort(-likeness[near], kind="stable")]
        if shelf.doors.open_until[place] >= today.toordinal()
    ]
    return tuple(one for one in found if one.posting.id != posting.id and asker.sees(one.posting))[:MOST]
