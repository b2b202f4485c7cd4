"""The pages for an analyst: numbers that open what they count, and each picture with its table and file."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin

import pytest

from app import accounts, postings
from app.analysis import WAY
from app.catalogue import Catalogue
from app.evaluation.samples import Samples
from app.intake import Intake
from app.matching.posting import Posting
from app.settings import Settings
from app.workbench.words import LANGUAGES
from tests.conftest import SEED
from tests.web.test_pages import LARGEST_BYTES, elements, look
from tests.web.visitors import Clock, Service, Visitor, a_request, an_offer, running

PICTURES = (
    "/analysis/demand",
    "/analysis/region",
    "/analysis/flows",
    "/analysis/flows?source=study",
    "/analysis/funnel",
    "/analysis/outcomes",
)


@pytest.fixture(scope="module")
def filled(
    catalogue: Catalogue, sampled: Samples, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service with the sample postings. Read it; change nothing."""
    folder = tmp_path_factory.mktemp("analysis")
    settings = Settings(database_url=f"sqlite:///{folder}/puente.db", rate_limit="off", seed=SEED)
    with running(settings, catalogue, Clock()) as service:
        with service.app.state.house.database.transaction() as session:
            for intake in (*sampled.offers.values(), *sampled.requests.values()):
                postings.add(session, intake, by=accounts.OPERATOR, now=service.clock.now)
        yield service


def table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def links(page: Any) -> list[str]:
    return [str(a["href"]) for tag, a in elements(page.text) if tag == "a" and a.get("href")]


