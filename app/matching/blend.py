"""How much each view of two texts counts in their similarity, by how their languages stand to one another.

Cosines in different views, and of texts in different languages, are not on one scale: within a language
the words themselves lead; across languages the pivot does, where both can be read in it; and where one
cannot, the concepts of the thesaurus, with the letters that words of a common root share.
"""

from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Meeting = Literal["same", "bridged", "unbridged"]
"""Same language; different ones that can both be read in the pivot; different ones of which one cannot."""

MEETINGS: tuple[Meeting, ...] = ("same", "bridged", "unbridged")


class Shares(NamedTuple):
    """What a unit of cosine in each view adds to the similarity."""

    stems: float
    pivot: float
    grams: float
    concepts: float


@dataclass(frozen=True)
class Blend:
    """The shares for each meeting of languages. They need not add up to 1: what a cosine across languages
    lacks on one within a language is made good here. Chosen on the first two parts of the evaluation."""

    same: Shares
    bridged: Shares
    unbridged: Shares

    def __post_init__(self) -> None:
        if any(min(getattr(self, field.name)) < 0 for field in fields(self)):
            raise ValueError("no view takes away from the similarity")

    def table(self) -> npt.NDArray[np.float32]:
        """Shape (meetings, views), in the order of MEETINGS and of the views."""
        return np.array([getattr(self, meeting) for meeting in MEETINGS], dtype=np.float32)


BLEND = Blend(
    same=Shares(stems=0.2, pivot=0.2, grams=0.4, concepts=0.3),
    bridged=Shares(stems=0.1, pivot=0.2, grams=0.4, concepts=0.4),
    unbridged=Shares(stems=0.2, pivot=0.1, grams=0.3, concepts=0.6),
)
"""The published blend."""


def meetings(language: Any, bridged: Any, languages: Any, bridges: Any) -> npt.NDArray[np.int8]:
    """How one text meets many, as places in MEETINGS: by language, and by whether the pivot bridges them."""
    across = np.where(bridged & np.asarray(bridges), 1, 2)
    return np.where(np.asarray(languages) == language, 0, across).astype(np.int8)
