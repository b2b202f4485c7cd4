"""What the command line shows: tables of suggestions, keys, quality and counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from itertools import groupby
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from app.accounts import Key
from app.catalogue import Catalogue, Label
from app.catalogue.changes import Change
from app.catalogue.label import LANGUAGES
from app.eligibility.cases import Case, Shift
from app.evaluation.engines import KINDS, OURS
from app.evaluation.evaluate import MAIN_GROUPS, TITLES, Evaluation, Query, figures, groups
from app.evaluation.samples import Samples
from app.evaluation.section import bounds, sentences
from app.evaluation.sets import Part, Set
from app.matching.posting import Posting
from app.matching.score import VERSION
from app.matching.suggest import ChannelFit, Suggestion
from app.matching.support import EMPTY_CELL
from app.sources import Citation

T = TypeVar("T")
P = TypeVar("P", bound=BaseModel)

STANDINGS = {"eligible": "✓", "conditional": "?", "ineligible": "✗"}


def progress(items: Sequence[T], what: str, console: Console) -> Iterator[T]:
    """Go over items with a bar, where somebody watches."""
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        yield from bar.track(items, description=what)


def counted(steps: Iterable[object], total: int, what: str, console: Console) -> None:
    """Go through steps of which the number is known, with a bar, where somebody watches."""
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        for _ in bar.track(steps, total=total, description=what):
            pass


def suggestions(
    console: Console,
    asked: Posting,
    found: Sequence[Suggestion],
    catalogue: Catalogue,
    *,
    language: str = "en",
    known: Sequence[str] = (),
) -> None:
    """A table of ranked, explained suggestions with channel and fund; a star marks a partner on record."""
    country = catalogue.countries[asked.country].name.in_(language)
    verb = "asks" if asked.kind == "request" else "offers"
    console.print(f"\n[bold]{escape(country)} {verb} ({asked.language}): {escape(asked.title)}[/bold]")
    if not found:
        other = "offer" if asked.kind == "request" else "request"
        console.print(f"No open {other} yet from another country. Load the samples with: make demo SERVE=0")
        return
    table = Table(show_lines=True, expand=False)
    table.add_column("#", justify="right")
    table.add_column("Partner", max_width=34)
    table.add_column("Score", justify="right")
    table.add_column("Why", max_width=46)
    table.add_column("Where to ask", max_width=52)
    for rank, suggestion in enumerate(found, start=1):
        partner = suggestion.offer if asked.kind == "request" else suggestion.request
        star = " ★" if partner.id in known else ""
        name = catalogue.countries[partner.country].name.in_(language)
        table.add_row(
            str(rank),
            f"[bold]{escape(name)}[/bold] ({partner.language}){star}\n{escape(partner.title)}",
            f"{suggestion.score:.3f}",
            escape(_why(suggestion, language)),
            escape("\n".join(_where(fit, catalogue, language) for fit in suggestion.channels[:2])),
        )
    console.print(table)
    if known:
        console.print("★ the partner that the study names for this request")


def _why(suggestion: Suggestion, language: str) -> str:
    """The parts as the sum that they are, and the words that met."""
    parts = " + ".join(f"{p.name} {p.contribution:.2f}" for p in suggestion.parts if p.contribution >= 0.005)
    met = [e for p in suggestion.parts if p.name == "text" for e in p.evidence if e.in_request and e.in_offer]
    words = ", ".join(
        e.in_request
        if (e.in_request or "").casefold() == (e.in_offer or "").casefold()
        else f"{e.in_request}/{e.in_offer}"
        for e in met[:4]
        if e.in_request
    )
    return f"{parts}\nmet: {words}" if words else parts


def _where(fit: ChannelFit, catalogue: Catalogue, language: str) -> str:
    """A channel, its funds with their verdict, and the best reason."""
    funds = ", ".join(f"{v.instrument.slug} {STANDINGS[v.standing]} {v.standing}" for v in fit.instruments)
    name = catalogue.channels[fit.channel].abbreviation
    reason = fit.reasons[0].says.in_(language) if fit.reasons else ""
    return f"{name} {fit.fit:.2f}" + (f": {funds}" if funds else "") + f"\n  {reason}"


def keys(console: Console, listed: Sequence[Key]) -> None:
    """The keys, without secrets."""
    if not listed:
        console.print("No keys yet. Make one: puente keys create --role broker --name NAME")
        return
    table = Table("id", "name", "role", "speaks for", "made", "revoked")
    for key in listed:
        revoked = f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        made = f"{key.created_at:%Y-%m-%d}"
        table.add_row(key.id, escape(key.name), key.role, key.country or key.channel or "", made, revoked)
    console.print(table)


def evaluation(console: Console, found: Evaluation, catalogue: Catalogue, today: date, *, each: bool) -> None:
    """The measures of every engine, then ours by language pair beside the baselines of the same run."""
    console.print(
        f"{found.part}: {len(found.queries)} requests against {found.offers} offers, {today}, "
        f"engine {VERSION}, edition {catalogue.edition[:19]}…"
    )
    console.print(f"{found.translator}; {found.untranslated} postings compared untranslated.")
    members = groups(found.queries)
    for name in MAIN_GROUPS:
        if name in members:
            console.print(_measured(found, name, members[name]))
    best = found.over_best_baseline()
    languages = Table("languages", "n", *TITLES.values(), title="by languages")
    if best:
        languages.add_column(f"{best['all'][0]}\nrecall / nDCG", no_wrap=True)
    for name, queries in members.items():
        if name not in MAIN_GROUPS:
            own = figures(queries, OURS.name)
            cells = [f"{getattr(own, measure).value:.2f}" for measure in TITLES]
            if best:
                other = figures(queries, best["all"][0])
                cells.append(f"{other.recall_at_10.value:.2f} / {other.ndcg_at_10.value:.2f}")
            languages.add_row(name, str(own.queries), *cells)
    console.print(languages)
    for sentence in sentences(found):
        console.print(sentence, highlight=False, soft_wrap=True, markup=False)
    if each:
        ranks = Table("request", "languages", "known partner", "rank")
        for query in found.queries:
            for partner, pair, rank in zip(
                query.partners, query.languages, query.ranks[OURS.name], strict=True
            ):
                ranks.add_row(query.request, pair, partner, str(rank or "not found"))
        console.print(ranks)


def _measured(found: Evaluation, group: str, queries: Sequence[Query]) -> Table:
    """Every engine over one group of queries."""
    # Without its edges it fits into 80 columns.
    table = Table("engine", *TITLES.values(), title=f"\n{group}, {len(queries)} requests", show_edge=False)
    table.pad_edge = False
    for column in table.columns:
        column.no_wrap = True
    for kind in KINDS:
        for engine in found.engines:
            if engine.kind == kind:
                own = figures(queries, engine.name)
                table.add_row(
                    engine.name,
                    escape(bounds(own.recall_at_10)),
                    escape(bounds(own.ndcg_at_10)),
                    f"{own.mrr.value:.3f}",
                    f"{own.success_at_1.value:.3f}",
                    style="bold" if kind == "ours" else None,
                )
        table.add_section()
    return table


def evaluation_json(found: Evaluation, catalogue: Catalogue, today: date) -> bytes:
    """The same as data, with every request."""
    answer = {
        "part": found.part,
        "date": today,
        "engine": VERSION,
        "edition": catalogue.edition,
        "offers": found.offers,
        "translator": found.translator,
        "untranslated": found.untranslated,
        "engines": {engine.name: engine.kind for engine in found.engines},
        "figures": {
            group: {engine.name: asdict(figures(queries, engine.name)) for engine in found.engines}
            for group, queries in groups(found.queries).items()
        },
        "ratios": {
            "recall_at_10_across_over_same": found.across_over_same,
            "ndcg_at_10_over_best_baseline": {
                group: {"baseline": baseline, "ratio": ratio}
                for group, (baseline, ratio) in found.over_best_baseline().items()
            },
        },
        "channel_among_first_3": found.channel_among_first_3,
        "near_duplicates": found.repeats,
        "suggested_tags": found.tags,
        "requests": found.queries,
        "channels": found.carried,
    }
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2)


def catalogue(
    console: Console,
    edition: Catalogue,
    sampled: Samples,
    sets: Mapping[Part, Set],
    cases: Sequence[Case],
    study: str | None,
) -> int:
    """Count what an edition holds. Gives the number of quotes that `study` does not have at their offset."""
    cited = [*citations(edition), EMPTY_CELL]
    cited += [case.citation for case in cases]
    # The exchanges of the samples are among those of the building set.
    cited += [one.citation for measured in sets.values() for one in measured.exchanges if one.citation]
    counts = {
        "countries and territories": len(edition.region),
        "sectors": len(edition.sectors),
        "modalities": len(edition.modalities),
        "channels": len(edition.channels),
        "instruments": len(edition.instruments),
        "rules": sum(len(instrument.rules) for instrument in edition.instruments.values()),
        "statements of applicants": len(edition.statements),
        "readings of Annex 1": len(edition.coverage),
        "facts": _facts(edition),
        **{f"labels in {tag}": count for tag, count in _labels(edition).items()},
        "sample offers": len(sampled.offers),
        "sample requests": len(sampled.requests),
        "exchanges": len(sampled.exchanges),
        **{f"{noun} of {part}": count for part, one in sets.items() for noun, count in _sizes(one).items()},
        "cases of eligibility": len(cases),
        "citations": len(cited),
    }
    wrong = [c for c in cited if study is not None and c.document == "undp-2011" and not c.stands_in(study)]
    if study is not None:
        counts["quotes found at their offset"] = sum(c.quote is not None for c in cited) - len(wrong)
    console.print(f"Edition {edition.edition}")
    for name, count in counts.items():
        console.print(f"{count:6} {name}", highlight=False)
    for citation in wrong:
        console.print(f"not at {citation.offset} ({citation.locator}): {citation.quote}", highlight=False)
    return len(wrong)


def _sizes(measured: Set) -> dict[str, int]:
    return {
        "offers": len(measured.offers),
        "requests": len(measured.requests),
        "exchanges": len(measured.exchanges),
        "near-duplicates": len(measured.duplicates),
    }


@dataclass(frozen=True)
class Comparison:
    """Two editions, by the names that they were asked for: what changed, and what that does to the cases."""

    names: tuple[str, str]
    digests: tuple[str, str]
    changes: Sequence[Change]
    shifts: Sequence[Shift]
    cases: int
    """How many cases were judged."""

    @property
    def entries(self) -> int:
        """How many entries changed."""
        return len({change.entry for change in self.changes})


def comparison(console: Console, found: Comparison) -> None:
    """What changed between two editions, entry by entry, and which cases are judged otherwise."""

    def line(text: str, style: str | None = None) -> None:
        console.print(escape(text), style=style, highlight=False, soft_wrap=True)

    for role, name, digest in zip(("old", "new"), found.names, found.digests, strict=True):
        line(f"{role} {digest} {name}")
    for entry, changes in groupby(found.changes, lambda change: change.entry):
        line(f"\n{entry}", "bold")
        for change in changes:
            line(f"  {change.place}: {change.says}" if change.place else f"  {change.says}")
    if found.shifts:
        line("\nCases judged otherwise", "bold")
    for instrument, shifts in groupby(found.shifts, lambda shift: shift.case.instrument):
        line(f"  {instrument}")
        for shift in shifts:
            line(f"    “{shift.case.name}”: {shift.says}")
    if not found.changes:
        same = found.digests[0] == found.digests[1]
        line("\nNothing changed." if same else "\nThe files differ, but they say the same: nothing changed.")
        return
    line(
        f"\n{_counted(len(found.changes), 'change')} in {_counted(found.entries, 'entry', 'entries')}; "
        f"{len(found.shifts)} of {_counted(found.cases, 'case')} judged otherwise"
    )


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def comparison_json(found: Comparison) -> bytes:
    """The same as data."""
    sides = zip(("old", "new"), found.names, found.digests, strict=True)
    answer = {
        "editions": {role: {"name": name, "edition": digest} for role, name, digest in sides},
        "changes": [asdict(change) | {"sentence": change.sentence} for change in found.changes],
        "verdicts": [
            {
                "instrument": shift.case.instrument,
                "case": shift.case.name,
                "before": shift.before,
                "after": shift.after,
                "findings": {
                    rule: {"before": before, "after": after}
                    for rule, (before, after) in shift.findings.items()
                },
                "sentence": shift.sentence,
            }
            for shift in found.shifts
        ],
        "counts": {
            "changes": len(found.changes),
            "entries": found.entries,
            "cases": found.cases,
            "verdicts": len(found.shifts),
        },
    }
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2)


def _facts(edition: Catalogue) -> int:
    """Everything that carries a source of its own."""
    return sum(1 for _ in citations(edition))


def _labels(edition: Catalogue) -> dict[str, int]:
    """Names, reasons, questions and steps of the edition, by language of the interface."""
    found = list(parts(edition, Label))
    return {tag: sum(bool(getattr(label, tag)) for label in found) for tag in LANGUAGES}


def citations(value: Any) -> Iterable[Citation]:
    """Every citation in a catalogue or in any fact of it."""
    return parts(value, Citation)


def parts(value: Any, kind: type[P]) -> Iterator[P]:
    """Every value of a kind in a catalogue or in any fact of it."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, Catalogue):
        for field in fields(value):
            held = getattr(value, field.name)
            yield from parts(tuple(held.values()) if isinstance(held, Mapping) else held, kind)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from parts(getattr(value, name), kind)
    elif isinstance(value, tuple):
        for one in value:
            yield from parts(one, kind)
