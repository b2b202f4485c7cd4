"""The page of instruments tells every rule and every case, in tables that hold together."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from app import reference
from app.catalogue import Catalogue
from app.catalogue.facts import Instrument, Window
from app.catalogue.rules import (
    AtMostShare,
    Confirmed,
    ContributesOnly,
    EndorsedBy,
    ResultsIn,
    Rule,
    SharesCost,
    WindowKind,
    WithinWindow,
)
from app.cli import main
from app.eligibility import Situation
from app.eligibility.cases import Case, read
from app.eligibility.judge import Answer
from app.sources import Citation

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture(scope="module")
def cases() -> tuple[Case, ...]:
    return read(CASES)


@pytest.fixture(scope="module")
def page(catalogue: Catalogue, cases: tuple[Case, ...]) -> str:
    return reference.eligibility(catalogue, cases)


def tables(page: str) -> Iterator[list[str]]:
    """The lines of every table."""
    for block in re.split(r"\n(?!\|)", page):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        if lines:
            yield lines


def sections(page: str) -> dict[str, str]:
    """What stands under each instrument, by slug."""
    _, *found = re.split(r'<a id="([a-z0-9-]+)"></a>', page)
    return dict(zip(found[::2], found[1::2], strict=True))


def test_it_says_the_same_every_time(page: str, catalogue: Catalogue, cases: tuple[Case, ...]) -> None:
    assert reference.eligibility(catalogue, cases) == page


def test_every_instrument_has_its_section_with_its_rules_its_gaps_and_its_cases(
    page: str, catalogue: Catalogue, cases: tuple[Case, ...]
) -> None:
    told = sections(page)
    assert told.keys() == catalogue.instruments.keys()
    for slug, instrument in catalogue.instruments.items():
        assert f"](#{slug})" in page
        for says in (
            instrument.about.en,
            *(rule.because.en for rule in instrument.rules),
            *(rule.ask.en for rule in instrument.rules),
            *(rule.citation.quote or "" for rule in instrument.rules),
            *instrument.not_stated,
            *(case.name for case in cases if case.instrument == slug),
        ):
            assert reference.plain(says) in told[slug]


def test_every_row_of_a_table_has_the_cells_of_its_head(page: str) -> None:
    found = list(tables(page))
    assert len(found) > 10
    for table in found:
        assert re.fullmatch(r"\|(---\|)+", table[1])
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1, table[0]


def test_every_kind_of_rule_is_explained_by_its_own_words(page: str) -> None:
    union, *_ = get_args(Rule)
    for kind in get_args(union):
        assert " ".join((kind.__doc__ or "").split()) in page


def test_marks_of_markdown_in_a_fact_are_words(catalogue: Catalogue) -> None:
    assert reference.plain("a | b\n  *c* <d> [e](f) `g` _h_ \\") == (
        r"a \| b \*c\* \<d> \[e](f) \`g\` \_h\_ \\"
    )


LABEL = {"en": "Because | so.", "es": "a", "pt": "b", "fr": "c"}
MADE_UP = {"document": "puente", "locator": "a test"}


def a_rule(**demands: object) -> dict[str, object]:
    return {"id": "rule", "because": LABEL, "ask": LABEL, "citation": MADE_UP} | demands


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            AtMostShare.model_validate(
                a_rule(kind="at_most_share", about="amount_usd", percent=2.5, of="country-allocation")
            ),
            "at most share: 2.5 percent of the country allocation",
        ),
        (
            ContributesOnly.model_validate(
                a_rule(kind="contributes_only", about="receiver", countries=["JAM", "CHL"])
            ),
            "contributes only (receiver): Jamaica, Chile",
        ),
        (
            EndorsedBy.model_validate(a_rule(kind="endorsed_by", about="concrete-action")),
            "endorsed by: “The exchange leads to concrete action, such as a policy or a law.”",
        ),
        (ResultsIn.model_validate(a_rule(kind="results_in", about="x")), "results in: x"),
        (Confirmed.model_validate(a_rule(kind="confirmed", about="x")), "confirmed: x"),
        (SharesCost.model_validate(a_rule(kind="shares_cost", about="x")), "shares cost: x"),
        (
            SharesCost.model_validate(a_rule(kind="shares_cost", about="x", percent=10)),
            "shares cost (10 percent): x",
        ),
        (
            WithinWindow.model_validate(a_rule(kind="within_window", window="rolling")),
            "within window: at any time",
        ),
        (
            WithinWindow.model_validate(a_rule(kind="within_window", window="board", about="x")),
            "within window: decided by a board; x",
        ),
    ],
)
def test_the_demand_of_a_rule_is_told_in_words(rule: Rule, says: str, catalogue: Catalogue) -> None:
    assert reference.demand(rule, catalogue) == says


def test_every_window_and_every_depth_of_the_source_has_words() -> None:
    assert reference.WINDOWS.keys() == {*get_args(WindowKind), "not-stated"}
    assert reference.TOLD.keys() == set(get_args(Instrument.model_fields["told"].annotation))


def test_an_instrument_beside_the_channels_with_neither_rules_nor_cases_is_told(catalogue: Catalogue) -> None:
    pgtf = catalogue.instruments["pgtf"]
    beside = pgtf.model_copy(
        update={
            "channel": None,
            "with_channels": ("paho",),
            "rules": (),
            "steps": (),
            "window": Window(kind="not-stated"),
        }
    )
    page = reference.eligibility(replace(catalogue, instruments={"pgtf": beside}), ())
    told = sections(page)["pgtf"]
    assert "## Beside the channels" in page
    assert "none of the channels, with Pan American Health Organization" in told
    assert "The source states no rule for its use" in told
    assert "Steps" not in told


@pytest.mark.parametrize(
    ("findings", "says"),
    [
        ({}, "the source states no rule"),
        ({"a": "met", "b": "met"}, "every rule is met"),
        ({"a": "met", "b": "unknown", "c": "unknown"}, "not known: `b`, `c`"),
        ({"a": "unknown", "b": "not_met"}, "not met: `b`"),
    ],
)
def test_what_decides_a_case_are_the_rules_that_are_not_met_else_those_not_known(
    findings: dict[str, Answer], says: str
) -> None:
    case = Case("x", "x", Situation(), "eligible", {}, Citation(document="puente", locator="a test"))
    assert reference.decides(replace(case, findings=findings)) == says


def test_a_page_that_is_out_of_date_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = {tmp_path / "eligibility.md": "new\n", tmp_path / "scoring.md": "new\n"}
    (tmp_path / "eligibility.md").write_text("old\n", encoding="utf-8")
    (tmp_path / "scoring.md").write_text("new\n", encoding="utf-8")
    monkeypatch.setattr(reference, "pages", lambda *_: pages)
    assert main(["docs", "--check"], {}) == 2
    assert capsys.readouterr().err == "puente: docs: out of date: eligibility.md; run: make docs\n"
