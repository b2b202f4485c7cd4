"""What a country has sent before is told, in whatever language, to whoever may see it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from app.catalogue import Catalogue
from app.interpreter import with_translation
from app.language.apertium import Apertium
from app.matching.duplicates import ALIKE, MOST, NearDuplicate, near_duplicates
from app.matching.market import Market
from app.matching.posting import ANYONE, Asker, Posting
from tests.builders import MILK_BANKS, TODAY, a_market, a_request, again, an_offer

OPERATOR = Asker("administrator")

OTHER = {
    "title": "River gauging",
    "description": "We train hydrologists to measure the flow of great rivers.",
}
PAIRS = [(one, other) for one in MILK_BANKS for other in MILK_BANKS if one != other]


@pytest.fixture(scope="module")
def apertium() -> Iterator[Apertium]:
    translator = Apertium()
    yield translator
    translator.close()


def told_in(language: str, translator: Apertium, **fields: Any) -> Posting:
    return with_translation(an_offer(language=language, **MILK_BANKS[language], **fields), translator)


def near(posting: Posting, market: Market, asker: Asker = OPERATOR, today: date = TODAY) -> list[str]:
    return [one.posting.id for one in near_duplicates(posting, market, asker=asker, today=today)]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_same_offer_in_another_language_is_told_with_its_likeness(
    catalogue: Catalogue, apertium: Apertium, first: str, second: str
) -> None:
    stored, sent = told_in(first, apertium), told_in(second, apertium)
    market = a_market(catalogue, stored, an_offer(**OTHER))
    (found,) = near_duplicates(sent, market, asker=OPERATOR, today=TODAY)
    assert found == NearDuplicate(found.posting, found.likeness)
    assert found.posting.id == stored.id
    assert ALIKE <= found.likeness <= 1.0


def test_the_same_text_is_wholly_alike(catalogue: Catalogue) -> None:
    stored = an_offer()
    (found,) = near_duplicates(
        again(stored, id="sent"), a_market(catalogue, stored), asker=OPERATOR, today=TODAY
    )
    assert found.likeness == pytest.approx(1.0, abs=1e-3)
    assert found.likeness <= 1.0


def test_a_posting_is_no_duplicate_of_itself(catalogue: Catalogue) -> None:
    stored, twin = an_offer(), an_offer()
    market = a_market(catalogue, stored, twin)
    assert near(stored, market) == [twin.id]
    assert near(again(stored, title="Milk banks"), market) == [twin.id]


def test_what_says_something_else_is_not_told(catalogue: Catalogue) -> None:
    assert near(an_offer(**OTHER), a_market(catalogue, an_offer())) == []


@pytest.mark.parametrize("fields", [{"country": "CHL"}, {"country": "URY"}])
def test_another_countrys_is_not_told(catalogue: Catalogue, fields: dict[str, Any]) -> None:
    assert near(an_offer(**fields), a_market(catalogue, an_offer())) == []


def test_the_other_side_is_not_told(catalogue: Catalogue) -> None:
    offer = an_offer()
    request = a_request(title=offer.title, description=offer.description, country=offer.country)
    assert near(request, a_market(catalogue, offer)) == []


@pytest.mark.parametrize("status", ["withdrawn", "draft", "fulfilled", "expired"])
def test_what_is_not_published_is_not_told(catalogue: Catalogue, status: str) -> None:
    stored = an_offer()
    market = a_market(catalogue, stored)
    sent = an_offer()
    assert near(sent, market) == [stored.id]
    market.put(again(stored, status=status))
    assert near(sent, market) == []


def test_what_is_past_its_last_day_is_not_told(catalogue: Catalogue) -> None:
    market = a_market(catalogue, an_offer(valid_until=TODAY))
    assert len(near(an_offer(), market)) == 1
    assert near(an_offer(), market, today=TODAY + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("visibility", "seen_by"),
    [
        ("public", {"nobody", "partner", "chile", "brazil", "broker"}),
        ("partners", {"partner", "chile", "brazil", "broker"}),
        ("brokers", {"brazil", "broker"}),
    ],
)
def test_it_is_told_to_those_who_may_see_it(catalogue: Catalogue, visibility: str, seen_by: set[str]) -> None:
    askers = {
        "nobody": ANYONE,
        "partner": Asker("partner"),
        "chile": Asker("agency", "CHL"),
        "brazil": Asker("agency", "BRA"),
        "broker": Asker("broker"),
    }
    market = a_market(catalogue, an_offer(visibility=visibility))
    assert {name for name, asker in askers.items() if near(an_offer(), market, asker)} == seen_by


def test_what_may_not_be_seen_takes_nobodys_place(catalogue: Catalogue) -> None:
    hidden = [an_offer(visibility="brokers") for _ in range(MOST + 1)]
    seen = an_offer(title="Milk banks")
    assert near(an_offer(), a_market(catalogue, *hidden, seen), ANYONE) == [seen.id]


def test_the_most_alike_come_first_and_ties_in_the_order_in_which_they_came(catalogue: Catalogue) -> None:
    twins = [an_offer() for _ in range(MOST)]
    cousin = an_offer(title="Banks for human milk", description="Public hospitals collect and share milk.")
    market = a_market(catalogue, cousin, *twins)
    sent = an_offer()
    assert near(sent, market) == [one.id for one in twins]
    (*_, last) = near_duplicates(sent, a_market(catalogue, cousin, twins[0]), asker=OPERATOR, today=TODAY)
    assert last.posting.id == cousin.id
    assert last.likeness < 1.0


def test_the_bar_may_be_set_elsewhere(catalogue: Catalogue) -> None:
    market = a_market(catalogue, an_offer(title="Banks for human milk", description="Hospitals share milk."))
    found = {
        alike: near_duplicates(an_offer(), market, asker=OPERATOR, today=TODAY, alike=alike)
        for alike in (0.0, 0.99)
    }
    assert (len(found[0.0]), len(found[0.99])) == (1, 0)


def test_a_text_without_words_is_like_no_other(catalogue: Catalogue) -> None:
    market = a_market(catalogue, an_offer(title="7", description="2011."), an_offer())
    assert near(an_offer(title="7", description="2011."), market) == []


def test_an_empty_market_has_none(catalogue: Catalogue) -> None:
    assert near(an_offer(), a_market(catalogue)) == []


def test_to_ask_changes_nothing(catalogue: Catalogue) -> None:
    market = a_market(catalogue, an_offer())
    sizes = market._sizes()
    near(an_offer(title="Quuxes", description="Words that nobody has met: blorf, wibble."), market)
    assert (len(market), market._sizes()) == (1, sizes)
