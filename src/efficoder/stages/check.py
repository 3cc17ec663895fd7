"""check: is each candidate right? One job a task: its reference is timed first, so that "too slow" means the same
for every machine and every load on it. Passing the checks, a candidate must also be right on the loads.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from efficoder.code import syntax
from efficoder.config import CheckConfig
from efficoder.judge import TOO_LARGE, judge, matches, tests_hash
from efficoder.languages import python
from efficoder.pipeline import Job, fingerprint
from efficoder.sandbox import Limits, Sandbox
from efficoder.store import Store
from efficoder.types import Candidate, Record, Stdio, Task, TaskTests, Verdict

LIMIT_FACTOR = 20.0
"""A candidate may take this many times the reference's CPU time on the checks (COFFE allows 10, EvalPerf 4) ..."""
LIMIT_LEAST_S = 1.0
"""... and never less than this: below it noise and start-up decide."""
_REFUSALS = 4
_RAISED = re.compile(r"(\w+)\b.* \(line (\d+)\)", re.DOTALL)


class _Payload(msgspec.Struct, frozen=True):
    task: Task
    tests: TaskTests
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class Check:
    config: CheckConfig
    name: str = "check"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            candidates = store.candidates(task.id)
            if candidates:
                tests = store.tests(task.id)
                cases = tests_hash(tests.checks + tests.loads)
                known = (self.config, task.interface, cases, sorted(c.id for c in candidates))
                yield Job(task.id, fingerprint(*known))

    def pack(self, store: Store, job: Job) -> _Payload:
        task = store.get(Task, job.id)
        assert task is not None
        tests = store.tests(task.id)
        return _Payload(task, tests, store.candidates(task.id))

    def do(self, payload: _Payload, sandbox: Sandbox) -> list[Record]:
        limits = limits_for(sandbox, payload.task, payload.tests, self.config)
        # Once for all: of a thousand checks it takes as long as running them.
        judged_by = tests_hash(payload.tests.checks + payload.tests.loads)
        verdicts = (check_one(sandbox, payload.task, each, payload.tests, limits) for each in payload.candidates)
        return [msgspec.structs.replace(verdict, tests_hash=judged_by) for verdict in verdicts]


def limits_for(sandbox: Sandbox, task: Task, tests: TaskTests, config: CheckConfig) -> Limits:
    """What one child may take, from the reference's own time on these checks where there is one."""
    most = Limits(cpu_s=config.cpu_s, wall_s=config.cpu_s * 4, memory_bytes=config.memory_mb << 20)
    if task.reference is None or not tests.checks:
        return most
    inputs = [case.input for case in tests.checks]
    program = python.program(task, task.reference)
    # A Stdio child runs one check: the slowest one is what counts.
    groups = [[item] for item in inputs] if isinstance(task.interface, Stdio) else [inputs]
    needed = max(sandbox.run(program, group, most).cpu_s for group in groups)
    cpu_s = min(config.cpu_s, max(LIMIT_LEAST_S, LIMIT_FACTOR * needed))
    return msgspec.structs.replace(most, cpu_s=cpu_s, wall_s=cpu_s * 4)


def check_one(sandbox: Sandbox, task: Task, candidate: Candidate, tests: TaskTests, limits: Limits) -> Verdict:
    """The verdict by checks and loads. A load that takes too long, too much memory or too deep a recursion, or that the
    candidate refuses, leaves it right: it has a censored time, or none. Grown checks that it refuses do not count."""
    verdict = _by_checks(sandbox, task, candidate, tests, limits)
    if verdict.outcome != "passed" or verdict.trust == "script":
        return verdict
    program = python.program(task, candidate.code)
    for index, load in enumerate(tests.loads, len(tests.checks)):
        outcome = sandbox.run(program, [load.input], limits)
        if outcome.ended in {"timeout", "memory"} or outcome.detail.startswith(TOO_LARGE):
            continue
        if outcome.ended == "error" and _refuses(candidate, outcome.detail):
            continue
        if outcome.ended == "finished" and all(matches(sandbox, [load], outcome.outputs)):
            continue
        failed = "wrong" if outcome.ended == "finished" else "error"
        detail = f"on load {index - len(tests.checks)} (size {load.size}): {outcome.detail or 'another output'}"
        return msgspec.structs.replace(verdict, outcome=failed, first_failure=index, detail=detail)
    return verdict


def _by_checks(sandbox: Sandbox, task: Task, candidate: Candidate, tests: TaskTests, limits: Limits) -> Verdict:
    """Without the grown checks that it refuses; if those are many, without any."""
    checks = list(tests.checks)
    for _ in range(_REFUSALS):
        verdict = judge(sandbox, task, candidate, msgspec.structs.replace(tests, checks=tuple(checks)), limits)
        at = verdict.first_failure
        if verdict.outcome != "error" or at is None or checks[at].origin != "grown":
            return verdict
        if not _refuses(candidate, verdict.detail):
            return verdict
        del checks[at]
    return judge(sandbox, task, candidate, msgspec.structs.replace(tests, checks=tests.own_checks), limits)


def _refuses(candidate: Candidate, detail: str) -> bool:
    """Did it end with an error that it raises itself, on that line (seen: "Base must be between 2 and 9")? Whether the
    task means the input is then in doubt; an error that merely happens is a fault."""
    found = _RAISED.fullmatch(detail)
    return found is not None and found[1] in syntax.raised(candidate.code, int(found[2]))
