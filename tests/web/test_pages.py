"""The pages as a browser gets them: in every language, from the sample postings of the study."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app import accounts, postings
from app.catalogue import Catalogue
from app.evaluation.samples import Samples
from app.settings import Settings
from app.workbench.frame import asset
from app.workbench.words import DOMAIN, FOLDER, LANGUAGES, SPOKEN
from tests.web.visitors import Clock, Service, Visitor, a_request, running

REQUEST = "hti-eau-cholera"
LONGEST = "fr"
"""The language whose words take most room: with it and that of the msgids every page is looked at."""
TRANSLATED = LANGUAGES[1:]
LARGEST_BYTES = 100_000
WORKBENCH = FOLDER.parent
MAIL = WORKBENCH.parent / "mail"
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
def kinds(sampled: Samples) -> list[str]:
    """Every kind of page."""
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
        "/channels/paho",
        "/instruments/paho-tcc",
        "/countries/BRA",
        "/sectors/health",
        "/support?country=JAM&sector=social",
        "/sign-in",
        "/nowhere",
    ]


@pytest.fixture(scope="module")
def addresses(catalogue: Catalogue, kinds: list[str]) -> list[str]:
    """Every kind of page, and every page of the catalogue."""
    return [
        *kinds,
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


def assert_whole(page: Any, path: str, language: str) -> None:
    assert page.status_code == (404 if path == "/nowhere" else 200), path
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


@pytest.mark.parametrize("language", [LANGUAGES[0], LONGEST])
def test_every_page_is_whole_small_and_without_inline_style_or_script(
    filled: Service, addresses: list[str], language: str
) -> None:
    for path in addresses:
        assert_whole(look(filled, path, language), path, language)


@pytest.mark.parametrize("language", [tag for tag in TRANSLATED if tag != LONGEST])
def test_every_kind_of_page_is_whole_in_the_other_languages_too(
    filled: Service, kinds: list[str], language: str
) -> None:
    for path in kinds:
        assert_whole(look(filled, path, language), path, language)


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
    """Every text of the pages and the mail that is to be translated, as the sources have it."""
    keywords: dict[str, Any] = {"_": None, "gettext": None, "say": None, "N_": None, "ngettext": (1, 2)}
    template = "jinja2.ext:babel_extract"
    method_map = [("**.py", "python"), ("**.html", template), ("templates/**.txt", template)]
    return {
        found[2]
        for folder in (WORKBENCH, MAIL)
        for found in extract_from_dir(folder, method_map, keywords=keywords)
    }


def held(language: str) -> dict[str | tuple[str, ...], Message]:
    """What the translators of a language have written, by the text that it is of."""
    with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        messages = [message for message in read_po(file, locale=language) if message.id]
    return {one.id if isinstance(one.id, str) else tuple(one.id): one for one in messages}


def told(message: Message) -> list[str]:
    """A translation, with one text for every plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_of_the_pages_is_translated_and_nothing_else(language: str) -> None:
    found = held(language)
    assert set(found) == written()
    for message in found.values():
        asked = message.id if isinstance(message.id, str) else message.id[-1]
        assert all(told(message)), f"{message.id} is not translated"
        assert not message.fuzzy
        for words in told(message):
            names = re.findall(r"%\(\w+\)s", words)
            assert sorted(names) == sorted(re.findall(r"%\(\w+\)s", asked)), f"placeholders of {words}"


def test_in_french_no_line_breaks_before_a_mark_and_no_apostrophe_is_straight() -> None:
    texts = [words for message in held("fr").values() for words in told(message)]
    assert [words for words in texts if re.search(r"[ \u00a0][;:!?»]|«[^\u202f]|'", words)] == []


def test_no_text_stands_in_a_template_outside_gettext() -> None:
    for file in sorted((WORKBENCH / "templates").glob("*.html")) + sorted((MAIL / "templates").iterdir()):
        text = re.sub(r"\{[%{#].*?[%}#]\}", " ", file.read_text("utf-8"), flags=re.DOTALL)
        # A macro may give the attributes of an element alone.
        nothing_said = r"<code>.*?</code>|<style>.*?</style>|<[^>]*>|[\w-]+=\"[^\"]*\""
        bare = re.sub(nothing_said, " ", text, flags=re.DOTALL)
        words = set(re.findall(r"[^\W\d_]{3,}", bare)) - {"Puente"}
        assert words == set(), file.name


