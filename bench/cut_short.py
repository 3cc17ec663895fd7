"""Is it noticed when a program does no work on large inputs? Mutants that answer by a constant above a size.

    python bench/cut_short.py FORMAT:PATH [--every N] [--limit N] [--workers N] [--grow N]

Tests are written for each task as in a run (``--grow 0``: as in an evaluation); three mutants are planted in the
reference, each honest up to another size. ``before`` judges them by checks and loads alone, ``after`` by guards and
ladder as well. ``constant``: the tests themselves say that no gain may be claimed. Prints each other mutant that
passes after.
"""

import argparse
import itertools
import multiprocessing
import time
from dataclasses import dataclass, field

import msgspec

from efficoder import sources
from efficoder.config import CheckConfig, WriteTestsConfig
from efficoder.judging.right_or_wrong import check_one, terms_of
from efficoder.judging.trial import Trial
from efficoder.languages.identity import candidate_id
from efficoder.sandbox import Sandbox
from efficoder.sources import SourceRow
from efficoder.testgen.checks.cut_short import planted
from efficoder.testgen.writer import write_tests
from efficoder.types import Candidate, Script


@dataclass
class Result:
    task: str
    dropped: str = ""
    constant: str = ""
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cases: tuple[int, int, int] = (0, 0, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--grow", type=int, default=60)
    options = parser.parse_args()
    rows = [row for row in sources.read(options.source) if row.task.reference and row.tests.checks]
    rows = [row for row in rows if not isinstance(row.task.interface, Script)][:: options.every]
    jobs = [(row, options.grow) for row in itertools.islice(rows, options.limit)]
    results: list[Result] = []
    with multiprocessing.Pool(options.workers) as pool:
        for result in pool.imap_unordered(run, jobs):
            results.append(result)
            guards, ladder, loads = result.cases
            print(
                f"{result.task}: {result.dropped or result.constant or 'differing answers'}; loads {loads}, guards "
                f"{guards}, ladder {ladder}; before {result.before}, after {result.after}; {result.seconds:.1f} s",
                flush=True,
            )
            for code in result.passed:
                print(f"PASSED: {result.task}\n{code}", flush=True)
    kept = [result for result in results if not result.dropped and result.after]
    for words, chosen in (
        ("differing answers", [result for result in kept if not result.constant]),
        ("constant answers", [result for result in kept if result.constant]),
    ):
        for when in ("before", "after"):
            outcomes = [outcome for result in chosen for outcome in getattr(result, when)]
            caught = sum(outcome != "passed" for outcome in outcomes)
            print(f"{words}: {len(chosen)} tasks, {when}: {caught} of {len(outcomes)} mutants noticed")
    print(f"{len(results)} tasks, {len(results) - len(kept)} without a mutant or left out")


def run(job: tuple[SourceRow, int]) -> Result:
    row, grow = job
    task, result, began = row.task, Result(row.task.id), time.monotonic()
    with Sandbox() as sandbox:
        written = write_tests(sandbox, task, row.tests, WriteTestsConfig(grow=grow, mutants=0), seed=0)
        result.seconds = time.monotonic() - began
        if written.drop is not None:
            result.dropped = f"{written.drop.reason}: {written.drop.detail}"
            return result
        tests = written.tests
        result.constant = tests.constant
        result.cases = len(tests.untimed), len(tests.ladder), len(tests.loads)
        bare = msgspec.structs.replace(tests, untimed=(), ladder=())
        held_to = terms_of(sandbox, task, tests, CheckConfig())
        for mutant in planted(Trial(sandbox, task), tests.checks, tests.loads):
            candidate = Candidate(
                id=candidate_id(task.id, mutant.code, task.language), task_id=task.id, code=mutant.code
            )
            result.before.append(check_one(sandbox, task, candidate, bare, held_to).outcome)
            result.after.append(check_one(sandbox, task, candidate, tests, held_to).outcome)
            if result.after[-1] == "passed" and not tests.constant:
                result.passed.append(mutant.code)
    return result


if __name__ == "__main__":
    main()
