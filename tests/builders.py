"""Postings and markets with plain defaults: a test names only what it is about."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import count
from typing import Any

from app import thesaurus
from app.catalogue import Catalogue, load
from app.matching.market import Ground, Market
from app.matching.posting import Asker, Posting
from app.matching.suggest import Suggestion, suggest
from app.matching.tags import Tagger
from app.settings import ROOT
from app.thesaurus import Thesaurus

TODAY = date(2026, 3, 2)
A_BROKER = Asker("broker")

_numbers = count(1)


MILK_BANKS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Human milk banks in public hospitals",
        "description": "We help public hospitals to collect human milk and to give it to newborn children.",
    },
    "es": {
        "title": "Bancos de leche humana en hospitales públicos",
        "description": "Ayudamos a los hospitales públicos a recoger leche humana y darla a recién nacidos.",
    },
    "pt": {
        "title": "Bancos de leite humano em hospitais públicos",
        "description": "Ajudamos hospitais públicos a coletar leite humano e dá-lo a recém-nascidos.",
    },
    "fr": {
        "title": "Banques de lait humain dans les hôpitaux publics",
        "description": "Nous aidons les hôpitaux publics à recueillir le lait humain pour les nouveau-nés.",
    },
}
"""One offer, told in the words of each language."""


def an_offer(**named: Any) -> Posting:
    """A published offer of Brazil, in English, of which nothing but its text is known."""
    return _posting(
        {
            "kind": "offer",
            "title": "Human milk banks",
            "description": "We help public hospitals to collect and to share mothers' milk.",
            "country": "BRA",
        }
        | named
    )


def a_request(**named: Any) -> Posting:
    """A published request of Jamaica, in English, of which nothing but its text is known."""
    return _posting(
        {
            "kind": "request",
            "title": "Milk for newborn children",
            "description": "Our hospitals want to learn how mothers' milk is collected and shared.",
            "country": "JAM",
        }
        | named
    )


def _posting(named: dict[str, Any]) -> Posting:
    """Sets and lists become tuples, a set in alphabetical order."""
    for name, value in named.items():
        if isinstance(value, set | frozenset | list):
            named[name] = tuple(sorted(value) if isinstance(value, set | frozenset) else value)
    known = {"id": f"{named['kind']}-{next(_numbers):06}", "language": "en", "visibility": "public"}
    return Posting(**(known | named))


@cache
def the_thesaurus() -> Thesaurus:
    """The thesaurus of the seed; read once, for it changes nothing."""
    return thesaurus.load(ROOT / "seed", load(ROOT / "seed"))


def the_ground(catalogue: Catalogue) -> Ground:
    """The catalogue and the thesaurus of the seed, read for a market; once for each catalogue."""
    _, ground = _grounds.get(id(catalogue)) or (catalogue, Ground(catalogue, the_thesaurus()))
    _grounds[id(catalogue)] = catalogue, ground
    return ground


_grounds: dict[int, tuple[Catalogue, Ground]] = {}
"""By the identity of the catalogue, which is kept so that nothing else can take it."""


@cache
def the_tagger() -> Tagger:
    """A tagger that has learnt from the seed, but from no posting; fitted once, when first asked."""
    return Tagger(load(ROOT / "seed"), the_thesaurus())


def again(posting: Posting, **changes: Any) -> Posting:
    """The same posting, changed."""
    return replace(posting, **changes)


def a_market(catalogue: Catalogue, *postings: Posting) -> Market:
    """A market of these, read with the thesaurus of the seed."""
    market = Market(the_ground(catalogue), the_tagger())
    market.fill(postings)
    return market


def ranking(asked: Posting, postings: Iterable[Posting], catalogue: Catalogue) -> list[str]:
    """The ids of the partners of a posting among `postings`, best first."""
    return partners(suggest(asked, a_market(catalogue, *postings), today=TODAY, limit=1000), asked)


def partners(found: Iterable[Suggestion], asked: Posting) -> list[str]:
    return [one.offer.id if asked.kind == "request" else one.request.id for one in found]


def numbers(found: Suggestion) -> tuple[Any, ...]:
    """Everything that a suggestion says in numbers."""
    return (
        found.request.id,
        found.offer.id,
        found.score,
        [(part.name, part.value, part.weight, part.known) for part in found.parts],
        [(one.channel, one.fit) for one in found.channels],
    )
