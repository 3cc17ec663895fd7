"""The engine: it runs programs on inputs in the sandbox's children, and compares their outputs here, outside it.

Everything that runs a task's programs uses one of three. ``ask`` gets the answer to every input. ``run_pass`` makes one
pass over all inputs and says what it took. ``Timed`` makes passes whose times count, and compares every output. Only
this file decides how many inputs a child gets, and what the empty program is. ``Trial`` adds what test writing asks of
one task. Not here: what an answer must be (compare.py), what a child may do (sandbox/).
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, groupby
from typing import Literal, NamedTuple

import msgspec

from efficoder import wire
from efficoder.judging.compare import compare
from efficoder.languages import language
from efficoder.sandbox import Limits, Outcome, Program, Sandbox, digest
from efficoder.types import Task, TestCase

TOGETHER_S = 2.5
"""CPU time that the reference may take on one child's inputs. With more, right programs would fail at the limit."""
CHECK_LIMITS = Limits()
GIVEN_LIMITS = CHECK_LIMITS.within(TOGETHER_S)
_SEEDS = (1, 2)
_LEAST_S = 0.25
_TOGETHER_TEXT = 4 << 20
_SHORT_INPUT = 1 << 14  # characters of an input on which the empty program takes as long as on none
_LONG_OUTPUT = 1 << 14  # bytes of a result that take time to write
_FAILURES = 12
"""Inputs a program may fail on before the rest is not tried."""


def one_by_one(program: Program) -> bool:
    """Whether a child takes one input, as standard input. Otherwise it takes all of them, one call for each."""
    return program.kind == "stdio"


def empty_program(program: Program) -> Program:
    """The same loading, header and node classes, and no code. Its cost is subtracted from the cost of ``program``."""
    return msgspec.structs.replace(program, code="", entry_point="", files=(), run=(), build=(), built="")


# ---------------------------------------------------------------- answers

After = Callable[[Outcome, bool], Literal["again", "next", "stop"]]
"""Decides what follows a child that failed, by its Outcome and whether it answered inputs of a Function before.
``again``: another child for the input it failed on. ``next``: one for the input after that. ``stop``: none."""


class Child(NamedTuple):
    answers: list[bytes | Outcome]
    """For the next inputs in order the output, or the Outcome of the child that failed on it or before it."""
    cpu_s: float


def children(
    sandbox: Sandbox, program: Program, inputs: Sequence[str], limits: Limits, after: After
) -> Iterator[Child]:
    """Run ``program`` on every input, one child after the other. A child starts only when its answers are asked for.

    A child that fails after its last result failed on its last input.
    """
    done = 0
    while done < len(inputs):
        batch = inputs[done : done + 1] if one_by_one(program) else inputs[done:]
        outcome = sandbox.run(program, batch, limits)
        answers: list[bytes | Outcome] = [*outcome.outputs]
        if outcome.ended != "finished":
            # A child can fail after it wrote every result; the last one is then not believed.
            answers = answers[: len(batch) - 1]
            step = after(outcome, program.kind == "function" and bool(answers))
            if step != "again":
                answers += [outcome] * (len(inputs) - done - len(answers) if step == "stop" else 1)
        done += len(answers)
        yield Child(answers, outcome.cpu_s)


class Asked(NamedTuple):
    answers: list[bytes | Outcome]
    children_s: list[float]
    """CPU time of each child."""


def ask(sandbox: Sandbox, program: Program, inputs: Sequence[str], limits: Limits, *, patient: bool = True) -> Asked:
    """The answer to every input, whichever others fail (see ``GoOn``)."""
    ran = list(children(sandbox, program, inputs, limits, GoOn(patient)))
    return Asked([answer for child in ran for answer in child.answers], [child.cpu_s for child in ran])


@dataclass(slots=True)
class GoOn:
    """Continues past every failure, up to a dozen of them. ``patient``: a child that ran out of time, memory or room
    after some results is followed by another. Without patience it is the last one."""

    patient: bool
    failures: int = 0

    def __call__(self, outcome: Outcome, answered: bool) -> Literal["again", "next", "stop"]:
        spent = outcome.ended not in {"error", "refused"}
        if answered and (outcome.ended == "refused" or (spent and self.patient)):
            return "again"  # results of one child may be refused for their size together, when each alone is not
        self.failures += 1
        return "stop" if self.failures >= _FAILURES or (spent and not self.patient) else "next"


