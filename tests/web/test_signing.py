"""Signing in with a key or a password: a session stands for it, for half a day, and no other site uses it."""

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app import accounts, people
from app.people import Person
from tests.web.visitors import PASSWORD, Clock, Service, Visitor, as_person

EDITORS = "/corrections"
"""A page that only somebody known may look at."""


@pytest.fixture(scope="module")
def service(one_service: Service) -> Service:
    """One for all of these: everybody comes with a new key or account, in a new browser."""
    return one_service


@pytest.fixture(autouse=True)
def _later(service: Service) -> None:
    """Attempts that failed in the test before are forgotten."""
    service.clock.pass_(minutes=16)


@pytest.fixture
def ana(service: Service) -> Person:
    return service.person("agency", "JAM", name="Ana Silva")


@pytest.fixture
def clock(service: Service) -> Clock:
    return service.clock


def cookie(answer: Any) -> Any:
    """What an answer wants the browser to keep as the session."""
    return SimpleCookie(answer.headers["set-cookie"])["session"]


def goes_to(answer: Any) -> str:
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


class TestSigningIn:
    def test_somebody_who_is_not_known_is_asked_who_they_are(self, service: Service) -> None:
        page = service.browser().get("/corrections?status=accepted")
        address = urlsplit(goes_to(page))
        assert address.path == "/sign-in"
        assert parse_qs(address.query) == {"next": ["/corrections?status=accepted"]}

    def test_and_comes_to_where_they_wanted_to_go(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser()
        form = browser.get("/sign-in?next=/corrections%3Fstatus%3Daccepted")
        assert 'name="next" value="/corrections?status=accepted"' in form.text
        sent = {"key": jamaica.key, "next": "/corrections?status=accepted"}
        assert goes_to(browser.post("/sign-in", data=sent)) == "/corrections?status=accepted"
        assert "agency JAM" in browser.get("/corrections?status=accepted").text

    def test_every_page_says_who_is_signed_in(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser(jamaica)
        for path in ("/", "/catalogue", "/corrections", "/nowhere"):
            page = browser.get(path).text
            assert "agency JAM" in page
            assert 'action="/sign-out"' in page
        assert "Sign in" in service.browser().get("/").text

    def test_a_key_with_blanks_around_it_is_the_key(self, service: Service, jamaica: Visitor) -> None:
        assert goes_to(service.browser().post("/sign-in", data={"key": f"  {jamaica.key}\n"})) == "/"

    @pytest.mark.parametrize(
        "key", ["", " ", "x", "puente_" + "x" * 43, "x" * 10_000, "ключ", "\x00", "a\r\nb"]
    )
    def test_what_is_no_key_opens_nothing_and_is_not_shown(self, service: Service, key: str) -> None:
        browser = service.browser()
        refused = browser.post("/sign-in", data={"key": key, "next": EDITORS})
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
        assert "set-cookie" not in refused.headers
        assert refused.text.count(f'name="next" value="{EDITORS}"') == 2, "in both forms"
        assert not key.strip() or f'value="{key}"' not in refused.text
        assert goes_to(browser.get(EDITORS)).startswith("/sign-in")

    def test_a_form_without_anything_in_it_is_refused(self, service: Service) -> None:
        for body in (b"", b"key", b"&&&", b"\xff\xfe", b"key=%ff%00"):
            assert service.browser().post("/sign-in", content=body).status_code == 422

    def test_a_revoked_key_opens_nothing(self, service: Service, jamaica: Visitor) -> None:
        revoke_all(service)
        refused = service.browser().post("/sign-in", data={"key": jamaica.key})
        assert refused.status_code == 422
        assert "it was revoked" in refused.text


def revoke_all(service: Service) -> None:
    with service.app.state.house.database.transaction() as session:
        for key in accounts.listed_keys(session):
            accounts.revoke_key(session, key.id, now=service.clock.now)


class TestSigningInWithAPassword:
    def test_one_comes_to_where_one_wanted_to_go(self, service: Service, ana: Person) -> None:
        browser = service.browser()
        sent = as_person(ana) | {"next": "/corrections?status=accepted"}
        assert goes_to(browser.post("/sign-in", data=sent)) == "/corrections?status=accepted"
        page = browser.get("/corrections")
        assert 'href="/account">Ana Silva</a>' in page.text
        assert "Jamaica" in page.text, "as the agency of the country"

    def test_the_address_may_be_written_in_capitals_but_not_the_password(
        self, service: Service, ana: Person
    ) -> None:
        sent = {"email": f" {ana.email.upper()} ", "password": PASSWORD}
        assert goes_to(service.browser().post("/sign-in", data=sent)) == "/"
        for password in (PASSWORD.upper(), f" {PASSWORD}", f"{PASSWORD}\n"):
            wrong = service.browser().post("/sign-in", data=sent | {"password": password})
            assert wrong.status_code == 422, password

    def test_nothing_tells_an_unknown_address_from_a_wrong_password(
        self, service: Service, ana: Person
    ) -> None:
        invited = self.invited(service)
        told = set()
        for email, password in (
            (ana.email, "not the password"),
            (ana.email, "x" * 10_000),
            ("nobody@example.org", PASSWORD),
            (invited.email, PASSWORD),
            ("no address", PASSWORD),
            ("\x00", PASSWORD),
        ):
            refused = service.browser().post("/sign-in", data={"email": email, "password": password})
            assert refused.status_code == 422
            assert "set-cookie" not in refused.headers
            assert f'value="{email}"' in refused.text
            assert password not in refused.text
            told.add(refused.text.replace(f'value="{email}"', ""))
        assert len(told) == 1
        assert "do not belong together" in told.pop()

    def invited(self, service: Service) -> Person:
        """Somebody who has set no password yet."""
        with service.app.state.house.database.transaction() as session:
            return people.create(
                session, role="broker", name="New", email="new@example.org", now=service.clock.now
            )

    @pytest.mark.parametrize("sent", [{"email": "a@example.org"}, {"password": PASSWORD}, {"email": " "}, {}])
    def test_half_a_form_is_refused_and_counts_for_nothing(
        self, service: Service, sent: dict[str, str]
    ) -> None:
        for _ in range(6):
            refused = service.browser().post("/sign-in", data=sent)
            assert refused.status_code == 422
            assert "Give your e-mail address and your password." in refused.text

    def test_an_account_that_was_closed_opens_nothing(self, service: Service, ana: Person) -> None:
        browser = service.browser(ana)
        with service.app.state.house.database.transaction() as session:
            people.deactivate(session, ana.id, now=service.clock.now)
        assert goes_to(browser.get(EDITORS)).startswith("/sign-in")
        assert service.browser().post("/sign-in", data=as_person(ana)).status_code == 422

    def test_signing_in_anew_ends_the_session_that_the_browser_had(
        self, service: Service, ana: Person, jamaica: Visitor
    ) -> None:
        browser = service.browser(jamaica)
        former = browser.cookies["session"]
        assert goes_to(browser.post("/sign-in", data=as_person(ana))) == "/"
        assert browser.cookies["session"] != former
        other = service.browser()
        other.cookies.set("session", former)
        assert goes_to(other.get(EDITORS)).startswith("/sign-in")


class TestTooManyAttempts:
    def guess(self, service: Service, email: str, times: int = 1) -> Any:
        for number in range(times):
            sent = {"email": email, "password": f"guess number {number}"}
            answer = service.browser().post("/sign-in", data=sent)
        return answer

    def test_after_five_one_is_told_when_to_try_again_and_can(
        self, service: Service, ana: Person, clock: Clock
    ) -> None:
        assert self.guess(service, ana.email, 5).status_code == 422
        clock.pass_(minutes=3, seconds=30)
        for refused in (
            self.guess(service, ana.email),
            service.browser().post("/sign-in", data=as_person(ana)),
        ):
            assert refused.status_code == 429
            assert refused.headers["retry-after"] == str(11 * 60 + 30)
            assert "Too many attempts failed. Try again in 12 minutes." in refused.text
            assert "set-cookie" not in refused.headers
        clock.pass_(seconds=int(refused.headers["retry-after"]))
        assert goes_to(service.browser().post("/sign-in", data=as_person(ana))) == "/"

    def test_an_address_that_nobody_has_is_treated_the_same(self, service: Service) -> None:
        assert self.guess(service, "nobody@example.org", 5).status_code == 422
        refused = self.guess(service, "Nobody@example.org")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")

    def test_others_are_not_held_up_until_thirty_came_from_one_client(
        self, service: Service, ana: Person
    ) -> None:
        for number in range(6):
            self.guess(service, f"{number}@example.org", 4)
        assert goes_to(service.browser().post("/sign-in", data=as_person(ana))) == "/"
        self.guess(service, "6@example.org", 4)
        self.guess(service, "7@example.org", 2)
        assert service.browser().post("/sign-in", data=as_person(ana)).status_code == 429

    def test_a_success_clears_the_count(self, service: Service, ana: Person) -> None:
        for _ in range(2):
            assert self.guess(service, ana.email, 4).status_code == 422
            assert goes_to(service.browser().post("/sign-in", data=as_person(ana))) == "/"

    def test_keys_are_not_counted_for_nobody_guesses_them(self, service: Service, jamaica: Visitor) -> None:
        for _ in range(31):
            assert service.browser().post("/sign-in", data={"key": "puente_x"}).status_code == 422
        assert goes_to(service.browser().post("/sign-in", data={"key": jamaica.key})) == "/"


class TestTheCookie:
    def test_no_script_reads_it_and_no_other_site_sends_it(
        self, service: Service, jamaica: Visitor, ana: Person
    ) -> None:
        for sent in ({"key": jamaica.key}, as_person(ana)):
            kept = cookie(service.browser().post("/sign-in", data=sent))
            assert kept["httponly"]
            assert kept["samesite"].lower() == "lax"
            assert (kept["path"], kept["domain"]) == ("/", "")
            assert int(kept["max-age"]) == 12 * 3600

    def test_over_https_it_goes_over_https_only(self, service: Service, ana: Person) -> None:
        sent = as_person(ana)
        plain = service.browser().post("/sign-in", data=sent)
        safe = service.browser().post(
            "https://testserver/sign-in", data=sent, headers={"Origin": "https://testserver"}
        )
        assert not cookie(plain)["secure"]
        assert cookie(safe)["secure"]

    def test_it_is_not_the_key_and_never_the_same(self, service: Service, jamaica: Visitor) -> None:
        tokens = {
            cookie(service.browser().post("/sign-in", data={"key": jamaica.key})).value for _ in range(3)
        }
        assert len(tokens) == 3
        assert all(token not in str(jamaica.key) and str(jamaica.key) not in token for token in tokens)

    def test_the_key_is_no_cookie_and_the_token_no_key(self, service: Service, jamaica: Visitor) -> None:
        token = cookie(service.browser().post("/sign-in", data={"key": jamaica.key})).value
        browser = service.browser()
        browser.cookies.set("session", str(jamaica.key))
        assert goes_to(browser.get(EDITORS)).startswith("/sign-in")
        assert Visitor(service.client, token).get("/v1/corrections").status_code == 401

    @pytest.mark.parametrize("token", ["", "x", "x" * 5000, '"; drop', "%00", "=" * 43])
    def test_a_token_that_nobody_was_given_is_nobody(self, service: Service, token: str) -> None:
        browser = service.browser()
        page = browser.get(EDITORS, headers={"Cookie": f"session={token}"})
        assert goes_to(page).startswith("/sign-in")
        assert browser.get("/", headers={"Cookie": f"session={token}"}).status_code == 200

    def test_the_session_does_nothing_in_the_api(self, service: Service, administrator: Visitor) -> None:
        browser = service.browser(administrator)
        for method, path in (("GET", "/v1/corrections"), ("POST", "/v1/corrections"), ("POST", "/v1/offers")):
            assert browser.request(method, path).status_code == 401

    def test_pages_for_one_person_are_kept_by_nobody_else(self, service: Service, jamaica: Visitor) -> None:
        for browser in (service.browser(jamaica), service.browser()):
            page = browser.get("/catalogue")
            assert "private" in page.headers["cache-control"]
            assert "Cookie" in page.headers["vary"]


class TestItsEnd:
    def test_it_ends_after_twelve_hours(
        self, service: Service, jamaica: Visitor, ana: Person, clock: Clock
    ) -> None:
        browsers = [service.browser(jamaica), service.browser(ana)]
        clock.pass_(hours=12, seconds=-1)
        assert {browser.get(EDITORS).status_code for browser in browsers} == {200}
        clock.pass_(seconds=1)
        for browser in browsers:
            assert goes_to(browser.get(EDITORS)) == "/sign-in?next=%2Fcorrections"
            assert "Sign out" not in browser.get("/").text

    def test_it_ends_with_the_key(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser(jamaica)
        revoke_all(service)
        assert goes_to(browser.get(EDITORS)).startswith("/sign-in")

    @pytest.mark.parametrize("known_by", ["key", "password"])
    def test_it_ends_when_one_signs_out(
        self, service: Service, jamaica: Visitor, ana: Person, known_by: str
    ) -> None:
        somebody = jamaica if known_by == "key" else ana
        browser, elsewhere = service.browser(somebody), service.browser(somebody)
        token = browser.cookies["session"]
        left = browser.post("/sign-out")
        assert goes_to(left) == "/"
        assert cookie(left).value == ""
        assert "session" not in browser.cookies
        again = service.browser()
        again.cookies.set("session", token)
        assert goes_to(again.get(EDITORS)).startswith("/sign-in"), "also for who kept the cookie"
        assert elsewhere.get(EDITORS).status_code == 200

    def test_who_is_not_signed_in_can_sign_out(self, service: Service) -> None:
        assert goes_to(service.browser().post("/sign-out")) == "/"

    def test_looking_at_an_address_signs_nobody_out(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser(jamaica)
        assert browser.get("/sign-out").status_code == 405
        assert browser.get(EDITORS).status_code == 200

    def test_whose_session_ended_while_a_form_was_open_comes_back_to_it(
        self, service: Service, jamaica: Visitor, clock: Clock
    ) -> None:
        browser = service.browser(jamaica)
        clock.pass_(hours=13)
        form = "http://testserver/corrections/new/country/JAM/coverage?item=0"
        sent = browser.post("/corrections/new/country/JAM/coverage", headers={"Referer": form})
        assert parse_qs(urlsplit(goes_to(sent)).query)["next"] == [form.removeprefix("http://testserver")]
        for referer in ("https://example.org/corrections", "http://testserver", "nothing", "://", ""):
            sent = browser.post("/corrections/0/accept", headers={"Referer": referer})
            assert goes_to(sent) == "/sign-in?next=%2F"


ELSEWHERE = [
    "//example.org",
    "///example.org",
    "////example.org/x",
    "/\\example.org",
    "\\\\example.org",
    "\\/example.org",
    "/\t/example.org",
    "/\n/example.org",
    "/\r\n/example.org",
    "\t//example.org",
    "/\t\\example.org",
    "https://example.org",
    "http:example.org",
    "https:/example.org",
    "javascript:alert(1)",
    "data:text/html,x",
    "example.org",
    "@example.org",
    ".example.org",
    "?next=//example.org",
    "/\x00/example.org",
    "/ok\r\nSet-Cookie: session=mine",
    "/\u2028/example.org",
    "/\uff0f/example.org",
    "/países",
    " //example.org",
    "/ /example.org",
]


class TestWhereItLeads:
    @pytest.mark.parametrize("address", ELSEWHERE)
    def test_signing_in_leads_to_no_other_site(
        self, service: Service, jamaica: Visitor, address: str
    ) -> None:
        browser = service.browser()
        form = browser.get("/sign-in", params={"next": address})
        assert 'name="next" value="/"' in form.text
        answer = browser.post("/sign-in", data={"key": jamaica.key, "next": address})
        assert goes_to(answer) == "/"
        assert "mine" not in answer.headers["set-cookie"]

    @pytest.mark.parametrize(
        "address",
        ["/", "/corrections", "/coverage?sector=health&area=HTI", "/catalogue#paho", "/a%0Ab", "/a//b"],
    )
    def test_it_leads_to_any_page_of_ours(self, service: Service, jamaica: Visitor, address: str) -> None:
        answer = service.browser().post("/sign-in", data={"key": jamaica.key, "next": address})
        assert goes_to(answer) == address

    def test_no_link_of_a_page_leads_to_the_host_that_its_address_looks_like(self, service: Service) -> None:
        page = service.browser().get("http://testserver//example.org/x")
        assert page.status_code == 404
        assert '="//example.org' not in page.text
        assert "next=//example.org" not in page.text


NEW = "agua que no has de beber"
"""A password that is not the one of everybody here."""


def invitation(service: Service) -> str:
    person = service.person()
    with service.app.state.house.database.transaction() as session:
        return people.invite(session, person.id, now=service.clock.now)


class TestFormsOfOtherSites:
    OURS = (
        {"Origin": "http://testserver"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    )
    THEIRS: tuple[dict[str, str], ...] = (
        {},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://example.org"},
        {"Origin": "http://testserver.example.org"},
        {"Origin": "http://testserver:8000"},
        {"Origin": "http://testserver@example.org"},
        {"Origin": "testserver"},
        {"Origin": "http://[::1"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin, cross-site"},
        {"Referer": "http://testserver/sign-in"},
    )

    @pytest.mark.parametrize("headers", OURS)
    def test_forms_of_ours_are_taken(
        self, service: Service, jamaica: Visitor, headers: dict[str, str]
    ) -> None:
        browser = service.browser()
        del browser.headers["Origin"]
        assert goes_to(browser.post("/sign-in", data={"key": jamaica.key}, headers=headers)) == "/"

    @pytest.mark.parametrize("headers", THEIRS)
    def test_forms_of_others_do_nothing(
        self, service: Service, administrator: Visitor, headers: dict[str, str]
    ) -> None:
        browser = service.browser(administrator)
        del browser.headers["Origin"]
        token = invitation(service)
        for path, fields in (
            ("/sign-in", {"key": administrator.key}),
            ("/sign-in", as_person(service.person())),
            ("/sign-out", {}),
            ("/account", {"name": "x", "language": "es", "mail": "off"}),
            ("/account/password", {"current": PASSWORD, "password": NEW, "again": NEW}),
            ("/account/sign-out", {}),
            (f"/welcome/{token}", {"password": NEW, "again": NEW}),
            ("/corrections/new/country/JAM/languages", {"value.text": "es", "because": "x", "locator": "x"}),
            ("/corrections/0/accept", {"version": "1"}),
            ("/corrections/0/refuse", {"version": "1"}),
        ):
            refused = browser.post(path, data=fields, headers=headers)
            assert refused.status_code == 403, path
            assert "This form was not sent from a page of this service." in refused.text
            assert "set-cookie" not in refused.headers
        assert browser.get(EDITORS).status_code == 200, "still signed in"
        assert administrator.get("/v1/corrections").json()["items"] == []
