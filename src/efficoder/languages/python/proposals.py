"""The asserts that a tester's reply proposes as tests, read as data; nothing is run."""

import ast
from collections.abc import Iterator

import msgspec

from efficoder.languages import replies
from efficoder.languages.python import syntax
from efficoder.languages.python.asserts import convert_asserts
from efficoder.languages.python.signatures import Signature, signature
from efficoder.types import Function, Task, TestCase


def asserts(text: str, task: Task) -> Iterator[TestCase | None]:
    """The asserts of the first pieces that hold any. Each is converted alone: one that is no data costs no other."""
    shape = _shape(task)
    for group in replies.groups(text):
        found = [statement for piece in group for statement in _assert_statements(piece)]
        if found:
            yield from (_case(statement, shape) for statement in found)
            return


def _assert_statements(lines: list[str]) -> Iterator[ast.stmt | None]:
    """All asserts in the order of their depth, with those of unittest; None for one that does not parse."""
    try:
        for node in ast.walk(syntax.parse("\n".join(lines))):
            match node:
                case ast.Assert() | ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self")))):
                    yield node
    except SyntaxError:  # prose around it, or cut off: lines that are asserts by themselves
        for line in lines:
            if line.strip().startswith("assert "):
                try:
                    yield from syntax.parse(line.strip()).body
                except SyntaxError:
                    yield None


def _case(statement: ast.stmt | None, shape: Signature) -> TestCase | None:
    """An assert as an input and the expected value. A condition that is no comparison leaves the input alone: code
    that a tester wrote decides nothing."""
    converted = convert_asserts([statement], shape) if statement is not None else ""
    if isinstance(converted, str) or len(converted) != 1:
        return None
    (case,) = converted
    return TestCase(input=case.input) if case.comparison.kind == "checker" else case


def _shape(task: Task) -> Signature:
    """The task's signature, with linked data as the plain lists that stand for them on the wire."""
    assert isinstance(task.interface, Function)
    plain = tuple(msgspec.structs.replace(parameter, codec="plain") for parameter in task.interface.parameters)
    interface = msgspec.structs.replace(task.interface, parameters=plain, returns_codec="plain")
    return Signature(interface, signature(task.reference or task.starter, interface.entry_point).defaults)
