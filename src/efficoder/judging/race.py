"""Which candidate is faster? They run in interleaved rounds in one zygote (the sandbox's fork server). One that is
clearly beaten leaves the race; those that cannot be distinguished tie.

A round runs every entrant still racing, and the empty program, once each in random order, because on a shared machine
only neighbours in time can be compared. A run is one pass over all loads, looped until the fastest entrant's lasts
``min_body_s``; every output of every loop is compared (trial.Timed). Loops repeat their inputs in one process, so an
entrant that remembers its answers is timed by single passes, and a confirmation is made of single passes alone. The
statistics are in readings.paired_ratio and intervals.log_ratio_interval; docs/metrics.md has the reasons and what a
race costs. Not here: whether a candidate is right (judging/judge.py), which loads there are.
"""

import dataclasses
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Self

import msgspec

from efficoder.config import MeasureConfig
from efficoder.errors import SandboxFault
from efficoder.judging import machine
from efficoder.judging.judge import tests_hash
from efficoder.judging.policy import fitted, settings_hash
from efficoder.judging.trial import Pass, Timed, empty_program, one_by_one, run_pass
from efficoder.languages import language
from efficoder.metrics.faster_or_tie import is_equal, is_slower
from efficoder.metrics.readings import RESOLUTION_S, paired_ratio
from efficoder.sandbox import Limits, Sandbox
from efficoder.types import Candidate, Measurement, Ratio, Run, Task, TestCase

EARLY_LOOKS = (1, 2)
"""Looks before the configured ones. They drop only entrants that one run shows to be beaten (intervals.FEW_ROUNDS)."""

LIMIT_FACTOR = 10.0
"""An entrant may take this many times the fastest one's time. Beyond it the entrant is censored: its time is known only
to be at least the limit (COFFE limits at 10 references)."""

KEPT_LIMIT_FACTOR = 50.0
"""The same for a kept entrant, but only while the number of loops is being found: its ratio is worth half a second."""

CONTENDERS = 40
"""After a look at round N the fastest CONTENDERS / N undecided entrants continue, and at least FEWEST."""

FEWEST = 4

KEPT_ROUNDS = 7
"""A kept entrant runs this long even when clearly beaten, so that its ratio is known to some per cent."""

FAR = 10.0
"""A kept entrant that takes this many times the leader's time leaves early: its ratio is clear, its rounds are slow."""

LOOPED_BYTES = 1 << 20
"""Inputs of all loops together (measured: freeing 30 MB made the empty program take 125 ms, more than was timed)."""

MAX_LOOPS = 1000
"""The most loops of a run, whose inputs must fit in memory at once. A pass too short for them stays below
``min_body_s``."""


FIRST_LOOP_S = 1e-3
"""What a first loop may cost beyond a later one. Measured on 97 references of HumanEval+ with 60 calls each: 0.3 ms is
usual, 0.9 ms the most (memory that is touched for the first time, code that is run for the first time)."""

ONCE_RUNS = 3
"""Single passes that show an entrant to remember; the shortest counts, since one may be slow for another's sake."""


class Contest(msgspec.Struct, frozen=True):
    """What is raced: candidates of one task, all of them right on ``loads``."""

    task: Task
    entrants: Sequence[Candidate]
    loads: Sequence[TestCase]
    keep: frozenset[str] = frozenset()
    """Ids of entrants (the baseline) that run under the full ``limit_s`` and do not leave early."""
    session: int = 0
    """The number that the measurements are kept under."""
    looped: bool = True
    """Whether a run may go over the loads more than once."""

    def blame(self, identity: str) -> Self | None:
        """Without the entrant whose program has this identity; it then has no time. None where the race needs it."""
        program = language(self.task.language).program
        found = {each.id for each in self.entrants if program(self.task, each.code).identity == identity}
        if not found or found & self.keep:
            return None
        return msgspec.structs.replace(self, entrants=[each for each in self.entrants if each.id not in found])


@dataclass(slots=True)
class _Entrant:
    candidate: Candidate
    timed: Timed
    kept: bool
    state: str = "racing"  # racing, left, censored, failed
    runs: list[Run] = field(default_factory=list)
    limit_s: float = 0.0
    loops: int = 1
    once: list[Run] = field(default_factory=list)
    """Runs of a single pass."""
    floor: list[Run] | None = None
    """The empty program in as many loops, where that is not the race's own number; else None."""
    memory: Pass | None = None


