"""What a tester proposes becomes tests only as far as others vouch for it, in a real sandbox."""

from collections.abc import Iterator
from typing import Any

import pytest

from efficoder.config import WriteTestsConfig
from efficoder.sandbox import Outcome, Program, Sandbox
from efficoder.testgen.checks.claims import Proposal
from efficoder.testgen.writer import WrittenTests, write_tests
from efficoder.types import (
    Function,
    Origin,
    Parameter,
    Stdio,
    Task,
    TaskTests,
    TestCase,
    TesterFacts,
)

REFERENCE = (
    "def f(items):\n    best = items[0]\n    for x in items:\n        best = x if x > best else best\n    return best\n"
)
GIVEN = (TestCase(input="[[3,1]]", expected="3"), TestCase(input="[[1,5]]", expected="5"))
STILL = WriteTestsConfig(mutate=False, mutants=0, target_s=0.002)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


class Counting:
    """A sandbox that counts how often a generator runs."""

    def __init__(self, inner: Sandbox) -> None:
        self.inner = inner
        self.rehashed = inner.rehashed
        self.generated = 0

    def run(self, program: Program, *more: Any, **options: Any) -> Outcome:
        self.generated += program.entry_point == "make_input"
        return self.inner.run(program, *more, **options)


def write(
    sandbox: Sandbox,
    proposal: Proposal | None,
    given: tuple[TestCase, ...] = GIVEN,
    reference: str | None = REFERENCE,
    config: WriteTestsConfig = STILL,
    interface: Function | Stdio | None = None,
) -> WrittenTests:
    interface = interface or Function(entry_point="f", parameters=(Parameter(name="items"),))
    task = Task(id="t/1", prompt="", interface=interface, origin=Origin(source="test"), reference=reference)
    return write_tests(sandbox, task, TaskTests(task_id="t/1", checks=given), config, 0, proposal)


def proposed(*pairs: tuple[str, str | None]) -> Proposal:
    return Proposal(checks=[TestCase(input=text, expected=expected) for text, expected in pairs])


def added(written: WrittenTests) -> list[tuple[str, str | None, str]]:
    given = {case.input for case in GIVEN}
    return [(case.input, case.expected, case.origin) for case in written.tests.checks if case.input not in given]


MIXED = (("[[7,7]]", "7"), ("[[9,2]]", "2"), ("[[]]", "0"), ("[[-4]]", None))


def test_only_what_the_tester_expected_rightly_becomes_a_check(sandbox: Sandbox) -> None:
    """A wrong value is never used, and an input it expects nothing of may be outside the task's domain."""
    written = write(sandbox, proposed(*MIXED))
    assert added(written) == [("[[7,7]]", "7", "grown")]
    assert written.tests.checks[:2] == GIVEN
    assert written.facts.tester == TesterFacts(proposed=4, used=1, wrong=1)


def test_a_source_without_tests_gets_them_from_the_tester(sandbox: Sandbox) -> None:
    written = write(sandbox, proposed(*MIXED), given=())
    assert [case[:2] for case in added(written)] == [("[[7,7]]", "7")]


def test_a_tester_that_is_wrong_throughout_makes_no_task(sandbox: Sandbox) -> None:
    written = write(sandbox, proposed(("[[7,7]]", "8"), ("[[9,2]]", "2")), given=())
    assert written.drop is not None
    assert written.drop.reason == "no_checks"
    assert written.facts.tester == TesterFacts(proposed=2, wrong=2)


def test_without_a_reference_the_tester_is_not_believed(sandbox: Sandbox) -> None:
    written = write(sandbox, proposed(("[[9,2]]", "2"), ("[[4,1]]", "4")), given=(), reference=None)
    assert written.drop is not None
    assert written.drop.reason == "no_reference"


def test_an_input_the_source_gives_too_is_left_as_given(sandbox: Sandbox) -> None:
    written = write(sandbox, proposed(("[[3,1]]", "1")))
    assert written.tests.checks == GIVEN
    assert written.facts.tester == TesterFacts()


def test_the_tester_leaves_room_for_grown_checks_and_counts_no_kills_as_given(sandbox: Sandbox) -> None:
    config = WriteTestsConfig(target_s=0.002, mutants=20, grow=20)
    alone = write(sandbox, None, config=config)
    helped = write(sandbox, proposed(("[[2,9,4]]", "9"), ("[[5,5,1]]", "5")), config=config)
    assert helped.facts.killed_before == alone.facts.killed_before
    assert helped.facts.killed_after >= alone.facts.killed_after
    assert helped.facts.grown >= 2
    assert alone.facts.tester is None


def test_standard_input_pairs_are_taken_in_the_same_way(sandbox: Sandbox) -> None:
    reference = "print(sum(map(int, input().split())))\n"
    io = proposed(("1 2\n", "3\n"), ("4 5\n", "8\n"), ("5 6\n", "11"))
    written = write(sandbox, io, given=(), reference=reference, interface=Stdio())
    assert [(case.input, case.expected) for case in written.tests.checks] == [("1 2\n", "3\n"), ("5 6\n", "11\n")]
    assert {case.comparison.kind for case in written.tests.checks} == {"tokens"}
    assert written.facts.tester == TesterFacts(proposed=3, used=2, wrong=1)


def test_the_testers_generator_makes_loads(sandbox: Sandbox) -> None:
    """Without growth of our own, nothing else could make this reference slow."""
    reference = "n = int(input())\nprint(sum(i * i for i in range(n)))\n"
    proposal = Proposal(programs=["def make_input(n, seed):\n    return f'{n}\\n'\n"])
    given = (TestCase(input="3\n", expected="5\n"),)
    config = WriteTestsConfig(target_s=0.02, mutate=False, mutants=0)
    written = write(sandbox, proposal, given=given, reference=reference, config=config, interface=Stdio())
    assert written.facts.signal
    assert all((load.size or 0) > 1000 for load in written.tests.loads)


def test_a_generator_that_never_ends_costs_one_time_limit_and_is_said(sandbox: Sandbox) -> None:
    proposal = proposed(("[[7,7]]", "7"))
    proposal.programs.append("def make_input(n, seed):\n    while True: pass\n")
    runs = Counting(sandbox)
    written = write(runs, proposal, given=())  # type: ignore[arg-type]
    assert runs.generated == 1
    assert [case[0] for case in added(written)] == ["[[7,7]]"]
    assert any(problem.startswith("timeout") for problem in written.facts.generator_problems)
