"""Evaluated runs of invented rows: tasks, samples, verdicts and races with times to the point, nothing executed."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from efficoder.evaluation.rows import score_tasks
from efficoder.evaluation.scoreboard import Ends, scoreboard
from efficoder.evaluation.summary import read_summary
from efficoder.judging.judge import tests_hash
from efficoder.languages.identity import candidate_id, sample_id
from efficoder.report.content import Scoreboard
from efficoder.store import Store
from efficoder.types import (
    Candidate,
    Function,
    Measurement,
    Origin,
    Outcome,
    Run,
    Sample,
    Task,
    TaskTests,
    TestCase,
    Usage,
    Verdict,
)

FLOOR_S = 0.002
CHECKS = (TestCase(input="[1]", expected="1"), TestCase(input="[2]", expected="2"))
LOADS = (TestCase(input="[99]", expected="99", size=99, origin="generated"),)
REFERENCE_CODE = "def f(n):\n    return n\n"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One sample. Samples of equal ``code`` are one candidate; ``et_s`` None is a right one without a time."""

    model: str
    index: int = 0
    code: str | None = ""
    """Empty: code of its own; None: no code was found."""
    outcome: Outcome | None = "passed"
    """None: it was never judged."""
    first_failure: int | None = None
    et_s: float | None = None
    censored: bool = False
    peak_bytes: int = 2_000_000
    byte_seconds: float = 100_000.0
    raw_peak_bytes: int | None = None
    again_s: float | None = None
    """Its time in the race beside the reference, whose own is then ``Problem.again_s``."""
    tokens: int = 0


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One task; ``reference_s`` None: it has no reference."""

    id: str
    entries: Sequence[Entry]
    reference_s: float | None = 0.1
    again_s: float = 0.1
    prompt: str = "Return n."
    loads: tuple[TestCase, ...] = LOADS


def task_of(problem: Problem) -> Task:
    return Task(
        id=problem.id,
        prompt=problem.prompt,
        interface=Function(entry_point="f"),
        origin=Origin(source="invented"),
        reference=REFERENCE_CODE if problem.reference_s is not None else None,
    )


def measurement(
    task_id: str,
    candidate: str,
    et_s: float,
    *,
    session: int = 0,
    censored: bool = False,
    loads: tuple[TestCase, ...] = LOADS,
    peak_bytes: int = 2_000_000,
    byte_seconds: float = 100_000.0,
    machine: str = "m1",
    floor_s: float = FLOOR_S,
    raw_peak_bytes: int | None = None,
) -> Measurement:
    """Seven rounds without noise."""
    cpu_s = floor_s + et_s
    return Measurement(
        candidate_id=candidate,
        task_id=task_id,
        session=session,
        rounds=() if censored else tuple(Run(round=i, cpu_s=cpu_s, wall_s=cpu_s) for i in range(7)),
        floor=tuple(Run(round=i, cpu_s=floor_s, wall_s=floor_s) for i in range(7)),
        loops=1,
        loads=len(loads),
        limit_s=cpu_s if censored else 10.0,
        censored=censored,
        peak_bytes=None if censored else peak_bytes,
        byte_seconds=None if censored else byte_seconds,
        raw_peak_bytes=raw_peak_bytes,
        raw_byte_seconds=None if raw_peak_bytes is None else 3e6,
        machine=machine,
        tier="A",
        tests_hash=tests_hash(loads),
    )


def rows_of(problem: Problem, machine: str = "m1") -> list:
    """Every record of one task."""
    task = task_of(problem)
    tests = TaskTests(task_id=task.id, written=True, checks=CHECKS, loads=problem.loads)
    rows: list = [task, tests, msgspec.structs.replace(tests, written=False, loads=())]
    entries = list(problem.entries)
    if problem.reference_s is not None:
        entries.append(Entry(model="reference", code=REFERENCE_CODE, et_s=problem.reference_s, again_s=problem.again_s))
    judged_by = tests_hash(CHECKS + problem.loads)
    for entry in entries:
        code = entry.code if entry.code != "" else f"def f(n):\n    return n  # {entry.model} {entry.index}\n"
        key = None if code is None else candidate_id(task.id, code, "python")
        if entry.code == "":
            key = f"{task.id} {entry.model} {entry.index}"
        rows.append(
            Sample(
                id=sample_id(task.id, entry.model, entry.index),
                task_id=task.id,
                model=entry.model,
                index=entry.index,
                reply="",
                candidate_id=key,
                problem=None if key else "no code found",
                usage=Usage(completion_tokens=entry.tokens),
            )
        )
        if key is None or code is None:
            continue
        rows.append(Candidate(id=key, task_id=task.id, code=code))
        if entry.outcome is not None:
            rows.append(
                Verdict(
                    candidate_id=key,
                    task_id=task.id,
                    outcome=entry.outcome,
                    first_failure=entry.first_failure,
                    tests_hash=judged_by,
                )
            )
        memory = {"peak_bytes": entry.peak_bytes, "byte_seconds": entry.byte_seconds}
        for session, et_s in ((0, entry.et_s), (2, entry.again_s)):
            if et_s is not None:
                censored = entry.censored and session == 0
                rows.append(
                    measurement(
                        task.id,
                        key,
                        et_s,
                        session=session,
                        censored=censored,
                        loads=problem.loads,
                        machine=machine,
                        raw_peak_bytes=entry.raw_peak_bytes,
                        **memory,
                    )
                )
    return rows


def run_of(folder: Path, problems: Sequence[Problem], machine: str = "m1") -> Path:
    """A run in ``folder``, as evaluate leaves it."""
    with Store(folder, write=True) as store:
        for problem in problems:
            store.put(rows_of(problem, machine))
    return folder


def board_of(store: Store) -> Scoreboard:
    """What an evaluation keeps for its report."""
    ends = Ends()
    for score in score_tasks(store):
        ends.add(score.samples)
    return scoreboard(read_summary(store), ends)
