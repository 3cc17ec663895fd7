"""Does the race order programs as they are? Pairs whose true ratio is known, ordered by three methods in one run:
the race, a fresh process timed once by wall clock (what published harnesses do), the least CPU time of five fresh
processes. Prints, for each band of true ratios, the share ordered right, called a tie, ordered wrong, and the seconds.

    python bench/truth.py [--repeats 1]

Aims: no wrong order from 1.05x on, no tie from 1.5x on. Takes three to four minutes on a quiet core; not a test.
"""

import argparse
import inspect
import itertools
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pairs
from efficoder import wire
from efficoder.config import MeasureConfig
from efficoder.judging import machine
from efficoder.judging.race import Contest, race
from efficoder.metrics.faster_or_tie import is_slower
from efficoder.metrics.readings import paired_ratio
from efficoder.sandbox import Program, Sandbox
from efficoder.types import Candidate, Comparison, Function, Origin, Task, TestCase

BANDS = (1.0, 1.02, 1.05, 1.2, 1.5, 3.0, math.inf)
RATIOS = (1.03, 1.045, 1.08, 1.12, 1.18, 1.25, 1.35, 1.45, 1.6, 2.0, 2.7, 3.5, 6.0, 20.0)
TRUTH_ROUNDS = 21
PROCESS_RUNS = 5


@dataclass(frozen=True)
class Pair:
    """Two programs for one input; ``ratio`` is the second's time over the first's, None while unknown."""

    name: str
    fast: str
    slow: str
    arguments: list[object]
    ratio: float | None = None


# ---------------------------------------------------------------- pairs

# Each repeats one unit of work; the pair differs in the number of repeats alone.
UNITS = {
    "integers": ("    for i in range(1000):\n        s = (s * 31 + i) % 1000003", 130),
    "dictionary": ("    d = {}\n    for i in range(500):\n        d[i] = d.get(i - 1, 0) + 1\n    s += len(d)", 110),
    "sorting": ("    s += sorted(range(2000), key=lambda x: x * 7919 % 2003)[5]", 40),
    "text": ("    s += len(','.join([str(i) for i in range(800)]))", 90),
    "objects": ("    s += sum([len(p) for p in [(i, i) for i in range(1000)]])", 130),
}


def scaled(name: str, ratio: float) -> Pair:
    unit, count = UNITS[name]
    count = max(count, math.ceil(20 / (ratio - 1))) if ratio < 1.1 else count
    more = round(count * ratio)
    fast, slow = (f"def f(n):\n  s = n\n  for _ in range({turns}):\n{unit}\n  return s\n" for turns in (count, more))
    return Pair(f"{name} x{ratio}", fast, slow, [1], more / count)


def real_pairs() -> list[Pair]:
    """Those of pairs.py; their ratio is not known yet."""
    names = [(f"{name}_1", f"{name}_2", argument) for name, argument in pairs.INPUTS.items()]
    return [Pair(one[:-2], source(one), source(two), [argument]) for one, two, argument in names]


def source(name: str) -> str:
    code = inspect.getsource(getattr(pairs, name)).replace(f"{name}(", "f(")
    return f"import bisect, heapq, itertools, math\nfrom collections import Counter, deque\n\n{code}"


