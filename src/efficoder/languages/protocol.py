"""What the rest of EffiCoder may ask of a language, and the records that come back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from efficoder.sandbox import Native, Program
from efficoder.types import Function, Task, TestCase

PROFILE_MARK = "\n\x00hot lines\x00"
"""The text before a line profile on standard output."""


@dataclass(frozen=True, slots=True)
class Extracted:
    """Code, or the reason why there is none; exactly one of the two."""

    code: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a risk rule caught something."""

    rule: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


@dataclass(frozen=True, slots=True)
class Mutant:
    operator: str
    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Standalone:
    """Code with all it needs, or why it cannot run by itself."""

    code: str
    problem: Literal["", "does_not_parse", "undefined_name"] = ""
    detail: str = ""


class Timing(NamedTuple):
    """What a language's times need beyond the settings (docs/metrics.md): where code is compiled while it runs, short
    passes are noisy, and show less of a difference than there is."""

    least_body_s: float = 0.0
    """So long a timed pass lasts at least."""
    margin: float = 1.0
    """No smaller ratio is a gain."""


class Language(Protocol):
    """One language. Any module that has these names is one."""

    @property
    def title(self) -> str:
        """Its name in prose."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the names of its files end."""

    @property
    def toolchain(self) -> Native | None:
        """What compiles it; None for Python, which runs EffiCoder itself."""

    @property
    def risks(self) -> Mapping[str, str]:
        """The rules that ``findings`` applies, in order: name, and what it catches."""

    @property
    def too_large(self) -> tuple[str, ...]:
        """How errors begin that the language itself raises at a size which the task may never have meant: they say
        nothing about right or wrong."""

    @property
    def timing(self) -> Timing:
        """What its times need."""

    @property
    def failed_assertion(self) -> str:
        """How the error begins when an assertion of a Script task fails."""

    @property
    def stops(self) -> tuple[str, ...]:
        """What ends a completion: a base model continues with a demonstration or another answer."""

    @property
    def echo(self) -> Program:
        """A Function program that returns its one argument."""

    def missing_package(self, detail: str) -> str | None:
        """The package that is not there, where ``detail`` is the error of code that imports it; else None."""

    def signature(self, code: str, entry_point: str, header: str = "") -> Function:
        """The signature of ``f`` or ``Solution().f`` in ``code``; without parameters where it is not there."""

    def unsupported(self, task: Task) -> str | None:
        """Why answers to ``task`` cannot be run in this language; None where they can."""

    def misfit(self, task: Task, text: str) -> str:
        """Why an input has no counterpart in the types of the task's signature; empty where it has. Nobody is judged
        on such an input."""

    def program(self, task: Task, code: str) -> Program:
        """What the sandbox runs for ``code`` as an answer to ``task``, which is supported."""

    def seeded(self, program: Program, seed: int) -> Program:
        """The same program, with the language's shared source of random numbers seeded before its work begins."""

    def deterministic(self, code: str, task: Task) -> bool:
        """Whether it is certain that no seed, of random numbers or of hashes, changes what ``code`` answers to inputs
        that hold no set. What it cannot tell is not."""

    def maker(self, text: str, entry_point: str) -> Program:
        """A load program: a module that defines ``entry_point(n, seed)``, or one expression with its value. Raises
        SyntaxError for any other text."""

    def profiled(self, program: Program) -> Program | None:
        """The same program, which answers with its line profile, ``[[line, seconds], ...]``. A Stdio program prints the
        profile after PROFILE_MARK. None where the language has no profiler."""

    def command(self, arguments: Sequence[str]) -> str:
        """How a person would run a module of a project with its arguments."""

    def extract(self, reply: str, task: Task) -> Extracted:
        """The code that a model's reply offers as an answer to ``task``. No reply raises."""

    def normalise(self, code: str) -> str:
        """One spelling for equal code; ids of candidates are hashes of it."""

    def standalone(self, code: str, task: Task) -> Standalone:
        """``code`` below what it uses of the task's header, which the sandbox runs before a candidate. Code of a task
        without a header's interface (programs, projects, snippets) comes back as it is."""

    def findings(self, code: str, own: frozenset[str] = frozenset()) -> list[Finding]:
        """Risky operations and third-party imports in source order. Raises SyntaxError when it does not parse.

        ``own``: modules that the code's project has as well."""

    def mutants(self, code: str, limit: int, seed: int) -> list[Mutant]:
        """At most ``limit`` programs, each ``code`` with one small fault. Some may not compile. Raises SyntaxError when
        ``code`` does not parse."""

    def cut_short(self, code: str, task: Task, argument: int, above: float, answer: str) -> Mutant | None:
        """``code`` with a constant answer where the argument at this position is larger than ``above``; for a program,
        its input. None where that cannot be written. It may not compile. Raises SyntaxError when ``code`` does not
        parse."""

    def asserts(self, text: str, task: Task) -> Iterator[TestCase | None]:
        """The tests of a Function task that a reply writes as assert statements; None for one that is no data."""

    def statement(self, prompt: str) -> str | None:
        """The prose of a prompt that is code to continue; None for any other prompt."""

    def opens(self, prompt: str, entry_point: str) -> bool:
        """Whether a prompt is code that begins the definition of ``entry_point``."""
