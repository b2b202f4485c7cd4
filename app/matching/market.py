"""Everything that is open, both sides of it, in memory and ready to be searched.

A market is kept posting by posting; nothing is fitted when a posting comes in or when somebody asks.
How telling a word is (its idf) belongs to an *epoch*: it is counted over what the market holds and
over the texts of the catalogue, and counted again when the market has grown by a quarter since. The
sizes at which an epoch begins are fixed, and the postings that are counted are the first to have come,
so that two workers that hold the same postings weigh alike (docs/decisions/0006).
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from app.catalogue import Catalogue
from app.catalogue.label import LANGUAGES
from app.language.wording import Wording
from app.matching.channels import ChannelTables
from app.matching.features import CONCEPTS, VIEWS, Rows, Vocabulary, Weighting
from app.matching.gates import NEVER, VISIBILITIES, Doors, last_open_day
from app.matching.index import Index, Snapshot
from app.matching.posting import Kind, Posting
from app.matching.score import Columns, Tables
from app.matching.tags import Tagger
from app.thesaurus import Thesaurus

FIRST_EPOCH, GROWTH = 16, 1.25
"""Postings that begin the first epoch after the empty one, and the factor from one to the next."""

Weightings = tuple[Weighting, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One side of the market as a search sees it; immutable but for postings taken out, which close."""

    postings: list[Posting]
    columns: Columns
    doors: Doors
    texts: Snapshot
    weightings: Weightings
    numbers: Mapping[str, int]

    def number(self, id: str) -> int | None:
        """The number of a posting here, None if it is not on this shelf."""
        number = self.numbers.get(id)
        return number if number is not None and number < self.size else None

    @property
    def size(self) -> int:
        return self.texts.size


class _Side:
    """The postings of one kind, numbered as they come. One that is changed gets a new number."""

    def __init__(self, weightings: Weightings, columns: Columns) -> None:
        self.numbers: dict[str, int] = {}
        self._postings: list[Posting] = []
        self._columns = columns
        self._doors = Doors(np.empty(0, np.int16), np.empty(0, np.int32), np.empty(0, np.int8))
        self._index = Index(weightings)
        self.shelf = self._shelf(weightings)

    def _shelf(self, weightings: Weightings) -> Shelf:
        texts = self._index.snapshot()
        seen = slice(texts.size)
        doors = Doors(*(getattr(self._doors, field.name)[seen] for field in fields(Doors)))
        return Shelf(self._postings, self._columns.at(seen), doors, texts, weightings, self.numbers)

    def get(self, id: str) -> Posting | None:
        number = self.numbers.get(id)
        return None if number is None else self._postings[number]

    def rows_of(self, id: str) -> Rows:
        """The counted features of a posting's text."""
        return self._index.rows()[self.numbers[id]]

    def put(self, posting: Posting, columns: Columns, rows: Rows, sizes: list[int]) -> None:
        self.take_out(posting.id)
        number = len(self._postings)
        doors = Doors(
            columns.country,
            np.array([last_open_day(posting)], np.int32),
            np.array([VISIBILITIES.index(posting.visibility)], np.int8),
        )
        self._columns = _placed(self._columns, columns, number)
        self._doors = _placed(self._doors, doors, number)
        self._postings.append(posting)
        self.numbers[posting.id] = number
        self._index.append(rows, sizes)
        self.shelf = self._shelf(self.shelf.weightings)

    def take_out(self, id: str) -> None:
        number = self.numbers.pop(id, None)
        if number is not None:
            self._doors.open_until[number] = NEVER

    def renew(self, weightings: Weightings, sizes: list[int]) -> None:
        """Weigh all texts anew and close the gaps that postings taken out have left."""
        kept = list(self.numbers.values())
        held = self._index.rows()
        self._index = Index(weightings)
        self._index.renew([held[number] for number in kept], weightings, sizes)
        self._postings = [self._postings[number] for number in kept]
        self._columns = self._columns.at(kept)
        self._doors = Doors(*(getattr(self._doors, field.name)[kept] for field in fields(Doors)))
        self.numbers = {posting.id: number for number, posting in enumerate(self._postings)}
        self.shelf = self._shelf(weightings)


A = TypeVar("A", Columns, Doors)


def _placed(held: A, added: A, number: int) -> A:
    """`held` with one more entry at `number`. Arrays double when they are full: readers keep the old ones."""
    grown = held
    first = fields(held)[0].name
    if getattr(held, first).shape[0] <= number:
        room = max(64, number)
        grown = type(held)(*(_longer(getattr(held, field.name)[:number], room) for field in fields(held)))
    for field in fields(held):
        getattr(grown, field.name)[number] = getattr(added, field.name)[0]
    return grown


