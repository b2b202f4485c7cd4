"""The broker's desk: the queue, one decision a screen, many at once, undo, a pair by hand."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from tests.web.desks import OFFERS, REQUESTS, broker, entries, form_of, held, post, rows, text_of
from tests.web.visitors import Service, a_request

MILK = "/broker/requests/jam-milk"
LARGEST = 100_000
"""Bytes of a page."""


@pytest.fixture
def market(service: Service) -> Service:
    """Three requests and three offers."""
    post(service, "offer", OFFERS)
    post(service, "request", REQUESTS)
    return service


@pytest.fixture
def desk(market: Service) -> TestClient:
    """A broker who has signed in."""
    return broker(market, "Ana")


class TestTheQueue:
    def test_it_lists_what_is_undecided_with_the_best_offer_the_oldest_first(self, market: Service) -> None:
        market.clock.pass_(days=12)
        page = broker(market, "Ana").get("/broker")
        assert page.status_code == 200
        listed = rows(page.text)
        assert all(" 12 days " in row for row in listed)
        assert [row.split(":")[1].split()[0] for row in listed] == ["Human", "Leche", "Keeping"]
        assert "Brazil Score: 0." in listed[0]
        assert "Last day: Dec 31, 2026" in listed[0]
        assert "Boys, families and schools Colombia" in listed[2]
        assert len(page.content) < LARGEST

    def test_who_is_no_broker_is_told_so(self, market: Service) -> None:
        assert market.browser().get("/broker").headers["location"] == "/sign-in?next=%2Fbroker"
        for path in ("/broker", MILK, f"{MILK}/by-hand"):
            told = market.browser(market.visitor("agency", "JAM")).get(path)
            assert told.status_code == 403
            assert "The desk is for brokers. Your country's cases stand under Proposals." in text_of(
                told.text
            )
        assert market.browser(market.visitor("administrator")).get("/broker").status_code == 200

    def test_it_is_narrowed_and_the_next_request_is_of_the_same_kind(
        self, market: Service, desk: TestClient
    ) -> None:
        assert len(rows(desk.get("/broker?country=GTM").text)) == 1
        assert len(rows(desk.get("/broker?sector=health&country=").text)) == 2
        assert "Nothing of this kind. Narrow the list" in text_of(desk.get("/broker?country=URY").text)
        assert desk.get("/broker?country=XXX").status_code == 422
        page = desk.get(f"{MILK}?country=JAM").text
        assert "1 of 2 to decide" in page
        assert 'href="/broker/requests/jam-boys?country=JAM" data-key="n"' in page
        sent = form_of(page, MILK) | {"do": "shortlist"}
        done = desk.post(f"{MILK}?country=JAM", data=sent).headers["location"]
        (case,) = held(market)
        assert done == f"/broker/requests/jam-boys?done={case.id}&country=JAM"

    def test_it_comes_in_pages_of_twenty(self, market: Service) -> None:
        post(market, "request", {f"jam-{n:02}": a_request(title=f"Need {n:02}") for n in range(20)})
        desk = broker(market, "Ana")
        first = desk.get("/broker").text
        (following,) = re.findall(r'<a rel="next" href="([^"]+)"', first)
        second = desk.get(following.replace("&amp;", "&")).text
        assert (len(rows(first)), len(rows(second))) == (20, 3)
        assert "Need 17" in rows(second)[0]
        assert "To decide 23" in text_of(second).replace("  ", " ")
        assert desk.get("/broker?cursor=nonsense").status_code == 422

    def test_cases_stand_by_state_with_their_age_and_what_the_clock_does_next(
        self, market: Service, desk: TestClient
    ) -> None:
        desk.post(MILK, data=form_of(desk.get(MILK).text, MILK) | {"do": "shortlist"})
        assert len(rows(desk.get("/broker?view=open&mine=1").text)) == 1
        market.clock.pass_(days=8)
        desk = broker(market, "Bea")
        for view in ("open", "shortlisted", "stalled"):
            (row,) = rows(desk.get(f"/broker?view={view}").text)
            assert "Jamaica ← Brazil" in row
            assert "shortlisted the broker 8 days ! waits for long" in re.sub(r" +", " ", row)
            assert "Reminder: now To the broker: in 6 d Closes: in 37 d Ana" in re.sub(r" +", " ", row)
        for view in ("suggested", "proposed", "over"):
            assert rows(desk.get(f"/broker?view={view}").text) == []
        for narrowed, many in (("mine=1", 0), ("country=BRA", 1), ("country=CHL", 0), ("waiting_on=both", 0)):
            assert len(rows(desk.get(f"/broker?view=open&{narrowed}").text)) == many, narrowed
        assert desk.get("/broker?view=nonsense").status_code == 422

    def test_with_nothing_to_show_it_says_what_to_do(self, service: Service) -> None:
        desk = broker(service, "Ana")
        assert 'href="/own/requests/new"' in desk.get("/broker").text
        assert "A case begins when you take up a suggestion." in text_of(desk.get("/broker?view=open").text)
        post(service, "request", {"jam-boys": a_request()})
        assert "none: add one by hand" in rows(desk.get("/broker").text)[0]
        assert "No offer is left for this request" in desk.get("/broker/requests/jam-boys").text


class TestOneDecisionAScreen:
    def test_the_page_has_the_pair_its_reasons_and_what_each_refusal_would_do(
        self, market: Service, desk: TestClient
    ) -> None:
        page = desk.get(MILK)
        text = text_of(page.text)
        for said in (
            "1 of 3 to decide",
            "The best suggestion",
            "Jamaica asks (English)",
            "Brazil offers (Portuguese)",
            "The score is the sum of its parts",
            "Where to ask",
            "0 of 1 taken",
            "Not at this time These two postings are not suggested to one another until 2026-05-31.",
        ):
            assert said in text, said
        assert len(page.content) < LARGEST

    def test_shortlisting_takes_it_up_and_goes_on_to_the_next_request(
        self, market: Service, desk: TestClient
    ) -> None:
        sent = form_of(desk.get(MILK).text, MILK) | {"do": "shortlist", "note": "Both ministers met."}
        done = desk.post(MILK, data=sent)
        (case,) = held(market)
        assert (done.status_code, done.headers["location"]) == (
            303,
            f"/broker/requests/gtm-milk?done={case.id}",
        )
        assert (case.state, case.request.id, case.offer.id, case.rank) == (
            "shortlisted",
            "jam-milk",
            "bra-milk",
            1,
        )
        assert sent["through"] == [f"{case.channel}/{case.instrument}"]
        assert entries(market, case.id) == ["take_up", "shortlist"]
        page = desk.get(done.headers["location"]).text
        assert "Human milk banks ← Bancos de leite humano : shortlisted" in text_of(page)
        assert "1 of 2 to decide" in page
        assert len(rows(desk.get("/broker").text)) == 2

    def test_after_the_last_one_the_queue_says_what_was_done(self, market: Service, desk: TestClient) -> None:
        where = MILK
        for _ in REQUESTS:
            path = where.partition("?")[0]
            where = desk.post(path, data=form_of(desk.get(where).text, path) | {"do": "take_up"}).headers[
                "location"
            ]
            market.clock.pass_(minutes=1)
        assert where == f"/broker?done={held(market)[-1].id}"
        page = desk.get(where).text
        assert "Keeping boys out of violence ← Boys, families and schools : taken up" in text_of(page)
        assert "Every open request has a case." in page
        assert [case.state for case in held(market)] == ["suggested"] * 3

    def test_undo_leaves_the_request_as_undecided_as_before(self, market: Service, desk: TestClient) -> None:
        done = desk.post(MILK, data=form_of(desk.get(MILK).text, MILK) | {"do": "shortlist"})
        undo = form_of(desk.get(done.headers["location"]).text, "/broker/undo")
        undone = desk.post("/broker/undo", data=undo)
        assert undone.headers["location"] == f"{MILK}?offer=bra-milk&undone=1"
        assert "It is undone." in desk.get(undone.headers["location"]).text
        assert desk.post("/broker/undo", data=undo).headers["location"] == undone.headers["location"]
        (case,) = held(market)
        assert case.state == "withdrawn"
        assert len(rows(desk.get("/broker").text)) == 3

    def test_a_refusal_is_in_effect_at_once_and_the_next_suggestion_appears(
        self, market: Service, desk: TestClient
    ) -> None:
        sent = form_of(desk.get(MILK).text, MILK) | {"do": "decline", "reason": "not_now"}
        done = desk.post(MILK, data=sent)
        (case,) = held(market)
        assert done.headers["location"] == f"{MILK}?done={case.id}"
        assert (case.state, case.refusal, case.offer.id) == ("declined", "not_now", "bra-milk")
        page = desk.get(done.headers["location"]).text
        assert form_of(page, MILK)["offer"] == ["chl-milk"]
        parked = desk.get("/requests/jam-milk/suggestions/bra-milk").text
        assert "parked until May 31, 2026: Not at this time" in text_of(parked)
        assert f'href="/cases/{case.id}"' in parked
        outside = text_of(market.anyone.get("/requests/jam-milk/suggestions/bra-milk").text)
        assert "parked until May 31, 2026: A reason that only those concerned may read" in outside

        desk.post("/broker/undo", data=form_of(page, "/broker/undo"))
        assert form_of(desk.get(MILK).text, MILK)["offer"] == ["bra-milk"]
        assert entries(market, case.id) == ["take_up", "decline", "reopen", "close"]

    def test_a_refusal_without_a_reason_comes_back_with_the_fault_beside_it(
        self, market: Service, desk: TestClient
    ) -> None:
        sent = form_of(desk.get(MILK).text, MILK) | {"do": "decline", "note": "Spelled <oddly> & kept"}
        back = desk.post(MILK, data=sent)
        assert back.status_code == 422
        assert 'aria-describedby="fault-review-reason"' in back.text
        assert 'id="fault-review-reason" lang="en">Choose a reason.' in back.text
        assert ">Spelled &lt;oddly&gt; &amp; kept</textarea>" in back.text
        assert '<details id="decline" open>' in back.text

        again = form_of(back.text, MILK) | {"do": "decline", "reason": "other"}
        back = desk.post(MILK, data=again)
        assert back.status_code == 422
        assert "This reason needs a note" in back.text
        assert 'value="other" checked' in back.text
        back = desk.post(MILK, data=form_of(back.text, MILK) | {"do": "shortlist", "note": "x" * 4001})
        assert "This text has more than 4,000 characters." in back.text
        assert held(market) == []

    def test_one_from_lower_down_needs_a_reason_which_is_kept(
        self, market: Service, desk: TestClient
    ) -> None:
        lower = f"{MILK}?offer=chl-milk"
        assert f'href="{lower}"' in desk.get(MILK).text
        page = desk.get(lower).text
        assert "From lower down" in page
        back = desk.post(MILK, data=form_of(page, MILK) | {"do": "shortlist", "note": "Kept."})
        assert back.status_code == 422
        assert "A pair that does not stand first needs a reason." in back.text
        assert ">Kept.</textarea>" in back.text
        sent = form_of(back.text, MILK) | {"do": "shortlist", "why": "They share a border hospital."}
        assert desk.post(MILK, data=sent).status_code == 303
        (case,) = held(market)
        assert (case.offer.id, case.rank, case.why) == ("chl-milk", 2, "They share a border hospital.")

    def test_a_pair_by_hand_is_looked_for_seen_and_taken_up_with_a_reason(
        self, market: Service, desk: TestClient
    ) -> None:
        post(market, "offer", {"jam-own": OFFERS["col-boys"] | {"country": "JAM"}})
        by_hand = f"{MILK}/by-hand"
        assert f'href="{by_hand}"' in desk.get(MILK).text
        found = desk.get(f"{by_hand}?q=schools&country=COL").text
        assert f'href="{MILK}?offer=col-boys"' in found
        assert "No open offer has these words." in desk.get(f"{by_hand}?q=volcanoes").text
        assert desk.get(f"{by_hand}?offer=col-boys").headers["location"] == f"{MILK}?offer=col-boys"
        unknown = desk.get(f"{by_hand}?offer=nobody")
        assert unknown.status_code == 422
        assert "There is no offer with this id." in unknown.text
        own = desk.get(f"{MILK}?offer=jam-own").text
        assert "Both are from the same country: no case can be made of them." in own
        assert 'name="do"' not in own
        sent = form_of(desk.get(f"{MILK}?offer=col-boys").text, MILK)
        assert desk.post(MILK, data=sent | {"do": "take_up"}).status_code == 422
        made = desk.post(MILK, data=sent | {"do": "take_up", "why": "They asked.", "key": "0" * 32})
        assert made.status_code == 303
        (case,) = held(market)
        assert (case.state, case.offer.id, case.why) == ("suggested", "col-boys", "They asked.")
        taken = text_of(desk.get(f"{MILK}?offer=col-boys").text)
        assert "This pair has a case: taken up . It waits for the broker" in taken


class TestTwoAtOnce:
    def test_who_is_later_is_told_by_whom_and_when_and_keeps_the_text(
        self, market: Service, desk: TestClient
    ) -> None:
        late = broker(market, "Bea")
        hers = form_of(late.get(MILK).text, MILK)
        desk.post(MILK, data=form_of(desk.get(MILK).text, MILK) | {"do": "shortlist"})
        market.clock.pass_(minutes=5)
        told = late.post(MILK, data=hers | {"do": "shortlist", "note": "They met in Lima."})
        assert told.status_code == 409
        text = text_of(told.text)
        assert "Ana (broker) shortlisted it: taken up → shortlisted Mar 2, 2026, 6:00" in text
        assert "They met in Lima." in told.text
        assert len(held(market)) == 1

    def test_also_when_the_other_took_another_offer_of_the_request(
        self, market: Service, desk: TestClient
    ) -> None:
        late = broker(market, "Bea")
        hers = form_of(late.get(f"{MILK}?offer=chl-milk").text, MILK)
        desk.post(MILK, data=form_of(desk.get(MILK).text, MILK) | {"do": "shortlist"})
        sent = hers | {"do": "shortlist", "note": "Lima.", "why": "A border."}
        told = late.post(MILK, data=sent)
        assert told.status_code == 409
        assert ">Lima.</textarea>" in told.text
        again = form_of(told.text, MILK) | {"do": "shortlist", "why": "A border."}
        assert late.post(MILK, data=again).status_code == 303
        assert {(case.broker_name, case.offer.id) for case in held(market)} == {
            ("Ana", "bra-milk"),
            ("Bea", "chl-milk"),
        }

    def test_a_double_click_makes_one_decision(self, market: Service, desk: TestClient) -> None:
        sent = form_of(desk.get(MILK).text, MILK) | {"do": "decline", "reason": "not_now"}

        def click(_: int) -> tuple[int, str | None]:
            answer = desk.post(MILK, data=sent)
            return answer.status_code, answer.headers.get("location")

        with ThreadPoolExecutor(4) as pool:
            answers = set(pool.map(click, range(4)))
        (case,) = held(market)
        assert answers == {(303, f"{MILK}?done={case.id}")}
        assert entries(market, case.id) == ["take_up", "decline"]

    def test_the_same_form_with_other_words_is_not_taken_twice(
        self, market: Service, desk: TestClient
    ) -> None:
        sent = form_of(desk.get(MILK).text, MILK)
        assert desk.post(MILK, data=sent | {"do": "shortlist"}).status_code == 303
        back = desk.post(MILK, data=sent | {"do": "decline", "reason": "not_now", "note": "No!"})
        assert back.status_code == 409
        assert "This form was sent before" in back.text
        assert "No!" in back.text
        assert [case.state for case in held(market)] == ["shortlisted"]

    def test_a_posting_that_was_changed_meanwhile_is_said(self, market: Service, desk: TestClient) -> None:
        sent = form_of(desk.get(MILK).text, MILK)
        owner = market.visitor("agency", "BRA")
        tag = owner.get("/v1/offers/bra-milk").headers["etag"]
        assert owner.change("/v1/offers/bra-milk", tag, {"capacity": 3}, method="PATCH").status_code == 200
        told = desk.post(MILK, data=sent | {"do": "shortlist", "note": "Lima."})
        assert told.status_code == 409
        assert "The offer was changed on Mar 2, 2026" in text_of(told.text)
        assert ">Lima.</textarea>" in told.text
        assert held(market) == []

    def test_a_better_offer_that_came_in_meanwhile_is_said(self, market: Service, desk: TestClient) -> None:
        sent = form_of(desk.get(MILK).text, MILK)
        best = OFFERS["bra-milk"] | {"description": REQUESTS["jam-milk"]["description"], "country": "CUB"}
        post(market, "offer", {"cub-milk": best | {"title": "Human milk banks"}})
        told = desk.post(MILK, data=sent | {"do": "shortlist"})
        assert told.status_code == 409
        assert "Another offer suits it best by now: Human milk banks." in text_of(told.text)

    def test_an_undo_that_comes_too_late_says_what_happened(self, market: Service, desk: TestClient) -> None:
        done = desk.post(MILK, data=form_of(desk.get(MILK).text, MILK) | {"do": "shortlist"})
        undo = form_of(desk.get(done.headers["location"]).text, "/broker/undo")
        (case,) = held(market)
        other, here = broker(market, "Bea"), f"/cases/{case.id}"
        propose = form_of(other.get(here).text, f"{here}/put_back")
        assert other.post(f"{here}/propose", data=propose).status_code == 303
        late = desk.post("/broker/undo", data=undo)
        assert late.status_code == 409
        assert "Bea (broker) proposed it to both sides" in text_of(late.text)
        assert [case.state for case in held(market)] == ["proposed"]


class TestManyAtOnce:
    def test_each_marked_request_gets_its_best_offer_and_all_are_undone_together(
        self, market: Service, desk: TestClient
    ) -> None:
        page = desk.get("/broker").text
        pairs = re.findall(r'name="pair" value="([^"]+)"', page)
        assert pairs == ["jam-milk:bra-milk", "gtm-milk:chl-milk", "jam-boys:col-boys"]
        sent = form_of(page, "/broker/shortlist") | {"pair": [pairs[0], pairs[2]]}
        done = desk.post("/broker/shortlist", data=sent)
        assert done.status_code == 303
        assert desk.post("/broker/shortlist", data=sent).headers["location"] == done.headers["location"]
        assert sorted((case.state, case.request.id) for case in held(market)) == [
            ("shortlisted", "jam-boys"),
            ("shortlisted", "jam-milk"),
        ]
        page = desk.get(done.headers["location"]).text
        assert "Human milk banks ← Bancos de leite humano : shortlisted" in text_of(page)
        assert "Undo all of it" in page
        undone = desk.post("/broker/undo", data=form_of(page, "/broker/undo"))
        assert undone.headers["location"] == "/broker?undone=2"
        assert "2 decisions are undone." in text_of(desk.get("/broker?undone=2").text)
        assert [case.state for case in held(market)] == ["withdrawn"] * 2

    def test_what_could_not_be_shortlisted_is_told_one_by_one(
        self, market: Service, desk: TestClient
    ) -> None:
        page = desk.get("/broker").text
        other = broker(market, "Bea")
        other.post(MILK, data=form_of(other.get(MILK).text, MILK) | {"do": "shortlist"})
        owner = market.visitor("agency", "COL")
        tag = owner.get("/v1/offers/col-boys").headers["etag"]
        assert owner.change("/v1/offers/col-boys/withdraw", tag).status_code == 200
        pairs = re.findall(r'name="pair" value="([^"]+)"', page)
        done = desk.post("/broker/shortlist", data=form_of(page, "/broker/shortlist") | {"pair": pairs})
        text = text_of(desk.get(done.headers["location"]).text)
        assert "Human milk banks : it has an open case by now" in text
        assert "Keeping boys out of violence : it is not open any more" in text
        assert "Leche para recién nacidos ← Bancos de leche humana : shortlisted" in text
        assert sorted((case.broker_name, case.request.id) for case in held(market)) == [
            ("Ana", "gtm-milk"),
            ("Bea", "jam-milk"),
        ]

    def test_with_nothing_marked_it_says_so(self, market: Service, desk: TestClient) -> None:
        back = desk.post("/broker/shortlist", data=form_of(desk.get("/broker").text, "/broker/shortlist"))
        assert back.status_code == 422
        assert "Mark at least one request first." in back.text
        assert held(market) == []
