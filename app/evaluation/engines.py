"""What is measured: our engine, the same with a part taken out or alone, and the baselines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property, partial
from typing import Literal

from app.catalogue import Catalogue
from app.evaluation.baselines import BASELINES, Ranking
from app.evaluation.baselines import ranked as ranked_by
from app.evaluation.ranking import ranked
from app.matching.blend import BLEND, Blend, Shares
from app.matching.market import Ground, Market
from app.matching.posting import Posting
from app.matching.score import PART_NAMES, WEIGHTS, Weights
from app.matching.tags import Tagger
from app.thesaurus import Thesaurus


@dataclass(frozen=True)
class Bench:
    """What every engine gets: the postings as they are served, translated, and what they are read with."""

    requests: Sequence[Posting]
    offers: Sequence[Posting]
    catalogue: Catalogue
    thesaurus: Thesaurus
    tagger: Tagger
    today: date

    @cached_property
    def market(self) -> Market:
        market = Market(Ground(self.catalogue, self.thesaurus), self.tagger)
        market.fill([*self.offers, *self.requests])
        return market

    @property
    def untranslated(self) -> "Bench":
        return replace(
            self,
            requests=[replace(request, translation=None) for request in self.requests],
            offers=[replace(offer, translation=None) for offer in self.offers],
        )

    @property
    def without_thesaurus(self) -> "Bench":
        nothing = Thesaurus({}, {})
        return replace(self, thesaurus=nothing, tagger=Tagger(self.catalogue, nothing))


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to rank, by name."""

    name: str
    kind: Literal["ours", "without", "alone", "baseline"]
    ranked: Callable[[Bench], list[Ranking]]
    """For each request the ids of the offers, best first."""


def baseline(bench: Bench, *, name: str) -> list[Ranking]:
    """The rankings of one of BASELINES; they know of no translation."""
    return ranked_by(name, bench.requests, bench.offers)


def ours(bench: Bench, *, blend: Blend = BLEND, weights: Weights = WEIGHTS) -> list[Ranking]:
    """Our rankings, with the published blend and weights or with others."""
    return [
        [id for id, _ in ranked(request, bench.market, today=bench.today, blend=blend, weights=weights)]
        for request in bench.requests
    ]


TEXT_ALONE = Weights(**{name: float(name == "text") for name in PART_NAMES})

_NAMES = {"stems": "stems", "pivot": "pivot", "grams": "letters", "concepts": "concepts"}
"""What the views are called in the tables."""


def _alone(view: str) -> Blend:
    """A view as the whole of the similarity, whatever the languages."""
    shares = Shares(**{name: float(name == view) for name in Shares._fields})
    return Blend(**{meeting.name: shares for meeting in fields(Blend)})


def _left_out(view: str) -> Blend:
    """The published blend but for a view."""
    return Blend(
        **{field.name: getattr(BLEND, field.name)._replace(**{view: 0.0}) for field in fields(Blend)}
    )


OURS = Engine("Puente", "ours", ours)

ENGINES: Sequence[Engine] = (
    OURS,
    Engine("without translator", "without", lambda bench: ours(bench.untranslated)),
    Engine("without thesaurus", "without", lambda bench: ours(bench.without_thesaurus)),
    *(
        Engine(f"without {_NAMES[view]}", "without", partial(ours, blend=_left_out(view)))
        for view in Shares._fields
    ),
    Engine("text alone", "alone", partial(ours, weights=TEXT_ALONE)),
    *(
        Engine(f"{_NAMES[view]} alone", "alone", partial(ours, blend=_alone(view), weights=TEXT_ALONE))
        for view in Shares._fields
    ),
    *(Engine(name, "baseline", partial(baseline, name=name)) for name in BASELINES),
)

KINDS: Mapping[str, str] = {
    "ours": "The engine as it is served",
    "without": "With one thing taken out",
    "alone": "The text part alone, and each view alone",
    "baseline": "Baselines",
}
"""The kinds of engines, in the order of ENGINES, and how a table or a picture heads them."""