def words(page: Any) -> str:
    """The text of a page, without its elements."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page.text)))


# Every page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_whole_and_small_and_names_its_file(filled: Service, language: str) -> None:
    for path in ("/analysis", *PICTURES, "/analysis/postings", "/analysis/demand?kind=offer&sector=health"):
        page = look(filled, path, language)
        assert page.status_code == 200, path
        assert page.headers["content-language"] == language
        assert len(page.content) < LARGEST_BYTES, f"{path}: {len(page.content)} bytes"
        found = elements(page.text)
        assert not {name for _, attributes in found for name in attributes if name == "style"}
        ids = [attributes["id"] for _, attributes in found if "id" in attributes]
        assert len(ids) == len(set(ids)), path
        assert [tag for tag, _ in found].count("h1") == 1, path


def test_the_file_of_a_picture_has_its_address_with_the_same_filters(filled: Service) -> None:
    for path, file in (
        ("/analysis/demand?kind=offer&country=BRA", "/analysis/demand.csv?kind=offer&country=BRA"),
        ("/analysis/region?sector=health", "/analysis/region.csv?sector=health"),
        ("/analysis/flows?source=study&provider=CUB", "/analysis/flows.csv?source=study&provider=CUB"),
    ):
        assert file in links(look(filled, path)), path
        assert table(filled.anyone.get(file)), file


def test_links_of_the_pages_lead_somewhere(filled: Service) -> None:
    found = {link for path in ("/analysis", *PICTURES) for link in links(look(filled, path))}
    assert "/analysis/flows?source=study" in found
    inner = {urljoin("/analysis/", link) for link in found if link.startswith(("/analysis", "postings"))}
    broken = [link for link in sorted(inner)[::5] if look(filled, link).status_code != 200]
    assert broken == []


@pytest.mark.parametrize("path", PICTURES)
def test_without_anything_to_count_a_page_says_what_to_do(service: Service, path: str) -> None:
    if "study" in path:
        assert "89 exchanges" in look(service, path).text, "the study is there always"
        return
    page = look(service, path)
    assert page.status_code == 200
    assert 'class="empty"' in page.text
    assert any(link in links(page) for link in ("/docs", "/requests"))


# Demand and supply


def test_each_number_of_the_heat_map_is_the_length_of_the_list_that_it_opens(filled: Service) -> None:
    for kind in ("offer", "request"):
        page = look(filled, f"/analysis/demand?kind={kind}")
        cells = re.findall(r'<td class="\w+-\d"><a href="([^"]+)">(\d+)</a>', page.text)
        assert len(cells) > 60
        for address, number in cells[::10]:
            listed = look(filled, unescape(address))
            found = [link for link in links(listed) if re.fullmatch(rf"/{kind}s/[^/?]+", link)]
            assert unescape(address).startswith(f"/{kind}s?country="), "the list that everybody knows"
            assert len(found) == int(number), address


def test_a_balance_tells_its_sum_and_opens_both_kinds_beside_each_other(filled: Service) -> None:
    page = look(filled, "/analysis/demand?country=HTI")
    cells = re.findall(r'<a href="([^"]+)" title="(\d+) − (\d+)">([+−]?\d+)</a>', page.text)
    assert cells
    for address, offers, requests, balance in cells:
        assert int(offers) - int(requests) == int(balance.replace("−", "-"))
        told = words(look(filled, urljoin("/analysis/demand", unescape(address))))
        assert re.search(rf"\b{offers} offers?\b", told)
        assert re.search(rf"\b{requests} requests?\b", told)


def test_offers_less_requests_is_what_the_table_for_spreadsheets_has(
    filled: Service, sampled: Samples
) -> None:
    lines = table(filled.anyone.get("/analysis/demand.csv"))
    expected: Counter[tuple[str, str]] = Counter()
    for sign, side in ((1, sampled.offers), (-1, sampled.requests)):
        for intake in side.values():
            for sector in intake.posting.sectors:
                expected[intake.posting.country, sector] += sign
    told = {(line["country"], line["sector"]): int(line["balance"]) for line in lines}
    assert {place: number for place, number in told.items() if number} == {
        place: number for place, number in expected.items() if number
    }


def test_nothing_posted_is_not_known_and_what_filters_leave_out_is_zero(
    service: Service, brazil: Visitor
) -> None:
    brazil.post("/v1/offers", an_offer(sectors=["health"], visibility="public"))
    page = look(service, "/analysis/demand?kind=offer&since=2030-01-01")
    assert page.text.count('<td class="zero"') == 1
    assert 'title="none with these filters, 1 without"' in page.text
    assert page.text.count('<td class="nothing"><i class="sr">not known</i>') == 10
    lines = table(service.anyone.get("/analysis/demand.csv?kind=offer&since=2030-01-01&country=BRA"))
    known = {line["sector"]: (line["offers"], line["known"]) for line in lines}
    assert known.pop("health") == ("0", "yes")
    assert set(known.values()) == {("0", "no")}


def test_as_many_of_both_is_a_zero_that_opens_them(
    service: Service, brazil: Visitor, broker: Visitor
) -> None:
    brazil.post("/v1/offers", an_offer(sectors=["health"], visibility="public"))
    broker.post("/v1/requests", a_request(country="BRA", sectors=["health"], visibility="public"))
    page = look(service, "/analysis/demand")
    assert re.search(r'<td class="even"><a href="[^"]+" title="1 − 1">0</a>', page.text)


def test_postings_without_a_sector_have_a_column_and_a_list(service: Service, brazil: Visitor) -> None:
    brazil.post("/v1/offers", an_offer(visibility="public", title="Sem setor"))
    page = look(service, "/analysis/demand?kind=offer")
    assert "sector not stated" in words(page)
    listed = look(service, "/analysis/postings?kind=offer&country=BRA&sector=none")
    assert "Sem setor" in listed.text
    assert "postings?country=BRA&sector=none&kind=offer" in links(page)


def test_anyone_counts_what_anyone_may_see_and_who_signs_in_what_they_may(
    service: Service, brazil: Visitor, partner: Visitor
) -> None:
    brazil.post("/v1/offers", an_offer(sectors=["health"], visibility="public"))
    brazil.post("/v1/offers", an_offer(sectors=["health"], visibility="partners", title="Para parceiros"))
    drawn = re.compile(r'<td class="gives-\d"><a href="([^"]+)">(\d+)</a>')
    public, ours = service.browser(), service.browser(partner)
    for browser, number in ((public, "1"), (ours, "2")):
        page = browser.get("/analysis/demand?kind=offer")
        [(address, told)] = drawn.findall(page.text)
        assert told == number
        listed = browser.get(urljoin("/analysis/demand", unescape(address)))
        assert len([link for link in links(listed) if re.fullmatch(r"/offers/[^/?]+", link)]) == int(number)
    assert "Counted is what anyone may see." in words(public.get("/analysis/demand"))
    assert "others may see other numbers" in words(ours.get("/analysis/demand"))


def test_the_region_has_every_country_as_a_tile_that_opens_something(
    filled: Service, catalogue: Catalogue
) -> None:
    page = look(filled, "/analysis/region?kind=request")
    tiles = [a for tag, a in elements(page.text) if tag == "a" and "heat" in str(a.get("class")).split()]
    assert len(tiles) == len(catalogue.region)
    assert all(tile["href"] and tile["title"] for tile in tiles)
    haiti = next(tile for tile in tiles if "(HTI)" in str(tile["title"]))
    assert haiti["title"] == "Haiti (HTI): 6 requests"
    assert haiti["href"] == "/requests?country=HTI"
    silent = next(tile for tile in tiles if "(MSR)" in str(tile["title"]))
    assert silent["title"] == "Montserrat (MSR): nothing was ever posted"
    assert silent["href"] == "/countries/MSR"
    lines = {line["country"]: line for line in table(filled.anyone.get("/analysis/region.csv?kind=request"))}
    assert (lines["HTI"]["requests"], lines["HTI"]["known"]) == ("6", "yes")
    assert lines["MSR"]["known"] == "no"


@pytest.mark.parametrize("path", ["/analysis/demand", "/analysis/region", "/analysis/postings"])
def test_a_day_that_is_none_comes_back_with_what_is_the_matter_beside_it(filled: Service, path: str) -> None:
    page = look(filled, f"{path}?since=31.3.2026&until=2026-04-01&country=BRA")
    assert page.status_code == 422
    fields = {a.get("id"): a for _, a in elements(page.text) if a.get("id")}
    assert fields["since"]["aria-invalid"] == "true"
    assert fields["since"]["value"] == "31.3.2026"
    assert fields["since"]["aria-describedby"] == "fault-since"
    assert "fault-since" in fields
    assert "aria-invalid" not in fields["until"]
    assert fields["until"]["value"] == "2026-04-01"
    turned = look(filled, f"{path}?since=2026-04-01&until=2026-03-01", "es")
    assert turned.status_code == 422
    assert "Esta fecha es anterior a la primera." in turned.text


@pytest.mark.parametrize(
    "query",
    ["kind=all", "status=gone", "country=XXX", "sector=nothing", "sector=nothing&kind=%3Cscript%3E"],
)
def test_an_address_with_an_unknown_name_says_so(filled: Service, query: str) -> None:
    for path in ("/analysis/demand", "/analysis/region.csv", "/analysis/postings"):
        page = look(filled, f"{path}?{query}")
        assert page.status_code == 422, path
        assert "This address cannot be read" in page.text
        assert "<script>" not in page.text


def test_a_region_that_posted_everywhere_stays_a_small_page(service: Service, catalogue: Catalogue) -> None:
    with service.app.state.house.database.transaction() as session:
        for place, country in enumerate(catalogue.countries):
            for number in range(12):
                posting = Posting(
                    id=f"o{place}-{number}",
                    kind="offer" if number < 11 else "request",
                    title="Agua",
                    description="Agua.",
                    language="es",
                    country=country,
                    sectors=() if number == 0 else tuple(catalogue.sectors),
                    visibility="public",
                )
                postings.add(session, Intake(posting, None), by=accounts.OPERATOR, now=service.clock.now)
    for language in LANGUAGES:
        page = look(service, "/analysis/demand?status=any&since=2026-01-01&until=2026-12-31", language)
        assert page.text.count("<td class=") > len(catalogue.region) * len(catalogue.sectors)
        assert len(page.content) < LARGEST_BYTES, f"{language}: {len(page.content)} bytes"
    elsewhere = look(service, "/analysis/demand?country=ESP&kind=offer")
    assert "Spain" in elsewhere.text
    assert "/analysis/demand?country=ESP" in links(look(service, "/analysis/demand"))


# Who teaches whom


def test_the_exchanges_of_the_study_are_flows_with_their_sources(filled: Service, sampled: Samples) -> None:
    expected = Counter(
        (sampled.offers[one.offer].posting.country, sampled.requests[one.request].posting.country)
        for one in sampled.exchanges
    )
    lines = table(filled.anyone.get("/analysis/flows.csv?source=study"))
    assert {(one["provider"], one["receiver"]): int(one["exchanges"]) for one in lines} == expected
    page = look(filled, "/analysis/flows?source=study&provider=CUB&receiver=HTI")
    assert "Cuban technicians worked with small farmers in Haiti." in page.text
    assert '<details class="source">' in page.text
    assert "the pair is our reading" in page.text


def test_the_picture_of_flows_has_a_line_a_flow_a_name_and_a_table(filled: Service) -> None:
    page = look(filled, "/analysis/flows?source=study")
    lines = table(filled.anyone.get("/analysis/flows.csv?source=study"))
    assert page.text.count("<path d=") == len(lines)
    svg = next(a for tag, a in elements(page.text) if tag == "svg" and a.get("role") == "img")
    assert svg["aria-label"] == "Who teaches whom"
    assert f'id="{svg["aria-describedby"]}"' in page.text
    assert "The largest: from Brazil to El Salvador, 5 exchanges." in words(page)
    assert page.text.count(" → ") == len(lines)


# Cases


def a_pair(provider: Visitor, receiver: Visitor) -> tuple[str, str]:
    """A request and an offer that suit one another, as somebody new would post them."""
    offer = an_offer(sectors=["health"], visibility="public", language="pt")
    request = a_request(
        title="Human milk banks",
        description="Our hospitals want to learn how human milk is collected.",
        sectors=["health"],
        visibility="public",
        language="en",
    )
    return (
        receiver.post("/v1/requests", request).json()["id"],
        provider.post("/v1/offers", offer).json()["id"],
    )


def step(by: Visitor, case: str, action: str, body: Any = None) -> None:
    tag = by.get(f"/v1/cases/{case}").headers["etag"]
    answer = by.change(f"/v1/cases/{case}/{action}", tag, body)
    assert answer.status_code == 200, answer.text


def taken_up(broker: Visitor, request: str, offer: str) -> str:
    answer = broker.post("/v1/cases", {"request_id": request, "offer_id": offer})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def gone(service: Service, clock: Clock, broker: Visitor, brazil: Visitor, jamaica: Visitor) -> str:
    """A case that was completed in steps of two days; and another that Jamaica declined after four."""
    request, offer = a_pair(brazil, jamaica)
    case = taken_up(broker, request, offer)
    outcome = {"summary": "Twelve nurses trained.", "changed": "Two banks opened.", "useful": 5}
    for by, action, body in (
        (broker, "shortlist", None),
        (broker, "propose", None),
        (brazil, "accept", None),
        (jamaica, "accept", None),
        (brazil, "start", None),
        (jamaica, "complete", {"outcome": outcome}),
    ):
        clock.pass_(days=2)
        step(by, case, action, body)
    refused = taken_up(broker, *a_pair(brazil, jamaica))
    step(broker, refused, "shortlist")
    step(broker, refused, "propose")
    clock.pass_(days=4)
    step(jamaica, refused, "decline", {"reason": "no_funds"})
    return case


def test_an_exchange_that_was_agreed_is_a_flow_and_a_refused_one_is_none(service: Service, gone: str) -> None:
    [flow] = table(service.anyone.get("/analysis/flows.csv"))
    assert (flow["provider"], flow["receiver"], flow["exchanges"]) == ("BRA", "JAM", "1")
    assert flow["sectors"] == "health"
    page = look(service, "/analysis/flows")
    assert "Brazil → Jamaica" in page.text
    assert gone not in page.text, "which case it is, only those learn who take part in it"


def test_the_funnel_counts_how_far_cases_came_and_their_days(service: Service, gone: str) -> None:
    lines = table(service.anyone.get("/analysis/funnel.csv"))
    reached = {line["to"]: line["cases"] for line in lines if line["section"] == "stage"}
    assert reached == dict(zip(WAY, ("2", "2", "2", "1", "1", "1"), strict=True))
    ended = {line["to"]: line["declined"] for line in lines if line["section"] == "stage"}
    assert ended["proposed"] == "1"
    days = {(line["from"], line["to"]): line["median"] for line in lines if line["section"] == "move"}
    assert days["proposed", "declined"] == "4.0"
    assert days["proposed", "agreed"] == "4.0", "the first of two acceptances is no state of its own"
    assert days["suggested", "shortlisted"] == "1.0", "between two days and none"
    page = words(look(service, "/analysis/funnel"))
    assert "2 cases" in page
    assert "1 declined" in page
    assert "proposed to both sides → agreed" in page


def test_outcomes_count_ends_reasons_and_use_and_tell_words_to_those_who_took_part(
    service: Service, gone: str, brazil: Visitor, broker: Visitor
) -> None:
    lines = table(service.anyone.get("/analysis/outcomes.csv"))
    told = {(line["section"], line["item"]): (line["cases"], line["name"]) for line in lines}
    assert told["end", "completed"] == ("1", "completed")
    assert told["reason", "no_funds"] == ("1", "No funds could be found")
    assert told["sector", "health"][0] == "1"
    assert told["useful", "5"] == ("1", "5: decisive")
    public = look(service, "/analysis/outcomes")
    assert "Two banks opened." not in public.text
    assert gone not in public.text
    chile = service.browser(service.visitor("agency", "CHL"))
    assert "Two banks opened." not in chile.get("/analysis/outcomes").text
    for visitor in (brazil, broker):
        page = service.browser(visitor).get("/analysis/outcomes")
        assert "Two banks opened." in page.text
        assert f"/cases/{gone}" in links(page)


def test_only_brokers_narrow_how_cases_end_by_country(
    service: Service, gone: str, broker: Visitor, brazil: Visitor
) -> None:
    for path in ("/analysis/funnel?country=JAM", "/analysis/outcomes.csv?sector=health"):
        public = service.browser().get(path)
        assert public.status_code == 303
        assert public.headers["location"].startswith("/sign-in?")
        assert service.browser(brazil).get(path).status_code == 403
        assert service.browser(broker).get(path).status_code == 200
    narrowed = service.browser(broker)
    assert "2 cases" in words(narrowed.get("/analysis/funnel?country=JAM"))
    assert "No case fits these filters" in narrowed.get("/analysis/funnel?country=CHL").text


def test_cases_are_narrowed_by_the_day_on_which_they_were_taken_up(service: Service, gone: str) -> None:
    lines = table(service.anyone.get("/analysis/funnel.csv?until=2026-03-02"))
    assert {line["to"]: line["cases"] for line in lines if line["section"] == "stage"}["completed"] == "1"
    later = table(service.anyone.get("/analysis/funnel.csv?since=2026-03-03"))
    assert {line["to"]: line["cases"] for line in later if line["section"] == "stage"}["completed"] == "0"
    assert look(service, "/analysis/funnel?since=today").status_code == 422
    assert look(service, "/analysis/outcomes?since=today").status_code == 422
