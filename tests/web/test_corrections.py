"""A country or a channel proposes what its entry should say, with a source; an editor accepts or refuses."""

import html
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from app.catalogue import Catalogue
from app.catalogue.correct import LONGEST_VALUE, EntryKind, Source, applied, entry_of, propose
from app.settings import Settings
from app.sources import Document
from app.workbench.corrections import BLANKS, WHOLE
from tests.web.visitors import Clock, Service, Visitor, pointers, running

REPORT = {
    "title": "Annual report of the Ministry of Health",
    "publisher": "Ministry of Health of Jamaica",
    "year": 2013,
    "locator": "page 41",
}
A_READING = {"sector": "health", "channel": "paho", "role": "receiver"}
WORDS = {"en": "water", "es": "agua", "pt": "água", "fr": "eau"}


def a_correction(kind: str = "country", slug: str = "JAM", **fields: Any) -> dict[str, Any]:
    """A reading more for Jamaica, from a report, with what the test is about."""
    return {
        "entry": {"kind": kind, "slug": slug},
        "op": "add",
        "pointer": "/coverage/-",
        "value": A_READING,
        "because": "Our health ministry has taken part since 2012.",
        "source": REPORT,
        **fields,
    }


def of_paho(**fields: Any) -> dict[str, Any]:
    return a_correction(
        "channel", "paho", **{"pointer": "/facts/-", "value": {"statement": "It has an office."}, **fields}
    )


def of_ct_intra(**fields: Any) -> dict[str, Any]:
    fields = {"op": "replace", "pointer": "/rules/0/value", "value": 25_000, **fields}
    return a_correction("instrument", "ct-intra", **fields)


@pytest.fixture
def paho(service: Service) -> Visitor:
    return service.visitor("partner", channel="paho")


@pytest.fixture
def iadb(service: Service) -> Visitor:
    return service.visitor("partner", channel="iadb")


@pytest.fixture(scope="module")
def standing(one_service: Service) -> Service:
    """One service for all tests that leave nothing behind."""
    return one_service


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Iterator[Service]:
    """One service for tests that look for nothing but what they left there themselves."""
    folder = tmp_path_factory.mktemp("busy")
    settings = Settings(database_url=f"sqlite:///{folder}/puente.db", rate_limit="off")
    with running(settings, catalogue, Clock()) as service:
        yield service


