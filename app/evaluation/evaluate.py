"""Every request of a set against all its offers: where do the known partners stand, by engine?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.catalogue import Catalogue
from app.evaluation import intervals
from app.evaluation.baselines import Ranking
from app.evaluation.engines import ENGINES, OURS, Bench, Engine
from app.evaluation.intervals import Interval
from app.evaluation.measures import Ranks, ndcg_at, recall_at, reciprocal_rank, success_at
from app.evaluation.repeats import Repeats, repeats
from app.evaluation.sets import Part, Set
from app.evaluation.tagging import TagFigures
from app.language.translate import Translator, Untranslated
from app.matching.posting import Posting
from app.matching.suggest import consider
from app.matching.tags import Tagger
from app.thesaurus import Thesaurus

FIRST_CHANNELS = 3


@dataclass(frozen=True, slots=True)
class Query:
    """A request, its known partners, and where each of them stands, by engine."""

    request: str
    partners: tuple[str, ...]
    languages: tuple[str, ...]
    """For each partner the language of the request, then of the partner: `es-pt`."""
    ranks: Mapping[str, Ranks]

    def only(self, wanted: Callable[[str], bool]) -> "Query | None":
        """The query for the partners in wanted languages; None if there is none.

        The others are taken out of the rankings: whoever stands behind another right answer is not
        worse for it.
        """
        kept = [place for place, pair in enumerate(self.languages) if wanted(pair)]
        if len(kept) == len(self.partners):
            return self
        if not kept:
            return None
        others = [place for place in range(len(self.partners)) if place not in kept]
        return Query(
            self.request,
            tuple(self.partners[place] for place in kept),
            tuple(self.languages[place] for place in kept),
            {
                engine: [_moved_up(ranks[place], [ranks[other] for other in others]) for place in kept]
                for engine, ranks in self.ranks.items()
            },
        )


def _moved_up(rank: int | None, others: Ranks) -> int | None:
    """A rank in a ranking from which the others were taken out."""
    return rank and rank - sum(other is not None and other < rank for other in others)


@dataclass(frozen=True, slots=True)
class Carried:
    """An exchange whose channel is on record, and whether that is among the first three for the pair."""

    request: str
    offer: str
    channel: str
    found: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over some queries."""

    queries: int
    recall_at_10: Interval
    ndcg_at_10: Interval
    mrr: Interval
    success_at_1: Interval


MEASURES: Mapping[str, Callable[[Ranks], float]] = {
    "recall_at_10": lambda ranks: recall_at(10, ranks),
    "ndcg_at_10": lambda ranks: ndcg_at(10, ranks),
    "mrr": reciprocal_rank,
    "success_at_1": lambda ranks: success_at(1, ranks),
}
"""A measure is a field of Figures and an entry here."""

TITLES = {"recall_at_10": "recall@10", "ndcg_at_10": "nDCG@10", "mrr": "MRR", "success_at_1": "success@1"}


@dataclass(frozen=True)
class Evaluation:
    """What one run has found out about a part."""

    part: Part
    offers: int
    translator: str
    """How the translator was, in a sentence."""
    untranslated: int
    """Postings in other languages than the pivot that were compared as they are."""
    engines: tuple[Engine, ...]
    queries: tuple[Query, ...]
    carried: tuple[Carried, ...]
    repeats: Repeats
    tags: tuple[TagFigures, ...] = ()

    @property
    def channel_among_first_3(self) -> Interval | None:
        """Share of the exchanges; None where no channel is on record."""
        return intervals.mean([one.found for one in self.carried]) if self.carried else None

    @property
    def across_over_same(self) -> Interval | None:
        """How much of the recall@10 within a language is kept across languages."""
        members = groups(self.queries)
        across, same = (
            values(members.get(name, []), OURS.name, "recall_at_10") for name in ("across", "same")
        )
        return intervals.ratio(across, same, paired=False)

    def over_best_baseline(self) -> Mapping[str, tuple[str, Interval | None]]:
        """By group, the baseline with the best nDCG@10, and our nDCG@10 over its."""
        found = {}
        for name, members in groups(self.queries).items():
            measured = {
                engine.name: values(members, engine.name, "ndcg_at_10")
                for engine in self.engines
                if engine.kind == "baseline"
            }
            if name in MAIN_GROUPS and measured:
                best = max(measured, key=lambda engine: sum(measured[engine]))
                own = values(members, OURS.name, "ndcg_at_10")
                found[name] = best, intervals.ratio(own, measured[best], paired=True)
        return found


