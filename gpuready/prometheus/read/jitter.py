"""How much a percentile varies from one piece of a window to the next, known exactly or between bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from statistics import fmean, pstdev

_STEPS = 400
PIECES = (5, 12)
"""How many pieces: fewer say nothing of how it varies, more have too many corners to try (4,096 now)."""

Interval = tuple[float, float]


def variation(values: Sequence[float]) -> float:
    """The coefficient of variation in percent: the standard deviation over the mean; NaN without a mean."""
    mean = fmean(values)
    return 100 * pstdev(values, mean) / mean if mean > 0 else math.nan


def variation_within(pieces: Sequence[Interval]) -> Interval:
    """The least and the greatest variation in percent that values within these intervals (at most twelve) can
    have.  The greatest is where each value is at one end of its interval."""
    if any(not math.isfinite(high) for _, high in pieces):
        # only the least is known: the greatest value may be anything above
        far = 2 * max(max(low, high if math.isfinite(high) else 0.0) for low, high in pieces)
        return _least([(low, high if math.isfinite(high) else far) for low, high in pieces]), math.inf
    return _least(pieces), max(variation(corner) for corner in product(*pieces))


def _least(pieces: Sequence[Interval]) -> float:
    """The least variation is where all values are as near as they can be to one common value."""
    start, end = min(high for _, high in pieces), max(low for low, _ in pieces)
    if end <= start:  # one value lies in all of them
        return 0.0
    tries = (start + (end - start) * step / _STEPS for step in range(_STEPS + 1))
    return min(variation([min(max(each, low), high) for low, high in pieces]) for each in tries)
