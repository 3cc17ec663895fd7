"""The exponent of a curve, its interval and its words, against curves whose growth is known."""

import math
import random
from collections.abc import Callable, Sequence

import pytest

from efficoder.metrics.growth import Growth, against, exponents, fit, growth, in_words, parting
from efficoder.types import GrowthCurve, GrowthPoint, Slope

SIZES = [64, 256, 1024, 4096, 16384]


def curve(seconds: Callable[[int], float], sizes: Sequence[int] = SIZES, name: str = "c", runs: int = 2) -> GrowthCurve:
    points = tuple(GrowthPoint(size=size, runs_s=(seconds(size),) * runs) for size in sizes)
    return GrowthCurve(candidate_id=name, task_id="t", points=points)


FAMILIES: dict[str, Callable[[float], float]] = {
    "1": lambda _: 1.0,
    "log n": math.log,
    "n": float,
    "n log n": lambda n: n * math.log(n),
    "n²": lambda n: n**2,
    "n² log n": lambda n: n**2 * math.log(n),
    "n³": lambda n: n**3,
    "n + n²": lambda n: n + n**2 / 300,
    "1 + n": lambda n: 300 + n,
    "1 + n²": lambda n: 1e5 + n**2,
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("count", [3, 4, 5, 7])
def test_the_interval_holds_the_slope_at_the_larger_sizes_whatever_the_lower_order_terms(name: str, count: int) -> None:
    steps, source, held = FAMILIES[name], random.Random(f"{name} {count}"), 0
    for scale in range(16, 76):
        sizes = [round(scale * 4**i) for i in range(count)]
        found = fit(sizes, [1e-6 * steps(n) * math.exp(source.gauss(0, 0.03)) for n in sizes])
        assert found is not None
        near, far = found.middle / 1.001, found.middle * 1.001
        truth = math.log(steps(far) / steps(near)) / math.log(far / near)
        held += found.slope.low <= truth <= found.slope.high
    assert held >= 54, "nine in ten at the least"


def test_a_clean_power_has_a_narrow_interval_and_a_bent_curve_a_wide_one() -> None:
    clean = growth(curve(lambda n: 1e-8 * n**2))
    bent = growth(curve(lambda n: 1e-2 + 1e-8 * n**2))
    assert clean is not None
    assert bent is not None
    assert clean.slope.value == pytest.approx(2.0, abs=0.01)
    assert clean.slope.high - clean.slope.low < 0.2 < bent.slope.high - bent.slope.low


@pytest.mark.parametrize("sizes", [[], [10], [10, 100], [10, 10, 100]])
def test_fewer_than_three_sizes_tell_nothing(sizes: list[int]) -> None:
    assert fit(sizes, [1.0] * len(sizes)) is None
    assert in_words(None) == "cannot tell"


def test_times_in_the_floor_and_of_nothing_are_no_points() -> None:
    assert fit([10, 100, 1000], [1e-5, 1e-5, 0.1], least_s=1e-3) is None
    assert fit([10, 100, 1000], [0.0, 1e-5, 0.1]) is None


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (FAMILIES["1"], "constant"),
        (FAMILIES["n"], "n"),
        (FAMILIES["n log n"], "n log n"),
        (FAMILIES["n²"], "n²"),
        (FAMILIES["n² log n"], "n² log n"),
        (FAMILIES["n³"], "n³"),
        (math.sqrt, "√n"),
        (lambda n: n**1.5, "n^1.5"),
    ],
)
def test_a_class_is_named_where_the_interval_allows_it_alone(steps: Callable[[float], float], words: str) -> None:
    assert in_words(growth(curve(lambda n: 1e-6 * steps(n)))) == words


def test_two_classes_that_the_interval_allows_are_both_named_and_more_are_a_range() -> None:
    assert in_words(Growth(Slope(value=1.05, low=0.9, high=1.2, points=5), 1000.0)) == "n or n log n"
    assert in_words(Growth(Slope(value=1.0, low=0.4, high=1.6, points=5), 1000.0)) == "n^0.4 to n^1.6"
    assert in_words(Growth(Slope(value=-0.4, low=-0.5, high=-0.3, points=5), 1000.0)) == "n^-0.5 to n^-0.3"


@pytest.mark.parametrize(("base", "every"), [(2.0, 1.0), (1.618, 1.44), (2.0**0.1, 10.0)])
@pytest.mark.parametrize("sizes", [[8, 12, 16, 20], [10, 13, 15], [5, 10, 20, 25]])
def test_an_exponential_is_told_from_a_power_and_says_when_it_doubles(
    base: float, every: float, sizes: list[int]
) -> None:
    scale = 10 if every == 10.0 else 1
    found = growth(curve(lambda n: 1e-6 * base**n, [scale * size for size in sizes]))
    assert found is not None
    assert found.doubles_every == pytest.approx(every, rel=0.01)
    assert in_words(found).startswith("2ⁿ")
    assert (f"doubles every {every:.2g}" in in_words(found)) == (every != 1.0)


@pytest.mark.parametrize("power", [2, 3, 5, 7])
def test_no_power_is_called_exponential(power: int) -> None:
    for sizes in (SIZES, [5, 10, 20, 40], [10, 12, 14, 16], [50, 60, 80]):
        found = growth(curve(lambda n: 1e-9 * n**power, sizes))
        assert found is not None
        assert found.doubles_every is None, sizes


# ---------------------------------------------------------------- two curves


def test_two_that_part_say_since_when_and_by_how_much_at_the_largest_common_size() -> None:
    square = curve(lambda n: 1e-8 * n**2, SIZES[:4], "square")
    line = curve(lambda n: 1e-6 * n, SIZES, "line")
    parted = parting(square, line, 1.05)
    assert parted is not None
    assert (parted.size, parted.since) == (4096, 256)
    assert parted.ratio.value == pytest.approx(40.96)
    words = against(growth(square), growth(line), parted)
    assert words == "grows like n² against n; 41x at n = 4,096, apart from n = 256 on"


def test_a_difference_counts_only_where_it_lasts_to_the_largest_size() -> None:
    hump = curve(lambda n: 1e-6 * n * (5 if n == 256 else 1), name="hump")
    parted = parting(hump, curve(lambda n: 1e-6 * n, name="line"), 1.05)
    assert parted is not None
    assert parted.since is None


def test_one_run_a_size_says_less_than_two() -> None:
    for runs, since in ((1, None), (2, 64)):
        slow, fast = (curve(lambda n, k=k: k * 1e-6 * n, name=str(k), runs=runs) for k in (2, 1))
        parted = parting(slow, fast, 1.05)
        assert parted is not None
        assert parted.since == since


def test_curves_without_a_size_in_common_or_of_different_ladders_are_not_compared() -> None:
    assert parting(curve(float, [1, 2, 3]), curve(float, [4, 5, 6]), 1.05) is None
    other = GrowthCurve(candidate_id="d", task_id="t", points=(), tests_hash="another")
    with pytest.raises(ValueError, match="must not be compared"):
        parting(curve(float), other, 1.05)


def test_too_few_points_of_either_make_no_sentence_about_growth() -> None:
    few, many = growth(curve(float, [1, 2])), growth(curve(float))
    assert against(few, many, None).startswith("cannot tell how their times grow")
    assert exponents([curve(float, [1, 2], "few"), curve(float, name="many")]) == {"many": pytest.approx(1.0)}
