"""Are postings that were sent before told, and only they?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.evaluation.sets import Duplicate
from app.matching.duplicates import near_duplicates
from app.matching.market import Market
from app.matching.posting import Asker, Posting

EVERYTHING = Asker("administrator")


@dataclass(frozen=True, slots=True)
class Repeats:
    """Of `sent_again` postings, `found` were told as near-duplicates of what they repeat. Of `others`, none
    of which repeats one of its own writer's, `wrongly` were told as near-duplicates of one of these, `by_two`
    of one by another writer, who may have written of the same practice."""

    sent_again: int
    found: int
    others: int
    wrongly: int
    by_two: int


def repeats(
    duplicates: Iterable[tuple[Duplicate, Posting]],
    postings: Sequence[Posting],
    market: Market,
    writers: Mapping[str, str],
    *,
    today: date,
) -> Repeats:
    """`duplicates` with their postings as they are served; `postings` are those of the market, and `writers`
    tells who wrote which."""

    def told(posting: Posting) -> set[str]:
        found = near_duplicates(posting, market, asker=EVERYTHING, today=today)
        return {one.posting.id for one in found}

    again = [duplicate.of in told(posting) for duplicate, posting in duplicates]
    others = [{writers.get(id) == writers.get(posting.id) for id in told(posting)} for posting in postings]
    return Repeats(
        len(again),
        sum(again),
        len(others),
        sum(True in whose for whose in others),
        sum(whose == {False} for whose in others),
    )
