"""What the pages of the broker and of both sides say of a case alike: its lines, its clock, its history."""

import re
import secrets
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app import cases
from app.accounts import Caller
from app.brokering.clock import STAGES, due_on
from app.brokering.refusals import REASONS, effect_says, label_of
from app.brokering.steps import Party
from app.cases import Brief, Case, Event, Said
from app.errors import Fault, Forbidden, Refusal
from app.language.detect import detect
from app.matching.market import Market
from app.matching.posting import Posting
from app.workbench import faults, labels
from app.workbench.fields import one
from app.workbench.frame import Form, Visit
from app.workbench.posting import BROKERS
from app.workbench.shown import PLURAL, Shown

Beside = Mapping[str, Shown]
"""By the name of an input, what is at fault there."""

_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)


def broker_of(visit: Visit) -> Caller:
    """Who signed in, if they decide on pairs.

    Raises:
        Unidentified, Forbidden: when nobody did, or somebody who does not.
    """
    by = visit.by
    if by.role not in BROKERS:
        say = visit.words.gettext
        raise Forbidden(say("The desk is for brokers. Your country's cases stand under Proposals."))
    return by


def new_key() -> str:
    """What a form carries so that what it asks for is done once, however often it is sent."""
    return secrets.token_hex(16)


def key_of(sent: Form) -> str | None:
    """The key that a form carried; one of the caller's own making counts for none."""
    key = one(sent, "key")
    return key if _KEY.fullmatch(key) else None


def beside(visit: Visit, found: Sequence[Fault]) -> dict[str, Shown]:
    """Faults by the input that they are about; of several the first."""
    told: dict[str, Shown] = {}
    for fault in found:
        name = fault.pointer.removeprefix("/outcome").strip("/").split("/")[0]
        told.setdefault(name, faults.in_words(visit.words, fault.detail))
    return told


# One case in a line


def brief(visit: Visit, posting: Brief, kind: str) -> Shown:
    """A posting as it was when the case was made."""
    return {
        "title": posting.title,
        "lang": posting.language,
        "href": f"/{PLURAL[kind]}/{posting.id}",
        "country": visit.show.country(posting.country)["name"],
    }


def line(visit: Visit, case: Case) -> Shown:
    """A case in a list: what it is about, where it stands, whom it waits for, how old that is."""
    return {
        "id": case.id,
        "href": f"/cases/{case.id}",
        "request": brief(visit, case.request, "request"),
        "offer": brief(visit, case.offer, "offer"),
        "mark": visit.show.mark(labels.CASES[case.state]),
        "waits_for": waits_for(visit, case),
        "broker": case.broker_name,
        "version": case.version,
        "held": case.held_by is not None,
    } | ageing(visit, case)


def waits_for(visit: Visit, case: Case) -> str | None:
    """Who must act next; None in a case that is over."""
    say, show = visit.words.gettext, visit.show
    provider, receiver = (show.country(one.country)["name"] for one in (case.offer, case.request))
    match case.waiting_on:
        case "broker":
            return say("the broker")
        case "provider":
            return str(provider)
        case "receiver":
            return str(receiver)
        case "both":
            return say("%(one)s and %(other)s") % {"one": provider, "other": receiver}
        case _:
            return None


