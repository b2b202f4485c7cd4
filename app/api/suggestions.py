"""Suggestions over HTTP: for a posting, for one pair in full, and for a posting that is only asked about."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from app import cases, intake, postings, weightings
from app.api import wire
from app.api.answers import as_json, json_answer
from app.api.auth import Asking
from app.api.bodies import Query as Parameters
from app.api.bodies import Raw, known_filters
from app.api.checking import CheckIn
from app.api.contract import answers, takes
from app.api.house import Entered, House
from app.api.languages import Spoken
from app.api.postings import BODIES, Id, OfferId
from app.errors import Invalid
from app.interpreter import with_translation
from app.matching.blend import Meeting
from app.matching.market import Market
from app.matching.posting import Asker, Kind, Posting
from app.matching.standing import ParkKind, Standing
from app.matching.suggest import consider, suggest
from app.weightings import InUse

router = APIRouter(tags=["matching"])

ASKED = "asked"
"""Id of a posting that is only asked about."""


class SuggestionQuery(Parameters):
    """What a list of suggestions can be narrowed to."""

    limit: Annotated[int, Field(ge=1, le=200, description="Suggestions at most.")] = 10
    channel: Annotated[
        str | None, Field(description="Only pairs that it is among the best channels for.")
    ] = None
    min_score: Annotated[float, Field(ge=0, le=1, description="Only pairs that score at least this.")] = 0.0


class Engine(BaseModel):
    """Which engine, weights and edition of the catalogue an answer was made with."""

    version: str
    weighting: str = Field(description="Which weights: the engine's own, or a version learned and adopted.")
    weights: dict[str, float]
    blend: dict[Meeting, dict[str, float]] = Field(
        description="What a cosine in each view of two texts adds to their similarity, by their languages."
    )
    edition: str


class AskedFor(BaseModel):
    """The posting that suggestions were asked for; its id is null when it is not stored."""

    kind: Kind
    id: str | None


class Brief(BaseModel):
    """What of a posting is shown beside a score."""

    id: str
    title: str
    country: str
    language: str
    sectors: list[str]
    modalities: list[str]


class PartOut(BaseModel):
    """One addend of the score, with what it rests on."""

    name: str
    value: float
    weight: float
    contribution: float
    known: bool
    evidence: list[dict[str, Any]]


class ParkOut(BaseModel):
    """A refusal in effect, to its last day. Who refused and why is told to those concerned."""

    kind: ParkKind
    until: date
    reason: str
    label: str
    case: str | None


class LoadOut(BaseModel):
    """Exchanges that the offer carries, of how many at a time; `lowered` by refusals, to `until` at least."""

    taken: int
    capacity: int | None
    lowered: int
    until: date | None


class GateOut(BaseModel):
    """One condition for the pair to meet at all; `parks` and `load` where they are what it is about."""

    name: str
    answer: Literal["met", "not_met", "unknown"]
    because: list[str]
    parks: list[ParkOut] | None = None
    load: LoadOut | None = None


class VerdictOut(BaseModel):
    """An instrument's rules, answered; what to ask, and what to do next."""

    instrument: str
    verdict: Literal["eligible", "conditional", "ineligible"]
    as_of: str
    findings: list[dict[str, Any]]
    ask: list[str]
    next_steps: list[str]
    steps_of: Literal["instrument", "channel"] | None
    window: dict[str, Any]


class ChannelFitOut(BaseModel):
    """A channel that could carry the exchange, and its funds."""

    channel: str
    fit: float
    reasons: list[str]
    cited_reasons: list[dict[str, Any]]
    instruments: list[VerdictOut]


class ComparedOut(BaseModel):
    """Through what two texts were compared: the same language, the pivot, or concepts and letters alone."""

    languages: Meeting
    says: str


class SuggestionOut(BaseModel):
    """A pair, scored and explained. `kept_out` tells whether a gate is not met."""

    rank: int | None
    offer: Brief
    request: Brief
    score: float
    coverage: float
    across_languages: bool
    compared: ComparedOut
    kept_out: bool
    parts: list[PartOut]
    gates: list[GateOut]
    channels: list[ChannelFitOut]


class Suggestions(BaseModel):
    """Partners for a posting, best first."""

    engine: Engine
    for_: AskedFor = Field(alias="for")
    items: list[SuggestionOut]


class Pair(SuggestionOut):
    """One pair in full."""

    engine: Engine


_BRIEF = {"country": "BRA", "language": "pt", "sectors": ["social"], "modalities": ["study-visit"]}
_EXAMPLE_PAIR = {
    "rank": 1,
    "offer": {"id": "bra-bolsa", "title": "Transferência condicionada de renda", **_BRIEF},
    "request": {
        "id": "jam-transfers",
        "title": "Cash transfers that keep children in school",
        **_BRIEF,
        "country": "JAM",
        "language": "en",
    },
    "score": 0.6215,
    "coverage": 0.95,
    "across_languages": True,
    "compared": {
        "languages": "bridged",
        "says": "Compared through Spanish, into which English, Portuguese was translated, and …",
    },
    "kept_out": False,
    "parts": [
        {
            "name": "text",
            "value": 0.62,
            "weight": 0.5,
            "contribution": 0.31,
            "known": True,
            "evidence": [
                {
                    "kind": "concept",
                    "id": "cash-transfer",
                    "says": "cash transfer",
                    "in_request": "Cash transfers",
                    "in_offer": "Transferência condicionada de renda",
                    "contribution": 0.08,
                }
            ],
        }
    ],
    "gates": [{"name": "different_country", "answer": "met", "because": []}],
    "channels": [
        {
            "channel": "wbg",
            "fit": 0.71,
            "reasons": ["WBG works on conditional cash transfers."],
            "cited_reasons": [{"says": "WBG works on conditional cash transfers.", "citation": None}],
            "instruments": [
                {
                    "instrument": "seetf",
                    "verdict": "conditional",
                    "as_of": "2011",
                    "findings": [],
                    "ask": ["Will it lead to a concrete action?"],
                    "next_steps": ["Write a proposal."],
                    "window": {"kind": "rolling", "statement": None},
                }
            ],
        }
    ],
}
_EXAMPLE_ENGINE = {
    "version": "2.0.0",
    "weighting": "2.0.0",
    "weights": {"text": 0.5, "sector": 0.14},
    "blend": {"bridged": {"stems": 0.1, "pivot": 0.2, "grams": 0.4, "concepts": 0.4}},
    "edition": "sha256:…",
}


