"""An agency writes in a real browser: with scripts and without, by keyboard, on a small screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app import accounts, intake, postings
from app.catalogue import Catalogue
from app.db import Database
from app.matching.posting import Kind
from tests.browser.axe import checked
from tests.browser.test_support_in_chromium import unfold
from tests.serving import serving
from tests.web.visitors import a_request, an_offer

NEW = "/own/requests/new"
BOYS = "Keeping boys out of violence"
YOUNG_MEN = "Programmes that work with young men, their families and their schools."
LEITE = (
    "Apoio à criação de bancos de leite humano em hospitais públicos, com formação das equipes "
    "e promoção da amamentação; não há açúcar, só coração."
)
LEAST_TARGET = 44
"""CSS pixels that a finger needs on a small screen."""


@dataclass(frozen=True)
class Served:
    """A service, its database, and agencies of their own for every test."""

    address: str
    database: Database
    catalogue: Catalogue

    def session(self, country: str) -> str:
        """The token of somebody of a country's agency who has just signed in."""
        now = datetime.now(UTC)
        with self.database.transaction() as session:
            secret, _ = accounts.create_key(
                session, role="agency", name=f"agency {country}", country=country, now=now
            )
            opened = accounts.sign_in(session, secret, now=now)
        assert opened is not None
        return opened[0]

    def post(self, kind: Kind, body: dict[str, Any]) -> str:
        now = datetime.now(UTC)
        id = f"{kind}-{now.timestamp()}".replace(".", "-")
        taken = intake.read(kind, body, self.catalogue, id=id, today=now.date())
        with self.database.transaction() as session:
            postings.add(session, taken, by=accounts.OPERATOR, now=now)
        return id

    def held(self, kind: Kind, country: str) -> list[Any]:
        with self.database.reading() as session:
            return list(
                postings.listed(
                    session,
                    kind,
                    postings.Wanted(country=country),
                    asker=accounts.OPERATOR.asker,
                    limit=50,
                    cursor=None,
                    today=datetime.now(UTC).date(),
                ).items
            )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Iterator[Served]:
    url = f"sqlite:///{tmp_path_factory.mktemp('own')}/puente.db"
    with serving(url) as address:
        database = Database(url)
        yield Served(address, database, catalogue)
        database.close()


