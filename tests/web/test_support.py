"""Where to ask for which kind of support, over HTTP and on its page."""

import re
from collections.abc import Mapping
from typing import Any, get_args

import pytest

from app.api.catalogue import ApplicantsStatementOut
from app.api.suggestions import VerdictOut
from app.api.support import MOST_LISTED, SupportOut
from app.catalogue import Catalogue
from app.catalogue.label import LANGUAGES
from app.catalogue.rules import TOLD_KINDS
from app.matching.support import Knowledge, Need, support
from app.workbench.support import IN_FULL
from app.workbench.told import told
from tests.web.test_pages import elements, look
from tests.web.visitors import Service, Visitor, pointers

EXAMPLE = "country=JAM&sector=social&modality=study-visit&applicants=JAM,BRB,TTO&amount_usd=15000"
FORM = "country=JAM&sector=social&modality=study-visit&with=BRB&with=TTO&amount_usd=15000"
"""The same as the form sends it."""

LARGEST_BYTES = 100_000


@pytest.fixture(scope="module")
def service(one_service: Service) -> Service:
    """One for all of these, since asking changes nothing."""
    return one_service


def asked(visitor: Visitor, query: str | Mapping[str, Any], language: str = "en") -> Any:
    how: dict[str, Any] = {} if isinstance(query, str) else {"params": query}
    path = f"/v1/support?{query}" if isinstance(query, str) else "/v1/support"
    answer = visitor.get(path, headers={"Accept-Language": language}, **how)
    assert answer.status_code == 200, answer.text
    return answer.json()


def verdicts(answer: Any) -> dict[str, Any]:
    """The verdicts of an answer by instrument; one with a share in several channels says the same in each."""
    found: dict[str, Any] = {}
    for item in answer["items"]:
        for verdict in item["instruments"]:
            assert found.setdefault(verdict["instrument"], verdict) == verdict
    return found


def channel(answer: Any, slug: str) -> Any:
    return next(item for item in answer["items"] if item["channel"] == slug)


# The contract


def test_every_channel_is_answered_the_best_first_in_the_shape_of_the_contract(
    anyone: Visitor, catalogue: Catalogue
) -> None:
    answer = asked(anyone, EXAMPLE)

    assert answer["next"] is None
    assert answer["edition"] == catalogue.edition
    assert {item["channel"] for item in answer["items"]} == set(catalogue.channels)
    fits = [item["fit"] for item in answer["items"]]
    assert fits == sorted(fits, reverse=True)
    for item in answer["items"]:
        SupportOut.model_validate(item)
        assert item["fit"] == pytest.approx(sum(part["contribution"] for part in item["parts"]), abs=1e-5)
        assert item["coverage"] == pytest.approx(sum(p["weight"] for p in item["parts"] if p["known"]))
        assert item["reasons"] == [reason["says"] for reason in item["cited_reasons"]]
        assert [verdict["instrument"] for verdict in item["instruments"]] == sorted(
            (instrument.slug for instrument in catalogue.instruments_of(item["channel"])),
            key=[verdict["instrument"] for verdict in item["instruments"]].index,
        )


def test_a_verdict_tells_every_rule_what_to_ask_what_to_do_and_when(
    anyone: Visitor, catalogue: Catalogue
) -> None:
    found = verdicts(asked(anyone, EXAMPLE))

    with_a_channel = {slug for slug, one in catalogue.instruments.items() if one.channel or one.with_channels}
    assert set(found) == with_a_channel
    for slug, verdict in found.items():
        VerdictOut.model_validate(verdict)
        instrument = catalogue.instruments[slug]
        assert [finding["rule"] for finding in verdict["findings"]] == [rule.id for rule in instrument.rules]
        answers = {finding["answer"] for finding in verdict["findings"]}
        assert verdict["verdict"] == (
            "ineligible" if "not_met" in answers else "eligible" if answers == {"met"} else "conditional"
        )
        assert len(verdict["ask"]) == sum(one["answer"] == "unknown" for one in verdict["findings"])
        for finding in verdict["findings"]:
            assert finding["because"]
            assert finding["citation"]["quote"]
            assert re.fullmatch(r"\d{4}(-\d\d){0,2}", finding["as_of"])
        assert verdict["next_steps"], "or the word that the study tells none"
        assert (verdict["steps_of"] is None) == (not catalogue.steps_of(instrument))
        assert verdict["window"]["kind"] == instrument.window.kind
        assert (verdict["window"]["citation"] is None) == (instrument.window.citation is None)


