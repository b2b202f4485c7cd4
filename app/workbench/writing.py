"""The form in which an agency writes a posting or changes one, and what is found while it is written."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import Response
from sqlalchemy.orm import Session

from app import cases, intake, postings
from app.accounts import Caller
from app.api import idempotent
from app.api.checking import SKETCH, looked_at
from app.brokering.outcome import as_offer
from app.errors import Conflict, Fault, Invalid, NotFound, Stale
from app.intake import Intake
from app.matching.posting import Kind
from app.workbench import fields, labels
from app.workbench.fields import one
from app.workbench.frame import Form, Sent, Visit, Visiting, router, see_other
from app.workbench.own import (
    SECTION,
    after,
    asked_country,
    edit_address,
    kind_of,
    owned,
    way_back,
    whole,
    writer,
)
from app.workbench.shown import PLURAL, Shown

pages = router()

STATUSES: Mapping[str, str] = {"draft": "draft", "publish": "published"}
"""What a new posting is by the button that was pressed; any other button only looks at it."""

_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
"""What a form carries so that it makes one posting, however often it is sent."""

# Writing a new one


@pages.get("/own/{plural}/new")
def new(plural: str, visit: Visiting) -> Response:
    """Empty, or filled with what the receiver of a completed exchange learned in it (`?from_case=`)."""
    kind, id = kind_of(plural), visit.query("from_case")
    if id is None or kind != "offer":
        return prefilled(visit, kind, {})
    with visit.house.database.reading() as session:
        case = cases.get(session, id[:32], by=visit.by)
        if case.outcome is None or cases.party_of(visit.by, case) == "provider":
            raise NotFound("There is no outcome of this case to make an offer of.")
        learned = as_offer(cases.frozen_of(session, case.id).suggestion.request, case.sectors, case.outcome)
    return prefilled(visit, kind, learned)


def prefilled(visit: Visit, kind: Kind, body: Mapping[str, Any]) -> Response:
    """The form of a new posting, with what is known of it already: a body of the API, whole or in part."""
    by = writer(visit)
    form = fields.filled(kind, {"visibility": "partners"} | dict(body))
    country = by.country or one(form, "country") or asked_country(visit) or ""
    return _form(visit, kind, {**form, "country": [country]}, key=_new_key())


def _new_key() -> str:
    return secrets.token_hex(16)


@pages.post("/own/{plural}/new")
def write(plural: str, visit: Visiting, sent: Sent) -> Response:
    """Store what was written, once however often it is sent; or only look at it."""
    kind, by, house = kind_of(plural), writer(visit), visit.house
    form = _with_country(_taken(sent), by)
    given = one(sent, "key")
    key = given if _KEY.fullmatch(given) else None
    status = STATUSES.get(one(sent, "do"))
    if status is None:
        return _form(visit, kind, form, key=key or _new_key(), found=_looked_at(visit, kind, form))
    raw, what = orjson.dumps(fields.told(kind, form) | {"status": status}), f"own {kind}"

    def make(session: Session) -> Response:
        posted = postings.add(session, taken, by=by, now=house.now())
        return see_other(after(visit, posted.country, status, posted.id))

    try:
        if earlier := idempotent.earlier(house, by, key, what, raw):
            return earlier
        taken = intake.read(kind, raw, house.catalogue, id=secrets.token_hex(10), today=house.today())
        answer = idempotent.once(house, by, key, what, raw, make)
    except Invalid as invalid:
        if any(fault.pointer.startswith("/header/") for fault in invalid.faults):
            return _form(visit, kind, form, key=_new_key(), sent_before=True, status=409)
        return _form(visit, kind, form, key=key or _new_key(), refused=invalid.faults)
    house.taken_in(kind, taken.posting.id)
    return answer


def _taken(sent: Form) -> Form:
    """The form with the suggestion in it that a button took."""
    name, _, slug = one(sent, "take").partition(":")
    if name not in ("sectors", "modalities") or not slug:
        return sent
    return {**sent, name: list(dict.fromkeys([*sent.get(name, []), slug]))}


def _with_country(form: Form, by: Caller) -> Form:
    """An agency is not asked for its country."""
    return {**form, "country": [by.country]} if by.country else form


# Changing one


@pages.get("/own/{plural}/{id}/edit")
def edit(plural: str, id: str, visit: Visiting) -> Response:
    held = owned(visit, kind_of(plural), id)
    return _form(visit, held.posting.kind, _form_of(held), held=held)


@pages.post("/own/{plural}/{id}/edit")
def amend(plural: str, id: str, visit: Visiting, sent: Sent) -> Response:
    """Change the fields that say something else than when the form was opened; or only look at it."""
    kind, by, house = kind_of(plural), writer(visit), visit.house
    held = owned(visit, kind, id)
    form, opened = _with_country(_taken(sent), by), one(sent, "opened")
    version = whole(one(sent, "version")) or 0
    wanted = one(sent, "do")
    if wanted not in ("save", "publish"):
        found = _looked_at(visit, kind, form, held)
        return _form(visit, kind, form, held=held, opened=opened, version=version, found=found)
    said = fields.patch(kind, form, fields.changed_since(kind, form, opened))
    try:
        with house.database.transaction() as session:
            now = house.now()
            if said:
                changed = postings.amend(
                    session, kind, id, said, catalogue=house.catalogue, if_version=version, by=by, now=now
                )
                version_now = changed.version
            else:
                version_now = version
            if wanted == "publish":
                postings.publish(session, kind, id, if_version=version_now, by=by, now=now)
    except Stale:
        return _stale(visit, owned(visit, kind, id), form, opened)
    except Invalid as invalid:
        return _form(visit, kind, form, held=held, opened=opened, version=version, refused=invalid.faults)
    except Conflict as conflict:
        fault = Fault("/valid_until", conflict.detail)
        return _form(visit, kind, form, held=held, opened=opened, version=version, refused=[fault])
    house.taken_in(kind, id)
    done = "published" if wanted == "publish" else "saved"
    return see_other(after(visit, one(form, "country") or held.posting.country, done, id))


def _stale(visit: Visit, held: Intake, form: Form, opened: str) -> Response:
    """What somebody else changed meanwhile, beside what was written here.

    A field that was changed on one side only says what that side wrote. One that was changed on both
    keeps what was written here, and tells what the other wrote.
    """
    kind, say = held.posting.kind, visit.words.gettext
    now = _form_of(held)
    here = set(fields.changed_since(kind, form, opened))
    theirs = fields.changed_since(kind, now, opened)
    merged = {**form, **{name: now[name] for name in theirs if name not in here}}
    told = [
        {
            "href": f"#{fields.FIELDS[kind][name].id}",
            "label": say(fields.FIELDS[kind][name].label),
            "says": fields.in_words(visit, kind, now, name),
            "lang": held.posting.language if name in ("title", "description", "outcome") else None,
            "kept": name in here,
        }
        for name in theirs
        if fields.differs(kind, form, now, name)
    ]
    status = held.posting.status
    standing = None
    if fields.status_changed_since(status, opened):
        standing = say("It is %(standing)s now.") % {"standing": say(labels.STATUSES[status][0])}
    return _form(visit, kind, merged, held=held, theirs=told, standing=standing, status=409)


def _form_of(held: Intake) -> Form:
    return fields.filled(held.posting.kind, intake.as_body(held))


# The form


@pages.post("/own/check")
def check(visit: Visiting, sent: Sent) -> Response:
    """What is found in a form that is being written: a piece of the page, for a script to put in place."""
    kind, by = kind_of(one(sent, "kind")), writer(visit)
    held = owned(visit, kind, one(sent, "id")) if one(sent, "id") else None
    form = _with_country(sent, by)
    found = fields.findings(visit, kind, form, _looked_at(visit, kind, form, held))
    return visit.page("own-findings.html", title="", findings=found)


def _looked_at(visit: Visit, kind: Kind, form: Form, held: Intake | None = None) -> dict[str, Any]:
    house = visit.house
    body = fields.told(kind, form)
    before = intake.as_body(held) if held else {}
    return looked_at(
        kind,
        body,
        house,
        visit.by.asker,
        visit.words.language,
        id=held.posting.id if held else SKETCH,
        kept=[name for name in fields.DAYS if name in body and body[name] == before.get(name)],
    )


def _form(
    visit: Visit,
    kind: Kind,
    form: Form,
    *,
    key: str | None = None,
    held: Intake | None = None,
    opened: str | None = None,
    version: int | None = None,
    found: Mapping[str, Any] | None = None,
    refused: Sequence[Fault] = (),
    theirs: Sequence[Shown] = (),
    standing: str | None = None,
    sent_before: bool = False,
    status: int | None = None,
) -> Response:
    """The form, filled in. With `held` it changes that posting, else it makes a new one."""
    say, posting = visit.words.gettext, held.posting if held else None
    if posting is None:
        title = say("Write a request") if kind == "request" else say("Write an offer")
        address = f"/own/{PLURAL[kind]}/new"
    else:
        title = say("Change a request") if kind == "request" else say("Change an offer")
        address = edit_address(posting)
    if held and opened is None:
        opened = fields.marks(kind, _form_of(held), status=held.posting.status)
    problems = found["problems"] if found else refused
    findings = fields.findings(visit, kind, form, found) if found else None
    return visit.page(
        "own-form.html",
        title=title,
        section=SECTION,
        way=way_back(visit, one(form, "country")),
        kind=kind,
        plural=PLURAL[kind],
        address=address,
        key=key,
        id=posting.id if posting else None,
        version=(posting.version if version is None else version) if posting else None,
        opened=opened,
        own_country=visit.show.country(visit.by.country)["name"] if visit.by.country else None,
        fields=fields.shown(visit, kind, form, problems),
        choices=fields.choices(visit, kind, form),
        suggested=_suggested(found),
        findings=findings,
        faults=fields.summary(visit, kind, refused),
        theirs=theirs,
        standing=standing,
        stale=status == 409 and not sent_before,
        sent_before=sent_before,
        saves=posting is not None and posting.status != "draft",
        publishes=posting is None or posting.status in ("draft", "withdrawn"),
        lang=one(form, "language") or (posting.language if posting else None),
        status=status or (422 if refused else 200),
    )


def _suggested(found: Mapping[str, Any] | None) -> dict[str, list[str]]:
    return {
        name: [tag["slug"] for tag in found[f"suggested_{name}"]] if found else []
        for name in ("sectors", "modalities")
    }
