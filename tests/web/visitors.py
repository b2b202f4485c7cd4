"""The real service as somebody with a key meets it, or somebody with none."""

import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI

from app import accounts, people
from app.catalogue import Catalogue
from app.language.translate import NoTranslator, Translator
from app.main import create_app
from app.people import Person
from app.settings import Settings
from tests.builders import the_ground, the_tagger

with warnings.catch_warnings():
    # Starlette would rather have httpx2; until that is among our dependencies httpx does.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", UserWarning)
    from starlette.testclient import TestClient


PASSWORD = "leche y miel para todas"
"""What everybody here signs in with who has an account."""


@dataclass
class Clock:
    """The time that the service believes in."""

    now: datetime = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass(frozen=True)
class Visitor:
    """Somebody with a key, or with none."""

    client: TestClient
    key: str | None = None

    def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **how: Any) -> Any:
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return self.client.request(method, path, headers=sent | (headers or {}), **how)

    def get(self, path: str, **how: Any) -> Any:
        return self.ask("GET", path, **how)

    def post(self, path: str, body: Any = None, **how: Any) -> Any:
        return self.ask("POST", path, **({"json": body} if body is not None else {}), **how)

    def change(self, path: str, tag: str, body: Any = None, *, method: str = "POST", **how: Any) -> Any:
        """Change what had this ETag."""
        more = {"json": body} if body is not None else {}
        return self.ask(method, path, headers={"If-Match": tag}, **more, **how)


@dataclass
class Service:
    """A running service."""

    app: FastAPI
    client: TestClient
    clock: Clock
    seats: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, role: accounts.Role, country: str | None = None, channel: str | None = None) -> Visitor:
        """Somebody new with a key of this role."""
        with self.app.state.house.database.transaction() as session:
            secret, _ = accounts.create_key(
                session,
                role=role,
                name=f"{role} {country or channel or ''}".strip(),
                country=country,
                channel=channel,
                now=self.clock.now,
            )
        return Visitor(self.client, secret)

    def person(self, role: accounts.Role = "broker", country: str | None = None, **told: Any) -> Person:
        """Somebody new with an account."""
        told = {"name": f"person {role} {country or ''}".strip(), "now": self.clock.now, **told}
        told.setdefault("email", f"{secrets.token_hex(4)}@example.org")
        with self.app.state.house.database.transaction() as session:
            person = people.create(session, role=role, country=country, **told)
            people.set_password(session, person.id, people.hashed(PASSWORD, of=person))
        return person

    @property
    def anyone(self) -> Visitor:
        return Visitor(self.client)

    def browser(self, visitor: Visitor | Person | None = None) -> TestClient:
        """A browser of its own, with cookies of its own, where a visitor has signed in, or nobody."""
        sent = {"Accept": "text/html", "Accept-Language": "en", "Origin": "http://testserver"}
        browser = TestClient(self.app, headers=sent, follow_redirects=False)
        if visitor is not None:
            known = {"key": visitor.key} if isinstance(visitor, Visitor) else as_person(visitor)
            signed_in = browser.post("/sign-in", data=known)
            assert signed_in.status_code == 303, signed_in.text
        return browser


def as_person(person: Person) -> dict[str, str]:
    """What somebody writes into the form to sign in."""
    return {"email": person.email, "password": PASSWORD}


@contextmanager
def running(
    settings: Settings, catalogue: Catalogue, clock: Clock, translator: Translator | None = None
) -> Iterator[Service]:
    """The service, without a translator unless the test brings one: to start one takes time."""
    app = create_app(
        settings,
        ground=the_ground(catalogue),
        tagger=the_tagger(),
        translator=translator or NoTranslator("Not in this test."),
        clock=clock,
    )
    with TestClient(app) as client:
        yield Service(app, client, clock)


def an_offer(**fields: Any) -> dict[str, Any]:
    """The least that an offer needs, from Brazil, with what the test is about."""
    return {
        "title": "Bancos de leite humano",
        "description": "Apoio à criação de bancos de leite humano em hospitais públicos.",
        "country": "BRA",
        **fields,
    }


def a_request(**fields: Any) -> dict[str, Any]:
    """The least that a request needs, from Jamaica, with what the test is about."""
    return {
        "title": "Keeping boys out of violence",
        "description": "Programmes that work with young men, their families and their schools.",
        "country": "JAM",
        **fields,
    }


def pointers(answer: Any) -> list[str]:
    """Where a problem document sees faults, after a look at the document itself."""
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert {"type", "title", "status", "detail", "instance", "errors"} <= document.keys()
    assert all(fault["detail"].endswith(".") for fault in document["errors"])
    return sorted(fault["pointer"] for fault in document["errors"])
