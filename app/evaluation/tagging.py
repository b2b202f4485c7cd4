"""The suggesting of sectors and modalities: learnt from tagged texts, measured by language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationError
from sklearn.metrics import f1_score
from sklearn.model_selection import KFold

from app.catalogue import BadSeed, Catalogue
from app.evaluation.sets import Set, load_open, postings_of
from app.language.wording import Wording
from app.matching.posting import Posting
from app.matching.tags import Tag, Tagger
from app.sources import Fact, Text
from app.thesaurus import Thesaurus

FOLDS = 5
"""Parts that the building part is cut into: each is tagged by what was learnt from the others."""

What = Literal["sectors", "modalities"]


@dataclass(frozen=True, slots=True)
class TagFigures:
    """How well the tags that people gave are found: F1, averaged over the tags that occur, and over all."""

    what: What
    language: str
    """BCP 47, or "all"."""
    postings: int
    macro_f1: float
    micro_f1: float


def trained(seed: Path, catalogue: Catalogue, thesaurus: Thesaurus, *, today: date) -> Tagger:
    """What the service suggests tags with: learnt from seed/tagging and the open parts of the evaluation.

    They are read when it is first asked: BadSeed is raised then, naming the file and what is wrong with it.
    """

    def examples() -> list[Posting]:
        looked_at = load_open(seed, catalogue, today=today)
        return [*written(seed, catalogue), *postings_of(looked_at.values())]

    return Tagger(catalogue, thesaurus, examples)


class _Written(Fact):
    title: Text
    description: Text
    language: Literal["en", "es", "pt", "fr", "nl"]
    sectors: Annotated[list[Text], Field(min_length=1)]
    modalities: list[Text]


def written(seed: Path, catalogue: Catalogue) -> list[Posting]:
    """The texts of seed/tagging, written and tagged to learn from and for nothing else.

    Raises:
        BadSeed: naming the file, the line and what is wrong.
    """
    found = []
    for file in sorted((seed / "tagging").glob("*.jsonl")):
        for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                one = _Written.model_validate_json(text)
            except ValidationError as wrong:
                first = wrong.errors(include_url=False)[0]
                raise BadSeed(file, line, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
            if unknown := {*one.sectors} - {*catalogue.sectors} | {*one.modalities} - {*catalogue.modalities}:
                raise BadSeed(file, line, f"unknown “{min(unknown)}”")
            found.append(
                Posting(
                    id=f"{file.stem}-{line}",
                    kind="offer",
                    title=one.title,
                    description=one.description,
                    language=one.language,
                    country="",
                    sectors=tuple(one.sectors),
                    modalities=tuple(one.modalities),
                )
            )
    return found


def tag_figures(
    measured: Set,
    looked_at: Sequence[Set],
    learnt: Sequence[Posting],
    catalogue: Catalogue,
    thesaurus: Thesaurus,
) -> tuple[TagFigures, ...]:
    """For each of both kinds of tags, by language, having learnt from `learnt` and the sets looked at.

    Of a set that is looked at, each posting is tagged by what was learnt from the others. A set is asked
    for what its own writers wrote, not for the offers that it shares with the sets before it.
    """
    known = postings_of(looked_at)
    names = [one.name for one in looked_at]
    if measured.name in names:
        before = postings_of(looked_at[: names.index(measured.name)])
        guessed = list(_crosswise(known, learnt, catalogue, thesaurus))
    else:
        before = known
        tagger = Tagger(catalogue, thesaurus, lambda: [*learnt, *known])
        guessed = [(one, tagger) for one in postings_of([measured])]
    shared = {(one.kind, one.id) for one in before}
    own = {(one.kind, one.id) for one in postings_of([measured])} - shared
    return tuple(_figures([(one, by) for one, by in guessed if (one.kind, one.id) in own], catalogue))


def _crosswise(
    postings: Sequence[Posting], learnt: Sequence[Posting], catalogue: Catalogue, thesaurus: Thesaurus
) -> Iterator[tuple[Posting, Tagger]]:
    """Each posting with a tagger that has not seen its fold."""
    for others, asked in KFold(FOLDS, shuffle=True, random_state=0).split(postings):
        seen = [*learnt, *(postings[place] for place in others)]
        tagger = Tagger(catalogue, thesaurus, partial(tuple, seen))
        for place in asked:
            yield postings[place], tagger


def _figures(guessed: Sequence[tuple[Posting, Tagger]], catalogue: Catalogue) -> Iterator[TagFigures]:
    kinds: tuple[tuple[What, list[str]], ...] = (
        ("sectors", list(catalogue.sectors)),
        ("modalities", [slug for slug, known in catalogue.modalities.items() if known.for_postings]),
    )
    for what, slugs in kinds:
        tagged = [(one, _asked(tagger, what, one.wording)) for one, tagger in guessed if _given(one, what)]
        languages = sorted({one.language for one, _ in tagged})
        for language in ("all", *languages) if tagged else ():
            chosen = [(one, tags) for one, tags in tagged if language in ("all", one.language)]
            true = np.array([[slug in _given(one, what) for slug in slugs] for one, _ in chosen])
            found = np.array([[slug in {tag.slug for tag in tags} for slug in slugs] for _, tags in chosen])
            occur = true.any(axis=0)
            yield TagFigures(
                what,
                language,
                len(chosen),
                float(f1_score(true[:, occur], found[:, occur], average="macro", zero_division=0.0)),
                float(f1_score(true, found, average="micro", zero_division=0.0)),
            )


def _given(posting: Posting, what: What) -> tuple[str, ...]:
    return posting.sectors if what == "sectors" else posting.modalities


def _asked(tagger: Tagger, what: What, wording: Wording) -> tuple[Tag, ...]:
    return tagger.sectors(wording) if what == "sectors" else tagger.modalities(wording)
