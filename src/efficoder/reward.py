"""The execution reward: is a completion right, and how much faster than the reference? For GRPO here, TRL and verl.

A wrong reply is worth nothing and a right one 1, whatever it says or prints; speed moves a right one by up to
``speed`` either way: the log of the CPU-time ratio to the reference, both run in the same interleaved rounds, and
only where the interval excludes a tie. Each timed run is judged as well, in a child of its own, and where inputs can
be made every call has fresh ones: neither memorised answers nor a cache nor knowing that one is being timed pays.
Code runs in the sandbox, comparison outside it; Script tests, which run beside the candidate, are refused.
"""

import atexit
import functools
import math
import os
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue

import msgspec

from efficoder import values
from efficoder.code import candidate_id, extract
from efficoder.errors import InputError, UsageError
from efficoder.exports.formats import Grading, read_tests
from efficoder.judge import judge, matches, run_reference
from efficoder.languages import python
from efficoder.loads.mutate import grown
from efficoder.loads.relations import relations
from efficoder.loads.shapes import infer, infer_tree
from efficoder.metrics import et_s, paired_ratio
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.types import Candidate, Function, Measurement, Run, Script, Stdio, Task, TaskTests, TestCase

FreshInputs = Callable[[Grading, int], TaskTests]
"""A task with its tests, and a seed, to new inputs; their ``expected`` is asked from the reference."""

_LEAST_BODY_S = 0.01  # a shorter body is not timed (notes on measuring: it cannot be ranked)
_FRESH_CHECKS = 8
_FRESH_CALLS = 2000  # of a batch: making more takes longer than they run
_LIMIT_FACTOR, _LIMIT_LEAST_S, _WALL_FACTOR = 20.0, 2.0, 4.0  # as the check stage has them


@dataclass(frozen=True, slots=True)
class RewardConfig:
    speed: float = 0.5
    """What speed adds to or takes from 1; below 1, so that right and slow is better than wrong."""
    full_ratio: float = 4.0
    """Ratio of CPU times at which that is reached; further ones count no more."""
    rounds: int = 3
    format: float = 0.0
    """Added to any reply, right or wrong, that holds exactly one code block."""
    length: float = 0.0
    """Taken from any reply in proportion to its length, in full at ``long_chars``."""
    long_chars: int = 4000
    cpu_s: float = 10.0
    """The most one child may take: all checks together, or one pass over the loads."""
    memory_mb: int = 1024

    def __post_init__(self) -> None:
        ordered = 0 <= self.speed < 1 and self.format + self.length < 1 - self.speed
        if not ordered or self.full_ratio <= 1 or self.rounds < 1:
            raise UsageError(
                "under such a reward wrong replies could beat right ones: keep speed below 1, format + length below "
                "1 - speed, full_ratio above 1 and at least one round"
            )


def changed_inputs(grading: Grading, seed: int) -> TaskTests:
    """New checks and loads near the given ones, inside what the given ones have in common (efficoder.loads).

    Function tasks only; others get none. A load's size stays about what it was.
    """
    tests = grading.tests
    checks = _changed(grading.task, tests.checks, _FRESH_CHECKS, seed)
    loads = _changed_loads(grading.task, tests.loads, seed)
    return TaskTests(task_id=tests.task_id, checks=tuple(checks), loads=tuple(loads))


def _changed_loads(task: Task, loads: Sequence[TestCase], seed: int) -> Iterator[TestCase]:
    """As many as there are; a batch of calls becomes one of changed calls, or none where no other call is known."""
    if not isinstance(task.interface, Function):
        return
    if not any(len(values.calls(load.input)) > 1 for load in loads):
        yield from _changed(task, loads, len(loads), seed)
        return
    for load in loads:
        calls = [msgspec.structs.replace(load, input=text) for text in values.calls(load.input)]
        inputs = [case.input for case in _changed(task, calls, min(len(calls), _FRESH_CALLS), seed)]
        if inputs:
            yield TestCase(input=values.several(inputs), comparison=load.comparison, origin="generated")


def _changed(task: Task, cases: Sequence[TestCase], count: int, seed: int) -> Iterator[TestCase]:
    interface = task.interface
    if not isinstance(interface, Function) or not cases:
        return
    known = [values.decode(case.input) for case in cases]
    lists = [arguments for arguments in known if isinstance(arguments, list) and arguments]
    if len(lists) < len(known):
        return
    shapes = []
    for position, column in enumerate(zip(*lists, strict=True)):
        codec = interface.parameters[position].codec if position < len(interface.parameters) else "plain"
        trees = codec == "TreeNode" and all(isinstance(value, list) for value in column)
        shapes.append(infer_tree(column, widen=False) if trees else infer(column, widen=False))
    for arguments in grown(lists, shapes, relations(lists), count, seed):
        yield TestCase(input=values.encode(arguments), comparison=cases[0].comparison, origin="generated")


