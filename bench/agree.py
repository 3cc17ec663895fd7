"""Do our verdicts agree with EvalPlus's on the same programs? One model alone, many together, and the two ways beside
each other: a sample's verdict must not depend on which others are in the run.

    python bench/agree.py SET DATA SAMPLES --evalplus PYTHON [--models A,B] [--alone N] [--work DIR]

SET is humanevalplus or mbppplus, PYTHON the interpreter of an environment of its own with evalplus 0.3.1. Each program
is what we found in the reply, so that both judge the same text; without code found EvalPlus gets the raw reply.
EvalPlus's own time limit is raised (--min-limit), so that what differs is right and wrong. Prints a line for each
difference, then the table.
"""

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from efficoder import sources
from efficoder.config import load
from efficoder.console import Console
from efficoder.evaluation.evaluate import PRESETS
from efficoder.evaluation.rows import score_tasks
from efficoder.languages.python.extract import extract
from efficoder.pipeline.work import Scope
from efficoder.stages import run
from efficoder.store import Store
from efficoder.types import REFERENCE, Task

SETS = {"humanevalplus": ("humaneval", "HUMANEVAL_OVERRIDE_PATH"), "mbppplus": ("mbpp", "MBPP_OVERRIDE_PATH")}


@dataclass(frozen=True)
class Sample:
    task_id: str
    model: str
    index: int
    reply: str
    code: str
    """What we found in the reply; the reply where we found nothing."""

    @property
    def key(self) -> tuple[str, str, int]:
        return self.task_id, self.model, self.index


@dataclass
class Verdicts:
    right: dict[tuple[str, str, int], bool] = field(default_factory=dict)
    detail: dict[tuple[str, str, int], str] = field(default_factory=dict)
    excluded: list[str] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", choices=SETS)
    parser.add_argument("data", type=Path)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--evalplus", required=True, help="python of an environment with evalplus")
    parser.add_argument("--models", default="", help="comma-separated; all of the file by default")
    parser.add_argument("--alone", type=int, default=0, help="evaluate the first N models each in a run of its own too")
    parser.add_argument("--loads", action="store_true", help="make loads as well, whose answers count in the outcome")
    parser.add_argument("--min-limit", default="10", help="EvalPlus's least time limit, seconds")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "agree")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    tasks = {row.task.id: row.task for row in sources.read(f"{options.set}:{options.data}")}
    samples = [s for s in read(options.samples, tasks) if not options.models or s.model in options.models.split(",")]
    models = list(dict.fromkeys(sample.model for sample in samples))
    theirs = evalplus(options, tasks, samples)
    together = ours(options, samples, "together")
    differ = list(differences(samples, together, theirs))
    print("\n".join(differ))
    print(f"\n{options.set}: {len(models)} models, {len(samples)} samples; excluded: {together.excluded or 'no task'}")
    print(f"checks not used: {dict(together.lost)}")
    table(samples, models, together, theirs)
    changed = 0
    for model in models[: options.alone]:
        own = [sample for sample in samples if sample.model == model]
        alone = ours(options, own, f"alone-{models.index(model)}")
        other = [s.key for s in own if alone.right.get(s.key) != together.right.get(s.key)]
        other += [s.key for s in own if alone.detail.get(s.key) != together.detail.get(s.key)] if options.loads else []
        changed += len(other)
        passed = sum(alone.right.values())
        fails = sum(alone.right.get(s.key, False) and not theirs[s.key] for s in own)
        print(f"alone: {model}: passed {passed}, of them failed by EvalPlus {fails}; other than together: {other}")
    if options.alone:
        print(f"{changed} verdicts of {options.alone} models alone differ from those together")


def read(path: Path, tasks: dict[str, Task]) -> Iterator[Sample]:
    """Samples of known tasks, numbered per model and task: recorded files at times give two the same number."""
    seen: Counter[tuple[str, str]] = Counter()
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        for row in map(json.loads, file):
            if row["task_id"] in tasks:
                code = extract(row["solution"], tasks[row["task_id"]]).code
                reply, key = row["solution"], (row["task_id"], row["model"])
                yield Sample(*key, seen[key], reply, reply if code is None else code)
                seen[key] += 1


