"""The dossier of a case over HTTP and as a page: the same for both, and no more than its reader may see."""

import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from docx.document import Document as Paper
from docx.oxml.ns import qn
from docx.shared import Mm

from app.api.dossier import STYLE, accepted
from app.documents.docx import BOX, MEDIA_TYPE
from tests.web.test_pages import BROWSER, elements
from tests.web.visitors import Service, Visitor, a_request, an_offer

OFFER: dict[str, Any] = {
    "title": "Bancos de leite humano para hospitais públicos",
    "description": "Ensinamos a coletar, pasteurizar e distribuir leite humano em hospitais públicos.",
    "language": "pt",
    "sectors": ["health"],
    "modalities": ["training"],
    "visibility": "public",
    "contact": {"name": "Ana Paz", "email": "ana@example.org"},
}
REQUEST: dict[str, Any] = {
    "title": "Human milk banks for public hospitals",
    "description": "Our hospitals want to learn how to collect, pasteurise and share <b>human milk</b>.",
    "language": "en",
    "sectors": ["health"],
    "modalities": ["training"],
    "visibility": "public",
    "contact": {"name": "Joy Reid", "email": "joy@example.org"},
}
CONTACTS = ("Ana Paz", "ana@example.org", "Joy Reid", "joy@example.org")
SAID = "The minister of health is against it."
"""What the broker and the sides said to one another, which no dossier tells."""


@pytest.fixture(scope="module")
def service(one_service: Service) -> Service:
    """One for all tests here: each makes a case of its own, and no case sees another."""
    return one_service


def step(by: Visitor, case: str, action: str, body: Any = None) -> None:
    tag = by.get(f"/v1/cases/{case}").headers["etag"]
    answer = by.change(f"/v1/cases/{case}/{action}", tag, body)
    assert answer.status_code == 200, answer.text


