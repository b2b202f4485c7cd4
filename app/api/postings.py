"""Offers and requests: the same resource twice."""

import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from app import intake, postings
from app.accounts import Caller
from app.api import idempotent
from app.api.answers import as_json, json_answer, page
from app.api.auth import Asking, By
from app.api.bodies import (
    ListQuery,
    Raw,
    Since,
    known_filters,
)
from app.api.conditional import IfMatch, Seen, Versions, answered, tag_of
from app.api.contract import answers, lists, takes
from app.api.house import Entered, House
from app.api.idempotent import Key
from app.api.languages import Spoken
from app.errors import Fault, Invalid, NotFound
from app.intake import SHAPES, Day, an_object
from app.matching.posting import Kind, Posting, Status, Visibility
from app.matching.remarks import remarks

# What goes over the wire. What comes in is told by app.intake; the contact never goes out.


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OrganisationOut(_Out):
    """Who posts, and the body above it."""

    name: str
    kind: str
    parent: str | None


class PracticeOut(_Out):
    """How far what is offered is proven."""

    level: str
    evidence: list[str]


class DemandOut(_Out):
    """Who asked for it, in which plan it stands, who backs it."""

    requested_by: str | None
    plan: str | None
    endorsed_by: str | None


class RemarkOut(_Out):
    """Something noticed about a posting's text that is no fault, and what was done about it."""

    code: str
    says: str


class _PostingOut(_Out):
    id: str
    status: Status
    version: int
    created_at: datetime
    updated_at: datetime
    title: str
    description: str
    language: str
    detected_language: str | None
    country: str
    organisation: OrganisationOut | None
    sectors: list[str]
    modalities: list[str]
    keywords: list[str]
    links: list[str]
    valid_until: date | None
    visibility: Visibility
    remarks: list[RemarkOut] = Field(
        default=[], description="Only in the answer to a change, and only if there are any."
    )


class Offer(_PostingOut):
    """What a country can teach."""

    capacity: int | None
    practice: PracticeOut | None


class PostedRequest(_PostingOut):
    """What a country wants to learn."""

    demand: DemandOut | None
    needed_by: date | None
    budget_usd: int | None
    co_applicants: list[str]
    outcome: str | None


class Renewal(BaseModel):
    """Until when a posting is prolonged; without a date by the usual time."""

    model_config = ConfigDict(extra="forbid", strict=True)
    valid_until: Day | None = None


ANSWERS: Mapping[Kind, type[Offer] | type[PostedRequest]] = {"offer": Offer, "request": PostedRequest}

BODIES: Mapping[Kind, dict[str, Any]] = {
    "offer": {
        "title": "Transferência condicionada de renda para famílias pobres",
        "description": "O programa paga às famílias enquanto as crianças vão à escola e ao posto de saúde.",
        "language": "pt",
        "country": "BRA",
        "organisation": {"name": "Ministério do Desenvolvimento Social", "kind": "ministry", "parent": None},
        "sectors": ["social", "childhood-youth"],
        "modalities": ["technical-assistance", "study-visit"],
        "keywords": ["cadastro único"],
        "contact": {"name": "Ana Souza", "email": "ana.souza@example.org"},
        "valid_until": "2030-12-31",
        "visibility": "public",
        "links": ["https://example.org/programa"],
        "capacity": 3,
        "practice": {"level": "evaluated", "evidence": ["https://example.org/avaliacao"]},
        "status": "published",
    },
    "request": {
        "title": "Keeping boys out of violence, through families and schools",
        "description": "We look for programmes that work with young men, their families and their schools.",
        "language": "en",
        "country": "JAM",
        "organisation": {"name": "Ministry of Education", "kind": "ministry", "parent": None},
        "sectors": ["childhood-youth"],
        "modalities": ["study-visit"],
        "keywords": ["youth violence"],
        "contact": {"name": "Grace Campbell", "email": "grace.campbell@example.org"},
        "valid_until": "2030-12-31",
        "visibility": "partners",
        "links": [],
        "demand": {"requested_by": "Ministry of Education", "plan": "Vision 2030", "endorsed_by": None},
        "needed_by": "2030-06-30",
        "budget_usd": 15000,
        "co_applicants": ["BRB", "TTO"],
        "outcome": "A programme in twelve schools.",
        "status": "published",
    },
}
"""One whole body of each kind, as the description of the API shows it."""


