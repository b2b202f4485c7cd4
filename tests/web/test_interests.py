"""An expression of interest is private to the brokers, free, and made once."""

import pytest

from app import notices, people
from tests.web.visitors import Service, Visitor, an_offer, pointers


@pytest.fixture
def offer(brazil: Visitor) -> str:
    return str(brazil.post("/v1/offers", an_offer(visibility="public")).json()["id"])


def test_the_brokers_hear_of_it_and_the_owner_does_not(
    service: Service, brazil: Visitor, jamaica: Visitor, broker: Visitor, offer: str
) -> None:
    with service.app.state.house.database.transaction() as session:
        people.create(session, role="broker", name="Desk", email="desk@example.org", now=service.clock.now)
    made = jamaica.post(f"/v1/offers/{offer}/interest", {"note": "Two parishes would try it."})
    assert made.status_code == 201
    assert (made.json()["country"], made.json()["owner"]) == ("JAM", "BRA")
    assert [one["id"] for one in broker.get("/v1/interests").json()["items"]] == [made.json()["id"]]
    assert brazil.get("/v1/interests").json()["items"] == []
    with service.app.state.house.database.reading() as session:
        (kept,) = notices.delivered_to(session, "desk@example.org", limit=9)
    assert kept.notice.kind == "interest.expressed"
    assert kept.notice.facts["note"] == "Two parishes would try it."


def test_said_twice_it_is_one(jamaica: Visitor, offer: str) -> None:
    first = jamaica.post(f"/v1/offers/{offer}/interest").json()
    assert jamaica.post(f"/v1/offers/{offer}/interest").json() == first
    assert len(jamaica.get("/v1/interests").json()["items"]) == 1


def test_it_can_be_taken_back_by_its_own_country(service: Service, jamaica: Visitor, offer: str) -> None:
    made = jamaica.post(f"/v1/offers/{offer}/interest").json()["id"]
    haiti = service.visitor("agency", "HTI")
    assert haiti.ask("DELETE", f"/v1/interests/{made}").status_code == 404
    assert jamaica.ask("DELETE", f"/v1/interests/{made}").status_code == 204
    assert jamaica.ask("DELETE", f"/v1/interests/{made}").status_code == 404
    assert jamaica.get("/v1/interests").json()["items"] == []
    assert jamaica.post(f"/v1/offers/{offer}/interest").json()["id"] != made


def test_it_is_for_agencies_and_what_is_open_to_them(
    service: Service, brazil: Visitor, jamaica: Visitor, broker: Visitor, offer: str
) -> None:
    assert broker.post(f"/v1/offers/{offer}/interest").status_code == 403
    assert brazil.post(f"/v1/offers/{offer}/interest").status_code == 409
    assert service.anyone.post(f"/v1/offers/{offer}/interest").status_code == 401
    assert jamaica.post("/v1/offers/none/interest").status_code == 404
    assert jamaica.post(f"/v1/requests/{offer}/interest").status_code == 404
    assert pointers(jamaica.post(f"/v1/offers/{offer}/interest", {"not": "x"})) == ["/not"]
    hidden = brazil.post("/v1/offers", an_offer(visibility="brokers")).json()["id"]
    assert jamaica.post(f"/v1/offers/{hidden}/interest").status_code == 404
    brazil.change(f"/v1/offers/{offer}/withdraw", brazil.get(f"/v1/offers/{offer}").headers["etag"])
    assert jamaica.post(f"/v1/offers/{offer}/interest").status_code == 409
