"""The closed vocabulary of eligibility rules, as a source states them.

A rule is data: what it is about, what it demands, why, and where that is written. How a rule is
answered for a situation is told in `app.eligibility`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from app.catalogue.label import Label
from app.sources import Citation, Fact, Text

Party = Literal["receiver", "provider", "applicants"]
Enumeration = Literal["closed", "open"]
"""closed: the source lists all there are; open: it lists some ("include", "such as")."""

Statement = Literal[
    "accepts-charge",
    "benefits-less-developed-economy",
    "concrete-action",
    "gdln-room",
    "health-ministry-support",
    "horizontal-and-owned",
    "resident-applicant",
    "strengthens-cooperation-agency",
    "technical-project",
    "transnational-challenge",
    "within-biennial-plan",
]
"""What only the applicants can confirm."""


class _Rule(Fact):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    because: Label
    ask: Label
    citation: Citation


class AtMost(_Rule):
    """A ceiling, in United States dollars per operation."""

    kind: Literal["at_most"]
    about: Literal["amount_usd"]
    value: Annotated[int, Field(gt=0)]


class AtLeast(_Rule):
    """A minimum number of applicant countries."""

    kind: Literal["at_least"]
    about: Literal["applicants"]
    value: Annotated[int, Field(gt=0)]


class MemberOf(_Rule):
    """Membership of a group; a group that the source does not enumerate leaves it unknown."""

    kind: Literal["member_of"]
    about: Party
    group: Text


class NotAmong(_Rule):
    """A named exception, with the date since which it holds where the source gives one."""

    kind: Literal["not_among"]
    about: Party
    countries: tuple[str, ...]
    since: Mapping[str, str] = Field(default_factory=dict)

    @field_validator("since")
    @classmethod
    def _of_those_excepted(cls, since: Mapping[str, str], others: ValidationInfo) -> Mapping[str, str]:
        if unknown := since.keys() - set(others.data.get("countries", since)):
            raise ValueError(f"{', '.join(sorted(unknown))} is not among the countries excepted")
        return since


class DocumentedUse(_Rule):
    """Use on record: evidence for those named, silence about the others."""

    kind: Literal["documented_use"]
    about: Party
    countries: tuple[str, ...]


class InRegion(_Rule):
    """Open to the countries of Latin America and the Caribbean."""

    kind: Literal["in_region"]
    about: Party


class SectorIn(_Rule):
    """Sectors that the instrument covers."""

    kind: Literal["sector_in"]
    sectors: tuple[str, ...]
    list: Enumeration


class ModalityIn(_Rule):
    """Modalities that the instrument pays for."""

    kind: Literal["modality_in"]
    modalities: tuple[str, ...]
    list: Enumeration


class Confirmed(_Rule):
    """A condition that only the applicants can confirm."""

    kind: Literal["confirmed"]
    about: Statement


Rule = Annotated[
    AtMost | AtLeast | MemberOf | NotAmong | DocumentedUse | InRegion | SectorIn | ModalityIn | Confirmed,
    Field(discriminator="kind"),
]
