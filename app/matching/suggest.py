"""One posting -> the partners that suit it best, each explained, with channel, instrument and verdict."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from app.eligibility import Situation, Verdict, best_first, judge
from app.matching import compare, explain
from app.matching.blend import BLEND, Blend, Meeting
from app.matching.channels import Fits
from app.matching.compare import Read
from app.matching.features import CONCEPTS
from app.matching.gates import Gate, gates, may_meet
from app.matching.market import Market, Shelf
from app.matching.posting import ANYONE, Asker, Posting
from app.matching.score import PART_NAMES, PARTS, WEIGHTS, Columns, Pairs, Values, Weights, total
from app.matching.sentences import Reason, Words
from app.matching.standing import NOTHING_DECIDED, Standing

PLACES = 6
"""Decimal places that values and scores are told to, and ranked by."""

SLACK = 1e-4
"""By how much the single precision of the search may be off; candidates are scored again in double."""

_CHEAP = tuple(name for name in PART_NAMES if name != "channel")

Numbers = npt.NDArray[np.intp]

MOST_CONCEPTS = 3
"""Concepts that are named as what a channel's chapter and the texts speak of."""

MOST_SUBTHEMES = 2
"""Sub-themes that are named as evidence of the sector part."""

BEST_CHANNELS = 5
"""Channels listed with a suggestion; the pair in full lists them all."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score, with what it rests on. `contribution` is value x weight."""

    name: str
    value: float
    weight: float
    known: bool
    evidence: tuple[explain.Evidence, ...]

    @property
    def contribution(self) -> float:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class ChannelFit:
    """A channel for the pair: its fit in [0, 1], why, and the verdict of each of its instruments."""

    channel: str
    fit: float
    reasons: tuple[Reason, ...]
    instruments: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A scored pair. `score` is the sum of the contributions; `coverage` the weight of the known parts."""

    request: Posting
    offer: Posting
    score: float
    parts: tuple[Part, ...]
    gates: tuple[Gate, ...]
    channels: tuple[ChannelFit, ...]
    meeting: Meeting
    """How the languages of the two texts stand to one another."""

    @property
    def coverage(self) -> float:
        return sum(part.weight for part in self.parts if part.known)

    @property
    def across_languages(self) -> bool:
        return self.request.language != self.offer.language

    @property
    def compared(self) -> Words:
        """Through what the two texts were compared, in a sentence."""
        return explain.compared(self.request, self.offer)

    @property
    def kept_out(self) -> bool:
        """Whether a gate keeps the pair from being suggested."""
        return any(gate.answer == "not_met" for gate in self.gates)


def suggest(
    posting: Posting,
    market: Market,
    *,
    today: date,
    asker: Asker = ANYONE,
    standing: Standing = NOTHING_DECIDED,
    limit: int = 10,
    channel: str | None = None,
    min_score: float = 0.0,
    weights: Weights = WEIGHTS,
    blend: Blend = BLEND,
) -> list[Suggestion]:
    """The best partners for a posting, best first; ties by the partner's posting id.

    `channel` keeps the pairs that have this channel among their BEST_CHANNELS. The posting need not be
    in the market.
    """
    wanted = None if channel and limit > 0 else limit
    found = [
        _suggestion(
            *pair,
            market,
            asker=asker,
            today=today,
            standing=standing,
            weights=weights,
            blend=blend,
            most_channels=BEST_CHANNELS,
        )
        for pair in _sought(posting, market, today, asker, standing, wanted, weights, blend)
    ]
    found = [one for one in found if one.score >= min_score and (not channel or _carried_by(channel, one))]
    found.sort(key=lambda one: (-one.score, one.offer.id, one.request.id))
    return found[:limit]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A partner in its place, with its score and nothing of why."""

    posting: Posting
    score: float


def rank(
    posting: Posting,
    market: Market,
    *,
    today: date,
    asker: Asker = ANYONE,
    standing: Standing = NOTHING_DECIDED,
    limit: int = 10,
    weights: Weights = WEIGHTS,
    blend: Blend = BLEND,
) -> list[Ranked]:
    """The same partners with the same scores in the same order as `suggest`, for a list that shows no more:
    to explain is most of the work."""
    found = []
    for request, offer in _sought(posting, market, today, asker, standing, limit, weights, blend):
        _, pairs, _ = _compared(request, offer, market, blend)
        values = {name: round(float(PARTS[name](pairs).value[0]), PLACES) for name in PART_NAMES}
        score = round(sum(value * getattr(weights, name) for name, value in values.items()), PLACES)
        found.append(Ranked((offer if posting.kind == "request" else request).posting, score))
    found.sort(key=lambda one: (-one.score, one.posting.id))
    return found[:limit]


