"""How two texts meet depends on their languages, and what each view then counts on someone's choice."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue
from app.language.translate import Translation
from app.matching.blend import BLEND, MEETINGS, Blend, Shares, meetings
from app.matching.features import VIEWS
from app.matching.posting import Posting
from app.matching.suggest import consider, suggest
from tests.builders import TODAY, a_market, a_request, again, an_offer

SPANISH = {"language": "es", "title": "Bancos de leche humana", "description": "Apoyamos a los hospitales."}
PORTUGUESE = {"language": "pt", "title": "Bancos de leite humano", "description": "Apoiamos hospitais."}
DUTCH = {"language": "nl", "title": "Moedermelk", "description": "Wij helpen de ziekenhuizen."}
IN_PIVOT = Translation("Bancos de leche humana Apoyamos hospitales", "a test")


def test_there_is_a_share_for_every_view_and_a_row_for_every_meeting() -> None:
    assert Shares._fields == VIEWS
    assert tuple(field.name for field in fields(Blend)) == MEETINGS
    assert BLEND.table().shape == (len(MEETINGS), len(VIEWS))
    assert BLEND.table()[MEETINGS.index("unbridged")].tolist() == pytest.approx(list(BLEND.unbridged))


def test_no_view_takes_away_from_the_similarity() -> None:
    for meeting in MEETINGS:
        shares = getattr(BLEND, meeting)
        for view in VIEWS:
            with pytest.raises(ValueError, match="takes away"):
                replace(BLEND, **{meeting: shares._replace(**{view: -0.01})})
            replace(BLEND, **{meeting: shares._replace(**{view: 0.0})})


@given(
    language=st.integers(0, 4),
    bridged=st.booleans(),
    others=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=12),
)
def test_texts_meet_in_their_language_or_over_the_bridge_or_without_one(
    language: int, bridged: bool, others: list[tuple[int, bool]]
) -> None:
    found = meetings(
        np.array([language], np.int8),
        np.array([bridged]),
        np.array([one for one, _ in others], np.int8),
        np.array([bridge for _, bridge in others], np.bool_),
    )
    expected = [
        "same" if one == language else "bridged" if bridged and bridge else "unbridged"
        for one, bridge in others
    ]
    assert [MEETINGS[place] for place in found] == expected


@pytest.mark.parametrize(
    ("asked", "given", "meeting"),
    [
        (SPANISH, SPANISH, "same"),
        (PORTUGUESE, PORTUGUESE, "same"),
        (PORTUGUESE, PORTUGUESE | {"translation": IN_PIVOT}, "same"),
        (SPANISH, PORTUGUESE | {"translation": IN_PIVOT}, "bridged"),
        (PORTUGUESE | {"translation": IN_PIVOT}, SPANISH, "bridged"),
        (SPANISH, PORTUGUESE, "unbridged"),
        (SPANISH, DUTCH, "unbridged"),
        (PORTUGUESE | {"translation": IN_PIVOT}, DUTCH, "unbridged"),
    ],
)
def test_a_pair_tells_through_what_it_was_compared(
    asked: dict[str, object], given: dict[str, object], meeting: str, catalogue: Catalogue
) -> None:
    request, offer = a_request(**asked), an_offer(**given)
    market = a_market(catalogue, offer)
    (listed,) = suggest(request, market, today=TODAY)
    assert listed.meeting == meeting
    assert consider(request, offer, market, today=TODAY).meeting == meeting


def text_of(request: Posting, offer: Posting, catalogue: Catalogue, blend: Blend) -> float:
    found = consider(request, offer, a_market(catalogue, offer), today=TODAY, blend=blend)
    return next(part.value for part in found.parts if part.name == "text")


def only(meeting: str, view: str) -> Blend:
    nothing = Shares(0.0, 0.0, 0.0, 0.0)
    none = Blend(nothing, nothing, nothing)
    return replace(none, **{meeting: nothing._replace(**{view: 1.0})})


def test_only_the_shares_of_the_own_meeting_count(catalogue: Catalogue) -> None:
    offer = an_offer(**PORTUGUESE)
    bridged = again(offer, translation=IN_PIVOT)
    for met, meeting in ((an_offer(**SPANISH), "same"), (bridged, "bridged"), (offer, "unbridged")):
        for other in MEETINGS:
            value = text_of(a_request(**SPANISH), met, catalogue, only(other, "grams"))
            assert (value > 0) == (other == meeting), (meeting, other)


def test_a_translation_lets_words_meet_that_had_nothing_in_common(catalogue: Catalogue) -> None:
    request = a_request(language="es", title="Desnutrición", description="Infantil.")
    offer = an_offer(language="en", title="Undernourishment", description="Of kids.")
    in_pivot = again(offer, translation=Translation("Desnutrición de los niños", "a test"))
    assert text_of(request, offer, catalogue, only("unbridged", "pivot")) == 0
    assert text_of(request, in_pivot, catalogue, only("bridged", "pivot")) > 0
    assert text_of(request, in_pivot, catalogue, BLEND) > text_of(request, offer, catalogue, BLEND)


def test_a_list_under_any_blend_has_the_numbers_of_its_pairs(
    catalogue: Catalogue, sample_postings: list[Posting]
) -> None:
    offers = [one for one in sample_postings if one.kind == "offer"][:30]
    offers = [again(one, translation=IN_PIVOT) if place % 3 == 0 else one for place, one in enumerate(offers)]
    market = a_market(catalogue, *offers)
    asked = next(one for one in sample_postings if one.kind == "request" and one.language == "es")
    blends = [BLEND, *(only(meeting, view) for meeting in MEETINGS for view in VIEWS)]
    for blend in blends:
        found = suggest(asked, market, today=TODAY, limit=len(offers), blend=blend)
        assert {one.meeting for one in found} == {"same", "bridged", "unbridged"}
        for one in found[::5]:
            pair = consider(asked, one.offer, market, today=TODAY, blend=blend)
            assert (pair.score, pair.parts) == (one.score, one.parts)
        first = suggest(asked, market, today=TODAY, limit=3, blend=blend)
        assert [one.offer.id for one in first] == [one.offer.id for one in found[:3]]
