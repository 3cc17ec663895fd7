"""check: is each candidate right? One job a task: its reference is timed first, so that "too slow" means the same
for every machine and every load on it. Passing the checks, a candidate must also be right on the loads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from efficoder.config import CheckConfig
from efficoder.judging.judge import TOO_LARGE, Terms, judge, matches, terms, tests_hash
from efficoder.languages import python
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.sandbox import Limits, Sandbox
from efficoder.store import Store
from efficoder.types import Candidate, Record, Task, TaskTests, Verdict

LIMIT_LEAST_S = 1.0
"""A candidate gets never less: below it noise and start-up decide."""


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
        held_to = terms_of(sandbox, payload.task, payload.tests, self.config)
        # Once for all: of a thousand checks it takes as long as running them.
        judged_by = tests_hash(payload.tests.checks + payload.tests.loads)
        verdicts = (check_one(sandbox, payload.task, each, payload.tests, held_to) for each in payload.candidates)
        return [msgspec.structs.replace(verdict, tests_hash=judged_by) for verdict in verdicts]


def terms_of(sandbox: Sandbox, task: Task, tests: TaskTests, config: CheckConfig) -> Terms:
    """What the candidates of a task are held to, by the reference's own time where there is one."""
    most = Limits(cpu_s=config.cpu_s, wall_s=config.cpu_s * 4, memory_bytes=config.memory_mb << 20)
    return terms(sandbox, task, tests.checks, most, LIMIT_LEAST_S)


def check_one(sandbox: Sandbox, task: Task, candidate: Candidate, tests: TaskTests, held_to: Terms) -> Verdict:
    """The verdict by checks and loads. A load that takes too long, too much memory or too deep a recursion leaves a
    candidate right: it has a censored time, or none."""
    verdict = judge(sandbox, task, candidate, held_to)
    if verdict.outcome != "passed" or verdict.trust == "script":
        return verdict
    program = python.program(task, candidate.code)
    for index, load in enumerate(tests.loads, len(tests.checks)):
        outcome = sandbox.run(program, [load.input], held_to.limits)
        if outcome.ended in {"timeout", "memory"} or outcome.detail.startswith(TOO_LARGE):
            continue
        if outcome.ended == "finished" and all(matches(sandbox, [load], outcome.outputs)):
            continue
        failed = "wrong" if outcome.ended == "finished" else "error"
        detail = f"on load {index - len(tests.checks)} (size {load.size}): {outcome.detail or 'another output'}"
        return msgspec.structs.replace(verdict, outcome=failed, first_failure=index, detail=detail)
    return verdict
