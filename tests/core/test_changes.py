"""What changed between two editions is told entry by entry, and what it does to the cases is told as well."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from app.catalogue import Catalogue, load
from app.catalogue.changes import Change, changes
from app.eligibility import Situation
from app.eligibility.cases import Case, read, verdicts
from app.sources import Citation
from tests.conftest import SEED

CASES = Path(__file__).parents[1] / "cases"


def label(words: str) -> dict[str, str]:
    return {"en": words, "es": "nuevo", "pt": "novo", "fr": "nouveau"}


def cited(offset: int, quote: str = "as said") -> dict[str, Any]:
    return {"document": "undp-2011", "locator": "IADB", "offset": offset, "quote": quote}


def a_rule(id: str, **demands: Any) -> dict[str, Any]:
    return {
        "id": id,
        "because": label(f"It says {id}."),
        "ask": label("Ask."),
        "citation": cited(30),
    } | demands


FUND = {
    "channel": "iadb",
    "name": label("A fund of these tests"),
    "kind": "fund",
    "about": label("It has a little of everything."),
    "as_of": "2011",
    "window": {"kind": "board", "statement": "The Board decides.", "citation": cited(1)},
    "amounts": [{"what": "Most at once", "usd": 20_000, "citation": cited(2)}],
    "steps": [
        {"step": label("Propose."), "citation": cited(10)},
        {"step": label("Wait."), "citation": cited(11)},
        {"step": label("Begin."), "citation": cited(12)},
    ],
    "not_stated": ["who signs"],
    "rules": [
        a_rule("ceiling", kind="at_most", about="amount_usd", value=20_000),
        a_rule("aided", kind="documented_use", about="receiver", countries=["JAM", "CHL"]),
    ],
}


def rule(fund: dict[str, Any], id: str) -> dict[str, Any]:
    return called(fund["rules"], id=id)


def called(items: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    """The item of a list that has a field of this value."""
    ((name, value),) = wanted.items()
    return next(item for item in items if item[name] == value)


def a_raised_ceiling(fund: dict[str, Any]) -> None:
    rule(fund, "ceiling")["value"] = 25_000


def a_rule_of_another_kind(fund: dict[str, Any]) -> None:
    del rule(fund, "ceiling")["value"]
    rule(fund, "ceiling").update(kind="at_most_share", percent=2.5, of="country-allocation")


def a_dated_exception(fund: dict[str, Any]) -> None:
    rule(fund, "aided").update(kind="not_among", since={"CHL": "2009-07"})


def a_rule_for_another(fund: dict[str, Any]) -> None:
    fund["rules"] = [rule(fund, "aided"), a_rule("region", kind="in_region", about="provider")]


def listed_countries(fund: dict[str, Any]) -> None:
    rule(fund, "aided")["countries"] = ["JAM", "SUR", "GUY"]


def another_order(fund: dict[str, Any]) -> None:
    fund["steps"].reverse()


def a_reworded_step(fund: dict[str, Any]) -> None:
    fund["steps"][0]["step"]["en"] = "Write a proposal."


def a_step_for_another(fund: dict[str, Any]) -> None:
    fund["steps"][0] = {"step": label("Ask."), "citation": cited(13)}


def another_place(fund: dict[str, Any]) -> None:
    rule(fund, "ceiling")["citation"] = cited(31)


def another_quote(fund: dict[str, Any]) -> None:
    rule(fund, "aided")["citation"] = cited(30, "as said here")


def another_window(fund: dict[str, Any]) -> None:
    fund["window"] = {"kind": "rolling", "citation": cited(1)}


def money(fund: dict[str, Any]) -> None:
    fund["amounts"][0]["usd"] = 25_000
    fund["amounts"].append({"what": "Each year", "usd": 1_000_000, "citation": cited(3)})
    fund["shares"] = [{"what": "Of the cost", "percent": 12.5, "citation": cited(4)}]


def other_gaps(fund: dict[str, Any]) -> None:
    fund["not_stated"] = ["who pays", "who reports"]


def one_more_of_the_same_name(fund: dict[str, Any]) -> None:
    fund["amounts"].append({"what": "Most at once", "usd": 30_000, "citation": cited(5)})


def nothing(_fund: dict[str, Any]) -> None:
    """Every fund is written again, in the same words."""


CHANGES: Mapping[Callable[[dict[str, Any]], None], list[str]] = {
    a_raised_ceiling: ["rule ceiling: value 20,000 → 25,000"],
    a_rule_of_another_kind: [
        "rule ceiling: kind at_most → at_most_share",
        "rule ceiling: value removed: 20,000",
        "rule ceiling: percent added: 2.5",
        "rule ceiling: of added: country-allocation",
    ],
    a_dated_exception: [
        "rule aided: kind documented_use → not_among",
        "rule aided: since CHL added: 2009-07",
    ],
    a_rule_for_another: [
        "rule removed: ceiling (It says ceiling.)",
        "rule added: region (It says region.)",
    ],
    listed_countries: ["rule aided: country removed: CHL", "rule aided: countries added: SUR, GUY"],
    another_order: ["order of steps changed"],
    a_reworded_step: ["step Propose.: step in English Propose. → “Write a proposal.”"],
    a_step_for_another: ["step removed: Propose.", "step added: Ask."],
    another_place: ["rule ceiling: source changed: undp-2011, IADB, at 30 → undp-2011, IADB, at 31"],
    another_quote: [
        "rule aided: source changed: undp-2011, IADB, at 30 “as said” → undp-2011, IADB, at 30 “as said here”"
    ],
    another_window: ["window: kind board → rolling", "window: statement removed: The Board decides."],
    money: [
        "amount “Most at once”: US dollars 20,000 → 25,000",
        "amount added: Each year: 1,000,000 US dollars",
        "share added: Of the cost: 12.5 percent",
    ],
    other_gaps: [
        "thing not stated removed: who signs",
        "thing not stated added: who pays",
        "thing not stated added: who reports",
    ],
    one_more_of_the_same_name: ["amount added: Most at once: 30,000 US dollars"],
    nothing: [],
}
"""What is done to a fund, and what is to be told of it. Each is done to a fund that is called after it."""


def slug(change: Callable[..., None]) -> str:
    return change.__name__.replace("_", "-")


@contextmanager
def edited(file: Path) -> Iterator[Any]:
    """What a file holds, to be changed in place and written back."""
    content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    yield content
    file.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def a_seed(folder: Path) -> Path:
    """A copy of the facts, with a fund for every change and a channel of the tests' own words."""
    seed = Path(shutil.copytree(SEED, folder / "seed", ignore=lambda _, names: {"postings"} & {*names}))
    for name in [*map(slug, CHANGES), "leaving"]:
        fund = yaml.safe_dump({"slug": name, **FUND})
        (seed / "instruments" / f"{name}.yaml").write_text(fund, encoding="utf-8")
    with edited(seed / "channels" / "paho.yaml") as channel:
        channel["modalities"] = [{"modality": "training", "citation": cited(40)}]
        channel["themes"] = [{"label": label("clean water"), "sectors": ["health"], "citation": cited(41)}]
        channel["platforms"] = []
    return seed