class ExecutionReward:
    """Rewards completions in a pool of sandboxes of its own; a context manager, callable from one thread.

    ``workers``: sandboxes, each on a core of its own; absent, one a core. The completions of one task share one, and
    race there. ``fresh_inputs`` None judges and times on the given tests alone: their answers can be memorised.
    ``packages``: a folder they may import from, as ``run.packages``.
    Raises PrerequisiteError where no sandbox can be made.
    """

    def __init__(
        self,
        config: RewardConfig = RewardConfig(),
        *,
        workers: int | None = None,
        fresh_inputs: FreshInputs | None = changed_inputs,
        seed: int = 0,
        unsafe: bool = False,
        packages: str | None = None,
    ) -> None:
        self._config, self._fresh, self._seed, self._calls = config, fresh_inputs, seed, 0
        cores = sorted(os.sched_getaffinity(0))[: workers or None]
        self._sandboxes: list[Sandbox] = []
        self._idle: SimpleQueue[Sandbox] = SimpleQueue()
        for core in cores:
            self._sandboxes.append(Sandbox(core=core, unsafe=unsafe, packages=packages))
            self._idle.put(self._sandboxes[-1])
        self._threads = ThreadPoolExecutor(len(cores), "reward")

    def __call__(self, completions: Sequence[str], tasks: Sequence[str | Grading]) -> list[float]:
        """One reward a completion. ``tasks``: the task of each, as Grading or as the exported ``tests`` column.

        Raises InputError for a task of Script tests, without a reference or without checks, and SandboxFault for
        faults of ours.
        """
        if len(completions) != len(tasks):
            raise UsageError(f"{len(completions)} completions and {len(tasks)} tasks: pass one task a completion")
        self._calls += 1
        groups: dict[str, _Group] = {}
        for index, (completion, task) in enumerate(zip(completions, tasks, strict=True)):
            key = task if isinstance(task, str) else task.task.id
            if key not in groups:
                groups[key] = _Group(_gradable(task))
            groups[key].replies[index] = completion
        rewards = dict(pair for pairs in self._threads.map(self._grade, groups.values()) for pair in pairs)
        return [rewards[index] for index in range(len(completions))]

    def close(self) -> None:
        self._threads.shutdown()
        for sandbox in self._sandboxes:
            sandbox.close()

    def __enter__(self) -> "ExecutionReward":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _grade(self, group: "_Group") -> list[tuple[int, float]]:
        sandbox = self._idle.get()
        try:
            seed = hash((self._seed, self._calls))
            grader = _Grader(self._config, sandbox, group.grading, self._fresh, seed)
            return list(grader.rewards(group.replies))
        finally:
            self._idle.put(sandbox)


@functools.cache
def _shared() -> ExecutionReward:
    made = ExecutionReward()
    atexit.register(made.close)
    return made


def reward(completions: Sequence[str], tasks: Sequence[str | Grading]) -> list[float]:
    """The execution reward with its defaults, by sandboxes shared in this process; see ExecutionReward."""
    return _shared()(completions, tasks)


def _gradable(task: str | Grading) -> Grading:
    try:
        grading = read_tests(task) if isinstance(task, str) else task
    except ValueError as error:
        raise InputError(f"a task that export did not write: {error}", hint="use the exported `tests` column") from None
    if isinstance(grading.task.interface, Script):
        raise InputError(
            f"task {grading.task.id}: its tests run beside the candidate, which could forge them: no reward",
            hint="train on Function and Stdio tasks",
        )
    if grading.task.reference is None or not grading.tests.checks:
        lacks = "no reference to be faster than" if grading.tests.checks else "no checks: anything would be right"
        raise InputError(f"task {grading.task.id}: {lacks}", hint="leave it out")
    return grading


@dataclass
class _Group:
    """The replies to one task, by their place in the call."""

    grading: Grading
    replies: dict[int, str] = field(default_factory=dict)


@dataclass
class _Entrant:
    candidate: Candidate
    program: Program
    runs: list[Run] = field(default_factory=list)
    right: bool = True


