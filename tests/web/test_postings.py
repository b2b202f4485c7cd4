"""Offers and requests as agencies and partners meet them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from tests.web.visitors import Clock, Service, Visitor, a_request, an_offer

CONTACT = {"name": "Ana Souza", "email": "ana.souza@example.org"}


def test_what_is_posted_is_found_at_its_address(brazil: Visitor, partner: Visitor) -> None:
    posted = brazil.post("/v1/offers", an_offer(sectors=["health"]))

    assert posted.status_code == 201
    found = partner.get(posted.headers["location"])
    assert found.json() == posted.json()
    assert found.headers["etag"] == posted.headers["etag"]
    assert found.json()["status"] == "published"
    assert found.json()["version"] == 1
    assert found.json()["created_at"] == "2026-03-02T12:00:00Z"


def test_codes_are_normalised_and_the_language_is_detected(jamaica: Visitor) -> None:
    posted = jamaica.post("/v1/requests", a_request(country="jm", co_applicants=["tt", "BRB"])).json()

    assert (posted["country"], posted["co_applicants"]) == ("JAM", ["TTO", "BRB"])
    assert (posted["language"], posted["detected_language"]) == ("en", "en")


def test_the_contact_is_kept_and_never_shown(brazil: Visitor, administrator: Visitor) -> None:
    posted = brazil.post("/v1/offers", an_offer(contact=CONTACT))

    address = posted.headers["location"]
    for answer in (posted, brazil.get(address), administrator.get(address), administrator.get("/v1/offers")):
        assert "contact" not in answer.text
        assert CONTACT["email"] not in answer.text


class TestWhoMayDoWhat:
    def test_without_a_key_nothing_can_be_posted(self, anyone: Visitor) -> None:
        refused = anyone.post("/v1/offers", an_offer())

        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")

    def test_an_unknown_key_is_refused_also_where_none_is_needed(self, service: Service) -> None:
        stranger = Visitor(service.client, "puente_not-a-key")

        assert stranger.get("/v1/offers").status_code == 401
        assert 'error="invalid_token"' in stranger.get("/v1/offers").headers["www-authenticate"]
        assert service.anyone.get("/v1/offers").status_code == 200

    @pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "puente_abc", "Bearer " + "x" * 5000])
    def test_what_is_no_key_at_all_is_refused(self, anyone: Visitor, header: str) -> None:
        assert anyone.get("/v1/offers", headers={"Authorization": header}).status_code == 401

    def test_an_agency_posts_for_its_own_country_only(self, brazil: Visitor, broker: Visitor) -> None:
        refused = brazil.post("/v1/offers", an_offer(country="JAM"))

        assert refused.status_code == 403
        assert broker.get("/v1/offers").json()["items"] == []

    def test_brokers_and_administrators_post_for_any_country(
        self, broker: Visitor, administrator: Visitor
    ) -> None:
        assert broker.post("/v1/requests", a_request(country="CHL")).status_code == 201
        assert administrator.post("/v1/requests", a_request(country="HTI")).status_code == 201

    def test_a_partner_reads_and_does_not_post(self, partner: Visitor) -> None:
        assert partner.post("/v1/offers", an_offer()).status_code == 403

    def test_an_agency_does_not_change_what_another_country_posted(
        self, brazil: Visitor, jamaica: Visitor
    ) -> None:
        posted = brazil.post("/v1/offers", an_offer())
        address, tag = posted.headers["location"], posted.headers["etag"]

        assert jamaica.change(address, tag, {"title": "Mine"}, method="PATCH").status_code == 403
        assert jamaica.change(address, tag, method="DELETE").status_code == 403
        assert jamaica.change(f"{address}/withdraw", tag).status_code == 403
        assert jamaica.get(address).json()["title"] == an_offer()["title"]

    def test_a_posting_cannot_be_moved_to_another_country(self, brazil: Visitor) -> None:
        posted = brazil.post("/v1/offers", an_offer())
        moved = brazil.change(
            posted.headers["location"], posted.headers["etag"], {"country": "CHL"}, method="PATCH"
        )

        assert moved.status_code == 403

    @pytest.mark.parametrize(
        ("visibility", "readers"),
        [
            ("public", {"anyone", "partner", "jamaica", "brazil", "broker"}),
            ("partners", {"partner", "jamaica", "brazil", "broker"}),
            ("brokers", {"brazil", "broker"}),
        ],
    )
    def test_only_those_it_is_meant_for_see_a_posting(
        self, service: Service, visibility: str, readers: set[str]
    ) -> None:
        brazil = service.visitor("agency", "BRA")
        visitors = {
            "anyone": service.anyone,
            "partner": service.visitor("partner"),
            "jamaica": service.visitor("agency", "JAM"),
            "brazil": brazil,
            "broker": service.visitor("broker"),
        }
        address = brazil.post("/v1/offers", an_offer(visibility=visibility)).headers["location"]

        one = {name for name, visitor in visitors.items() if visitor.get(address).status_code == 200}
        listed = {name for name, visitor in visitors.items() if visitor.get("/v1/offers").json()["items"]}
        assert one == listed == readers

    def test_who_may_not_know_of_a_posting_cannot_tell_it_from_none(
        self, brazil: Visitor, jamaica: Visitor
    ) -> None:
        address = brazil.post("/v1/offers", an_offer(visibility="brokers")).headers["location"]
        hidden, none = jamaica.get(address), jamaica.get("/v1/offers/0000")
        changed = jamaica.change(address, '"1"', {"title": "Mine"}, method="PATCH")

        assert hidden.status_code == none.status_code == changed.status_code == 404
        assert hidden.json()["title"] == none.json()["title"]

    def test_a_draft_is_for_its_own_country_until_it_is_published(
        self, brazil: Visitor, anyone: Visitor
    ) -> None:
        posted = brazil.post("/v1/offers", an_offer(status="draft", visibility="public"))
        address = posted.headers["location"]

        assert anyone.get(address).status_code == 404
        assert anyone.get("/v1/offers").json()["items"] == []
        published = brazil.change(f"{address}/publish", posted.headers["etag"])
        assert published.json()["status"] == "published"
        assert anyone.get(address).status_code == 200


class TestChanges:
    @pytest.fixture
    def posted(self, brazil: Visitor) -> Any:
        return brazil.post("/v1/offers", an_offer(keywords=["leite"], sectors=["health"], contact=CONTACT))

    def test_a_change_must_name_the_version_that_it_changes(self, brazil: Visitor, posted: Any) -> None:
        refused = brazil.ask("PATCH", posted.headers["location"], json={"title": "Novo"})

        assert refused.status_code == 428

    def test_of_two_who_change_at_once_the_second_is_told(self, brazil: Visitor, posted: Any) -> None:
        address, tag = posted.headers["location"], posted.headers["etag"]
        first = brazil.change(address, tag, {"title": "Primeiro"}, method="PATCH")
        second = brazil.change(address, tag, {"title": "Segundo"}, method="PATCH")

        assert (first.status_code, second.status_code) == (200, 412)
        assert second.json()["etag"] == first.headers["etag"]
        assert brazil.get(address).json()["title"] == "Primeiro"
        again = brazil.change(address, second.json()["etag"], {"title": "Segundo"}, method="PATCH")
        assert again.json()["version"] == 3

    @pytest.mark.parametrize(
        ("tag", "status"),
        [("*", 200), ('"9", "1"', 200), ('"9"', 412), ('W/"1"', 412), ("1", 412), ("", 412)],
    )
    def test_if_match_is_read_as_http_has_it(
        self, brazil: Visitor, posted: Any, tag: str, status: int
    ) -> None:
        changed = brazil.change(posted.headers["location"], tag, {"title": "Novo"}, method="PATCH")

        assert changed.status_code == status

    def test_a_patch_changes_what_it_names_and_takes_out_what_is_null(
        self, brazil: Visitor, posted: Any
    ) -> None:
        patch = {"title": "Novo", "keywords": None}
        changed = brazil.change(
            posted.headers["location"], posted.headers["etag"], patch, method="PATCH"
        ).json()

        assert (changed["title"], changed["keywords"], changed["sectors"]) == ("Novo", [], ["health"])

    def test_every_way_of_changing_wants_the_version(self, brazil: Visitor, posted: Any) -> None:
        address = posted.headers["location"]

        for way in ("publish", "withdraw", "renew"):
            assert brazil.post(f"{address}/{way}").status_code == 428
        assert brazil.ask("DELETE", address).status_code == 428

    def test_what_is_withdrawn_can_be_published_again(self, brazil: Visitor, posted: Any) -> None:
        address = posted.headers["location"]
        withdrawn = brazil.change(f"{address}/withdraw", posted.headers["etag"])
        published = brazil.change(f"{address}/publish", withdrawn.headers["etag"])

        assert withdrawn.json()["status"] == "withdrawn"
        assert published.json()["status"] == "published"

    def test_what_is_published_already_cannot_be_published(self, brazil: Visitor, posted: Any) -> None:
        refused = brazil.change(f"{posted.headers['location']}/publish", posted.headers["etag"])

        assert refused.status_code == 409

    def test_what_is_deleted_is_not_found(self, brazil: Visitor, broker: Visitor, posted: Any) -> None:
        address = posted.headers["location"]
        gone = brazil.change(address, posted.headers["etag"], method="DELETE")

        assert (gone.status_code, gone.content) == (204, b"")
        assert broker.get(address).status_code == 404
        assert broker.get("/v1/offers").json()["items"] == []

    def test_an_offer_is_not_found_among_the_requests(self, brazil: Visitor, posted: Any) -> None:
        assert brazil.get(posted.headers["location"].replace("offers", "requests")).status_code == 404


class TestTime:
    def test_a_posting_expires_after_its_last_day_and_can_be_renewed(
        self, brazil: Visitor, clock: Clock
    ) -> None:
        day = (clock.now + timedelta(days=2)).date().isoformat()
        posted = brazil.post("/v1/offers", an_offer(valid_until=day))
        address = posted.headers["location"]

        clock.pass_(days=2)
        assert brazil.get(address).json()["status"] == "published"
        clock.pass_(days=1)
        expired = brazil.get(address, headers={"If-None-Match": posted.headers["etag"]})
        assert expired.status_code == 200, "the tag changed with the status"
        assert expired.json()["status"] == "expired"
        assert [o["status"] for o in brazil.get("/v1/offers?status=expired").json()["items"]] == ["expired"]
        assert brazil.get("/v1/offers?status=published").json()["items"] == []

        renewed = brazil.change(f"{address}/renew", posted.headers["etag"])
        assert renewed.json()["status"] == "published"
        assert renewed.json()["valid_until"] == (clock.now + timedelta(days=365)).date().isoformat()

    def test_a_renewal_may_name_its_day(self, brazil: Visitor) -> None:
        posted = brazil.post("/v1/offers", an_offer(valid_until="2026-03-31"))
        renewed = brazil.change(
            f"{posted.headers['location']}/renew", posted.headers["etag"], {"valid_until": "2026-12-31"}
        )

        assert renewed.json()["valid_until"] == "2026-12-31"


class TestLists:
    def test_the_next_page_is_linked_and_nothing_is_seen_twice(self, broker: Visitor) -> None:
        ids = [broker.post("/v1/offers", an_offer(title=f"Oferta {n}")).json()["id"] for n in range(5)]

        pages = [broker.get("/v1/offers?limit=2&country=BRA")]
        while "next" in pages[-1].links:
            assert f"cursor={pages[-1].json()['next']}" in unquote(pages[-1].links["next"]["url"])
            pages.append(broker.get(pages[-1].links["next"]["url"]))
        seen = [offer["id"] for page in pages for offer in page.json()["items"]]
        assert (sorted(seen), len(seen), len(pages)) == (sorted(ids), 5, 3)
        assert pages[-1].json()["next"] is None

    def test_what_is_posted_while_somebody_pages_does_not_disturb_the_pages(self, broker: Visitor) -> None:
        for n in range(3):
            broker.post("/v1/offers", an_offer(title=f"Oferta {n}"))
        first = broker.get("/v1/offers?limit=2").json()
        broker.post("/v1/offers", an_offer(title="Oferta 3"))
        second = broker.get(f"/v1/offers?limit=2&cursor={first['next']}").json()

        ids = [offer["id"] for offer in first["items"] + second["items"]]
        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("country=br", {"A"}),
            ("country=CHL", {"B", "C"}),
            ("sector=health", {"A"}),
            ("modality=study-visit", {"B"}),
            ("language=pt-BR", {"A"}),
            ("status=draft", {"C"}),
            ("q=HUMANO", {"A"}),
            ("q=100%25", set()),
            ("updated_since=2026-03-02T00:00:00Z", {"A", "B", "C"}),
            ("updated_since=2026-03-03T00:00:00Z", set()),
            ("sector=health&country=CHL", set()),
        ],
    )
    def test_a_list_is_narrowed_by_what_is_asked(self, broker: Visitor, query: str, found: set[str]) -> None:
        wine = {"country": "CHL", "language": "es", "description": "Visitas a viñedos del valle central."}
        broker.post("/v1/offers", an_offer(title="A", sectors=["health"], language="pt"))
        broker.post("/v1/offers", an_offer(title="B", modalities=["study-visit"], **wine))
        broker.post("/v1/offers", an_offer(title="C", status="draft", **wine))
        answer = broker.get(f"/v1/offers?{query}")

        assert answer.status_code == 200, answer.text
        assert {offer["title"] for offer in answer.json()["items"]} == found


class TestReadingAgain:
    def test_who_has_it_already_is_told_so(self, brazil: Visitor) -> None:
        posted = brazil.post("/v1/offers", an_offer())
        again = brazil.get(
            posted.headers["location"], headers={"If-None-Match": f"W/{posted.headers['etag']}"}
        )

        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == posted.headers["etag"]

    def test_answers_that_depend_on_the_key_are_not_shared(self, brazil: Visitor) -> None:
        brazil.post("/v1/offers", an_offer())
        answer = brazil.get("/v1/offers")

        assert "private" in answer.headers["cache-control"]
        assert "Authorization" in answer.headers["vary"]


class TestSendingTwice:
    def test_the_same_key_and_body_are_done_once(self, brazil: Visitor) -> None:
        sent = {"headers": {"Idempotency-Key": "a1"}}
        first = brazil.post("/v1/offers", an_offer(), **sent)
        second = brazil.post("/v1/offers", an_offer(), **sent)

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert first.headers["location"] == second.headers["location"]
        assert first.headers["etag"] == second.headers["etag"]
        assert len(brazil.get("/v1/offers").json()["items"]) == 1

    def test_the_same_key_with_another_body_is_a_mistake(self, brazil: Visitor) -> None:
        sent = {"headers": {"Idempotency-Key": "a1"}}
        brazil.post("/v1/offers", an_offer(), **sent)
        refused = brazil.post("/v1/offers", an_offer(title="Outra"), **sent)
        elsewhere = brazil.post("/v1/requests", an_offer(), **sent)

        assert (refused.status_code, elsewhere.status_code) == (422, 422)
        assert len(brazil.get("/v1/offers").json()["items"]) == 1

    def test_a_key_belongs_to_who_sent_it(self, brazil: Visitor, broker: Visitor) -> None:
        sent = {"headers": {"Idempotency-Key": "a1"}}
        first = brazil.post("/v1/offers", an_offer(), **sent)
        other = broker.post("/v1/offers", an_offer(), **sent)

        assert first.json()["id"] != other.json()["id"]

    def test_what_was_refused_is_not_remembered(self, brazil: Visitor) -> None:
        sent = {"headers": {"Idempotency-Key": "a1"}}
        refused = brazil.post("/v1/offers", an_offer(country="XXX"), **sent)

        assert refused.status_code == 422
        assert brazil.post("/v1/offers", an_offer(), **sent).status_code == 201

    def test_a_repetition_is_answered_also_when_its_dates_have_passed(
        self, brazil: Visitor, clock: Clock
    ) -> None:
        sent = {"headers": {"Idempotency-Key": "a1"}}
        first = brazil.post("/v1/offers", an_offer(valid_until="2026-03-02"), **sent)
        clock.pass_(hours=13)
        again = brazil.post("/v1/offers", an_offer(valid_until="2026-03-02"), **sent)

        assert again.json() == first.json()


class TestManyAtOnce:
    def test_all_who_post_at_once_are_served(self, broker: Visitor) -> None:
        with ThreadPoolExecutor(24) as hands:
            posts = [hands.submit(broker.post, "/v1/offers", an_offer(title=f"{n}")) for n in range(48)]

        assert {post.result().status_code for post in posts} == {201}
        assert len(broker.get("/v1/offers?limit=200").json()["items"]) == 48

    def test_a_double_click_posts_once(self, broker: Visitor) -> None:
        sent = {"headers": {"Idempotency-Key": "a1"}}
        with ThreadPoolExecutor(12) as hands:
            posts = [hands.submit(broker.post, "/v1/offers", an_offer(), **sent) for _ in range(12)]

        assert {post.result().status_code for post in posts} == {201}
        assert len({post.result().json()["id"] for post in posts}) == 1

    def test_of_many_who_change_one_version_one_succeeds(self, broker: Visitor) -> None:
        posted = broker.post("/v1/offers", an_offer())
        address, tag = posted.headers["location"], posted.headers["etag"]
        with ThreadPoolExecutor(12) as hands:
            changes = [
                hands.submit(broker.change, address, tag, {"title": f"{n}"}, method="PATCH")
                for n in range(12)
            ]

        statuses = sorted(change.result().status_code for change in changes)
        assert statuses == [200] + [412] * 11
        assert broker.get(address).json()["version"] == 2


class TestChecking:
    def test_a_posting_is_looked_at_without_being_stored(self, broker: Visitor) -> None:
        checked = broker.post("/v1/postings/check", {"offer": an_offer(sectors=["helth"])})

        assert checked.status_code == 200
        assert [p["pointer"] for p in checked.json()["problems"]] == ["/offer/sectors/0"]
        assert "health" in checked.json()["problems"][0]["detail"]
        assert checked.json()["detected_language"] == "pt"
        assert broker.get("/v1/offers").json()["items"] == []

    def test_what_is_right_has_no_problems(self, anyone: Visitor) -> None:
        assert anyone.post("/v1/postings/check", {"request": a_request()}).json()["problems"] == []

    @pytest.mark.parametrize(
        "body", [{}, {"offer": {}, "request": {}}, {"offer": []}, {"posting": {}}, [], {"offer": {}, "x": 1}]
    )
    def test_it_wants_either_an_offer_or_a_request(self, anyone: Visitor, body: Any) -> None:
        assert anyone.post("/v1/postings/check", body).status_code == 422
