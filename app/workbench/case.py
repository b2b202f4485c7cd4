"""One case: where it stands, who must act and by when, the steps that are open, what was done and said.

Brokers and both sides have the same page; whose part the reader takes decides which steps it offers.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import orjson
from fastapi import Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from app import cases, postings
from app.accounts import Caller
from app.api import idempotent
from app.api.cases import CommentIn, StepIn
from app.brokering.frozen import Frozen
from app.brokering.outcome import Outcome, read_outcome
from app.brokering.steps import SIDES, Action, Party, Side, open_steps
from app.cases import LONGEST_NOTE, Case, Event, Said
from app.errors import Conflict, Fault, Invalid, NotFound, Refusal, Stale
from app.intake import Contact, faults_of
from app.matching.posting import Kind
from app.matching.standing import Park
from app.workbench import labels
from app.workbench.casework import (
    beside,
    key_of,
    line,
    new_key,
    reasons,
    refused,
    told,
)
from app.workbench.fields import lines, one
from app.workbench.frame import Form, Sent, Visit, Visiting, Way, router, see_other
from app.workbench.own import whole
from app.workbench.pair import in_full
from app.workbench.shown import Shown
from app.workbench.words import N_

pages = router()

AT_ONCE = 30
"""Lines of the history that are shown at first; with a link to the older ones."""

USEFUL: Mapping[int, str] = {
    1: N_("not at all"),
    2: N_("a little"),
    3: N_("somewhat"),
    4: N_("very"),
    5: N_("decisive"),
}
"""How useful an exchange was, from 1 to 5."""

SETTLED = ("agreed", "under_way", "completed")
"""States in which each side may know whom to write to at the other."""

_INPUTS = ("note", "reason", "side", "text", *Outcome.model_fields)
_WRITTEN = ("note", "summary", "changed", "good_practice", "links")
"""The inputs in which somebody may have written at length."""
_FOLDED = ("decline", "complete")
"""Steps with a form of their own; the others share one."""
_MOVED = {*labels.ACTIONS, "lapse", "hold", "free"}
"""Entries of the history after which a case has another version."""


@pages.get("/cases/{id}")
def case(id: str, visit: Visiting) -> Response:
    return page_of(visit, id)


@pages.post("/cases/{id}/comment")
def comment(id: str, visit: Visiting, sent: Sent) -> Response:
    """Keep what was said, once however often it is sent."""
    house, by = visit.house, part_of(visit, id)[0]

    def say(session: Session) -> Response:
        cases.comment(session, id, text, by=by, now=house.now())
        return see_other(_here(id, "comment"))

    try:
        text = _comment(sent)
        return idempotent.once(house, by, key_of(sent), f"comment {id}", as_sent(sent), say)
    except Invalid as invalid:
        return page_of(visit, id, sent=sent, found=invalid.faults, step="comment")


@pages.post("/cases/{id}/{action}")
def act(id: str, action: str, visit: Visiting, sent: Sent) -> Response:
    """Take a step of the case as it stood on the page.

    Who comes too late is told by whom and when it was changed, and keeps the text. Who was there first
    with the same step, by a double click or from a second window, is led on as the first time.
    """
    taken: Action | None = next((known for known in get_args(Action) if known == action), None)
    if taken is None or taken not in labels.ACTIONS:
        raise NotFound("There is no such step.")
    house, by = visit.house, part_of(visit, id)[0]
    version = whole(one(sent, "version")) or 0

    def step(session: Session) -> Response:
        cases.act(session, id, taken, said, if_version=version, by=by, now=house.now())
        return see_other(_here(id, taken))

    try:
        said = _said(taken, sent)
        return idempotent.once(house, by, key_of(sent), f"{taken} {id}", as_sent(sent), step)
    except Invalid as invalid:
        return page_of(visit, id, sent=sent, found=invalid.faults, step=taken)
    except (Stale, Conflict) as refusal:
        if _was_first(_since(visit, id, by, sent), taken, said, by):
            return see_other(_here(id, taken))
        return page_of(visit, id, sent=sent, refusal=refusal, step=taken)


def _here(id: str, action: str) -> str:
    return f"/cases/{id}?done={action}"


def as_sent(sent: Form) -> bytes:
    """A form as it was filled in, the same whatever the order of its fields."""
    return orjson.dumps(dict(sent), option=orjson.OPT_SORT_KEYS)


def part_of(visit: Visit, id: str) -> tuple[Caller, Party]:
    """Who asks, and whose part they take in a case.

    Raises:
        Unidentified, NotFound: when nobody signed in, or somebody who has no part in it.
    """
    by = visit.by
    with visit.house.database.reading() as session:
        party = cases.party_of(by, cases.get(session, id, by=by))
    if party is None:
        raise NotFound(f"There is no case {id}, or none that you have a part in.")
    return by, party


# What was written


def _comment(sent: Form) -> str:
    try:
        return CommentIn.model_validate({"text": one(sent, "text")}).text
    except ValidationError as wrong:
        raise Invalid(faults_of(wrong, CommentIn.model_fields)) from None


def _said(action: Action, sent: Form) -> Said:
    """What came with a step.

    Raises:
        Invalid: naming every fault.
    """
    note = note_of(sent)
    if action == "complete":
        return Said(note=note, outcome=read_outcome(_outcome(sent)))
    side: Side | None = next((side for side in SIDES if side == one(sent, "side")), None)
    return Said(
        side=side if action in ("accept", "decline") else None,
        reason=one(sent, "reason") or None if action == "decline" else None,
        note=note,
    )


def note_of(sent: Form, name: str = "note") -> str | None:
    """A text that may be left empty.

    Raises:
        Invalid: for one that is too long, or cannot be read.
    """
    try:
        return StepIn.model_validate({"note": one(sent, name) or None}).note
    except ValidationError as wrong:
        found = faults_of(wrong, StepIn.model_fields)
        raise Invalid([Fault(f"/{name}", fault.detail) for fault in found]) from None


def _outcome(sent: Form) -> dict[str, Any]:
    """The outcome that a form makes; what was left empty is not in it."""
    body: dict[str, Any] = {
        name: one(sent, name) for name in ("summary", "held_on", "changed", "good_practice")
    }
    useful = one(sent, "useful")
    body["useful"] = int(useful) if useful.isascii() and useful.isdecimal() else useful
    body["links"] = lines(sent, "links")
    return {name: value for name, value in body.items() if value} | {"held": one(sent, "held") != "no"}


# What happened meanwhile


def _since(visit: Visit, id: str, by: Caller, sent: Form) -> list[Event]:
    """What was done and said since the page was drawn from which a form was sent."""
    seen = whole(one(sent, "seen")) or 0
    with visit.house.database.reading() as session:
        return [event for event in cases.history(session, id, by=by) if event.number > seen]


def _was_first(since: Sequence[Event], action: Action, said: Said, by: Caller) -> bool:
    """Whether the caller took this very step, and nobody moved the case otherwise."""
    moved = [event for event in since if event.entry in _MOVED]
    return len(moved) == 1 and all(
        (event.entry, event.by, event.reason) == (action, by.id, said.reason)
        and said.side in (None, event.side)
        for event in moved
    )


# The page


def page_of(
    visit: Visit,
    id: str,
    *,
    sent: Form | None = None,
    found: Sequence[Fault] = (),
    refusal: Refusal | None = None,
    step: str | None = None,
) -> Response:
    """The page of a case.

    After a form that could not be taken, for a `step`, it has what was written in it and says why not:
    `found` are its faults, `refusal` is what stands in its way.
    """
    by, party = part_of(visit, id)
    house, say = visit.house, visit.words.gettext
    with house.database.reading() as session:
        held = cases.get(session, id, by=by)
        frozen = cases.frozen_of(session, id)
        history = cases.history(session, id, by=by)
        parks = cases.parks_of(session, id)
        contacts = _contacts(session, held, party)
    steps = _steps(held, party)
    kept, step = _kept(sent or {}, step, steps)
    again = any(fault.pointer.startswith("/header/") for fault in found)
    at_fault = {} if again else beside(visit, found)
    seen, done = whole(one(sent or {}, "seen")) or 0, visit.query("done")
    first = 0 if visit.query("all") else max(0, len(history) - AT_ONCE)
    names = {
        "receiver": visit.show.country(held.request.country)["name"],
        "provider": visit.show.country(held.offer.country)["name"],
    }
    return visit.page(
        "case.html",
        title=say("%(receiver)s asks, %(provider)s offers") % names,
        section="broker" if party == "broker" else "proposals",
        way=_way(visit, party),
        case=line(visit, held),
        names=names,
        party=party,
        public=say(labels.PUBLIC_STATES[held.public_state]),
        answers=[(names[side], visit.show.mark(labels.GIVEN[held.answers.of(side)])) for side in SIDES]
        if held.proposed_at
        else [],
        facts=_facts(visit, held, party),
        holder=held.held_by if party == "broker" else None,
        parks=[_parked(visit, park, lifted=lifted) for park, lifted in parks],
        contacts=[(names[side], contact) for side, contact in contacts.items()],
        steps=steps,
        missing=[(side, names[side]) for side in held.answers.missing],
        reasons=reasons(visit, kept["reason"]),
        useful=[(str(value), say(word)) for value, word in USEFUL.items()],
        outcome=_told_outcome(visit, held),
        learned=f"/own/offers/new?from_case={id}"
        if held.state == "completed" and party == "receiver"
        else None,
        history=[told(visit, event) for event in reversed(history[first:])],
        older=visit.address(all="1") if first else None,
        form={
            "key": new_key(),
            "version": held.version,
            "seen": history[-1].number if history else 0,
            "longest": LONGEST_NOTE,
        },
        step=step,
        kept=kept,
        beside=at_fault,
        refused=refused(visit, refusal) if refusal and not isinstance(refusal, Stale) else None,
        stale=isinstance(refusal, Stale),
        again=again,
        changed=[told(visit, event) for event in history if event.number > seen] if refusal else [],
        done=done in labels.ACTIONS and not sent,
        said=done == "comment" and not sent,
        made_with=_made_with(visit, held, frozen),
        # What could be done for a better comparison today says nothing of the one that was made.
        **(in_full(visit, frozen.suggestion) | {"advice": []}),
        status=409 if refusal or again else 422 if found else 200,
    )


def _kept(sent: Form, step: str | None, steps: Sequence[str]) -> tuple[dict[str, str], str | None]:
    """What was written, and the form of the page that it stands in: its own, or where its step is not open
    any more the first that takes a text."""
    kept = {name: one(sent, name) for name in _INPUTS}
    if step is None or step == "comment" or step in steps:
        return kept, step
    written = "\n".join(kept[name] for name in _WRITTEN if kept[name])
    for other in steps:
        if other not in _FOLDED:
            return kept | {"note": written}, other
    return kept | {"text": written}, "comment"


def _way(visit: Visit, party: Party) -> Way:
    if party == "broker":
        return [(visit.words.gettext("Desk"), "/broker")]
    return [(visit.words.gettext("Proposals"), "/proposals")]


def _contacts(session: Session, held: Case, party: Party) -> dict[Side, Contact]:
    """Whom to write to: brokers always know, the sides once both of them have agreed."""
    if party != "broker" and held.state not in SETTLED:
        return {}
    found: dict[Side, Contact] = {}
    sides: list[tuple[Side, Kind, str]] = [
        ("receiver", "request", held.request.id),
        ("provider", "offer", held.offer.id),
    ]
    for side, kind, id in sides:
        try:
            contact = postings.contact_of(session, kind, id)
        except NotFound:
            continue
        if contact is not None:
            found[side] = contact
    return found


def _steps(held: Case, party: Party) -> list[str]:
    """The steps that the reader may take; none that needs a place while another case has it."""
    open_now = [step.action for step in open_steps(held.state, held.answers, (party,))]
    if held.held_by is None:
        return list(open_now)
    return [action for action in open_now if action not in ("propose", "accept")]


def _facts(visit: Visit, held: Case, party: Party) -> list[Shown]:
    """How it came about and on which way it is to go."""
    say, words, catalogue = visit.words.gettext, visit.words, visit.house.catalogue
    facts: list[tuple[str, str, str | None]] = []
    if held.channel is not None:
        channel = catalogue.channels.get(held.channel)
        name = f"{channel.abbreviation} · {channel.name.in_(words.language)}" if channel else held.channel
        facts.append((say("Channel"), name, f"/channels/{held.channel}"))
    if held.instrument is not None:
        instrument = catalogue.instruments.get(held.instrument)
        name = instrument.name.in_(words.language) if instrument else held.instrument
        facts.append((say("Fund, programme or service"), name, f"/instruments/{held.instrument}"))
    facts.append((say("Taken up by"), f"{held.broker_name}, {words.day(held.created_at)}", None))
    if party == "broker":
        stood = words.number(held.rank) if held.rank else say("not in the list: added by hand")
        facts.append((say("Place in the list"), stood, None))
        if held.why:
            facts.append((say("Why this one"), held.why, None))
    return [{"name": name, "value": value, "href": href} for name, value, href in facts]


def _parked(visit: Visit, park: Park, *, lifted: bool) -> str:
    """What its refusal put in effect."""
    if lifted:
        return visit.words.gettext(
            "The refusal had parked it; that was lifted when the case was opened again."
        )
    return str(visit.show.park(park)["says"])


def _told_outcome(visit: Visit, held: Case) -> list[Shown] | None:
    """What came of it, name by name."""
    if held.outcome is None:
        return None
    say, told_of = visit.words.gettext, held.outcome
    useful: int | None = told_of.get("useful")
    rows = [
        (say("Summary"), told_of.get("summary")),
        (say("Did it take place?"), say("yes") if told_of.get("held", True) else say("no")),
        (say("Last day of it"), told_of.get("held_on")),
        (say("What changed"), told_of.get("changed")),
        (say("How useful it was"), f"{useful}: {say(USEFUL[useful])}" if useful else None),
        (say("Good practice"), told_of.get("good_practice")),
    ]
    shown: list[Shown] = [{"name": name, "value": value, "href": None} for name, value in rows if value]
    return shown + [{"name": say("Link"), "value": link, "href": link} for link in told_of.get("links", ())]


def _made_with(visit: Visit, held: Case, frozen: Frozen) -> str:
    """The engine, weights and edition that the case rests on."""
    engine = frozen.engine
    says = visit.words.gettext(
        "As it was on %(day)s: engine %(engine)s, weights %(weights)s, catalogue edition %(edition)s."
    )
    return says % {
        "day": visit.words.day(held.created_at),
        "engine": engine.get("version", "?"),
        "weights": engine.get("weighting", "?"),
        "edition": str(engine.get("edition", "?")).removeprefix("sha256:")[:10],
    }