def test_the_window_in_which_one_can_act_is_told_with_its_source(anyone: Visitor) -> None:
    found = verdicts(asked(anyone, "country=JAM"))

    windows = {slug: found[slug]["window"] for slug in ("seetf", "rpg", "ct-intra", "paho-tcc", "pgtf")}
    assert {slug: window["kind"] for slug, window in windows.items()} == {
        "seetf": "rolling",
        "rpg": "annual-call",
        "ct-intra": "board",
        "paho-tcc": "biennial-plan",
        "pgtf": "not-stated",
    }
    assert windows["rpg"]["citation"]["quote"]


def test_the_next_steps_are_those_that_the_channel_tells(anyone: Visitor, catalogue: Catalogue) -> None:
    found = verdicts(asked(anyone, EXAMPLE))

    steps = [step.step.en for step in catalogue.steps_of(catalogue.instruments["seetf"])]
    assert (found["seetf"]["next_steps"], found["seetf"]["steps_of"]) == (steps, "instrument")
    (nothing,) = found["pgtf"]["next_steps"]
    assert "ask" in nothing
    assert found["pgtf"]["steps_of"] is None


def test_channels_can_be_read_page_by_page(anyone: Visitor) -> None:
    whole = asked(anyone, EXAMPLE)["items"]
    found: list[Any] = []
    following: str | None = f"/v1/support?{EXAMPLE}&limit=8"
    while following:
        answer = anyone.get(following)
        found += answer.json()["items"]
        following = answer.links["next"]["url"] if "next" in answer.links else None
        assert (answer.json()["next"] is None) == (following is None)

    assert found == whole


def test_one_channel_alone_says_the_same_as_among_all(anyone: Visitor) -> None:
    (alone,) = asked(anyone, f"{EXAMPLE}&channel=iadb")["items"]

    assert alone == channel(asked(anyone, EXAMPLE), "iadb")


def test_labels_and_reasons_come_in_the_language_asked_for(anyone: Visitor) -> None:
    told: dict[str, tuple[str, ...]] = {}
    for language in LANGUAGES:
        sent = {"Accept-Language": language}
        answer = anyone.get("/v1/support?country=BRB&sector=health&channel=paho", headers=sent)
        assert answer.headers["content-language"] == language
        assert "Accept-Language" in answer.headers["vary"]
        (paho,) = answer.json()["items"]
        tcc = verdicts(answer.json())["paho-tcc"]
        told[language] = (
            paho["name"],
            paho["reasons"][0],
            tcc["findings"][0]["because"],
            tcc["ask"][0],
            tcc["next_steps"][0],
            answer.json()["note"],
        )
    for words in zip(*told.values(), strict=True):
        assert len(set(words)) == len(LANGUAGES), words


def test_who_has_the_answer_already_is_told_so(anyone: Visitor) -> None:
    first = anyone.get(f"/v1/support?{EXAMPLE}")
    seen = {"If-None-Match": first.headers["etag"]}
    again = anyone.get(f"/v1/support?{EXAMPLE}", headers=seen)

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    for other in (
        anyone.get(f"/v1/support?{EXAMPLE}", headers=seen | {"Accept-Language": "es"}),
        anyone.get("/v1/support?country=JAM", headers=seen),
    ):
        assert other.status_code == 200, "another question or another language is another answer"


def test_a_country_may_be_told_by_either_code_in_any_case(anyone: Visitor) -> None:
    expected = asked(anyone, "country=JAM&provider=BRA&applicants=JAM,BRB")

    for same in ("country=jam&provider=bra&applicants=jam,brb", "country=JM&provider=br&applicants=bb,jm"):
        assert asked(anyone, same)["items"] == expected["items"]


@pytest.mark.parametrize(
    "same", ["JAM,,BRB, TTO ,", "JAM,BRB,TTO,JAM,jm,bb", ",".join(["JAM,BRB,TTO"] * 100), "TTO,BRB,JAM"]
)
def test_what_stands_twice_or_is_empty_in_a_list_does_not_count(anyone: Visitor, same: str) -> None:
    expected = asked(anyone, "country=JAM&applicants=JAM,BRB,TTO")

    assert asked(anyone, f"country=JAM&applicants={same}")["items"] == expected["items"]