def _longer(array: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    return np.concatenate([array, np.zeros((room, *array.shape[1:]), array.dtype)])


class Ground:
    """What a market stands on before its first posting: the catalogue and the thesaurus, read once.

    Nothing in it changes; any number of markets may stand on one.
    """

    def __init__(self, catalogue: Catalogue, thesaurus: Thesaurus) -> None:
        self.catalogue = catalogue
        self.thesaurus = thesaurus
        self.tables = Tables(catalogue, thesaurus)
        self.vocabulary = Vocabulary(thesaurus)
        self.channels = ChannelTables(catalogue, self.vocabulary)
        self.texts = [
            self.vocabulary.read(Wording(text, language))
            for language in LANGUAGES
            for text in catalogue_texts(catalogue, language)
        ]


class Market:
    """Offers and requests under one vocabulary and one weighting. Safe to search while it is written to."""

    def __init__(self, ground: Ground, tagger: Tagger | None = None) -> None:
        """`tagger` reads the sectors of postings that name none; by default one without examples."""
        self.catalogue = ground.catalogue
        self.thesaurus = ground.thesaurus
        self.tagger = tagger or Tagger(ground.catalogue, ground.thesaurus)
        self.tables = ground.tables
        self.channels = ground.channels
        self.vocabulary = ground.vocabulary.copy()
        self._texts = ground.texts
        self._subthemes = self.vocabulary.concepts(self.tables.subthemes)
        self._writing = threading.RLock()
        self._arrived: dict[tuple[Kind, str], None] = {}
        self._counted = 0
        weightings = self._weightings([])
        empty = self.tables.none(len(self.channels.slugs))
        self._sides: dict[Kind, _Side] = {
            "offer": _Side(weightings, empty),
            "request": _Side(weightings, empty),
        }

    def shelf(self, kind: Kind) -> Shelf:
        """One side as it stands now."""
        return self._sides[kind].shelf

    def get(self, kind: Kind, id: str) -> Posting | None:
        return self._sides[kind].get(id)

    def __len__(self) -> int:
        return len(self._arrived)

    def columns(self, posting: Posting, rows: Rows) -> Columns:
        """A posting, and the counted features of its text, as the parts of the score see it."""
        themes, nearest = self.channels.closeness(rows, posting.wording)
        found = rows[CONCEPTS]
        subthemes = np.zeros(self._subthemes.size, dtype=np.float32)
        _, here, there = np.intersect1d(self._subthemes, found.ids, assume_unique=True, return_indices=True)
        subthemes[here] = np.sqrt(found.values[there])
        length = np.linalg.norm(subthemes)
        subthemes = subthemes / length if length else subthemes
        return self.tables.columns(posting, themes, self.channels.chapters(rows), nearest, subthemes)

    def tagged(self, posting: Posting) -> Posting:
        """A posting with the sectors read from its text, if it names none."""
        if posting.sectors or posting.read_sectors:
            return posting
        return replace(posting, read_sectors=tuple(tag.slug for tag in self.tagger.sectors(posting.wording)))

    def put(self, posting: Posting) -> None:
        """Add a posting, or put it in the place of what was known of it; one that is not published goes."""
        with self._writing:
            side = self._sides[posting.kind]
            self._arrived.pop((posting.kind, posting.id), None)
            if posting.status != "published":
                side.take_out(posting.id)
                return
            posting = self.tagged(posting)
            rows = self.vocabulary.read(posting.wording)
            side.put(posting, self.columns(posting, rows), rows, self._sizes())
            self._arrived[posting.kind, posting.id] = None

    def fill(self, postings: Iterable[Posting]) -> None:
        """Put many, and begin the epoch that is due once, at the end."""
        with self._writing:
            for posting in postings:
                self.put(posting)
            self.renew_if_due()

    def renew_if_due(self) -> bool:
        """Begin a new epoch if the market has grown enough. Never called on the way to an answer."""
        with self._writing:
            due = epoch_size(len(self))
            if due <= self._counted:
                return False
            first = islice(self._arrived, due)
            weightings = self._weightings([self._sides[kind].rows_of(id) for kind, id in first])
            for side in self._sides.values():
                side.renew(weightings, self._sizes())
            self._counted = due
            return True

    def _sizes(self) -> list[int]:
        return [self.vocabulary.size(view) for view in range(len(VIEWS))]

    def _weightings(self, texts: list[Rows]) -> Weightings:
        counted = [*self._texts, *texts]
        return tuple(
            Weighting.fit([rows[view] for rows in counted], self.vocabulary.size(view))
            for view in range(len(VIEWS))
        )


def epoch_size(held: int) -> int:
    """The size at which the epoch of a market that holds `held` postings began; 0 before the first."""
    began, due = 0, FIRST_EPOCH
    while due <= held:
        began, due = due, int(due * GROWTH) + 1
    return began


def catalogue_texts(catalogue: Catalogue, language: str) -> list[str]:
    """What the catalogue says in a language: the ground on which words are weighed at first."""
    texts = [
        f"{sector.name.in_(language)} {sector.about.in_(language)}" for sector in catalogue.sectors.values()
    ]
    for channel in catalogue.channels.values():
        themes = (theme.label.in_(language) for theme in channel.themes)
        texts.append("\n".join((channel.about.in_(language), *themes)))
    texts += [instrument.about.in_(language) for instrument in catalogue.instruments.values()]
    return texts
