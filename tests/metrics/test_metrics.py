"""Formulas against values worked by hand, and against the published edge cases of the originals' own code."""

import itertools
import math
import random
from collections.abc import Sequence
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from efficoder.metrics import faster_or_tie, formulas, readings
from efficoder.metrics.formulas import Dps
from efficoder.metrics.intervals import (
    Interval,
    bootstrap_of_means,
    correlate,
    log_ratio_interval,
    mean_interval,
    paired_difference,
    robust_spread,
    significance,
    wilson,
)
from efficoder.metrics.readings import UNBOUNDED, paired_ratio
from efficoder.types import Measurement, Ratio, Run

FLOOR_S = 0.002


def measurement(cpu_s: Sequence[float] | dict[int, float], **fields: object) -> Measurement:
    """Net CPU seconds by round; the floor is added."""
    by_round = cpu_s if isinstance(cpu_s, dict) else dict(enumerate(cpu_s))
    runs = tuple(Run(round=r, cpu_s=s + FLOOR_S, wall_s=2 * s) for r, s in by_round.items())
    floor = tuple(Run(round=r, cpu_s=FLOOR_S, wall_s=FLOOR_S) for r in range(3))
    facts: dict[str, object] = {"candidate_id": "c", "task_id": "t", "session": 0, "loops": 1, "loads": 1}
    return Measurement(rounds=runs, floor=floor, **{**facts, "limit_s": 1.0, **fields})  # type: ignore[arg-type]


# ---------------------------------------------------------------- readings


def test_et_is_the_median_over_the_floor_per_loop() -> None:
    assert readings.et_s(measurement([0.02, 0.04, 0.9], loops=4)) == pytest.approx(0.01)


def test_the_papers_et_is_wall_time_of_a_process_that_goes_over_the_loads_once() -> None:
    assert readings.raw_et_s(measurement([0.02, 0.04, 0.9])) == pytest.approx(0.08)
    assert readings.raw_et_s(measurement([0.02, 0.04, 0.9], loops=4)) == pytest.approx(FLOOR_S + (0.08 - FLOOR_S) / 4)
    with pytest.raises(ValueError, match="no wall time"):
        readings.raw_et_s(measurement([], censored=True))


def test_et_of_a_censored_measurement_is_its_limit_and_of_a_failed_one_an_error() -> None:
    assert readings.et_s(measurement([], censored=True, limit_s=1.002, loops=2)) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="failed while it was timed"):
        readings.et_s(measurement([]))


def test_paired_ratio_cancels_a_machine_that_wanders() -> None:
    speed = [1.0, 1.7, 1.1, 1.4, 1.0, 1.6, 1.2]
    slow = measurement([0.03 * s for s in speed])
    fast = measurement([0.02 * s for s in speed])
    ratio = paired_ratio(slow, fast)
    assert ratio.value == pytest.approx(1.5)
    assert ratio.rounds == 7
    assert 1.3 < ratio.low < 1.5 < ratio.high < 1.7


def test_paired_ratio_matches_rounds_by_number() -> None:
    a = measurement({0: 0.02, 2: 0.04, 3: 0.06, 4: 0.08, 5: 0.02})
    b = measurement({1: 9.0, 2: 0.02, 3: 0.03, 4: 0.04, 5: 0.01})
    ratio = paired_ratio(a, b)
    assert (ratio.value, ratio.rounds) == (pytest.approx(2.0), 4)


def test_few_rounds_give_wide_intervals() -> None:
    widths = []
    for n in (1, 2, 3, 5, 7, 10):
        ratio = paired_ratio(measurement([0.03] * n), measurement([0.02] * n))
        widths.append(ratio.high / ratio.low)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == pytest.approx(9.0)
    assert widths[-1] == pytest.approx(math.exp(0.06))


def test_three_rounds_claim_nothing_unless_all_agree() -> None:
    mixed = paired_ratio(measurement([0.04, 0.04, 0.019]), measurement([0.02, 0.02, 0.02]))
    assert mixed.value == pytest.approx(2.0)
    assert mixed.low < 1.0