class TestProposing:
    def test_a_correction_says_what_stands_there_what_should_and_on_which_source(
        self, jamaica: Visitor, catalogue: Catalogue
    ) -> None:
        posted = jamaica.post("/v1/corrections", a_correction())

        assert posted.status_code == 201, posted.text
        found = jamaica.get(posted.headers["location"])
        assert found.json() == posted.json()
        assert found.headers["etag"] == posted.headers["etag"] == '"1"'
        told = posted.json()
        assert told["entry"] == {"kind": "country", "slug": "JAM", "name": "Jamaica"}
        assert (told["status"], told["field"], told["before"]) == ("proposed", "coverage", None)
        assert told["after"].items() >= A_READING.items()
        assert told["after"]["citation"]["document"] == told["source"]["document"]
        assert told["source"].items() >= REPORT.items()
        assert told["difference"][-1] == f"Reading {told['after']['id']} is new"
        assert (told["edition"], told["proposed_by"]) == (catalogue.edition, "agency JAM")
        assert (told["proposed_at"], told["decided_at"]) == ("2026-03-02T12:00:00Z", None)

    def test_the_documented_example_is_what_the_service_answers(
        self, service: Service, jamaica: Visitor
    ) -> None:
        described = service.anyone.get("/openapi.json").json()["paths"]["/v1/corrections"]["post"]
        body = described["requestBody"]["content"]["application/json"]["example"]
        example = described["responses"]["201"]["content"]["application/json"]["example"]
        told = jamaica.post("/v1/corrections", body).json()
        theirs = ("id", "edition", "proposed_by", "proposed_at")
        assert told | dict.fromkeys(theirs) == example | dict.fromkeys(theirs)

    def test_each_corrects_its_own_entry(self, service: Service) -> None:
        for who, body in (
            (service.visitor("agency", "JAM"), a_correction()),
            (service.visitor("partner", channel="paho"), of_paho()),
            (service.visitor("partner", channel="iadb"), of_ct_intra()),
        ):
            assert who.post("/v1/corrections", body).status_code == 201
        for role in ("broker", "administrator"):
            who = service.visitor(role)
            for body in (a_correction(), of_paho(), of_ct_intra()):
                body["value"] = 30_000 if role == "broker" and body["value"] == 25_000 else body["value"]
                assert who.post("/v1/corrections", body).status_code in (201, 409)

    def test_and_no_other(self, service: Service, anyone: Visitor, administrator: Visitor) -> None:
        for who, bodies in (
            (service.visitor("agency", "BRA"), (a_correction(), of_paho(), of_ct_intra())),
            (service.visitor("agency", "JAM"), (of_paho(), of_ct_intra())),
            (service.visitor("partner", channel="paho"), (a_correction(), of_ct_intra())),
            (service.visitor("partner"), (a_correction(), of_paho(), of_ct_intra())),
        ):
            for body in bodies:
                refused = who.post("/v1/corrections", body)
                assert refused.status_code == 403
                assert body["entry"]["slug"] in refused.json()["detail"]
        assert anyone.post("/v1/corrections", a_correction()).status_code == 401
        assert administrator.get("/v1/corrections").json()["items"] == []

    @pytest.mark.parametrize("code", ["JAM", "jam", "JM", "jm", " Jm "])
    def test_a_country_is_named_by_either_code(self, jamaica: Visitor, code: str) -> None:
        posted = jamaica.post("/v1/corrections", a_correction(slug=code))
        assert posted.json()["entry"]["slug"] == "JAM"

    def test_a_name_that_is_nearly_right_is_told(self, administrator: Visitor) -> None:
        refused = administrator.post("/v1/corrections", a_correction("channel", "pahoo"))
        assert "near it: paho" in refused.json()["detail"]

    def test_the_same_change_waits_once(self, service: Service, jamaica: Visitor) -> None:
        first = jamaica.post("/v1/corrections", a_correction()).json()
        refused = service.visitor("agency", "JAM").post(
            "/v1/corrections", a_correction(because="Another reason.")
        )
        assert refused.status_code == 409
        assert refused.json()["id"] == first["id"]

    def test_a_retry_with_its_key_is_the_same_correction(self, jamaica: Visitor, brazil: Visitor) -> None:
        key = {"Idempotency-Key": "once"}
        first = jamaica.post("/v1/corrections", a_correction(), headers=key)
        again = jamaica.post("/v1/corrections", a_correction(), headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotent-replayed"] == "true"
        assert len(jamaica.get("/v1/corrections").json()["items"]) == 1

        other = jamaica.post("/v1/corrections", a_correction(because="Otherwise."), headers=key)
        assert pointers(other) == ["/header/Idempotency-Key"]
        assert brazil.post("/v1/corrections", a_correction(slug="BRA"), headers=key).status_code == 201

    def test_of_retries_at_once_one_is_kept(self, jamaica: Visitor) -> None:
        def send(_: int) -> Any:
            return jamaica.post("/v1/corrections", a_correction(), headers={"Idempotency-Key": "k"})

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(send, range(4)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert len(jamaica.get("/v1/corrections").json()["items"]) == 1

    def test_the_catalogue_says_the_same_until_its_next_edition(
        self, paho: Visitor, administrator: Visitor
    ) -> None:
        before = paho.get("/v1/channels/paho")
        posted = paho.post("/v1/corrections", of_paho())
        accepted = administrator.change(f"{posted.headers['location']}/accept", posted.headers["etag"])
        assert accepted.status_code == 200
        assert paho.get("/v1/channels/paho").content == before.content


class TestTheSource:
    @pytest.fixture
    def service(self, busy: Service) -> Service:
        return busy

    def test_it_may_be_a_document_of_the_register(self, jamaica: Visitor, catalogue: Catalogue) -> None:
        source = {"document": "undp-2011", "locator": "Annex 1"}
        told = jamaica.post("/v1/corrections", a_correction(source=source)).json()
        assert told["source"]["title"] == catalogue.documents["undp-2011"].title

    def test_two_documents_that_begin_alike_are_two(self, jamaica: Visitor) -> None:
        names = set()
        for volume, publisher in (("one", "A"), ("two", "A"), ("two", "B")):
            title = f"Annual report of the Ministry of Health of Jamaica, volume {volume}"
            source = {"title": title, "publisher": publisher, "year": 2013, "locator": "page 1"}
            value = A_READING | {"note": f"{volume} {publisher}"}
            told = jamaica.post("/v1/corrections", a_correction(source=source, value=value)).json()
            assert (told["source"]["title"], told["source"]["publisher"]) == (title, publisher)
            names.add(told["source"]["document"])
        assert len(names) == 3

    @pytest.mark.parametrize("title", ["Доклад", "報告", "—", "Año: “ñandú”", "x" * 300, "2013"])
    def test_it_may_have_any_title(self, jamaica: Visitor, title: str) -> None:
        told = jamaica.post("/v1/corrections", a_correction(source=REPORT | {"title": title})).json()
        assert told["source"]["title"] == title
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", told["source"]["document"])
        assert len(told["source"]["document"]) <= 100

    def test_it_is_told_in_one_line(self, jamaica: Visitor) -> None:
        source = REPORT | {"title": " Annual\r\n report ", "locator": "page 41,\n\tline 2"}
        told = jamaica.post("/v1/corrections", a_correction(source=source)).json()
        assert (told["source"]["title"], told["source"]["locator"]) == ("Annual report", "page 41, line 2")


class TestFaults:
    @pytest.fixture
    def service(self, standing: Service) -> Service:
        return standing

    @pytest.mark.parametrize(
        ("fields", "places"),
        [
            ({"entry": None}, ["/entry"]),
            ({"entry": {"kind": "sector", "slug": "health"}}, ["/entry/kind"]),
            ({"entry": {"kind": "country"}}, ["/entry/slug"]),
            ({"entry": {"kind": "country", "slug": "x" * 65}}, ["/entry/slug"]),
            ({"op": "move"}, ["/op"]),
            ({"op": "test"}, ["/op"]),
            ({"pointer": None}, ["/pointer"]),
            ({"pointer": ["coverage"]}, ["/pointer"]),
            ({"pointer": ""}, ["/pointer"]),
            ({"pointer": "coverage/-"}, ["/pointer"]),
            ({"pointer": "/" + "x" * 200}, ["/pointer"]),
            ({"pointer": "/nothing"}, ["/pointer"]),
            ({"pointer": "/iso3", "op": "replace", "value": "BRA"}, ["/pointer"]),
            ({"pointer": "/coverage/9999", "op": "remove", "value": None}, ["/pointer"]),
            ({"pointer": "/coverage", "op": "replace", "value": []}, ["/pointer"]),
            ({"pointer": "/coverage/0/citation", "op": "replace"}, ["/pointer"]),
            ({"pointer": "/name/en/0", "op": "replace", "value": "x"}, ["/pointer"]),
            ({"op": "remove", "pointer": "/coverage/0"}, ["/value"]),
            ({"value": None}, ["/value"]),
            ({"value": "health"}, ["/value"]),
            ({"value": A_READING | {"sector": "helth", "channel": "opas"}}, ["/value", "/value"]),
            ({"value": A_READING | {"area": "BRA"}}, ["/value"]),
            ({"value": A_READING | {"note": "bell\x07"}}, ["/value"]),
            ({"value": A_READING | {"note": "x" * LONGEST_VALUE}}, ["/value"]),
            ({"value": A_READING | {"note": "x" * 900_000}}, ["/value"]),
            ({"pointer": "/languages/-", "value": "en"}, ["/value"]),
            ({"because": ""}, ["/because"]),
            ({"because": "x" * 2001}, ["/because"]),
            ({"because": "nul\x00"}, ["/because"]),
            ({"path": "/coverage/-"}, ["/path"]),
            ({"op": "x", "because": " ", "source": {}}, ["/because", "/op", "/source/locator"]),
        ],
    )
    def test_every_fault_is_named_with_its_place(
        self, administrator: Visitor, fields: dict[str, Any], places: list[str]
    ) -> None:
        assert pointers(administrator.post("/v1/corrections", a_correction(**fields))) == places
        assert administrator.get("/v1/corrections").json()["items"] == []

    @pytest.mark.parametrize(
        ("kind", "slug"),
        [
            ("country", "XXX"),
            ("country", ""),
            ("country", "lac"),
            ("channel", "pahoo"),
            ("channel", "JAM"),
            ("instrument", "paho"),
            ("instrument", "../paho"),
            ("channel", "nul\x00"),
        ],
    )
    def test_an_entry_that_there_is_none_of_is_not_found(
        self, service: Service, kind: str, slug: str
    ) -> None:
        for who in (service.visitor("administrator"), service.visitor("partner", channel="paho")):
            assert who.post("/v1/corrections", a_correction(kind, slug)).status_code == 404

    @pytest.mark.parametrize(
        ("source", "places"),
        [
            ({}, ["/source/locator"]),
            ({"locator": "page 1"}, ["/source"]),
            (REPORT | {"document": "undp-2011"}, ["/source"]),
            ({"document": "undp-2012", "locator": "page 1"}, ["/source/document"]),
            ({"document": "undp-2011", "locator": " "}, ["/source/locator"]),
            ({"document": "undp-2011", "locator": "x" * 301}, ["/source/locator"]),
            ({"document": "undp-2011", "locator": "a\x00b"}, ["/source/locator"]),
            ({"title": "A", "locator": "page 1"}, ["/source/publisher"]),
            (REPORT | {"title": ""}, ["/source/title"]),
            (REPORT | {"title": "x" * 301}, ["/source/title"]),
            (REPORT | {"title": 7}, ["/source/title"]),
            (REPORT | {"publisher": "\x07"}, ["/source/publisher"]),
            (REPORT | {"year": "2013"}, ["/source/year"]),
            (REPORT | {"year": 20_130}, ["/source/year"]),
            (REPORT | {"year": 10**30}, ["/source/year"]),
            (REPORT | {"quote": "said"}, ["/source/quote"]),
            ("undp-2011", ["/source"]),
            (None, ["/source"]),
        ],
    )
    def test_without_a_source_nothing_is_proposed(
        self, jamaica: Visitor, source: Any, places: list[str]
    ) -> None:
        assert pointers(jamaica.post("/v1/corrections", a_correction(source=source))) == places
        assert jamaica.get("/v1/corrections").json()["items"] == []

    @pytest.mark.parametrize("op", ["add", "replace"])
    def test_what_should_stand_there_is_said(self, administrator: Visitor, op: str) -> None:
        body = a_correction(op=op, pointer="/subregion")
        del body["value"]
        assert pointers(administrator.post("/v1/corrections", body)) == ["/value"]

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"null",
            b"\xff",
            b'{"entry": NaN}',
            b'{"value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
            b'{"value": ' + b"[" * 500 + b"]" * 500 + b"}",
            b'{"value": "\\ud800"}',
            b'{"value": 1e999}',
            b'{"op": "add", "op": "remove"}',
            b'{"value": {"sector": "health", "sector": "social"}}',
        ],
    )
    def test_what_is_not_an_object_of_json_is_refused(self, administrator: Visitor, body: bytes) -> None:
        sent = {"Content-Type": "application/json"}
        assert pointers(administrator.ask("POST", "/v1/corrections", content=body, headers=sent))

    def test_a_number_that_no_amount_has_is_refused(self, administrator: Visitor) -> None:
        for usd in (10**15 + 1, 10**30, -(10**30), 1e30):
            value = {"what": "x", "usd": usd}
            body = of_ct_intra(op="add", pointer="/amounts/-", value=value)
            assert pointers(administrator.post("/v1/corrections", body)) == ["/value"]

    def test_a_body_of_more_than_a_mebibyte_is_refused(self, administrator: Visitor) -> None:
        body = a_correction(value=A_READING | {"note": "x" * 2**20})
        assert administrator.post("/v1/corrections", body).status_code == 413

    @pytest.mark.parametrize(
        ("query", "places"),
        [
            ("status=open", ["/query/status"]),
            ("limit=0", ["/query/limit"]),
            ("limit=201", ["/query/limit"]),
            ("cursor=nonsense", ["/query/cursor"]),
            ("cursor=MjAyNi0wMS0wMVQwMDowMDowMCswMDowMCAA", ["/query/cursor"]),
            ("stauts=proposed", ["/query/stauts"]),
        ],
    )
    def test_a_list_is_not_asked_for_in_vain(
        self, administrator: Visitor, query: str, places: list[str]
    ) -> None:
        assert pointers(administrator.get(f"/v1/corrections?{query}")) == places

    @pytest.mark.parametrize(
        "name", ["%00", "..%2f..", "x" * 500, "%ff", "a b", "0" * 33, "' OR 1=1; --", "AB"]
    )
    def test_an_id_that_cannot_be_one_is_not_found(
        self, service: Service, administrator: Visitor, name: str
    ) -> None:
        assert administrator.get(f"/v1/corrections/{name}").status_code == 404
        assert administrator.change(f"/v1/corrections/{name}/accept", '"1"').status_code == 404
        browser = service.browser(administrator)
        assert browser.get(f"/corrections/{name}").status_code == 404
        assert browser.post(f"/corrections/{name}/accept", data={"version": "1"}).status_code == 404


