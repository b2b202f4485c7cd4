"""The dossier of a case for one reader: whoever may see the case, and of it no more than they may see."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app import cases, postings
from app.accounts import Caller
from app.brokering.clock import Pace, due_on
from app.brokering.dossier import Dossier, Matter, Taken, dossier
from app.brokering.frozen import Frozen
from app.brokering.steps import CARRIED, SIDES, Side, State
from app.cases import Case
from app.catalogue import Catalogue
from app.errors import NotFound
from app.intake import Contact
from app.matching.posting import Kind

KINDS: Mapping[Side, Kind] = {"provider": "offer", "receiver": "request"}

UNTOLD = ("comment",)
"""Lines of the history that are talk, which is not for a document."""


def drawn_up(
    session: Session,
    id: str,
    *,
    by: Caller,
    language: str,
    catalogue: Catalogue,
    paces: Mapping[State, Pace],
    now: datetime,
) -> Dossier:
    """The dossier of a case.

    Raises:
        NotFound: also if the caller may not know of the case.
    """
    case = cases.get(session, id, by=by)
    frozen = cases.frozen_of(session, id)
    return dossier(_told(session, case, frozen, by, paces), frozen, catalogue, language, now=now)


def _told(session: Session, case: Case, frozen: Frozen, by: Caller, paces: Mapping[State, Pace]) -> Matter:
    """What the caller may know. A channel's portal has no part in the case: it sees neither why it was
    declined nor who decided what, and texts that are for brokers stay with them."""
    inside = cases.party_of(by, case) is not None
    texts = {"provider": frozen.suggestion.offer, "receiver": frozen.suggestion.request}
    events = cases.history(session, case.id, by=by) if inside else []
    return Matter(
        id=case.id,
        state=case.state,
        answers=case.answers,
        waiting_on=case.waiting_on,
        since=case.since,
        opened_at=case.created_at,
        ends_on=due_on(paces, case.state, case.since)["lapse"],
        held=case.held_by is not None,
        channel=case.channel,
        instrument=case.instrument,
        refusal=case.refusal if inside else None,
        outcome=case.outcome if inside else None,
        taken=tuple(
            Taken(one.entry, one.at, one.party, one.side) for one in events if one.entry not in UNTOLD
        ),
        contacts=_contacts(session, case) if inside else {},
        readable=frozenset(side for side in SIDES if inside or by.asker.sees(texts[side])),
    )


def _contacts(session: Session, case: Case) -> Mapping[Side, Contact]:
    """Whom to write to on each side: told once both have agreed, to those who have a part in it."""
    if case.state not in (*CARRIED, "completed"):
        return {}
    found: dict[Side, Contact] = {}
    for side in SIDES:
        posting = case.offer if side == "provider" else case.request
        try:
            contact = postings.contact_of(session, KINDS[side], posting.id)
        except NotFound:
            continue  # the posting was taken out since
        if contact is not None:
            found[side] = contact
    return found
