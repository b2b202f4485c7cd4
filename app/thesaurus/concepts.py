"""Concepts of development cooperation, in SKOS terms: labels, what is broader, and the sector.

One file in seed/thesaurus for each sector. A concept without `broader` is a sub-theme of its sector; every
other one leads up to a sub-theme of the same file. modalities.yaml holds the phrases by which a text
says how it wants to teach or learn: they name a modality, not a subject.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.catalogue import BadSeed, Catalogue
from app.catalogue.reading import listed
from app.language.analyse import fold
from app.language.detect import LANGUAGES
from app.thesaurus.phrases import Phrases, phrases

MODALITIES = "modalities"

T = TypeVar("T", bound="_Labelled")

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Labels = Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]


class _Labelled(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    en: Labels
    es: Labels
    pt: Labels
    fr: Labels
    nl: Labels | None = None


class _ConceptIn(_Labelled):
    id: Name
    broader: Name | None = None
    also: list[Name] = []
    exact: dict[Literal["en", "es", "pt", "fr", "nl"], Labels] = {}


class _ModalityIn(_Labelled):
    modality: Name


@dataclass(frozen=True, slots=True)
class Concept:
    """`labels` by language (BCP 47), the preferred one first; `sectors` the own one first.

    `exact` are single words, by language, that stand for it only as they are written, see `phrases`. A label
    that is among them is not looked for by its stem.
    """

    id: str
    labels: Mapping[str, tuple[str, ...]]
    sectors: tuple[str, ...]
    broader: str | None
    exact: Mapping[str, tuple[str, ...]]

    def preferred(self, language: str) -> str:
        """The preferred label, in English where the language has none."""
        return self.labels.get(language, self.labels["en"])[0]

    def stemmed(self, language: str) -> tuple[str, ...]:
        """The labels that are found in whatever form their words have."""
        as_written = {fold(word) for word in self.exact.get(language, ())}
        return tuple(label for label in self.labels.get(language, ()) if fold(label) not in as_written)


@dataclass(frozen=True)
class Thesaurus:
    """All concepts by id, in the order of the files; and the phrases of each modality by language."""

    concepts: Mapping[str, Concept]
    modalities: Mapping[str, Mapping[str, tuple[str, ...]]]

    @cached_property
    def subthemes(self) -> tuple[str, ...]:
        return tuple(concept.id for concept in self.concepts.values() if concept.broader is None)

    @cached_property
    def phrases(self) -> Mapping[str, Phrases]:
        """By language, the labels of all concepts, to be found in texts."""
        return {
            language: phrases(
                {c.id: c.stemmed(language) for c in self.concepts.values()},
                language,
                {c.id: c.exact[language] for c in self.concepts.values() if language in c.exact},
            )
            for language in LANGUAGES
        }

    @cached_property
    def manners(self) -> Mapping[str, Phrases]:
        """By language, the phrases of all modalities."""
        return {
            language: phrases(
                {m: labels.get(language, ()) for m, labels in self.modalities.items()}, language
            )
            for language in LANGUAGES
        }

    def lineage(self, id: str) -> Iterator[str]:
        """The concept, what is broader, and so on up to its sub-theme."""
        at: str | None = id
        while at is not None:
            yield at
            at = self.concepts[at].broader


def load(seed: Path, catalogue: Catalogue) -> Thesaurus:
    """Read seed/thesaurus.

    Raises:
        BadSeed: naming the file, the line, and what is wrong.
    """
    folder = seed / "thesaurus"
    concepts: dict[str, Concept] = {}
    for sector in catalogue.sectors:
        file = folder / f"{sector}.yaml"
        for line, entry in _entries(file, _ConceptIn):
            if entry.id in concepts:
                raise BadSeed(file, line, f"{entry.id} stands twice")
            if unknown := set(entry.also) - set(catalogue.sectors):
                raise BadSeed(file, line, f"{entry.id}: unknown sector “{min(unknown)}”")
            sectors = tuple(dict.fromkeys((sector, *entry.also)))
            exact: dict[str, tuple[str, ...]] = {tag: tuple(listed) for tag, listed in entry.exact.items()}
            concepts[entry.id] = Concept(entry.id, _labels(entry), sectors, entry.broader, exact)
        for line, entry in _entries(file, _ConceptIn):
            _check_lineage(file, line, concepts, entry.id, sector)
    file = folder / f"{MODALITIES}.yaml"
    modalities = {}
    for line, said in _entries(file, _ModalityIn):
        if said.modality not in catalogue.modalities:
            raise BadSeed(file, line, f"unknown modality “{said.modality}”")
        modalities[said.modality] = _labels(said)
    return Thesaurus(concepts, modalities)


def _check_lineage(file: Path, line: int, concepts: Mapping[str, Concept], id: str, sector: str) -> None:
    at, passed = concepts[id], {id}
    while at.broader is not None:
        broader = concepts.get(at.broader)
        if broader is None or broader.sectors[0] != sector:
            raise BadSeed(file, line, f"{id}: broader “{at.broader}” is not a concept of this file")
        if broader.id in passed:
            raise BadSeed(file, line, f"{id} is broader than itself, by way of {at.id}")
        passed.add(broader.id)
        at = broader


def _labels(entry: _Labelled) -> dict[str, tuple[str, ...]]:
    return {tag: tuple(labels) for tag in LANGUAGES if (labels := getattr(entry, tag))}


def _entries(file: Path, shape: type[T]) -> list[tuple[int, T]]:
    """The entries of a file with the line that each begins on."""
    return [(line(()), entry) for entry, _, line in listed(file, shape)]
