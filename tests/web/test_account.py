"""One's own account: in by a link, a name, a language and mail of choice, a password that is changed."""

from html import unescape
from typing import Any

import pytest
from sqlalchemy import event

from app import people
from app.people import Person
from app.workbench.words import LANGUAGES
from tests.web.visitors import PASSWORD, Service, Visitor, as_person

NEW = "agua que no has de beber"
"""A password that is not the one of everybody here."""

ACCOUNT = {"name": "Ana María", "language": "fr", "mail": "daily"}
CHANGE = {"current": PASSWORD, "password": NEW, "again": NEW}


@pytest.fixture(scope="module")
def service(one_service: Service) -> Service:
    """One for all of these: everybody comes with a new account, in a new browser."""
    return one_service


@pytest.fixture(autouse=True)
def _later(service: Service) -> None:
    """Attempts that failed in the test before are forgotten."""
    service.clock.pass_(minutes=16)


@pytest.fixture
def ana(service: Service) -> Person:
    return service.person("agency", "JAM", name="Ana Silva", language="es")


def now_is(service: Service, person: Person) -> Person:
    with service.app.state.house.database.reading() as session:
        return people.get(session, person.id)


def goes_to(answer: Any) -> str:
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


class TestTheAccount:
    def test_somebody_who_is_not_known_signs_in_first(self, service: Service) -> None:
        assert goes_to(service.browser().get("/account")) == "/sign-in?next=%2Faccount"
        for path in ("/account", "/account/password", "/account/sign-out"):
            assert goes_to(service.browser().post(path)).startswith("/sign-in")

    def test_it_says_who_one_is_and_what_was_chosen(self, service: Service, ana: Person) -> None:
        page = unescape(service.browser(ana).get("/account?lang=en").text)
        assert f'Ana Silva · cooperation agency · <a href="/countries/JAM">Jamaica</a> · {ana.email}' in page
        assert '<option value="es" lang="es" selected>' in page
        assert 'name="mail" value="each" checked' in page

    def test_a_partner_sees_the_channel_that_they_speak_for(self, service: Service) -> None:
        page = service.browser(service.person("partner", channel="paho")).get("/account?lang=en").text
        assert 'partner · <a href="/channels/paho">' in page

    def test_somebody_with_a_key_has_none_and_is_told_so(self, service: Service, jamaica: Visitor) -> None:
        browser = service.browser(jamaica)
        page = browser.get("/account")
        assert page.status_code == 200
        assert "You signed in with a key" in page.text
        assert "agency JAM" in page.text
        for path, sent in (("/account", ACCOUNT), ("/account/password", CHANGE), ("/account/sign-out", {})):
            assert browser.post(path, data=sent).status_code == 403

    def test_what_is_chosen_is_kept_and_the_page_says_so_in_the_new_language(
        self, service: Service, ana: Person
    ) -> None:
        browser = service.browser(ana)
        browser.get("/?lang=pt")
        onward = goes_to(browser.post("/account", data=ACCOUNT))
        page = browser.get(onward)
        assert page.headers["content-language"] == "fr"
        assert 'role="status"' in page.text
        kept = now_is(service, ana)
        assert (kept.name, kept.language, kept.mail) == ("Ana María", "fr", "daily")
        assert (kept.email, kept.role, kept.country) == (ana.email, ana.role, ana.country)

    def test_nobody_makes_themselves_another(self, service: Service, ana: Person) -> None:
        more = {"role": "administrator", "country": "BRA", "email": "x@example.org", "id": "p_other"}
        service.browser(ana).post("/account", data=ACCOUNT | more)
        kept = now_is(service, ana)
        assert (kept.email, kept.role, kept.country) == (ana.email, ana.role, ana.country)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": "  "}, "name"),
            ({"name": "a\x00b"}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"language": "nl"}, "language"),
            ({"mail": "hourly"}, "mail"),
        ],
    )
    def test_what_cannot_be_kept_comes_back_with_the_fault_beside_it(
        self, service: Service, ana: Person, wrong: dict[str, str], field: str
    ) -> None:
        refused = service.browser(ana).post("/account?lang=en", data=ACCOUNT | wrong)
        assert refused.status_code == 422
        assert f'aria-describedby="fault-{field}"' in refused.text
        assert f'id="fault-{field}"' in refused.text
        assert refused.text.count('aria-invalid="true"') == 1
        assert ("Ana María" in refused.text) == (field != "name")
        assert now_is(service, ana) == ana

    def test_an_empty_form_is_refused(self, service: Service, ana: Person) -> None:
        assert service.browser(ana).post("/account").status_code == 422


class TestTheLanguageOfThePages:
    def test_it_is_the_one_of_the_account_unless_somebody_asks_for_another(self, service: Service) -> None:
        for language in LANGUAGES:
            browser = service.browser(service.person(language=language))
            for path in ("/", "/catalogue", "/nowhere"):
                assert browser.get(path).headers["content-language"] == language
        assert browser.get("/?lang=es").headers["content-language"] == "es"
        assert browser.get("/").headers["content-language"] == "es", "kept in the cookie"

    def test_a_file_is_answered_without_a_look_at_who_it_is_for(self, service: Service, ana: Person) -> None:
        browser, looked_up = service.browser(ana), []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if "person_sessions" in statement:
                looked_up.append(statement)

        engine = service.app.state.house.database.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            page = browser.get("/")
            assert len(looked_up) == 1, "once for everything on a page"
            style = page.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
            assert browser.get(style).status_code == 200
            assert len(looked_up) == 1
        finally:
            event.remove(engine, "before_cursor_execute", note)


