"""The readable cases: situations with the verdict that a policy officer expects, one file per instrument.

They are examples for people, claims for the tests, and the measure of what a new edition changes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from app.catalogue.facts import Catalogue, Iso3, Slug
from app.catalogue.reading import BadSeed, listed
from app.catalogue.rules import Base
from app.eligibility.judge import Answer, Situation, Standing, Verdict, judge
from app.sources import Citation, Fact, Text


@dataclass(frozen=True, slots=True)
class Case:
    """A situation for an instrument (by slug), and what is expected of it.

    `findings` have the answer to every rule of the instrument, by the rule's id; `citation` is the
    place of the source that the case is made from.
    """

    instrument: str
    name: str
    situation: Situation
    verdict: Standing
    findings: Mapping[str, Answer]
    citation: Citation


Dollars = Annotated[StrictInt, Field(ge=0)]


class WrittenSituation(Fact):
    """A situation as a case tells it: as `Situation`, but that those who apply are called `applicants`."""

    receiver: Iso3 | None = None
    provider: Iso3 | None = None
    applicants: tuple[Iso3, ...] = ()
    sectors: tuple[Slug, ...] = ()
    modalities: tuple[Slug, ...] = ()
    amount_usd: Dollars | None = None
    bases_usd: Mapping[Base, Dollars] = Field(default_factory=dict)
    confirmed: Mapping[Slug, StrictBool] = Field(default_factory=dict)

    @property
    def situation(self) -> Situation:
        return Situation(
            receiver=self.receiver,
            provider=self.provider,
            named_applicants=self.applicants,
            sectors=self.sectors,
            modalities=self.modalities,
            amount_usd=self.amount_usd,
            bases_usd=self.bases_usd,
            confirmed=self.confirmed,
        )


class WrittenCase(Fact):
    """A case as its file tells it; the file's name is the instrument's."""

    name: Text
    situation: WrittenSituation
    verdict: Standing
    findings: Mapping[str, Answer]
    citation: Citation


def read(folder: Path) -> tuple[Case, ...]:
    """Read every case of a folder, instruments in the order of their names, cases as they stand.

    That countries, rules and the like are known to a catalogue is not asked here.

    Raises:
        BadSeed: naming file, line and reason, for a misspelt key, a name that stands twice in a file,
            or anything else that is no case; also when the folder is missing.
    """
    if not folder.is_dir():
        raise BadSeed(folder, 1, "no cases here: the folder is missing")
    return tuple(case for file in sorted(folder.glob("*.yaml")) for case in _of_file(file))


def _of_file(file: Path) -> Iterable[Case]:
    taken: set[str] = set()
    for told, _, line in listed(file, WrittenCase):
        if told.name in taken:
            raise BadSeed(file, line(("name",)), f"“{told.name}” stands twice")
        taken.add(told.name)
        yield Case(file.stem, told.name, told.situation.situation, told.verdict, told.findings, told.citation)


@dataclass(frozen=True, slots=True)
class Shift:
    """A case that one edition judges otherwise than another.

    `before` and `after` are None where an edition cannot judge it, for it lacks the instrument or a
    country of the situation. `findings` have the rules, by id, that are answered otherwise; None
    stands for a rule that an edition does not have.
    """

    case: Case
    before: Standing | None
    after: Standing | None
    findings: Mapping[str, tuple[Answer | None, Answer | None]]

    @property
    def says(self) -> str:
        """What changes, in English, without the instrument's and the case's names."""
        if self.before is None:
            return f"judged for the first time: {self.after}"
        if self.after is None:
            return f"no longer judged; it was {self.before}"
        verdict = self.before if self.before == self.after else f"{self.before} → {self.after}"
        answers = (
            f"{rule} {_in_words(before)} → {_in_words(after)}"
            for rule, (before, after) in self.findings.items()
        )
        return f"{verdict} ({', '.join(answers)})" if self.findings else verdict

    @property
    def sentence(self) -> str:
        return f"{self.case.instrument}, “{self.case.name}”: {self.says}"


def _in_words(answer: Answer | None) -> str:
    return "no rule" if answer is None else answer.replace("_", " ")


def verdicts(old: Catalogue, new: Catalogue, cases: Iterable[Case]) -> tuple[Shift, ...]:
    """The cases whose verdict, or whose answer to a rule, is another under `new` than under `old`.

    What a case expects does not matter here, only what the editions make of its situation.
    """
    judged = ((case, _judged(case, old), _judged(case, new)) for case in cases)
    shifts = (_shift(case, before, after) for case, before, after in judged)
    return tuple(shift for shift in shifts if shift.before != shift.after or shift.findings)


def _judged(case: Case, edition: Catalogue) -> Verdict | None:
    """The verdict of an edition, if it knows the instrument and every country that the case names."""
    instrument, told = edition.instruments.get(case.instrument), case.situation
    named = {*told.named_applicants, told.receiver, told.provider} - {None}
    known = instrument is not None and named <= edition.countries.keys()
    return judge(instrument, told, edition) if instrument and known else None


def _shift(case: Case, before: Verdict | None, after: Verdict | None) -> Shift:
    old, new = _answers(before), _answers(after)
    differing = {
        rule: (old.get(rule), new.get(rule)) for rule in {**old, **new} if old.get(rule) != new.get(rule)
    }
    return Shift(
        case,
        before.standing if before else None,
        after.standing if after else None,
        # Where an edition cannot judge at all, every answer differs, and none of them tells anything.
        differing if before and after else {},
    )


def _answers(verdict: Verdict | None) -> Mapping[str, Answer]:
    return {finding.rule.id: finding.answer for finding in verdict.findings} if verdict else {}
