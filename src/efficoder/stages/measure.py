"""measure: how fast and how lean is each right candidate? One task's candidates race in one worker, in interleaved
rounds; then the winner meets the baseline again in a second zygote (judging/race.py has the method)."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from efficoder.config import MeasureConfig
from efficoder.judging.judge import tests_hash
from efficoder.judging.race import confirm, race
from efficoder.metrics.ranking import rank
from efficoder.pipeline.run import run_stage
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Work
from efficoder.sandbox import Sandbox
from efficoder.store import Store, baseline, right_candidates, timed_inputs
from efficoder.types import Candidate, Record, Task, TestCase


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
        task = store.task(job.id)
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


def measure_step(work: Work) -> None:
    run_stage(Measure(work.config.measure), work.store, work.config.run, work.console, max_failed=work.scope.max_failed)
