"""From one posting to a ranked list: nothing is lost on the way, and the order is one that someone chose."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from app.catalogue import Catalogue
from app.eligibility import best_first
from app.evaluation.samples import Samples
from app.matching.features import VIEWS
from app.matching.gates import gates
from app.matching.market import Market
from app.matching.posting import ANYONE, Posting, Practice
from app.matching.score import PART_NAMES, PRACTICE_VALUES, Weights
from app.matching.suggest import BEST_CHANNELS, PLACES, Suggestion, consider, rank, situation_of, suggest
from tests.builders import A_BROKER, TODAY, a_market, a_request, again, an_offer, numbers, partners

NOTHING = Weights(text=1.0, sector=0, modality=0, precedent=0, proximity=0, practice=0, channel=0)
"""Weights to begin with where only some parts are to count."""


def admitted(asked: Posting, postings: list[Posting]) -> list[str]:
    """The ids that no gate keeps out, by asking every gate of every pair."""
    others = [posting for posting in postings if posting.kind != asked.kind]
    pairs = [(asked, other) if asked.kind == "request" else (other, asked) for other in others]
    return sorted(
        other.id
        for other, pair in zip(others, pairs, strict=True)
        if all(gate.answer != "not_met" for gate in gates(*pair, asker=A_BROKER, today=TODAY))
    )


@pytest.mark.parametrize("seed", range(2))
def test_the_first_of_a_short_list_are_the_first_of_all(
    seed: int, catalogue: Catalogue, sample_postings: list[Posting]
) -> None:
    chance = random.Random(seed)
    chosen = chance.sample(sample_postings, 60)
    market = a_market(catalogue, *chosen)
    for asked in chance.sample(chosen, 3):
        every = suggest(asked, market, today=TODAY, asker=A_BROKER, limit=len(chosen))
        assert sorted(partners(every, asked)) == admitted(asked, chosen)
        for limit in (1, 2, chance.randint(3, 25)):
            found = suggest(asked, market, today=TODAY, asker=A_BROKER, limit=limit)
            assert [numbers(one) for one in found] == [numbers(one) for one in every[:limit]]


def test_nobody_is_passed_over_under_any_weights(sample_market: Market, sampled: Samples) -> None:
    """The channel's fit is weighed last, so the more it counts the more there is to pass over wrongly."""
    chance = random.Random(3)
    for intake in chance.sample(list(sampled.requests.values()), 4):
        asked = intake.posting
        every = suggest(asked, sample_market, today=TODAY, limit=len(sample_market))
        for _ in range(60):
            weights = some_weights(chance)
            first = min(every, key=lambda one: (-scored(one, weights), one.offer.id))
            (found,) = suggest(asked, sample_market, today=TODAY, limit=1, weights=weights)
            assert (found.offer.id, found.score) == (first.offer.id, scored(first, weights)), weights


def test_a_channel_may_make_up_for_all_that_is_known_before_it(
    catalogue: Catalogue, sample_market: Market, sampled: Samples
) -> None:
    asked = sampled.requests["hti-depenses-enfants"].posting
    every = sorted(suggest(asked, sample_market, today=TODAY, limit=len(sample_market)), key=fit_of_best)
    least, best = every[0], every[-1]
    spread = fit_of_best(best) - fit_of_best(least)
    assert spread > 0.4
    proven, described = Practice("transferred"), Practice("described")
    market = a_market(catalogue, again(least.offer, practice=proven), again(best.offer, practice=described))
    behind = PRACTICE_VALUES["transferred"] - PRACTICE_VALUES["described"]
    for share, first in ((0.95, best), (1.05, least)):
        # What the practice is ahead by is this share of what the channel makes up for.
        channel = behind / (behind + share * spread)
        weights = replace(NOTHING, text=0.0, practice=1.0 - channel, channel=channel)
        (found,) = suggest(asked, market, today=TODAY, limit=1, weights=weights)
        assert found.offer.id == first.offer.id


def fit_of_best(one: Suggestion) -> float:
    return one.channels[0].fit


