"""Checkers see what the program of their task reads and writes: text for programs, values for functions."""

from collections.abc import Iterator

import pytest

from efficoder import wire
from efficoder.judging.judge import judge, terms
from efficoder.judging.trial import CHECK_LIMITS
from efficoder.sandbox import Sandbox
from efficoder.types import Candidate, Comparison, Function, Interface, Origin, Parameter, Stdio, Task, TestCase


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def outcome(sandbox: Sandbox, interface: Interface, code: str, case: TestCase) -> str:
    task = Task(id="t", prompt="p", interface=interface, origin=Origin(source="test"))
    held_to = terms(sandbox, task, [case], CHECK_LIMITS, 1.0)
    return judge(sandbox, task, Candidate(id="c", task_id="t", code=code), held_to).outcome


CHECKER = (
    "def check(arguments, output, expected):\n"
    "    assert isinstance(arguments, str) and expected in ('1\\n', None)\n"
    "    return output.strip() in arguments.split()[1:]\n"
)


@pytest.mark.parametrize(("code", "right"), [("input()\nprint(input().split()[-1])", True), ("print(9)", False)])
@pytest.mark.parametrize("expected", ["1\n", None])
def test_a_checker_of_a_program_gets_texts(sandbox: Sandbox, code: str, right: bool, expected: str | None) -> None:
    case = TestCase(input="2\n1 5\n", expected=expected, comparison=Comparison(kind="checker", checker=CHECKER))
    assert (outcome(sandbox, Stdio(), code, case) == "passed") is right


RICH = {
    "decimal as text": ("from decimal import Decimal\ndef f(x):\n    return Decimal(x) / 4", "str(output) == '0.75'"),
    "generator": ("def f(x):\n    for i in range(x):\n        yield i", "list(output) == [0, 1, 2]"),
    "map": ("def f(x):\n    return map(str, range(x))", "''.join(output) == '012'"),
    "deque": (
        "from collections import deque\ndef f(x):\n    return deque([x, 1])",
        "output[0] == 3 and len(output) == 2",
    ),
    "values": ("def f(x):\n    return {1: x}.values()", "sorted(output) == [3]"),
    "array": ("from array import array\ndef f(x):\n    return array('i', [x])", "output.tolist() == [3]"),
}


@pytest.mark.parametrize("name", RICH)
def test_a_checker_of_a_function_gets_what_it_returned(sandbox: Sandbox, name: str) -> None:
    code, condition = RICH[name]
    checker = f"def check(arguments, output, expected):\n    return {condition}\n"
    case = TestCase(input="[3]", comparison=Comparison(kind="checker", checker=checker), expected="null")
    interface = Function(entry_point="f", parameters=(Parameter(name="x"),))
    assert outcome(sandbox, interface, code, case) == "passed"


EQUAL = {
    "named tuple": (
        "from collections import namedtuple\nP = namedtuple('P', 'x y')\ndef f(x):\n    return P(x, 1)",
        (3, 1),
    ),
    "keys": ("def f(x):\n    return {x: 1}.keys()", {3}),
    "enumeration": ("from enum import IntEnum\nclass E(IntEnum):\n    A = 3\ndef f(x):\n    return E(x)", 3),
    "fraction": ("from fractions import Fraction\ndef f(x):\n    return Fraction(x, 2)", 1.5),
}
UNEQUAL = {
    "generator": ("def f(x):\n    yield x", [3]),
    "deque": ("from collections import deque\ndef f(x):\n    return deque([x])", [3]),
    "range": ("def f(x):\n    return range(x)", [0, 1, 2]),
}


@pytest.mark.parametrize("name", [*EQUAL, *UNEQUAL])
def test_a_result_is_right_where_python_calls_it_equal(sandbox: Sandbox, name: str) -> None:
    code, expected = (EQUAL | UNEQUAL)[name]
    case = TestCase(input="[3]", expected=wire.encode(expected))
    interface = Function(entry_point="f", parameters=(Parameter(name="x"),))
    assert outcome(sandbox, interface, code, case) == ("passed" if name in EQUAL else "wrong")


@pytest.mark.parametrize("kind", ["unordered", "set"])
def test_an_iterator_has_its_items_where_order_does_not_count(sandbox: Sandbox, kind: str) -> None:
    comparison = Comparison(kind=kind)  # type: ignore[arg-type]
    case = TestCase(input="[3]", expected="[2,1,0]", comparison=comparison)
    interface = Function(entry_point="f", parameters=(Parameter(name="x"),))
    assert outcome(sandbox, interface, "def f(x):\n    yield from range(x)", case) == "passed"