@pytest.mark.parametrize("net_s", [-0.001, 0.0, 0.00002])
def test_a_time_lost_in_the_floor_gives_no_ratio_but_a_bound(net_s: float) -> None:
    lost, plain = measurement([net_s] * 5), measurement([0.02] * 5)
    above = paired_ratio(plain, lost)
    assert above.low > 100
    assert above.high == UNBOUNDED
    below = paired_ratio(lost, plain)
    assert below.low == 0.0
    assert below.high < 0.01
    both = paired_ratio(lost, lost)
    assert (both.low, both.high) == (0.0, UNBOUNDED)


def test_a_censored_time_is_a_lower_bound() -> None:
    stuck, quick = measurement([], censored=True, limit_s=1.0), measurement([0.01] * 7)
    ratio = paired_ratio(stuck, quick)
    assert ratio.value == pytest.approx((1.0 - FLOOR_S) / 0.01)
    assert 30 < ratio.low < ratio.value
    assert ratio.high == UNBOUNDED
    assert paired_ratio(quick, stuck) == readings.inverse(ratio)
    assert paired_ratio(stuck, stuck) == Ratio(value=1.0, low=0.0, high=UNBOUNDED, rounds=0)


def test_times_with_other_loops_were_not_taken_side_by_side() -> None:
    once, often = measurement([0.05], loops=1), measurement([0.02] * 7, loops=10)
    ratio = paired_ratio(once, often)
    assert ratio == Ratio(value=pytest.approx(25.0), low=pytest.approx(25 / 3), high=pytest.approx(75.0), rounds=1)


@pytest.mark.parametrize("field", ["task_id", "session", "machine", "tests_hash", "loads"])
def test_what_was_measured_otherwise_is_not_compared(field: str) -> None:
    other = measurement([0.01], **{field: 7 if field in ("session", "loads") else "other"})
    with pytest.raises(ValueError, match=field):
        paired_ratio(measurement([0.01]), other)


def test_ratios_without_a_common_round_are_refused() -> None:
    with pytest.raises(ValueError, match="no common rounds"):
        paired_ratio(measurement({0: 0.01}), measurement({1: 0.01}))


def test_inverse_turns_open_ends_round() -> None:
    ratio = Ratio(value=4.0, low=2.0, high=UNBOUNDED, rounds=3)
    assert readings.inverse(ratio) == Ratio(value=0.25, low=0.0, high=0.5, rounds=3)
    assert readings.inverse(readings.inverse(ratio)) == ratio


def test_slower_needs_the_margin_and_equal_needs_closeness() -> None:
    assert faster_or_tie.is_slower(Ratio(value=1.2, low=1.06, high=1.3, rounds=7), 1.05)
    assert not faster_or_tie.is_slower(Ratio(value=1.2, low=1.04, high=1.3, rounds=7), 1.05)
    assert faster_or_tie.is_equal(Ratio(value=1.0, low=0.95, high=1.06, rounds=7), 1.05)
    assert not faster_or_tie.is_equal(Ratio(value=1.0, low=0.5, high=1.06, rounds=7), 1.05)


# ---------------------------------------------------------------- aggregates


def test_the_two_normalisations_differ_as_published() -> None:
    code, reference = [2.0, 1.0], [1.0, 10.0]
    ratios = [formulas.normalised(c, r) for c, r in zip(code, reference, strict=True)]
    assert formulas.task_mean(fmean(ratio for ratio in ratios if ratio)) == pytest.approx((2.0 + 0.1) / 2)
    assert formulas.ratio_of_totals(fmean(code), fmean(reference)) == pytest.approx(3.0 / 11.0)
    assert formulas.normalised(None, 1.0) is None
    assert formulas.normalised(1.0, None) is None


