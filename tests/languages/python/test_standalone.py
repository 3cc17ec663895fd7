import pytest

from efficoder.languages import Standalone, language
from efficoder.sources.prelude import HEADER
from efficoder.types import Function, Interface, Origin, Script, Stdio, Task


def alone(code: str, header: str = HEADER, interface: Interface | None = None) -> Standalone:
    shape = interface or Function(entry_point="f", header=header)
    return language("python").standalone(code, Task(id="t", prompt="", interface=shape, origin=Origin(source="s")))


def test_stars_become_the_names_that_are_used() -> None:
    found = alone("def f(x: List[int]):\n    return Counter(x), heapq.heapify(x), ceil(2.5)\n")
    above = "import heapq\nfrom collections import Counter\nfrom math import ceil\nfrom typing import List\n\n\n"
    assert found == Standalone(above + "def f(x: List[int]):\n    return Counter(x), heapq.heapify(x), ceil(2.5)\n")
    exec(found.code, {})


def test_of_an_import_only_the_names_used_come() -> None:
    header = "import math, json as j\nfrom collections import Counter, deque\n"
    assert alone("x = deque(j.loads('[]'))\n", header).code.startswith(
        "import json as j\nfrom collections import deque\n"
    )


@pytest.mark.parametrize(
    "code", ["import math\nx = math.pi\n", "def f(pow):\n    return pow(2, 3), pow\n", "x = pow(2, 3, 5)\n"]
)
def test_code_that_lacks_nothing_is_left_alone(code: str) -> None:
    assert alone(code) == Standalone(code)


def test_code_of_very_many_statements_is_left_alone() -> None:
    code = "x = 1\n" * 30_000
    found = alone(code)
    assert (found.code, found.problem) == (code, "does_not_parse")


def test_a_class_and_what_it_needs_come_as_source_in_the_headers_order() -> None:
    node = "class Node:\n    def __init__(self, v=ZERO):\n        self.v = v\n"
    header = f"import math\nZERO = math.floor(0.5)\n{node}UNUSED = 1\n"
    code = alone("def f():\n    return Node().v\n", header).code
    names: dict[str, object] = {}
    exec(code, names)
    assert names["f"]() == 0  # type: ignore[operator]
    assert "UNUSED" not in code
    assert code.index("import math") < code.index("ZERO") < code.index("class Node") < code.index("def f")


def test_future_imports_and_a_docstring_stay_first() -> None:
    code = alone('"""Doc."""\nfrom __future__ import annotations\nimport os\nx: List = deque()\n').code
    assert code.startswith('"""Doc."""\nfrom __future__ import annotations\n\nfrom collections import deque\n')
    exec(code, {})


@pytest.mark.parametrize(
    ("code", "problem", "detail"),
    [
        ("def f():\n    return foo + bar\n", "undefined_name", "bar, foo"),
        ("def f():\n    return eval('foo') + bar\n", "", ""),
        ("from numpy import *\nx = array([1])\n", "", ""),
        ("from os.path import *\nx = join('a') + bar\n", "undefined_name", "bar"),
        ("def f(:\n", "does_not_parse", "line 1: invalid syntax"),
    ],
)
def test_what_nothing_binds_is_said(code: str, problem: str, detail: str) -> None:
    assert alone(code) == Standalone(code, problem, detail)  # type: ignore[arg-type]


def test_a_starter_that_stops_after_its_signature_is_completed() -> None:
    starter = "class Solution:\n    def f(self, nums: List[int]) -> int:"
    found = alone(starter)
    assert found.code == f"from typing import List\n\n\n{starter}"
    assert found.problem == "does_not_parse"


def test_programs_and_snippets_have_no_header_to_lack() -> None:
    code = "x = List[undefined]\n"
    assert alone(code, interface=Stdio()) == Standalone(code)
    assert alone(code, interface=Script(answer_name="a", header=HEADER)) == Standalone(code)


def test_a_header_that_does_not_parse_gives_nothing() -> None:
    assert alone("x = deque()\n", "from (").problem == "undefined_name"