@contextmanager
def sitting(chromium: Browser, served: Served, country: str, **how: Any) -> Iterator[Page]:
    """A page of somebody of a country's agency; what the console complains of fails the test.

    Not so what it says of a form that was refused, or of a service that is out of reach.
    """
    width = how.pop("width", 1280)
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, locale="en", base_url=served.address, **how
    )
    context.add_cookies([{"name": "session", "value": served.session(country), "url": served.address}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text)
            if said.type in ("error", "warning") and not said.text.startswith("Failed to load resource")
            else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def fits(page: Page) -> None:
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0, f"{page.url} is {too_wide} pixels too wide"


@pytest.mark.parametrize(
    ("country", "width", "scripts"),
    [("JAM", 1280, True), ("BRB", 360, False)],
    ids=["on a desk", "small and without JavaScript"],
)
def test_an_agency_drafts_mends_publishes_renews_withdraws_and_deletes(
    chromium: Browser, served: Served, country: str, width: int, scripts: bool
) -> None:
    with sitting(chromium, served, country, width=width, java_script_enabled=scripts) as page:
        page.goto("/")
        page.get_by_role("link", name="My postings").click()
        expect(page.get_by_text("Nothing is written yet")).to_be_visible()
        page.get_by_role("link", name="Write a request").click()

        # Faults in several fields: one summary that leads to each, and the form as it was filled in.
        page.get_by_label("Title").fill(BOYS)
        page.get_by_label("E-mail of the contact").fill("nobody")
        page.get_by_role("group", name="Sectors").get_by_label("Health").check()
        page.get_by_text("Budget and other countries").click()
        page.get_by_label("Budget, in US dollars").fill("a lot")
        page.get_by_role("button", name="Save as a draft").click()
        summary = page.get_by_role("alert")
        expect(summary).to_contain_text("It was not kept.")
        expect(summary).to_be_focused()
        for label in ("Description", "E-mail of the contact", "Name of the contact", "Budget, in US dollars"):
            expect(page.get_by_label(label, exact=True)).to_have_attribute("aria-invalid", "true")
            expect(page.get_by_label(label, exact=True)).to_be_visible()
            expect(summary.get_by_role("link", name=label, exact=True)).to_be_visible()
        expect(page.get_by_label("Title")).to_have_value(BOYS)
        expect(page.get_by_role("group", name="Sectors").get_by_label("Health")).to_be_checked()
        fits(page)

        page.get_by_label("Description").fill(YOUNG_MEN)
        page.get_by_label("E-mail of the contact").fill("grace@example.org")
        page.get_by_label("Name of the contact").fill("Grace")
        page.get_by_label("Budget, in US dollars").fill("15,000")
        page.get_by_label("Last day").fill(in_days(10))
        page.get_by_role("button", name="Save as a draft").click()
        expect(page.get_by_role("status")).to_contain_text("It is kept as a draft.")
        (draft,) = served.held("request", country)
        assert (draft.status, draft.budget_usd, draft.sectors) == ("draft", 15_000, ("health",))

        # Published, it expires within thirty days and stands on top with a renewal.
        page.get_by_role("button", name=f"Publish: {BOYS}").click()
        expect(page.get_by_role("status")).to_contain_text("It is published")
        expiring = page.locator("#expiring")
        expiring.get_by_role("button", name="Renew by 365 days").click()
        expect(page.get_by_role("status")).to_contain_text("It is renewed.")
        (renewed,) = served.held("request", country)
        assert renewed.valid_until == date.fromisoformat(in_days(365))
        page.get_by_text("Renew until a day").click()
        page.get_by_label("Last day").fill(in_days(-1))
        page.get_by_role("button", name="Renew", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("is in the past.")
        fits(page)
        page.get_by_label("Last day").fill(in_days(90))
        page.get_by_role("button", name="Renew", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("It is renewed.")

        page.get_by_role("button", name=f"Withdraw: {BOYS}").click()
        expect(page.locator("#withdrawn")).to_contain_text(BOYS)
        page.get_by_role("link", name=f"Delete: {BOYS}").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Delete this posting?")
        page.get_by_role("button", name="Delete it for good").click()
        expect(page.get_by_text("Nothing is written yet")).to_be_visible()
        assert served.held("request", country) == []


def test_while_somebody_writes_what_is_understood_stands_beside_it(chromium: Browser, served: Served) -> None:
    before = served.post("request", a_request(title=BOYS, description=YOUNG_MEN, country="GUY"))
    with sitting(chromium, served, "GUY") as page:
        page.goto(NEW)
        found = page.locator("#found")
        expect(found).to_contain_text("Write a title and a description")
        page.get_by_label("Title").fill(BOYS)
        page.get_by_label("Description").press_sequentially("Programmes that work with young men, ")
        expect(found).to_contain_text("The text reads as English.")
        expect(found).to_contain_text("It can be kept as it is.")
        expect(page.get_by_label("Description")).to_be_focused()
        page.get_by_label("Description").press_sequentially("their families and their schools.")
        again = found.get_by_role("link", name=BOYS)
        expect(again).to_have_attribute("href", f"/own/requests/{before}/edit")
        expect(found).to_contain_text("says almost the same")

        # A suggestion is taken without leaving the text, and its box says so.
        take = found.get_by_role("button", name="Choose").first
        chosen = take.get_attribute("value") or ""
        name, _, slug = chosen.partition(":")
        box = page.locator(f'input[name="{name}"][value="{slug}"]')
        expect(box.locator("xpath=..").locator(".suggested")).to_be_visible()
        take.click()
        expect(box).to_be_checked()
        expect(take).to_have_attribute("aria-pressed", "true")
        expect(take).to_be_focused()

        # What is found meanwhile waits until the focus has left.
        page.wait_for_timeout(1500)
        expect(take).to_be_focused()
        page.get_by_label("Title").focus()
        expect(found.locator(f'[data-suggests="{chosen}"]')).to_contain_text("chosen")
        expect(page.get_by_label("Title")).to_be_focused()

        # What is wrong is told too, with the way to its field.
        page.get_by_label("Last day").fill("2020-01-31")
        expect(found).to_contain_text("2020-01-31 is in the past.")
        found.get_by_role("link", name="Last day").click()
        expect(page.get_by_label("Last day")).to_be_in_viewport()
        assert len(served.held("request", "GUY")) == 1, "looking keeps nothing"


def test_an_answer_to_an_older_text_is_dropped(chromium: Browser, served: Served) -> None:
    with sitting(chromium, served, "SUR") as page:
        held: list[Route] = []

        def hold_the_first(route: Route) -> None:
            if held:
                route.continue_()
            else:
                held.append(route)

        page.route("**/own/check", hold_the_first)
        page.goto("/own/offers/new")
        page.get_by_label("Title").fill("Water for small towns, and how it is managed by the towns")
        page.wait_for_timeout(1000)
        assert held, "the first look is on its way"
        page.get_by_label("Title").fill("Bancos de leite humano em hospitais públicos e maternidades")
        expect(page.locator("#found")).to_contain_text("The text reads as Portuguese.")
        page.wait_for_timeout(300)
        expect(page.locator("#found")).to_contain_text("The text reads as Portuguese.")


def test_when_the_service_is_out_of_reach_writing_goes_on(chromium: Browser, served: Served) -> None:
    with sitting(chromium, served, "SUR") as page:
        page.route("**/own/check", lambda route: route.abort())
        page.goto("/own/offers/new")
        page.get_by_label("Title").fill("Bancos de leite humano em hospitais públicos")
        page.wait_for_timeout(1000)
        page.unroute("**/own/check")
        page.get_by_label("Description").fill(LEITE)
        expect(page.locator("#found")).to_contain_text("The text reads as Portuguese.")
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("status")).to_contain_text("It is published")
        (kept,) = served.held("offer", "SUR")
        assert kept.description == LEITE


def test_without_scripts_the_button_tells_the_same_and_takes_a_suggestion(
    chromium: Browser, served: Served
) -> None:
    with sitting(chromium, served, "TTO", width=360, java_script_enabled=False) as page:
        page.goto(NEW)
        page.get_by_label("Title").fill(BOYS)
        page.get_by_label("Description").fill(YOUNG_MEN)
        page.get_by_role("button", name="Check").first.click()
        found = page.locator("#findings")
        expect(found).to_contain_text("The text reads as English.")
        expect(found).to_be_in_viewport()
        take = found.get_by_role("button", name="Choose").first
        name, _, slug = (take.get_attribute("value") or "").partition(":")
        take.click()
        expect(page.locator(f'input[name="{name}"][value="{slug}"]')).to_be_checked()
        expect(page.get_by_label("Description")).to_have_value(YOUNG_MEN)
        assert served.held("request", "TTO") == []


def test_everything_is_done_by_keyboard(chromium: Browser, served: Served) -> None:
    with sitting(chromium, served, "DOM") as page:
        page.goto("/own/offers/new")
        page.get_by_label("Title").focus()
        page.keyboard.type("Bancos de leite humano")
        # Enter in a line never stores: it looks, which the first button of the form does too.
        page.keyboard.press("Enter")
        expect(page.locator("#found")).to_contain_text("Still missing: Description")
        assert served.held("offer", "DOM") == []
        page.get_by_label("Title").focus()
        page.keyboard.press("Tab")
        expect(page.get_by_label("Description")).to_be_focused()
        page.keyboard.type("Apoio à criação de bancos de leite.")
        publish = page.get_by_role("button", name="Publish")
        for _ in range(120):
            if publish.evaluate("button => button === document.activeElement"):
                break
            page.keyboard.press("Tab")
        expect(publish).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("It is published")
        assert len(served.held("offer", "DOM")) == 1


def test_ten_thousand_characters_in_portuguese_go_through_the_browser_unchanged(
    chromium: Browser, served: Served
) -> None:
    text = (LEITE + "\n\n") * 200
    whole = text[:9_998].rstrip().ljust(10_000, "ã")
    with sitting(chromium, served, "BRA") as page:
        page.goto("/own/offers/new")
        page.get_by_label("Title").fill("Bancos de leite: formação contínua")
        page.get_by_label("Description").fill(whole)
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("status")).to_contain_text("It is published")
        (kept,) = served.held("offer", "BRA")
        assert kept.description == whole
        page.get_by_role("link", name="Edit: Bancos de leite").click()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("It is saved.")
        (still,) = served.held("offer", "BRA")
        assert still.version == kept.version, "nothing was changed by a browser that writes line ends its way"


@pytest.mark.parametrize(("width", "scripts"), [(1280, True), (360, False)])
def test_two_colleagues_change_the_same_posting_and_nothing_is_lost(
    chromium: Browser, served: Served, width: int, scripts: bool
) -> None:
    how: dict[str, Any] = {"width": width, "java_script_enabled": scripts}
    id = served.post("offer", an_offer(country="URY", title="Leche", keywords=["leche"]))
    here = f"/own/offers/{id}/edit"
    with sitting(chromium, served, "URY", **how) as one, sitting(chromium, served, "URY", **how) as other:
        one.goto(here)
        other.goto(here)
        one.get_by_label("Title").fill("Bancos de leche humana")
        one.get_by_role("group", name="Sectors").get_by_label("Health").check()
        one.get_by_role("button", name="Save", exact=True).click()
        expect(one.get_by_role("status")).to_contain_text("It is saved.")

        other.get_by_label("Title").fill("Bancos de leche")
        other.get_by_label("Exchanges at a time").fill("3")
        other.get_by_role("button", name="Save", exact=True).click()
        told = other.get_by_role("alert")
        expect(told).to_be_focused()
        expect(told).to_contain_text("Title: Bancos de leche humana You changed it too")
        expect(told).to_contain_text("Sectors: Health You did not change it")
        expect(other.get_by_label("Title")).to_have_value("Bancos de leche")
        expect(other.get_by_role("group", name="Sectors").get_by_label("Health")).to_be_checked()
        fits(other)
        other.get_by_role("button", name="Save", exact=True).click()
        expect(other.get_by_role("status")).to_contain_text("It is saved.")
    with served.database.reading() as session:
        kept = postings.get(
            session, "offer", id, asker=accounts.OPERATOR.asker, today=datetime.now(UTC).date()
        )
    assert (kept.title, kept.sectors, kept.capacity) == ("Bancos de leche", ("health",), 3)


def faulty(page: Page) -> None:
    page.goto(NEW)
    page.get_by_label("E-mail of the contact").fill("nobody")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(
    chromium: Browser, served: Served, width: int, scheme: str
) -> None:
    country = {1280: "CHL", 360: "PER"}[width]
    long = "Institucionalização do monitoramento " * 5
    id = served.post("offer", an_offer(country=country, title=long.strip(), valid_until=in_days(5)))
    served.post("request", a_request(country=country, status="draft", description=long * 20))
    with sitting(chromium, served, country, width=width, color_scheme=scheme) as page:
        for path in ("/own", "/own?status=fulfilled", f"/own/offers/{id}/edit", f"/own/offers/{id}/delete"):
            page.goto(path)
            unfold(page)
            fits(page)
            assert checked(page) == [], path
        faulty(page)
        fits(page)
        assert checked(page) == []
        page.get_by_label("Title").fill(BOYS)
        page.get_by_label("Description").fill(YOUNG_MEN)
        expect(page.locator("#found")).to_contain_text("The text reads as English.")
        fits(page)
        assert checked(page) == []


def test_a_finger_finds_every_button_on_a_small_screen(chromium: Browser, served: Served) -> None:
    served.post("offer", an_offer(country="ARG", valid_until=in_days(5)))
    with sitting(chromium, served, "ARG", width=360, has_touch=True) as page:
        for path in ("/own", NEW):
            page.goto(path)
            small = page.evaluate(
                """least => [...document.querySelectorAll(
                        "main :is(button, a.button, summary, select, label)")]
                    .filter(one => one.checkVisibility() && !one.htmlFor)
                    .filter(one => one.getBoundingClientRect().height < least)
                    .map(one => one.outerHTML.slice(0, 120))""",
                LEAST_TARGET,
            )
            assert small == [], path
