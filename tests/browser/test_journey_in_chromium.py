"""One exchange from the first word to what came of it, as its people do it, each in a browser of their own.

An agency posts in Portuguese; the broker shortlists and proposes; the provider accepts, the receiver declines
with a reason; the pair is parked and the next suggestion comes up; that one is agreed, has its dossier, is
completed, and what was learned is posted as an offer. Pictures of every station are left in var/journey/.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app import accounts, intake, people, postings
from app.catalogue import Catalogue
from app.db import Database
from app.settings import ROOT
from tests.serving import serving

PICTURES = ROOT / "var" / "journey"
PASSWORD = "leche y miel para todas"

REQUEST = {
    "title": "Human milk banks for our maternity hospitals",
    "description": "Our hospitals want to learn how to collect, pasteurise and share human milk.",
    "language": "en",
    "country": "JAM",
    "sectors": ["health"],
    "modalities": ["training"],
}
CHILE = {
    "title": "Bancos de leche humana en hospitales",
    "description": "Enseñamos a recolectar, pasteurizar y distribuir leche humana a recién nacidos.",
    "language": "es",
    "country": "CHL",
    "sectors": ["health"],
    "modalities": ["training"],
}
BRAZIL_TITLE = "Bancos de leite humano em hospitais públicos"
BRAZIL_TEXT = "Ensinamos a coletar, pasteurizar e distribuir leite humano a recém-nascidos em hospitais."


class House:
    """A service with one request and one offer, and people who have accounts."""

    def __init__(self, address: str, database: Database) -> None:
        self.address, self.database = address, database

    def has(self, kind: Any, body: dict[str, Any], catalogue: Catalogue) -> str:
        now = datetime.now(UTC)
        id = f"{kind}-{body['country'].lower()}"
        taken = intake.read(kind, body, catalogue, id=id, today=now.date())
        with self.database.transaction() as session:
            postings.add(session, taken, by=accounts.OPERATOR, now=now)
        return id

    def account(self, role: accounts.Role, country: str | None = None) -> str:
        email = f"{country or 'desk'}@example.org".lower()
        with self.database.transaction() as session:
            person = people.create(
                session,
                role=role,
                name=f"{role.title()} {country or ''}".strip(),
                email=email,
                country=country,
                language="en",
                now=datetime.now(UTC),
            )
            people.set_password(session, person.id, people.hashed(PASSWORD, of=person))
        return email


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    url = f"sqlite:///{tmp_path_factory.mktemp('journey')}/puente.db"
    with serving(url) as address:
        database = Database(url)
        yield House(address, database)
        database.close()


class Somebody:
    """A person at a browser."""

    def __init__(self, context: BrowserContext, email: str, shots: Path) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self._shots = shots
        self.goto("/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("button", name="Sign out")).to_be_visible()

    def goto(self, address: str) -> None:
        answer = self.page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{address} answered {answer.status}"

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def sees(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)

    def picture(self, name: str) -> None:
        self._shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._shots / f"{name}.png", full_page=True)


def test_from_the_first_word_to_what_came_of_it(
    chromium: Browser, house: House, catalogue: Catalogue
) -> None:
    request = house.has("request", REQUEST, catalogue)
    house.has("offer", CHILE, catalogue)
    with ExitStack() as rooms:

        def somebody(role: accounts.Role, country: str | None = None, **how: Any) -> Somebody:
            context = chromium.new_context(base_url=house.address, locale="en", **how)
            rooms.callback(context.close)
            return Somebody(context, house.account(role, country), PICTURES)

        desk = somebody("broker", viewport={"width": 1280, "height": 900})
        brazil = somebody("agency", "BRA", java_script_enabled=False)
        jamaica = somebody("agency", "JAM", viewport={"width": 360, "height": 800})
        chile = somebody("agency", "CHL")

        # An agency posts in Portuguese.
        brazil.goto("/own/offers/new")
        brazil.page.get_by_label("Title").fill(BRAZIL_TITLE)
        brazil.page.get_by_label("Description").fill(BRAZIL_TEXT)
        brazil.page.locator("input[name=sectors][value=health]").check()
        brazil.page.locator("input[name=modalities][value=training]").check()
        brazil.picture("01-brazil-posts")
        brazil.press("Publish")
        brazil.sees(BRAZIL_TITLE)

        # The broker shortlists it for the request of Jamaica, and proposes it.
        desk.goto("/broker")
        desk.picture("02-the-desk")
        desk.goto(f"/broker/requests/{request}")
        desk.follow(BRAZIL_TITLE)
        desk.sees("May they meet?")
        desk.picture("03-one-pair-a-screen")
        if desk.page.get_by_label("Why this one").count():
            desk.page.get_by_label("Why this one").fill("Brazil has done this for decades.")
        desk.press("Shortlist")
        desk.sees(BRAZIL_TITLE)
        desk.picture("04-shortlisted-with-undo")
        desk.follow(BRAZIL_TITLE)
        desk.press("Propose it to both sides")
        desk.sees("proposed")
        first = desk.page.url.partition("?")[0]

        # The provider accepts; the receiver declines with a reason.
        brazil.goto("/proposals")
        brazil.follow("Human milk banks")
        brazil.press("Accept")
        brazil.sees("accepted")
        brazil.picture("05-brazil-has-accepted")
        jamaica.goto("/proposals")
        jamaica.picture("06-jamaica-is-asked")
        jamaica.follow("Human milk banks")
        jamaica.page.get_by_text("Decline, with a reason").click()
        jamaica.page.get_by_label("Not at this time").check()
        jamaica.picture("07-the-effect-before-the-choice")
        jamaica.press("Decline")
        jamaica.sees("declined")

        # The pair is parked, why not says so, and the next suggestion comes up.
        desk.goto(first)
        desk.sees("Not at this time")
        offer = house_offer(house, "BRA")
        desk.goto(f"/requests/{request}/suggestions/{offer}")
        desk.sees("Not at this time")
        desk.picture("08-why-not")
        desk.goto(f"/broker/requests/{request}")
        expect(desk.page.locator("main")).not_to_contain_text("The best suggestion\n" + BRAZIL_TITLE)
        desk.sees("Bancos de leche humana en hospitales")
        desk.press("Shortlist")
        desk.follow("Bancos de leche humana en hospitales")
        desk.press("Propose it to both sides")
        second = desk.page.url.partition("?")[0]
        assert second != first

        # It is agreed, and has its dossier.
        for who in (chile, jamaica):
            who.goto(second)
            who.press("Accept")
        desk.goto(second)
        desk.sees("agreed")
        desk.picture("09-agreed")
        desk.goto(f"{second}/dossier")
        desk.sees("Human milk banks")
        desk.picture("10-the-dossier")
        paper = desk.page.request.get(f"{second}/dossier.docx")
        assert paper.status == 200
        assert paper.body().startswith(b"PK")

        # It is under way, and Jamaica reports what came of it.
        chile.goto(second)
        chile.press("It is under way")
        jamaica.goto(second)
        jamaica.page.get_by_text("Report what came of it").click()
        jamaica.page.get_by_label("Summary").fill("Two weeks in Santiago; twelve nurses trained.")
        jamaica.page.get_by_label("What changed").fill("Kingston has a milk bank since June.")
        jamaica.picture("11-the-outcome")
        jamaica.press("Report it")
        jamaica.sees("Kingston has a milk bank since June.")
        chile.goto(second)
        chile.sees("Kingston has a milk bank since June.")

        # What was learned is posted as an offer.
        jamaica.follow("Post what you learned as a new offer")
        expect(jamaica.page.get_by_label("Title")).to_have_value(str(REQUEST["title"]))
        jamaica.picture("12-posted-again-as-an-offer")
        jamaica.press("Publish")
        jamaica.sees(str(REQUEST["title"]))
        assert house_offer(house, "JAM")
        assert len(list(PICTURES.glob("*.png"))) >= 12


def house_offer(house: House, country: str) -> str:
    """The id of the one open offer of a country."""
    with house.database.reading() as session:
        found = postings.listed(
            session,
            "offer",
            postings.Wanted(country=country, status="published"),
            asker=accounts.OPERATOR.asker,
            limit=9,
            cursor=None,
            today=datetime.now(UTC).date(),
        )
    (only,) = found.items
    return only.id
