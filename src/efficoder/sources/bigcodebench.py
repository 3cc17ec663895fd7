"""BigCodeBench: library tasks whose tests are unittest code, so they stay Script tests (the weaker trust class)."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from efficoder.languages.python.syntax import parse
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.types import Origin, Script, Task, TaskTests, TestCase

_ORIGIN = Origin(
    source="bigcode-project/bigcodebench-annotation",
    licence="Apache-2.0",
    url="https://github.com/bigcode-project/bigcodebench-annotation",
)
_RUNNER = """

def _run_test_cases():
    import unittest

    suite = unittest.defaultTestLoader.loadTestsFromTestCase(TestCases)
    result = unittest.TestResult()
    suite.run(result)
    for test, trace in [*result.errors, *result.failures]:
        raise AssertionError(f"{test.id()}: {trace.strip().splitlines()[-1]}")
    if not result.wasSuccessful() or result.testsRun == 0:
        raise AssertionError("no test passed")


_run_test_cases()
"""


def read_bigcodebench(path: Path) -> Iterator[SourceRow]:
    """BigCodeBench*.jsonl(.gz), the prompts to complete."""
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "bigcodebench"):
        prompt = row.text("prompt")
        task = Task(
            id=row.text("task_id"),
            prompt=prompt,
            interface=Script(entry_point=row.text("entry_point"), header=_standard_imports(row, prompt)),
            origin=row.origin(origin),
            reference=prompt + row.text("canonical_solution"),
            starter=prompt,
        )
        checks = (TestCase(input=row.text("test") + _RUNNER),)
        yield SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=checks))


def _standard_imports(row: Row, prompt: str) -> str:
    """The prompt's imports of the standard library; others may be missing on this machine, and a header must run."""
    try:
        body = parse(prompt).body
    except SyntaxError as error:
        raise row.error(f"column 'prompt' does not parse: {error}") from error
    kept = []
    for node in body:
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            continue
        if all(module.partition(".")[0] in sys.stdlib_module_names for module in modules):
            kept.append(ast.unparse(node))
    return "\n".join(kept)