class TestDeciding:
    @pytest.fixture
    def posted(self, jamaica: Visitor) -> Any:
        return jamaica.post("/v1/corrections", a_correction())

    @pytest.mark.parametrize(("step", "status"), [("accept", "accepted"), ("refuse", "refused")])
    def test_an_editor_decides_and_says_why(
        self, jamaica: Visitor, administrator: Visitor, posted: Any, step: str, status: str
    ) -> None:
        address = posted.headers["location"]
        decided = administrator.change(f"{address}/{step}", posted.headers["etag"], {"note": "Compared."})

        assert decided.status_code == 200
        assert decided.headers["etag"] == '"2"'
        told = jamaica.get(address).json()
        assert told == decided.json()
        assert (told["status"], told["note"], told["version"]) == (status, "Compared.", 2)
        assert (told["decided_by"], told["decided_at"]) == ("administrator", "2026-03-02T12:00:00Z")

    def test_a_decision_needs_no_words(self, administrator: Visitor, posted: Any) -> None:
        decided = administrator.change(f"{posted.headers['location']}/accept", "*")
        assert decided.json()["note"] is None

    @pytest.mark.parametrize(
        ("note", "places"),
        [
            ({"note": "x" * 2001}, ["/note"]),
            ({"note": "\x00"}, ["/note"]),
            ({"note": " "}, ["/note"]),
            ({"note": 7}, ["/note"]),
            ({"remark": "x"}, ["/remark"]),
            ([], [""]),
        ],
    )
    def test_what_is_said_can_be_read(
        self, administrator: Visitor, posted: Any, note: Any, places: list[str]
    ) -> None:
        address = posted.headers["location"]
        assert pointers(administrator.change(f"{address}/accept", '"1"', note)) == places
        assert administrator.get(address).json()["status"] == "proposed"

    def test_others_do_not_decide(
        self, jamaica: Visitor, brazil: Visitor, broker: Visitor, anyone: Visitor, posted: Any
    ) -> None:
        for step in ("accept", "refuse"):
            address = f"{posted.headers['location']}/{step}"
            statuses = [who.change(address, "*").status_code for who in (jamaica, broker, brazil, anyone)]
            assert statuses == [403, 403, 404, 401]
        assert jamaica.get(posted.headers["location"]).json()["status"] == "proposed"

    def test_a_decision_names_the_version_that_was_read(self, administrator: Visitor, posted: Any) -> None:
        address = posted.headers["location"]
        for step in ("accept", "refuse"):
            assert administrator.post(f"{address}/{step}").status_code == 428
            stale = administrator.change(f"{address}/{step}", '"7"')
            assert (stale.status_code, stale.json()["etag"]) == (412, '"1"')
            assert administrator.change(f"{address}/{step}", 'W/"1"').status_code == 412

    def test_it_is_decided_once_and_the_second_editor_hears_by_whom(
        self, service: Service, administrator: Visitor, posted: Any
    ) -> None:
        address, tag = posted.headers["location"], posted.headers["etag"]
        first = administrator.change(f"{address}/accept", tag)
        late = service.visitor("administrator")
        assert late.change(f"{address}/refuse", tag).status_code == 412
        told = late.change(f"{address}/refuse", first.headers["etag"])
        assert told.status_code == 409
        assert told.json()["by"] == "administrator"
        assert told.json()["status_now"] == "accepted"

    def test_of_editors_at_once_one_wins(self, administrator: Visitor, posted: Any) -> None:
        address = posted.headers["location"]

        def send(place: int) -> int:
            step = "accept" if place % 2 else "refuse"
            return int(administrator.change(f"{address}/{step}", '"1"').status_code)

        with ThreadPoolExecutor(6) as pool:
            statuses = sorted(pool.map(send, range(6)))
        assert statuses[0] == 200
        assert set(statuses[1:]) <= {409, 412}

    def test_what_is_decided_can_be_proposed_anew(
        self, jamaica: Visitor, administrator: Visitor, posted: Any
    ) -> None:
        administrator.change(f"{posted.headers['location']}/refuse", "*")
        assert jamaica.post("/v1/corrections", a_correction()).status_code == 201