def test_geometric_statistics_take_mean_logarithms() -> None:
    logs, others = [math.log(2.0), math.log(0.5)], [math.log(3.0), math.log(12.0)]
    assert formulas.geometric_mean(fmean(logs)) == pytest.approx(1.0)
    assert formulas.geometric_mean(fmean(others)) == pytest.approx(6.0)
    assert formulas.geometric_speedup(fmean(others)) == pytest.approx(1 / 6)
    assert formulas.geometric_ratio(fmean(logs), fmean(others)) == pytest.approx(6.0)


# ---------------------------------------------------------------- correctness


def test_pass_at_k_by_hand() -> None:
    assert formulas.pass_at_k(5, 2, 1) == pytest.approx(0.4)
    assert formulas.pass_at_k(5, 2, 2) == pytest.approx(1 - 3 / 10)
    assert formulas.pass_at_k(5, 0, 5) == 0.0
    assert formulas.pass_at_k(5, 1, 5) == 1.0
    assert formulas.pass_at_k(3, 2, 2) == 1.0


@given(st.lists(st.booleans(), min_size=1, max_size=7), st.data())
def test_pass_at_k_is_the_share_of_all_subsets(flags: list[bool], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(flags)))
    subsets = list(itertools.combinations(flags, k))
    share = sum(any(subset) for subset in subsets) / len(subsets)
    assert formulas.pass_at_k(len(flags), sum(flags), k) == pytest.approx(share)


@pytest.mark.parametrize(("n", "correct", "k"), [(3, 1, 4), (3, 4, 1), (3, 1, 0), (0, 0, 1)])
def test_pass_at_k_refuses_what_is_not_defined(n: int, correct: int, k: int) -> None:
    with pytest.raises(ValueError, match="not defined"):
        formulas.pass_at_k(n, correct, k)


# ---------------------------------------------------------------- against references


def test_beyond_by_hand() -> None:
    references = [1.0, 2.0, 5.0]
    assert [formulas.beyond(t, references) for t in (0.5, 1.0, 2.0, 5.0, 9.0)] == [1.0, 1.0, 0.75, 0.0, 0.0]
    assert formulas.beyond(None, references) == 0.0


def test_beyond_does_not_inherit_the_one_second_clip_of_the_original() -> None:
    assert formulas.beyond(0.1, [0.1, 5.0]) == 1.0  # original: 0.20
    assert formulas.beyond(0.05, [0.1, 0.3]) == 1.0  # original: 1.25


def test_beyond_of_references_without_a_range() -> None:
    assert formulas.beyond(1.0, [1.0, 1.0]) == 1.0
    assert formulas.beyond(1.1, [1.0]) == 0.0
    with pytest.raises(ValueError, match="at least one"):
        formulas.beyond(1.0, [])


REFERENCE_LEVELS = [[0.1], [1.0, 0.5], [2.0], [4.0]]  # T = 2 * 4


def test_level_efficiency_by_hand() -> None:
    assert formulas.level_efficiency(REFERENCE_LEVELS, REFERENCE_LEVELS) == pytest.approx(1.0)
    got = formulas.level_efficiency([[0.1], [2.0, 0.1], [4.0], [6.0]], REFERENCE_LEVELS)
    assert got == pytest.approx((3 * 6 / 7 + 3 * 4 / 6 + 4 * 2 / 4) / 10)


def test_level_efficiency_may_pass_one() -> None:
    got = formulas.level_efficiency([[0.1], [0.0, 0.0], [0.0], [0.0]], REFERENCE_LEVELS)
    assert got == pytest.approx((3 * 8 / 7 + 3 * 8 / 6 + 4 * 8 / 4) / 10)


def test_a_censored_level_ends_the_levels_and_a_wrong_answer_all_of_them() -> None:
    late = formulas.level_efficiency([[0.1], [1.0, 0.5], [None], [4.0]], REFERENCE_LEVELS)
    assert late == pytest.approx(3 / 10)
    assert late == formulas.level_efficiency([[0.1], [1.0, 0.5], [8.0], [4.0]], REFERENCE_LEVELS)
    assert late == formulas.level_efficiency([[0.1], [1.0, 0.5]], REFERENCE_LEVELS)
    assert formulas.level_efficiency(None, REFERENCE_LEVELS) == 0.0


