"""measure: how fast and how lean is each right candidate? One task's candidates race in one worker, in interleaved
rounds; then the winner meets the baseline again in a second zygote (judging/race.py has the method)."""

from collections.abc import Iterator
from dataclasses import dataclass

from efficoder.config import MeasureConfig
from efficoder.judging.judge import tests_hash
from efficoder.judging.race import Contest, confirm, race
from efficoder.metrics.ranking import rank
from efficoder.pipeline.run_stage import run_stage
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Work
from efficoder.sandbox import Sandbox
from efficoder.store import Store, baseline, right_candidates, timed_inputs
from efficoder.types import Record


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

    def pack(self, store: Store, job: Job) -> Contest:
        task, right = store.task(job.id), right_candidates(store, job.id)
        loads = timed_inputs(task, store.tests(task.id))
        return Contest(task, right, loads, keep=frozenset({baseline(task, right).id}))

    def do(self, payload: Contest, sandbox: Sandbox) -> list[Record]:
        """The race, and the confirmation when something else than the baseline came first."""
        rows = race(sandbox, payload, self.config)
        ranking = rank(rows, {candidate.id: candidate for candidate in payload.entrants})
        if self.config.confirm and ranking:
            placed = {place.candidate_id for place in ranking}
            base = baseline(payload.task, [entrant for entrant in payload.entrants if entrant.id in placed]).id
            if ranking[0].candidate_id != base:
                rows += confirm(sandbox, payload, ranking[0].candidate_id, base, self.config)
        return list(rows)


def measure_step(work: Work) -> None:
    run_stage(Measure(work.config.measure), work.store, work.config.run, work.console, max_failed=work.scope.max_failed)
