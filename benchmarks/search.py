"""How fast suggestions are found, beside what most teams would ship, in one process and one run.

    python -m benchmarks.search [--sizes 1000 10000 100000] [--rounds 5]

*Theirs* is scikit-learn's `TfidfVectorizer` fitted on all offers, once for each of our four views (stems,
stems in the pivot language, runs of letters, concepts: the same features as ours, by an analyzer callable
that reads the same words), and for every request `transform`, `linear_kernel` over all offers per view, the
blend by how the languages meet, and a sort. Translations are at hand for both; making them is not measured.
*Ours* is taken at three depths: the ten best by text alone, which is the same job and gives the same answer;
the candidates by all parts of the score; and `suggest()` whole, with explanation, channels and verdicts.

Rounds are interleaved: each round asks the same requests of every engine, in turning order, and a ratio is
formed within a round. What is told is the median of the rounds' ratios, with the smallest and the greatest.
A run of all sizes writes benchmarks/last-run.md and last-run.json; the exit status is 1 if a goal is missed.
"""

import argparse
import gc
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from rich.console import Console
from scipy.sparse import vstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import linear_kernel

from app.language.analyse import Word, words
from app.language.translate import PIVOT
from app.language.wording import Wording
from app.matching import compare
from app.matching.blend import BLEND, meetings
from app.matching.features import CONCEPTS, VIEWS, Weighting
from app.matching.gates import may_meet
from app.matching.index import Index
from app.matching.market import Ground, Market, Shelf
from app.matching.posting import ANYONE, Posting
from app.matching.score import WEIGHTS, Values
from app.matching.suggest import _candidates, suggest
from app.thesaurus import Thesaurus
from benchmarks import corpus

SIZES, ROUNDS = (1_000, 10_000, 100_000), 5
BEST = 10
TODAY = date(2026, 1, 1)

REQUESTS = {1_000: 40, 10_000: 20, 100_000: 4}
"""Requests asked per round, by the size up to which it holds: a round takes some seconds at most."""

ADDED = {1_000: 128, 10_000: 128, 100_000: 128}
"""Postings of ours added per round: as many as are sealed at once, so that sealing is paid for in each."""

ADDED_THEIRS = 2

GOAL, CLOSE = 10.0, 1e-4
"""How many times faster we must be at the greatest size, and how far the similarities may lie apart."""

OURS = {
    "text": "ours, the ten best by text (the same job)",
    "candidates": "ours, candidates by all parts of the score",
    "suggest": "ours, `suggest()` whole",
}

HERE = Path(__file__).resolve().parent

Round = dict[str, float]


