"""What is open is found at once, what is closed never, and nothing is fitted on the way."""

import random
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue
from app.matching import features, index
from app.matching.features import VIEWS, Row
from app.matching.market import FIRST_EPOCH, GROWTH, Market, Weightings, epoch_size
from app.matching.posting import Posting
from app.matching.suggest import suggest
from tests.builders import TODAY, a_market, a_request, again, an_offer, numbers, partners


def told(market: Market, asked: list[Posting]) -> list[object]:
    return [numbers(one) for posting in asked for one in suggest(posting, market, today=TODAY, limit=5)]


def weightings(market: Market) -> Weightings:
    offers, requests = market.shelf("offer").weightings, market.shelf("request").weightings
    assert offers is requests
    return offers


def test_two_markets_that_received_the_same_say_the_same(
    catalogue: Catalogue, sample_postings: list[Posting], sample_market: Market
) -> None:
    """One is filled at once; the other gets posting after posting, and begins every epoch on the way."""
    slow = a_market(catalogue)
    for posting in sample_postings:
        slow.put(posting)
        slow.renew_if_due()
    asked = sample_postings[::9]
    assert told(slow, asked) == told(sample_market, asked)
    for one, other in zip(weightings(slow), weightings(sample_market), strict=True):
        features_known = np.arange(max(one.fitted.size, other.fitted.size), dtype=np.int32)
        assert np.array_equal(one.idf(features_known), other.idf(features_known))


def test_nothing_is_fitted_when_postings_come_and_go(
    catalogue: Catalogue, sample_postings: list[Posting], monkeypatch: pytest.MonkeyPatch
) -> None:
    market = a_market(catalogue)
    before = weightings(market)
    with monkeypatch.context() as forbidden:
        forbidden.setattr(features, "TfidfTransformer", None)
        for posting in sample_postings[:FIRST_EPOCH]:
            market.put(posting)
            suggest(posting, market, today=TODAY)
        market.put(again(sample_postings[0], status="withdrawn"))
        market.put(sample_postings[0])
        assert weightings(market) is before
    assert market.renew_if_due()
    assert weightings(market) is not before
    assert not market.renew_if_due()


@given(held=st.integers(0, 300_000))
def test_an_epoch_begins_when_the_market_has_grown_by_a_quarter(held: int) -> None:
    size = epoch_size(held)
    assert size <= held
    assert epoch_size(size) == size
    assert held < (int(size * GROWTH) + 1 if size else FIRST_EPOCH)
    assert size <= epoch_size(held + 1)


def test_a_posting_is_found_as_soon_as_it_is_put(catalogue: Catalogue) -> None:
    market, request = a_market(catalogue), a_request()
    assert suggest(request, market, today=TODAY) == []
    offer = an_offer()
    market.put(offer)
    assert partners(suggest(request, market, today=TODAY), request) == [offer.id]
    assert partners(suggest(offer, market, today=TODAY), offer) == []
    market.put(request)
    assert partners(suggest(offer, market, today=TODAY), offer) == [request.id]


def test_a_changed_posting_takes_the_place_of_what_was_known_of_it(catalogue: Catalogue) -> None:
    request = a_request(sectors=["health"])
    offer = an_offer(sectors=["environment"])
    market = a_market(catalogue, offer)
    before = suggest(request, market, today=TODAY)[0]
    changed = again(offer, title="Newborn children and milk", sectors=("health",))
    market.put(changed)
    (after,) = suggest(request, market, today=TODAY)
    assert after.offer is changed
    assert after.score > before.score
    assert (market.get("offer", offer.id), len(market)) == (changed, 1)


