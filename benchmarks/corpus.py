"""Postings in any number, made of the words of seed/: what the speed is measured on. Not for judging quality.

Word forms are drawn by rank as Zipf and Mandelbrot found them in real texts. The common ones are those of
the sample postings and the catalogue, by how often they stand there, function words included; the rare ones
are coined from the beginning of one and the end of another, so that they have the letters of the language.
A share of the words of a posting comes from the vocabulary of its sector. A posting in a language that is
translated has a translation of the same length: the forms of the same ranks in the pivot language. The same
seed gives the same postings, and the first thousand of ten thousand are the thousand.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

import numpy as np
import numpy.typing as npt

from app.catalogue import Catalogue, load
from app.evaluation import samples
from app.language.apertium import MODES
from app.language.stopwords import STOPWORDS
from app.language.translate import PIVOT, Translation
from app.matching.market import catalogue_texts
from app.matching.posting import Kind, Posting, Practice, PracticeLevel
from app.settings import ROOT
from app.thesaurus import Thesaurus
from app.thesaurus import load as load_thesaurus

SEED = 20111124

SPOKEN = {"es": 0.45, "en": 0.25, "pt": 0.15, "fr": 0.10, "nl": 0.05}
"""Share of the postings in each language."""

FORMS, EXPONENT, SHIFT = 20_000, 1.07, 2.7
"""Word forms of a language; the chance of the one at rank r is proportional to 1 / (r + SHIFT) ^ EXPONENT."""

SECTOR_FORMS, SECTOR_SHARE = 400, 0.3
"""Word forms that belong to a sector, and the share of a posting's words that is drawn from them."""

TITLE, DESCRIPTION, KEYWORDS = (5, 9), (52, 76), (2, 5)
"""Words in each, from and to: 59 to 90 together. The sample postings have 90 on average."""

LEVELS: tuple[PracticeLevel | None, ...] = (None, "described", "documented", "evaluated", "transferred")

_FORM = re.compile(r"[^\W\d_]+", re.UNICODE)

Forms = npt.NDArray[np.object_]
Chances = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Tongue:
    """The word forms of a language by rank, those of each of its sectors, and the countries that use it."""

    forms: Forms
    of_sector: dict[str, Forms]
    countries: tuple[str, ...]


@dataclass(frozen=True)
class World:
    """What postings are made of."""

    catalogue: Catalogue
    thesaurus: Thesaurus
    tongues: dict[str, Tongue]


def world() -> World:
    """Read the words of seed/ and coin the rare ones."""
    catalogue = load(ROOT / "seed")
    sampled = samples.load(ROOT / "seed", catalogue, today=date(2026, 1, 1))
    rng = np.random.default_rng(SEED)
    tongues = {}
    for language in SPOKEN:
        counted: Counter[str] = Counter()
        for intake in (*sampled.offers.values(), *sampled.requests.values()):
            if intake.posting.language == language:
                counted.update(_FORM.findall(intake.posting.text.lower()))
        known = [form for form, _ in counted.most_common()]
        if language != "nl":  # the catalogue has no Dutch labels
            labels = Counter(_FORM.findall(" ".join(catalogue_texts(catalogue, language)).lower()))
            known += [form for form, _ in labels.most_common() if form not in counted]
        forms = np.array([*known, *islice(_coined(known, rng), FORMS - len(known))], dtype=object)
        telling = np.array([form for form in forms if form not in STOPWORDS[language]], dtype=object)
        tongues[language] = Tongue(
            forms,
            {slug: rng.choice(telling[:5000], SECTOR_FORMS, replace=False) for slug in catalogue.sectors},
            tuple(c.iso3 for c in catalogue.countries.values() if language in c.languages),
        )
    return World(catalogue, load_thesaurus(ROOT / "seed", catalogue), tongues)


def _coined(known: list[str], rng: np.random.Generator) -> Iterator[str]:
    """New words without end: the beginning of one known word and the end of another."""
    long = [form for form in known if len(form) >= 6]
    seen = set(known)
    while True:
        first, last = (long[place] for place in rng.integers(len(long), size=2))
        form = first[: int(rng.integers(3, len(first)))] + last[-int(rng.integers(3, len(last))) :]
        if form not in seen and len(form) <= 16:
            seen.add(form)
            yield form


def postings(world: World, kind: Kind, size: int) -> list[Posting]:
    """The first `size` postings of a kind; those of the two kinds have nothing in common but the words."""
    return list(islice(endless(world, kind), size))


def endless(world: World, kind: Kind) -> Iterator[Posting]:
    """The postings of a kind, one after the other."""
    rng = np.random.default_rng([SEED, len(kind)])
    anything, of_a_sector = _zipf(FORMS), _zipf(SECTOR_FORMS)
    sectors, modalities = list(world.catalogue.sectors), list(world.catalogue.modalities)
    languages, shares = list(SPOKEN), list(SPOKEN.values())
    number = 0
    while True:
        language = languages[int(rng.choice(len(languages), p=shares))]
        tongue = world.tongues[language]
        own = _some(sectors, 1, 3, rng)
        lengths = [int(rng.integers(least, most + 1)) for least, most in (TITLE, DESCRIPTION, KEYWORDS)]
        ranks = np.searchsorted(anything, rng.random(sum(lengths)))
        special = rng.random(ranks.size) < SECTOR_SHARE
        special[-lengths[2] :] = True
        ranks[special] = np.searchsorted(of_a_sector, rng.random(int(special.sum())))
        words = _forms(tongue, own[0], ranks, special)
        pivot = " ".join(_forms(world.tongues[PIVOT], own[0], ranks, special))
        title, description = words[: lengths[0]], words[lengths[0] : -lengths[2]]
        level = LEVELS[int(rng.integers(len(LEVELS)))] if kind == "offer" else None
        number += 1
        yield Posting(
            id=f"{kind}-{number:07}",
            kind=kind,
            title=" ".join(title).capitalize(),
            description=" ".join(description).capitalize() + ".",
            keywords=tuple(words[-lengths[2] :]),
            language=language,
            country=tongue.countries[int(rng.integers(len(tongue.countries)))],
            sectors=own,
            modalities=_some(modalities, 1, 4, rng),
            practice=Practice(level) if level else None,
            visibility="public",
            translation=Translation(pivot, "the benchmark") if language in MODES else None,
        )


def _forms(tongue: Tongue, sector: str, ranks: npt.NDArray[np.intp], special: npt.NDArray[np.bool_]) -> Forms:
    """The forms of a language at these ranks, the special ones among those of a sector."""
    forms: Forms = tongue.forms[ranks]
    forms[special] = tongue.of_sector[sector][ranks[special]]
    return forms


def _zipf(size: int) -> Chances:
    """The chance of a rank below or at each, so that a search for a random number draws one."""
    weights = 1.0 / (np.arange(1, size + 1) + SHIFT) ** EXPONENT
    chances: Chances = np.cumsum(weights) / weights.sum()
    chances[-1] = 1.0
    return chances


def _some(things: list[str], least: int, most: int, rng: np.random.Generator) -> tuple[str, ...]:
    chosen = rng.choice(len(things), int(rng.integers(least, most + 1)), replace=False)
    return tuple(things[place] for place in chosen)
