"""An agency's own postings: what it has, and what can be done with each.

Brokers and administrators do the same for any country. Whoever may do what is decided by the verbs of
`app.postings`; the pages only offer what can be done.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from sqlalchemy.orm import Session

from app import intake, postings
from app.accounts import Caller
from app.errors import Fault, Forbidden, Invalid, NotFound
from app.intake import Intake
from app.matching.posting import Kind, Posting
from app.postings import Wanted
from app.workbench import faults, fields, labels
from app.workbench.fields import one
from app.workbench.frame import Form, Sent, Visit, Visiting, router, see_other
from app.workbench.shown import PLURAL, Shown
from app.workbench.words import N_

pages = router()

SECTION = "own"
KINDS: Mapping[str, Kind] = {"requests": "request", "offers": "offer"}

EXPIRING = timedelta(days=30)
"""How long before its last day a posting stands on top, to be renewed."""

IN_A_GROUP = 6
"""Postings of each group that are shown with the others; the rest is a page of its own."""
ON_A_PAGE = 40
READ_AT_ONCE = 200

GROUPS: Mapping[str, str] = {
    "expiring": N_("Expiring within 30 days"),
    "draft": N_("Drafts"),
    "published": N_("Open"),
    "expired": N_("Expired"),
    "withdrawn": N_("Withdrawn"),
    "fulfilled": N_("Fulfilled"),
}
"""The groups of the list, in the order in which something is to be done about them."""

DONE: Mapping[str, str] = {
    "draft": N_("It is kept as a draft. Nobody but your agency and the brokers sees it."),
    "published": N_("It is published, and matched from now on."),
    "saved": N_("It is saved."),
    "withdrawn": N_("It is withdrawn. Publish it again whenever you want."),
    "renewed": N_("It is renewed."),
    "deleted": N_("It is deleted."),
}


def edit_address(posting: Posting) -> str:
    return f"/own/{PLURAL[posting.kind]}/{posting.id}/edit"


def writer(visit: Visit) -> Caller:
    """Who signed in, if they have postings at all.

    Raises:
        Unidentified, Forbidden: when nobody did, or somebody who does not post.
    """
    by = visit.by
    if by.role == "partner":
        say = visit.words.gettext
        raise Forbidden(say("Agencies post, and brokers for them; a channel or another partner does not."))
    return by


def kind_of(plural: str) -> Kind:
    if plural not in KINDS:
        raise NotFound("There is no such page.")
    return KINDS[plural]


# The list


@pages.get("/own")
def desk(visit: Visiting) -> Response:
    return _desk(visit)


def _desk(visit: Visit, *, refused: tuple[str, Shown] | None = None) -> Response:
    """What a country has, by what is to be done about it; `refused` is a posting and what was at fault."""
    by, say, number = writer(visit), visit.words.gettext, visit.words.number
    country = by.country or asked_country(visit)
    asked, done = visit.query("status"), DONE.get(visit.query("done") or "")
    if asked and asked not in GROUPS:
        raise Invalid([Fault("/query/status", f"“{asked[:100]}” is not {', '.join(GROUPS)}.")])
    start = whole(visit.query("from") or "") or 0
    groups = _grouped(visit, _postings_of(visit, country, by) if country else [])

    def shown(name: str) -> Shown:
        held = groups[name]
        some = held[start : start + ON_A_PAGE] if asked else held[:IN_A_GROUP]
        left = 0 if asked else len(held) - len(some)
        return {
            "name": say(GROUPS[name]),
            "slug": name,
            "items": [_line(visit, posting, refused) for posting in some],
            "rest": list_address(by, country, status=name) if left else None,
            "count": number(len(held)),
        }

    more = asked and len(groups[asked]) > start + ON_A_PAGE
    return visit.page(
        "own.html",
        title=_title(visit, country),
        section=SECTION,
        countries=None if by.country else _countries(visit, country),
        country=country,
        among="" if by.country else f"?country={country}",
        days=visit.house.settings.validity_days,
        done=say(done) if done else None,
        refused=refused[1] if refused else None,
        empty=not any(groups.values()),
        counts=[
            {
                "name": say(label),
                "count": number(len(groups[name])),
                "href": list_address(by, country, status=name),
                "here": name == asked,
            }
            for name, label in GROUPS.items()
        ],
        all=list_address(by, country) if asked else None,
        groups=[shown(asked)] if asked else [shown(name) for name in GROUPS if groups[name]],
        more=list_address(by, country, status=asked, **{"from": str(start + ON_A_PAGE)}) if more else None,
        status=422 if refused else 200,
    )


def list_address(by: Caller, country: str | None, **query: str | None) -> str:
    """The list of a country, narrowed; an agency has only one."""
    asked = {"country": None if by.country else country, **query}
    told = urlencode({name: value for name, value in asked.items() if value})
    return f"/own?{told}" if told else "/own"


def _title(visit: Visit, country: str | None) -> str:
    say = visit.words.gettext
    if country is None:
        return say("My postings")
    return say("My postings: %(country)s") % {"country": visit.show.country(country)["name"]}


def asked_country(visit: Visit) -> str | None:
    """The country that a broker looks at."""
    asked = visit.query("country")
    if asked is None:
        return None
    country = visit.house.catalogue.country(asked)
    if country is None or country.iso3 not in visit.house.catalogue.region:
        raise Invalid([Fault("/query/country", f"“{asked[:100]}” is not a country of the region.")])
    return country.iso3


def _countries(visit: Visit, chosen: str | None) -> list[Shown]:
    form = {"country": [chosen] if chosen else []}
    return fields.choices(visit, "request", form)["country"]


def _postings_of(visit: Visit, country: str, by: Caller) -> list[Posting]:
    """All that a country has, the last changed first: its drafts too, which no market holds."""
    found: list[Posting] = []
    with visit.house.database.reading() as session:
        for kind in KINDS.values():
            cursor = None
            while True:
                page = postings.listed(
                    session,
                    kind,
                    Wanted(country=country),
                    asker=by.asker,
                    limit=READ_AT_ONCE,
                    cursor=cursor,
                    today=visit.house.today(),
                )
                found += page.items
                if (cursor := page.next) is None:
                    break
    return sorted(found, key=lambda posting: (str(posting.updated_at), posting.id), reverse=True)


def _grouped(visit: Visit, found: Sequence[Posting]) -> dict[str, list[Posting]]:
    """The postings in their groups; of those that expire soon the first to expire stands first."""
    today = visit.house.today()
    groups: dict[str, list[Posting]] = {name: [] for name in GROUPS}
    for posting in found:
        until = posting.valid_until
        soon = posting.status == "published" and until is not None and until - today <= EXPIRING
        groups["expiring" if soon else posting.status].append(posting)
    groups["expiring"].sort(key=lambda posting: (posting.valid_until or today, posting.id))
    return groups


def _line(visit: Visit, posting: Posting, refused: tuple[str, Shown] | None) -> Shown:
    """A posting, and what can be done with it as it stands."""
    words, say = visit.words, visit.words.gettext
    public = posting.visibility == "public" and posting.status != "draft"
    past = posting.valid_until is not None and posting.valid_until < visit.house.today()
    here = f"/own/{PLURAL[posting.kind]}/{posting.id}"
    return {
        "id": posting.id,
        "href": f"/{PLURAL[posting.kind]}/{posting.id}" if public else edit_address(posting),
        "title": posting.title,
        "lang": posting.language,
        "kind": say("Request") if posting.kind == "request" else say("Offer"),
        "standing": say(labels.STATUSES[posting.status][0]),
        "until": say("open until %(day)s") % {"day": words.day(posting.valid_until)}
        if posting.valid_until
        else say("without a last day"),
        "seen_by": say(fields.VISIBILITIES[posting.visibility][0]),
        "version": posting.version,
        "address": here,
        "may_publish": posting.status in ("draft", "withdrawn") and not past,
        "may_renew": posting.valid_until is not None
        and (posting.status in ("published", "expired") or (posting.status == "withdrawn" and past)),
        "may_withdraw": posting.status in ("published", "expired"),
        "fault": refused[1] if refused and refused[0] == posting.id else None,
    }


def after(visit: Visit, country: str, done: str, posting_id: str) -> str:
    """The list after something was done, at the posting that it was done with."""
    return f"{list_address(visit.by, country, done=done)}#p-{posting_id}"


# What is done with a posting from the list


@pages.post("/own/{plural}/{id}/publish")
def publish(plural: str, id: str, visit: Visiting, sent: Sent) -> Response:
    return _change(visit, kind_of(plural), id, sent, "published", postings.publish)


@pages.post("/own/{plural}/{id}/withdraw")
def withdraw(plural: str, id: str, visit: Visiting, sent: Sent) -> Response:
    return _change(visit, kind_of(plural), id, sent, "withdrawn", postings.withdraw)


@pages.post("/own/{plural}/{id}/renew")
def renew(plural: str, id: str, visit: Visiting, sent: Sent) -> Response:
    """By the usual time, or until the day that the form names; with a fault the list comes back."""
    kind, until = kind_of(plural), None
    try:
        if one(sent, "until") == "day":
            until = _day(one(sent, "valid_until"))
        how = {"valid_until": until, "validity_days": visit.house.settings.validity_days}
        return _change(visit, kind, id, sent, "renewed", postings.renew, **how)
    except Invalid as invalid:
        said = faults.in_words(visit.words, invalid.faults[0].detail)
        return _desk(visit, refused=(id, said | {"sent": one(sent, "valid_until")}))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid([Fault("/valid_until", "This is not a date such as 2027-01-31.")]) from None


@pages.get("/own/{plural}/{id}/delete")
def ask_to_delete(plural: str, id: str, visit: Visiting) -> Response:
    posting = owned(visit, kind_of(plural), id).posting
    return visit.page(
        "own-delete.html",
        title=visit.words.gettext("Delete this posting?"),
        section=SECTION,
        way=way_back(visit, posting.country),
        posting=_line(visit, posting, None),
    )


@pages.post("/own/{plural}/{id}/delete")
def delete(plural: str, id: str, visit: Visiting, sent: Sent) -> Response:
    return _change(visit, kind_of(plural), id, sent, "deleted", postings.remove)


def _change(
    visit: Visit, kind: Kind, id: str, sent: Form, done: str, verb: Callable[..., Any], **how: Any
) -> Response:
    """Do one thing with a posting as it stood on the page."""
    house, by = visit.house, writer(visit)
    version = whole(one(sent, "version")) or 0
    with house.database.transaction() as session:
        country = _posting(session, visit, kind, id, by).country
        verb(session, kind, id, if_version=version, by=by, now=house.now(), **how)
    house.taken_in(kind, id)
    return see_other(after(visit, country, done, id))


def whole(text: str) -> int | None:
    """A version, or a place in a list; None for what is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else None


# Whose they are


def owned(visit: Visit, kind: Kind, id: str) -> Intake:
    """A posting that is the caller's to change, with its contact.

    Raises:
        Unidentified, NotFound, Forbidden: as the verbs do.
    """
    by = writer(visit)
    with visit.house.database.reading() as session:
        posting = _posting(session, visit, kind, id, by)
        if not postings.may_post(by, posting.country):
            raise Forbidden(visit.words.gettext("This posting is another country's."))
        return Intake(posting, postings.contact_of(session, kind, id))


def _posting(session: Session, visit: Visit, kind: Kind, id: str, by: Caller) -> Posting:
    if not intake.ID.fullmatch(id):
        raise NotFound("There is no such posting.")
    return postings.get(session, kind, id, asker=by.asker, today=visit.house.today())


def way_back(visit: Visit, country: str | None) -> list[tuple[str, str]]:
    return [(visit.words.gettext("My postings"), list_address(visit.by, country))]
