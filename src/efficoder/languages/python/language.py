"""Python as a Language (languages/protocol.py): each part, from the file that has it."""

import re
from collections.abc import Mapping, Sequence

from efficoder.languages.protocol import Timing
from efficoder.languages.python.cut_short import cut_short
from efficoder.languages.python.deterministic import deterministic
from efficoder.languages.python.extract import extract
from efficoder.languages.python.mutants import mutants
from efficoder.languages.python.normalise import normalise
from efficoder.languages.python.profiler import profiled
from efficoder.languages.python.program import echo, maker, program, seeded
from efficoder.languages.python.prompts import opens, statement
from efficoder.languages.python.proposals import asserts
from efficoder.languages.python.risks import RULES, findings
from efficoder.languages.python.signatures import signature as python_signature
from efficoder.languages.python.standalone import standalone
from efficoder.types import Function, Task

_NO_MODULE = re.compile(r"No module named '([\w.]+)'")

title = "Python"
suffixes = (".py",)
toolchain = None
timing = Timing()
too_large = ("RecursionError", "ValueError: Exceeds the limit")
failed_assertion = "AssertionError"
stops = ("\nif __name__", "\nprint(", "\nassert ", "\n```")
risks: Mapping[str, str] = {rule.name: rule.catches for rule in RULES}


def command(arguments: Sequence[str]) -> str:
    return f"python -m {' '.join(arguments)}"


def signature(code: str, entry_point: str, header: str = "") -> Function:
    return python_signature(code, entry_point, header).interface


def unsupported(task: Task) -> str | None:
    return None


def misfit(task: Task, text: str) -> str:
    return ""


def missing_package(detail: str) -> str | None:
    found = _NO_MODULE.search(detail)
    return found[1].partition(".")[0] if found else None
