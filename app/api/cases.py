"""Cases over HTTP: a suggestion taken up, its steps, its refusals and its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from app import cases, postings, weightings
from app.accounts import Caller
from app.api import idempotent, wire
from app.api.answers import as_json, json_answer, page
from app.api.auth import By
from app.api.bodies import ListQuery, Raw, known_filters
from app.api.conditional import IfMatch, Versions, answered, tag_of
from app.api.contract import answers, lists, takes
from app.api.house import Entered, House
from app.api.idempotent import Key
from app.api.languages import Spoken
from app.api.postings import wire as as_posted
from app.api.suggestions import Engine, SuggestionOut
from app.brokering.clock import due_on
from app.brokering.frozen import Frozen, freeze
from app.brokering.outcome import Outcome, read_outcome
from app.brokering.refusals import REASONS, EffectKind, effect_says, label_of
from app.brokering.steps import PUBLIC, Action, Party, PublicState, Side, State, WaitingOn, open_steps
from app.cases import LONGEST_NOTE, Case, Event, Said
from app.catalogue import Catalogue
from app.errors import Fault, Forbidden, Invalid, NotFound
from app.intake import Said as Readable
from app.intake import an_object, faults_of
from app.matching.suggest import consider, suggest

SHOWN = 10
"""Places of the list that the choice was made from, kept with a case."""

Note = Annotated[str, Field(max_length=LONGEST_NOTE), Readable]


T = TypeVar("T", bound=BaseModel)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class CaseIn(_In):
    """The pair to take up. Without a channel the best one is taken, without an instrument its best one."""

    request_id: Annotated[str, Field(max_length=64)]
    offer_id: Annotated[str, Field(max_length=64)]
    channel: Annotated[str, Field(max_length=64)] | None = None
    instrument: Annotated[str, Field(max_length=64)] | None = None
    reason: Note | None = Field(
        None, description="Why this one, when a gate keeps it out or it does not stand first."
    )


class StepIn(_In):
    """A step may come with a note."""

    note: Note | None = None


class AcceptIn(StepIn):
    """For which side; an agency speaks for its own and need not say."""

    side: Side | None = None


class DeclineIn(StepIn):
    """Why, by a code of /v1/refusal-reasons; some reasons want a note."""

    reason: Annotated[str, Field(max_length=64)] | None = None
    side: Side | None = None


class CompleteIn(StepIn):
    """What came of it: an outcome, or a text alone, which is its summary."""

    outcome: dict[str, Any] | str


class CommentIn(_In):
    """Something to be said in the case, to its broker and both sides."""

    text: Note


class BriefOut(BaseModel):
    """A posting as it was when the case was made."""

    id: str
    title: str
    language: str
    country: str


class AnswersOut(BaseModel):
    """What each side has said to the proposal."""

    provider: Literal["accepted", "declined"] | None
    receiver: Literal["accepted", "declined"] | None


class OpenStep(BaseModel):
    """A step that can be taken now, and by whom."""

    action: Action
    by: list[Party]


class RefusalOut(BaseModel):
    """Why it was declined."""

    code: str
    label: str


class DueOut(BaseModel):
    """When the clock acts if nobody does; null for what is over."""

    reminder: datetime | None
    escalation: datetime | None
    lapse: datetime | None


class CaseOut(BaseModel):
    """A case: where it stands, who must act next, and what each side has said."""

    id: str
    state: State
    public_state: PublicState
    version: int
    request: BriefOut
    offer: BriefOut
    sectors: list[str]
    channel: str | None
    instrument: str | None
    answers: AnswersOut
    waiting_on: WaitingOn
    waiting_since: datetime
    due: DueOut
    stalled: bool
    held_by: str | None = Field(description="The case that takes the place which this one would need.")
    broker: str
    reason: str | None = Field(description="Why the broker took this pair up.")
    rank: int | None = Field(description="The offer's place in the list it was taken from.")
    score: float
    refusal: RefusalOut | None
    outcome: Outcome | None
    open_steps: list[OpenStep]
    proposed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    updated_by: str


class EventOut(BaseModel):
    """One line of the history."""

    number: int
    at: datetime
    by: str
    party: Party
    entry: str
    before: State | None
    after: State
    side: Side | None
    reason: str | None
    note: str | None
    facts: dict[str, Any]


class FrozenOut(BaseModel):
    """What the case rests on, as it was shown when it was made."""

    engine: Engine
    suggestion: SuggestionOut
    request: dict[str, Any]
    offer: dict[str, Any]


class WholeCaseOut(CaseOut):
    """A case with what it rests on and everything that was done and said."""

    frozen: FrozenOut | None = Field(description="Null for whoever has no part in it.")
    history: list[EventOut]


class EffectOut(BaseModel):
    """What a refusal does to later matching."""

    kind: EffectKind
    days: int | None
    says: str


class ReasonOut(BaseModel):
    """A reason to refuse, with the effect that it has."""

    code: str
    label: str
    effect: EffectOut
    wants_note: bool


def wired(case: Case, house: House, language: str) -> dict[str, Any]:
    """A case as it goes out."""
    due = due_on(house.settings.paces, case.state, case.since)
    return {
        "id": case.id,
        "state": case.state,
        "public_state": case.public_state,
        "version": case.version,
        "request": case.request,
        "offer": case.offer,
        "sectors": list(case.sectors),
        "channel": case.channel,
        "instrument": case.instrument,
        "answers": case.answers,
        "waiting_on": case.waiting_on,
        "waiting_since": case.since,
        "due": due,
        "stalled": due["reminder"] is not None and due["reminder"] <= house.now(),
        "held_by": case.held_by,
        "broker": case.broker_name,
        "reason": case.why,
        "rank": case.rank,
        "score": case.score,
        "refusal": (
            {"code": case.refusal, "label": label_of(case.refusal).in_(language)} if case.refusal else None
        ),
        "outcome": case.outcome,
        "open_steps": [
            {"action": one.action, "by": list(one.by)} for one in open_steps(case.state, case.answers)
        ],
        "proposed_at": case.proposed_at,
        "created_at": case.created_at,
        "updated_at": case.updated_at,
        "updated_by": case.updated_by,
    }


def whole(
    case: Case, frozen: Frozen | None, history: list[Event], house: House, language: str
) -> dict[str, Any]:
    """A case with what it rests on and its history."""
    found = frozen.suggestion if frozen else None
    return wired(case, house, language) | {
        "frozen": frozen
        and found
        and {
            "engine": frozen.engine,
            "suggestion": wire.suggestion(found, language, rank=frozen.rank),
            "request": as_posted(found.request),
            "offer": as_posted(found.offer),
        },
        "history": [
            {
                "number": one.number,
                "at": one.at,
                "by": one.by_name,
                "party": one.party,
                "entry": one.entry,
                "before": one.before,
                "after": one.after,
                "side": one.side,
                "reason": one.reason,
                "note": one.note,
                "facts": one.facts,
            }
            for one in history
        ],
    }


_NOW = "2026-02-01T09:30:00Z"
_EXAMPLE: dict[str, Any] = {
    "id": "3f2a90c1d4e5b687",
    "state": "proposed",
    "public_state": "under_discussion",
    "version": 3,
    "request": {
        "id": "jam-violence",
        "title": "Keeping boys out of violence",
        "language": "en",
        "country": "JAM",
    },
    "offer": {
        "id": "bra-escola",
        "title": "Escola aberta aos fins de semana",
        "language": "pt",
        "country": "BRA",
    },
    "sectors": ["childhood-youth"],
    "channel": "wbg",
    "instrument": "seetf",
    "answers": {"provider": "accepted", "receiver": None},
    "waiting_on": "receiver",
    "waiting_since": _NOW,
    "due": {
        "reminder": "2026-02-10T09:30:00Z",
        "escalation": "2026-02-22T09:30:00Z",
        "lapse": "2026-03-18T09:30:00Z",
    },
    "stalled": False,
    "held_by": None,
    "broker": "Regional desk",
    "reason": None,
    "rank": 1,
    "score": 0.7312,
    "refusal": None,
    "outcome": None,
    "open_steps": [
        {"action": "accept", "by": ["broker", "receiver"]},
        {"action": "decline", "by": ["broker", "provider", "receiver"]},
        {"action": "close", "by": ["broker"]},
    ],
    "proposed_at": _NOW,
    "created_at": _NOW,
    "updated_at": _NOW,
    "updated_by": "Brazilian Cooperation Agency",
}
_WHOLE = _EXAMPLE | {
    "frozen": None,
    "history": [
        {
            "number": 1,
            "at": _NOW,
            "by": "Regional desk",
            "party": "broker",
            "entry": "take_up",
            "before": None,
            "after": "suggested",
            "side": None,
            "reason": None,
            "note": None,
            "facts": {},
        }
    ],
}
_OUTCOME: dict[str, Any] = {
    "summary": "Two weeks in Recife; twelve social workers trained.",
    "held": True,
    "held_on": "2026-06-12",
    "changed": "Three parishes open their schools at weekends.",
    "useful": 5,
}
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language"}

router = APIRouter(prefix="/v1", tags=["brokering"])


async def _id(sent: Annotated[str, Path(alias="id")]) -> str:
    if not (0 < len(sent) <= 32 and sent.isascii() and sent.isalnum()):
        raise NotFound("There is no such case.")
    return sent


Id = Annotated[str, Depends(_id)]


class CaseQuery(ListQuery):
    """What the list can be narrowed to."""

    state: State | None = None
    country: Annotated[str | None, Field(description="On either side.")] = None
    waiting_on: WaitingOn | None = None
    stalled: Annotated[
        bool | None, Field(description="Whether it has waited for as long as its first reminder.")
    ] = None
    request: Annotated[str | None, Field(max_length=64, description="The id of a request.")] = None
    offer: Annotated[str | None, Field(max_length=64, description="The id of an offer.")] = None


def _answer(case: Case, house: House, spoken: str, **how: Any) -> Response:
    headers = {**_PRIVATE, "Content-Language": spoken, "ETag": tag_of(case), **how.pop("headers", {})}
    return json_answer(as_json(wired(case, house, spoken)), headers=headers, **how)


@router.get(
    "/refusal-reasons",
    summary="Reasons to refuse, each with its effect",
    response_class=Response,
    responses=lists(
        ReasonOut,
        {
            "code": "not_now",
            "label": "Not at this time",
            "effect": {
                "kind": "park_pair",
                "days": 90,
                "says": "These two postings are not suggested to one another until 2026-05-02.",
            },
            "wants_note": False,
        },
    ),
)
def reasons(request: Request, house: Entered, spoken: Spoken) -> Response:
    """What a refusal given today would do to later matching."""
    items = [
        {
            "code": reason.code,
            "label": reason.label.in_(spoken),
            "effect": {
                "kind": reason.effect.kind,
                "days": reason.effect.days,
                "says": effect_says(reason, house.today()).in_(spoken),
            },
            "wants_note": reason.wants_note,
        }
        for reason in REASONS.values()
    ]
    content, _ = page(request, items, None)
    headers = {"Content-Language": spoken, "Vary": "Accept-Language", "Cache-Control": "no-cache"}
    return json_answer(content, headers=headers)


@router.post(
    "/cases",
    status_code=201,
    summary="Take a suggestion up",
    response_class=Response,
    responses=answers(CaseOut, _EXAMPLE, status=201, description="Taken up; its inputs are kept as shown."),
    openapi_extra=takes(CaseIn, {"request_id": "jam-violence", "offer_id": "bra-escola", "channel": "wbg"}),
)
def post(house: Entered, by: By, spoken: Spoken, raw: Raw, key: Key) -> Response:
    """For brokers. What was shown is kept with the case: texts, parts, weights, verdicts and edition."""
    if earlier := idempotent.earlier(house, by, key, "case", raw):
        return earlier
    sent = _read(CaseIn, raw)
    if by.role not in ("administrator", "broker"):
        raise Forbidden("A broker takes suggestions up; an agency can express its interest.")
    channel = known_channel(house.catalogue, sent.channel, sent.instrument)
    frozen = shown_now(house, sent.request_id, sent.offer_id, by, channel)
    channel, instrument = chosen(frozen, channel, sent.instrument)

    def make(session: Session) -> Response:
        made = cases.take_up(
            session,
            frozen,
            channel=channel,
            instrument=instrument,
            why=sent.reason,
            by=by,
            now=house.now(),
        )
        return _answer(made, house, spoken, status=201, headers={"Location": f"/v1/cases/{made.id}"})

    return idempotent.once(house, by, key, "case", raw, make)


def known_channel(catalogue: Catalogue, channel: str | None, instrument: str | None) -> str | None:
    """The channel that is named, or that of the instrument that is named.

    Raises:
        Invalid: for one that the catalogue does not have, or an instrument of another channel.
    """
    if instrument is not None and instrument not in catalogue.instruments:
        raise Invalid([Fault("/instrument", f"“{instrument}” is not an instrument of the catalogue.")])
    if channel is not None and channel not in catalogue.channels:
        raise Invalid([Fault("/channel", f"“{channel}” is not a channel of the catalogue.")])
    if instrument is None:
        return channel
    of = catalogue.instruments[instrument].channel
    if channel is not None and channel != of:
        raise Invalid([Fault("/instrument", f"{instrument} is an instrument of {of}, not of {channel}.")])
    return of


def shown_now(house: House, request_id: str, offer_id: str, by: Caller, channel: str | None) -> Frozen:
    """The pair as the caller would be shown it at this moment, with the list that it stands in.

    Raises:
        NotFound: for a posting that is not there.
    """
    today, asker = house.today(), by.asker
    with house.database.reading() as session:
        request = postings.get(session, "request", request_id, asker=asker, today=today)
        offer = postings.get(session, "offer", offer_id, asker=asker, today=today)
        market, used = house.desk.market(session), weightings.in_use(session)
        standing = cases.standing(session, request, today=today)
    how: Mapping[str, Any] = {
        "today": today,
        "asker": asker,
        "standing": standing,
        "weights": used.weights,
    }
    found = consider(request, offer, market, **how)
    listed = suggest(request, market, limit=SHOWN, **how)
    return freeze(found, wire.engine(house.catalogue, used.version, used.weights), listed, channel)


def chosen(frozen: Frozen, channel: str | None, instrument: str | None) -> tuple[str | None, str | None]:
    """Channel and instrument of a case: as named, else the best channel, else its best instrument that no
    rule keeps out."""
    fits = frozen.suggestion.channels
    channel = channel or (fits[0].channel if fits else None)
    if instrument is None:
        verdicts = next((fit.instruments for fit in fits if fit.channel == channel), ())
        instrument = next((one.instrument.slug for one in verdicts if one.standing != "ineligible"), None)
    return channel, instrument


@router.get("/cases", summary="List cases", response_class=Response, responses=lists(CaseOut, _EXAMPLE))
def listing(
    request: Request, house: Entered, by: By, spoken: Spoken, query: Annotated[CaseQuery, Query()]
) -> Response:
    """In the order in which they were made. Brokers see all; a country its own, once they are proposed to
    it; a channel's portal those that it would carry."""
    known = known_filters(house.catalogue, country=query.country)
    wanted = cases.Wanted(
        state=query.state,
        country=known["country"],
        waiting_on=query.waiting_on,
        stalled=query.stalled,
        request=query.request,
        offer=query.offer,
    )
    with house.database.reading() as session:
        found = cases.listed(
            session,
            wanted,
            by=by,
            limit=query.limit,
            cursor=query.cursor,
            paces=house.settings.paces,
            now=house.now(),
        )
    content, link = page(request, [wired(one, house, spoken) for one in found.items], found.next)
    return json_answer(content, headers=_PRIVATE | {"Content-Language": spoken} | link)


