"""The broker's desk and the page of a case in a real browser: keys, small screens, without JavaScript."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app import accounts, cases, intake, postings
from app.catalogue import Catalogue
from app.db import Database
from app.matching.posting import Kind
from tests.browser.axe import checked
from tests.browser.test_pages_in_chromium import LEAST_TARGET
from tests.browser.test_support_in_chromium import unfold
from tests.builders import A_BROKER
from tests.serving import serving
from tests.web.desks import OFFERS, REQUESTS

_numbers = count(1)

VIEWS = ((1280, "light"), (360, "dark"), (320, "light"))


@dataclass(frozen=True)
class Served:
    """A service with a small market, whose ids end with the number of the test."""

    address: str
    database: Database
    number: int = 0

    def request(self, id: str) -> str:
        """The page of a request on the desk."""
        return f"/broker/requests/{id}-{self.number}"

    def newest(self, id: str) -> str:
        """The id of the newest case of a request."""
        with self.database.reading() as session:
            found = cases.of_request(session, f"{id}-{self.number}", by=accounts.OPERATOR)
        return found[0].id

    def token(self, role: accounts.Role, name: str, country: str | None = None) -> str:
        """Of the session of somebody who has just signed in."""
        now = datetime.now(UTC)
        with self.database.transaction() as session:
            key, _ = accounts.create_key(session, role=role, name=name, country=country, now=now)
            opened = accounts.sign_in(session, key, now=now)
        assert opened
        return opened[0]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests: it takes longer to start than they do."""
    url = f"sqlite:///{tmp_path_factory.mktemp('desk')}/puente.db"
    with serving(url) as address:
        database = Database(url)
        yield Served(address, database)
        database.close()


@pytest.fixture
def served(house: Served, catalogue: Catalogue) -> Served:
    """A market with nothing in it of the tests before."""
    now, number = datetime.now(UTC), next(_numbers)
    sides: tuple[tuple[Kind, Any], ...] = (("offer", OFFERS), ("request", REQUESTS))
    with house.database.transaction() as session:
        for kind, bodies in sides:
            for place, (id, body) in enumerate(bodies.items()):
                if number > 1:
                    before = f"{id}-{number - 1}"
                    held = postings.get(session, kind, before, asker=A_BROKER, today=now.date())
                    if held.status == "published":
                        version = held.version
                        postings.withdraw(
                            session, kind, before, if_version=version, by=accounts.OPERATOR, now=now
                        )
                asked = {"visibility": "public", **body, "valid_until": None}
                taken = intake.read(kind, asked, catalogue, id=f"{id}-{number}", today=now.date())
                at = now - timedelta(days=3) + timedelta(hours=place)
                postings.add(session, taken, by=accounts.OPERATOR, now=at)
    return replace(house, number=number)


