"""check: is each candidate right? There is one job per task. Its reference is timed first, so that "too slow" means the
same on every machine, however busy. A candidate that passes the checks must also be right on the loads.

What the reference needs for the same tests on the same machine is kept in the bank: the next model's samples then do
not wait for it.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from efficoder.config import CheckConfig
from efficoder.judging.judge import Effort, tests_hash
from efficoder.judging.right_or_wrong import REVISION, ToJudge, most_of, terms_of
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Work
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.testgen.bank import Bank, opened, without_effort
from efficoder.types import Record, Task, TaskTests

_LITTLE_S = 0.01


@dataclass(frozen=True, slots=True)
class Check:
    config: CheckConfig
    bank: Bank | None = None
    name: str = "check"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            candidates = store.candidates(task.id)
            if candidates:
                tests = store.tests(task.id)
                cases = tests_hash(tests.judged)
                known = (REVISION, self.config, task.interface, cases, sorted(c.id for c in candidates))
                yield Job(task.id, fingerprint(*known), len(candidates) * self._reference_s(task, tests))

    def known(self, store: Store, job: Job) -> None:
        """Candidates are always judged."""

    def pack(self, store: Store, job: Job) -> ToJudge:
        task, tests = store.task(job.id), store.tests(job.id)
        return ToJudge(task, tests, store.candidates(task.id), self._effort(task, tests))

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
    work.run(Check(work.config.check, bank))
    if bank is not None:
        bank.warn(work.console)
