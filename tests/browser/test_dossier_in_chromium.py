"""A dossier in a real browser: two printed pages and the annexes, on a small screen, in the dark."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from app import accounts, cases
from app.accounts import Caller
from app.api import wire
from app.brokering.frozen import freeze
from app.catalogue import Catalogue
from app.catalogue.label import LANGUAGES
from app.db import Database
from app.evaluation.samples import Samples
from app.matching.market import Market
from app.matching.posting import Organisation, Posting
from app.matching.score import VERSION, WEIGHTS
from app.matching.suggest import consider, suggest
from tests.browser.axe import checked
from tests.browser.test_pages_in_chromium import looking
from tests.builders import TODAY
from tests.serving import serving

REQUESTS = ("hti-eau-cholera", "jam-poor-families", "hnd-alerta-desnutricion")
"""Of the study: in three languages, each for the channel with most conditions among those that fit."""
LONG = "long"
PAGE_HEIGHT, MARGIN = 1123, 45
"""Of A4 and of what is left free at its top, in CSS pixels."""
PRINTED_WIDTH = 688


@dataclass(frozen=True)
class Kept:
    """Where a server answers, the key of its broker, and the cases that it knows, by their request."""

    address: str
    key: str
    cases: Mapping[str, str]


@pytest.fixture(scope="module")
def kept(
    catalogue: Catalogue,
    sampled: Samples,
    sample_market: Market,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Kept]:
    url = f"sqlite:///{tmp_path_factory.mktemp('dossiers')}/puente.db"
    now = datetime.now(UTC)
    database, made = Database(url), dict[str, str]()
    database.prepare()
    with database.transaction() as session:
        key, held = accounts.create_key(session, role="broker", name="Regional desk", country=None, now=now)
        broker = Caller(held.id, held.name, "broker")
        pairs = {id: _pair(sampled.requests[id].posting, sample_market) for id in REQUESTS}
        pairs[LONG] = _as_long_as_can_be(*pairs[REQUESTS[0]])
        for id, (request, offer) in pairs.items():
            found = consider(request, offer, sample_market, today=TODAY)
            channel, instrument = max(
                (len(one.findings), fit.channel, one.instrument.slug)
                for fit in found.channels[:5]
                for one in fit.instruments
            )[1:]
            engine = wire.engine(catalogue, VERSION, WEIGHTS)
            listed = suggest(request, sample_market, today=TODAY)
            case = cases.take_up(
                session,
                freeze(found, engine, listed, channel),
                channel=channel,
                instrument=instrument,
                by=broker,
                now=now,
            )
            case = cases.act(session, case.id, "shortlist", if_version=case.version, by=broker, now=now)
            case = cases.act(session, case.id, "propose", if_version=case.version, by=broker, now=now)
            made[id] = case.id
    database.close()
    with serving(url) as address:
        yield Kept(address, key, made)


def _pair(request: Posting, market: Market) -> tuple[Posting, Posting]:
    return request, suggest(request, market, today=TODAY)[0].offer


def _as_long_as_can_be(request: Posting, offer: Posting) -> tuple[Posting, Posting]:
    """The same with titles and texts as long as the service takes them, the offer in Portuguese."""
    title = ("Transferência condicionada de renda para famílias em situação de vulnerabilidade " * 3)[:200]
    text = ("Transferência de renda com condicionalidades de saúde e de educação. " * 200)[:10_000]
    body = Organisation(
        "Ministério do Desenvolvimento e Assistência Social, Família e Combate à Fome", "ministry"
    )
    return (
        replace(request, id="long-request", title=title, description=text),
        replace(offer, id="long-offer", title=title, description=text, language="pt", organisation=body),
    )


@contextmanager
def reading(chromium: Browser, kept: Kept, **how: Any) -> Iterator[Page]:
    """A page of the broker, who has signed in."""
    with looking(chromium, **how) as page:
        page.goto(f"{kept.address}/sign-in")
        page.get_by_label("Key", exact=True).fill(kept.key)
        page.get_by_role("button", name="Use the key").click()
        yield page


def opened(page: Page, kept: Kept, case: str, language: str = "en") -> None:
    answer = page.goto(f"{kept.address}/cases/{case}/dossier?lang={language}")
    assert answer is not None
    assert answer.status == 200


def pages_of(page: Page) -> int:
    """How many sheets a printer would need."""
    printed = page.pdf(prefer_css_page_size=True)
    return len(re.findall(rb"/Type\s*/Page\b", printed))


@pytest.mark.parametrize("which", [*REQUESTS, LONG])
def test_two_printed_pages_stand_before_the_annexes(chromium: Browser, kept: Kept, which: str) -> None:
    with reading(chromium, kept) as page:
        for language in ("fr", "es") if which != LONG else ("fr",):
            opened(page, kept, kept.cases[which], language)
            whole = pages_of(page)
            page.locator(".annexes").evaluate("annexes => annexes.remove()")
            before = pages_of(page)
            assert before <= 2, f"{which} in {language}"
            assert whole > before, "the annexes begin on a page of their own"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_half_page_carries_the_decision(chromium: Browser, kept: Kept, language: str) -> None:
    with reading(chromium, kept, width=PRINTED_WIDTH) as page:
        for which in REQUESTS:
            opened(page, kept, kept.cases[which], language)
            page.emulate_media(media="print")
            box = page.locator("section.about-decision").bounding_box()
            assert box is not None
            assert box["y"] + box["height"] + MARGIN <= PAGE_HEIGHT / 2, f"{which} in {language}"


def test_print_has_no_menu_and_no_way_back(chromium: Browser, kept: Kept) -> None:
    with reading(chromium, kept) as page:
        opened(page, kept, kept.cases[REQUESTS[0]])
        page.emulate_media(media="print")
        for gone in (".top", ".way", "body > footer", ".dossier-forms"):
            assert not page.locator(gone).is_visible(), gone
        assert page.get_by_role("heading", level=1).is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_it_is_read_on_any_screen_by_anybody(chromium: Browser, kept: Kept, width: int, scheme: str) -> None:
    with reading(chromium, kept, width=width, color_scheme=scheme) as page:
        for which in (REQUESTS[0], LONG):
            opened(page, kept, kept.cases[which])
            too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert too_wide <= 0, f"{which} is {too_wide} pixels too wide"
        opened(page, kept, kept.cases[REQUESTS[0]])
        assert checked(page) == []


def test_a_source_is_one_step_from_where_it_is_cited(chromium: Browser, kept: Kept) -> None:
    with reading(chromium, kept) as page:
        opened(page, kept, kept.cases[REQUESTS[0]])
        page.locator("section.about-fund .cite").first.click()
        number = page.url.rsplit("-", 1)[-1]
        assert page.locator(f"#source-{number}").is_visible()


def test_the_document_is_downloaded_under_a_name_that_people_read(chromium: Browser, kept: Kept) -> None:
    with reading(chromium, kept) as page:
        opened(page, kept, kept.cases[REQUESTS[0]])
        with page.expect_download() as loaded:
            page.get_by_role("link", name="As a Word document").click()
        assert re.fullmatch(
            r"dossier-haiti-dominican-republic-[0-9a-f]{16}\.docx", loaded.value.suggested_filename
        )


def test_a_dossier_of_the_api_looks_the_same_by_itself(chromium: Browser, kept: Kept) -> None:
    sent = {"Authorization": f"Bearer {kept.key}"}
    with looking(chromium, width=360, color_scheme="dark", extra_http_headers=sent) as page:
        page.goto(f"{kept.address}/v1/cases/{kept.cases[REQUESTS[0]]}/dossier")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 24, 29)"
        assert checked(page) == []