@router.get(
    "/cases/{id}",
    summary="One case, with what it rests on and its history",
    response_class=Response,
    responses=answers(WholeCaseOut, _WHOLE),
)
def one(id: Id, house: Entered, by: By, spoken: Spoken) -> Response:
    """For its broker and both sides; a channel's portal sees it without what was said inside.

    Never answered with 304: what is said in it does not change its version, and what is due depends on the
    day.
    """
    with house.database.reading() as session:
        case = cases.get(session, id, by=by)
        inside = cases.party_of(by, case) is not None
        frozen = cases.frozen_of(session, id) if inside else None
        history = cases.history(session, id, by=by) if inside else []
    content = as_json(whole(case, frozen, history, house, spoken))
    return answered(content, tag=tag_of(case), seen=None, headers=_PRIVATE | {"Content-Language": spoken})


def _step(
    house: House, by: Caller, spoken: str, id: str, version: Versions, action: Action, said: Said
) -> Response:
    with house.database.transaction() as session:
        case = cases.get(session, id, by=by)
        expected = version.matched(case, **cases.whereabouts(case))
        stepped = cases.act(session, id, action, said, if_version=expected, by=by, now=house.now())
    return _answer(stepped, house, spoken)


@dataclass(frozen=True)
class _Plain:
    """A step that needs nothing but, perhaps, a note."""

    action: Action
    summary: str
    about: str
    state: State
    waiting_on: WaitingOn
    note: str | None = None


