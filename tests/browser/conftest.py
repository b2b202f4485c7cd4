"""A real server with the sample postings, and a real Chromium to look at its pages."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, sync_playwright

from app import accounts, postings
from app.catalogue import Catalogue
from app.db import Database
from app.evaluation import samples
from tests.conftest import SEED
from tests.serving import serving

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def address(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `puente serve` answers, with the sample postings in a database of its own."""
    url = f"sqlite:///{tmp_path_factory.mktemp('browser')}/puente.db"
    now = datetime.now(UTC)
    sampled = samples.load(SEED, catalogue, today=now.date())
    database = Database(url)
    database.prepare()
    with database.transaction() as session:
        for intake in (*sampled.offers.values(), *sampled.requests.values()):
            postings.add(session, intake, by=accounts.OPERATOR, now=now)
    database.close()
    with serving(url) as where:
        yield where


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("These tests need a browser: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()
