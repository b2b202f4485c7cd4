"""Are postings that were sent before told, and only they?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from app.evaluation.sets import Duplicate
from app.matching.duplicates import near_duplicates
from app.matching.market import Market
from app.matching.posting import Asker, Posting

EVERYTHING = Asker("administrator")


@dataclass(frozen=True, slots=True)
class Repeats:
    """Of `sent_again` postings, `found` were told as near-duplicates of what they repeat; of `others`, which
    repeat nothing, `wrongly` were told as near-duplicates of something."""

    sent_again: int
    found: int
    others: int
    wrongly: int


def repeats(
    duplicates: Iterable[tuple[Duplicate, Posting]],
    postings: Sequence[Posting],
    market: Market,
    *,
    today: date,
) -> Repeats:
    """`duplicates` with their postings as they are served; `postings` are those of the market."""

    def told(posting: Posting) -> set[str]:
        found = near_duplicates(posting, market, asker=EVERYTHING, today=today)
        return {one.posting.id for one in found}

    again = [duplicate.of in told(posting) for duplicate, posting in duplicates]
    others = [bool(told(posting)) for posting in postings]
    return Repeats(len(again), sum(again), len(others), sum(others))
