"""A case over HTTP: taken up, decided by both sides, refused with an effect, followed to its outcome."""

from typing import Any

import pytest

from tests.web.visitors import Service, Visitor, a_request, an_offer, pointers

MILK = {
    "title": "Bancos de leite humano para hospitais públicos",
    "description": "Ensinamos a coletar, pasteurizar e distribuir leite humano em hospitais públicos.",
    "sectors": ["health"],
    "modalities": ["training"],
    "visibility": "public",
}
WANTED = {
    "title": "Human milk banks for public hospitals",
    "description": "Our hospitals want to learn how to collect, pasteurise and share human milk.",
    "sectors": ["health"],
    "modalities": ["training"],
    "visibility": "public",
}


@pytest.fixture
def offer(brazil: Visitor) -> str:
    return str(brazil.post("/v1/offers", an_offer(**MILK, language="pt")).json()["id"])


@pytest.fixture
def request_id(jamaica: Visitor) -> str:
    return str(jamaica.post("/v1/requests", a_request(**WANTED, language="en")).json()["id"])


def taken_up(broker: Visitor, request_id: str, offer: str, **more: Any) -> dict[str, Any]:
    answer = broker.post("/v1/cases", {"request_id": request_id, "offer_id": offer, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def act(by: Visitor, case: str, action: str, body: Any = None) -> Any:
    """Take a step on the version that is there now."""
    tag = by.get(f"/v1/cases/{case}").headers["etag"]
    return by.change(f"/v1/cases/{case}/{action}", tag, body)


def done(by: Visitor, case: str, action: str, body: Any = None) -> dict[str, Any]:
    answer = act(by, case, action, body)
    assert answer.status_code == 200, answer.text
    stepped: dict[str, Any] = answer.json()
    return stepped


@pytest.fixture
def proposed(broker: Visitor, request_id: str, offer: str) -> str:
    case = str(taken_up(broker, request_id, offer)["id"])
    done(broker, case, "shortlist")
    done(broker, case, "propose")
    return case


def suggested(by: Visitor, request_id: str) -> list[str]:
    return [one["offer"]["id"] for one in by.get(f"/v1/requests/{request_id}/suggestions").json()["items"]]


class TestTheWay:
    def test_a_case_goes_from_suggestion_to_outcome(
        self, broker: Visitor, brazil: Visitor, jamaica: Visitor, request_id: str, offer: str
    ) -> None:
        case = taken_up(broker, request_id, offer)
        assert (case["state"], case["waiting_on"]) == ("suggested", "broker")
        assert case["channel"] is not None
        id = case["id"]
        assert done(broker, id, "shortlist")["state"] == "shortlisted"
        proposed = done(broker, id, "propose")
        assert (proposed["state"], proposed["waiting_on"]) == ("proposed", "both")
        once = done(brazil, id, "accept")
        assert (once["state"], once["waiting_on"]) == ("proposed", "receiver")
        assert once["answers"] == {"provider": "accepted", "receiver": None}
        agreed = done(jamaica, id, "accept", {"side": "receiver"})
        assert (agreed["state"], agreed["waiting_on"]) == ("agreed", "broker")
        assert done(brazil, id, "start")["waiting_on"] == "both"
        outcome = {"summary": "Twelve nurses trained.", "useful": 5, "held_on": "2026-06-12"}
        completed = done(jamaica, id, "complete", {"outcome": outcome})
        assert (completed["state"], completed["waiting_on"]) == ("completed", "nobody")
        assert completed["outcome"]["summary"] == "Twelve nurses trained."
        assert brazil.get(f"/v1/cases/{id}").json()["outcome"]["useful"] == 5
        assert jamaica.get(f"/v1/requests/{request_id}").json()["status"] == "fulfilled"
        history = broker.get(f"/v1/cases/{id}").json()["history"]
        assert [one["entry"] for one in history] == [
            "take_up",
            "shortlist",
            "propose",
            "accept",
            "accept",
            "start",
            "complete",
        ]

    def test_what_was_shown_is_kept_though_everything_changes(
        self, broker: Visitor, brazil: Visitor, request_id: str, offer: str
    ) -> None:
        pair = broker.get(f"/v1/requests/{request_id}/suggestions/{offer}").json()
        case = taken_up(broker, request_id, offer)
        tag = brazil.get(f"/v1/offers/{offer}").headers["etag"]
        brazil.change(f"/v1/offers/{offer}", tag, {"title": "Pontes"}, method="PATCH")
        frozen = broker.get(f"/v1/cases/{case['id']}").json()["frozen"]
        kept = frozen["suggestion"]
        assert kept["score"] == pair["score"]
        assert kept["parts"] == pair["parts"]
        assert kept["channels"] == pair["channels"][: len(kept["channels"])]
        assert frozen["offer"]["title"] == MILK["title"]
        assert frozen["engine"] == pair["engine"]
        assert kept["rank"] == 1

    def test_a_step_that_is_not_open_says_which_are_and_to_whom(
        self, broker: Visitor, request_id: str, offer: str
    ) -> None:
        case = taken_up(broker, request_id, offer)["id"]
        answer = act(broker, case, "accept", {"side": "provider"})
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["open"] == [
            {"action": "shortlist", "by": ["broker"]},
            {"action": "decline", "by": ["broker"]},
            {"action": "close", "by": ["broker"]},
        ]

    def test_every_end_can_be_opened_again(self, broker: Visitor, request_id: str, offer: str) -> None:
        case = taken_up(broker, request_id, offer)["id"]
        assert done(broker, case, "close")["state"] == "withdrawn"
        assert done(broker, case, "reopen")["state"] == "suggested"
        assert done(broker, case, "decline", {"reason": "not_now"})["refusal"]["code"] == "not_now"
        assert done(broker, case, "reopen")["refusal"] is None

    def test_a_pair_has_one_open_case(self, broker: Visitor, request_id: str, offer: str) -> None:
        first = taken_up(broker, request_id, offer)["id"]
        again = broker.post("/v1/cases", {"request_id": request_id, "offer_id": offer})
        assert again.status_code == 409
        assert again.json()["case"] == first
        done(broker, first, "close")
        second = taken_up(broker, request_id, offer)["id"]
        assert act(broker, first, "reopen").status_code == 409
        assert second != first

    def test_the_same_key_takes_up_once(self, broker: Visitor, request_id: str, offer: str) -> None:
        body = {"request_id": request_id, "offer_id": offer}
        headers = {"Idempotency-Key": "one"}
        first = broker.post("/v1/cases", body, headers=headers)
        second = broker.post("/v1/cases", body, headers=headers)
        assert first.json() == second.json()
        assert second.status_code == 201


class TestWho:
    def test_a_side_hears_of_it_when_it_is_proposed(
        self, broker: Visitor, brazil: Visitor, anyone: Visitor, request_id: str, offer: str
    ) -> None:
        case = taken_up(broker, request_id, offer)["id"]
        assert brazil.get(f"/v1/cases/{case}").status_code == 404
        assert brazil.get("/v1/cases").json()["items"] == []
        done(broker, case, "shortlist")
        done(broker, case, "propose")
        seen = brazil.get(f"/v1/cases/{case}").json()
        assert [one["entry"] for one in seen["history"]] == ["propose"]
        assert anyone.get(f"/v1/cases/{case}").status_code == 401

    def test_nobody_else_sees_it(self, service: Service, proposed: str) -> None:
        assert service.visitor("agency", "CHL").get(f"/v1/cases/{proposed}").status_code == 404
        assert service.visitor("partner").get("/v1/cases").json()["items"] == []

    def test_a_channel_sees_what_it_would_carry_and_nothing_that_was_said(
        self, service: Service, broker: Visitor, proposed: str
    ) -> None:
        channel = broker.get(f"/v1/cases/{proposed}").json()["channel"]
        portal = service.visitor("partner", channel=channel)
        seen = portal.get(f"/v1/cases/{proposed}").json()
        assert (seen["history"], seen["frozen"]) == ([], None)
        assert act(portal, proposed, "accept", {"side": "provider"}).status_code == 403

    def test_a_side_speaks_for_itself_alone(self, brazil: Visitor, jamaica: Visitor, proposed: str) -> None:
        assert act(brazil, proposed, "accept", {"side": "receiver"}).status_code == 403
        assert act(brazil, proposed, "close").status_code == 403
        done(brazil, proposed, "accept")
        again = act(brazil, proposed, "accept")
        assert again.status_code == 409
        assert "already" in again.json()["detail"]
        assert done(jamaica, proposed, "accept")["state"] == "agreed"

    def test_a_broker_records_an_answer_for_a_side(self, broker: Visitor, proposed: str) -> None:
        assert pointers(act(broker, proposed, "accept")) == ["/side"]
        assert done(broker, proposed, "accept", {"side": "receiver"})["waiting_on"] == "provider"

    @pytest.mark.parametrize("role", ["agency", "partner"])
    def test_only_a_broker_takes_up(self, service: Service, role: Any, request_id: str, offer: str) -> None:
        who = service.visitor(role, "JAM" if role == "agency" else None)
        answer = who.post("/v1/cases", {"request_id": request_id, "offer_id": offer})
        assert answer.status_code == 403


class TestRefusals:
    def test_the_reasons_say_their_effect_before_one_chooses(self, anyone: Visitor) -> None:
        items = anyone.get("/v1/refusal-reasons", headers={"Accept-Language": "pt"}).json()["items"]
        kinds = {one["effect"]["kind"] for one in items}
        assert kinds == {"park_pair", "park_provider_in_sector", "lower_capacity", "none"}
        not_now = next(one for one in items if one["code"] == "not_now")
        assert not_now["label"] == "Não neste momento"
        assert "2026-05-31" in not_now["effect"]["says"]

    def test_a_refused_pair_is_parked_until_a_day_and_why_not_says_so(
        self, service: Service, broker: Visitor, jamaica: Visitor, request_id: str, offer: str, proposed: str
    ) -> None:
        declined = done(jamaica, proposed, "decline", {"reason": "not_now"})
        assert declined["answers"]["receiver"] == "declined"
        assert suggested(broker, request_id) == []
        pair = broker.get(f"/v1/requests/{request_id}/suggestions/{offer}").json()
        gate = next(one for one in pair["gates"] if one["name"] == "not_parked")
        assert gate["answer"] == "not_met"
        assert [(one["reason"], one["until"], one["case"]) for one in gate["parks"]] == [
            ("not_now", "2026-05-31", proposed)
        ]
        told = service.anyone.get(f"/v1/requests/{request_id}/suggestions/{offer}").json()
        hidden = next(one for one in told["gates"] if one["name"] == "not_parked")["parks"]
        assert [(one["reason"], one["case"]) for one in hidden] == [("undisclosed", None)]
        service.clock.pass_(days=91)
        assert suggested(broker, request_id) == [offer]

    def test_a_case_that_is_reopened_lifts_the_park(
        self, broker: Visitor, jamaica: Visitor, request_id: str, offer: str, proposed: str
    ) -> None:
        done(jamaica, proposed, "decline", {"reason": "not_now"})
        done(broker, proposed, "reopen")
        assert suggested(broker, request_id) == [offer]

    def test_a_provider_is_parked_in_a_sector_and_not_in_another(
        self, broker: Visitor, brazil: Visitor, jamaica: Visitor, request_id: str, proposed: str
    ) -> None:
        other = brazil.post("/v1/offers", an_offer(**MILK | {"title": "Leite humano em casa"})).json()["id"]
        roads = brazil.post(
            "/v1/offers", an_offer(**MILK | {"title": "Bancos de leite", "sectors": ["environment"]})
        ).json()["id"]
        assert {other, roads} <= set(suggested(broker, request_id))
        done(jamaica, proposed, "decline", {"reason": "earlier_exchange"})
        assert suggested(broker, request_id) == [roads]

    def test_a_provider_without_people_has_one_place_less(
        self, broker: Visitor, brazil: Visitor, request_id: str, offer: str, proposed: str
    ) -> None:
        done(brazil, proposed, "decline", {"reason": "no_capacity"})
        pair = broker.get(f"/v1/requests/{request_id}/suggestions/{offer}").json()
        gate = next(one for one in pair["gates"] if one["name"] == "capacity")
        assert (gate["answer"], gate["load"]["lowered"]) == ("not_met", 1)

    @pytest.mark.parametrize(
        ("body", "places"),
        [
            ({}, ["/reason"]),
            ({"reason": "because"}, ["/reason"]),
            ({"reason": "other"}, ["/note"]),
            ({"reason": "not_now", "side": "nobody"}, ["/side"]),
            ({"reason": "not_now", "why": "x"}, ["/why"]),
        ],
    )
    def test_a_refusal_that_says_too_little_changes_nothing(
        self, broker: Visitor, proposed: str, body: Any, places: list[str]
    ) -> None:
        assert pointers(act(broker, proposed, "decline", body)) == places
        assert broker.get(f"/v1/cases/{proposed}").json()["state"] == "proposed"

    def test_by_hand_what_a_gate_keeps_out_needs_a_reason(
        self, broker: Visitor, jamaica: Visitor, request_id: str, offer: str, proposed: str
    ) -> None:
        done(jamaica, proposed, "decline", {"reason": "not_now"})
        body = {"request_id": request_id, "offer_id": offer}
        refused = broker.post("/v1/cases", body)
        assert refused.status_code == 409
        assert refused.json()["gates"] == ["not_parked"]
        made = taken_up(broker, request_id, offer, reason="The minister asked for it again.")
        assert (made["rank"], made["reason"]) == (None, "The minister asked for it again.")


class TestPlaces:
    def test_an_agreement_holds_the_other_candidates_of_the_request_until_it_ends(
        self, service: Service, broker: Visitor, request_id: str, proposed: str
    ) -> None:
        chile = service.visitor("agency", "CHL")
        other = chile.post("/v1/offers", an_offer(**MILK | {"country": "CHL"})).json()["id"]
        second = taken_up(broker, request_id, other)["id"]
        done(broker, second, "shortlist")
        for side in ("provider", "receiver"):
            done(broker, proposed, "accept", {"side": side})
        held = broker.get(f"/v1/cases/{second}").json()
        assert (held["held_by"], held["waiting_on"]) == (proposed, "broker")
        refused = act(broker, second, "propose")
        assert refused.status_code == 409
        assert refused.json()["held_by"] == proposed
        done(broker, proposed, "close")
        assert broker.get(f"/v1/cases/{second}").json()["held_by"] is None
        assert done(broker, second, "propose")["state"] == "proposed"

    def test_an_offer_carries_no_more_than_it_says(
        self, service: Service, broker: Visitor, brazil: Visitor, jamaica: Visitor, request_id: str
    ) -> None:
        offer = brazil.post("/v1/offers", an_offer(**MILK, capacity=1)).json()["id"]
        haiti = service.visitor("agency", "HTI")
        second = haiti.post("/v1/requests", a_request(**WANTED | {"country": "HTI"})).json()["id"]
        cases = [taken_up(broker, one, offer)["id"] for one in (request_id, second)]
        for case in cases:
            done(broker, case, "shortlist")
            done(broker, case, "propose")
        for case in cases:
            done(broker, case, "accept", {"side": "provider"})
        assert done(jamaica, cases[0], "accept")["state"] == "agreed"
        waiting = broker.get(f"/v1/cases/{cases[1]}").json()
        assert (waiting["held_by"], waiting["waiting_on"]) == (cases[0], "broker")
        assert act(haiti, cases[1], "accept").status_code == 409
        assert suggested(broker, second) == []
        done(broker, cases[0], "start")
        done(broker, cases[0], "complete", {"outcome": "It went well."})
        assert done(haiti, cases[1], "accept")["state"] == "agreed"


class TestRaces:
    def test_of_two_who_decide_the_second_hears_by_whom_and_when(
        self, service: Service, broker: Visitor, request_id: str, offer: str
    ) -> None:
        case = taken_up(broker, request_id, offer)["id"]
        tag = broker.get(f"/v1/cases/{case}").headers["etag"]
        broker.change(f"/v1/cases/{case}/shortlist", tag)
        late = service.visitor("administrator").change(
            f"/v1/cases/{case}/decline", tag, {"reason": "not_now"}
        )
        assert late.status_code == 412
        assert (late.json()["by"], late.json()["state"]) == ("broker", "shortlisted")
        assert late.json()["at"].startswith("2026-03-02T12:00")

    def test_a_change_names_its_version(self, broker: Visitor, request_id: str, offer: str) -> None:
        case = taken_up(broker, request_id, offer)["id"]
        assert broker.post(f"/v1/cases/{case}/shortlist").status_code == 428


class TestLists:
    def test_a_list_is_narrowed(self, service: Service, broker: Visitor, proposed: str) -> None:
        def ids(query: str) -> list[str]:
            return [one["id"] for one in broker.get(f"/v1/cases?{query}").json()["items"]]

        assert ids("state=proposed&country=JAM&waiting_on=provider") == [proposed]
        assert ids("waiting_on=broker") == ids("country=CHL") == ids("state=agreed") == []
        assert ids("stalled=true") == []
        service.clock.pass_(days=9)
        assert ids("stalled=true") == [proposed]
        assert broker.get("/v1/cases?state=dead").status_code == 422
        assert broker.get("/v1/cases?country=XXX").status_code == 422

    def test_the_list_goes_on_where_it_left_off(
        self, broker: Visitor, brazil: Visitor, request_id: str, offer: str
    ) -> None:
        more = [
            brazil.post("/v1/offers", an_offer(**MILK | {"title": f"Leite humano {n}"})).json()["id"]
            for n in range(3)
        ]
        made = [taken_up(broker, request_id, one)["id"] for one in (offer, *more)]
        first = broker.get("/v1/cases?limit=3").json()
        rest = broker.get(f"/v1/cases?limit=3&cursor={first['next']}").json()
        assert sorted(one["id"] for one in (*first["items"], *rest["items"])) == sorted(made)
        assert rest["next"] is None


class TestBadInput:
    @pytest.mark.parametrize(
        ("more", "places"),
        [
            ({"channel": "nato"}, ["/channel"]),
            ({"instrument": "gold"}, ["/instrument"]),
            ({"channel": "wbg", "instrument": "ct-intra"}, ["/instrument"]),
            ({"reason": "x" * 5000}, ["/reason"]),
            ({"offer": "x"}, ["/offer"]),
        ],
    )
    def test_a_pair_that_cannot_be_read(
        self, broker: Visitor, request_id: str, offer: str, more: Any, places: list[str]
    ) -> None:
        body = {"request_id": request_id, "offer_id": offer, **more}
        assert pointers(broker.post("/v1/cases", body)) == places
        assert broker.get("/v1/cases").json()["items"] == []

    def test_what_is_not_there_is_not_found(self, broker: Visitor, request_id: str, offer: str) -> None:
        assert broker.post("/v1/cases", {"request_id": "none", "offer_id": offer}).status_code == 404
        assert broker.post("/v1/cases", {"request_id": offer, "offer_id": request_id}).status_code == 404
        assert broker.get("/v1/cases/nothing").status_code == 404
        assert broker.get("/v1/cases/%22%27").status_code == 404

    def test_a_country_does_not_exchange_with_itself(
        self, broker: Visitor, jamaica: Visitor, request_id: str
    ) -> None:
        own = jamaica.post("/v1/offers", an_offer(**MILK | {"country": "JAM"})).json()["id"]
        body = {"request_id": request_id, "offer_id": own, "reason": "Why not?"}
        assert broker.post("/v1/cases", body).status_code == 409

    @pytest.mark.parametrize(
        ("outcome", "places"),
        [
            ({}, ["/outcome/summary"]),
            ({"summary": " "}, ["/outcome/summary"]),
            ({"summary": "Fine.", "useful": 6}, ["/outcome/useful"]),
            ({"summary": "Fine.", "held_on": "June"}, ["/outcome/held_on"]),
        ],
    )
    def test_an_outcome_that_cannot_be_read(
        self, broker: Visitor, proposed: str, outcome: Any, places: list[str]
    ) -> None:
        for side in ("provider", "receiver"):
            done(broker, proposed, "accept", {"side": side})
        done(broker, proposed, "start")
        assert pointers(act(broker, proposed, "complete", {"outcome": outcome})) == places
        assert broker.get(f"/v1/cases/{proposed}").json()["state"] == "under_way"


def test_a_comment_is_heard_by_all_and_changes_nothing(
    broker: Visitor, jamaica: Visitor, brazil: Visitor, proposed: str
) -> None:
    before = broker.get(f"/v1/cases/{proposed}")
    said = jamaica.post(f"/v1/cases/{proposed}/comment", {"text": "Could the visit be in March?"})
    assert said.status_code == 201
    after = brazil.get(f"/v1/cases/{proposed}").json()
    assert after["history"][-1]["note"] == "Could the visit be in March?"
    assert after["history"][-1]["party"] == "receiver"
    assert after["version"] == before.json()["version"]
    assert pointers(jamaica.post(f"/v1/cases/{proposed}/comment", {"text": ""})) == ["/text"]
