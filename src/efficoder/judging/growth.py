"""How does the time of right candidates grow with size? Each climbs the task's ladder, from the smallest size up.

A step is one pass over all inputs of one size, looped until it lasts ``BODY_S``; every output of every loop is compared
(trial.Timed). Candidates climb in turn, so that the steps of one lie close together in time: a machine whose speed
drifts then moves them alike. They climb again while the exponent is not known well. Not here: what the times say
(metrics/growth.py), who is faster on the loads (race.py).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median_low

import msgspec

from efficoder import wire
from efficoder.judging import machine
from efficoder.judging.judge import tests_hash
from efficoder.judging.race import most_loops
from efficoder.judging.trial import Timed, empty_program, one_by_one, run_pass
from efficoder.languages import language
from efficoder.metrics.growth import fit
from efficoder.metrics.readings import RESOLUTION_S
from efficoder.sandbox import Limits, Program, Sandbox
from efficoder.types import Candidate, GrowthCurve, GrowthPoint, Task, TestCase

SIZES = 6
"""Points of a curve, at most: from the first size on which time shows, evenly up to the largest."""

BODY_S = 0.003
"""A shorter step is looped up to this: the floor is known to 0.1 ms (measured), so that is 3 %."""

MOST_LOOPS = 64
"""A step that stays under half of BODY_S with so many is no point of the curve: much of it is what calling a program
takes, which is subtracted, and known to a microsecond."""

CALLS = 256
"""Calls from which that is read: some 5 microseconds each (measured)."""

LEAST_OF_FLOOR = 0.25
"""Nor is one that takes less than this share of the floor, long for large inputs, and known to some per cent."""

LIMIT_S = 0.5
"""A candidate climbs no further than the first step that takes this long."""

BUDGET_S = 1.0
"""CPU time of all climbs of one candidate."""

CLIMBS = 2
"""A run now and then takes up to twice its time; two in a row seldom do."""
WIDE = 0.3
"""Width of the exponent's interval above which a candidate climbs once more."""

CHILDREN = 4
"""The most loops of a program on standard input, where each is a child."""


def growth(
    sandbox: Sandbox, task: Task, candidates: Sequence[Candidate], ladder: Sequence[TestCase]
) -> list[GrowthCurve]:
    """The curve of each candidate, in their order; they are right on the ladder.

    A curve ends before the first size on which the candidate fails, answers wrongly or takes ``LIMIT_S``; it is empty
    for one without a time. It costs a candidate 8 to 25 children, those of the empty program included. Raises
    SandboxFault for internal errors.
    """
    floors = _Floors(sandbox, empty_program(language(task.language).program(task, "")))
    climbers = [_Climber(sandbox, floors, task, each, _by_size(ladder)) for each in candidates]
    if candidates and ladder and not one_by_one(floors.empty):
        floors.call_s = _call_s(sandbox, task)
    for climber in climbers:
        climber.first_climb()
    for climb in range(1, CLIMBS + 1):
        floors.refresh()
        for climber in climbers:
            if climber.affords() and (climb < CLIMBS or climber.is_unsure()):
                climber.climb()
    template = GrowthCurve(
        candidate_id="", task_id=task.id, points=(), machine=machine.facts().id, tests_hash=tests_hash(ladder)
    )
    return [
        msgspec.structs.replace(template, candidate_id=each.candidate.id, points=each.points()) for each in climbers
    ]


def _by_size(ladder: Sequence[TestCase]) -> list[tuple[int, list[TestCase]]]:
    """The inputs of each size, ascending."""
    by_size: dict[int, list[TestCase]] = {}
    for case in ladder:
        if case.size is not None and case.size > 0:
            by_size.setdefault(case.size, []).append(case)
    return sorted(by_size.items())


def _call_s(sandbox: Sandbox, task: Task) -> float:
    """What calling a program and writing down a small result takes."""
    echo, inputs = language(task.language).echo, [wire.encode([0])] * CALLS
    echoed, empty = (
        median_low(run_pass(sandbox, program, inputs, Limits().within(LIMIT_S)).cpu_s for _ in range(2))
        for program in (echo, empty_program(echo))
    )
    return max(0.0, echoed - empty) / CALLS


@dataclass(slots=True)
class _Floors:
    """The empty program's time, on inputs of about as many bytes gone over as often: what a step's time is over."""

    sandbox: Sandbox
    empty: Program
    runs: dict[tuple[int, ...], list[float]] = field(default_factory=dict)
    known: set[tuple[int, ...]] = field(default_factory=set)
    """Run since the last ``refresh``."""
    call_s: float = 0.0
    """What each call takes besides."""

    def refresh(self) -> None:
        self.known.clear()

    def key(self, inputs: Sequence[str], loops: int) -> tuple[int, ...]:
        """Runs the empty program where it has not been run on the like since the last ``refresh``."""
        key = (len(inputs) if one_by_one(self.empty) else 1, loops, (loops * sum(map(len, inputs)) >> 15).bit_length())
        if key not in self.known:
            self.known.add(key)
            limits = Limits().within(LIMIT_S)
            ran = run_pass(self.sandbox, self.empty, inputs, limits, loops=loops, keep_outputs=False)
            self.runs.setdefault(key, []).append(ran.cpu_s)
        return key

    def seconds(self, key: tuple[int, ...]) -> float:
        return median_low(self.runs[key])