def test_a_country_named_thrice_is_one_applicant(anyone: Visitor) -> None:
    found = verdicts(asked(anyone, "country=JAM&applicants=JAM,jm,jam"))

    minimum = next(one for one in found["rpg"]["findings"] if one["rule"] == "minimum")
    assert minimum["answer"] == "not_met"


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", ["/query/country"]),
        ("country=", ["/query/country"]),
        ("country=XXX", ["/query/country"]),
        ("country=JAM&applicants=BRB,TTO", ["/query/applicants"]),
        ("country=JAM&applicants=", ["/query/applicants"]),
        ("country=JAM&applicants=,%20,", ["/query/applicants"]),
        ("country=JAM&applicants=JAM,XXX,YYY", ["/query/applicants", "/query/applicants"]),
        ("country=JAM&provider=JAM", ["/query/provider"]),
        ("country=JAM&provider=jm", ["/query/provider"]),
        ("country=JAM&provider=", ["/query/provider"]),
        ("country=JAM&amount_usd=-1", ["/query/amount_usd"]),
        ("country=JAM&allocation_usd=-1", ["/query/allocation_usd"]),
        ("country=JAM&amount_usd=-1&allocation_usd=x", ["/query/allocation_usd", "/query/amount_usd"]),
        ("country=JAM&confirmed=call-open&denied=call-open", ["/query/denied"]),
        (
            "country=JAM&confirmed=call-open,concrete-action&denied=concrete-action,call-open",
            ["/query/denied", "/query/denied"],
        ),
        ("country=JAM&confirmed=call-opened", ["/query/confirmed"]),
        ("country=JAM&denied=nobody", ["/query/denied"]),
        ("country=JAM&sector=helth&modality=study-visits", ["/query/modality", "/query/sector"]),
        ("country=JAM&sector=", ["/query/sector"]),
        ("country=JAM&channel=", ["/query/channel"]),
        ("country=JAM&contry=JAM", ["/query/contry"]),
        ("country=JAM&limit=0", ["/query/limit"]),
        ("country=JAM&limit=201", ["/query/limit"]),
        ("country=JAM&cursor=-1", ["/query/cursor"]),
        ("country=JAM&cursor=x", ["/query/cursor"]),
        (
            "country=XX&sector=helth&modality=x&provider=YY&applicants=ZZ&channel=phao&confirmed=a&denied=b",
            [
                "/query/applicants",
                "/query/channel",
                "/query/confirmed",
                "/query/country",
                "/query/denied",
                "/query/modality",
                "/query/provider",
                "/query/sector",
            ],
        ),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_every_fault(
    anyone: Visitor, query: str, places: list[str]
) -> None:
    assert pointers(anyone.get(f"/v1/support?{query}")) == places


@pytest.mark.parametrize(
    "amount", ["1e5", "15000.5", "15,000", "ten", "", "%20", "0x10", "inf", "NaN", str(10**13), "9" * 5000]
)
def test_an_amount_is_a_whole_number_of_dollars_in_reason(anyone: Visitor, amount: str) -> None:
    for name in ("amount_usd", "allocation_usd"):
        assert pointers(anyone.get(f"/v1/support?country=JAM&{name}={amount}")) == [f"/query/{name}"]


def test_the_ends_of_what_can_be_asked_for_are_amounts_too(anyone: Visitor) -> None:
    for amount, expected in ((0, "met"), (10**12, "not_met")):
        found = verdicts(asked(anyone, f"country=JAM&amount_usd={amount}"))
        assert found["ct-intra"]["findings"][0]["answer"] == expected


def test_a_list_that_is_too_long_is_refused_and_not_cut(anyone: Visitor, catalogue: Catalogue) -> None:
    everybody = list(catalogue.countries)
    assert len(everybody) <= MOST_LISTED
    assert len(catalogue.statements) <= MOST_LISTED
    asked(anyone, {"country": "JAM", "applicants": ",".join(everybody)})
    many = ",".join(f"X{number}" for number in range(MOST_LISTED + 1))
    for name in ("applicants", "confirmed", "denied"):
        answer = anyone.get("/v1/support", params={"country": "JAM", name: many})
        assert set(pointers(answer)) == {f"/query/{name}"}
        assert "more than" in answer.text


