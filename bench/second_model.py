"""What does one model's pass@1 cost here and with EvalPlus, for the first model (cold) and for the next (warm)?

    python bench/second_model.py humanevalplus HumanEvalPlus.jsonl.gz samples.jsonl --model M --evalplus PYTHON

PYTHON is that of an environment with evalplus 0.3.1. Cold: an empty cache folder. Warm: the one that the cold run
filled, with tests in the bank here and expected outputs there. Prints wall and CPU seconds of all processes, those of
the sandboxes included, each as the median of --times runs, and the verdicts side by side. What counts are the ratios:
other work on the machine moves wall times, and CPU times by some per cent.

    python bench/second_model.py humanevalplus HumanEvalPlus.jsonl.gz samples.jsonl --model M --timed OTHER [--limit N]

With times, on the same tests: what M costs, what OTHER then costs in the same run, and what both cost raced together;
and every score of both, apart and together, with whether its interval holds the other's value and the order of the two
is the same.
"""

import argparse
import ctypes
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from agree import SETS, Sample, Verdicts, differences, read, table
from efficoder import sources
from efficoder.config import WriteTestsConfig
from efficoder.evaluation.leaderboard import Summary

_PR_SET_CHILD_SUBREAPER = 36


class Cost(NamedTuple):
    wall_s: float
    cpu_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("data", type=Path)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--evalplus", help="python of an environment with evalplus")
    parser.add_argument("--timed", metavar="OTHER", help="a second model, to be timed beside the first")
    parser.add_argument("--limit", type=int, help="with --timed: the first tasks alone")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    # A zygote whose worker is gone becomes ours, so that its CPU time and that of its children are counted.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    tasks = {row.task.id: row.task for row in sources.read(f"{options.set}:{options.data}")}
    if (options.timed is None) == (options.evalplus is None):
        parser.error("give either --evalplus or --timed")
    if options.timed is not None:
        with tempfile.TemporaryDirectory() as folder:
            with_times(options, Path(folder), list(read(options.samples, tasks)))
        return
    samples = [sample for sample in read(options.samples, tasks) if sample.model == options.model]
    costs: dict[str, list[Cost]] = {"here, cold": [], "here, warm": [], "EvalPlus, cold": [], "EvalPlus, warm": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.times):
            work = Path(folder) / str(number)
            work.mkdir()
            rows = written(work, samples, list(tasks))
            for state in ("cold", "warm"):
                cost, own = here(options, work, rows["here"], state)
                costs[f"here, {state}"].append(cost)
                cost, theirs = evalplus(options, work, rows["evalplus"], samples)
                costs[f"EvalPlus, {state}"].append(cost)
    print("\n".join(differences(samples, own, theirs)))
    table(samples, [options.model], own, theirs)
    print("\n| | wall s | CPU s |\n|---|--:|--:|")
    for name, found in costs.items():
        print(f"| {name} | {median(c.wall_s for c in found):.1f} | {median(c.cpu_s for c in found):.1f} |")


def written(work: Path, samples: Sequence[Sample], tasks: Sequence[str]) -> dict[str, Path]:
    """The samples as each side reads them. EvalPlus gets the code found in them, and needs one for every task."""
    missing = [task for task in tasks if task not in {sample.task_id for sample in samples}]
    theirs = [{"task_id": s.task_id, "solution": s.code} for s in samples]
    theirs += [{"task_id": task, "solution": ""} for task in missing]
    paths = {}
    for name, rows in (("here", list(map(row_of, samples))), ("evalplus", theirs)):
        paths[name] = work / f"{name}.jsonl"
        paths[name].write_text("".join(json.dumps(row) + "\n" for row in rows))
    return paths


def row_of(sample: Sample) -> dict[str, object]:
    return {"task_id": sample.task_id, "model": sample.model, "sample": sample.index, "solution": sample.reply}


def timed(command: Sequence[str], **environment: str) -> tuple[Cost, str]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, check=True, env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    wall_s = time.monotonic() - began
    try:
        while os.waitpid(-1, 0):
            pass
    except ChildProcessError:
        pass
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall_s, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), done.stdout


