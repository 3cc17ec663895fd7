"""ENAMEL's protocol (2406.06647): inputs on four levels of size, every answer compared, and the time of each, from
which eff@k is scored. For tasks whose load program defines ``level_input(level, case)`` (sources/enamel.py).

As in the paper a level that takes ALPHA times the reference's longest time or more ends the run. Here each time is the
median of interleaved runs, of CPU time over the empty program's on the same input; a short one is looped.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import msgspec

from efficoder.config import CheckConfig
from efficoder.errors import SandboxFault
from efficoder.judging import machine
from efficoder.judging.trial import Timed, empty_program, run_pass
from efficoder.languages import LOAD_LANGUAGE, language
from efficoder.metrics.readings import RESOLUTION_S
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.sandbox import Limits, Program, Sandbox
from efficoder.store import Store, right_candidates
from efficoder.testgen.loads.generators import LEVELS
from efficoder.types import Candidate, Comparison, Record, Task, TaskTests, TestCase

CASES = (8, 4, 4, 4)
"""Inputs on each level (the paper's; weights 0, 3, 3, 4 are metrics.level_efficiency's)."""
ALPHA = 2.0
REPEATS = 3
LOOPED_S = 0.004
"""Shorter than this and a run is looped, up to MOST_LOOPS times: two runs of nothing differ by about 0.1 ms."""
MOST_LOOPS = 40
_LIMITS = Limits(memory_bytes=4 << 30).within(20.0)
"""For generators and the reference; the paper gives 4 GB as well."""


class LevelTimes(Record, frozen=True, kw_only=True):
    """One candidate on the levels."""

    KEY = ("candidate_id",)
    candidate_id: str
    task_id: str
    levels: tuple[tuple[float | None, ...], ...]
    """CPU seconds of each input, a level each; None is a timeout, and nothing after it was run."""
    wrong: bool = False
    """Another answer than the reference's, an error, or a timeout on level 0."""
    detail: str = ""
    machine: str
    tier: str


class _Payload(msgspec.Struct, frozen=True):
    task: Task
    program: str
    comparison: Comparison
    candidates: list[Candidate]


@dataclass(frozen=True, slots=True)
class Levels:
    config: CheckConfig
    name: str = "levels"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            program, right = level_program(store, task.id), right_candidates(store, task.id)
            if program and right and task.reference is not None:
                yield Job(task.id, fingerprint(program, CASES, REPEATS, sorted(candidate.id for candidate in right)))

    def pack(self, store: Store, job: Job) -> _Payload:
        tests = store.tests(job.id)
        comparison = tests.checks[0].comparison if tests.checks else Comparison()
        return _Payload(store.task(job.id), level_program(store, job.id), comparison, right_candidates(store, job.id))

    def do(self, payload: _Payload, sandbox: Sandbox) -> list[Record]:
        cases = level_cases(sandbox, payload)
        climb = _Climb(sandbox, payload.task, cases)
        return [climb.record(candidate) for candidate in payload.candidates] if cases else []


def level_program(store: Store, task_id: str) -> str:
    """The source's program that makes inputs by level; empty where it ships none."""
    tests = store.get(TaskTests, f"{task_id}/False")
    programs = tests.load_programs if tests else ()
    return next((program for program in programs if LOAD_LANGUAGE.opens(program, LEVELS)), "")


def level_cases(sandbox: Sandbox, payload: _Payload) -> list[list[TestCase]]:
    """The inputs of each level with the reference's answers; empty where the generator or the reference fails."""
    wanted = [(level, case) for level, cases in enumerate(CASES) for case in range(cases)]
    maker = Program(kind="function", code=payload.program, entry_point=LEVELS)
    made = [run_pass(sandbox, maker, [f"[{level},{case}]"], _LIMITS) for level, case in wanted]
    if any(ran.ended != "finished" for ran in made):
        return []
    inputs = [ran.outputs[0].decode() for ran in made]
    reference = language(payload.task.language).program(payload.task, payload.task.reference or "")
    levels: list[list[TestCase]] = [[] for _ in CASES]
    for (level, _), text in zip(wanted, inputs, strict=True):
        ran = run_pass(sandbox, reference, [text], _LIMITS)
        if ran.ended != "finished":
            return []
        answer = ran.outputs[0].decode("utf-8", "replace")
        levels[level].append(TestCase(input=text, expected=answer, comparison=payload.comparison, size=level))
    return levels


