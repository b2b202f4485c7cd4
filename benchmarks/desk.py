"""How fast the desk stays as cases pile up: the same pages with 100, 1,000 and 10,000 cases, in one run.

    python -m benchmarks.desk [--sizes 100 1000 10000] [--rounds 7]

Each size is a service of its own in this process, on SQLite, with 2,000 open requests and as many offers.
Rounds are interleaved: each asks every page of every size once, in turning order, and the ratio to the
smallest size is formed within a round. What is told is the median of the rounds. A run of all sizes writes
benchmarks/last-desk.md.
"""

import argparse
import platform
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from sqlalchemy import insert
from starlette.testclient import TestClient

from app import accounts, postings
from app.brokering.steps import OPEN, STATES
from app.cases.tables import CaseRow
from app.catalogue import Catalogue, load
from app.db import Database
from app.evaluation import samples
from app.language.translate import NoTranslator
from app.main import create_app
from app.matching.market import Ground
from app.matching.tags import Tagger
from app.settings import Settings
from app.thesaurus import load as load_thesaurus

HERE = Path(__file__).parent
SIZES = (100, 1_000, 10_000)
POSTINGS = 2_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)
PAGES = {
    "what is to decide": "/broker",
    "open cases": "/broker?view=open",
    "open cases of a country": "/broker?view=open&country=JAM",
    "cases that wait for long": "/broker?view=stalled",
    "cases that are over": "/broker?view=over",
    "list of the API": "/v1/cases?limit=50",
}


def fill(database: Database, catalogue: Catalogue, many: int) -> None:
    """Open postings made of the samples, and cases of every state, half of them on the newer requests."""
    dice = random.Random(1)
    sampled = samples.load(Settings().seed, catalogue, today=NOW.date())
    countries = list(catalogue.region)
    with database.transaction() as session:
        for kind, side in (("request", sampled.requests), ("offer", sampled.offers)):
            known = list(side.values())
            for number in range(POSTINGS):
                one = known[number % len(known)]
                posting = replace(
                    one.posting,
                    id=f"{kind}-{number:05}",
                    country=dice.choice(countries),
                    valid_until=None,
                    visibility="public",
                )
                made = NOW - timedelta(minutes=2 * POSTINGS - number)
                postings.add(session, replace(one, posting=posting), by=accounts.OPERATOR, now=made)
        pairs = dice.sample(range(POSTINGS // 2 * POSTINGS), many)
        session.execute(
            insert(CaseRow), [_case(number, pair, countries, dice) for number, pair in enumerate(pairs)]
        )


def _case(number: int, pair: int, countries: Sequence[str], dice: random.Random) -> dict[str, Any]:
    request, offer = divmod(pair, POSTINGS)
    state = STATES[number % len(STATES)]
    since = NOW - timedelta(days=dice.randrange(200), seconds=number)
    return {
        "id": secrets.token_hex(8),
        "request": f"request-{POSTINGS // 2 + request:05}",
        "request_title": "Un título de solicitud bastante largo para la cola",
        "request_language": "es",
        "receiver": dice.choice(countries),
        "offer": f"offer-{offer:05}",
        "offer_title": "Um título de oferta bastante comprido para a fila",
        "offer_language": "pt",
        "provider": dice.choice(countries),
        "sectors": ["health"],
        "state": state,
        "waiting_on": "broker" if state in OPEN else "nobody",
        "since": since,
        "stage": 0,
        "broker": "desk",
        "broker_name": "Desk",
        "score": 0.5,
        "proposed_at": since,
        "created_at": since,
        "updated_at": since,
        "updated_by": "Desk",
        "version": 1,
        "change": 1_000_000 + number,
    }


@contextmanager
def desk(folder: Path, ground: Ground, tagger: Tagger, many: int) -> Iterator[tuple[TestClient, str]]:
    """A service with so many cases, a browser in which a broker has signed in, and the broker's key."""
    url = f"sqlite:///{folder}/{many}.db"
    database = Database(url)
    database.prepare()
    fill(database, ground.catalogue, many)
    with database.transaction() as session:
        key, _ = accounts.create_key(session, role="broker", name="Desk", country=None, now=NOW)
    database.close()
    settings = Settings(database_url=url, rate_limit="off", tick_minutes=0)
    translator = NoTranslator("Not measured.")
    app = create_app(settings, ground=ground, tagger=tagger, translator=translator, clock=lambda: NOW)
    headers = {"Accept": "text/html", "Origin": "http://testserver"}
    with TestClient(app, headers=headers, follow_redirects=False) as client:
        if client.post("/sign-in", data={"key": key}).status_code != 303:
            raise RuntimeError("the broker was not let in")
        yield client, key


def measured(client: TestClient, key: str, path: str) -> tuple[float, int]:
    """Milliseconds for a page, and its bytes."""
    headers = {"Authorization": f"Bearer {key}"} if path.startswith("/v1/") else {}
    begun = time.perf_counter()
    answer = client.get(path, headers=headers)
    taken = (time.perf_counter() - begun) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return taken, len(answer.content)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=7)
    wanted = parser.parse_args(arguments)
    console = Console(stderr=True)
    catalogue = load(Settings().seed)
    thesaurus = load_thesaurus(Settings().seed, catalogue)
    ground, tagger = Ground(catalogue, thesaurus), Tagger(catalogue, thesaurus)
    times: dict[tuple[str, int], list[float]] = {}
    sizes: dict[tuple[str, int], int] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as rooms:
        desks = {}
        for many in wanted.sizes:
            console.print(f"{many:,} cases …")
            desks[many] = rooms.enter_context(desk(Path(folder), ground, tagger, many))
        for turn in range(wanted.rounds + 1):
            turned = wanted.sizes[turn % len(wanted.sizes) :] + wanted.sizes[: turn % len(wanted.sizes)]
            for name, path in PAGES.items():
                for many in turned:
                    taken, size = measured(*desks[many], path)
                    if turn:  # the first round warms up
                        times.setdefault((name, many), []).append(taken)
                    sizes[name, many] = size
    page = told(wanted.sizes, times, sizes, wanted.rounds)
    Console().print(page, markup=False)
    if list(wanted.sizes) == list(SIZES):
        (HERE / "last-desk.md").write_text(page, encoding="utf-8")
    return 0


def told(
    many: Sequence[int],
    times: dict[tuple[str, int], list[float]],
    sizes: dict[tuple[str, int], int],
    rounds: int,
) -> str:
    """The table: milliseconds, the ratio to the smallest size, and the bytes of the largest."""
    least, most = min(many), max(many)
    heads = [f"{one:,} cases, ms" for one in many]
    made = f"`python -m benchmarks.desk`, {datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}"
    how = f"SQLite, {POSTINGS:,} requests and as many offers, median of {rounds} interleaved rounds."
    lines = [
        "# The desk as cases pile up",
        "",
        f"{made}, {how}",
        "",
        f"| page | {' | '.join(heads)} | {most:,} to {least:,} | bytes |",
        "|---" * (len(many) + 3) + "|",
    ]
    for name in PAGES:
        ratio = median(a / b for a, b in zip(times[name, most], times[name, least], strict=True))
        cells = [f"{median(times[name, one]):.0f}" for one in many]
        lines.append(f"| {name} | {' | '.join(cells)} | {ratio:.1f}x | {sizes[name, most]:,} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