def test_an_unweighted_level_does_not_set_the_limit() -> None:
    slow_start = [[100.0], *REFERENCE_LEVELS[1:]]
    times = [[0.1], *REFERENCE_LEVELS[1:]]
    assert formulas.level_efficiency(times, slow_start) == pytest.approx(1.0)


def test_eff_at_k_by_hand() -> None:
    assert formulas.eff_at_k([1.0, 0.0, 0.5], 1) == pytest.approx(0.5)
    assert formulas.eff_at_k([1.0, 0.0, 0.5], 2) == pytest.approx((0.5 + 1 + 1) / 3)
    assert formulas.eff_at_k([1.0, 0.0, 0.5], 3) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="not defined"):
        formulas.eff_at_k([1.0], 2)


@given(st.lists(st.floats(0, 2), min_size=1, max_size=7), st.data())
def test_eff_at_k_is_the_mean_best_of_all_subsets(scores: list[float], data: st.DataObject) -> None:
    k = data.draw(st.integers(1, len(scores)))
    best = [max(subset) for subset in itertools.combinations(scores, k)]
    assert formulas.eff_at_k(scores, k) == pytest.approx(sum(best) / len(best))


def test_eff_at_k_of_zeros_and_ones_is_pass_at_k() -> None:
    assert formulas.eff_at_k([1.0] * 3 + [0.0] * 7, 4) == pytest.approx(formulas.pass_at_k(10, 3, 4))


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (200.0, Dps(0.0, 0.0)),
        (100.0, Dps(10.0, 100 / 3)),
        (60.0, Dps(10.0, 100 / 3)),
        (50.0, Dps(40.0, 200 / 3)),
        (10.0, Dps(100.0, 100.0)),
        (1.0, Dps(100.0, 100.0)),
        (None, Dps(0.0, 0.0)),
    ],
)
def test_dps_by_hand(cost: float | None, expected: Dps) -> None:
    clusters = [(50.0, 30), (100.0, 10), (10.0, 60)]
    assert formulas.dps(cost, clusters) == pytest.approx(expected)


def test_percentile_zero_stays_zero() -> None:
    references = [4.0, 1.0, 3.0, 2.0]
    assert [formulas.percentile(v, references) for v in (0.5, 1.0, 2.0, 2.5, 4.0)] == [1.0, 1.0, 0.75, 0.5, 0.25]
    assert formulas.percentile(5.0, references) == 0.0  # ECCO's code makes this 1.0
    assert formulas.percentile(None, references) == 0.0


def test_clipped_ratio() -> None:
    assert [formulas.clipped_ratio(v, 2.0) for v in (1.0, 2.0, 8.0, None)] == [1.0, 1.0, 0.25, 0.0]