_PLAIN_STEPS = (
    _Plain("shortlist", "Shortlist it", "For brokers.", "shortlisted", "broker"),
    _Plain("put_back", "Take it off the shortlist again", "For brokers.", "suggested", "broker"),
    _Plain(
        "propose",
        "Propose it to both sides",
        "For brokers. From now on both countries see the case, and each answers for itself.",
        "proposed",
        "both",
        "Both ministries met in May.",
    ),
    _Plain(
        "start",
        "Say that the exchange is under way",
        "For the broker and either side.",
        "under_way",
        "both",
    ),
    _Plain(
        "close",
        "Withdraw it",
        "For brokers: the case is over, and nobody refused. Nothing is parked.",
        "withdrawn",
        "nobody",
        "The ministry was merged.",
    ),
    _Plain(
        "reopen",
        "Open it again",
        "For brokers. What its refusal had parked is free again; a completed one is under way again.",
        "suggested",
        "broker",
    ),
)


def _add(plain: _Plain) -> None:
    def take(id: Id, house: Entered, by: By, spoken: Spoken, raw: Raw, version: IfMatch) -> Response:
        said = Said(note=_read(StepIn, raw or b"{}").note)
        return _step(house, by, spoken, id, version, plain.action, said)

    changed = {"state": plain.state, "public_state": PUBLIC[plain.state], "waiting_on": plain.waiting_on}
    router.add_api_route(
        f"/cases/{{id}}/{plain.action.replace('_', '-')}",
        take,
        methods=["POST"],
        name=plain.action,
        summary=plain.summary,
        description=plain.about,
        response_class=Response,
        responses=answers(CaseOut, _EXAMPLE | changed),
        openapi_extra=takes(StepIn, {"note": plain.note} if plain.note else {}, required=False),
    )