@contextmanager
def seated(chromium: Browser, served: Served, token: str, *, width: int = 1280, **how: Any) -> Iterator[Page]:
    """A page of somebody who has signed in; errors of scripts fail the test."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, locale="en", base_url=served.address, **how
    )
    context.add_cookies([{"name": "session", "value": token, "url": served.address}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert errors == []


def test_forty_requests_without_a_mouse(chromium: Browser, served: Served) -> None:
    milk = served.request("jam-milk")
    with seated(chromium, served, served.token("broker", "Ana")) as page:
        page.goto("/broker")
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(page.locator("[data-row]").nth(1)).to_be_focused()
        page.keyboard.press("x")
        expect(page.locator("input[name=pair]").nth(1)).to_be_checked()
        page.keyboard.press("k")
        expect(page.locator("[data-row]").first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(served.address + served.request("jam-milk"))

        # While one writes, keys are letters.
        page.keyboard.press("c")
        note = page.locator("textarea[name=note]")
        expect(note).to_be_focused()
        page.keyboard.type("send us a jug?")
        expect(note).to_have_value("send us a jug?")
        note.blur()
        page.keyboard.press("s")
        expect(page.locator(".done")).to_contain_text("Bancos de leite humano: shortlisted")
        expect(page).to_have_url(
            f"{served.address}{served.request('gtm-milk')}?done={served.newest('jam-milk')}"
        )
        page.keyboard.press("u")
        expect(page.get_by_role("status")).to_contain_text("It is undone.")
        expect(page).to_have_url(f"{served.address}{milk}?offer=bra-milk-{served.number}&undone=1")

        page.keyboard.press("d")
        reason = page.locator("input[name=reason]").first
        expect(reason).to_be_focused()
        page.get_by_label("Not at this time").check()
        page.get_by_role("button", name="Decline").click()
        expect(page.locator(".decision")).to_contain_text("Bancos de leche humana")
        page.keyboard.press("n")
        expect(page).to_have_url(served.address + served.request("gtm-milk"))
        page.keyboard.press("j")
        expect(page).to_have_url(served.address + served.request("jam-boys"))
        page.keyboard.press("k")
        expect(page).to_have_url(served.address + served.request("gtm-milk"))

        # The list of keys has the switch that turns them off, for good.
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_have_attribute("open", "")
        page.get_by_label("These keys work").uncheck()
        page.locator("#keys-on").blur()
        page.keyboard.press("j")
        page.reload()
        page.keyboard.press("j")
        expect(page.locator("#keys-on")).not_to_be_checked()
        expect(page).to_have_url(served.address + served.request("gtm-milk"))


def test_without_javascript_on_a_small_screen_two_brokers_and_both_sides(
    chromium: Browser, served: Served
) -> None:
    how: dict[str, Any] = {"width": 360, "java_script_enabled": False}
    milk = served.request("jam-milk")
    ana, bea = (served.token("broker", name) for name in ("Ana", "Bea"))
    jamaica, brazil = (served.token("agency", iso3, iso3) for iso3 in ("JAM", "BRA"))
    with (
        seated(chromium, served, ana, **how) as desk,
        seated(chromium, served, bea, **how) as late,
        seated(chromium, served, jamaica, **how) as asks,
        seated(chromium, served, brazil, **how) as gives,
    ):
        for page in (desk, late):
            page.goto(milk)
        desk.get_by_role("button", name="Shortlist").click()
        expect(desk.locator(".done")).to_contain_text("shortlisted")
        late.get_by_label("Note or comment").fill("They met in Lima.")
        late.get_by_role("button", name="Shortlist").click()
        expect(late.get_by_role("alert")).to_contain_text("Ana (broker) shortlisted it")
        expect(late.get_by_text("They met in Lima.")).to_be_visible()

        case = f"/cases/{served.newest('jam-milk')}"
        desk.goto(case)
        desk.get_by_role("button", name="Propose it to both sides").click()
        expect(desk.get_by_role("status")).to_contain_text("proposed to both sides")
        asks.goto("/proposals")
        expect(asks.locator(".who .count")).to_have_text("1")
        asks.get_by_role("link", name="Human milk banks").first.click()
        asks.get_by_role("button", name="Accept").click()
        gives.goto(case)
        gives.get_by_text("Decline, with a reason").click()
        gives.get_by_role("button", name="Decline").click()
        expect(gives.locator("#fault-decline-reason")).to_have_text("Choose a reason.")
        gives.get_by_role("button", name="Accept").click()
        expect(gives.get_by_role("status")).to_contain_text("agreed")
        asks.goto(case)
        asks.get_by_role("button", name="It is under way").click()
        asks.get_by_text("Report what came of it").click()
        asks.get_by_label("Summary").fill("Twelve nurses in Recife.")
        asks.get_by_role("button", name="Report it").click()
        expect(asks.get_by_role("link", name="Post what you learned as a new offer")).to_be_visible()
        gives.goto(case)
        expect(gives.get_by_text("Twelve nurses in Recife.")).to_be_visible()


def test_axe_finds_nothing_wrong_and_nothing_scrolls_sideways(chromium: Browser, served: Served) -> None:
    milk = served.request("jam-milk")
    broker, jamaica = served.token("broker", "Ana"), served.token("agency", "PIOJ", "JAM")
    with seated(chromium, served, broker) as page:
        page.goto(milk)
        page.get_by_role("button", name="Shortlist").click()
        expect(page.locator(".done")).to_be_visible()
        case = f"/cases/{served.newest('jam-milk')}"
        page.goto(case)
        page.get_by_role("button", name="Propose it to both sides").click()
        page.get_by_label("Comment").fill("In March?")
        page.get_by_role("button", name="Say it").click()
        for path in (
            "/broker",
            "/broker?view=open",
            "/broker?view=stalled",
            served.request("gtm-milk"),
            f"{milk}?offer=chl-milk-{served.number}",
            f"{milk}/by-hand?q=leche",
            f"{milk}/by-hand?offer=nobody",
            case,
        ):
            page.goto(path)
            _looked_at(page)
        page.goto(f"{milk}?offer=col-boys-{served.number}")
        page.get_by_role("button", name="Shortlist").click()
        expect(page.locator("#fault-review-why")).to_be_visible()
        _looked_at(page)
    with seated(chromium, served, jamaica) as page:
        for path in ("/proposals", case):
            page.goto(path)
            _looked_at(page)


def _looked_at(page: Page) -> None:
    """Small and large, light and dark, folded and unfolded."""
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, f"{page.url} is {too_wide} pixels too wide at {width}"
        assert checked(page) == [], f"{page.url}, {width} pixels wide, {scheme}"
        unfold(page)
    small: list[str] = page.locator(
        ".deciding button:visible, .pick label, .lower a, .queue th a"
    ).evaluate_all(
        """(targets, least) => targets
            .filter(one => one.getBoundingClientRect().height < least)
            .map(one => one.outerHTML.slice(0, 200))""",
        LEAST_TARGET,
    )
    assert small == [], page.url
    page.set_viewport_size({"width": 1280, "height": 800})
