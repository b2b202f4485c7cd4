"""What most teams ship, ranked in the same run on the same texts: scikit-learn's TF-IDF and a dot product."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel

from app.matching.posting import Posting

Ranking = list[str]


def word_tfidf(requests: Sequence[Posting], offers: Sequence[Posting]) -> list[Ranking]:
    """Whole words as they are written, defaults of scikit-learn."""
    return _ranked(TfidfVectorizer(), requests, offers)


def character_tfidf(requests: Sequence[Posting], offers: Sequence[Posting]) -> list[Ranking]:
    """Runs of three to five letters within words."""
    return _ranked(TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5)), requests, offers)


BASELINES = {"word TF-IDF": word_tfidf, "letter TF-IDF": character_tfidf}


def _ranked(
    vectoriser: TfidfVectorizer, requests: Sequence[Posting], offers: Sequence[Posting]
) -> list[Ranking]:
    """For each request the ids of the offers of other countries, best first, ties by id."""
    offers = sorted(offers, key=lambda offer: offer.id)
    given = vectoriser.fit_transform([offer.text for offer in offers])
    similarity = linear_kernel(vectoriser.transform([request.text for request in requests]), given)
    return [
        [
            offers[place].id
            for place in np.argsort(-row, kind="stable")
            if offers[place].country != request.country
        ]
        for request, row in zip(requests, similarity, strict=True)
    ]
