"""An agency writes its own postings on pages, and is told what is understood while it writes."""

import html
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any

import pytest
from starlette.testclient import TestClient

from app import accounts, intake, postings
from app.api.postings import BODIES
from app.catalogue import Catalogue
from app.intake import SHAPES
from app.matching.posting import Kind
from app.postings import Wanted
from app.settings import Settings
from app.workbench.fields import FIELDS
from app.workbench.own import IN_A_GROUP, KINDS, ON_A_PAGE
from tests.web.visitors import Clock, Service, Visitor, a_request, an_offer, running

LARGEST_BYTES = 100_000
NEW = "/own/requests/new"

BOYS = {
    "title": "Keeping boys out of violence",
    "description": "Programmes that work with young men, their families and their schools.",
}
AULA = "Formação de professores da educação básica, com avaliação contínua e materiais em língua própria. "


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Iterator[Service]:
    """One service for all of these; what a test has posted is gone before the next one."""
    folder = tmp_path_factory.mktemp("own")
    settings = Settings(database_url=f"sqlite:///{folder}/puente.db", rate_limit="off")
    with running(settings, catalogue, Clock()) as service:
        yield service


@pytest.fixture
def service(shared: Service) -> Iterator[Service]:
    yield shared
    shared.clock.now = Clock().now
    house, by = shared.app.state.house, accounts.OPERATOR
    with house.database.transaction() as session:
        for kind in KINDS.values():
            for one in postings.listed(
                session, kind, Wanted(), asker=by.asker, limit=200, cursor=None, today=house.today()
            ).items:
                postings.remove(session, kind, one.id, if_version=one.version, by=by, now=house.now())
    house.desk.keep_up()


@pytest.fixture
def clock(service: Service) -> Clock:
    return service.clock


