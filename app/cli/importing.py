"""The command `puente import`: take many postings in at once, all or none, and not twice."""

import argparse
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app import accounts, batch, postings, report
from app.batch import Entry, Sifted
from app.catalogue import Catalogue, load
from app.db import Database
from app.interpreter import with_translation
from app.matching.market import Ground, Market
from app.matching.posting import Asker, Posting
from app.settings import Settings
from app.thesaurus import load as load_thesaurus
from app.translators import translator_of


def add_command(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """Put the command beside the others of `puente`."""
    about = "Store the offers and requests of a file, one JSON object a line, but for those sent before."
    import_ = command("import", import_file, about)
    import_.add_argument("file", help='lines such as {"offer": {...}, "id": "mine-1"}; - for standard input')
    import_.add_argument("--dry-run", action="store_true", help="tell everything and store nothing")
    import_.add_argument(
        "--with-duplicates", action="store_true", help="store those too that say much the same as others"
    )
    import_.add_argument("--json", action="store_true", help="what was done, as data")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the lines. `stored` says what would be stored where nothing is."""

    stored: Sequence[Entry]
    near: Sequence[Sifted]
    there: Sequence[Entry]
    """Those whose id is taken."""
    untranslated: int
    """Of those stored: how many have no translation yet and could have one."""


def import_file(wanted: argparse.Namespace, settings: Settings) -> int:
    numbered = batch.lines(_raw(wanted.file))
    catalogue = load(settings.seed)
    now = datetime.now(UTC)
    watched = report.progress(numbered, "Reading", Console(stderr=True))
    entries, misread = batch.read(watched, catalogue, today=now.date(), new_id=lambda: secrets.token_hex(10))
    if misread:
        sys.stderr.writelines(
            f"puente: line {one.line}, {one.fault.pointer or '/'}: {' '.join(one.fault.detail.split())}\n"
            for one in misread
        )
        return 2
    database = Database(settings.database_url)
    database.prepare()
    try:
        outcome = _sift(database, entries, catalogue, settings, now, keep_near=wanted.with_duplicates)
        if not wanted.dry_run:
            with database.transaction() as session:
                for entry in report.progress(outcome.stored, "Storing", Console(stderr=True)):
                    postings.add(session, entry.intake, by=accounts.OPERATOR, now=now)
    finally:
        database.close()
    if wanted.json:
        told = {"dry_run": wanted.dry_run, **_data(outcome, entries)}
        sys.stdout.buffer.write(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        _tell(Console(), outcome, entries, dry_run=wanted.dry_run, kept=wanted.with_duplicates)
    return 0


def _raw(file: str) -> bytes:
    """No more is read than tells that it is too much."""
    if file == "-":
        return sys.stdin.buffer.read(batch.LARGEST + 1)
    with Path(file).open("rb") as opened:
        return opened.read(batch.LARGEST + 1)


def _sift(
    database: Database,
    entries: Sequence[Entry],
    catalogue: Catalogue,
    settings: Settings,
    now: datetime,
    *,
    keep_near: bool,
) -> Outcome:
    """Tell apart what is there already, and what says much the same as something else.

    Nothing is locked meanwhile: if an id is taken between this and the storing, nothing is stored.
    """
    with database.reading() as session:
        taken = {id for _, id in postings.known_ids(session)}
        known = [one for one in postings.changed_since(session, 0) if one.status in ("draft", "published")]
    there = [entry for entry in entries if entry.id in taken]
    if len(there) == len(entries):
        return Outcome((), (), there, 0)
    new, untranslated = _translated([entry for entry in entries if entry.id not in taken], settings)
    market = Market(Ground(catalogue, load_thesaurus(settings.seed, catalogue)))
    console = Console(stderr=True)
    market.fill(replace(one, status="published") for one in report.progress(known, "Looking back", console))
    sifted = list(
        batch.sift(
            report.progress(new, "Comparing", console),
            market,
            asker=Asker("administrator"),
            today=now.date(),
            keep_near=keep_near,
        )
    )
    stored = [one.entry for one in sifted if keep_near or not one.near]
    return Outcome(
        stored=stored,
        near=[one for one in sifted if one.near],
        there=there,
        untranslated=sum(entry.id in untranslated for entry in stored),
    )


def _translated(entries: Sequence[Entry], settings: Settings) -> tuple[list[Entry], set[str]]:
    """The entries with their translations, for texts in different languages are compared through them; and
    the ids of those that must do without for now, and that the service translates later."""
    translator = translator_of(settings.translator, settings.translator_key)

    def translated(posting: Posting) -> Posting:
        return with_translation(posting, translator)

    try:
        found = [
            replace(entry, intake=replace(entry.intake, posting=translated(entry.intake.posting)))
            for entry in report.progress(entries, "Translating", Console(stderr=True))
        ]
        lacking = {
            entry.id
            for entry in found
            if translator.version(entry.intake.posting.language) and not entry.intake.posting.translation
        }
    finally:
        translator.close()
    return found, lacking


def _data(outcome: Outcome, entries: Sequence[Entry]) -> dict[str, Any]:
    stored, lines = {entry.id for entry in outcome.stored}, _lines(entries)
    return {
        "stored": [_named(entry) for entry in outcome.stored],
        "already_there": [_named(entry) for entry in outcome.there],
        "near_duplicates": [
            _named(one.entry)
            | {
                "title": one.entry.intake.posting.title,
                "stored": one.entry.id in stored,
                "of": [
                    {
                        "id": near.posting.id,
                        "line": lines.get(near.posting.id),
                        "title": near.posting.title,
                        "language": near.posting.language,
                        "likeness": near.likeness,
                    }
                    for near in one.near
                ],
            }
            for one in outcome.near
        ],
        "untranslated": outcome.untranslated,
    }


def _named(entry: Entry) -> dict[str, Any]:
    return {"line": entry.line, "kind": entry.intake.posting.kind, "id": entry.id}


def _lines(entries: Sequence[Entry]) -> Mapping[str, int]:
    return {entry.id: entry.line for entry in entries}


def _tell(console: Console, outcome: Outcome, entries: Sequence[Entry], *, dry_run: bool, kept: bool) -> None:
    lines = _lines(entries)
    if outcome.near:
        table = Table("line", "title", "likeness", "says much the same as", title="Near-duplicates")
        for one in outcome.near:
            best = one.near[0]
            where = f"line {lines[best.posting.id]}" if best.posting.id in lines else best.posting.id
            table.add_row(
                str(one.entry.line),
                escape(one.entry.intake.posting.title),
                f"{best.likeness:.2f}",
                escape(f"{where} ({best.posting.language}): {best.posting.title}"),
            )
        console.print(table)
    for entry in outcome.there:
        console.print(f"line {entry.line}: already there, {entry.id}", highlight=False, markup=False)
    counts = [
        (len(entries), "Postings"),
        (len(outcome.stored), "would be stored" if dry_run else "stored"),
        (len(outcome.near), "near-duplicates among them" if kept else "near-duplicates left out"),
        (len(outcome.there), "already there"),
        (outcome.untranslated, "to be translated by the service"),
    ]
    told = [f"{name}: {count}" for place, (count, name) in enumerate(counts) if count or place < 2]
    console.print(f"{'; '.join(told)}.", highlight=False, soft_wrap=True)
    if outcome.near and not kept:
        console.print("To store near-duplicates too: --with-duplicates", highlight=False)
