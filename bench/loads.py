"""How good are the tests write_tests makes? Prints what the loads show, kill scores, and false alarms.

    python bench/loads.py SOURCE [--samples FILE] [--every N] [--dump DIR]

SOURCE is ``FORMAT:PATH``; FILE holds recorded completions (JSON lines with task_id and solution).
"""

import argparse
import gzip
import json
import multiprocessing
import resource
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from efficoder import sources
from efficoder.code import candidate_id, extract
from efficoder.config import WriteTestsConfig
from efficoder.judge import judge
from efficoder.sandbox import Limits, Sandbox
from efficoder.stages.write_tests import write_tests
from efficoder.types import Candidate, Task


def main() -> None:
    args = _arguments()
    samples = _samples(args.samples) if args.samples else {}
    rows = [row for row in sources.read(args.source) if not args.only or row.task.id in args.only][:: args.every]
    started = time.monotonic()
    with multiprocessing.Pool(args.workers) as pool:
        done = []
        for result in pool.imap_unordered(_one, [(row, samples.get(row.task.id, []), args.held_out) for row in rows]):
            done.append(result)
            print(_line(result), flush=True)
    _summary(done, time.monotonic() - started)
    if args.dump:
        args.dump.write_text("\n".join(json.dumps(case) for result in done for case in result["alarms"]))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only each Nth task")
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--dump", type=Path, help="cases that fail ours and pass the shipped tests, as JSON lines")
    parser.add_argument("--held-out", type=int, help="give write_tests only the first N checks; the others judge it")
    return parser.parse_args()


def _samples(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else path.open()
    with opened as lines:
        for line in lines:
            sample = json.loads(line)
            found[str(sample["task_id"])].append(sample["solution"])
    return found


def _candidates(task: Task, replies: list[str]) -> list[Candidate]:
    found = {}
    for reply in replies:
        code = extract(reply, task).code
        if code:
            candidate = Candidate(id=candidate_id(task.id, code), task_id=task.id, code=code)
            found[candidate.id] = candidate
    return list(found.values())


def _one(job: tuple[Any, list[str], int | None]) -> dict[str, Any]:
    row, replies, held_out = job
    task, tests = row.task, row.tests
    given = tests if held_out is None else _cut(tests, held_out)
    began, before = time.monotonic(), _cpu_s()
    with Sandbox() as sandbox:
        candidates = _candidates(task, replies)
        written = write_tests(sandbox, task, given, candidates, WriteTestsConfig(), 0)
        result: dict[str, Any] = {
            "id": task.id,
            "facts": written.facts,
            "drop": written.drop,
            "checks": len(written.tests.checks),
            "given": len(given.checks),
            "load_bytes": sum(len(load.input) + len(load.expected or "") for load in written.tests.loads),
            "wall_s": time.monotonic() - began,
            "cpu_s": 0.0,
            "alarms": [],
            "passed": 0,
        }
        if written.drop is None and candidates:
            _judge(sandbox, task, tests, given, written, candidates, result)
    result["cpu_s"] = _cpu_s() - before
    return result


def _cpu_s() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def _cut(tests: Any, count: int) -> Any:
    import msgspec

    return msgspec.structs.replace(tests, checks=tests.checks[:count])


def _judge(sandbox: Any, task: Task, tests: Any, given: Any, written: Any, candidates: Any, result: Any) -> None:
    """Who passes what write_tests was given and fails what it made; with held-out checks, whether those agree."""
    import msgspec

    limits = Limits(cpu_s=2, wall_s=8)
    settled = {check.input for check in given.checks}
    own = [check for check in written.tests.checks if check.input not in settled]
    kept = [check for check in written.tests.checks if check.input in settled]
    for candidate in candidates:
        first = judge(sandbox, task, candidate, msgspec.structs.replace(written.tests, checks=tuple(kept)), limits)
        if first.outcome != "passed":
            continue
        result["passed"] += 1
        second = judge(sandbox, task, candidate, msgspec.structs.replace(written.tests, checks=tuple(own)), limits)
        if second.outcome == "passed":
            continue
        truth = None
        if len(tests.checks) > len(given.checks):
            from efficoder.loads.settle import settle
            from efficoder.loads.trial import Trial

            if "_full" not in result:
                result["_full"] = settle(Trial(sandbox, task), tests.checks, []).checks
            full = msgspec.structs.replace(written.tests, checks=tuple(result["_full"]))
            truth = judge(sandbox, task, candidate, full, limits).outcome
        result["alarms"].append(
            {
                "task": task.id,
                "held_out": truth,
                "outcome": second.outcome,
                "detail": second.detail,
                "code": candidate.code,
            }
        )
    result.pop("_full", None)


def _line(result: dict[str, Any]) -> str:
    facts = result["facts"]
    if result["drop"]:
        return f"{result['id']:<24} dropped: {result['drop'].reason}: {result['drop'].detail[:150]}"
    slope = f"{facts.slope.value:.2f}" if facts.slope else "-"
    return (
        f"{result['id']:<24} voters {facts.voters} checks {result['given']}->{result['checks']} unsettled {facts.unsettled} "
        f"kill {facts.killed_before}/{facts.killed_after}/{facts.mutants}(={facts.equivalent}) "
        f"load {facts.load_s * 1e3:.1f} ms slowest {facts.slowest_s * 1e3:.1f} size {facts.curve[-1].size if facts.curve else 0} "
        f"slope {slope} {result['load_bytes'] >> 10} kB refused {facts.loads_refused} "
        f"{result['wall_s']:.1f} s wall {result['cpu_s']:.1f} s CPU alarms {len(result['alarms'])}/{result['passed']} {facts.generator_problems[:1]}"
    )


def _summary(done: list[dict[str, Any]], wall_s: float) -> None:
    facts = [result["facts"] for result in done if not result["drop"]]
    print(f"\n{len(done)} tasks, {len(done) - len(facts)} dropped, {wall_s:.0f} s wall")
    for limit in (0.01, 0.05):
        own = sum(fact.load_s >= limit for fact in facts)
        slowest = sum(fact.slowest_s >= limit for fact in facts)
        print(f"a load of {limit * 1e3:.0f} ms: reference {own}, slowest correct program {slowest}")
    before = [fact.kill_before for fact in facts if fact.kill_before is not None]
    after = [fact.kill_after for fact in facts if fact.kill_after is not None]
    if before:
        print(f"kill score, mean over tasks: {sum(before) / len(before):.3f} -> {sum(after) / len(after):.3f}")
    print(f"checks grown {sum(fact.grown for fact in facts)}, unsettled {sum(fact.unsettled for fact in facts)}")
    print(f"stored loads {sum(result['load_bytes'] for result in done) >> 20} MB")
    passed, alarms = sum(r["passed"] for r in done), [alarm for r in done for alarm in r["alarms"]]
    print(f"programs passing the given checks {passed}, of them failing ours {len(alarms)}")
    if any(alarm["held_out"] for alarm in alarms):
        wrong = [alarm for alarm in alarms if alarm["held_out"] == "passed"]
        print(f"  of those pass all held-out checks: {len(wrong)} in {len({a['task'] for a in wrong})} tasks")


if __name__ == "__main__":
    main()
