"""C++ as a Language (languages/protocol.py): each part, from the file that has it."""

import re
from collections.abc import Mapping, Sequence

from efficoder.languages.compiled import deterministic
from efficoder.languages.cpp.extract import extract, opens
from efficoder.languages.cpp.program import ALONE, echo, misfit, program, unsupported
from efficoder.languages.cpp.risks import RULES, findings
from efficoder.languages.cpp.signature import signature
from efficoder.languages.cpp.tokens import normalise, tokens
from efficoder.languages.protocol import Mutant, Standalone, Timing
from efficoder.languages.python.proposals import asserts  # a tester's tests are Python literals, whatever is tested
from efficoder.sandbox import Program
from efficoder.types import Function, Script, Task

__all__ = [
    "asserts",
    "command",
    "cut_short",
    "deterministic",
    "echo",
    "extract",
    "failed_assertion",
    "findings",
    "maker",
    "misfit",
    "missing_package",
    "mutants",
    "normalise",
    "opens",
    "profiled",
    "program",
    "risks",
    "seeded",
    "signature",
    "standalone",
    "statement",
    "stops",
    "suffixes",
    "timing",
    "title",
    "too_large",
    "toolchain",
    "unsupported",
]

title = "C++"
toolchain = ALONE
timing = Timing()
too_large = ()
failed_assertion = "Assertion"
stops = ("\nint main", "\n```")
suffixes = (".cpp", ".cc", ".cxx")
risks: Mapping[str, str] = {rule.name: rule.catches for rule in RULES}


def command(arguments: Sequence[str]) -> str:
    return f"./{' '.join(arguments)}"


def missing_package(detail: str) -> str | None:
    return None  # headers beyond the compiler's own are nowhere to be had


def seeded(program: Program, seed: int) -> Program:
    """The same program: ``rand`` begins alike in every process, and other sources say their own seed."""
    return program


def maker(text: str, entry_point: str) -> Program:
    """No load program is written in C++."""
    raise SyntaxError("load programs are Python")


def profiled(program: Program) -> Program | None:
    return None


def standalone(code: str, task: Task) -> Standalone:
    """``code`` below the lines of the header that it lacks."""
    match task.interface:
        case Function(header=header) | Script(header=header):
            there = {line.strip() for line in code.splitlines()}
            lacking = [line for line in header.splitlines() if line.strip() and line.strip() not in there]
            return Standalone("\n".join([*lacking, "", code]) if lacking else code)
    return Standalone(code)


def mutants(code: str, limit: int, seed: int) -> list[Mutant]:
    """None yet."""
    return []


def cut_short(code: str, task: Task, argument: int, above: float, answer: str) -> Mutant | None:
    """None yet."""
    return None


def statement(prompt: str) -> str | None:
    """The comments of a prompt that is code to continue."""
    found = list(tokens(prompt))
    if not any(token.kind == "directive" for token in found):
        return None
    comments = [token.text for token in found if token.kind == "comment"]
    return "\n".join(re.sub(r"^\s*(/\*+|\*+/|\*|//)|\*/\s*$", "", c, flags=re.MULTILINE) for c in comments) or prompt