def change_everything(seed: Path) -> None:
    for change in CHANGES:
        with edited(seed / "instruments" / f"{slug(change)}.yaml") as fund:
            change(fund)
    (seed / "instruments" / "leaving.yaml").rename(seed / "instruments" / "arriving.yaml")
    with edited(seed / "instruments" / "arriving.yaml") as fund:
        fund["slug"] = "arriving"
    with edited(seed / "instruments" / "ct-intra.yaml") as fund:
        assert rule(fund, "ceiling")["value"] == 20_000
        rule(fund, "ceiling")["value"] = 25_000
    with edited(seed / "channels" / "paho.yaml") as channel:
        channel["modalities"] = [{"modality": "study-visit", "citation": cited(40)}]
        channel["themes"] = []
        channel["platforms"] = [{"name": "SISVAN", "about": "Surveillance.", "citation": cited(42)}]
    with edited(seed / "countries.yaml") as countries:
        called(countries, iso3="JAM")["name"] |= {"fr": "La Jamaïque", "nl": "Het eiland Jamaica"}
    with edited(seed / "sectors.yaml") as sectors:
        sectors.append(sectors.pop(0))
    rows = (seed / "coverage.csv").read_text(encoding="utf-8")
    assert "\na1-001,lac,group,education-culture,eclac,,none," in rows
    (seed / "coverage.csv").write_text(rows.replace(",eclac,,none,", ",eclac,,both,", 1), encoding="utf-8")


@dataclass(frozen=True)
class Editions:
    old: Catalogue
    new: Catalogue

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        return changes(self.old, self.new)

    def told(self, kind: str, name: str) -> list[str]:
        return [change.sentence for change in self.changes if (change.kind, change.name) == (kind, name)]


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Editions:
    seed = a_seed(tmp_path_factory.mktemp("editions"))
    old = load(seed)
    change_everything(seed)
    return Editions(old, load(seed))


def test_an_edition_says_what_itself_says(editions: Editions, catalogue: Catalogue) -> None:
    for edition in (editions.old, editions.new, catalogue):
        assert changes(edition, edition) == ()
        assert verdicts(edition, edition, [a_case(), *read(CASES)]) == ()


