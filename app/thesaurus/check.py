"""What is wrong with the labels of a thesaurus: those that cannot be found, or that mean two things."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from app.language.analyse import fold, words
from app.language.detect import LANGUAGES
from app.thesaurus.concepts import Thesaurus

Kind = Literal["ambiguous", "colliding", "unfindable", "unlabelled"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One label that is not as it should be.

    *ambiguous*: two meanings have the same label. *colliding*: they have different labels of which the
    same stems are left. Of either, texts are only ever found to mean the first. *unfindable*: nothing
    is left of the label, it is made of stop words. *unlabelled*: there is none at all; the label is the
    preferred one in English.
    """

    kind: Kind
    language: str
    label: str
    meaning: str
    other_label: str | None = None
    other_meaning: str | None = None


def check(thesaurus: Thesaurus) -> Iterator[Finding]:
    """Everything that is wrong; concepts among themselves, and modalities among themselves."""
    concepts = {
        concept.id: {language: concept.stemmed(language) for language in LANGUAGES}
        for concept in thesaurus.concepts.values()
    }
    for meanings in (concepts, thesaurus.modalities):
        for language in LANGUAGES:
            taken: dict[tuple[str, ...], tuple[str, str]] = {}
            for meaning, labels in meanings.items():
                for label in labels.get(language, ()):
                    stems = tuple(word.stem for word, _, _ in words(label, language))
                    if not stems:
                        yield Finding("unfindable", language, label, meaning)
                        continue
                    first, at = taken.setdefault(stems, (label, meaning))
                    if at != meaning:
                        same = first.casefold() == label.casefold()
                        kind: Kind = "ambiguous" if same else "colliding"
                        yield Finding(kind, language, label, meaning, first, at)
    yield from _exact(thesaurus)


def unlabelled(thesaurus: Thesaurus, languages: Iterable[str]) -> Iterator[Finding]:
    """The concepts that texts in one of these languages cannot name."""
    spoken = sorted(languages)
    for concept in thesaurus.concepts.values():
        for language in spoken:
            if language not in concept.labels and language not in concept.exact:
                yield Finding("unlabelled", language, concept.preferred("en"), concept.id)


def _exact(thesaurus: Thesaurus) -> Iterator[Finding]:
    for language in LANGUAGES:
        taken: dict[str, tuple[str, str]] = {}
        for concept in thesaurus.concepts.values():
            for word in concept.exact.get(language, ()):
                if len(list(words(word, language))) != 1:
                    yield Finding("unfindable", language, word, concept.id)
                    continue
                first, at = taken.setdefault(fold(word), (word, concept.id))
                if at != concept.id:
                    yield Finding("ambiguous", language, word, concept.id, first, at)