def test_pie_counts_from_a_tenth_faster() -> None:
    assert [formulas.is_optimised(ratio) for ratio in (0.5, 1 / 1.1, 0.95, 1.0, 2.0)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_coffe_counts_only_what_is_cheaper_by_its_whole_interval() -> None:
    assert [formulas.beats_truth(high) for high in (0.99, 1.0, 1e9)] == [True, False, False]


# ---------------------------------------------------------------- intervals


def test_wilson_matches_published_values() -> None:
    interval = wilson(8, 10)
    assert (interval.low, interval.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    none, every = wilson(0, 10), wilson(10, 10)
    assert none.low == 0.0
    assert none.high == pytest.approx(0.2775, abs=1e-4)
    assert every.high == 1.0
    assert every.low == pytest.approx(0.7225, abs=1e-4)
    with pytest.raises(ValueError, match="proportion"):
        wilson(3, 2)


def test_bootstrap_is_seeded_and_covers() -> None:
    generator = random.Random(1)
    covered = 0
    for trial in range(100):
        interval = mean_interval([generator.gauss(10, 3) for _ in range(40)], resamples=400, seed=trial)
        assert interval.low is not None
        assert interval.high is not None
        covered += interval.low <= 10 <= interval.high
    assert 88 <= covered <= 99
    assert mean_interval([1.0, 2.0, 4.0]) == mean_interval([1.0, 2.0, 4.0])
    assert mean_interval([1.0, 2.0, 4.0], seed=1).value == pytest.approx(7 / 3)


def test_bootstrap_of_a_ratio_of_totals_resamples_tasks_together() -> None:
    code, reference = [1.0, 2.0, 30.0, 4.0], [2.0, 4.0, 60.0, 8.0]
    interval = bootstrap_of_means(formulas.ratio_of_totals, code, reference)
    assert (interval.value, interval.low, interval.high) == pytest.approx((0.5, 0.5, 0.5))
    with pytest.raises(ValueError, match="aligned"):
        bootstrap_of_means(lambda c, r: 0.0, code, reference[:2])


def test_pairing_makes_the_interval_of_a_difference_narrow() -> None:
    before = list(np.linspace(1, 100, 50))
    after = [value + 1 for value in before]
    paired = paired_difference(before, after)
    assert (paired.value, paired.low, paired.high) == pytest.approx((1.0, 1.0, 1.0))


def test_one_task_has_no_interval() -> None:
    interval = mean_interval([3.0])
    assert (interval.value, interval.low, interval.high) == (3.0, None, None)
    assert significance(interval).startswith("not known")


def test_significance_in_words() -> None:
    assert significance(Interval(0.04, 0.01, 0.07, 164)).startswith("better: 0.04 [0.01, 0.07] excludes 0")
    assert significance(Interval(0.8, 0.7, 0.9, 50), 1.0, higher_is_better=False).startswith("better")
    assert significance(Interval(-0.1, -0.2, -0.05, 50)).startswith("worse")
    assert significance(Interval(0.04, -0.01, 0.07, 164)).startswith("no difference shown")


def test_robust_spread_ignores_one_wild_value_and_is_near_sigma() -> None:
    generator = random.Random(0)
    values = [generator.gauss(0, 2) for _ in range(4000)]
    assert robust_spread(values) == pytest.approx(2.0, rel=0.1)
    assert robust_spread([1.0, 1.1, 0.9, 1.0, 900.0]) < 0.3
    assert robust_spread([5.0]) == 0.0


def test_the_ratio_interval_covers_a_normal_median_nearly_always() -> None:
    generator = random.Random(3)
    for n in (3, 5, 7, 10, 20):
        missed = 0
        for _ in range(400):
            _, low, high = log_ratio_interval([generator.gauss(0.2, 0.06) for _ in range(n)])
            missed += not low <= 0.2 <= high
        assert missed <= 12, n


def test_correlation_with_its_interval() -> None:
    result = correlate([1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 4.0, 9.0, 16.0, 25.0])
    assert result.spearman == pytest.approx(1.0)
    assert result.pearson == pytest.approx(0.9811, abs=1e-4)
    assert result.low is not None
    # Fisher: tanh(atanh(r) - 1.96 / sqrt(2))
    assert result.low == pytest.approx(math.tanh(math.atanh(result.pearson) - 1.959964 / math.sqrt(2)), abs=1e-6)
    assert "a relation is shown; of n = 5 models only r beyond 0.88" in result.words
    assert "no relation is shown" in correlate([1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 2.0, 1.5]).words


def test_three_models_show_no_relation_however_well_they_agree() -> None:
    result = correlate([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert (result.low, result.high) == (None, None)
    assert "can show no relation" in result.words


@pytest.mark.parametrize(("x", "y"), [([1.0, 2.0], [1.0, 2.0]), ([1.0] * 4, [1.0, 2.0, 3.0, 4.0]), ([1.0] * 3, [1.0])])
def test_a_correlation_of_too_little_is_refused(x: list[float], y: list[float]) -> None:
    with pytest.raises(ValueError, match="three or more pairs"):
        correlate(x, y)
