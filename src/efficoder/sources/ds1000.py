"""DS-1000: data-science problems whose answer is a snippet put into code of the set, so they stay Script tests.

Each ``code_context`` defines ``test_execution(solution)`` and at times ``test_string(solution)``; both take the answer
as text. The packages it imports must be there (run.packages); a task that lacks one is left out by write_tests.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from efficoder.languages.python.syntax import parse
from efficoder.parse import from_json
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.types import Origin, Script, Task, TaskTests, TestCase

_ORIGIN = Origin(source="xlang-ai/DS-1000", licence="CC-BY-SA-4.0", url="https://github.com/xlang-ai/DS-1000")
_ANSWER = "solution"
_TESTS = ("test_execution", "test_string")
"""In the order the set's own runner calls them."""


def read_ds1000(path: Path) -> Iterator[SourceRow]:
    """ds1000.jsonl(.gz), or test.jsonl of the hub. Ids are ``DS-1000/N`` by the metadata's ``problem_id``."""
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "ds1000"):
        task = Task(
            id=f"DS-1000/{_number(row)}",
            prompt=row.text("prompt"),
            interface=Script(answer_name=_ANSWER),
            origin=row.origin(origin),
            reference=row.text("canonical_solution" if "canonical_solution" in row.fields else "reference_code"),
        )
        checks = (TestCase(input=_test(row)),)
        yield SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=checks))


def _number(row: Row) -> int:
    """``problem_id`` of the metadata, an object or the JSON text of one."""
    metadata = row.fields.get("metadata")
    if isinstance(metadata, str):
        try:
            metadata = from_json(metadata)
        except ValueError as error:
            raise row.error(f"column 'metadata' is not JSON: {error}") from error
    else:
        metadata = row.get("metadata", dict)
    number = metadata.get("problem_id") if isinstance(metadata, dict) else None
    if not isinstance(number, (int, str)) or not str(number).isdecimal():
        raise row.error("column 'metadata' has no number 'problem_id'")
    return int(number)


def _test(row: Row) -> str:
    context = row.text("code_context")
    try:
        defined = {node.name for node in parse(context).body if isinstance(node, ast.FunctionDef)}
    except SyntaxError as error:
        raise row.error(f"column 'code_context' does not parse: {error}") from error
    if _TESTS[0] not in defined:
        raise row.error(f"column 'code_context' does not define {_TESTS[0]}(solution)")
    return "\n".join([context, *(f"{name}({_ANSWER})" for name in _TESTS if name in defined), ""])