def matches(sandbox: Sandbox, program: Program, cases: Sequence[TestCase], outputs: Iterable[bytes]) -> Iterator[bool]:
    """For each case, whether the program's output fits. Checkers run in children of their own, never in the
    candidate's."""
    pairs = list(zip(cases, outputs, strict=False))
    checked = [(case, output) for case, output in pairs if case.comparison.kind == "checker"]
    found = _ask_checkers(sandbox, checked, text=one_by_one(program))
    for case, output in pairs:
        yield next(found) if case.comparison.kind == "checker" else compare(case.expected, output, case.comparison)


def _ask_checkers(sandbox: Sandbox, pairs: Sequence[tuple[TestCase, bytes]], *, text: bool) -> Iterator[bool]:
    """What the checkers say, in order. One child takes many calls of one checker: with a child for each, those of
    HumanEval/32 took as long as the programs of all other tasks together."""
    for code, same in groupby(pairs, key=lambda pair: pair[0].comparison.checker):
        checker = Program(kind="function", code=code, entry_point="check")
        for portion in _portions(_asked(case, output, text=text) for case, output in same):
            texts = [asked for asked in portion if asked is not None]
            ran = children(sandbox, checker, texts, CHECK_LIMITS, _go_on_alone)
            answers = (answer for child in ran for answer in child.answers)
            # A checker may raise on output of a wrong shape; that is the candidate's mistake, not the checker's.
            yield from (asked is not None and next(answers) == b"true" for asked in portion)


def _go_on_alone(_: Outcome, answered: bool) -> Literal["again", "next"]:
    """A call that fails after others is tried as the first of a child: it may only have had too little time left."""
    return "again" if answered else "next"


def _portions(texts: Iterable[str | None]) -> Iterator[list[str | None]]:
    """Calls for one child each: as many as have _TOGETHER_TEXT characters, and one at least."""
    portion, length = list[str | None](), 0
    for asked in texts:
        length += len(asked or "")
        if portion and length > _TOGETHER_TEXT:
            yield portion
            portion, length = [], len(asked or "")
        portion.append(asked)
    if portion:
        yield portion


def _asked(case: TestCase, output: bytes, *, text: bool) -> str | None:
    """A checker's call; None for output that is no data. ``text``: input, output and expected value are the program's
    texts, not values in wire text."""
    arguments: list[object]
    try:
        if text:
            arguments = [case.input, output.decode(), case.expected]
        else:
            arguments = [wire.decode(case.input), wire.decode(output), wire.decode(case.expected or "null")]
        return wire.encode(arguments)
    except (ValueError, RecursionError):  # no data, or nested so deeply that it cannot be handed on
        return None


# ---------------------------------------------------------------- passes


class Pass(msgspec.Struct, frozen=True):
    """One pass over all inputs, in one child or more: summed times, the greatest peak."""

    ended: str
    """As in sandbox.Outcome; ``wrong`` where it finished, and an output was compared and does not fit."""
    detail: str
    outputs: tuple[bytes, ...]
    """One per input and loop, in order. Where outputs were not kept: one digest per loop; text programs keep all."""
    cpu_s: float
    wall_s: float
    peak_bytes: int
    byte_seconds: float
    """0.0 unless memory was sampled, as is ``wall_byte_seconds``."""
    wall_byte_seconds: float
    prepare_s: float
    """CPU time that reading inputs and compiling took before; no part of ``cpu_s``."""


def run_pass(
    sandbox: Sandbox,
    program: Program,
    inputs: Sequence[str],
    limits: Limits,
    *,
    loops: int = 1,
    sample_memory: bool = False,
    keep_outputs: bool = True,
) -> Pass:
    """Run ``program`` over ``inputs``, ``loops`` times, up to the first child that fails; each has the same limits."""
    alone = one_by_one(program)
    batches = [inputs[i : i + 1] for i in range(len(inputs))] * loops if alone else [inputs]
    outcomes: list[Outcome] = []
    for batch in batches:
        outcome = sandbox.run(
            program,
            batch,
            limits,
            loops=1 if alone else loops,
            sample_memory=sample_memory,
            keep_outputs=keep_outputs,
        )
        outcomes.append(outcome)
        if outcome.ended != "finished":
            break
    return Pass(
        ended=outcomes[-1].ended,
        detail=outcomes[-1].detail,
        outputs=tuple(output for outcome in outcomes for output in outcome.outputs),
        cpu_s=math.fsum(outcome.cpu_s for outcome in outcomes),
        wall_s=math.fsum(outcome.wall_s for outcome in outcomes),
        peak_bytes=max(outcome.peak_bytes for outcome in outcomes),
        byte_seconds=math.fsum(outcome.byte_seconds or 0.0 for outcome in outcomes),
        wall_byte_seconds=math.fsum(outcome.wall_byte_seconds or 0.0 for outcome in outcomes),
        prepare_s=math.fsum(outcome.prepare_s for outcome in outcomes),
    )


