"""Every formula by which code or a model is scored, each with its paper, unit and direction; nowhere else.

First the statistics that turn the values of many tasks into a model's score, then what one task is worth. A statistic
takes the means over tasks, not the values, so that the bootstrap (``intervals.bootstrap_of_means``) can call it once
with floats and once with arrays of resampled means. The whole list is in docs/metrics.md.
"""

import bisect
import math
from collections.abc import Sequence
from typing import NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Means = TypeVar("Means", float, NDArray[np.float64])
"""The mean over tasks, or an array of resampled ones."""


def task_mean(mean: Means) -> Means:
    """The arithmetic mean itself: ET (s), MU (bytes), TMU (byte-seconds), lower is better, and every score per task.

    EffiCoder (arXiv 2410.10209), EffiBench (2402.02037). Of ``normalised`` values it is NET, NMU or NTMU as the
    EffiBench paper and EffiCoder's repository have it; the other definition is ``ratio_of_totals``.
    """
    return mean


def ratio_of_totals(code: Means, reference: Means) -> Means:
    """NET, NMU or NTMU as EffiBench's and EffiLearner's repositories have it: sum(code) / sum(reference).

    No unit; 1 is the reference; lower is better; long tasks dominate. Takes means: the number of tasks cancels.
    """
    return code / reference


def geometric_mean(log: Means) -> Means:
    """Mean of ratios that treats 2x and 1/2x as opposites (Fleming and Wallace 1986), from their mean logarithm.

    No unit; direction: that of the ratios.
    """
    return cast(Means, np.exp(log))


def geometric_speedup(log: Means) -> Means:
    """Times as fast as the reference, from the mean logarithm of time over the reference's. Higher is better."""
    return cast(Means, np.exp(-log))


def geometric_ratio(before_log: Means, after_log: Means) -> Means:
    """Geometric mean of after / before over the same tasks, from the mean logarithms of both. 1 is no change."""
    return cast(Means, np.exp(after_log - before_log))


def normalised(code: float | None, reference: float | None) -> float | None:
    """NET, NMU or NTMU of one task: code / reference. No unit; 1 is the reference; lower is better.

    Of two single values; times of one race are paired round by round instead (``readings.paired_ratio``).
    """
    return None if code is None or reference is None else code / reference


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Chance that one of k samples is right, unbiased from n (Chen et al. 2021, 2107.03374). 0 to 1, higher is better.

    COFFE's efficient@k (2502.02827) is this with ``correct`` counting only samples that ``beats_truth``.
    """
    if not (0 <= correct <= n and 1 <= k <= n):
        raise ValueError(f"pass@{k} of {correct} right in {n} samples is not defined")
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


def beyond(time_s: float | None, references_s: Sequence[float]) -> float:
    """Mercury's Beyond of one task (2402.07844): where a run time lies in the range of the references' times.

    (max - clip(t, min, max)) / (max - min), 0 to 1, higher is better; None (wrong, timeout) is 0. References that all
    took the same time give 1 for being no slower, else 0 (the original divides by zero). The model's score is the mean
    over tasks. Mercury's own evaluator clips ``max - t`` to one second first; that is not done here.
    """
    if not references_s:
        raise ValueError("Beyond needs at least one reference time")
    if time_s is None:
        return 0.0
    fastest, slowest = min(references_s), max(references_s)
    if fastest == slowest:
        return float(time_s <= fastest)
    return (slowest - min(max(time_s, fastest), slowest)) / (slowest - fastest)


def level_efficiency(
    times_s: Sequence[Sequence[float | None]] | None,
    references_s: Sequence[Sequence[float]],
    weights: Sequence[float] = (0.0, 3.0, 3.0, 4.0),
    alpha: float = 2.0,
) -> float:
    """ENAMEL's efficiency score of one sample (2406.06647): weighted mean over levels of how soon it is done.

    Level l scores max(0, T - max t) / (T - max t*), with T = ``alpha`` times the longest reference time of the levels
    that count (weight above 0). ``times_s`` holds one sequence per level. None in it is a timeout, and so is T or more:
    that level and all later ones score 0, as do missing levels. None for ``times_s`` (wrong) is 0. 1 equals the
    reference; higher is better, up to alpha/(alpha-1) for equal levels.
    """
    if len(references_s) != len(weights) or alpha <= 1.0:
        raise ValueError("one weight per level and alpha above 1 are needed")
    limit_s = alpha * max(max(level) for level, weight in zip(references_s, weights, strict=True) if weight > 0)
    scores = [0.0] * len(weights)
    for index, level in enumerate(times_s or ()):
        known = [time for time in level if time is not None]
        if len(known) < len(level) or max(known) >= limit_s:
            break
        if weights[index] > 0:
            scores[index] = (limit_s - max(known)) / (limit_s - max(references_s[index]))
    return math.fsum(s * w for s, w in zip(scores, weights, strict=True)) / math.fsum(weights)


def eff_at_k(scores: Sequence[float], k: int) -> float:
    """ENAMEL's eff@k of one task (2406.06647): expected best efficiency score of k samples, unbiased from all n.

    Sum over r = k..n of C(r-1, k-1)/C(n, k) times the r-th smallest score. Wrong samples score 0. Higher is better.
    """
    return expected_best(sorted(scores), k)


def expected_best(ordered: Sequence[float], k: int) -> float:
    """Expected value of the last, in the given order, of k items drawn from all: unbiased from n >= k of them.

    The order statistic behind eff@k (2406.06647), for orders that are not the values' own.
    """
    n = len(ordered)
    if not 1 <= k <= n:
        raise ValueError(f"the best of {k} of {n} samples is not defined")
    return math.fsum(math.comb(r - 1, k - 1) / math.comb(n, k) * ordered[r - 1] for r in range(k, n + 1))


class Dps(NamedTuple):
    """EvalPerf's two scores of one sample, in per cent; higher is better."""

    dps: float
    dps_norm: float


