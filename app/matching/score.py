"""The score of a pair: a sum of known parts with published weights, and nothing else.

A part is one field of `Weights` and one function of the same name in `PARTS`. The total, the API, the
pages, the explanation and docs/scoring.md all go over these fields; there is no second list. Every
function takes many pairs at once: one request against many offers, or one offer against many requests.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.catalogue import Catalogue
from app.catalogue.rules import NotAmong
from app.matching.posting import Posting
from app.sources import Citation
from app.thesaurus import Thesaurus

Values = npt.NDArray[np.float32]
Known = npt.NDArray[np.bool_]
Bits = npt.NDArray[np.uint64]

VERSION = "2.0.0"
"""The engine's version: it grows whenever the same inputs can come out in another order."""


@dataclass(frozen=True)
class Weights:
    """How much each part counts. They add up to 1, so that a score lies in [0, 1]."""

    text: float = 0.68
    sector: float = 0.11
    modality: float = 0.05
    precedent: float = 0.04
    proximity: float = 0.03
    practice: float = 0.02
    channel: float = 0.07

    def __post_init__(self) -> None:
        if abs(sum(asdict(self).values()) - 1.0) > 1e-9 or min(asdict(self).values()) < 0:
            raise ValueError("the weights of the parts are not negative and add up to 1")


WEIGHTS = Weights()
"""The published weights."""

PART_NAMES = tuple(field.name for field in fields(Weights))


class Part(NamedTuple):
    """A part's value in [0, 1] for each pair, and whether it is known; where it is not, the value is 0."""

    value: Values
    known: Known


@dataclass(frozen=True, slots=True)
class Columns:
    """What the parts need of many postings, one array per field, one entry per posting.

    Sectors and modalities are bits in the order of the catalogue; `kin` are the modalities that could
    stand in for those of the posting. `bridged` tells whether the text can be read in the pivot language.
    A practice of -1 is not known. `themes` is the closeness to the themes of each channel, `chapters` that
    to all that its chapter says, and `nearest` the place of the closest theme. `tagged` tells whether the
    sectors were named, not read from the text; `subthemes` holds what the text names of each sub-theme of
    the thesaurus (the root of how often, each row of length 1 or 0).
    """

    country: npt.NDArray[np.int16]
    language: npt.NDArray[np.int8]
    bridged: npt.NDArray[np.bool_]
    sectors: Bits
    modalities: Bits
    kin: Bits
    practice: Values
    themes: Values
    chapters: Values
    nearest: npt.NDArray[np.int16]
    tagged: Known
    subthemes: Values

    def at(self, chosen: Any) -> "Columns":
        """The entries that `chosen` (a slice, numbers or a mask) selects."""
        return Columns(*(getattr(self, field.name)[chosen] for field in fields(Columns)))


PRACTICE_VALUES: Mapping[str, float] = {
    "described": 0.25,
    "documented": 0.5,
    "evaluated": 0.75,
    "transferred": 1.0,
}
"""Graded proof of an offer: that it was carried to another country before counts most."""

ANY_SECTOR = "cross-sector"
A_LITTLE = 0.25
"""What `cross-sector` meets of any other sector."""

OF_SECTORS = 0.75
"""Share of the sector part that named sectors decide; the sub-themes that the texts name decide the rest."""

FROM_TEXT = 0.75
"""What sectors that were read from a text count, beside sectors that somebody named."""

STANDS_IN = 0.5
"""What a modality of the same family meets of the one asked for."""

HINDERED = 0.75
"""What a modality counts for a pair that is known to lack what it needs: a working language in common where
an interpreter would be needed, a room for video conferences where the study says there is none."""

ROOMS = "gdln"
"""The instrument whose rules say which countries have a room for video conferences."""

SHARED_LANGUAGE, SHARED_SUBREGION, SHARED_MEMBERSHIP = 0.5, 0.25, 0.25
"""What proximity is made of."""

ACTIVE = 0.5
"""What a reading of Annex 1 without a role, or with the other role, says of a country in a role."""


