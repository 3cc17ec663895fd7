"""Functions in languages that declare their types: which function a row asks for, and what judges its answers.

Sets in many languages name the function only in its code, and their tests are code as well. A function whose types the
language's driver reads is judged outside the sandbox, by the tests of its problem in another language
(testgen/twins.py). Only where there is no such function are the set's own tests used, if the language runs Script
tests.
"""

import re
from collections.abc import Iterator

import msgspec

from efficoder.languages import LANGUAGES
from efficoder.sources.files import SourceRow
from efficoder.types import Function, Script, Task, TaskTests, TestCase

_CALLED = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]*)\s*\(")
_DEFINED = re.compile(r"(?<![\w$])([A-Za-z_$][\w$]*)\s*(?:=\s*(?:async\s*)?(?:function\b|\()|\()")
_CLASS = re.compile(r"\bclass\s+(\w+)\s*\{")
_IMPL = re.compile(r"^[ \t]*impl\s+(\w+)\s*\{", re.MULTILINE)


def function_of(language: str, code: str, head: str, names: Iterator[str], header: str = "") -> Function:
    """The signature in ``code`` of the first of ``names`` that has one; a method where ``head`` opens a class, or what
    a type implements."""
    used = LANGUAGES.get(language)
    owner = f"{found[1]}()." if (found := _CLASS.search(head)) else ""
    owner = f"{found[1]}::" if not owner and (found := _IMPL.search(head)) else owner
    first = ""
    for name in names:
        first = first or f"{owner}{name}"
        shape = used.signature(code, f"{owner}{name}", header) if used else None
        if shape is not None and (shape.returns or shape.parameters):
            return shape
    return Function(entry_point=first, header=header)


def called(head: str, test: str) -> Iterator[str]:
    """The functions that ``head`` defines and ``test`` calls, the last one first: helpers stand before what they
    help."""
    wanted = set(_CALLED.findall(test))
    yield from dict.fromkeys(name for name in reversed(_DEFINED.findall(head)) if name in wanted)


def with_own_tests(task: Task, test: str) -> SourceRow:
    """The task as a function; with ``test`` as a Script test where it can be run as such alone."""
    used = LANGUAGES.get(task.language)
    header = task.interface.header if isinstance(task.interface, Function) else ""
    script = msgspec.structs.replace(task, interface=Script(header=header))
    if used is None or used.unsupported(task) is None or used.unsupported(script) is not None:
        return SourceRow(task=task, tests=TaskTests(task_id=task.id))
    return SourceRow(task=script, tests=TaskTests(task_id=task.id, checks=(TestCase(input=test),)))
