"""measure: how fast and how lean is each right candidate, and how does its time grow? One task's candidates race in one
worker, in interleaved rounds; then the winner meets the baseline again in a second zygote (judging/race.py has the
method). Those that the race timed then climb the task's ladder of sizes (judging/growth.py)."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from efficoder.config import MeasureConfig
from efficoder.judging.growth import growth
from efficoder.judging.judge import tests_hash
from efficoder.judging.race import Contest, confirm, race
from efficoder.judging.right_or_wrong import believed, unproved
from efficoder.metrics.ranking import rank
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Work
from efficoder.sandbox import Sandbox
from efficoder.store import Store, baseline, right_candidates, timed_inputs
from efficoder.types import Record, TestCase, Verdict


class ToMeasure(msgspec.Struct, frozen=True):
    """What is raced, and the inputs of growing size."""

    contest: Contest
    ladder: tuple[TestCase, ...]
    doubted: frozenset[str] = frozenset()
    """Ids of entrants that left an input unanswered."""


@dataclass(frozen=True, slots=True)
class Measure:
    config: MeasureConfig
    name: str = "measure"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            tests = store.tests(task.id)
            right, loads = right_candidates(store, task.id), timed_inputs(task, tests)
            if right and loads and (tests.loads or self.config.no_signal):
                ladder = (tests_hash(tests.ladder), [step.size for step in tests.ladder])
                shown = sorted(c.id for c in right), sorted(unproved(store.all(Verdict, task.id)))
                known = (self.config, task.interface, tests_hash(loads), ladder, *shown)
                yield Job(task.id, fingerprint(*known))

    def pack(self, store: Store, job: Job) -> ToMeasure:
        task, right, tests = store.task(job.id), right_candidates(store, job.id), store.tests(job.id)
        contest = Contest(task, right, timed_inputs(task, tests), keep=frozenset({baseline(task, right).id}))
        return ToMeasure(contest, tests.ladder, unproved(store.all(Verdict, task.id)))

    def do(self, payload: ToMeasure, sandbox: Sandbox) -> list[Record]:
        """The race, the confirmation when something else than the baseline came first, and the curves."""
        contest = payload.contest
        rows = believed(race(sandbox, contest, self.config), payload.doubted)
        ranking = rank(rows, {candidate.id: candidate for candidate in contest.entrants})
        placed = {place.candidate_id for place in ranking}
        timed = [entrant for entrant in contest.entrants if entrant.id in placed]
        if self.config.confirm and timed:
            base = baseline(contest.task, timed).id
            if ranking[0].candidate_id != base:
                rows += confirm(sandbox, contest, ranking[0].candidate_id, base, self.config)
        return [*rows, *growth(sandbox, contest.task, timed if payload.ladder else [], payload.ladder)]


def measure_step(work: Work) -> None:
    work.run(Measure(work.config.measure))
