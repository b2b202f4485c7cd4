"""What comes in: bodies as they were sent, and the values of filters."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.catalogue import Catalogue
from app.errors import Fault, Invalid
from app.intake import LANGUAGES, near


async def _raw(request: Request) -> bytes:
    return await request.body()


Raw = Annotated[bytes, Depends(_raw)]
"""The body as it was sent, read before anything is locked: a slow sender holds up nobody else."""


class Query(BaseModel):
    """Parameters of an address. A misspelt one is refused: the answer would be to another question."""

    model_config = ConfigDict(extra="forbid")


class ListQuery(Query):
    """What every list takes."""

    limit: Annotated[int, Field(ge=1, le=200, description="Items at most in this answer.")] = 50
    cursor: Annotated[str | None, Field(max_length=500, description="`next` of the answer before.")] = None


Since = Annotated[AwareDatetime | None, Field(description="RFC 3339, with its zone.")]


def known_filters(catalogue: Catalogue, **asked: str | None) -> dict[str, str | None]:
    """The values of filters, each known to the catalogue; countries as alpha-3, languages without region.

    Raises:
        Invalid: naming every value that is not known, and what is near it.
    """
    known: Mapping[str, list[str]] = {
        "country": list(catalogue.countries),
        "sector": list(catalogue.sectors),
        "modality": list(catalogue.modalities),
        "channel": list(catalogue.channels),
        "language": list(LANGUAGES),
    }
    found, faults = dict(asked), []
    for name, word in asked.items():
        if word is None:
            continue
        if name == "country":
            country = catalogue.country(word)
            found[name] = country.iso3 if country else word
        elif name == "language":
            found[name] = word.lower().split("-")[0]
        if found[name] not in known[name]:
            faults.append(
                Fault(f"/query/{name}", f"“{word[:100]}” is not a {name}{near(word[:100], known[name])}.")
            )
    if faults:
        raise Invalid(faults)
    return found
