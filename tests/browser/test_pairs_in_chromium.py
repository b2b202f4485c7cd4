"""The page of a pair in a real browser: marks told apart by shape, sums, the reading in Spanish."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from app import accounts, postings
from app.catalogue import Catalogue
from app.db import Database
from app.evaluation import samples
from app.interpreter import opened
from app.language.apertium import Apertium
from tests.browser.axe import checked
from tests.browser.test_pages_in_chromium import LEAST_TARGET, looking
from tests.conftest import SEED
from tests.serving import serving

SAME = "/requests/nic-jovenes-arte-pandillas/suggestions/col-medellin-seguridad"
BRIDGED = "/requests/hti-eau-cholera/suggestions/bra-saude-crianca"
UNBRIDGED = "/requests/sur-jongens-straat/suggestions/jam-boys-mentoring"


@pytest.fixture(scope="module")
def translated(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a service answers that has the postings of these pairs, translated."""
    url = f"sqlite:///{tmp_path_factory.mktemp('pairs')}/puente.db"
    now = datetime.now(UTC)
    sampled = samples.load(SEED, catalogue, today=now.date())
    database = Database(url)
    database.prepare()
    with database.transaction() as session:
        for path in (SAME, BRIDGED, UNBRIDGED):
            _, _, request, _, offer = path.split("/")
            for intake in (sampled.requests[request], sampled.offers[offer]):
                postings.add(session, intake, by=accounts.OPERATOR, now=now)
    with opened(database, Apertium()) as interpreter:
        assert interpreter.catch_up() == 3
    database.close()
    with serving(url) as where:
        yield where


def thousandths(page: Page, selector: str) -> list[int]:
    """The numbers that are shown there, in thousandths."""
    told = page.locator(selector).all_inner_texts()
    return [round(float(one.split()[0].removeprefix("+")) * 1000) for one in told]


@pytest.mark.parametrize("path", [SAME, BRIDGED, UNBRIDGED])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_word_and_a_concept_are_told_apart_by_shape(
    chromium: Browser, translated: str, path: str, width: int, scheme: str
) -> None:
    with looking(chromium, width=width, color_scheme=scheme) as page:
        page.goto(translated + path)
        assert checked(page) == []
        for summary in page.locator(".reading summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        styles: dict[str, list[str]] = page.evaluate(
            """() => Object.fromEntries(['word', 'concept'].map(kind => {
                const mark = document.querySelector(`section > .meta > mark.${kind}`)
                const look = getComputedStyle(mark), number = getComputedStyle(mark.querySelector('sup'))
                return [kind, [look.borderBottomStyle, number.borderTopStyle, look.backgroundColor]]
            }))"""
        )
        assert styles["word"][:2] == ["none", "none"]
        assert styles["concept"][:2] == ["double", "solid"]
        assert styles["word"][2] != styles["concept"][2] == "rgba(0, 0, 0, 0)"
        apart: list[str] = page.locator(".side mark sup").evaluate_all(
            """numbers => numbers.filter(number => {
                const place = number.getBoundingClientRect(), middle = (place.top + place.bottom) / 2
                const line = [...number.parentElement.getClientRects()]
                    .find(line => line.top - 8 < middle && middle < line.bottom)
                return !line || line.left > place.left - 4
            }).map(number => number.parentElement.outerHTML)"""
        )
        assert apart == [], "a number stands beside what it marks"


@pytest.mark.parametrize("path", [SAME, BRIDGED, UNBRIDGED])
def test_what_met_and_the_rest_add_up_to_the_text_and_the_parts_to_the_score(
    chromium: Browser, translated: str, path: str
) -> None:
    with looking(chromium) as page:
        page.goto(translated + path)
        (text,) = thousandths(page, ".met-sum tfoot .number")
        assert sum(thousandths(page, ".met-sum tbody .number")) == text
        parts = [
            told.split()[0]
            for told in page.locator(".waterfall.explained tbody td.number").all_inner_texts()
            if told.startswith("+")
        ]
        assert round(float(parts[0]) * 1000) == text
        (score,) = thousandths(page, ".waterfall.explained tfoot td.number")
        assert sum(round(float(one) * 1000) for one in parts) == score


def test_the_same_number_stands_in_both_texts_and_in_the_list(chromium: Browser, translated: str) -> None:
    with looking(chromium) as page:
        for path in (SAME, BRIDGED, UNBRIDGED):
            page.goto(translated + path)
            number = "number => number.lastChild.textContent + (number.className || 'word')"
            listed = set(page.locator(".met-sum .which sup").evaluate_all(f"all => all.map({number})"))
            assert listed
            for side in ("request", "offer"):
                marks = page.locator(f".side.{side} > h3 sup, .side.{side} > .text sup")
                assert set(marks.evaluate_all(f"all => all.map({number})")) == listed


def test_who_listens_hears_what_kind_of_mark_it_is_in_the_language_of_the_page(
    chromium: Browser, translated: str
) -> None:
    with looking(chromium) as page:
        page.goto(translated + UNBRIDGED)
        mark = page.locator(".side.request mark.concept", has_text="school").first
        expect(mark).to_have_text("school (concept) 6")
        assert mark.locator("i").get_attribute("lang") == "en"
        page.goto(f"{translated}{UNBRIDGED}?lang=es")
        expect(page.locator(".side.request mark.concept", has_text="school").first).to_have_text(
            "school (concepto) 6"
        )


def test_the_reading_in_spanish_unfolds_by_keyboard_without_javascript(
    chromium: Browser, translated: str
) -> None:
    with looking(chromium, java_script_enabled=False) as page:
        page.goto(translated + BRIDGED)
        readings = page.locator(".reading")
        assert readings.count() == 2
        text = readings.first.locator(".text")
        expect(text).not_to_be_visible()
        readings.first.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(text).to_be_visible()
        assert text.get_attribute("lang") == "es"
        expect(text).to_contain_text("cólera")
        expect(readings.first).to_contain_text("A machine translation, made for comparing only, by: apertium")
        expect(page.locator(".compared")).to_contain_text("Compared through Spanish")


def test_on_a_small_screen_the_list_says_whose_words_they_are_and_targets_are_large(
    chromium: Browser, translated: str
) -> None:
    with looking(chromium, width=360) as page:
        page.goto(translated + BRIDGED)
        row = page.locator(".met-sum tbody tr").first
        expect(row.locator(".asks .side-name")).to_be_visible()
        expect(row.locator(".asks")).to_contain_text("Haiti asks:")
        expect(row.locator(".offers")).to_contain_text("Brazil offers:")
        for summary in page.locator(".reading summary").all():
            place = summary.bounding_box()
            assert place is not None
            assert place["height"] >= LEAST_TARGET
    with looking(chromium) as page:
        page.goto(translated + BRIDGED)
        expect(page.locator(".met-sum .side-name").first).not_to_be_visible()


def test_a_pair_that_cannot_be_bridged_says_what_would_help(chromium: Browser, translated: str) -> None:
    with looking(chromium) as page:
        page.goto(translated + UNBRIDGED)
        compared = page.locator(".compared")
        expect(compared).to_contain_text("Dutch was not translated.")
        expect(compared).to_contain_text("Apertium has no translator from Dutch into Spanish.")
        expect(page.locator(".scored")).to_contain_text("with its published weights.")
