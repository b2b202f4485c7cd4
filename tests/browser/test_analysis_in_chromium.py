"""The pictures for an analyst in a real browser: read on a phone, by keyboard, without JavaScript, by axe."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page

from app import accounts, postings
from app.catalogue import Catalogue
from app.db import Database
from app.evaluation import samples
from tests.browser.axe import checked
from tests.browser.test_pages_in_chromium import looking
from tests.conftest import SEED
from tests.serving import serving

PAGES = (
    "/analysis",
    "/analysis/demand",
    "/analysis/demand?kind=request&sector=health",
    "/analysis/region",
    "/analysis/region?kind=offer",
    "/analysis/flows?source=study",
    "/analysis/postings?country=HTI",
)
OF_CASES = ("/analysis/flows", "/analysis/funnel", "/analysis/outcomes")
VIEWS = ((1280, "light"), (360, "dark"), (360, "light"), (1280, "dark"))


@pytest.fixture(scope="module")
def brokered(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service where one case was completed, one declined, and one is open."""
    url = f"sqlite:///{tmp_path_factory.mktemp('brokered')}/puente.db"
    now = datetime.now(UTC)
    sampled = samples.load(SEED, catalogue, today=now.date())
    database = Database(url)
    database.prepare()
    exchanges = sampled.exchanges[:3]
    with database.transaction() as session:
        for one in exchanges:
            postings.add(session, sampled.offers[one.offer], by=accounts.OPERATOR, now=now)
            postings.add(session, sampled.requests[one.request], by=accounts.OPERATOR, now=now)
        key, _ = accounts.create_key(session, role="broker", name="Desk", country=None, now=now)
    database.close()
    with serving(url) as address:
        with httpx.Client(base_url=f"{address}/v1/", headers={"Authorization": f"Bearer {key}"}) as broker:
            for one, steps in zip(exchanges, (AGREED, REFUSED, ()), strict=True):
                pair = {"request_id": one.request, "offer_id": one.offer, "reason": "The study names it."}
                case = broker.post("cases", json=pair).raise_for_status()
                for action, body in steps:
                    sent: dict[str, Any] = {"json": body} if body else {}
                    tag = {"If-Match": broker.get(f"cases/{case.json()['id']}").headers["ETag"]}
                    path = f"cases/{case.json()['id']}/{action}"
                    broker.post(path, headers=tag, **sent).raise_for_status()
        yield address


AGREED: tuple[tuple[str, Any], ...] = (
    ("shortlist", None),
    ("propose", None),
    ("accept", {"side": "provider"}),
    ("accept", {"side": "receiver"}),
    ("start", None),
    ("complete", {"outcome": {"summary": "Twelve nurses trained.", "useful": 5}}),
)
REFUSED: tuple[tuple[str, Any], ...] = (("shortlist", None), ("decline", {"reason": "no_funds"}))


def read_in_every_view(page: Page, where: str) -> None:
    """Axe and the width, folded and unfolded, in either scheme, on a desk and on a phone."""
    page.goto(where)
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert checked(page) == [], f"{where}, {width} pixels wide, {scheme}"
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert too_wide <= 0, f"{where} is {too_wide} pixels too wide at {width}"
        page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_wrong_and_nothing_is_too_wide(chromium: Browser, address: str, path: str) -> None:
    with looking(chromium) as page:
        read_in_every_view(page, address + path)


def test_nor_where_cases_are_counted(chromium: Browser, brokered: str) -> None:
    with looking(chromium) as page:
        for path in OF_CASES:
            read_in_every_view(page, brokered + path)
            assert page.locator(".empty").count() == 0, "there is something to look at"


