"""Does the race order programs in other languages as they are? Pairs of truth_kernels.py whose true ratio is known, by
the race, by the race with its confirmation (what is claimed), and by hyperfine on the same work as programs.

    python bench/truth_languages.py LANGUAGE [--repeats N] [--equal N]

Prints a table: how often each called the right side faster, called a tie, called the wrong side faster, and the ratio
seen in the middle. ``--equal``: how often a program is raced against itself. hyperfine's word counts where its ratio is
above 1 by more than its error. A pass lasts twice as long as the language's timing asks for, so one loop is enough.

Aims: no wrong order from 1.2x on in C++, Rust and Go, from 1.5x on in JavaScript and Java; of equal programs none is
claimed faster in a hundred. The machine should do nothing else; not a test.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from efficoder import wire
from efficoder.config import MeasureConfig
from efficoder.judging import machine
from efficoder.judging.policy import fitted
from efficoder.judging.race import Contest, confirm, is_confirmed, race
from efficoder.judging.trial import Trial
from efficoder.languages import language
from efficoder.metrics.faster_or_tie import is_slower
from efficoder.metrics.readings import paired_ratio
from efficoder.sandbox import Limits, Sandbox
from efficoder.types import Candidate, Comparison, Origin, Task, TestCase
from truth_kernels import KERNELS, Kernels

TURNS = 20
RATIOS = (1.0, 1.05, 1.2, 1.5, 3.0)
METHODS = ("race", "race, confirmed", "hyperfine")
SETTINGS = MeasureConfig(memory=False)


class Pair(NamedTuple):
    unit: str
    ratio: float
    task: Task
    fast: str
    slow: str
    n: int


class Said(NamedTuple):
    call: int
    """+1 right, 0 tie, -1 wrong; of equal programs anything but 0 is wrong."""
    ratio: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("language", choices=sorted(KERNELS))
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--equal", type=int, default=100)
    options = parser.parse_args()
    kernels, found = KERNELS[options.language], defaultdict[tuple[str, str, float], list[Said]](list)
    spent_s: defaultdict[str, float] = defaultdict(float)
    with Sandbox() as sandbox, tempfile.TemporaryDirectory() as folder:
        noise = machine.noise(sandbox)
        print(f"load {os.getloadavg()[0]:.1f}, noise {noise.relative_spread:.1%}, tier {sandbox.tier}", flush=True)
        for pair in pairs(sandbox, options.language):
            commands = built(kernels, pair, Path(folder)) if shutil.which("hyperfine") else None
            for repeat in range(options.equal // 2 if pair.ratio == 1 else options.repeats):
                began = time.perf_counter()
                for method, one in zip(METHODS, raced(sandbox, pair, repeat), strict=False):
                    found[method, pair.unit, pair.ratio].append(one)
                spent_s["race, confirmed"] += time.perf_counter() - began
                if commands is not None:
                    began = time.perf_counter()
                    said = hyperfine(*commands, Path(folder))
                    said = said if pair.ratio > 1 else said._replace(call=-abs(said.call))
                    found["hyperfine", pair.unit, pair.ratio].append(said)
                    spent_s["hyperfine"] += time.perf_counter() - began
    report(found)
    print(", ".join(f"{name} {seconds:.0f} s" for name, seconds in spent_s.items()))
    from_ratio = 1.5 if options.language in {"javascript", "java"} else 1.2
    wrong = [
        f"{method} {unit} {ratio}x"
        for (method, unit, ratio), said in found.items()
        if method != "hyperfine" and (ratio >= from_ratio or (ratio == 1 and method != "race"))
        for one in said
        if one.call < 0
    ]
    print("against the aims:", "; ".join(wrong) or "nothing")


def pairs(sandbox: Sandbox, name: str) -> Iterator[Pair]:
    kernels, known = KERNELS[name], language(name)
    want_s = 2 * max(SETTINGS.min_body_s, known.timing.least_body_s)
    for unit in kernels.units:
        fast = text(kernels, unit, TURNS)
        interface = known.signature(fast, kernels.entry_point, kernels.header if name == "go" else "")
        task = Task(id=unit, prompt="", interface=interface, origin=Origin(source="bench"), language=name)
        trial, n = Trial(sandbox, task), 1
        while (taken_s := trial.net_s(fast, wire.encode([n]), Limits())) < want_s:
            n = math.ceil(n * min(10.0, max(1.1, 1.2 * want_s / max(taken_s, 0.1 * want_s))))
        print(f"{unit}: n = {n}, {1000 * taken_s:.0f} ms a pass", flush=True)
        for ratio in RATIOS:
            yield Pair(unit, ratio, task, fast, text(kernels, unit, round(TURNS * ratio)), n)


def text(kernels: Kernels, unit: str, turns: int) -> str:
    """The function, below what it imports; Go's imports come from the task's header, as far as they are used."""
    header = "" if kernels.header.startswith("package") else kernels.header
    return header + kernels.units[unit].replace("TURNS", str(turns))


def raced(sandbox: Sandbox, pair: Pair, repeat: int) -> tuple[Said, Said]:
    task = msgspec.structs.replace(pair.task, id=f"{pair.unit} {pair.ratio} {repeat}")
    sides = [
        Candidate(id=name, task_id=task.id, code=code) for name, code in (("fast", pair.fast), ("slow", pair.slow))
    ]
    load = TestCase(input=wire.encode([pair.n]), expected="1", comparison=Comparison(kind="not_none"))
    contest, margin = Contest(task, sides, [load]), fitted(SETTINGS, task).margin
    fast, slow = race(sandbox, contest, SETTINGS)
    ratio = paired_ratio(slow, fast)
    if is_slower(ratio, margin):
        winner, loser = fast, slow
    elif is_slower(paired_ratio(fast, slow), margin):
        winner, loser = slow, fast
    else:
        return Said(0, ratio.value), Said(0, ratio.value)
    call = 1 if pair.ratio > 1 and winner is fast else -1
    again, other = confirm(sandbox, contest, winner.candidate_id, loser.candidate_id, SETTINGS)
    confirmed = is_confirmed(paired_ratio(loser, winner), paired_ratio(other, again), margin)
    return Said(call, ratio.value), Said(call * confirmed, ratio.value)


def built(kernels: Kernels, pair: Pair, folder: Path) -> tuple[list[str], list[str]]:
    """How each side is started as a program with its argument."""
    commands = []
    for side in (pair.fast, pair.slow):
        place = Path(tempfile.mkdtemp(dir=folder))
        code = side if side.startswith(kernels.header) else kernels.header + side
        (place / kernels.source).write_text(kernels.main.replace("FUNCTION", code))
        if kernels.build:
            subprocess.run(kernels.build, cwd=place, check=True, capture_output=True)
        commands.append([word.replace("{folder}", str(place)) for word in kernels.start] + [str(pair.n)])
    return commands[0], commands[1]


def hyperfine(fast: list[str], slow: list[str], folder: Path) -> Said:
    out = folder / "hyperfine.json"
    words = [" ".join(fast), " ".join(slow)]
    subprocess.run(["hyperfine", "-N", "--export-json", out, *words], check=True, capture_output=True)
    first, second = json.loads(out.read_text())["results"]
    ratio = second["mean"] / first["mean"]
    error = math.hypot(first["stddev"] / first["mean"], second["stddev"] / second["mean"])
    told = (ratio * (1 - error) > 1) - (1 / ratio * (1 - error) > 1)
    return Said(told, ratio)


def report(found: dict[tuple[str, str, float], list[Said]]) -> None:
    print("\nright / tie / wrong (ratio in the middle), by true ratio")
    print("| | | " + " | ".join("equal" if ratio == 1 else f"{ratio:g}x" for ratio in RATIOS) + " |")
    print("|---|---|" + "--:|" * len(RATIOS))
    for method in METHODS:
        for unit in ("arithmetic", "allocating"):
            cells = []
            for ratio in RATIOS:
                said = found.get((method, unit, ratio), [])
                counts = " / ".join(str(sum(one.call == call for one in said)) for call in (1, 0, -1))
                cells.append(f"{counts} ({median(one.ratio for one in said):.2f})" if said else "-")
            print(f"| {method} | {unit} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
