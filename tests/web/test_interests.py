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


def test_on_the_pages_it_is_said_in_private_and_can_be_taken_back(
    service: Service, brazil: Visitor, jamaica: Visitor, broker: Visitor, offer: str
) -> None:
    agency, owner, desk = (service.browser(one) for one in (jamaica, brazil, broker))
    assert f'action="/offers/{offer}/interest"' in agency.get(f"/offers/{offer}").text
    for stranger in (owner, desk, service.browser()):
        assert "/interest" not in stranger.get(f"/offers/{offer}").text.partition("<main")[2]
    for _ in range(2):
        said = agency.post(f"/offers/{offer}/interest", data={"note": "Two parishes would try it."})
        assert (said.status_code, said.headers["location"]) == (303, "/interests")
    read = desk.get("/interests").text
    assert read.count("Two parishes would try it.") == 1
    assert 'href="/requests?country=JAM"' in read
    assert "Two parishes" not in owner.get("/interests").text
    id = jamaica.get("/v1/interests").json()["items"][0]["id"]
    assert agency.post(f"/interests/{id}/withdraw").status_code == 303
    assert "Nothing yet." in agency.get("/interests").text
    assert service.browser().get("/interests").headers["location"].startswith("/sign-in")
