"""What does questioning a reference catch, and what does it cost? True references, and mutants in their place.

    python bench/disputed.py FORMAT:PATH SAMPLES [--models N] [--every N] [--workers N]

Every task is taken as one whose source does not vouch for its reference (``Task.vouched``). The first samples of up to
N models may dispute it. Prints how many tasks are disputed with the true reference (the cost: right tasks left out) and
with a mutant that some input tells from it (the catch), for 2, 3, ... N models.
"""

import argparse
import gzip
import json
import multiprocessing
from collections import Counter, defaultdict
from pathlib import Path

import msgspec

from efficoder import sources
from efficoder.judging.trial import Trial
from efficoder.languages.identity import candidate_id
from efficoder.languages.python.extract import extract
from efficoder.languages.python.mutants import mutants
from efficoder.sandbox import Sandbox
from efficoder.sources import SourceRow
from efficoder.testgen.checks.settle import disputed, settle
from efficoder.types import Candidate, Script, Task

Job = tuple[SourceRow, dict[str, str], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("samples", type=Path)
    parser.add_argument("--models", type=int, default=6)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    replies: dict[str, dict[str, str]] = defaultdict(dict)
    with gzip.open(options.samples, "rt") if options.samples.suffix == ".gz" else options.samples.open() as file:
        for sample in map(json.loads, file):
            replies[sample["task_id"]].setdefault(sample["model"], sample["solution"])
    rows = [row for row in sources.read(options.source) if row.task.reference and row.tests.checks]
    jobs = [
        (row, replies[row.task.id], options.models)
        for row in rows[:: options.every]
        if not isinstance(row.task.interface, Script)
    ]
    cost, catch = Counter[int](), Counter[int]()
    mutated = 0
    with multiprocessing.Pool(options.workers) as pool:
        for name, true, planted in pool.imap_unordered(run, jobs):
            if any(true.values()):
                print(f"{name}: the true reference is disputed: {true}", flush=True)
            cost.update(number for number, found in true.items() if found)
            catch.update(number for number, found in planted.items() if found)
            mutated += bool(planted)
    for number in range(2, options.models + 1):
        print(f"{number} models: {cost[number]} of {len(jobs)} true, {catch[number]} of {mutated} mutants disputed")


def run(job: Job) -> tuple[str, dict[int, bool], dict[int, bool]]:
    row, replies, most = job
    task = msgspec.structs.replace(row.task, vouched=False)
    codes = {model: code for model, reply in replies.items() if (code := extract(reply, task).code) is not None}
    with Sandbox() as sandbox:
        true = questioned(sandbox, task, row, codes, most)
        trial = Trial(sandbox, task)
        truth = settle(trial, row.tests.checks, {}).checks
        for mutant in mutants(task.reference or "", 20, 1):
            outputs = trial.each(mutant.code, [check.input for check in truth])
            if None not in outputs and not all(trial.fits(truth, outputs)):
                wrong = msgspec.structs.replace(task, reference=mutant.code)
                return task.id, true, questioned(sandbox, wrong, row, codes, most)
    return task.id, true, {}


def questioned(sandbox: Sandbox, task: Task, row: SourceRow, codes: dict[str, str], most: int) -> dict[int, bool]:
    """By number of models: is the task disputed?"""
    trial = Trial(sandbox, task)
    settled = settle(trial, row.tests.checks, {})
    found: dict[int, bool] = {}
    for number in range(2, most + 1):
        authors: dict[str, list[str]] = {}
        candidates: dict[str, Candidate] = {}
        for model in sorted(codes)[:number]:
            key = candidate_id(task.id, codes[model], task.language)
            authors.setdefault(key, []).append(model)
            candidates[key] = Candidate(id=key, task_id=task.id, code=codes[model])
        found[number] = bool(disputed(trial, settled.checks, list(candidates.values()), authors))
    return found


if __name__ == "__main__":
    main()
