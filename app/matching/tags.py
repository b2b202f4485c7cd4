"""Sectors and modalities that a text speaks of, for a posting that does not name them or is being written.

One logistic regression for each sector and for each modality (scikit-learn), on three kinds of features:
concepts that the text names with what is broader, its stems, and the shares of the sectors (or
modalities) that these mentions vote for. It is fitted on the labels of the thesaurus, on what the
catalogue says of sectors and modalities, and on tagged postings where there are any. The features of
concepts are the same in every language, so that what is learnt in one holds in the others.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression

from app.catalogue import Catalogue
from app.catalogue.label import LANGUAGES
from app.language.wording import Wording
from app.matching.posting import Posting
from app.thesaurus import Phrases, Thesaurus

LIKELY = 0.4
"""Probability from which on a tag is suggested; the likeliest one is suggested from UNLIKELY on."""

UNLIKELY = 0.2

MOST_SECTORS, MOST_MODALITIES, MOST_WORDS = 3, 3, 4
"""Tags suggested at most, and words of the text that are shown for each."""

VOTES = 1.0
"""What the votes of all mentions weigh beside the other features, whose squares add up to 1."""

OF_A_LABEL = 0.05
"""What the labels of one concept count as an example, beside a posting that somebody has tagged."""


class Tag(NamedTuple):
    """A suggested slug, its probability in [0, 1], and the words of the text that speak for it."""

    slug: str
    probability: float
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Example:
    """A text as features: what stands in it, how often, and what its mentions vote for."""

    terms: Mapping[str, float]
    votes: npt.NDArray[np.float64]


class Tagger:
    """Fitted when it is first asked, which takes about two seconds; asking is for any thread."""

    def __init__(
        self,
        catalogue: Catalogue,
        thesaurus: Thesaurus,
        examples: Callable[[], Sequence[Posting]] = tuple,
    ) -> None:
        """`examples` are tagged postings to learn from, called for when they are needed."""
        self._catalogue = catalogue
        self._thesaurus = thesaurus
        self._called_for = examples
        self._sectors = tuple(catalogue.sectors)
        self._modalities = tuple(slug for slug, known in catalogue.modalities.items() if known.for_postings)

    @cached_property
    def _examples(self) -> Sequence[Posting]:
        return self._called_for()

    @cached_property
    def _of_sectors(self) -> "_Classifier":
        concepts = self._thesaurus.concepts
        labels: list[tuple[_Example, tuple[str, ...]]]
        labels = [(self._of_concept(id), concept.sectors) for id, concept in concepts.items()]
        labels += [
            (self._read(Wording(f"{sector.name.in_(tag)}. {sector.about.in_(tag)}", tag)), (slug,))
            for slug, sector in self._catalogue.sectors.items()
            for tag in LANGUAGES
        ]
        tagged = [(self._read(one.wording), one.sectors) for one in self._examples if one.sectors]
        weights = [OF_A_LABEL] * len(labels) + [1.0] * len(tagged)
        return _Classifier(self._sectors, [*labels, *tagged], weights)

    @cached_property
    def _of_modalities(self) -> "_Classifier":
        said = [
            (". ".join(phrases), tag, slug)
            for slug, by_language in self._thesaurus.modalities.items()
            for tag, phrases in by_language.items()
        ]
        said += [
            (self._catalogue.modalities[slug].name.in_(tag), tag, slug)
            for slug in self._modalities
            for tag in LANGUAGES
        ]
        examples: list[tuple[_Example, tuple[str, ...]]]
        examples = [(self._manner(Wording(text, tag)), (slug,)) for text, tag, slug in said]
        examples += [(self._manner(one.wording), one.modalities) for one in self._examples if one.modalities]
        return _Classifier(self._modalities, examples, [1.0] * len(examples))

    def fit(self) -> None:
        """Fit now what would be fitted when it is first asked for."""
        _ = self._of_sectors, self._of_modalities

    def sectors(self, wording: Wording) -> tuple[Tag, ...]:
        """The sectors that a text seems to be about, likeliest first; none for a text without words."""
        because: dict[str, Counter[str]] = {}
        for id, surface in self._mentions(wording, self._thesaurus.phrases):
            for sector in self._thesaurus.concepts[id].sectors:
                because.setdefault(sector, Counter())[surface] += 1
        return _tags(self._of_sectors, self._read(wording), MOST_SECTORS, because)

    def modalities(self, wording: Wording) -> tuple[Tag, ...]:
        """The ways in which a text seems to want to teach or learn, likeliest first."""
        because: dict[str, Counter[str]] = {}
        for slug, surface in self._mentions(wording, self._thesaurus.manners):
            because.setdefault(slug, Counter())[surface] += 1
        return _tags(self._of_modalities, self._manner(wording), MOST_MODALITIES, because)

    def _of_concept(self, id: str) -> _Example:
        concept = self._thesaurus.concepts[id]
        terms = Counter(f"concept:{one}" for one in self._thesaurus.lineage(id))
        for language, labels in concept.labels.items():
            terms += Counter(f"stem:{p.word.stem}" for p, _ in Wording("\n".join(labels), language).words())
        return _Example(terms, _shares(self._sectors, concept.sectors))

    def _read(self, wording: Wording) -> _Example:
        terms = Counter(f"stem:{placed.word.stem}" for placed, _ in wording.words())
        votes: Counter[str] = Counter()
        for id, _ in self._mentions(wording, self._thesaurus.phrases):
            terms.update(f"concept:{one}" for one in self._thesaurus.lineage(id))
            for place, sector in enumerate(self._thesaurus.concepts[id].sectors, start=1):
                votes[sector] += 1 / place  # type: ignore[assignment]  # a share of a vote for a second sector
        return _Example(terms, _shares(self._sectors, votes))

    def _manner(self, wording: Wording) -> _Example:
        terms = Counter(f"stem:{placed.word.stem}" for placed, _ in wording.words())
        votes = Counter(slug for slug, _ in self._mentions(wording, self._thesaurus.manners))
        return _Example(terms, _shares(self._modalities, votes))

    @staticmethod
    def _mentions(wording: Wording, phrases: Mapping[str, Phrases]) -> Iterable[tuple[str, str]]:
        """What a text names, in which words."""
        by_language: dict[str, list] = {}  # type: ignore[type-arg]
        for placed, language in wording.words():
            by_language.setdefault(language, []).append(placed)
        for language, spoken in by_language.items():
            for mention in phrases[language].find([placed.word for placed in spoken]):
                start, end = spoken[mention.first].start, spoken[mention.last].end
                yield mention.meaning, " ".join(wording.text[start:end].split())


def _shares(slugs: Sequence[str], votes: Mapping[str, float] | Sequence[str]) -> npt.NDArray[np.float64]:
    """Votes in the order of the slugs, adding up to 1 (0 without any)."""
    counted = votes if isinstance(votes, Mapping) else Counter(votes)
    shares = np.array([counted.get(slug, 0.0) for slug in slugs], dtype=np.float64)
    return shares / shares.sum() if shares.any() else shares


class _Classifier:
    """A logistic regression for each slug, over the same features."""

    def __init__(
        self,
        slugs: Sequence[str],
        tagged: Sequence[tuple[_Example, Sequence[str]]],
        weights: Sequence[float],
    ) -> None:
        self.slugs = tuple(slugs)
        examples = [example for example, _ in tagged]
        self._numbers = DictVectorizer()
        self._tfidf = TfidfTransformer(sublinear_tf=True)
        self._tfidf.fit(self._numbers.fit_transform([example.terms for example in examples]))
        features = self._features(examples)
        self._coefficients = np.zeros((len(self.slugs), features.shape[1]))
        self._intercepts = np.full(len(self.slugs), -np.inf)
        for place, slug in enumerate(self.slugs):
            target = np.array([slug in named for _, named in tagged])
            if target.any() and not target.all():
                model = LogisticRegression(
                    C=10.0, class_weight="balanced", solver="liblinear", random_state=0
                )
                model.fit(features, target, sample_weight=np.array(weights))
                self._coefficients[place], self._intercepts[place] = model.coef_[0], model.intercept_[0]

    def _features(self, examples: Sequence[_Example]) -> csr_matrix:
        terms = self._tfidf.transform(self._numbers.transform([example.terms for example in examples]))
        votes = csr_matrix(VOTES * np.array([example.votes for example in examples]))
        return hstack([terms, votes]).tocsr()

    def probabilities(self, example: _Example) -> npt.NDArray[np.float64]:
        """Of each slug, in their order."""
        decided = self._features([example]) @ self._coefficients.T + self._intercepts
        return np.asarray(1.0 / (1.0 + np.exp(-decided))).ravel()


def _tags(
    classifier: _Classifier, example: _Example, most: int, because: Mapping[str, Counter[str]]
) -> tuple[Tag, ...]:
    if not example.terms:
        return ()
    probabilities = classifier.probabilities(example)
    best = [int(place) for place in np.argsort(-probabilities, kind="stable")[:most]]
    chosen = [place for place in best if probabilities[place] >= LIKELY]
    chosen = chosen or [place for place in best[:1] if probabilities[place] >= UNLIKELY]
    return tuple(
        Tag(slug, round(float(probabilities[place]), 4), _commonest(because.get(slug, Counter())))
        for place, slug in ((place, classifier.slugs[place]) for place in chosen)
    )


def _commonest(words: Counter[str]) -> tuple[str, ...]:
    return tuple(word for word, _ in words.most_common(MOST_WORDS))
