"""The pages as a browser gets them: in both languages, from the sample postings of the study."""

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app import accounts, postings
from app.catalogue import Catalogue
from app.evaluation.samples import Samples
from app.settings import Settings
from app.workbench.words import DOMAIN, FOLDER
from tests.web.visitors import Clock, Service, Visitor, a_request, running

REQUEST = "hti-eau-cholera"
LANGUAGES = ("en", "es")
LARGEST_BYTES = 100_000
WORKBENCH = FOLDER.parent
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
EMPTY_ELEMENTS = {"meta", "link", "br", "hr", "img", "input"}


@pytest.fixture(scope="module")
def filled(
    catalogue: Catalogue, sampled: Samples, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with the sample postings. Read it; change nothing."""
    folder = tmp_path_factory.mktemp("pages")
    settings = Settings(database_url=f"sqlite:///{folder}/puente.db", rate_limit="off")
    with running(settings, catalogue, Clock()) as service:
        with service.app.state.house.database.transaction() as session:
            for intake in (*sampled.offers.values(), *sampled.requests.values()):
                postings.add(session, intake, by=accounts.OPERATOR, now=service.clock.now)
        yield service


@pytest.fixture(scope="module")
def addresses(catalogue: Catalogue, sampled: Samples) -> list[str]:
    """Every kind of page, and every page of the catalogue."""
    offer = next(iter(sampled.offers))
    return [
        "/",
        "/requests",
        "/offers",
        "/requests?sector=health&country=&q=agua",
        f"/requests/{REQUEST}",
        f"/offers/{offer}",
        f"/requests/{REQUEST}/suggestions/{offer}",
        "/catalogue",
        "/coverage",
        "/coverage?sector=health",
        "/coverage?area=HTI",
        "/coverage?channel=paho&role=provider",
        *(f"/channels/{slug}" for slug in catalogue.channels),
        *(f"/instruments/{slug}" for slug in catalogue.instruments),
        *(f"/countries/{iso3}" for iso3 in catalogue.countries),
        *(f"/sectors/{slug}" for slug in catalogue.sectors),
    ]


def look(service: Service, path: str, language: str = "en") -> Any:
    """As a browser on its first visit."""
    service.client.cookies.clear()
    return service.anyone.get(path, headers=BROWSER | {"Accept-Language": language})


class Elements(HTMLParser):
    """What a page is made of, and whether every element that is opened is closed in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in EMPTY_ELEMENTS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"


def elements(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parsed = Elements()
    parsed.feed(page)
    parsed.close()
    assert parsed.open == []
    return parsed.found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole_small_and_without_inline_style_or_script(
    filled: Service, addresses: list[str], language: str
) -> None:
    for path in addresses:
        page = look(filled, path, language)
        assert page.status_code == 200, path
        assert page.headers["content-language"] == language
        assert f'<html lang="{language}">' in page.text
        assert len(page.content) < LARGEST_BYTES, f"{path}: {len(page.content)} bytes"
        found = elements(page.text)
        for tag, attributes in found:
            assert tag != "style", path
            assert tag != "script" or attributes.get("src"), path
            assert not {name for name in attributes if name == "style" or name.startswith("on")}, path
        ids = [attributes["id"] for _, attributes in found if "id" in attributes]
        assert len(ids) == len(set(ids)), f"{path}: an id stands twice"
        assert [tag for tag, _ in found].count("h1") == 1, path


def test_every_link_of_the_main_pages_leads_somewhere(filled: Service) -> None:
    main = ("/", "/requests", f"/requests/{REQUEST}", "/catalogue", "/coverage", "/coverage?area=HTI")
    links = {
        str(attributes["href"]).partition("#")[0]
        for path in main
        for _, attributes in elements(look(filled, path).text)
        if str(attributes.get("href", "")).startswith("/")
    }
    broken = [link for link in sorted(links) if link and look(filled, link).status_code != 200]
    assert broken == []


def written() -> set[str | tuple[str, ...]]:
    """Every text of the pages that is to be translated, as the sources have it."""
    keywords: dict[str, Any] = {"_": None, "gettext": None, "say": None, "N_": None, "ngettext": (1, 2)}
    method_map = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
    return {found[2] for found in extract_from_dir(WORKBENCH, method_map, keywords=keywords)}


def test_every_text_of_the_pages_is_translated_and_nothing_else() -> None:
    with (FOLDER / "es" / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        held = {message.id: message for message in read_po(file, locale="es") if message.id}
    assert set(held) == written()
    for message in held.values():
        told = [message.string] if isinstance(message.string, str) else list(message.string or [""])
        asked = message.id if isinstance(message.id, str) else message.id[-1]
        assert all(told), f"{message.id} is not translated"
        assert not message.fuzzy
        for words in told:
            names = re.findall(r"%\(\w+\)s", words)
            assert sorted(names) == sorted(re.findall(r"%\(\w+\)s", asked)), f"placeholders of {words}"


def test_no_text_stands_in_a_template_outside_gettext() -> None:
    for file in sorted((WORKBENCH / "templates").glob("*.html")):
        text = re.sub(r"\{[%{#].*?[%}#]\}", " ", file.read_text("utf-8"), flags=re.DOTALL)
        bare = re.sub(r"<code>.*?</code>|<[^>]*>", " ", text, flags=re.DOTALL)
        words = set(re.findall(r"[^\W\d_]{3,}", bare)) - {"Puente"}
        assert words == set(), file.name


def test_the_language_is_asked_for_kept_and_wished_for(service: Service) -> None:
    anyone = service.anyone
    assert anyone.get("/", headers={"Accept-Language": "pt"}).headers["content-language"] == "en"
    assert anyone.get("/", headers={"Accept-Language": "es-GT,en;q=0.5"}).headers["content-language"] == "es"
    assert anyone.get("/?lang=es").headers["content-language"] == "es"
    assert anyone.get("/catalogue").headers["content-language"] == "es", "kept in the cookie"
    assert anyone.get("/catalogue?lang=en").headers["content-language"] == "en"


def test_an_empty_service_says_what_to_do(anyone: Visitor) -> None:
    for path in ("/", "/requests", "/offers"):
        page = anyone.get(path, headers={"Accept-Language": "en"})
        assert page.status_code == 200
        assert "Nothing is posted yet" in page.text


def test_what_people_wrote_is_shown_as_text(service: Service, jamaica: Visitor, anyone: Visitor) -> None:
    hostile = '<script>alert("x")</script> {{ 7*7 }} & "quotes"'
    answer = jamaica.post("/v1/requests", a_request(title=hostile, visibility="public"))
    assert answer.status_code == 201, answer.text
    identity = answer.json()["id"]
    for path in ("/", "/requests", f"/requests/{identity}"):
        page = anyone.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert "{{ 7*7 }}" in page
        elements(page)


@pytest.mark.parametrize(
    "path",
    [
        "/requests/unknown",
        "/offers/unknown",
        f"/requests/{REQUEST}/suggestions/unknown",
        "/channels/unknown",
        "/instruments/unknown",
        "/countries/XXX",
        "/sectors/unknown",
        "/nowhere",
        "/requests/%3Cscript%3E",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(filled: Service, path: str) -> None:
    page = look(filled, path)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert "There is nothing here" in page.text
    assert "<script>" not in page.text


def test_outside_of_browsers_and_in_the_api_refusals_stay_problems(filled: Service) -> None:
    for path, headers in (("/nowhere", {"Accept": "*/*"}), ("/v1/nowhere", BROWSER)):
        answer = filled.anyone.get(path, headers=headers)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_address_that_cannot_be_read_names_its_faults(filled: Service) -> None:
    for path in ("/coverage?role=boss", "/requests?sector=nothing", "/offers?cursor=made-up"):
        page = look(filled, path)
        assert page.status_code == 422
        assert "This address cannot be read" in page.text


def test_a_request_shows_its_partners_with_the_sum_that_the_api_tells(filled: Service) -> None:
    page = look(filled, f"/requests/{REQUEST}").text
    found = filled.anyone.get(f"/v1/requests/{REQUEST}/suggestions?limit=5").json()["items"]
    assert found
    for one in found:
        assert f"/requests/{REQUEST}/suggestions/{one['offer']['id']}" in page
        assert f"score {one['score']:.3f}" in page


def test_the_pair_in_full_marks_the_words_that_met(filled: Service) -> None:
    best = filled.anyone.get(f"/v1/requests/{REQUEST}/suggestions?limit=1").json()["items"][0]
    page = look(filled, f"/requests/{REQUEST}/suggestions/{best['offer']['id']}").text
    assert page.count('<mark class="') >= 4
    assert "Where to ask" in page


def test_a_list_leads_on_to_the_next_page_and_ends(filled: Service, sampled: Samples) -> None:
    seen: list[str] = []
    path: str | None = "/requests"
    while path:
        found = elements(look(filled, path).text)
        seen += [
            str(a["href"]) for _, a in found if re.fullmatch(r"/requests/[^/?]+", str(a.get("href", "")))
        ]
        path = next((str(a["href"]) for _, a in found if a.get("rel") == "next"), None)
    assert sorted(seen) == sorted(f"/requests/{identity}" for identity in sampled.requests)


def test_the_table_for_spreadsheets_has_every_reading(filled: Service, catalogue: Catalogue) -> None:
    answer = filled.anyone.get("/coverage.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [line["id"] for line in lines] == [reading.id for reading in catalogue.coverage]
    of_health = filled.anyone.get("/coverage.csv?sector=health").text
    assert {line["sector"] for line in csv.DictReader(io.StringIO(of_health.removeprefix("\ufeff")))} == {
        "health"
    }


def test_files_are_kept_for_ever_under_the_name_of_their_content(filled: Service) -> None:
    found = [one for path in ("/", "/coverage") for one in elements(look(filled, path).text)]
    files = {str(a.get("href") or a.get("src")) for tag, a in found if tag in ("link", "script", "img")}
    assert len(files) == len(list(Path(WORKBENCH / "static").iterdir()))
    for path in files:
        answer = filled.anyone.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert filled.anyone.get("/static/style.css").status_code == 404
