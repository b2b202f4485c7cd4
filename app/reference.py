"""The generated pages of docs/, written from what they describe so that they cannot drift from it."""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, assert_never, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.brokering.clock import PACES, REST
from app.brokering.refusals import EFFECTS, REASONS
from app.brokering.steps import ENDS, PUBLIC, STATES, STEPS, Answers, waiting_on
from app.catalogue import Catalogue, Country, Group, Modality, Sector
from app.catalogue.rules import (
    AtLeast,
    AtMost,
    AtMostShare,
    Confirmed,
    ContributesOnly,
    DocumentedUse,
    EndorsedBy,
    InRegion,
    MemberOf,
    ModalityIn,
    NotAmong,
    ResultsIn,
    Rule,
    SectorIn,
    SharesCost,
    WithinWindow,
)
from app.eligibility import Verdict
from app.eligibility.cases import Case
from app.eligibility.judge import Answer
from app.matching import blend, channels, features, market, score, support
from app.settings import ROOT
from app.sources import Citation

DOCS = ROOT / "docs"


def pages(catalogue: Catalogue, cases: Sequence[Case]) -> dict[Path, str]:
    """Every generated page, by where it stands."""
    return {
        DOCS / "scoring.md": scoring(catalogue),
        DOCS / "eligibility.md": eligibility(catalogue, cases),
        DOCS / "brokering.md": brokering(),
    }


def _environment() -> Environment:
    # The pages are Markdown for people who read the repository: nothing in them needs escaping for HTML.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(DOCS / "templates"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["summary"] = lambda documented: (inspect.getdoc(documented) or "").splitlines()[0]
    return environment


def brokering() -> str:
    """How a case goes: its states and steps, the reasons to refuse, the clock."""
    return (
        _environment()
        .get_template("brokering.md.j2")
        .render(
            states=STATES,
            steps=STEPS,
            public=PUBLIC,
            ends=ENDS,
            # Withdrawing and lapsing are possible everywhere: drawn as well, they would hide the rest.
            drawn=[one for one in STEPS if one.action not in ("close", "lapse")],
            waits={state: waiting_on(state, Answers()) for state in STATES},
            reasons=REASONS.values(),
            effects=EFFECTS,
            paces=PACES,
            rest=REST,
        )
    )


def scoring(catalogue: Catalogue) -> str:
    """How a pair is scored: the weights, constants and functions in use."""
    families: dict[str, list[str]] = {}
    for slug, modality in catalogue.modalities.items():
        if modality.for_postings:
            families.setdefault(modality.family, []).append(slug)
    return (
        _environment()
        .get_template("scoring.md.j2")
        .render(
            score=score,
            channels=channels,
            market=market,
            blend=blend.BLEND,
            views=features.VIEWS,
            meetings=MEETINGS,
            families=families,
            fit_weights=asdict(channels.FIT_WEIGHTS),
            theme_shares=", ".join(
                f"{view} {share}" for view, share in zip(features.VIEWS, channels.THEME_SHARES, strict=True)
            ),
            support=support,
            support_weights=asdict(support.SUPPORT_WEIGHTS),
        )
    )


MEETINGS: Mapping[blend.Meeting, str] = {
    "same": "the same",
    "bridged": "different, both read in Spanish",
    "unbridged": "different, one of them not read in Spanish",
}
"""How two languages stand to one another, in words."""

TOLD: Mapping[Literal["described", "example", "named-only"], str] = {
    "described": "described",
    "example": "an example of one exchange",
    "named-only": "only named",
}
"""How much the source tells of an instrument."""

WINDOWS: Mapping[str, str] = {
    "rolling": "at any time",
    "annual-call": "one call a year",
    "board": "decided by a board",
    "biennial-plan": "fitted into a two-year plan",
    "not-stated": "the source does not say when",
}
"""When an application can be acted on."""


def eligibility(catalogue: Catalogue, cases: Sequence[Case]) -> str:
    """Every instrument for a policy officer: what it is, its rules with their sources, and its cases.

    Cases of instruments that the catalogue does not hold are left out.
    """
    held = catalogue.instruments
    environment = _environment().overlay(trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "plain": plain,
        "meaning": lambda documented: " ".join((inspect.getdoc(documented) or "").split()).replace(
            "|", r"\|"
        ),
        "source": source,
        "demand": lambda rule: demand(rule, catalogue),
        "known": lambda case: "; ".join(_known(case, catalogue)) or "nothing is known",
        "decides": decides,
    }
    return environment.get_template("eligibility.md.j2").render(
        verdict=Verdict,
        catalogue=catalogue,
        kinds=_kinds(catalogue),
        groups=_by_channel(catalogue),
        cases={slug: [case for case in cases if case.instrument == slug] for slug in held},
        counts={
            "told": {words: [one.told for one in held.values()].count(told) for told, words in TOLD.items()},
            "rules": sum(len(instrument.rules) for instrument in held.values()),
            "cases": sum(case.instrument in held for case in cases),
        },
        told=TOLD,
        windows=WINDOWS,
    )


