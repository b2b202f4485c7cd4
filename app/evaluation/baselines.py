"""What most teams ship, ranked in the same run on the same texts, untranslated."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel

from app.errors import Unusable
from app.matching.posting import Posting

try:
    import bm25s
except ImportError:  # a dependency of development only: nothing that is served needs it
    bm25s = None

Ranking = list[str]
Texts = Sequence[str]
Similarity = npt.NDArray[np.float64]
"""Of each request with each offer, shape (requests, offers)."""


def word_tfidf(requests: Texts, offers: Texts) -> Similarity:
    """Whole words as they are written, defaults of scikit-learn."""
    return _cosines(TfidfVectorizer(), requests, offers)


def character_tfidf(requests: Texts, offers: Texts) -> Similarity:
    """Runs of three to five letters within words."""
    return _cosines(TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)), requests, offers)


def bm25(requests: Texts, offers: Texts) -> Similarity:
    """Whole words as they are written, defaults of bm25s (Lucene's formula, k1 = 1.5, b = 0.75).

    Raises:
        Unusable: if bm25s is not installed.
    """
    if bm25s is None:
        raise Unusable("BM25 is measured with bm25s, which is not installed; run: make evaluate")
    asked, given = (
        bm25s.tokenize(list(texts), stopwords=None, return_ids=False, show_progress=False)
        for texts in (requests, offers)
    )
    engine = bm25s.BM25()
    engine.index(given, show_progress=False)
    # It counts a word that no offer has as an error when a request has no others.
    known = {word for words in given for word in words}
    rows = ([word for word in words if word in known] for words in asked)
    return np.array(
        [engine.get_scores(row) if row else np.zeros(len(offers)) for row in rows], dtype=np.float64
    )


BASELINES: dict[str, Callable[[Texts, Texts], Similarity]] = {
    "BM25": bm25,
    "word TF-IDF": word_tfidf,
    "letter TF-IDF": character_tfidf,
}


def _cosines(vectoriser: TfidfVectorizer, requests: Texts, offers: Texts) -> Similarity:
    given = vectoriser.fit_transform(offers)
    cosines: Similarity = linear_kernel(vectoriser.transform(requests), given)
    return cosines


def ranked(baseline: str, requests: Sequence[Posting], offers: Sequence[Posting]) -> list[Ranking]:
    """For each request the ids of the offers of other countries, best first, ties by id."""
    offers = sorted(offers, key=lambda offer: offer.id)
    similarity = BASELINES[baseline]([r.text for r in requests], [o.text for o in offers])
    return [
        [
            offers[place].id
            for place in np.argsort(-row, kind="stable")
            if offers[place].country != request.country
        ]
        for request, row in zip(requests, similarity, strict=True)
    ]
