"""Checkers see what the program of their task reads and writes: text for programs, values for functions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest

from efficoder import wire
from efficoder.judging.judge import judge, terms
from efficoder.judging.trial import CHECK_LIMITS, matches
from efficoder.sandbox import Outcome, Program, Sandbox
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


# ---------------------------------------------------------------- how often something is run


class Counting:
    """A sandbox that counts the runs of each program."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.runs: Counter[str] = Counter()

    def run(self, program: Program, inputs: Sequence[str], *rest: Any, **how: Any) -> Outcome:
        self.runs[program.code] += 1
        return self.sandbox.run(program, inputs, *rest, **how)


ODD = "def check(arguments, output, expected):\n    return [0, 1][output] == 0\n"
"""It raises on 2 and above."""


def test_one_child_takes_many_calls_of_a_checker_and_one_that_fails_takes_no_other_with_it(sandbox: Sandbox) -> None:
    counting: Any = Counting(sandbox)
    case = TestCase(input="[3]", comparison=Comparison(kind="checker", checker=ODD), expected="null")
    program = Program(kind="function", code="", entry_point="f")
    assert list(matches(counting, program, [case] * 500, [b"0"] * 500)) == [True] * 500
    assert counting.runs[ODD] == 1
    outputs = [b"0", b"1", b"7", b"0", b"no data", b"0", b"7", *[b"9"] * 20, b"0"]
    assert list(matches(counting, program, [case] * len(outputs), outputs)) == [output == b"0" for output in outputs]


def test_calls_of_a_checker_that_are_long_together_get_children_of_their_own(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("efficoder.judging.checker_calls._TOGETHER_TEXT", 100)
    counting: Any = Counting(sandbox)
    same = "def check(arguments, output, expected):\n    return output == expected\n"
    other = same.replace("==", "!=")
    texts = ["x" * 30, "y", "z" * 200, "y", "y"]
    cases = [
        TestCase(input="[3]", comparison=Comparison(kind="checker", checker=code), expected=wire.encode(text))
        for code in (same, other)
        for text in texts
    ]
    outputs = [wire.encode(text).encode() for text in texts * 2]
    program = Program(kind="function", code="", entry_point="f")
    assert list(matches(counting, program, cases, outputs)) == [True] * 5 + [False] * 5
    assert 1 < counting.runs[same] < 5


def test_a_call_of_a_checker_after_others_has_all_its_time(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("efficoder.judging.trial.CHECK_LIMITS", CHECK_LIMITS.within(0.3))
    slow = "def check(arguments, output, expected):\n    sum(range(output)); return True\n"
    case = TestCase(input="[3]", comparison=Comparison(kind="checker", checker=slow), expected="null")
    program = Program(kind="function", code="", entry_point="f")
    outputs = [b"2000000"] * 40 + [b"100000000000", b"1"]
    assert list(matches(sandbox, program, [case] * 42, outputs)) == [True] * 40 + [False, True]


def test_the_reference_is_judged_by_the_answers_that_it_gave(sandbox: Sandbox) -> None:
    counting: Any = Counting(sandbox)
    reference = "def f(x):\n    return x + y\n"
    interface = Function(entry_point="f", parameters=(Parameter(name="x"),), header="y = 1")
    task = Task(id="t", prompt="p", interface=interface, origin=Origin(source="test"), reference=reference)
    cases = [TestCase(input="[3]"), TestCase(input="[4]", expected="5")]
    held_to = terms(counting, task, cases, CHECK_LIMITS, 1.0)
    candidate = Candidate(id="c", task_id="t", code=reference)
    verdict = judge(counting, task, candidate, held_to)
    assert (verdict.outcome, verdict.checks_run, counting.runs[reference]) == ("passed", 2, 1)
    alone = msgspec.structs.replace(task, interface=msgspec.structs.replace(interface, header=""))
    assert judge(counting, alone, candidate, held_to).outcome == "error", "without its header it is another program"
    wrong = terms(counting, task, [cases[0], TestCase(input="[4]", expected="6")], CHECK_LIMITS, 1.0)
    verdict = judge(counting, task, candidate, wrong)
    assert (verdict.outcome, verdict.first_failure) == ("wrong", 1)


NESTS = {
    "lists": ("[", "]"),
    "tuples": ('{"!tuple":[', "]}"),
    "dicts": ('{"!dict":[[1,', "]]}"),
    "sets": ('{"!frozenset":[', "]}"),
}


@pytest.mark.parametrize("kind", NESTS)
def test_no_depth_of_an_output_is_a_fault_of_ours(sandbox: Sandbox, kind: str) -> None:
    """The sandbox reads an output deeper in the stack than the judge does; sets of sets cost it no more than others."""
    begin, end = NESTS[kind]
    program = Program(kind="function", code="", entry_point="f")
    rule = Comparison(kind="checker", checker="def check(arguments, output, expected):\n    return True\n")
    depths = (100, *range(315, 335))
    outputs = [(begin * depth + "1" + end * depth).encode() for depth in depths]
    cases = [TestCase(input="[1]", expected="1", comparison=rule)] * len(depths)
    fits = list(matches(sandbox, program, cases, outputs))
    assert (fits[0], fits[-1]) == (True, False)
