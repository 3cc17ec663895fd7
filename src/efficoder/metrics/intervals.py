"""How far a number can be trusted: intervals over tasks, over trials, and over the rounds of a race.

Nothing here knows a benchmark or a record; the formulas are in metrics/formulas.py, docs/metrics.md explains both.
"""

import functools
import math
from collections.abc import Callable, Sequence
from statistics import NormalDist, median
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from efficoder.metrics import formulas

Column = NDArray[np.float64]

SIGMAS = 3.0
"""Half-width of a ratio's interval in standard errors (measured: 0 wrong orders at true ratios of 1.05 and more)."""

SE_FLOOR = 0.01
"""Smallest standard error of a log ratio: code layout alone moves times by about a per cent (measured: 0.4-1.1 %)."""

SIGN_LEVEL = 0.97
"""Level of the sign test's interval, which a lucky small spread cannot narrow."""

FEW_ROUNDS = {n: math.log(x) for n, x in {1: 3.0, 2: 1.5, 3: 1.24, 4: 1.24, 5: 1.15, 6: 1.15, 7: 1.1, 8: 1.1}.items()}
"""Least half-width while the rounds are too few to show their spread. Measured: single runs order 3x pairs right; the
median of three misleads below 1.24x; 95 % of orders are right from 1.10x at five rounds, from 1.08x at nine."""


class Interval(msgspec.Struct, frozen=True):
    """An estimate and its interval; the bounds are None where one task or trial leaves nothing to resample."""

    value: float
    low: float | None
    high: float | None
    n: int
    level: float = 0.95


def bootstrap_of_means(
    statistic: Callable[..., Any], *columns: Sequence[float], level: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Percentile bootstrap over tasks (Efron 1979) for a statistic of the columns' means. ``columns`` are aligned by
    task and resampled together, so a statistic of two of them is a paired comparison.

    The statistic is called twice, with the means (floats) and with an array of resampled means for each column: about
    a hundred times as fast as one call for each resample. Raises ValueError without tasks or with columns of unequal
    length."""
    data: list[Column] = [np.asarray(column, dtype=np.float64) for column in columns]
    n = _common_length(data)
    value = float(statistic(*(float(column.mean()) for column in data)))
    if n == 1:
        return Interval(value, None, None, n, level)
    shares = _shares(n, resamples, seed)
    tail = 50.0 * (1.0 - level)  # per cent on either side
    low, high = np.percentile(statistic(*(shares @ column for column in data)), [tail, 100.0 - tail])
    return Interval(value, float(low), float(high), n, level)


@functools.lru_cache(maxsize=4)
def _shares(n: int, resamples: int, seed: int) -> Column:
    """(resamples, n): how often each task was drawn, over n. The same for every column: comparisons stay paired."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(n, np.full(n, 1.0 / n), size=resamples) / n


def mean_interval(values: Sequence[float], **options: Any) -> Interval:
    """The arithmetic mean over tasks, bootstrapped; options as for ``bootstrap_of_means``."""
    return bootstrap_of_means(formulas.task_mean, values, **options)


def paired_difference(before: Sequence[float], after: Sequence[float], **options: Any) -> Interval:
    """mean(after) - mean(before) over the same tasks, bootstrapped in pairs; options as for ``bootstrap_of_means``."""
    return bootstrap_of_means(lambda b, a: a - b, before, after, **options)


def geometric_mean_interval(logs: Sequence[float]) -> Interval | None:
    """The geometric mean of ratios over tasks, from their logarithms; None without tasks."""
    return bootstrap_of_means(formulas.geometric_mean, logs) if logs else None


def wilson(successes: int, trials: int, level: float = 0.95) -> Interval:
    """Score interval of a proportion (Wilson 1927): right for plain pass rates, 0 and 1 included."""
    if not 0 <= successes <= trials or trials == 0:
        raise ValueError(f"{successes} successes in {trials} trials is not a proportion")
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    rate = successes / trials
    scale = 1.0 + z * z / trials
    centre = (rate + z * z / (2.0 * trials)) / scale
    half = z * math.sqrt(rate * (1.0 - rate) / trials + z * z / (4.0 * trials * trials)) / scale
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return Interval(rate, low, high, trials, level)


def significance(interval: Interval, null: float = 0.0, higher_is_better: bool = True) -> str:
    """One sentence on whether the interval excludes ``null`` (0 for a difference, 1 for a ratio).

    >>> significance(Interval(0.04, 0.01, 0.07, 164))
    'better: 0.04 [0.01, 0.07] excludes 0 (95 % interval, n = 164)'
    """
    if interval.low is None or interval.high is None:
        return f"not known: {interval.value:.3g} from n = {interval.n} has no interval"
    span = f"{interval.value:.3g} [{interval.low:.3g}, {interval.high:.3g}]"
    basis = f"({100 * interval.level:.3g} % interval, n = {interval.n})"
    if interval.low <= null <= interval.high:
        return f"no difference shown: {span} includes {null:g} {basis}"
    better = (interval.low > null) == higher_is_better
    return f"{'better' if better else 'worse'}: {span} excludes {null:g} {basis}"


class Correlation(msgspec.Struct, frozen=True, kw_only=True):
    """Pearson's r with Fisher's interval, and Spearman's rank correlation."""

    n: int
    pearson: float
    low: float | None
    high: float | None
    spearman: float
    words: str


def correlate(xs: Sequence[float], ys: Sequence[float]) -> Correlation:
    """Whether two quantities of the same models go together; one pair per model.

    Papers report r alone; with the few models anyone trains its interval is wide, and the words say so. Raises
    ValueError for fewer than three pairs or a side that does not vary.
    """
    x, y = np.asarray(xs, dtype=np.float64), np.asarray(ys, dtype=np.float64)
    n = len(x)
    if n != len(y) or n < 3 or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        raise ValueError(f"a correlation needs three or more pairs that differ; got {n} and {len(y)}")
    pearson = float(np.corrcoef(x, y)[0, 1])
    spearman = float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])
    low = high = None
    words = f"r = {pearson:.2f}, rank correlation {spearman:.2f}: n = 3 models can show no relation"
    if n > 3:
        half = NormalDist().inv_cdf(0.975) / math.sqrt(n - 3)
        # atanh(r) is about normal with variance 1/(n - 3), whatever the true r; a perfect r would be infinite.
        middle = math.atanh(min(max(pearson, -1.0 + 1e-12), 1.0 - 1e-12))
        low, high = math.tanh(middle - half), math.tanh(middle + half)
        words = (
            f"r = {pearson:.2f} [{low:.2f}, {high:.2f}], rank correlation {spearman:.2f}: "
            f"{'no relation' if low <= 0.0 <= high else 'a relation'} is shown; "
            f"of n = {n} models only r beyond {math.tanh(half):.2f} either way shows one"
        )
    return Correlation(n=n, pearson=pearson, low=low, high=high, spearman=spearman, words=words)