@dataclass(frozen=True)
class Ratio:
    """Theirs / ours: the median over rounds, the smallest, the greatest."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, rounds: Sequence[Round], theirs: str, ours: str) -> "Ratio":
        found = [one[theirs] / one[ours] for one in rounds]
        return cls(median(found), min(found), max(found))

    def __str__(self) -> str:
        return f"{_figure(self.median)}× ({_figure(self.least)}–{_figure(self.most)})"


@dataclass(frozen=True)
class Measured:
    """What was found at one size. Times are seconds per request or per posting, medians over the rounds."""

    size: int
    requests_per_round: int
    seconds: Mapping[str, float]
    ratios: Mapping[str, Ratio]
    greatest_difference: float
    same_lists: int
    requests_compared: int
    share_touched: float
    features_per_offer: Mapping[str, float]
    add_seconds: Mapping[str, float]
    add_ratio: Ratio
    slowest_add: float
    build_seconds: Mapping[str, float]
    megabytes: Mapping[str, float]


class Theirs:
    """What most teams ship: everything fitted at once, every request against every offer."""

    def __init__(self, world: corpus.World, offers: Sequence[Posting]) -> None:
        features = _features(world.thesaurus)
        self.vectorisers = [TfidfVectorizer(analyzer=features[view], sublinear_tf=True) for view in VIEWS]
        self.matrices = [vectoriser.fit_transform(offers) for vectoriser in self.vectorisers]
        self.languages = np.array([offer.language for offer in offers])
        self.bridged = np.array([offer.wording.bridged for offer in offers])
        self.shares = BLEND.table().astype(np.float64)

    def similarities(self, request: Posting) -> npt.NDArray[np.float64]:
        """The blended cosine of a request with every offer."""
        met = meetings(request.language, request.wording.bridged, self.languages, self.bridged)
        similarity = np.zeros(len(self.languages))
        for view, (vectoriser, matrix) in enumerate(zip(self.vectorisers, self.matrices, strict=True)):
            cosine = linear_kernel(vectoriser.transform([request]), matrix)[0]
            similarity += self.shares[met, view] * cosine
        return similarity

    def best(self, request: Posting) -> list[int]:
        """The places of the ten best offers."""
        return [int(place) for place in np.argsort(-self.similarities(request), kind="stable")[:BEST]]

    def add(self, offer: Posting) -> None:
        """One more offer, under the idf that was fitted."""
        self.matrices = [
            vstack([matrix, vectoriser.transform([offer])], format="csr")
            for vectoriser, matrix in zip(self.vectorisers, self.matrices, strict=True)
        ]


def _features(thesaurus: Thesaurus) -> Mapping[str, Callable[[Posting], list[str]]]:
    """By view, what reads a posting into the names of its features; each does the work of its view alone."""

    def pivot_words(wording: Wording) -> list[Word]:
        if wording.translation is not None:
            return [word for word, _, _ in words(wording.translation.text, PIVOT)]
        return [placed.word for placed, _ in wording.words()]

    def concepts(posting: Posting) -> list[str]:
        spoken: dict[str, list[Word]] = {}
        for placed, language in posting.wording.words():
            spoken.setdefault(language, []).append(placed.word)
        return [
            concept
            for language, of_language in spoken.items()
            for mention in thesaurus.phrases[language].find(of_language)
            for concept in thesaurus.lineage(mention.meaning)
        ]

    return {
        "stems": lambda posting: [placed.word.stem for placed, _ in posting.wording.words()],
        "pivot": lambda posting: [word.stem for word in pivot_words(posting.wording)],
        "grams": lambda posting: [gram for word in pivot_words(posting.wording) for gram in word.grams],
        "concepts": concepts,
    }


class Ours:
    """The market as the service fills it, and one shelf of it weighed by exactly the offers at hand.

    The second is for comparing like with like: an epoch of the service also counts the catalogue, and not
    the postings that came after it began.
    """

    def __init__(self, world: corpus.World, offers: Sequence[Posting]) -> None:
        self.market = Market(Ground(world.catalogue, world.thesaurus))
        self.market.fill(offers)

    def alike(self, offers: Sequence[Posting]) -> Shelf:
        """The shelf of offers under an epoch fitted on the same offers as theirs."""
        vocabulary = self.market.vocabulary
        rows = [vocabulary.read(offer.wording) for offer in offers]
        sizes = [vocabulary.size(view) for view in range(len(VIEWS))]
        weightings = tuple(Weighting.fit((r[view] for r in rows), sizes[view]) for view in range(len(VIEWS)))
        index = Index(weightings)
        index.renew(rows, weightings, sizes)
        return replace(self.market.shelf("offer"), texts=index.snapshot(), weightings=weightings)

    def similarities(self, request: Posting, shelf: Shelf) -> Values:
        return compare.similarities(compare.read(request, self.market, shelf.weightings, {}), shelf, BLEND)

    def best(self, request: Posting, shelf: Shelf) -> list[int]:
        """The places of the ten best offers by text alone, ties by place."""
        similarity = self.similarities(request, shelf)
        bar = np.partition(similarity, -BEST)[-BEST]
        best = np.flatnonzero(similarity >= bar)
        return [int(place) for place in best[np.argsort(-similarity[best], kind="stable")][:BEST]]

    def candidates(self, request: Posting) -> Any:
        """The offers that can be among the ten best by all parts of the score."""
        shelf = self.market.shelf("offer")
        asked = compare.read(request, self.market, shelf.weightings, {})
        country = self.market.tables.countries[request.country]
        admitted = np.flatnonzero(may_meet(shelf.doors, country, asker=ANYONE, own=None, today=TODAY))
        return _candidates(asked, self.market, shelf, admitted, BEST, WEIGHTS, BLEND)

    def suggest(self, request: Posting) -> Any:
        return suggest(request, self.market, today=TODAY, limit=BEST)


def measure(world: corpus.World, size: int, rounds: int, say: Callable[[str], None]) -> Measured:
    """Everything about one size."""
    say("making postings")
    per_round = _by_size(REQUESTS, size)
    added = _by_size(ADDED, size)
    made = corpus.postings(world, "offer", size + rounds * added)
    offers, later = made[:size], iter(made[size:])
    del made
    wanted = _in_words_of(world, offers, corpus.endless(world, "request"))
    requests = list(islice(wanted, rounds * per_round))

    say("building ours")
    before = _resident()
    ours, ours_built = _timed(lambda: Ours(world, offers))
    resident = _resident() - before
    say("fitting theirs")
    theirs, theirs_built = _timed(lambda: Theirs(world, offers))
    say("comparing the answers")
    alike = ours.alike(offers)
    compared = requests[: per_round * 2]
    difference, same = _compared(ours, theirs, alike, compared)

    engines: dict[str, Callable[[Posting], Any]] = {
        "theirs": theirs.best,
        "text": lambda request: ours.best(request, alike),
        "candidates": ours.candidates,
        "suggest": ours.suggest,
    }
    searched: list[Round] = []
    with _without_collecting():
        for turn in range(rounds):
            say(f"searching, round {turn + 1} of {rounds}")
            asked = requests[turn * per_round : (turn + 1) * per_round]
            searched.append(_round(engines, asked, turn))

    grown: list[Round] = []
    slowest = 0.0
    with _without_collecting():
        for turn in range(rounds):
            say(f"adding, round {turn + 1} of {rounds}")
            times = []
            fresh = [next(later) for _ in range(added)]
            for offer in fresh:
                times.append(_timed(partial(ours.market.put, offer))[1])
                if ours.market.shelf("offer").postings[-1] is not offer:
                    raise AssertionError("a posting was added and cannot be found")
            slowest = max(slowest, *times)
            theirs_times = [_timed(partial(theirs.add, offer))[1] for offer in fresh[:ADDED_THEIRS]]
            grown.append({"ours": sum(times) / len(times), "theirs": sum(theirs_times) / len(theirs_times)})

    return Measured(
        size=size,
        requests_per_round=per_round,
        seconds={name: median(one[name] for one in searched) for name in engines},
        ratios={name: Ratio.of(searched, "theirs", name) for name in OURS},
        greatest_difference=difference,
        same_lists=same,
        requests_compared=len(compared),
        share_touched=_share_touched(ours, alike, compared),
        features_per_offer={
            name: alike.texts.segments[view][0].rows.size / size for view, name in enumerate(VIEWS)
        },
        add_seconds={name: median(one[name] for one in grown) for name in ("theirs", "ours")},
        add_ratio=Ratio.of(grown, "theirs", "ours"),
        slowest_add=slowest,
        build_seconds={"theirs": theirs_built, "ours": ours_built},
        megabytes={
            "theirs": sum(map(_bytes_of, theirs.matrices)) / 1e6,
            "ours": sum(_arrays(segment) for view in alike.texts.segments for segment in view) / 1e6,
            "ours, the whole market in the process": resident / 1e6,
        },
    )


def _round(engines: Mapping[str, Callable[[Posting], Any]], asked: Sequence[Posting], turn: int) -> Round:
    """Seconds per request of each engine; another one begins in each round."""
    names = list(engines)
    found = {}
    for name in names[turn % len(names) :] + names[: turn % len(names)]:
        engine = engines[name]
        started = time.perf_counter()
        for request in asked:
            engine(request)
        found[name] = (time.perf_counter() - started) / len(asked)
    return found


def _compared(ours: Ours, theirs: Theirs, shelf: Shelf, requests: Sequence[Posting]) -> tuple[float, int]:
    """The greatest difference of any similarity, and for how many requests the lists of ten are the same."""
    difference, same = 0.0, 0
    for request in requests:
        difference = max(
            difference, float(np.abs(ours.similarities(request, shelf) - theirs.similarities(request)).max())
        )
        same += ours.best(request, shelf) == theirs.best(request)
    return difference, same


def _in_words_of(
    world: corpus.World, offers: Sequence[Posting], requests: Iterable[Posting]
) -> Iterator[Posting]:
    """Requests in words that an offer of their language has, and of concepts that some offer has.

    scikit-learn forgets the others; we count them in the length of the text, so the cosines would differ.
    A word that is not known is left out, a request that still names a concept of no offer is passed over.
    """
    own: set[tuple[str, str]] = set()
    in_pivot: set[tuple[str, str]] = set()
    for offer in offers:
        said = {(language, placed.word.surface.lower()) for placed, language in offer.wording.words()}
        own |= said
        made = offer.translation
        in_pivot |= (
            {(PIVOT, word.surface.lower()) for word, _, _ in words(made.text, PIVOT)} if made else said
        )
    concepts = _features(world.thesaurus)[VIEWS[CONCEPTS]]
    offered = {concept for offer in offers for concept in concepts(offer)}

    def kept(text: str, language: str, known: set[tuple[str, str]]) -> str:
        return " ".join(w for w in text.split() if (language, w.strip(".").lower()) in known)

    both = own & in_pivot
    for request in requests:
        # What is not translated is compared by its own words in the pivot view, and by their letters.
        language, made = request.language, request.translation
        known = own if made else both
        asked = replace(
            request,
            title=kept(request.title, language, known),
            description=kept(request.description, language, known),
            keywords=tuple(kept(keyword, language, known) for keyword in request.keywords),
            translation=replace(made, text=kept(made.text, PIVOT, in_pivot)) if made else None,
        )
        if offered.issuperset(concepts(asked)):
            yield asked


def _share_touched(ours: Ours, shelf: Shelf, requests: Sequence[Posting]) -> float:
    """The share of all entries of the index that a request has to add up, on average."""
    touched = total = 0
    for view, (segment,) in enumerate(shelf.texts.segments):
        total += segment.rows.size * len(requests)
        for request in requests:
            ids = compare.read(request, ours.market, shelf.weightings, {}).rows[view].ids
            ids = ids[(ids >= 0) & (ids + 1 < segment.starts.size)]
            touched += int((segment.starts[ids + 1] - segment.starts[ids]).sum())
    return touched / total


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    made = work()
    return made, time.perf_counter() - started


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Garbage is collected between the measurements, not in the middle of one."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _bytes_of(matrix: Any) -> int:
    return int(matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes)


def _arrays(held: Any) -> int:
    return sum(
        value.nbytes
        for value in (getattr(held, field.name) for field in fields(held))
        if isinstance(value, np.ndarray)
    )


def _resident() -> int:
    """Bytes of memory that the process holds now; 0 where the system does not tell."""
    gc.collect()
    told = Path("/proc/self/statm")
    return int(told.read_text().split()[1]) * 4096 if told.exists() else 0


def _by_size(table: Mapping[int, int], size: int) -> int:
    return next((count for up_to, count in table.items() if size <= up_to), min(table.values()))


def exponent(measured: Sequence[Measured], name: str) -> float:
    """By which power of the size the time grows from the first size to the last; 1 is in step with it."""
    first, last = measured[0], measured[-1]
    return math.log(_told(last, name) / _told(first, name)) / math.log(last.size / first.size)


def _told(measured: Measured, name: str) -> float:
    return measured.add_seconds["ours"] if name == "add" else measured.seconds[name]


def missed(measured: Sequence[Measured]) -> list[str]:
    """The goals that this run misses, in words."""
    last = measured[-1]
    faults = [
        f"similarities differ by {one.greatest_difference:.1e} at {one.size:,} offers"
        for one in measured
        if one.greatest_difference > CLOSE
    ]
    if last.size >= SIZES[-1]:
        faults += [
            f"{told}: only {ratio} times as fast at {last.size:,}"
            for name, told in OURS.items()
            if (ratio := last.ratios[name]).median < GOAL
        ]
    if last.size > measured[0].size:
        faults += [
            f"{told}: time grows with the {power:.2f}th power of the collection"
            for name, told in (*OURS.items(), ("add", "adding a posting"))
            if (power := exponent(measured, name)) > 1.0
        ]
    return faults


def report(measured: Sequence[Measured], machine: Mapping[str, str], rounds: int) -> str:
    """The figures as a page of Markdown."""
    several = len(measured) > 1
    growth = {n: f"{exponent(measured, n):.2f}" if several else "" for n in ("theirs", *OURS, "add")}
    sizes = [f"{one.size:,} offers" for one in measured]
    last = measured[-1]
    faults = missed(measured)
    lines = [
        "# Speed, the last run of `make bench`",
        "",
        f"{', '.join(f'{name} {value}' for name, value in machine.items())}; {rounds} interleaved rounds.",
        "Ratios are theirs / ours within a round: median (smallest–greatest). What is compared with what,",
        "and on what postings, is told at the head of `benchmarks/search.py` and `benchmarks/corpus.py`.",
        "",
        "## From a request to the best offers, milliseconds per request",
        "",
        *_table(
            ["", *sizes, "growth exponent"],
            [
                ["TfidfVectorizer + linear_kernel + argsort", *_ms(measured, "theirs"), growth["theirs"]],
                *([told, *_ms(measured, name), growth[name]] for name, told in OURS.items()),
            ],
        ),
        "",
        "## How many times as fast",
        "",
        *_table(
            ["", *sizes],
            [[told, *(str(one.ratios[name]) for one in measured)] for name, told in OURS.items()],
        ),
        "",
        "## Until an added posting can be found",
        "",
        *_table(
            ["", *sizes, "growth exponent"],
            [
                [
                    "transform + vstack, ms",
                    *(_figure(one.add_seconds["theirs"] * 1e3) for one in measured),
                    "",
                ],
                [
                    "`Market.put`, ms, sealing included",
                    *(_figure(one.add_seconds["ours"] * 1e3) for one in measured),
                    growth["add"],
                ],
                ["times as fast", *(str(one.add_ratio) for one in measured), ""],
                ["the slowest single `put`, ms", *(_figure(one.slowest_add * 1e3) for one in measured), ""],
            ],
        ),
        "",
        "## The same answer, and what it costs to hold",
        "",
        *_table(
            ["", *sizes],
            [
                [
                    "greatest difference of a similarity",
                    *(f"{one.greatest_difference:.1e}" for one in measured),
                ],
                [
                    "requests with the same list of ten",
                    *(f"{one.same_lists} of {one.requests_compared}" for one in measured),
                ],
                [
                    "share of the index that a request adds up",
                    *(f"{one.share_touched:.1%}" for one in measured),
                ],
                *(
                    [f"{name} per offer", *(f"{one.features_per_offer[name]:.0f}" for one in measured)]
                    for name in VIEWS
                ),
                *(
                    [f"build, s: {name}", *(_figure(one.build_seconds[name]) for one in measured)]
                    for name in last.build_seconds
                ),
                *(
                    [f"memory, MB: {name}", *(_figure(one.megabytes[name]) for one in measured)]
                    for name in last.megabytes
                ),
            ],
        ),
        "",
        "Goals: at least 10 times as fast at 100,000 offers, growing no faster than the collection, the same",
        f"similarities to {CLOSE}. "
        + (f"Missed: {'; '.join(faults)}." if faults else "All met in this run."),
    ]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    dashes = ["---"] + ["---:"] * (len(head) - 1)
    return [f"| {' | '.join(row)} |" for row in (head, dashes, *rows)]


def _ms(measured: Sequence[Measured], name: str) -> list[str]:
    return [_figure(one.seconds[name] * 1e3) for one in measured]


def _figure(value: float) -> str:
    """Three figures that tell something, thousands with a comma."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def machine() -> dict[str, str]:
    """What the figures were taken on."""
    told = Path("/proc/cpuinfo")
    models = [line for line in told.read_text().splitlines() if "model name" in line] if told.exists() else []
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "command": " ".join(("python -m benchmarks.search", *sys.argv[1:])),
        "processor": models[0].split(":", 1)[1].strip() if models else platform.machine(),
        "cores": str(len(models) or "?"),
        "load": "/".join(f"{load:.1f}" for load in os.getloadavg()) if hasattr(os, "getloadavg") else "?",
        "Python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "scikit-learn", "numba")},
    }


