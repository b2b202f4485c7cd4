"""What those who run the service rely on: health, limits, problems, and headers that keep browsers safe."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from app.api.limits import LARGEST_BODY
from app.catalogue import Catalogue
from app.errors import Unusable
from app.language.apertium import Apertium
from app.language.translate import NoTranslator, Translation, Translator
from app.main import create_app
from app.settings import Settings
from tests.builders import the_ground, the_tagger
from tests.web.visitors import Clock, Service, Visitor, a_request, an_offer, running

PROBLEM = "application/problem+json"


def test_a_live_process_says_so(anyone: Visitor) -> None:
    assert anyone.get("/healthz").json()["status"] == "ok"


def test_readiness_tells_of_each_part(anyone: Visitor) -> None:
    ready = anyone.get("/readyz")

    assert ready.status_code == 200, ready.text
    assert {"database", "catalogue", "index", "translator"} <= ready.json().keys()
    assert ready.json()["database"]["state"] == ready.json()["catalogue"]["state"] == "ok"
    assert ready.json()["translator"] == {"state": "absent", "detail": "Not in this test."}


@pytest.fixture
def spoilt(tmp_path: Path) -> Translator:
    """Apertium with a pipeline for Portuguese that always fails."""
    (tmp_path / "modes").mkdir()
    (tmp_path / "modes" / "pt-es.mode").write_text("false\n", encoding="utf-8")
    return Apertium(data=tmp_path)


def test_a_translator_that_is_well_says_what_it_translates(
    settings: Settings, catalogue: Catalogue, clock: Clock
) -> None:
    with running(settings, catalogue, clock, Apertium()) as service:
        ready = service.anyone.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["translator"]["state"] == "ok"
    assert all(language in ready.json()["translator"]["detail"] for language in ("en", "pt", "fr"))
    assert "wait" not in ready.json()["translator"]["detail"]


def test_a_translator_that_fails_takes_no_posting_and_no_readiness_away(
    settings: Settings, catalogue: Catalogue, clock: Clock, spoilt: Translator
) -> None:
    with running(settings, catalogue, clock, spoilt) as service:
        brazil = service.visitor("agency", "BRA")
        for _ in range(4):
            assert brazil.post("/v1/offers", an_offer(visibility="public")).status_code == 201
        ready = service.anyone.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        told = ready.json()["translator"]["detail"]
        assert "failing now: pt" in told
        assert "4 postings wait to be translated" in told


class Broken(NoTranslator):
    """Says that it has failed, and raises what it should not."""

    def version(self, language: str) -> str | None:
        return "broken 1" if language == "pt" else None

    def translate(self, text: str, language: str) -> Translation:
        raise RuntimeError("the translator has lost its words")

    def state(self) -> tuple[Literal["ok", "failed", "absent"], str]:
        return "failed", "lost its words"


def test_whatever_a_translator_does_the_service_is_ready_and_postings_are_taken(
    settings: Settings, catalogue: Catalogue, clock: Clock
) -> None:
    with running(settings, catalogue, clock, Broken("")) as service:
        posted = service.visitor("agency", "BRA").post("/v1/offers", an_offer(visibility="public"))
        assert posted.status_code == 201
        ready = service.anyone.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert "lost its words" in ready.json()["translator"]["detail"]
        asked = service.anyone.post("/v1/suggestions", {"request": a_request(language="pt")})
        assert [item["offer"]["id"] for item in asked.json()["items"]] == [posted.json()["id"]]


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/v1/nothing", 404),
            ("GET", "/v1/offers/none", 404),
            ("PUT", "/v1/offers", 405),
            ("DELETE", "/v1/sectors", 405),
            ("POST", "/v1/offers", 401),
            ("GET", "/v1/offers?limit=x", 422),
            ("POST", "/problems/stale", 405),
            ("GET", "/problems/none", 404),
        ],
    )
    def test_every_error_is_a_problem_document(
        self, anyone: Visitor, method: str, path: str, status: int
    ) -> None:
        answer = anyone.ask(method, path)

        assert answer.status_code == status
        assert answer.headers["content-type"] == PROBLEM
        document = answer.json()
        assert document["status"] == status
        assert document["instance"] == path.split("?")[0]
        assert document["title"]
        assert document["detail"].endswith(".")

    def test_a_wrong_method_hears_of_all_the_right_ones(self, anyone: Visitor) -> None:
        assert anyone.ask("PUT", "/v1/offers").headers["allow"] == "GET, HEAD, POST"
        assert anyone.ask("PUT", "/v1/offers/x").headers["allow"] == "DELETE, GET, HEAD, PATCH"

    @pytest.mark.parametrize(
        ("language", "title"),
        [("en", "Not found"), ("es", "No encontrado"), ("pt", "Não encontrado"), ("fr", "Introuvable")],
    )
    def test_titles_come_in_the_language_asked_for(self, anyone: Visitor, language: str, title: str) -> None:
        assert anyone.get("/v1/x", headers={"Accept-Language": language}).json()["title"] == title

    def test_the_type_of_a_problem_leads_to_how_it_is_mended(self, anyone: Visitor) -> None:
        explained = anyone.get(anyone.post("/v1/offers", an_offer()).json()["type"])

        assert explained.status_code == 200
        assert "Authorization" in explained.text

    def test_a_failure_is_logged_and_nothing_of_it_is_shown(
        self, service: Service, caplog: pytest.LogCaptureFixture
    ) -> None:
        @service.app.get("/broken")
        def broken() -> None:
            raise RuntimeError("the secret of the house")

        with caplog.at_level(logging.ERROR):
            answer = service.anyone.get("/broken")

        assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.json()["reference"] in caplog.text
        assert "the secret of the house" in caplog.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


class TestBodies:
    def test_a_body_that_says_it_is_too_large_is_refused(self, administrator: Visitor) -> None:
        body = b'{"title": "' + b"x" * LARGEST_BODY + b'"}'
        refused = administrator.ask("POST", "/v1/offers", content=body)

        assert (refused.status_code, refused.headers["content-type"]) == (413, PROBLEM)

    def test_a_body_that_does_not_say_its_size_is_counted(self, administrator: Visitor) -> None:
        def endless() -> Iterator[bytes]:
            for _ in range(40):
                yield b" " * 65_536

        refused = administrator.ask("POST", "/v1/offers", content=endless())

        assert (refused.status_code, refused.headers["content-type"]) == (413, PROBLEM)

    def test_a_body_of_a_mebibyte_is_read(self, administrator: Visitor) -> None:
        body = b"{" + b" " * (LARGEST_BODY - 2) + b"}"

        assert administrator.ask("POST", "/v1/offers", content=body).status_code == 422


class TestRates:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, rate_limit="3/minute")

    def test_who_asks_too_often_waits(self, anyone: Visitor) -> None:
        answers = [anyone.get("/v1/sectors/health") for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[3].headers["content-type"] == PROBLEM
        assert 1 <= int(answers[3].headers["retry-after"]) <= 60

    def test_each_key_counts_for_itself(self, anyone: Visitor, partner: Visitor) -> None:
        partner.get("/v1/offers")  # counted with its address, and recognised from here on
        alone = [anyone.get("/v1/offers").status_code for _ in range(3)]
        with_key = [partner.get("/v1/offers").status_code for _ in range(4)]

        assert alone == [200, 200, 429]
        assert with_key == [200, 200, 200, 429]

    def test_inventing_keys_is_no_way_around(self, service: Service) -> None:
        answers = [Visitor(service.client, f"puente_{n}").get("/v1/offers").status_code for n in range(4)]

        assert answers == [401, 401, 401, 429]

    def test_health_is_never_refused(self, anyone: Visitor) -> None:
        assert {anyone.get(path).status_code for path in ("/healthz", "/readyz") * 5} == {200}

    @pytest.mark.parametrize("rate", ["often", "", "0/minute", "-1/minute"])
    def test_a_rate_that_is_none_keeps_the_service_from_starting(
        self, settings: Settings, catalogue: Catalogue, rate: str
    ) -> None:
        with pytest.raises(Unusable, match="PUENTE_RATE_LIMIT"):
            create_app(replace(settings, rate_limit=rate), ground=the_ground(catalogue), tagger=the_tagger())


class TestBrowsers:
    @pytest.mark.parametrize("path", ["/docs", "/v1/sectors", "/v1/nothing", "/healthz"])
    def test_every_answer_says_what_a_browser_may_do(self, anyone: Visitor, path: str) -> None:
        headers = anyone.get(path).headers

        assert headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("path", ["/healthz", "/v1/sectors/health", "/docs", "/openapi.json"])
    def test_head_tells_the_same_without_the_body(self, anyone: Visitor, path: str) -> None:
        got, head = anyone.get(path), anyone.ask("HEAD", path)

        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == got.headers["content-length"]


@pytest.mark.parametrize(
    ("url", "named"),
    [("mail.example.org", "PUENTE_SMTP_URL"), ("smtp://mail.example.org", "PUENTE_MAIL_FROM")],
)
def test_mail_that_could_never_be_sent_keeps_the_service_from_starting(
    settings: Settings, catalogue: Catalogue, url: str, named: str
) -> None:
    with pytest.raises(Unusable, match=named):
        create_app(
            replace(settings, smtp_url=url, mail_from="nobody"),
            ground=the_ground(catalogue),
            tagger=the_tagger(),
        )


def test_a_folder_without_a_catalogue_keeps_the_service_from_starting(settings: Settings) -> None:
    with pytest.raises(Unusable, match=r"sources\.yaml is missing"):
        create_app(replace(settings, seed=settings.seed / "channels"))


def test_the_same_database_serves_again_after_a_restart(
    settings: Settings, catalogue: Catalogue, clock: Clock, service: Service
) -> None:
    address = service.visitor("broker").post("/v1/offers", an_offer(visibility="public")).headers["location"]

    with running(settings, catalogue, clock) as again:
        assert again.anyone.get(address).json()["title"] == an_offer()["title"]
