"""Every formula by which code or a model is scored, each with its paper, unit and direction; nowhere else.

First the readings of a Measurement, then the field's metrics. Scores of many tasks are arithmetic means over the tasks
compared (``task_mean``) unless said otherwise; intervals are in metrics/intervals.py, the whole list in
docs/metrics.md.
"""

import bisect
import math
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple


def task_mean(values: Sequence[float]) -> float:
    """ET (s), MU (bytes), TMU (byte-seconds) of a model: the arithmetic mean over the compared tasks.

    EffiCoder (arXiv 2410.10209), EffiBench (2402.02037). Lower is better.
    """
    if not values:
        raise ValueError("no tasks to average over")
    return fmean(values)


def mean_of_ratios(code: Sequence[float], reference: Sequence[float]) -> float:
    """NET, NMU or NTMU as the EffiBench paper and EffiCoder's repository have it: mean of code_i / reference_i.

    No unit; 1 is the reference; lower is better. The other definition is ``ratio_of_totals``.
    """
    return fmean(c / r for c, r in zip(code, _positive(reference, len(code)), strict=True))


def ratio_of_totals(code: Sequence[float], reference: Sequence[float]) -> float:
    """NET, NMU or NTMU as EffiBench's and EffiLearner's repositories have it: sum(code) / sum(reference).

    No unit; 1 is the reference; lower is better; long tasks dominate. The other definition is ``mean_of_ratios``.
    """
    return math.fsum(code) / math.fsum(_positive(reference, len(code)))


def geometric_mean(ratios: Sequence[float]) -> float:
    """Mean of ratios that treats 2x and 1/2x as opposites (Fleming and Wallace 1986). Direction: that of the ratios."""
    return math.exp(fmean(math.log(ratio) for ratio in _positive(ratios, len(ratios))))


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Chance that one of k samples is right, unbiased from n (Chen et al. 2021, 2107.03374). 0 to 1, higher is better.

    COFFE's efficient@k (2502.02827) is this with ``correct`` counting only samples that ``beats_truth``.
    """
    if not (0 <= correct <= n and 1 <= k <= n):
        raise ValueError(f"pass@{k} of {correct} right in {n} samples is not defined")
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


def percent(flags: Sequence[bool]) -> float:
    """Share of True in per cent, e.g. PIE's Correct (2302.07867)."""
    return 100.0 * task_mean([float(flag) for flag in flags])


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
    that count (weight above 0). ``times_s`` holds one sequence a level. None in it is a timeout, and so is T or more:
    that level and all later ones score 0, as do missing levels. None for ``times_s`` (wrong) is 0. 1 equals the
    reference; higher is better, up to alpha/(alpha-1) for equal levels.
    """
    if len(references_s) != len(weights) or alpha <= 1.0:
        raise ValueError("one weight a level and alpha above 1 are needed")
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
    return 0.0 if value is None else min(1.0, _positive([reference], 1)[0] / _positive([value], 1)[0])


def speedup(source_s: float, correct_s: Sequence[float]) -> float:
    """PIE's speed-up of one program (2302.07867): source time over the best of the right rewrites, at least 1.

    Without a right rewrite it is 1: the source is kept. Higher is better.
    """
    return max(1.0, source_s / min(_positive(correct_s, len(correct_s)))) if correct_s else 1.0


def percent_optimised(speedups: Sequence[float], threshold: float = 1.10) -> float:
    """PIE's %Opt (2302.07867): share of programs, in per cent, made at least ``threshold`` times as fast and right.

    Unsolved programs take part with a speed-up of 1. Higher is better.
    """
    return percent([value >= threshold for value in speedups])


def total_speedup(code_s: Sequence[float], reference_s: Sequence[float]) -> float:
    """COFFE's and ECCO's speed-up: sum(reference) / sum(code) over right samples. Higher is better."""
    return 1.0 / ratio_of_totals(code_s, reference_s)


def beats_truth(costs: Sequence[float] | None, best_costs: Sequence[float]) -> bool:
    """COFFE's efficient (2502.02827): right, and strictly cheaper in total than the best truth; None is wrong."""
    return costs is not None and math.fsum(costs) < math.fsum(_positive(best_costs, len(costs)))


def _positive(values: Sequence[float], length: int) -> Sequence[float]:
    if len(values) != length or not values or min(values) <= 0.0:
        raise ValueError(f"{length} values above zero needed, one a task; got {len(values)}")
    return values
