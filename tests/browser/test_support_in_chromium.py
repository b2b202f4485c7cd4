"""An officer of Jamaica asks where to ask, in a real browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_pages_in_chromium import LEAST_TARGET, looking

EXAMPLE = "/support?country=JAM&sector=social&modality=study-visit&with=BRB&with=TTO&amount_usd=15000"
FAULTY = (
    "/support?country=JAM&sector=helth&provider=JAM&amount_usd=15,000&with=BRB&with=XYZ&channel=phao"
    "&say=call-open:yes&say=call-open:no&allocation_usd=-1"
)
ADDRESSES = (
    "/support",
    EXAMPLE,
    f"{EXAMPLE}&channel=wbg",
    f"{EXAMPLE}&say=concrete-action:yes",
    "/support?country=CUB&sector=education-culture",
    "/support?country=ATG",
    FAULTY,
    f"/support?country=JAM&sector={'x' * 300}&with={'y' * 300}&say={'z' * 300}:yes",
)
LEAST_CONTRAST = 4.5
"""Of text on its ground, by WCAG 2.2, 1.4.3."""


@contextmanager
def mistaken(chromium: Browser, *, width: int = 1280, **how: Any) -> Iterator[Page]:
    """A page of a visitor whose question has faults: Chromium itself complains of the status then."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="en", **how)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert broken == []


def ask(page: Page) -> None:
    page.get_by_role("button", name="Ask", exact=True).click()


def verdict(page: Page, instrument: str) -> Locator:
    return page.locator(".verdict", has=page.locator("p > a", has_text=instrument))


