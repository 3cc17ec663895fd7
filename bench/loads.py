"""How good are the tests write_tests makes? Prints what the loads show, kill scores, and which programs they fail.

    python bench/loads.py FORMAT:PATH [--samples FILE] [--held-out N] [--every N] [--only-loads] [--dump FILE]

The samples file holds recorded completions: JSON lines with task_id and solution, .gz or not. With ``--held-out N``
write_tests sees only the first N checks of a task; a program that fails what it made of them and passes all the
others is a likely false alarm.
"""

import argparse
import gzip
import json
import multiprocessing
import resource
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean

import msgspec

from efficoder import sources
from efficoder.config import WriteTestsConfig
from efficoder.judging.judge import Terms, judge
from efficoder.judging.trial import Trial
from efficoder.languages.identity import candidate_id
from efficoder.languages.python.extract import extract
from efficoder.sandbox import Limits, Sandbox
from efficoder.sources import SourceRow
from efficoder.testgen.checks.settle import settle
from efficoder.testgen.writer import WrittenTests, write_tests
from efficoder.types import Candidate, Task, TestCase, Verdict

LIMITS = Limits(cpu_s=2.0, wall_s=20.0)


@dataclass(frozen=True)
class Alarm:
    """A program that passes what was given and fails what was made."""

    task: str
    held_out: str
    """Its verdict by the checks write_tests did not see; empty without any."""
    outcome: str
    detail: str
    code: str


@dataclass
class Result:
    id: str
    written: WrittenTests
    given: int
    wall_s: float
    cpu_s: float
    passed: int = 0
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def load_bytes(self) -> int:
        return sum(len(load.input) + len(load.expected or "") for load in self.written.tests.loads)


@dataclass(frozen=True)
class Job:
    row: SourceRow
    replies: list[str]
    held_out: int | None
    config: WriteTestsConfig


def main() -> None:
    args = arguments()
    samples = read_samples(args.samples) if args.samples else {}
    rows = list(sources.read(args.source))[:: args.every]
    config = WriteTestsConfig(grow=0, mutants=0) if args.only_loads else WriteTestsConfig()
    jobs = [Job(row, samples.get(row.task.id, []), args.held_out, config) for row in rows]
    started, results = time.monotonic(), []
    with multiprocessing.Pool(args.workers) as pool:
        for result in pool.imap_unordered(run, jobs):
            results.append(result)
            print(line(result), flush=True)
    print(summary(results, time.monotonic() - started))
    if args.dump:
        args.dump.write_text("".join(json.dumps(asdict(alarm)) + "\n" for r in results for alarm in r.alarms))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--held-out", type=int)
    parser.add_argument("--every", type=int, default=1, help="only each Nth task")
    parser.add_argument("--only-loads", action="store_true", help="no mutants, no grown checks")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--dump", type=Path, help="the programs failed, as JSON lines")
    return parser.parse_args()


def read_samples(path: Path) -> dict[str, list[str]]:
    text = path.read_bytes()
    found: dict[str, list[str]] = defaultdict(list)
    for row in (gzip.decompress(text) if path.suffix == ".gz" else text).splitlines():
        sample = json.loads(row)
        found[str(sample["task_id"])].append(sample["solution"])
    return found


def candidates_of(task: Task, replies: list[str]) -> list[Candidate]:
    codes = filter(None, (extract(reply, task).code for reply in replies))
    found = {candidate_id(task.id, code, task.language): code for code in codes}
    return [Candidate(id=name, task_id=task.id, code=code) for name, code in found.items()]


def run(job: Job) -> Result:
    task, tests = job.row.task, job.row.tests
    given = tests if job.held_out is None else msgspec.structs.replace(tests, checks=tests.checks[: job.held_out])
    candidates = candidates_of(task, job.replies)
    began, before = time.monotonic(), cpu_s()
    with Sandbox() as sandbox:
        written = write_tests(sandbox, task, given, job.config, 0)
    result = Result(task.id, written, len(given.checks), time.monotonic() - began, cpu_s() - before)
    if written.drop is None and candidates and job.config.grow:
        with Sandbox() as sandbox:
            unseen = tests.checks[len(given.checks) :]
            look(sandbox, task, candidates, {check.input for check in given.checks}, unseen, result)
    return result


