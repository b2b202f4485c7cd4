"""Where to ask: a sum that says what it is made of, and five kinds of knowing that are never mixed up."""

from dataclasses import asdict, fields, replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue
from app.catalogue.label import LANGUAGES
from app.eligibility import Verdict, judge
from app.matching.channels import AREA_ROW, OWN_ROLE, OWN_ROW, belongs
from app.matching.support import (
    EMPTY_CELL,
    FUNDING,
    Knowledge,
    Need,
    Support,
    SupportPart,
    SupportWeights,
    support,
)
from app.sources import LONGEST_QUOTE

COUNTRIES = ["JAM", "BRB", "ATG", "AIA", "CUB", "HND", "HTI", "BRA", "CHL", "PRY", "COL", "ESP"]
SECTORS = ["social", "health", "environment", "agriculture-food-security", "cross-sector"]
MODALITIES = ["study-visit", "training", "technical-assistance", "grant-funding"]
STATEMENTS = ["concrete-action", "health-ministry-support", "call-open", "accepts-charge"]
NEEDS = st.builds(
    Need,
    country=st.sampled_from(COUNTRIES),
    sector=st.none() | st.sampled_from(SECTORS),
    modality=st.none() | st.sampled_from(MODALITIES),
    provider=st.none() | st.sampled_from(COUNTRIES),
    applicants=st.lists(st.sampled_from(COUNTRIES), max_size=4).map(tuple),
    amount_usd=st.none() | st.sampled_from([0, 20_000, 20_001, 10**12]),
    confirmed=st.dictionaries(st.sampled_from(STATEMENTS), st.booleans()),
)


def of(found: tuple[Support, ...], channel: str) -> Support:
    return next(one for one in found if one.channel.slug == channel)


def part(found: Support, name: str) -> SupportPart:
    return next(one for one in found.parts if one.name == name)


def said(found: Support) -> list[str]:
    return [reason.says.in_("en") for reason in found.reasons]


# The fit


@given(need=NEEDS)
def test_the_fit_is_the_sum_of_its_parts_and_nothing_else(need: Need, catalogue: Catalogue) -> None:
    for one in support(need, catalogue):
        assert [p.name for p in one.parts] == [f.name for f in fields(SupportWeights)]
        assert one.fit == pytest.approx(sum(p.value * p.weight for p in one.parts), abs=1e-6)
        assert one.coverage == pytest.approx(sum(p.weight for p in one.parts if p.known), abs=1e-6)
        assert all(0 <= p.value <= 1 for p in one.parts)
        assert 0 <= one.fit <= one.coverage <= 1


@given(need=NEEDS)
def test_a_part_that_is_not_known_adds_nothing(need: Need, catalogue: Catalogue) -> None:
    for one in support(need, catalogue):
        assert all(p.known or p.contribution == 0 for p in one.parts)


@given(need=NEEDS)
def test_what_nobody_asks_about_counts_neither_for_nor_against(need: Need, catalogue: Catalogue) -> None:
    for one in support(replace(need, sector=None, modality=None), catalogue):
        for name in ("themes", "modality"):
            assert (part(one, name).known, part(one, name).contribution) == (False, 0)


@given(need=NEEDS)
def test_money_partners_and_promises_move_the_funding_alone(need: Need, catalogue: Catalogue) -> None:
    alone = Need(need.country, need.sector, need.modality)
    for one, other in zip(
        sorted(support(need, catalogue), key=lambda found: found.channel.slug),
        sorted(support(alone, catalogue), key=lambda found: found.channel.slug),
        strict=True,
    ):
        assert [p for p in one.parts if p.name != "funding"] == [
            p for p in other.parts if p.name != "funding"
        ]
        assert (one.knowledge, one.readings) == (other.knowledge, other.readings)