@dataclass(slots=True)
class Timed:
    """A program on cases, pass after pass. Every loop of every pass is checked, so that only right answers are timed.

    The cases judge the first pass. Later passes send one digest per loop, which must be one that was judged right:
    comparing digests costs less than sending and comparing all outputs again.
    """

    sandbox: Sandbox
    program: Program
    cases: Sequence[TestCase]
    right: set[bytes] = field(init=False, default_factory=set)
    """Digests of a loop's outputs."""

    def run(self, limits: Limits, *, loops: int = 1, sample_memory: bool = False, keep_outputs: bool = False) -> Pass:
        """One pass. With ``keep_outputs`` the outputs may differ from pass to pass, as long as they fit the cases."""
        keep_outputs |= not self.right
        ran = run_pass(
            self.sandbox,
            self.program,
            [case.input for case in self.cases],
            limits,
            loops=loops,
            sample_memory=sample_memory,
            keep_outputs=keep_outputs,
        )
        if ran.ended == "finished" and not self._is_right(ran.outputs, loops, keep_outputs):
            return msgspec.structs.replace(ran, ended="wrong")
        return ran

    def _is_right(self, outputs: Sequence[bytes], loops: int, kept: bool) -> bool:
        if not kept and not one_by_one(self.program):
            return len(outputs) == loops and self.right.issuperset(outputs)
        count = len(self.cases)
        every = [outputs[start : start + count] for start in range(0, len(outputs), count)]
        return len(outputs) == loops * count and all(self._fits(each, kept) for each in every)

    def _fits(self, outputs: Sequence[bytes], kept: bool) -> bool:
        known = digest(outputs)
        if kept and known not in self.right and all(matches(self.sandbox, self.program, self.cases, outputs)):
            self.right.add(known)
        return known in self.right


# ---------------------------------------------------------------- one task