def with_truth(sandbox: Sandbox, pair: Pair) -> Pair:
    """The ratio of the tenth percentiles of interleaved runs, each side looped to 10 ms; the faster side first."""
    codes = [pair.fast, pair.slow]
    text = wire.encode(pair.arguments)
    programs = [Program(kind="function", code=code, entry_point="f") for code in codes]
    empty = Program(kind="function", code="")

    def cpu_s(program: Program, loops: int) -> float:
        outcome = sandbox.run(program, [text], loops=loops)
        assert outcome.ended == "finished", (pair.name, outcome.ended, outcome.detail)
        return outcome.cpu_s

    loops = [max(1, min(400, math.ceil(0.012 / max(1e-5, cpu_s(p, 1) - cpu_s(empty, 1))))) for p in programs]
    times: list[list[float]] = [[], []]
    for _ in range(TRUTH_ROUNDS):
        floor_s = cpu_s(empty, 1)
        for side in (0, 1):
            times[side].append((cpu_s(programs[side], loops[side]) - floor_s) / loops[side])
    first, second = (sorted(side)[TRUTH_ROUNDS // 10] for side in times)
    if second < first:
        codes.reverse()
    fast, slow = codes
    return Pair(pair.name, fast, slow, pair.arguments, max(first, second) / min(first, second))


# ---------------------------------------------------------------- methods: +1 right, 0 tie, -1 wrong


def by_race(sandbox: Sandbox, pair: Pair, repeat: int) -> int:
    origin = Origin(source="bench")
    task = Task(id=f"{pair.name} {repeat}", prompt="", interface=Function(entry_point="f"), origin=origin)
    sides = [
        Candidate(id=name, task_id=task.id, code=code) for name, code in (("fast", pair.fast), ("slow", pair.slow))
    ]
    settings = MeasureConfig(memory=False)
    text = wire.encode(pair.arguments)
    (answer,) = sandbox.run(Program(kind="function", code=pair.fast, entry_point="f"), [text]).outputs
    # A race judges its entrants, and the sides of a scaled pair answer differently: then any number is right.
    scaled = type(wire.decode(answer)) is int
    load = TestCase(input=text, expected=answer.decode(), comparison=Comparison(kind="not_none" if scaled else "exact"))
    fast, slow = race(sandbox, Contest(task, sides, [load]), settings)
    return is_slower(paired_ratio(slow, fast), settings.margin) - is_slower(paired_ratio(fast, slow), settings.margin)


def by_wall_once(pair: Pair) -> int:
    fast, slow = (process_times(code, pair.arguments, 1)[0][1] for code in (pair.fast, pair.slow))
    return 1 if fast < slow else -1


def by_least_cpu(pair: Pair) -> int:
    fast, slow = (
        min(cpu_s for cpu_s, _ in process_times(code, pair.arguments, PROCESS_RUNS)) for code in (pair.fast, pair.slow)
    )
    return 1 if fast < slow else -1


def process_times(code: str, arguments: Sequence[object], runs: int) -> list[tuple[float, float]]:
    """(CPU, wall) seconds of a fresh interpreter each, unguarded: these programs are ours."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "program.py")
        path.write_text(f"{code}\nimport json\nf(*json.loads({json.dumps(arguments)!r}))\n")
        times = []
        for _ in range(runs):
            started = time.perf_counter()
            process = subprocess.Popen([sys.executable, "-I", str(path)], stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0, path.read_text()[:200]
            times.append((usage.ru_utime + usage.ru_stime, time.perf_counter() - started))
    return times


METHODS = ("race", "fresh process, wall once", "fresh process, least CPU of 5")


# ---------------------------------------------------------------- report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=1)
    repeats = parser.parse_args().repeats
    said: Counter[tuple[str, int, int]] = Counter()
    spent_s: defaultdict[str, float] = defaultdict(float)
    missed: list[str] = []
    with Sandbox() as sandbox:
        facts, noise = machine.facts(), machine.noise(sandbox)
        print(
            f"{facts.cpu}, {facts.cores} cores, tier {sandbox.tier}, load {os.getloadavg()[0]:.1f}, "
            f"noise {noise.relative_spread:.1%}, wall over CPU {noise.wall_over_cpu:.2f}"
        )
        started = time.perf_counter()
        known = [scaled(name, ratio) for name in UNITS for ratio in RATIOS]
        known += [with_truth(sandbox, pair) for pair in real_pairs()]
        print(f"{len(known)} pairs, {repeats} times each; the truth took {time.perf_counter() - started:.0f} s")
        for repeat, pair in itertools.product(range(repeats), known):
            methods: tuple[Callable[[], int], ...] = (
                partial(by_race, sandbox, pair, repeat),
                partial(by_wall_once, pair),
                partial(by_least_cpu, pair),
            )
            for name, method in zip(METHODS, methods, strict=True):
                begun = time.perf_counter()
                call = method()
                spent_s[name] += time.perf_counter() - begun
                said[name, band(pair), call] += 1
                if name == "race" and (call < 0 or (call == 0 and band(pair) >= BANDS.index(1.5))):
                    missed.append(f"{pair.name} (truly {pair.ratio:.3f}x): {'tie' if call == 0 else 'wrong'}")
    report(known, said, spent_s, repeats)
    print("race, wrong, or tied from 1.5x on:", "; ".join(missed) or "none")


def band(pair: Pair) -> int:
    assert pair.ratio is not None
    return max(i for i, low in enumerate(BANDS[:-1]) if pair.ratio >= low)


def report(known: list[Pair], said: Counter[tuple[str, int, int]], spent_s: Mapping[str, float], repeats: int) -> None:
    sizes = Counter(band(pair) for pair in known)
    titles = [f"{low:g}-{high:g}x ({sizes[i]})" for i, (low, high) in enumerate(itertools.pairwise(BANDS))]
    print("\nright / tie / wrong, % of orders, by true ratio (pairs)")
    print(f"{'':32}" + "".join(f"{title:>16}" for title in titles) + f"{'seconds':>10}{'a pair':>13}")
    for name in METHODS:
        cells = []
        for i in range(len(titles)):
            total = sizes[i] * repeats
            shares = [100 * said[name, i, call] / total for call in (1, 0, -1)] if total else []
            cells.append(" / ".join(f"{share:.0f}" for share in shares) or "-")
        each = spent_s[name] / (len(known) * repeats)
        print(f"{name:32}" + "".join(f"{cell:>16}" for cell in cells) + f"{spent_s[name]:10.0f}{each:12.2f}s")


if __name__ == "__main__":
    main()