def _example(kind: Kind) -> dict[str, Any]:
    kept = {name: value for name, value in BODIES[kind].items() if name != "contact"}
    stored = {
        "id": "b6d0c3a1f2e4958777aa",
        "version": 1,
        "created_at": "2026-02-01T09:30:00Z",
        "updated_at": "2026-02-01T09:30:00Z",
        "detected_language": kept["language"],
    }
    return stored | kept


def wire(posting: Posting) -> dict[str, Any]:
    """A posting as it goes out: the fields of its kind, and no others."""
    fields = ANSWERS[posting.kind].model_fields
    return {name: getattr(posting, name) for name in fields if name != "remarks"}


def _answer(
    posting: Posting,
    spoken: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A posting that was stored or changed; with remarks if there is anything to say of its text."""
    # Whether it is translated is told by /readyz and by every suggestion: here it is only just stored.
    noticed = [{"code": one.code, "says": one.says.in_(spoken)} for one in remarks(posting, bridged=True)]
    content = wire(posting) | ({"remarks": noticed} if noticed else {})
    tag = {"ETag": tag_of(posting)}
    return json_answer(as_json(content), status=status, headers={**_PRIVATE, **tag, **(headers or {})})


_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
"""What is seen depends on the key; whoever keeps an answer must ask whether it is still so."""


def _possible(posting_id: str) -> str:
    """An id that could be one; anything else never reaches the database."""
    if not intake.ID.fullmatch(posting_id):
        raise NotFound("There is no such posting.")
    return posting_id


async def _id(posting_id: Annotated[str, Path(alias="id")]) -> str:
    return _possible(posting_id)


async def _offer_id(offer_id: str) -> str:
    return _possible(offer_id)


Id = Annotated[str, Depends(_id)]
OfferId = Annotated[str, Depends(_offer_id)]


class PostingQuery(ListQuery):
    """What a list of postings can be narrowed to."""

    country: Annotated[str | None, Field(description="ISO 3166-1 alpha-3 or alpha-2.")] = None
    sector: str | None = None
    modality: str | None = None
    language: str | None = None
    status: Literal["draft", "published", "withdrawn", "expired", "fulfilled"] | None = None
    q: Annotated[
        str | None,
        Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Words in title or description."),
    ] = None
    updated_since: Since = None

    def wanted(self, house: House) -> postings.Wanted:
        """The same in the words of the verb, every name known."""
        names = known_filters(
            house.catalogue,
            country=self.country,
            sector=self.sector,
            modality=self.modality,
            language=self.language,
        )
        return postings.Wanted(
            country=names["country"],
            sector=names["sector"],
            modality=names["modality"],
            language=names["language"],
            status=self.status,
            q=self.q,
            updated_since=self.updated_since,
        )


def routes(kind: Kind) -> APIRouter:
    """The resource of one kind."""
    plural = f"{kind}s"
    router = APIRouter(prefix=f"/v1/{plural}", tags=[plural])
    out, example = ANSWERS[kind], _example(kind)

    @router.post(
        "",
        status_code=201,
        summary=f"Post an {kind}" if kind == "offer" else f"Post a {kind}",
        response_class=Response,
        responses=answers(out, example, status=201, description="Posted; Location says where."),
        openapi_extra=takes(SHAPES[kind], BODIES[kind]),
    )
    def post(house: Entered, by: By, spoken: Spoken, raw: Raw, key: Key) -> Response:
        """Publishes at once unless `status` says draft. An agency posts for its own country."""

        def make(session: Session) -> Response:
            posted = postings.add(session, taken, by=by, now=house.now())
            return _answer(posted, spoken, status=201, headers={"Location": f"/v1/{plural}/{posted.id}"})

        if earlier := idempotent.earlier(house, by, key, kind, raw):
            return earlier
        taken = intake.read(kind, raw, house.catalogue, id=secrets.token_hex(10), today=house.today())
        posted = idempotent.once(house, by, key, kind, raw, make)
        house.taken_in(kind, taken.posting.id)
        return posted

    @router.get(
        "",
        summary=f"List {plural}",
        response_class=Response,
        responses=lists(out, example),
    )
    def listing(
        request: Request, house: Entered, asking: Asking, query: Annotated[PostingQuery, Query()]
    ) -> Response:
        """Those that the caller may see, in the order in which they were made."""
        wanted = query.wanted(house)
        with house.database.reading() as session:
            found = postings.listed(
                session,
                kind,
                wanted,
                asker=asking,
                limit=query.limit,
                cursor=query.cursor,
                today=house.today(),
            )
        content, link = page(request, [wire(posting) for posting in found.items], found.next)
        return json_answer(content, headers=_PRIVATE | link)

    @router.get(
        "/{id}",
        summary=f"One {kind}",
        response_class=Response,
        responses=answers(out, example, cached=True),
    )
    def get(identity: Id, house: Entered, asking: Asking, seen: Seen = None) -> Response:
        """Not found also when the caller may not know of it."""
        with house.database.reading() as session:
            posting = postings.get(session, kind, identity, asker=asking, today=house.today())
        return answered(as_json(wire(posting)), tag=tag_of(posting), seen=seen, headers=_PRIVATE)

    def change(
        house: House,
        by: Caller,
        spoken: str,
        identity: str,
        version: Versions,
        verb: Callable[..., Posting],
        **how: Any,
    ) -> Response:
        with house.database.transaction() as session:
            current = postings.get(session, kind, identity, asker=by.asker, today=house.today())
            expected = version.matched(current)
            changed = verb(session, kind, identity, if_version=expected, by=by, now=house.now(), **how)
        house.taken_in(kind, identity)
        return _answer(changed, spoken)

    @router.patch(
        "/{id}",
        summary=f"Change some fields of an {kind}" if kind == "offer" else f"Change some fields of a {kind}",
        response_class=Response,
        responses=answers(out, example),
        openapi_extra=takes(SHAPES[kind], {"keywords": ["escola"], "valid_until": None}, merge_patch=True),
    )
    def patch(identity: Id, house: Entered, by: By, spoken: Spoken, raw: Raw, version: IfMatch) -> Response:
        """A JSON merge patch (RFC 7396): what is null is taken out, what is not named stays."""
        changes = an_object(raw)
        return change(
            house, by, spoken, identity, version, postings.amend, patch=changes, catalogue=house.catalogue
        )

    @router.delete(
        "/{id}",
        status_code=204,
        summary=f"Take an {kind} out" if kind == "offer" else f"Take a {kind} out",
        response_class=Response,
    )
    def delete(identity: Id, house: Entered, by: By, version: IfMatch) -> Response:
        """It is not found any more."""
        with house.database.transaction() as session:
            current = postings.get(session, kind, identity, asker=by.asker, today=house.today())
            postings.remove(
                session, kind, identity, if_version=version.matched(current), by=by, now=house.now()
            )
        house.desk.keep_up()
        return Response(status_code=204)

    @router.post(
        "/{id}/publish",
        summary="Publish a draft, or what was withdrawn",
        response_class=Response,
        responses=answers(out, example),
    )
    def publish(identity: Id, house: Entered, by: By, spoken: Spoken, raw: Raw, version: IfMatch) -> Response:
        _nothing(raw)
        return change(house, by, spoken, identity, version, postings.publish)

    @router.post(
        "/{id}/withdraw",
        summary="Withdraw it from the lists and the matching",
        response_class=Response,
        responses=answers(out, example | {"status": "withdrawn", "version": 2}),
    )
    def withdraw(
        identity: Id, house: Entered, by: By, spoken: Spoken, raw: Raw, version: IfMatch
    ) -> Response:
        _nothing(raw)
        return change(house, by, spoken, identity, version, postings.withdraw)

    @router.post(
        "/{id}/renew",
        summary="Prolong it",
        response_class=Response,
        responses=answers(out, example | {"version": 2}),
        openapi_extra=takes(Renewal, {"valid_until": "2030-12-31"}, required=False),
    )
    def renew(identity: Id, house: Entered, by: By, spoken: Spoken, raw: Raw, version: IfMatch) -> Response:
        """Until the day that the body names, or by the usual time without one."""
        until = _until(raw, house.today())
        days = house.settings.validity_days
        return change(
            house, by, spoken, identity, version, postings.renew, valid_until=until, validity_days=days
        )

    return router


def _nothing(raw: bytes) -> None:
    """Refuse a body where none is expected: whoever sends one expects it to matter."""
    faults = [Fault(f"/{name}", f"“{name}” is not a field here.") for name in (an_object(raw) if raw else {})]
    if faults:
        raise Invalid(faults)


def _until(raw: bytes, today: date) -> date | None:
    an_object(raw or b"{}")
    try:
        until = Renewal.model_validate_json(raw or b"{}").valid_until
    except ValidationError as wrong:
        raise Invalid(intake.faults_of(wrong, dict.fromkeys(Renewal.model_fields))) from None
    if until and until < today:
        raise Invalid([Fault("/valid_until", f"{until.isoformat()} is in the past.")])
    return until
