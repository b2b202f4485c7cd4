"""The broker's queue: what is to be decided, what waits for whom and for how long; many decided at once."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, get_args
from urllib.parse import urlencode

from fastapi import Response
from sqlalchemy.orm import Session

from app import cases, intake, weightings
from app.accounts import Caller
from app.api import idempotent
from app.api.bodies import known_filters
from app.api.cases import chosen, shown_now
from app.brokering.steps import ENDS, OPEN, WaitingOn
from app.cases import Case, Wanted
from app.cursor import cursor_after, place_of
from app.errors import Conflict, Fault, Invalid, NotFound, Stale
from app.language.analyse import fold
from app.matching.posting import Posting
from app.matching.suggest import Ranked, Suggestion, rank
from app.workbench import labels
from app.workbench.case import page_of
from app.workbench.casework import (
    broker_of,
    key_of,
    line,
    may_undo,
    new_key,
    place,
    undecided,
    undo,
)
from app.workbench.fields import one
from app.workbench.frame import Form, Sent, Visit, Visiting, router, see_other
from app.workbench.own import whole
from app.workbench.posting import choice
from app.workbench.shown import Shown
from app.workbench.words import N_

pages = router()

SECTION = "broker"
LISTED = 20
"""Requests or cases on a page: for each request the best suggestion is computed."""

VIEWS: Mapping[str, str] = {
    "to_decide": N_("To decide"),
    "open": N_("Open cases"),
    "stalled": N_("Waiting for long"),
    "suggested": N_("Taken up"),
    "shortlisted": N_("Shortlisted"),
    "proposed": N_("Proposed"),
    "agreed": N_("Agreed"),
    "under_way": N_("Under way"),
    "over": N_("Over"),
}
"""The lists of the desk."""

WAITING: Mapping[str, str] = {
    "broker": N_("the broker"),
    "provider": N_("the provider"),
    "receiver": N_("the receiver"),
    "both": N_("both sides"),
}

NOT_DONE: Mapping[str, str] = {
    "taken": N_("it has an open case by now"),
    "moved": N_("another offer suits it best by now"),
    "gone": N_("it is not open any more"),
}
"""Why one of many was not shortlisted."""


@pages.get("/broker")
def queue(visit: Visiting) -> Response:
    return _queue(visit)


def _queue(visit: Visit, *, nothing_marked: bool = False) -> Response:
    by = broker_of(visit)
    view = visit.query("view") or "to_decide"
    if view not in VIEWS:
        raise Invalid([Fault("/query/view", f"“{view[:100]}” is not {', '.join(VIEWS)}.")])
    house, say = visit.house, visit.words.gettext
    known = known_filters(
        house.catalogue, country=visit.query("country"), sector=visit.query("sector"), language=None
    )
    with house.database.reading() as session:
        counted = cases.counts(session, by=by)
        stalled = cases.how_many(
            session, Wanted(stalled=True), by=by, paces=house.settings.paces, now=house.now()
        )
        in_hand = cases.in_hand(session)
        market = house.desk.market(session)
        if view == "to_decide":
            left = undecided(market, in_hand, house.today(), country=known["country"], sector=known["sector"])
            listed = _to_decide(visit, session, by, left)
        else:
            listed = _cases(visit, session, by, view, known["country"])
        done = cases.named(session, (visit.query("done") or "").split(".")[:LISTED], by=by)
    waiting = undecided(market, in_hand, house.today())
    counts = {state: sum(many for (of, _), many in counted.items() if of == state) for state in labels.CASES}
    counts |= {
        "to_decide": len(waiting),
        "open": sum(counts[state] for state in OPEN),
        "stalled": stalled,
        "over": sum(counts[state] for state in ENDS),
    }
    first = waiting[0] if waiting else None
    return visit.page(
        "broker.html",
        title=say("Desk"),
        section=SECTION,
        view=view,
        views=[
            {
                "name": say(label),
                "count": visit.words.number(counts[name]),
                "href": f"/broker?view={name}",
                "here": name == view,
            }
            for name, label in VIEWS.items()
        ],
        begin=f"/broker/requests/{first.id}" if first else None,
        choices=_choices(visit, view, known),
        mine=visit.query("mine") == "1",
        narrowed=any(visit.query(name) for name in ("country", "sector", "waiting_on", "mine")),
        key=new_key(),
        done=[done_line(visit, case, by) for case in done.values()],
        not_done=_not_done(visit, [market.get("request", id) for id, _ in _failed(visit)]),
        undone=whole(visit.query("undone") or ""),
        late=whole(visit.query("late") or ""),
        nothing_marked=nothing_marked,
        empty_desk=counts["to_decide"] + counts["open"] == 0,
        status=422 if nothing_marked else 200,
        **listed,
    )


def _to_decide(visit: Visit, session: Session, by: Caller, left: Sequence[Posting]) -> Shown:
    """A page of the requests without an open case, each with the offer that suits it best."""
    house = visit.house
    after = place_of(cursor) if (cursor := visit.query("cursor")) else None
    some = list(islice((one for one in left if after is None or place(one) > after), LISTED + 1))
    more, some = len(some) > LISTED, some[:LISTED]
    today, market = house.today(), house.desk.market(session)
    stand = cases.standings(session, some, today=today) if some else {}
    weights = weightings.in_use(session).weights
    rows = []
    for request in some:
        best = rank(
            request,
            market,
            today=today,
            asker=by.asker,
            standing=stand[request.id],
            limit=1,
            weights=weights,
        )
        rows.append(_row(visit, request, best[0] if best else None))
    following = cursor_after(*place(some[-1])) if more else None
    return {
        "rows": rows,
        "cases": [],
        "following": visit.address(cursor=following, done=None, failed=None) if following else None,
        "first": visit.address(cursor=None) if after else None,
    }


def _row(visit: Visit, request: Posting, best: Ranked | None) -> Shown:
    words, show = visit.words, visit.show
    return {
        "id": request.id,
        "href": f"/broker/requests/{request.id}{filters(visit)}",
        "title": request.title,
        "lang": request.language,
        "country": show.country(request.country)["name"],
        "days": max(0, (visit.house.now() - place(request)[0]).days),
        "until": words.day(request.valid_until) if request.valid_until else None,
        "best": {
            "pair": f"{request.id}:{best.posting.id}",
            "title": best.posting.title,
            "lang": best.posting.language,
            "country": show.country(best.posting.country)["name"],
            "score": words.number(best.score, 3),
        }
        if best
        else None,
    }


def filters(visit: Visit) -> str:
    """To what the list of undecided requests is narrowed, to be taken along from one to the next."""
    kept = {name: visit.query(name) for name in ("country", "sector")}
    told = urlencode({name: value for name, value in kept.items() if value})
    return f"?{told}" if told else ""


def _cases(visit: Visit, session: Session, by: Caller, view: str, country: str | None) -> Shown:
    """A page of cases; who has waited longest comes first, of those that are over the last one."""
    house, cursor = visit.house, visit.query("cursor")
    waiting_on: WaitingOn | None = next(
        (who for who in get_args(WaitingOn) if who == visit.query("waiting_on")), None
    )
    wanted = Wanted(
        state=next((state for state in OPEN if state == view), None),
        open=view != "over" if view in ("open", "over") else None,
        stalled=True if view == "stalled" else None,
        country=country,
        waiting_on=waiting_on,
        broker=by.id if visit.query("mine") == "1" else None,
    )
    found = cases.queue(
        session,
        wanted,
        by=by,
        limit=LISTED + 1,
        after=place_of(cursor) if cursor else None,
        newest=view == "over",
        paces=house.settings.paces,
        now=house.now(),
    )
    last = found[LISTED - 1] if len(found) > LISTED else None
    return {
        "rows": [],
        "cases": [line(visit, case) for case in found[:LISTED]],
        "following": visit.address(cursor=cursor_after(last.since, last.id)) if last else None,
        "first": visit.address(cursor=None) if cursor else None,
    }


def _choices(visit: Visit, view: str, known: Mapping[str, str | None]) -> list[Shown]:
    """What the list can be narrowed to."""
    catalogue, say, language = visit.house.catalogue, visit.words.gettext, visit.words.language
    region = [(iso3, catalogue.countries[iso3].name.in_(language)) for iso3 in catalogue.region]
    countries = sorted(region, key=lambda named: fold(named[1]))
    found = [choice("country", say("Country"), say("any country"), countries, known["country"])]
    if view == "to_decide":
        sectors = [(slug, sector.name.in_(language)) for slug, sector in catalogue.sectors.items()]
        return [*found, choice("sector", say("Sector"), say("any sector"), sectors, known["sector"])]
    waiting = [(name, say(label)) for name, label in WAITING.items()]
    asked = visit.query("waiting_on")
    return [*found, choice("waiting_on", say("Waiting for"), say("anybody"), waiting, asked)]


# Many at once, and what was done


def done_line(visit: Visit, held: Case, by: Caller) -> Shown:
    """What was just decided, with what it takes to undo it."""
    return {
        "id": held.id,
        "href": f"/cases/{held.id}",
        "request": {"title": held.request.title, "lang": held.request.language},
        "offer": {"title": held.offer.title, "lang": held.offer.language},
        "mark": visit.show.mark(labels.CASES[held.state]),
        "undo": f"{held.id}:{held.version}" if may_undo(held, by) else None,
    }


def _failed(visit: Visit) -> list[tuple[str, str]]:
    """The requests of many that were not shortlisted, each with why."""
    told = [part.partition(":") for part in (visit.query("failed") or "").split(",")[:LISTED]]
    return [(id, why) for id, _, why in told if why in NOT_DONE]


def _not_done(visit: Visit, requests: Sequence[Posting | None]) -> list[Shown]:
    say = visit.words.gettext
    return [
        {
            "title": request.title if request else id,
            "lang": request.language if request else "und",
            "href": f"/broker/requests/{id}" if request else None,
            "why": say(NOT_DONE[why]),
        }
        for (id, why), request in zip(_failed(visit), requests, strict=True)
    ]


@pages.post("/broker/shortlist")
def shortlist(visit: Visiting, sent: Sent) -> Response:
    """Shortlist the best suggestion of each marked request, each in a transaction of its own."""
    broker_of(visit)
    marked = [pair.partition(":") for pair in dict.fromkeys(sent.get("pair", []))][:LISTED]
    if not marked:
        return _queue(visit, nothing_marked=True)
    done, failed = [], []
    for request, _, offer in marked:
        made, why = _shortlisted(visit, request, offer, key_of(sent))
        if made:
            done.append(made)
        elif why:
            failed.append(f"{request}:{why}")
    told = {"done": ".".join(done), "failed": ",".join(failed)}
    kept = {name: one(sent, name) for name in ("country", "sector")}
    asked = {name: value for name, value in (told | kept).items() if value}
    return see_other(f"/broker?{urlencode(asked)}")


def _shortlisted(visit: Visit, request: str, offer: str, key: str | None) -> tuple[str | None, str | None]:
    """The case that was made of the best suggestion, or why there is none."""
    house, by = visit.house, broker_of(visit)
    what, raw = "shortlist of many", f"{request}:{offer}".encode()
    own_key = f"{key}.{request}" if key else None
    if not (intake.ID.fullmatch(request) and intake.ID.fullmatch(offer)):
        return None, "gone"

    def make(session: Session) -> Response:
        channel, instrument = chosen(frozen, None, None)
        made = cases.take_up(session, frozen, channel=channel, instrument=instrument, by=by, now=house.now())
        if any(one.state in OPEN and one.id != made.id for one in cases.of_request(session, request, by=by)):
            raise Conflict("This request has an open case.")
        cases.act(session, made.id, "shortlist", if_version=made.version, by=by, now=house.now())
        return Response(made.id)

    try:
        if earlier := idempotent.earlier(house, by, own_key, what, raw):
            return bytes(earlier.body).decode(), None
        frozen = shown_now(house, request, offer, by, None)
        if frozen.suggestion.kept_out:
            return None, _why_out(frozen.suggestion)
        if frozen.rank != 1:
            return None, "moved"
        return bytes(idempotent.once(house, by, own_key, what, raw, make).body).decode(), None
    except NotFound:
        return None, "gone"
    except Conflict:
        return None, "taken"


def _why_out(found: Suggestion) -> str:
    shut = {gate.name for gate in found.gates if gate.answer == "not_met"}
    return "gone" if "open" in shut else "moved"


@pages.post("/broker/undo")
def take_back(visit: Visiting, sent: Sent) -> Response:
    """Undo what was just decided, each case in a transaction of its own."""
    broker_of(visit)
    asked = [case.partition(":") for case in dict.fromkeys(sent.get("case", []))][:LISTED]
    undone, late = 0, 0
    request = None
    for id, _, version in asked:
        try:
            request = _taken_back(visit, id, whole(version) or 0, key_of(sent))
            undone += 1
        except (Stale, Conflict) as refusal:
            if len(asked) == 1:
                return page_of(visit, id, sent=_at(visit, id, sent), refusal=refusal)
            late += 1
    if len(asked) == 1 and request:
        return see_other(f"{request}&undone=1")
    return see_other(f"/broker?undone={undone}" + (f"&late={late}" if late else ""))


def _at(visit: Visit, id: str, sent: Form) -> Form:
    """The form, as one that was sent from the page of the case after what the broker last did there."""
    with visit.house.database.reading() as session:
        own = [event.number for event in cases.history(session, id, by=visit.by) if event.by == visit.by.id]
    return {**sent, "seen": [str(max(own, default=0))]}


def _taken_back(visit: Visit, id: str, version: int, key: str | None) -> str:
    """Undo one; gives the page of its pair."""
    house, by = visit.house, visit.by

    def make(session: Session) -> Response:
        held = cases.get(session, id, by=by)
        note = visit.words.gettext("Undone.")
        undo(session, held, if_version=version, note=note, by=by, now=house.now())
        return Response(f"/broker/requests/{held.request.id}?offer={held.offer.id}")

    raw, own_key = f"{id}:{version}".encode(), f"{key}.{id}" if key else None
    answer: Any = idempotent.once(house, by, own_key, "undo", raw, make)
    return bytes(answer.body).decode()
