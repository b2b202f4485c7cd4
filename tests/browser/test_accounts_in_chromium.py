"""Somebody is let in by a link, chooses a password, signs out and in again, and changes what is theirs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app import people
from app.db import Database
from tests.browser.axe import checked
from tests.browser.test_corrections_in_chromium import Served, sitting
from tests.serving import serving

PASSWORD = "leche y miel para todas"


@dataclass(frozen=True)
class Door(Served):
    """A service with nothing in its database, and links into it."""

    def link(self, email: str, **told: Any) -> str:
        now = datetime.now(UTC)
        with self.database.transaction() as session:
            person = people.create(session, role="agency", email=email, now=now, **told)
            return f"/welcome/{people.invite(session, person.id, now=now)}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    url = f"sqlite:///{tmp_path_factory.mktemp('accounts')}/puente.db"
    with serving(url) as address:
        database = Database(url)
        yield Door(address, database)
        database.close()


def sound(page: Page) -> None:
    """Nothing is wrong with a page for those who see or move less well, in either scheme."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert checked(page) == [], f"{page.url}, {scheme}"
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize(
    ("width", "scripts"), [(1280, True), (360, False)], ids=["on a desk", "small and without JavaScript"]
)
def test_an_agency_comes_in_by_a_link_and_returns_with_its_password(
    chromium: Browser, served: Door, width: int, scripts: bool
) -> None:
    email = f"ana{width}@example.org"
    link = served.link(email, name="Ana María Fernández de los Ríos", country="JAM", language="en")
    with sitting(chromium, served, width=width, java_script_enabled=scripts) as page:
        look = sound if scripts else lambda _: None
        page.goto(link)
        expect(page.locator("main")).to_contain_text(email)
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_label("The same again").fill("leche y miel para todos")
        page.get_by_role("button", name="Set the password").click()
        expect(page.get_by_label("The same again")).to_have_attribute("aria-invalid", "true")
        look(page)
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        page.get_by_role("button", name="Set the password").click()
        expect(page.get_by_role("status")).to_contain_text("you are signed in")
        look(page)

        # Once used, the link is good for nothing; the password is.
        page.get_by_role("button", name="Sign out").click()
        page.goto(link)
        expect(page.get_by_role("heading", level=1)).to_contain_text("good for nothing")
        page.goto("/sign-in?next=/account")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill("not my password")
        page.get_by_label("Password").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")
        expect(page.get_by_label("E-mail address")).to_have_value(email)
        expect(page.get_by_label("Password")).to_have_value("")
        look(page)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page).to_have_url(f"{served.address}/account")

        # What is chosen is kept, and the page follows.
        page.get_by_label("Language of the pages").select_option("fr")
        page.get_by_label("One mail a day").check()
        page.get_by_role("button", name="Save").click()
        expect(page.locator("html")).to_have_attribute("lang", "fr")
        expect(page.get_by_role("radio", checked=True)).to_have_value("daily")
        look(page)


def test_at_360_pixels_every_control_of_these_pages_is_large_enough(chromium: Browser, served: Door) -> None:
    link = served.link("eva@example.org", name="Eva", country="BRA", language="pt")
    with sitting(chromium, served, width=360) as page:
        page.goto("/sign-in")
        sound(page)
        page.goto(link)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=again]").fill(PASSWORD)
        page.locator("main button").click()
        expect(page).to_have_url(f"{served.address}/account?done=welcome")
        sound(page)
        for one in (
            page.locator("main").locator("button, select, input:not([type=hidden]), label.choice").all()
        ):
            box = one.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= (17 if one.get_attribute("type") == "radio" else 28)
