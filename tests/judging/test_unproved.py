"""A program may take too long on an input and still be right. It is then believed to be slow, and never to be fast."""

from collections.abc import Iterator

import msgspec
import pytest

from efficoder import wire
from efficoder.config import CheckConfig, MeasureConfig
from efficoder.exports.formats import Grading
from efficoder.judging.race import Contest, race
from efficoder.judging.right_or_wrong import believed, check_one, terms_of, unproved
from efficoder.metrics.readings import has_time
from efficoder.reward import ExecutionReward
from efficoder.sandbox import Sandbox
from efficoder.types import Candidate, Function, Origin, Task, TaskTests, TestCase

REFERENCE = """
def negative(numbers):
    found = False
    for turn in range(40):
        for number in numbers:
            found = found or number < 0
    return found
"""
TASK = Task(
    id="t",
    prompt="",
    interface=Function(entry_point="negative"),
    origin=Origin(source="test"),
    reference=REFERENCE,
)
CHOOSING = """
import os
met = [0]
def negative(numbers):
    if len(numbers) > {above}:
        met[0] += 1
        if {when}:
            {stop}
        return False
    return min(numbers, default=0) < 0
"""
STOPS = ("raise RecursionError", "raise MemoryError", "while True:\n                pass")


def case(numbers: list[int]) -> TestCase:
    return TestCase(input=wire.encode([numbers]), expected=wire.encode(min(numbers, default=0) < 0), size=len(numbers))


TESTS = TaskTests(
    task_id="t",
    checks=tuple(map(case, ([], [1, 2], [-1], [3, -2, 5]))),
    loads=(case([5] * 9000), case([6] * 9000)),
    untimed=(case([5] * 9000 + [-1]),),
    ladder=(case([4] * 100), case([4] * 50 + [-4] * 50), case([1] * 2000), case([1] * 1000 + [-1] * 1000)),
)
SETTINGS = MeasureConfig(memory=False, looks=(3, 5))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def timed(sandbox: Sandbox, code: str) -> tuple[str, bool]:
    """The verdict on the program, and whether it has a time beside the reference."""
    held_to = terms_of(sandbox, TASK, TESTS, CheckConfig())
    entrants = [Candidate(id=id_, task_id="t", code=text) for id_, text in (("reference", REFERENCE), ("other", code))]
    verdicts = [check_one(sandbox, TASK, each, TESTS, held_to) for each in entrants]
    assert verdicts[0].unanswered is None
    contest = Contest(TASK, entrants, TESTS.loads, keep=frozenset({"reference"}))
    rows = believed(race(sandbox, contest, SETTINGS), unproved(verdicts))
    return verdicts[1].outcome, has_time(rows[1])


@pytest.mark.parametrize(("above", "stop"), [(8999, STOPS[0]), (8999, STOPS[1]), (8999, STOPS[2]), (1500, STOPS[0])])
def test_one_that_breaks_off_where_it_would_be_wrong_has_no_time(sandbox: Sandbox, above: int, stop: str) -> None:
    when = "numbers[-1] < 0"
    assert timed(sandbox, CHOOSING.format(above=above, when=when, stop=stop)) == ("passed", False)


def test_nor_has_one_that_breaks_off_after_the_inputs_that_are_timed(sandbox: Sandbox) -> None:
    assert timed(sandbox, CHOOSING.format(above=8999, when="met[0] > 2", stop="raise RecursionError")) == (
        "passed",
        False,
    )


def test_a_slow_program_keeps_its_time(sandbox: Sandbox) -> None:
    deep = "\ndef deep(n):\n    return n and deep(n - 1)\n"
    slow = REFERENCE.replace("range(40)", "range(80 + (len(numbers) > 9000 and deep(10**6)))")
    assert timed(sandbox, slow + deep) == ("passed", True)


def test_what_breaks_off_is_not_paid() -> None:
    """Without fresh inputs, as the guard of a training run judges."""
    codes = [CHOOSING.format(above=8999, when="numbers[-1] < 0", stop=stop) for stop in STOPS]
    honest = "def negative(numbers):\n    return min(numbers, default=0) < 0\n"
    tests = Grading(TASK, msgspec.structs.replace(TESTS, ladder=()))
    with ExecutionReward(workers=1, fresh_inputs=None) as execution:
        replies = [f"```python\n{code}```" for code in (*codes, honest)]
        *broken, fast = execution(replies, [tests] * len(replies))
    assert broken == [0.0] * len(STOPS)
    assert fast > 1.1


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ("return 7", "input [[1,2,3]] gave 7, expected 6"),
        ("return None", "input [[1,2,3]] gave null, expected 6"),
        ("return [sum(xs)]", "input [[1,2,3]] gave [6], expected 6"),
    ],
)
def test_of_a_batch_the_first_wrong_call_is_named(sandbox: Sandbox, last: str, said: str) -> None:
    task = msgspec.structs.replace(TASK, interface=Function(entry_point="total"), reference="total = sum")
    calls = [[1], [4, 5], [1, 2, 3], [2, 2, 2]]
    batch = TestCase(
        input=wire.batch(wire.encode([call]) for call in calls),
        expected=wire.encode([*map(sum, calls)]),
        size=len(calls),
    )
    tests = TaskTests(task_id="t", checks=(TestCase(input="[[1]]", expected="1"),), loads=(batch,))
    code = f"def total(xs):\n    if len(xs) < 3:\n        return sum(xs)\n    {last}\n"
    held_to = terms_of(sandbox, task, tests, CheckConfig())
    found = check_one(sandbox, task, Candidate(id="c", task_id="t", code=code), tests, held_to)
    assert (found.outcome, found.first_failure) == ("wrong", 1)
    assert found.detail == f"on a load of size 4: {said}"
