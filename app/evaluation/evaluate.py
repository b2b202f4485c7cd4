"""The sample requests against the sample offers: where does the known partner stand?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from app.catalogue import Catalogue
from app.evaluation.baselines import BASELINES
from app.evaluation.measures import Ranks, ndcg_at, recall_at, reciprocal_rank, success_at
from app.evaluation.samples import Samples
from app.matching.market import Market
from app.matching.suggest import consider, suggest

OURS = "Puente"
FIRST_CHANNELS = 3


@dataclass(frozen=True, slots=True)
class Query:
    """One sample request: where each known partner stands, by engine."""

    request: str
    languages: str
    """Language of the request, then of the first known partner: `es-pt`."""
    partners: tuple[str, ...]
    ranks: dict[str, Ranks]
    channel_found: bool
    """Whether the channel that carried the exchange is among the first three for that pair."""

    @property
    def across(self) -> bool:
        asked, given = self.languages.split("-")
        return asked != given


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over some queries."""

    queries: int
    recall_at_10: float
    ndcg_at_10: float
    mrr: float
    success_at_1: float


def evaluate(samples: Samples, catalogue: Catalogue, *, today: date) -> list[Query]:
    """Rank the sample offers for every sample request, by our engine and by the baselines."""
    market = Market(catalogue)
    offers = [intake.posting for intake in samples.offers.values()]
    requests = [intake.posting for intake in samples.requests.values()]
    market.fill([*offers, *requests])
    others = {name: ranked(requests, offers) for name, ranked in BASELINES.items()}
    queries = []
    for place, request in enumerate(requests):
        partners = samples.partners(request.id)
        found = [s.offer.id for s in suggest(request, market, today=today, limit=len(offers))]
        rankings = {OURS: found} | {name: rankings[place] for name, rankings in others.items()}
        pairs = (
            consider(request, samples.offers[exchange.offer].posting, market, today=today)
            for exchange in samples.exchanges
            if exchange.request == request.id
        )
        carried = {e.offer: e.channel for e in samples.exchanges if e.request == request.id}
        queries.append(
            Query(
                request=request.id,
                languages=f"{request.language}-{samples.offers[partners[0]].posting.language}",
                partners=partners,
                ranks={name: _places(partners, ranking) for name, ranking in rankings.items()},
                channel_found=any(
                    carried[pair.offer.id] in [fit.channel for fit in pair.channels[:FIRST_CHANNELS]]
                    for pair in pairs
                ),
            )
        )
    return queries


def _places(partners: Sequence[str], ranking: Sequence[str]) -> Ranks:
    places = {posting: place for place, posting in enumerate(ranking, start=1)}
    return [places.get(partner) for partner in partners]


def figures(queries: Sequence[Query], engine: str) -> Figures:
    """The measures of one engine over some queries, of which there must be one at least."""
    ranks = [query.ranks[engine] for query in queries]
    return Figures(
        queries=len(queries),
        recall_at_10=fmean(recall_at(10, r) for r in ranks),
        ndcg_at_10=fmean(ndcg_at(10, r) for r in ranks),
        mrr=fmean(reciprocal_rank(r) for r in ranks),
        success_at_1=fmean(success_at(1, r) for r in ranks),
    )


def groups(queries: Sequence[Query]) -> dict[str, list[Query]]:
    """All queries, those within a language, those across, and each pair of languages."""
    by_pair: dict[str, list[Query]] = {}
    for query in sorted(queries, key=lambda q: q.languages):
        by_pair.setdefault(query.languages, []).append(query)
    found = {
        "all": list(queries),
        "same": [query for query in queries if not query.across],
        "across": [query for query in queries if query.across],
    }
    return {name: members for name, members in (found | by_pair).items() if members}
