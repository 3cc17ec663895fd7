"""How time grows with size: the exponent of a curve with its interval, its class in words, where two curves part.

The exponent is the slope of log time against log size, in the middle of the larger half of the sizes. Lower-order terms
bend that line, and noise shakes it. So the line is a smoothing spline (Wahba 1978) whose bend and noise are unknown:
the posterior is averaged over a grid of both, and the interval widens wherever the curve bends or the points scatter.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from efficoder.metrics.faster_or_tie import is_slower
from efficoder.metrics.intervals import Column, log_ratio_interval
from efficoder.types import GrowthCurve, Ratio, Slope

FEWEST = 3
"""Sizes below which nothing is said."""

_BENDS = {0.01: 4.0, 0.1: 3.0, 0.3: 2.0, 1.0: 1.0}
"""How much the slope may change over a factor e of the size, and the weight of that before any point is seen. For n log
n it changes by under 0.05, where a constant gives way to n² by 1."""
_NOISES = {0.015: 1.0, 0.03: 3.0, 0.06: 3.0, 0.12: 2.0, 0.25: 1.0}
"""Standard deviation of one point's log time, and its weight (measured: 1-4 % on a quiet machine, 10 % and more on one
with four times as many busy processes as cores)."""
_Z95 = 1.96

_STEEP = 4.0
"""Exponential time has at least this slope at the sizes measured, or a power says it as well."""
_STRAIGHTER = 4.0
"""An exponential leaves this many times smaller squares than a power does; from ``_STEEPER`` on smaller ones do, since
hardly a program is a power so high."""
_STEEPER = 5.0


class Growth(msgspec.Struct, frozen=True):
    """How the time of one program grows."""

    slope: Slope
    """Of an exponential: the slope at the sizes measured, no power."""
    middle: float
    """The size that the slope holds at."""
    doubles_every: float | None = None
    """Time doubles when the size grows by so much; None where a power says it as well or better."""


class Parting(msgspec.Struct, frozen=True):
    """Two programs on one ladder."""

    ratio: Ratio
    """Time of the first over the second's at ``size``."""
    size: int
    """The largest that both were timed at."""
    since: int | None
    """The smallest size from which on the ratio clears the margin; None where it does not at ``size``."""


