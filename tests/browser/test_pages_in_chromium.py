"""The pages in a real browser: quiet, by themselves, on a small screen, without JavaScript, by keyboard."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app.workbench.words import LANGUAGES

REQUEST = "/requests/hti-eau-cholera"
PAGES = (
    "/",
    "/requests",
    "/offers?sector=health",
    REQUEST,
    "/catalogue",
    "/channels/paho",
    "/instruments/paho-tcc",
    "/countries/BRA",
    "/sectors/health",
    "/coverage",
    "/coverage?area=HTI",
    "/coverage?sector=health",
)
LEAST_TARGET = 44
"""CSS pixels that a finger needs on a small screen."""


@contextmanager
def looking(chromium: Browser, *, width: int = 1280, **how: Any) -> Iterator[Page]:
    """A page of a visitor who has not been here; what the console complains of fails the test."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="en", **how)
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def pair_in_full(page: Page, address: str) -> str:
    """The path of the best pair of the request."""
    page.goto(address + REQUEST)
    path = page.locator(".suggestion h3 a").first.get_attribute("href")
    assert path
    return path


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_complains_calls_out_or_scrolls_sideways(
    chromium: Browser, address: str, width: int, scheme: str
) -> None:
    asked: list[str] = []
    with looking(chromium, width=width, color_scheme=scheme) as page:
        page.on("request", lambda request: asked.append(request.url))
        for path in (*PAGES, pair_in_full(page, address)):
            answer = page.goto(address + path)
            assert answer is not None
            assert answer.status == 200, path
            too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert too_wide <= 0, f"{path} is {too_wide} pixels too wide"
    assert [url for url in asked if not url.startswith(f"{address}/")] == []


def test_everything_can_be_done_without_javascript(chromium: Browser, address: str) -> None:
    with looking(chromium, java_script_enabled=False) as page:
        page.goto(address + "/requests")
        page.get_by_label("Sector").select_option("health")
        page.get_by_role("button", name="Show").click()
        assert "sector=health" in page.url
        page.locator(".brief > a").first.click()
        source = page.locator("#suggestions .source").first
        assert not source.locator("p").is_visible()
        source.locator("summary").click()
        assert source.locator("p").is_visible()
        page.get_by_role("link", name="The pair in full").first.click()
        assert page.locator("mark").count() > 0


@pytest.mark.parametrize("path", PAGES)
def test_the_first_tab_shows_the_way_past_the_menu(chromium: Browser, address: str, path: str) -> None:
    with looking(chromium) as page:
        page.goto(address + path)
        page.keyboard.press("Tab")
        skip = page.locator(".skip")
        assert skip.evaluate("skip => skip === document.activeElement")
        place = skip.bounding_box()
        assert place is not None
        assert place["x"] >= 0
        assert place["y"] >= 0
        assert place["width"] > 100
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_keys_j_and_k_go_from_suggestion_to_suggestion(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(address + REQUEST)
        titles = page.locator(".suggestion h3 a")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement === document.body")
        titles.nth(0).focus()
        page.keyboard.press("j")
        assert titles.nth(1).evaluate("title => title === document.activeElement")
        page.keyboard.press("k")
        assert titles.nth(0).evaluate("title => title === document.activeElement")


def test_the_bars_of_a_score_add_up_to_its_whole(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(address + REQUEST)
        drawn = page.locator(".waterfall").first
        widths: list[float] = drawn.locator("tbody rect.adds").evaluate_all(
            "bars => bars.map(bar => bar.getBoundingClientRect().width)"
        )
        whole: float = drawn.locator("rect.total").evaluate("bar => bar.getBoundingClientRect().width")
        assert len(widths) > 2
        assert sum(widths) == pytest.approx(whole, abs=1.0)


def test_on_a_small_screen_the_matrix_is_a_list_and_targets_are_large(
    chromium: Browser, address: str
) -> None:
    with looking(chromium, width=360) as page:
        page.goto(address + "/coverage")
        assert not page.locator(".matrix").is_visible()
        assert page.locator(".by-one").is_visible()
        small: list[str] = page.locator("nav a, .links a, button, select, summary").evaluate_all(
            """(targets, least) => targets
                .filter(target => target.checkVisibility())
                .filter(target => target.getBoundingClientRect().height < least)
                .map(target => target.outerHTML)""",
            LEAST_TARGET,
        )
        assert small == []


def test_the_language_stays_with_the_visitor(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(address)
        page.locator(".languages").get_by_role("link", name="Español").click()
        assert page.locator("html").get_attribute("lang") == "es"
        page.get_by_role("link", name="Catálogo", exact=True).first.click()
        assert page.locator("html").get_attribute("lang") == "es"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_the_longer_words_of_other_languages_fit_a_small_screen_too(
    chromium: Browser, address: str, language: str
) -> None:
    with looking(chromium, width=360) as page:
        page.goto(f"{address}/?lang={language}")
        for path in (REQUEST, "/catalogue", "/coverage", "/support?country=JAM&sector=social"):
            page.goto(address + path)
            assert page.locator("html").get_attribute("lang") == language
            too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert too_wide <= 0, f"{path} is {too_wide} pixels too wide"
            rows: list[float] = page.locator(".languages a").evaluate_all(
                "links => links.map(link => link.getBoundingClientRect().top)"
            )
            assert len(rows) == len(LANGUAGES)
            assert len(set(rows)) == 1, "the switch of languages takes more than one row"


def test_tab_reaches_the_first_suggestion_by_way_of_the_text(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(address + REQUEST)
        first = page.locator(".suggestion h3 a").first
        for _ in range(40):
            page.keyboard.press("Tab")
            if first.evaluate("link => link === document.activeElement"):
                break
        assert first.evaluate("link => link === document.activeElement")
        assert first.evaluate("link => getComputedStyle(link).outlineStyle") == "solid"


def test_a_reader_who_wants_it_dark_gets_it_dark(chromium: Browser, address: str) -> None:
    shades = {}
    for scheme in ("light", "dark"):
        with looking(chromium, color_scheme=scheme) as page:
            page.goto(address)
            shades[scheme] = page.evaluate(
                "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
            )
    assert min(shades["light"]) > 200
    assert max(shades["dark"]) < 60
