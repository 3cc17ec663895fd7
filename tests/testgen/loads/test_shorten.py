"""Loads as a dataset carries them: short, and still in the task's domain."""

import random
from typing import Any

import pytest

from efficoder import wire
from efficoder.testgen.loads.shorten import ANSWER_TEXT, LOAD_TEXT, for_reward
from efficoder.types import Function, Origin, Stdio, Task, TaskTests, TestCase

TASK = Task(id="t", prompt="p", interface=Function(entry_point="f"), origin=Origin(source="test"), reference="f = 1")
RNG = random.Random(0)


def shortened(checks: list[list[Any]], load: list[Any]) -> list[Any]:
    """The arguments of ``load`` as the dataset has them."""
    known = tuple(TestCase(input=wire.encode(arguments), expected="0") for arguments in checks)
    given = TestCase(input=wire.encode(load), expected="0")
    (kept,) = for_reward(TASK, TaskTests(task_id="t", checks=known, loads=(given,))).loads
    assert (kept.expected is None) == (kept.input != given.input)
    return wire.decode(kept.input)  # type: ignore[return-value]


def size(arguments: list[Any]) -> int:
    return len(wire.encode(arguments))


NUMBERS = [RNG.randint(0, 10**6) for _ in range(200_000)]
ROWS = [[RNG.randint(0, 9) for _ in range(500)] for _ in range(500)]


@pytest.mark.parametrize(
    ("checks", "load"),
    [
        pytest.param([[[3, 1, 2]], [[]], [[5, 5]]], [NUMBERS], id="numbers"),
        pytest.param([["abc"], ["hello you"]], ["abcdefgh you " * 50_000], id="a text"),
        pytest.param([[["a", "bc"]], [["d"]]], [["abcd" * 20, "bc"] * 10_000], id="texts"),
        pytest.param([[["abc", "cba"]], [["bca"]]], [["abc" * 100_000]], id="one long text in a list"),
        pytest.param([[{"a": 1, "b": 2}], [{}]], [{f"a{number}": 1 for number in range(40_000)}], id="a table"),
        pytest.param([[{1, 2}, 1], [{7}, 2]], [set(NUMBERS), 2], id="a set"),
    ],
)
def test_a_long_load_is_cut_to_the_bound(checks: list[list[Any]], load: list[Any]) -> None:
    assert size(load) > 3 * LOAD_TEXT
    assert LOAD_TEXT / 3 < size(shortened(checks, load)) <= LOAD_TEXT


def test_a_short_load_is_kept_as_it_is() -> None:
    assert shortened([[[3, 1]]], [NUMBERS[:5000]]) == [NUMBERS[:5000]]


def test_what_is_cut_is_still_what_the_known_inputs_are() -> None:
    (ordered,) = shortened([[[1, 2, 3]], [[2, 5]]], [sorted(set(NUMBERS))])
    assert ordered == sorted(set(ordered))
    numbers, count = shortened([[[4, 1, 3], 3], [[9], 1], [[8, 7], 2]], [NUMBERS, len(NUMBERS)])
    assert len(numbers) == count > 1000
    (square,) = shortened([[[[1, 2], [3, 4]]], [[[5]]], [[[1, 2, 3]] * 3]], [ROWS])
    assert {len(row) for row in square} == {len(square)}
    assert size([square]) <= LOAD_TEXT


def test_what_cannot_be_cut_inside_the_domain_stays_whole() -> None:
    nested = "(" * 50_000 + ")" * 50_000
    assert shortened([["()"], ["(())()"], ["(()())"]], [nested]) == [nested]


def test_of_many_calls_the_first_are_kept() -> None:
    calls = [f"[{number}]" for number in range(100_000)]
    load = TestCase(input=wire.batch(calls), expected="0")
    (kept,) = for_reward(TASK, TaskTests(task_id="t", loads=(load,))).loads
    few = wire.calls(kept.input)
    assert few == calls[: len(few)]
    assert LOAD_TEXT / 3 < len(kept.input) <= 1.1 * LOAD_TEXT


def test_long_expected_values_are_the_references_to_give_and_text_is_kept_whole() -> None:
    program = Task(id="t", prompt="p", interface=Stdio(), origin=Origin(source="test"), reference="print()")
    case = TestCase(input="1\n" * LOAD_TEXT, expected="x" * (ANSWER_TEXT + 1))
    other = TestCase(input="2\n", expected="x" * ANSWER_TEXT)
    cut = for_reward(program, TaskTests(task_id="t", checks=(case, other), loads=(case,)))
    assert [check.expected for check in cut.checks] == [None, other.expected]
    assert [test.input for test in cut.checks + cut.loads] == [case.input, "2\n", case.input]