@pytest.mark.parametrize(
    ("query", "near"),
    [
        ("country=JAM&sector=helth", "health"),
        ("country=JAM&channel=phao", "paho"),
        ("country=JAM&modality=study_visits", "study-visit"),
        ("country=JAMM", "JAM"),
        ("country=JAM&confirmed=call-opened", "call-open"),
        ("country=JAM&denied=concrete-actions", "concrete-action"),
    ],
)
def test_a_misspelt_name_is_told_with_what_is_near_it(anyone: Visitor, query: str, near: str) -> None:
    (fault,) = anyone.get(f"/v1/support?{query}").json()["errors"]

    assert "near it: " in fault["detail"]
    assert near.lower() in fault["detail"].lower().split("near it: ")[1]


def test_a_refusal_names_its_faults_in_the_same_order_every_time(anyone: Visitor) -> None:
    slugs = "call-open,concrete-action,accepts-charge,technical-project,gdln-room"
    faults = anyone.get(f"/v1/support?country=JAM&confirmed={slugs}&denied={slugs}").json()["errors"]

    assert [fault["detail"] for fault in faults] == sorted(fault["detail"] for fault in faults)


# Answers that the study gives

ELIGIBLE, CONDITIONAL, INELIGIBLE = {"eligible"}, {"conditional"}, {"ineligible"}
POSSIBLE = ELIGIBLE | CONDITIONAL


@pytest.mark.parametrize(
    ("instrument", "query", "expected"),
    [
        ("ct-intra", "country=JAM&amount_usd=25000", INELIGIBLE),
        ("ct-intra", "country=JAM&amount_usd=20001", INELIGIBLE),
        ("ct-intra", "country=JAM&amount_usd=20000", POSSIBLE),
        ("ct-intra", "country=JAM", POSSIBLE),
        ("rpg", "country=JAM&applicants=JAM,BRB", INELIGIBLE),
        ("rpg", "country=JAM&applicants=JAM,BRB,TTO", POSSIBLE),
        ("rpg", "country=JAM", CONDITIONAL),
        ("femcidi", "country=CUB", INELIGIBLE),
        ("femcidi", "country=HND", INELIGIBLE),
        ("femcidi", "country=BLZ", POSSIBLE),
        ("seetf", "country=SUR", CONDITIONAL),
        ("seetf", "country=SUR&confirmed=concrete-action", ELIGIBLE),
        ("seetf", "country=SUR&denied=concrete-action", INELIGIBLE),
        ("seetf", "country=SUR&amount_usd=25000", CONDITIONAL),
        ("ibero-american-programme", "country=ESP", INELIGIBLE),
        ("ibero-american-programme", "country=BRA", CONDITIONAL),
        ("ibero-american-programme", "country=ARG", POSSIBLE),
        ("gdln", "country=JAM", INELIGIBLE),
        ("gdln", "country=BLZ", INELIGIBLE),
        ("gdln", "country=BRA", POSSIBLE),
        ("ctcs", "country=AIA", POSSIBLE),
        ("ctcs", "country=JAM", POSSIBLE),
        ("ctcs", "country=HTI", INELIGIBLE),
        ("paho-tcc", "country=GTM&sector=health&denied=health-ministry-support", INELIGIBLE),
        ("paho-tcc", "country=GTM&sector=health", CONDITIONAL),
        ("paho-tcc", "country=GTM&amount_usd=15001&allocation_usd=300000", INELIGIBLE),
        ("paho-tcc", "country=GTM&amount_usd=15000&allocation_usd=300000", POSSIBLE),
        ("focem", "country=PRY", POSSIBLE),
        ("focem", "country=CHL", INELIGIBLE),
        ("pgtf", "country=JAM", CONDITIONAL),
    ],
)
def test_the_study_answers_who_may_use_what(
    anyone: Visitor, instrument: str, query: str, expected: set[str]
) -> None:
    verdict = verdicts(asked(anyone, query))[instrument]

    assert {verdict["verdict"]} <= expected, [
        (one["rule"], one["answer"]) for one in verdict["findings"] if one["answer"] != "met"
    ]