def evalplus(
    options: argparse.Namespace, tasks: dict[str, Task], samples: Sequence[Sample]
) -> dict[tuple[str, str, int], bool]:
    """EvalPlus's verdict on base and plus, by sample; equal programs are run once."""
    name, variable = SETS[options.set]
    unique = dict.fromkeys((sample.task_id, sample.code) for sample in samples)
    unique |= dict.fromkeys((task, "") for task in tasks if task not in {task for task, _ in unique})
    asked, found = options.work / f"{options.set}-evalplus.jsonl", options.work / f"{options.set}-verdicts.json"
    known: dict[str, bool] = json.loads(found.read_text()) if found.is_file() else {}
    if any(f"{task}\n{code}" not in known for task, code in unique):
        asked.write_text("".join(json.dumps({"task_id": task, "solution": code}) + "\n" for task, code in unique))
        results = asked.with_name(f"{asked.stem}_eval_results.json")
        results.unlink(missing_ok=True)
        plain = options.work / f"{options.set}.jsonl"  # evalplus reads an override without decompressing it
        plain.write_bytes(gzip.decompress(options.data.read_bytes()))
        command = [options.evalplus, "-m", "evalplus.evaluate", "--dataset", name, "--samples", str(asked)]
        command += ["--min-time-limit", options.min_limit, "--parallel", str(os.cpu_count())]
        subprocess.run(command, check=True, env=os.environ | {variable: str(plain)}, stdout=sys.stderr)
        for task, rows in json.loads(results.read_text())["eval"].items():
            for row in rows:
                passed = row["base_status"] == row["plus_status"] == "pass"
                known[f"{task}\n{row['solution']}"] = passed
        found.write_text(json.dumps(known))
    return {sample.key: known[f"{sample.task_id}\n{sample.code}"] for sample in samples}


def ours(options: argparse.Namespace, samples: Sequence[Sample], name: str) -> Verdicts:
    """Our verdicts by the set's own checks, in a run of its own."""
    folder = options.work / f"{options.set}-{name}"
    rows = folder.with_suffix(".jsonl")
    rows.write_text(
        "".join(
            json.dumps({"task_id": s.task_id, "model": s.model, "sample": s.index, "solution": s.reply}) + "\n"
            for s in samples
        )
    )
    config = load(
        None,
        [
            f'collect.sources=["{options.set}:{options.data}"]',
            f'generate.models=["replay/{rows}"]',
            *PRESETS,
            *([] if options.loads else ["write_tests.loads=0"]),
        ],
    )
    verdicts = Verdicts()
    with Store(folder, write=True) as store:
        run.execute(store, config, Console(folder / "log.txt"), Scope(("collect", "generate", "write_tests", "check")))
        for task in score_tasks(store):
            for score in task.samples:
                if score.model != REFERENCE:
                    key = score.task_id, score.model, score.index
                    verdicts.right[key] = score.right
                    verdicts.detail[key] = score.outcome
        alive = {task.id for task in store.alive()}
        verdicts.excluded = sorted(task.id for task in store.all(Task) if task.id not in alive)
        for task_id in alive:
            verdicts.lost.update(store.tests(task_id).lost)
    return verdicts


def differences(samples: Sequence[Sample], own: Verdicts, theirs: dict[tuple[str, str, int], bool]) -> Iterator[str]:
    for sample in samples:
        if sample.key in own.right and own.right[sample.key] != theirs[sample.key]:
            side = "PASSED HERE, failed by EvalPlus" if own.right[sample.key] else "failed here, passed by EvalPlus"
            yield f"{side}: {sample.task_id} {sample.model} {sample.index}: {own.detail[sample.key]}"


def table(
    samples: Sequence[Sample], models: Sequence[str], own: Verdicts, theirs: dict[tuple[str, str, int], bool]
) -> None:
    print("| model | samples | passed here | by EvalPlus | only here | only by EvalPlus |\n|---|--:|--:|--:|--:|--:|")
    for model in models:
        mine = [(own.right[s.key], theirs[s.key]) for s in samples if s.model == model and s.key in own.right]
        here, there = sum(a for a, _ in mine), sum(b for _, b in mine)
        only_here, only_there = sum(a and not b for a, b in mine), sum(b and not a for a, b in mine)
        print(f"| {model} | {len(mine)} | {here} | {there} | {only_here} | {only_there} |")


if __name__ == "__main__":
    main()
