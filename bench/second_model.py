"""What does one model's pass@1 cost here and with EvalPlus, for the first model (cold) and for the next (warm)?

    python bench/second_model.py humanevalplus HumanEvalPlus.jsonl.gz samples.jsonl --model M --evalplus PYTHON

PYTHON is that of an environment with evalplus 0.3.1. Cold: an empty cache folder. Warm: the one that the cold run
filled, with tests in the bank here and expected outputs there. Prints wall and CPU seconds of all processes, those of
the sandboxes included, each as the median of --times runs, and the verdicts side by side. What counts are the ratios:
other work on the machine moves wall times, and CPU times by some per cent.
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

from agree import SETS, Sample, Verdicts, differences, read, table
from efficoder import sources

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
    parser.add_argument("--evalplus", required=True, help="python of an environment with evalplus")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    # A zygote whose worker is gone becomes ours, so that its CPU time and that of its children are counted.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    tasks = {row.task.id: row.task for row in sources.read(f"{options.set}:{options.data}")}
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
    ours = [{"task_id": s.task_id, "model": s.model, "sample": s.index, "solution": s.reply} for s in samples]
    missing = [task for task in tasks if task not in {sample.task_id for sample in samples}]
    theirs = [{"task_id": s.task_id, "solution": s.code} for s in samples]
    theirs += [{"task_id": task, "solution": ""} for task in missing]
    paths = {}
    for name, rows in (("here", ours), ("evalplus", theirs)):
        paths[name] = work / f"{name}.jsonl"
        paths[name].write_text("".join(json.dumps(row) + "\n" for row in rows))
    return paths


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
    command = [sys.executable, "-m", "efficoder", "evaluate", options.set, "--data", str(options.data)]
    command += ["--samples", str(rows), "--only-correct", "--json", "--runs", str(work / "runs"), "--name", state]
    command += ["--set", f"run.workers={options.workers}"]
    cost, out = timed(command, XDG_CACHE_HOME=str(work / "cache"))
    found = [sample for sample in json.loads(out)["samples"] if sample["model"] != "reference"]
    keys = [(sample["task_id"], sample["model"], sample["index"]) for sample in found]
    right = dict(zip(keys, [sample["right"] for sample in found], strict=True))
    return cost, Verdicts(right, dict(zip(keys, [sample["outcome"] for sample in found], strict=True)))


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
