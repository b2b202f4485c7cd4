"""The readable cases are read as strict values, and a fault is told by file, line and reason."""

from pathlib import Path

import pytest

from app.catalogue import BadSeed
from app.eligibility import Situation
from app.eligibility.cases import read

WRITTEN = """\
# What an officer may expect.
- name: Jamaica and Barbados ask
  situation:
    receiver: JAM
    provider: CHL
    applicants: [JAM, BRB]
    sectors: [health, social]
    modalities: [study-visit]
    amount_usd: 15000
    bases_usd: {country-allocation: 1000000}
    confirmed: {call-open: true, concrete-action: false}
  verdict: ineligible
  findings: {ceiling: met, call: not_met}
  citation: {document: undp-2011, locator: IADB, offset: 7, quote: at most}
- name: Nothing is known
  situation: {}
  verdict: conditional
  findings: {}
  citation: {document: undp-2011, locator: IADB}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fund.yaml").write_text(WRITTEN, encoding="utf-8")
    return tmp_path


def refusal(folder: Path) -> BadSeed:
    with pytest.raises(BadSeed) as refused:
        read(folder)
    return refused.value


def test_a_case_is_read_with_its_situation_its_verdict_and_its_source(folder: Path) -> None:
    case, _ = read(folder)
    assert (case.instrument, case.name) == ("fund", "Jamaica and Barbados ask")
    assert case.situation == Situation(
        receiver="JAM",
        provider="CHL",
        named_applicants=("JAM", "BRB"),
        sectors=("health", "social"),
        modalities=("study-visit",),
        amount_usd=15_000,
        bases_usd={"country-allocation": 1_000_000},
        confirmed={"call-open": True, "concrete-action": False},
    )
    assert case.verdict == "ineligible"
    assert case.findings == {"ceiling": "met", "call": "not_met"}
    assert (case.citation.locator, case.citation.offset) == ("IADB", 7)


def test_what_a_case_does_not_tell_is_not_known(folder: Path) -> None:
    _, case = read(folder)
    assert case.situation == Situation()


def test_instruments_come_in_the_order_of_their_names_and_cases_as_they_stand(folder: Path) -> None:
    (folder / "bank.yaml").write_text(WRITTEN, encoding="utf-8")
    (folder / "notes.txt").write_text("no cases", encoding="utf-8")
    assert [(case.instrument, case.name[:7]) for case in read(folder)] == [
        ("bank", "Jamaica"),
        ("bank", "Nothing"),
        ("fund", "Jamaica"),
        ("fund", "Nothing"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("    receiver: JAM", "    reciever: JAM", 4, "reciever"),
        ("    receiver: JAM", "    receiver: Jamaica", 4, "receiver"),
        ("applicants: [JAM, BRB]", "applicants: [JAM, Barbados]", 6, "applicants"),
        ("applicants: [JAM", "named_applicants: [JAM", 6, "named_applicants"),
        ("amount_usd: 15000", "amount_usd: lots", 9, "amount_usd"),
        ("amount_usd: 15000", "amount_usd: '15000'", 9, "amount_usd"),
        ("amount_usd: 15000", "amount_usd: -1", 9, "amount_usd"),
        ("country-allocation", "allocation", 10, "bases_usd"),
        ("call-open: true", "call-open: probably", 11, "confirmed.call-open"),
        ("  verdict: ineligible", "  verdict: refused", 12, "verdict"),
        ("  verdict: ineligible\n", "", 2, "verdict: Field required"),
        ("call: not_met", "call: no", 13, "findings.call"),
        ("  findings: {}", "  answers: {}", 18, "answers"),
        (", quote: at most}", "}", 14, "citation"),
        ("name: Nothing is known", "name: Jamaica and Barbados ask", 15, "stands twice"),
        ("  situation: {}", "  situation: {}\n  situation: {}", 17, "stands twice"),
        ("  situation: {}", "\tsituation: {}", 16, "not YAML"),
    ],
)
def test_a_fault_is_told_by_file_line_and_reason(
    old: str, new: str, line: int, reason: str, folder: Path
) -> None:
    assert WRITTEN.count(old) == 1
    (folder / "fund.yaml").write_text(WRITTEN.replace(old, new), encoding="utf-8")
    wrong = refusal(folder)
    assert (wrong.file, wrong.line) == (folder / "fund.yaml", line)
    assert reason in wrong.reason


@pytest.mark.parametrize(("written", "reason"), [("", "empty"), ("name: x", "a list is expected")])
def test_a_file_that_holds_no_list_is_told(written: str, reason: str, folder: Path) -> None:
    (folder / "fund.yaml").write_text(written, encoding="utf-8")
    assert reason in refusal(folder).reason


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    wrong = refusal(tmp_path / "nowhere")
    assert wrong.file == tmp_path / "nowhere"
    assert "the folder is missing" in wrong.reason
