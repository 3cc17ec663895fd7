"""Time against size: the empirical complexity of a program, as the slope of a line through logarithms."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_T95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)
"""Two-sided 95 % points of Student's t for 1 to 10 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Fit:
    """``cpu ~ size ** value``; ``low`` and ``high`` are the 95 % interval of the slope ``value``."""

    value: float
    low: float
    high: float
    points: int


def fit(sizes: Sequence[int], seconds: Sequence[float], *, least_s: float) -> Fit | None:
    """Least squares on logarithms over the points that took ``least_s`` or more (shorter times are start-up and noise).

    None with fewer than three such points or one size.
    """
    pairs = zip(sizes, seconds, strict=True)
    kept = [(math.log(size), math.log(taken)) for size, taken in pairs if size > 0 and taken >= least_s]
    if len(kept) < 3:
        return None
    mean_x = sum(x for x, _ in kept) / len(kept)
    mean_y = sum(y for _, y in kept) / len(kept)
    spread = sum((x - mean_x) ** 2 for x, _ in kept)
    if spread < 1e-9:
        return None
    slope = sum((x - mean_x) * (y - mean_y) for x, y in kept) / spread
    residual = sum((y - mean_y - slope * (x - mean_x)) ** 2 for x, y in kept)
    freedom = len(kept) - 2
    half = _T95[min(freedom, len(_T95)) - 1] * math.sqrt(residual / freedom / spread)
    return Fit(slope, slope - half, slope + half, len(kept))
