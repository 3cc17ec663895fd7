"""Does the exponent's interval contain the truth? Programs whose growth is known climb ladders made here by hand.

    python bench/growth.py [--repeats 10]

Prints, for each program, how often the interval holds the true slope at the sizes measured, its median width, and what
was said in words; then what a curve costs. The truth of a sum of powers and of n log n is its slope in the middle of
the larger half of the sizes, of steps that are counted. Aim: 95 % or more. Takes two to three minutes; not a test.
"""

import argparse
import inspect
import math
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from efficoder import wire
from efficoder.judging import machine
from efficoder.judging.growth import growth
from efficoder.metrics.growth import Growth, in_words
from efficoder.metrics.growth import growth as read
from efficoder.sandbox import Sandbox
from efficoder.types import Candidate, Comparison, Function, GrowthCurve, Origin, Task, TestCase


def constant(xs):
    return sum(i * i for i in range(3000)) + len(xs)


def logarithm(xs):
    s = n = len(xs)
    while n > 1:
        for i in range(500):
            s += i
        n >>= 1
    return s


def root(xs):
    s = 0
    for _ in range(int(len(xs) ** 0.5)):
        for i in range(200):
            s += i
    return s


def loop(xs):
    s = 0
    for x in xs:
        s = (s * 31 + x) % 1000003
    return s


def built_in(xs):
    return sum(map(abs, xs))


def dictionary(xs):
    seen = {}
    for x in xs:
        seen[x % 97] = seen.get(x % 97, 0) + 1
    return max(seen.values())


def halves(xs):
    def half(low, high):
        if high - low < 2:
            return 0
        middle, s = (low + high) // 2, 0
        for i in range(low, high):
            s += i
        return s + half(low, middle) + half(middle, high)

    return half(0, len(xs))


def three_halves(xs):
    s, r = 0, int(len(xs) ** 0.5)
    for _ in xs:
        for i in range(20 * r):
            s += i
    return s


def all_pairs(xs):
    s = 1
    for i in range(len(xs)):
        for j in range(i):
            if xs[i] == xs[j]:
                s += 1
    return s


def counting(xs):
    return max(xs.count(x) for x in xs)


def triples(xs):
    s, n = 0, len(xs)
    for _ in range(n):
        for _ in range(n):
            for k in range(20 * n):  # so many that starting the loop, some six steps, does not count
                s += k
    return s


def linear_and_square(xs):
    s = 0
    for _ in xs:
        for i in range(200):
            s += i
        for i in range(len(xs)):
            s += i
    return s


def fixed_and_linear(xs):
    s = 0
    for i in range(20000):
        s += i
    for x in xs:
        s += x
    return s


def doubling(xs):
    def go(i):
        return 1 if i == 0 else go(i - 1) + go(i - 1)

    return go(len(xs))


def fibonacci(xs):
    def go(i):
        return 1 if i < 2 else go(i - 1) + go(i - 2)

    return go(len(xs))


@dataclass(frozen=True)
class Known:
    """``steps`` is the number of like steps that the program makes at a size, up to a factor; None: exponential."""

    name: str
    program: Callable[[list[int]], int]
    sizes: Sequence[int]
    steps: Callable[[float], float] | None
    doubles_every: float = 1.0


FAR, MIDDLE, NEAR = ([16 * 4**i for i in range(7)], [16 * 2**i for i in range(8)], [3 * 2**i for i in range(6)])
GOLDEN = (1 + 5**0.5) / 2
KNOWN = (
    Known("1", constant, FAR, lambda _: 1.0),
    Known("log n", logarithm, FAR, math.log),
    Known("√n", root, FAR, math.sqrt),
    Known("n, a loop", loop, FAR, float),
    Known("n, a built-in", built_in, FAR, float),
    Known("n, a dictionary", dictionary, FAR, float),
    Known("n log n", halves, FAR[:6], lambda n: n * math.log(n)),
    Known("n^1.5", three_halves, MIDDLE[:7], lambda n: n**1.5),
    Known("n², a loop", all_pairs, MIDDLE, lambda n: n * n),
    Known("n², a built-in", counting, MIDDLE, lambda n: n * n),
    Known("n³", triples, NEAR, lambda n: n**3),
    Known("200 n + n²", linear_and_square, MIDDLE, lambda n: 200 * n + n * n),
    Known("20,000 + n", fixed_and_linear, FAR, lambda n: 20000 + n),
    Known("2ⁿ", doubling, (4, 7, 10, 13, 15), None),
    Known("φⁿ", fibonacci, (6, 10, 14, 18, 22), None, math.log(2) / math.log(GOLDEN)),
)


def _ladder(known: Known, seed: int) -> list[TestCase]:
    source = random.Random(f"{known.name} {seed}")
    return [
        TestCase(
            input=wire.encode([[source.randrange(10**6) for _ in range(size)]]),
            expected="0",
            comparison=Comparison(kind="not_none"),
            size=size,
        )
        for size in known.sizes
        for _ in range(2)
    ]


def _climb(sandbox: Sandbox, known: Known, seed: int) -> GrowthCurve:
    task = Task(id=known.name, prompt="", interface=Function(entry_point="f"), origin=Origin(source="bench"))
    code = inspect.getsource(known.program).replace(f"def {known.program.__name__}(", "def f(", 1)
    (curve,) = growth(sandbox, task, [Candidate(id="c", task_id=task.id, code=code)], _ladder(known, seed))
    return curve


def _truth(known: Known, middle: float) -> float:
    assert known.steps is not None
    near, far = middle / 1.01, middle * 1.01
    return math.log(known.steps(far) / known.steps(near)) / math.log(far / near)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10)
    repeats = parser.parse_args().repeats
    hits = trials = 0
    with Sandbox() as sandbox:
        noise = machine.noise(sandbox)
        print(
            f"{machine.facts().cpu}, tier {sandbox.tier}, load {os.getloadavg()[0]:.1f}, "
            f"noise {noise.relative_spread:.1%}"
        )
        print(f"{'program':18}{'held':>8}{'width':>8}{'truth':>8}{'points':>8}{'seconds':>9}  said")
        for known in KNOWN:
            begun = time.perf_counter()
            curves = [_climb(sandbox, known, seed) for seed in range(repeats)]
            each_s = (time.perf_counter() - begun) / repeats
            found = [read(curve) for curve in curves]
            told = [one for one in found if one is not None]
            held = sum(_holds(known, one) for one in told)
            hits, trials = hits + held, trials + repeats
            truth = _truth(known, median(one.middle for one in told)) if known.steps and told else math.nan
            width = median(one.slope.high - one.slope.low for one in told) if told else math.nan
            said = ", ".join(f"{count} {words}" for words, count in Counter(map(in_words, found)).most_common())
            points = median(len(curve.points) for curve in curves)
            print(f"{known.name:18}{f'{held}/{repeats}':>8}{width:8.2f}{truth:8.2f}{points:8.0f}{each_s:9.3f}  {said}")
    print(f"the interval holds the truth in {hits} of {trials} ({hits / trials:.1%})")


def _holds(known: Known, found: Growth) -> bool:
    if known.steps is None:
        return found.doubles_every is not None and 0.9 < found.doubles_every / known.doubles_every < 1.1
    return found.doubles_every is None and found.slope.low <= _truth(known, found.middle) <= found.slope.high


if __name__ == "__main__":
    main()
