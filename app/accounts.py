"""API keys: who may speak, and for whom.

A key is 256 random bits, shown once; what is kept is its SHA-256. A slow hash (Argon2, bcrypt) protects
what people think up and others can guess. Nobody guesses 256 random bits, and a fast hash lets a key be
looked up by it, on every request.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, String, delete, select
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from app.db import Base, Moment
from app.errors import Fault, Invalid, NotFound
from app.matching.posting import Asker

Role = Literal["administrator", "broker", "agency", "partner"]

PREFIX = "puente_"
"""What every key begins with, so that a leaked one is recognised."""

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody known: an agency speaks for its country, a partner for its channel if it is one."""

    id: str
    name: str
    role: Role
    country: str | None = None
    channel: str | None = None

    @property
    def asker(self) -> Asker:
        return Asker(self.role, self.country)


OPERATOR = Caller("operator", "operator", "administrator")
"""Whoever runs commands on the machine."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret."""

    id: str
    name: str
    role: Role
    country: str | None
    channel: str | None
    created_at: datetime
    revoked_at: datetime | None


class Speaks:
    """Columns that say who speaks, and for whom: keys have them, and people."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    role: Mapped[Role] = mapped_column(String(16))
    country: Mapped[str | None] = mapped_column(String(3))
    channel: Mapped[str | None] = mapped_column(String(32))

    @declared_attr.directive
    def __table_args__(cls) -> tuple[CheckConstraint, ...]:  # noqa: N805  # called with the class
        return (
            CheckConstraint("(role = 'agency') = (country IS NOT NULL)", name="agency_has_country"),
            CheckConstraint("channel IS NULL OR role = 'partner'", name="channel_is_a_partner"),
        )

    @property
    def caller(self) -> Caller:
        return Caller(self.id, self.name, self.role, self.country, self.channel)


class _Key(Speaks, Base):
    __tablename__ = "keys"

    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


def name_faults(name: str) -> list[Fault]:
    """What is wrong with a name, if anything is."""
    if name.strip() and len(name) <= LONGEST_NAME and name.isprintable():
        return []
    return [Fault("/name", f"A name has 1 to {LONGEST_NAME} readable characters.")]


def speaker_faults(*, role: Role, name: str, country: str | None, channel: str | None) -> list[Fault]:
    """Why nobody can speak so: an agency without a country, another role with one, a channel for a role
    other than partner, a name that is no name."""
    faults = name_faults(name)
    if role == "agency" and country is None:
        faults.append(Fault("/country", "An agency speaks for a country; name it."))
    if role != "agency" and country is not None:
        faults.append(Fault("/country", f"The role {role} has no country."))
    if role != "partner" and channel is not None:
        faults.append(Fault("/channel", f"The role {role} has no channel."))
    return faults


def create_key(
    session: Session,
    *,
    role: Role,
    name: str,
    country: str | None,
    channel: str | None = None,
    now: datetime,
) -> tuple[str, Caller]:
    """Make a key. Gives the secret, which is not to be had again, and who it is for.

    Raises:
        Invalid: as `speaker_faults` says.
    """
    if faults := speaker_faults(role=role, name=name, country=country, channel=channel):
        raise Invalid(faults)
    secret = PREFIX + secrets.token_urlsafe(32)
    row = _Key(
        id=secrets.token_hex(8),
        digest=digest_of(secret),
        name=name.strip(),
        role=role,
        country=country,
        channel=channel,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return secret, row.caller


def identify(session: Session, secret: str) -> Caller | None:
    """Who a secret belongs to; None if it is unknown or was revoked."""
    row = session.scalar(select(_Key).where(_Key.digest == digest_of(secret), _Key.revoked_at.is_(None)))
    return row.caller if row else None


def revoke_key(session: Session, key_id: str, *, now: datetime) -> None:
    """Make a key useless, for good; one that is revoked already stays as it is.

    Raises:
        NotFound: if there is no such key.
    """
    row = session.get(_Key, key_id)
    if row is None:
        raise NotFound(f"There is no key {key_id}.")
    row.revoked_at = row.revoked_at or now


def listed_keys(session: Session) -> list[Key]:
    """All keys, the oldest first."""
    return [
        Key(row.id, row.name, row.role, row.country, row.channel, row.created_at, row.revoked_at)
        for row in session.scalars(select(_Key).order_by(_Key.created_at, _Key.id))
    ]


# Sessions of the pages


SESSION_LASTS = timedelta(hours=12)


class _Session(Base):
    """Somebody who signed in with a key. Only the digest of the token is kept, as of a key."""

    __tablename__ = "sessions"
    __table_args__ = (ForeignKeyConstraint(["key"], ["keys.id"], ondelete="CASCADE"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)


def sign_in(session: Session, secret: str, *, now: datetime) -> tuple[str, Caller] | None:
    """Open a session with a key. Gives its token and who it is; None if the key is unknown or was revoked."""
    caller = identify(session, secret)
    if caller is None:
        return None
    session.execute(delete(_Session).where(_Session.ends_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(_Session(digest=digest_of(token), key=caller.id, ends_at=now + SESSION_LASTS))
    session.flush()
    return token, caller


def signed_in(session: Session, token: str, *, now: datetime) -> Caller | None:
    """Who a session belongs to; None if it is unknown, over, or of a key that was revoked."""
    row = session.scalar(
        select(_Key)
        .join(_Session, _Session.key == _Key.id)
        .where(_Session.digest == digest_of(token), _Session.ends_at > now, _Key.revoked_at.is_(None))
    )
    return row.caller if row else None


def sign_out(session: Session, token: str) -> None:
    """End a session."""
    session.execute(delete(_Session).where(_Session.digest == digest_of(token)))


def digest_of(secret: str) -> str:
    """What is kept of a key or of a token."""
    return hashlib.sha256(secret.encode()).hexdigest()