def test_no_no_hides_the_other_answers(anyone: Visitor) -> None:
    found = verdicts(asked(anyone, "country=JAM&applicants=JAM,BRB&sector=social"))
    answers = {one["rule"]: one["answer"] for one in found["rpg"]["findings"]}

    assert answers["minimum"] == "not_met"
    assert {"met", "unknown"} <= set(answers.values())
    assert found["rpg"]["ask"]


# Nothing known, nothing done, and what a group's row says


def test_a_row_of_a_group_is_shown_as_one(anyone: Visitor) -> None:
    answer = asked(anyone, "country=BRB&sector=agriculture-food-security")
    fao = channel(answer, "fao")

    assert fao["knowledge"]["status"] == "inherited"
    (reading,) = fao["knowledge"]["readings"]
    assert (reading["group"], reading["inherited_from"], reading["role"]) == (
        "caribbean",
        "caribbean",
        "receiver",
    )
    assert reading["citation"]["quote"]
    (told,) = (reason for reason in fao["reasons"] if "Annex 1" in reason)
    assert "That Barbados shares in this row is our reading." in told
    assert "our reading" in answer["note"]


def test_a_row_of_its_own_is_not_marked_and_needs_no_note(anyone: Visitor) -> None:
    answer = asked(anyone, "country=BRB&sector=social&channel=cdb")
    (cdb,) = answer["items"]

    assert cdb["knowledge"]["status"] == "recorded"
    own = [one for one in cdb["knowledge"]["readings"] if "inherited_from" not in one]
    assert [one["country"] for one in own] == ["BRB"]
    assert own == cdb["knowledge"]["readings"][:1]


def test_nothing_known_is_not_nothing_done(anyone: Visitor) -> None:
    unknown = channel(asked(anyone, "country=ATG&sector=gender"), "unicef")

    assert unknown["knowledge"] == {"status": "unknown", "counted_out": False, "readings": []}
    parts = {part["name"]: part for part in unknown["parts"]}
    assert (parts["record"]["known"], parts["record"]["contribution"]) == (False, 0)
    assert "does not mean that nothing is done" in unknown["reasons"][-1]
    assert "support schemes" in unknown["cited_reasons"][-1]["citation"]["quote"]


def test_who_is_counted_out_is_told_apart_from_who_is_not_known(anyone: Visitor) -> None:
    answer = asked(anyone, "country=BRB&sector=social")

    status = {item["channel"]: item["knowledge"]["status"] for item in answer["items"]}
    assert (status["sica"], status["unicef"]) == ("excluded", "unknown")
    out = {item["channel"] for item in answer["items"] if item["knowledge"]["counted_out"]}
    assert "sica" in out
    assert "unicef" not in out
    assert set(status.values()) == set(get_args(Knowledge))
    known = {item["channel"]: {p["name"]: p["known"] for p in item["parts"]} for item in answer["items"]}
    assert known["sica"]["membership"] is True
    assert known["unicef"]["membership"] is False


def test_a_channels_profile_tells_the_same_of_a_country(catalogue: Catalogue) -> None:
    for iso3 in catalogue.region:
        answers = {one.channel.slug: one.knowledge for one in support(Need(iso3), catalogue)}
        for slug, one in catalogue.channels.items():
            (profile,) = (row for row in told(catalogue, one) if row.country == iso3)
            assert answers[slug] == profile.knowledge, f"{slug} in {iso3}"


# The vocabulary of rules, as partners read it


def test_statements_are_data_and_name_who_asks_for_them(anyone: Visitor, catalogue: Catalogue) -> None:
    answer = anyone.get("/v1/statements?limit=200").json()

    assert answer["total"] == len(answer["items"]) == len(catalogue.statements)
    for entry in answer["items"]:
        ApplicantsStatementOut.model_validate(entry)
        assert entry["says"].endswith(".")
        assert entry["instruments"], "a statement that nobody asks for"
        assert anyone.get(f"/v1/statements/{entry['slug']}").json() == entry
    asking = {entry["slug"]: entry["instruments"] for entry in answer["items"]}
    assert "paho-tcc" in asking["health-ministry-support"]
    assert asking["call-open"] == ["rpg"]