def test_another_layout_of_the_files_is_another_edition_without_a_change(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    seed = Path(shutil.copytree(SEED, tmp_path / "seed"))
    with (seed / "sectors.yaml").open("a") as sectors:
        sectors.write("# A remark for whoever reads the file.\n")
    again = load(seed)
    assert again.edition != catalogue.edition
    assert changes(catalogue, again) == ()


@pytest.mark.parametrize("change", CHANGES, ids=slug)
def test_a_change_is_told_where_it_is(change: Callable[..., None], editions: Editions) -> None:
    found = [one for one in editions.changes if one.name == slug(change)]
    assert [f"{one.place}: {one.says}" if one.place else one.says for one in found] == CHANGES[change]


@pytest.mark.parametrize(
    ("kind", "name", "sentences"),
    [
        ("instrument", "ct-intra", ["Instrument ct-intra, rule ceiling: value 20,000 → 25,000"]),
        ("instrument", "another-order", ["Instrument another-order: order of steps changed"]),
        ("instrument", "leaving", ["Instrument leaving is gone"]),
        ("instrument", "arriving", ["Instrument arriving is new"]),
        (
            "channel",
            "paho",
            [
                "Channel paho: modality removed: training",
                "Channel paho: modality added: study-visit",
                "Channel paho: theme removed: clean water",
                "Channel paho: platform added: SISVAN",
            ],
        ),
        (
            "country",
            "JAM",
            [
                "Country JAM: name in French “Jamaïque” → “La Jamaïque”",
                "Country JAM: name in Dutch added: Het eiland Jamaica",
            ],
        ),
        ("sector", "", ["The sectors stand in another order"]),
        ("reading", "a1-001", ["Reading a1-001: role none → both"]),
    ],
)
def test_a_sentence_names_the_entry(kind: str, name: str, sentences: list[str], editions: Editions) -> None:
    assert editions.told(kind, name) == sentences


def test_nothing_else_is_told(editions: Editions) -> None:
    changed = {slug(change) for change in CHANGES} - {"nothing"}
    others = {"leaving", "arriving", "ct-intra", "paho", "JAM", "", "a1-001"}
    assert {change.name for change in editions.changes} == changed | others


def test_the_way_back_is_told_as_well(editions: Editions) -> None:
    back = Editions(editions.new, editions.old)
    assert back.told("instrument", "listed-countries") == [
        "Instrument listed-countries, rule aided: countries removed: SUR, GUY",
        "Instrument listed-countries, rule aided: country added: CHL",
    ]
    assert back.told("instrument", "arriving") == ["Instrument arriving is gone"]


def test_a_list_that_the_source_begins_to_enumerate_is_told(catalogue: Catalogue) -> None:
    group = catalogue.groups["oas"]
    fuller = with_entry(catalogue, "groups", "oas", group.model_copy(update={"members": ("JAM", "BRB")}))
    barer = with_entry(catalogue, "groups", "oas", group.model_copy(update={"members": None}))
    assert Editions(barer, fuller).told("group", "oas") == ["Group oas: members added: JAM, BRB"]


# Whatever is changed, something is told of it, and of nothing else.

KINDS: Mapping[str, str] = {
    "documents": "document",
    "countries": "country",
    "groups": "group",
    "sectors": "sector",
    "modalities": "modality",
    "statements": "statement",
    "channels": "channel",
    "instruments": "instrument",
}
OWN_NAMES = {"documents": "id", "countries": "iso3"}


def with_entry(catalogue: Catalogue, held: str, name: str, entry: BaseModel) -> Catalogue:
    entries: dict[str, Any] = {held: {**getattr(catalogue, held), name: entry}}
    return replace(catalogue, **entries)


def altered(draw: Callable[[st.SearchStrategy[Any]], Any], value: Any, *, but: str = "") -> Any:
    """The same with one thing in it changed, somewhere; not the field `but`."""
    if isinstance(value, BaseModel):
        name = draw(st.sampled_from([field for field in type(value).model_fields if field != but]))
        return value.model_copy(update={name: altered(draw, getattr(value, name))})
    if isinstance(value, tuple):
        changed = draw(st.sampled_from(["shorter", "turned", "altered", "longer"] if value else ["longer"]))
        place = draw(st.integers(0, len(value) - 1)) if value else 0
        if changed == "shorter":
            return value[:place] + value[place + 1 :]
        if changed == "turned" and value[::-1] != value:
            return value[::-1]
        if changed == "longer":
            return (*value, "another")
        return (*value[:place], altered(draw, value[place]), *value[place + 1 :])
    if isinstance(value, Mapping):
        return {**value, "another": "value"}
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value or ''} altered"


@given(data=st.data())
def test_whatever_is_changed_is_told_and_nothing_else(data: st.DataObject, catalogue: Catalogue) -> None:
    held = data.draw(st.sampled_from(list(KINDS)))
    name = data.draw(st.sampled_from(list(getattr(catalogue, held))))
    entry = getattr(catalogue, held)[name]
    other = with_entry(catalogue, held, name, altered(data.draw, entry, but=OWN_NAMES.get(held, "slug")))
    for old, new in ((catalogue, other), (other, catalogue)):
        found = changes(old, new)
        assert found
        assert {(change.kind, change.name) for change in found} == {(KINDS[held], name)}
        assert all(change.says for change in found)


