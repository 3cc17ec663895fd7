"""Mercury: LeetCode problems with recorded human solutions and what they took there.

The fastest solution by the recorded time is the reference, all of them are the pool that Beyond is taken over (timed
anew). Columns and their types are those of the published Parquet files. How a test is converted and judged is code in
the row: mercury_judging.py reads the forms it knows off the syntax tree, and a task of any other form keeps its tests
as code, so a form nobody foresaw costs loads and never a wrong verdict.
"""

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from efficoder import wire
from efficoder.languages.python.signatures import Codec, Signature, signature
from efficoder.languages.python.syntax import parse
from efficoder.parse import from_json
from efficoder.sources import mercury_judging
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.sources.prelude import HEADER, PROMISED
from efficoder.types import Origin, Parameter, PoolSolution, Script, Task, TaskTests, TestCase

_ORIGIN = Origin(
    source="Elfsong/Mercury",
    licence="CC-BY-NC-4.0 (LeetCode statements are LeetCode text)",
    url="https://huggingface.co/datasets/Elfsong/Mercury",
)
_HEADER = f"""\
{HEADER}
try:
    import sortedcontainers
except ImportError:
    pass
"""
"""Mercury's runner has that package; here it may be missing (run.packages)."""
_LOADS = """\
{generator}


def make_input(n, seed):
    import random

    random.seed(seed)
    made = {name}()
    return list(made) if isinstance(made, tuple) else made if {arity} > 1 else [made]
"""
"""Mercury's generators know no size, and return a lone argument bare."""


def read_mercury(path: Path) -> Iterator[SourceRow]:
    """A split's .parquet, or .jsonl(.gz) of the same columns. Ids are the problems' slugs."""
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "mercury"):
        solutions = _solutions(row)
        reference = solutions[0] if solutions else None
        cases = _cases(row)
        entry_point = f"Solution().{row.text('entry_point')}"
        starter = row.text("prompt").rstrip()
        shape = signature(f"{starter}\n        pass\n", entry_point, _HEADER)
        if not shape.interface.parameters and reference is not None:
            shape = signature(reference, entry_point, _HEADER)
        task = Task(
            id=row.text("slug_name"),
            prompt=_statement(row),
            interface=shape.interface,
            origin=row.origin(origin),
            reference=reference,
            starter=starter,
        )
        pool = tuple(PoolSolution(code=code) for code in dict.fromkeys(solutions))
        yield msgspec.structs.replace(_with_tests(row, task, shape, cases), pool=pool, promised=PROMISED)


def _with_tests(row: Row, task: Task, shape: Signature, cases: list[dict[str, Any]]) -> SourceRow:
    convert, evaluate = _function(row, "convert_offline"), _function(row, "evaluate_offline")
    arity = len(cases[0]["input"])
    found = mercury_judging.read(convert, evaluate, shape.interface.returns, arity)
    parameters = shape.interface.parameters
    if not isinstance(found, str) and len(parameters) != arity:
        found = f"the signature has {len(parameters)} parameters, the tests give {arity}"
    if isinstance(found, str):
        entry_point = shape.interface.entry_point
        test = mercury_judging.script(row.text("convert_offline"), row.text("evaluate_offline"), entry_point, cases)
        return SourceRow(
            task=msgspec.structs.replace(task, interface=Script(entry_point=entry_point, header=_HEADER)),
            tests=TaskTests(task_id=task.id, checks=(TestCase(input=test),)),
            skipped=(f"kept as code: {found}",),
        )
    typed = tuple(
        Parameter(name=p.name, annotation=p.annotation, codec=codec)
        for p, codec in zip(parameters, found.codecs, strict=True)
    )
    interface = msgspec.structs.replace(shape.interface, parameters=typed, returns_codec=found.returns)
    checks = tuple(
        TestCase(
            input=wire.encode(list(map(_on_wire, case["input"], found.codecs))),
            expected=wire.encode(_on_wire(case["expected"], found.returns)),
            comparison=found.comparison,
        )
        for case in cases
    )
    return SourceRow(
        task=msgspec.structs.replace(task, interface=interface),
        tests=TaskTests(
            task_id=task.id, checks=checks, load_programs=_programs(row, arity), comparison=found.comparison
        ),
    )


def _on_wire(value: Any, codec: Codec) -> Any:
    """No node is the empty list."""
    return [] if value is None and codec != "plain" else value


def _statement(row: Row) -> str:
    """``pretty_content``: a list of texts."""
    content = row.get("pretty_content", list)
    if not content or not all(isinstance(text, str) for text in content):
        raise row.error("column 'pretty_content' is not a list of texts")
    return "\n".join(content)


def _solutions(row: Row) -> list[str]:
    """The recorded solutions, the fastest first: a list of objects with hash, runtime (``"44ms"``) and solution."""
    given = row.get("solutions", list)
    for item in given:
        if not isinstance(item, dict) or not isinstance(item.get("solution"), str):
            raise row.error("an item of column 'solutions' has no text 'solution'")
    return [item["solution"] for item in sorted(given, key=_recorded_ms)]


def _recorded_ms(solution: dict[str, Any]) -> float:
    """``"44ms"`` as 44; what is no time comes last."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)", str(solution.get("runtime")))
    return float(found[1]) if found else math.inf


def _cases(row: Row) -> list[dict[str, Any]]:
    """``test_cases``, the JSON text of objects with input (the list of arguments) and expected."""
    try:
        cases = from_json(row.text("test_cases"))
    except ValueError as error:
        raise row.error(f"column 'test_cases' is not JSON: {error}") from error
    fits = isinstance(cases, list) and all(
        isinstance(case, dict) and isinstance(case.get("input"), list) and "expected" in case for case in cases
    )
    if not fits or not cases:
        raise row.error("column 'test_cases' is not a list of objects with 'input', a list, and 'expected'")
    if len({len(case["input"]) for case in cases}) > 1:
        raise row.error("column 'test_cases' has inputs of different length")
    return list(cases)


def _function(row: Row, name: str) -> ast.FunctionDef:
    """The function of that name in the column of that name."""
    try:
        body = parse(row.text(name)).body
    except SyntaxError as error:
        raise row.error(f"column {name!r} does not parse: {error}") from error
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    raise row.error(f"column {name!r} does not define {name}")


def _programs(row: Row, arity: int) -> tuple[str, ...]:
    generator = row.text("generator_code")
    try:
        names = [node.name for node in parse(generator).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError:
        return ()
    found = [name for name in names if name.startswith("generate_test_case")]
    return (_LOADS.format(generator=generator, name=found[-1], arity=arity),) if found else ()