@given(need=NEEDS)
def test_every_channel_is_answered_once_the_best_first_and_ties_stay_in_the_catalogues_order(
    need: Need, catalogue: Catalogue
) -> None:
    place = {slug: number for number, slug in enumerate(catalogue.channels)}
    found = [(-one.fit, place[one.channel.slug]) for one in support(need, catalogue)]
    assert found == sorted(found)
    assert sorted(number for _, number in found) == list(range(len(catalogue.channels)))


def test_where_nothing_at_all_is_known_the_order_is_the_catalogues(catalogue: Catalogue) -> None:
    nobody = [one.channel.slug for one in support(Need("ESP"), catalogue) if one.fit == 0]
    assert len(nobody) > 1
    assert nobody == [slug for slug in catalogue.channels if slug in nobody]


@pytest.mark.parametrize("name", [f.name for f in fields(SupportWeights)])
def test_a_weight_decides_how_much_its_part_adds(name: str, catalogue: Catalogue) -> None:
    nothing: dict[str, float] = dict.fromkeys(asdict(SupportWeights()), 0.0)
    need = Need("JAM", "social", "study-visit")
    for one in support(need, catalogue, weights=SupportWeights(**(nothing | {name: 1.0}))):
        assert one.fit == pytest.approx(part(one, name).value)


@pytest.mark.parametrize("wrong", [{"record": 0.31}, {"record": -0.2, "themes": 0.7}])
def test_weights_that_do_not_add_up_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        SupportWeights(**wrong)


def test_the_best_verdict_is_what_the_funding_is_worth(catalogue: Catalogue) -> None:
    asked = Need("SUR", "social", "study-visit")
    told = {
        answer: of(support(replace(asked, confirmed=confirmed), catalogue), "wbg")
        for answer, confirmed in (
            ("conditional", {}),
            ("eligible", {"concrete-action": True}),
        )
    }
    for standing, wbg in told.items():
        assert wbg.instruments[0].standing == standing
        assert part(wbg, "funding").value == FUNDING[standing]
    assert told["eligible"].fit > told["conditional"].fit
    assert part(of(support(Need("HTI"), catalogue), "cdb"), "funding").value == FUNDING["ineligible"]


def test_a_channel_without_an_instrument_is_not_known_to_pay(catalogue: Catalogue) -> None:
    bare = [slug for slug in catalogue.channels if not catalogue.instruments_of(slug)]
    assert bare
    found = support(Need("JAM", "social"), catalogue)
    assert not any(part(of(found, slug), "funding").known for slug in bare)


# What is known


@pytest.mark.parametrize(
    ("country", "sector", "channel", "knowledge"),
    [
        ("BRB", "social", "cdb", "recorded"),
        ("BRB", "agriculture-food-security", "fao", "inherited"),  # through the row Caribbean
        ("JAM", "social", "wbg", "inherited"),  # through the row LAC
        ("BRB", "social", "caricom", "named"),  # one of the fifteen of CARICOM, with no row in this sector
        ("GTM", "health", "fao", "named"),  # named among those that FAO works for
        ("HTI", "public-sector", "unesco", "named"),  # with all of the region
        ("BRB", "social", "sica", "excluded"),
        ("HTI", None, "cdb", "inherited"),
        ("HTI", "health", "cdb", "excluded"),
        ("BRB", "social", "unicef", "unknown"),  # UNICEF names some, and Barbados is not among them
        ("BRB", "social", "unasur", "unknown"),  # nobody says who belongs to it
        ("AIA", "health", "wfp", "unknown"),  # the chapter speaks of countries, and this is a territory
        ("ESP", None, "paho", "unknown"),
    ],
)
def test_what_is_known_of_a_channel_in_a_country(
    country: str, sector: str | None, channel: str, knowledge: Knowledge, catalogue: Catalogue
) -> None:
    assert of(support(Need(country, sector), catalogue), channel).knowledge == knowledge