def fit(sizes: Sequence[int], seconds: Sequence[float], *, least_s: float = 0.0) -> Growth | None:
    """The growth through points of which each took more than ``least_s`` (shorter times are start-up and noise).

    None with fewer than three such sizes.
    """
    kept = sorted(
        (size, taken) for size, taken in zip(sizes, seconds, strict=True) if size > 0 and taken > max(0.0, least_s)
    )
    if len({size for size, _ in kept}) < FEWEST:
        return None
    ns = np.array([float(size) for size, _ in kept])
    logs = np.log([taken for _, taken in kept])
    xs = np.log(ns)
    at = float(xs[len(xs) // 2 :].mean())
    parts = [
        _spline(xs, logs, at, bend, noise, math.log(prior_b * prior_n))
        for bend, prior_b in _BENDS.items()
        for noise, prior_n in _NOISES.items()
    ]
    value, half = _mixture(parts)
    slope = Slope(value=value, low=value - half, high=value + half, points=len(kept))
    straighter = _STRAIGHTER if value < _STEEPER else 1.0
    return Growth(slope, math.exp(at), _doubling(ns, logs, straighter) if value > _STEEP else None)


class _Part(NamedTuple):
    log_weight: float
    slope: float
    variance: float


def _spline(xs: Column, ys: Column, at: float, bend: float, noise: float, prior: float) -> _Part:
    """Slope at ``at`` of the line plus integrated Brownian motion through the points: Gaussian process regression with
    a flat prior on the line (Rasmussen and Williams 2006, section 2.7)."""
    u, to = xs - xs[0], at - float(xs[0])
    low, high = np.minimum.outer(u, u), np.maximum.outer(u, u)
    inverse = np.linalg.inv(bend**2 * low**2 * (3 * high - low) / 6 + noise**2 * np.eye(len(u)))
    towards = bend**2 * np.where(u < to, u * u / 2, to * u - to * to / 2)
    line = np.column_stack([np.ones(len(u)), u])
    precision = line.T @ inverse @ line
    spread = np.linalg.inv(precision)
    coefficients = spread @ line.T @ inverse @ ys
    rest = ys - line @ coefficients
    weight = 0.5 * (np.linalg.slogdet(inverse)[1] - np.linalg.slogdet(precision)[1] - rest @ inverse @ rest)
    left = np.array([0.0, 1.0]) - line.T @ inverse @ towards
    variance = bend**2 * to - towards @ inverse @ towards + left @ spread @ left
    return _Part(float(weight) + prior, float(coefficients[1] + towards @ inverse @ rest), max(0.0, float(variance)))


def _mixture(parts: Sequence[_Part]) -> tuple[float, float]:
    """Mean and half-width of the 95 % interval."""
    most = max(part.log_weight for part in parts)
    weights = np.exp([part.log_weight - most for part in parts])
    weights /= weights.sum()
    slopes = np.array([part.slope for part in parts])
    mean = float(weights @ slopes)
    variance = float(weights @ ([part.variance for part in parts] + (slopes - mean) ** 2))
    return mean, _Z95 * math.sqrt(variance)


def _doubling(ns: Column, logs: Column, straighter: float) -> float | None:
    """By how much the size grows while the time doubles; None unless log time is so many times straighter against the
    size than against its logarithm."""
    _, squares = _straight(ns, logs)
    _, of_power = _straight(np.log(ns), logs)
    upper = slice(min(len(ns) // 2, len(ns) - FEWEST), None)
    rate, _ = _straight(ns[upper], logs[upper])
    noise = len(ns) * min(_NOISES) ** 2
    return math.log(2.0) / rate if rate > 0 and of_power > straighter * max(squares, noise) else None


def _straight(xs: Column, ys: Column) -> tuple[float, float]:
    """Slope and sum of squares of the least-squares line."""
    x, y = xs - xs.mean(), ys - ys.mean()
    slope = float(x @ y / (x @ x))
    return slope, float(((y - slope * x) ** 2).sum())


def growth(curve: GrowthCurve) -> Growth | None:
    """None where the curve has too few points to tell."""
    return fit([point.size for point in curve.points], [point.cpu_s for point in curve.points])


def exponents(curves: Iterable[GrowthCurve]) -> dict[str, float]:
    """By candidate id, for those whose curve tells."""
    found = ((curve.candidate_id, growth(curve)) for curve in curves)
    return {candidate: grows.slope.value for candidate, grows in found if grows is not None}


def parting(first: GrowthCurve, second: GrowthCurve, margin: float) -> Parting | None:
    """From which size on the first takes ``margin`` times the second's time, or the second the first's, as at the
    largest size. None without a size in common; ValueError for curves from different machines or ladders."""
    if (first.task_id, first.machine, first.tests_hash) != (second.task_id, second.machine, second.tests_hash):
        raise ValueError("curves of different machines or ladders must not be compared")
    others = {point.size: point.runs_s for point in second.points}
    ratios = [(point.size, _ratio(point.runs_s, others[point.size])) for point in first.points if point.size in others]
    if not ratios:
        return None
    size, last = ratios[-1]
    since = None
    for smaller, ratio in reversed(ratios):
        apart = is_slower(ratio, margin) if last.value > 1.0 else ratio.high < 1.0 / margin
        if not apart:
            break
        since = smaller
    return Parting(last, size, since)


def _ratio(first: Sequence[float], second: Sequence[float]) -> Ratio:
    logs = [math.log(a / b) for a, b in zip(first, second, strict=False)]
    value, low, high = (math.exp(x) for x in log_ratio_interval(logs))
    return Ratio(value=value, low=low, high=high, rounds=len(logs))


# ---------------------------------------------------------------- words

_CLASSES = ("constant", "log n", "√n", "n", "n log n", "n²", "n² log n", "n³")


def _exponents(middle: float) -> dict[str, float]:
    """The slope that each class has at a size: a logarithm adds 1 / log n."""
    of_log = 1.0 / math.log(max(middle, 3.0))
    return dict(zip(_CLASSES, (0.0, of_log, 0.5, 1.0, 1.0 + of_log, 2.0, 2.0 + of_log, 3.0), strict=True))


def in_words(found: Growth | None) -> str:
    """The class, where the interval allows one or two of 1, log n, √n, n, n log n, n², n² log n, n³, 2ⁿ; else a range.

    >>> in_words(Growth(Slope(value=1.99, low=1.9, high=2.08, points=6), 1000.0))
    'n²'
    >>> in_words(Growth(Slope(value=1.6, low=1.4, high=1.8, points=6), 1000.0))
    'n^1.4 to n^1.8'
    """
    if found is None:
        return "cannot tell"
    if found.doubles_every is not None:
        every = f"{found.doubles_every:.2g}"
        return f"2ⁿ (doubles every {every})" if every != "1" else "2ⁿ"
    slope = found.slope
    allowed = [name for name, at in _exponents(found.middle).items() if slope.low <= at <= slope.high]
    if 1 <= len(allowed) <= 2:
        return " or ".join(allowed)
    low, high = f"{slope.low:.1f}", f"{slope.high:.1f}"
    return f"n^{low}" if low == high else f"n^{low} to n^{high}"


def against(first: Growth | None, second: Growth | None, parted: Parting | None) -> str:
    """Two programs in a sentence, the slower named first: ``grows like n² against n log n; 190x at n = 3,000``."""
    if first is None or second is None:
        return "cannot tell how their times grow: fewer than three sizes show a time of both"
    words = f"grows like {in_words(first)} against {in_words(second)}"
    if parted is None:
        return words
    words += f"; {_times(parted.ratio.value)}x at n = {parted.size:,}"
    return words if parted.since in {None, parted.size} else f"{words}, apart from n = {parted.since:,} on"


def _times(value: float) -> str:
    return f"{value:,.0f}" if value >= 10.0 else f"{value:.2g}"
