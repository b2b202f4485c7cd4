"""The command `puente`. Bad input ends with one line on standard error and exit status 2."""

import argparse
import os
import secrets
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NoReturn

import orjson
import uvicorn
from rich.console import Console

from app import accounts, corrections, people, postings, reference, report, weightings
from app.api import wire
from app.catalogue import BadSeed, Catalogue, edition, load
from app.catalogue.changes import changes
from app.catalogue.patch import export
from app.cli import importing, learning, mailing, ticking
from app.cli import people as people_commands
from app.cli import thesaurus as thesaurus_commands
from app.db import Database
from app.desk import opened
from app.eligibility.cases import read as read_cases
from app.eligibility.cases import verdicts
from app.errors import Invalid, Refusal, Unusable
from app.evaluation import samples, sets
from app.evaluation.evaluate import evaluate
from app.evaluation.picture import picture
from app.evaluation.section import section
from app.evaluation.tagging import tag_figures, trained, written
from app.intake import read, sides
from app.interpreter import opened as interpreting
from app.interpreter import with_translation
from app.matching.market import Ground
from app.matching.posting import Asker, Posting
from app.matching.suggest import Suggestion, suggest
from app.settings import ROOT, Settings
from app.settings import read as read_settings
from app.thesaurus import load as load_thesaurus
from app.translators import translator_of

OPERATOR = Asker(role="administrator")
"""Whoever can run commands on the machine sees everything."""

CASES = ROOT / "tests" / "cases"
"""The readable cases; they come with the repository and are not installed without it."""

DEMO_REQUESTS = ("slv-prioridades-gobierno", "jam-boys-at-risk", "hti-eau-cholera")
"""Sample requests that the demonstration asks for, in Spanish, English and French."""


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is a word away."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: list[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run one command. Gives the exit status: 0, or 2 for bad input with one line on standard error."""
    wanted = _parser().parse_args(arguments)
    try:
        status: int = wanted.run(wanted, read_settings(environment))
    except Invalid as wrong:
        faults = "; ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in wrong.faults)
        return _fail(faults)
    except (Unusable, BadSeed, Refusal) as wrong:
        return _fail(str(wrong))
    except BrokenPipeError:
        return 0
    except OSError as wrong:
        return _fail(f"{wrong.filename}: {wrong.strerror}" if wrong.filename else str(wrong))
    except KeyboardInterrupt:
        return 130
    return status


