import json
import re
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from efficoder import sources
from efficoder.errors import InputError
from efficoder.types import Comparison, Function, Script, Stdio, TestCase

_BASE: dict[str, Any] = {"id": "mine/1", "prompt": "Add.", "entry_point": "add"}


def _read(tmp_path: Path, **fields: object) -> sources.SourceRow:
    path = tmp_path / "tasks.jsonl"
    path.write_text(json.dumps(_BASE | fields) + "\n")
    (row,) = sources.read(str(path))
    return row


def _fails(tmp_path: Path, message: str, **fields: object) -> None:
    with pytest.raises(InputError, match=rf"tasks\.jsonl:1: jsonl: .*{re.escape(message)}"):
        _read(tmp_path, **fields)


def test_a_function_task_has_signature_pairs_and_origin(tmp_path: Path) -> None:
    row = _read(
        tmp_path,
        reference="def add(a: int, b: int = 2) -> int:\n    return a + b\n",
        header="import math",
        starter="def add(a: int, b: int = 2) -> int:",
        tests=[{"input": [1, 2], "expected": 3}],
        loads=[{"input_literal": "[10 ** 9, 1]", "size": 9}],
        load_programs=["[[1] * 10 ** 6]"],
        problem_id="add",
        meta={"anything": [1]},
        origin={"source": "me", "licence": "MIT"},
    )
    assert isinstance(row.task.interface, Function)
    assert [(p.name, p.annotation) for p in row.task.interface.parameters] == [("a", "int"), ("b", "int")]
    assert (row.task.interface.returns, row.task.interface.header) == ("int", "import math")
    assert row.tests.checks == (TestCase(input="[1,2]", expected="3"),)
    assert row.tests.loads == (TestCase(input="[1000000000,1]", origin="shipped_load", size=9),)
    assert row.tests.load_programs == ("[[1] * 10 ** 6]",)
    assert (row.task.origin.source, row.task.origin.licence, row.task.origin.line) == ("me", "MIT", 1)
    assert row.task.problem_id == "add"


def test_literals_carry_python_types(tmp_path: Path) -> None:
    row = _read(tmp_path, tests=[{"input_literal": "((1, 2),)", "expected_literal": "{1: {2}}"}])
    (case,) = row.tests.checks
    assert case.input == '[{"!tuple":[1,2]}]'
    assert case.expected == '{"!dict":[[1,{"!set":[2]}]]}'


def test_expected_may_be_left_to_the_reference_and_null_is_a_value(tmp_path: Path) -> None:
    row = _read(tmp_path, tests=[{"input": [1]}, {"input": [2], "expected": None}])
    assert [case.expected for case in row.tests.checks] == [None, "null"]


def test_comparisons_of_task_and_test(tmp_path: Path) -> None:
    row = _read(
        tmp_path,
        comparison={"kind": "float", "absolute": 0.5},
        tests=[{"input": [1]}, {"input": [2], "comparison": "unordered"}, {"input": [3], "comparison": "float"}],
    )
    assert [case.comparison for case in row.tests.checks] == [
        Comparison(kind="float", absolute=0.5),
        Comparison(kind="unordered"),
        Comparison(kind="float", absolute=1e-6, relative=1e-6),
    ]


@pytest.mark.parametrize("value", [-1, float("inf"), float("nan")])
def test_a_tolerance_is_finite(tmp_path: Path, value: float) -> None:
    for name in ("absolute", "relative"):
        comparison = {"kind": "float", name: value}
        _fails(tmp_path, "a tolerance is a number from 0 up", tests=[{"input": [1]}], comparison=comparison)


def test_asserts_become_pairs_after_the_tests(tmp_path: Path) -> None:
    row = _read(
        tmp_path,
        starter="def add(a, b):\n    ...",
        tests=[{"input": [0, 0], "expected": 0}],
        asserts=["assert add(1, b=2) == 3"],
    )
    assert [case.input for case in row.tests.checks] == ["[0,0]", "[1,2]"]


def test_asserts_that_are_not_data_make_a_script_task(tmp_path: Path) -> None:
    row = _read(tmp_path, asserts=["assert add(add(1, 2), 3) == 6", "assert add(1, 1) == 2"])
    assert isinstance(row.task.interface, Script)
    assert [case.input for case in row.tests.checks] == ["assert add(add(1, 2), 3) == 6", "assert add(1, 1) == 2"]
    assert "more than once" in row.skipped[0]


