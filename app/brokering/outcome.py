"""What came of an exchange, as either side or the broker reports it; both sides see it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import Invalid
from app.intake import Day, Link, Said, faults_of, within
from app.matching.posting import Posting

LONGEST = 4000
"""Characters of a field."""

Words = Annotated[str, Field(max_length=LONGEST), Said]


class Outcome(BaseModel):
    """What was held and what it changed. Only a summary is demanded: a short report is better than none."""

    model_config = ConfigDict(extra="forbid", strict=True)

    summary: Words
    held: bool = Field(True, description="Whether the exchange took place.")
    held_on: Day | None = Field(None, description="Its last day.")
    changed: Words | None = Field(None, description="What the receiver does otherwise now.")
    useful: Annotated[int, Field(ge=1, le=5)] | None = Field(None, description="1 not at all, 5 very.")
    good_practice: Words | None = Field(None, description="What others can learn from it.")
    links: Annotated[list[Link], Field(max_length=20)] = []


def as_offer(request: Posting, sectors: tuple[str, ...], outcome: Mapping[str, Any]) -> dict[str, Any]:
    """What the receiver of a completed exchange could post as an offer of its own, as a body of the API.

    It is a draft for the receiver to put in its own words: what was asked for is what is known now.
    """
    said = (outcome.get("good_practice"), outcome.get("changed"), outcome.get("summary"))
    return {
        "title": request.title,
        "description": "\n\n".join(text for text in said if text),
        "country": request.country,
        "language": request.language,
        "sectors": list(sectors),
        "modalities": list(request.modalities),
        "keywords": list(request.keywords),
        "practice": {"level": "transferred", "evidence": list(outcome.get("links", ()))},
        "visibility": request.visibility,
    }


def read_outcome(sent: Mapping[str, Any] | str, *, at: str = "") -> dict[str, Any]:
    """An outcome as it is kept; a text alone is a summary. `at` is where it stands in the body.

    Raises:
        Invalid: naming every fault with its place.
    """
    body = {"summary": sent} if isinstance(sent, str) else dict(sent)
    try:
        return Outcome.model_validate(body).model_dump(mode="json")
    except ValidationError as wrong:
        raise Invalid(within(at, faults_of(wrong, Outcome.model_fields))) from None
