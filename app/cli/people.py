"""The command `puente people`: who may sign in to the pages, and the link by which they set a password."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, get_args

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from app import people
from app.accounts import Role
from app.catalogue import load
from app.catalogue.label import LANGUAGES
from app.db import Database
from app.errors import Refusal
from app.intake import near
from app.people import LINK_LASTS, LONGEST_PASSWORD, Person
from app.settings import Settings


def add_commands(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """Put the command beside the others of `puente`."""
    group = command("people", None, "Make, list, close and reset the accounts of people.")
    actions = group.add_subparsers(metavar="ACTION", required=True)

    def action(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = actions.add_parser(
            name, help=about, description=about, allow_abbrev=False
        )
        added.set_defaults(run=run)
        return added

    hours = int(LINK_LASTS.total_seconds() // 3600)
    about = f"Make an account. Prints the link that sets its password, good once and for {hours} hours."
    create_ = action("create", create, about)
    create_.add_argument("--role", required=True, choices=get_args(Role))
    create_.add_argument("--name", required=True, help="whose account it is")
    create_.add_argument("--email", required=True, help="the address to sign in with and to write to")
    create_.add_argument("--country", help="an agency's country (ISO 3166-1)")
    create_.add_argument("--channel", help="the channel that a partner speaks for, by slug")
    create_.add_argument(
        "--language", choices=LANGUAGES, default="es", help="of the pages and of mail (default es)"
    )
    create_.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input; no link"
    )
    action("list", list_all, "List the accounts, the oldest first.")
    which = "the account's id or e-mail address, see: puente people list"
    action("deactivate", deactivate, "Close an account and end its sessions.").add_argument("who", help=which)
    action("reactivate", reactivate, "Open an account that was closed.").add_argument("who", help=which)
    about = "Make a password useless, end the sessions, and print the link by which its owner sets another."
    reset_ = action("reset", reset, about)
    reset_.add_argument("who", help=which)
    reset_.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input; no link"
    )


def create(wanted: argparse.Namespace, settings: Settings) -> int:
    country, channel = speaks_for(wanted, settings)
    password = _password() if wanted.password_stdin else None
    now = datetime.now(UTC)
    with _prepared(settings) as database, database.transaction() as session:
        person = people.create(
            session,
            role=wanted.role,
            name=wanted.name,
            email=wanted.email,
            country=country,
            channel=channel,
            language=wanted.language,
            now=now,
        )
        if password is None:
            link = _link(settings, people.invite(session, person.id, now=now))
        else:
            # Slow in a transaction, for once: an account without the password is not to stay behind.
            people.set_password(session, person.id, people.hashed(password, of=person))
    print(link if password is None else person.id)
    return 0


def speaks_for(wanted: argparse.Namespace, settings: Settings) -> tuple[str | None, str | None]:
    """The country and the channel that were named, as the catalogue has them.

    Raises:
        Refusal: for what is no country of the region, or no channel.
    """
    country, channel = wanted.country, wanted.channel
    if channel is not None and channel not in (channels := load(settings.seed).channels):
        raise Refusal(f"{channel!r} is not a channel{near(channel, list(channels))}")
    if country is not None:
        known = load(settings.seed).country(country)
        country = known.iso3 if known and known.kind != "outside" else None
        if country is None:
            raise Refusal(f"{wanted.country!r} is not a country of the region (ISO 3166-1)")
    return country, channel


def list_all(_wanted: argparse.Namespace, settings: Settings) -> int:
    with _prepared(settings) as database, database.reading() as session:
        everybody = people.everybody(session)
    console = Console()
    if not everybody:
        console.print(
            "No accounts yet. Make one: puente people create --role broker --name NAME --email E",
            soft_wrap=True,
        )
        return 0
    table = Table(show_lines=True)
    # Addresses and ids are whole in a narrow window too, to be copied from there.
    table.add_column("account", no_wrap=True)
    for title in ("role", "reads", "mail", "state"):
        table.add_column(title)
    for person, has_password in everybody:
        state = "closed" if not person.active else "" if has_password else "no password yet"
        role = " ".join(filter(None, (person.role, person.country, person.channel)))
        who = f"{person.name}\n{person.email}\n{person.id}"
        table.add_row(*map(escape, (who, role, person.language, person.mail, state)))
    console.print(table)
    return 0


def deactivate(wanted: argparse.Namespace, settings: Settings) -> int:
    with _found(wanted, settings) as (session, person):
        people.deactivate(session, person.id, now=datetime.now(UTC))
    return 0


def reactivate(wanted: argparse.Namespace, settings: Settings) -> int:
    with _found(wanted, settings) as (session, person):
        people.reactivate(session, person.id)
    return 0


def reset(wanted: argparse.Namespace, settings: Settings) -> int:
    given = _password() if wanted.password_stdin else None
    with _prepared(settings) as database:
        with database.reading() as session:
            person = people.find(session, wanted.who)
        if given is not None:
            password = people.hashed(given, of=person)
            with database.transaction() as session:
                people.set_password(session, person.id, password)
            return 0
        with database.transaction() as session:
            token = people.reset(session, person.id, now=datetime.now(UTC))
    print(_link(settings, token))
    return 0


def _password() -> str:
    """The first line of standard input; a little more than is taken, so that too much is told."""
    return sys.stdin.readline(4 * LONGEST_PASSWORD).rstrip("\r\n")


def _link(settings: Settings, token: str) -> str:
    return f"{settings.address.rstrip('/')}/welcome/{token}"


@contextmanager
def _prepared(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url)
    database.prepare()
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _found(wanted: argparse.Namespace, settings: Settings) -> Iterator[tuple[Session, Person]]:
    """A transaction, and the account that was named."""
    with _prepared(settings) as database, database.transaction() as session:
        yield session, people.find(session, wanted.who)
