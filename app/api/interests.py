"""Expressions of interest over HTTP: private to the brokers, and binding nobody."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from app import interests
from app.accounts import Caller
from app.api import idempotent
from app.api.answers import as_json, json_answer, page
from app.api.auth import By
from app.api.bodies import Raw
from app.api.contract import answers, lists, takes
from app.api.house import Entered, House
from app.api.idempotent import Key
from app.api.postings import Id
from app.errors import Invalid
from app.intake import Said, an_object, faults_of
from app.interests import LONGEST_NOTE, Interest
from app.matching.posting import Kind


class InterestIn(BaseModel):
    """What the brokers should know; a body may say nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)
    note: Annotated[str, Field(max_length=LONGEST_NOTE), Said] | None = None


class InterestOut(BaseModel):
    """A country's interest in a posting of another."""

    id: int
    kind: Kind
    posting: str
    title: str
    language: str
    owner: str
    country: str
    by: str
    note: str | None
    at: datetime


_EXAMPLE: dict[str, Any] = {
    "id": 7,
    "kind": "offer",
    "posting": "bra-escola",
    "title": "Escola aberta aos fins de semana",
    "language": "pt",
    "owner": "BRA",
    "country": "JAM",
    "by": "Planning Institute of Jamaica",
    "note": "Two parishes would try it.",
    "at": "2026-02-01T09:30:00Z",
}
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

router = APIRouter(prefix="/v1", tags=["brokering"])


def wired(one: Interest) -> dict[str, Any]:
    """An interest as it goes out."""
    return {
        "id": one.id,
        "kind": one.kind,
        "posting": one.posting,
        "title": one.title,
        "language": one.language,
        "owner": one.owner,
        "country": one.country,
        "by": one.by_name,
        "note": one.note,
        "at": one.at,
    }


_EXPRESSED = answers(
    InterestOut, _EXAMPLE, status=201, tagged=False, description="The brokers know; the owner does not."
)
_TAKES = takes(InterestIn, {"note": "Two parishes would try it."}, required=False)


@router.post(
    "/offers/{id}/interest",
    status_code=201,
    summary="Express interest in an offer",
    response_class=Response,
    responses=_EXPRESSED,
    openapi_extra=_TAKES,
)
def in_offer(id: Id, house: Entered, by: By, raw: Raw, key: Key) -> Response:
    """For agencies, in their country's name. Said twice, it is one interest."""
    return _express("offer", id, house, by, raw, key)


@router.post(
    "/requests/{id}/interest",
    status_code=201,
    summary="Express interest in a request",
    response_class=Response,
    responses=_EXPRESSED,
    openapi_extra=_TAKES,
)
def in_request(id: Id, house: Entered, by: By, raw: Raw, key: Key) -> Response:
    """For agencies, in their country's name. Said twice, it is one interest."""
    return _express("request", id, house, by, raw, key)


def _express(kind: Kind, id: str, house: House, by: Caller, raw: bytes, key: str | None) -> Response:
    what = f"interest {kind} {id}"
    if earlier := idempotent.earlier(house, by, key, what, raw):
        return earlier
    an_object(raw or b"{}")
    try:
        note = InterestIn.model_validate_json(raw or b"{}").note
    except ValidationError as wrong:
        raise Invalid(faults_of(wrong, dict.fromkeys(InterestIn.model_fields))) from None

    def make(session: Session) -> Response:
        made = interests.express(session, kind, id, note=note, by=by, now=house.now())
        headers = _PRIVATE | {"Location": f"/v1/interests/{made.id}"}
        return json_answer(as_json(wired(made)), status=201, headers=headers)

    return idempotent.once(house, by, key, what, raw, make)


@router.get(
    "/interests",
    summary="List expressions of interest",
    response_class=Response,
    responses=lists(InterestOut, _EXAMPLE),
)
def listing(request: Request, house: Entered, by: By) -> Response:
    """Brokers see all, an agency its own country's, the newest first, 200 at most."""
    with house.database.reading() as session:
        found = interests.listed(session, by=by)
    content, _ = page(request, [wired(one) for one in found], None)
    return json_answer(content, headers=_PRIVATE)


@router.delete(
    "/interests/{id}",
    status_code=204,
    summary="Take an interest back",
    response_class=Response,
)
def withdraw(id: Annotated[int, Path(ge=1, le=2**31 - 1)], house: Entered, by: By) -> Response:
    """For the agencies of its country, and brokers."""
    with house.database.transaction() as session:
        interests.withdraw(session, id, by=by, now=house.now())
    return Response(status_code=204)
