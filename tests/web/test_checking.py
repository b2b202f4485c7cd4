"""A posting is looked at while it is written, and whatever is written is taken, kept and told about."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.catalogue import Catalogue
from app.language.apertium import Apertium
from app.settings import Settings
from tests.builders import MILK_BANKS as MILK
from tests.web.visitors import Clock, Service, Visitor, a_request, an_offer, pointers, running

CHECK = "/v1/postings/check"

DUTCH = {
    "title": "Drinkwater in het binnenland",
    "description": "Wij zoeken kennis over het beheer van drinkwater in de dorpen van het binnenland.",
}

ODD: dict[str, tuple[dict[str, Any], list[str]]] = {
    "german": (
        {
            "title": "Wasser für kleine Städte",
            "description": "Wir bieten Schulungen für Lehrer in kleinen Städten an und teilen unser Wissen.",
        },
        ["unsupported_language"],
    ),
    "haitian creole": (
        {
            "title": "Jere dlo nan vil yo",
            "description": "Nou bezwen aprann kijan pou nou jere dlo nan vil yo ak lekòl yo pou timoun yo.",
        },
        ["unsupported_language"],
    ),
    "chinese": (
        {
            "title": "水资源管理培训",
            "description": "我们提供水资源管理培训，帮助小城市的教师学习如何管理饮用水。",
        },
        ["unsupported_language"],
    ),
    "arabic": (
        {"title": "إدارة المياه", "description": "نقدم تدريبا في إدارة المياه لمعلمي المدن الصغيرة"},
        ["unsupported_language"],
    ),
    "emoji": (
        {"title": "Water 💧 for towns 🏘️", "description": "We teach towns to manage water. 😀🎉🇧🇷 👩🏽‍🏫"},
        ["marks"],
    ),
    "right-to-left marks": (
        {
            "title": "Water \u200ffor small towns",
            "description": "We teach \u202esmall\u202c towns \u2067to manage\u2069 their water.",
        },
        ["marks"],
    ),
    "html": (
        {
            "title": "<b>Water</b> for small towns",
            "description": "<p>We teach towns to manage water &amp; sewers.</p><script>alert('x')</script>",
        },
        ["markup"],
    ),
    "10,000 characters": (
        {"title": "W" * 200, "description": ("We teach small towns to manage their water. " * 228)[:10_000]},
        [],
    ),
    "10,000 characters without a blank": ({"title": "Water", "description": "w" * 10_000}, ["no_words"]),
    "10,000 characters that Dutch could be made of": (
        {"title": "Drinkwater in dorpen", "description": "rijst" * 2_000, "language": "nl"},
        [],
    ),
    "10,000 angle brackets": ({"title": "Water for small towns", "description": "<" * 10_000}, []),
    "only stop words": (
        {"title": "of the and", "description": "to in is that for with on by as at"},
        ["no_words"],
    ),
    "only numbers": ({"title": "2011", "description": "17 3.14 100 % 2012-2015"}, ["no_words"]),
    "only punctuation": ({"title": "…", "description": "!?!"}, ["no_words"]),
    "another language than declared": ({**DUTCH, "language": "es"}, ["other_language"]),
    "two languages": (
        {
            "title": "Water for small towns",
            "description": f"We would like to learn how the small towns manage water. {DUTCH['description']}",
        },
        ["several_languages"],
    ),
}


@pytest.fixture(scope="module")
def service(settings_of_module: Settings, catalogue: Catalogue) -> Iterator[Service]:
    """One service, with the real translator, for all of these."""
    with running(settings_of_module, catalogue, Clock(), Apertium()) as service:
        yield service


@pytest.fixture(scope="module")
def settings_of_module(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("checking")
    return Settings(database_url=f"sqlite:///{folder}/puente.db", rate_limit="off")


@pytest.fixture(autouse=True)
def cleared(service: Service) -> Iterator[None]:
    """What a test has posted is gone before the next one."""
    yield
    broker = service.visitor("broker")
    for plural in ("offers", "requests"):
        for one in broker.get(f"/v1/{plural}?limit=200").json()["items"]:
            broker.change(f"/v1/{plural}/{one['id']}", "*", method="DELETE")


def check(visitor: Visitor, kind: str, body: dict[str, Any], **how: Any) -> Any:
    answer = visitor.post(CHECK, {kind: body}, **how)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(answer: Any) -> list[str]:
    return [one["code"] for one in answer.get("remarks", [])]


# What is wrong, and what is understood


def test_a_sound_posting_is_understood_and_not_stored(brazil: Visitor, broker: Visitor) -> None:
    found = check(brazil, "offer", {**MILK["pt"], "country": "BRA"})

    assert found["kind"] == "offer"
    assert (found["problems"], found["remarks"], found["near_duplicates"]) == ([], [], [])
    assert found["detected_language"] == "pt"
    assert found["language_confidence"] > 0.9
    health = next(one for one in found["suggested_sectors"] if one["slug"] == "health")
    assert 0.2 <= health["probability"] <= 1
    assert any("leite" in word or "hospita" in word for word in health["because"])
    assert broker.get("/v1/offers").json()["items"] == []


def test_ways_to_teach_and_learn_are_suggested(anyone: Visitor) -> None:
    visit = "Queremos hacer una visita de estudio para ver cómo otros protegen sus bosques."
    found = check(anyone, "request", {"title": "Bosques", "description": visit, "country": "CHL"})

    assert found["suggested_modalities"][0]["slug"] == "study-visit"
    assert "visita de estudio" in found["suggested_modalities"][0]["because"]


def test_all_faults_are_told_and_the_text_is_understood_all_the_same(anyone: Visitor) -> None:
    body = {
        **MILK["en"],
        "country": "XXX",
        "titel": "x",
        "sectors": ["helth"],
        "valid_until": "2020-01-01",
    }
    found = check(anyone, "offer", body)

    assert sorted(one["pointer"] for one in found["problems"]) == [
        "/offer/country",
        "/offer/sectors/0",
        "/offer/titel",
        "/offer/valid_until",
    ]
    assert all(one["detail"].endswith(".") for one in found["problems"])
    assert "health" in [one["slug"] for one in found["suggested_sectors"]]
    assert found["near_duplicates"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": ""},
        {"title": None, "description": None},
        {"title": 7, "description": ["x"]},
        {"title": {"en": "x"}, "country": 7, "language": ["en"], "keywords": {}},
        {"title": " ", "description": "\n", "keywords": [1, None, "x"]},
        {"country": None, "language": None, "sectors": None},
    ],
)
def test_what_is_hardly_begun_is_no_error(anyone: Visitor, body: dict[str, Any]) -> None:
    for kind in ("offer", "request"):
        found = check(anyone, kind, body)
        assert found["problems"]
        assert found["detected_language"] is None
        assert found["language_confidence"] is None
        assert found["remarks"] == found["near_duplicates"] == []
        assert found["suggested_sectors"] == found["suggested_modalities"] == []


def test_a_title_alone_is_understood(anyone: Visitor) -> None:
    found = check(anyone, "offer", {"title": "Vaccination of newborn children"})

    assert found["detected_language"] == "en"
    assert "health" in [one["slug"] for one in found["suggested_sectors"]]


def test_a_text_that_is_too_long_is_a_fault_and_not_read_to_its_end(anyone: Visitor) -> None:
    begun = time.process_time()
    found = check(anyone, "offer", {**an_offer(), "description": "Leite humano. " * 70_000})

    assert [one["pointer"] for one in found["problems"]] == ["/offer/description"]
    assert time.process_time() - begun < 10


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, [""]),
        ({"offer": {}, "request": {}}, [""]),
        ({"offer": []}, ["/offer"]),
        ({"offer": {}, "id": "x"}, ["/id"]),
        ({"posting": {}}, ["", "/posting"]),
        ([], [""]),
    ],
)
def test_it_is_either_an_offer_or_a_request(anyone: Visitor, body: Any, places: list[str]) -> None:
    assert pointers(anyone.post(CHECK, body)) == places


@pytest.mark.parametrize(
    ("declared", "told"), [("nl", []), ("nl-SR", []), ("pt-BR", ["other_language"]), ("tlh", [])]
)
def test_a_declared_language_is_taken_as_posting_takes_it(
    anyone: Visitor, declared: str, told: list[str]
) -> None:
    found = check(anyone, "request", {**DUTCH, "country": "SUR", "language": declared})

    assert [code for code in codes(found) if code == "other_language"] == told
    assert [one["pointer"] for one in found["problems"]] == (
        ["/request/language"] if declared == "tlh" else []
    )


def test_that_a_language_is_not_translated_is_told(anyone: Visitor) -> None:
    assert codes(check(anyone, "request", {**DUTCH, "country": "SUR"})) == ["not_translated"]


@pytest.mark.parametrize(
    ("language", "word"), [("en", "HTML is kept"), ("es", "conserva"), ("pt", "guardado"), ("fr", "conservé")]
)
def test_remarks_are_told_in_the_readers_language(service: Service, language: str, word: str) -> None:
    spoken = {"Accept-Language": language}
    brazil = service.visitor("agency", "BRA")
    body = an_offer(description="<p>Apoio à criação de bancos de leite humano em hospitais.</p>")

    for answer in (
        check(brazil, "offer", body, headers=spoken),
        brazil.post("/v1/offers", body, headers=spoken).json(),
    ):
        assert codes(answer) == ["markup"]
        assert word in answer["remarks"][0]["says"]


# Whatever is written is taken


@pytest.mark.parametrize(("body", "expected"), ODD.values(), ids=ODD)
def test_an_odd_text_is_taken_kept_matched_and_told_about(
    service: Service, body: dict[str, Any], expected: list[str]
) -> None:
    brazil, jamaica = service.visitor("agency", "BRA"), service.visitor("agency", "JAM")
    sent = {**body, "country": "BRA", "visibility": "public"}

    checked = check(brazil, "offer", sent)
    posted = brazil.post("/v1/offers", sent)

    assert checked["problems"] == []
    assert posted.status_code == 201, posted.text
    # That nothing translates from a language is told while it is written, and at every suggestion.
    assert [code for code in codes(checked) if code != "not_translated"] == expected
    assert codes(posted.json()) == expected
    assert all(one["says"] for one in checked["remarks"] + posted.json().get("remarks", []))
    kept = jamaica.get(posted.headers["location"]).json()
    assert (kept["title"], kept["description"]) == (body["title"], body["description"])
    assert "remarks" not in kept

    asked = jamaica.post("/v1/requests", a_request(visibility="public"))
    for answer in (
        jamaica.get(f"{asked.headers['location']}/suggestions"),
        jamaica.get(f"{asked.headers['location']}/suggestions/{kept['id']}"),
        jamaica.get(f"{posted.headers['location']}/suggestions"),
        service.anyone.post("/v1/suggestions", {"offer": sent}),
    ):
        assert answer.status_code == 200, answer.text
    (found,) = jamaica.get(f"{asked.headers['location']}/suggestions").json()["items"]
    assert found["offer"]["id"] == kept["id"]
    assert 0 <= found["score"] <= 1


@pytest.mark.parametrize(("body", "expected"), ODD.values(), ids=ODD)
def test_an_odd_text_is_found_by_one_that_says_the_same(
    service: Service, body: dict[str, Any], expected: list[str]
) -> None:
    brazil, jamaica = service.visitor("agency", "BRA"), service.visitor("agency", "JAM")
    same = brazil.post("/v1/offers", {**body, "country": "BRA", "visibility": "public"}).json()
    brazil.post("/v1/offers", {**an_offer(), "visibility": "public"})
    asked = jamaica.post("/v1/requests", {**body, "country": "JAM", "visibility": "public"})

    items = jamaica.get(f"{asked.headers['location']}/suggestions").json()["items"]

    texts = {
        one["offer"]["id"]: next(part["value"] for part in one["parts"] if part["name"] == "text")
        for one in items
    }
    assert len(texts) == 2
    if expected != ["no_words"]:
        assert texts[same["id"]] == max(texts.values()) > 0.5


def test_odd_texts_are_taken_side_by_side_and_found_in_one_list(service: Service) -> None:
    brazil, jamaica = service.visitor("agency", "BRA"), service.visitor("agency", "JAM")
    posted = [
        brazil.post("/v1/offers", {**body, "country": "BRA", "visibility": "public"}).json()["id"]
        for body, _ in ODD.values()
    ]
    asked = jamaica.post("/v1/requests", a_request(visibility="public"))

    items = jamaica.get(f"{asked.headers['location']}/suggestions?limit=200").json()["items"]

    assert {one["offer"]["id"] for one in items} == {*posted}


def test_a_change_is_told_about_as_a_posting_is_and_a_plain_one_is_not(brazil: Visitor) -> None:
    posted = brazil.post("/v1/offers", an_offer())
    assert "remarks" not in posted.json()
    address = posted.headers["location"]

    changed = brazil.change(address, posted.headers["etag"], {"title": "<b>Leite</b> humano"}, method="PATCH")
    assert codes(changed.json()) == ["markup"]
    mended = brazil.change(address, changed.headers["etag"], {"title": "Leite humano"}, method="PATCH")
    assert "remarks" not in mended.json()
    withdrawn = brazil.change(f"{address}/withdraw", mended.headers["etag"])
    assert "remarks" not in withdrawn.json()


def test_the_same_answer_is_given_again_with_its_remarks(brazil: Visitor) -> None:
    body, key = an_offer(title="<b>Leite</b> humano"), {"Idempotency-Key": "once"}
    first, second = (brazil.post("/v1/offers", body, headers=key) for _ in range(2))

    assert first.json() == second.json()
    assert codes(second.json()) == ["markup"]


# What was sent before


@pytest.mark.parametrize(
    ("first", "second"),
    [(one, other) for one in ("en", "es", "pt") for other in ("en", "es", "pt") if one != other],
)
def test_the_same_offer_in_another_language_is_told(brazil: Visitor, first: str, second: str) -> None:
    posted = brazil.post("/v1/offers", {**MILK[first], "country": "BRA"}).json()

    (found,) = check(brazil, "offer", {**MILK[second], "country": "br"})["near_duplicates"]

    assert found == {
        "id": posted["id"],
        "title": MILK[first]["title"],
        "language": first,
        "likeness": found["likeness"],
    }
    assert 0.35 <= found["likeness"] <= 1
    assert brazil.post("/v1/offers", {**MILK[second], "country": "BRA"}).status_code == 201, "and is taken"


def test_a_near_duplicate_is_told_only_to_those_who_may_see_it(service: Service) -> None:
    brazil = service.visitor("agency", "BRA")
    sent = {**MILK["en"], "country": "BRA"}
    for visibility, seen_by in (
        ("brokers", {"brazil", "broker"}),
        ("partners", {"brazil", "broker", "jamaica", "partner"}),
        ("public", {"brazil", "broker", "jamaica", "partner", "anyone"}),
    ):
        posted = brazil.post("/v1/offers", {**sent, "visibility": visibility})
        visitors = {
            "anyone": service.anyone,
            "brazil": brazil,
            "broker": service.visitor("broker"),
            "jamaica": service.visitor("agency", "JAM"),
            "partner": service.visitor("partner"),
        }
        told = {name for name, who in visitors.items() if check(who, "offer", sent)["near_duplicates"]}
        assert told == seen_by, visibility
        brazil.change(posted.headers["location"], "*", method="DELETE")


def test_another_countrys_the_other_sides_and_a_withdrawn_one_are_not_told(
    service: Service, brazil: Visitor
) -> None:
    posted = brazil.post("/v1/offers", {**MILK["en"], "country": "BRA"})
    broker = service.visitor("broker")

    assert check(broker, "offer", {**MILK["en"], "country": "CHL"})["near_duplicates"] == []
    assert check(broker, "offer", MILK["en"])["near_duplicates"] == []
    assert check(broker, "request", {**MILK["en"], "country": "BRA"})["near_duplicates"] == []
    assert len(check(broker, "offer", {**MILK["en"], "country": "BRA"})["near_duplicates"]) == 1
    brazil.change(f"{posted.headers['location']}/withdraw", posted.headers["etag"])
    assert check(broker, "offer", {**MILK["en"], "country": "BRA"})["near_duplicates"] == []


def test_a_draft_of_the_same_is_not_told_before_it_is_published(brazil: Visitor) -> None:
    sent = {**MILK["en"], "country": "BRA"}
    posted = brazil.post("/v1/offers", {**sent, "status": "draft"})
    assert check(brazil, "offer", sent)["near_duplicates"] == []
    brazil.change(f"{posted.headers['location']}/publish", posted.headers["etag"])
    assert len(check(brazil, "offer", sent)["near_duplicates"]) == 1


# A translator that fails


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[str], Apertium]:
    """Apertium with a pipeline of the test's own for English."""

    def build(command: str) -> Apertium:
        script = tmp_path / "translate"
        script.write_text(f"#!/bin/sh\n{command}\n", "utf-8")
        script.chmod(0o755)
        (tmp_path / "modes").mkdir()
        (tmp_path / "modes" / "eng-spa.mode").write_text(f"{script}\n", "utf-8")
        return Apertium(data=tmp_path, seconds=0.5)

    return build


