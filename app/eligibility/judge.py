"""Every rule is asked, also after a "no": the reader wants them all. What nobody knows stays unknown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, assert_never

from app.catalogue.facts import Catalogue, Instrument, Step
from app.catalogue.rules import (
    AtLeast,
    AtMost,
    AtMostShare,
    Base,
    Confirmed,
    ContributesOnly,
    DocumentedUse,
    EndorsedBy,
    InRegion,
    MemberOf,
    ModalityIn,
    NotAmong,
    Party,
    ResultsIn,
    Rule,
    SectorIn,
    SharesCost,
    WithinWindow,
)

Answer = Literal["met", "not_met", "unknown"]
Standing = Literal["eligible", "conditional", "ineligible"]


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of an exchange when a rule is asked. None and empty mean: not known.

    Countries are ISO 3166-1 alpha-3, amounts United States dollars. `applicants` are all the countries
    that apply together; when they are not named, they are the receiver and the provider. `bases_usd` are
    the sums that percentages are taken of. `confirmed` has statements of seed/ that the applicants make
    (True) or deny (False).
    """

    receiver: str | None = None
    provider: str | None = None
    named_applicants: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    amount_usd: int | None = None
    bases_usd: Mapping[Base, int] = field(default_factory=dict)
    confirmed: Mapping[str, bool] = field(default_factory=dict)

    @property
    def applicants(self) -> tuple[str, ...]:
        named = self.named_applicants or tuple(c for c in (self.receiver, self.provider) if c)
        return tuple(dict.fromkeys(named))

    @property
    def all_who_apply_are_known(self) -> bool:
        """Whether nobody else can be among the applicants."""
        return bool(self.named_applicants or (self.receiver and self.provider))

    def countries(self, party: Party) -> tuple[str, ...]:
        """The countries in a role; none when they are not known."""
        if party == "applicants":
            return self.applicants
        country = self.receiver if party == "receiver" else self.provider
        return (country,) if country else ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, answered."""

    rule: Rule
    answer: Answer
    as_of: str
    """When what the rule says was so."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An instrument's rules answered for a situation, as of the date of the source."""

    instrument: Instrument
    findings: tuple[Finding, ...]
    steps: tuple[Step, ...] = ()
    """What to do next: the instrument's own steps, else those of its channel's cycle."""

    @property
    def standing(self) -> Standing:
        """ineligible if any rule is not met; eligible if all are met; else, or without rules, conditional."""
        answers = {finding.answer for finding in self.findings}
        if "not_met" in answers:
            return "ineligible"
        return "eligible" if answers == {"met"} else "conditional"

    @property
    def open_questions(self) -> tuple[Rule, ...]:
        """The rules whose answer must still be asked for."""
        return tuple(finding.rule for finding in self.findings if finding.answer == "unknown")


def best_first(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Verdicts as one reads them: by standing, described before mentioned, the least open first."""
    return tuple(
        sorted(
            verdicts,
            key=lambda v: (
                _STANDINGS.index(v.standing),
                v.instrument.told != "described",
                len(v.open_questions) / len(v.findings) if v.findings else 1.0,
            ),
        )
    )


_STANDINGS: tuple[Standing, ...] = ("eligible", "conditional", "ineligible")


def judge(instrument: Instrument, situation: Situation, catalogue: Catalogue) -> Verdict:
    """Ask every rule of `instrument`."""
    return Verdict(
        instrument,
        tuple(
            Finding(rule, answer(rule, situation, catalogue), rule.as_of or instrument.as_of)
            for rule in instrument.rules
        ),
        catalogue.steps_of(instrument),
    )


def answer(rule: Rule, situation: Situation, catalogue: Catalogue) -> Answer:
    """Answer one rule; unknown whenever the situation or the source does not say."""
    match rule:
        case AtMost():
            return _decided(None if situation.amount_usd is None else situation.amount_usd <= rule.value)
        case AtMostShare():
            amount, base = situation.amount_usd, situation.bases_usd.get(rule.of)
            # As decimals, for 0.57 as a binary fraction is a little less, and the ceiling may be asked for.
            percent = Decimal(str(rule.percent))
            return _decided(None if amount is None or base is None else amount * 100 <= base * percent)
        case AtLeast():
            enough = len(situation.applicants) >= rule.value
            return _decided(enough if enough or situation.all_who_apply_are_known else None)
        case MemberOf():
            group = catalogue.groups[rule.group]
            excepted = {exception.country for exception in group.exceptions}
            return _of_all(
                situation,
                rule.about,
                lambda c: _member(c, group.members or (), excepted, closed=group.list == "closed"),
            )
        case NotAmong() | ContributesOnly():
            return _of_all(situation, rule.about, lambda c: c not in rule.countries)
        case DocumentedUse():
            return _of_all(situation, rule.about, lambda c: True if c in rule.countries else None)
        case InRegion():
            # Open to the countries of the region: of territories and others the source says nothing.
            return _of_all(
                situation, rule.about, lambda c: True if catalogue.countries[c].kind == "country" else None
            )
        case SectorIn():
            return _listed(situation.sectors, rule.sectors, closed=rule.list == "closed")
        case ModalityIn():
            return _listed(situation.modalities, rule.modalities, closed=rule.list == "closed")
        case EndorsedBy() | ResultsIn() | SharesCost() | Confirmed():
            return _decided(situation.confirmed.get(rule.about))
        case WithinWindow():
            return _decided(situation.confirmed.get(rule.about) if rule.about else True)
    assert_never(rule)


def _decided(truth: bool | None) -> Answer:
    return "unknown" if truth is None else "met" if truth else "not_met"


def _of_all(situation: Situation, party: Party, holds: Callable[[str], bool | None]) -> Answer:
    """Not met if it fails for one; met if it holds for all, who must be known; else unknown."""
    answers = {_decided(holds(country)) for country in situation.countries(party)}
    if party == "applicants" and not situation.all_who_apply_are_known:
        answers.add("unknown")
    return "not_met" if "not_met" in answers else "met" if answers == {"met"} else "unknown"


def _member(country: str, members: tuple[str, ...], excepted: set[str], *, closed: bool) -> bool | None:
    if country in excepted:
        return False
    if country in members:
        return True
    return False if closed else None


def _listed(asked: tuple[str, ...], listed: tuple[str, ...], *, closed: bool) -> Answer:
    if not asked:
        return "unknown"
    if set(asked) & set(listed):
        return "met"
    return "not_met" if closed else "unknown"
