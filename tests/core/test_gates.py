"""May a pair meet at all? One pair and many are asked alike, and a "no" has a name."""

from datetime import timedelta
from itertools import product
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue
from app.matching.gates import VISIBILITIES, Doors, GateName, gates, last_open_day, may_meet
from app.matching.posting import ANYONE, Asker, Posting, Status
from app.matching.suggest import consider, suggest
from tests.builders import TODAY, a_market, a_request, again, an_offer, partners

COUNTRIES = ["BRA", "JAM", "PER", "CUB"]
ASKERS = st.sampled_from(
    [
        ANYONE,
        Asker("administrator"),
        Asker("broker"),
        Asker("partner"),
        Asker("agency"),
        *(Asker("agency", country) for country in COUNTRIES),
    ]
)
DAYS = st.none() | st.integers(-2, 2).map(lambda days: TODAY + timedelta(days=days))
OFFERS = st.builds(
    an_offer,
    country=st.sampled_from(COUNTRIES),
    visibility=st.sampled_from(VISIBILITIES),
    status=st.sampled_from(get_args(Status)),
    valid_until=DAYS,
    capacity=st.none() | st.integers(1, 3),
)


def doors(offers: list[Posting]) -> Doors:
    return Doors(
        np.array([COUNTRIES.index(offer.country) for offer in offers], np.int16),
        np.array([last_open_day(offer) for offer in offers], np.int32),
        np.array([VISIBILITIES.index(offer.visibility) for offer in offers], np.int8),
    )


@given(offers=st.lists(OFFERS, max_size=12), asker=ASKERS, country=st.sampled_from(COUNTRIES))
def test_the_mask_lets_in_whom_no_gate_keeps_out(offers: list[Posting], asker: Asker, country: str) -> None:
    request = a_request(country=country)
    own = COUNTRIES.index(asker.country) if asker.country else None
    mask = may_meet(doors(offers), COUNTRIES.index(country), asker=asker, own=own, today=TODAY)
    assert mask.tolist() == [
        all(gate.answer != "not_met" for gate in gates(request, offer, asker=asker, today=TODAY))
        for offer in offers
    ]


@given(offer=OFFERS, asker=ASKERS)
def test_every_gate_is_asked_of_every_pair(offer: Posting, asker: Asker) -> None:
    asked = gates(a_request(), offer, asker=asker, today=TODAY)
    assert tuple(gate.name for gate in asked) == get_args(GateName)
    assert all(not gate.because or gate.answer == "not_met" for gate in asked)


YESTERDAY = TODAY - timedelta(days=1)


@pytest.mark.parametrize(
    ("request_is", "offer_is", "gate", "because"),
    [
        ({"status": "draft"}, {}, "open", ("request",)),
        ({}, {"status": "withdrawn"}, "open", ("offer",)),
        ({"valid_until": YESTERDAY}, {"valid_until": YESTERDAY}, "open", ("request", "offer")),
        ({"country": "BRA"}, {}, "different_country", ()),
        ({}, {"visibility": "brokers"}, "visible", ("offer",)),
        ({"visibility": "partners"}, {}, "visible", ("request",)),
    ],
)
def test_why_not_names_the_gate_and_whose_fault_it_is(
    request_is: dict[str, object],
    offer_is: dict[str, object],
    gate: str,
    because: tuple[str, ...],
    catalogue: Catalogue,
) -> None:
    request, offer = a_request(**request_is), an_offer(**offer_is)
    market = a_market(catalogue, request, offer)
    assert suggest(request, market, today=TODAY) == []
    pair = consider(request, offer, market, today=TODAY)
    assert pair.kept_out
    assert [(g.name, g.because) for g in pair.gates if g.answer == "not_met"] == [(gate, because)]
    assert pair.score > 0  # the parts are told all the same


def test_a_pair_that_may_meet_is_kept_out_by_nothing(catalogue: Catalogue) -> None:
    request, offer = a_request(valid_until=TODAY), an_offer(valid_until=TODAY)
    pair = consider(request, offer, a_market(catalogue), today=TODAY)
    assert not pair.kept_out
    answers = {gate.name: gate.answer for gate in pair.gates}
    assert answers.pop("capacity") == "unknown"
    assert set(answers.values()) == {"met"}
    stated = gates(request, again(offer, capacity=1), asker=ANYONE, today=TODAY)
    assert {gate.answer for gate in stated} == {"met"}


@pytest.mark.parametrize(
    ("asker", "seen"),
    [
        (ANYONE, {"public"}),
        (Asker("partner"), {"public", "partners"}),
        (Asker("agency", "JAM"), {"public", "partners"}),
        (Asker("agency", "BRA"), {"public", "partners", "brokers"}),
        (Asker("broker"), {"public", "partners", "brokers"}),
        (Asker("administrator"), {"public", "partners", "brokers"}),
    ],
)
def test_everyone_sees_what_is_meant_for_them(asker: Asker, seen: set[str]) -> None:
    assert {v for v in VISIBILITIES if asker.sees(an_offer(country="BRA", visibility=v))} == seen


def test_an_agency_finds_its_own_hidden_offers_for_a_foreign_request(catalogue: Catalogue) -> None:
    request, hidden = a_request(country="JAM"), an_offer(country="BRA", visibility="brokers")
    market = a_market(catalogue, hidden)
    found = {
        country: partners(suggest(request, market, today=TODAY, asker=Asker("agency", country)), request)
        for country in ("BRA", "PER")
    }
    assert found == {"BRA": [hidden.id], "PER": []}


def test_a_posting_that_may_not_be_seen_gets_no_suggestions(catalogue: Catalogue) -> None:
    market = a_market(catalogue, an_offer())
    for visibility, asker in product(VISIBILITIES, (ANYONE, Asker("partner"), Asker("broker"))):
        asked = a_request(visibility=visibility)
        assert bool(suggest(asked, market, today=TODAY, asker=asker)) == asker.sees(asked)
