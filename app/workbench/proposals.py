"""An agency's cases: those that wait for it, those that wait for others, those that are over."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from app import cases
from app.accounts import Caller
from app.cases import Wanted
from app.cursor import cursor_after, place_of
from app.errors import Fault, Forbidden, Invalid
from app.workbench.casework import line
from app.workbench.frame import Visit, Visiting, router
from app.workbench.shown import Shown
from app.workbench.words import N_

pages = router()

SECTION = "proposals"
LISTED = 20

GROUPS: Mapping[str, str] = {
    "yours": N_("Waiting for you"),
    "others": N_("Waiting for somebody else"),
    "over": N_("Over"),
}


@pages.get("/proposals")
def proposals(visit: Visiting) -> Response:
    by, say, house = _agency(visit), visit.words.gettext, visit.house
    asked = visit.query("group")
    if asked and asked not in GROUPS:
        raise Invalid([Fault("/query/group", f"“{asked[:100]}” is not {', '.join(GROUPS)}.")])
    cursor = visit.query("cursor") if asked else None
    how: Mapping[str, Any] = {"by": by, "paces": house.settings.paces, "now": house.now()}
    wanted = {
        "yours": Wanted(acting=by.country),
        "others": Wanted(watching=by.country),
        "over": Wanted(open=False),
    }
    groups: list[Shown] = []
    with house.database.reading() as session:
        for name in [asked] if asked else GROUPS:
            found = cases.queue(
                session,
                wanted[name],
                limit=LISTED + 1,
                after=place_of(cursor) if cursor else None,
                newest=name == "over",
                **how,
            )
            last = found[LISTED - 1] if len(found) > LISTED else None
            groups.append(
                {
                    "slug": name,
                    "name": say(GROUPS[name]),
                    "count": visit.words.number(cases.how_many(session, wanted[name], **how)),
                    "items": [line(visit, case) for case in found[:LISTED]],
                    "more": f"/proposals?group={name}&cursor={cursor_after(last.since, last.id)}"
                    if last
                    else None,
                }
            )
    return visit.page(
        "proposals.html",
        title=say("Proposals"),
        section=SECTION,
        country=visit.show.country(by.country or "")["name"],
        groups=groups,
        all="/proposals" if asked else None,
        empty=not asked and not any(group["items"] for group in groups),
    )


def _agency(visit: Visit) -> Caller:
    """Who signed in, if they speak for a country.

    Raises:
        Unidentified, Forbidden: when nobody did, or somebody who speaks for none.
    """
    by = visit.by
    if by.country is None:
        say = visit.words.gettext
        raise Forbidden(say("Proposals are made to the agencies of countries. Brokers have their desk."))
    return by