def test_a_statement_is_said_in_every_language(anyone: Visitor) -> None:
    said = {
        anyone.get("/v1/statements/call-open", headers={"Accept-Language": language}).json()["says"]
        for language in LANGUAGES
    }
    assert len(said) == len(LANGUAGES)


def test_a_statement_that_is_not_there_is_told_with_what_is_near(anyone: Visitor) -> None:
    missing = anyone.get("/v1/statements/call-opened")

    assert missing.status_code == 404
    assert "call-open" in missing.json()["detail"]


def test_rules_of_every_kind_say_what_they_are_about_and_as_of_when(
    anyone: Visitor, catalogue: Catalogue
) -> None:
    statements = {one["slug"] for one in anyone.get("/v1/statements?limit=200").json()["items"]}
    seen: dict[str, Any] = {}
    for instrument in anyone.get("/v1/instruments?limit=200").json()["items"]:
        for rule in instrument["rules"]:
            assert {"id", "kind", "about", "because", "ask", "as_of", "citation"} <= rule.keys()
            seen.setdefault(rule["kind"], rule)
            if rule["kind"] in TOLD_KINDS and rule.get("window") != "rolling":
                assert rule["about"] in statements
    assert {"at_most_share", "contributes_only", *TOLD_KINDS} <= seen.keys()
    assert (seen["at_most_share"]["of"], seen["at_most_share"]["about"]) == (
        "country-allocation",
        "amount_usd",
    )
    assert seen["at_most_share"]["percent"] == 5
    assert seen["contributes_only"]["countries"] == ["ESP"]


# The page


def page(service: Service, query: str, language: str = "en", status: int = 200) -> str:
    found = look(service, f"/support?{query}" if query else "/support", language)
    assert found.status_code == status
    assert found.headers["content-language"] == language
    text: str = found.text
    return text


def tags(text: str, element: str, **wanted: str) -> list[dict[str, str | None]]:
    """The attributes of every such element that has those wanted."""
    return [has for tag, has in elements(text) if tag == element and wanted.items() <= has.items()]


def chosen(text: str, name: str) -> list[str]:
    """The values that are chosen in the selects of a name."""
    selects = re.findall(rf'<select[^>]* name="{name}".*?</select>', text, flags=re.DOTALL)
    return re.findall(r'<option value="([^"]*)" selected>', "".join(selects))


