"""The order of `suggest` without a word of why: an evaluation makes many rankings, and explaining costs
many times what scoring does. A test holds the two together."""

from dataclasses import replace
from datetime import date

import numpy as np

from app.matching import compare
from app.matching.blend import BLEND, Blend
from app.matching.gates import may_meet
from app.matching.market import Market
from app.matching.posting import ANYONE, Posting
from app.matching.score import WEIGHTS, Pairs, Weights, total
from app.matching.suggest import PLACES


def ranked(
    request: Posting, market: Market, *, today: date, blend: Blend = BLEND, weights: Weights = WEIGHTS
) -> list[tuple[str, float]]:
    """Every offer that anyone may see, by id with its score, best first, ties by id."""
    shelf = market.shelf("offer")
    country = market.tables.countries[request.country]
    admitted = np.flatnonzero(may_meet(shelf.doors, country, asker=ANYONE, own=None, today=today))
    asked = compare.read(request, market, shelf.weightings, {})
    similarity = compare.similarities(asked, shelf, blend)
    pairs = Pairs(asked.columns, shelf.columns.at(admitted), similarity[admitted], market.tables)
    fits = market.channels.fits(pairs.request, pairs.offer, pairs.shared_sectors)
    scores = total(replace(pairs, fit=fits.total()), weights)
    found = [
        (shelf.postings[number].id, round(float(score), PLACES))
        for number, score in zip(admitted, scores, strict=True)
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))
