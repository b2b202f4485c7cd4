"""Offers and requests: add, amend, publish, withdraw, renew, take out; and what changed since.

Every change takes the next number from one counter row, inside its own transaction. Updating the row
makes writers wait for one another, so the numbers become visible in the order in which they are given
and none is skipped. That is what lets whoever keeps a copy ask "what came after n?".
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Date,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    and_,
    false,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import intake
from app.accounts import Caller
from app.analysis import Tally
from app.catalogue import Catalogue
from app.cursor import Page, cursor_after, place_of
from app.db import Base, Moment
from app.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Stale
from app.intake import Contact, Intake
from app.language.analyse import fold
from app.language.detect import Passage
from app.language.translate import Translation
from app.matching.posting import (
    Asker,
    Demand,
    Kind,
    Organisation,
    Posting,
    Practice,
    Status,
    Visibility,
)


class _Counter(Base):
    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(BigInteger)


class _Row(Base):
    __tablename__ = "postings"
    __table_args__ = (
        Index("ix_postings_kind_created", "kind", "created_at", "id"),
        Index("ix_postings_kind_country", "kind", "country"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[Kind] = mapped_column(String(8))
    title: Mapped[str] = mapped_column(String(intake.LONGEST_TITLE))
    description: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    """Title and description without case and accents, which is what `q` looks in."""
    language: Mapped[str] = mapped_column(String(2))
    detected_language: Mapped[str | None] = mapped_column(String(2))
    country: Mapped[str] = mapped_column(String(3))
    status: Mapped[Status] = mapped_column(String(16))
    visibility: Mapped[Visibility] = mapped_column(String(16))
    valid_until: Mapped[date | None] = mapped_column(Date)
    needed_by: Mapped[date | None] = mapped_column(Date)
    capacity: Mapped[int | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What is only read and written as a whole: organisation, practice, demand, lists, amounts."""
    contact: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    translation: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """The text in the pivot language, and which words each of its words was made of."""
    translated_by: Mapped[str | None] = mapped_column(String(200))
    """The translator and its version; another one would translate anew."""
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Moment)
    updated_at: Mapped[datetime] = mapped_column(Moment)
    removed: Mapped[bool]
    change: Mapped[int] = mapped_column(BigInteger, unique=True)


