"""People: who works at the pages, for whom, in which language, and how they want to hear of things.

Somebody signs in with an e-mail address and a password. A password is what people think up and others can
guess, so what is kept of it is slow to compute (Argon2id), and attempts are counted. Whatever is slow is
done by functions that are given no session, so that no transaction waits for it.
"""

import math
import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Network, ip_address
from typing import Literal, NewType, get_args

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, ForeignKeyConstraint, String, and_, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.accounts import SESSION_LASTS, Caller, Role, Speaks, digest_of, name_faults, speaker_faults
from app.catalogue.label import LANGUAGES
from app.db import Base, Moment
from app.errors import Conflict, Fault, Invalid, NotFound
from app.intake import Address
from app.language.analyse import fold

Mail = Literal["each", "daily", "off"]
"""One mail per event, one digest a day, or none."""

LONGEST_EMAIL = 320

LINK_LASTS = timedelta(hours=72)
"""How long a link to set a password is good for."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account."""

    id: str
    email: str
    name: str
    role: Role
    country: str | None
    channel: str | None
    language: str
    mail: Mail
    active: bool

    @property
    def caller(self) -> Caller:
        return Caller(self.id, self.name, self.role, self.country, self.channel)


class _Person(Speaks, Base):
    __tablename__ = "people"

    email: Mapped[str] = mapped_column(String(LONGEST_EMAIL), unique=True)
    language: Mapped[str] = mapped_column(String(2))
    mail: Mapped[Mail] = mapped_column(String(8))
    password: Mapped[str | None] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(64), unique=True)
    """The digest of the token in the link that sets a password; None once it was used."""
    link_ends_at: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment)
    deactivated_at: Mapped[datetime | None] = mapped_column(Moment)