def _warm_up(world: corpus.World) -> None:
    """Have the kernels compiled and every cache of a first call filled before the clock runs."""
    ours = Ours(world, corpus.postings(world, "offer", 300))
    for offer in corpus.postings(world, "offer", 310)[300:]:
        ours.market.put(offer)
    for request in corpus.postings(world, "request", 5):
        ours.suggest(request)


def main(arguments: list[str] | None = None) -> int:
    """Run, print the page, and keep it if all sizes were measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="numbers of offers")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="5 or more to be believed")
    wanted = parser.parse_args(arguments)
    sizes, rounds = tuple(sorted(wanted.sizes)), wanted.rounds
    if sizes[0] < BEST or rounds < 1:
        parser.error(f"sizes are at least {BEST}, rounds at least 1")
    say = _teller()
    say("reading seed/ and compiling")
    world = corpus.world()
    _warm_up(world)
    measured = []
    for size in sizes:
        measured.append(measure(world, size, rounds, partial(say, f"{size:,} offers:")))
        gc.collect()
    say("done")
    told = machine()
    page = report(measured, told, rounds)
    print(page, end="")
    if sizes == SIZES and rounds >= 5:
        (HERE / "last-run.md").write_text(page, encoding="utf-8")
        figures = {"machine": told, "rounds": rounds, "measured": [asdict(one) for one in measured]}
        (HERE / "last-run.json").write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    return 1 if missed(measured) else 0


def _teller() -> Callable[..., None]:
    """Says on standard error what is being done, a line each, so that a log tells it as well as a screen."""
    console, started = Console(stderr=True, highlight=False), time.perf_counter()
    return lambda *doing: console.print(f"{time.perf_counter() - started:6.1f} s ", *doing)


if __name__ == "__main__":
    sys.exit(main())