@dataclass(slots=True)
class Trial:
    """Programs of one task in one sandbox, for test writing. It counts the CPU time they use."""

    sandbox: Sandbox
    task: Task
    empty: Program = field(init=False)
    floor_s: float = field(init=False)
    reference_children_s: tuple[float, ...] = field(init=False, default=())
    """CPU time of each child of the reference's on all given inputs."""
    spent_s: float = field(init=False, default=0.0)
    """CPU time of the task's programs so far."""

    def __post_init__(self) -> None:
        self.empty = empty_program(language(self.task.language).program(self.task, ""))
        small = "" if self.one_by_one else wire.encode([])
        self.floor_s = sorted(self._empty_s(small) for _ in range(3))[1]  # the median

    @property
    def one_by_one(self) -> bool:
        return one_by_one(self.empty)

    def misfit(self, text: str) -> str:
        """Why the task's language has no values for an input; empty where it has."""
        return language(self.task.language).misfit(self.task, text)

    def run(self, code: str, inputs: Sequence[str], limits: Limits = CHECK_LIMITS, *, rehashed: bool = False) -> Pass:
        """``rehashed``: under another hash seed."""
        sandbox = self.sandbox.rehashed if rehashed else self.sandbox
        return self._counted(run_pass(sandbox, language(self.task.language).program(self.task, code), inputs, limits))

    def passes(self, code: str, cases: Sequence[TestCase], limits: Limits) -> bool:
        """Whether it finishes, and every output fits its case."""
        program = language(self.task.language).program(self.task, code)
        return self._counted(Timed(self.sandbox, program, cases).run(limits)).ended == "finished"

    def _counted(self, ran: Pass) -> Pass:
        self.spent_s += ran.cpu_s
        return ran

    def each(
        self,
        code: str,
        inputs: Sequence[str],
        limits: Limits = CHECK_LIMITS,
        *,
        rehashed: bool = False,
        patient: bool = False,
    ) -> list[bytes | None]:
        """The output for each input; None where the program failed on it or was not tried. It is not tried after many
        failures, nor, without patience, after one that used up the time or memory."""
        program = language(self.task.language).program(self.task, code)
        fits = [not self.misfit(text) for text in inputs]
        answers = iter(
            self._ask(program, list(compress(inputs, fits)), limits, patient=patient, rehashed=rehashed).answers
        )
        found = (next(answers) if fit else None for fit in fits)
        return [None if isinstance(answer, Outcome) else answer for answer in found]

    def _ask(
        self, program: Program, inputs: Sequence[str], limits: Limits, *, patient: bool, rehashed: bool = False
    ) -> Asked:
        asked = ask(self.sandbox.rehashed if rehashed else self.sandbox, program, inputs, limits, patient=patient)
        self.spent_s += sum(asked.children_s)
        return asked

    def limits(self, factor: float) -> Limits:
        """For a program that may take ``factor`` times what the reference took for the given inputs."""
        return CHECK_LIMITS.within(min(CHECK_LIMITS.cpu_s, max(_LEAST_S, factor * sum(self.reference_children_s))))

    def seeded(self, code: str, inputs: Sequence[str]) -> list[list[bytes | Outcome]]:
        """The answers under two seeds, of the shared random numbers and of hashes, to find programs that depend on
        either; the first run is the reference's time on all given inputs."""
        first = self._seeded(code, inputs, _SEEDS[0])
        self.reference_children_s = tuple(first.children_s)
        if self.is_certain(code, inputs, first.answers):
            return [first.answers, first.answers]
        return [first.answers, self._seeded(code, inputs, _SEEDS[1], rehashed=True).answers]

    def is_certain(self, code: str, inputs: Iterable[str], answers: Iterable[bytes | Outcome | None]) -> bool:
        """Whether ``code`` would answer the same under any seed. An address in an answer may move."""
        sets = any('"!set"' in text or '"!frozenset"' in text for text in inputs)
        moved = any(isinstance(answer, bytes) and b" at 0x" in answer for answer in answers)
        return not sets and not moved and language(self.task.language).deterministic(code, self.task)

    def rehashed(self, code: str, inputs: Sequence[str]) -> list[bytes | Outcome]:
        """The answers under the first seed of random numbers and the second one of hashes."""
        return self._seeded(code, inputs, _SEEDS[0], rehashed=True).answers

    def _seeded(self, code: str, inputs: Sequence[str], seed: int, *, rehashed: bool = False) -> Asked:
        used = language(self.task.language)
        program = used.seeded(used.program(self.task, code), seed)
        return self._ask(program, inputs, GIVEN_LIMITS, patient=True, rehashed=rehashed)

    def fits(self, cases: Sequence[TestCase], outputs: Sequence[bytes | None]) -> list[bool]:
        """Which outputs fit their case; a missing one never does."""
        there = [index for index, output in enumerate(outputs) if output is not None]
        chosen = [outputs[index] or b"" for index in there]
        right = matches(self.sandbox, self.empty, [cases[index] for index in there], chosen)
        fitting = {index for index, fit in zip(there, right, strict=True) if fit}
        return [index in fitting for index in range(len(cases))]

    def net_s(self, code: str, text: str, limits: Limits) -> float:
        """CPU time of the program's own work on one input, from two runs. The limit where it is too slow in both; 0.0
        when it fails."""
        runs = [self.run(code, [text], limits) for _ in range(2)]
        done = [run for run in runs if run.ended == "finished"]
        if done:
            return self.own_s(text, done)
        return limits.cpu_s if all(run.ended == "timeout" for run in runs) else 0.0

    def own_s(self, text: str, runs: Sequence[Pass]) -> float:
        """CPU time of a program's own work in finished ``runs`` on one input: without the empty program's time on it,
        and without the time to write down its result. The smallest of each, since a busy machine only adds."""
        floor_s = self.floor_s if len(text) <= _SHORT_INPUT else min(self._empty_s(text) for _ in range(2))
        taken = min(run.cpu_s for run in runs) - floor_s
        long = not self.one_by_one and len(runs[0].outputs[0]) > _LONG_OUTPUT
        return max(0.0, taken - self.writing_s(runs[0].outputs[0]) if long else taken)

    def _empty_s(self, text: str) -> float:
        return run_pass(self.sandbox, self.empty, [text], CHECK_LIMITS).cpu_s

    def writing_s(self, output: bytes) -> float:
        """CPU time to write down a result: the time of a program that only returns it, without the empty program's."""
        result, echo = [f"[{output.decode()}]"], language(self.task.language).echo
        echoed, empty = (
            min(run_pass(self.sandbox, program, result, CHECK_LIMITS).cpu_s for _ in range(2))
            for program in (echo, empty_program(echo))
        )
        return max(0.0, echoed - empty)