def within(text: str, start: str, end: str) -> str:
    return text.split(start, 1)[1].split(end, 1)[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_is_small_enough_for_a_slow_line(service: Service, language: str) -> None:
    assert len(page(service, FORM, language).encode()) < LARGEST_BYTES


def test_an_empty_form_says_how_to_begin(service: Service) -> None:
    text = page(service, "")
    (example,) = re.findall(r'An example: <a href="([^"]+)"', text)

    assert look(service, example.replace("&amp;", "&")).status_code == 200
    assert page(service, "country=&sector=&amount_usd=&say=&say=") == page(service, "country=")
    assert 'class="fault"' not in text


def test_the_first_channels_are_told_in_full_and_the_others_in_short(
    service: Service, anyone: Visitor, catalogue: Catalogue
) -> None:
    text = page(service, FORM)
    answer = asked(anyone, EXAMPLE)
    full, short = text.split('<ol class="channels">')[1].split("</ol>\n<h2>")

    assert full.count('<li class="fit">') == full.count('<table class="waterfall">') == IN_FULL
    others = short.split('<details class="other">')[1:]
    assert len(others) == len(catalogue.channels) - IN_FULL
    for shown, item in zip(others, answer["items"][IN_FULL:], strict=True):
        (fit,) = re.findall(r"Fit (\d\.\d\d) of 1", shown)
        assert float(fit) == pytest.approx(item["fit"], abs=0.0051)
        assert shown.count('href="/instruments/') == len(item["instruments"])
        assert 'class="source"' not in shown
        assert f"&amp;channel={item['channel']}" in shown
    for place, item in enumerate(answer["items"], start=1):
        assert f"{place}. " in text
        assert f'href="/channels/{item["channel"]}"' in full or place > IN_FULL


def test_a_channel_in_short_leads_to_all_of_it_and_back(service: Service) -> None:
    text = page(service, FORM)
    last = text.split('<details class="other">')[-1]
    (address,) = (
        link.replace("&amp;", "&")
        for link in re.findall(r'href="(/support\?[^"]+)"', last)
        if "channel=" in link
    )
    alone = look(service, address).text

    assert alone.count('<li class="fit">') == 1
    assert '<details class="other">' not in alone
    assert "<h2>22. " in alone, "its place among all"
    (back,) = re.findall(r'<a href="([^"]+)">all channels', alone)
    assert look(service, back.replace("&amp;", "&")).text == text


def test_a_channel_that_is_asked_about_stays_chosen(service: Service) -> None:
    text = page(service, f"{FORM}&channel=cdb")

    assert chosen(text, "channel") == ["cdb"]
    assert "<h1>Where to ask: Jamaica, CDB</h1>" in text
    assert text.count('<li class="fit">') == 1


def test_the_page_says_what_the_data_say(service: Service, anyone: Visitor) -> None:
    text = page(service, FORM)
    (address,) = re.findall(r'<a href="([^"]+)">the same as data', text)
    answer = anyone.get(address.replace("&amp;", "&")).json()

    assert answer["items"] == asked(anyone, EXAMPLE)["items"]
    words = {"eligible": "eligible", "conditional": "conditional", "ineligible": "not eligible"}
    shown = re.findall(
        r'href="/instruments/([^"]+)">[^<]*</a> <span class="mark \w+"><b[^>]*>.</b> ([^<]+)', text
    )
    assert shown == [
        (verdict["instrument"], words[verdict["verdict"]])
        for item in answer["items"]
        for verdict in item["instruments"]
    ]


def test_the_group_that_a_row_belongs_to_is_named(service: Service) -> None:
    text = page(service, "country=BRB&sector=agriculture-food-security&channel=fao")

    assert "recorded for a group it lies in (Caribbean)" in text
    assert "That Barbados shares in this row is our reading." in text


def test_whoever_is_counted_out_is_told_so_beside_a_groups_row(service: Service) -> None:
    text = page(service, "country=CUB&sector=education-culture&channel=oas")

    shown = within(text, '<li class="fit">', "Fit ")
    assert "recorded for a group it lies in" in shown
    assert "the source counts it out" in shown


def test_nothing_known_is_said_in_words(service: Service) -> None:
    text = page(service, "country=ATG&sector=gender")

    assert "Annex 1 has no row for Antigua and Barbuda" in text
    assert "which is not the same as nothing" in text
    assert "nothing known" in text


def test_the_form_comes_back_as_it_was_filled_in(service: Service) -> None:
    text = page(
        service,
        f"{FORM}&provider=BRA&allocation_usd=300000&say=concrete-action:yes&say=call-open:no&say=",
    )

    assert [chosen(text, name) for name in ("country", "sector", "modality", "provider", "channel")] == [
        ["JAM"],
        ["social"],
        ["study-visit"],
        ["BRA"],
        [],
    ]
    assert sorted(chosen(text, "say")) == ["call-open:no", "concrete-action:yes"]
    assert {box["value"] for box in tags(text, "input", name="with") if "checked" in box} == {
        "JAM",
        "BRB",
        "TTO",
    }
    values = {name: tags(text, "input", name=name)[0]["value"] for name in ("amount_usd", "allocation_usd")}
    assert values == {"amount_usd": "15000", "allocation_usd": "300000"}


def test_codes_in_another_form_are_the_same_countries(service: Service) -> None:
    text = page(service, "country=jm&provider=bra&with=bb&with=ESP")

    assert (chosen(text, "country"), chosen(text, "provider")) == (["JAM"], ["BRA"])
    boxes = {box["value"] for box in tags(text, "input", name="with") if "checked" in box}
    assert boxes == {"JAM", "BRB", "ESP"}, "one that is not offered is kept too"


FAULTY = {
    "country": ("country=XXX", "“XXX” is not a country"),
    "sector": ("country=JAM&sector=helth", "near it: health"),
    "modality": ("country=JAM&modality=visits", "“visits” is not a modality"),
    "provider": ("country=JAM&provider=jm", "JAM asks; the provider must be another country."),
    "channel": ("country=JAM&channel=phao", "near it: paho"),
    "amount_usd": ("country=JAM&amount_usd=15,000", "This is not a whole number."),
    "allocation_usd": ("country=JAM&allocation_usd=-5", "This is less than 0."),
    "applicants": ("country=JAM&with=BRB&with=XYZ", "“XYZ” is not a country"),
    "confirmed": ("country=JAM&say=call-opened:yes", "near it: call-open"),
    "denied": ("country=JAM&say=call-open:yes&say=call-open:no", "is confirmed and denied at once."),
}


@pytest.mark.parametrize("field", FAULTY)
def test_a_fault_stands_beside_its_field_and_what_was_sent_stands_in_it(service: Service, field: str) -> None:
    query, words = FAULTY[field]
    text = page(service, query, status=422)

    assert tags(text, "ul", id=f"fault-{field}", **{"class": "fault"})
    assert words in within(text, f'id="fault-{field}"', "</ul>")
    assert len(re.findall('class="fault"', text)) == 1
    described = {(has.get("aria-describedby") or "").strip() for _, has in elements(text)} - {""}
    assert described == {f"fault-{field}"}
    assert tags(text, "p", role="alert")
    assert '<li class="fit">' not in text
    name, _, value = query.rpartition("&")[2].partition("=")
    if name == "say":
        assert value in chosen(text, "say") or field == "denied"
    elif name == "with":
        assert [box for box in tags(text, "input", name="with", value=value) if "checked" in box]
    elif field.endswith("_usd"):
        assert tags(text, "input", name=name, value=value, **{"aria-invalid": "true"})
    else:
        assert chosen(text, name) == [{"jm": "JAM"}.get(value, value)]
        assert tags(text, "select", name=name, **{"aria-invalid": "true"})


def test_all_faults_are_told_at_once(service: Service) -> None:
    text = page(
        service,
        "sector=helth&provider=XX&amount_usd=-1&allocation_usd=1e5&with=YY&say=foo:yes&say=bar:no&channel=zz",
        status=422,
    )

    assert set(re.findall(r'id="fault-(\w+)"', text)) == set(FAULTY) - {"modality"}
    assert "Choose the country that asks." in within(text, 'id="fault-country"', "</ul>")


def test_several_faults_of_a_field_are_all_told(service: Service) -> None:
    told_here = within(
        page(service, "country=JAM&with=XX&with=YY", status=422), 'id="fault-applicants"', "</ul>"
    )

    assert told_here.count("is not a country") == 2


@pytest.mark.parametrize("name", ["country", "sector", "provider", "amount_usd", "with", "channel", "say"])
def test_whatever_stands_in_the_address_is_shown_as_text(service: Service, name: str) -> None:
    hostile = '"><script>alert(1)</script>\x00'
    found = service.anyone.get(
        "/support",
        params={"country": "JAM"} | {name: f"{hostile}:yes" if name == "say" else hostile},
        headers={"Accept": "text/html"},
    )

    assert found.status_code == 422
    assert "<script>alert" not in found.text
    assert "&lt;script&gt;alert" in found.text
    elements(found.text)


def test_the_page_is_whole_also_with_faults_and_for_one_channel(service: Service) -> None:
    for query, status in ((FORM, 200), (f"{FORM}&channel=wbg", 200), ("country=XX&with=YY&sector=z", 422)):
        found = elements(page(service, query, status=status))
        ids = [has["id"] for _, has in found if "id" in has]
        assert len(ids) == len(set(ids))
        labelled = {has["for"] for tag, has in found if tag == "label" and "for" in has}
        assert labelled <= set(ids)
        assert [tag for tag, _ in found].count("h1") == 1


def test_another_language_is_the_same_question(service: Service) -> None:
    text = page(service, f"{FORM}&say=concrete-action:yes&say=call-open:no")
    (spanish,) = re.findall(r'<a href="([^"]+)" lang="es"', text)
    found = service.anyone.get(spanish.replace("&amp;", "&"), headers={"Accept": "text/html"})

    assert found.headers["content-language"] == "es"
    boxes = {box["value"] for box in tags(found.text, "input", name="with") if "checked" in box}
    assert boxes == {"JAM", "BRB", "TTO"}
    assert sorted(chosen(found.text, "say")) == ["call-open:no", "concrete-action:yes"]