class TestReading:
    def test_who_has_it_already_hears_so(self, jamaica: Visitor) -> None:
        posted = jamaica.post("/v1/corrections", a_correction())
        address, tag = posted.headers["location"], posted.headers["etag"]
        again = jamaica.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert jamaica.get(address, headers={"If-None-Match": '"7"'}).status_code == 200

    def test_nobody_keeps_it_for_others(self, jamaica: Visitor) -> None:
        address = jamaica.post("/v1/corrections", a_correction()).headers["location"]
        for path in (address, "/v1/corrections"):
            answer = jamaica.get(path)
            assert "private" in answer.headers["cache-control"]
            assert "Authorization" in answer.headers["vary"]

    def test_each_sees_what_concerns_them(
        self, service: Service, jamaica: Visitor, paho: Visitor, anyone: Visitor
    ) -> None:
        ours = jamaica.post("/v1/corrections", a_correction()).json()["id"]
        theirs = paho.post("/v1/corrections", of_paho()).json()["id"]
        for who, ids in (
            (jamaica, [ours]),
            (service.visitor("agency", "JAM"), [ours]),
            (paho, [theirs]),
            (service.visitor("agency", "BRA"), []),
            (service.visitor("partner"), []),
            (service.visitor("broker"), [ours, theirs]),
            (service.visitor("administrator"), [ours, theirs]),
        ):
            listed = who.get("/v1/corrections").json()["items"]
            assert sorted(one["id"] for one in listed) == sorted(ids)
            for id in (ours, theirs):
                status = who.get(f"/v1/corrections/{id}").status_code
                assert status == (200 if id in ids else 404)
        assert anyone.get("/v1/corrections").status_code == 401
        assert anyone.get(f"/v1/corrections/{ours}").status_code == 401

    def test_a_list_leads_on_to_its_end(self, jamaica: Visitor, clock: Clock) -> None:
        made = []
        for place in range(5):
            value = A_READING | {"note": str(place)}
            made.append(jamaica.post("/v1/corrections", a_correction(value=value)).json()["id"])
            clock.pass_(minutes=1)
        seen: list[str] = []
        path = "/v1/corrections?limit=2&status=proposed"
        while path:
            page = jamaica.get(path)
            seen += [one["id"] for one in page.json()["items"]]
            link = page.headers.get("link", "")
            path = unquote(link[1 : link.index(">")]) if link else ""
        assert seen == made
        assert jamaica.get("/v1/corrections?status=accepted").json() == {"items": [], "next": None}


