"""Every situation of this folder is judged as a policy officer expects it, rule by rule."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.catalogue import Catalogue
from app.catalogue.rules import MemberOf, statement_of
from app.eligibility import Situation, judge
from app.sources import LONGEST_QUOTE, Citation

HERE = Path(__file__).parent
INSTRUMENTS = sorted(file.stem for file in HERE.glob("*.yaml"))
FOUND = [
    (instrument, case)
    for instrument in INSTRUMENTS
    for case in yaml.safe_load((HERE / f"{instrument}.yaml").read_text(encoding="utf-8"))
]
CASES = [pytest.param(instrument, case, id=f"{instrument}: {case['name']}") for instrument, case in FOUND]
KEYS = {"name", "situation", "verdict", "findings", "citation"}


def situation(told: dict[str, Any]) -> Situation:
    """A situation as a case tells it; a name that is none stops the test."""
    names = {"applicants": "named_applicants"}
    known: dict[str, Any] = {
        names.get(name, name): tuple(value) if isinstance(value, list) else value
        for name, value in told.items()
    }
    return Situation(**known)


@pytest.mark.parametrize(("instrument", "case"), CASES)
def test_the_verdict_is_the_expected_one(instrument: str, case: dict[str, Any], catalogue: Catalogue) -> None:
    assert case.keys() == KEYS
    verdict = judge(catalogue.instruments[instrument], situation(case["situation"]), catalogue)
    assert {finding.rule.id: finding.answer for finding in verdict.findings} == case["findings"]
    assert verdict.standing == case["verdict"]


@pytest.mark.parametrize(("instrument", "case"), CASES)
def test_a_case_rests_on_a_short_quote_of_a_known_document(
    instrument: str, case: dict[str, Any], catalogue: Catalogue
) -> None:
    citation = Citation.model_validate(case["citation"])
    assert citation.document in catalogue.documents
    assert citation.quote is not None
    assert len(citation.quote.split()) <= LONGEST_QUOTE


@pytest.mark.parametrize(("instrument", "case"), CASES)
def test_a_case_names_countries_sectors_and_modalities_of_the_catalogue(
    instrument: str, case: dict[str, Any], catalogue: Catalogue
) -> None:
    told = situation(case["situation"])
    assert {*told.applicants, *told.countries("receiver")} <= catalogue.countries.keys()
    assert set(told.sectors) <= catalogue.sectors.keys()
    assert set(told.modalities) <= catalogue.modalities.keys()
    rules = [rule for i in catalogue.instruments.values() for rule in i.rules]
    asked = {statement_of(rule) for rule in rules}
    assert told.confirmed.keys() <= asked


def test_every_instrument_has_cases(catalogue: Catalogue) -> None:
    assert sorted(catalogue.instruments) == INSTRUMENTS


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_every_rule_of_an_instrument_is_seen_met_or_not_met_in_some_case(
    instrument: str, catalogue: Catalogue
) -> None:
    decided = {
        rule
        for name, case in FOUND
        if name == instrument
        for rule, answer in case["findings"].items()
        if answer != "unknown"
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
