"""A market for the desk, and how a test reads its pages and fills in its forms."""

import re
from collections.abc import Mapping
from html import unescape
from typing import TYPE_CHECKING, Any

from app import accounts, cases, intake, postings
from app.cases import Case
from app.matching.posting import Kind
from tests.web.visitors import Service, a_request, an_offer

if TYPE_CHECKING:
    # Imported by the visitors first, who know what it warns of.
    from starlette.testclient import TestClient

OFFERS = {
    "bra-milk": an_offer(sectors=["health"], capacity=1),
    "chl-milk": an_offer(
        title="Bancos de leche humana",
        description="Apoyamos a los hospitales públicos que quieren un banco de leche humana.",
        country="CHL",
        sectors=["health"],
    ),
    "col-boys": an_offer(
        title="Boys, families and schools",
        description="We keep boys and young men out of violence, with their families and their schools.",
        country="COL",
    ),
}
REQUESTS = {
    "jam-milk": a_request(
        title="Human milk banks",
        description="Our hospitals want to learn how human milk banks are run: bancos de leite humano.",
        sectors=["health"],
        valid_until="2026-12-31",
    ),
    "gtm-milk": a_request(
        title="Leche para recién nacidos",
        description="Queremos aprender a llevar bancos de leche humana en hospitales públicos.",
        country="GTM",
        sectors=["health"],
    ),
    "jam-boys": a_request(),
}
"""In the order in which they are posted, and so in which they are to be decided."""


def post(service: Service, kind: Kind, bodies: Mapping[str, Mapping[str, Any]]) -> None:
    """Post by the operator, an hour apart, under ids of the test's own."""
    house = service.app.state.house
    for id, body in bodies.items():
        service.clock.pass_(hours=1)
        asked = {"visibility": "public", **body}
        taken = intake.read(kind, asked, house.catalogue, id=id, today=house.today())
        with house.database.transaction() as session:
            postings.add(session, taken, by=accounts.OPERATOR, now=service.clock.now)
    house.desk.keep_up()


def broker(service: Service, name: str) -> "TestClient":
    """A browser in which a broker of this name has signed in."""
    with service.app.state.house.database.transaction() as session:
        key, _ = accounts.create_key(session, role="broker", name=name, country=None, now=service.clock.now)
    browser = service.browser()
    assert browser.post("/sign-in", data={"key": key}).status_code == 303
    return browser


def text_of(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def rows(page: str) -> list[str]:
    """What stands in each row of the queue."""
    return [text_of(row).strip() for row in re.findall(r"<tr><t[dh].*?</tr>", page, re.DOTALL)[1:]]


def form_of(page: str, action: str) -> dict[str, Any]:
    """What the form with this action would send if it was sent as it stands, without its buttons."""
    found = re.findall(rf'<form[^>]*action="{re.escape(action)}[^"]*".*?</form>', page, re.DOTALL)
    assert len(found) == 1, f"{len(found)} forms of {action}"
    sent: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0]):
        sent.setdefault(name, []).append(unescape(value))
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', found[0], re.DOTALL):
        sent[name] = re.findall(r'value="([^"]*)" selected', options) or [""]
    return sent


def held(service: Service) -> list[Case]:
    """All cases, the oldest first."""
    house = service.app.state.house
    with house.database.reading() as session:
        found = cases.listed(
            session,
            cases.Wanted(),
            by=cases.CLOCK,
            limit=100,
            paces=house.settings.paces,
            now=service.clock.now,
        )
    return list(found.items)


def entries(service: Service, id: str) -> list[str]:
    """What was done in a case, in order."""
    with service.app.state.house.database.reading() as session:
        return [event.entry for event in cases.history(session, id, by=cases.CLOCK)]
