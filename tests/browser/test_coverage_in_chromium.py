"""Annex 1 in a real browser: it narrows while one chooses, and shows in place what the server would show."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.browser.test_pages_in_chromium import looking

CHOICES = (
    {"channel": "paho"},
    {"role": "receiver"},
    {"channel": "undp", "role": "receiver"},
    {"sector": "health"},
    {"sector": "gender", "role": "provider"},
    {"area": "HTI"},
    {"area": "lac"},
    {"area": "ATG"},
    {"area": "BRA", "sector": "public-sector"},
    {"area": "JAM", "channel": "paho"},
)
WORDS = ".tile, .region a, .region-key, .matrix th, .matrix td a, .counted, .go, .unknown, .condition *"
CONTRAST = """all => {
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(part => part / 255)
            .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = from => {
        const colour = getComputedStyle(from).backgroundColor;
        const clear = colour.startsWith("rgba(0, 0, 0, 0");
        return clear && from.parentElement ? ground(from.parentElement) : colour;
    };
    const contrast = one => {
        const [ink, paper] = [light(getComputedStyle(one).color), light(ground(one))];
        return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    };
    return all.filter(one => one.checkVisibility() && contrast(one) < 4.5).map(one => one.outerHTML);
}"""
"""The elements whose words do not stand out from their ground by 4.5 to 1 (WCAG 2.2, 1.4.3)."""


def drawn(page: Page) -> str:
    """What is shown, without what only the module adds to move about in it."""
    markup: str = page.locator("#picture:not([hidden]), #one:not([hidden])").evaluate("one => one.innerHTML")
    bare = re.sub(r' (tabindex="(0|-1)"|role="grid")', "", markup)
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", bare)).strip()


def focused(one: Locator) -> bool:
    found: bool = one.evaluate("one => one === document.activeElement")
    return found


def cell(page: Page, area: str, column: int) -> Locator:
    return page.locator(f"[data-area={area}] > :nth-child({column})")


@pytest.mark.parametrize("chosen", CHOICES, ids=lambda chosen: "-".join(chosen.values()))
def test_what_is_chosen_is_drawn_in_place_as_the_server_draws_it(
    chromium: Browser, address: str, chosen: dict[str, str]
) -> None:
    asked: list[str] = []
    with looking(chromium) as page:
        page.goto(f"{address}/coverage")
        page.on("request", lambda request: asked.append(request.url))
        for name, value in chosen.items():
            page.locator(f"select[name={name}]").select_option(value)
        here, in_place = page.url, drawn(page)
        counted = page.locator("#counted").inner_text()
        # A browser may look for the icon of an address that is new to it.
        assert [url for url in asked if "/static/icon." not in url] == []

        page.goto(here)

        assert drawn(page) == in_place
        assert page.locator("#counted").inner_text() == counted
        assert {name: page.locator(f"select[name={name}]").input_value() for name in chosen} == chosen


def test_it_is_drawn_in_place_in_the_language_of_the_reader(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        for name, value in (("role", "both"), ("area", "HTI"), ("sector", "health")):
            page.goto(f"{address}/coverage?lang=es")
            page.locator(f"select[name={name}]").select_option(value)
            in_place = drawn(page), page.locator("#counted").inner_text()
            page.goto(page.url)
            assert page.locator("html").get_attribute("lang") == "es"
            assert (drawn(page), page.locator("#counted").inner_text()) == in_place


def test_without_javascript_a_button_and_links_do_the_same(chromium: Browser, address: str) -> None:
    with looking(chromium, java_script_enabled=False) as page:
        page.goto(f"{address}/coverage")
        page.get_by_label("Channel").select_option("unicef")
        page.get_by_role("button", name="Show").click()
        assert page.locator("#counted").inner_text() == "14 readings"
        cell(page, "HTI", 3).locator("a").click()
        assert page.get_by_role("heading", name="Haiti, Childhood and youth").is_visible()
        page.locator(".source summary").first.click()
        assert page.locator(".source q").first.inner_text() == "UNICEF (r)"


def test_back_and_forward_go_through_what_was_chosen(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(f"{address}/coverage?sector=health")
        alone = drawn(page)
        page.locator("select[name=sector]").select_option("")
        page.locator("select[name=channel]").select_option("wfp")
        assert urlsplit(page.url).query == "channel=wfp"
        page.go_back()
        page.go_back()
        assert urlsplit(page.url).query == "sector=health"
        assert drawn(page) == alone
        assert page.locator("select[name=channel]").input_value() == ""
        page.go_forward()
        page.go_forward()
        assert page.locator("select[name=channel]").input_value() == "wfp"
        page.get_by_role("link", name="Clear the filters").click()
        assert page.url == f"{address}/coverage"
        assert page.locator(".clear").is_hidden()


def test_table_and_language_follow_what_is_chosen(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(f"{address}/coverage")
        page.locator("select[name=role]").select_option("provider")
        assert page.locator("#csv").get_attribute("href") == "/coverage.csv?role=provider"
        page.locator(".languages").get_by_role("link", name="Español").click()
        assert page.locator("html").get_attribute("lang") == "es"
        assert page.locator("select[name=role]").input_value() == "provider"


def test_a_cell_opens_its_citations_in_place_and_gives_the_focus_back(
    chromium: Browser, address: str
) -> None:
    with looking(chromium) as page:
        page.goto(f"{address}/coverage")
        dialog = page.get_by_role("dialog")
        link = cell(page, "HTI", 3).locator("a")
        link.click()
        assert page.url == f"{address}/coverage"
        assert dialog.get_by_role("heading", name="Haiti, Childhood and youth").is_visible()
        assert "UNICEF (r)" in dialog.inner_text(), "the source stands there, unfolded"
        assert "Annex 1" in dialog.inner_text()
        page.keyboard.press("Escape")
        assert dialog.is_hidden()
        assert focused(link)
        page.keyboard.press("Enter")
        dialog.get_by_role("button", name="Close").click()
        assert focused(link)


def test_an_empty_cell_says_that_nothing_is_known_and_what_its_groups_record(
    chromium: Browser, address: str
) -> None:
    with looking(chromium) as page:
        page.goto(f"{address}/coverage")
        dialog = page.get_by_role("dialog")
        empty = cell(page, "HTI", 2)
        empty.focus()
        page.keyboard.press("Enter")
        assert dialog.is_visible(), "the key that opens it does not close it"
        assert "The study records no such reading." in dialog.inner_text()
        assert "our reading" in dialog.inner_text()
        dialog.get_by_role("link", name="As a page of its own").click()
        assert urlsplit(page.url).query == "area=HTI&sector=education-culture"


def test_arrows_go_from_cell_to_cell_and_tab_passes_the_picture_in_one_step(
    chromium: Browser, address: str
) -> None:
    with looking(chromium) as page:
        page.goto(f"{address}/coverage")
        start = cell(page, "ARG", 2).locator("a")
        start.focus()
        page.keyboard.press("ArrowRight")
        assert focused(cell(page, "ARG", 3).locator("a"))
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        assert focused(cell(page, "ARG", 5)), "a cell of which nothing is known is one too"
        page.keyboard.press("ArrowDown")
        assert focused(cell(page, "BRB", 5))
        page.keyboard.press("Home")
        assert focused(cell(page, "BRB", 1).locator("a"))
        page.keyboard.press("End")
        assert focused(cell(page, "BRB", 12))
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert focused(cell(page, "BRB", 12)), "Tab comes back to where the reader was"
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('#matrix')")


def test_the_names_of_sectors_and_countries_stay_in_view(chromium: Browser, address: str) -> None:
    with looking(chromium, width=1280) as page:
        page.goto(f"{address}/coverage")
        page.evaluate("scrollTo(0, 1500)")
        head = page.locator("#columns th").nth(3).bounding_box()
        assert head is not None
        assert 0 <= head["y"] < 5
    with looking(chromium, width=800) as page:
        page.goto(f"{address}/coverage")
        page.locator(".matrix").evaluate("box => box.scrollTo(400, 600)")
        box = page.locator(".matrix").bounding_box()
        name = cell(page, "MEX", 1).bounding_box()
        head = page.locator("#columns th").nth(6).bounding_box()
        assert box is not None
        assert name is not None
        assert head is not None
        assert abs(name["x"] - box["x"]) < 3
        assert abs(head["y"] - box["y"]) < 3


def test_on_a_small_screen_choosing_shows_lists_in_place(chromium: Browser, address: str) -> None:
    with looking(chromium, width=360) as page:
        page.goto(f"{address}/coverage")
        page.locator("#by-area").get_by_role("link", name="Haiti").click()
        assert urlsplit(page.url).query == "area=HTI"
        assert page.get_by_role("heading", name="Haiti").is_visible()
        assert page.locator("#picture").is_hidden()
        assert page.locator("select[name=area]").input_value() == "HTI"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_link_opened_aside_is_left_to_the_browser(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(f"{address}/coverage")
        with page.context.expect_page() as opened:
            cell(page, "HTI", 3).locator("a").click(modifiers=["Control"])
        assert "area=HTI" in opened.value.url
        assert page.get_by_role("dialog").is_hidden()


@pytest.mark.parametrize("path", ["/channels/paho", "/sectors/health"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_tile_of_the_region_is_as_large_as_the_next_and_reached_by_arrows(
    chromium: Browser, address: str, path: str, width: int
) -> None:
    with looking(chromium, width=width) as page:
        page.goto(address + path)
        tiles = page.locator(".region a")
        sizes = tiles.evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(({width, height}) => [width, height])"
        )
        assert max(w for w, _ in sizes) - min(w for w, _ in sizes) < 1
        assert min(height for _, height in sizes) >= 44
        page.locator(".region a", has_text="VEN").focus()
        for key, code in (("ArrowDown", "BRA"), ("ArrowDown", "BOL"), ("ArrowRight", "GUY")):
            page.keyboard.press(key)
            assert focused(page.locator(".region a", has_text=code)), key
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", ["/coverage", "/channels/mercosur", "/sectors/health", "/countries/ATG", "/instruments/rpg"]
)
def test_words_stand_out_from_their_ground(chromium: Browser, address: str, path: str, scheme: str) -> None:
    with looking(chromium, color_scheme=scheme) as page:
        page.goto(address + path)
        pale: list[str] = page.locator(WORDS).evaluate_all(CONTRAST)
        assert pale == []