def _fail(reason: str) -> int:
    print(f"puente: {' '.join(reason.split())}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(prog="puente", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = commands.add_parser(
            name, help=about, description=about, allow_abbrev=False
        )
        added.set_defaults(run=run)
        return added

    command("serve", serve, "Serve the API and the pages; an empty database is migrated first.")
    demo_ = command(
        "demo", demo, "Load the sample postings, show suggestions for three requests, then serve."
    )
    demo_.add_argument("--no-serve", action="store_true", help="stop after the suggestions")
    match_ = command("match", match, "Rank the open postings for an offer or a request given as JSON.")
    match_.add_argument(
        "file", help="a JSON file such as one of seed/postings/requests, or - for standard input"
    )
    match_.add_argument("--limit", type=_count, default=10, help="how many suggestions (default 10)")
    match_.add_argument("--json", action="store_true", help="answer as the API does")
    match_.add_argument(
        "--kind", choices=("offer", "request"), help="what the file holds, if it does not show"
    )
    match_.add_argument(
        "--language", choices=("en", "es", "pt", "fr"), default="en", help="language of reasons"
    )
    importing.add_command(command)
    mailing.add_command(command)
    ticking.add_command(command)
    keys = command(
        "keys", lambda *_: _fail("keys: say create, list or revoke"), "Make, list and revoke API keys."
    )
    kinds = keys.add_subparsers(metavar="ACTION", required=True)
    create = kinds.add_parser("create", help="make a key and print it, once", allow_abbrev=False)
    create.add_argument("--role", required=True, choices=("administrator", "broker", "agency", "partner"))
    create.add_argument("--name", required=True, help="whose key it is")
    create.add_argument("--country", help="an agency's country (ISO 3166-1)")
    create.add_argument("--channel", help="the channel that a partner speaks for, by slug")
    create.set_defaults(run=create_key)
    kinds.add_parser("list", help="list the keys, without secrets").set_defaults(run=list_keys)
    revoke = kinds.add_parser("revoke", help="make a key useless", allow_abbrev=False)
    revoke.add_argument("id", help="the key's id, see: puente keys list")
    revoke.set_defaults(run=revoke_key)
    people_commands.add_commands(command)
    measure = command(
        "evaluate", measure_quality, "Measure where the known partners of each request of a set rank."
    )
    measure.add_argument(
        "--part", choices=sets.PARTS, default="building", help="which set (default building)"
    )
    measure.add_argument(
        "--json",
        nargs="?",
        const="-",
        metavar="FILE",
        help="everything as JSON, into a file or instead of the tables",
    )
    measure.add_argument("--picture", type=Path, metavar="FILE", help="also draw the figures, as SVG")
    measure.add_argument("--markdown", action="store_true", help="the section of docs/evaluation.md")
    measure.add_argument("--requests", action="store_true", help="a line for every request as well")
    learning.add_commands(command)
    thesaurus_commands.add_commands(command)
    check = command("check-seed", check_seed, "Load the catalogue and the samples, and count what is there.")
    check.add_argument(
        "--study", type=Path, metavar="FILE", help="also find every quote at its offset in the study"
    )
    editions = command(
        "catalogue",
        lambda *_: _fail("catalogue: say diff or export-corrections"),
        "Look after the editions of the catalogue.",
    )
    actions = editions.add_subparsers(metavar="ACTION", required=True)
    about = "Tell what changed between two editions, and which cases are judged otherwise."
    diff = actions.add_parser("diff", help=about, description=about, allow_abbrev=False)
    for place in ("old", "new"):
        diff.add_argument(
            place, help="a folder such as seed, or else a git revision of this repository, for its seed"
        )
    diff.add_argument(
        "--cases", type=Path, default=CASES, metavar="DIR", help="the cases to judge (default tests/cases)"
    )
    diff.add_argument("--json", action="store_true", help="as data")
    diff.set_defaults(run=compare_editions)
    about = "Write the accepted corrections as a patch to seed/, for git apply or patch -p1."
    export_ = actions.add_parser("export-corrections", help=about, description=about, allow_abbrev=False)
    export_.add_argument("--output", type=Path, metavar="FILE", help="where to (default standard output)")
    export_.set_defaults(run=export_corrections)
    docs = command("docs", write_docs, "Write the generated pages of docs/ from what they describe.")
    docs.add_argument("--check", action="store_true", help="only tell whether they are up to date")
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 200:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 200")
    return int(text)


def _now() -> datetime:
    return datetime.now(UTC)


def serve(_wanted: argparse.Namespace, settings: Settings) -> int:
    # Loaded and migrated here as well, so that what is wrong is told in one line, by one process.
    load_thesaurus(settings.seed, load(settings.seed))
    translator_of(settings.translator, settings.translator_key).close()
    database = Database(settings.database_url)
    database.prepare()
    database.close()
    uvicorn.run(
        "app.main:from_the_environment",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_level=settings.log_level,
        access_log=settings.log_level == "debug",
    )
    return 0


def demo(wanted: argparse.Namespace, settings: Settings) -> int:
    console = Console(stderr=False)
    catalogue = load(settings.seed)
    sampled = samples.load(settings.seed, catalogue, today=_now().date())
    database = Database(settings.database_url)
    with console.status("Preparing the database …"):
        database.prepare()
    added = _load_samples(database, sampled, console)
    known = len(sampled.offers) + len(sampled.requests) - added
    console.print(
        f"Sample postings: {added} loaded, {known} there already. Edition {catalogue.edition[:19]}…"
    )
    _translate(database, settings, console)
    thesaurus = load_thesaurus(settings.seed, catalogue)
    tagger = trained(settings.seed, catalogue, thesaurus, today=_now().date())
    with opened(database, Ground(catalogue, thesaurus), tagger) as desk, database.reading() as session:
        market, weights = desk.market(session), weightings.in_use(session).weights
        for request_id in DEMO_REQUESTS:
            request = sampled.requests[request_id].posting
            found = suggest(request, market, today=_now().date(), asker=OPERATOR, limit=5, weights=weights)
            report.suggestions(console, request, found, catalogue, known=sampled.partners(request_id))
    _demo_keys(database, console)
    _demo_accounts(database, settings, console)
    database.close()
    if wanted.no_serve:
        return 0
    console.print(f"\nServing on http://{settings.host}:{settings.port} — stop with Ctrl+C")
    return serve(wanted, settings)


def _load_samples(database: Database, sampled: samples.Samples, console: Console) -> int:
    """Store the sample postings that are not there yet, in the name of the countries' agencies."""
    added = 0
    with database.transaction() as session:
        known = postings.known_ids(session)
        new = [
            intake
            for intake in (*sampled.offers.values(), *sampled.requests.values())
            if (intake.posting.kind, intake.posting.id) not in known
        ]
        for intake in report.progress(new, "Loading sample postings", console):
            postings.add(session, intake, by=accounts.OPERATOR, now=_now())
            added += 1
    return added