@pytest.mark.parametrize(
    "command",
    [
        "sleep 60",
        "false",
        "kill -9 $$",
        "cat",
        "yes",
        "echo rubbish",
        r"sed -zu 's/.*/\x01&/'",
        "sed -zu 's/.*//'",
    ],
)
def test_a_translator_that_hangs_crashes_or_talks_nonsense_costs_no_posting(
    settings: Settings, catalogue: Catalogue, broken: Callable[[str], Apertium], command: str
) -> None:
    sent = {**MILK["en"], "visibility": "public"}
    with running(settings, catalogue, Clock(), broken(command)) as service:
        brazil, jamaica = service.visitor("agency", "BRA"), service.visitor("agency", "JAM")
        begun = time.monotonic()
        posted = [brazil.post("/v1/offers", {**sent, "country": "BRA"}) for _ in range(4)]
        checked = check(brazil, "offer", {**sent, "country": "BRA"})
        assert time.monotonic() - begun < 10

        assert [one.status_code for one in posted] == [201] * 4
        assert codes(checked) == ["not_translated"]
        assert len(checked["near_duplicates"]) == 4
        kept = [jamaica.get(one.headers["location"]).json() for one in posted]
        assert all(one["description"] == sent["description"] for one in kept)
        asked = jamaica.post("/v1/requests", {**MILK["es"], "country": "JAM", "visibility": "public"})
        items = jamaica.get(f"{asked.headers['location']}/suggestions").json()["items"]
        assert {one["offer"]["id"] for one in items} == {one["id"] for one in kept}
        assert service.client.get("/readyz").status_code == 200


def test_one_slow_text_does_not_hold_up_the_others(
    settings: Settings, catalogue: Catalogue, broken: Callable[[str], Apertium], tmp_path: Path
) -> None:
    """After three failures a language is left alone, so that posting is as fast as without a translator."""
    starts = tmp_path / "starts"
    with running(settings, catalogue, Clock(), broken(f"echo >> {starts}; sleep 60")) as service:
        brazil = service.visitor("agency", "BRA")
        for _ in range(8):
            assert brazil.post("/v1/offers", {**MILK["en"], "country": "BRA"}).status_code == 201
    assert len(starts.read_text("utf-8")) <= 3, "the last five waited for nothing"


def test_the_description_of_the_api_says_what_a_check_answers(anyone: Visitor) -> None:
    described = json.dumps(anyone.get("/openapi.json").json()["paths"][CHECK])
    for name in ("suggested_sectors", "suggested_modalities", "near_duplicates", "remarks"):
        assert name in described
