"""Workers that die, and who is blamed for it."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from efficoder.config import RunConfig
from efficoder.console import Console
from efficoder.judging.judge import Terms
from efficoder.judging.race import Contest
from efficoder.judging.right_or_wrong import ToJudge
from efficoder.languages import language
from efficoder.pipeline.pool import WorkerPool
from efficoder.pipeline.run_stage import run_stage
from efficoder.pipeline.stage import Job
from efficoder.sandbox import Limits, Sandbox
from efficoder.store import Store
from efficoder.types import Candidate, Function, Origin, Record, Task, TaskTests, TestCase, Verdict

TASK = Task(id="t", prompt="f", interface=Function(entry_point="f"), origin=Origin(source="own"))
TESTS = TaskTests(task_id="t", checks=(TestCase(input="[1]", expected="1"),))
RIGHT, WRONG, STUCK = "def f(x):\n    return x", "def f(x):\n    return 2", "def f(x):\n    return 'stuck'"


@dataclass(frozen=True)
class Fragile:
    """Its worker does not live through what a candidate of STUCK gives."""

    ends: str = "stuck"
    name: str = "fragile"

    def plan(self, store: Store) -> Iterator[Job]:
        yield Job("t")

    def pack(self, store: Store, job: Job) -> ToJudge:
        raise NotImplementedError

    def do(self, payload: ToJudge, sandbox: Sandbox) -> list[Record]:
        rows: list[Record] = []
        for verdict in payload.verdicts(sandbox, payload.task, Terms(payload.tests.checks, Limits().within(1.0))):
            if "stuck" in verdict.detail:
                os._exit(1) if self.ends == "dead" else sum(
                    range(10**12)
                )  # one call of C, which no signal handler stops
            rows.append(verdict)
        return rows


def answers(stage: Fragile, *codes: str) -> list[tuple[Job, list[Record], str | None]]:
    candidates = [Candidate(id=str(number), task_id="t", code=code) for number, code in enumerate(codes)]
    with WorkerPool(stage, 1, RunConfig(), silent_s=0.5) as pool:
        return list(pool.run([Job("t"), Job("u")], lambda job: ToJudge(TASK, TESTS, candidates)))


@pytest.mark.parametrize("ends", ["stuck", "dead"])
def test_who_ends_the_worker_is_wrong_and_the_others_get_their_verdicts(ends: str) -> None:
    for _, rows, fault in answers(Fragile(ends), WRONG, STUCK, RIGHT, STUCK + " "):
        assert fault is None
        verdicts = [row for row in rows if isinstance(row, Verdict)]
        assert [verdict.outcome for verdict in verdicts] == ["wrong", "wrong", "passed", "wrong"]
        assert "too much time or memory" in verdicts[1].detail
        assert "too much" not in verdicts[0].detail


SLOW = "import time\ndef f(x):\n    time.sleep(x - 1)\n    return {!r}"


@dataclass(frozen=True)
class Looking(Fragile):
    """Its worker does not live through a look at what a candidate that still runs has said."""

    def do(self, payload: ToJudge, sandbox: Sandbox) -> list[Record]:
        program = language("python").program
        for each in payload.candidates:
            if each.id not in payload.blamed:
                sandbox.run(program(TASK, each.code), ["[1]", "[1.5]"], watch=_dies_of_stuck)
        return [Verdict(candidate_id=id, task_id="t", outcome="wrong") for id in payload.blamed]


def _dies_of_stuck(_: int, results: Sequence[bytes]) -> bool:
    if b'"stuck"' in results:
        os._exit(1)
    return False


def test_a_look_that_ends_the_worker_is_blamed_on_the_program_that_runs() -> None:
    for _, rows, fault in answers(Looking(), RIGHT, SLOW.format("stuck"), SLOW.format("fine")):
        assert fault is None
        assert [row.candidate_id for row in rows if isinstance(row, Verdict)] == ["1"]


@dataclass(frozen=True)
class Priced(Fragile):
    """Jobs of various cost, one of which is done."""

    def plan(self, store: Store) -> Iterator[Job]:
        yield from (Job("cheap", cost=1.0), Job("dear", cost=3.0), Job("same", cost=1.0), Job("middle", cost=2.0))

    def pack(self, store: Store, job: Job) -> ToJudge:
        packed.append(job.id)
        return ToJudge(TASK, TESTS, [])


packed: list[str] = []
"""Jobs in the order in which they were handed out."""


def test_the_dearest_jobs_are_begun_first(tmp_path: Path) -> None:
    with Store(tmp_path / "r", write=True) as store:
        console = Console(tmp_path / "log.txt")
        assert run_stage(Priced(), store, RunConfig(workers=1), console).done == 4
        assert packed == ["dear", "middle", "cheap", "same"]
        assert run_stage(Priced(), store, RunConfig(workers=1), console).skipped == 4


@dataclass(frozen=True)
class Hopeless(Fragile):
    def do(self, payload: ToJudge, sandbox: Sandbox) -> list[Record]:
        os._exit(1)


def test_what_no_candidate_has_done_is_a_fault_of_ours() -> None:
    assert [fault is not None for _, _, fault in answers(Hopeless(), RIGHT)] == [True, True]


def test_a_race_goes_on_without_the_entrant_that_ends_the_worker() -> None:
    entrants = [Candidate(id=str(number), task_id="t", code=code) for number, code in enumerate([RIGHT, STUCK])]
    contest: Any = Contest(TASK, entrants, TESTS.checks, keep=frozenset({"0"}))
    stuck, base = (language("python").program(TASK, code).identity for code in (STUCK, RIGHT))
    assert [each.id for each in contest.blame(stuck).entrants] == ["0"]
    assert contest.blame(base) is None
    assert contest.blame("another") is None


def test_a_program_is_the_same_whatever_its_header() -> None:
    program = language("python").program(TASK, RIGHT)
    assert msgspec.structs.replace(program, header="import os").identity == program.identity
    assert language("python").program(TASK, WRONG).identity != program.identity