def unfold(page: Page) -> None:
    """Open everything that is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def focused(page: Page) -> Any:
    return page.evaluate("[document.activeElement.tagName, document.activeElement.id]")


def tab_to(page: Page, target: Locator) -> None:
    """Go to an element as somebody without a mouse does."""
    for _ in range(200):
        if target.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab never reaches {target}, but {focused(page)}")


def test_an_officer_asks_reads_the_verdicts_and_opens_a_source(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(address)
        page.get_by_role("link", name="Where to ask", exact=True).first.click()
        page.get_by_label("Country that asks").select_option("Jamaica")
        page.get_by_label("Sector", exact=True).select_option("Social sector")
        page.get_by_label("Modality", exact=True).select_option("Study visit")
        page.get_by_label("Amount asked for").fill("15000")
        page.get_by_text("Countries that apply together").click()
        page.get_by_label("Barbados").check()
        page.get_by_label("Trinidad and Tobago").check()
        ask(page)

        expect(page.get_by_role("heading", level=1)).to_have_text("Where to ask: Jamaica")
        assert page.locator(".channels > li").count() == 3
        expect(verdict(page, "SEETF")).to_contain_text("conditional")
        expect(verdict(page, "SEETF")).to_contain_text("Applications at any time")
        rule = verdict(page, "SEETF").locator(".rules li").first
        assert not rule.locator("q").is_visible()
        rule.get_by_text("source").click()
        expect(rule.locator("q")).to_be_visible()
        expect(rule.locator("q")).to_contain_text("available to all of the countries in the region")
        verdict(page, "SEETF").get_by_text(re.compile("steps to take")).click()
        expect(verdict(page, "SEETF").locator("ol li").first).to_be_visible()


def test_what_is_confirmed_and_asked_for_changes_the_verdict(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(address + EXAMPLE)
        page.get_by_text("What you can confirm or deny").click()
        page.get_by_label("leads to concrete action").select_option("yes")
        page.get_by_label("Amount asked for").fill("25000")
        ask(page)

        expect(verdict(page, "SEETF").locator("p .mark")).to_have_text(re.compile("^. eligible$"))
        expect(page.get_by_label("leads to concrete action")).to_have_value("concrete-action:yes")
        page.get_by_label("Channel", exact=True).select_option("IADB")
        ask(page)
        expect(page.locator(".channels > li")).to_have_count(1)
        expect(verdict(page, "CT/INTRA").locator("p .mark")).to_have_text(re.compile("^. not eligible$"))


def test_a_channel_in_short_unfolds_and_leads_to_all_of_it_with_its_picture(
    chromium: Browser, address: str
) -> None:
    with looking(chromium) as page:
        page.goto(address + EXAMPLE)
        other = page.locator("details.other").first
        name = other.locator("summary").inner_text()
        place, short = name.split(" ")[:2]
        assert place == "4."
        assert not other.locator("p").first.is_visible()
        other.locator("summary").click()
        expect(other.locator("p").first).to_be_visible()
        other.get_by_role("link", name=f"{short} in full").click()

        expect(page.locator(".channels h2")).to_have_text(re.compile(rf"^4\. {re.escape(short)} "))
        picture = page.locator(".waterfall")
        assert not picture.is_visible()
        page.get_by_text("Why it stands here").click()
        expect(picture).to_be_visible()
        widths: list[float] = picture.locator("tbody rect.adds").evaluate_all(
            "bars => bars.map(bar => bar.getBoundingClientRect().width)"
        )
        whole: float = picture.locator("rect.total").evaluate("bar => bar.getBoundingClientRect().width")
        assert sum(widths) == pytest.approx(whole, abs=1.0)
        page.get_by_role("link", name="all channels").click()
        assert page.locator("details.other").count() > 10


def test_a_contradiction_comes_back_filled_in_with_the_fault_beside_its_field(
    chromium: Browser, address: str
) -> None:
    with mistaken(chromium) as page:
        page.goto(address + "/support")
        page.get_by_label("Country that asks").select_option("Jamaica")
        page.get_by_label("Sector", exact=True).select_option("Health")
        page.get_by_label("Provider, if known").select_option("Jamaica")
        page.get_by_label("Amount asked for").fill("15,000")
        ask(page)

        expect(page.get_by_role("alert")).to_be_visible()
        for label, held, fault in (
            ("Provider, if known", "JAM", "JAM asks; the provider must be another country."),
            ("Amount asked for", "15,000", "This is not a whole number."),
        ):
            field = page.get_by_label(label)
            expect(field).to_have_value(held)
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(field).to_have_accessible_description(fault)
            told, box = page.get_by_text(fault).bounding_box(), field.bounding_box()
            assert told is not None
            assert box is not None
            assert abs(told["x"] - box["x"]) < 30
            assert 0 <= box["y"] - (told["y"] + told["height"]) < 20, "just above what it is about"
        expect(page.get_by_label("Sector", exact=True)).to_have_value("health")
        expect(page.get_by_label("Sector", exact=True)).not_to_have_attribute("aria-invalid", "true")

        page.get_by_label("Provider, if known").select_option("Brazil")
        page.get_by_label("Amount asked for").fill("15000")
        ask(page)
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_role("heading", level=1)).to_have_text("Where to ask: Jamaica")


def test_faults_in_what_is_folded_are_not_hidden(chromium: Browser, address: str) -> None:
    with mistaken(chromium) as page:
        page.goto(address + FAULTY)
        faults = page.locator(".fault li")
        assert faults.count() == 7
        for place in range(faults.count()):
            expect(faults.nth(place)).to_be_visible()
        expect(page.get_by_label("XYZ")).to_be_checked()
        expect(
            page.get_by_role("group", name="Countries that apply together")
        ).to_have_accessible_description(re.compile("“XYZ” is not a country"))


def test_everything_can_be_done_by_keyboard(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(address + "/support")
        tab_to(page, page.get_by_label("Country that asks"))
        page.keyboard.type("Jamaica")
        tab_to(page, page.get_by_label("Sector", exact=True))
        page.keyboard.type("Social")
        tab_to(page, page.get_by_label("Amount asked for"))
        page.keyboard.type("15000")
        tab_to(page, page.locator("summary", has_text="Countries that apply together"))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_label("Barbados"))
        page.keyboard.press("Space")
        tab_to(page, page.get_by_label("Trinidad and Tobago"))
        page.keyboard.press("Space")
        tab_to(page, page.get_by_role("button", name="Ask", exact=True))
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_have_text("Where to ask: Jamaica")
        assert "with=BRB" in page.url
        assert "with=TTO" in page.url
        source = verdict(page, "SEETF").locator(".source summary").first
        tab_to(page, source)
        assert source.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        expect(verdict(page, "SEETF").locator("q").first).to_be_visible()
        other = page.locator("details.other").first
        tab_to(page, other.locator("summary").first)
        page.keyboard.press("Enter")
        expect(other.locator("p").first).to_be_visible()
        tab_to(page, other.get_by_role("link", name="in full"))
        page.keyboard.press("Enter")
        expect(page.locator(".channels > li")).to_have_count(1)


def test_it_works_without_javascript(chromium: Browser, address: str) -> None:
    with looking(chromium, java_script_enabled=False) as page:
        page.goto(address + "/support")
        page.get_by_label("Country that asks").select_option("Jamaica")
        ask(page)
        assert page.locator("details.other").count() > 10
        page.locator("details.other summary").first.click()
        assert page.locator("details.other p").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_small_screen_nothing_scrolls_sideways_folded_or_not(
    chromium: Browser, address: str, scheme: Any
) -> None:
    with mistaken(chromium, width=360, color_scheme=scheme) as page:
        for path in ADDRESSES:
            page.goto(address + path)
            for folded in (True, False):
                if not folded:
                    unfold(page)
                too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert too_wide <= 0, f"{path[:80]} is {too_wide} pixels too wide"


def test_on_a_small_screen_a_finger_hits_what_it_means(chromium: Browser, address: str) -> None:
    with looking(chromium, width=360) as page:
        page.goto(address + EXAMPLE)
        small: list[str] = page.locator(
            "main select, main button, main summary, main [inputmode]"
        ).evaluate_all(
            """(targets, least) => targets
                .filter(target => target.checkVisibility())
                .filter(target => target.getBoundingClientRect().height < least)
                .map(target => target.outerHTML)""",
            LEAST_TARGET,
        )
        assert small == []


CONTRASTS = """
() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    const [x, y, z] = [r, g, b].map(v => linear(v / 255));
    return .2126 * x + .7152 * y + .0722 * z;
  };
  const ground = element => {
    for (let one = element; one; one = one.parentElement) {
      const colour = rgb(getComputedStyle(one).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const read = 'main :is(h1, h2, p, li, small, a, .mark, .fault, label, summary, td, th)';
  return [...document.querySelectorAll(read)]
    .filter(one => one.checkVisibility() && one.textContent.trim())
    .map(one => {
      const [a, b] = [light(rgb(getComputedStyle(one).color)), light(ground(one))];
      return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), one.outerHTML.slice(0, 120)];
    });
}
"""


@pytest.mark.parametrize("path", [EXAMPLE, FAULTY], ids=["answer", "faults"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read_in_the_dark_and_in_the_light(
    chromium: Browser, address: str, scheme: Any, path: str
) -> None:
    with mistaken(chromium, color_scheme=scheme) as page:
        page.goto(address + path)
        unfold(page)
        ground: list[int] = page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
        )
        assert max(ground) < 60 if scheme == "dark" else min(ground) > 200
        faint = [words for contrast, words in page.evaluate(CONTRASTS) if contrast < LEAST_CONTRAST]
        assert faint == []
