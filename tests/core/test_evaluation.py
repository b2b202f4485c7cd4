"""What is measured, against what a pencil gives; and that the matching is no worse than it was."""

from collections.abc import Iterable
from datetime import date
from xml.etree import ElementTree

import orjson
import pytest

from app import report
from app.catalogue import Catalogue
from app.errors import Unusable
from app.evaluation import baselines, intervals, sets
from app.evaluation.engines import ENGINES, OURS, TEXT_ALONE, Bench
from app.evaluation.evaluate import Evaluation, Query, evaluate, figures, groups, values
from app.evaluation.picture import picture
from app.evaluation.ranking import ranked
from app.evaluation.section import section
from app.evaluation.sets import Exchange, Set
from app.evaluation.tagging import trained
from app.language.apertium import Apertium
from app.language.translate import NoTranslator
from app.matching.posting import Posting
from app.matching.suggest import suggest
from app.matching.tags import Tagger
from app.thesaurus import Thesaurus
from tests.builders import TODAY, a_request, an_offer, the_thesaurus
from tests.conftest import SEED

BARE = Thesaurus({}, {})
UNTRANSLATED = NoTranslator("Nothing is translated here.")


def a_query(*languages: str, **ranks: list[int | None]) -> Query:
    return Query("asked", tuple(f"partner-{n}" for n in range(len(languages))), languages, ranks)


def a_set(requests: Iterable[Posting], offers: Iterable[Posting], *pairs: tuple[str, str]) -> Set:
    """A building set in which nothing is known of an exchange but its two sides; the channel is PAHO's."""
    return Set(
        "building",
        offers={one.id: one for one in offers},
        requests={one.id: one for one in requests},
        exchanges=tuple(Exchange(request, offer, "paho", None, "So it was.") for request, offer in pairs),
        duplicates=(),
    )


MILK, SEA, TREES = (
    an_offer(id="milk", sectors={"health"}, title="Human milk banks", description="Milk for newborns."),
    an_offer(id="sea", title="Coastal mangroves", description="Planting mangroves along the coast."),
    an_offer(
        id="trees", language="es", title="Bosques", description="Plantar bosques de montaña.", country="CHL"
    ),
)
ASKED = (
    a_request(id="asks-milk", sectors={"health"}, title="Milk banks", description="Milk for our newborns."),
    a_request(id="asks-trees", title="Mountain forests", description="Planting trees: bosques, mangroves."),
)


@pytest.fixture(scope="module")
def measured(catalogue: Catalogue) -> Evaluation:
    toy = a_set(
        ASKED, (MILK, SEA, TREES), ("asks-milk", "milk"), ("asks-trees", "trees"), ("asks-trees", "sea")
    )
    return evaluate(toy, catalogue, BARE, UNTRANSLATED, tagger=Tagger(catalogue, BARE), today=TODAY)


# Intervals


def test_an_interval_holds_the_mean_and_is_the_same_in_every_run() -> None:
    found = intervals.mean([0.0] * 50 + [1.0] * 50)
    assert found == intervals.mean([0.0] * 50 + [1.0] * 50)
    assert found.value == 0.5
    # A share of one half over 100 has a standard error of 0.05; 1.96 of them lie on either side.
    assert found.low == pytest.approx(0.402, abs=0.02)
    assert found.high == pytest.approx(0.598, abs=0.02)


def test_where_all_queries_agree_the_interval_has_no_width() -> None:
    assert intervals.mean([1.0] * 7) == intervals.Interval(1.0, 1.0, 1.0)


def test_a_paired_ratio_is_sure_where_one_is_always_twice_the_other() -> None:
    below = [0.1, 0.3, 0.5, 0.2, 0.4] * 8
    above = [2 * value for value in below]
    paired = intervals.ratio(above, below, paired=True)
    apart = intervals.ratio(above, below, paired=False)
    assert paired is not None
    assert apart is not None
    assert (paired.low, paired.value, paired.high) == pytest.approx((2, 2, 2))
    assert apart.value == pytest.approx(2)
    assert apart.low < 1.8 < 2.2 < apart.high


@pytest.mark.parametrize(
    ("above", "below"), [([1.0], []), ([], [1.0]), ([1.0], [0.0]), ([1.0] * 2, [0.0, 1.0])]
)
def test_there_is_no_ratio_where_there_may_be_nothing_to_divide_by(
    above: list[float], below: list[float]
) -> None:
    assert intervals.ratio(above, below, paired=True) is None


# Groups of languages


def test_a_query_belongs_to_each_group_with_the_partners_it_has_there() -> None:
    both = a_query("es-es", "es-pt", Puente=[1, 2])
    found = groups([both, a_query("nl-es", Puente=[None])])
    assert {name: len(members) for name, members in found.items()} == {
        "all": 2, "same": 1, "across": 2, "with nl": 1, "es-es": 1, "es-pt": 1, "nl-es": 1,
    }  # fmt: skip
    assert found["all"][0] is both
    assert found["es-pt"][0].partners == ("partner-1",)


def test_nobody_is_worse_off_for_standing_behind_another_right_answer() -> None:
    query = a_query("es-es", "es-pt", "es-pt", Puente=[2, 5, None])
    across = query.only(lambda pair: pair == "es-pt")
    assert across is not None
    assert across.ranks == {"Puente": [4, None]}
    assert query.only(lambda pair: pair == "fr-fr") is None


# Engines


@pytest.mark.parametrize("name", baselines.BASELINES)
def test_a_baseline_finds_the_words_that_are_the_same_and_leaves_the_own_country_out(name: str) -> None:
    own = an_offer(id="own", country="JAM", title="Milk banks", description="Milk for newborns.")
    found = baselines.ranked(name, ASKED, [SEA, TREES, own, MILK])
    assert found[0][0] == "milk"
    assert all(sorted(ranking) == ["milk", "sea", "trees"] for ranking in found)