# On pages


def fields_of(page: str) -> dict[str, str]:
    """What the form of a page would send if nothing were changed in it."""
    form = page[page.index('<form class="entry"') :]
    form = form[: form.index("</form>")]
    found = {}
    for name, value in re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', form):
        found[name] = html.unescape(value)
    for name, inner in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[name] = html.unescape(inner)
    for name, inner in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    return found


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


SOURCE = {name: str(value) for name, value in REPORT.items()} | {"because": "So it is.", "document": ""}
FORM = "/corrections/new/country/JAM/coverage"
FILLED = {f"value.{name}": value for name, value in A_READING.items()} | SOURCE


def sent(browser: TestClient, path: str, fields: Mapping[str, str]) -> Any:
    """Send a form and look at where it leads."""
    answer = browser.post(path, data=dict(fields))
    assert answer.status_code == 303, text_of(answer.text)
    return browser.get(answer.headers["location"])


class TestFormsThatAreShown:
    @pytest.fixture
    def service(self, standing: Service) -> Service:
        return standing

    @pytest.mark.parametrize(
        "path",
        [
            "/corrections/new/country/JAM",
            "/corrections/new/country/JAM/coverage",
            "/corrections/new/channel/iadb",
            "/corrections/new/channel/iadb/facts?item=0",
            "/corrections/new/instrument/ct-intra",
        ],
    )
    def test_nobody_is_shown_the_form_of_another_entry(
        self, service: Service, brazil: Visitor, paho: Visitor, path: str
    ) -> None:
        for who in (brazil, paho):
            refused = service.browser(who).get(path)
            assert refused.status_code == 403
            assert "your own entry" in text_of(refused.text)

    @pytest.mark.parametrize(
        "path",
        [
            "/corrections/new/country/XXX",
            "/corrections/new/sector/health",
            "/corrections/new/country/JAM/nothing",
            "/corrections/new/country/JAM/iso3",
            "/corrections/new/country/JAM/subregion",
            "/corrections/new/country/JAM/coverage?item=999",
            "/corrections/new/country/JAM/coverage?item=-1",
            "/corrections/new/country/JAM/coverage?item=x",
            "/corrections/new/country/JAM/coverage?item=²",
            "/corrections/new/country/JAM/coverage?item=" + "9" * 5000,
            "/corrections/new/country/JAM/name?item=0",
            "/corrections/new/instrument/ct-intra/rules",
        ],
    )
    def test_what_is_not_there_cannot_be_corrected(
        self, service: Service, administrator: Visitor, path: str
    ) -> None:
        browser = service.browser(administrator)
        assert browser.get(path).status_code == 404
        path, _, item = path.partition("?item=")
        if path.count("/") == 5:
            assert browser.post(path, data=FILLED | ({"item": item} if item else {})).status_code == 404

    @pytest.mark.parametrize("language", ["en", "es"])
    @pytest.mark.parametrize(
        ("kind", "slug"), [("country", "JAM"), ("channel", "paho"), ("instrument", "ct-intra")]
    )
    def test_every_part_of_an_entry_has_its_form(
        self,
        service: Service,
        administrator: Visitor,
        catalogue: Catalogue,
        kind: EntryKind,
        slug: str,
        language: str,
    ) -> None:
        browser = service.browser(administrator)
        browser.headers["Accept-Language"] = language
        entry = browser.get(f"/corrections/new/{kind}/{slug}").text
        ways = [
            html.unescape(way) for way in re.findall(rf'href="(/corrections/new/{kind}/{slug}/[^"]+)"', entry)
        ]
        content = entry_of(catalogue, kind, slug) or {}
        items = sum(len(content[name]) for name in BLANKS[kind])
        assert len(ways) == len(BLANKS[kind]) + items + len([name for name in WHOLE if name in content])
        for way in ways:
            page = browser.get(way)
            assert page.status_code == 200, way
            assert {"title", "publisher", "year", "locator", "because", "document"} <= fields_of(
                page.text
            ).keys()