@given(data=st.data())
def test_any_rule_may_take_the_place_of_any_other(data: st.DataObject, catalogue: Catalogue) -> None:
    rules = st.sampled_from([rule for fund in catalogue.instruments.values() for rule in fund.rules])
    one = data.draw(rules)
    other = data.draw(rules).model_copy(update={"id": one.id})
    fund = catalogue.instruments["pgtf"]
    old, new = (
        with_entry(catalogue, "instruments", "pgtf", fund.model_copy(update={"rules": (rule,)}))
        for rule in (one, other)
    )
    found = changes(old, new)
    assert {change.place for change in found} == ({f"rule {one.id}"} if one != other else set())
    assert ("kind" in {change.says.split()[0] for change in found}) == (one.kind != other.kind)


@given(data=st.data())
def test_whatever_is_changed_in_annex_1_is_told(data: st.DataObject, catalogue: Catalogue) -> None:
    place = data.draw(st.integers(0, len(catalogue.coverage) - 1))
    reading = catalogue.coverage[place]
    rows = (
        *catalogue.coverage[:place],
        altered(data.draw, reading, but="id"),
        *catalogue.coverage[place + 1 :],
    )
    found = changes(catalogue, replace(catalogue, coverage=rows))
    assert {change.entry for change in found} == {f"Reading {reading.id}"}


def test_a_change_names_its_entry_its_place_and_what_is_told() -> None:
    inner = Change("instrument", "ct-intra", "rule ceiling", "value 1 → 2")
    assert (inner.entry, inner.sentence) == (
        "Instrument ct-intra",
        "Instrument ct-intra, rule ceiling: value 1 → 2",
    )
    assert (
        Change("country", "JAM", "", "alpha-2 code JM → JA").sentence == "Country JAM: alpha-2 code JM → JA"
    )
    assert Change("country", "JAM", None, "is new").sentence == "Country JAM is new"


# What it does to the cases.


def a_case(instrument: str = "a-raised-ceiling", **known: Any) -> Case:
    """Jamaica asks a fund for 25,000 dollars, 5,000 more than its ceiling was."""
    told: dict[str, Any] = {"receiver": "JAM", "provider": "BRA", "amount_usd": 25_000}
    return Case(
        instrument,
        "25,000 dollars",
        Situation(**(told | known)),
        "ineligible",
        {"ceiling": "not_met", "aided": "met"},
        Citation(document="undp-2011", locator="IADB"),
    )


def test_a_raised_ceiling_makes_a_case_eligible(editions: Editions) -> None:
    (shift,) = verdicts(editions.old, editions.new, [a_case(), a_case(amount_usd=15_000)])
    assert shift.case == a_case()
    assert (shift.before, shift.after) == ("ineligible", "eligible")
    assert shift.findings == {"ceiling": ("not_met", "met")}
    assert shift.sentence == (
        "a-raised-ceiling, “25,000 dollars”: ineligible → eligible (ceiling not met → met)"
    )


def test_the_readable_case_of_25000_dollars_becomes_eligible_under_a_higher_ceiling(
    editions: Editions,
) -> None:
    cases = [case for case in read(CASES) if case.instrument == "ct-intra"]
    shifts = verdicts(editions.old, editions.new, cases)
    assert ("Paraguay asks for 25,000 dollars: above the ceiling", "ineligible", "eligible") in [
        (shift.case.name, shift.before, shift.after) for shift in shifts
    ]


def test_an_answer_that_changes_is_told_also_when_the_verdict_stays(editions: Editions) -> None:
    case = a_case("a-rule-for-another", receiver="SUR", amount_usd=None)
    (shift,) = verdicts(editions.old, editions.new, [case])
    assert shift.says == "conditional (ceiling unknown → no rule, region no rule → met)"


def test_a_case_of_an_instrument_that_is_new_or_gone_is_told(editions: Editions) -> None:
    cases = [a_case("leaving"), a_case("arriving"), a_case("nobody")]
    assert [shift.sentence for shift in verdicts(editions.old, editions.new, cases)] == [
        "leaving, “25,000 dollars”: no longer judged; it was ineligible",
        "arriving, “25,000 dollars”: judged for the first time: ineligible",
    ]


def test_a_case_with_a_country_that_an_edition_does_not_know_is_not_judged_in_it(editions: Editions) -> None:
    known = {iso3: country for iso3, country in editions.old.countries.items() if iso3 != "JAM"}
    (shift,) = verdicts(replace(editions.old, countries=known), editions.old, [a_case()])
    assert (shift.before, shift.after) == (None, "ineligible")
