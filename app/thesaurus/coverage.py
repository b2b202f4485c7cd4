"""What a body of texts says in the words of the thesaurus: which concepts are found, how often, and how much
of the texts they take in.

That a concept is never found in a small sample is no fault by itself: it waits for the posting that needs
it. A sector of which nothing is found, or a language of which little is, tells where to look.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.language.analyse import Placed
from app.language.wording import Wording
from app.thesaurus.concepts import Thesaurus


@dataclass(frozen=True, slots=True)
class Found:
    """How many different concepts are found, and how often in all."""

    concepts: int
    mentions: int


@dataclass(frozen=True)
class Coverage:
    """Counts by language, that of the passage: the words that carry meaning, and those of them that lie
    inside some mention; mentions also by concept. `texts` counts by the language of the whole text."""

    texts: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)
    inside: Mapping[str, int] = field(default_factory=dict)
    mentions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By concept and language."""

    def share(self, language: str | None = None) -> float:
        """Of the words that carry meaning, the share inside a mention: inside / words; 0 without words."""
        inside, words = (
            sum(count for tag, count in counts.items() if language in (None, tag))
            for counts in (self.inside, self.words)
        )
        return inside / words if words else 0.0

    def found(self, thesaurus: Thesaurus, *, sector: str | None = None, language: str | None = None) -> Found:
        """What is found, of a sector (the concept's own, the one whose file it stands in), in a language."""
        counts = {
            (id, tag): count
            for (id, tag), count in self.mentions.items()
            if sector in (None, thesaurus.concepts[id].sectors[0]) and language in (None, tag)
        }
        return Found(len({id for id, _ in counts}), sum(counts.values()))

    def never(self, thesaurus: Thesaurus, sector: str) -> tuple[str, ...]:
        """The concepts of a sector that are found in no language, in the order of the file."""
        found = {id for id, _ in self.mentions}
        return tuple(
            id
            for id, concept in thesaurus.concepts.items()
            if concept.sectors[0] == sector and id not in found
        )


def coverage(thesaurus: Thesaurus, wordings: Iterable[Wording]) -> Coverage:
    """Find the concepts in texts, as the matching does: passage by passage, each in its own language."""
    texts, words, inside = Counter[str](), Counter[str](), Counter[str]()
    mentions = Counter[tuple[str, str]]()
    for wording in wordings:
        texts[wording.language] += 1
        placed = dict[str, list[Placed]]()
        for place, language in wording.words():
            placed.setdefault(language, []).append(place)
        for language, sequence in placed.items():
            words[language] += len(sequence)
            taken = set[int]()
            for mention in thesaurus.phrases[language].find([place.word for place in sequence]):
                mentions[mention.meaning, language] += 1
                taken.update(range(mention.first, mention.last + 1))
            inside[language] += len(taken)
    return Coverage(texts, words, inside, mentions)


def together(parts: Iterable[Coverage]) -> Coverage:
    """The counts of several bodies of texts as those of one."""
    texts, words, inside = Counter[str](), Counter[str](), Counter[str]()
    mentions = Counter[tuple[str, str]]()
    for part in parts:
        texts.update(part.texts)
        words.update(part.words)
        inside.update(part.inside)
        mentions.update(part.mentions)
    return Coverage(texts, words, inside, mentions)
