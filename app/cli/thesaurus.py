"""The command `puente thesaurus`: look after the words by which subjects are found in texts."""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.catalogue import Catalogue, load
from app.evaluation import samples, sets
from app.language.detect import LANGUAGES, passages
from app.language.wording import Wording
from app.settings import Settings
from app.thesaurus import Thesaurus
from app.thesaurus import load as load_thesaurus
from app.thesaurus.check import Finding, check, unlabelled
from app.thesaurus.coverage import Coverage, coverage, together
from app.thesaurus.skos import BASE, is_base, turtle

SMALL = "That a concept is never found in so few texts is no fault by itself."


def add_commands(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """Put the command beside the others of `puente`."""
    words = command("thesaurus", None, "Check, measure and export the thesaurus.")
    actions = words.add_subparsers(metavar="ACTION", required=True)
    about = "Look for labels that mean two things, or that no text can name. Exit status 1 if there are any."
    actions.add_parser("check", help=about, description=about, allow_abbrev=False).set_defaults(run=check_it)
    about = "Tell which concepts are found in the sample postings and in the building set, and which never."
    measure = actions.add_parser("coverage", help=about, description=about, allow_abbrev=False)
    measure.add_argument("--study", type=Path, metavar="FILE", help="the study's text as well")
    measure.add_argument("--json", action="store_true", help="as data, each body of texts by itself")
    measure.set_defaults(run=measure_it)
    about = "Write the thesaurus as SKOS, in Turtle."
    write = actions.add_parser("export", help=about, description=about, allow_abbrev=False)
    write.add_argument("--output", type=Path, metavar="FILE", help="where to (default standard output)")
    write.add_argument(
        "--base", type=_base, default=BASE, metavar="ADDRESS", help=f"what addresses begin with ({BASE})"
    )
    write.set_defaults(run=export_it)


def _base(text: str) -> str:
    if not is_base(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not an absolute address that ends in / # or :")
    return text


def check_it(_wanted: argparse.Namespace, settings: Settings) -> int:
    catalogue = load(settings.seed)
    thesaurus = load_thesaurus(settings.seed, catalogue)
    spoken = {w.language for texts in _postings(settings, catalogue).values() for w in texts}
    found = [*check(thesaurus), *unlabelled(thesaurus, spoken)]
    if found:
        sys.stdout.writelines(f"{_told(one)}\n" for one in found)
        return 1
    labels = ", ".join(f"{count} {tag}" for tag, count in counted_labels(thesaurus).items())
    sys.stdout.write(
        f"thesaurus: {len(thesaurus.concepts)} concepts under {len(thesaurus.subthemes)} sub-themes; "
        f"labels: {labels}; no findings\n"
    )
    return 0


def counted_labels(thesaurus: Thesaurus) -> Mapping[str, int]:
    """Labels of concepts by language, exact words included."""
    return {
        tag: sum(len({*c.labels.get(tag, ()), *c.exact.get(tag, ())}) for c in thesaurus.concepts.values())
        for tag in LANGUAGES
    }


def _told(finding: Finding) -> str:
    label = f"{finding.kind}: {finding.meaning}, {finding.language} “{finding.label}”"
    if finding.other_meaning is None:
        return label
    return f"{label} and {finding.other_meaning} “{finding.other_label}”"


def measure_it(wanted: argparse.Namespace, settings: Settings) -> int:
    catalogue = load(settings.seed)
    thesaurus = load_thesaurus(settings.seed, catalogue)
    bodies: dict[str, Iterable[Wording]] = {**_postings(settings, catalogue)}
    if wanted.study:
        text = wanted.study.read_text(encoding="utf-8")
        bodies["study"] = [Wording(text, "en", passages(text, "en"))]
    found = {name: coverage(thesaurus, wordings) for name, wordings in bodies.items()}
    if wanted.json:
        sys.stdout.buffer.write(_data(found, thesaurus, catalogue) + b"\n")
    else:
        _table(Console(), found, thesaurus, catalogue)
    return 0


def _postings(settings: Settings, catalogue: Catalogue) -> Mapping[str, list[Wording]]:
    """The texts that everybody may look at: the samples, and what the building set has besides them."""
    today = datetime.now(UTC).date()
    sampled = samples.load(settings.seed, catalogue, today=today)
    building = sets.load(settings.seed, catalogue, today=today)["building"]
    own = {*sampled.offers, *sampled.requests}
    added = [
        *(posting for posting in building.offers.values() if posting.id not in own),
        *(posting for posting in building.requests.values() if posting.id not in own),
        *(duplicate.posting for duplicate in building.duplicates),
    ]
    return {
        "samples": [i.posting.wording for i in (*sampled.offers.values(), *sampled.requests.values())],
        "building": [posting.wording for posting in added],
    }


def _table(
    console: Console, found: Mapping[str, Coverage], thesaurus: Thesaurus, catalogue: Catalogue
) -> None:
    bodies = Table("texts", "", "words", "inside a mention", "concepts", "mentions")
    for name, one in {**found, "together": together(found.values())}.items():
        total = one.found(thesaurus)
        bodies.add_row(
            name,
            str(sum(one.texts.values())),
            str(sum(one.words.values())),
            f"{one.share():.0%}",
            str(total.concepts),
            str(total.mentions),
        )
    console.print(bodies)
    every = together(found.values())
    by_sector = Table("sector", "concepts", "found", *LANGUAGES, title="concepts found / mentions")
    for sector in (*catalogue.sectors, None):
        of_sector = [c for c in thesaurus.concepts.values() if sector in (None, c.sectors[0])]
        total = every.found(thesaurus, sector=sector)
        in_language = (every.found(thesaurus, sector=sector, language=tag) for tag in LANGUAGES)
        by_sector.add_row(
            sector or "all",
            str(len(of_sector)),
            f"{total.concepts} / {total.mentions}",
            *(f"{one.concepts} / {one.mentions}" for one in in_language),
        )
    by_sector.add_row("inside a mention", "", "", *(f"{every.share(tag):.0%}" for tag in LANGUAGES))
    console.print(by_sector)
    console.print(f"Never found. {SMALL}")
    for sector in catalogue.sectors:
        never = every.never(thesaurus, sector)
        console.print(f"[bold]{sector}[/bold] ({len(never)}): {escape(', '.join(never))}", highlight=False)


def _data(found: Mapping[str, Coverage], thesaurus: Thesaurus, catalogue: Catalogue) -> bytes:
    bodies = {**found, "together": together(found.values())}
    answer = {name: _measured(one, thesaurus, catalogue) for name, one in bodies.items()}
    return orjson.dumps({"note": SMALL, "texts": answer}, option=orjson.OPT_INDENT_2)


def _measured(one: Coverage, thesaurus: Thesaurus, catalogue: Catalogue) -> dict[str, Any]:
    mentions: dict[str, dict[str, int]] = {}
    for (id, tag), count in sorted(one.mentions.items()):
        mentions.setdefault(id, {})[tag] = count
    return {
        "languages": {
            tag: {
                "texts": one.texts.get(tag, 0),
                "words": one.words.get(tag, 0),
                "inside": one.inside.get(tag, 0),
                "share": round(one.share(tag), 4),
            }
            for tag in LANGUAGES
        },
        "share": round(one.share(), 4),
        "sectors": {
            sector: {
                "found": one.found(thesaurus, sector=sector),
                "languages": {tag: one.found(thesaurus, sector=sector, language=tag) for tag in LANGUAGES},
                "never": one.never(thesaurus, sector),
            }
            for sector in catalogue.sectors
        },
        "mentions": mentions,
    }


def export_it(wanted: argparse.Namespace, settings: Settings) -> int:
    catalogue = load(settings.seed)
    text = turtle(load_thesaurus(settings.seed, catalogue), catalogue, base=wanted.base)
    if wanted.output:
        wanted.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0