def evaluate(
    measured: Set,
    catalogue: Catalogue,
    thesaurus: Thesaurus,
    translator: Translator,
    *,
    tagger: Tagger,
    today: date,
    engines: Iterable[Engine] = ENGINES,
    tags: tuple[TagFigures, ...] = (),
) -> Evaluation:
    """Rank all offers of a set for each of its requests, by every engine.

    `tagger` must not have learnt from postings of the set whose sectors it is asked for; it is asked only
    for those that name none, which it learns nothing from. `tags` were measured before, they take longer.
    """
    bench = Bench(
        [_as_posted(request, translator) for request in measured.requests.values()],
        [_as_posted(offer, translator) for offer in measured.offers.values()],
        catalogue,
        thesaurus,
        tagger,
        today,
    )
    engines = tuple(engines)
    rankings = {engine.name: engine.ranked(bench) for engine in engines}
    return Evaluation(
        part=measured.name,
        offers=len(bench.offers),
        translator=translator.state()[1],
        untranslated=sum(not posting.wording.bridged for posting in (*bench.requests, *bench.offers)),
        engines=engines,
        queries=tuple(
            _query(request, measured, {name: found[place] for name, found in rankings.items()})
            for place, request in enumerate(bench.requests)
        ),
        carried=tuple(_carried(measured, bench)),
        repeats=repeats(
            [(one, _as_posted(one.posting, translator)) for one in measured.duplicates],
            [*bench.requests, *bench.offers],
            bench.market,
            measured.folders,
            today=today,
        ),
        tags=tags,
    )


def _as_posted(posting: Posting, translator: Translator) -> Posting:
    """A posting with its translation, if it can be had."""
    if translator.version(posting.language) is None:
        return posting
    try:
        return replace(posting, translation=translator.translate(posting.text, posting.language))
    except Untranslated:
        return posting


def _query(request: Posting, measured: Set, rankings: Mapping[str, Ranking]) -> Query:
    partners = tuple(one.offer for one in measured.exchanges if one.request == request.id)
    return Query(
        request=request.id,
        partners=partners,
        languages=tuple(f"{request.language}-{measured.offers[offer].language}" for offer in partners),
        ranks={name: _places(partners, ranking) for name, ranking in rankings.items()},
    )


def _places(partners: Sequence[str], ranking: Ranking) -> Ranks:
    places = {posting: place for place, posting in enumerate(ranking, start=1)}
    return [places.get(partner) for partner in partners]


def _carried(measured: Set, bench: Bench) -> Iterable[Carried]:
    requests, offers = ({one.id: one for one in side} for side in (bench.requests, bench.offers))
    for one in measured.exchanges:
        if one.channel is not None:
            pair = consider(requests[one.request], offers[one.offer], bench.market, today=bench.today)
            first = [fit.channel for fit in pair.channels[:FIRST_CHANNELS]]
            yield Carried(one.request, one.offer, one.channel, one.channel in first)


MAIN_GROUPS = ("all", "same", "across")


def groups(queries: Sequence[Query]) -> dict[str, list[Query]]:
    """All queries; those within a language, across, and with Dutch; and each pair of languages."""
    pairs = sorted({pair for query in queries for pair in query.languages})
    wanted: dict[str, Callable[[str], bool]] = {
        "all": lambda _: True,
        "same": lambda pair: pair[:2] == pair[3:],
        "across": lambda pair: pair[:2] != pair[3:],
        "with nl": lambda pair: "nl" in pair,
    } | {name: name.__eq__ for name in pairs}
    found = {
        name: [part for query in queries if (part := query.only(belongs))] for name, belongs in wanted.items()
    }
    return {name: members for name, members in found.items() if members}


def values(queries: Sequence[Query], engine: str, measure: str) -> list[float]:
    """What a measure gives for each query."""
    return [MEASURES[measure](query.ranks[engine]) for query in queries]


def figures(queries: Sequence[Query], engine: str) -> Figures:
    """The measures of one engine over some queries, of which there must be one at least."""
    return Figures(
        queries=len(queries),
        **{name: intervals.mean(values(queries, engine, name)) for name in MEASURES},
    )
