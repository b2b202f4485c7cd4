"""The page of a case, which brokers and both sides share, and an agency's list of its cases."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.web.desks import OFFERS, REQUESTS, broker, entries, form_of, held, post, text_of
from tests.web.visitors import Service

MILK = "/broker/requests/jam-milk"

Step = Callable[..., Any]


@pytest.fixture
def market(service: Service) -> Service:
    """Three requests and three offers."""
    post(service, "offer", OFFERS)
    post(service, "request", REQUESTS)
    return service


@pytest.fixture
def desk(market: Service) -> TestClient:
    return broker(market, "Ana")


@pytest.fixture
def jamaica(market: Service) -> TestClient:
    return market.browser(market.visitor("agency", "JAM"))


@pytest.fixture
def brazil(market: Service) -> TestClient:
    return market.browser(market.visitor("agency", "BRA"))


def shortlisted(market: Service, desk: TestClient, path: str = MILK, **more: Any) -> str:
    """The address of a case that was shortlisted just now."""
    before = {case.id for case in held(market)}
    where = f"{path}?offer={more.pop('offer')}" if "offer" in more else path
    done = desk.post(path, data=form_of(desk.get(where).text, path) | {"do": "shortlist"} | more)
    assert done.status_code == 303, text_of(done.text)
    (id,) = {case.id for case in held(market)} - before
    return f"/cases/{id}"


def step(browser: TestClient, case: str, action: str, **said: Any) -> Any:
    """Take a step with the form that the page has now."""
    page = browser.get(case).text
    form = re.findall(rf'action="({case}/[^"]+)"', page)
    sent = form_of(page, f"{case}/comment")
    assert form
    return browser.post(f"{case}/{action}", data=sent | said)


def proposed(market: Service, desk: TestClient, **more: Any) -> str:
    case = shortlisted(market, desk, **more)
    assert step(desk, case, "propose").status_code == 303
    return case


def state(market: Service, case: str) -> str:
    return next(one.state for one in held(market) if case.endswith(one.id))


class TestFromTheProposalToTheOutcome:
    def test_each_side_answers_and_what_came_of_it_is_shared(
        self, market: Service, desk: TestClient, jamaica: TestClient, brazil: TestClient
    ) -> None:
        case = shortlisted(market, desk)
        assert jamaica.get(case).status_code == brazil.get(case).status_code == 404
        assert (
            step(desk, case, "propose", note="Both ministries met.").headers["location"]
            == f"{case}?done=propose"
        )
        page = text_of(desk.get(f"{case}?done=propose").text)
        assert "Done. The case is now: proposed to both sides." in page
        assert "It waits for Brazil and Jamaica" in page

        page = text_of(jamaica.get(case).text)
        for said in (
            "the public is told: under discussion",
            "Jamaica ? has not answered yet",
            "reminder: Mar 11, 2026",
            "Both ministries met.",
            "The score is the sum of its parts",
            "As it was on Mar 2, 2026: engine",
        ):
            assert said in page, said
        assert "Why this one" not in page
        assert "Propose it" not in page
        assert step(jamaica, case, "accept", note="We are ready.").status_code == 303
        assert "It waits for Brazil, since" in text_of(desk.get(case).text).replace(" ,", ",")
        assert 'name="side"' not in jamaica.get(case).text
        assert step(brazil, case, "accept").status_code == 303
        assert state(market, case) == "agreed"
        assert step(brazil, case, "start").status_code == 303
        faulty = {"summary": "", "useful": "3", "links": "here", "held_on": "in May", "changed": "Much."}
        back = step(jamaica, case, "complete", **faulty)
        assert back.status_code == 422
        for name, says in (
            ("summary", "This field is required."),
            ("links", "This is not an address on the web (http or https)."),
            ("held_on", "This is not a date such as 2027-01-31."),
        ):
            assert f'id="fault-complete-{name}" lang="en">{says}' in back.text, name
            assert f'aria-describedby="fault-complete-{name}"' in back.text
        assert ">Much.</textarea>" in back.text
        assert '<option value="3" selected' in back.text
        assert '<details class="deciding" id="complete" open>' in back.text
        told = faulty | {
            "summary": "Twelve nurses in Recife.",
            "links": "https://example.org/a\nhttps://example.org/b",
            "held": "yes",
            "held_on": "2026-05-02",
            "good_practice": "Begin with one hospital.",
        }
        assert step(jamaica, case, "complete", **told).status_code == 303
        (kept,) = held(market)
        assert kept.outcome == {
            "summary": "Twelve nurses in Recife.",
            "held": True,
            "held_on": "2026-05-02",
            "changed": "Much.",
            "useful": 3,
            "good_practice": "Begin with one hospital.",
            "links": ["https://example.org/a", "https://example.org/b"],
        }
        learned = f'href="/own/offers/new?from_case={kept.id}"'
        assert learned in jamaica.get(case).text
        assert learned not in brazil.get(case).text
        assert "How useful it was 3: somewhat" in text_of(brazil.get(case).text)
        assert "1 of 1 taken" not in text_of(desk.get("/requests/gtm-milk/suggestions/bra-milk").text)

    def test_a_case_is_for_brokers_and_its_two_sides(
        self, market: Service, desk: TestClient, jamaica: TestClient, brazil: TestClient
    ) -> None:
        case = proposed(market, desk)
        assert market.browser().get(case).headers["location"].startswith("/sign-in?next=%2Fcases%2F")
        for other in (
            market.visitor("agency", "CHL"),
            market.visitor("partner"),
            market.visitor("partner", channel=held(market)[0].channel),
        ):
            seat = market.browser(other)
            assert seat.get(case).status_code == 404
            assert seat.post(f"{case}/comment", data={"text": "Hello."}).status_code == 404
            assert seat.post(f"{case}/accept", data={"version": "3"}).status_code == 404
        assert jamaica.get(case).status_code == brazil.get(case).status_code == 200
        assert step(jamaica, case, "close").status_code == 403
        assert step(jamaica, case, "lapse").status_code == 404
        assert state(market, case) == "proposed"

    def test_only_who_may_write_to_whom_sees_contacts(
        self, market: Service, desk: TestClient, jamaica: TestClient, brazil: TestClient
    ) -> None:
        house = market.app.state.house
        owner = market.visitor("agency", "BRA")
        tag = owner.get("/v1/offers/bra-milk").headers["etag"]
        contact = {"contact": {"name": "Rita", "email": "rita@example.org"}}
        owner.change("/v1/offers/bra-milk", tag, contact, method="PATCH")
        house.desk.keep_up()
        case = proposed(market, desk)
        assert "rita@example.org" in desk.get(case).text
        assert "rita@example.org" not in jamaica.get(case).text
        for side in (jamaica, brazil):
            step(side, case, "accept")
        assert "rita@example.org" in jamaica.get(case).text

    def test_a_broker_says_for_whom_a_proposal_is_accepted(self, market: Service, desk: TestClient) -> None:
        case = proposed(market, desk)
        back = step(desk, case, "accept", note="By telephone.")
        assert back.status_code == 422
        assert 'id="fault-accept-side" lang="en">Say which side accepts.' in back.text
        assert ">By telephone.</textarea>" in back.text
        assert step(desk, case, "accept", side="provider").status_code == 303
        assert "Ana (broker) accepted for the provider" in text_of(desk.get(case).text)
        assert "It waits for Jamaica" in text_of(desk.get(case).text)

    def test_a_refusal_shows_its_effect_until_the_case_is_opened_again(
        self, market: Service, desk: TestClient, brazil: TestClient
    ) -> None:
        case = proposed(market, desk)
        back = step(brazil, case, "decline", note="Kept.")
        assert back.status_code == 422
        assert 'id="fault-decline-reason" lang="en">Choose a reason.' in back.text
        assert ">Kept.</textarea>" in back.text
        assert step(brazil, case, "decline", reason="not_mandated", note="Kept.").status_code == 303
        page = text_of(desk.get(case).text)
        until = "parked until Mar 2, 2027: This provider has no mandate for this sector here"
        assert until in page
        assert "declined: proposed to both sides → declined" in page
        assert "This provider has no mandate for this sector here. Offers of this provider" in page
        assert until in text_of(desk.get("/requests/jam-milk/suggestions/bra-milk").text)
        assert "bra-milk" not in form_of(desk.get(MILK).text, MILK)["offer"]
        assert step(desk, case, "reopen").status_code == 303
        assert "that was lifted when the case was opened again" in text_of(desk.get(case).text)
        assert until not in text_of(desk.get("/requests/jam-milk/suggestions/bra-milk").text)

    def test_a_full_offer_holds_the_others_and_says_so(
        self, market: Service, desk: TestClient, jamaica: TestClient, brazil: TestClient
    ) -> None:
        case = proposed(market, desk)
        other = shortlisted(market, desk, "/broker/requests/gtm-milk", offer="bra-milk", why="They asked.")
        for side in (jamaica, brazil):
            step(side, case, "accept")
        page = desk.get(other).text
        assert f'href="{case}">That case</a>' in page
        assert "/propose" not in page
        back = step(desk, other, "propose", note="Lima.")
        assert back.status_code == 409
        assert "The place for this exchange is taken by another case." in text_of(back.text)
        pair = text_of(desk.get("/requests/gtm-milk/suggestions/bra-milk").text)
        assert "The provider has room: ✕ not met 1 of 1 taken" in pair


class TestTwoAtOnce:
    def test_who_is_later_is_told_what_changed_and_keeps_the_text(
        self, market: Service, desk: TestClient
    ) -> None:
        case = shortlisted(market, desk)
        late = broker(market, "Bea")
        hers = form_of(late.get(case).text, f"{case}/comment")
        market.clock.pass_(minutes=5)
        assert step(desk, case, "decline", reason="no_funds").status_code == 303
        told = late.post(f"{case}/propose", data=hers | {"note": "They met in <Lima>."})
        assert told.status_code == 409
        text = text_of(told.text)
        assert "Somebody was faster" in text
        assert "Ana (broker) declined: shortlisted → declined Mar 2, 2026, 6:05" in text
        assert "No funds could be found. These two postings are not suggested" in text
        assert "Open it again" in text
        assert "They met in &lt;Lima&gt;.</textarea>" in told.text
        assert entries(market, case.rpartition("/")[2]) == ["take_up", "shortlist", "decline"]

    def test_a_double_click_makes_one_step(
        self, market: Service, desk: TestClient, jamaica: TestClient
    ) -> None:
        case = proposed(market, desk)
        sent = form_of(jamaica.get(case).text, f"{case}/comment")

        def click(action: str, **said: str) -> Callable[[int], tuple[int, str | None]]:
            def once(_: int) -> tuple[int, str | None]:
                answer = jamaica.post(f"{case}/{action}", data=sent | said)
                return answer.status_code, answer.headers.get("location")

            return once

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(click("accept"), range(4))) == {(303, f"{case}?done=accept")}
        sent = form_of(jamaica.get(case).text, f"{case}/comment")
        with ThreadPoolExecutor(4) as pool:
            said = click("comment", text="In March?")
            assert set(pool.map(said, range(4))) == {(303, f"{case}?done=comment")}
        done = entries(market, case.rpartition("/")[2])
        assert done == ["take_up", "shortlist", "propose", "accept", "comment"]

    def test_the_same_step_from_a_second_window_is_led_on_and_another_one_is_not(
        self, market: Service, desk: TestClient
    ) -> None:
        case = shortlisted(market, desk)
        one, two, three = (form_of(desk.get(case).text, f"{case}/comment") for _ in range(3))
        for sent in (one, two):
            led = desk.post(f"{case}/propose", data=sent)
            assert (led.status_code, led.headers["location"]) == (303, f"{case}?done=propose")
        told = desk.post(f"{case}/put_back", data=three)
        assert told.status_code == 409
        assert "Ana (broker) proposed it to both sides" in text_of(told.text)
        assert state(market, case) == "proposed"

    def test_a_form_that_comes_again_with_other_words_is_not_taken(
        self, market: Service, desk: TestClient
    ) -> None:
        case = shortlisted(market, desk)
        sent = form_of(desk.get(case).text, f"{case}/comment")
        assert desk.post(f"{case}/comment", data=sent | {"text": "One."}).status_code == 303
        back = desk.post(f"{case}/comment", data=sent | {"text": "Two."})
        assert back.status_code == 409
        assert "This form was sent before" in back.text
        assert ">Two.</textarea>" in back.text


class TestTheHistory:
    def test_what_was_said_stands_there_in_its_own_language_and_as_text(
        self, market: Service, desk: TestClient, brazil: TestClient
    ) -> None:
        case = proposed(market, desk)
        said = "Podemos receber dois técnicos do hospital em março. <b>Obrigado</b>"
        assert step(brazil, case, "comment", text=said).status_code == 303
        page = desk.get(case).text
        assert '<p class="said" lang="pt">Podemos receber' in page
        assert "&lt;b&gt;Obrigado" in page
        empty = step(brazil, case, "comment", text=" ")
        assert empty.status_code == 422
        assert 'id="fault-comment-text" lang="en">This text is empty.' in empty.text

    def test_a_long_one_is_folded_and_the_page_stays_small(self, market: Service, desk: TestClient) -> None:
        case = shortlisted(market, desk)
        for number in range(40):
            step(desk, case, "comment", text=f"Comment {number:02}. ")
        page = desk.get(case)
        assert "Comment 39." in page.text
        assert "Comment 05." not in page.text
        assert len(page.content) < 100_000
        assert "Comment 05." in desk.get(f"{case}?all=1").text


class TestProposals:
    def test_what_waits_for_the_agency_comes_first_and_is_counted_on_every_page(
        self, market: Service, desk: TestClient, jamaica: TestClient, brazil: TestClient
    ) -> None:
        empty = jamaica.get("/proposals")
        assert empty.status_code == 200
        assert "Nothing was proposed to you yet" in empty.text
        milk = proposed(market, desk)
        boys = proposed(market, desk, path="/broker/requests/jam-boys")
        assert 'Proposals <b class="count">2</b>' in jamaica.get("/catalogue").text
        assert 'Proposals <b class="count">1</b>' in brazil.get("/catalogue").text
        step(jamaica, milk, "accept")
        page = jamaica.get("/proposals").text
        yours, others, over = re.findall(r"<section id=.*?</section>", page, re.DOTALL)
        assert boys in yours
        assert milk not in yours
        assert milk in others
        assert "waits for Brazil" in text_of(others)
        step(jamaica, boys, "decline", reason="not_now")
        over = re.findall(r'<section id="over".*?</section>', jamaica.get("/proposals").text, re.DOTALL)[0]
        assert boys in over
        assert jamaica.get("/proposals?group=over").status_code == 200
        assert jamaica.get("/proposals?group=nonsense").status_code == 422
        refused = desk.get("/proposals")
        assert refused.status_code == 403
        assert "Brokers have their desk." in text_of(refused.text)
