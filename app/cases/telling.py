"""Who hears of what happened in a case, and what they are told."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app import notices, people, postings
from app.brokering.frozen import Frozen
from app.brokering.refusals import REASONS, effect_says
from app.brokering.steps import Party
from app.cases.tables import CaseRow, Event
from app.catalogue.label import LANGUAGES
from app.errors import NotFound
from app.matching.posting import Kind, Posting
from app.matching.sentences import spelled_out
from app.notices import Recipient

KINDS: Mapping[str, str] = {
    "propose": "case.proposed",
    "accept": "case.answered",
    "agree": "case.agreed",
    "start": "case.under_way",
    "complete": "case.completed",
    "decline": "case.declined",
    "close": "case.withdrawn",
    "lapse": "case.lapsed",
    "reopen": "case.reopened",
    "comment": "case.commented",
    "hold": "case.held",
    "free": "case.freed",
    "reminder": "case.reminder",
    "escalation": "case.escalation",
    "posting_gone": "case.posting_gone",
}
"""The kind of notice for what is done; what is not named here is told to nobody."""

_SIDES_HEAR = (
    "propose",
    "accept",
    "agree",
    "start",
    "complete",
    "decline",
    "close",
    "lapse",
    "reopen",
    "comment",
)


def tell(
    session: Session,
    row: CaseRow,
    event: Event,
    *,
    to: Iterable[Party] | None = None,
    why: Mapping[str, str] | None = None,
    now: datetime,
    **facts: Any,
) -> int:
    """Keep a notice of an event for everybody whom it concerns and who did not do it; gives how many.

    Sides hear of a case only once it was proposed to them.
    """
    doing = "agree" if event.entry == "accept" and event.after == "agreed" else event.entry
    if doing not in KINDS:
        return 0
    parties = set(
        to if to is not None else ("broker", *(("provider", "receiver") if doing in _SIDES_HEAR else ()))
    )
    if row.proposed_at is None:
        parties -= {"provider", "receiver"}
    told: dict[str, Any] = _about(row) | {
        "by": event.by_name,
        "side": event.side,
        "note": event.note,
        **facts,
    }
    if event.reason is not None:
        reason = REASONS[event.reason]
        told["reason"] = {"code": reason.code, "label": spelled_out(reason.label)}
        told["effect"] = spelled_out(effect_says(reason, now.date()))
    if why is not None:
        told["why"] = dict(why)
    count = 0
    for party in sorted(parties):
        to_party = [one for one in recipients(session, row, party) if one.person != event.by]
        if event.party == party and party != "broker":
            # A country's own people see on the page what a colleague did; its mail is for news.
            continue
        count += notices.tell(
            session, KINDS[doing], f"case:{row.id}:{event.number}", to_party, told | {"role": party}, now=now
        )
    return count


def recipients(session: Session, row: CaseRow, party: Party) -> list[Recipient]:
    """The people of a party: the case's broker, or all of them if that one has no account; a country's
    people, or the contact of its posting if it has none."""
    if party == "broker":
        own = [one for one in people.brokers(session) if one.id == row.broker]
        return [_recipient(one) for one in own or people.brokers(session)]
    kind: Kind = "offer" if party == "provider" else "request"
    side = row.value().offer if party == "provider" else row.value().request
    return _of(session, kind, side.id, side.country, side.language)


def owners(session: Session, posting: Posting) -> list[Recipient]:
    """Who answers for a posting."""
    return _of(session, posting.kind, posting.id, posting.country, posting.language)


def _of(session: Session, kind: Kind, id: str, iso3: str, language: str) -> list[Recipient]:
    """The people of a country; where it has none, the contact of the posting in the posting's language."""
    if found := people.of_country(session, iso3):
        return [_recipient(one) for one in found]
    try:
        contact = postings.contact_of(session, kind, id)
    except NotFound:
        contact = None
    spoken = language if language in LANGUAGES else "en"
    return [Recipient(contact.email, contact.name, spoken)] if contact else []


def reasons_in_words(frozen: Frozen) -> dict[str, str]:
    """Why the pair was suggested, in every language: what met, and what the study records."""
    found = frozen.suggestion
    says = [one.says for part in found.parts for one in part.evidence if one.says and one.kind != "rest"][:4]
    if found.channels:
        says += [reason.says for reason in found.channels[0].reasons[:2]]
    return {language: " ".join(one.in_(language).rstrip(".") + "." for one in says) for language in LANGUAGES}


def _recipient(person: people.Person) -> Recipient:
    return Recipient(person.email, person.name, person.language, person.mail, person.id)


def _about(row: CaseRow) -> dict[str, Any]:
    return {
        "case": row.id,
        "request": {
            "id": row.request,
            "title": row.request_title,
            "language": row.request_language,
            "country": row.receiver,
        },
        "offer": {
            "id": row.offer,
            "title": row.offer_title,
            "language": row.offer_language,
            "country": row.provider,
        },
        "state": row.state,
        "waiting_on": row.waiting_on,
        "channel": row.channel,
        "instrument": row.instrument,
    }