def some_weights(chance: random.Random) -> Weights:
    """Any weights that add up to 1; mostly the channel and one other part decide."""
    channel = chance.uniform(0.3, 0.8)
    shares = {name: chance.expovariate(1.0) ** 6 for name in PART_NAMES if name != "channel"}
    whole = sum(shares.values()) / (1.0 - channel)
    return Weights(**{name: share / whole for name, share in shares.items()}, channel=channel)


def scored(one: Suggestion, weights: Weights) -> float:
    """What a pair whose parts are known scores under other weights."""
    return round(sum(part.value * float(getattr(weights, part.name)) for part in one.parts), PLACES)


def test_the_numbers_of_the_list_are_those_of_the_pair_in_full(
    sample_market: Market, sample_postings: list[Posting]
) -> None:
    for asked in sample_postings[::24]:
        for listed in suggest(asked, sample_market, today=TODAY, limit=3):
            in_full = consider(listed.request, listed.offer, sample_market, today=TODAY)
            assert numbers(listed)[:-1] == numbers(in_full)[:-1]
            assert listed.channels == in_full.channels[:BEST_CHANNELS]
            assert (listed.parts, listed.gates) == (in_full.parts, in_full.gates)


def test_the_list_is_ordered_by_score_and_then_by_id(
    sample_market: Market, sample_postings: list[Posting]
) -> None:
    for asked in sample_postings[::40]:
        found = suggest(asked, sample_market, today=TODAY, limit=50)
        keys = [(-one.score, id) for one, id in zip(found, partners(found, asked), strict=True)]
        assert keys == sorted(keys)
        for one in found:
            fits = [channel.fit for channel in one.channels]
            assert fits == sorted(fits, reverse=True)


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_ties_are_broken_by_the_id_of_the_partner(limit: int, catalogue: Catalogue) -> None:
    ids = ["c", "a", "e", "b", "d"]
    market = a_market(catalogue, *(an_offer(id=id) for id in ids), *(a_request(id=id) for id in ids))
    asked, offered = a_request(), an_offer()
    assert partners(suggest(asked, market, today=TODAY, limit=limit), asked) == sorted(ids)[:limit]
    assert partners(suggest(offered, market, today=TODAY, limit=limit), offered) == sorted(ids)[:limit]


def test_the_order_in_which_postings_came_does_not_matter(
    catalogue: Catalogue, sample_postings: list[Posting]
) -> None:
    few = random.Random(5).sample(sample_postings, 21)  # a size at which an epoch counts them all
    backwards = a_market(catalogue, *reversed(few))
    forwards = a_market(catalogue, *few)
    for asked in few[::2]:
        one, other = (suggest(asked, market, today=TODAY, limit=30) for market in (forwards, backwards))
        assert partners(one, asked) == partners(other, asked)
        assert [s.score for s in one] == pytest.approx([s.score for s in other], abs=2e-6)


def test_a_posting_need_not_be_in_the_market_to_be_asked_about(
    sample_market: Market, sample_postings: list[Posting]
) -> None:
    for stored in sample_postings[::25]:
        only_asked = again(stored, id="not stored")
        found, expected = (
            suggest(asked, sample_market, today=TODAY, limit=5) for asked in (only_asked, stored)
        )
        assert [one.score for one in found] == [one.score for one in expected]
        assert partners(found, stored) == partners(expected, stored)


def test_a_question_changes_nothing_in_the_market(catalogue: Catalogue) -> None:
    market = a_market(catalogue, an_offer())
    sizes = [market.vocabulary.size(view) for view in range(len(VIEWS))]
    asked = a_request(title="Zyzzyva beetles", description="Words that nobody here has ever used: qwertz.")
    before = [numbers(one) for one in suggest(asked, market, today=TODAY)]
    assert [numbers(one) for one in suggest(asked, market, today=TODAY)] == before
    assert [market.vocabulary.size(view) for view in range(len(VIEWS))] == sizes
    assert len(market) == 1


