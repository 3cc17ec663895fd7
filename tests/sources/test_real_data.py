"""The published files, where a data folder lies beside the repository (``../shared/data``); else skipped."""

import ast
import collections
from pathlib import Path
from typing import Any

import pytest

from efficoder import sources, wire
from efficoder.languages.python.literals import evaluate
from efficoder.languages.python.syntax import parse
from efficoder.sources.files import read_rows
from efficoder.types import Function

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def _path(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no data at {path}")
    return path


def _read(form: str, name: str) -> list[sources.SourceRow]:
    return list(sources.read(f"{form}:{_path(name)}"))


@pytest.mark.parametrize(
    ("form", "name", "interfaces", "checks"),
    [
        ("humaneval", "humaneval/HumanEval.jsonl.gz", {"Function": 158, "Script": 6}, 1117),
        ("humanevalplus", "humanevalplus/HumanEvalPlus.jsonl.gz", {"Function": 164}, 124_253),
        ("humanevalplus", "humanevalplus/HumanEvalPlus-Mini.jsonl.gz", {"Function": 164}, 2677),
        ("mbpp", "mbpp/mbpp.jsonl.gz", {"Function": 969, "Script": 5}, 2938),
        ("mbpp_sanitized", "mbpp/mbpp_sanitized_for_code_generation.jsonl.gz", {"Function": 423, "Script": 4}, 1315),
        ("mbppplus", "mbppplus/MbppPlus.jsonl.gz", {"Function": 375, "Script": 3}, 40_697),
        ("evoeval", "evoeval/EvoEval_difficult.jsonl.gz", {"Function": 100}, 4980),
        ("leetcode", "leetcodedataset/LeetCodeDataset-v0.2.0-train.jsonl.gz", {"Function": 1890}, 4752),
        ("leetcode", "leetcodedataset/LeetCodeDataset-v0.3.1-test.jsonl.gz", {"Function": 228}, 23_234),
        ("coffe", "coffe/function", {"Function": 392, "Script": 6}, 1824),
        ("coffe_contests", "coffe/code_contests", {"Stdio": 58}, 11_457),
        ("bigcodebench", "bigcodebench/BigCodeBench.jsonl.gz", {"Script": 1140}, 1140),
    ],
)
def test_every_task_of_a_set_is_read(form: str, name: str, interfaces: dict[str, int], checks: int) -> None:
    rows = _read(form, name)
    assert collections.Counter(type(row.task.interface).__name__ for row in rows) == interfaces
    assert sum(len(row.tests.checks) for row in rows) == checks
    for row in rows:
        assert row.task.origin.source
        assert row.task.origin.licence
        assert row.task.origin.revision
        assert row.task.reference
        parse(row.task.reference)
        if isinstance(row.task.interface, Function):
            assert row.task.interface.parameters or row.tests.checks[0].input == "[]"


def test_enamel_has_its_142_scored_problems_and_a_program_each() -> None:
    rows = _read("enamel", "enamel/dataset/enamel.csv")
    assert len(rows) == 142
    for row in rows:
        (program,) = row.tests.load_programs
        parse(program)
    assert sum(bool(row.tests.checks) for row in rows) == 103


def test_coffe_has_1986_stress_inputs() -> None:
    rows = _read("coffe", "coffe/function")
    assert sum(len(row.tests.loads) + len(row.tests.load_programs) for row in rows) == 1986


def test_recorded_generations_are_for_known_tasks() -> None:
    known = {row.task.id for row in _read("humanevalplus", "humanevalplus/HumanEvalPlus.jsonl.gz")}
    known |= {row.task.id for row in _read("mbpp", "mbpp/mbpp.jsonl.gz")}
    for name in ("humaneval", "mbpp"):
        ids = {row.text("task_id") for row in read_rows(_path(f"generations/{name}.jsonl.gz"), "generations")}
        assert ids <= known


_SIGN_LOST = {"Mbpp/124", "Mbpp/252"}
"""Complex numbers whose negative zeros the executable form loses: it writes ``(-0-1j)``, an expression."""


@pytest.mark.parametrize(
    ("form", "name", "prefix", "tasks"),
    [
        ("humanevalplus", "humanevalplus/HumanEvalPlus", "", 20),
        ("mbppplus", "mbppplus/MbppPlus", "Mbpp/", 375),
    ],
)
def test_inputs_are_those_of_the_executable_form_to_the_type(form: str, name: str, prefix: str, tasks: int) -> None:
    rows = {row.task.id: row for row in _read(form, f"{name}.jsonl.gz")}
    compared = 0
    for executable in read_rows(_path(f"{name}-OriginFmt.jsonl.gz"), "OriginFmt"):
        task_id = f"{prefix}{executable.fields['task_id']}"
        row = rows[task_id]
        if compared == tasks or not isinstance(row.task.interface, Function):
            continue
        wanted = set(map(_wire, _inputs(executable.text("test"))))
        given = {_wire(wire.decode(case.input)) for case in row.tests.checks}
        assert task_id in _SIGN_LOST or given == wanted, task_id
        compared += 1
    assert compared == tasks


def _inputs(test: str) -> list[Any]:
    for node in ast.walk(parse(test)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "inputs":
            found: list[Any] = evaluate(node.value, max_size=100_000_000)
            return found
    raise AssertionError("no inputs")


def _wire(arguments: Any) -> str:
    return wire.encode(list(arguments))
