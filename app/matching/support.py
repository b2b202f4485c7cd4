"""Where to ask for which kind of support: a country's need -> channels, ranked, with reasons and verdicts.

What is known of a channel in a country is told apart from what is not: a reading of the country's own
row, one that it shares in through a group's row, its name in the channel's chapter, a source that counts
it out, or nothing at all. Nothing known is never taken for nothing done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Literal

from app.catalogue import Catalogue, Channel, Coverage
from app.catalogue.rules import Base
from app.eligibility import Situation, Verdict, best_first, judge
from app.matching.channels import ANY_SECTOR_ROW, belongs, readings_for
from app.matching.score import ANY_SECTOR
from app.matching.sentences import Reason, Words, of_reading, say
from app.sources import Citation

Knowledge = Literal["recorded", "inherited", "named", "excluded", "unknown"]
"""What the source tells of a channel in a country (and sector, where one is asked about): a reading of its
own row; one of a group's row; that the chapter names it, or all of the region; that it is counted out;
nothing."""


@dataclass(frozen=True)
class SupportWeights:
    """How much each part of a channel's fit to a need counts; they add up to 1."""

    record: float = 0.30
    themes: float = 0.20
    modality: float = 0.15
    membership: float = 0.15
    funding: float = 0.20

    def __post_init__(self) -> None:
        if abs(sum(asdict(self).values()) - 1.0) > 1e-9 or min(asdict(self).values()) < 0:
            raise ValueError("the weights of support are not negative and add up to 1")


SUPPORT_WEIGHTS = SupportWeights()

FUNDING = {"eligible": 1.0, "conditional": 0.5, "ineligible": 0.0}
"""What the best verdict among a channel's instruments is worth."""

EMPTY_CELL = Citation(
    document="undp-2011",
    locator="Annex 1, disclaimer",
    offset=160146,
    quote="many support schemes are encompassing the whole region (or sub-regions)",
)
"""Why an empty cell of Annex 1 is no evidence."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a country's officer asks about. None and empty mean: not said. Amounts in US dollars."""

    country: str
    sector: str | None = None
    modality: str | None = None
    provider: str | None = None
    applicants: tuple[str, ...] = ()
    amount_usd: int | None = None
    bases_usd: Mapping[Base, int] = field(default_factory=dict)
    confirmed: Mapping[str, bool] = field(default_factory=dict)

    @property
    def situation(self) -> Situation:
        """The same in the words of the eligibility rules."""
        return Situation(
            receiver=self.country,
            provider=self.provider,
            named_applicants=self.applicants,
            sectors=(self.sector,) if self.sector else (),
            modalities=(self.modality,) if self.modality else (),
            amount_usd=self.amount_usd,
            bases_usd=self.bases_usd,
            confirmed=self.confirmed,
        )


@dataclass(frozen=True, slots=True)
class SupportPart:
    """One addend of the fit. `value` in [0, 1]; one not known, or not asked about, adds nothing."""

    name: str
    value: float
    weight: float
    known: bool

    @property
    def contribution(self) -> float:
        return self.value * self.weight


@dataclass(frozen=True, slots=True)
class Support:
    """A channel for a need: how well it fits, what is known, why, and its instruments judged, best first.

    `readings` are those of Annex 1 that speak of it, the country's own before those of its groups.
    """

    channel: Channel
    parts: tuple[SupportPart, ...]
    knowledge: Knowledge
    readings: tuple[Coverage, ...]
    reasons: tuple[Reason, ...]
    instruments: tuple[Verdict, ...]

    @property
    def fit(self) -> float:
        """The sum of the contributions, in [0, 1]."""
        return round(sum(part.contribution for part in self.parts), 6)

    @property
    def coverage(self) -> float:
        """The weight of the parts that are known."""
        return round(sum(part.weight for part in self.parts if part.known), 6)

    @property
    def counted_out(self) -> bool:
        """Whether the channel's chapter counts the country out, whatever Annex 1 records."""
        return any(part.name == "membership" and part.known and not part.value for part in self.parts)


def support(
    need: Need, catalogue: Catalogue, *, weights: SupportWeights = SUPPORT_WEIGHTS
) -> tuple[Support, ...]:
    """Every channel, the best first; ties in the order of the catalogue."""
    found = [_channel(need, channel, catalogue, weights) for channel in catalogue.channels.values()]
    return tuple(sorted(found, key=lambda one: -one.fit))