def consider(
    request: Posting,
    offer: Posting,
    market: Market,
    *,
    today: date,
    asker: Asker = ANYONE,
    standing: Standing = NOTHING_DECIDED,
    weights: Weights = WEIGHTS,
    blend: Blend = BLEND,
) -> Suggestion:
    """One pair in full, whether its gates are met or not: why, and why not."""
    weightings = market.shelf("offer").weightings
    passing: dict[str, int] = {}
    return _suggestion(
        compare.read(request, market, weightings, passing),
        compare.read(offer, market, weightings, passing),
        market,
        asker=asker,
        today=today,
        standing=standing,
        weights=weights,
        blend=blend,
        most_channels=None,
    )


def _sought(
    posting: Posting,
    market: Market,
    today: date,
    asker: Asker,
    standing: Standing,
    limit: int | None,
    weights: Weights,
    blend: Blend,
) -> Iterator[tuple[Read, Read]]:
    """The pairs, request first, that can be among the first `limit`; all that may meet for None."""
    if not posting.is_open(today) or not asker.sees(posting) or (limit is not None and limit < 1):
        return
    if posting.kind == "offer" and standing.load(posting, today).is_full:
        return
    shelf = market.shelf("offer" if posting.kind == "request" else "request")
    own = market.tables.countries.get(asker.country) if asker.country else None
    country = market.tables.countries[posting.country]
    doors = may_meet(shelf.doors, country, asker=asker, own=own, today=today)
    doors[_stood_between(posting, standing, market, shelf, today)] = False
    admitted = np.flatnonzero(doors)
    if not admitted.size:
        return
    passing: dict[str, int] = {}
    asked = compare.read(posting, market, shelf.weightings, passing)
    wanted = admitted.size if limit is None else limit
    for number in _candidates(asked, market, shelf, admitted, wanted, weights, blend):
        columns = shelf.columns.at([number])
        other = compare.read(shelf.postings[number], market, shelf.weightings, passing, columns)
        yield (asked, other) if posting.kind == "request" else (other, asked)


def _stood_between(
    posting: Posting, standing: Standing, market: Market, shelf: Shelf, today: date
) -> list[int]:
    """The numbers of those that a refusal or a full offer keeps away from a posting: few, found by name."""
    ids: set[str | None] = set()
    numbers: list[int] = []
    for park in standing.parks:
        if park.until < today:
            continue
        if park.kind == "pair":
            ids.add(park.offer if park.request == posting.id else park.request)
        elif park.kind == "sector":
            partner = park.provider if posting.kind == "request" else park.receiver
            country = market.tables.countries.get(partner or "", -1)
            numbers += np.flatnonzero(shelf.doors.country == country).tolist()
    if posting.kind == "request":
        ids |= standing.busy()
    numbers += [n for n in (shelf.number(id) for id in ids if id is not None) if n is not None]

    def apart(number: int) -> bool:
        pair = (posting, shelf.postings[number])
        request, offer = pair if posting.kind == "request" else pair[::-1]
        return bool(standing.between(request, offer, today)) or standing.load(offer, today).is_full

    return [number for number in dict.fromkeys(numbers) if apart(number)]


def _candidates(
    asked: Read, market: Market, shelf: Shelf, admitted: Numbers, limit: int, weights: Weights, blend: Blend
) -> Numbers:
    """The admitted postings that can be among the first `limit`.

    The channel's fit is the dear part, and it lies in [0, 1]: only who could still pass the limit-th
    with the best of fits is kept. Single precision is allowed for by SLACK.
    """
    similarity = compare.similarities(asked, shelf, blend)[admitted]
    cheap = total(_pairs(asked, shelf.columns.at(admitted), similarity, market), weights, _CHEAP)
    if admitted.size <= limit:
        return admitted
    bar = np.partition(cheap, -limit)[-limit]
    able = cheap + weights.channel >= bar - SLACK
    admitted, similarity, cheap = admitted[able], similarity[able], cheap[able]
    pairs = _pairs(asked, shelf.columns.at(admitted), similarity, market)
    score = cheap + weights.channel * _fits(pairs, market).total().max(axis=1)
    bar = np.partition(score, -limit)[-limit]
    kept: Numbers = admitted[score >= bar - SLACK]
    return kept


def _pairs(asked: Read, others: Columns, similarity: Values, market: Market) -> Pairs:
    request, offer = (asked.columns, others) if asked.posting.kind == "request" else (others, asked.columns)
    return Pairs(request, offer, similarity, market.tables)


def _fits(pairs: Pairs, market: Market) -> Fits:
    return market.channels.fits(pairs.request, pairs.offer, pairs.shared_sectors)


def _carried_by(channel: str, found: Suggestion) -> bool:
    return any(fit.channel == channel for fit in found.channels)


def _compared(request: Read, offer: Read, market: Market, blend: Blend) -> tuple[float, Pairs, Fits]:
    """How alike two texts are, the pair as the parts of the score see it, and the fits of its channels."""
    similarity = compare.similarity(request, offer, blend)
    pairs = Pairs(request.columns, offer.columns, np.array([similarity], np.float64), market.tables)
    fits = _fits(pairs, market)
    return similarity, replace(pairs, fit=fits.total()), fits


