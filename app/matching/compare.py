"""Two texts, or one and many: read once, and compared in all views.

What a pair is scored by, what it is explained by, and what tells that a posting was sent before, all rest
on the one similarity that is computed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.matching import explain
from app.matching.blend import MEETINGS, Blend, Meeting, meetings
from app.matching.features import Row, Rows, Spoken, counted
from app.matching.market import Market, Shelf, Weightings
from app.matching.posting import Posting
from app.matching.score import Columns, Values


@dataclass(frozen=True, slots=True)
class Read:
    """A posting as it is compared: its words and phrases by key, its weighed rows, its columns."""

    posting: Posting
    lexemes: Mapping[str, Spoken]
    rows: Rows
    columns: Columns


def read(
    posting: Posting,
    market: Market,
    weightings: Weightings,
    passing: dict[str, int],
    columns: Columns | None = None,
) -> Read:
    """Read a posting as texts are weighed now; `passing` as for `Vocabulary.speak`, `columns` if at hand.

    The same `passing` is given for all postings that are compared with one another.
    """
    posting = market.tagged(posting)
    words = market.vocabulary.speak(posting.wording, passing)
    rows = counted(words)
    weighed = tuple(
        Row(row.ids, weighting.weigh(row)) for row, weighting in zip(rows, weightings, strict=True)
    )
    columns = market.columns(posting, rows) if columns is None else columns
    return Read(posting, explain.lexemes(words), weighed, columns)


def similarities(asked: Read, shelf: Shelf, blend: Blend) -> Values:
    """The blended cosine of a posting with every posting of a shelf, shape (shelf.size,)."""
    own, others = asked.columns, shelf.columns
    met = meetings(own.language, own.bridged, others.language, others.bridged)
    table = blend.table()
    similarity = np.zeros(shelf.size, dtype=np.float32)
    for view, row in enumerate(asked.rows):
        if table[:, view].any():
            similarity += table[met, view] * shelf.texts.cosines(view, row)
    return similarity


def meeting(request: Read, offer: Read) -> Meeting:
    """How the languages of one pair stand to one another."""
    one, other = request.columns, offer.columns
    return MEETINGS[int(meetings(one.language, one.bridged, other.language, other.bridged)[0])]


def similarity(request: Read, offer: Read, blend: Blend) -> float:
    """The blended cosine of one pair, in double precision."""
    similarity = 0.0
    shares = getattr(blend, meeting(request, offer))
    for share, mine, other in zip(shares, request.rows, offer.rows, strict=True):
        _, here, there = np.intersect1d(mine.ids, other.ids, assume_unique=True, return_indices=True)
        similarity += share * float(mine.values[here].astype(float) @ other.values[there].astype(float))
    return similarity