class _Inputs(HTMLParser):
    """What the form of a page would send if nothing were changed in it, and which fields are at fault."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form, self.inside = form, False
        self.values: dict[str, list[str]] = {}
        self.invalid: set[str] = set()
        self.described: dict[str, str] = {}
        self.ids: list[str] = []
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "form":
            self.inside = self.form in found.get("class", "").split()
        if not self.inside:
            return
        name = found.get("name", "")
        if "aria-invalid" in found:
            self.invalid.add(name)
            self.described[name] = found["aria-describedby"]
        if tag == "textarea":
            self._area = name
            self.values[name] = [""]
        elif tag == "select":
            self._select = name
            self.values[name] = [""]
        elif tag == "option" and "selected" in found and self._select:
            self.values[self._select] = [found.get("value", "")]
        elif tag == "input" and found.get("type") in ("checkbox", "radio"):
            self.values.setdefault(name, [])
            if "checked" in found:
                self.values[name].append(found["value"])
        elif tag == "input":
            self.values[name] = [found.get("value", "")]

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.values[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self.inside = False


def inputs(page: Any, form: str = "writing") -> _Inputs:
    found = _Inputs(form)
    found.feed(page.text)
    found.close()
    assert len(found.ids) == len(set(found.ids)), "an id stands twice"
    assert len(page.content) < LARGEST_BYTES
    return found


def said(page: Any) -> str:
    """The words of the content."""
    text = page.text
    if "<main" in text:
        text = text[text.index("<main") : text.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def opened(browser: TestClient, path: str) -> dict[str, list[str]]:
    page = browser.get(path)
    assert page.status_code == 200, said(page)
    return inputs(page).values


def press(browser: TestClient, path: str, button: str, form: Mapping[str, Any], **changed: Any) -> Any:
    """Send a form with some fields filled in otherwise; `organisation__name` is organisation.name."""
    told = {name.replace("__", "."): value for name, value in changed.items()}
    return browser.post(path, data={**form, **told, "do": button})


def write(browser: TestClient, path: str = NEW, button: str = "publish", **fields: Any) -> Any:
    """Open the form of a new posting, fill it in and press a button."""
    return press(browser, path, button, opened(browser, path), **{**BOYS, **fields})


def id_in(answer: Any) -> str:
    assert answer.status_code == 303, said(answer)
    return str(answer.headers["location"]).rpartition("#p-")[2]


def kept(visitor: Visitor, plural: str = "requests") -> list[dict[str, Any]]:
    return list(visitor.get(f"/v1/{plural}?limit=200").json()["items"])


class TestWhoMayWrite:
    @pytest.mark.parametrize("path", ["/own", NEW, "/own/offers/x/edit", "/own/offers/x/delete"])
    def test_who_is_not_known_is_asked_who_they_are(self, service: Service, path: str) -> None:
        answer = service.browser().get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=%2Fown")

    def test_a_channel_has_no_postings(self, service: Service) -> None:
        browser = service.browser(service.visitor("partner", channel="paho"))
        for path in ("/own", NEW):
            refused = browser.get(path)
            assert refused.status_code == 403
            assert "Agencies post" in said(refused)
        assert browser.post(NEW, data=BOYS | {"do": "publish"}).status_code == 403
        assert browser.post("/own/check", data=BOYS | {"kind": "requests"}).status_code == 403
        assert 'href="/own"' not in browser.get("/").text

    def test_those_who_post_find_the_way_in_the_header(self, service: Service) -> None:
        for visitor in (service.visitor("agency", "JAM"), service.visitor("broker")):
            assert '<a href="/own"' in service.browser(visitor).get("/catalogue").text
        assert 'href="/own"' not in service.browser().get("/").text

    def test_nobody_changes_the_posting_of_another_country(
        self, service: Service, jamaica: Visitor, brazil: Visitor
    ) -> None:
        for visibility, status in (("public", 403), ("brokers", 404)):
            posted = jamaica.post("/v1/requests", a_request(visibility=visibility)).json()
            here = f"/own/requests/{posted['id']}"
            browser = service.browser(brazil)
            assert browser.get(f"{here}/edit").status_code == status
            assert browser.get(f"{here}/delete").status_code == status
            form = BOYS | {"version": "1", "do": "save"}
            for verb in ("edit", "publish", "withdraw", "renew", "delete"):
                assert browser.post(f"{here}/{verb}", data=form).status_code == status
            checked = browser.post("/own/check", data=BOYS | {"kind": "requests", "id": posted["id"]})
            assert checked.status_code == status
            assert jamaica.get(f"/v1/requests/{posted['id']}").json() == posted

    def test_an_agency_posts_for_its_own_country_whatever_the_form_says(
        self, service: Service, jamaica: Visitor
    ) -> None:
        write(service.browser(jamaica), country="BRA")
        assert [one["country"] for one in kept(jamaica)] == ["JAM"]

    def test_a_broker_chooses_the_country(self, service: Service, broker: Visitor, jamaica: Visitor) -> None:
        browser = service.browser(broker)
        assert "Choose the country" in said(browser.get("/own"))
        assert browser.get("/own?country=XXX").status_code == 422
        path = f"{NEW}?country=JAM"
        assert f'href="{path}"' in browser.get("/own?country=JAM").text
        answer = write(browser, path)
        assert answer.headers["location"].startswith("/own?country=JAM&done=published#p-")
        assert "Keeping boys out of violence" in said(browser.get(answer.headers["location"]))
        assert len(kept(jamaica)) == 1
        refused = write(browser, NEW)
        assert refused.status_code == 422
        assert inputs(refused).invalid == {"country"}

    def test_only_those_who_may_change_it_are_shown_how_on_its_page(
        self, service: Service, jamaica: Visitor, brazil: Visitor, broker: Visitor
    ) -> None:
        posted = jamaica.post("/v1/requests", a_request(visibility="public")).json()
        way = f'href="/own/requests/{posted["id"]}/edit"'
        for visitor, shown in ((jamaica, True), (broker, True), (brazil, False), (None, False)):
            page = service.browser(visitor).get(f"/requests/{posted['id']}").text
            assert (way in page) is shown

    def test_a_form_of_another_site_does_nothing(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser(jamaica)
        posted = jamaica.post("/v1/requests", a_request()).json()
        here = f"/own/requests/{posted['id']}"
        for path in (
            NEW,
            "/own/check",
            *(f"{here}/{verb}" for verb in ("edit", "withdraw", "renew", "delete")),
        ):
            form = BOYS | {"do": "publish", "kind": "requests", "version": "1"}
            assert browser.post(path, data=form, headers={"Origin": "http://evil.example"}).status_code == 403
        assert kept(jamaica) == [posted]

    @pytest.mark.parametrize(
        "path",
        ["/own/others/new", "/own/offers/unknown/edit", "/own/offers/%00/edit", "/own/others/x/delete"],
    )
    def test_what_is_not_there_is_told(self, service: Service, path: str) -> None:
        browser = service.browser(service.visitor("agency", "JAM"))
        assert browser.get(path).status_code == 404


class TestTheForm:
    @pytest.mark.parametrize("kind", ["offer", "request"])
    def test_it_has_every_field_of_the_contract(self, service: Service, kind: Kind) -> None:
        schema = SHAPES[kind].model_json_schema()
        parts = schema["$defs"]

        def names(field: str, told: Mapping[str, Any]) -> list[str]:
            for option in told.get("anyOf", [told]):
                if "$ref" in option:
                    inner = parts[option["$ref"].rpartition("/")[2]]["properties"]
                    return [f"{field}.{name}" for name in inner]
            return [field]

        wanted = {name for field, told in schema["properties"].items() for name in names(field, told)}
        assert set(FIELDS[kind]) == wanted - {"status"}
        broker = service.browser(service.visitor("broker"))
        assert set(opened(broker, f"/own/{kind}s/new?country=JAM")) >= set(FIELDS[kind])

    @pytest.mark.parametrize("kind", ["offer", "request"])
    def test_what_it_says_is_what_the_api_would_have_kept(self, service: Service, kind: Kind) -> None:
        body = BODIES[kind]
        agency = service.visitor("agency", body["country"])
        path = f"/own/{kind}s/new"
        form: dict[str, Any] = dict(opened(service.browser(agency), path))
        for name, field in FIELDS[kind].items():
            outer, inner = field.place
            value = (body[outer] or {}).get(inner) if inner else body[outer]
            if field.shape == "chosen":
                form[name] = value
            elif field.shape == "lines":
                form[name] = ["\r\n".join(value or ())]
            else:
                form[name] = ["" if value is None else str(value)]
        made = id_in(press(service.browser(agency), path, "publish", form))
        of_the_api = agency.post(f"/v1/{kind}s", body).json()
        of_the_form = agency.get(f"/v1/{kind}s/{made}").json()
        apart = dict.fromkeys(("id", "remarks"))
        assert of_the_form | apart == of_the_api | apart

        # And the form of what is kept says the same again, its contact with it.
        again = opened(service.browser(agency), f"/own/{kind}s/{made}/edit")
        assert again["contact.email"] == [body["contact"]["email"]]
        del form["key"], form["kind"]
        form["language"] = [""]
        form["country"] = again["country"] = []
        for name in form:
            assert sorted(value.replace("\r\n", "\n") for value in form[name]) == sorted(again[name]), name

    def test_a_draft_is_kept_with_little_and_seen_by_nobody_else(
        self, service: Service, jamaica: Visitor, brazil: Visitor
    ) -> None:
        browser = service.browser(jamaica)
        answer = write(browser, button="draft")
        page = browser.get(answer.headers["location"])
        assert "It is kept as a draft." in said(page)
        (one,) = kept(jamaica)
        assert (one["status"], one["visibility"]) == ("draft", "partners")
        assert kept(brazil) == []
        assert 'aria-label="Publish: Keeping boys out of violence"' in page.text

    @pytest.mark.parametrize("text", ["15,000", "15.000", "15 000", "15'000", "15000"])
    def test_an_amount_may_be_written_as_people_do(self, service: Service, text: str) -> None:
        agency = service.visitor("agency", "BRB")
        made = id_in(write(service.browser(agency), budget_usd=text))
        assert agency.get(f"/v1/requests/{made}").json()["budget_usd"] == 15_000

    def test_a_budget_of_nothing_is_a_budget(self, service: Service) -> None:
        agency = service.visitor("agency", "BRB")
        made = id_in(write(service.browser(agency), budget_usd="0"))
        assert agency.get(f"/v1/requests/{made}").json()["budget_usd"] == 0

    def test_ten_thousand_characters_with_accents_are_kept_and_one_more_is_not(
        self, service: Service
    ) -> None:
        agency = service.visitor("agency", "BRA")
        browser = service.browser(agency)
        whole = (AULA * 120)[:9_999].rstrip().ljust(10_000, "é")
        made = id_in(write(browser, "/own/offers/new", title="Formação contínua", description=whole))
        assert agency.get(f"/v1/offers/{made}").json()["description"] == whole
        assert opened(browser, f"/own/offers/{made}/edit")["description"] == [whole]

        refused = write(browser, "/own/offers/new", title="Formação contínua", description=whole + "é")
        found = inputs(refused)
        assert (refused.status_code, found.invalid) == (422, {"description"})
        assert found.values["description"] == [whole + "é"]
        assert "This text has more than 10,000 characters." in said(refused)

    def test_lines_are_counted_as_the_browser_counts_them(self, service: Service) -> None:
        agency = service.visitor("agency", "BRB")
        text = "\r\n".join(["water and schools!!"] * 500)
        made = id_in(write(service.browser(agency), description=text))
        assert len(agency.get(f"/v1/requests/{made}").json()["description"]) == 9_999

    def test_what_people_wrote_is_shown_as_text(self, service: Service) -> None:
        hostile = '"><script>alert(1)</script> {{ 7*191 }}'
        browser = service.browser(service.visitor("agency", "BRB"))
        free = {"keywords": hostile, "links": hostile, "organisation__name": hostile, "outcome": hostile}
        refused = write(browser, title=hostile, description=hostile, **free)
        assert refused.status_code == 422
        made = id_in(write(browser, title=hostile, description=hostile, keywords=hostile))
        checked = browser.post(
            "/own/check", data={"kind": "requests", "title": hostile, "description": hostile}
        )
        pages = [refused, checked, browser.get("/own"), browser.get(f"/own/requests/{made}/edit")]
        for page in (*pages, browser.get(f"/own/requests/{made}/delete")):
            assert "<script>alert" not in page.text
            assert "1337" not in page.text


class TestFormsWithFaults:
    @pytest.fixture
    def agency(self, service: Service) -> Visitor:
        return service.visitor("agency", "GUY")

    @pytest.mark.parametrize("button", ["draft", "publish"])
    def test_every_fault_stands_beside_its_field_and_the_form_is_filled_in_again(
        self, service: Service, agency: Visitor, button: str
    ) -> None:
        wrong: dict[str, Any] = {
            "title": "  ",
            "description": "Soins\x07",
            "links": "https://example.org\nexample.org/a",
            "organisation__name": "Ministère de la Santé",
            "contact__email": "nobody",
            "valid_until": "2020-01-31",
            "budget_usd": "much",
            "sectors": ["health"],
            "co_applicants": ["SUR", "BRB"],
        }
        refused = write(service.browser(agency), button=button, **wrong)
        found = inputs(refused)
        assert refused.status_code == 422
        at_fault = {"title", "description", "links", "organisation.kind", "contact.name", "contact.email"}
        assert found.invalid == at_fault | {"valid_until", "budget_usd"}
        for name in found.invalid:
            fault, *_ = found.described[name].split()
            assert fault in found.ids
            assert f'<a href="#{FIELDS["request"][name].id}">' in refused.text, "in the summary"
        for name, value in wrong.items():
            told = [value] if isinstance(value, str) else sorted(value)
            assert sorted(found.values[name.replace("__", ".")]) == told or name == "title"
        text = said(refused)
        assert "It was not kept." in text
        assert "“" not in text[: text.index("example.org/a")], "the entry stands before its fault"
        assert "example.org/a This is not an address on the web (http or https)." in text
        assert kept(agency) == []

    def test_a_form_with_nothing_in_it_says_what_is_missing(self, service: Service, agency: Visitor) -> None:
        browser = service.browser(agency)
        for body in (b"do=publish", b"do=draft&title=%ff%00", b"do=publish&key=1&version=x"):
            refused = browser.post(NEW, content=body)
            assert refused.status_code == 422
            assert "description" in inputs(refused).invalid

    @pytest.mark.parametrize(
        ("language", "told"),
        [
            ("es", "Este campo es obligatorio."),
            ("pt", "Este campo é obrigatório."),
            ("fr", "Ce champ est obligatoire."),
        ],
    )
    def test_faults_are_told_in_the_language_of_the_page(
        self, service: Service, agency: Visitor, language: str, told: str
    ) -> None:
        refused = service.browser(agency).post(f"{NEW}?lang={language}", data={"do": "publish"})
        assert told in said(refused)
        assert "This field is required." not in refused.text

    def test_every_fault_that_people_can_make_is_worded(self, service: Service, agency: Visitor) -> None:
        """What a door says in other words tomorrow would be told in English, and this says so."""
        long = "x" * 20_000
        wrong = {
            "title": "x" * 201,
            "description": "bell\x07",
            "keywords": "\n".join(f"word {n}" for n in range(41)),
            "links": "\n".join(f"https://example.org/{n}" for n in range(21)),
            "contact__name": long,
            "contact__email": "nobody",
            "organisation__kind": "ngo",
            "needed_by": "soon",
            "valid_until": "2020-01-31",
            "budget_usd": "1000000000001",
            "outcome": long,
        }
        refused = service.browser(agency).post(
            f"{NEW}?lang=es",
            data={name.replace("__", "."): value for name, value in wrong.items()} | {"do": "draft"},
        )
        faults = re.findall(r'<ul class="fault"[^>]*>(.*?)</ul>', refused.text, re.DOTALL)
        assert len(faults) == len(wrong)
        assert 'lang="en"' not in "".join(faults)
        offer = service.browser(agency).post(
            "/own/offers/new?lang=es", data=BOYS | {"do": "draft", "capacity": "0"}
        )
        assert "Debe ser 1 o más." in said(offer)


class TestSentTwice:
    def test_a_double_click_makes_one_posting(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser(jamaica)
        form = opened(browser, NEW)
        first, second = (press(browser, NEW, "publish", form, **BOYS) for _ in range(2))
        assert id_in(first) == id_in(second)
        assert len(kept(jamaica)) == 1

    def test_of_clicks_at_once_one_is_kept(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser(jamaica)
        form = opened(browser, NEW)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: press(browser, NEW, "draft", form, **BOYS), range(4)))
        assert len({id_in(answer) for answer in answers}) == 1
        assert len(kept(jamaica)) == 1

    def test_the_same_form_with_other_words_asks_before_it_makes_another(
        self, service: Service, jamaica: Visitor
    ) -> None:
        browser = service.browser(jamaica)
        form = opened(browser, NEW)
        press(browser, NEW, "publish", form, **BOYS)
        asked = press(browser, NEW, "publish", form, **BOYS | {"title": "Another"})
        assert asked.status_code == 409
        assert "This form was sent before" in said(asked)
        again = inputs(asked).values
        assert again["title"] == ["Another"]
        assert len(kept(jamaica)) == 1
        id_in(press(browser, NEW, "publish", again))
        assert sorted(one["title"] for one in kept(jamaica)) == ["Another", BOYS["title"]]

    def test_two_forms_make_two(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser(jamaica)
        assert id_in(write(browser)) != id_in(write(browser))


class TestWhileWriting:
    def test_the_check_tells_what_is_understood_and_keeps_nothing(
        self, service: Service, jamaica: Visitor
    ) -> None:
        page = write(service.browser(jamaica), button="check", language="", sectors=["education-culture"])
        assert page.status_code == 200
        told = said(page)
        assert "The text reads as English." in told
        assert "It can be kept as it is." in told
        found = inputs(page)
        assert found.values["title"] == [BOYS["title"]]
        assert found.values["sectors"] == ["education-culture"]
        assert found.invalid == set()
        assert kept(jamaica) == []

    def test_a_suggested_sector_is_marked_and_a_button_takes_it(
        self, service: Service, jamaica: Visitor
    ) -> None:
        browser = service.browser(jamaica)
        page = write(browser, button="check")
        suggested = re.findall(r'name="take" value="(sectors:[a-z-]+)"', page.text)
        assert suggested
        slug = suggested[0].partition(":")[2]
        mark = rf'value="{slug}"> <span>[^<]+ <small class="suggested">suggested</small>'
        assert re.search(mark, page.text)
        taken = browser.post(NEW, data={**inputs(page).values, "take": suggested[0]})
        assert taken.status_code == 200
        assert inputs(taken).values["sectors"] == [slug]
        assert f'data-suggests="{suggested[0]}"' in taken.text
        assert suggested[0] not in re.findall(r'name="take" value="([^"]+)"', taken.text)

    @pytest.mark.parametrize("take", ["sectors:nothing", "title:x", "sectors", ":", "sectors:"])
    def test_what_cannot_be_taken_breaks_nothing(self, service: Service, take: str) -> None:
        browser = service.browser(service.visitor("agency", "GUY"))
        page = browser.post(NEW, data={**opened(browser, NEW), **BOYS, "take": take})
        assert page.status_code == 200

    def test_what_was_posted_before_is_told_with_a_way_to_it(
        self, service: Service, jamaica: Visitor
    ) -> None:
        posted = jamaica.post("/v1/requests", a_request(**BOYS)).json()
        browser = service.browser(jamaica)
        page = write(browser, button="check")
        told = said(page)
        assert "Perhaps you have posted it already" in told
        assert f'href="/own/requests/{posted["id"]}/edit"' in page.text
        assert "says almost the same" in told

        # But it is no duplicate of itself.
        here = f"/own/requests/{posted['id']}/edit"
        page = press(browser, here, "check", opened(browser, here))
        assert page.status_code == 200
        assert "Perhaps you have posted it already" not in said(page)

    def test_a_script_gets_the_same_as_a_piece_of_the_page(self, service: Service, jamaica: Visitor) -> None:
        jamaica.post("/v1/requests", a_request(**BOYS))
        browser = service.browser(jamaica)
        form = {**opened(browser, NEW), **BOYS, "links": "nowhere"}
        page = browser.post(NEW, data=form | {"do": "check"})
        piece = browser.post("/own/check", data=form)
        assert piece.status_code == 200
        assert "<html" not in piece.text
        assert "<main" not in piece.text
        assert piece.text.strip() in page.text
        assert "This is not an address on the web" in said(piece)

    def test_an_empty_form_is_told_what_to_do_and_blames_nobody(self, service: Service) -> None:
        browser = service.browser(service.visitor("agency", "GUY"))
        piece = browser.post("/own/check", data=opened(browser, NEW))
        assert said(piece) == "Write a title and a description: what is understood of them stands here."

    def test_what_is_still_missing_is_told_apart_from_what_is_wrong(self, service: Service) -> None:
        browser = service.browser(service.visitor("agency", "GUY"))
        form = opened(browser, NEW)
        told = said(browser.post("/own/check", data={**form, "title": "Water", "valid_until": "2020-01-31"}))
        assert "Still missing: Description" in told
        assert "Last day : 2020-01-31 is in the past." in told

    def test_it_is_told_in_the_language_of_the_page(self, service: Service) -> None:
        browser = service.browser(service.visitor("agency", "GUY"))
        piece = browser.post(
            "/own/check?lang=pt", data={"kind": "offers", "title": "Água", "description": AULA}
        )
        assert "O texto parece estar em: português." in said(piece)

    def test_a_last_day_that_was_taken_before_is_no_fault_now(
        self, service: Service, jamaica: Visitor, clock: Clock
    ) -> None:
        posted = jamaica.post("/v1/requests", a_request(valid_until="2026-03-20")).json()
        clock.pass_(days=60)
        browser = service.browser(jamaica)
        here = f"/own/requests/{posted['id']}/edit"
        form = opened(browser, here)
        assert "It can be kept as it is." in said(press(browser, here, "check", form))
        id_in(press(browser, here, "save", form, title="Boys, and their fathers"))
        (one,) = kept(jamaica)
        assert (one["title"], one["valid_until"]) == ("Boys, and their fathers", "2026-03-20")


class TestChanging:
    def test_only_what_was_changed_is(self, service: Service, brazil: Visitor) -> None:
        evidence = ["An evaluation\nof two lines", "https://example.org/report"]
        posted = brazil.post(
            "/v1/offers",
            an_offer(
                practice={"level": "evaluated", "evidence": evidence},
                organisation={"name": "Fiocruz", "kind": "other", "parent": "Ministério da Saúde"},
                contact={"name": "Ana Souza", "email": "ana@example.org"},
            ),
        ).json()
        browser = service.browser(brazil)
        here = f"/own/offers/{posted['id']}/edit"
        form = opened(browser, here)
        id_in(press(browser, here, "save", form, title="Bancos de leite", organisation__parent=""))
        now = brazil.get(f"/v1/offers/{posted['id']}").json()
        assert now["title"] == "Bancos de leite"
        assert now["organisation"] == {"name": "Fiocruz", "kind": "other", "parent": None}
        assert now["practice"] == posted["practice"]
        assert (now["version"], now["status"]) == (2, "published")
        assert opened(browser, here)["contact.email"] == ["ana@example.org"]

    def test_what_is_emptied_is_taken_out(self, service: Service, jamaica: Visitor) -> None:
        body = BODIES["request"]
        posted = jamaica.post("/v1/requests", body).json()
        browser = service.browser(jamaica)
        here = f"/own/requests/{posted['id']}/edit"
        form = opened(browser, here)
        rest = ("title", "description", "country", "version", "opened", "visibility")
        id_in(browser.post(here, data={name: form[name] for name in rest if name in form} | {"do": "save"}))
        now = jamaica.get(f"/v1/requests/{posted['id']}").json()
        for name in ("organisation", "demand", "needed_by", "budget_usd", "outcome", "valid_until"):
            assert now[name] is None
        for name in ("sectors", "modalities", "keywords", "co_applicants"):
            assert now[name] == []
        assert opened(browser, here)["contact.email"] == [""]

    def test_half_of_a_body_is_a_fault_beside_its_field(self, service: Service, jamaica: Visitor) -> None:
        posted = jamaica.post("/v1/requests", BODIES["request"]).json()
        browser = service.browser(jamaica)
        here = f"/own/requests/{posted['id']}/edit"
        refused = press(
            browser, here, "save", opened(browser, here), organisation__name="", contact__email=""
        )
        assert refused.status_code == 422
        assert inputs(refused).invalid == {"organisation.name", "contact.email"}

    def test_saving_what_was_not_changed_makes_no_version(self, service: Service, jamaica: Visitor) -> None:
        posted = jamaica.post("/v1/requests", BODIES["request"]).json()
        browser = service.browser(jamaica)
        here = f"/own/requests/{posted['id']}/edit"
        id_in(press(browser, here, "save", opened(browser, here)))
        assert jamaica.get(f"/v1/requests/{posted['id']}").json()["version"] == 1

    def test_a_draft_is_changed_and_published_at_once(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser(jamaica)
        made = id_in(write(browser, button="draft"))
        here = f"/own/requests/{made}/edit"
        id_in(press(browser, here, "publish", opened(browser, here), visibility="public"))
        assert jamaica.get(f"/v1/requests/{made}").json()["status"] == "published"
        assert service.browser().get(f"/requests/{made}").status_code == 200

    def test_a_draft_whose_last_day_has_passed_is_not_published_and_nothing_is_lost(
        self, service: Service, jamaica: Visitor, clock: Clock
    ) -> None:
        browser = service.browser(jamaica)
        made = id_in(write(browser, button="draft", valid_until="2026-03-20"))
        clock.pass_(days=60)
        browser = service.browser(jamaica)
        here = f"/own/requests/{made}/edit"
        refused = press(browser, here, "publish", opened(browser, here), title="Boys")
        found = inputs(refused)
        assert (refused.status_code, found.invalid) == (422, {"valid_until"})
        assert "The last day is past; name a later one." in said(refused)
        assert found.values["title"] == ["Boys"]
        assert jamaica.get(f"/v1/requests/{made}").json()["title"] == BOYS["title"]
        id_in(press(browser, here, "publish", found.values, valid_until="2026-12-31"))
        assert jamaica.get(f"/v1/requests/{made}").json()["status"] == "published"


class TestTwoAtOnce:
    """Two colleagues of one agency have the same form open."""

    @pytest.fixture
    def posted(self, jamaica: Visitor) -> Any:
        return jamaica.post("/v1/requests", a_request(sectors=["health"], keywords=["boys"])).json()

    @pytest.fixture
    def here(self, posted: Any) -> str:
        return f"/own/requests/{posted['id']}/edit"

    def test_the_second_is_told_field_by_field_and_loses_nothing(
        self, service: Service, jamaica: Visitor, here: str, posted: Any
    ) -> None:
        one, other = service.browser(jamaica), service.browser(jamaica)
        form = opened(other, here)
        id_in(
            press(
                one,
                here,
                "save",
                opened(one, here),
                title="Theirs",
                sectors=["education-culture"],
                keywords="",
            )
        )
        late = press(
            other, here, "save", form, title="Mine", description="Mine too.", valid_until="2027-01-31"
        )

        assert late.status_code == 409
        told = said(late)
        assert "Somebody else changed it while you were writing" in told
        assert "Title : Theirs You changed it too: yours stands in the form." in told
        assert "Sectors : Education and culture You did not change it: it stands in the form." in told
        assert "Keywords : empty now You did not change it" in told
        assert "Description :" not in told, "only one of them changed it"
        again = inputs(late).values
        assert again["title"] == ["Mine"]
        assert again["description"] == ["Mine too."]
        assert again["sectors"] == ["education-culture"]
        assert again["keywords"] == [""]
        assert again["version"] == ["2"]

        id_in(press(other, here, "save", again))
        now = jamaica.get(f"/v1/requests/{posted['id']}").json()
        assert (now["title"], now["sectors"], now["keywords"]) == ("Mine", ["education-culture"], [])
        assert (now["description"], now["valid_until"]) == ("Mine too.", "2027-01-31")
        assert now["version"] == 3

    def test_both_having_changed_it_alike_there_is_nothing_to_tell(
        self, service: Service, jamaica: Visitor, here: str
    ) -> None:
        browser = service.browser(jamaica)
        form = opened(browser, here)
        id_in(press(browser, here, "save", form, title="The same"))
        late = press(browser, here, "save", form, title="The same")
        assert late.status_code == 409
        assert "Title :" not in said(late)

    def test_what_became_of_it_is_told_too(
        self, service: Service, jamaica: Visitor, here: str, posted: Any
    ) -> None:
        browser = service.browser(jamaica)
        form = opened(browser, here)
        jamaica.change(f"/v1/requests/{posted['id']}/withdraw", '"1"')
        late = press(browser, here, "save", form, title="Mine")
        assert late.status_code == 409
        assert "It is withdrawn now." in said(late)
        assert "Save and publish" in late.text

    @pytest.mark.parametrize("opened_with", ["", "title=0", "nonsense = ="])
    def test_marks_that_were_tampered_with_only_tell_more(
        self, service: Service, jamaica: Visitor, here: str, opened_with: str
    ) -> None:
        browser = service.browser(jamaica)
        form = opened(browser, here)
        id_in(press(browser, here, "save", form, title="Theirs"))
        late = press(browser, here, "save", form, title="Mine", opened=opened_with)
        assert late.status_code == 409
        assert inputs(late).values["title"] == ["Mine"]

    def test_after_it_was_deleted_there_is_nothing_to_change(
        self, service: Service, jamaica: Visitor, here: str, posted: Any
    ) -> None:
        browser = service.browser(jamaica)
        form = opened(browser, here)
        jamaica.change(f"/v1/requests/{posted['id']}", '"1"', method="DELETE")
        assert press(browser, here, "save", form, title="Mine").status_code == 404


class TestTheList:
    def test_an_agency_with_nothing_is_told_how_to_begin(self, service: Service, jamaica: Visitor) -> None:
        page = service.browser(jamaica).get("/own")
        assert page.status_code == 200
        assert "Nothing is written yet" in said(page)
        assert f'href="{NEW}"' in page.text

    def test_postings_stand_by_what_is_to_be_done_with_them(
        self, service: Service, jamaica: Visitor, clock: Clock
    ) -> None:
        def post(title: str, **fields: Any) -> Any:
            return jamaica.post("/v1/requests", a_request(title=title, **fields)).json()

        post("Past", valid_until="2026-03-10")
        clock.pass_(days=20)
        post("Later", valid_until="2026-04-21")
        post("Soon", valid_until="2026-04-20")
        post("Far", valid_until="2026-04-22")
        post("Standing")
        post("Draft", status="draft", valid_until="2026-03-25")
        gone = post("Gone")
        jamaica.change(f"/v1/requests/{gone['id']}/withdraw", '"1"')
        page = service.browser(jamaica).get("/own")
        told = said(page)
        counts = re.search(r"Write an offer (.*?) Expiring within 30 days 2 \S+ Request", told)
        assert counts
        assert counts[1] == "Expiring within 30 days 2 Drafts 1 Open 2 Expired 1 Withdrawn 1 Fulfilled 0"
        titles = re.findall(r'<li class="brief own"[^>]*><a [^>]*>(\w+)</a>', page.text)
        assert titles[:3] == ["Soon", "Later", "Draft"]
        assert set(titles[3:5]) == {"Far", "Standing"}
        assert titles[5:] == ["Past", "Gone"]
        assert 'lang="en">Soon</a>' in page.text
        for name, expected in (("expired", ["Past"]), ("fulfilled", [])):
            narrowed = service.browser(jamaica).get(f"/own?status={name}")
            assert re.findall(r'<li class="brief own"[^>]*><a [^>]*>(\w+)</a>', narrowed.text) == expected
        assert "Nothing of this kind." in said(narrowed)
        assert service.browser(jamaica).get("/own?status=lost").status_code == 422

    def test_only_the_own_ones_stand_there(self, service: Service, jamaica: Visitor, brazil: Visitor) -> None:
        jamaica.post("/v1/requests", a_request(visibility="public"))
        assert "Nothing is written yet" in said(service.browser(brazil).get("/own"))

    def test_a_long_list_is_shown_in_pieces(self, service: Service, jamaica: Visitor) -> None:
        many = ON_A_PAGE + 5
        house = service.app.state.house
        with house.database.transaction() as session:
            for number in range(many):
                body = a_request(title=f"Request {number} {'x' * 180}")
                taken = intake.read("request", body, house.catalogue, id=f"r{number}", today=house.today())
                postings.add(session, taken, by=accounts.OPERATOR, now=house.now())
        browser = service.browser(jamaica)
        page = browser.get("/own")
        assert page.text.count('<li class="brief own"') == IN_A_GROUP
        assert f"All {many}" in said(page)
        first = browser.get("/own?status=published")
        assert first.text.count('<li class="brief own"') == ON_A_PAGE
        (more,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
        rest = browser.get(html.unescape(more))
        assert rest.text.count('<li class="brief own"') == 5
        assert 'rel="next"' not in rest.text
        for shown in (page, first, rest):
            assert len(shown.content) < LARGEST_BYTES

    @pytest.mark.parametrize("odd", ["-1", "x", "9" * 50, "²"])
    def test_a_place_that_is_none_is_the_first(self, service: Service, odd: str) -> None:
        browser = service.browser(service.visitor("agency", "SUR"))
        assert browser.get(f"/own?status=draft&from={odd}").status_code == 200


class TestWhatIsDoneFromTheList:
    @pytest.fixture
    def posted(self, jamaica: Visitor) -> Any:
        return jamaica.post("/v1/requests", a_request(valid_until="2026-03-20")).json()

    def do(self, browser: TestClient, posted: Any, verb: str, **fields: str) -> Any:
        return browser.post(f"/own/requests/{posted['id']}/{verb}", data={"version": "1", **fields})

    def now(self, jamaica: Visitor, posted: Any) -> Any:
        return jamaica.get(f"/v1/requests/{posted['id']}").json()

    def test_one_click_renews_by_the_usual_time(
        self, service: Service, jamaica: Visitor, posted: Any
    ) -> None:
        browser = service.browser(jamaica)
        assert "Renew by 365 days" in said(browser.get("/own"))
        answer = self.do(browser, posted, "renew", until="usual", valid_until="")
        assert id_in(answer) == posted["id"]
        assert "It is renewed." in said(browser.get(answer.headers["location"]))
        assert self.now(jamaica, posted)["valid_until"] == "2027-03-02"

    def test_or_until_a_day(self, service: Service, jamaica: Visitor, posted: Any) -> None:
        id_in(self.do(service.browser(jamaica), posted, "renew", until="day", valid_until="2026-06-30"))
        assert self.now(jamaica, posted)["valid_until"] == "2026-06-30"

    @pytest.mark.parametrize(
        ("day", "fault"),
        [
            ("2026-03-01", "2026-03-01 is in the past."),
            ("", "This is not a date such as 2027-01-31."),
            ("soon", "This is not a date such as 2027-01-31."),
        ],
    )
    def test_a_day_that_is_none_is_told_beside_its_posting(
        self, service: Service, jamaica: Visitor, posted: Any, day: str, fault: str
    ) -> None:
        refused = self.do(service.browser(jamaica), posted, "renew", until="day", valid_until=day)
        assert refused.status_code == 422
        assert said(refused).count(fault) == 2, "on top and beside it"
        assert f'id="fault-{posted["id"]}"' in refused.text
        assert f'value="{day}" aria-invalid="true"' in refused.text
        assert self.now(jamaica, posted) == posted

    def test_a_broker_is_back_in_the_same_country_after_a_fault(
        self, service: Service, broker: Visitor, posted: Any
    ) -> None:
        browser = service.browser(broker)
        (action,) = re.findall(r' action="(/own/requests/[^"]+)"', browser.get("/own?country=JAM").text)
        refused = browser.post(action, data={"version": "1", "until": "day", "valid_until": ""})
        assert refused.status_code == 422
        assert f'id="fault-{posted["id"]}"' in refused.text

    def test_it_is_withdrawn_and_published_again(
        self, service: Service, jamaica: Visitor, posted: Any
    ) -> None:
        browser = service.browser(jamaica)
        id_in(self.do(browser, posted, "withdraw"))
        assert self.now(jamaica, posted)["status"] == "withdrawn"
        id_in(self.do(browser, posted, "publish", version="2"))
        assert self.now(jamaica, posted)["status"] == "published"

    def test_deleting_asks_first(self, service: Service, jamaica: Visitor, posted: Any) -> None:
        browser = service.browser(jamaica)
        page = browser.get(f"/own/requests/{posted['id']}/delete")
        assert page.status_code == 200
        assert posted["title"] in said(page)
        assert self.now(jamaica, posted) == posted
        answer = self.do(browser, posted, "delete")
        assert "It is deleted." in said(browser.get(answer.headers["location"]))
        assert jamaica.get(f"/v1/requests/{posted['id']}").status_code == 404

    @pytest.mark.parametrize("verb", ["withdraw", "renew", "delete"])
    @pytest.mark.parametrize("version", ["2", "", "x", "9" * 500])
    def test_what_was_changed_meanwhile_is_not_touched(
        self, service: Service, jamaica: Visitor, posted: Any, verb: str, version: str
    ) -> None:
        answer = self.do(service.browser(jamaica), posted, verb, version=version)
        assert answer.status_code == 409
        assert "It was changed in the meantime" in said(answer)
        assert self.now(jamaica, posted) == posted

    def test_what_is_offered_is_what_can_be_done(
        self, service: Service, jamaica: Visitor, posted: Any, clock: Clock
    ) -> None:
        """Every button that stands in the list does what it says."""
        jamaica.post("/v1/requests", a_request(title="Draft", status="draft"))
        jamaica.post("/v1/requests", a_request(title="Old draft", status="draft", valid_until="2026-03-20"))
        gone = jamaica.post("/v1/requests", a_request(title="Gone", valid_until="2026-03-20")).json()
        jamaica.change(f"/v1/requests/{gone['id']}/withdraw", '"1"')
        for days in (0, 60):
            clock.pass_(days=days)
            browser = service.browser(jamaica)
            page = browser.get("/own").text
            lines = re.findall(r'<li class="brief own".*?</form></li>', page, re.DOTALL)
            assert len(lines) == 4
            for line in lines:
                (version,) = re.findall(r'name="version" value="(\d+)"', line)
                (renew,) = re.findall(r' action="([^"]+)"', line)
                ways = re.findall(r'formaction="([^"]+)"', line)
                ways += [renew] if 'value="usual"' in line else []
                for way in ways[:1]:
                    id_in(browser.post(way, data={"version": version, "until": "usual"}))


class TestEveryLanguage:
    @pytest.mark.parametrize("language", ["es", "pt", "fr"])
    def test_the_pages_are_whole_in_each(self, service: Service, language: str) -> None:
        agency = service.visitor("agency", "TTO")
        posted = agency.post("/v1/offers", an_offer(country="TTO", valid_until="2026-03-20")).json()
        browser = service.browser(agency)
        here = f"/own/offers/{posted['id']}"
        for path in ("/own", NEW, f"{here}/edit", f"{here}/delete"):
            page = browser.get(f"{path}?lang={language}")
            assert page.status_code == 200
            assert page.headers["content-language"] == language
            assert len(page.content) < LARGEST_BYTES
