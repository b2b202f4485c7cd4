"""A score is the sum of its parts and nothing else; what is not known adds nothing."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue
from app.matching.blend import BLEND
from app.matching.channels import FIT_WEIGHTS, FitWeights
from app.matching.market import Market
from app.matching.posting import Posting, Practice, PracticeLevel
from app.matching.score import (
    A_LITTLE,
    ANY_SECTOR,
    FROM_TEXT,
    HALF_WAY,
    HINDERED,
    OF_SECTORS,
    PART_NAMES,
    PARTS,
    PRACTICE_VALUES,
    STANDS_IN,
    WEIGHTS,
    Weights,
    no_room,
    over_sets,
    text_value,
)
from app.matching.suggest import Suggestion, consider
from tests.builders import TODAY, a_market, a_request, again, an_offer, ranking
from tests.core.test_catalogue import SECTORS

GRADES: tuple[PracticeLevel, ...] = ("transferred", "evaluated", "documented", "described")
CARRIED = ["technical-assistance", "expert-deployment", "training", "study-visit", "workshop-seminar"]
TITLES = ["Milk banks", "Bancos de leche", "Agua segura", "Keeping boys out of violence", "123"]
KNOWN: dict[str, Any] = {
    "country": st.sampled_from(["ARG", "BLZ", "BRA", "CUB", "GUY", "HTI", "JAM", "MEX", "AIA"]),
    "language": st.sampled_from(["en", "es", "pt", "fr", "nl"]),
    "sectors": st.lists(st.sampled_from(SECTORS.split()), max_size=3, unique=True),
    "modalities": st.lists(st.sampled_from(CARRIED), max_size=3, unique=True),
    "title": st.sampled_from(TITLES),
}
REQUESTS = st.builds(a_request, **KNOWN)
OFFERS = st.builds(an_offer, **KNOWN, practice=st.none() | st.sampled_from(GRADES).map(Practice))


@pytest.fixture(scope="module")
def market(catalogue: Catalogue) -> Market:
    """A market with nothing in it: a pair can be considered all the same."""
    return a_market(catalogue)


def pair(market: Market, request: Posting, offer: Posting) -> Suggestion:
    return consider(request, offer, market, today=TODAY)


def part(name: str, suggestion: Suggestion) -> tuple[float, bool]:
    return next((one.value, one.known) for one in suggestion.parts if one.name == name)


@given(request_=REQUESTS, offer=OFFERS)
def test_parts_lie_between_0_and_1_and_add_up_to_the_score(
    request_: Posting, offer: Posting, market: Market
) -> None:
    found = pair(market, request_, offer)
    assert tuple(one.name for one in found.parts) == PART_NAMES
    for one in found.parts:
        assert 0.0 <= one.value <= 1.0
        assert one.contribution == one.value * one.weight
        assert one.known or (one.value == 0.0 and one.contribution == 0.0)
    assert found.score == pytest.approx(sum(one.contribution for one in found.parts), abs=1e-6)
    assert 0.0 <= found.score <= 1.0
    assert found.coverage == pytest.approx(sum(one.weight for one in found.parts if one.known))
    assert all(0.0 <= channel.fit <= 1.0 for channel in found.channels)
    assert found.across_languages == (request_.language != offer.language)
    assert part("channel", found)[0] == max(channel.fit for channel in found.channels)


def test_the_published_weights_add_up_to_one() -> None:
    assert sum(asdict(WEIGHTS).values()) == pytest.approx(1.0)
    assert sum(asdict(FIT_WEIGHTS).values()) == pytest.approx(1.0)
    assert tuple(PARTS) == PART_NAMES == tuple(asdict(WEIGHTS))
    for weights in (Weights, FitWeights):
        first, second = list(asdict(weights()))[:2]
        with pytest.raises(ValueError, match="add up to 1"):
            weights(**{first: 0.99})
        with pytest.raises(ValueError, match="not negative"):
            weights(**{first: -0.1, second: getattr(weights(), second) + getattr(weights(), first) + 0.1})


def test_what_nobody_knows_adds_nothing_and_is_told_by_the_coverage(market: Market) -> None:
    # No sector is named, and none can be read from a text without words.
    found = pair(market, a_request(**WORDLESS), an_offer(**WORDLESS))
    unknown = {one.name for one in found.parts if not one.known}
    assert unknown == {"sector", "modality", "precedent", "practice"}
    assert found.coverage == pytest.approx(1 - sum(getattr(WEIGHTS, name) for name in unknown))
    assert all(one.contribution == 0 and one.evidence == () for one in found.parts if not one.known)


@given(request_=REQUESTS, offer=OFFERS)
def test_to_learn_a_practice_changes_no_other_part(request_: Posting, offer: Posting, market: Market) -> None:
    silent, proven = (
        pair(market, request_, again(offer, practice=practice))
        for practice in (None, Practice("transferred"))
    )
    others = [
        [(one.name, one.value, one.known) for one in found.parts if one.name != "practice"]
        for found in (silent, proven)
    ]
    assert others[0] == others[1]
    assert part("practice", silent) == (0.0, False)
    assert proven.score == pytest.approx(silent.score + WEIGHTS.practice, abs=2e-6)


SPECIAL = [slug for slug in SECTORS.split() if slug != ANY_SECTOR]


@given(asked=st.sampled_from(SPECIAL), other=st.sampled_from(SPECIAL))
def test_a_shared_sector_scores_above_a_different_one(asked: str, other: str, market: Market) -> None:
    request = a_request(sectors={asked})
    shared, different, any_one = (
        pair(market, request, an_offer(sectors={given})).score for given in (asked, other, ANY_SECTOR)
    )
    assert asked == other or shared > any_one > different


def test_a_shared_sector_ranks_above_a_different_one(catalogue: Catalogue) -> None:
    water, health = an_offer(sectors={"environment"}), an_offer(sectors={"health"})
    assert ranking(a_request(sectors={"environment"}), [health, water], catalogue) == [water.id, health.id]


WORDLESS = {"title": "7", "description": "2011."}


def test_cross_sector_meets_all_a_little(market: Market) -> None:
    def met(asked: list[str], given: list[str]) -> tuple[float, bool]:
        found = pair(market, a_request(sectors=asked, **WORDLESS), an_offer(sectors=given, **WORDLESS))
        value, known = part("sector", found)
        return round(value / OF_SECTORS, 5), known

    assert met(["health"], ["health"]) == (1.0, True)
    assert met(["health"], ["gender"]) == (0.0, True)
    assert met(["health"], ["health", "gender"]) == (0.5, True)
    assert met(["health"], [ANY_SECTOR]) == (A_LITTLE, True)
    assert met([ANY_SECTOR], [ANY_SECTOR]) == (1.0, True)
    assert met(["health"], ["health", ANY_SECTOR]) == (0.5, True)
    assert met(["health"], []) == met([], ["health"]) == met([], []) == (0.0, False)


SHOTS = {"title": "Vaccination", "description": "Vaccination."}
SHOTS_TOO = {"title": "Vacunación", "description": "Vacunación.", "language": "es"}


def test_sub_themes_that_both_texts_name_decide_the_rest_of_the_sector_part(market: Market) -> None:
    both = {"sectors": ["health"]}

    def met(asked: dict[str, str], given: dict[str, str]) -> float:
        return part("sector", pair(market, a_request(**both, **asked), an_offer(**both, **given)))[0]

    assert met(WORDLESS, WORDLESS) == met(SHOTS, WORDLESS) == OF_SECTORS
    assert met(SHOTS, SHOTS) == met(SHOTS, SHOTS_TOO) == pytest.approx(1.0, abs=1e-6)
    assert met(SHOTS, {"title": "Safe roads", "description": "Roads."}) == OF_SECTORS


def test_sectors_that_were_read_from_a_text_count_less_than_those_that_somebody_named(market: Market) -> None:
    read = market.tagged(a_request(**SHOTS))
    assert read.sectors == ()
    assert "health" in read.read_sectors
    named = again(read, sectors=read.read_sectors, read_sectors=())
    offer = an_offer(sectors=list(read.read_sectors), **SHOTS)
    assert part("sector", pair(market, named, offer)) == pytest.approx((1.0, True), abs=1e-6)
    for request in (read, again(read, read_sectors=())):
        assert part("sector", pair(market, request, offer)) == pytest.approx((FROM_TEXT, True), abs=1e-6)


def test_a_modality_of_the_same_family_stands_in_for_half(market: Market, catalogue: Catalogue) -> None:
    families: dict[str, list[str]] = {}
    for slug, known in catalogue.modalities.items():
        families.setdefault(known.family, []).append(slug)
    (one, akin, *_), (foreign, *_) = families["expertise"], families["visit"]

    def met(asked: list[str], given: list[str]) -> tuple[float, bool]:
        return part("modality", pair(market, a_request(modalities=asked), an_offer(modalities=given)))

    assert met([one], [one, foreign]) == (1.0, True)
    assert met([one], [akin]) == met([akin], [one]) == (STANDS_IN, True)
    assert met([one], [foreign]) == (0.0, True)
    assert met([one], []) == met([], [one]) == (0.0, False)


def test_a_modality_counts_less_where_what_it_needs_is_known_to_be_lacking(
    market: Market, catalogue: Catalogue
) -> None:
    room, words = "distance-learning-videoconference", "workshop-seminar"
    assert "facility" in catalogue.modalities[room].needs
    assert "interpreter" in catalogue.modalities[words].needs
    assert {"JAM", "SUR"} <= no_room(catalogue).keys()
    assert not {"BRA", "MEX", "ARG", "CHL"} & no_room(catalogue).keys()

    def met(asked: list[str], given: list[str], *where: str, tongue: str = "en") -> float:
        request = a_request(modalities=asked, country=where[0], language="en")
        return part(
            "modality", pair(market, request, an_offer(modalities=given, country=where[1], language=tongue))
        )[0]

    # A room on both sides; none at the one, at the other, at either.
    assert met([room], [room], "MEX", "BRA") == 1.0
    assert met([room], [room], "JAM", "BRA") == met([room], [room], "BRA", "JAM") == HINDERED
    assert met([room], [room], "JAM", "SUR") == HINDERED
    # A language of both texts, of both countries, and none.
    assert met([words], [words], "MEX", "BRA") == 1.0
    assert met([words], [words], "MEX", "ARG", tongue="es") == 1.0
    assert met([words], [words], "MEX", "BRA", tongue="pt") == HINDERED
    # What needs nothing of the kind is not hindered, nor is a pair that can do something else.
    assert met(["study-visit"], ["study-visit"], "JAM", "BRA", tongue="pt") == 1.0
    assert met([words, "training"], ["training", words], "MEX", "BRA", tongue="pt") == 1.0
    # What stands in is hindered alike.
    assert met(["training"], [words], "MEX", "BRA") == STANDS_IN
    assert met(["training"], [words], "MEX", "BRA", tongue="pt") == STANDS_IN * HINDERED
    assert met(["training"], [room, "capacity-building"], "JAM", "BRA") == STANDS_IN


def test_better_proof_ranks_higher(catalogue: Catalogue) -> None:
    assert sorted(PRACTICE_VALUES, key=lambda grade: -PRACTICE_VALUES[grade]) == list(GRADES)
    offers = [an_offer(practice=Practice(grade)) for grade in GRADES]
    silent = an_offer()
    assert ranking(a_request(), [silent, *reversed(offers)], catalogue) == [
        *(offer.id for offer in offers),
        silent.id,
    ]


def test_proximity_is_language_subregion_and_bloc_in_common(market: Market) -> None:
    def near(receiver: str, provider: str, tongue: str = "en") -> float:
        asked, given = a_request(country=receiver), an_offer(country=provider, language=tongue)
        return part("proximity", pair(market, asked, given))[0]

    assert near("JAM", "BRB") == 1.0
    assert near("ARG", "URY", "es") == 1.0
    assert near("JAM", "HTI", "fr") == 0.5  # one sub-region and CARICOM, no language
    assert near("JAM", "BRA") == 0.5  # both postings are in English
    assert near("JAM", "BRA", "pt") == 0.0


def test_precedent_is_half_the_providers_record_and_half_the_receivers(
    market: Market, catalogue: Catalogue
) -> None:
    said = {(r.area, r.sector, r.role) for r in catalogue.coverage if r.kind == "country"}
    for receiver, provider, sector in [
        ("JAM", "BRA", "social"),
        ("BOL", "BRA", "health"),
        ("HTI", "CUB", "health"),
    ]:
        expected = 0.0
        for country, role in ((provider, "provider"), (receiver, "receiver")):
            roles = {role_ for area, where, role_ in said if (area, where) == (country, sector)}
            expected += 0.5 * (1.0 if roles & {role, "both"} else 0.5 if roles else 0.0)
        asked, given = (
            a_request(country=receiver, sectors=[sector]),
            an_offer(country=provider, sectors=[sector]),
        )
        assert part("precedent", pair(market, asked, given)) == (expected, expected > 0)


def test_the_text_part_grows_with_the_cosine_and_stands_at_half_where_it_is_said_to() -> None:
    cosines = np.linspace(0.0, 1.0, 101, dtype=np.float32)
    values = text_value(cosines)
    assert values[0] == 0.0
    assert np.all(np.diff(values) > 0)
    assert values[-1] < 1.0
    assert float(text_value(np.array([HALF_WAY], np.float32))[0]) == pytest.approx(0.5)


def test_a_text_is_closest_to_itself_and_apart_from_what_shares_no_word(market: Market) -> None:
    offer = an_offer()
    same, other, none = (
        part("text", pair(market, a_request(title=title, description=description), offer))[0]
        for title, description in [
            (offer.title, offer.description),
            (offer.title, "Something else."),
            ("7", "2011."),
        ]
    )
    whole = sum(BLEND.same)  # what the views add up to where all of them agree
    assert same == pytest.approx(whole / (whole + HALF_WAY), abs=1e-6)
    assert same > other > none == 0.0


@given(table=st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=3))
def test_the_best_of_a_set_of_sectors_is_that_of_its_members(table: list[list[int]]) -> None:
    best = over_sets(np.array(table, np.float32))
    for place, row in enumerate(table):
        for bits in range(16):
            members = [value for sector, value in enumerate(row) if bits >> sector & 1]
            assert best[place, bits] == max(members, default=0)


def test_other_weights_change_contributions_and_not_values(market: Market) -> None:
    request, offer = a_request(sectors=["health"]), an_offer(sectors=["health"])
    other = replace(WEIGHTS, text=WEIGHTS.text - 0.1, sector=WEIGHTS.sector + 0.1)
    ours, theirs = (consider(request, offer, market, today=TODAY, weights=w) for w in (WEIGHTS, other))
    assert [one.value for one in ours.parts] == [one.value for one in theirs.parts]
    difference = 0.1 * (part("sector", ours)[0] - part("text", ours)[0])
    assert theirs.score - ours.score == pytest.approx(difference, abs=2e-6)