def _suggestion(
    request: Read,
    offer: Read,
    market: Market,
    *,
    asker: Asker,
    today: date,
    standing: Standing,
    weights: Weights,
    blend: Blend,
    most_channels: int | None,
) -> Suggestion:
    """Score and explain one pair; every number that is shown comes from here."""
    similarity, pairs, fits = _compared(request, offer, market, blend)
    parts = tuple(
        Part(
            name,
            round(float(found.value[0]), PLACES),
            getattr(weights, name),
            bool(found.known[0]),
            _evidence(name, request, offer, similarity, market, pairs, weights, blend),
        )
        for name, found in ((name, PARTS[name](pairs)) for name in PART_NAMES)
    )
    return Suggestion(
        request=request.posting,
        offer=offer.posting,
        score=round(sum(part.contribution for part in parts), PLACES),
        parts=parts,
        gates=gates(request.posting, offer.posting, asker=asker, today=today, standing=standing),
        channels=_channels(request, offer, fits, market, most_channels),
        meeting=compare.meeting(request, offer),
    )


def _evidence(
    name: str,
    request: Read,
    offer: Read,
    similarity: float,
    market: Market,
    pairs: Pairs,
    weights: Weights,
    blend: Blend,
) -> tuple[explain.Evidence, ...]:
    if name == "text":
        if not similarity:
            return ()
        contribution = weights.text * float(PARTS["text"](pairs).value[0])
        shares = [
            share * contribution / similarity for share in getattr(blend, compare.meeting(request, offer))
        ]
        return explain.terms(
            request.lexemes, offer.lexemes, request.rows, offer.rows, shares, market.thesaurus
        )
    if name == "channel" and pairs.fit is not None:
        best = market.channels.slugs[int(np.argmax(pairs.fit[0]))]
        return (explain.Evidence("channel", best, says=market.catalogue.channels[best].name),)
    found = explain.evidence(name, request.posting, offer.posting, market.catalogue)
    if name == "sector" and request.posting.topics and offer.posting.topics:
        return (*found, *_subthemes(request, offer, market))
    return found


def _subthemes(request: Read, offer: Read, market: Market) -> tuple[explain.Evidence, ...]:
    """The sub-themes that both texts name most."""
    shared = request.columns.subthemes[0] * offer.columns.subthemes[0]
    best = [int(place) for place in np.argsort(-shared, kind="stable")[:MOST_SUBTHEMES] if shared[place] > 0]
    return explain.subthemes([market.tables.subthemes[place] for place in best], market.thesaurus)


def _channels(
    request: Read, offer: Read, fits: Fits, market: Market, most: int | None
) -> tuple[ChannelFit, ...]:
    """The channels by fit, ties in the order of the catalogue; `most` of them, or all."""
    totals = fits.total()[0]
    situation = situation_of(request.posting, offer.posting)
    catalogue = market.catalogue
    return tuple(
        ChannelFit(
            channel=slug,
            fit=round(float(totals[place]), PLACES),
            reasons=explain.channel_reasons(
                place,
                request.posting,
                offer.posting,
                fits,
                {int(side.columns.nearest[0, place]) for side in (request, offer)},
                _spoken_of(place, request, offer, market),
                catalogue,
                market.thesaurus,
                market.channels,
            ),
            instruments=best_first(
                judge(instrument, situation, catalogue) for instrument in catalogue.instruments_of(slug)
            ),
        )
        for place, slug in (
            (int(place), market.channels.slugs[place]) for place in np.argsort(-totals, kind="stable")[:most]
        )
    )


def _spoken_of(channel: int, request: Read, offer: Read, market: Market) -> explain.SpokenOf | None:
    """The concepts that either text and the channel's chapter have in common and that weigh most, with the
    passage of the chapter that has most of them; None if no passage has any."""
    chapter, passages = market.channels.chapter_concepts[channel], market.channels.passages[channel]
    worth = np.zeros(len(market.vocabulary.concept_names))
    for side in (request, offer):
        row = side.rows[CONCEPTS]
        _, here, there = np.intersect1d(row.ids, chapter.ids, assume_unique=True, return_indices=True)
        worth[row.ids[here]] += row.values[here] * chapter.values[there]
    told = passages.worth(worth)
    if not told.any():
        return None
    best = [int(number) for number in np.argsort(-worth, kind="stable")[:MOST_CONCEPTS] if worth[number] > 0]
    names = tuple(market.vocabulary.concept_names[number] for number in best)
    return explain.SpokenOf(names, passages.citations[int(np.argmax(told))])


def situation_of(request: Posting, offer: Posting) -> Situation:
    """What a pair says of itself to an instrument's rules: both countries apply, and whoever joins them."""
    both = tuple(modality for modality in request.modalities if modality in offer.modalities)
    return Situation(
        receiver=request.country,
        provider=offer.country,
        named_applicants=(request.country, offer.country, *request.co_applicants),
        # A sector that was only read from a text must not decide what a fund says.
        sectors=explain.about_sectors(replace(request, read_sectors=()), replace(offer, read_sectors=())),
        modalities=both or request.modalities or offer.modalities,
        amount_usd=request.budget_usd,
    )