class Tables:
    """What the catalogue says, laid out for looking up many pairs at once. Made once per edition."""

    def __init__(self, catalogue: Catalogue, thesaurus: Thesaurus) -> None:
        self.subthemes = tuple(
            id for id in thesaurus.subthemes if thesaurus.concepts[id].sectors[0] != ANY_SECTOR
        )
        self.countries = {iso3: place for place, iso3 in enumerate(catalogue.countries)}
        self.sectors = {slug: place for place, slug in enumerate(catalogue.sectors)}
        self.modalities = {slug: place for place, slug in enumerate(catalogue.modalities)}
        self.languages = {tag: place for place, tag in enumerate(("en", "es", "pt", "fr", "nl"))}
        self.any_sector = np.uint64(1 << self.sectors[ANY_SECTOR])
        self.sector_sets = _sets(len(self.sectors))
        self.kin = {
            slug: sum(
                1 << self.modalities[m.slug] for m in catalogue.modalities.values() if m.family == own.family
            )
            for slug, own in catalogue.modalities.items()
        }
        self.as_provider = self._precedent(catalogue, "provider")
        self.as_receiver = self._precedent(catalogue, "receiver")
        self.near, self.same_tongue = self._proximity(catalogue)
        self.need_interpreter = self._needing(catalogue, "interpreter")
        self.need_room = self._needing(catalogue, "facility")
        roomless = no_room(catalogue)
        self.has_room = np.array([iso3 not in roomless for iso3 in self.countries])

    def _needing(self, catalogue: Catalogue, need: str) -> np.uint64:
        """The modalities that need something, as bits."""
        slugs = (slug for slug, modality in catalogue.modalities.items() if need in modality.needs)
        return np.uint64(sum(1 << self.modalities[slug] for slug in slugs))

    def columns(
        self,
        posting: Posting,
        themes: Values,
        chapters: Values,
        nearest: npt.NDArray[np.int16],
        subthemes: Values,
    ) -> Columns:
        """One posting as columns of one entry."""
        kin = 0
        for modality in posting.modalities:
            kin |= self.kin[modality]
        practice = PRACTICE_VALUES[posting.practice.level] if posting.practice else -1.0
        return Columns(
            country=np.array([self.countries[posting.country]], dtype=np.int16),
            language=np.array([self.languages[posting.language]], dtype=np.int8),
            bridged=np.array([posting.wording.bridged]),
            sectors=np.array([sum(1 << self.sectors[s] for s in posting.topics)], dtype=np.uint64),
            modalities=np.array([sum(1 << self.modalities[m] for m in posting.modalities)], dtype=np.uint64),
            kin=np.array([kin], dtype=np.uint64),
            practice=np.array([practice], dtype=np.float32),
            themes=themes.reshape(1, -1),
            chapters=chapters.reshape(1, -1),
            nearest=nearest.reshape(1, -1),
            tagged=np.array([bool(posting.sectors)]),
            subthemes=subthemes.reshape(1, -1),
        )

    def none(self, channels: int) -> Columns:
        """The columns of no posting at all."""
        bits, values = np.empty(0, np.uint64), np.empty(0, np.float32)
        themes, nearest = np.empty((0, channels), np.float32), np.empty((0, channels), np.int16)
        return Columns(
            np.empty(0, np.int16),
            np.empty(0, np.int8),
            np.empty(0, np.bool_),
            bits,
            bits,
            bits,
            values,
            themes,
            np.empty((0, channels), np.float32),
            nearest,
            np.empty(0, np.bool_),
            np.empty((0, len(self.subthemes)), np.float32),
        )

    def _precedent(self, catalogue: Catalogue, role: str) -> Values:
        """For each country and set of sectors, the best that its own rows of Annex 1 say of it in a role."""
        table = np.zeros((len(self.countries), len(self.sectors)), dtype=np.float32)
        for reading in catalogue.coverage:
            if reading.kind == "country":
                place = self.countries[reading.area], self.sectors[reading.sector]
                said = 1.0 if reading.role in (role, "both") else ACTIVE
                table[place] = max(table[place], said)
        return over_sets(table)

    def _proximity(self, catalogue: Catalogue) -> tuple[Values, Known]:
        """For each two countries what they share besides language, and whether they share a language."""
        groups = {c.countries.group for c in catalogue.channels.values() if c.kind == "regional-integration"}
        blocs = [set(catalogue.groups[g].members or ()) for g in groups if g is not None]
        size = len(self.countries)
        near = np.zeros((size, size), dtype=np.float32)
        tongue = np.zeros((size, size), dtype=np.bool_)
        for here, one in enumerate(catalogue.countries.values()):
            for there, other in enumerate(catalogue.countries.values()):
                same_subregion = one.subregion is not None and one.subregion == other.subregion
                same_bloc = any(one.iso3 in bloc and other.iso3 in bloc for bloc in blocs)
                near[here, there] = SHARED_SUBREGION * same_subregion + SHARED_MEMBERSHIP * same_bloc
                tongue[here, there] = bool(set(one.languages) & set(other.languages))
        return near, tongue