def taken_up(service: Service, broker: Visitor, **offer: Any) -> str:
    brazil, jamaica = service.visitor("agency", "BRA"), service.visitor("agency", "JAM")
    given = brazil.post("/v1/offers", an_offer(**(OFFER | offer)))
    asked = jamaica.post("/v1/requests", a_request(**REQUEST))
    body = {
        "request_id": asked.json()["id"],
        "offer_id": given.json()["id"],
        "channel": "paho",
        "instrument": "paho-tcc",
        "reason": SAID,
    }
    made = broker.post("/v1/cases", body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


@pytest.fixture
def case(service: Service, broker: Visitor) -> str:
    """A case that both sides know of and have not answered."""
    id = taken_up(service, broker)
    step(broker, id, "shortlist", {"note": SAID})
    step(broker, id, "propose", {"note": SAID})
    broker.post(f"/v1/cases/{id}/comment", {"text": SAID})
    return id


@pytest.fixture
def agreed(case: str, brazil: Visitor, jamaica: Visitor) -> str:
    step(brazil, case, "accept", {"note": SAID})
    step(jamaica, case, "accept", {"note": SAID})
    return case


def paper(answer: Any) -> Paper:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    return Document(BytesIO(answer.content))


def as_docx(by: Visitor, case: str, **headers: str) -> Paper:
    return paper(by.get(f"/v1/cases/{case}/dossier", headers={"Accept": MEDIA_TYPE, **headers}))


def everything(found: Paper) -> str:
    """All words of a document, those in tables included."""
    return "\n".join(node.text or "" for node in found.element.body.iter(qn("w:t")))


class TestTheForms:
    def test_html_is_given_to_whoever_has_no_wish(self, brazil: Visitor, case: str) -> None:
        answer = brazil.get(f"/v1/cases/{case}/dossier", headers={"Accept-Language": "pt"})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-language"] == "pt"
        assert (
            answer.headers["content-disposition"] == f'inline; filename="dossier-jamaica-brasil-{case}.html"'
        )
        assert answer.headers["vary"] == "Authorization, Accept, Accept-Language"
        assert answer.headers["cache-control"] == "private, no-cache"
        assert '<html lang="pt">' in answer.text
        assert "<h1>Dossier: Jamaica solicita, Brasil oferece</h1>" in answer.text

    def test_a_page_is_whole_without_inline_style_or_script(self, brazil: Visitor, case: str) -> None:
        found = elements(brazil.get(f"/v1/cases/{case}/dossier").text)
        tags = [tag for tag, _ in found]
        assert tags.count("h1") == 1
        assert not {"style", "script"} & set(tags)
        assert not [name for _, attributes in found for name in attributes if name == "style"]
        ids = [attributes["id"] for _, attributes in found if "id" in attributes]
        assert len(ids) == len(set(ids))
        cited = {str(attributes["href"])[1:] for tag, attributes in found if tag == "a"}
        assert cited <= set(ids)
        assert [attributes["href"] for tag, attributes in found if tag == "link"] == [STYLE]
        assert brazil.get(STYLE).headers["content-type"].startswith("text/css")

    def test_what_people_wrote_is_text(self, brazil: Visitor, case: str) -> None:
        assert "&lt;b&gt;human milk&lt;/b&gt;" in brazil.get(f"/v1/cases/{case}/dossier").text
        assert "<b>human milk</b>" in everything(as_docx(brazil, case))

    @pytest.mark.parametrize(
        ("accept", "asked", "taken"),
        [
            ("text/html", None, "html"),
            (MEDIA_TYPE, None, "docx"),
            (f"text/html;q=0.5, {MEDIA_TYPE}", None, "docx"),
            (f"{MEDIA_TYPE};q=0.2, */*", None, "html"),
            ("text/html", "docx", "docx"),
            ("application/json", "html", "html"),
        ],
    )
    def test_the_form_is_the_one_that_is_wanted_most(
        self, broker: Visitor, case: str, accept: str, asked: str | None, taken: str
    ) -> None:
        address = f"/v1/cases/{case}/dossier" + (f"?format={asked}" if asked else "")
        answer = broker.get(address, headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-disposition"].endswith(f'.{taken}"')

    def test_another_form_is_refused_with_those_that_there_are(self, broker: Visitor, case: str) -> None:
        answer = broker.get(f"/v1/cases/{case}/dossier", headers={"Accept": "application/json"})
        assert answer.status_code == 406
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/not-acceptable"
        assert answer.json()["offered"] == ["text/html", MEDIA_TYPE]
        assert broker.get("/problems/not-acceptable").status_code == 200
        assert broker.get(f"/v1/cases/{case}/dossier?format=pdf").status_code == 422
        assert broker.get(f"/v1/cases/{case}/dossier?form=docx").status_code == 422

    def test_head_is_answered_too(self, broker: Visitor, case: str) -> None:
        answer = broker.ask("HEAD", f"/v1/cases/{case}/dossier")
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", "a/x"),
        ("*/*", "a/x"),
        ("a/*", "a/x"),
        ("a/x;q=0, */*", "b/y"),
        ("a/*;q=0.3, b/y;q=0.4", "b/y"),
        ("B/Y; q=0.9, a/x;q=0.8", "b/y"),
        ("a/x;q=many, b/y;q=0.1", "b/y"),
        ("c/z", None),
        ("*/*;q=0", None),
    ],
)
def test_accept_is_read_as_it_is_meant(accept: str, best: str | None) -> None:
    assert accepted(accept, ("a/x", "b/y")) == best