def race(sandbox: Sandbox, contest: Contest, settings: MeasureConfig) -> list[Measurement]:
    """Time the entrants against each other; one Measurement each, in their order.

    An entrant that hits its limit comes back ``censored``; one that fails on the way (it passed before, so it is not
    deterministic) comes back without rounds and not censored: it has no time, and ranking leaves it out. One that
    remembers from loop to loop comes back with single passes.
    It costs about one pass for each entrant, and one more for each round until the entrant is distinguished. It stops
    before ``budget_s`` of CPU time. Raises ValueError without entrants or loads, SandboxFault for internal errors.
    """
    if not contest.entrants or not contest.loads:
        raise ValueError("a race needs entrants and loads")
    track = _Track(sandbox, contest, fitted(settings, contest.task))
    track.calibrate()
    track.run()
    if track.loops > 1:
        track.drop_remembering()
    if settings.memory:
        track.weigh()
    return [track.measurement(entrant) for entrant in track.entrants]


def confirm(
    sandbox: Sandbox, contest: Contest, winner: str, baseline: str, settings: MeasureConfig
) -> list[Measurement]:
    """Race two of the entrants, named by id, once more in a second zygote (session 1): ``[winner, baseline]``. It takes
    single passes, so that no claim rests on loops alone."""
    sandbox.restart()
    by_id = {candidate.id: candidate for candidate in contest.entrants}
    two = (by_id[winner], by_id[baseline])
    keep = frozenset({winner, baseline})
    pair = msgspec.structs.replace(contest, entrants=two, keep=keep, session=1, looped=False)
    return race(sandbox, pair, dataclasses.replace(settings, memory=False))


def is_confirmed(first: Ratio, second: Ratio, margin: float) -> bool:
    """Faster in the race by the margin, and faster again in the confirmation; both ratios baseline over winner."""
    return is_slower(first, margin) and is_slower(second, 1.0)