def no_room(catalogue: Catalogue) -> Mapping[str, Citation]:
    """The countries that are said to have no room for video conferences, and where that is said."""
    rules = catalogue.instruments[ROOMS].rules if ROOMS in catalogue.instruments else ()
    return {iso3: rule.citation for rule in rules if isinstance(rule, NotAmong) for iso3 in rule.countries}


def _sets(size: int) -> npt.NDArray[np.uint8]:
    """The number of members of every set of `size` things, by its bits."""
    return np.array([bits.bit_count() for bits in range(1 << size)], dtype=np.uint8)


def over_sets(table: Values) -> Values:
    """From what is said of each single sector (axis 1) to the best of every set of sectors, by its bits."""
    best = np.zeros((table.shape[0], 1 << table.shape[1], *table.shape[2:]), dtype=np.float32)
    for bits in range(1, best.shape[1]):
        lowest = (bits & -bits).bit_length() - 1
        best[:, bits] = np.maximum(best[:, bits & (bits - 1)], table[:, lowest])
    return best


@dataclass(frozen=True, slots=True)
class Pairs:
    """n pairs: columns of 1 or n entries for each side, and what was computed for each pair.

    `similarity` is the blended cosine of the texts, not negative, shape (n,); `fit` the fit of each
    channel in [0, 1], shape (n, channels), or None while it is not yet needed.
    """

    request: Columns
    offer: Columns
    similarity: Values
    tables: Tables
    fit: Values | None = None

    @property
    def size(self) -> int:
        return int(self.similarity.size)

    @property
    def shared_sectors(self) -> Bits:
        """The sectors of both sides; where there are none, those of the request, or of the offer."""
        asked, given = self.request.sectors, self.offer.sectors
        both = asked & given
        return np.where(both > 0, both, np.where(asked > 0, asked, given))


HALF_WAY = 0.2
"""The cosine at which the text part stands at one half."""


def text_value(similarity: Values) -> Values:
    """s / (s + HALF_WAY): cosines of texts are seldom above 0.4, and a step counts less the higher it is."""
    return (similarity / (similarity + np.float32(HALF_WAY))).astype(np.float32)


def text(pairs: Pairs) -> Part:
    """Similarity of the two texts."""
    return _all_known(text_value(pairs.similarity))


def sector(pairs: Pairs) -> Part:
    """OF_SECTORS of it: sectors of both over sectors of either (Jaccard), `cross-sector` meeting any other a
    little; the rest: how alike the texts are in the sub-themes that they name (cosine). Where a side
    names no sector and it is read from its text, all of it counts FROM_TEXT.
    """
    one, other, tables = pairs.request.sectors, pairs.offer.sectors, pairs.tables
    both, either = tables.sector_sets[one & other], tables.sector_sets[one | other]
    share = both / np.maximum(either, 1)
    meets_all = ((one | other) & tables.any_sector) > 0
    known = (one > 0) & (other > 0)
    share = np.maximum(share, np.where(meets_all, A_LITTLE, 0.0))
    value = OF_SECTORS * share + (1 - OF_SECTORS) * _cosines(pairs.request.subthemes, pairs.offer.subthemes)
    return _where(known, value * np.where(pairs.request.tagged & pairs.offer.tagged, 1.0, FROM_TEXT))