def create(
    session: Session,
    *,
    role: Role,
    name: str,
    email: str,
    country: str | None = None,
    channel: str | None = None,
    language: str = "es",
    mail: Mail = "each",
    now: datetime,
) -> Person:
    """Make an account. It has no password yet; see `invite`.

    Raises:
        Invalid: for what is no address, no language of the pages or no way of getting mail, and as
            `speaker_faults` says.
        Conflict: when the address has an account.
    """
    address = _address(email)
    faults = speaker_faults(role=role, name=name, country=country, channel=channel)
    if address is None:
        faults.append(Fault("/email", "This is not an e-mail address."))
    faults += _preference_faults(language, mail)
    if faults or address is None:
        raise Invalid(faults)
    if known := session.scalar(select(_Person.id).where(_Person.email == address)):
        raise Conflict(f"{address} has an account already: {known}.", id=known)
    row = _Person(
        id=f"p_{secrets.token_hex(10)}",
        email=address,
        name=name.strip(),
        role=role,
        country=country,
        channel=channel,
        language=language,
        mail=mail,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return _person(row)


def change(session: Session, id: str, *, name: str, language: str, mail: str) -> Person:
    """Keep what somebody says of themselves.

    Raises:
        NotFound: if there is no such account.
        Invalid: for what is no name, no language of the pages, or no way of getting mail.
    """
    row = _locked(session, id)
    if faults := name_faults(name) + _preference_faults(language, mail):
        raise Invalid(faults)
    row.name, row.language = name.strip(), language
    row.mail = next(way for way in get_args(Mail) if way == mail)
    session.flush()
    return _person(row)


def deactivate(session: Session, id: str, *, now: datetime) -> None:
    """Close an account and end its sessions; one that is closed already stays as it is.

    Raises:
        NotFound: if there is no such account.
    """
    row = _locked(session, id)
    row.deactivated_at = row.deactivated_at or now
    row.link = row.link_ends_at = None
    sign_out_everywhere(session, id)


def reactivate(session: Session, id: str) -> None:
    """Open an account that was closed; its password is what it was.

    Raises:
        NotFound: if there is no such account.
    """
    _locked(session, id).deactivated_at = None


def get(session: Session, id: str) -> Person:
    """One account, closed or not.

    Raises:
        NotFound: if there is no such account.
    """
    return _person(_row(session, id))


def find(session: Session, which: str) -> Person:
    """The account of an id or of an e-mail address.

    Raises:
        NotFound: if there is none.
    """
    row = session.scalar(select(_Person).where(or_(_Person.id == which, _Person.email == _address(which))))
    if row is None:
        raise NotFound(f"There is no account {which}.")
    return _person(row)


def listed(session: Session, *, role: Role | None = None, country: str | None = None) -> list[Person]:
    """Everybody whose account is open, by name; of one role, of one country."""
    wanted = select(_Person).where(_Person.deactivated_at.is_(None))
    if role is not None:
        wanted = wanted.where(_Person.role == role)
    if country is not None:
        wanted = wanted.where(_Person.country == country)
    return [_person(row) for row in session.scalars(wanted.order_by(_Person.name, _Person.id))]


def brokers(session: Session) -> list[Person]:
    """The brokers, by name."""
    return listed(session, role="broker")


def of_country(session: Session, iso3: str) -> list[Person]:
    """Those who speak for a country, by name."""
    return listed(session, role="agency", country=iso3)


def everybody(session: Session) -> list[tuple[Person, bool]]:
    """All accounts, the oldest first, each with whether it has a password."""
    rows = session.scalars(select(_Person).order_by(_Person.created_at, _Person.id))
    return [(_person(row), row.password is not None) for row in rows]


# Passwords


Hashed = NewType("Hashed", str)
"""What is kept of a password."""

Weakness = Literal["short", "long", "guessable"]

SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200

WEAK: dict[Weakness, str] = {
    "short": f"A password has at least {SHORTEST_PASSWORD} characters.",
    "long": f"A password has at most {LONGEST_PASSWORD} characters.",
    "guessable": "Somebody who knows you would guess it: take words that are not your name or address.",
}

_TRIED_FIRST = (
    *("password", "contrasena", "senha", "motdepasse", "puente", "cooperacion", "cooperacao", "cooperation"),
    *("administrador", "administrator", "admin", "bienvenido", "bienvenida", "bemvindo", "bienvenue"),
    *("welcome", "qwertyuiop", "qwerty", "azerty", "asdfghjkl", "asdf", "abcdefghijkl", "abc"),
)
"""Words that are tried before all others, without accents."""

_LEAST_OF_ITS_OWN = 4
"""How many different letters a password has beside the words that are tried first."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""Argon2id as OWASP has it: 19 MiB, so that 40 threads at once do not use up a small machine."""

_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$" + "A" * 22 + "$" + "A" * 43
"""Takes as long to compare as any other, and no password is known that it would be of."""


def weakness(password: str, *, of: Person) -> Weakness | None:
    """Why this is no password for somebody, None if it may be one."""
    password = _normal(password)
    if len(password) < SHORTEST_PASSWORD:
        return "short"
    if len(password) > LONGEST_PASSWORD:
        return "long"
    account, _, host = of.email.partition("@")
    own = fold(f"{of.name} {account} {host}")
    words = "".join(letter if letter.isalpha() else " " for letter in own).split()
    rest = "".join(letter for letter in fold(password) if letter.isalpha())
    for word in sorted({*words, *_TRIED_FIRST}, key=len, reverse=True):
        if len(word) > 2:
            rest = rest.replace(word, "")
    return "guessable" if len(set(rest)) < _LEAST_OF_ITS_OWN else None


def hashed(password: str, *, of: Person) -> Hashed:
    """What is to be kept of a new password. Slow by intention: call it outside of a transaction.

    Raises:
        Invalid: for one that somebody would guess.
    """
    if weak := weakness(password, of=of):
        raise Invalid([Fault("/password", WEAK[weak])])
    return Hashed(_hasher.hash(_normal(password)))


def set_password(session: Session, id: str, password: Hashed) -> None:
    """Put a password in the place of the one before, and end the sessions that it opened.

    Raises:
        NotFound: if there is no such account.
    """
    row = _locked(session, id)
    row.password, row.link, row.link_ends_at = password, None, None
    sign_out_everywhere(session, id)
    _forget_attempts(session, row.email)


@dataclass(frozen=True, slots=True)
class Proof:
    """That somebody knew the password of a person."""

    person: Person
    kept: str = field(repr=False)
    anew: str | None = field(repr=False)
    """The same password under the parameters of today, where it was kept under others."""


def authenticate(session: Session, email: str, password: str) -> Proof | None:
    """Who has this address and this password; None for any other two. It takes the same time for an
    address that nobody has. Slow by intention: call it with a session that only reads."""
    row = session.scalar(select(_Person).where(_Person.email == _address(email)))
    open_ = row is not None and row.deactivated_at is None
    kept = row.password if row is not None and open_ else None
    password = _normal(password)
    try:
        _hasher.verify(kept or _NOBODYS, password)
    except VerifyMismatchError:
        return None
    if row is None or kept is None:
        return None
    anew = _hasher.hash(password) if _hasher.check_needs_rehash(kept) else None
    return Proof(_person(row), kept, anew)


def _normal(password: str) -> str:
    """One form of letters that keyboards write in several: “ñ” in one piece, or with a tilde after it."""
    return _one_form(password, longest=LONGEST_PASSWORD)


def _one_form(text: str, *, longest: int) -> str:
    """A letter has at most four signs before. More are cut off, for a long row of accents takes long."""
    return unicodedata.normalize("NFKC", text[: 4 * longest])


# Links that set a password


def invite(session: Session, id: str, *, now: datetime) -> str:
    """A token that sets somebody's password, once; one made before is good for nothing any more.

    Raises:
        NotFound: if there is no such account.
        Conflict: if it is closed.
    """
    row = _locked(session, id)
    if row.deactivated_at is not None:
        raise Conflict(f"The account {row.email} is closed.")
    token = secrets.token_urlsafe(32)
    row.link, row.link_ends_at = digest_of(token), now + LINK_LASTS
    session.flush()
    return token


def invited(session: Session, token: str, *, now: datetime) -> Person | None:
    """Who a token was made for; None if it is unknown, was used, or is too old."""
    row = session.scalar(select(_Person).where(_opens(token, now)))
    return _person(row) if row else None


def redeem(session: Session, token: str, password: Hashed, *, now: datetime) -> Person:
    """Set the password that a token is for, and use the token up.

    Raises:
        NotFound: if it is unknown, was used, or is too old.
    """
    row = session.scalar(select(_Person).where(_opens(token, now)).with_for_update())
    if row is None:
        raise NotFound("This link was used, or is too old.")
    set_password(session, row.id, password)
    return _person(row)


def _opens(token: str, now: datetime) -> ColumnElement[bool]:
    return and_(_Person.link == digest_of(token), _Person.link_ends_at > now)


def reset(session: Session, id: str, *, now: datetime) -> str:
    """Make somebody's password useless and end their sessions. Gives the token for a new one.

    Raises:
        NotFound: if there is no such account.
        Conflict: if it is closed.
    """
    token = invite(session, id, now=now)
    _locked(session, id).password = None
    sign_out_everywhere(session, id)
    return token


# Sessions of the pages


class _Session(Base):
    """Somebody who signed in with a password. Only the digest of the token is kept, as of a key."""

    __tablename__ = "person_sessions"
    __table_args__ = (ForeignKeyConstraint(["person"], ["people.id"], ondelete="CASCADE"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(String(32), index=True)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)


def sign_in(session: Session, proof: Proof, *, now: datetime) -> str | None:
    """Open a session and forget the failed attempts. Gives its token; None where the account was closed
    or the password changed since the proof was given."""
    row = _locked(session, proof.person.id)
    if row.deactivated_at is not None or row.password != proof.kept:
        return None
    row.password = proof.anew or proof.kept
    _forget_attempts(session, row.email)
    return open_session(session, row.id, now=now)


def open_session(session: Session, id: str, *, now: datetime) -> str:
    """A session for somebody who is known to be there. Gives its token."""
    session.execute(delete(_Session).where(_Session.ends_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(_Session(digest=digest_of(token), person=id, ends_at=now + SESSION_LASTS))
    session.flush()
    return token


def signed_in(session: Session, token: str, *, now: datetime) -> Person | None:
    """Who a session belongs to; None if it is unknown, over, or of an account that was closed."""
    row = session.scalar(
        select(_Person)
        .join(_Session, _Session.person == _Person.id)
        .where(_Session.digest == digest_of(token), _Session.ends_at > now, _Person.deactivated_at.is_(None))
    )
    return _person(row) if row else None


def sign_out(session: Session, token: str) -> None:
    """End a session."""
    session.execute(delete(_Session).where(_Session.digest == digest_of(token)))


def sign_out_everywhere(session: Session, id: str) -> None:
    """End all sessions of somebody."""
    session.execute(delete(_Session).where(_Session.person == id))


# Attempts to sign in


WITHIN = timedelta(minutes=15)
MOST_FOR_AN_ADDRESS, MOST_FROM_A_CLIENT = 5, 30
"""Failed attempts within that time for one e-mail address, and from one client; then one has to wait."""


class _Attempt(Base):
    """Somebody tried. Kept are digests: into a field for an address people write passwords as well."""

    __tablename__ = "sign_in_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(64), index=True)
    client: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(Moment, index=True)


def wait(session: Session, email: str, *, client: str, now: datetime) -> int:
    """Count an attempt, before the password is looked at; 0 when it may be made, else the whole seconds
    until one may. Attempts that may not be made are not counted; `sign_in` takes back what it proves."""
    address = _written(email)
    # Attempts on one account take turns, so that of many at once no more are let through.
    session.execute(select(_Person.id).where(_Person.email == _address(email)).with_for_update())
    session.execute(delete(_Attempt).where(_Attempt.at <= now - WITHIN))
    mine = _Attempt(email=digest_of(address), client=digest_of(_household(client)), at=now)
    seconds = 0
    for same, most in (
        (_Attempt.email == mine.email, MOST_FOR_AN_ADDRESS),
        (_Attempt.client == mine.client, MOST_FROM_A_CLIENT),
    ):
        # Of the attempts that fill the measure, the first to grow too old makes room.
        newest_first = select(_Attempt.at).where(same).order_by(_Attempt.at.desc())
        full_since = session.scalar(newest_first.offset(most - 1).limit(1))
        if full_since is not None:
            seconds = max(seconds, math.ceil((full_since + WITHIN - now).total_seconds()))
    if not seconds:
        session.add(mine)
        session.flush()
    return seconds


def _forget_attempts(session: Session, email: str) -> None:
    session.execute(delete(_Attempt).where(_Attempt.email == digest_of(email)))


def _household(client: str) -> str:
    """Who has one address of IPv6 has 2 to the 64th of them: they count as one."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    return str(address if address.version == 4 else IPv6Network((int(address), 64), strict=False))


_ADDRESS: TypeAdapter[str] = TypeAdapter(Address)


def _address(email: str) -> str | None:
    """An e-mail address as it is kept; None for what is none."""
    try:
        return _ADDRESS.validate_python(_written(email))
    except ValidationError:
        return None


def _written(email: str) -> str:
    return _one_form(email, longest=LONGEST_EMAIL).strip().lower()


def _preference_faults(language: str, mail: str) -> list[Fault]:
    faults = []
    if language not in LANGUAGES:
        faults.append(Fault("/language", f"The pages speak {', '.join(LANGUAGES)}."))
    if mail not in get_args(Mail):
        faults.append(Fault("/mail", f"Mail comes {', '.join(get_args(Mail))}."))
    return faults


def _row(session: Session, id: str, *, lock: bool = False) -> _Person:
    row = session.get(_Person, id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NotFound(f"There is no account {id}.")
    return row


def _locked(session: Session, id: str) -> _Person:
    return _row(session, id, lock=True)


def _person(row: _Person) -> Person:
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        country=row.country,
        channel=row.channel,
        language=row.language,
        mail=row.mail,
        active=row.deactivated_at is None,
    )