class TestWhatFormsPropose:
    @pytest.fixture
    def service(self, busy: Service) -> Service:
        return busy

    @pytest.mark.parametrize(
        ("kind", "slug"), [("country", "JAM"), ("channel", "paho"), ("instrument", "ct-intra")]
    )
    def test_a_form_that_is_sent_as_it_came_asks_only_for_another_source(
        self, service: Service, administrator: Visitor, catalogue: Catalogue, kind: EntryKind, slug: str
    ) -> None:
        """What the form does not ask for stays as it was, and nothing is lost on the way."""
        browser = service.browser(administrator)
        content = entry_of(catalogue, kind, slug) or {}
        for name in BLANKS[kind]:
            if not content[name]:
                continue
            path = f"/corrections/new/{kind}/{slug}/{name}"
            fields = fields_of(browser.get(f"{path}?item=0").text) | SOURCE
            answer = browser.post(path, data=fields)
            if isinstance(content[name][0], str):
                assert answer.status_code == 422
                assert "what the entry says already" in answer.text
                continue
            assert answer.status_code == 303, (name, text_of(answer.text))
            id = answer.headers["location"].rsplit("/", 1)[-1]
            told = administrator.get(f"/v1/corrections/{id}").json()
            assert told["before"] == content[name][0]
            assert told["after"] | {"citation": None} == told["before"] | {"citation": None}

    @pytest.mark.parametrize(
        ("entry", "field", "value", "after"),
        [
            ("country/JAM", "languages", {"text": "es"}, "es"),
            ("country/JAM", "variants", {"text": "- yes: #1"}, "- yes: #1"),
            ("channel/paho", "facts", {"statement": "One,\r\ntwo."}, {"statement": "One,\ntwo."}),
            ("channel/paho", "donors", {"name": "Spain"}, {"name": "Spain"}),
            ("channel/paho", "cycle", {f"step.{tag}": word for tag, word in WORDS.items()}, {"step": WORDS}),
            (
                "channel/paho",
                "themes",
                {f"label.{tag}": word for tag, word in WORDS.items()} | {"sectors": " health ,, social"},
                {"label": WORDS, "sectors": ["health", "social"]},
            ),
            ("channel/paho", "modalities", {"modality": "study-visit"}, {"modality": "study-visit"}),
            (
                "channel/paho",
                "platforms",
                {"name": "Net", "kind": "", "about": "A net."},
                {"name": "Net", "kind": None, "about": "A net."},
            ),
            ("channel/paho", "not_stated", {"text": "who pays"}, "who pays"),
            ("instrument/ct-intra", "amounts", {"what": "x", "usd": "20000"}, {"what": "x", "usd": 20_000}),
            ("instrument/ct-intra", "amounts", {"what": "as 20,000", "usd": "20,000"}, {"usd": 20_000}),
            ("instrument/ct-intra", "amounts", {"what": "as 20.000", "usd": "20.000"}, {"usd": 20_000}),
            (
                "instrument/ct-intra",
                "amounts",
                {"what": "as 1 500 000", "usd": "1 500 000"},
                {"usd": 1_500_000},
            ),
            (
                "instrument/ct-intra",
                "amounts",
                {"what": "as 1'500'000", "usd": "1'500'000"},
                {"usd": 1_500_000},
            ),
            ("instrument/ct-intra", "steps", {f"step.{tag}": w for tag, w in WORDS.items()}, {"step": WORDS}),
        ],
    )
    def test_what_a_form_says_is_what_is_proposed(
        self,
        service: Service,
        administrator: Visitor,
        entry: str,
        field: str,
        value: dict[str, str],
        after: Any,
    ) -> None:
        told = {f"value.{name}": words for name, words in value.items()} | SOURCE
        page = sent(service.browser(administrator), f"/corrections/new/{entry}/{field}", told)
        assert page.status_code == 200
        kept = administrator.get(f"/v1{page.request.url.path}").json()
        if not isinstance(after, dict):
            assert kept["after"] == after
            return
        for name, words in after.items():
            without_dutch = kept["after"][name]
            if isinstance(without_dutch, dict):
                without_dutch = {tag: word for tag, word in without_dutch.items() if word is not None}
            assert without_dutch == words


class TestPages:
    def test_the_desk_leads_to_the_own_entry(self, service: Service) -> None:
        for who, way in (
            (service.visitor("agency", "JAM"), "/corrections/new/country/JAM"),
            (service.visitor("partner", channel="paho"), "/corrections/new/channel/paho"),
        ):
            browser = service.browser(who)
            assert f'href="{way}"' in browser.get("/corrections").text
            assert browser.get(way).status_code == 200
        for who in (service.visitor("partner"), service.visitor("administrator")):
            assert "/corrections/new/" not in service.browser(who).get("/corrections").text

    def test_a_reading_is_proposed_and_shown_to_an_editor(
        self, service: Service, jamaica: Visitor, administrator: Visitor
    ) -> None:
        page = sent(service.browser(jamaica), FORM, FILLED)
        assert "waiting for an editor" in text_of(page.text)
        assert "Decide" not in text_of(page.text)

        desk = service.browser(administrator)
        (way,) = re.findall(r'href="(/corrections/[0-9a-f]{20})"', desk.get("/corrections").text)
        page = desk.get(way)
        told = text_of(page.text)
        assert "It says now nothing" in told
        assert "Sector Health Channel PAHO Role receiver" in told
        assert re.search(r"Reading jam-health-paho-\w{6} is new", told)
        assert "So it is." in told
        assert "Annual report of the Ministry of Health. Ministry of Health of Jamaica, 2013, page 41" in told

        after = sent(desk, f"{way}/accept", {"version": "1", "note": "Compared."})
        assert "accepted administrator, Mar 2, 2026" in text_of(after.text)
        assert "Compared." in text_of(after.text)
        assert "Compared." in text_of(service.browser(jamaica).get(way).text)
        assert way not in desk.get("/corrections").text
        assert way in desk.get("/corrections?status=accepted").text

    def test_an_item_is_proposed_to_be_taken_out(
        self, service: Service, jamaica: Visitor, catalogue: Catalogue
    ) -> None:
        browser = service.browser(jamaica)
        fields = fields_of(browser.get(f"{FORM}?item=0").text)
        page = sent(browser, FORM, fields | SOURCE | {"op": "remove"})
        assert "to be taken out" in text_of(page.text)
        (kept,) = jamaica.get("/v1/corrections").json()["items"]
        assert kept["before"]["id"] == catalogue.readings("JAM")[0].id
        assert kept["after"] is None

    def test_a_name_keeps_the_languages_that_the_page_does_not_ask_for(
        self, catalogue: Catalogue, settings: Settings
    ) -> None:
        jamaica = catalogue.countries["JAM"]
        dutch = jamaica.model_copy(update={"name": jamaica.name.model_copy(update={"nl": "Jamaica"})})
        spoken = replace(catalogue, countries={**catalogue.countries, "JAM": dutch})
        with running(settings, spoken, Clock()) as service:
            agency = service.visitor("agency", "JAM")
            browser = service.browser(agency)
            path = "/corrections/new/country/JAM/name"
            page = sent(browser, path, fields_of(browser.get(path).text) | SOURCE | {"value.es": "Xamaica"})
            (kept,) = agency.get("/v1/corrections").json()["items"]
        assert kept["after"] == dutch.name.model_dump() | {"es": "Xamaica"}
        assert "None" not in text_of(page.text)


