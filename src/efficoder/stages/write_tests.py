"""write_tests: Task, Candidate -> TaskTests, one job per task. How checks and loads are made is testgen's part.

Tests that an earlier run has written in the same way come from the bank (testgen/bank.py). Frozen tests are used as
they are (testgen/frozen.py).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from efficoder.config import GenerateConfig, WriteTestsConfig
from efficoder.console import counted
from efficoder.judging.judge import tests_hash
from efficoder.judging.trial import CHECK_LIMITS
from efficoder.models.asks import asks_for_tests
from efficoder.pipeline.asking import ask_models
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Work
from efficoder.report.tables import counts
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.testgen import bank, frozen
from efficoder.testgen.bank import Address, Bank, opened, without_effort
from efficoder.testgen.checks.tester import read_replies
from efficoder.testgen.frozen import FrozenTests
from efficoder.testgen.twins import write_tests_of
from efficoder.testgen.writer import REVISION, Doubts
from efficoder.types import (
    REFERENCE,
    Candidate,
    Drop,
    Record,
    Sample,
    Task,
    TaskTests,
    TesterReply,
    TestFacts,
)


class _Payload(msgspec.Struct, frozen=True):
    task: Task
    tests: TaskTests
    candidates: list[Candidate]
    """Those to ask about a reference that is not vouched for; empty otherwise."""
    authors: dict[str, list[str]]
    replies: list[TesterReply]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where tests may lie ready."""

    bank: Bank | None = None
    fresh: bool = False
    """Write all tests anew; the bank then gets them."""
    why_not: dict[str, str] = field(default_factory=dict)
    """By task, why its tests do not come from the bank."""


@dataclass(frozen=True, slots=True)
class WriteTests:
    config: WriteTestsConfig
    seed: int
    asking: GenerateConfig
    """What the tester is asked with: part of its replies' ids."""
    shelf: Shelf = field(default_factory=Shelf)
    frozen: FrozenTests | None = None
    name: str = "write_tests"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive(before=self.name):
            tests = _given(store, task)
            if self.frozen is not None:
                yield Job(task.id, fingerprint(self.frozen.hash, bank.identity(task, tests)))
                continue
            cases = tests_hash(tests.checks + tests.loads)
            candidates = [] if task.vouched else sorted(candidate.id for candidate in store.candidates(task.id))
            replies = [reply.reply for reply in self._replies(store, task)]
            given = (cases, sorted(tests.lost.items()), tests.load_programs, tests.comparison)
            twin = [tests.twin] if tests.twin is not None else []
            known = (REVISION, self.config, self.seed, task, *given, *twin, candidates, *replies)
            yield Job(task.id, fingerprint(*known))

    def known(self, store: Store, job: Job) -> list[Record] | None:
        task = store.task(job.id)
        if self.frozen is not None:
            return self.frozen.rows(task, _given(store, task))
        shelf = self.shelf
        if shelf.bank is None or not task.vouched:
            shelf.why_not[task.id] = "no bank is used" if task.vouched else "candidates may dispute its reference"
            return None
        if shelf.fresh:
            shelf.why_not[task.id] = "asked for anew"
            return None
        found = shelf.bank.find(task.id, self._address(store, task))
        if isinstance(found, str):
            shelf.why_not[task.id] = found
            return None
        tests, facts = found
        return [tests, msgspec.structs.replace(facts, came_from="from the bank")]

    def keep(self, store: Store, job: Job, rows: list[Record]) -> list[Record]:
        task = store.task(job.id)
        bank = self.shelf.bank
        for tests in [row for row in rows if isinstance(row, TaskTests)]:
            rows = without_effort(bank, task, tests, CHECK_LIMITS, rows)
        if bank is not None and task.vouched:
            bank.keep(task.id, self._address(store, task), rows)
        came_from = f"written by this run: {self.shelf.why_not[task.id]}"
        return [
            msgspec.structs.replace(row, came_from=came_from) if isinstance(row, TestFacts) else row for row in rows
        ]

    def _address(self, store: Store, task: Task) -> Address:
        replies = [reply.reply for reply in self._replies(store, task)]
        ground = self.shelf.bank.ground if self.shelf.bank else ()
        return bank.address(task, _given(store, task), self.config, self.seed, replies, ground)

    def pack(self, store: Store, job: Job) -> _Payload:
        task = store.task(job.id)
        authors = {} if task.vouched else _authors(store, task.id)
        by_id = {candidate.id: candidate for candidate in store.candidates(task.id)}
        candidates = [by_id[each] for each in authors]
        return _Payload(task, _given(store, task), candidates, authors, self._replies(store, task))

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
        written = write_tests_of(sandbox, task, payload.tests, self.config, self.seed, proposal, doubts)
        return [each for each in (written.tests, written.facts, written.drop, written.effort) if each is not None]


def _given(store: Store, task: Task) -> TaskTests:
    return store.get(TaskTests, f"{task.id}/False") or TaskTests(task_id=task.id)


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
    given = None if config.write_tests.frozen is None else frozen.read(Path(config.write_tests.frozen))
    if (tester := config.write_tests.tester) is not None and given is None:
        tasks, done = work.tasks(before="write_tests"), store.keys(TesterReply)
        asks = asks_for_tests(tasks, tester, config.generate, seed=config.run.seed, done=done)
        ask_models(work, asks, "write_tests")
    shelf = Shelf(opened(store, config.run), work.scope.fresh)
    stage = WriteTests(config.write_tests, config.run.seed, config.generate, shelf, given)
    result = work.run(stage)
    if result.known:
        source = frozen.words(given.hash) if given else "the bank"
        work.console.say(f"{stage.name:<12} {result.known} from {source}")
    left_out = Counter(drop.reason for drop in store.all(Drop) if drop.stage == stage.name)
    if left_out:
        some = counted(left_out.total(), "task")
        work.console.say(f"{stage.name:<12} {some} left out: {counts(left_out)} (`efficoder why RUN TASK`)")
    if shelf.bank is not None:
        shelf.bank.warn(work.console)
