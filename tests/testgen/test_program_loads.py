"""write_tests on programs: loads that tell a slow program from a fast one, checks that tell a wrong one."""

from collections.abc import Iterator

import pytest

from efficoder.config import WriteTestsConfig
from efficoder.judging.judge import Terms, judge
from efficoder.judging.trial import Trial
from efficoder.languages.identity import candidate_id
from efficoder.sandbox import Limits, Sandbox
from efficoder.testgen.writer import WrittenTests, write_tests
from efficoder.types import Candidate, Origin, Stdio, Task, TaskTests, TestCase

pytestmark = pytest.mark.measured

PAIRS_FAST = """
from collections import Counter
input()
print(sum(n * (n - 1) // 2 for n in Counter(input().split()).values()))
"""
PAIRS_SLOW = """
n = int(input())
a = input().split()
print(sum(a[i] == a[j] for i in range(n) for j in range(i)))
"""
SUMS_FAST = """
import sys
from itertools import accumulate
n, q, *data = map(int, sys.stdin.read().split())
total = [0, *accumulate(data[:n])]
for l, r in zip(data[n::2], data[n + 1::2]):
    print(total[r] - total[l - 1])
"""
SUMS_SLOW = """
import sys
n, q, *data = map(int, sys.stdin.read().split())
for l, r in zip(data[n::2], data[n + 1::2]):
    total = 0
    for i in range(l - 1, r):
        total += data[i]
    print(total)
"""
CASES_FAST = """
for _ in range(int(input())):
    input()
    print(len(set(input().split())))
"""
CASES_SLOW = """
for _ in range(int(input())):
    input()
    a = input().split()
    print(round(sum(1 / a.count(item) for item in a)))
"""
LARGEST = "input()\na = list(map(int, input().split()))\nprint(max(a))\n"
PAIRS = ("4\n1 1 2 1\n", "3\n5 6 7\n", "6\n1 2 1 2 1 2\n", "1\n9\n")
SUMS = ("4 2\n5 1 9 9\n1 4\n2 2\n", "5 3\n1 2 3 4 5\n1 5\n3 4\n4 5\n", "3 4\n7 7 1\n1 1\n2 3\n3 3\n1 3\n")
CASES = ("2\n3\n5 1 9\n5\n1 2 3 9 5\n", "1\n4\n1 1 1 7\n", "3\n1\n6\n2\n6 3\n5\n4 4 9 1 2\n")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def problem(reference: str, prompt: str = "") -> Task:
    return Task(id="t/1", prompt=prompt, interface=Stdio(), origin=Origin(source="test"), reference=reference)


def write(sandbox: Sandbox, task: Task, known: tuple[str, ...], config: WriteTestsConfig) -> WrittenTests:
    tests = TaskTests(task_id="t/1", checks=tuple(TestCase(input=text) for text in known))
    return write_tests(sandbox, task, tests, config, 0)


@pytest.mark.parametrize(
    ("fast", "slow", "known"),
    [(PAIRS_FAST, PAIRS_SLOW, PAIRS), (SUMS_FAST, SUMS_SLOW, SUMS), (CASES_FAST, CASES_SLOW, CASES)],
    ids=["pairs", "sums", "cases"],
)
def test_a_slow_program_is_told_from_a_fast_one(sandbox: Sandbox, fast: str, slow: str, known: tuple[str, ...]) -> None:
    task = problem(fast)
    written = write(sandbox, task, known, WriteTestsConfig(target_s=0.02, mutants=0, grow=0))
    assert written.drop is None
    assert written.tests.loads
    trial = Trial(sandbox, task)
    limits = Limits(output_bytes=16 << 20).within(3.0)
    told = False
    for load in written.tests.loads:
        ran = trial.run(slow, [load.input], limits)
        told = told or ran.ended == "timeout" or ran.cpu_s > 3 * trial.run(fast, [load.input], limits).cpu_s
    assert told


def test_loads_stay_within_the_statements_bounds(sandbox: Sandbox) -> None:
    task = problem(PAIRS_FAST, "Input\nThe first line has an integer n (1 ≤ n ≤ 10^3).\nOutput\n")
    written = write(sandbox, task, PAIRS, WriteTestsConfig(target_s=0.02, mutants=0, grow=0))
    assert written.tests.loads
    for load in written.tests.loads:
        count, items = load.input.removesuffix("\n").split("\n")
        assert int(count) == len(items.split(" ")) <= 1000


def test_grown_checks_find_a_wrong_program(sandbox: Sandbox) -> None:
    """In the given checks the largest number is the first or the last."""
    task = problem(LARGEST)
    wrong = LARGEST.replace("max(a)", "max(a[0], a[-1])")
    written = write(sandbox, task, ("3\n3 1 2\n", "2\n1 5\n", "3\n2 2 2\n"), WriteTestsConfig(target_s=0.002, loads=1))
    candidate = Candidate(id=candidate_id("t/1", wrong, "python"), task_id="t/1", code=wrong)
    assert judge(sandbox, task, candidate, Terms(written.tests.own_checks, Limits())).outcome == "passed"
    assert judge(sandbox, task, candidate, Terms(written.tests.checks, Limits())).outcome == "wrong"


def test_without_mutate_programs_keep_what_the_source_ships(sandbox: Sandbox) -> None:
    written = write(sandbox, problem(PAIRS_FAST), PAIRS, WriteTestsConfig(mutate=False, mutants=0))
    assert len(written.tests.checks) == len(PAIRS)
    assert all(load.input in PAIRS for load in written.tests.loads)


def test_inputs_without_a_form_in_common_are_said_to_have_none(sandbox: Sandbox) -> None:
    config = WriteTestsConfig(target_s=0.02, mutants=0, grow=0)
    shapeless = ("a b\n3 4 5\n", "#!x\n\n q\n", "{1: 2}")
    words = write(sandbox, problem("print(len(open(0).read()))"), shapeless, config)
    assert "no form was found" in " ".join(words.facts.generator_problems)
    found = write(sandbox, problem(PAIRS_FAST), PAIRS, config)
    assert found.facts.generator_problems == ()