def test_a_stdio_task(tmp_path: Path) -> None:
    row = _read(tmp_path, entry_point="", stdio=True, tests=[{"stdin": "1 2\n", "stdout": "3\n"}])
    assert isinstance(row.task.interface, Stdio)
    assert row.tests.checks == (TestCase(input="1 2\n", expected="3\n", comparison=Comparison(kind="tokens")),)


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        ("unknown field 'refrence'; did you mean 'reference'?", {"refrence": "x"}),
        ("unknown field 'zzz'; put columns of your own under \"meta\"", {"zzz": 1}),
        ("unknown field 'task_id'; here it is called 'id'", {"task_id": "x"}),
        ("Expected `str`, got `int` - at `$.prompt`", {"prompt": 1}),
        ("unknown field `inptu` - at `$.tests[0]`", {"tests": [{"inptu": [1]}]}),
        ('give either "entry_point" or "stdio": true', {"stdio": True}),
        ('give either "entry_point" or "stdio": true', {"entry_point": ""}),
        ("\"entry_point\" is 'a.b'", {"entry_point": "a.b"}),
        ('a test has either "input"', {"tests": [{"expected": 1}]}),
        ('a test has either "input"', {"tests": [{"input": [1], "input_literal": "[1]"}]}),
        ('"stdin" and "stdout" need "stdio": true', {"tests": [{"stdin": "1"}]}),
        ('has "stdin" and "stdout"', {"entry_point": "", "stdio": True, "tests": [{"input": [1]}]}),
        ('"asserts" need an "entry_point"', {"entry_point": "", "stdio": True, "asserts": ["assert True"]}),
        ("not the arguments in brackets", {"tests": [{"input_literal": "3"}]}),
        ("cannot be read: the name 'os' is not data", {"tests": [{"input_literal": "[os]"}]}),
        ("but the task has other tests", {"tests": [{"input": [1]}], "asserts": ["assert add(add(1)) == 1"]}),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, message: str, fields: dict[str, Any]) -> None:
    _fails(tmp_path, message, **fields)


def test_parquet_may_hold_structs_or_json_text(tmp_path: Path) -> None:
    rows = [
        _BASE | {"tests": [{"input": [1], "expected": 2, "stdin": None}], "meta": "{}", "reference": None},
        _BASE | {"id": "mine/2", "tests": [{"input": [3], "expected": None, "stdin": None}], "meta": None},
    ]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "structs.parquet")
    texts = [row | {"tests": json.dumps([{"input": [1], "expected": 2}])} for row in rows]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(texts), tmp_path / "texts.parquet")
    first, second = sources.read(f"parquet:{tmp_path / 'structs.parquet'}")
    assert first.tests.checks == (TestCase(input="[1]", expected="2"),)
    assert second.tests.checks == (TestCase(input="[3]"),)
    assert next(sources.read(str(tmp_path / "texts.parquet"))).tests.checks == first.tests.checks


SESSION = """Add.

    >>> add(1, 2)
    3
    >>> add([1], [2])  # lists too
    [1,
     2]
    >>> x = 5
    >>> add(x, 1)
    6
    >>> print(add(1, 1))
    2
    >>> add(1, "a")
    Traceback (most recent call last):
    TypeError: no
    >>> add(1, 2) > 2
    True
    >>> add(0.1, 0.2)
    0.3...
"""


def test_the_examples_of_a_statement_are_checks_where_there_are_no_others(tmp_path: Path) -> None:
    row = _read(tmp_path, prompt=SESSION)
    assert [(case.input, case.expected, case.origin) for case in row.tests.checks] == [
        ("[1,2]", "3", "given"),
        ("[[1],[2]]", "[1,2]", "given"),
    ]
    for other in ({"tests": [{"input": [7, 7]}]}, {"load_programs": ["[n, n]"]}):
        assert "[1,2]" not in [case.input for case in _read(tmp_path, prompt=SESSION, **other).tests.checks]
    code = 'def add(a, b):\n    """\n    >>> add(1, 2)\n    3\n    """\n'
    assert len(_read(tmp_path, prompt=code).tests.checks) == 1
    assert _read(tmp_path, prompt="  >>> add(1, 2)\n3").tests.checks == ()  # no session
