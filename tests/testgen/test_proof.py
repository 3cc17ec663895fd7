"""Proof at every size, in a real sandbox: a program that does no work on large inputs is noticed, or nothing is
claimed."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from efficoder import wire
from efficoder.config import CheckConfig, WriteTestsConfig
from efficoder.judging.right_or_wrong import check_one, terms_of
from efficoder.judging.trial import Trial
from efficoder.sandbox import Sandbox
from efficoder.testgen.checks.cut_short import planted
from efficoder.testgen.writer import write_tests
from efficoder.types import (
    Candidate,
    Comparison,
    Function,
    Interface,
    Origin,
    Parameter,
    Stdio,
    Task,
    TaskTests,
    TestCase,
)

pytestmark = pytest.mark.measured

SETTINGS = WriteTestsConfig(target_s=0.02, mutants=4, grow=20)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def task(reference: str, *names: str, interface: Interface | None = None) -> Task:
    function = Function(entry_point="f", parameters=tuple(Parameter(name=name) for name in names))
    return Task(id="t/1", prompt="", interface=interface or function, origin=Origin(source="test"), reference=reference)


def checks(*inputs: list[object]) -> TaskTests:
    return TaskTests(task_id="t/1", checks=tuple(TestCase(input=wire.encode(each)) for each in inputs))


NEAR_PAIR = """
def f(items, limit):
    for i, a in enumerate(items):
        for b in items[i + 1:]:
            if abs(a - b) < limit:
                return True
    return False
"""
SORTED = "def f(items):\n    return all(a <= b for a, b in zip(items, items[1:]))\n"
UNIQUE = "def f(items):\n    return sorted(set(items), key=items.index)\n"
PRIME = "def f(n):\n    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))\n"
BRACKETS = """
def f(text):
    depth = 0
    for letter in text:
        depth += 1 if letter == '(' else -1
        if depth < 0:
            return False
    return depth == 0