def test_on_a_phone_the_whole_heat_map_is_in_view_and_its_cells_can_be_hit(
    chromium: Browser, address: str
) -> None:
    with looking(chromium, width=360) as page:
        page.goto(f"{address}/analysis/demand")
        hidden = page.locator(".heatmap").evaluate("box => box.scrollWidth - box.clientWidth")
        assert hidden <= 0, f"{hidden} pixels of it are out of view"
        small: list[str] = page.locator(".heatmap a").evaluate_all(
            """all => all.filter(one => one.checkVisibility())
                .filter(one => {
                    const {width, height} = one.getBoundingClientRect();
                    return Math.min(width, height) < 24;
                }).map(one => one.outerHTML)"""
        )
        assert small == []


def test_each_head_of_a_column_ends_where_its_column_begins(chromium: Browser, address: str) -> None:
    with looking(chromium, width=360) as page:
        page.goto(f"{address}/analysis/demand")
        heads: list[float] = page.locator(".heatmap thead a").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect().bottom)"
        )
        first = page.locator(".heatmap tbody td").first.bounding_box()
        assert first is not None
        assert max(heads) - min(heads) < 2
        assert 0 <= first["y"] - max(heads) < 12


def test_a_filter_is_chosen_without_javascript_and_the_address_has_it(
    chromium: Browser, address: str
) -> None:
    with looking(chromium, java_script_enabled=False) as page:
        page.goto(f"{address}/analysis/demand")
        page.get_by_label("What is counted").select_option("request")
        page.locator("select[name=country]").select_option("HTI")
        page.get_by_role("button", name="Show").click()
        assert "kind=request" in page.url
        assert "country=HTI" in page.url
        shared = page.url
        number = page.locator(".heatmap td a").first
        counted = int(number.inner_text())
        number.click()
        assert urlsplit(page.url).path == "/requests"
        assert page.locator(".brief").count() == counted
        page.goto(shared)
        assert page.locator("select[name=country]").input_value() == "HTI"
        page.get_by_role("link", name="as a map").click()
        assert page.locator(".region a").count() == 1
        assert page.locator("select[name=kind]").input_value() == "request"


def test_arrows_go_from_cell_to_cell_and_enter_opens_one(chromium: Browser, address: str) -> None:
    with looking(chromium) as page:
        page.goto(f"{address}/analysis/demand?kind=offer")
        page.locator(".heatmap td a").first.focus()
        page.keyboard.press("ArrowDown")
        focused = page.evaluate("document.activeElement.closest('td').parentElement.rowIndex")
        assert focused == 2
        page.keyboard.press("Home")
        assert page.evaluate("document.activeElement.matches('th a')")
        page.keyboard.press("Enter")
        page.wait_for_url("**country=**")


def test_the_lines_of_the_flows_end_at_their_countries(chromium: Browser, address: str) -> None:
    for width in (1280, 360):
        with looking(chromium, width=width) as page:
            page.goto(f"{address}/analysis/flows?source=study")
            ends: list[list[float]] = page.locator(".arcs path").evaluate_all(
                """all => all.map(one => {
                    const [from, to] = [0, one.getTotalLength()].map(at => one.getPointAtLength(at));
                    const matrix = one.getScreenCTM();
                    return [from, to].map(point => point.matrixTransform(matrix).y);
                })"""
            )
            middles: list[list[float]] = [
                page.locator(f".{side} li").evaluate_all(
                    "all => all.map(one => one.getBoundingClientRect()).map(({y, height}) => y + height / 2)"
                )
                for side in ("providers", "receivers")
            ]
            assert len(ends) > 50
            for one in ends:
                for end, side in zip(one, middles, strict=True):
                    assert min(abs(end - middle) for middle in side) < 2


def test_every_tile_is_as_large_as_the_next_on_a_phone_too(chromium: Browser, address: str) -> None:
    with looking(chromium, width=360) as page:
        page.goto(f"{address}/analysis/region")
        tiles = page.locator(".region a")
        sizes = tiles.evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(({width, height}) => [width, height])"
        )
        assert len(sizes) == 38
        assert max(w for w, _ in sizes) - min(w for w, _ in sizes) < 1
        assert min(height for _, height in sizes) >= 44