def look(
    sandbox: Sandbox,
    task: Task,
    candidates: list[Candidate],
    given: set[str],
    unseen: tuple[TestCase, ...],
    result: Result,
) -> None:
    """Which programs pass the given checks and fail the made ones, and what the unseen ones say of them."""

    def verdict(candidate: Candidate, checks: tuple[TestCase, ...]) -> Verdict:
        return judge(sandbox, task, candidate, Terms(checks, LIMITS, children_s=(0.0,) * 4))

    checks = result.written.tests.checks
    seen = tuple(check for check in checks if check.input in given)
    made = tuple(check for check in checks if check.input not in given)
    for candidate in candidates:
        if verdict(candidate, seen).outcome != "passed":
            continue
        result.passed += 1
        found = verdict(candidate, made)
        if found.outcome != "passed":
            truth = tuple(settle(Trial(sandbox, task), unseen, {}).checks) if unseen else ()
            held_out = verdict(candidate, truth).outcome if truth else ""
            result.alarms.append(Alarm(task.id, held_out, found.outcome, found.detail, candidate.code))


def cpu_s() -> float:
    """CPU time of this process and of all its ended children: a closed sandbox counts."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def line(result: Result) -> str:
    facts, drop = result.written.facts, result.written.drop
    if drop:
        return f"{result.id:<24} dropped: {drop.reason}: {drop.detail[:150]}"
    size = max((load.size or 0 for load in result.written.tests.loads), default=0)
    slope = f"{facts.slope.value:.2f}" if facts.slope else "-"
    return "  ".join(
        (
            f"{result.id:<24} checks {result.given}->{len(result.written.tests.checks)}",
            f"lost {result.written.tests.lost}",
            f"kill {facts.killed_before}/{facts.killed_after}/{facts.mutants} (= {facts.equivalent})",
            f"load {facts.load_s * 1e3:.1f} ms size {size} slope {slope}",
            f"{result.load_bytes >> 10} kB",
            f"{result.wall_s:.1f} s wall {result.cpu_s:.1f} s CPU",
            f"failed {len(result.alarms)}/{result.passed} {'; '.join(facts.generator_problems)[:100]}",
        )
    )


def summary(results: list[Result], wall_s: float) -> str:
    kept = [result for result in results if not result.written.drop]
    facts = [result.written.facts for result in kept]
    scores = [(f.kill_before, f.kill_after) for f in facts if f.kill_before is not None and f.kill_after is not None]
    alarms = [alarm for result in results for alarm in result.alarms]
    likely_false = [alarm for alarm in alarms if alarm.held_out == "passed"]
    reasons = Counter(result.written.drop.reason for result in results if result.written.drop)
    out = [f"\n{len(results)} tasks, {len(results) - len(kept)} dropped {dict(reasons)}, {wall_s:.0f} s wall"]
    out += [f"{sum(result.cpu_s for result in results):.0f} s CPU in write_tests"]
    for limit_s in (0.01, 0.05):
        out.append(f"a load of {limit_s * 1e3:.0f} ms: {sum(f.load_s >= limit_s for f in facts)}")
    if scores:
        before, after = (fmean(column) for column in zip(*scores, strict=True))
        out.append(f"kill score, mean over {len(scores)} tasks: {before:.3f} -> {after:.3f}")
    with_loads = [result for result in kept if result.written.tests.loads]
    shipped = sum(any(load.origin == "shipped_load" for load in r.written.tests.loads) for r in with_loads)
    signal = sum(f.signal for f in facts)
    out.append(f"with a load {len(with_loads)}, of them as shipped data {shipped}; signal on {signal}")
    out.append(f"checks grown {sum(f.grown for f in facts)}")
    out.append(f"loads stored {sum(result.load_bytes for result in results) >> 20} MB")
    out.append(
        f"programs that pass the given checks {sum(result.passed for result in results)}, fail ours {len(alarms)}"
    )
    out.append(f"  and pass all held-out checks: {len(likely_false)} in {len({a.task for a in likely_false})} tasks")
    return "\n".join(out)


if __name__ == "__main__":
    main()