class TestTheDocument:
    @pytest.mark.parametrize(
        ("language", "tag", "first"),
        [
            ("en", "en-GB", "1. The decision"),
            ("es", "es-419", "1. La decisión"),
            ("pt", "pt-BR", "1. A decisão"),
            ("fr", "fr-FR", "1. La décision"),
        ],
    )
    def test_it_has_headings_and_a_language(
        self, broker: Visitor, case: str, language: str, tag: str, first: str
    ) -> None:
        found = as_docx(broker, case, **{"Accept-Language": language})
        headings = [one.text for one in found.paragraphs if one.style and one.style.name == "Heading 1"]
        assert headings[0] == first
        assert len(headings) == 6 + 5
        assert found.paragraphs[0].style is not None
        assert found.paragraphs[0].style.name == "Title"
        assert found.core_properties.language == tag
        assert found.core_properties.title == found.paragraphs[0].text
        assert found.styles.element.find(f".//{qn('w:lang')}").get(qn("w:val")) == tag

    def test_words_of_another_language_say_which(self, broker: Visitor, case: str) -> None:
        found = as_docx(broker, case, **{"Accept-Language": "es"})
        spoken = {
            run.text: lang.get(qn("w:val"))
            for paragraph in found.paragraphs
            for run in paragraph.runs
            if (lang := run._r.find(f".//{qn('w:lang')}")) is not None
        }
        assert spoken[OFFER["description"]] == "pt-BR"
        assert spoken[REQUEST["title"]] == "en-GB"

    def test_headers_of_tables_are_marked_and_steps_have_boxes(self, broker: Visitor, case: str) -> None:
        found = as_docx(broker, case)
        marked = [
            grid.rows[0].cells[0].text
            for grid in found.tables
            if grid.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None
        ]
        assert marked == ["Part", "Condition", "", "Day"]
        boxes = [one.text for one in found.paragraphs if one.text.startswith(BOX)]
        assert any("Obtain the political support of the Ministry of Health" in one for one in boxes)

    def test_it_is_a_sheet_of_a4_and_nothing_else(self, broker: Visitor, case: str) -> None:
        answer = broker.get(f"/v1/cases/{case}/dossier?format=docx")
        page = paper(answer).sections[0]
        assert [round(side / Mm(1)) for side in (page.page_width or 0, page.left_margin or 0)] == [210, 18]
        names = ZipFile(BytesIO(answer.content)).namelist()
        assert [one for one in names if "vba" in one.lower() or "thumbnail" in one] == []

    def test_the_same_dossier_is_the_same_file(self, broker: Visitor, case: str) -> None:
        first, again = (broker.get(f"/v1/cases/{case}/dossier?format=docx").content for _ in range(2))
        assert again == first

    def test_a_letter_that_xml_does_not_have_is_shown_as_missing(
        self, service: Service, broker: Visitor
    ) -> None:
        case = taken_up(service, broker, title="Bancos \ufffe de leite humano")
        assert "Bancos \ufffd de leite humano" in everything(as_docx(broker, case))


class TestWhoReads:
    def test_it_is_for_those_who_may_see_the_case(
        self, service: Service, broker: Visitor, brazil: Visitor, jamaica: Visitor
    ) -> None:
        case = taken_up(service, broker)
        address = f"/v1/cases/{case}/dossier"
        assert service.anyone.get(address).status_code == 401
        assert broker.get(address).status_code == 200
        assert brazil.get(address).status_code == 404, "it is not proposed yet"
        step(broker, case, "shortlist")
        step(broker, case, "propose")
        assert brazil.get(address).status_code == jamaica.get(address).status_code == 200
        assert service.visitor("agency", "CUB").get(address).status_code == 404
        assert service.visitor("partner", channel="undp").get(address).status_code == 404
        assert service.visitor("partner", channel="paho").get(address).status_code == 200

    def test_nothing_that_was_said_in_the_case_is_in_it(
        self, service: Service, broker: Visitor, brazil: Visitor, agreed: str
    ) -> None:
        for reader in (broker, brazil, service.visitor("partner", channel="paho")):
            assert SAID not in reader.get(f"/v1/cases/{agreed}/dossier").text
            assert SAID not in everything(as_docx(reader, agreed))

    def test_contacts_are_told_to_both_sides_once_both_have_agreed(
        self, service: Service, broker: Visitor, brazil: Visitor, jamaica: Visitor, case: str
    ) -> None:
        readers = (broker, brazil, jamaica, service.visitor("partner", channel="paho"))

        def told() -> list[set[str]]:
            pages = [one.get(f"/v1/cases/{case}/dossier").text for one in readers]
            return [{one for one in CONTACTS if one in page} for page in pages]

        nobody: list[set[str]] = [set()] * 4
        assert told() == nobody
        step(brazil, case, "accept")
        assert told() == nobody
        step(jamaica, case, "accept")
        assert told() == [set(CONTACTS)] * 3 + [set()]
        documents = [everything(as_docx(one, case)) for one in readers[2:]]
        assert [[one in words for one in CONTACTS] for words in documents] == [[True] * 4, [False] * 4]
        step(broker, case, "close")
        assert told() == nobody

    def test_a_channel_reads_neither_the_history_nor_why_it_was_declined(
        self, service: Service, broker: Visitor, brazil: Visitor, case: str
    ) -> None:
        step(brazil, case, "decline", {"reason": "no_capacity"})
        reason = "The provider has no people to send for now"
        inside = broker.get(f"/v1/cases/{case}/dossier").text
        outside = service.visitor("partner", channel="paho").get(f"/v1/cases/{case}/dossier").text
        assert reason in inside
        assert "Decisions so far" in inside
        assert reason not in outside
        assert "Decisions so far" not in outside
        assert "Declined on March 2, 2026" in outside

    def test_a_text_for_brokers_stays_with_those_who_have_a_part_in_the_case(
        self, service: Service, broker: Visitor, brazil: Visitor
    ) -> None:
        case = taken_up(service, broker, visibility="brokers")
        step(broker, case, "shortlist")
        step(broker, case, "propose")
        address = f"/v1/cases/{case}/dossier"
        assert OFFER["description"] in brazil.get(address).text
        outside = service.visitor("partner", channel="paho").get(address).text
        assert OFFER["description"] not in outside
        assert "pasteuris" in outside, "the request is public"
        assert "words of texts that are not shown here" in outside

    def test_a_side_sees_the_history_from_when_it_was_told(self, brazil: Visitor, case: str) -> None:
        history = brazil.get(f"/v1/cases/{case}/dossier").text.split("Decisions so far")[1]
        assert "proposed to both countries" in history

    def test_it_stays_when_the_postings_are_taken_out(
        self, broker: Visitor, brazil: Visitor, agreed: str
    ) -> None:
        offer = broker.get(f"/v1/cases/{agreed}").json()["offer"]["id"]
        tag = brazil.get(f"/v1/offers/{offer}").headers["etag"]
        assert brazil.change(f"/v1/offers/{offer}", tag, method="DELETE").status_code == 204
        page = broker.get(f"/v1/cases/{agreed}/dossier").text
        assert OFFER["description"] in page
        assert "Ana Paz" not in page
        assert "Joy Reid" in page

    def test_an_outcome_is_told_to_those_who_have_a_part(
        self, service: Service, broker: Visitor, agreed: str
    ) -> None:
        step(broker, agreed, "start")
        step(broker, agreed, "complete", {"outcome": "Twelve nurses were trained."})
        assert "Twelve nurses were trained." in broker.get(f"/v1/cases/{agreed}/dossier").text
        outside = service.visitor("partner", channel="paho").get(f"/v1/cases/{agreed}/dossier").text
        assert "Twelve nurses" not in outside