for _plain in _PLAIN_STEPS:
    _add(_plain)


@router.post(
    "/cases/{id}/accept",
    summary="Accept for one side",
    response_class=Response,
    responses=answers(CaseOut, _EXAMPLE),
    openapi_extra=takes(AcceptIn, {"side": "provider"}, required=False),
)
def accept(id: Id, house: Entered, by: By, spoken: Spoken, raw: Raw, version: IfMatch) -> Response:
    """An agency accepts for its own side; a broker may record it for either. With the second acceptance the
    exchange is agreed."""
    sent = _read(AcceptIn, raw or b"{}")
    return _step(house, by, spoken, id, version, "accept", Said(side=sent.side, note=sent.note))


@router.post(
    "/cases/{id}/decline",
    summary="Decline, with a reason",
    response_class=Response,
    responses=answers(CaseOut, _EXAMPLE | {"state": "declined", "waiting_on": "nobody"}),
    openapi_extra=takes(DeclineIn, {"reason": "not_now", "side": "receiver"}),
)
def decline(id: Id, house: Entered, by: By, spoken: Spoken, raw: Raw, version: IfMatch) -> Response:
    """The reason has an effect on later matching; /v1/refusal-reasons tells it before one chooses."""
    sent = _read(DeclineIn, raw)
    said = Said(side=sent.side, reason=sent.reason, note=sent.note)
    return _step(house, by, spoken, id, version, "decline", said)


