"""Numbers that are told add up: parts of a sum are rounded so that a reader who adds them gets the sum."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

STEP = Decimal("0.001")
"""What contributions are told to."""


def adding_up(values: Sequence[float], total: float) -> list[float]:
    """Contributions, none below 0, rounded to the STEP up or down so that they add up to their rounded total.

    Each is rounded down; the steps that are then lacking go to those that lost most, the first of equals.
    """
    exact = [max(0.0, value) / float(STEP) for value in values]
    steps = [int(value) for value in exact]
    whole = int(Decimal(str(round(total, 6))).quantize(STEP, ROUND_HALF_EVEN) / STEP)
    losers = sorted(range(len(values)), key=lambda place: steps[place] - exact[place])
    for place in losers[: max(0, whole - sum(steps))]:
        steps[place] += 1
    return [float(step * STEP) for step in steps]