def dps(cost: float | None, clusters: Sequence[tuple[float, float]]) -> Dps:
    """Differential performance score of one right sample (EvalPerf, 2408.06450).

    ``clusters``: (cost of the representative, number or share of reference solutions) in any order. DPS is the share of
    solutions in the fastest cluster matched or beaten (cost no higher) and all slower ones; DPS_norm is that cluster's
    place among the clusters. None (timeout) and slower than all: 0. A model's score is the mean over right samples,
    then over tasks with enough of them.
    """
    if not clusters:
        raise ValueError("DPS needs at least one cluster")
    ahead = [size for representative, size in clusters if cost is None or cost > representative]
    if len(ahead) == len(clusters):
        return Dps(0.0, 0.0)
    total = math.fsum(size for _, size in clusters)
    return Dps(
        100.0 * (total - math.fsum(ahead)) / total,
        100.0 * (len(clusters) - len(ahead)) / len(clusters),
    )


def percentile(value: float | None, references: Sequence[float]) -> float:
    """Share of reference solutions that are no better (ECCO 2407.14044; Venus 2505.23387), 0 to 1, higher is better.

    1 - (references strictly better)/n, for times and memory alike. None (wrong, timeout) is 0, and worse than all
    stays 0 (ECCO's code turns that into 1).
    """
    if not references:
        raise ValueError("a percentile needs at least one reference")
    if value is None:
        return 0.0
    return 1.0 - bisect.bisect_left(sorted(references), value) / len(references)


def clipped_ratio(value: float | None, reference: float) -> float:
    """EffiBench-X's score of one task (2505.13004): reference / value, at most 1; None (wrong) is 0. Higher is better.

    The model's score is the mean over all tasks, for time, peak memory and memory integral alike.
    """
    return 0.0 if value is None else min(1.0, _positive(reference) / _positive(value))


def is_optimised(ratio: float, threshold: float = 1.10) -> bool:
    """PIE's %Opt of one program (2302.07867): right, and at least ``threshold`` times as fast as its source.

    ``ratio`` is its time over the source's. The model's score is the share over all programs. Higher is better.
    """
    return 1.0 / ratio >= threshold


def beats_truth(ratio_high: float) -> bool:
    """COFFE's efficient of one sample (2502.02827): right, and cheaper than the truth.

    ``ratio_high`` is the upper end of the interval of its time over the truth's: a draw is not efficient, nor is a
    gain that the rounds do not show. With ``pass_at_k`` over the samples for which it holds it is efficient@k.
    """
    return ratio_high < 1.0


def _positive(value: float) -> float:
    if value <= 0.0:
        raise ValueError(f"a ratio needs values above zero, not {value:g}")
    return value
