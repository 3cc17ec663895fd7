"""Programs that make inputs, written by a model or shipped by a source. They run in the sandbox; only plain data comes
out.

A program is a module with ``make_input(n, seed)`` that returns the list of arguments (for Stdio the text, alone or in a
list), or one expression with that value (COFFE's stress inputs). Some also have ``level_input(level, case)``: the own
inputs of a benchmark by level of size (ENAMEL's generators).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from efficoder import wire
from efficoder.judging.trial import run_pass
from efficoder.languages import LOAD_LANGUAGE
from efficoder.sandbox import Limits, Sandbox
from efficoder.testgen.loads.growth import Growth
from efficoder.types import Comparison, TestCase

ENTRY_POINT = "make_input"
LEVELS = "level_input"
LIMITS = Limits(output_bytes=4 << 20).within(3.0)
_START = 16
_CAP = 10**9
_SMALL_SIZES = (3, 8, 20)  # of checks, where the source gives none
_SMALL_CASES = 4
_LEVEL_CASES = 8  # of a source with levels: the cases of its smallest one (ENAMEL has eight there)


class _Unusable(Exception):
    """What a program made is no input; the message says why."""


@dataclass(slots=True)
class Generator:
    """One untrusted program. Whatever it does, ``make`` answers: an input, or None with the reason in ``problems``."""

    sandbox: Sandbox
    program: str
    arity: int | None
    """Arguments it must return; None: any number."""
    text: bool = False
    """For Stdio: the one argument is the text for standard input."""
    problems: list[str] = field(default_factory=list)
    _too_large: int | None = None
    """The smallest size that used up the time limit; neither it nor a larger one is tried again."""

    def make(self, size: int, seed: int) -> str | None:
        """The input as text. Two runs must agree: a program that ignores its seed never makes the same load twice."""
        if self._too_large is not None and size >= self._too_large:
            return None
        return self._made(ENTRY_POINT, size, seed)

    def level(self, level: int, case: int) -> str | None:
        """The input of a source's own level, likewise. Only where ``has_levels``."""
        return self._made(LEVELS, level, case)

    @property
    def has_levels(self) -> bool:
        return LOAD_LANGUAGE.opens(self.program, LEVELS)

    def small(self, seed: int) -> Iterator[str | None]:
        """Small inputs."""
        if self.has_levels:
            yield from (self.level(0, case) for case in range(_LEVEL_CASES))
        else:
            yield from (self.make(size, seed + number) for size in _SMALL_SIZES for number in range(_SMALL_CASES))

    def _made(self, entry_point: str, size: int, seed: int) -> str | None:
        try:
            return self._read(self._run(entry_point, size, seed))
        except _Unusable as error:
            reason = str(error)
        if reason not in self.problems:
            self.problems.append(reason)
        return None

    def _run(self, entry_point: str, size: int, seed: int) -> bytes:
        try:
            program = LOAD_LANGUAGE.maker(self.program, entry_point)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise _Unusable(f"no {LOAD_LANGUAGE.title}: {error}") from None
        # A program that ignores its seed draws from the shared random numbers: those are seeded for it.
        made = LOAD_LANGUAGE.seeded(program, seed)
        outputs: list[bytes] = []
        for _ in range(2):
            ran = run_pass(self.sandbox, made, [wire.encode([size, seed])], LIMITS)
            if ran.ended == "timeout" and entry_point == ENTRY_POINT:
                self._too_large = size
            if ran.ended != "finished":
                raise _Unusable(f"{ran.ended}: {ran.detail}")
            outputs.append(ran.outputs[0])
        if outputs[0] != outputs[1]:
            raise _Unusable("nondeterministic: two runs with one seed differ")
        return outputs[0]

    def growth(self, name: str) -> Growth:
        return Growth(name, self.make, _START, _CAP)

    def _read(self, output: bytes) -> str:
        try:
            arguments = wire.decode(output)
        except ValueError as error:
            raise _Unusable(f"not plain data: {error}") from None
        if self.text and isinstance(arguments, str):
            return arguments
        if not isinstance(arguments, list):
            raise _Unusable(f"wrong shape: a list of arguments expected, not {type(arguments).__name__}")
        if self.arity is not None and len(arguments) != self.arity:
            raise _Unusable(f"wrong shape: {len(arguments)} arguments instead of {self.arity}")
        if not self.text:
            return output.decode()
        if not isinstance(arguments[0], str):
            raise _Unusable("wrong shape: text for standard input expected")
        return arguments[0]


def first_checks(programs: Sequence[Generator], seed: int, comparison: Comparison) -> tuple[TestCase, ...]:
    """Small inputs from the source's programs, for a task without checks."""
    inputs = dict.fromkeys(text for program in programs for text in program.small(seed) if text is not None)
    return tuple(TestCase(input=text, comparison=comparison, origin="generated") for text in inputs)