def _cosines(one: Values, other: Values) -> Values:
    """Of rows of length 1 or 0: each with each, where one side has a single row."""
    if one.shape[0] == 1 or other.shape[0] == 1:
        single, many = (one[0], other) if one.shape[0] == 1 else (other[0], one)
        cosines: Values = many @ single
    else:
        cosines = np.einsum("ij,ij->i", one, other)
    return cosines


def modality(pairs: Pairs) -> Part:
    """1 if something asked for is offered, STANDS_IN if something of the same family is; HINDERED of that
    if all that could be done needs what this pair is known to lack."""
    asked, given, tables = pairs.request, pairs.offer, pairs.tables
    same, akin = asked.modalities & given.modalities, asked.kin & given.modalities
    tongue = tables.same_tongue[asked.country, given.country] | (asked.language == given.language)
    room = tables.has_room[asked.country] & tables.has_room[given.country]
    lacking = np.where(tongue, np.uint64(0), tables.need_interpreter)
    lacking = lacking | np.where(room, np.uint64(0), tables.need_room)
    known = (asked.modalities > 0) & (given.modalities > 0)
    value = np.where(
        same > 0,
        np.where((same & ~lacking) > 0, 1.0, HINDERED),
        np.where(akin > 0, STANDS_IN * np.where((akin & ~lacking) > 0, 1.0, HINDERED), 0.0),
    )
    return _where(known, value)


def precedent(pairs: Pairs) -> Part:
    """Half for the provider on record as provider, half for the receiver as receiver, in shared sectors."""
    shared = pairs.shared_sectors
    given = pairs.tables.as_provider[pairs.offer.country, shared]
    taken = pairs.tables.as_receiver[pairs.request.country, shared]
    return _where((given > 0) | (taken > 0), 0.5 * given + 0.5 * taken)


def proximity(pairs: Pairs) -> Part:
    """A working language, a sub-region and a regional bloc in common."""
    here, there, tables = pairs.request.country, pairs.offer.country, pairs.tables
    tongue = tables.same_tongue[here, there] | (pairs.request.language == pairs.offer.language)
    return _all_known(tables.near[here, there] + SHARED_LANGUAGE * tongue)


def practice(pairs: Pairs) -> Part:
    """How far the offer is proven."""
    level = np.broadcast_to(pairs.offer.practice, (pairs.size,))
    return _where(level >= 0, level)


def channel(pairs: Pairs) -> Part:
    """The fit of the channel that fits best."""
    if pairs.fit is None:
        raise ValueError("the fit of the channels is not computed for these pairs")
    return _all_known(pairs.fit.max(axis=1))


def _all_known(value: npt.NDArray[Any]) -> Part:
    return Part(value.astype(np.float32), np.ones(value.shape, dtype=np.bool_))


def _where(known: Known, value: npt.NDArray[Any]) -> Part:
    known, value = np.broadcast_arrays(known, value)
    return Part(np.where(known, value, 0.0).astype(np.float32), known)


PARTS: Mapping[str, Callable[[Pairs], Part]] = {
    part.__name__: part for part in (text, sector, modality, precedent, proximity, practice, channel)
}


def total(pairs: Pairs, weights: Weights, names: Iterable[str] = PART_NAMES) -> npt.NDArray[np.float64]:
    """The sum of value x weight over the named parts, for each pair, shape (n,)."""
    score = np.zeros(pairs.size, dtype=np.float64)
    for name in names:
        score += PARTS[name](pairs).value.astype(np.float64) * getattr(weights, name)
    return score