class _Known(NamedTuple):
    reference: Timed
    time_s: float
    loops: int


class _Run(NamedTuple):
    ended: str
    """As of trial.Pass."""
    net_s: float
    """CPU time of one loop over the empty program's."""


class _Climb:
    """One task's candidates, each beside the reference on every input."""

    def __init__(self, sandbox: Sandbox, task: Task, cases: Sequence[Sequence[TestCase]]) -> None:
        assert task.reference is not None
        self.sandbox = sandbox
        self.cases = cases
        self.task = task
        self.reference = language(task.language).program(task, task.reference)
        self.empty = empty_program(self.reference)
        self.own = {case.input: self._known(case) for level in cases for case in level}
        self.limit_s = ALPHA * max(self.own[case.input].time_s for level in cases[1:] for case in level)

    def _known(self, case: TestCase) -> "_Known":
        """What the reference takes on one input, and how often it is looped there."""
        reference = Timed(self.sandbox, self.reference, [case])
        once = self._run(reference, 1)
        loops = min(MOST_LOOPS, math.ceil(LOOPED_S / once.net_s)) if once.ended == "finished" else MOST_LOOPS
        runs = [self._run(reference, loops) for _ in range(REPEATS)]
        times = [run.net_s for run in runs if run.ended == "finished"]
        if not times:
            raise SandboxFault(f"the reference of {self.task.id} answered once and then did not finish")
        return _Known(reference, median(times), loops)

    def _run(self, timed: Timed, loops: int, cpu_s: float = _LIMITS.cpu_s) -> _Run:
        """``loops`` times over its one case, in ``cpu_s`` of CPU time a loop."""
        inputs = [case.input for case in timed.cases]
        floor = run_pass(self.sandbox, self.empty, inputs, _LIMITS, loops=loops, keep_outputs=False)
        taken = timed.run(_LIMITS.within(loops * cpu_s), loops=loops)
        return _Run(taken.ended, max(RESOLUTION_S, taken.cpu_s - floor.cpu_s) / loops)

    def record(self, candidate: Candidate) -> LevelTimes:
        program = language(self.task.language).program(self.task, candidate.code)
        levels: list[tuple[float | None, ...]] = []
        problem = ""
        for level in self.cases:
            times: list[float | None] = []
            for case in level:
                time_s, problem = self._one(program, case)
                times.append(time_s)
                if time_s is None or problem:
                    break
            levels.append(tuple(times))
            if problem or None in times:
                break
        late = bool(levels) and None in levels[0]
        return LevelTimes(
            candidate_id=candidate.id,
            task_id=self.task.id,
            levels=tuple(levels),
            wrong=bool(problem) or late,
            detail=problem or ("timeout on level 0" if late else ""),
            machine=machine.facts().id,
            tier=self.sandbox.tier,
        )

    def _one(self, program: Program, case: TestCase) -> tuple[float | None, str]:
        """The time on one input, None for a timeout; and what was wrong with the answer, if anything.

        The reference runs again beside it: the time is the reference's known one times their ratio, so that neither a
        faster nor a slower hour of the machine shows.
        """
        own = self.own[case.input]
        if program == self.reference:
            return own.time_s, ""
        # Half as much again: a slow moment of the machine is no timeout, and the median decides.
        cpu_s = 1.5 * self.limit_s + 0.02
        timed = Timed(self.sandbox, program, [case])
        first = timed.run(_LIMITS.within(cpu_s))
        if first.ended in ("timeout", "memory"):
            return None, ""
        wrong = f"level {case.size}: another answer than the reference's"
        if first.ended != "finished":
            return None, wrong if first.ended == "wrong" else f"level {case.size}: {first.ended}: {first.detail}"
        ratios: list[float] = []
        for _ in range(REPEATS):
            reference, run = self._run(own.reference, own.loops), self._run(timed, own.loops, cpu_s)
            if run.ended == "wrong":
                return None, wrong
            if run.ended != "finished" or reference.ended != "finished":
                return None, ""
            ratios.append(run.net_s / reference.net_s)
        return median(ratios) * own.time_s, ""
