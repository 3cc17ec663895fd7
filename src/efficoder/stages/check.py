"""check: is each candidate right? There is one job per task. Its reference is timed first, so that "too slow" means the
same on every machine, however busy. A candidate that passes the checks must also be right on the loads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from efficoder.config import CheckConfig
from efficoder.judging.judge import tests_hash
from efficoder.judging.right_or_wrong import REVISION, ToJudge, terms_of
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Work
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.types import Record


@dataclass(frozen=True, slots=True)
class Check:
    config: CheckConfig
    name: str = "check"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            candidates = store.candidates(task.id)
            if candidates:
                tests = store.tests(task.id)
                cases = tests_hash(tests.judged)
                known = (REVISION, self.config, task.interface, cases, sorted(c.id for c in candidates))
                yield Job(task.id, fingerprint(*known))

    def pack(self, store: Store, job: Job) -> ToJudge:
        task = store.task(job.id)
        tests = store.tests(task.id)
        return ToJudge(task, tests, store.candidates(task.id))

    def do(self, payload: ToJudge, sandbox: Sandbox) -> list[Record]:
        held_to = terms_of(sandbox, payload.task, payload.tests, self.config)
        # Once for all: of a thousand checks it takes as long as running them.
        judged_by = tests_hash(payload.tests.judged)
        verdicts = payload.verdicts(sandbox, payload.task, held_to)
        return [msgspec.structs.replace(verdict, tests_hash=judged_by) for verdict in verdicts]


def check_step(work: Work) -> None:
    work.run(Check(work.config.check))