class TestThePage:
    def test_the_page_has_the_same_dossier_within_the_frame(
        self, service: Service, brazil: Visitor, case: str
    ) -> None:
        browser = service.browser(brazil)
        page = browser.get(f"/cases/{case}/dossier")
        assert page.status_code == 200
        found = elements(page.text)
        assert [tag for tag, _ in found].count("h1") == 1
        links = {attributes.get("href") for tag, attributes in found if tag in ("a", "link")}
        assert {STYLE, f"/cases/{case}", f"/cases/{case}/dossier.docx"} <= links
        alone = brazil.get(f"/v1/cases/{case}/dossier").text
        body = re.search(r'<article class="dossier">.*</article>', alone, re.DOTALL)
        assert body is not None
        assert body.group() in page.text
        assert len(page.content) < 100_000

    @pytest.mark.parametrize("language", ["es", "pt", "fr"])
    def test_the_page_and_its_document_speak_the_language_of_the_pages(
        self, service: Service, brazil: Visitor, case: str, language: str
    ) -> None:
        browser = service.browser(brazil)
        page = browser.get(f"/cases/{case}/dossier?lang={language}")
        assert f'<html lang="{language}">' in page.text
        kept = browser.get(f"/cases/{case}/dossier.docx")
        assert paper(kept).core_properties.language.startswith(language)
        assert kept.headers["content-disposition"].startswith('attachment; filename="dossier-')

    def test_nobody_reads_it_without_signing_in_or_without_a_part(self, service: Service, case: str) -> None:
        for path in (f"/cases/{case}/dossier", f"/cases/{case}/dossier.docx"):
            sent = service.browser().get(path)
            assert sent.status_code == 303
            assert sent.headers["location"].startswith("/sign-in?next=")
            stranger = service.browser(service.visitor("agency", "CUB"))
            assert stranger.get(path, headers=BROWSER).status_code == 404