@given(need=NEEDS)
def test_the_kinds_of_knowing_follow_from_rows_and_chapters(need: Need, catalogue: Catalogue) -> None:
    for one in support(need, catalogue):
        kinds = {reading.kind for reading in one.readings}
        member = belongs(catalogue, one.channel, need.country)
        expected: dict[Knowledge, bool] = {
            "recorded": "country" in kinds,
            "inherited": kinds == {"group"},
            "named": not kinds and member is True,
            "excluded": not kinds and member is False,
            "unknown": not kinds and member is None,
        }
        assert tuple(expected) == get_args(Knowledge)
        assert [known for known, holds in expected.items() if holds] == [one.knowledge]
        assert part(one, "record").known == bool(kinds)
        assert one.counted_out == (member is False)


def test_a_row_of_a_group_is_told_as_one_and_as_our_reading(catalogue: Catalogue) -> None:
    fao = of(support(Need("BRB", "agriculture-food-security"), catalogue), "fao")
    assert [(r.area, r.kind, r.role) for r in fao.readings] == [("caribbean", "group", "receiver")]
    assert part(fao, "record").value == AREA_ROW
    (told,) = (words for words in said(fao) if "Annex 1 records" in words)
    assert told.startswith("Annex 1 records FAO in")
    assert told.endswith("for Caribbean, as receiver. That Barbados shares in this row is our reading.")


def test_a_countrys_own_row_is_worth_most_and_stands_before_those_of_its_groups(catalogue: Catalogue) -> None:
    for need in (Need("BRB", "social"), Need("HND", "environment"), Need("COL", "health")):
        for one in support(need, catalogue):
            kinds = [reading.kind for reading in one.readings]
            assert kinds == sorted(kinds), "country before group"
    honduras = support(Need("HND", "environment"), catalogue)
    assert part(of(honduras, "unep"), "record").value == OWN_ROLE
    assert part(of(support(Need("BRB", "social"), catalogue), "cdb"), "record").value == OWN_ROW


def test_a_row_of_its_own_under_cross_sector_is_no_inheritance(catalogue: Catalogue) -> None:
    """Even where a group's row of the sector weighs more: then both are told."""
    undp = of(support(Need("COL", "health"), catalogue), "undp")
    assert {(r.area, r.sector) for r in undp.readings} >= {("COL", "cross-sector"), ("lac", "health")}
    assert undp.knowledge == "recorded"
    assert part(undp, "record").value == AREA_ROW
    records = [words for words in said(undp) if "Annex 1 records" in words]
    assert len(records) == 2
    assert "for Colombia" in records[0]
    assert "our reading" in records[1]


def test_a_group_never_hides_that_the_chapter_counts_the_country_out(catalogue: Catalogue) -> None:
    oas = of(support(Need("CUB", "education-culture"), catalogue), "oas")
    assert (oas.knowledge, oas.counted_out) == ("inherited", True)
    assert "Cuba is not among the countries that OAS works for." in said(oas)


@pytest.mark.parametrize(
    ("need", "channel", "words", "means"),
    [
        (Need("ATG", "gender"), "unicef", "no row for Antigua and Barbuda", "not mean that nothing is done"),
        (Need("BRB"), "unasur", "prints nothing of UNASUR for Barbados", "no evidence of absence"),
        (Need("BRB", "gender"), "unicef", "nothing of UNICEF in Gender", "no evidence of absence"),
    ],
)
def test_silence_is_told_as_silence_with_the_warning_of_the_study(
    need: Need, channel: str, words: str, means: str, catalogue: Catalogue
) -> None:
    found = of(support(need, catalogue), channel)
    assert found.knowledge == "unknown"
    last = found.reasons[-1]
    assert words in last.says.in_("en")
    assert means in last.says.in_("en")
    assert last.citation == EMPTY_CELL


def test_the_warning_of_the_study_is_a_short_quote_of_it(catalogue: Catalogue) -> None:
    assert EMPTY_CELL.document in catalogue.documents
    assert EMPTY_CELL.quote
    assert len(EMPTY_CELL.quote.split()) <= LONGEST_QUOTE