class TestFormsWithFaults:
    @pytest.fixture
    def service(self, standing: Service) -> Service:
        return standing

    @pytest.fixture
    def browser(self, service: Service, jamaica: Visitor) -> TestClient:
        return service.browser(jamaica)

    @pytest.mark.parametrize(
        ("fault", "beside", "said"),
        [
            ({"locator": ""}, "locator", "This field is required."),
            ({"because": ""}, None, "This text is empty."),
            ({"publisher": ""}, "publisher", "A new document needs its publisher."),
            ({"title": "", "publisher": ""}, None, "Name either a document of the register"),
            ({"year": "last"}, "year", "valid integer"),
            ({"year": "20131"}, "year", "less than or equal to 2200"),
            ({"year": "9" * 5000}, "year", "valid integer"),
            ({"locator": "x" * 301}, "locator", "more than 300 characters"),
            ({"because": "x" * 2001}, "because", "more than 2,000 characters"),
            ({"document": "undp-2012"}, "document", "not in the register"),
            ({"value.sector": ""}, None, "sector: String should match"),
            ({"value.role": ""}, None, "role: Input should be"),
            ({"value.note": "bell\x07"}, None, "control character U+0007"),
            ({"value.note": "x" * 30_000}, None, "longer than 20,000"),
        ],
    )
    def test_it_comes_back_as_it_was_filled_in(
        self, browser: TestClient, jamaica: Visitor, fault: dict[str, str], beside: str | None, said: str
    ) -> None:
        told = FILLED | {"value.note": "a “note” & <more>", "value.unit": "CAREC"} | fault
        refused = browser.post(FORM, data=told)
        assert refused.status_code == 422
        assert said in text_of(refused.text)
        again = fields_of(refused.text)
        assert {name: again.get(name) for name in told if name != "document"} == {
            name: value for name, value in told.items() if name != "document"
        }
        if beside:
            assert f'aria-describedby="fault-{beside}"' in refused.text
            assert f'id="fault-{beside}"' in refused.text
        assert jamaica.get("/v1/corrections").json()["items"] == []

    @pytest.mark.parametrize(
        "usd", ["", "20.5", "20,00", "2.0000", "20 thousand", "-5", "1,000.000", "9" * 16, "9" * 5000, "٢٠"]
    )
    def test_what_is_no_amount_is_not_taken_for_one(
        self, service: Service, administrator: Visitor, usd: str
    ) -> None:
        told = {"value.what": "x", "value.usd": usd} | SOURCE
        refused = service.browser(administrator).post(
            "/corrections/new/instrument/ct-intra/amounts", data=told
        )
        assert refused.status_code == 422
        assert fields_of(refused.text)["value.usd"] == usd

    def test_what_was_emptied_stays_empty(self, browser: TestClient) -> None:
        fields = fields_of(browser.get(f"{FORM}?item=0").text)
        assert fields["value.role"]
        refused = browser.post(FORM, data=fields | SOURCE | {"value.role": "", "locator": ""})
        assert refused.status_code == 422
        assert fields_of(refused.text)["value.role"] == ""

    def test_a_form_with_nothing_in_it_says_what_is_missing(self, browser: TestClient) -> None:
        for body in (b"", b"&", b"op=remove", b"value.sector=%ff", b"\xff\xfe\x00"):
            assert browser.post(FORM, content=body).status_code == 422

    def test_a_form_of_an_edition_that_was_replaced_is_not_read_as_of_this_one(
        self, browser: TestClient, jamaica: Visitor
    ) -> None:
        fields = fields_of(browser.get(f"{FORM}?item=0").text) | FILLED
        refused = browser.post(FORM, data=fields | {"edition": "sha256:another"})
        assert refused.status_code == 422
        assert "There is a new edition since this form was opened" in text_of(refused.text)
        again = fields_of(refused.text)
        assert again["value.role"] == "receiver"
        assert again["edition"] == fields["edition"], "after another look"
        assert jamaica.get("/v1/corrections").json()["items"] == []


class TestFormsThatAreKept:
    @pytest.fixture
    def browser(self, service: Service, jamaica: Visitor) -> TestClient:
        return service.browser(jamaica)

    def test_lines_are_counted_as_the_browser_counts_them(self, browser: TestClient) -> None:
        told = FILLED | {"because": "\r\n".join(["x" * 9] * 200)}
        assert browser.post(FORM, data=told).status_code == 303

    def test_the_same_sent_twice_is_told(self, browser: TestClient) -> None:
        assert browser.post(FORM, data=FILLED).status_code == 303
        again = browser.post(FORM, data=FILLED)
        assert again.status_code == 409
        assert "The same correction is waiting already" in text_of(again.text)

    def test_what_people_wrote_is_shown_as_text(
        self, service: Service, browser: TestClient, administrator: Visitor
    ) -> None:
        hostile = '"><script>alert(1)</script> {{ 7*191 }}'
        fields = FILLED | dict.fromkeys(("value.note", "title", "publisher", "locator", "because"), hostile)
        page = sent(browser, FORM, fields)
        refused = browser.post(FORM, data=fields | {"value.role": ""})
        desk = service.browser(administrator)
        way = str(page.request.url.path)
        accepted = sent(desk, f"{way}/refuse", {"version": "1", "note": hostile})
        for shown in (page, refused, desk.get("/corrections"), accepted):
            assert "<script>alert" not in shown.text
            assert "1337" not in shown.text
        assert "{{ 7*191 }}" in accepted.text


