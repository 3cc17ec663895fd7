"""Can a wrong program pass, and are checks lost? Mutants of each reference, judged as samples are.

    python bench/mutants.py FORMAT:PATH [--mutants N] [--every N] [--workers N]

A mutant counts where some shipped input tells it from the reference. That is asked of the file's own inputs, without
write_tests: all of them, those too that it may have lost. Tests are written for each task as for any sample: no
candidate is among what they are made of, so every mutant is judged as the only sample of its task would be. Prints each
task left out, each mutant that passes, and the counts: checks shipped, used and lost by reason, references that pass.
``--mutants 0`` looks at the checks alone.
"""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

from efficoder import sources
from efficoder.config import CheckConfig, WriteTestsConfig
from efficoder.judging.right_or_wrong import check_one, terms_of
from efficoder.judging.trial import ask, matches
from efficoder.languages import language
from efficoder.languages.identity import candidate_id
from efficoder.sandbox import Limits, Outcome, Sandbox
from efficoder.sources import SourceRow
from efficoder.testgen.writer import write_tests
from efficoder.types import Candidate, Script, Task, TestCase

LIMITS = Limits(cpu_s=2.5, wall_s=20.0)
_FEW, _LONG_S = 2, 2.0  # mutants where the reference takes that long on all inputs: each takes as long
_TRIED = 4  # mutants made for each that is wanted: some are equivalent


@dataclass
class Result:
    task: str
    told: int = 0
    """Mutants that a shipped input tells from the reference."""
    outcomes: Counter[str] = field(default_factory=Counter)
    passed: list[str] = field(default_factory=list)
    dropped: str = ""
    shipped: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    reference: str = ""
    """The reference's own verdict."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--mutants", type=int, default=20)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    rows = [row for row in sources.read(options.source) if row.task.reference and row.tests.checks]
    jobs = [(row, options.mutants) for row in rows[:: options.every] if not isinstance(row.task.interface, Script)]
    total, outcomes, kept, lost = 0, Counter[str](), 0, Counter[str]()
    shipped, references, done = 0, Counter[str](), 0
    with multiprocessing.Pool(options.workers) as pool:
        for result in pool.imap_unordered(run, jobs):
            if result.dropped:
                print(f"{result.task}: left out: {result.dropped}", flush=True)
            for code in result.passed:
                print(f"PASSED: {result.task}\n{code}", flush=True)
            kept += not result.dropped
            shipped += result.shipped
            references[result.reference] += not result.dropped
            total += result.told
            outcomes += result.outcomes
            lost.update(result.lost)
            done += 1
            if done % 20 == 0:
                print(f"{done}/{len(jobs)}: {total} mutants, passed {outcomes['passed']}", file=sys.stderr, flush=True)
    print(f"{options.source}: {len(rows)} tasks with a reference and checks, {len(jobs)} looked at, {kept} kept")
    print(f"checks shipped {shipped}, used {shipped - lost.total()}, lost {dict(lost)}; references {dict(references)}")
    print(f"{total} mutants that a shipped input tells: {dict(outcomes)}; passed {outcomes['passed']}")


def run(job: tuple[SourceRow, int]) -> Result:
    (row, wanted), result = job, Result(job[0].task.id)
    task, shipped = row.task, row.tests.checks
    with Sandbox() as sandbox:
        began = time.monotonic()
        truth = answers(sandbox, task, task.reference or "", shipped) if wanted else []
        wanted = min(wanted, _FEW) if time.monotonic() - began > _LONG_S else wanted
        config = WriteTestsConfig(grow=0, mutants=0, loads=0)
        written = write_tests(sandbox, task, row.tests, config, 0)
        if written.drop is not None:
            result.dropped = f"{written.drop.reason}: {written.drop.detail}"
            return result
        result.lost, result.shipped = written.tests.lost, written.tests.shipped
        held_to = terms_of(sandbox, task, written.tests, CheckConfig())
        own = Candidate(id="reference", task_id=task.id, code=task.reference or "")
        result.reference = check_one(sandbox, task, own, written.tests, held_to).outcome
        for mutant in language(task.language).mutants(task.reference or "", _TRIED * wanted, 0):
            if result.told >= wanted:
                break
            if not told(sandbox, task, shipped, truth, answers(sandbox, task, mutant.code, shipped, patient=False)):
                continue
            result.told += 1
            candidate = Candidate(
                id=candidate_id(task.id, mutant.code, task.language), task_id=task.id, code=mutant.code
            )
            verdict = check_one(sandbox, task, candidate, written.tests, held_to)
            result.outcomes[verdict.outcome] += 1
            if verdict.outcome == "passed":
                result.passed.append(mutant.code)
    return result


def answers(
    sandbox: Sandbox, task: Task, code: str, cases: tuple[TestCase, ...], *, patient: bool = True
) -> list[bytes | Outcome]:
    """Without patience none after the first that takes too long: an endless mutant would cost half a minute."""
    return ask(
        sandbox, language(task.language).program(task, code), [case.input for case in cases], LIMITS, patient=patient
    ).answers


def told(
    sandbox: Sandbox,
    task: Task,
    cases: tuple[TestCase, ...],
    truth: list[bytes | Outcome],
    found: list[bytes | Outcome],
) -> bool:
    """Does the mutant answer otherwise, or fail, where the reference answers?"""
    for case, right, answer in zip(cases, truth, found, strict=False):
        if isinstance(right, Outcome):
            continue
        if isinstance(answer, Outcome):
            if answer.ended == "error":
                return True
            continue  # it may be slow: that is no wrong answer
        known = TestCase(input=case.input, expected=right.decode(), comparison=case.comparison)
        if not all(matches(sandbox, language(task.language).program(task, ""), [known], [answer])):
            return True
    return False


if __name__ == "__main__":
    main()
