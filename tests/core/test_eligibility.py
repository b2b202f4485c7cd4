"""Three-valued answers: a missing fact is never a "no", and no "no" hides the other answers."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.catalogue import Catalogue, Instrument
from app.catalogue.rules import TOLD_KINDS, Base, Rule, WindowKind, WithinWindow, statement_of
from app.eligibility import Finding, Situation, Verdict, best_first, judge
from app.eligibility.judge import Answer, answer

ANSWERS = st.sampled_from(get_args(Answer))
COUNTRIES = ["JAM", "BRA", "CUB", "HND", "AIA", "ESP", "PRY", "BLZ", "SUR"]
STATEMENTS = [
    "concrete-action",
    "health-ministry-support",
    "call-open",
    "accepts-charge",
    "technical-project",
]
SITUATIONS = st.builds(
    Situation,
    receiver=st.none() | st.sampled_from(COUNTRIES),
    provider=st.none() | st.sampled_from(COUNTRIES),
    named_applicants=st.lists(st.sampled_from(COUNTRIES), max_size=4).map(tuple),
    sectors=st.lists(st.sampled_from(["health", "social", "environment"]), max_size=2).map(tuple),
    modalities=st.lists(st.sampled_from(["training", "study-visit", "publication"]), max_size=2).map(tuple),
    amount_usd=st.none() | st.sampled_from([0, 20_000, 20_001]),
    bases_usd=st.dictionaries(st.sampled_from(get_args(Base)), st.sampled_from([0, 1_000_000])),
    confirmed=st.dictionaries(st.sampled_from(STATEMENTS), st.booleans()),
)
LEARNING = st.lists(st.sampled_from([field.name for field in fields(Situation)]), unique=True)


def verdict_of(instrument: Instrument, answers: list[Answer]) -> Verdict:
    rule = instrument.rules[0]
    return Verdict(instrument, tuple(Finding(rule, one, "2011") for one in answers))


@given(answers=st.lists(ANSWERS, max_size=6))
def test_a_verdict_is_no_for_one_no_and_yes_for_nothing_but_yeses(
    answers: list[Answer], catalogue: Catalogue
) -> None:
    verdict = verdict_of(catalogue.instruments["seetf"], answers)
    if "not_met" in answers:
        assert verdict.standing == "ineligible"
    elif "unknown" in answers or not answers:
        assert verdict.standing == "conditional"
    else:
        assert verdict.standing == "eligible"
    assert len(verdict.open_questions) == answers.count("unknown")


@given(answers=st.lists(ANSWERS, max_size=6), order=st.randoms(use_true_random=False))
def test_the_order_of_the_rules_does_not_matter(
    answers: list[Answer], order: Any, catalogue: Catalogue
) -> None:
    shuffled = order.sample(answers, len(answers))
    seetf = catalogue.instruments["seetf"]
    assert verdict_of(seetf, answers).standing == verdict_of(seetf, shuffled).standing


@given(situation=SITUATIONS)
def test_every_rule_is_asked_also_after_a_no(situation: Situation, catalogue: Catalogue) -> None:
    for instrument in catalogue.instruments.values():
        verdict = judge(instrument, situation, catalogue)
        assert tuple(finding.rule for finding in verdict.findings) == instrument.rules


def test_where_nothing_is_known_nothing_is_answered(catalogue: Catalogue) -> None:
    """But that a rolling window is open, which the source says by itself."""
    for instrument in catalogue.instruments.values():
        verdict = judge(instrument, Situation(), catalogue)
        open_now = {r.id for r in instrument.rules if isinstance(r, WithinWindow) and r.window == "rolling"}
        assert {one.rule.id for one in verdict.findings if one.answer == "met"} == open_now
        assert verdict.standing == "conditional"
        assert {rule.id for rule in verdict.open_questions} == {r.id for r in instrument.rules} - open_now


@given(all_known=SITUATIONS, forgotten=LEARNING)
def test_what_is_answered_stays_answered_when_more_becomes_known(
    all_known: Situation, forgotten: list[str], catalogue: Catalogue
) -> None:
    nothing = Situation()
    less = replace(all_known, **{name: getattr(nothing, name) for name in forgotten})
    if not less.named_applicants and all_known.named_applicants and less.receiver and less.provider:
        return  # the pair alone is then taken for those who apply, which is a fact and not a gap
    for instrument in catalogue.instruments.values():
        for rule in instrument.rules:
            before, after = (answer(rule, known, catalogue) for known in (less, all_known))
            assert before in ("unknown", after), f"{instrument.slug} {rule.id}"


def test_the_pair_applies_where_nobody_is_named() -> None:
    assert Situation(receiver="JAM", provider="BRA").applicants == ("JAM", "BRA")
    assert Situation(receiver="JAM", provider="JAM").applicants == ("JAM",)
    assert Situation(receiver="JAM", named_applicants=("BRB", "BRB", "TTO")).applicants == ("BRB", "TTO")


def test_a_country_that_applies_twice_counts_once(catalogue: Catalogue) -> None:
    minimum = next(rule for rule in catalogue.instruments["rpg"].rules if rule.kind == "at_least")
    answers = [
        answer(minimum, Situation(named_applicants=named), catalogue)
        for named in [("JAM", "JAM", "BRB"), ("JAM", "BRB", "TTO"), ()]
    ]
    assert answers == ["not_met", "met", "unknown"]


def test_one_applicant_alone_is_no_reason_to_refuse_while_others_may_join(catalogue: Catalogue) -> None:
    rpg = catalogue.instruments["rpg"]
    assert judge(rpg, Situation(receiver="JAM"), catalogue).standing == "conditional"
    assert judge(rpg, Situation(receiver="JAM", provider="BRB"), catalogue).standing == "ineligible"


def test_the_ceiling_itself_may_be_asked_for(catalogue: Catalogue) -> None:
    ceiling = next(rule for rule in catalogue.instruments["ct-intra"].rules if rule.kind == "at_most")
    answers = [
        answer(ceiling, Situation(amount_usd=amount), catalogue) for amount in (0, 20_000, 20_001, None)
    ]
    assert answers == ["met", "met", "not_met", "unknown"]


def test_verdicts_are_read_best_first(catalogue: Catalogue) -> None:
    """By standing, described before mentioned, the least open first."""
    paraguay = Situation("PRY", "BRA", sectors=("health",), confirmed={"concrete-action": True}, amount_usd=1)
    verdicts = best_first(judge(i, paraguay, catalogue) for i in catalogue.instruments.values())
    standings = [verdict.standing for verdict in verdicts]
    assert standings == sorted(standings, key=["eligible", "conditional", "ineligible"].index)
    conditional = [v for v in verdicts if v.standing == "conditional"]
    told = [v.instrument.told != "described" for v in conditional]
    assert told == sorted(told)


# The kinds of rules one by one


def a_rule(kind: str, **demands: Any) -> Rule:
    """A rule of which only what it demands matters."""
    words = dict.fromkeys(("en", "es", "pt", "fr"), "Words.")
    common = {
        "id": "it",
        "because": words,
        "ask": words,
        "citation": {"document": "un-m49", "locator": "here"},
    }
    rule: Rule = TypeAdapter(Rule).validate_python(common | {"kind": kind} | demands)
    return rule


def a_share(percent: float) -> Rule:
    return a_rule("at_most_share", about="amount_usd", percent=percent, of="country-allocation")


def asking(amount: int | None, allocation: int | None) -> Situation:
    bases: dict[Base, int] = {} if allocation is None else {"country-allocation": allocation}
    return Situation(amount_usd=amount, bases_usd=bases)


@pytest.mark.parametrize(
    ("amount", "allocation", "expected"),
    [
        (15_000, 300_000, "met"),
        (15_001, 300_000, "not_met"),
        (0, 0, "met"),
        (1, 0, "not_met"),
        (None, 300_000, "unknown"),
        (15_000, None, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_a_share_is_of_a_sum_that_must_be_known(
    amount: int | None, allocation: int | None, expected: Answer, catalogue: Catalogue
) -> None:
    assert answer(a_share(5), asking(amount, allocation), catalogue) == expected


@given(hundredths=st.integers(1, 10_000), tens_of_thousands=st.integers(0, 10**6))
def test_a_share_itself_may_be_asked_for_and_a_dollar_more_may_not(
    hundredths: int, tens_of_thousands: int, catalogue: Catalogue
) -> None:
    rule = a_share(float(Decimal(hundredths) / 100))
    ceiling, allocation = hundredths * tens_of_thousands, 10_000 * tens_of_thousands
    assert answer(rule, asking(ceiling, allocation), catalogue) == "met"
    assert answer(rule, asking(ceiling + 1, allocation), catalogue) == "not_met"


@pytest.mark.parametrize(
    ("receiver", "expected"), [("ESP", "not_met"), ("ARG", "met"), ("BRA", "met"), (None, "unknown")]
)
def test_who_contributes_only_does_not_receive(
    receiver: str | None, expected: Answer, catalogue: Catalogue
) -> None:
    """What it says of Spain it says of nobody else: whether Brazil may receive is for another rule."""
    rule = a_rule("contributes_only", about="receiver", countries=["ESP"])
    assert answer(rule, Situation(receiver=receiver, provider="ESP"), catalogue) == expected


@pytest.mark.parametrize("kind", ["endorsed_by", "results_in", "shares_cost", "confirmed"])
def test_what_only_the_applicants_know_is_met_when_they_say_so(kind: str, catalogue: Catalogue) -> None:
    rule = a_rule(kind, about="concrete-action")
    answers = [
        answer(rule, Situation(confirmed=told), catalogue)
        for told in ({"concrete-action": True}, {"concrete-action": False}, {}, {"call-open": True})
    ]
    assert answers == ["met", "not_met", "unknown", "unknown"]


@pytest.mark.parametrize("window", [kind for kind in get_args(WindowKind) if kind != "rolling"])
def test_a_window_is_asked_about_unless_it_is_always_open(window: str, catalogue: Catalogue) -> None:
    rule = a_rule("within_window", window=window, about="call-open")
    told: list[dict[str, bool]] = [{}, {"call-open": True}, {"call-open": False}]
    answers = [answer(rule, Situation(confirmed=one), catalogue) for one in told]
    assert answers == ["unknown", "met", "not_met"]
    rolling = a_rule("within_window", window="rolling")
    assert {answer(rolling, Situation(confirmed=one), catalogue) for one in told} == {"met"}


@pytest.mark.parametrize(
    ("kind", "demands"),
    [
        ("within_window", {"window": "annual-call"}),
        ("within_window", {"window": "rolling", "about": "call-open"}),
        ("within_window", {"window": "weekly", "about": "call-open"}),
        ("at_most_share", {"about": "amount_usd", "percent": 0, "of": "country-allocation"}),
        ("at_most_share", {"about": "amount_usd", "percent": 101, "of": "country-allocation"}),
        ("at_most_share", {"about": "amount_usd", "percent": 5, "of": "the moon"}),
        ("contributes_only", {"about": "provider", "countries": ["ESP"]}),
        ("shares_cost", {"about": "costs-agreed", "percent": -1}),
        ("endorsed_by", {}),
        ("results_in", {"about": "concrete-action", "countries": ["ESP"]}),
        ("confirmed", {"about": "concrete-action", "as_of": "yesterday"}),
    ],
)
def test_a_rule_that_makes_no_sense_cannot_be_written(kind: str, demands: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_rule(kind, **demands)


def test_a_finding_is_as_of_its_rule_where_that_is_dated_apart(catalogue: Catalogue) -> None:
    seetf = catalogue.instruments["seetf"]
    first, *others = seetf.rules
    dated = seetf.model_copy(update={"rules": (first.model_copy(update={"as_of": "2009-07"}), *others)})
    findings = judge(dated, Situation(), catalogue).findings
    assert [finding.as_of for finding in findings] == ["2009-07", *[seetf.as_of] * len(others)]


def test_a_statement_answers_the_rules_that_are_about_it_and_no_others(catalogue: Catalogue) -> None:
    asked = set()
    for instrument in catalogue.instruments.values():
        for rule in instrument.rules:
            statement = statement_of(rule)
            assert (statement is None) == (
                rule.kind not in TOLD_KINDS or (isinstance(rule, WithinWindow) and rule.window == "rolling")
            )
            if statement is None:
                continue
            asked.add(statement)
            assert statement in catalogue.statements
            answers = [
                answer(rule, Situation(confirmed={statement: told}), catalogue) for told in (True, False)
            ]
            assert answers == ["met", "not_met"], f"{instrument.slug} {rule.id}"
    assert asked == set(catalogue.statements), "no statement is there for nothing"