def _kinds(catalogue: Catalogue) -> list[tuple[str, type[Rule], int]]:
    """The vocabulary of rules: a name in words, the class whose docstring explains it, and its uses."""
    union, *_ = get_args(Rule)
    used = [type(rule) for instrument in catalogue.instruments.values() for rule in instrument.rules]
    return [
        (_words(get_args(kind.model_fields["kind"].annotation)[0]), kind, used.count(kind))
        for kind in get_args(union)
    ]


def _by_channel(catalogue: Catalogue) -> list[dict[str, Any]]:
    """The channels that offer something of their own, then what is beside the channels."""
    instruments = catalogue.instruments.values()
    owners: list[str | None] = [*catalogue.channels, None]
    groups = (
        {
            "channel": catalogue.channels[slug] if slug else None,
            "instruments": [one for one in instruments if one.channel == slug],
        }
        for slug in owners
    )
    return [group for group in groups if group["instruments"]]


_MARKED = re.compile(r"([\\`*_<\[|])")


def plain(text: str) -> str:
    """Words for any place in Markdown, a cell of a table included: on one line, and without its marks."""
    return _MARKED.sub(r"\\\1", " ".join(text.split()))


def source(citation: Citation) -> str:
    """Document, locator, and offset with quote where the citation has them."""
    place = f"{citation.document}, {citation.locator}"
    return place if citation.quote is None else f"{place}, at {citation.offset}: “{citation.quote}”"


def demand(rule: Rule, catalogue: Catalogue) -> str:
    """The kind of a rule, of whom it speaks, and what it asks for, in words."""
    return _words(rule.kind) + _asked(rule, catalogue)


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


LISTS: Mapping[str, str] = {"closed": "no others", "open": "and others that the source does not name"}


def _asked(rule: Rule, catalogue: Catalogue) -> str:
    match rule:
        case AtMost():
            return f": {_dollars(rule.value)}"
        case AtMostShare():
            return f": {rule.percent:g} percent of the {_words(rule.of)}"
        case AtLeast():
            return f": {rule.value} countries that apply"
        case MemberOf():
            return f" ({rule.about}): {_named(catalogue.groups, rule.group)}"
        case NotAmong():
            excepted = (
                _named(catalogue.countries, iso3)
                + (f" since {rule.since[iso3]}" if iso3 in rule.since else "")
                for iso3 in rule.countries
            )
            return f" ({rule.about}): {', '.join(excepted)}"
        case ContributesOnly() | DocumentedUse():
            return f" ({rule.about}): {_all_named(catalogue.countries, rule.countries)}"
        case InRegion():
            return f" ({rule.about})"
        case SectorIn():
            return f": {_all_named(catalogue.sectors, rule.sectors)}, {LISTS[rule.list]}"
        case ModalityIn():
            return f": {_all_named(catalogue.modalities, rule.modalities)}, {LISTS[rule.list]}"
        case EndorsedBy() | ResultsIn() | Confirmed():
            return f": {_said(rule.about, catalogue)}"
        case SharesCost():
            share = f" ({rule.percent:g} percent)" if rule.percent else ""
            return f"{share}: {_said(rule.about, catalogue)}"
        case WithinWindow():
            said = f"; {_said(rule.about, catalogue)}" if rule.about else ""
            return f": {WINDOWS[rule.window]}{said}"
    assert_never(rule)


def _dollars(amount: int) -> str:
    return f"{amount:,} US dollars"


def _named(known: Mapping[str, Country | Group | Sector | Modality], code: str) -> str:
    """The name behind a code; the code itself where a case names what the catalogue does not know."""
    return known[code].name.en if code in known else code


def _all_named(known: Mapping[str, Country | Group | Sector | Modality], codes: Sequence[str]) -> str:
    """Names with something between that stands in none of them."""
    names = [_named(known, code) for code in codes]
    return ("; " if any("," in name for name in names) else ", ").join(names)


def _said(statement: str, catalogue: Catalogue) -> str:
    """A statement of the applicants as they say it."""
    known = catalogue.statements.get(statement)
    return f"“{known.says.en}”" if known else statement


def _known(case: Case, catalogue: Catalogue) -> Iterator[str]:
    """What is known in the situation of a case, one thing at a time."""
    told = case.situation
    countries = catalogue.countries
    if told.receiver:
        yield f"receiver {_named(countries, told.receiver)}"
    if told.provider:
        yield f"provider {_named(countries, told.provider)}"
    if told.named_applicants:
        yield f"{_all_named(countries, told.named_applicants)} apply"
    if told.sectors:
        yield _all_named(catalogue.sectors, told.sectors)
    if told.modalities:
        yield _all_named(catalogue.modalities, told.modalities)
    if told.amount_usd is not None:
        yield _dollars(told.amount_usd)
    for base, amount in told.bases_usd.items():
        yield f"{_words(base)} of {_dollars(amount)}"
    for statement, true in told.confirmed.items():
        yield f"{'said' if true else 'denied'}: {_said(statement, catalogue)}"


def decides(case: Case) -> str:
    """The rules, by id, that the expected verdict of a case rests on."""
    if not case.findings:
        return "the source states no rule"
    answers: tuple[tuple[Answer, str], ...] = (("not_met", "not met"), ("unknown", "not known"))
    for answer, words in answers:
        if rules := [f"`{rule}`" for rule, found in case.findings.items() if found == answer]:
            return f"{words}: {', '.join(rules)}"
    return "every rule is met"
