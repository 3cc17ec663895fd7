"""EffiBench: 1,000 LeetCode problems with a human solution each and generated asserts.

``small_test_cases`` tell right from wrong; what ``test_case`` has beyond them are the loads. Generated text is at times
no Python (a printed object): such lines are left out and counted. A task of which nothing is left has no checks.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import msgspec

from efficoder.languages.python.asserts import Checks, checks_of, convert_asserts
from efficoder.languages.python.signatures import Signature, signature
from efficoder.languages.python.syntax import parse
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.sources.prelude import HEADER, PROMISED
from efficoder.types import Function, Origin, Task, TaskTests, TestCase

_ORIGIN = Origin(
    source="huangd1999/EffiBench",
    licence="Apache-2.0 (LeetCode statements are LeetCode text)",
    url="https://github.com/huangd1999/EffiBench",
)
_INSTANCE = "solution = Solution()"
"""EffiBench's runner puts it between a solution and its tests."""
_LOADS = 8
"""The longest inputs of ``test_case`` kept as loads: write_tests times each of them to choose."""


def read_effibench(path: Path) -> Iterator[SourceRow]:
    """dataset.json (an array), or .jsonl or .parquet of the same columns."""
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "effibench"):
        reference = row.text("canonical_solution")
        full, unread_full = _readable(row.text("test_case"))
        small, unread = _readable(row.text("small_test_cases"))
        small, unread = (small, unread) if small else (full, unread + unread_full)
        shape = signature(reference, f"Solution().{_method(row, reference, small)}", HEADER)
        tests = checks_of(small, shape, [small]) if small else Checks(shape.interface, (), ("no assert is left",))
        task = Task(
            id=f"EffiBench/{_number(row)}",
            prompt=row.text("markdown_description"),
            interface=tests.interface,
            origin=row.origin(origin),
            reference=reference,
            starter=_starter(shape),
        )
        lost = {"undecodable": unread} if unread else {}
        given = TaskTests(task_id=task.id, checks=tests.checks, lost=lost)
        if isinstance(tests.interface, Function):
            given = msgspec.structs.replace(given, loads=_loads(full, shape, given.checks))
        yield SourceRow(task=task, tests=given, skipped=tests.skipped, promised=PROMISED)


def _number(row: Row) -> str:
    """``problem_idx``, a number or its text."""
    number = row.fields.get("problem_idx")
    return str(number) if type(number) is int else row.text("problem_idx")


def _readable(text: str) -> tuple[str, int]:
    """The tests, or the lines of them that parse, and how many do not; empty where no assert is left."""
    kept = lines = text.splitlines()
    if not _parses(text):
        kept = [line for line in lines if _parses(line)]
    gone = len(lines) - len(kept)
    if not any(line.lstrip().startswith("assert") for line in kept):
        return "", gone
    return "\n".join([_INSTANCE, *(line for line in kept if line.strip() != _INSTANCE)]), gone


def _parses(text: str) -> bool:
    try:
        parse(text)
    except SyntaxError:
        return False
    return True


def _method(row: Row, reference: str, tests: str) -> str:
    """The method of class Solution that the tests call; without tests, its first public one."""
    try:
        body = parse(reference).body
    except SyntaxError as error:
        raise row.error(f"column 'canonical_solution' does not parse: {error}") from error
    methods = [
        item.name
        for node in body
        if isinstance(node, ast.ClassDef) and node.name == "Solution"
        for item in node.body
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("__")
    ]
    called = {node.attr for node in ast.walk(parse(tests)) if isinstance(node, ast.Attribute)}
    found = [name for name in methods if name in called] or [name for name in methods if not name.startswith("_")]
    if not found:
        raise row.error("column 'canonical_solution' has no class Solution with a method")
    return found[0]


def _starter(shape: Signature) -> str:
    """The header a solution starts with, as LeetCode shows it."""
    interface = shape.interface
    name = interface.entry_point.rpartition(".")[2]
    parameters = [p.name + (f": {p.annotation}" if p.annotation else "") for p in interface.parameters]
    returns = f" -> {interface.returns}" if interface.returns else ""
    return f"class Solution:\n    def {name}({', '.join(['self', *parameters])}){returns}:"


def _loads(full: str, shape: Signature, checks: tuple[TestCase, ...]) -> tuple[TestCase, ...]:
    """Inputs longer than any check's, the longest first. What of ``test_case`` is no data gives none."""
    converted = convert_asserts(full, shape) if full else ""
    if isinstance(converted, str):
        return ()
    longest = max((len(check.input) for check in checks), default=0)
    beyond = {case.input: case for case in converted if len(case.input) > longest}
    chosen = sorted(beyond.values(), key=lambda case: (-len(case.input), case.input))[:_LOADS]
    return tuple(msgspec.structs.replace(case, origin="shipped_load") for case in chosen)
