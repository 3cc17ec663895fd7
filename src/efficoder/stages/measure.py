"""measure: how fast and how lean is each right candidate? One task's candidates race in one worker, in interleaved
rounds; then the winner meets the baseline again in a second zygote (race.py has the method)."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from efficoder.config import MeasureConfig
from efficoder.judging.judge import tests_hash
from efficoder.judging.race import confirm, race
from efficoder.metrics.ranking import rank
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.types import Candidate, Record, Script, Task, TaskTests, TestCase, Verdict


class _Payload(msgspec.Struct, frozen=True):
    task: Task
    loads: tuple[TestCase, ...]
    candidates: list[Candidate]
    baseline: str


@dataclass(frozen=True, slots=True)
class Measure:
    config: MeasureConfig
    name: str = "measure"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            tests = store.tests(task.id)
            right, loads = right_candidates(store, task.id), timed_inputs(task, tests)
            if right and loads and (tests.loads or self.config.no_signal):
                known = (self.config, task.interface, tests_hash(loads), sorted(c.id for c in right))
                yield Job(task.id, fingerprint(*known))

    def pack(self, store: Store, job: Job) -> _Payload:
        task = store.get(Task, job.id)
        assert task is not None
        right = right_candidates(store, task.id)
        return _Payload(task, timed_inputs(task, store.tests(task.id)), right, baseline(task, right).id)

    def do(self, payload: _Payload, sandbox: Sandbox) -> list[Record]:
        """The race, and the confirmation when something else than the baseline came first."""
        by_id = {candidate.id: candidate for candidate in payload.candidates}
        keep = frozenset({payload.baseline})
        rows = race(sandbox, payload.task, payload.candidates, payload.loads, self.config, keep=keep)
        ranking = rank(rows, by_id)
        if self.config.confirm and ranking and ranking[0].candidate_id != payload.baseline:
            winner, base = by_id[ranking[0].candidate_id], by_id[payload.baseline]
            rows += confirm(sandbox, payload.task, winner, base, payload.loads, self.config)
        return list(rows)


def right_candidates(store: Store, task_id: str) -> list[Candidate]:
    passed = {verdict.candidate_id for verdict in store.all(Verdict, task_id) if verdict.outcome == "passed"}
    return [candidate for candidate in store.candidates(task_id) if candidate.id in passed]


def timed_inputs(task: Task, tests: TaskTests) -> tuple[TestCase, ...]:
    """What a task's candidates are timed on: its loads, and where it has none the inputs of its checks, looped.

    Script tests are not timed: their time is the test code's as much as the candidate's.
    """
    known = tuple(check for check in tests.checks if check.expected is not None)
    return () if isinstance(task.interface, Script) else tests.loads or known


def baseline(task: Task, right: list[Candidate]) -> Candidate:
    """What gains are measured against: the reference where it is right, else the first correct candidate."""
    return next((candidate for candidate in right if candidate.code == task.reference), right[0])