class TestThePassword:
    def test_it_is_changed_here_and_every_other_session_ends(self, service: Service, ana: Person) -> None:
        browser, elsewhere = service.browser(ana), service.browser(ana)
        former = browser.cookies["session"]
        page = browser.get(goes_to(browser.post("/account/password", data=CHANGE)))
        assert page.status_code == 200
        assert 'role="status"' in page.text
        assert browser.cookies["session"] != former
        assert goes_to(elsewhere.get("/account")).startswith("/sign-in")
        assert service.browser().post("/sign-in", data=as_person(ana)).status_code == 422
        assert goes_to(service.browser().post("/sign-in", data=as_person(ana) | {"password": NEW})) == "/"

    @pytest.mark.parametrize(
        ("wrong", "field", "says"),
        [
            ({"current": "not the password"}, "current", "This is not your present password."),
            ({"current": ""}, "current", "This is not your present password."),
            ({"again": NEW + " "}, "again", "This is not what you wrote above."),
            ({"again": ""}, "again", "This is not what you wrote above."),
            ({"password": "short"}, "password", "A password has at least 12 characters."),
            ({"password": "x" * 201}, "password", "A password has at most 200 characters."),
            ({"password": "Ana Silva 1999"}, "password", "Somebody who knows you would guess it"),
        ],
    )
    def test_what_cannot_be_one_is_told_and_no_password_comes_back(
        self, service: Service, ana: Person, wrong: dict[str, str], field: str, says: str
    ) -> None:
        browser, sent = service.browser(ana), CHANGE | wrong
        refused = browser.post("/account/password?lang=en", data=sent)
        assert refused.status_code == 422
        assert says in refused.text
        assert f'id="fault-{field}"' in refused.text
        assert not any(word and f'value="{word}"' in refused.text for word in sent.values())
        assert browser.get("/account").status_code == 200
        assert goes_to(service.browser().post("/sign-in", data=as_person(ana))) == "/"

    def test_guesses_of_the_present_one_are_counted_with_those_at_the_door(
        self, service: Service, ana: Person
    ) -> None:
        browser = service.browser(ana)
        for _ in range(5):
            wrong = browser.post("/account/password", data=CHANGE | {"current": "a guess of mine"})
            assert wrong.status_code == 422
        refused = browser.post("/account/password", data=CHANGE)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "900"
        assert service.browser().post("/sign-in", data=as_person(ana)).status_code == 429

    def test_one_signs_out_everywhere(self, service: Service, ana: Person) -> None:
        browser, elsewhere = service.browser(ana), service.browser(ana)
        left = browser.post("/account/sign-out")
        assert goes_to(left) == "/sign-in"
        assert "session" not in browser.cookies
        assert goes_to(elsewhere.get("/account")).startswith("/sign-in")


class TestTheLink:
    @pytest.fixture
    def token(self, service: Service, ana: Person) -> str:
        with service.app.state.house.database.transaction() as session:
            return people.reset(session, ana.id, now=service.clock.now)

    def test_it_sets_the_password_and_opens_a_session(
        self, service: Service, ana: Person, token: str
    ) -> None:
        browser = service.browser()
        form = browser.get(f"/welcome/{token}")
        assert form.status_code == 200
        assert form.headers["content-language"] == "es", "the language of whom it is for"
        assert "Ana Silva" in form.text
        assert ana.email in form.text
        set_ = browser.post(f"/welcome/{token}", data={"password": NEW, "again": NEW})
        page = browser.get(goes_to(set_))
        assert 'role="status"' in page.text
        assert "Ana Silva" in page.text
        assert goes_to(service.browser().post("/sign-in", data=as_person(ana) | {"password": NEW})) == "/"

    def test_a_password_that_cannot_be_one_leaves_it_good(self, service: Service, token: str) -> None:
        browser = service.browser()
        for sent in ({"password": "short", "again": "short"}, {"password": NEW, "again": "other"}, {}):
            assert browser.post(f"/welcome/{token}", data=sent).status_code == 422
        assert "set-cookie" not in browser.get(f"/welcome/{token}").headers
        sent = {"password": NEW, "again": NEW}
        assert goes_to(browser.post(f"/welcome/{token}", data=sent)) == "/account?done=welcome"

    def test_used_late_or_made_up_it_does_nothing_and_a_page_says_what_to_do(
        self, service: Service, token: str
    ) -> None:
        sent = {"password": NEW, "again": NEW}
        service.browser().post(f"/welcome/{token}", data=sent)
        used = token
        late = self.another(service)
        service.clock.pass_(hours=72)
        for path in (used, late, "x", "x" * 5000, "%00", "%F0%9F%98%80"):
            for answer in (
                service.browser().get(f"/welcome/{path}"),
                service.browser().post(f"/welcome/{path}", data=sent),
            ):
                assert answer.status_code == 404
                assert "Ask for another." in answer.text
                assert "set-cookie" not in answer.headers

    def another(self, service: Service) -> str:
        person = service.person()
        with service.app.state.house.database.transaction() as session:
            return people.invite(session, person.id, now=service.clock.now)

    def test_looking_at_it_does_not_use_it_up(self, service: Service, token: str) -> None:
        for _ in range(3):
            assert service.browser().get(f"/welcome/{token}").status_code == 200
            assert service.browser().head(f"/welcome/{token}").status_code == 200
