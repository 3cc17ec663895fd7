"""Programs of one task, run on inputs: what each gave, and how long it took over the empty program."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from efficoder import wire
from efficoder.judging.judge import TOGETHER_S, Asked, ask_all, matches
from efficoder.languages import python
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.types import Stdio, Task, TestCase

CHECK_LIMITS = Limits()
_GIVEN_LIMITS = CHECK_LIMITS.within(TOGETHER_S)
_SEEDS = (1, 2)
_LEAST_S = 0.25


@dataclass(slots=True)
class Trial:
    """One task in one sandbox. Outputs are untrusted bytes, compared outside (judge.matches)."""

    sandbox: Sandbox
    task: Task
    floor_s: float = field(init=False, default=0.0)
    reference_s: float = field(init=False, default=0.0)
    """CPU time of the reference on all given inputs."""
    spent_s: float = field(init=False, default=0.0)
    """CPU time of everything run so far."""

    def __post_init__(self) -> None:
        empty = [self.sandbox.run(self._empty, [self._small]).cpu_s for _ in range(3)]
        self.floor_s = sorted(empty)[1]

    def run(self, code: str, inputs: Sequence[str], limits: Limits = CHECK_LIMITS) -> Outcome:
        outcome = self.sandbox.run(python.program(self.task, code), inputs, limits)
        self.spent_s += outcome.cpu_s
        return outcome

    def each(self, code: str, inputs: Sequence[str], limits: Limits = CHECK_LIMITS) -> list[bytes | None]:
        """The output for each input; None where the program failed on it, or was not tried any more: after many
        failures, or after one that took all the time or memory there was."""
        answers = self.ask(python.program(self.task, code), inputs, limits, patient=False).answers
        return [None if isinstance(answer, Outcome) else answer for answer in answers]

    def ask(self, program: Program, inputs: Sequence[str], limits: Limits, *, patient: bool) -> Asked:
        asked = ask_all(self.sandbox, program, inputs, limits, patient=patient)
        self.spent_s += sum(asked.children_s)
        return asked

    def limits(self, factor: float) -> Limits:
        """For a program that may take ``factor`` times what the reference took for the given inputs."""
        return CHECK_LIMITS.within(min(CHECK_LIMITS.cpu_s, max(_LEAST_S, factor * self.reference_s)))

    def seeded(self, code: str, inputs: Sequence[str]) -> list[list[bytes | Outcome]]:
        """The answers under two seeds of ``random``, to find programs that use it; the first run is the reference's
        time on all given inputs."""
        # A Function's calls come after its module, a Stdio program's work is the module itself.
        seeds = [f"\n__import__('random').seed({seed})\n" for seed in _SEEDS]
        program = python.program(self.task, code)
        programs = [
            msgspec.structs.replace(program, header=seed + program.header)
            if self.one_by_one
            else msgspec.structs.replace(program, code=program.code + seed)
            for seed in seeds
        ]
        asked = [self.ask(each, inputs, _GIVEN_LIMITS, patient=True) for each in programs]
        self.reference_s = sum(asked[0].children_s)
        return [each.answers for each in asked]

    def fits(self, cases: Sequence[TestCase], outputs: Sequence[bytes | None]) -> list[bool]:
        """Which outputs fit their case; a missing one never does."""
        there = [index for index, output in enumerate(outputs) if output is not None]
        chosen = [outputs[index] or b"" for index in there]
        right = matches(self.sandbox, [cases[index] for index in there], chosen)
        fitting = {index for index, fit in zip(there, right, strict=True) if fit}
        return [index in fitting for index in range(len(cases))]

    def net_s(self, code: str, text: str, limits: Limits) -> float:
        """CPU time of the program's own work on one input: less the empty program's on it, and less what writing
        down its result takes. The smaller of two runs; 0.0 when it fails."""
        runs = [self.run(code, [text], limits) for _ in range(2)]
        if any(run.ended != "finished" for run in runs):
            return 0.0
        taken = min(run.cpu_s for run in runs) - self.sandbox.run(self._empty, [text]).cpu_s
        return max(0.0, taken if self.one_by_one else taken - self.writing_s(runs[0].outputs[0]))

    def writing_s(self, output: bytes) -> float:
        """CPU time that writing down a result takes: a program that returns it at once, less the empty program."""
        result = [f"[{output.decode()}]"]
        echo = Program(kind="function", code="def echo(value):\n    return value\n", entry_point="echo")
        echoed, empty = (min(self.sandbox.run(p, result).cpu_s for _ in range(2)) for p in (echo, self._empty))
        return max(0.0, echoed - empty)

    @property
    def one_by_one(self) -> bool:
        return isinstance(self.task.interface, Stdio)

    @property
    def _empty(self) -> Program:
        return Program(kind="stdio" if self.one_by_one else "function", code="", entry_point="")

    @property
    def _small(self) -> str:
        return "" if self.one_by_one else wire.encode([])
