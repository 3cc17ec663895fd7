"""COFFE: 398 functions and 58 contest programs, each with stress inputs made for timing.

A set is a folder of JSON files that share the prompt as key. Tasks are numbered in file order: coffe/function/0,
coffe/contests/0. Stress inputs of contests are programs, some of functions are large: both become load programs.
"""

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from efficoder import wire
from efficoder.errors import InputError
from efficoder.languages.python import literals
from efficoder.languages.python.asserts import checks_of
from efficoder.languages.python.signatures import preamble, signature
from efficoder.languages.python.syntax import parse_expression
from efficoder.sources.files import Row, SourceRow, origin_of, read_json
from efficoder.types import Comparison, Origin, Stdio, Task, TaskTests, TestCase

_ORIGIN = Origin(source="JohnnyPeng18/Coffe", licence="Apache-2.0", url="https://github.com/JohnnyPeng18/Coffe")
_SOLUTION = "solution"
"""What COFFE calls every function in its solutions."""
MAX_LOAD = 50_000
"""Up to this many characters of wire text a stress input is kept as data; longer ones stay expressions."""
_CONTEST_LOAD = "{code}\n\ndef make_input(n, seed):\n    return [generate_input()]\n"


def read_coffe(path: Path) -> Iterator[SourceRow]:
    """The folder coffe/function, or a file in it. Checks come from the asserts the functions had in HumanEval and
    MBPP, which kept their tuples and sets."""
    folder = _Folder(path, "coffe")
    origin = origin_of(folder.path, _ORIGIN)
    best, stress = folder.table("best_solutions"), folder.table("stressful_testcases")
    for row in folder.rows("data"):
        prompt, name = row.text("final_prompt"), row.text("entry_point")
        if prompt not in best:
            raise row.error("best_solutions.json does not have this prompt")
        test = row.text("test") if "test" in row.fields else "\n".join(row.get("test_list", list))
        call = f"\n\ncheck({name})\n" if "test" in row.fields else ""
        reference = _named(best[prompt][0], name)
        shape = signature(reference, name, preamble(prompt, name))
        tests = checks_of(test, shape, [test + call])
        loads, programs, skipped = _function_loads(stress.get(prompt, []))
        task = Task(
            id=f"coffe/function/{row.line - 1}",
            prompt=prompt,
            interface=tests.interface,
            origin=row.origin(origin),
            reference=reference,
        )
        yield SourceRow(
            task=task,
            tests=TaskTests(task_id=task.id, checks=tests.checks, loads=loads, load_programs=programs),
            skipped=(*tests.skipped, *skipped),
        )


def read_coffe_contests(path: Path) -> Iterator[SourceRow]:
    """The folder coffe/code_contests, or a file in it."""
    folder = _Folder(path, "coffe_contests")
    origin = origin_of(folder.path, _ORIGIN)
    best, stress = folder.table("best_solutions"), folder.table("stressful_testcases")
    for number, (prompt, cases) in enumerate(folder.table("testcases").items()):
        row = Row("coffe_contests", folder.file("testcases"), number + 1, {"testcases": cases})
        task = Task(
            id=f"coffe/contests/{number}",
            prompt=prompt,
            interface=Stdio(),
            origin=row.origin(origin),
            reference=best[prompt][0] if prompt in best else None,
        )
        programs = tuple(_CONTEST_LOAD.format(code=code) for code in stress.get(prompt, []))
        checks = tuple(_contest_check(row, case) for case in cases)
        yield SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=checks, load_programs=programs))


class _Folder:
    """The JSON files of one set."""

    def __init__(self, path: Path, set_name: str) -> None:
        self.path = path if path.is_dir() else path.parent
        self._set_name = set_name

    def file(self, name: str) -> Path:
        found = [self.path / f"{name}.json{suffix}" for suffix in ("", ".gz")]
        for path in found:
            if path.is_file():
                return path
        raise InputError(f"{self._set_name}: the file is missing", path=found[0], hint="give the set's folder")

    def table(self, name: str) -> dict[str, Any]:
        content = read_json(self.file(name))
        if not isinstance(content, dict):
            raise InputError(f"{self._set_name}: not a JSON object", path=self.file(name))
        return content

    def rows(self, name: str) -> Iterator[Row]:
        content = read_json(self.file(name))
        if not isinstance(content, list):
            raise InputError(f"{self._set_name}: not a JSON array", path=self.file(name))
        for number, fields in enumerate(content, 1):
            yield Row(self._set_name, self.file(name), number, fields)


def _named(code: str, name: str) -> str:
    """``code`` with its function ``solution`` called ``name``, as the prompt asks."""
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    lines = code.splitlines(keepends=True)
    for before, token in reversed(list(zip([tokens[0], *tokens], tokens, strict=False))):
        if token.type == tokenize.NAME and token.string == _SOLUTION and before.string != ".":
            row, column = token.start[0] - 1, token.start[1]
            lines[row] = lines[row][:column] + name + lines[row][column + len(_SOLUTION) :]
    return "".join(lines)


def _function_loads(cases: list[dict[str, Any]]) -> tuple[tuple[TestCase, ...], tuple[str, ...], tuple[str, ...]]:
    """Loads as data, loads as expressions, and what is neither."""
    loads: list[TestCase] = []
    programs: list[str] = []
    skipped: list[str] = []
    for case in cases:
        text = str(case["input"])
        try:
            expression = parse_expression(text)
        except SyntaxError as error:
            skipped.append(f"a stress input is no expression: {error}")
            continue
        data = _as_data(expression)
        if data is None:
            programs.append(text)
        else:
            loads.append(TestCase(input=data, origin="shipped_load"))
    return tuple(loads), tuple(programs), tuple(skipped)


def _as_data(expression: ast.expr) -> str | None:
    """Wire text of a short stress input; None where the sandbox is the place to make it."""
    if any(isinstance(node, ast.comprehension) for node in ast.walk(expression)):
        return None
    try:
        text = wire.encode(literals.evaluate(expression, max_size=MAX_LOAD))
    except (literals.Refused, wire.NotPlain):
        return None
    return text if len(text) <= MAX_LOAD else None


def _contest_check(row: Row, case: dict[str, list[str]]) -> TestCase:
    try:
        return TestCase(
            input="".join(case["input"]), expected="".join(case["output"]), comparison=Comparison(kind="tokens")
        )
    except (KeyError, TypeError) as error:
        raise row.error("a test case needs 'input' and 'output', lists of text") from error
