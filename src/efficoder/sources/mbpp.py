"""MBPP (974 tasks) and its sanitized part in CodeT's form (427): a statement and a few asserts."""

import ast
from collections.abc import Iterator
from pathlib import Path

from efficoder.languages.python.asserts import checks_of
from efficoder.languages.python.signatures import signature
from efficoder.languages.python.syntax import parse
from efficoder.sources.continuation import with_asserts
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.types import Origin, Task, TaskTests

_MBPP = Origin(
    source="google-research/mbpp", licence="CC-BY-4.0", url="https://github.com/google-research/google-research"
)
_SANITIZED = Origin(source="microsoft/CodeT", licence="MIT", url="https://github.com/microsoft/CodeT")


def read_mbpp(path: Path) -> Iterator[SourceRow]:
    """mbpp.jsonl(.gz). The prompt is the statement and the first assert, which tells the function's name."""
    origin = origin_of(path, _MBPP)
    for row in read_rows(path, "mbpp"):
        reference, setup = row.text("code"), row.text("test_setup_code")
        asserts = [*row.get("test_list", list), *(row.fields.get("challenge_test_list") or [])]
        if not asserts:
            raise row.error("column 'test_list' is empty")
        shape = signature(reference, _entry_point(row, reference, asserts))
        before = [setup] if setup else []
        tests = checks_of("\n".join([*before, *asserts]), shape, ["\n".join([*before, text]) for text in asserts])
        task = Task(
            id=f"Mbpp/{row.get('task_id', int)}",
            prompt=f"{row.text('text')}\nYour code should pass this test:\n{asserts[0]}\n",
            interface=tests.interface,
            origin=row.origin(origin),
            reference=reference,
        )
        yield SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=tests.checks), skipped=tests.skipped)


def read_mbpp_sanitized(path: Path) -> Iterator[SourceRow]:
    """mbpp_sanitized_for_code_generation.jsonl(.gz): prompts to continue. Ids are those of MBPP."""
    origin = origin_of(path, _SANITIZED)
    for row in read_rows(path, "mbpp_sanitized"):
        reference = _continued(row.text("prompt"), row.text("canonical_solution"))
        entry_point = _entry_point(row, reference, [row.text("test")])  # column entry_point may be another function
        task_id = row.text("task_id").replace("MbppEval/", "Mbpp/")
        yield with_asserts(row, origin, reference, entry_point, id=task_id)


def _entry_point(row: Row, reference: str, asserts: list[str]) -> str:
    """The function of the reference that the asserts call, the outermost call first."""
    try:
        defined = {node.name for node in parse(reference).body if isinstance(node, ast.FunctionDef)}
        calls = [node for text in asserts for node in ast.walk(parse(text)) if isinstance(node, ast.Call)]
    except SyntaxError as error:
        raise row.error(f"the code or a test does not parse: {error}") from error
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id in defined:
            return call.func.id
    raise row.error("no test calls a function of column 'code'")


def _continued(prompt: str, body: str) -> str:
    """Prompt and body as one module. Bodies are indented otherwise than some docstrings: those are left out."""
    whole = prompt + body
    try:
        parse(whole)
    except SyntaxError:
        return prompt.partition("    '''")[0] + body
    return whole