def _channel(need: Need, channel: Channel, catalogue: Catalogue, weights: SupportWeights) -> Support:
    situation = need.situation
    sectors = {need.sector, ANY_SECTOR} if need.sector else set(catalogue.sectors)
    readings = [
        (worth * (ANY_SECTOR_ROW if need.sector not in (None, reading.sector) else 1.0), reading)
        for reading, worth in readings_for(catalogue, need.country, "receiver")
        if reading.channel == channel.slug and reading.sector in sectors
    ]
    verdicts = best_first(
        judge(instrument, situation, catalogue) for instrument in catalogue.instruments_of(channel.slug)
    )
    themes = [theme for theme in channel.themes if need.sector in theme.sectors]
    used = [one for one in channel.modalities if one.modality == need.modality]
    member = belongs(catalogue, channel, need.country)
    values: dict[str, tuple[float, bool]] = {
        "record": (max((worth for worth, _ in readings), default=0.0), bool(readings)),
        "themes": (float(bool(themes)), need.sector is not None),
        "modality": (float(bool(used)), need.modality is not None),
        "membership": (float(bool(member)), member is not None),
        "funding": (max((FUNDING[v.standing] for v in verdicts), default=0.0), bool(verdicts)),
    }
    parts = tuple(
        SupportPart(one.name, values[one.name][0], getattr(weights, one.name), values[one.name][1])
        for one in fields(SupportWeights)
    )
    own = [one for one in readings if one[1].kind == "country"]
    best = {max(those, key=lambda one: one[0])[1].id for those in (own, readings) if those}
    says: dict[str, list[Reason]] = {
        "record": [_of_row(reading, need, catalogue) for _, reading in readings if reading.id in best],
        "themes": [
            Reason(say("works_on", channel=channel.abbreviation, theme=theme.label), theme.citation)
            for theme in themes[:_MOST_THEMES]
        ],
        "modality": [
            Reason(
                say(
                    "uses_modality",
                    channel=channel.abbreviation,
                    modality=catalogue.modalities[one.modality].name,
                ),
                one.citation,
            )
            for one in used
        ],
        "membership": [_membership(channel, need, member, catalogue)],
        "funding": [_funding(v) for v in verdicts],
    }
    ordered = sorted(parts, key=lambda part: -part.contribution)
    reasons = [reason for part in ordered for reason in says[part.name]]
    if not readings:
        reasons.append(_nothing_known(need, channel, catalogue))
    known = tuple(reading for _, reading in readings)
    return Support(channel, parts, knowledge_of(known, member), known, tuple(reasons), verdicts)


_MOST_THEMES = 3
"""Themes named as reasons; the channel's page has them all."""


def knowledge_of(readings: Sequence[Coverage], member: bool | None) -> Knowledge:
    """What is known of a channel in a country: its readings there, and whether its chapter counts it in."""
    if readings:
        return "recorded" if any(reading.kind == "country" for reading in readings) else "inherited"
    return "unknown" if member is None else "named" if member else "excluded"


def _of_row(reading: Coverage, need: Need, catalogue: Catalogue) -> Reason:
    says: Words = of_reading(reading, catalogue)
    if reading.kind == "group":
        says = say("inherited", says=says, country=catalogue.countries[need.country].name)
    return Reason(says, reading.citation)


def _membership(channel: Channel, need: Need, member: bool | None, catalogue: Catalogue) -> Reason:
    key = {True: "works_for", False: "works_not_for", None: "membership_unknown"}[member]
    country = catalogue.countries[need.country].name
    return Reason(say(key, channel=channel.abbreviation, country=country), channel.countries.citation)


def _funding(verdict: Verdict) -> Reason:
    name = verdict.instrument.name
    refused = next((one.rule for one in verdict.findings if one.answer == "not_met"), None)
    if refused:
        return Reason(say("may_not_pay", instrument=name, because=refused.because), refused.citation)
    if verdict.standing == "eligible":
        return Reason(say("may_pay", instrument=name))
    if not verdict.findings:
        return Reason(say("pays_by_no_stated_rule", instrument=name))
    return Reason(say("may_pay_if", instrument=name, count=str(len(verdict.open_questions))))


def _nothing_known(need: Need, channel: Channel, catalogue: Catalogue) -> Reason:
    """What the silence of Annex 1 means, and what it does not."""
    country = catalogue.countries[need.country].name
    if not catalogue.readings(need.country):
        return Reason(say("no_row", channel=channel.abbreviation, country=country), EMPTY_CELL)
    if need.sector is None:
        return Reason(say("empty_row", channel=channel.abbreviation, country=country), EMPTY_CELL)
    sector = catalogue.sectors[need.sector].name
    says = say("empty_cell", channel=channel.abbreviation, country=country, sector=sector)
    return Reason(says, EMPTY_CELL)
