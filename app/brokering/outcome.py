"""What came of an exchange, as either side or the broker reports it; both sides see it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import Invalid
from app.intake import Day, Link, Said, faults_of, within

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