def test_where_no_word_is_shared_bm25_goes_by_the_ids() -> None:
    foreign = a_request(title="Zzz", description="Yyy xxx.")
    assert baselines.ranked("BM25", [foreign], [TREES, SEA, MILK]) == [["milk", "sea", "trees"]]


def test_without_bm25s_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "bm25s", None)
    with pytest.raises(Unusable, match="make evaluate"):
        baselines.ranked("BM25", ASKED, [MILK])


def test_every_engine_ranks_every_offer_of_another_country(measured: Evaluation) -> None:
    assert len({engine.name for engine in ENGINES}) == len(ENGINES) == len(measured.engines)
    for query in measured.queries:
        assert query.ranks.keys() == {engine.name for engine in ENGINES}
        assert all(None not in ranks for ranks in query.ranks.values())
    assert measured.queries[0].ranks[OURS.name] == [1]


def test_what_is_only_ranked_stands_in_the_order_of_what_is_explained(
    catalogue: Catalogue, sample_postings: list[Posting]
) -> None:
    requests = [posting for posting in sample_postings if posting.kind == "request"][:6]
    offers = [posting for posting in sample_postings if posting.kind == "offer"]
    bench = Bench(
        requests,
        offers,
        catalogue,
        the_thesaurus(),
        Tagger(catalogue, the_thesaurus()),
        TODAY,
    )
    for request in requests:
        explained = suggest(request, bench.market, today=TODAY, limit=8)
        brief = ranked(request, bench.market, today=TODAY)
        assert [id for id, _ in brief[:8]] == [one.offer.id for one in explained]
        assert [score for _, score in brief[:8]] == pytest.approx([one.score for one in explained], abs=5e-6)


def test_a_view_alone_is_measured_by_the_text_alone() -> None:
    assert TEXT_ALONE.text == 1.0


# What comes out


def test_the_channels_of_the_exchanges_are_asked_for(measured: Evaluation) -> None:
    assert [(one.request, one.offer, one.channel) for one in measured.carried] == [
        ("asks-milk", "milk", "paho"),
        ("asks-trees", "trees", "paho"),
        ("asks-trees", "sea", "paho"),
    ]
    assert measured.carried[0].found
    assert measured.channel_among_first_3 is not None


def test_the_best_baseline_is_chosen_by_its_ndcg(measured: Evaluation) -> None:
    found = measured.over_best_baseline()
    assert found.keys() == {"all", "same", "across"}
    name, ratio = found["all"]
    best = figures(measured.queries, name).ndcg_at_10.value
    assert all(
        figures(measured.queries, engine.name).ndcg_at_10.value <= best
        for engine in measured.engines
        if engine.kind == "baseline"
    )
    assert ratio is not None
    assert ratio.value == pytest.approx(figures(measured.queries, OURS.name).ndcg_at_10.value / best)


def test_the_data_have_every_group_engine_measure_and_request(
    measured: Evaluation, catalogue: Catalogue
) -> None:
    answer = orjson.loads(report.evaluation_json(measured, catalogue, TODAY))
    assert {"part", "date", "engine", "edition", "translator", "untranslated", "channels"} <= answer.keys()
    assert answer["figures"].keys() == {"all", "same", "across", "en-en", "en-es"}
    assert answer["figures"]["across"].keys() == answer["engines"].keys()
    own = answer["figures"]["across"]["Puente"]
    assert own.keys() == {"queries", "recall_at_10", "ndcg_at_10", "mrr", "success_at_1"}
    assert own["queries"] == 1
    assert own["recall_at_10"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert answer["ratios"]["recall_at_10_across_over_same"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert [query["request"] for query in answer["requests"]] == ["asks-milk", "asks-trees"]


def test_the_section_stands_between_its_marks_and_names_every_engine(measured: Evaluation) -> None:
    lines = section(measured, edition="sha256:0123456789", today=date(2026, 3, 2)).splitlines()
    assert (lines[0], lines[-1]) == ("<!-- figures: building -->", "<!-- end: building -->")
    assert "--part building --markdown` on 2026-03-02" in lines[1]
    for engine in ENGINES:
        assert sum(line.startswith(f"| {engine.name} |") for line in lines) == 1
    tables = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in tables} == {10}


def test_the_picture_has_a_mark_for_every_engine_group_and_measure(measured: Evaluation) -> None:
    drawn = picture(measured, today=TODAY)
    root = ElementTree.fromstring(drawn)
    marks = [title.text or "" for title in root.iterfind(".//{*}g/{*}title")]
    assert len(marks) == len(ENGINES) * 2 * 2
    assert marks[0].startswith("Puente, recall@10, same: 1.000")
    assert "prefers-color-scheme: dark" in drawn
    # The name of the format is the only address in it.
    assert drawn.count("http") == 1


# Floors

FLOORS = {
    "all": {"recall_at_10": 0.95},
    "across": {"recall_at_10": 0.95, "ndcg_at_10": 0.83},
}


def test_the_matching_is_no_worse_than_it_was(catalogue: Catalogue) -> None:
    translator = Apertium()
    try:
        found = evaluate(
            sets.load(SEED, catalogue, today=TODAY)["building"],
            catalogue,
            the_thesaurus(),
            translator,
            tagger=trained(SEED, catalogue, the_thesaurus(), today=TODAY),
            today=TODAY,
            engines=[OURS],
        )
    finally:
        translator.close()
    members = groups(found.queries)
    for group, floors in FLOORS.items():
        for measure, floor in floors.items():
            reached = values(members[group], OURS.name, measure)
            assert sum(reached) / len(reached) >= floor, (group, measure)
