"""A request in, ranked, explained and funded suggestions out, over HTTP."""

from typing import Any

import pytest

from app.catalogue import Catalogue
from app.language.apertium import Apertium
from app.settings import Settings
from tests.web.visitors import Clock, Service, Visitor, a_request, an_offer, running

PUBLIC = {"visibility": "public"}


def posted(by: Visitor, kind: str, body: dict[str, Any]) -> Any:
    answer = by.post(f"/v1/{kind}", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def suggested(by: Visitor, path: str, **query: Any) -> list[str]:
    answer = by.get(f"{path}/suggestions", params=query)
    assert answer.status_code == 200, answer.text
    mine = "offer" if "/requests/" in path else "request"
    return [item[mine]["id"] for item in answer.json()["items"]]


def test_an_offer_is_suggested_in_the_next_call_with_every_part_of_its_score(
    brazil: Visitor, jamaica: Visitor, anyone: Visitor
) -> None:
    request = posted(jamaica, "requests", a_request(sectors=["health"], modalities=["study-visit"], **PUBLIC))
    assert suggested(anyone, f"/v1/requests/{request['id']}") == []
    offer = posted(brazil, "offers", an_offer(sectors=["health"], modalities=["study-visit"], **PUBLIC))

    answer = anyone.get(f"/v1/requests/{request['id']}/suggestions").json()

    assert answer["for"] == {"kind": "request", "id": request["id"]}
    assert sum(answer["engine"]["weights"].values()) == pytest.approx(1)
    (item,) = answer["items"]
    assert (item["rank"], item["offer"]["id"], item["across_languages"]) == (1, offer["id"], True)
    assert item["score"] == pytest.approx(sum(part["contribution"] for part in item["parts"]), abs=1e-5)
    assert item["coverage"] == pytest.approx(sum(part["weight"] for part in item["parts"] if part["known"]))
    assert [part["name"] for part in item["parts"]] == list(answer["engine"]["weights"])
    assert {gate["name"]: gate["answer"] for gate in item["gates"]} == {
        "open": "met",
        "different_country": "met",
        "visible": "met",
        "not_parked": "met",
        "capacity": "unknown",
    }
    fits = [channel["fit"] for channel in item["channels"]]
    assert fits == sorted(fits, reverse=True)
    paho = next(channel for channel in item["channels"] if channel["channel"] == "paho")
    tcc = next(verdict for verdict in paho["instruments"] if verdict["instrument"] == "paho-tcc")
    assert all(finding["citation"]["quote"] and finding["as_of"] for finding in tcc["findings"])
    assert all(verdict["next_steps"] and verdict["window"]["kind"] for verdict in paho["instruments"])


def test_an_offer_in_portuguese_is_suggested_across_the_bridge_in_the_next_call(
    settings: Settings, catalogue: Catalogue, clock: Clock
) -> None:
    """With Apertium: translated as it is posted, and told in the words of both originals."""
    with running(settings, catalogue, clock, Apertium()) as service:
        request = posted(
            service.visitor("agency", "JAM"),
            "requests",
            a_request(title="Human milk banks", description="Our nurses want to learn of them.", **PUBLIC),
        )
        offer = posted(service.visitor("agency", "BRA"), "offers", an_offer(**PUBLIC))

        answer = service.anyone.get(f"/v1/requests/{request['id']}/suggestions").json()

        (item,) = answer["items"]
        assert (item["offer"]["id"], item["across_languages"]) == (offer["id"], True)
        assert item["compared"]["languages"] == "bridged"
        (text,) = (part for part in item["parts"] if part["name"] == "text")
        met = {
            (found["in_request"], found["in_offer"]) for found in text["evidence"] if found["kind"] != "rest"
        }
        assert ("milk", "leite") in met
        # Neither the owner nor whoever holds the tag of the offer sees that it was translated.
        fetched = service.anyone.get(f"/v1/offers/{offer['id']}")
        assert (fetched.json()["version"], fetched.headers["etag"]) == (1, '"1"')
        assert fetched.json()["title"] == "Bancos de leite humano"
        # One that is only asked about is translated as well.
        asked = service.anyone.post("/v1/suggestions", {"request": a_request(language="en")}).json()
        assert [item["compared"]["languages"] for item in asked["items"]] == ["bridged"]


def test_without_a_translator_the_same_pair_meets_without_a_bridge(
    brazil: Visitor, jamaica: Visitor, anyone: Visitor
) -> None:
    request = posted(jamaica, "requests", a_request(title="Human milk banks", **PUBLIC))
    posted(brazil, "offers", an_offer(**PUBLIC))
    (item,) = anyone.get(f"/v1/requests/{request['id']}/suggestions").json()["items"]
    assert item["compared"]["languages"] == "unbridged"


def test_both_directions_and_the_pair_in_full_tell_the_same_numbers(
    brazil: Visitor, jamaica: Visitor, anyone: Visitor
) -> None:
    request = posted(jamaica, "requests", a_request(sectors=["childhood-youth"], **PUBLIC))
    offer = posted(brazil, "offers", an_offer(sectors=["childhood-youth"], **PUBLIC))

    forward = anyone.get(f"/v1/requests/{request['id']}/suggestions").json()["items"][0]
    backward = anyone.get(f"/v1/offers/{offer['id']}/suggestions").json()["items"][0]
    pair = anyone.get(f"/v1/requests/{request['id']}/suggestions/{offer['id']}").json()

    assert forward == backward
    assert (pair["score"], pair["parts"], pair["gates"]) == (
        forward["score"],
        forward["parts"],
        forward["gates"],
    )
    assert len(pair["channels"]) == 22


def test_a_posting_that_is_only_asked_about_is_matched_and_not_stored(
    brazil: Visitor, anyone: Visitor
) -> None:
    offer = posted(brazil, "offers", an_offer(**PUBLIC))

    answer = anyone.post("/v1/suggestions", {"request": a_request()}).json()

    assert [item["offer"]["id"] for item in answer["items"]] == [offer["id"]]
    assert answer["for"] == {"kind": "request", "id": None}
    assert anyone.get("/v1/requests").json()["items"] == []


def test_why_not_is_told_for_a_pair_that_a_gate_keeps_out(
    brazil: Visitor, broker: Visitor, anyone: Visitor
) -> None:
    request = posted(broker, "requests", a_request(country="BRA", **PUBLIC))
    offer = posted(brazil, "offers", an_offer(**PUBLIC))

    assert suggested(anyone, f"/v1/requests/{request['id']}") == []
    pair = anyone.get(f"/v1/requests/{request['id']}/suggestions/{offer['id']}").json()

    assert pair["kept_out"] is True
    assert {"name": "different_country", "answer": "not_met", "because": []} in pair["gates"]


def test_what_may_not_be_seen_is_not_suggested(
    brazil: Visitor, jamaica: Visitor, broker: Visitor, partner: Visitor, anyone: Visitor
) -> None:
    request = posted(jamaica, "requests", a_request(**PUBLIC))
    made = {
        visibility: posted(brazil, "offers", an_offer(visibility=visibility))["id"]
        for visibility in ("public", "partners", "brokers")
    }
    path = f"/v1/requests/{request['id']}"

    assert set(suggested(anyone, path)) == {made["public"]}
    assert set(suggested(partner, path)) == {made["public"], made["partners"]}
    assert set(suggested(broker, path)) == set(made.values())
    assert set(suggested(brazil, path)) == set(made.values())
    assert anyone.get(f"{path}/suggestions/{made['brokers']}").status_code == 404


def test_a_posting_leaves_the_suggestions_when_it_is_withdrawn_expires_or_is_changed(
    brazil: Visitor, jamaica: Visitor, anyone: Visitor, clock: Clock
) -> None:
    request = posted(jamaica, "requests", a_request(**PUBLIC))
    path = f"/v1/requests/{request['id']}"
    going = posted(brazil, "offers", an_offer(**PUBLIC))
    ending = posted(brazil, "offers", an_offer(valid_until="2026-03-03", **PUBLIC))
    hiding = posted(brazil, "offers", an_offer(**PUBLIC))
    assert set(suggested(anyone, path)) == {going["id"], ending["id"], hiding["id"]}

    brazil.change(f"/v1/offers/{going['id']}/withdraw", '"1"')
    brazil.change(f"/v1/offers/{hiding['id']}", '"1"', {"visibility": "brokers"}, method="PATCH")
    assert suggested(anyone, path) == [ending["id"]]

    clock.pass_(days=2)
    assert suggested(anyone, path) == []


def test_reasons_come_in_the_language_that_is_asked_for(
    brazil: Visitor, jamaica: Visitor, anyone: Visitor
) -> None:
    request = posted(jamaica, "requests", a_request(sectors=["health"], **PUBLIC))
    posted(brazil, "offers", an_offer(sectors=["health"], **PUBLIC))
    told = {}
    for language in ("en", "es", "pt", "fr"):
        answer = anyone.get(
            f"/v1/requests/{request['id']}/suggestions", headers={"Accept-Language": language}
        )
        assert answer.headers["Content-Language"] == language
        told[language] = tuple(answer.json()["items"][0]["channels"][0]["reasons"])
    assert len(set(told.values())) == 4


def test_suggestions_can_be_narrowed(service: Service, broker: Visitor, jamaica: Visitor) -> None:
    request = posted(jamaica, "requests", a_request(sectors=["health"], **PUBLIC))
    for country in ("BRA", "CUB", "PER"):
        posted(broker, "offers", an_offer(country=country, sectors=["health"], **PUBLIC))
    path = f"/v1/requests/{request['id']}"

    everything = suggested(broker, path)
    assert len(everything) == 3
    assert suggested(broker, path, limit=2) == everything[:2]
    assert suggested(broker, path, min_score=1) == []
    assert suggested(broker, path, channel="paho") == everything
    assert suggested(broker, path, channel="mercosur") == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "/query/limit"),
        ({"limit": 201}, "/query/limit"),
        ({"min_score": 2}, "/query/min_score"),
        ({"channel": "phao"}, "/query/channel"),
        ({"chanel": "paho"}, "/query/chanel"),
    ],
)
def test_what_cannot_narrow_is_refused(jamaica: Visitor, query: dict[str, Any], pointer: str) -> None:
    request = posted(jamaica, "requests", a_request(**PUBLIC))
    answer = jamaica.get(f"/v1/requests/{request['id']}/suggestions", params=query)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_every_fault_of_a_posting_that_is_only_asked_about_is_told_with_its_place(anyone: Visitor) -> None:
    answer = anyone.post("/v1/suggestions", {"request": {"title": "", "sectors": ["helth"], "country": "XX"}})
    assert answer.status_code == 422
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/request/title",
        "/request/description",
        "/request/sectors/0",
        "/request/country",
    }
