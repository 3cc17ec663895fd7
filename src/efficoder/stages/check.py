"""check: is each candidate right? There is one job per task. Its reference is timed first, so that "too slow" means the
same on every machine, however busy. A candidate that passes the checks must also be right on the loads. Candidates that
come later are judged alone: no other has a say in their verdict.

What the reference needs for the same tests on the same machine is kept in the bank: the next model's samples then do
not wait for it.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from efficoder.config import CheckConfig, RunConfig
from efficoder.judging.judge import Effort, tests_hash
from efficoder.judging.right_or_wrong import REVISION, ToJudge, most_of, terms_of
from efficoder.pipeline.run_stage import placed
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Work
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.testgen.bank import Bank, opened, without_effort
from efficoder.types import Candidate, Record, Task, TaskTests, Verdict

_LITTLE_S = 0.01


@dataclass(frozen=True, slots=True)
class Check:
    config: CheckConfig
    bank: Bank | None = None
    run: RunConfig = field(default_factory=RunConfig)
    name: str = "check"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            candidates = store.candidates(task.id)
            if candidates:
                tests = store.tests(task.id)
                cost = len(candidates) * self._reference_s(task, tests)
                yield Job(task.id, self._judged_on(task, tests_hash(tests.judged), candidates), cost)

    def _judged_on(self, task: Task, judged_by: str, candidates: Sequence[Candidate]) -> str:
        return fingerprint(REVISION, self.config, task.interface, judged_by, sorted(each.id for each in candidates))

    def known(self, store: Store, job: Job) -> None:
        """Candidates are always judged."""

    def pack(self, store: Store, job: Job) -> ToJudge:
        task, tests = store.task(job.id), store.tests(job.id)
        return ToJudge(task, tests, self._not_judged(store, job, task, tests), self._effort(task, tests))

    def _not_judged(self, store: Store, job: Job, task: Task, tests: TaskTests) -> list[Candidate]:
        """The candidates that came since the task's others were judged, where that was on what counts now; else all."""
        candidates, verdicts = store.candidates(task.id), store.all(Verdict, task.id)
        judged = {verdict.candidate_id for verdict in verdicts}
        before = [each for each in candidates if each.id in judged]
        if not before:
            return candidates
        judged_by = tests_hash(tests.judged)
        now, then = (
            placed(Job(task.id, self._judged_on(task, judged_by, some)), self.run).fingerprint
            for some in (candidates, before)
        )
        if (now, then) != (job.fingerprint, store.done_on(self.name, task.id)):
            return candidates
        return [each for each in candidates if each.id not in judged]

    def _effort(self, task: Task, tests: TaskTests) -> Effort | None:
        return self.bank.find_effort(task, tests, most_of(self.config)) if self.bank else None

    def _reference_s(self, task: Task, tests: TaskTests) -> float:
        """What the reference takes, or so little that the number of candidates decides."""
        effort = self._effort(task, tests)
        return _LITTLE_S + (math.fsum(effort.children_s) if effort else 0.0)

    def do(self, payload: ToJudge, sandbox: Sandbox) -> list[Record]:
        task, tests = payload.task, payload.tests
        held_to = terms_of(sandbox, task, tests, self.config, payload.effort)
        # Once for all: of a thousand checks it takes as long as running them.
        judged_by = tests_hash(tests.judged)
        verdicts = payload.verdicts(sandbox, task, held_to)
        rows = [msgspec.structs.replace(verdict, tests_hash=judged_by) for verdict in verdicts]
        reference = {each.id for each in payload.candidates if each.code == task.reference}
        proved = any(
            row.candidate_id in reference and row.outcome == "passed" and row.unanswered is None for row in rows
        )
        if self.bank is None or payload.effort is not None or not proved:
            return list[Record](rows)
        return [*rows, Effort(task_id=task.id, children_s=held_to.children_s)]

    def keep(self, store: Store, job: Job, rows: list[Record]) -> list[Record]:
        if self.bank is None:
            return rows
        return without_effort(self.bank, store.task(job.id), store.tests(job.id), most_of(self.config), rows)


def check_step(work: Work) -> None:
    bank = opened(work.store, work.config.run)
    work.run(Check(work.config.check, bank, work.config.run))
    if bank is not None:
        bank.warn(work.console)