def here(options: argparse.Namespace, work: Path, rows: Path, state: str) -> tuple[Cost, Verdicts]:
    cost, out = timed([*evaluate(options, work, state, [rows]), "--only-correct"], XDG_CACHE_HOME=str(work / "cache"))
    found = [sample for sample in json.loads(out)["samples"] if sample["model"] != "reference"]
    keys = [(sample["task_id"], sample["model"], sample["index"]) for sample in found]
    right = dict(zip(keys, [sample["right"] for sample in found], strict=True))
    return cost, Verdicts(right, dict(zip(keys, [sample["outcome"] for sample in found], strict=True)))


def evaluate(options: argparse.Namespace, work: Path, name: str, files: Sequence[Path]) -> list[str]:
    command = [sys.executable, "-m", "efficoder", "evaluate", options.set, "--data", str(options.data), "--json"]
    for path in files:
        command += ["--samples", str(path)]
    return [*command, "--runs", str(work / "runs"), "--name", name, "--set", f"run.workers={options.workers}"]


def with_times(options: argparse.Namespace, work: Path, samples: Sequence[Sample]) -> None:
    """M and then OTHER in one run, and both at once in another."""
    models, limit = [options.model, options.timed], ["--limit", str(options.limit)] if options.limit else []
    files = [work / f"{number}.jsonl" for number in range(2)]
    for model, path in zip(models, files, strict=True):
        rows = [row_of(sample) for sample in samples if sample.model == model]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    print("| | wall s | CPU s |\n|---|--:|--:|")
    found: dict[str, Summary] = {}
    for what, name, given in (
        ("tests", "tests", files),
        ("first", "apart", files[:1]),
        ("second", "apart", files[1:]),
        ("both", "together", files),
    ):
        command = [*evaluate(options, work, name, given), *limit]
        command += (
            ["--only-correct", "--set", f"write_tests.loads={WriteTestsConfig().loads}"] if what == "tests" else []
        )
        cost, out = timed(command, XDG_CACHE_HOME=str(work / "cache"))
        print(f"| {what} | {cost.wall_s:.1f} | {cost.cpu_s:.1f} |", flush=True)
        found[name] = msgspec.json.decode(out, type=Summary)
    beside(models, found["apart"], found["together"])


def beside(models: Sequence[str], apart: Summary, together: Summary) -> None:
    sides = [{model.model: model.sets for model in summary.standings.models} for summary in (apart, together)]
    print("\n| set, metric | model | apart | together | inside | order |\n|---|---|--:|--:|---|---|")
    for name in ("all", "own", "common"):
        for metric in ("net", "speedup", "eff_at_1", "et", "nmu", "beyond", "dps"):
            cells = [[side[model][name].get(metric) for model in models] for side in sides]
            if not all(cell is not None for row in cells for cell in row):
                continue
            values = [[cell.value for cell in row if cell is not None] for row in cells]
            turned = (values[0][0] - values[0][1]) * (values[1][0] - values[1][1]) < 0.0
            for model, one, other in zip(models, *cells, strict=True):
                assert one is not None
                assert other is not None
                inside = (one.low or 0.0) <= other.value <= (one.high or float("inf"))
                shown = " | ".join(
                    f"{each.value:.3f} [{each.low or 0:.3f}, {each.high or 0:.3f}]" for each in (one, other)
                )
                print(f"| {name}, {metric} | {model} | {shown} | {inside} | {'TURNED' if turned else 'same'} |")


def evalplus(
    options: argparse.Namespace, work: Path, rows: Path, samples: Sequence[Sample]
) -> tuple[Cost, dict[tuple[str, str, int], bool]]:
    name, variable = SETS[options.set]
    results = rows.with_name(f"{rows.stem}_eval_results.json")
    results.unlink(missing_ok=True)
    plain = work / "set.jsonl"  # evalplus reads an override without decompressing it
    raw = options.data.read_bytes()
    plain.write_bytes(gzip.decompress(raw) if options.data.suffix == ".gz" else raw)
    command = [options.evalplus, "-m", "evalplus.evaluate", "--dataset", name, "--samples", str(rows)]
    command += ["--parallel", str(options.workers)]
    cost, _ = timed(command, XDG_CACHE_HOME=str(work / "cache"), **{variable: str(plain)})
    passed = {
        (task, row["solution"]): row["base_status"] == row["plus_status"] == "pass"
        for task, rows_of_task in json.loads(results.read_text())["eval"].items()
        for row in rows_of_task
    }
    return cost, {sample.key: passed[sample.task_id, sample.code] for sample in samples}


if __name__ == "__main__":
    main()