@given(need=NEEDS)
def test_silence_is_told_just_where_no_row_speaks(need: Need, catalogue: Catalogue) -> None:
    for one in support(need, catalogue):
        assert (EMPTY_CELL in [reason.citation for reason in one.reasons]) == (not one.readings)


# Reasons and verdicts


@given(need=NEEDS)
def test_reasons_are_sentences_in_every_language_and_facts_have_sources(
    need: Need, catalogue: Catalogue
) -> None:
    for one in support(need, catalogue)[:4]:
        assert one.reasons
        for reason in one.reasons:
            told = {language: reason.says.in_(language) for language in LANGUAGES}
            assert all(words.endswith(".") and "{" not in words for words in told.values())
            assert len(set(told.values())) > 1
            # What sums up a verdict has no source of its own: its rules have theirs.
            sums_up = any(told["en"].startswith(f"{v.instrument.name.en}: ") for v in one.instruments)
            assert reason.citation or sums_up, told["en"]


def test_the_reason_that_adds_most_stands_first(catalogue: Catalogue) -> None:
    suriname = support(Need("SUR", "social", confirmed={"concrete-action": True}), catalogue)
    assert said(of(suriname, "wbg"))[0].startswith("WBG works on ")
    barbados = support(Need("BRB", "social"), catalogue)
    assert said(of(barbados, "cdb"))[0].startswith("Annex 1 records CDB")


def test_a_refusal_says_why(catalogue: Catalogue) -> None:
    wbg = of(support(Need("JAM"), catalogue), "wbg")
    (refused,) = (reason for reason in wbg.reasons if ": not for this. " in reason.says.in_("en"))
    rule = next(r for r in catalogue.instruments["gdln"].rules if r.kind == "not_among")
    assert rule.because.en in refused.says.in_("en")
    assert refused.citation == rule.citation


@given(need=NEEDS)
def test_the_verdicts_are_those_of_the_rules_best_first(need: Need, catalogue: Catalogue) -> None:
    for one in support(need, catalogue):
        offered = catalogue.instruments_of(one.channel.slug)
        told = {v.instrument.slug: v for v in one.instruments}
        assert told == {i.slug: judge(i, need.situation, catalogue) for i in offered}
        order = [worth(v) for v in one.instruments]
        assert order == sorted(order)


def worth(verdict: Verdict) -> tuple[int, bool, float]:
    """Where a verdict stands: by its answer, described before mentioned, the least open first."""
    share = len(verdict.open_questions) / len(verdict.findings) if verdict.findings else 1.0
    place = ("eligible", "conditional", "ineligible").index(verdict.standing)
    return place, verdict.instrument.told != "described", share


def test_no_rule_is_not_as_good_as_all_rules_met(catalogue: Catalogue) -> None:
    """PAHO has instruments of which the study states no rule: no question is open there either."""
    need = Need("GTM", "health", confirmed={"health-ministry-support": True})
    (first, *others) = of(support(need, catalogue), "paho").instruments
    assert first.findings
    assert not others[-1].findings


def test_the_next_steps_are_the_instruments_own_or_those_of_the_cycle_that_is_its(
    catalogue: Catalogue,
) -> None:
    def steps(slug: str, **changes: Any) -> list[str]:
        changed = catalogue.instruments[slug].model_copy(update=changes)
        held = replace(catalogue, instruments={**catalogue.instruments, slug: changed})
        found = of(support(Need("GTM", "health"), held), changed.channel or "")
        (verdict,) = (v for v in found.instruments if v.instrument.slug == slug)
        return [step.step.en for step in verdict.steps]

    cycle = [step.step.en for step in catalogue.channels["paho"].cycle]
    own = catalogue.instruments["paho-tcc"].steps
    assert catalogue.channels["paho"].cycle_of == "paho-tcc"
    assert steps("paho-tcc") == [step.step.en for step in own]
    assert steps("paho-tcc", steps=own[:1]) == [own[0].step.en]
    assert steps("paho-tcc", steps=()) == cycle != []
    assert steps("paho-subregional", steps=()) == [], "the chapter tells the cycle of another"