def _translate(database: Database, settings: Settings, console: Console) -> None:
    """Translate what is stored and can be; say so where nothing can."""
    with interpreting(database, translator_of(settings.translator, settings.translator_key)) as interpreter:
        state, detail = interpreter.translator.state()
        if state == "ok":
            report.counted(interpreter.catching_up(), interpreter.waiting(), "Translating", console)
            console.print(f"Texts in other languages are compared through Spanish: {detail}.")
        else:
            console.print(
                f"Texts are not translated, so pairs across languages are found less well: {detail}",
                style="yellow",
            )


def _demo_keys(database: Database, console: Console) -> None:
    """One key of each role, made on the first run."""
    with database.transaction() as session:
        if any(key.name.startswith("demo ") for key in accounts.listed_keys(session)):
            console.print(
                "\nThe demonstration's keys were printed on the first run; for more: puente keys create"
            )
            return
        console.print("\nKeys of this demonstration, shown once (Authorization: Bearer …):")
        wanted: tuple[tuple[accounts.Role, str | None], ...] = (
            ("administrator", None),
            ("broker", None),
            ("agency", "JAM"),
            ("agency", "BRA"),
            ("partner", None),
        )
        for role, country in wanted:
            name = f"demo {role}" + (f" {country}" if country else "")
            secret, _ = accounts.create_key(session, role=role, name=name, country=country, now=_now())
            console.print(f"  {name:20} {secret}", highlight=False, soft_wrap=True)


def _demo_accounts(database: Database, settings: Settings, console: Console) -> None:
    """A broker and two agencies that sign in to the pages, made on the first run."""
    wanted: tuple[tuple[accounts.Role, str | None, str, str], ...] = (
        ("broker", None, "es", "broker@puente.example"),
        ("agency", "BRA", "pt", "agency.bra@puente.example"),
        ("agency", "JAM", "en", "agency.jam@puente.example"),
    )
    made: list[tuple[str, str]] = []
    with database.transaction() as session:
        known = {person.email for person, _ in people.everybody(session)}
        for role, country, language, email in wanted:
            if email in known:
                continue
            person = people.create(
                session,
                role=role,
                name=f"demo {role}" + (f" {country}" if country else ""),
                email=email,
                country=country,
                language=language,
                mail="off",
                now=_now(),
            )
            password = secrets.token_urlsafe(12)
            people.set_password(session, person.id, people.hashed(password, of=person))
            made.append((email, password))
    if not made:
        console.print("The passwords of its accounts were, too; for others: puente people reset")
        return
    console.print(f"\nAccounts of this demonstration, shown once (sign in on {settings.address}/sign-in):")
    for email, password in made:
        console.print(f"  {email:27} {password}", highlight=False, soft_wrap=True, markup=False)


def match(wanted: argparse.Namespace, settings: Settings) -> int:
    raw = sys.stdin.buffer.read() if wanted.file == "-" else Path(wanted.file).read_bytes()
    catalogue = load(settings.seed)
    today = _now().date()
    kind, body = sides(raw, wanted.kind)
    posting = read(kind, body, catalogue, id="asked", today=today).posting
    translator = translator_of(settings.translator, settings.translator_key)
    posting = with_translation(posting, translator)
    translator.close()
    found, used = _found(posting, catalogue, settings, wanted.limit, today)
    if wanted.json:
        items = [wire.suggestion(s, wanted.language, rank=rank) for rank, s in enumerate(found, start=1)]
        answer = {"engine": wire.engine(catalogue, used.version, used.weights)} | {
            "for": {"kind": kind, "id": None},
            "items": items,
        }
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        report.suggestions(Console(), posting, found, catalogue, language=wanted.language)
    return 0


def _found(
    posting: Posting, catalogue: Catalogue, settings: Settings, limit: int, today: date
) -> tuple[list[Suggestion], weightings.InUse]:
    database = Database(settings.database_url)
    database.prepare()
    try:
        thesaurus = load_thesaurus(settings.seed, catalogue)
        tagger = trained(settings.seed, catalogue, thesaurus, today=today)
        with opened(database, Ground(catalogue, thesaurus), tagger) as desk, database.reading() as session:
            used = weightings.in_use(session)
            found = suggest(
                posting,
                desk.market(session),
                today=today,
                asker=OPERATOR,
                limit=limit,
                weights=used.weights,
            )
            return found, used
    finally:
        database.close()