class _Tag(Base):
    """A sector or modality of a posting, for filtering alike on either database."""

    __tablename__ = "posting_tags"
    __table_args__ = (
        ForeignKeyConstraint(["posting"], ["postings.id"], ondelete="CASCADE"),
        Index("ix_posting_tags_kind_slug", "kind", "slug", "posting"),
    )

    posting: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), primary_key=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; None means any."""

    country: str | None = None
    sector: str | None = None
    modality: str | None = None
    language: str | None = None
    status: Status | None = None
    q: str | None = None
    updated_since: datetime | None = None
    without_sector: bool = False
    posted_since: date | None = None
    posted_until: date | None = None
    """First and last day on which it may have been made, in UTC."""


# Changing


def add(session: Session, taken: Intake, *, by: Caller, now: datetime) -> Posting:
    """Store a posting under the id that it was read with.

    Raises:
        Forbidden: if the caller may not post for the country.
        Conflict: if the id is taken.
    """
    _check_may_post(by, taken.posting.country)
    change = next_change(session)
    if session.get(_Row, taken.posting.id) is not None:
        raise Conflict(f"There is a posting {taken.posting.id} already.", id=taken.posting.id)
    posting = replace(taken.posting, version=1, created_at=now, updated_at=now)
    contact = taken.contact.model_dump() if taken.contact else None
    session.add(_Row(id=posting.id, **_columns(posting), contact=contact, removed=False, change=change))
    session.flush()
    _tag(session, posting)
    return posting


def amend(
    session: Session,
    kind: Kind,
    id: str,
    patch: Mapping[str, Any],
    *,
    catalogue: Catalogue,
    if_version: int,
    by: Caller,
    now: datetime,
) -> Posting:
    """Change some fields (JSON merge patch, RFC 7396); the posting is read again as a whole.

    Raises:
        NotFound, Forbidden, Stale: as for every change.
        Invalid: for faults of the whole; `status` is not changed here.
    """
    row = _to_change(session, kind, id, if_version=if_version, by=by, today=now.date())
    if "status" in patch:
        verbs = "publish, withdraw or renew"
        raise Invalid([Fault("/status", f"The status is changed by {verbs}, not by hand.")])
    before = _posting(row)
    contact = Contact(**row.contact) if row.contact else None
    taken = intake.amended(Intake(before, contact), patch, catalogue, today=now.date())
    _check_may_post(by, taken.posting.country)
    row.contact = taken.contact.model_dump() if taken.contact else None
    return _store(session, row, replace(taken.posting, status=before.status), now=now)


def publish(session: Session, kind: Kind, id: str, *, if_version: int, by: Caller, now: datetime) -> Posting:
    """Publish a draft, or what was withdrawn.

    Raises:
        Conflict: if it is published already, fulfilled, or past its last day (renew it first).
    """
    row = _to_change(session, kind, id, if_version=if_version, by=by, today=now.date())
    if row.status not in ("draft", "withdrawn"):
        raise Conflict(f"This {kind} is {row.status}; only a draft or a withdrawn one is published.")
    if row.valid_until is not None and row.valid_until < now.date():
        raise Conflict(f"The last day of this {kind} is past; renew it with a later one.")
    return _store(session, row, replace(_posting(row), status="published"), now=now)


def withdraw(session: Session, kind: Kind, id: str, *, if_version: int, by: Caller, now: datetime) -> Posting:
    """Take a published posting, also an expired one, out of lists and matching.

    Raises:
        Conflict: if it is not published.
    """
    row = _to_change(session, kind, id, if_version=if_version, by=by, today=now.date())
    if row.status != "published":
        raise Conflict(f"This {kind} is {row.status}; only a published one is withdrawn.")
    return _store(session, row, replace(_posting(row), status="withdrawn"), now=now)


def renew(
    session: Session,
    kind: Kind,
    id: str,
    *,
    if_version: int,
    by: Caller,
    now: datetime,
    valid_until: date | None,
    validity_days: int,
) -> Posting:
    """Prolong a posting; what was withdrawn is published again.

    Without a day it stays open for `validity_days` from today, or as long as it was to be open if that
    is longer. A standing posting gets a last day by it.

    Raises:
        Conflict: for a draft or a fulfilled posting.
        Invalid: for a day that has passed.
    """
    row = _to_change(session, kind, id, if_version=if_version, by=by, today=now.date())
    if row.status not in ("published", "withdrawn"):
        raise Conflict(f"This {kind} is {row.status}; only a published or withdrawn one is renewed.")
    usual = now.date() + timedelta(days=validity_days)
    until = valid_until or max(row.valid_until or usual, usual)
    if until < now.date():
        raise Invalid([Fault("/valid_until", f"{until.isoformat()} is in the past.")])
    renewed = replace(_posting(row), status="published", valid_until=until)
    return _store(session, row, renewed, now=now)


def remove(session: Session, kind: Kind, id: str, *, if_version: int, by: Caller, now: datetime) -> None:
    """Take a posting out for good. A mark of it is kept, so that every copy hears that it is gone."""
    row = _to_change(session, kind, id, if_version=if_version, by=by, today=now.date())
    row.removed = True
    row.contact = None
    _store(session, row, replace(_posting(row), status="withdrawn"), now=now)


def fulfil(session: Session, id: str, *, outcome: str, now: datetime) -> None:
    """Close a request that an exchange has answered, in words; one that is not published stays as it is."""
    change = next_change(session)
    row = session.get(_Row, id, populate_existing=True)
    if row is None or row.removed or row.status != "published":
        return
    row.change = change
    _store(session, row, replace(_posting(row), status="fulfilled", outcome=outcome), now=now)


def _to_change(session: Session, kind: Kind, id: str, *, if_version: int, by: Caller, today: date) -> _Row:
    """The row, locked by the counter's number that is taken for this change, if `by` may change it."""
    change = next_change(session)
    row = session.get(_Row, id, populate_existing=True)
    if row is None or row.removed or row.kind != kind or not _may_see(_posting(row), by.asker, today):
        raise _missing(kind, id)
    _check_may_post(by, row.country)
    if row.version != if_version:
        raise Stale(f"This {kind} has version {row.version} by now.", version=row.version)
    row.change = change
    return row


def may_post(by: Caller, country: str) -> bool:
    """Whether a caller posts for a country, and changes its postings."""
    return by.role in ("administrator", "broker") or (by.role == "agency" and by.country == country)


def _check_may_post(by: Caller, country: str) -> None:
    if may_post(by, country):
        return
    if by.role == "agency":
        raise Forbidden(f"An agency posts for its own country, {by.country}, not for {country}.")
    raise Forbidden(f"A key of the role {by.role} does not post.")