class _Grader:
    """One task, one call."""

    def __init__(
        self, config: RewardConfig, sandbox: Sandbox, grading: Grading, fresh: FreshInputs | None, seed: int
    ) -> None:
        self._config, self._sandbox, self._grading, self._fresh, self._seed = config, sandbox, grading, fresh, seed
        self._task = grading.task
        self._reference = python.program(self._task, self._task.reference or "")
        self._random = random.Random(seed)

    @functools.cached_property
    def _check_limits(self) -> Limits:
        return self._limits(self._grading.tests.checks)

    @functools.cached_property
    def _load_limits(self) -> Limits:
        return self._limits(self._grading.tests.loads)

    def _limits(self, cases: Sequence[TestCase]) -> Limits:
        """Of one pass over ``cases``: what the reference takes, times a factor. Slower than that is not right."""
        most = Limits(self._config.cpu_s, _WALL_FACTOR * self._config.cpu_s, self._config.memory_mb << 20)
        needed = sum(outcome.cpu_s for outcome in self._pass(self._reference, cases, most))
        cpu_s = min(self._config.cpu_s, max(_LIMIT_LEAST_S, _LIMIT_FACTOR * needed))
        return msgspec.structs.replace(most, cpu_s=cpu_s, wall_s=_WALL_FACTOR * cpu_s)

    def rewards(self, replies: dict[int, str]) -> Iterator[tuple[int, float]]:
        codes = {index: extract(reply, self._task).code for index, reply in replies.items()}
        ids = {code: candidate_id(self._task.id, code) for code in codes.values() if code is not None}
        unique = {id_: Candidate(id=id_, task_id=self._task.id, code=code) for code, id_ in ids.items()}
        right = [candidate for candidate in unique.values() if self._passes(candidate, self._grading.tests)]
        fresh = self._known(self._fresh(self._grading, self._seed)) if right and self._fresh else None
        if fresh is not None:
            right = [candidate for candidate in right if self._passes(candidate, fresh)]
        loads = fresh.loads if fresh is not None and fresh.loads else self._grading.tests.loads
        worth = self._race(right, loads) if right else {}
        for index, reply in replies.items():
            code = codes[index]
            value = worth.get(ids[code], 0.0) if code is not None else 0.0
            yield index, value + self._manners(reply)

    def _manners(self, reply: str) -> float:
        one_block = reply.count("```") == 2
        long = min(1.0, len(reply) / self._config.long_chars)
        return self._config.format * one_block - self._config.length * long

    def _passes(self, candidate: Candidate, tests: TaskTests) -> bool:
        return judge(self._sandbox, self._task, candidate, tests, self._check_limits).outcome == "passed"

    def _known(self, tests: TaskTests) -> TaskTests:
        """The tests with what the reference says; inputs it fails on are left out."""
        return TaskTests(
            task_id=tests.task_id, checks=tuple(self._answered(tests.checks)), loads=tuple(self._answered(tests.loads))
        )

    def _answered(self, cases: Sequence[TestCase]) -> Iterator[TestCase]:
        left = list(cases)
        while left:
            expected, _ = run_reference(self._sandbox, self._task, [case.input for case in left], self._load_limits)
            for case, text in zip(left, expected, strict=False):
                yield msgspec.structs.replace(case, expected=text)
            left = left[len(expected) + 1 :]

    # ---------------------------------------------------------------- speed

    def _race(self, right: Sequence[Candidate], loads: Sequence[TestCase]) -> dict[str, float]:
        """The worth of each candidate that passed the checks; wrong on a load is wrong."""
        reference = _Entrant(Candidate(id="", task_id=self._task.id, code=""), self._reference)
        entrants = [_Entrant(candidate, python.program(self._task, candidate.code)) for candidate in right]
        floor: list[Run] = []
        empty = _Entrant(reference.candidate, Program(kind=self._reference.kind, code=""), floor)
        for number in range(self._config.rounds if loads else 0):
            order = [empty, reference, *(entrant for entrant in entrants if entrant.right)]
            self._random.shuffle(order)
            for entrant in order:
                self._run(number, entrant, loads, judged=entrant is not empty)
        return {entrant.candidate.id: self._worth(entrant, reference, floor) for entrant in entrants}

    def _run(self, number: int, entrant: _Entrant, loads: Sequence[TestCase], *, judged: bool) -> None:
        outcomes = self._pass(entrant.program, loads, self._load_limits)
        if judged and not self._right_on(loads, outcomes):
            entrant.right = False
            return
        cpu_s, wall_s = (math.fsum(clocks) for clocks in zip(*((o.cpu_s, o.wall_s) for o in outcomes), strict=True))
        entrant.runs.append(Run(round=number, cpu_s=cpu_s, wall_s=wall_s))

    def _pass(self, program: Program, cases: Sequence[TestCase], limits: Limits) -> list[Outcome]:
        alone = isinstance(self._task.interface, Stdio)
        batches = [[case.input] for case in cases] if alone or not cases else [[case.input for case in cases]]
        return [self._sandbox.run(program, batch, limits) for batch in batches]

    def _right_on(self, loads: Sequence[TestCase], outcomes: Sequence[Outcome]) -> bool:
        outputs = [output for outcome in outcomes for output in outcome.outputs]
        ended = all(outcome.ended == "finished" for outcome in outcomes)
        return ended and len(outputs) == len(loads) and all(matches(self._sandbox, loads, outputs))

    def _worth(self, entrant: _Entrant, reference: _Entrant, floor: Sequence[Run]) -> float:
        if not entrant.right:
            return 0.0
        if not reference.runs or not entrant.runs:
            return 1.0
        own, base = self._measurement(entrant, floor), self._measurement(reference, floor)
        ratio = paired_ratio(own, base)
        if et_s(base) < _LEAST_BODY_S or ratio.low <= 1.0 <= ratio.high:
            return 1.0
        gain = -math.log(ratio.value) / math.log(self._config.full_ratio)
        return 1.0 + self._config.speed * max(-1.0, min(1.0, gain))

    def _measurement(self, entrant: _Entrant, floor: Sequence[Run]) -> Measurement:
        return Measurement(
            candidate_id=entrant.candidate.id,
            task_id=self._task.id,
            session=0,
            rounds=tuple(entrant.runs),
            floor=tuple(floor),
            loops=1,
            loads=1,  # all of them in one pass
            limit_s=self._load_limits.cpu_s,
        )
