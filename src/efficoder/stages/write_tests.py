"""write_tests: Task, Candidate -> TaskTests, one job per task. How checks and loads are made is testgen's part."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from efficoder.config import GenerateConfig, WriteTestsConfig
from efficoder.judging.judge import tests_hash
from efficoder.models.asks import asks_for_tests
from efficoder.pipeline.asking import ask_models
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Work
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.testgen.checks.tester import read_replies
from efficoder.testgen.writer import REVISION, Doubts, write_tests
from efficoder.types import REFERENCE, Candidate, Record, Sample, Task, TaskTests, TesterReply


class _Payload(msgspec.Struct, frozen=True):
    task: Task
    tests: TaskTests
    candidates: list[Candidate]
    """Those to ask about a reference that is not vouched for; empty otherwise."""
    authors: dict[str, list[str]]
    replies: list[TesterReply]


@dataclass(frozen=True, slots=True)
class WriteTests:
    config: WriteTestsConfig
    seed: int
    asking: GenerateConfig
    """What the tester is asked with: part of its replies' ids."""
    name: str = "write_tests"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive(before=self.name):
            tests = store.get(TaskTests, f"{task.id}/False") or TaskTests(task_id=task.id)
            cases = tests_hash(tests.checks + tests.loads)
            candidates = [] if task.vouched else sorted(candidate.id for candidate in store.candidates(task.id))
            replies = [reply.reply for reply in self._replies(store, task)]
            given = (cases, sorted(tests.lost.items()), tests.load_programs, tests.comparison)
            known = (REVISION, self.config, self.seed, task, *given, candidates, *replies)
            yield Job(task.id, fingerprint(*known))

    def pack(self, store: Store, job: Job) -> _Payload:
        task = store.task(job.id)
        tests = store.get(TaskTests, f"{task.id}/False") or TaskTests(task_id=task.id)
        authors = {} if task.vouched else _authors(store, task.id)
        by_id = {candidate.id: candidate for candidate in store.candidates(task.id)}
        return _Payload(task, tests, [by_id[each] for each in authors], authors, self._replies(store, task))

    def _replies(self, store: Store, task: Task) -> list[TesterReply]:
        """What the tester now configured has answered, worded and drawn as it is asked now."""
        if self.config.tester is None:
            return []
        asks = asks_for_tests([task], self.config.tester, self.asking, seed=self.seed)
        return [reply for ask in asks if (reply := store.get(TesterReply, ask.sample_id(0)))]

    def do(self, payload: _Payload, sandbox: Sandbox) -> list[Record]:
        task = payload.task
        proposal = read_replies(payload.replies, task) if payload.replies else None
        doubts = Doubts(payload.candidates, payload.authors)
        written = write_tests(sandbox, task, payload.tests, self.config, self.seed, proposal, doubts)
        return [written.tests, written.facts, *([written.drop] if written.drop else [])]


def _authors(store: Store, task_id: str) -> dict[str, list[str]]:
    """The models that wrote each candidate, the first samples of every model first."""
    found: dict[str, list[str]] = {}
    for sample in sorted(store.all(Sample, task_id), key=lambda sample: (sample.index, sample.model)):
        if sample.candidate_id is not None and sample.model != REFERENCE:
            found.setdefault(sample.candidate_id, []).append(sample.model)
    return found


def write_tests_step(work: Work) -> None:
    """The tester is asked here, in the driver: workers have no network."""
    config, store = work.config, work.store
    if (tester := config.write_tests.tester) is not None:
        tasks, done = work.tasks(before="write_tests"), store.keys(TesterReply)
        asks = asks_for_tests(tasks, tester, config.generate, seed=config.run.seed, done=done)
        ask_models(work, asks, "write_tests")
    stage = WriteTests(config.write_tests, config.run.seed, config.generate)
    work.run(stage)