def test_the_least_score_asked_for_is_kept(sample_market: Market, sampled: Samples) -> None:
    asked = next(iter(sampled.requests.values())).posting
    every = suggest(asked, sample_market, today=TODAY, limit=200)
    bar = every[4].score
    found = suggest(asked, sample_market, today=TODAY, limit=200, min_score=bar)
    assert [numbers(one) for one in found] == [numbers(one) for one in every if one.score >= bar]
    assert suggest(asked, sample_market, today=TODAY, min_score=1.0) == []
    assert suggest(asked, sample_market, today=TODAY, limit=0) == []


def test_a_channel_that_is_asked_for_carries_every_pair(sample_market: Market, sampled: Samples) -> None:
    asked = sampled.requests["jam-boys-at-risk"].posting
    every = suggest(asked, sample_market, today=TODAY, limit=200)
    found = suggest(asked, sample_market, today=TODAY, limit=4, channel="wbg")
    carried = [one for one in every if "wbg" in [channel.channel for channel in one.channels]]
    assert [numbers(one) for one in found] == [numbers(one) for one in carried[:4]]


def test_the_pair_in_full_lists_every_channel_with_the_verdict_of_every_instrument(
    sample_market: Market, sampled: Samples, catalogue: Catalogue
) -> None:
    request = sampled.requests["jam-boys-at-risk"].posting
    offer = next(intake.posting for intake in sampled.offers.values() if intake.posting.country == "BRA")
    pair = consider(request, offer, sample_market, today=TODAY)
    assert sorted(fit.channel for fit in pair.channels) == sorted(catalogue.channels)
    for fit in pair.channels:
        told = {verdict.instrument.slug for verdict in fit.instruments}
        assert told == {instrument.slug for instrument in catalogue.instruments_of(fit.channel)}
        assert fit.instruments == best_first(fit.instruments)


def test_an_instrument_is_told_of_the_pair_and_of_whoever_joins_it() -> None:
    request = a_request(
        sectors=["health", "social"],
        modalities=["training"],
        budget_usd=15_000,
        co_applicants=("BRB", "BRA"),
    )
    told = situation_of(request, an_offer(sectors=["social"], modalities=["study-visit"]))
    assert (told.receiver, told.provider, told.amount_usd) == ("JAM", "BRA", 15_000)
    assert told.applicants == ("JAM", "BRA", "BRB")
    assert (told.sectors, told.modalities) == (("social",), ("training",))
    assert situation_of(a_request(), an_offer(modalities=["study-visit"])).modalities == ("study-visit",)


def test_nobody_is_suggested_to_themselves_or_from_their_own_side(
    sample_market: Market, sample_postings: list[Posting]
) -> None:
    for asked in sample_postings[::15]:
        for one in suggest(asked, sample_market, today=TODAY, asker=ANYONE, limit=20):
            assert asked in (one.request, one.offer)
            assert (one.request.kind, one.offer.kind) == ("request", "offer")
            assert one.request.country != one.offer.country
            assert not one.kept_out


def test_a_later_day_only_takes_away(sample_market: Market, sampled: Samples) -> None:
    asked = again(sampled.requests["jam-boys-at-risk"].posting, valid_until=None)
    days = [TODAY + timedelta(days=days) for days in (0, 200, 2000)]
    found = [set(partners(suggest(asked, sample_market, today=day, limit=200), asked)) for day in days]
    assert all(later <= earlier for earlier, later in pairwise(found))


def test_a_ranking_without_explanations_has_the_same_order_and_scores(
    sampled: Samples, sample_market: Market
) -> None:
    for side in (sampled.requests, sampled.offers):
        for intake in list(side.values())[:12]:
            found = suggest(intake.posting, sample_market, today=TODAY, asker=A_BROKER, limit=7)
            ranked = rank(intake.posting, sample_market, today=TODAY, asker=A_BROKER, limit=7)
            assert [(one.posting.id, one.score) for one in ranked] == [
                (partner, one.score)
                for partner, one in zip(partners(found, intake.posting), found, strict=True)
            ]
