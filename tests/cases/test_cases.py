"""Every situation of this folder is judged as a policy officer expects it, rule by rule."""

from pathlib import Path

import pytest

from app.catalogue import Catalogue
from app.catalogue.rules import MemberOf, statement_of
from app.eligibility import judge
from app.eligibility.cases import Case, read
from app.sources import LONGEST_QUOTE

HERE = Path(__file__).parent
INSTRUMENTS = sorted(file.stem for file in HERE.glob("*.yaml"))
FOUND = read(HERE)
CASES = [pytest.param(case, id=f"{case.instrument}: {case.name}") for case in FOUND]


def cases_of(instrument: str) -> list[Case]:
    return [case for case in FOUND if case.instrument == instrument]


@pytest.mark.parametrize("case", CASES)
def test_the_verdict_is_the_expected_one(case: Case, catalogue: Catalogue) -> None:
    verdict = judge(catalogue.instruments[case.instrument], case.situation, catalogue)
    assert {finding.rule.id: finding.answer for finding in verdict.findings} == case.findings
    assert verdict.standing == case.verdict


@pytest.mark.parametrize("case", CASES)
def test_a_case_rests_on_a_short_quote_of_a_known_document(case: Case, catalogue: Catalogue) -> None:
    assert case.citation.document in catalogue.documents
    assert case.citation.quote is not None
    assert len(case.citation.quote.split()) <= LONGEST_QUOTE


@pytest.mark.parametrize("case", CASES)
def test_a_case_names_countries_sectors_and_modalities_of_the_catalogue(
    case: Case, catalogue: Catalogue
) -> None:
    told = case.situation
    assert {*told.applicants, *told.countries("receiver"), *told.countries("provider")} <= (
        catalogue.countries.keys()
    )
    assert set(told.sectors) <= catalogue.sectors.keys()
    assert set(told.modalities) <= catalogue.modalities.keys()
    rules = [rule for i in catalogue.instruments.values() for rule in i.rules]
    asked = {statement_of(rule) for rule in rules}
    assert told.confirmed.keys() <= asked


def test_every_instrument_has_cases(catalogue: Catalogue) -> None:
    assert sorted(catalogue.instruments) == INSTRUMENTS


def test_there_are_at_least_150_cases() -> None:
    assert len(FOUND) >= 150


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_an_instrument_with_rules_has_at_least_three_cases(instrument: str, catalogue: Catalogue) -> None:
    if catalogue.instruments[instrument].rules:
        assert len(cases_of(instrument)) >= 3


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_no_two_cases_of_an_instrument_have_the_same_name(instrument: str) -> None:
    names = [case.name for case in cases_of(instrument)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_every_rule_of_an_instrument_is_seen_met_or_not_met_in_some_case(
    instrument: str, catalogue: Catalogue
) -> None:
    decided = {
        rule for case in cases_of(instrument) for rule, answer in case.findings.items() if answer != "unknown"
    }
    # Whom the study does not enumerate, nobody can call a member.
    undecidable = {
        rule.id
        for rule in catalogue.instruments[instrument].rules
        if isinstance(rule, MemberOf)
        and catalogue.groups[rule.group].list == "not-enumerated"
        and not catalogue.groups[rule.group].exceptions
    }
    assert {rule.id for rule in catalogue.instruments[instrument].rules} - undecidable == decided
