"""Corrections of the catalogue over HTTP: proposed with a source, seen as a difference, decided on."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from app import corrections
from app.accounts import Caller
from app.api import idempotent
from app.api.answers import as_json, json_answer, page
from app.api.auth import By
from app.api.bodies import ListQuery, Raw
from app.api.conditional import IfMatch, Seen, Versions, answered, tag_of
from app.api.contract import answers, lists, takes
from app.api.house import Entered, House
from app.api.idempotent import Key
from app.api.problems import no_such
from app.catalogue import Catalogue
from app.catalogue.changes import changes
from app.catalogue.correct import (
    Correction,
    EntryKind,
    Op,
    Outdated,
    Source,
    applied,
    coined,
    entries,
    is_in,
    propose,
)
from app.corrections import LONGEST_LOCATOR, LONGEST_REASON, Decision, Proposal
from app.errors import Fault, Invalid, NotFound
from app.intake import Said, an_object, faults_of
from app.language.analyse import fold
from app.sources import Document

# What comes in.


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class EntryIn(_In):
    """The entry that is to say something else."""

    kind: EntryKind
    slug: Annotated[str, Field(max_length=64)] = Field(description="A slug; a country's alpha-3 code.")


class SourceIn(_In):
    """Where it is written: a document of the register by its id, or a new one by its title."""

    document: Annotated[str, Field(max_length=100)] | None = None
    title: Annotated[str, Field(max_length=300), Said] | None = None
    publisher: Annotated[str, Field(max_length=300), Said] | None = None
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    locator: Annotated[str, Field(max_length=LONGEST_LOCATOR, description="Page, section or address."), Said]


class CorrectionIn(_In):
    """One change of an entry, as JSON Patch says it (RFC 6902), and the source that it rests on."""

    entry: EntryIn
    op: Op
    pointer: Annotated[str, Field(max_length=200, description="RFC 6901, inside the entry.")]
    value: Any = Field(None, description="What should stand there; its citation is made of `source`.")
    because: Annotated[str, Field(max_length=LONGEST_REASON), Said]
    source: SourceIn


class DecisionIn(_In):
    """What the editor has to say about it."""

    note: Annotated[str, Field(max_length=LONGEST_REASON), Said] | None = None


BODY: dict[str, Any] = {
    "entry": {"kind": "country", "slug": "JAM"},
    "op": "add",
    "pointer": "/coverage/-",
    "value": {"sector": "health", "channel": "paho", "role": "receiver"},
    "because": "Our health ministry has taken part in this cooperation since 2012.",
    "source": {
        "title": "Annual report of the Ministry of Health",
        "publisher": "Ministry of Health of Jamaica",
        "year": 2013,
        "locator": "page 41",
    },
}


def read(body: Mapping[str, Any] | bytes, house: House, by: Caller) -> tuple[Correction, str]:
    """A correction as somebody sent it, and why.

    Raises:
        Invalid: naming every fault.
        NotFound: for an entry that there is none of.
        Forbidden: for an entry that is not the caller's own.
    """
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    an_object(raw)
    try:
        sent = CorrectionIn.model_validate_json(raw)
    except ValidationError as wrong:
        raise Invalid(faults_of(wrong, dict.fromkeys(CorrectionIn.model_fields))) from None
    catalogue = house.catalogue
    kind, slug = sent.entry.kind, sent.entry.slug
    if kind == "country" and (country := catalogue.country(slug)):
        slug = country.iso3
    if slug not in (known := entries(catalogue, kind)):
        raise no_such(kind, slug, list(known))
    corrections.check_may_propose(by, kind, slug, catalogue)
    source = _source(sent.source, catalogue)
    if sent.op == "remove" and sent.value is not None:
        raise Invalid([Fault("/value", "What is taken out has no value.")])
    if sent.op != "remove" and "value" not in sent.model_fields_set:
        raise Invalid([Fault("/value", "This field is required.")])
    return propose(catalogue, kind, slug, sent.op, sent.pointer, sent.value, source), sent.because


def _source(sent: SourceIn, catalogue: Catalogue) -> Source:
    if (sent.document is None) == (sent.title is None):
        fault = "Name either a document of the register, by its id, or a new one, by its title."
        raise Invalid([Fault("/source", fault)])
    if sent.document is not None:
        if sent.document not in catalogue.documents:
            known = ", ".join(catalogue.documents)
            fault = f"“{sent.document}” is not in the register ({known}); give the title of a new one."
            raise Invalid([Fault("/source/document", fault)])
        return Source(catalogue.documents[sent.document], _folded(sent.locator))
    if sent.publisher is None:
        raise Invalid([Fault("/source/publisher", "A new document needs its publisher.")])
    title, publisher = _folded(str(sent.title)), _folded(sent.publisher)
    id = coined(f"{fold(title)[:40]} {sent.year or ''}", f"{title}\n{publisher}\n{sent.year}")
    document = Document(id=id, title=title, publisher=publisher, year=sent.year)
    return Source(catalogue.documents.get(id, document), _folded(sent.locator))


def _folded(text: str) -> str:
    """In one line, as a citation stands in seed/."""
    return " ".join(text.split())


# What goes out.


class EntryOut(BaseModel):
    kind: EntryKind
    slug: str
    name: str


class SourceOut(BaseModel):
    """Where it is written."""

    document: str
    title: str
    publisher: str
    year: int | None
    locator: str


class CorrectionOut(BaseModel):
    """A correction: what stands there and what should, on which source, and what became of it."""

    model_config = ConfigDict(extra="forbid")
    id: str
    status: Literal["proposed", "accepted", "refused"]
    version: int
    entry: EntryOut
    field: str
    before: Any = Field(description="What stands there; null when an item is added.")
    after: Any = Field(description="What should stand there; null when an item is taken out.")
    difference: list[str] = Field(description="The same in words; empty once the edition says so.")
    because: str
    source: SourceOut
    edition: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None


def difference(correction: Correction, catalogue: Catalogue) -> list[str]:
    """What the edition would say otherwise, in words; nothing once it says so, or cannot be made to."""
    if is_in(catalogue, correction):
        return []
    try:
        return [change.sentence for change in changes(catalogue, applied(catalogue, correction))]
    except (Outdated, Invalid):
        return []


def name_of(correction: Correction, catalogue: Catalogue, language: str) -> str:
    """The name of the entry; its slug when this edition has it no more."""
    entry = entries(catalogue, correction.entry_kind).get(correction.entry)
    return entry.name.in_(language) if entry else correction.entry


def wired(proposal: Proposal, catalogue: Catalogue, language: str = "en") -> dict[str, Any]:
    """A correction as it goes out."""
    correction = proposal.correction
    document = correction.source.document
    return {
        "id": proposal.id,
        "status": proposal.status,
        "version": proposal.version,
        "entry": {
            "kind": correction.entry_kind,
            "slug": correction.entry,
            "name": name_of(correction, catalogue, language),
        },
        "field": correction.field,
        "before": correction.before,
        "after": correction.after,
        "difference": difference(correction, catalogue),
        "because": proposal.because,
        "source": {
            "document": document.id,
            "title": document.title,
            "publisher": document.publisher,
            "year": document.year,
            "locator": correction.source.locator,
        },
        "edition": proposal.edition,
        "proposed_by": proposal.proposed_by,
        "proposed_at": proposal.proposed_at,
        "decided_by": proposal.decided_by,
        "decided_at": proposal.decided_at,
        "note": proposal.note,
    }


_EXAMPLE: dict[str, Any] = {
    "id": "0f2d7c1be39a6d54c7e1",
    "status": "proposed",
    "version": 1,
    "entry": {"kind": "country", "slug": "JAM", "name": "Jamaica"},
    "field": "coverage",
    "before": None,
    "after": {
        "id": "jam-health-paho-c9dd2e",
        "area": "JAM",
        "kind": "country",
        "sector": "health",
        "channel": "paho",
        "unit": None,
        "role": "receiver",
        "note": None,
        "citation": {
            "document": "annual-report-of-the-ministry-of-health-2013-e11d25",
            "locator": "page 41",
            "offset": None,
            "quote": None,
        },
    },
    "difference": [
        "Document annual-report-of-the-ministry-of-health-2013-e11d25 is new",
        "Reading jam-health-paho-c9dd2e is new",
    ],
    "because": BODY["because"],
    "source": {"document": "annual-report-of-the-ministry-of-health-2013-e11d25", **BODY["source"]},
    "edition": "sha256:0f3a",
    "proposed_by": "Planning Institute of Jamaica",
    "proposed_at": "2026-02-01T09:30:00Z",
    "decided_by": None,
    "decided_at": None,
    "note": None,
}

_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


class CorrectionQuery(ListQuery):
    """What the list can be narrowed to."""

    status: Literal["proposed", "accepted", "refused"] | None = None


router = APIRouter(prefix="/v1/corrections", tags=["corrections"])


def identity(sent: str) -> str:
    """An id that could be one; anything else never reaches the database.

    Raises:
        NotFound: for what no correction is called.
    """
    if not re.fullmatch(r"[0-9a-f]{1,32}", sent):
        raise NotFound("There is no such correction.")
    return sent


async def _id(sent: Annotated[str, Path(alias="id")]) -> str:
    return identity(sent)


Id = Annotated[str, Depends(_id)]


def _answer(proposal: Proposal, house: House, **how: Any) -> Response:
    headers = {**_PRIVATE, "ETag": tag_of(proposal), **how.pop("headers", {})}
    return json_answer(as_json(wired(proposal, house.catalogue)), headers=headers, **how)


@router.post(
    "",
    status_code=201,
    summary="Propose a correction of an entry of the catalogue",
    response_class=Response,
    responses=answers(CorrectionOut, _EXAMPLE, status=201, description="Proposed; an editor decides."),
    openapi_extra=takes(CorrectionIn, BODY),
)
def post(house: Entered, by: By, raw: Raw, key: Key) -> Response:
    """Of one's own entry: an agency its country's, a partner its channel's and its instruments'."""
    if earlier := idempotent.earlier(house, by, key, "correction", raw):
        return earlier
    correction, because = read(raw, house, by)

    def make(session: Session) -> Response:
        kept = corrections.propose(
            session, correction, because=because, catalogue=house.catalogue, by=by, now=house.now()
        )
        return _answer(kept, house, status=201, headers={"Location": f"/v1/corrections/{kept.id}"})

    return idempotent.once(house, by, key, "correction", raw, make)


@router.get(
    "",
    summary="List corrections",
    response_class=Response,
    responses=lists(CorrectionOut, _EXAMPLE),
)
def listing(request: Request, house: Entered, by: By, query: Annotated[CorrectionQuery, Query()]) -> Response:
    """Editors and brokers see all, others their own and those of their entry, the oldest first."""
    with house.database.reading() as session:
        found = corrections.listed(
            session, status=query.status, by=by, limit=query.limit, cursor=query.cursor
        )
    content, link = page(request, [wired(one, house.catalogue) for one in found.items], found.next)
    return json_answer(content, headers=_PRIVATE | link)


@router.get(
    "/{id}",
    summary="One correction, with the difference it makes",
    response_class=Response,
    responses=answers(CorrectionOut, _EXAMPLE, cached=True),
)
def one(id: Id, house: Entered, by: By, seen: Seen = None) -> Response:
    with house.database.reading() as session:
        found = corrections.get(session, id, by=by)
    if found.edition != house.catalogue.edition:
        seen = None  # the difference may be another one by now, though nobody changed the correction
    content = as_json(wired(found, house.catalogue))
    return answered(content, tag=tag_of(found), seen=seen, headers=_PRIVATE)


def note_in(raw: bytes) -> str | None:
    """What the editor says of a decision; a body may say nothing.

    Raises:
        Invalid: naming every fault.
    """
    an_object(raw or b"{}")
    try:
        return DecisionIn.model_validate_json(raw or b"{}").note
    except ValidationError as wrong:
        raise Invalid(faults_of(wrong, dict.fromkeys(DecisionIn.model_fields))) from None


def _decide(house: House, by: Caller, id: str, version: Versions, decision: Decision, raw: bytes) -> Response:
    note = note_in(raw)
    with house.database.transaction() as session:
        expected = version.matched(corrections.get(session, id, by=by))
        decided = corrections.decide(
            session,
            id,
            decision,
            note=note,
            catalogue=house.catalogue,
            if_version=expected,
            by=by,
            now=house.now(),
        )
    return _answer(decided, house)


_DECIDED = {"decided_by": "Editor", "decided_at": "2026-02-02T10:00:00Z", "version": 2}


@router.post(
    "/{id}/accept",
    summary="Accept it into the next edition",
    response_class=Response,
    responses=answers(CorrectionOut, _EXAMPLE | _DECIDED | {"status": "accepted"}),
    openapi_extra=takes(DecisionIn, {"note": "Checked against the report."}, required=False),
)
def accept(id: Id, house: Entered, by: By, raw: Raw, version: IfMatch) -> Response:
    """For administrators. The catalogue changes with the next edition, not at once."""
    return _decide(house, by, id, version, "accepted", raw)


@router.post(
    "/{id}/refuse",
    summary="Refuse it",
    response_class=Response,
    responses=answers(CorrectionOut, _EXAMPLE | _DECIDED | {"status": "refused"}),
    openapi_extra=takes(DecisionIn, {"note": "The report speaks of another programme."}, required=False),
)
def refuse(id: Id, house: Entered, by: By, raw: Raw, version: IfMatch) -> Response:
    """For administrators."""
    return _decide(house, by, id, version, "refused", raw)