@dataclass(slots=True)
class _Step:
    size: int
    timed: Timed
    inputs: list[str]
    most: int
    """The most loops, a power of 4 as all numbers of loops are: candidates then share floors."""
    loops: int = 0
    """0 while it is not found."""
    floor: tuple[int, ...] = ()
    cpu_s: list[float] = field(default_factory=list)
    """One number a climb."""


class _Climber:
    """One candidate on the ladder."""

    def __init__(
        self,
        sandbox: Sandbox,
        floors: _Floors,
        task: Task,
        candidate: Candidate,
        sizes: Sequence[tuple[int, list[TestCase]]],
    ) -> None:
        program = language(task.language).program(task, candidate.code)
        self.candidate = candidate
        self.floors = floors
        self.spent_s = 0.0
        self.steps: list[_Step] = []
        for size, cases in sizes:
            inputs = [case.input for case in cases]
            most = CHILDREN if one_by_one(program) else min(MOST_LOOPS, _power_of_4(most_loops(inputs) + 1) // 4)
            self.steps.append(_Step(size, Timed(sandbox, program, cases), inputs, most))

    def first_climb(self) -> None:
        """Find the sizes of the curve, and the loops of each."""
        waiting, self.steps = self.steps, []
        before: _Step | None = None
        while waiting and self.reach(step := waiting.pop(0), self.expected_s(step, before)):
            before = step
            if self.steps or self.shows(step):
                self.steps.append(step)
            if len(self.steps) == 1:
                waiting = _evenly(waiting, SIZES - 1)

    def climb(self) -> None:
        """Once more; from a step on that fails now there is no curve."""
        for place, step in enumerate(self.steps):
            if self.timed(step) != "finished":
                del self.steps[place:]
                return

    def reach(self, step: _Step, expected_s: float) -> bool:
        """The first time on a step, by one loop's expected time. False where it cannot be had."""
        if self.spent_s + 2 * expected_s > BUDGET_S:
            return False
        step.loops = min(step.most, _power_of_4(BODY_S / max(expected_s, RESOLUTION_S)))
        while (ended := self.timed(step)) == "finished":
            body_s = self.body_s(step)
            if body_s >= BODY_S / 2 or step.loops >= step.most:
                return True
            step.loops = min(step.most, step.loops * _power_of_4(BODY_S / max(body_s, RESOLUTION_S)))
            step.cpu_s.clear()
        if ended != "timeout" or step.loops == 1 or self.spent_s > BUDGET_S:
            return False
        step.loops = 1
        return self.timed(step) == "finished"

    def shows(self, step: _Step) -> bool:
        """Whether it is long enough to be a point of the curve."""
        return self.body_s(step) >= max(BODY_S / 2, LEAST_OF_FLOOR * self.floor_s(step))

    def timed(self, step: _Step) -> str:
        """Run a step once; how it ended."""
        step.floor = self.floors.key(step.inputs, step.loops)
        ran = step.timed.run(Limits().within(LIMIT_S), loops=step.loops)
        self.spent_s += ran.cpu_s + ran.prepare_s
        if ran.ended == "finished" and ran.cpu_s > LIMIT_S:  # of several children together
            return "timeout"
        if ran.ended == "finished":
            step.cpu_s.append(ran.cpu_s)
        return ran.ended

    def body_s(self, step: _Step) -> float:
        return max(0.0, median_low(step.cpu_s) - self.floor_s(step))

    def floor_s(self, step: _Step) -> float:
        return self.floors.seconds(step.floor) + step.loops * len(step.inputs) * self.floors.call_s

    def expected_s(self, step: _Step, before: _Step | None) -> float:
        """Time of one loop of a step, by how it grew over the last two; of the first one a guess."""
        if before is None:
            return BODY_S / 4
        taken_s, exponent = self.body_s(before) / before.loops, 1.0
        if len(self.steps) > 1:
            earlier = self.steps[-2]
            grew = taken_s * earlier.loops / max(self.body_s(earlier), RESOLUTION_S)
            exponent = min(4.0, max(0.0, math.log(max(grew, 1.0)) / math.log(before.size / earlier.size)))
        return taken_s * math.exp(exponent * math.log(step.size / before.size))

    def points(self) -> tuple[GrowthPoint, ...]:
        return tuple(
            GrowthPoint(size=step.size, runs_s=tuple(self.runs_s(step))) for step in self.steps if self.shows(step)
        )

    def runs_s(self, step: _Step) -> list[float]:
        """CPU time of one input, in each climb."""
        floor_s, each = self.floor_s(step), step.loops * len(step.inputs)
        return [max(cpu_s - floor_s, RESOLUTION_S) / each for cpu_s in step.cpu_s]

    def affords(self) -> bool:
        """Whether another climb fits the budget."""
        return self.spent_s + sum(step.cpu_s[-1] for step in self.steps) <= BUDGET_S

    def is_unsure(self) -> bool:
        points = self.points()
        found = fit([point.size for point in points], [point.cpu_s for point in points])
        return found is not None and found.slope.high - found.slope.low > WIDE


def _evenly(steps: list[_Step], count: int) -> list[_Step]:
    """At most ``count`` of them, the last among them."""
    kept = {round((i + 1) * len(steps) / count) - 1 for i in range(count)}
    return [step for place, step in enumerate(steps) if place in kept]


def _power_of_4(number: float) -> int:
    """The smallest that is no smaller than ``number``."""
    return 1 << 2 * max(0, math.ceil(math.log(max(1.0, number), 4) - 1e-9))