@pytest.mark.parametrize(
    "closed",
    [
        {"status": "draft"},
        {"status": "withdrawn"},
        {"status": "expired"},
        {"status": "fulfilled"},
        {"valid_until": TODAY - timedelta(days=1)},
    ],
    ids=str,
)
def test_what_is_closed_is_never_suggested(closed: dict[str, object], catalogue: Catalogue) -> None:
    request, market = a_request(), a_market(catalogue)
    for was_open_before in (False, True):
        offer = an_offer()
        if was_open_before:
            market.put(offer)
        for _ in range(2):
            market.put(again(offer, **closed))
            assert suggest(request, market, today=TODAY) == []
    market.put(offer)
    assert partners(suggest(request, market, today=TODAY), request) == [offer.id]


def test_a_posting_is_open_on_its_last_day_and_closes_without_anybody_writing(catalogue: Catalogue) -> None:
    request, offer = a_request(), an_offer(valid_until=TODAY)
    market = a_market(catalogue, offer)
    assert len(suggest(request, market, today=TODAY)) == 1
    assert suggest(request, market, today=TODAY + timedelta(days=1)) == []


def test_a_withdrawal_of_what_is_not_there_is_no_harm(catalogue: Catalogue) -> None:
    market = a_market(catalogue, an_offer(status="withdrawn"))
    assert len(market) == 0
    assert market.get("offer", "never heard of") is None


def test_an_offer_and_a_request_may_have_the_same_id(catalogue: Catalogue) -> None:
    offer, request = an_offer(id="same"), a_request(id="same")
    market = a_market(catalogue, offer, request)
    market.put(again(offer, status="withdrawn"))
    assert (market.get("offer", "same"), market.get("request", "same")) == (None, market.tagged(request))


def test_a_shelf_holds_what_came_and_stayed_whatever_the_order_of_things(
    catalogue: Catalogue, sample_postings: list[Posting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "TAIL", 5)
    chance = random.Random(11)
    market, open_now = a_market(catalogue), dict[tuple[str, str], Posting]()
    for step in range(400):
        posting = chance.choice(sample_postings)
        match chance.choice(["put", "put", "change", "withdraw", "renew"]):
            case "renew":
                market.renew_if_due()
                continue
            case "change":
                posting = again(posting, title=f"{posting.title} {chance.choice(sample_postings).title}")
            case "withdraw":
                posting = again(posting, status="withdrawn")
        market.put(posting)
        open_now.pop((posting.kind, posting.id), None)
        if posting.status == "published":
            open_now[posting.kind, posting.id] = posting
        if step % 20 == 0:
            check_shelves(market, open_now)
    check_shelves(market, open_now)


def check_shelves(market: Market, open_now: dict[tuple[str, str], Posting]) -> None:
    """What is not closed on a shelf is what is open, once each, and weighs what its text weighs."""
    assert len(market) == len(open_now)
    for kind in ("offer", "request"):
        shelf = market.shelf("offer" if kind == "offer" else "request")
        standing = np.flatnonzero(shelf.doors.open_until >= TODAY.toordinal())
        held = {shelf.postings[number].id: shelf.postings[number] for number in standing}
        assert len(held) == standing.size
        assert held == {id: posting for (side, id), posting in open_now.items() if side == kind}
        assert shelf.columns.country.size == shelf.doors.country.size == shelf.size
        for number in standing[:: max(1, standing.size // 4)]:
            posting = shelf.postings[number]
            assert shelf.columns.country[number] == market.tables.countries[posting.country]
            for view, counted in enumerate(market.vocabulary.read(posting.wording)):
                row = Row(counted.ids, shelf.weightings[view].weigh(counted))
                assert shelf.texts.cosines(view, row)[number] == pytest.approx(1.0, abs=1e-5)
    assert len(VIEWS) == len(weightings(market))


def test_a_search_sees_one_state_though_others_write(catalogue: Catalogue) -> None:
    first = an_offer(sectors=["health"])  # nothing to be read from its text: it is held as it is
    market = a_market(catalogue, first)
    shelf = market.shelf("offer")
    for _ in range(100):
        market.put(an_offer())
    assert shelf.size == 1
    assert shelf.texts.size == shelf.doors.country.size == shelf.columns.country.size == 1
    assert shelf.postings[0] is first
    assert market.shelf("offer").size == 101