@router.post(
    "/cases/{id}/complete",
    summary="Report what came of it",
    response_class=Response,
    responses=answers(
        CaseOut, _EXAMPLE | {"state": "completed", "waiting_on": "nobody", "outcome": _OUTCOME}
    ),
    openapi_extra=takes(CompleteIn, {"outcome": _OUTCOME}),
)
def complete(id: Id, house: Entered, by: By, spoken: Spoken, raw: Raw, version: IfMatch) -> Response:
    """For the broker and either side; both sides see the outcome, and the request counts as fulfilled."""
    sent = _read(CompleteIn, raw)
    outcome = read_outcome(sent.outcome, at="/outcome")
    return _step(house, by, spoken, id, version, "complete", Said(note=sent.note, outcome=outcome))


@router.post(
    "/cases/{id}/comment",
    status_code=201,
    summary="Say something in it",
    response_class=Response,
    responses=answers(CaseOut, _EXAMPLE, status=201, description="Said; it stands in the history."),
    openapi_extra=takes(CommentIn, {"text": "Could the visit be in March?"}),
)
def comment(id: Id, house: Entered, by: By, spoken: Spoken, raw: Raw, key: Key) -> Response:
    """For its broker and both sides. It changes nothing of the state, and needs no If-Match."""
    what = f"comment {id}"
    if earlier := idempotent.earlier(house, by, key, what, raw):
        return earlier
    text = _read(CommentIn, raw).text

    def make(session: Session) -> Response:
        said = cases.comment(session, id, text, by=by, now=house.now())
        return _answer(said, house, spoken, status=201, headers={"Location": f"/v1/cases/{id}"})

    return idempotent.once(house, by, key, what, raw, make)


def _read(shape: type[T], raw: bytes) -> T:
    """A body in its shape.

    Raises:
        Invalid: naming every fault.
    """
    an_object(raw)
    try:
        return shape.model_validate_json(raw)
    except ValidationError as wrong:
        raise Invalid(faults_of(wrong, dict.fromkeys(shape.model_fields))) from None