def next_change(session: Session) -> int:
    """The number of the change that this transaction makes; whoever takes one waits for those before it."""
    taken: int | None = session.scalar(
        update(_Counter).values(value=_Counter.value + 1).returning(_Counter.value)
    )
    if taken is None:
        raise RuntimeError("the counter of changes has no row")
    return taken


def _store(session: Session, row: _Row, posting: Posting, *, now: datetime) -> Posting:
    """Write a changed posting as its next version."""
    made = row.created_at
    changed = replace(posting, version=row.version + 1, created_at=made, updated_at=now)
    for name, value in _columns(changed).items():
        setattr(row, name, value)
    session.flush()
    _tag(session, changed)
    return changed


# Reading


def get(session: Session, kind: Kind, id: str, *, asker: Asker, today: date) -> Posting:
    """One posting.

    Raises:
        NotFound: also if the asker may not know of it.
    """
    row = session.get(_Row, id)
    if row is None or row.removed or row.kind != kind:
        raise _missing(kind, id)
    posting = _as_of(_posting(row), today)
    if not _may_see(posting, asker, today):
        raise _missing(kind, id)
    return posting


def contact_of(session: Session, kind: Kind, id: str) -> Contact | None:
    """Whom to write to; for the parties of a case, never for a public answer."""
    row = session.get(_Row, id)
    if row is None or row.removed or row.kind != kind:
        raise _missing(kind, id)
    return Contact(**row.contact) if row.contact else None


def listed(
    session: Session,
    kind: Kind,
    wanted: Wanted,
    *,
    asker: Asker,
    limit: int,
    cursor: str | None,
    today: date,
) -> Page[Posting]:
    """Postings that the asker may see, in the order in which they were made.

    The cursor names the last one given, so that what is added or changed meanwhile moves nothing.

    Raises:
        Invalid: for a cursor that no list gave, or a time that UTC has no year for.
    """
    found = select(_Row).where(_Row.kind == kind, _Row.removed.is_(False), _seen_by(asker))
    found = found.where(*_conditions(wanted, today))
    if cursor is not None:
        made, last = place_of(cursor)
        found = found.where(or_(_Row.created_at > made, and_(_Row.created_at == made, _Row.id > last)))
    rows = session.scalars(found.order_by(_Row.created_at, _Row.id).limit(limit + 1)).all()
    more = len(rows) > limit
    items = tuple(_as_of(_posting(row), today) for row in rows[:limit])
    return Page(items, cursor_after(rows[limit - 1].created_at, rows[limit - 1].id) if more else None)


def _seen_by(asker: Asker) -> ColumnElement[bool]:
    """`_may_see`, as a condition."""
    if asker.role in ("administrator", "broker"):
        return true()
    visible = ["public"] if asker.role is None else ["public", "partners"]
    seen = and_(_Row.visibility.in_(visible), _Row.status != "draft")
    return or_(seen, _Row.country == asker.country) if asker.role == "agency" else seen


def _may_see(posting: Posting, asker: Asker, today: date) -> bool:
    """What one may know of: visible postings, and drafts only of one's own country, brokers all."""
    own = asker.role == "agency" and asker.country == posting.country
    if posting.status == "draft":
        return own or asker.role in ("administrator", "broker")
    return asker.sees(posting)


