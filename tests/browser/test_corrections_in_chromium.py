"""An agency proposes a correction and an editor decides on it, each in a browser of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app import accounts
from app.db import Database
from tests.browser.axe import checked
from tests.serving import serving

LEAST_TARGET = 44
"""CSS pixels that a finger needs on a small screen."""


@dataclass(frozen=True)
class Served:
    """A service with nothing in its database, and keys for it."""

    address: str
    database: Database

    def key(
        self, role: accounts.Role, name: str, *, country: str | None = None, channel: str | None = None
    ) -> str:
        with self.database.transaction() as session:
            secret, _ = accounts.create_key(
                session, role=role, name=name, country=country, channel=channel, now=datetime.now(UTC)
            )
        return secret


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    url = f"sqlite:///{tmp_path_factory.mktemp('corrections')}/puente.db"
    with serving(url) as address:
        database = Database(url)
        yield Served(address, database)
        database.close()


@contextmanager
def sitting(chromium: Browser, served: Served, key: str | None = None, **how: Any) -> Iterator[Page]:
    """A page of somebody who has signed in; errors of scripts fail the test."""
    width = how.pop("width", 1280)
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, locale="en", base_url=served.address, **how
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        if key is not None:
            page.goto("/sign-in?next=/corrections")
            page.get_by_label("Key").fill(key)
            page.get_by_role("button", name="Use the key").click()
            expect(page).to_have_url(f"{served.address}/corrections")
        yield page
    finally:
        context.close()
    assert errors == []


def fill_in(page: Page, *, role: str, note: str) -> None:
    """Fill in the form of a reading, but not who published the report."""
    page.get_by_label("Sector").select_option(label="Health")
    page.get_by_label("Channel").select_option(label="PAHO")
    page.get_by_label("Role").select_option(role)
    page.get_by_label("Note").fill(note)
    page.get_by_label("Title").fill("Annual report")
    page.get_by_label("Year").fill("2013")
    page.get_by_label("Page, section or address").fill("page 41")
    page.get_by_label("Why").fill("We have taken part\nsince 2012.")
    page.get_by_role("button", name="Propose it").click()


@pytest.mark.parametrize(
    ("width", "scripts"), [(1280, True), (360, False)], ids=["on a desk", "small and without JavaScript"]
)
def test_an_agency_proposes_an_editor_accepts_and_another_comes_too_late(
    chromium: Browser, served: Served, width: int, scripts: bool
) -> None:
    how: dict[str, Any] = {"width": width, "java_script_enabled": scripts}
    name = f"PIOJ {width} {scripts}"
    agency = served.key("agency", name, country="JAM")
    one, other = served.key("administrator", f"One of {name}"), served.key("administrator", "Other")
    with (
        sitting(chromium, served, **how) as ours,
        sitting(chromium, served, one, **how) as desk,
        sitting(chromium, served, other, **how) as late,
    ):
        # Somebody unknown follows a link, signs in, and is where they wanted to be.
        ours.goto("/corrections/new/country/JAM")
        expect(ours.get_by_role("heading", level=1)).to_have_text("Sign in")
        ours.get_by_label("Key").fill(agency[:-1])
        ours.get_by_role("button", name="Use the key").click()
        expect(ours.get_by_text("This key is unknown")).to_be_visible()
        ours.get_by_label("Key").fill(agency)
        ours.get_by_role("button", name="Use the key").click()
        expect(ours.get_by_role("heading", level=1)).to_contain_text("Jamaica")

        # The form comes back with what is at fault and as it was filled in, is mended and kept.
        ours.locator("section", has_text="Row of Annex 1").get_by_role("link", name="add").click()
        fill_in(ours, role="receiver", note=f"Note of {name}")
        expect(ours.get_by_role("alert")).to_contain_text("It was not kept.")
        expect(ours.get_by_label("Publisher")).to_have_attribute("aria-invalid", "true")
        expect(ours.locator("#fault-publisher")).to_have_text("A new document needs its publisher.")
        expect(ours.get_by_label("Sector")).to_have_value("health")
        expect(ours.get_by_label("Channel")).to_have_value("paho")
        expect(ours.get_by_label("Role")).to_have_value("receiver")
        expect(ours.get_by_label("Note")).to_have_value(f"Note of {name}")
        expect(ours.get_by_label("Year")).to_have_value("2013")
        expect(ours.get_by_label("Why")).to_have_value("We have taken part\nsince 2012.")
        ours.get_by_label("Publisher").fill("Ministry of Health")
        ours.get_by_role("button", name="Propose it").click()
        expect(ours.get_by_text("waiting for an editor")).to_be_visible()
        expect(ours.get_by_role("button", name="Accept")).to_have_count(0)
        where = ours.url

        # Two editors look at it; both sides stand there with the source.
        for editor in (desk, late):
            editor.goto("/corrections")
            editor.get_by_role("listitem").filter(has_text=name).get_by_role("link").click()
            expect(editor).to_have_url(where)
            sides = editor.locator(".side")
            expect(sides.nth(0)).to_contain_text("nothing")
            expect(sides.nth(1)).to_contain_text(f"Note of {name}")
            expect(editor.get_by_text("Annual report. Ministry of Health, 2013, page 41")).to_be_visible()
        desk.get_by_label("Note, for whoever proposed it").fill("Compared with the report.")
        desk.get_by_role("button", name="Accept").click()
        expect(desk).to_have_url(where)
        expect(desk.get_by_role("heading", name="Decision")).to_be_visible()
        expect(desk.get_by_role("button", name="Accept")).to_have_count(0)

        # The second has an old page, and hears who was first.
        late.get_by_role("button", name="Refuse").click()
        expect(late.get_by_role("heading", level=1)).to_have_text("It was changed in the meantime")
        expect(late.locator("main")).to_contain_text(f"was accepted by One of {name} already.")

        # Whoever proposed it reads what came of it, and signs out.
        ours.reload()
        expect(ours.get_by_text("Compared with the report.")).to_be_visible()
        ours.get_by_role("button", name="Sign out").click()
        expect(ours.get_by_role("link", name="Sign in")).to_be_visible()
        ours.goto(where)
        expect(ours.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_an_item_is_proposed_to_be_taken_out_and_an_editor_refuses(chromium: Browser, served: Served) -> None:
    paho = served.key("partner", "PAHO office", channel="paho")
    with sitting(chromium, served, paho) as ours:
        ours.get_by_role("link", name="Propose a correction").click()
        facts = ours.locator("section", has=ours.get_by_role("heading", name="Facts"))
        facts.get_by_role("link", name="correct").first.click()
        expect(ours.get_by_text("It says now:")).to_be_visible()
        ours.get_by_label("A document of the register").select_option("undp-2011")
        ours.get_by_label("Page, section or address").fill("PAHO, funding")
        ours.get_by_label("Why").fill("It is no longer so.")
        ours.get_by_role("button", name="Propose to take it out").click()
        expect(ours.get_by_text("to be taken out")).to_be_visible()
        where = ours.url
    with sitting(chromium, served, served.key("administrator", "Editor")) as desk:
        desk.goto(where)
        expect(desk.locator(".side").nth(1)).to_contain_text("nothing")
        desk.get_by_role("button", name="Refuse").click()
        expect(desk.locator("main")).to_contain_text("refused")


def test_the_enter_key_proposes_and_takes_nothing_out(chromium: Browser, served: Served) -> None:
    agency = served.key("agency", "PIOJ by keyboard", country="JAM")
    with sitting(chromium, served, agency) as page:
        page.goto("/corrections/new/country/JAM/variants?item=0")
        if page.get_by_label("Text").count() == 0:
            page.goto("/corrections/new/country/JAM/languages?item=0")
        page.get_by_label("Text").fill("es")
        page.get_by_label("A document of the register").select_option("undp-2011")
        page.get_by_label("Why").fill("It is spoken.")
        page.get_by_label("Page, section or address").fill("page 1")
        page.get_by_label("Page, section or address").press("Enter")
        expect(page.get_by_text("to be changed")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_small_screen_nothing_scrolls_sideways_targets_are_large_and_axe_finds_nothing_wrong(
    chromium: Browser, served: Served, scheme: str
) -> None:
    """Also with words that nobody can break, as addresses on the web are."""
    long = f"https://example.org/{'x' * 220}"
    agency = served.key("agency", f"Instituto de Planificación {scheme}", country="JAM")
    editor = served.key("administrator", "E" * 60)
    with sitting(chromium, served, agency, width=360, color_scheme=scheme) as page:
        for path in ("/corrections", "/corrections/new/country/JAM", "/corrections?status=refused"):
            page.goto(path)
            fits(page)
        page.goto("/corrections/new/country/JAM/coverage")
        fits(page)
        fill_in(page, role="provider", note=long + scheme)
        expect(page.get_by_role("alert")).to_be_visible()
        fits(page)
        page.get_by_label("Publisher").fill(long)
        page.get_by_label("Page, section or address").fill(long)
        page.get_by_label("Why").fill(long)
        page.get_by_role("button", name="Propose it").click()
        expect(page.get_by_text("waiting for an editor")).to_be_visible()
        fits(page)
        where = page.url
        page.goto("/corrections/new/country/BRA")
        expect(page.get_by_role("heading", level=1)).to_have_text("This is not yours to do")
        fits(page)
    with sitting(chromium, served, editor, width=360, color_scheme=scheme) as page:
        fits(page)
        page.goto(where)
        fits(page)
        page.get_by_label("Note, for whoever proposed it").fill(long)
        page.get_by_role("button", name="Accept").click()
        expect(page.get_by_role("heading", name="Decision")).to_be_visible()
        fits(page)
        for path in (
            "/corrections/new/channel/paho",
            "/corrections/new/channel/paho/themes?item=0",
            "/corrections/new/instrument/ct-intra",
            "/corrections/new/instrument/ct-intra/steps?item=0",
        ):
            page.goto(path)
            fits(page)
    with sitting(chromium, served, width=360, color_scheme=scheme) as page:
        page.goto("/sign-in")
        fits(page)


def fits(page: Page) -> None:
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0, f"{page.url} is {too_wide} pixels too wide"
    small: list[str] = page.locator("main button, main select, main input, header button").evaluate_all(
        """(targets, least) => targets
            .filter(target => target.checkVisibility())
            .filter(target => target.getBoundingClientRect().height < least)
            .map(target => target.outerHTML)""",
        LEAST_TARGET,
    )
    assert small == [], page.url
    assert checked(page) == [], page.url
