"""The commands `puente learn` and `puente weights`: from decisions to weights that a person may adopt."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import cases, learning, weightings
from app.catalogue import Catalogue, load
from app.db import Database
from app.evaluation import intervals, sets
from app.evaluation.engines import Engine, ours
from app.evaluation.evaluate import TITLES, Query, evaluate, values
from app.evaluation.tagging import trained
from app.interpreter import with_translation
from app.learning.fit import Change, Lesson
from app.learning.simulate import STEEPNESS, TASTE, simulated
from app.matching.market import Ground, Market
from app.matching.posting import Posting
from app.matching.score import PART_NAMES, VERSION, WEIGHTS
from app.settings import Settings
from app.thesaurus import load as load_thesaurus
from app.translators import translator_of

SIMULATED = "Simulated: no broker made these decisions. The weights can be looked at, and never adopted."

MOST_SIMULATED = 20_000
MEASURES = ("recall_at_10", "ndcg_at_10", "success_at_1")


def add_commands(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """Put both commands beside the others of `puente`."""
    learn_ = command(
        "learn", learn, "Fit the weights to brokers' decisions, and propose them with what they are worth."
    )
    source = learn_.add_mutually_exclusive_group(required=True)
    source.add_argument("--decisions", type=Path, metavar="FILE", help="decisions, one JSON object a line")
    source.add_argument(
        "--cases", action="store_true", help="what the brokers of this service decided in its cases"
    )
    source.add_argument(
        "--simulate", type=_number, metavar="N", help="write N simulated decisions instead of learning"
    )
    learn_.add_argument("--seed", type=_seed, default=1, help="of the simulation (default 1)")
    learn_.add_argument(
        "--output", type=Path, metavar="FILE", help="where the simulation goes (default standard output)"
    )
    learn_.add_argument("--json", action="store_true", help="what was learned, as data")
    weights = command("weights", show, "List, show and adopt the weights that were learned.")
    actions = weights.add_subparsers(metavar="ACTION", required=True)
    list_ = actions.add_parser("list", help="every version, and since when it is in use", allow_abbrev=False)
    list_.set_defaults(run=list_weightings)
    show_ = actions.add_parser("show", help="the weights in use, or those of a version", allow_abbrev=False)
    show_.add_argument(
        "version", nargs="?", metavar="VERSION", help=f"such as {VERSION}+w2 (default: in use)"
    )
    show_.set_defaults(run=show)
    adopt_ = actions.add_parser("adopt", help="use a version from now on", allow_abbrev=False)
    adopt_.add_argument("version", metavar="VERSION", help=f"such as {VERSION}+w2, or published")
    adopt_.add_argument("--by", required=True, metavar="NAME", help="who adopts it")
    adopt_.add_argument("--note", help="why")
    adopt_.set_defaults(run=adopt)
    for each in (list_, show_):
        each.add_argument("--json", action="store_true", help="as data")


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= MOST_SIMULATED:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_SIMULATED}")
    return int(text)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) >= 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {2**32 - 1}")
    return int(text)


def learn(wanted: argparse.Namespace, settings: Settings) -> int:
    if wanted.simulate:
        return _simulate(wanted, settings)
    now = datetime.now(UTC)
    with _prepared(settings) as database:
        with database.reading() as session:
            used = weightings.in_use(session)
            decisions = (
                tuple(cases.decisions(session))
                if wanted.cases
                else learning.read(wanted.decisions.read_bytes())
            )
        lesson = learning.learn(decisions, before=used.weights)
        evaluation = _evaluated(lesson, settings, now)
        version = None
        if lesson.after != lesson.before:
            with database.transaction() as session:
                version = weightings.propose(session, lesson, evaluation=evaluation, now=now).version
    if wanted.json:
        told = {"simulated": lesson.simulated, "version": version, "weights": asdict(lesson.after)}
        made = {"engine": VERSION, "decisions": lesson.decisions, "digest": lesson.digest}
        _print_json(told | made | {"figures": lesson.figures() | {"evaluation": evaluation}})
    else:
        _tell(Console(), lesson, used.version, version, evaluation)
    return 0


def _evaluated(lesson: Lesson, settings: Settings, now: datetime) -> dict[str, Any]:
    """What both weights are worth on the building set. Nothing is asked of the held-out one."""
    catalogue = load(settings.seed)
    thesaurus = load_thesaurus(settings.seed, catalogue)
    translator = translator_of(settings.translator, settings.translator_key)
    try:
        found = evaluate(
            sets.load(settings.seed, catalogue, today=now.date())["building"],
            catalogue,
            thesaurus,
            translator,
            tagger=trained(settings.seed, catalogue, thesaurus, today=now.date()),
            today=now.date(),
            engines=[
                Engine("before", "ours", partial(ours, weights=lesson.before)),
                Engine("after", "ours", partial(ours, weights=lesson.after)),
            ],
        )
    finally:
        translator.close()
    return {
        "part": found.part,
        "edition": catalogue.edition,
        "requests": len(found.queries),
        "offers": found.offers,
        "translator": found.translator,
        **{measure: asdict(_change(found.queries, measure)) for measure in MEASURES},
    }


def _change(queries: Sequence[Query], measure: str) -> Change:
    before, after = (values(queries, name, measure) for name in ("before", "after"))
    differences = [new - old for old, new in zip(before, after, strict=True)]
    return Change(fmean(before), fmean(after), intervals.mean(differences))


def _simulate(wanted: argparse.Namespace, settings: Settings) -> int:
    catalogue = load(settings.seed)
    requests, market = _building(settings, catalogue, today := datetime.now(UTC).date())
    written = learning.written(
        simulated(requests, market, today=today, decisions=wanted.simulate, seed=wanted.seed)
    )
    if wanted.output:
        wanted.output.write_bytes(written)
    else:
        sys.stdout.buffer.write(written)
    console = Console(stderr=True)
    console.print(f"{wanted.simulate} decisions written. {SIMULATED}", soft_wrap=True)
    taste = ", ".join(f"{name} {getattr(TASTE, name):.2f}" for name in PART_NAMES)
    console.print(
        f"The simulated brokers' taste, with noise (steepness {STEEPNESS:g}): {taste}", soft_wrap=True
    )
    return 0


def _building(settings: Settings, catalogue: Catalogue, today: date) -> tuple[list[Posting], Market]:
    """The requests of the building set, and a market of it, read as they are served."""
    measured = sets.load(settings.seed, catalogue, today=today)["building"]
    translator = translator_of(settings.translator, settings.translator_key)
    try:
        requests, offers = (
            [with_translation(posting, translator) for posting in side.values()]
            for side in (measured.requests, measured.offers)
        )
    finally:
        translator.close()
    thesaurus = load_thesaurus(settings.seed, catalogue)
    tagger = trained(settings.seed, catalogue, thesaurus, today=today)
    market = Market(Ground(catalogue, thesaurus), tagger)
    market.fill([*offers, *requests])
    return requests, market


def list_weightings(wanted: argparse.Namespace, settings: Settings) -> int:
    with _prepared(settings) as database, database.reading() as session:
        used = weightings.in_use(session)
        listed, adoptions = weightings.listed(session), weightings.adoptions(session)
    if wanted.json:
        _print_json(
            {
                "in_use": used.version,
                "items": [asdict(one) for one in listed],
                "adoptions": [asdict(one) for one in adoptions],
            }
        )
        return 0
    console = Console()
    table = Table("version", "proposed", "decisions", "on those held out", "standing")
    standings = {one.version: f"adopted {one.adopted_at:%Y-%m-%d} by {one.adopted_by}" for one in adoptions}
    for one in listed:
        standing = "simulated" if one.simulated else standings.get(one.version, "proposed")
        verdict = str(one.figures["verdict"])
        table.add_row(
            one.version, f"{one.proposed_at:%Y-%m-%d}", str(one.decisions), verdict, escape(standing)
        )
    if listed:
        console.print(table)
    else:
        console.print("No weights were learned yet. Learn some: puente learn --decisions FILE")
    console.print(f"In use: {_named(used.version)}")
    return 0


def show(wanted: argparse.Namespace, settings: Settings) -> int:
    with _prepared(settings) as database, database.reading() as session:
        used = weightings.in_use(session)
        version = wanted.version or used.version
        found: weightings.Weighting | None = None
        if version not in (weightings.PUBLISHED, VERSION):
            found = weightings.get(session, version)
        adoptions = [one for one in weightings.adoptions(session) if one.version == version]
    weights: Mapping[str, float] = found.weights if found else asdict(WEIGHTS)
    if wanted.json:
        told = {"version": version, "in_use": used.version == version, "weights": dict(weights)}
        made = asdict(found) if found else {"simulated": False}
        _print_json(made | told | {"adoptions": [asdict(one) for one in adoptions]})
        return 0
    console = Console()
    console.print(f"{_named(version)}{', in use' if used.version == version else ''}")
    if found and found.simulated:
        console.print(SIMULATED, style="bold", soft_wrap=True)
    _print_weights(console, {"published": asdict(WEIGHTS), version: weights} if found else {version: weights})
    for one in adoptions:
        note = f": {one.note}" if one.note else ""
        console.print(escape(f"Adopted {one.adopted_at:%Y-%m-%d %H:%M} UTC by {one.adopted_by}{note}"))
    return 0


def adopt(wanted: argparse.Namespace, settings: Settings) -> int:
    with _prepared(settings) as database, database.transaction() as session:
        adopted = weightings.adopt(
            session, wanted.version, by=wanted.by, note=wanted.note, now=datetime.now(UTC)
        )
    Console().print(
        escape(f"In use from now on: {adopted.version}, adopted by {adopted.adopted_by}."), highlight=False
    )
    return 0


@contextmanager
def _prepared(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url)
    database.prepare()
    try:
        yield database
    finally:
        database.close()


def _named(version: str) -> str:
    return f"the published weights, {VERSION}" if version in (weightings.PUBLISHED, VERSION) else version


def _print_json(told: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")


def _tell(
    console: Console, lesson: Lesson, used: str, version: str | None, evaluation: Mapping[str, Any]
) -> None:
    """The weights before and after, and what both are worth."""
    if lesson.simulated:
        console.print(SIMULATED, style="bold", soft_wrap=True)
    console.print(
        f"{lesson.decisions} decisions: {lesson.preferences} preferences from {lesson.requests} requests, "
        f"of which the latest {lesson.held_out_requests} were held out "
        f"({lesson.held_out_preferences} preferences).",
        soft_wrap=True,
    )
    _print_weights(console, {f"before ({used})": asdict(lesson.before), "after": asdict(lesson.after)})
    table = Table("figure", "before", "after", "difference (95 %)")
    for name, change in (("pairs in order", lesson.accuracy), ("log-loss", lesson.log_loss)):
        table.add_row(f"held-out decisions, {name}", *_figures(asdict(change)))
    for measure in MEASURES:
        table.add_row(f"building set, {TITLES[measure]}", *_figures(evaluation[measure]))
    console.print(table)
    console.print(f"On the held-out decisions the new weights are {lesson.verdict}.")
    if version is None:
        console.print("The decisions give no reason to change the weights; nothing is proposed.")
    elif lesson.simulated:
        console.print(f"Kept as {version}, simulated: to look at, not to adopt.")
    else:
        console.print(f"Proposed as {version}. To use it: puente weights adopt {version} --by NAME")


def _figures(change: Mapping[str, Any]) -> tuple[str, str, str]:
    of = change["difference"]
    bounds = f"{of['value']:+.3f} ({of['low']:+.3f} to {of['high']:+.3f})"
    return f"{change['before']:.3f}", f"{change['after']:.3f}", bounds


def _print_weights(console: Console, columns: Mapping[str, Mapping[str, float]]) -> None:
    table = Table("part", *columns)
    for name in dict.fromkeys(name for weights in columns.values() for name in weights):
        table.add_row(name, *(f"{weights.get(name, 0):.4f}" for weights in columns.values()))
    console.print(table)