def _conditions(wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.country:
        conditions.append(_Row.country == wanted.country)
    if wanted.language:
        conditions.append(_Row.language == wanted.language)
    for kind, slug in (("sector", wanted.sector), ("modality", wanted.modality)):
        if slug:
            tagged = select(_Tag.posting).where(_Tag.kind == kind, _Tag.slug == slug)
            conditions.append(_Row.id.in_(tagged))
    if wanted.without_sector:
        conditions.append(_Row.id.not_in(select(_Tag.posting).where(_Tag.kind == "sector")))
    if wanted.posted_since:
        conditions.append(_Row.created_at >= datetime.combine(wanted.posted_since, time.min, UTC))
    if wanted.posted_until:
        conditions.append(_Row.created_at <= datetime.combine(wanted.posted_until, time.max, UTC))
    past = and_(_Row.valid_until.is_not(None), _Row.valid_until < today)
    if wanted.status == "expired":
        conditions += [_Row.status == "published", past]
    elif wanted.status == "published":
        conditions += [_Row.status == "published", or_(_Row.valid_until.is_(None), _Row.valid_until >= today)]
    elif wanted.status:
        conditions.append(_Row.status == wanted.status)
    for word in fold(wanted.q or "").split():
        conditions.append(_Row.words.contains(word, autoescape=True))
    if wanted.updated_since:
        try:
            since = wanted.updated_since.astimezone(UTC)
        except OverflowError:
            raise Invalid(
                [Fault("/query/updated_since", "This time is outside the years 1 to 9999.")]
            ) from None
        conditions.append(_Row.updated_at >= since)
    return conditions


def known_ids(session: Session) -> set[tuple[Kind, str]]:
    """Every id that is taken, those of removed postings included."""
    return {(kind, id) for kind, id in session.execute(select(_Row.kind, _Row.id))}


def closed_among(session: Session, ids: Iterable[str], *, today: date) -> dict[str, tuple[str, int]]:
    """Which of some postings are not open any more: how each is (“removed” as well), and its version."""
    found: dict[str, tuple[str, int]] = {}
    for row in session.scalars(select(_Row).where(_Row.id.in_(list(ids)))):
        posting = _as_of(_posting(row), today)
        if row.removed or posting.status != "published":
            found[row.id] = ("removed" if row.removed else posting.status, row.version)
    return found


def ending(session: Session, *, first: date, last: date) -> list[Posting]:
    """Published postings whose last day lies between two days, both included, by their last day."""
    rows = select(_Row).where(
        _Row.status == "published", _Row.removed.is_(False), _Row.valid_until.between(first, last)
    )
    return [_posting(row) for row in session.scalars(rows.order_by(_Row.valid_until, _Row.id))]


def newest_change(session: Session) -> int:
    """The number of the last change that is visible here; 0 before the first."""
    newest: int | None = session.scalar(select(_Counter.value))
    return newest or 0


def changed_since(session: Session, seen: int) -> list[Posting]:
    """Every posting whose last change came after `seen`, in order; a removed one reads as withdrawn."""
    rows = session.scalars(select(_Row).where(_Row.change > seen).order_by(_Row.change))
    return [_posting(row) for row in rows]


# Translations


def untranslated(session: Session, versions: Mapping[str, str], *, limit: int) -> list[Posting]:
    """Published postings without a translation by the version that is at hand for their language."""
    rows = session.scalars(
        select(_Row).where(_lacks_translation(versions)).order_by(_Row.change).limit(limit)
    )
    return [_posting(row) for row in rows]


def lacking(session: Session, kind: Kind, id: str, versions: Mapping[str, str]) -> Posting | None:
    """One posting, if it is among these."""
    row = session.scalar(select(_Row).where(_Row.id == id, _Row.kind == kind, _lacks_translation(versions)))
    return _posting(row) if row else None


def count_untranslated(session: Session, versions: Mapping[str, str]) -> int:
    """How many there are of these."""
    return session.scalar(select(func.count()).select_from(_Row).where(_lacks_translation(versions))) or 0


def keep_translation(session: Session, posting: Posting, translation: Translation) -> None:
    """Store a translation, unless the posting has been changed since it was read.

    Its version stays, for nothing that its owner sees is changed; whoever keeps a copy hears of it.
    """
    change = next_change(session)
    row = session.get(_Row, posting.id, populate_existing=True)
    if row is None or row.removed or row.version != posting.version:
        return
    row.translation = {"text": translation.text, "glosses": dict(translation.glosses)}
    row.translated_by = translation.by
    row.change = change
    session.flush()


def _lacks_translation(versions: Mapping[str, str]) -> ColumnElement[bool]:
    outdated = [
        and_(
            _Row.language == language,
            or_(_Row.translated_by.is_(None), _Row.translated_by != version),
        )
        for language, version in versions.items()
    ]
    return and_(_Row.status == "published", _Row.removed.is_(False), or_(false(), *outdated))


# Rows and values


def _columns(posting: Posting) -> dict[str, Any]:
    return {
        "kind": posting.kind,
        "title": posting.title,
        "description": posting.description,
        "words": fold(f"{posting.title}\n{posting.description}"),
        "language": posting.language,
        "detected_language": posting.detected_language,
        "country": posting.country,
        "status": posting.status,
        "visibility": posting.visibility,
        "valid_until": posting.valid_until,
        "needed_by": posting.needed_by,
        "capacity": posting.capacity,
        "details": {
            "organisation": asdict(posting.organisation) if posting.organisation else None,
            "sectors": list(posting.sectors),
            "modalities": list(posting.modalities),
            "keywords": list(posting.keywords),
            "links": list(posting.links),
            "practice": asdict(posting.practice) if posting.practice else None,
            "demand": asdict(posting.demand) if posting.demand else None,
            "budget_usd": posting.budget_usd,
            "co_applicants": list(posting.co_applicants),
            "outcome": posting.outcome,
            "elsewhere": [list(passage) for passage in posting.elsewhere],
        },
        "translation": (
            {"text": posting.translation.text, "glosses": dict(posting.translation.glosses)}
            if posting.translation
            else None
        ),
        "translated_by": posting.translation.by if posting.translation else None,
        "version": posting.version,
        "created_at": posting.created_at,
        "updated_at": posting.updated_at,
    }


def _posting(row: _Row) -> Posting:
    """The value of a row, as it is kept: expiry is not written, see `_as_of`."""
    kept = row.details
    practice = kept["practice"]
    return Posting(
        id=row.id,
        kind=row.kind,
        title=row.title,
        description=row.description,
        language=row.language,
        country=row.country,
        organisation=Organisation(**kept["organisation"]) if kept["organisation"] else None,
        sectors=tuple(kept["sectors"]),
        modalities=tuple(kept["modalities"]),
        keywords=tuple(kept["keywords"]),
        links=tuple(kept["links"]),
        status=row.status,
        visibility=row.visibility,
        valid_until=row.valid_until,
        capacity=row.capacity,
        practice=Practice(practice["level"], tuple(practice["evidence"])) if practice else None,
        demand=Demand(**kept["demand"]) if kept["demand"] else None,
        needed_by=row.needed_by,
        budget_usd=kept["budget_usd"],
        co_applicants=tuple(kept["co_applicants"]),
        outcome=kept["outcome"],
        # Postings that were stored before passages were told apart have none.
        elsewhere=tuple(Passage(*passage) for passage in kept.get("elsewhere", ())),
        translation=(
            Translation(row.translation["text"], row.translated_by, row.translation["glosses"])
            if row.translation and row.translated_by
            else None
        ),
        detected_language=row.detected_language,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _as_of(posting: Posting, today: date) -> Posting:
    """How a posting reads on a day: published and past its last day is expired."""
    past = posting.valid_until is not None and posting.valid_until < today
    return replace(posting, status="expired") if past and posting.status == "published" else posting


def _tag(session: Session, posting: Posting) -> None:
    wanted = {("sector", slug) for slug in posting.sectors} | {
        ("modality", slug) for slug in posting.modalities
    }
    for tag in session.scalars(select(_Tag).where(_Tag.posting == posting.id)):
        if (tag.kind, tag.slug) in wanted:
            wanted.remove((tag.kind, tag.slug))
        else:
            session.delete(tag)
    session.add_all(_Tag(posting=posting.id, kind=kind, slug=slug) for kind, slug in sorted(wanted))
    session.flush()


def _missing(kind: Kind, id: str) -> NotFound:
    return NotFound(f"There is no {kind} {id}, or none that you may see.")


# Counting


def counted(session: Session, wanted: Wanted, *, asker: Asker, today: date) -> list[Tally]:
    """How many of the postings that the asker may see each country has, by kind and sector.

    What a list of the same wishes gives is what is counted: a posting with two sectors is counted in both,
    unless one of them is asked for.
    """
    by_sector = and_(_Tag.posting == _Row.id, _Tag.kind == "sector")
    found = (
        select(_Row.kind, _Row.country, _Tag.slug, func.count())
        .outerjoin(_Tag, by_sector)
        .where(_Row.removed.is_(False), _seen_by(asker), *_conditions(wanted, today))
        .group_by(_Row.kind, _Row.country, _Tag.slug)
        .order_by(_Row.kind, _Row.country, _Tag.slug)
    )
    if wanted.sector:
        found = found.where(_Tag.slug == wanted.sector)
    return [Tally(*row) for row in session.execute(found)]


def counted_once(session: Session, wanted: Wanted, *, asker: Asker, today: date) -> list[Tally]:
    """The same, each posting once; the sector stays open."""
    found = (
        select(_Row.kind, _Row.country, func.count())
        .where(_Row.removed.is_(False), _seen_by(asker), *_conditions(wanted, today))
        .group_by(_Row.kind, _Row.country)
        .order_by(_Row.kind, _Row.country)
    )
    return [Tally(kind, country, None, postings) for kind, country, postings in session.execute(found)]