class TestTheEditor:
    @pytest.fixture
    def way(self, jamaica: Visitor) -> str:
        posted = jamaica.post("/v1/corrections", a_correction())
        return str(posted.headers["location"]).removeprefix("/v1")

    def test_two_editors_with_the_same_page_open_the_second_hears_by_whom(
        self, service: Service, way: str
    ) -> None:
        one, other = (service.browser(service.visitor("administrator")) for _ in range(2))
        fields = fields_of(other.get(way).text)
        sent(one, f"{way}/accept", fields_of(one.get(way).text))
        late = other.post(f"{way}/refuse", data=fields)
        assert late.status_code == 409
        assert "This correction was accepted by administrator already." in text_of(late.text)
        assert "Decide" not in text_of(other.get(way).text)

    @pytest.mark.parametrize("version", ["", "0", "2", "-1", "x", "²", "9" * 5000])
    def test_a_decision_on_another_version_is_none(
        self, service: Service, administrator: Visitor, way: str, version: str
    ) -> None:
        browser = service.browser(administrator)
        assert browser.post(f"{way}/accept", data={"version": version}).status_code == 409
        assert administrator.get(f"/v1{way}").json()["status"] == "proposed"

    def test_nobody_else_has_the_form_nor_its_effect(
        self, service: Service, jamaica: Visitor, broker: Visitor, brazil: Visitor, way: str
    ) -> None:
        for who, status in ((jamaica, 403), (broker, 403), (brazil, 404)):
            browser = service.browser(who)
            assert f'action="{way}/accept"' not in browser.get(way).text
            assert browser.post(f"{way}/accept", data={"version": "1"}).status_code == status
        assert jamaica.get(f"/v1{way}").json()["status"] == "proposed"

    @pytest.mark.parametrize("note", ["\x00", "x" * 2001])
    def test_a_note_that_cannot_be_kept_decides_nothing(
        self, service: Service, administrator: Visitor, way: str, note: str
    ) -> None:
        refused = service.browser(administrator).post(f"{way}/accept", data={"version": "1", "note": note})
        assert refused.status_code == 422
        assert administrator.get(f"/v1{way}").json()["status"] == "proposed"

    def test_every_field_that_the_api_corrects_can_be_seen(
        self, service: Service, administrator: Visitor, catalogue: Catalogue
    ) -> None:
        """Rules and other details come by the API alone, and an editor decides on them all the same."""
        bodies = [
            a_correction(kind, slug, op="remove", pointer=f"/{name}/0", value=None)
            for kind, slug in (
                ("country", "JAM"),
                *(("channel", slug) for slug in ("paho", "iadb", "caricom")),
                *(("instrument", slug) for slug in ("ct-intra", "paho-tcc", "focem")),
            )
            for name, items in (entry_of(catalogue, kind, slug) or {}).items()  # type: ignore[arg-type]
            if isinstance(items, list) and items
        ]
        bodies += [
            a_correction(kind, slug, op="replace", pointer=pointer, value=value)
            for kind, slug, pointer, value in (
                ("country", "JAM", "/kind", "territory"),
                ("country", "JAM", "/name", WORDS),
                ("country", "JAM", "/subregion", None),
                ("country", "JAM", "/languages", ["en", "es"]),
                ("channel", "paho", "/cycle_of", "paho-subregional"),
                ("channel", "paho", "/kind", "box-entry"),
                ("channel", "paho", "/abbreviation", "OPS"),
                ("channel", "paho", "/about/en", "x"),
                ("channel", "paho", "/countries", {"scope": "listed", "members": ["JAM", "BRA"]}),
                ("channel", "paho", "/countries/exceptions/-", {"country": "CUB"}),
                ("instrument", "ct-intra", "/channel", None),
                ("instrument", "ct-intra", "/with_channels", ["paho"]),
                ("instrument", "ct-intra", "/kind", "fund"),
                ("instrument", "ct-intra", "/told", "example"),
                ("instrument", "ct-intra", "/as_of", "2012"),
                ("instrument", "ct-intra", "/window", {"kind": "rolling"}),
                ("instrument", "ct-intra", "/rules/0/value", 25_000),
                ("instrument", "ct-intra", "/rules/1/countries/0", "CUB"),
            )
        ]
        browser = service.browser(administrator)
        for body in bodies:
            op = "add" if body["pointer"].endswith("-") else body["op"]
            posted = administrator.post("/v1/corrections", body | {"op": op})
            assert posted.status_code == 201, (body, posted.text)
            assert posted.json()["difference"], body
            for language in ("en", "es"):
                way = posted.headers["location"].removeprefix("/v1")
                page = browser.get(way, headers={"Accept-Language": language})
                assert page.status_code == 200, body
                assert "None" not in text_of(page.text)
        path: str | None = "/corrections"
        seen = 0
        while path:
            page = browser.get(path)
            assert page.status_code == 200
            seen += page.text.count('<li class="brief">')
            more = re.search(r'rel="next" href="([^"]+)"', page.text)
            path = html.unescape(more[1]) if more else None
        assert seen == len(bodies)

    def test_what_kind_of_thing_is_added_is_told(
        self, service: Service, administrator: Visitor, catalogue: Catalogue
    ) -> None:
        rule = (entry_of(catalogue, "instrument", "ct-intra") or {})["rules"][0] | {"id": "second"}
        platform = {"name": "Net", "kind": "event", "about": "A net."}
        browser = service.browser(administrator)
        for body, said in (
            (of_ct_intra(op="add", pointer="/rules/-", value=rule), "at_most"),
            (of_paho(pointer="/platforms/-", value=platform), "event"),
        ):
            way = administrator.post("/v1/corrections", body).headers["location"].removeprefix("/v1")
            sides = browser.get(way).text.partition('<div class="sides">')[2].partition("<section>")[0]
            assert f"Kind {said}" in text_of(sides)


def test_a_newer_edition_shows_what_it_says_already_and_what_cannot_be_accepted(
    service: Service, jamaica: Visitor, administrator: Visitor, catalogue: Catalogue, settings: Settings
) -> None:
    same = jamaica.post("/v1/corrections", a_correction(op="replace", pointer="/name/es", value="Xamaica"))
    other = jamaica.post("/v1/corrections", a_correction(op="replace", pointer="/name/pt", value="Xamaica"))
    source = Source(Document(id="x", title="x", publisher="x"), "x")
    newer = applied(catalogue, propose(catalogue, "country", "JAM", "replace", "/name/es", "Xamaica", source))
    newer = replace(newer, edition="sha256:newer")
    with running(settings, newer, service.clock) as later:
        editor = later.visitor("administrator")
        browser = later.browser(editor)
        seen = {"If-None-Match": same.headers["etag"]}
        assert editor.get(same.headers["location"], headers=seen).json()["difference"] == []
        refused = editor.change(f"{other.headers['location']}/accept", '"1"')
        assert refused.status_code == 409
        assert "name has changed since" in refused.json()["detail"]
        page = browser.get(other.headers["location"].removeprefix("/v1"))
        assert "does not stand in this edition any more" in text_of(page.text)
        assert "<button disabled>" in page.text
        assert editor.change(f"{other.headers['location']}/refuse", '"1"').status_code == 200
