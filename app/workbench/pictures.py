"""Geometry of the pictures for an analyst: plain numbers for the attributes of SVG, no decisions."""

from collections import Counter
from collections.abc import Sequence

from app.analysis import Flow, Spread
from app.workbench.shown import Shown, length

ROW = 10
"""Height of a country's row, in the units of the picture; its width is 100."""
OF_ONE, THICKEST, THINNEST = 3, 14, 1.5
"""Pixels of the line of one exchange, at most of any flow, and at least of any."""


def arcs(flows: Sequence[Flow]) -> Shown:
    """Providers on the left, receivers on the right, those with most exchanges on top; a line for each flow.

    Both columns are as high as the longer one; the shorter is spread over it, as `space-between` does.
    """
    gives = Counter({one.provider: 0 for one in flows})
    takes = Counter({one.receiver: 0 for one in flows})
    for one in flows:
        gives[one.provider] += one.exchanges
        takes[one.receiver] += one.exchanges
    providers, receivers = gives.most_common(), takes.most_common()
    rows = max(len(providers), len(receivers))
    left, right = (
        _middles([name for name, _ in providers], rows),
        _middles([name for name, _ in receivers], rows),
    )
    most = max((one.exchanges for one in flows), default=1)
    of_one = min(OF_ONE, THICKEST / most)
    return {
        "height": rows * ROW,
        "rows": rows,
        "providers": providers,
        "receivers": receivers,
        "lines": [
            {
                "path": f"M0 {left[one.provider]:g}C50 {left[one.provider]:g} 50 {right[one.receiver]:g} "
                f"100 {right[one.receiver]:g}",
                "width": f"{max(THINNEST, of_one * one.exchanges):.3g}",
            }
            for one in reversed(flows)
        ],
    }


def _middles(names: Sequence[str], rows: int) -> dict[str, float]:
    """Where the row of each name has its middle."""
    step = (rows - 1) / (len(names) - 1) if len(names) > 1 else 0
    return {name: ROW * (0.5 + step * place) for place, name in enumerate(names)}


def box(days: Spread, longest: float) -> Shown:
    """The middle half as a bar, the median as a mark on it, on a scale from 0 to `longest`."""
    whole = longest or 1
    return {
        "x": length(days.lower / whole),
        "width": length((days.upper - days.lower) / whole),
        "median": length(days.median / whole),
    }
