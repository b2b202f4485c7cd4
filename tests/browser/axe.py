"""axe-core looks at a page: what it finds against WCAG 2.2 AA, told so that a failed test can be acted on."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
ASKED = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""The rules of WCAG 2.2, levels A and AA, and what axe advises beyond them."""


def checked(page: Page) -> list[str]:
    """What is wrong on a page as it is now: a line for each place where a rule is broken."""
    # By way of the developer tools, which the page's own policy about scripts does not concern.
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(
        """async tags => {
            const asked = {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]};
            return (await axe.run(document, asked)).violations;
        }""",
        ASKED,
    )
    return [
        f"{broken['id']}: {broken['help']}: {place['html'][:200]} {' '.join(place['failureSummary'].split())}"
        for broken in found
        for place in broken["nodes"]
    ]


def _source() -> str:
    if not AXE.exists():
        pytest.fail("These tests need axe-core: make test, or npm ci --ignore-scripts in tests/browser")
    return AXE.read_text("utf-8")
