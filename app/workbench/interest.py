"""A country's interest in a posting of another: said on the posting's page, read by the brokers alone."""

from urllib.parse import urlencode

from fastapi import Response

from app import interests
from app.errors import Conflict
from app.interests import LONGEST_NOTE
from app.workbench.frame import Sent, Visiting, router, see_other
from app.workbench.own import kind_of
from app.workbench.shown import PLURAL, Shown

pages = router()


@pages.get("/interests")
def listing(visit: Visiting) -> Response:
    """What is of interest to whom: for brokers, who may take it up; for a country, what it said itself."""
    by = visit.by
    with visit.house.database.reading() as session:
        found = interests.listed(session, by=by)
    broker = by.role in ("administrator", "broker")
    items: list[Shown] = [
        {
            "id": one.id,
            "title": one.title,
            "lang": one.language,
            "href": f"/{PLURAL[one.kind]}/{one.posting}",
            "owner": visit.show.country(one.owner),
            "country": visit.show.country(one.country),
            "by": one.by_name,
            "note": one.note,
            "when": visit.words.day(one.at.date()),
            "requests": f"/requests?{urlencode({'country': one.country})}" if broker else None,
        }
        for one in found
    ]
    return visit.page(
        "interests.html",
        title=visit.words.gettext("Expressions of interest"),
        section="interests",
        items=items,
        broker=broker,
    )


@pages.post("/{plural}/{id}/interest")
def express(plural: str, id: str, visit: Visiting, sent: Sent) -> Response:
    """Say it, once however often it is sent."""
    note = sent.get("note", [""])[0].strip()
    if len(note) > LONGEST_NOTE:
        raise Conflict(f"A note has at most {LONGEST_NOTE} characters.")
    with visit.house.database.transaction() as session:
        interests.express(
            session, kind_of(plural), id[:64], note=note or None, by=visit.by, now=visit.house.now()
        )
    return see_other("/interests")


@pages.post("/interests/{id}/withdraw")
def withdraw(id: int, visit: Visiting, sent: Sent) -> Response:
    """Take it back."""
    with visit.house.database.transaction() as session:
        interests.withdraw(session, id, by=visit.by, now=visit.house.now())
    return see_other("/interests")
