"""The closed vocabulary of eligibility rules, as a source states them.

A rule is data: what it is about, what it demands, why, and where that is written. How a rule is
answered for a situation is told in `app.eligibility`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from app.catalogue.label import Label
from app.sources import Citation, Fact, Text

Party = Literal["receiver", "provider", "applicants"]
Enumeration = Literal["closed", "open"]
"""closed: the source lists all there are; open: it lists some ("include", "such as")."""

WindowKind = Literal["rolling", "annual-call", "board", "biennial-plan"]
"""How the moment is given at which an application can be acted on."""

Base = Literal["country-allocation"]
"""What a percentage is taken of."""


class _Rule(Fact):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    because: Label
    ask: Label
    as_of: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None
    """When it was so, where the source dates it apart from its instrument."""
    citation: Citation


class AtMost(_Rule):
    """A ceiling, in United States dollars per operation."""

    kind: Literal["at_most"]
    about: Literal["amount_usd"]
    value: Annotated[int, Field(gt=0)]


class AtMostShare(_Rule):
    """A ceiling in percent of a sum that the receiver's country knows."""

    kind: Literal["at_most_share"]
    about: Literal["amount_usd"]
    percent: Annotated[float, Field(gt=0, le=100)]
    of: Base


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


class ContributesOnly(_Rule):
    """A role: those named pay in or take part, and do not receive."""

    kind: Literal["contributes_only"]
    about: Literal["receiver"]
    countries: tuple[str, ...]


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


class _Told(_Rule):
    """What only the applicants can say: `about` is one of the statements of seed/."""

    about: Text


class EndorsedBy(_Told):
    """An authority must stand behind the application."""

    kind: Literal["endorsed_by"]


class ResultsIn(_Told):
    """A result that the exchange must have."""

    kind: Literal["results_in"]


class SharesCost(_Told):
    """The applicants bear a part of the cost; `percent` of it where the source says how much."""

    kind: Literal["shares_cost"]
    percent: Annotated[float, Field(gt=0, le=100)] | None = None


class Confirmed(_Told):
    """Any other condition that only the applicants can confirm."""

    kind: Literal["confirmed"]


class WithinWindow(_Rule):
    """An application counts within its window; a rolling one is always open, of others one must ask."""

    kind: Literal["within_window"]
    window: WindowKind
    about: Text | None = None

    @model_validator(mode="after")
    def _says_what_to_ask(self) -> Self:
        if (self.window == "rolling") != (self.about is None):
            raise ValueError(
                "a window that is not rolling names the statement that it is met, a rolling one none"
            )
        return self


Rule = Annotated[
    AtMost
    | AtMostShare
    | AtLeast
    | MemberOf
    | NotAmong
    | ContributesOnly
    | DocumentedUse
    | InRegion
    | SectorIn
    | ModalityIn
    | EndorsedBy
    | ResultsIn
    | SharesCost
    | Confirmed
    | WithinWindow,
    Field(discriminator="kind"),
]

Told = EndorsedBy | ResultsIn | SharesCost | Confirmed
"""Rules that a statement of the applicants answers."""

TOLD_KINDS = ("endorsed_by", "results_in", "shares_cost", "confirmed", "within_window")
"""Kinds of rules whose `about` is a statement."""


def statement_of(rule: Rule) -> str | None:
    """The statement that answers a rule, if it is one that only the applicants can answer."""
    return rule.about if isinstance(rule, Told | WithinWindow) else None
