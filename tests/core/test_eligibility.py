"""Three-valued answers: a missing fact is never a "no", and no "no" hides the other answers."""

from dataclasses import fields, replace
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue, Instrument
from app.catalogue.rules import Base, WithinWindow
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