def _ranks(values: Column) -> list[float]:
    """Ranks from 1; ties share their mean rank."""
    return [float(np.sum(values < value) + (np.sum(values == value) + 1) / 2) for value in values]


def log_ratio_interval(logs: Sequence[float]) -> tuple[float, float, float]:
    """Median of per-round log ratios with its bounds: ``(middle, low, high)``, all logs.

    The half-width is SIGMAS standard errors of a median, the spread from the median absolute deviation (made unbiased
    for small n), never below SE_FLOOR, and with few rounds never below FEW_ROUNDS. The interval also covers the one of
    the sign test, which up to nine rounds is all of them: a claim from three rounds needs all three to agree. One or
    two rounds are widened by FEW_ROUNDS beyond what they show. Raises ValueError without rounds.
    """
    n = len(logs)
    if n == 0:
        raise ValueError("no common rounds")
    middle = median(logs)
    half = max(SIGMAS * median_error(logs), FEW_ROUNDS.get(n, 0.0))
    low, high = _sign_interval(logs)
    if n <= 2:
        return middle, low - half, high + half
    return middle, min(low, middle - half), max(high, middle + half)


def _sign_interval(values: Sequence[float]) -> tuple[float, float]:
    """The inmost pair of order statistics that holds the median with SIGN_LEVEL, whatever the distribution."""
    n, inmost, tail = len(values), 0, 0.0
    while True:
        tail += 2.0 * math.comb(n, inmost) / 2.0**n
        if 1.0 - tail < SIGN_LEVEL:
            break
        inmost += 1
    ordered = sorted(values)
    inmost = max(0, inmost - 1)  # the loop ends one pair too far in
    return ordered[inmost], ordered[n - 1 - inmost]


def median_error(values: Sequence[float]) -> float:
    """Standard error of the median of log ratios, from the median absolute deviation; at least SE_FLOOR."""
    n = len(values)
    return max(SE_FLOOR, math.sqrt(math.pi / 2.0) * robust_spread(values) / math.sqrt(n))


def robust_spread(values: Sequence[float]) -> float:
    """Standard deviation estimated by the median absolute deviation (times 1.4826, and n/(n-0.8) for small n)."""
    n = len(values)
    if n < 2:
        return 0.0
    middle = median(values)
    return 1.4826 * n / (n - 0.8) * median(abs(value - middle) for value in values)


def _common_length(columns: Sequence[Column]) -> int:
    lengths = {len(column) for column in columns}
    if len(lengths) != 1 or lengths == {0}:
        raise ValueError(f"columns aligned by task needed, at least one task; got lengths {sorted(lengths)}")
    return lengths.pop()