def _listed(kind: Kind, id: str | None) -> dict[int | str, dict[str, Any]]:
    example = {"engine": _EXAMPLE_ENGINE, "for": {"kind": kind, "id": id}, "items": [_EXAMPLE_PAIR]}
    return answers(Suggestions, example, tagged=False)


@router.get(
    "/v1/requests/{id}/suggestions",
    summary="Offers for a request",
    response_class=Response,
    responses=_listed("request", "jam-transfers"),
)
def for_request(
    identity: Id, house: Entered, asking: Asking, spoken: Spoken, query: Annotated[SuggestionQuery, Query()]
) -> Response:
    """Ranked and explained; none if the request is not open, see the pair in full for why not."""
    return _for_stored("request", identity, house, asking, spoken, query)


@router.get(
    "/v1/offers/{id}/suggestions",
    summary="Requests for an offer",
    response_class=Response,
    responses=_listed("offer", "bra-bolsa"),
)
def for_offer(
    identity: Id, house: Entered, asking: Asking, spoken: Spoken, query: Annotated[SuggestionQuery, Query()]
) -> Response:
    """Ranked and explained; none if the offer is not open, see the pair in full for why not."""
    return _for_stored("offer", identity, house, asking, spoken, query)


@router.post(
    "/v1/suggestions",
    summary="Partners for a posting that is not stored",
    response_class=Response,
    responses=_listed("request", None),
    openapi_extra=takes(CheckIn, {"request": BODIES["request"]}),
)
def what_if(
    house: Entered, asking: Asking, spoken: Spoken, raw: Raw, query: Annotated[SuggestionQuery, Query()]
) -> Response:
    """The same as for a stored posting, without storing anything."""
    kind, body = intake.wrapped(intake.an_object(raw))
    try:
        taken = intake.read(kind, body, house.catalogue, id=ASKED, today=house.today())
    except Invalid as invalid:
        raise Invalid(intake.within(f"/{kind}", invalid.faults)) from None
    # Whoever asks about a posting knows it, and asks what would be if it were published.
    posting = replace(taken.posting, visibility="public", status="published")
    posting = with_translation(posting, house.interpreter.translator)
    with house.database.reading() as session:
        market, used = house.desk.market(session), weightings.in_use(session)
        standing = cases.standing(session, posting, today=house.today())
    return _answer(posting, None, market, used, standing, house, asking, spoken, query)


@router.get(
    "/v1/requests/{id}/suggestions/{offer_id}",
    summary="One pair in full: why, and why not",
    response_class=Response,
    responses=answers(Pair, {"engine": _EXAMPLE_ENGINE, **_EXAMPLE_PAIR, "rank": None}, tagged=False),
)
def one_pair(identity: Id, offer_id: OfferId, house: Entered, asking: Asking, spoken: Spoken) -> Response:
    """Also when a gate keeps it out: then `kept_out` is true, and `gates` tells which."""
    with house.database.reading() as session:
        request = postings.get(session, "request", identity, asker=asking, today=house.today())
        offer = postings.get(session, "offer", offer_id, asker=asking, today=house.today())
        market, used = house.desk.market(session), weightings.in_use(session)
        standing = cases.standing(session, request, today=house.today())
    found = consider(
        request,
        offer,
        market,
        today=house.today(),
        asker=asking,
        standing=standing,
        weights=used.weights,
    )
    engine = wire.engine(house.catalogue, used.version, used.weights)
    return _json({"engine": engine, **wire.suggestion(found, spoken)}, spoken)


def _for_stored(
    kind: Kind, identity: str, house: House, asking: Asker, spoken: str, query: SuggestionQuery
) -> Response:
    with house.database.reading() as session:
        posting = postings.get(session, kind, identity, asker=asking, today=house.today())
        market, used = house.desk.market(session), weightings.in_use(session)
        standing = cases.standing(session, posting, today=house.today())
    return _answer(posting, posting.id, market, used, standing, house, asking, spoken, query)


def _answer(
    posting: Posting,
    identity: str | None,
    market: Market,
    used: InUse,
    standing: Standing,
    house: House,
    asking: Asker,
    spoken: str,
    query: SuggestionQuery,
) -> Response:
    found = suggest(
        posting,
        market,
        today=house.today(),
        asker=asking,
        standing=standing,
        limit=query.limit,
        channel=known_filters(house.catalogue, channel=query.channel)["channel"],
        min_score=query.min_score,
        weights=used.weights,
    )
    items = [wire.suggestion(one, spoken, rank=rank) for rank, one in enumerate(found, start=1)]
    asked = {"kind": posting.kind, "id": identity}
    engine = wire.engine(house.catalogue, used.version, used.weights)
    return _json({"engine": engine, "for": asked, "items": items}, spoken)


def _json(content: dict[str, Any], spoken: str) -> Response:
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Language": spoken,
        "Vary": "Authorization, Accept-Language",
    }
    return json_answer(as_json(content), headers=headers)
