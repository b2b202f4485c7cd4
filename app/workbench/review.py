"""The review desk: one pair a screen, one decision, then the next request at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from fastapi import Response
from sqlalchemy.orm import Session

from app import cases, intake, postings, weightings
from app.accounts import Caller
from app.api import idempotent
from app.api.bodies import known_filters
from app.api.cases import chosen, shown_now
from app.brokering.frozen import Frozen
from app.brokering.steps import OPEN
from app.cases import LONGEST_NOTE, Case, Event, Said
from app.errors import Conflict, Fault, Invalid, NotFound
from app.language.analyse import fold
from app.matching.posting import Posting
from app.matching.suggest import Ranked, Suggestion, consider, rank
from app.postings import Wanted
from app.weightings import InUse
from app.workbench import labels
from app.workbench.broker import SECTION, done_line, filters
from app.workbench.case import as_sent, note_of
from app.workbench.casework import (
    beside,
    broker_of,
    key_of,
    line,
    new_key,
    place,
    reasons,
    refused,
    told,
    undecided,
)
from app.workbench.fields import one
from app.workbench.frame import Form, Sent, Visit, Visiting, Way, router, see_other
from app.workbench.pair import in_full
from app.workbench.posting import SUGGESTED, choice, scored_by
from app.workbench.shown import Shown, length

pages = router()

FOUND = 20
"""Offers that a search for a pair by hand shows."""

Decision = Literal["shortlist", "decline", "take_up"]
DECISIONS: Mapping[str, Decision] = {"shortlist": "shortlist", "decline": "decline", "take_up": "take_up"}

_INPUTS = ("note", "reason", "why", "through")


@dataclass(frozen=True)
class Desk:
    """A request as it lies on the desk: its suggestions, its cases, and the requests before and after it."""

    by: Caller
    request: Posting
    ranked: Sequence[Ranked]
    held: Sequence[Case]
    before: Posting | None
    after: Posting | None
    where: int | None
    left: int
    used: InUse
    found: Suggestion | None

    @property
    def busy(self) -> dict[str, Case]:
        """The open cases of the request, by the offer that they are about."""
        return {case.offer.id: case for case in self.held if case.state in OPEN}

    @property
    def free(self) -> list[Ranked]:
        """The suggestions that have no case, best first."""
        return [one for one in self.ranked if one.posting.id not in self.busy]

    @property
    def is_first(self) -> bool:
        """Whether the pair on the desk is the best of these: another one needs a reason to be taken up."""
        return self.found is not None and bool(self.free) and self.free[0].posting.id == self.found.offer.id


@pages.get("/broker/requests/{id}")
def review(id: str, visit: Visiting) -> Response:
    return _page(visit, _laid_out(visit, id, visit.query("offer")))


@pages.post("/broker/requests/{id}")
def decide(id: str, visit: Visiting, sent: Sent) -> Response:
    """Take a suggestion up and decide on it, in one transaction; then the next one.

    What changed since the page was drawn is told, and the text that was written is kept.
    """
    house, by = visit.house, broker_of(visit)
    what = DECISIONS.get(one(sent, "do"))
    if what is None:
        raise Invalid([Fault("/do", "This is not a decision of the desk.")])
    raw, offer = as_sent(sent), one(sent, "offer")
    try:
        if earlier := idempotent.earlier(house, by, key_of(sent), f"review {id}", raw):
            return earlier
        desk = _laid_out(visit, id, offer)
        if moved := _moved(visit, desk, sent):
            return _page(visit, desk, sent=sent, moved=moved)
        said, why = _read(desk, what, sent)
        frozen = shown_now(house, id, offer, by, one(sent, "through").partition("/")[0] or None)
        ahead = desk.after

        def make(session: Session) -> Response:
            made = _decided(session, visit, frozen, what, said, why=why, sent=sent)
            _nobody_else(session, visit, made, sent)
            return see_other(_onward(visit, made, what, ahead))

        return idempotent.once(house, by, key_of(sent), f"review {id}", raw, make)
    except Invalid as invalid:
        return _page(visit, _laid_out(visit, id, offer), sent=sent, found=invalid.faults)
    except Conflict as refusal:
        desk = _laid_out(visit, id, offer)
        return _page(visit, desk, sent=sent, refusal=refusal, moved=_moved(visit, desk, sent))


def _laid_out(visit: Visit, id: str, offer: str | None) -> Desk:
    """What lies on the desk.

    Raises:
        Unidentified, Forbidden, NotFound: for who is no broker, for postings that are not there.
    """
    by, house = broker_of(visit), visit.house
    today = house.today()
    known = known_filters(house.catalogue, country=visit.query("country"), sector=visit.query("sector"))
    with house.database.reading() as session:
        request = _posting(session, visit, "request", id, by)
        given = _posting(session, visit, "offer", offer, by) if offer else None
        held = cases.of_request(session, request.id, by=by)
        in_hand = cases.in_hand(session)
        standing = cases.standing(session, request, today=today)
        market, used = house.desk.market(session), weightings.in_use(session)
    request = market.tagged(request)
    how: Mapping[str, Any] = {
        "today": today,
        "asker": by.asker,
        "standing": standing,
        "weights": used.weights,
    }
    busy = {case.offer.id for case in held if case.state in OPEN}
    ranked = rank(request, market, limit=SUGGESTED + len(busy), **how)
    best = next((one.posting for one in ranked if one.posting.id not in busy), None)
    on_top = given or best
    left = undecided(market, in_hand, today, country=known["country"], sector=known["sector"])
    here = place(request)
    before, after = ([one for one in left if place(one) < here], [one for one in left if place(one) > here])
    return Desk(
        by=by,
        request=request,
        ranked=ranked,
        held=held,
        before=before[-1] if before else None,
        after=after[0] if after else None,
        where=len(before) + 1 if len(before) + len(after) < len(left) else None,
        left=len(left),
        used=used,
        found=consider(request, on_top, market, **how) if on_top else None,
    )


def _posting(session: Session, visit: Visit, kind: Any, id: str, by: Caller) -> Posting:
    if not intake.ID.fullmatch(id):
        raise NotFound("There is no such posting.")
    return postings.get(session, kind, id, asker=by.asker, today=visit.house.today())


# What was decided


def _read(desk: Desk, what: Decision, sent: Form) -> tuple[Said, str | None]:
    """What was said with a decision, and why this pair was taken up.

    Raises:
        Invalid: naming every fault.
    """
    found: list[Fault] = []
    note = why = None
    try:
        note = note_of(sent)
    except Invalid as invalid:
        found += invalid.faults
    try:
        why = note_of(sent, "why")
    except Invalid as invalid:
        found += invalid.faults
    if what != "decline" and why is None and not desk.is_first:
        found.append(Fault("/why", "A pair that does not stand first needs a reason."))
    if found:
        raise Invalid(found)
    return Said(reason=one(sent, "reason") or None if what == "decline" else None, note=note), why


def _decided(
    session: Session,
    visit: Visit,
    frozen: Frozen,
    what: Decision,
    said: Said,
    *,
    why: str | None,
    sent: Form,
) -> Case:
    """Take the pair up and take the first step with it."""
    by, now = visit.by, visit.house.now()
    channel, _, instrument = one(sent, "through").partition("/")
    if channel not in {fit.channel for fit in frozen.suggestion.channels}:
        channel, instrument = chosen(frozen, None, None)[0] or "", ""
    slugs = {verdict.instrument.slug for fit in frozen.suggestion.channels for verdict in fit.instruments}
    made = cases.take_up(
        session,
        frozen,
        channel=channel or None,
        instrument=instrument if instrument in slugs else None,
        why=why,
        by=by,
        now=now,
    )
    if what != "take_up":
        return cases.act(session, made.id, what, said, if_version=made.version, by=by, now=now)
    if said.note:
        cases.comment(session, made.id, said.note, by=by, now=now)
    return made


def _nobody_else(session: Session, visit: Visit, made: Case, sent: Form) -> None:
    """Make sure that nobody has decided on this request since the page was drawn.

    Raises:
        Conflict: if somebody has.
    """
    seen = one(sent, "seen").split()
    for case in cases.of_request(session, made.request.id, by=visit.by):
        if case.id != made.id and f"{case.id}:{case.version}" not in seen:
            raise Conflict("Somebody decided on this request in the meantime.", moved=case.id)


def _onward(visit: Visit, made: Case, what: Decision, ahead: Posting | None) -> str:
    """Where to go from here: after a refusal the next suggestion of the request, else the next request."""
    kept = filters(visit).removeprefix("?")
    done = urlencode({"done": made.id}) + (f"&{kept}" if kept else "")
    if what == "decline":
        return f"/broker/requests/{made.request.id}?{done}"
    return f"/broker/requests/{ahead.id}?{done}" if ahead else f"/broker?{done}"


@dataclass(frozen=True)
class Moved:
    """What changed since a page was drawn: in sentences, and what was done in which case."""

    says: Sequence[str]
    events: Sequence[Event]

    def __bool__(self) -> bool:
        return bool(self.says or self.events)


def _moved(visit: Visit, desk: Desk, sent: Form) -> Moved:
    """What is otherwise than it was on the page from which a form was sent."""
    say, says = visit.words.gettext, []
    found = desk.found
    for kind, posting in (("request", desk.request), ("offer", found.offer if found else None)):
        version = one(sent, f"{kind}_version")
        if posting is not None and version and version != str(posting.version):
            changed = visit.words.moment(posting.updated_at) if posting.updated_at else ""
            message = (
                say("The request was changed on %(moment)s.")
                if kind == "request"
                else say("The offer was changed on %(moment)s.")
            )
            says.append(message % {"moment": changed})
    if one(sent, "stood") == "first" and not desk.is_first and desk.free:
        best = desk.free[0].posting
        says.append(say("Another offer suits it best by now: %(title)s.") % {"title": best.title})
    seen = dict(known.split(":", 1) for known in one(sent, "seen").split() if ":" in known)
    events: list[Event] = []
    with visit.house.database.reading() as session:
        for case in desk.held:
            if seen.get(case.id) != str(case.version):
                history = cases.history(session, case.id, by=desk.by)
                events += history[-3:] if case.id in seen else history
    return Moved(says, events)


# The page


def _page(
    visit: Visit,
    desk: Desk,
    *,
    sent: Form | None = None,
    found: Sequence[Fault] = (),
    refusal: Conflict | None = None,
    moved: Moved | None = None,
) -> Response:
    say, words, pair = visit.words.gettext, visit.words, desk.found
    kept: Form = sent or {}
    again = any(fault.pointer.startswith("/header/") for fault in found)
    at_fault = {} if again else beside(visit, found)
    if "reason" in at_fault and one(kept, "do") != "decline":
        at_fault.pop("reason")
    own = filters(visit)
    more = f"&{own.removeprefix('?')}" if own else ""
    here = f"/broker/requests/{desk.request.id}"
    shut = {gate.name for gate in pair.gates if gate.answer == "not_met"} if pair else set()
    taken = desk.busy.get(pair.offer.id) if pair else None
    with visit.house.database.reading() as session:
        done = cases.named(session, [visit.query("done") or ""], by=desk.by) if not sent else {}
    return visit.page(
        "broker-request.html",
        title=desk.request.title,
        section=SECTION,
        way=_way(visit),
        asked={
            "title": desk.request.title,
            "lang": desk.request.language,
            "country": visit.show.country(desk.request.country)["name"],
            "href": f"/requests/{desk.request.id}",
        },
        where=say("%(place)s of %(many)s to decide")
        % {"place": words.number(desk.where), "many": words.number(desk.left)}
        if desk.where
        else None,
        after=f"/broker/requests/{desk.after.id}{own}" if desk.after else None,
        before=f"/broker/requests/{desk.before.id}{own}" if desk.before else None,
        done=[done_line(visit, case, desk.by) for case in done.values()],
        undone=visit.query("undone") is not None and not sent,
        refused=refused(visit, refusal) if refusal and "moved" not in refusal.facts and not moved else None,
        moved=moved.says if moved else [],
        changed=[told(visit, event) for event in moved.events] if moved else [],
        stale=bool(moved),
        again=again,
        beside=at_fault,
        kept={name: one(kept, name) for name in _INPUTS},
        declining=one(kept, "do") == "decline",
        action=here + own,
        form={
            "key": new_key(),
            "longest": LONGEST_NOTE,
            "seen": " ".join(f"{case.id}:{case.version}" for case in desk.held),
            "offer": pair.offer.id,
            "request_version": desk.request.version,
            "offer_version": pair.offer.version,
            "stood": "first" if desk.is_first else "",
        }
        if pair
        else None,
        taken=line(visit, taken) if taken else None,
        impossible=sorted(shut & {"open", "different_country"}),
        may_decline=not shut,
        needs_why=not desk.is_first,
        by_hand_now=pair is not None and all(one.posting.id != pair.offer.id for one in desk.ranked),
        through=_through(visit, pair, one(kept, "through")) if pair else [],
        reasons=reasons(visit, one(kept, "reason")),
        lower=[_lower(visit, desk, one, f"{here}?offer={one.posting.id}{more}") for one in desk.ranked],
        held=[line(visit, case) for case in desk.held],
        by_hand=f"{here}/by-hand",
        scored_by=scored_by(visit, desk.used),
        pairs_in_full=pair is not None,
        status=409 if moved or refusal or again else 422 if found else 200,
        # The channels beyond the best ones are folded on the page of the pair; here they would be in the way.
        **(in_full(visit, pair) | {"others": []} if pair else {}),
        whole=f"/requests/{desk.request.id}/suggestions/{pair.offer.id}" if pair else None,
    )


def _way(visit: Visit) -> Way:
    return [(visit.words.gettext("Desk"), f"/broker{filters(visit)}")]


def _through(visit: Visit, pair: Suggestion, asked: str) -> list[Shown]:
    """The channels and their funds on which the exchange could go, the best fit first."""
    options: list[Shown] = []
    for fit in pair.channels[:SUGGESTED]:
        short = visit.show.channel(fit.channel)["short"]
        for verdict in fit.instruments:
            standing = visit.words.gettext(labels.STANDINGS[verdict.standing].word)
            name = verdict.instrument.name.in_(visit.words.language)
            options.append(
                {
                    "value": f"{fit.channel}/{verdict.instrument.slug}",
                    "name": f"{short} · {name} ({standing})",
                    "fits": verdict.standing != "ineligible",
                }
            )
        options.append({"value": fit.channel, "name": short, "fits": True})
    best = next((one["value"] for one in options if one["fits"]), "")
    wanted = asked if any(one["value"] == asked for one in options) else best
    return [one | {"chosen": one["value"] == wanted} for one in options]


def _lower(visit: Visit, desk: Desk, one: Ranked, href: str) -> Shown:
    """A suggestion in the list beside the decision."""
    case = desk.busy.get(one.posting.id)
    return {
        "title": one.posting.title,
        "lang": one.posting.language,
        "country": visit.show.country(one.posting.country)["name"],
        "score": visit.words.number(one.score, 3),
        "width": length(one.score),
        "href": href,
        "here": desk.found is not None and one.posting.id == desk.found.offer.id,
        "case": visit.words.gettext(labels.CASES[case.state].word) if case else None,
    }


# A pair by hand


@pages.get("/broker/requests/{id}/by-hand")
def by_hand(id: str, visit: Visiting) -> Response:
    """Look for an offer by its id, its words or its country, and see the pair before it is taken up."""
    house, by, say = visit.house, broker_of(visit), visit.words.gettext
    asked, text = visit.query("offer"), visit.query("q")
    country = known_filters(house.catalogue, country=visit.query("country"))["country"]
    at_fault: dict[str, Shown] = {}
    offers: Sequence[Posting] = ()
    with house.database.reading() as session:
        request = _posting(session, visit, "request", id, by)
        if asked:
            try:
                offer = _posting(session, visit, "offer", asked, by)
                return see_other(f"/broker/requests/{request.id}?offer={offer.id}")
            except NotFound:
                at_fault["offer"] = {
                    "says": say("There is no offer with this id."),
                    "lang": visit.words.language,
                }
        elif text or country:
            offers = postings.listed(
                session,
                "offer",
                Wanted(country=country, q=(text or "")[:200] or None, status="published"),
                asker=by.asker,
                limit=FOUND,
                cursor=visit.query("cursor"),
                today=house.today(),
            ).items
    catalogue, language = house.catalogue, visit.words.language
    region = [(iso3, catalogue.countries[iso3].name.in_(language)) for iso3 in catalogue.region]
    return visit.page(
        "broker-by-hand.html",
        title=say("Add a pair by hand"),
        section=SECTION,
        way=[*_way(visit), (request.title, f"/broker/requests/{request.id}")],
        way_lang=request.language,
        asked={"title": request.title, "lang": request.language},
        action=f"/broker/requests/{request.id}/by-hand",
        kept={"offer": asked or "", "q": text or ""},
        choices=[
            choice(
                "country",
                say("Country"),
                say("any country"),
                sorted(region, key=lambda named: fold(named[1])),
                country,
            )
        ],
        beside=at_fault,
        looked=bool(text or country),
        items=[
            visit.show.brief(offer) | {"href": f"/broker/requests/{request.id}?offer={offer.id}"}
            for offer in offers
        ],
        status=422 if at_fault else 200,
    )
