"""What a hash seed decides is no part of an answer: neither checks, grown checks nor loads ask for it."""

from collections.abc import Iterator

import pytest

from efficoder import wire
from efficoder.config import CheckConfig, WriteTestsConfig
from efficoder.judging.right_or_wrong import check_one, terms_of
from efficoder.sandbox import Limits, Sandbox
from efficoder.testgen.writer import write_tests
from efficoder.types import Candidate, Function, Origin, Parameter, Stdio, Task, TaskTests, TestCase

CONFIG = WriteTestsConfig(target_s=0.002, mutants=0, loads=1, grow=20)
CHECKS = WriteTestsConfig(mutants=0, loads=0, grow=20)
WORDS = [["a", "b", "c", "a", "d"], ["x", "y"], ["one", "two", "three", "four", "one"], ["k"], ["p", "q", "r"]]
KEYS = "def f(words):\n    return {body}\n"
IN_ORDER = {
    "list(set(words))": "list(dict.fromkeys(words))",
    "tuple(frozenset(words))": "tuple(dict.fromkeys(words))",
    "''.join(set(words))": "''.join(dict.fromkeys(words))",
    "[w for w in words if w in ('a', 'x')] or list(set(words) - {'zz'})": (
        "[w for w in words if w in ('a', 'x')] or list(dict.fromkeys(words))"
    ),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def task(body: str) -> Task:
    interface = Function(entry_point="f", parameters=(Parameter(name="words"),))
    return Task(id="t", prompt="", interface=interface, origin=Origin(source="own"), reference=KEYS.format(body=body))


def unknown() -> TaskTests:
    return TaskTests(task_id="t", checks=tuple(TestCase(input=wire.encode([words])) for words in WORDS))


def verdict(sandbox: Sandbox, of: Task, tests: TaskTests, body: str) -> str:
    held_to = terms_of(sandbox, of, tests, CheckConfig())
    candidate = Candidate(id="c", task_id="t", code=KEYS.format(body=body))
    return check_one(sandbox, of, candidate, tests, held_to).outcome


def test_two_sandboxes_with_two_seeds_go_through_a_set_of_texts_in_two_orders(sandbox: Sandbox) -> None:
    from efficoder.languages.python.program import program

    asked = program(task("list(set(words))"), KEYS.format(body="list(set(words))"))
    inputs = [wire.encode([[str(number) for number in range(20)]])]
    one, other = (each.run(asked, inputs, Limits()).outputs[0] for each in (sandbox, sandbox.rehashed))
    assert one != other
    assert sorted(wire.decode(one)) == sorted(wire.decode(other))
    assert sandbox.rehashed is sandbox.rehashed


@pytest.mark.parametrize("body", IN_ORDER)
def test_order_that_the_seed_decides_is_asked_of_nobody(sandbox: Sandbox, body: str) -> None:
    written = write_tests(sandbox, task(body), unknown(), CONFIG, 0)
    assert written.drop is None
    judged = [*written.tests.checks, *written.tests.judged]
    assert {case.comparison.kind for case in judged} == {"unordered"}
    assert verdict(sandbox, task(body), written.tests, IN_ORDER[body]) == "passed"
    assert verdict(sandbox, task(body), written.tests, f"list({body})[:-1]") == "wrong"


def test_a_source_that_wrote_its_values_under_another_seed_still_has_its_reference(sandbox: Sandbox) -> None:
    given = TaskTests(
        task_id="t",
        checks=tuple(
            TestCase(input=wire.encode([words]), expected=wire.encode(list(dict.fromkeys(words)))) for words in WORDS
        ),
    )
    written = write_tests(sandbox, task("list(set(words))"), given, CHECKS, 0)
    assert written.drop is None
    assert len(written.tests.checks) >= len(WORDS)


def test_where_the_seed_decides_more_than_order_nobody_is_judged(sandbox: Sandbox) -> None:
    written = write_tests(sandbox, task("sorted(set(words), key=hash)[0]"), unknown(), CHECKS, 0)
    assert written.drop is not None
    assert written.drop.reason == "nondeterministic"


def test_an_order_that_no_seed_decides_is_asked_for(sandbox: Sandbox) -> None:
    for body in ("sorted(set(words))", "[w for w in words if w in {'a', 'd', 'x', 'two'}]"):
        written = write_tests(sandbox, task(body), unknown(), CHECKS, 0)
        assert {case.comparison.kind for case in written.tests.checks} == {"exact"}
        assert verdict(sandbox, task(body), written.tests, f"({body})[::-1]") == "wrong"


def test_a_set_as_the_answer_stays_a_set(sandbox: Sandbox) -> None:
    written = write_tests(sandbox, task("set(words)"), unknown(), CHECKS, 0)
    assert {case.comparison.kind for case in written.tests.checks} == {"exact"}
    assert verdict(sandbox, task("set(words)"), written.tests, "set(reversed(words))") == "passed"
    assert verdict(sandbox, task("set(words)"), written.tests, "list(set(words))") == "wrong"


def test_a_program_whose_order_the_seed_decides_is_left_out(sandbox: Sandbox) -> None:
    program = Task(
        id="t",
        prompt="",
        interface=Stdio(),
        origin=Origin(source="own"),
        reference="print(*set(input().split()))\n",
    )
    checks = tuple(TestCase(input=" ".join(words)) for words in WORDS)
    written = write_tests(sandbox, program, TaskTests(task_id="t", checks=checks), CHECKS, 0)
    assert written.drop is not None
    assert written.drop.reason == "nondeterministic"