def create_key(wanted: argparse.Namespace, settings: Settings) -> int:
    country, channel = people_commands.speaks_for(wanted, settings)
    database = Database(settings.database_url)
    database.prepare()
    with database.transaction() as session:
        secret, _ = accounts.create_key(
            session, role=wanted.role, name=wanted.name, country=country, channel=channel, now=_now()
        )
    print(secret)
    return 0


def list_keys(_wanted: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings.database_url)
    database.prepare()
    with database.reading() as session:
        report.keys(Console(), accounts.listed_keys(session))
    return 0


def revoke_key(wanted: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings.database_url)
    database.prepare()
    with database.transaction() as session:
        accounts.revoke_key(session, wanted.id, now=_now())
    return 0


def measure_quality(wanted: argparse.Namespace, settings: Settings) -> int:
    catalogue = load(settings.seed)
    today = _now().date()
    both = sets.load(settings.seed, catalogue, today=today)
    measured = both[wanted.part]
    translator = translator_of(settings.translator, settings.translator_key)
    try:
        with Console(stderr=True).status(f"Ranking {len(measured.offers)} offers …"):
            thesaurus = load_thesaurus(settings.seed, catalogue)
            learnt = written(settings.seed, catalogue)
            tagger = trained(settings.seed, catalogue, thesaurus, today=today)
            looked_at = [both[name] for name in sets.OPEN]
            tags = tag_figures(measured, looked_at, learnt, catalogue, thesaurus)
            found = evaluate(
                measured, catalogue, thesaurus, translator, tagger=tagger, today=today, tags=tags
            )
    finally:
        translator.close()
    if wanted.picture:
        wanted.picture.write_text(picture(found, today=today), encoding="utf-8")
    data = report.evaluation_json(found, catalogue, today) + b"\n"
    if wanted.json and wanted.json != "-":
        Path(wanted.json).write_bytes(data)
    if wanted.json == "-":
        sys.stdout.buffer.write(data)
    elif wanted.markdown:
        sys.stdout.write(section(found, edition=catalogue.edition, today=today))
    else:
        report.evaluation(Console(), found, catalogue, today, each=wanted.requests)
    return 0


def check_seed(wanted: argparse.Namespace, settings: Settings) -> int:
    catalogue = load(settings.seed)
    today = _now().date()
    sampled = samples.load(settings.seed, catalogue, today=today)
    measured = sets.load(settings.seed, catalogue, today=today)
    study = wanted.study.read_text(encoding="utf-8") if wanted.study else None
    cases = read_cases(CASES) if CASES.is_dir() else ()
    missing = report.catalogue(Console(), catalogue, sampled, measured, cases, study)
    return _fail(f"check-seed: {missing} quotes are not at their offset") if missing else 0


def compare_editions(wanted: argparse.Namespace, _settings: Settings) -> int:
    old, new = edition.named(wanted.old, ROOT), edition.named(wanted.new, ROOT)
    cases = read_cases(wanted.cases)
    found = report.Comparison(
        names=(wanted.old, wanted.new),
        digests=(old.edition, new.edition),
        changes=changes(old, new),
        shifts=verdicts(old, new, cases),
        cases=len(cases),
    )
    if wanted.json:
        sys.stdout.buffer.write(report.comparison_json(found) + b"\n")
    else:
        report.comparison(Console(), found)
    return 0


def export_corrections(wanted: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings.database_url)
    database.prepare()
    with database.reading() as session:
        accepted = corrections.accepted(session)
    database.close()
    found = export(settings.seed, load(settings.seed), [one.correction for one in accepted])
    if wanted.output:
        wanted.output.write_text(found.patch, encoding="utf-8")
    else:
        sys.stdout.write(found.patch)
    for one in found.outdated:
        print(f"left out, changed since: {one.entry_kind} {one.entry}, {one.field}", file=sys.stderr)
    counts = f"{len(found.written)} written, {len(found.held)} in the edition already"
    print(f"corrections: {counts}, {len(found.outdated)} left out", file=sys.stderr)
    return 0


def write_docs(wanted: argparse.Namespace, settings: Settings) -> int:
    pages = reference.pages(load(settings.seed), read_cases(CASES))
    stale = [path for path, text in pages.items() if not path.is_file() or path.read_text("utf-8") != text]
    if wanted.check:
        names = ", ".join(str(path.name) for path in stale)
        return _fail(f"docs: out of date: {names}; run: make docs") if stale else 0
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
        print(f"{'written' if path in stale else 'unchanged'}: {path.relative_to(ROOT)}")
    return 0
