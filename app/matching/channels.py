"""Which channel would carry an exchange: how well each fits a pair, why, and on what fund.

The fit of a channel to a pair is a sum, like the score. Membership is one of its parts and never a gate:
whether a country may use a fund is for the instrument's rules to say.
"""

from dataclasses import asdict, dataclass, fields

import numpy as np
import numpy.typing as npt

from app.catalogue import Catalogue, Channel, Coverage
from app.catalogue.label import LANGUAGES
from app.language.translate import PIVOT, Translation
from app.language.wording import Wording
from app.matching.blend import Shares
from app.matching.features import CONCEPTS, NOTHING, VIEWS, Ids, Row, Rows, Vocabulary, Weighting
from app.matching.index import Segment, Snapshot, cosine
from app.matching.score import ANY_SECTOR, Bits, Columns, Values, over_sets
from app.sources import Citation


@dataclass(frozen=True)
class FitWeights:
    """How much each part of the fit counts; they add up to 1."""

    receiver: float = 0.08
    provider: float = 0.07
    themes: float = 0.34
    chapter: float = 0.32
    modality: float = 0.08
    membership: float = 0.11

    def __post_init__(self) -> None:
        if abs(sum(asdict(self).values()) - 1.0) > 1e-9 or min(asdict(self).values()) < 0:
            raise ValueError("the weights of the fit are not negative and add up to 1")


FIT_WEIGHTS = FitWeights()

THEME_SHARES = Shares(stems=0.1, pivot=0.2, grams=0.2, concepts=0.5)
"""How much each view counts in what a text contains of a theme. These, CLOSEST and the weights of the fit
were chosen on the first two parts of the evaluation, by the channels of their exchanges."""

CLOSEST = 2
"""Themes of a channel whose closeness is averaged: one alone may be met by an accident of words."""

ALIKE = 0.4
"""The cosine, over concepts, from which on a text counts as being all about what a chapter is about."""

OWN_ROLE, OWN_ROW, AREA_ROW = 1.0, 0.75, 0.5
"""What a reading of Annex 1 is worth: the country's own in the role asked about, any other of its own,
and one of the row of an area that it lies in (our reading; the study lists no members of areas)."""

ANY_SECTOR_ROW = 0.5
"""What a reading under `cross-sector` is worth for any other sector, as a share."""

UNKNOWN_MEMBER = 0.5
"""What membership counts where the study does not say who belongs."""

Places = npt.NDArray[np.int16]

FOREIGN_THEMES = {"nl": "en"}
"""Whose labels stand in for a language that the catalogue is not labelled in."""


@dataclass(frozen=True, slots=True)
class Fits:
    """The parts of the fit for n pairs and every channel, each of shape (n, channels), in [0, 1]."""

    receiver: Values
    provider: Values
    themes: Values
    chapter: Values
    modality: Values
    membership: Values

    def total(self, weights: FitWeights = FIT_WEIGHTS) -> Values:
        """The fit: sum of value x weight over the parts, shape (n, channels)."""
        parts = [getattr(self, f.name) * np.float32(getattr(weights, f.name)) for f in fields(FitWeights)]
        fit: Values = np.sum(np.broadcast_arrays(*parts), axis=0, dtype=np.float32)
        return fit