"""
TASKS = {
    "near pair": (task(NEAR_PAIR, "items", "limit"), checks([[1.0, 2.0, 3.9], 0.5], [[1.0, 1.2, 5.0], 0.5], [[], 1.0])),
    "sorted": (task(SORTED, "items"), checks([[1, 2, 3]], [[3, 1, 2]], [[]], [[5, 5, 9, 12]])),
    "unique": (task(UNIQUE, "items"), checks([[1, 2, 1]], [[3, 1, 2]], [[]], [[5, 5, 9, 5]])),
    "prime": (task(PRIME, "n"), checks([1], [7], [12], [97], [91])),
    "brackets": (task(BRACKETS, "text"), checks(["()"], ["(()"], ["(())()"], [")("])),
}


@pytest.mark.parametrize("name", TASKS)
def test_a_constant_above_a_size_is_noticed(sandbox: Sandbox, name: str) -> None:
    made, tests = TASKS[name]
    written = write_tests(sandbox, made, tests, SETTINGS, seed=0)
    assert written.drop is None
    assert not written.tests.constant
    assert written.facts.cut_short == written.facts.cut_short_killed == 3
    held_to = terms_of(sandbox, made, written.tests, CheckConfig())
    codes = [mutant.code for mutant in planted(Trial(sandbox, made), written.tests.checks, written.tests.loads)]
    outcomes = [judged(sandbox, made, code, written.tests) for code in codes]
    assert outcomes == ["wrong"] * 3
    assert check_one(sandbox, made, candidate(made.reference or ""), written.tests, held_to).outcome == "passed"


def candidate(code: str) -> Candidate:
    return Candidate(id="c", task_id="t/1", code=code)


def judged(sandbox: Sandbox, made: Task, code: str, tests: TaskTests) -> str:
    return check_one(sandbox, made, candidate(code), tests, terms_of(sandbox, made, tests, CheckConfig())).outcome


@pytest.mark.parametrize(
    "reference",
    [
        "def f(items):\n    return sum(items) * 0\n",
        "def f(items):\n    return sorted(items) and len(items) > 3\n",
        "def f(items):\n    sum(items)\n    return len(items)\n",
        "def f(items):\n    sum(items)\n    return items\n",
    ],
    ids=["one answer", "one answer from a size on", "the length", "the argument"],
)
def test_where_no_input_tells_work_from_none_nothing_is_claimed(sandbox: Sandbox, reference: str) -> None:
    inputs = checks([[1, 2]], [[3, 1, 2]], [[4, 4, 4, 4, 4]], [[7, 5, 9, 12, 2, 2, 1]])
    written = write_tests(sandbox, task(reference, "items"), inputs, SETTINGS, seed=0)
    assert "unnoticed" in written.tests.constant
    assert written.tests.loads


def test_the_ladder_has_two_inputs_a_size_and_ends_below_the_load(sandbox: Sandbox) -> None:
    made, tests = TASKS["unique"]
    written = write_tests(sandbox, made, tests, SETTINGS, seed=0).tests
    sizes = [rung.size or 0 for rung in written.ladder]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) >= 3
    assert all(later >= 2 * earlier for earlier, later in pairwise(sorted(set(sizes))))
    assert sizes[-1] < (written.loads[0].size or 0)
    assert sizes.count(sizes[-1]) == 2
    wrong_between = f"def f(items):\n    if {sizes[-1]} <= len(items) < {written.loads[0].size}:\n        return []\n"
    wrong_between += "    return sorted(set(items), key=items.index)\n"
    assert judged(sandbox, made, wrong_between, written) == "wrong"


def test_slow_on_the_ladder_is_not_wrong_and_no_excuse_above_it(sandbox: Sandbox) -> None:
    made, tests = TASKS["sorted"]
    written = write_tests(sandbox, made, tests, SETTINGS, seed=0).tests
    largest = max(len(wire.decode(check.input)[0]) for check in written.checks)  # type: ignore[index]
    slow = f"def f(items):\n    while len(items) > {largest}:\n        pass\n    return items == sorted(items)\n"
    assert judged(sandbox, made, slow, written) == "passed"
    size = written.loads[0].size or 0
    lazy = f"def f(items):\n    while {largest} < len(items) < {size // 2}:\n        pass\n"
    lazy += f"    return items == sorted(items) if len(items) <= {largest} else True\n"
    verdict = check_one(sandbox, made, candidate(lazy), written, terms_of(sandbox, made, written, CheckConfig()))
    assert verdict.outcome == "wrong" or verdict.unanswered is not None  # then its time is not believed


def test_a_program_that_prints_a_constant_is_noticed(sandbox: Sandbox) -> None:
    reference = "n = int(input())\nprint('even' if sum(map(int, input().split())) % 2 == 0 else 'odd')\n"

    def run(numbers: list[int], *, load: bool = False) -> TestCase:
        text = f"{len(numbers)}\n{' '.join(map(str, numbers))}\n"
        return TestCase(input=text, comparison=Comparison(kind="tokens"), size=len(numbers) if load else None)

    loads = (run([3] * 100_000, load=True), run([3] * 99_999, load=True))
    given = TaskTests(task_id="t/1", checks=(run([1, 2]), run([2, 2])), loads=loads)
    made = task(reference, interface=Stdio())
    written = write_tests(sandbox, made, given, SETTINGS, seed=0).tests
    assert not written.constant
    lazy = "n = int(input())\nprint('even' if n > 9 or sum(map(int, input().split())) % 2 == 0 else 'odd')\n"
    assert judged(sandbox, made, lazy, written) == "wrong"
    alike = TaskTests(task_id="t/1", checks=given.checks, loads=loads[:1])
    unsure = write_tests(sandbox, made, alike, SETTINGS, seed=0).tests
    assert unsure.constant or judged(sandbox, made, lazy, unsure) == "wrong"