@pytest.mark.parametrize(
    ("wished", "language"),
    [
        ("es-GT,en;q=0.5", "es"),
        ("pt-BR", "pt"),
        ("nl,fr-HT;q=0.8,en;q=0.5", "fr"),
        ("en-JM", "en"),
        ("nl", "en"),
        ("", "en"),
    ],
)
def test_a_page_speaks_what_the_browser_wishes_for(anyone: Visitor, wished: str, language: str) -> None:
    page = anyone.get("/", headers={"Accept-Language": wished})
    assert page.headers["content-language"] == language
    assert f'<html lang="{language}">' in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_that_was_asked_for_is_kept(anyone: Visitor, language: str) -> None:
    other = next(tag for tag in LANGUAGES if tag != language)
    assert anyone.get("/", headers={"Accept-Language": other}).headers["content-language"] == other
    assert anyone.get(f"/?lang={language}").headers["content-language"] == language
    kept = anyone.get("/catalogue", headers={"Accept-Language": other})
    assert kept.headers["content-language"] == language, "kept in the cookie"
    assert anyone.get(f"/catalogue?lang={other}").headers["content-language"] == other


def test_every_page_offers_itself_in_each_language_by_its_own_name(filled: Service) -> None:
    path = "/requests?sector=health"
    page = look(filled, path, "pt").text
    switch = page.split('<nav class="languages"')[1].split("</nav>")[0]
    found = [attributes for tag, attributes in elements(switch.partition(">")[2]) if tag == "a"]
    assert [one["lang"] for one in found] == [one["hreflang"] for one in found] == list(LANGUAGES)
    assert [one["href"] for one in found] == [f"{path}&lang={tag}" for tag in LANGUAGES]
    assert [one["lang"] for one in found if "aria-current" in one] == ["pt"]
    assert re.findall(r">([^<]+)</a>", switch) == ["English", "Español", "Português", "Français"]


@pytest.mark.parametrize(
    ("language", "number", "share", "day", "tongue"),
    [
        ("en", "12,345.5", "68%", "Mar 2, 2026", "Portuguese"),
        ("es", "12.345,5", "68 %", "2 mar 2026", "portugués"),
        ("pt", "12.345,5", "68%", "2 de mar. de 2026", "português"),
        ("fr", "12 345,5", "68 %", "2 mars 2026", "portugais"),
    ],
)
def test_numbers_days_and_languages_are_written_as_each_language_does(
    language: str, number: str, share: str, day: str, tongue: str
) -> None:
    words = SPOKEN[language]
    spaced = [re.sub(r"\s", " ", one) for one in (words.number(12345.5, 1), words.percent(0.68))]
    assert spaced == [number, share]
    assert words.day(date(2026, 3, 2)) == day
    assert words.moment(datetime(2026, 3, 2, 14, 5, tzinfo=UTC)).startswith(f"{day}, ")
    assert words.tongue("pt") == tongue


@pytest.mark.parametrize(
    ("language", "counted"),
    [
        ("en", ["0 open offers", "1 open offer", "2 open offers"]),
        ("es", ["0 ofertas abiertas", "1 oferta abierta", "2 ofertas abiertas"]),
        ("pt", ["0 ofertas abertas", "1 oferta aberta", "2 ofertas abertas"]),
        ("fr", ["0 offre ouverte", "1 offre ouverte", "2 offres ouvertes"]),
    ],
)
def test_things_are_counted_as_each_language_does(language: str, counted: list[str]) -> None:
    words = SPOKEN[language]
    said = [words.ngettext("%(num)s open offer", "%(num)s open offers", count) for count in range(3)]
    assert said == counted


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
    templates = (file.read_text("utf-8") for file in (WORKBENCH / "templates").iterdir())
    named = {name for text in templates for name in re.findall(r"asset\('([^']+)'\)", text)}
    assert named == {file.name for file in (WORKBENCH / "static").iterdir()}
    for path in map(asset, named):
        answer = filled.anyone.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert filled.anyone.get("/static/style.css").status_code == 404
    found = [one for path in ("/", "/coverage") for one in elements(look(filled, path).text)]
    files = {str(a.get("href") or a.get("src")) for tag, a in found if tag in ("link", "script", "img")}
    assert files <= set(map(asset, named))