class ChannelTables:
    """What the catalogue says of channels, laid out for many pairs at once. Made once per edition."""

    def __init__(self, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self.slugs = tuple(catalogue.channels)
        self._catalogue = catalogue
        self.to_receiver = self._coverage("receiver")
        self.to_provider = self._coverage("provider")
        self.members = self._members()
        self.modalities = np.array(
            [
                sum(
                    1 << place
                    for place, slug in enumerate(catalogue.modalities)
                    if any(used.modality == slug for used in channel.modalities)
                )
                for channel in catalogue.channels.values()
            ],
            dtype=np.uint64,
        )
        texts = (chapter_text(one, catalogue) for one in catalogue.channels.values())
        chapters = [vocabulary.read(Wording(text, "en"))[CONCEPTS] for text in texts]
        self._chapters_weighting = Weighting.fit(chapters, vocabulary.size(CONCEPTS))
        self.chapter_concepts = [Row(row.ids, self._chapters_weighting.weigh(row)) for row in chapters]
        self.passages = [_passages(one, vocabulary) for one in catalogue.channels.values()]
        self._themes = {
            (tag, bridged): _Themes(catalogue, tag, vocabulary, bridged=bridged)
            for tag in LANGUAGES
            for bridged in ({True} if tag == PIVOT else {False, True})
        }

    def closeness(self, rows: Rows, wording: Wording) -> tuple[Values, Places]:
        """How much a text contains of each channel's best-met themes, and which theme is the best.

        Both of shape (channels,): a share in [0, 1], and the theme's place among the channel's themes.
        """
        language = FOREIGN_THEMES.get(wording.language, wording.language)
        return self._themes[language, wording.bridged].closeness(rows)

    def chapters(self, rows: Rows) -> Values:
        """How much a text is about what each channel's chapter says that it does, shape (channels,): the
        cosine over concepts, as a share of ALIKE, at most 1."""
        found = rows[CONCEPTS]
        weights = self._chapters_weighting.weigh(found)
        cosines = np.array([cosine(Row(found.ids, weights), chapter) for chapter in self.chapter_concepts])
        return np.minimum(cosines / ALIKE, 1.0).astype(np.float32)

    def fits(self, request: Columns, offer: Columns, shared: Bits) -> Fits:
        """The parts of the fit; `shared` are the sectors that the pair is about, as bits, shape (n,)."""
        both = request.modalities & offer.modalities
        wanted = np.where(both > 0, both, request.modalities | offer.modalities)
        return Fits(
            receiver=self.to_receiver[request.country, shared],
            provider=self.to_provider[offer.country, shared],
            themes=(request.themes + offer.themes) / np.float32(2),
            chapter=(request.chapters + offer.chapters) / np.float32(2),
            modality=((wanted[:, None] & self.modalities[None, :]) > 0).astype(np.float32),
            membership=(2 * self.members[request.country] + self.members[offer.country]) / np.float32(3),
        )

    def _coverage(self, role: str) -> Values:
        """Shape (countries, sets of sectors, channels)."""
        catalogue = self._catalogue
        sectors, channels = list(catalogue.sectors), list(catalogue.channels)
        table = np.zeros((len(catalogue.countries), len(sectors), len(channels)), dtype=np.float32)
        for place, iso3 in enumerate(catalogue.countries):
            for reading, worth in readings_for(catalogue, iso3, role):
                at = channels.index(reading.channel)
                if reading.sector == ANY_SECTOR:
                    table[place, :, at] = np.maximum(table[place, :, at], worth * ANY_SECTOR_ROW)
                where = (place, sectors.index(reading.sector), at)
                table[where] = max(table[where], worth)
        return over_sets(table)

    def _members(self) -> Values:
        """Shape (countries, channels): 1 belongs, 0 does not, UNKNOWN_MEMBER where the study is silent."""
        answers = [
            [belongs(self._catalogue, channel, iso3) for channel in self._catalogue.channels.values()]
            for iso3 in self._catalogue.countries
        ]
        return np.array(
            [[UNKNOWN_MEMBER if a is None else float(a) for a in row] for row in answers], np.float32
        )


def chapter_text(channel: Channel, catalogue: Catalogue) -> str:
    """What a channel does by its chapter, in English: its themes and its instruments."""
    instruments = (f"{one.name.en}. {one.about.en}" for one in catalogue.instruments_of(channel.slug))
    return "\n".join((channel.about.en, *(theme.label.en for theme in channel.themes), *instruments))


@dataclass(frozen=True, slots=True)
class Passages:
    """The passages of a chapter: whose the concepts `ids` are, by place, and where each passage stands."""

    owners: npt.NDArray[np.intp]
    ids: Ids
    citations: tuple[Citation, ...]

    def worth(self, of_concepts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What the concepts of each passage are worth together, given what each concept is worth."""
        counted = np.bincount(self.owners, of_concepts[self.ids], len(self.citations))
        return counted.astype(np.float64)


def _passages(channel: Channel, vocabulary: Vocabulary) -> Passages:
    said = chapter_passages(channel)
    ids = [vocabulary.read(Wording(text, "en"))[CONCEPTS].ids for text, _ in said]
    owners = np.repeat(np.arange(len(ids)), [one.size for one in ids])
    return Passages(owners, np.concatenate([*ids, NOTHING]), tuple(citation for _, citation in said))


def chapter_passages(channel: Channel) -> list[tuple[str, Citation]]:
    """What a channel's chapter says of its work, in English, each with its place."""
    stated = (*channel.facts, *channel.matchmaking, *channel.prospects)
    themes = [(theme.label.en, theme.citation) for theme in channel.themes]
    return themes + [(one.statement, one.citation) for one in stated]


def readings_for(catalogue: Catalogue, iso3: str, role: str) -> list[tuple[Coverage, float]]:
    """The readings of Annex 1 that say something of a country in a role, and what each is worth."""
    own = [(r, OWN_ROLE if r.role in (role, "both") else OWN_ROW) for r in catalogue.readings(iso3)]
    return own + [(reading, AREA_ROW) for reading in catalogue.inherited(iso3)]


def belongs(catalogue: Catalogue, channel: Channel, iso3: str) -> bool | None:
    """Whether a channel's chapter counts a country among those it works for; None if it does not say."""
    scope = channel.countries
    if any(excepted.country == iso3 for excepted in catalogue.excepted_from(scope)):
        return False
    if iso3 in catalogue.named_in(scope):
        return True
    if scope.scope == "region":
        return True if catalogue.countries[iso3].kind == "country" else None
    closed = catalogue.groups[scope.group].list == "closed" if scope.group else scope.scope == "listed"
    return False if closed else None


class _Themes:
    """The themes of all channels in one language, to be found in a text; where that is `bridged`, its
    translation is looked at for the labels in the pivot language.

    What counts is containment: the share of a theme's idf mass whose words (or runs of letters) the
    text has. Labels are short and texts long, so a cosine would measure the length of the text.
    """

    def __init__(self, catalogue: Catalogue, language: str, vocabulary: Vocabulary, *, bridged: bool) -> None:
        labelled = [
            (place, theme.label)
            for place, channel in enumerate(catalogue.channels.values())
            for theme in channel.themes
        ]
        of_channel = np.array([place for place, _ in labelled], dtype=np.intp)
        self._runs = [np.flatnonzero(of_channel == place) for place in range(len(catalogue.channels))]
        rows = [
            vocabulary.read(
                Wording(
                    label.in_(language),
                    language,
                    translation=Translation(label.in_(PIVOT), "the catalogue")
                    if bridged and language != PIVOT
                    else None,
                )
            )
            for _, label in labelled
        ]
        self._index = Snapshot(
            len(rows),
            tuple(
                (_contained([row[view] for row in rows], vocabulary.size(view)),)
                for view in range(len(VIEWS))
            ),
            tuple(() for _ in VIEWS),
        )

    def closeness(self, rows: Rows) -> tuple[Values, Places]:
        contained = np.zeros(self._index.size, dtype=np.float32)
        for view, row in enumerate(rows):
            present = Row(row.ids, np.ones_like(row.values))
            contained += self._index.cosines(view, present) * np.float32(THEME_SHARES[view])
        nearest = [int(np.argmax(contained[run])) if run.size else 0 for run in self._runs]
        best = [np.sort(contained[run])[-CLOSEST:].mean() if run.size else 0.0 for run in self._runs]
        return np.array(best, dtype=np.float32), np.array(nearest, dtype=np.int16)


def _contained(rows: list[Row], vocabulary_size: int) -> Segment:
    """Themes inverted, each feature weighing its share of the theme's idf mass."""
    weighting = Weighting.fit(rows, vocabulary_size)
    mass = [weighting.idf(row.ids) ** 2 for row in rows]
    return Segment.sealed(0, rows, [m / m.sum() if m.size else m for m in mass], vocabulary_size)
