"""The language that a caller asks for, out of those the labels exist in."""

from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Header

from app.catalogue.label import LANGUAGES


@lru_cache(maxsize=256)
def preferred(accept_language: str, among: tuple[str, ...] = LANGUAGES) -> str:
    """The best of our languages for an Accept-Language header (RFC 9110, 12.5.4); the first when none fits.

    A region is passed over: pt-BR is pt. Among equal wishes the first one written wins.
    """
    wishes = []
    for place, wish in enumerate(accept_language.split(",")):
        tag, _, parameters = wish.partition(";")
        quality = _quality(parameters)
        language = tag.strip().lower().split("-")[0]
        if language == "*":
            language = among[0]
        if language in among and quality > 0:
            wishes.append((-quality, place, language))
    return min(wishes)[2] if wishes else among[0]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


async def _spoken(
    accept_language: Annotated[
        str, Header(alias="Accept-Language", description="Language of labels and reasons: en, es, pt or fr.")
    ] = "",
) -> str:
    return preferred(accept_language[:1000])


Spoken = Annotated[str, Depends(_spoken)]
"""The language to answer in, for a route that asks for it."""
