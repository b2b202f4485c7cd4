"""Every public page for everybody: what axe finds, and what becomes of the page when it is made large."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import axe
from tests.browser.axe import checked
from tests.browser.test_pages_in_chromium import PAGES as READ
from tests.browser.test_pages_in_chromium import looking
from tests.browser.test_support_in_chromium import ADDRESSES as ASKED
from tests.browser.test_support_in_chromium import mistaken, unfold

PAGES = (
    *READ,
    *ASKED,
    "/requests/hti-eau-cholera/suggestions/bra-saude-crianca",
    "/offers/bra-saude-crianca",
    "/catalogue?q=water",
    "/channels/mercosur",
    "/instruments/ct-intra",
    "/analysis",
    "/analysis/demand",
    "/analysis/region?kind=offer",
    "/analysis/flows?source=study",
    "/analysis/funnel",
    "/sign-in",
    "/corrections",
    "/requests/nobody",
)
"""Addresses that anyone may open, one at least for each kind of page, faults and refusals included."""

FOLDED, UNFOLDED = False, True
VIEWS = (
    (FOLDED, 1280, "light"),
    (FOLDED, 360, "dark"),
    (UNFOLDED, 1280, "dark"),
    (UNFOLDED, 360, "light"),
)
"""Each width in each scheme, and either of them folded and unfolded. What was unfolded stays so."""

FAULTY = """
<title>A form</title>
<main><h1>A form</h1><h3>Too deep</h3><p style="color: #999">Pale</p><input>
<button style="width: 9px; height: 9px; padding: 0">a</button
><button style="width: 9px; height: 9px; padding: 0">b</button></main>
"""


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_wrong(chromium: Browser, address: str, path: str) -> None:
    with mistaken(chromium) as page:
        page.goto(address + path)
        for unfolded, width, scheme in VIEWS:
            if unfolded:
                unfold(page)
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert checked(page) == [], f"{width} pixels wide, {scheme}, unfolded: {unfolded}"


@pytest.mark.parametrize("zoom", [2, 4])
def test_however_large_it_is_made_no_page_scrolls_sideways(
    chromium: Browser, address: str, zoom: int
) -> None:
    """Two times for the letters, four times for the whole: WCAG 2.2, 1.4.4 and 1.4.10."""
    with mistaken(chromium, width=1280 // zoom, device_scale_factor=zoom) as page:
        for path in PAGES:
            page.goto(address + path)
            for unfolded in (FOLDED, UNFOLDED):
                if unfolded:
                    unfold(page)
                too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert too_wide <= 0, f"{path[:80]} is {too_wide} pixels too wide, unfolded: {unfolded}"


def test_axe_sees_what_is_wrong(chromium: Browser) -> None:
    with looking(chromium) as page:
        page.set_content(FAULTY)
        found = {line.partition(":")[0] for line in checked(page)}
    assert found == {"html-has-lang", "heading-order", "color-contrast", "label", "target-size"}


def test_without_axe_it_is_said_how_to_install_it(
    chromium: Browser, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(axe, "AXE", tmp_path / "axe.min.js")
    with looking(chromium) as page, pytest.raises(pytest.fail.Exception, match="npm ci"):
        checked(page)