def ageing(visit: Visit, case: Case) -> Shown:
    """How long a case has waited, and in how many days each stage of the clock comes."""
    now, words = visit.house.now(), visit.words
    due = due_on(visit.house.settings.paces, case.state, case.since)
    stages = []
    for number, stage in enumerate(STAGES):
        at = due[stage]
        if at is None:
            continue
        left = -((now - at) // timedelta(days=1))
        stages.append(
            {
                "stage": stage,
                "on": words.day(at),
                "left": words.number(max(0, left)),
                "past": case.stage > number,
                "due": at <= now,
            }
        )
    return {
        "days": max(0, (now - case.since).days),
        "since": words.day(case.since),
        "stages": stages,
        "stalled": bool(stages) and stages[0]["due"],
    }


# What was done and said


def told(visit: Visit, event: Event) -> Shown:
    """A line of the history."""
    say, words = visit.words.gettext, visit.words
    reason = None
    if event.reason is not None:
        effect = REASONS.get(event.reason)
        reason = {
            "label": label_of(event.reason).in_(words.language),
            "effect": effect_says(effect, event.at.date()).in_(words.language) if effect else None,
        }
    moved = event.before is not None and event.before != event.after
    by_clock = event.party == "clock"
    return {
        "number": event.number,
        "at": words.moment(event.at),
        "by": say("The clock") if by_clock else event.by_name,
        "did": say(labels.ENTRIES[event.entry]),
        "side": side_name(visit, event.side) if event.side and event.side != event.party else None,
        "party": party_name(visit, event.party) if not by_clock else None,
        "reason": reason,
        "note": event.note,
        "lang": detect(event.note).language if event.note else None,
        "moved": {
            "before": say(labels.CASES[event.before].word),
            "after": say(labels.CASES[event.after].word),
        }
        if moved and event.before
        else None,
        "because": event.facts.get("because"),
    }


def side_name(visit: Visit, side: str) -> str:
    say = visit.words.gettext
    return say("for the provider") if side == "provider" else say("for the receiver")


def party_name(visit: Visit, party: Party) -> str:
    say = visit.words.gettext
    names = {"broker": say("broker"), "provider": say("provider"), "receiver": say("receiver")}
    return names.get(party, "")


def reasons(visit: Visit, chosen: str = "") -> list[Shown]:
    """The reasons to decline, each with what it would do if it were given today."""
    language, today = visit.words.language, visit.house.today()
    return [
        {
            "code": reason.code,
            "label": reason.label.in_(language),
            "effect": effect_says(reason, today).in_(language),
            "wants_note": reason.wants_note,
            "chosen": reason.code == chosen,
        }
        for reason in REASONS.values()
    ]


def refused(visit: Visit, refusal: Refusal) -> Shown:
    """Why a step was not taken, in the words of the page, with the case that stands in its way."""
    say, number, facts = visit.words.gettext, visit.words.number, refusal.facts
    case: Any = facts.get("case") or facts.get("held_by")
    if "case" in facts:
        says = say("This pair has an open case already.")
    elif "held_by" in facts:
        says = say(
            "The place for this exchange is taken by another case. It is free again when that one ends, or "
            "when the provider states a greater capacity."
        )
    elif "capacity" in facts:
        says = say(
            "The offer carries %(taken)s of %(capacity)s exchanges at a time already: end one of them, or "
            "have the provider state a greater capacity."
        ) % {"taken": number(facts["taken"]), "capacity": number(facts["capacity"])}
    elif "gates" in facts:
        says = say("A gate keeps this pair apart; see below which.")
    elif "state" in facts:
        state = labels.CASES[facts["state"]].word
        says = say("This step is not open any more: the case is %(state)s now.") % {"state": say(state)}
    else:
        return {"says": refusal.detail, "lang": "en", "href": None}
    return {"says": says, "lang": visit.words.language, "href": f"/cases/{case}" if case else None}


# What is left to decide


def undecided(
    market: Market,
    in_hand: Set[str],
    today: date,
    *,
    country: str | None = None,
    sector: str | None = None,
) -> list[Posting]:
    """The open requests without an open case, narrowed to a country or sector; the oldest comes first."""
    shelf = market.shelf("request")
    open_now = np.flatnonzero(shelf.doors.open_until >= today.toordinal()).tolist()
    found = [
        posting
        for posting in (shelf.postings[number] for number in open_now)
        if posting.id not in in_hand
        and (country is None or posting.country == country)
        and (sector is None or sector in posting.topics)
    ]
    return sorted(found, key=place)


def place(posting: Posting) -> tuple[datetime, str]:
    """Where a posting stands among those that wait."""
    assert posting.created_at is not None  # noqa: S101  # it comes from the database
    return posting.created_at, posting.id


def undo(session: Session, held: Case, *, if_version: int, note: str, by: Caller, now: datetime) -> Case:
    """Take back what was just decided: the request is as undecided as before, and nothing is parked.

    Raises:
        Stale, Conflict: as every step does.
    """
    made_by_it = held.created_at == held.updated_at
    if held.state == "declined":
        held = cases.act(session, held.id, "reopen", Said(note=note), if_version=if_version, by=by, now=now)
        if not made_by_it:
            return held
        return cases.act(session, held.id, "close", if_version=held.version, by=by, now=now)
    return cases.act(session, held.id, "close", Said(note=note), if_version=if_version, by=by, now=now)


def may_undo(held: Case, by: Caller) -> bool:
    """Whether a case is still as this broker's decision on a suggestion left it."""
    return held.updated_by == by.name and held.state in ("suggested", "shortlisted", "declined")