def most_loops(inputs: Sequence[str]) -> int:
    """How often a run may go over the loads with these inputs."""
    return max(1, min(MAX_LOOPS, LOOPED_BYTES // max(1, sum(map(len, inputs)))))


class _Track:
    """The state of one race: which entrants still run, what was measured, what it cost."""

    def __init__(self, sandbox: Sandbox, contest: Contest, settings: MeasureConfig) -> None:
        task, loads = contest.task, contest.loads
        program = language(task.language).program
        self.sandbox = sandbox
        self.task = task
        self.inputs = [load.input for load in loads]
        self.most_loops = most_loops(self.inputs) if contest.looped else 1
        self.settings = settings
        self.random = random.Random(f"{task.id} {contest.session}")
        self.empty = empty_program(program(task, ""))
        self.template = Measurement(
            candidate_id="",
            task_id=task.id,
            session=contest.session,
            rounds=(),
            floor=(),
            loops=1,
            loads=len(loads),
            limit_s=settings.limit_s,
            machine=machine.facts().id,
            tier=sandbox.tier,
            worker=sandbox.zygote,
            tests_hash=tests_hash(loads),
            settings_hash=settings_hash(settings, task),
        )
        self.empty_memory = Pass("finished", "", (), 0.0, 0.0, 0, 0.0, 0.0, 0.0)
        self.entrants = [
            _Entrant(each, Timed(sandbox, program(task, each.code), loads), each.id in contest.keep)
            for each in contest.entrants
        ]
        self.floor: list[Run] = []
        self.once_floor: list[Run] = []
        self.loops = 1
        self.fastest_s: float | None = None
        self.prepare_s = math.inf
        """What a pass of the empty program takes before it begins."""
        self.spent_s = 0.0
        self.round_s = 0.0

    def racing(self) -> list[_Entrant]:
        return [entrant for entrant in self.entrants if entrant.state == "racing"]

    def measurement(self, entrant: _Entrant) -> Measurement:
        memory = entrant.memory
        return msgspec.structs.replace(
            self.template,
            candidate_id=entrant.candidate.id,
            rounds=tuple(entrant.runs) if entrant.state != "failed" else (),
            floor=tuple(entrant.floor or self.floor),
            loops=entrant.loops,
            limit_s=entrant.limit_s,
            censored=entrant.state == "censored",
            peak_bytes=None if memory is None else max(0, memory.peak_bytes - self.empty_memory.peak_bytes),
            byte_seconds=None if memory is None else _over_floor(memory, self.empty_memory),
            raw_peak_bytes=None if memory is None else memory.peak_bytes,
            raw_byte_seconds=None if memory is None else memory.wall_byte_seconds,
        )

    def calibrate(self) -> None:
        """Rounds with more and more loops until the fastest pass is long enough; the last one is round 0."""
        want_s = self.settings.min_body_s
        while True:
            self.round()
            if self.loops == 1:
                self.once_floor = list(self.floor)
                for entrant in self.entrants:
                    entrant.once = list(entrant.runs)
            else:
                self.drop_remembering()
            if self.fastest_s is None or self.fastest_s >= 0.8 * want_s or self.loops >= self.most_loops:
                return
            # Aim a fifth above the target, and grow at most tenfold: the estimate comes from one run.
            growth = min(10.0, max(2.0, 1.2 * want_s / max(self.fastest_s, 0.1 * want_s)))
            self.drop_slow(growth)
            for entrant in self.entrants:
                if entrant.state != "racing":
                    entrant.floor = entrant.floor or list(self.floor)
            self.loops = min(self.most_loops, math.ceil(self.loops * growth))
            self.fastest_s = None
            self.floor.clear()
            for entrant in self.racing():
                entrant.runs.clear()

    def drop_slow(self, growth: float) -> None:
        """Entrants far slower than the fastest stop looping: their single time is good enough."""
        for entrant in self.racing():
            factor = KEPT_LIMIT_FACTOR if entrant.kept else LIMIT_FACTOR
            if entrant.runs[0].cpu_s * growth > factor * self.settings.min_body_s:
                entrant.state = "left"

    def drop_remembering(self) -> None:
        """Entrants whose later loops are nearly free stop looping, and their time is that of single passes: what is
        kept from loop to loop, wherever it is kept, would count as speed. The others say how many loops it takes."""
        for entrant in self.entrants:
            if entrant.loops > 1 and entrant.state in {"racing", "left"} and self.remembers(entrant):
                entrant.state, entrant.loops = "left", 1
                entrant.runs, entrant.floor = entrant.once, self.once_floor
        floor_s = _median_s(self.floor)
        self.fastest_s = min((run.cpu_s - floor_s for each in self.racing() for run in each.runs), default=None)

    def remembers(self, entrant: _Entrant) -> bool:
        """Whether a loop takes it less than half of what a single pass does, by more than a first loop may cost."""
        loop_s = max(0.0, _median_s(entrant.runs) - _median_s(self.floor)) / entrant.loops
        least_s = max(2.0 * loop_s, loop_s + FIRST_LOOP_S)
        while min(run.cpu_s for run in entrant.once) - min(run.cpu_s for run in self.once_floor) > least_s:
            if len(entrant.once) >= ONCE_RUNS:
                return True
            limit_s, number = self.settings.limit_s, len(entrant.once)
            ran = self.counted(entrant.timed.run(Limits().within(limit_s)), limit_s)
            if ran.ended != "finished":
                entrant.state = "failed"
                return False
            entrant.once.append(Run(round=number, cpu_s=ran.cpu_s, wall_s=ran.wall_s))
            self.once_floor.append(self.empty_run(len(self.once_floor), loops=1))
        return False

    def run(self) -> None:
        """Rounds until every entrant is shown slower than the leader or equal to it, or looks or budget are used up."""
        looks = {*EARLY_LOOKS, *self.settings.looks}
        last = max(self.settings.looks)
        while self.racing():
            done = len(self.floor)
            if done in looks and self.look(done):
                return
            if done >= last or self.spent_s + self.round_s > self.settings.budget_s:
                return
            self.round()

    def look(self, done: int) -> bool:
        """Drop entrants shown slower than the leader or equal to it. True when nothing is left to find out."""
        first, ordered = min(self.settings.looks), self.by_time()
        undecided: list[_Entrant] = []
        waiting = done < first
        for place, entrant in enumerate(ordered[1:], 1):
            to_leader = paired_ratio(self.measurement(entrant), self.measurement(ordered[0]))
            decided = is_equal(to_leader, self.settings.margin) or self.is_beaten(
                entrant, ordered[: min(place, FEWEST)]
            )
            if entrant.kept:
                far = to_leader.low > FAR and done >= first
                if far:
                    entrant.state = "left"
                waiting |= not (far or (decided and done >= KEPT_ROUNDS))
            elif decided:
                entrant.state = "left"
            else:
                undecided.append(entrant)
        if done >= first:
            for entrant in undecided[max(FEWEST, CONTENDERS // done) :]:
                entrant.state = "left"
        return not undecided and not waiting

    def is_beaten(self, entrant: _Entrant, rivals: Sequence[_Entrant]) -> bool:
        """Whether it is slower than each of the fastest few, so that it stays slower whichever of them wins."""
        # Few rounds mislead more often, so they need a wider margin.
        few = len(self.floor) < min(self.settings.looks)
        margin = self.settings.margin ** (2 if few else 1)
        mine = self.measurement(entrant)
        return all(is_slower(paired_ratio(mine, self.measurement(rival)), margin) for rival in rivals)

    def by_time(self) -> list[_Entrant]:
        """The entrants still racing, fastest first: by the median over rounds of the log time against the round's mean.

        All of them have run in the same rounds.
        """
        racing, floor_s = self.racing(), _median_s(self.floor)
        logs = [[math.log(max(run.cpu_s - floor_s, RESOLUTION_S)) for run in entrant.runs] for entrant in racing]
        means = [fmean(column) for column in zip(*logs, strict=True)]
        scores = [median(log - mean for log, mean in zip(row, means, strict=True)) for row in logs]
        return [racing[i] for i in sorted(range(len(racing)), key=scores.__getitem__)]

    def round(self) -> None:
        """Run every entrant still racing and the empty program once, in random order."""
        number, before_s = len(self.floor), self.spent_s
        order: list[_Entrant | None] = [None, *self.racing()]
        self.random.shuffle(order)
        if number == 0:
            # The empty program and kept entrants first: their times set the limit of the others.
            order.sort(key=lambda entrant: entrant is not None and not entrant.kept)
        for entrant in order:
            if entrant is None:
                self.floor.append(self.empty_run(number, self.loops))
            else:
                self.entrant_run(entrant, number)
        self.round_s = self.spent_s - before_s

    def empty_run(self, number: int, loops: int) -> Run:
        result = self.empty_pass(loops)
        if result.ended != "finished":
            raise SandboxFault(
                f"the empty program ended by {result.ended}: task {self.task.id} cannot be timed without it"
            )
        return Run(round=number, cpu_s=result.cpu_s, wall_s=result.wall_s)

    def entrant_run(self, entrant: _Entrant, number: int) -> None:
        entrant.loops = self.loops
        entrant.limit_s = self.limit_s(entrant.kept)
        result = self.counted(entrant.timed.run(Limits().within(entrant.limit_s), loops=self.loops), entrant.limit_s)
        if result.ended == "timeout":
            entrant.state = "censored"
        elif result.ended != "finished":
            entrant.state = "failed"
        else:
            entrant.runs.append(Run(round=number, cpu_s=result.cpu_s, wall_s=result.wall_s))
            net_s = result.cpu_s - median([run.cpu_s for run in self.floor] or [0.0])
            self.fastest_s = net_s if self.fastest_s is None else min(self.fastest_s, net_s)

    def limit_s(self, kept: bool) -> float:
        """The full limit for kept entrants and while no pass has finished, else LIMIT_FACTOR times the fastest."""
        if kept or (self.fastest_s is None and self.loops == 1):
            return self.settings.limit_s
        floor_s = max((run.cpu_s for run in self.floor), default=0.0)
        net_s = LIMIT_FACTOR * max(self.fastest_s or 0.0, self.settings.min_body_s)
        return min(self.settings.limit_s, floor_s + net_s)

    def empty_pass(self, loops: int, *, sample_memory: bool = False) -> Pass:
        limit_s = self.settings.limit_s
        ran = run_pass(
            self.sandbox,
            self.empty,
            self.inputs,
            Limits().within(limit_s),
            loops=loops,
            sample_memory=sample_memory,
            keep_outputs=False,
        )
        self.prepare_s = ran.prepare_s
        return self.counted(ran, limit_s)

    def counted(self, ran: Pass, limit_s: float) -> Pass:
        """Charge a pass to the budget, with what compiling its own text took: a short text can take seconds. This
        limit holds for all its children together, the sandbox's for each."""
        self.spent_s += ran.cpu_s + max(0.0, ran.prepare_s - self.prepare_s)
        late = one_by_one(self.empty) and ran.ended == "finished" and ran.cpu_s > limit_s
        return msgspec.structs.replace(ran, ended="timeout") if late else ran

    def weigh(self) -> None:
        """One more pass, with memory sampled, of the empty program and of each entrant that finished."""
        limit_s = self.settings.limit_s
        self.empty_memory = self.empty_pass(1, sample_memory=True)
        for entrant in self.entrants:
            if entrant.state in ("racing", "left"):
                memory = self.counted(entrant.timed.run(Limits().within(limit_s), sample_memory=True), limit_s)
                entrant.memory = memory if memory.ended == "finished" else None


def _over_floor(memory: Pass, empty: Pass) -> float:
    """Byte-seconds of the entrant alone: without the empty program's own, and without the empty program's memory during
    the CPU time that the entrant takes beyond it."""
    further_s = max(0.0, memory.cpu_s - empty.cpu_s)
    return max(0.0, memory.byte_seconds - empty.byte_seconds - empty.peak_bytes * further_s)


def _median_s(runs: Sequence[Run]) -> float:
    return median(run.cpu_s for run in runs)
