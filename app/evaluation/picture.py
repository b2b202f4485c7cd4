"""One run as a picture: recall@10 and nDCG@10 of every engine with their intervals, same language and across.

Plain SVG without a font or a script of its own. The colours follow the reader's scheme, light or dark,
and the marks differ in shape as well.
"""

from collections.abc import Iterator
from datetime import date
from html import escape

from app.evaluation.engines import KINDS, Engine
from app.evaluation.evaluate import Evaluation, Query, groups, values
from app.evaluation.intervals import Interval, mean
from app.matching.score import VERSION

NAMES, PANEL, GAP, FIGURES = 170, 250, 40, 92
"""Widths: the names of the engines, a panel, the gap before the next, and the figures beside each."""
TOP, ROW, HEAD, FOOT = 104, 26, 30, 34
"""Heights: everything above the first heading, an engine, a heading, and the scale below."""
WIDTH = NAMES + 2 * (PANEL + FIGURES) + GAP + 24
PANELS = (("recall@10", "recall_at_10"), ("nDCG@10", "ndcg_at_10"))
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

STYLE = """
  svg { color-scheme: light dark; font: 13px system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif }
  .ground { fill: #ffffff } text { fill: #1f2328 } .faint { fill: #59636e } .heading { font-weight: 600 }
  .grid { stroke: #d1d9e0; stroke-width: 1 } .ours { fill: #f2f5f8 }
  .same { fill: #0a5fa8; stroke: #0a5fa8 } .across { fill: #b34700; stroke: #b34700 }
  line.same, line.across { stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #f0f6fc } .faint { fill: #9198a1 }
    .grid { stroke: #3d444d } .ours { fill: #1b222c }
    .same { fill: #6cb6ff; stroke: #6cb6ff } .across { fill: #f69d50; stroke: #f69d50 }
  }
"""


def picture(found: Evaluation, *, today: date) -> str:
    """The picture as SVG."""
    kinds = [kind for kind in KINDS if any(engine.kind == kind for engine in found.engines)]
    height = TOP + HEAD * len(kinds) + ROW * len(found.engines) + FOOT
    title = f"How well known partners are found, {found.part} set"
    about = (
        f"{len(found.queries)} requests against {found.offers} offers, engine {VERSION}, {today}. "
        "Lines span 95 % bootstrap intervals."
    )
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title about">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="about">{escape(about)}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
            _text(16, 28, title, "heading"),
            _text(16, 48, about, "faint"),
            *_legend(),
            *_scales(height),
            *_rows(found, kinds),
            "</svg>",
            "",
        )
    )


def _left(panel: int) -> int:
    return NAMES + panel * (PANEL + FIGURES + GAP)


def _at(panel: int, value: float) -> float:
    return round(_left(panel) + PANEL * value, 1)


def _legend() -> Iterator[str]:
    x = 16
    for side, label in (("same", "same language"), ("across", "across languages")):
        yield _mark(side, x + 6, 67)
        yield _text(x + 18, 71, label)
        x += 130


def _scales(height: int) -> Iterator[str]:
    for panel, (title, _) in enumerate(PANELS):
        yield _text(_left(panel), TOP - 12, title, "heading")
        for tick in TICKS:
            x = _at(panel, tick)
            yield f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP}" y2="{height - FOOT}"/>'
            yield _text(x, height - FOOT + 18, f"{tick:g}", "faint", "middle")


def _rows(found: Evaluation, kinds: list[str]) -> Iterator[str]:
    members = groups(found.queries)
    y = TOP
    for kind in kinds:
        yield _text(16, y + HEAD - 9, KINDS[kind], "faint")
        y += HEAD
        for engine in found.engines:
            if engine.kind == kind:
                yield from _row(engine, members, y)
                y += ROW


def _row(engine: Engine, members: dict[str, list[Query]], y: int) -> Iterator[str]:
    ours = engine.kind == "ours"
    if ours:
        yield f'<rect class="ours" x="8" y="{y}" width="{WIDTH - 16}" height="{ROW}" rx="4"/>'
    yield _text(16, y + 17, engine.name, "heading" if ours else "")
    for panel, (title, measure) in enumerate(PANELS):
        told = []
        for side, height in (("same", y + 9), ("across", y + 17)):
            if side in members:
                interval = mean(values(members[side], engine.name, measure))
                yield from _interval(panel, side, height, interval, f"{engine.name}, {title}, {side}")
                told.append(f"{interval.value:.2f}")
        yield _text(_left(panel) + PANEL + 12, y + 17, " · ".join(told), "faint")


def _interval(panel: int, side: str, y: int, interval: Interval, about: str) -> Iterator[str]:
    low, value, high = (_at(panel, bound) for bound in (interval.low, interval.value, interval.high))
    said = f"{about}: {interval.value:.3f} [{interval.low:.3f}–{interval.high:.3f}]"
    yield f'<g><title>{escape(said)}</title><line class="{side}" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/>'
    yield f"{_mark(side, value, y)}</g>"


def _mark(side: str, x: float, y: int) -> str:
    if side == "same":
        return f'<circle class="same" cx="{x}" cy="{y}" r="4"/>'
    return f'<path class="across" d="M{x} {y - 5}l5 5l-5 5l-5 -5z"/>'


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
