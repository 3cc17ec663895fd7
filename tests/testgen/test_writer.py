"""write_tests end to end in a real sandbox: settled values, grown checks, mutants, loads that tell twins apart."""

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from efficoder import wire
from efficoder.config import WriteTestsConfig
from efficoder.judging.judge import Terms, judge
from efficoder.judging.right_or_wrong import check_one
from efficoder.judging.trial import Trial
from efficoder.languages.identity import candidate_id
from efficoder.languages.python.program import program
from efficoder.sandbox import Limits, Sandbox
from efficoder.testgen import pick
from efficoder.testgen.inputs.shapes import infer
from efficoder.testgen.writer import Doubts, WrittenTests, _Writer, write_tests
from efficoder.types import Candidate, Comparison, Function, Origin, Parameter, Script, Stdio, Task, TaskTests, TestCase

QUICK = WriteTestsConfig(target_s=0.02, mutants=20, loads=2)
NO_LOADS = WriteTestsConfig(target_s=0.002, mutants=30, loads=1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def task(
    reference: str | None, prompt: str = "1 <= items.length <= 30000", parameters: tuple[str, ...] = ("items",)
) -> Task:
    names = tuple(Parameter(name=name) for name in parameters)
    interface = Function(entry_point="f", parameters=names)
    return Task(id="t/1", prompt=prompt, interface=interface, origin=Origin(source="test"), reference=reference)


def checks(*cases: tuple[list[Any], Any] | list[Any]) -> TaskTests:
    """(arguments, expected) pairs; a bare list of arguments has no expected value."""
    made = []
    for case in cases:
        arguments, expected = (case[0], wire.encode(case[1])) if isinstance(case, tuple) else (case, None)
        made.append(TestCase(input=wire.encode(arguments), expected=expected))
    return TaskTests(task_id="t/1", checks=tuple(made))


def candidates(*codes: str) -> list[Candidate]:
    return [Candidate(id=candidate_id("t/1", code, "python"), task_id="t/1", code=code) for code in codes]


MAXIMUM = """
def f(items):
    best = items[0]
    for item in items:
        if item > best:
            best = item
    return best
"""
SORTED = "def f(items):\n    return sorted(items)[-1]\n"
FIRST_OR_LAST = "def f(items):\n    return max(items[0], items[-1])\n"
GIVEN = checks(([[3, 1]], 3), ([[1, 5]], 5), ([[2, 2, 2]], 2))


def write(sandbox: Sandbox, task: Task, tests: TaskTests, config: Any = NO_LOADS) -> WrittenTests:
    return write_tests(sandbox, task, tests, config, 0)


def outcome(sandbox: Sandbox, problem: Task, code: str, tests: TaskTests) -> str:
    (candidate,) = candidates(code)
    return judge(sandbox, problem, candidate, Terms(tests.checks, Limits())).outcome


def test_grown_checks_find_what_the_given_ones_miss(sandbox: Sandbox) -> None:
    written = write(sandbox, task(MAXIMUM), GIVEN)
    assert outcome(sandbox, task(MAXIMUM), FIRST_OR_LAST, GIVEN) == "passed"
    assert outcome(sandbox, task(MAXIMUM), FIRST_OR_LAST, written.tests) == "wrong"
    assert outcome(sandbox, task(MAXIMUM), SORTED, written.tests) == "passed"
    assert written.facts.killed_after >= written.facts.killed_before
    assert all(case.origin == "grown" for case in written.tests.checks[len(GIVEN.checks) :])


def test_given_checks_are_kept_first_and_unchanged(sandbox: Sandbox) -> None:
    written = write(sandbox, task(MAXIMUM), GIVEN)
    assert written.tests.checks[: len(GIVEN.checks)] == GIVEN.checks
    assert written.tests.written


def test_missing_expected_values_come_from_the_reference(sandbox: Sandbox) -> None:
    written = write(sandbox, task(MAXIMUM), checks([[3, 1]], [[1, 5]])).tests.checks
    assert [(case.expected, case.origin) for case in written[:2]] == [("3", "reference"), ("5", "reference")]


def test_an_input_the_reference_refuses_is_lost_and_counted(sandbox: Sandbox) -> None:
    written = write(sandbox, task(MAXIMUM), checks(*([[n, 1]] for n in range(10)), [[]]))
    assert wire.encode([[]]) not in {case.input for case in written.tests.checks}
    assert written.tests.lost == {"reference_raises": 1}
    assert (written.tests.shipped, len(written.tests.own_checks)) == (11, 10)


def test_a_task_that_loses_many_of_its_checks_is_left_out_and_not_judged_on_the_rest(sandbox: Sandbox) -> None:
    written = write(sandbox, task(MAXIMUM), checks([[3, 1]], [[2]], [[]], [[4]]))
    assert written.drop is not None
    assert written.drop.reason == "reference_fails"
    assert "1 of 4 checks cannot be used" in written.drop.detail


def test_what_the_adapter_could_not_read_is_lost_too(sandbox: Sandbox) -> None:
    given = msgspec.structs.replace(checks(*([[n, 1]] for n in range(20))), lost={"undecodable": 2})
    assert write(sandbox, task(MAXIMUM), given).tests.lost == {"undecodable": 2}
    many = msgspec.structs.replace(given, lost={"undecodable": 5})
    drop = write(sandbox, task(MAXIMUM), many).drop
    assert drop is not None
    assert drop.reason == "undecodable"


def test_a_reference_that_fails_its_given_tests_drops_the_task_with_the_case(sandbox: Sandbox) -> None:
    for wrong, said in (
        (("def f(items):\n    return 0\n"), "gave 0"),
        ("def f(items):\n    return items[9]\n", "IndexError"),
    ):
        written = write(sandbox, task(wrong), GIVEN)
        assert written.drop is not None
        assert written.drop.reason == "reference_fails"
        assert said in written.drop.detail


@pytest.mark.parametrize("result", ["random.random()", "random.sample(items, len(items))", "random.uniform(1, 2)"])
def test_a_random_task_is_left_out_and_its_comparison_is_not_loosened(sandbox: Sandbox, result: str) -> None:
    """One that returns any order, or nearly one value, must say so in its comparison: guessing it lets others pass."""
    random = task(f"import random\ndef f(items):\n    return {result}\n")
    given = checks([[3, 1, 7, 8, 9]], [[1, 5, 4, 4, 2, 8]])
    dropped = write(sandbox, random, given)
    assert dropped.drop is not None
    assert dropped.drop.reason == "nondeterministic"
    if "sample" in result:
        any_order = [msgspec.structs.replace(c, comparison=Comparison(kind="unordered")) for c in given.checks]
        kept = write(sandbox, random, msgspec.structs.replace(given, checks=tuple(any_order)))
        assert kept.drop is None


def test_without_a_reference_the_given_answers_judge_and_nothing_else_does(sandbox: Sandbox) -> None:
    tests = checks(*(([[n, 1]], max(n, 1)) for n in range(20)), [[2, 9, 2]])
    written = write(sandbox, task(None), tests)
    assert written.drop is None
    assert written.tests.checks == tests.checks[:-1]
    assert written.tests.lost == {"no_answer": 1}
    nobody = write(sandbox, task(None), checks([[3, 1]], [[1, 5, 2]]))
    assert nobody.drop is not None
    assert nobody.drop.reason == "no_reference"


DOUBLED = "def f(items):\n    return 2 * max(items)\n"
DOUBLED_TOO = "def f(items):\n    return max(items) + sorted(items)[-1]\n"


@pytest.mark.parametrize(
    ("vouched", "authors", "disputed"),
    [
        (False, (["a"], ["b"]), True),
        (False, (["a"], ["a"]), False),
        (False, (["a", "b"], []), True),
        (True, (["a"], ["b"]), False),
    ],
    ids=["two models", "one model twice", "one program of two models", "a reference that is vouched for"],
)
def test_two_models_that_agree_against_an_unvouched_reference_make_its_task_disputed(
    sandbox: Sandbox, vouched: bool, authors: tuple[list[str], list[str]], disputed: bool
) -> None:
    """The task goes; it never becomes easier. One model alone, and models that differ from each other, do nothing."""
    problem = msgspec.structs.replace(task(MAXIMUM), vouched=vouched)
    asked = candidates(DOUBLED, DOUBLED_TOO, FIRST_OR_LAST)
    by = dict(zip((candidate.id for candidate in asked), (*authors, ["c"]), strict=True))
    given = checks([[3, 1]], [[1, 5, 2]], [[2, 9, 2]])
    written = write_tests(sandbox, problem, given, NO_LOADS, 0, None, Doubts(asked, by))
    assert (written.drop is not None) == disputed
    if written.drop is not None:
        assert written.drop.reason == "disputed"
        assert "6, not 3" in written.drop.detail
    else:
        assert [check.expected for check in written.tests.checks[:3]] == ["3", "5", "9"]


def test_answers_too_long_to_be_stored_judge_no_mutant_and_cost_no_task(sandbox: Sandbox) -> None:
    text = task("def f(n):\n    out = ''\n    if n > 3:\n        out += 'x'\n    return out + 'ab' * n\n", "", ("n",))
    given = TaskTests(task_id="t/1", checks=tuple(TestCase(input=f"[{n}]") for n in (1, 2, 5, 9, 700_000)))
    written = write(sandbox, text, given, config=QUICK)
    assert written.drop is None
    assert written.facts.killed_after
    assert [check.expected is None for check in written.tests.checks].count(True) == 1


def test_no_made_input_breaks_the_order_of_a_pair_of_indices(sandbox: Sandbox) -> None:
    sums = "def f(items, queries):\n    return [sum(items[left:right + 1]) for left, right in queries]\n"
    prefix = """
from itertools import accumulate
def f(items, queries):
    before = [0, *accumulate(items)]
    return [before[right + 1] - before[left] for left, right in queries]
"""
    given = checks(
        ([[1, 2, 3, 4], [[0, 3], [1, 2]]], [10, 5]),
        ([[5], [[0, 0]]], [5]),
        ([[1, -1, 2], [[0, 1], [2, 2], [0, 2]]], [0, 2, 2]),
        ([[3, 1], []], []),
    )
    written = write(sandbox, task(sums, "", ("items", "queries")), given, config=QUICK)
    judging = [case for case in (*written.tests.judged, *written.tests.loads) if case.origin != "given"]
    asked = [wire.decode(call) for case in judging for call in wire.calls(case.input)]
    assert len(asked) > 100
    assert all(0 <= left <= right < len(items) for items, queries in asked for left, right in queries)  # type: ignore[misc]
    cases = tuple(case for case in (*written.tests.judged, *written.tests.loads) if case.expected is not None)
    fast = Candidate(id="c", task_id="t/1", code=prefix)
    assert judge(sandbox, task(sums, "", ("items", "queries")), fast, Terms(cases, Limits())).outcome == "passed"


BIG = 10**5000


@pytest.mark.parametrize(
    ("reference", "inputs"),
    [
        ("return n % 1000", (5, BIG + 7, BIG + 9, 77)),
        ("return sum(n) % 1000", ([1, 2, BIG], [BIG + 1, BIG + 2], [3, 4, 5])),
        ("return {n, n + 1, 10**5000 + n}", (5, 8, 9)),
        ("return 7 ** (n * 3000)", (5, 8, 9)),
        ("return max(n)", ({5: 1, BIG: 2}, {8: BIG}, {9: BIG, BIG + 2: 1})),
        ("return n[0] * 2", ((5, BIG), (8, BIG), (9, BIG))),
        ("return len(n)", ({1, 2, BIG}, frozenset({BIG, "a"}))),
    ],
)
def test_integers_that_python_does_not_write_down_are_values_like_others(
    sandbox: Sandbox, reference: str, inputs: tuple[object, ...]
) -> None:
    big = task(f"def f(n):\n    {reference}\n", "", ("n",))
    given = TaskTests(task_id="t/1", checks=tuple(TestCase(input=wire.encode([value])) for value in inputs))
    written = write(sandbox, big, given)
    assert written.drop is None
    assert outcome(sandbox, big, str(big.reference), written.tests) == "passed"
    assert sum(len(load.input) for load in written.tests.loads) <= 1.1 * pick.MAX_TEXT


def test_an_unvouched_reference_that_is_wrong_beyond_the_given_answers_is_disputed_too(sandbox: Sandbox) -> None:
    """Given answers themselves are not questioned; what the reference alone says of other inputs is."""
    asked = candidates(SORTED, "def f(items):\n    return max(items)\n")
    doubts = Doubts(asked, {asked[0].id: ["a"], asked[1].id: ["b"]})
    for reference, disputed in ((MAXIMUM, False), (FIRST_OR_LAST, True)):
        problem = msgspec.structs.replace(task(reference), vouched=False)
        drop = write_tests(sandbox, problem, GIVEN, NO_LOADS, 0, None, doubts).drop
        assert (drop is not None) == disputed
        assert drop is None or drop.reason == "disputed"


def test_loads_a_source_ships_judge_whether_they_are_timed_or_not(sandbox: Sandbox) -> None:
    """Their answers are the source's own: a reference that contradicts one is no reference."""
    long = list(range(3000))
    shipped = TestCase(input=wire.encode([long]), expected="2999", size=3000, origin="shipped_load")
    given = msgspec.structs.replace(GIVEN, loads=(shipped,))
    tests = write(sandbox, task(MAXIMUM), given, config=WriteTestsConfig(loads=0, mutants=0)).tests
    assert [load.input for load in tests.untimed] == [shipped.input]
    (wrong,) = candidates("def f(items):\n    return max(items) if len(items) < 1000 else 7\n")
    verdict = check_one(sandbox, task(MAXIMUM), wrong, tests, Terms(tests.checks, Limits()))
    assert verdict.outcome == "wrong"
    assert verdict.first_failure not in tests.ours
    contrary = msgspec.structs.replace(GIVEN, loads=(msgspec.structs.replace(shipped, expected="5"),))
    drop = write(sandbox, task(MAXIMUM), contrary).drop
    assert drop is not None
    assert drop.reason == "reference_fails"


def test_floats_that_only_the_reference_gave_may_differ_by_their_order(sandbox: Sandbox) -> None:
    mean = task("def f(items):\n    return sum(items) / len(items)\n")
    tests = write(sandbox, mean, checks([[0.1] * 10]), config=WriteTestsConfig(loads=0, grow=0)).tests
    assert (
        outcome(sandbox, mean, "import math\ndef f(items):\n    return math.fsum(items) / len(items)\n", tests)
        == "passed"
    )
    assert outcome(sandbox, mean, "def f(items):\n    return 0.1001\n", tests) == "wrong"


def test_equivalent_mutants_are_counted_apart(sandbox: Sandbox) -> None:
    written = write(sandbox, task(MAXIMUM), GIVEN)
    facts = written.facts
    assert facts.equivalent >= 1
    assert facts.killed_after + facts.equivalent <= facts.mutants
    assert facts.kill_after == 1.0


def test_weak_checks_can_drop_a_task(sandbox: Sandbox) -> None:
    config = WriteTestsConfig(target_s=0.002, min_kill=1.01)
    written = write(sandbox, task(MAXIMUM), GIVEN, config=config)
    assert written.drop is not None
    assert written.drop.reason == "weak_checks"


def test_the_same_seed_gives_the_same_checks(sandbox: Sandbox) -> None:
    first, second = (write(sandbox, task(MAXIMUM), GIVEN).tests.checks for _ in range(2))
    assert first == second


@pytest.mark.measured
def test_what_no_single_input_keeps_busy_is_timed_on_a_batch_of_different_calls(sandbox: Sandbox) -> None:
    constant = task("def f(a):\n    return a + 1\n", parameters=("a",))
    given = checks(([1], 2), ([5], 6), ([70], 71))
    written = write(sandbox, constant, given, config=QUICK)
    load = written.tests.loads[0]
    calls = wire.calls(load.input)
    assert written.facts.signal
    assert len(calls) == len(set(calls)) == load.size
    assert load.size is not None
    assert load.size > 1000
    assert wire.decode(str(load.expected)) == [wire.decode(call)[0] + 1 for call in calls]  # type: ignore[index]


@pytest.mark.measured
def test_a_call_the_reference_refuses_costs_a_batch_that_call_alone(sandbox: Sandbox) -> None:
    picky = task("def f(a):\n    if a % 97 == 0:\n        raise ValueError\n    return a + 1\n", parameters=("a",))
    written = write(sandbox, picky, checks(([1], 2), ([5], 6), ([70_000], 70_001)), config=QUICK)
    load = written.tests.loads[0]
    numbers = [wire.decode(call)[0] for call in wire.calls(load.input)]  # type: ignore[index]
    assert len(numbers) > 4000
    assert all(number % 97 for number in numbers)


@pytest.mark.measured
def test_a_program_that_makes_inputs_slowly_does_not_hold_up_a_batch(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pick, "_MAKING_S", 0.2)
    made = "import random\ndef make_input(n, seed):\n    sum(range(300000))\n    return [random.random()]\n"
    given = checks(([1.5], 3.0), ([0.25], 0.5), ([7.125], 14.25))
    given = msgspec.structs.replace(given, load_programs=(made,))
    written = write(sandbox, task("def f(a):\n    return 2 * a\n", parameters=("a",)), given, config=QUICK)
    assert len(wire.calls(written.tests.loads[0].input)) > 1000


def test_no_call_of_a_batch_is_made_from_a_long_known_input() -> None:
    def near(*known: str) -> str | None:
        column = [[text] for text in known]
        shapes = [infer(list(known), widen=False)]
        picker = SimpleNamespace(batched=lambda _, near: near)
        writer = SimpleNamespace(known=column, shapes=shapes, links=[], seed=0, checks=[], picker=picker)
        return next(_Writer._batch.func(writer), None)  # type: ignore[arg-type, call-overload]

    assert near("ab" * pick.CALL_TEXT, "ba" * pick.CALL_TEXT) is None
    assert len(near("ab" * pick.CALL_TEXT, "abc", "cab") or "") in range(1, pick.CALL_TEXT)


@pytest.mark.measured
def test_without_mutation_constant_time_has_no_signal_and_no_loads(sandbox: Sandbox) -> None:
    constant = task("def f(a):\n    return a + 1\n", parameters=("a",))
    alone = WriteTestsConfig(target_s=0.02, mutants=0, mutate=False)
    written = write(sandbox, constant, checks(([1], 2), ([5], 6)), config=alone)
    assert not written.facts.signal
    assert written.tests.loads == ()


@pytest.mark.measured
def test_an_exponential_reference_does_not_hang(sandbox: Sandbox) -> None:
    code = "def f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n"
    written = write(sandbox, task(code, parameters=("n",)), checks(([3], 2), ([5], 5), ([7], 13)), config=QUICK)
    assert written.facts.signal
    assert 10 <= max(load.size or 0 for load in written.tests.loads) <= 40


@pytest.mark.measured
@pytest.mark.parametrize("said", ["Constraints: 1 <= items.length <= 50", "Sum the products. At most 50 items."])
def test_the_bound_of_the_statement_holds_for_all_inputs_made(sandbox: Sandbox, said: str) -> None:
    code = "def f(items):\n    return sum(a * b for a in items for b in items)\n"
    tests = checks(([[1, 2]], 9), ([[3]], 9))
    written = write(sandbox, task(code, said), tests, config=QUICK).tests
    for case in (*written.judged, *written.loads):
        assert all(len(wire.decode(call)[0]) <= 50 for call in wire.calls(case.input))  # type: ignore[index]


@pytest.mark.measured
def test_a_load_on_which_the_reference_needs_no_time_is_kept_for_those_that_do(sandbox: Sandbox) -> None:
    """Whoever is slow on it is the signal (holes.md, 2: a quadratic program came out faster than the linear one)."""
    io = Task(
        id="t/1",
        prompt="",
        interface=Stdio(),
        origin=Origin(source="test"),
        reference="input()\nprint(len(set(input().split())))\n",
    )
    text = f"500\n{' '.join(map(str, range(500)))}\n"
    given = TaskTests(
        task_id="t/1",
        checks=(TestCase(input="2\n1 1\n", expected="1\n"),),
        loads=(TestCase(input=text, size=500, origin="shipped_load"),),
    )
    written = write(sandbox, io, given, config=QUICK)
    assert not written.facts.signal
    assert [load.input for load in written.tests.loads] == [text]


def test_a_source_without_checks_gets_them_from_its_programs(sandbox: Sandbox) -> None:
    program = "import random\ndef make_input(n, seed):\n    return [[random.randint(0, n) for _ in range(n)]]\n"
    given = TaskTests(task_id="t/1", load_programs=(program,))
    written = write(sandbox, task(MAXIMUM), given)
    assert len(written.tests.checks) >= 8
    nothing = write(sandbox, task(MAXIMUM), TaskTests(task_id="t/1"))
    assert nothing.drop is not None
    assert nothing.drop.reason == "no_checks"


def test_a_source_with_levels_gives_checks_of_its_smallest_and_says_how_they_are_judged(sandbox: Sandbox) -> None:
    program = (
        "def level_input(level, case):\n    return [[case + 1, 10 ** level]]\n\n"
        "def make_input(n, seed):\n    return [[n] * n]\n"
    )
    near = Comparison(kind="float", absolute=0.5)
    given = TaskTests(task_id="t/1", load_programs=(program,), comparison=near)
    checks = write(sandbox, task(MAXIMUM), given).tests.checks
    assert [case.input for case in checks[:8]] == [f"[[{case},1]]" for case in range(1, 9)]
    assert {case.comparison for case in checks} == {near}


def test_script_tests_are_kept_only_where_the_reference_passes_them(sandbox: Sandbox) -> None:
    def kept(reference: str | None, test: str) -> WrittenTests:
        problem = Task(id="t/1", prompt="", interface=Script(), origin=Origin(source="test"), reference=reference)
        return write(sandbox, problem, TaskTests(task_id="t/1", checks=(TestCase(input=test),)))

    good = kept("x = 1\n", "assert x == 1")
    assert good.drop is None
    assert good.tests.written
    assert kept(None, "assert x == 1").drop is None
    wrong, lacking = kept("x = 1\n", "assert x == 2").drop, kept("import absent.part\n", "assert True").drop
    assert wrong is not None
    assert wrong.reason == "reference_fails"
    assert lacking is not None
    assert lacking.reason == "missing_package"
    assert "'absent'" in lacking.detail
    assert "run.packages" in lacking.detail


def test_a_function_whose_package_is_not_there_is_left_out_by_its_name(sandbox: Sandbox) -> None:
    reference = "def f(x):\n    import absent.part\n    return x\n"
    problem = Task(
        id="t/1", prompt="", interface=Function(entry_point="f"), reference=reference, origin=Origin(source="t")
    )
    drop = write(sandbox, problem, TaskTests(task_id="t/1", checks=(TestCase(input="[1]", expected="1"),))).drop
    assert drop is not None
    assert (drop.reason, "'absent'" in drop.detail) == ("missing_package", True)


@pytest.mark.measured
def test_standard_input_tasks_get_the_slowest_shipped_load(sandbox: Sandbox) -> None:
    reference = "n = int(input())\nprint(sum(i * i for i in range(n)))\n"
    io = Task(id="t/1", prompt="", interface=Stdio(), origin=Origin(source="test"), reference=reference)
    program = "def make_input(n, seed):\n    return [f'{n}\\n']\n"
    given = TaskTests(task_id="t/1", checks=(TestCase(input="3\n", expected="5\n"),), load_programs=(program,))
    written = write(sandbox, io, given, config=QUICK)
    assert written.drop is None
    assert written.facts.signal
    assert all((load.size or 0) > 1000 for load in written.tests.loads)


SCAN = """
def f(items):
    seen, out = SEEN, []
    for item in items:
        if item not in seen:
            seen.ADD(item)
            out.append(item)
    return out
"""
COUNT = """
def f(items):
    count = {}
    for item in items:
        count[item] = count.get(item, 0) + 1
    return sum(c * (c - 1) // 2 for c in count.values())
"""
PAIRS = """
def f(items):
    return sum(items[i] == items[j] for i in range(len(items)) for j in range(i))
"""
TABLE = """
def f(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a
"""
RECURSION = """
def f(n):
    return n if n < 2 else f(n - 1) + f(n - 2)
"""
JOIN = """
def f(items):
    return "".join(reversed(items))
"""
CONCATENATION = """
def f(items):
    out = ""
    for char in items:
        out = char + out
    return out
"""
SORT_ONCE = """
def f(items):
    out = sorted(items)
    return out[len(out) // 2] - out[0]
"""
SORT_INSIDE = """
def f(items):
    out = []
    for item in items:
        out = sorted([*out, item])
    return out[len(out) // 2] - out[0]
"""
TWINS: dict[str, tuple[str, str, TaskTests]] = {
    "membership in a list": (
        SCAN.replace("SEEN", "set()").replace("ADD", "add"),
        SCAN.replace("SEEN", "[]").replace("ADD", "append"),
        checks(([[1, 2, 1, 7]], [1, 2, 7]), ([[5]], [5]), ([[9, 8, 9, 3, 20]], [9, 8, 3, 20])),
    ),
    "quadratic pairs": (COUNT, PAIRS, checks(([[1, 2, 1]], 1), ([[5]], 0), ([[3, 3, 3, 12]], 3))),
    "recursion": (TABLE, RECURSION, checks(([3], 2), ([5], 5), ([10], 55))),
    "string building": (JOIN, CONCATENATION, checks((["abc"], "cba"), (["hey there"], "ereht yeh"), (["xy"], "yx"))),
    "sort inside the loop": (SORT_ONCE, SORT_INSIDE, checks(([[4, 1, 9]], 3), ([[5]], 0), ([[8, 3, 30, 7]], 5))),
}


@pytest.mark.measured
@pytest.mark.parametrize("name", TWINS)
def test_slow_and_fast_twins_are_told_apart(sandbox: Sandbox, name: str) -> None:
    fast, slow, given = TWINS[name]
    parameters = ("n",) if name == "recursion" else ("items",)
    for reference in (fast, slow):
        problem = task(reference, parameters=parameters)
        written = write(sandbox, problem, given, config=QUICK)
        assert written.facts.signal, written.facts
        taken = {code: _taken(sandbox, problem, code, written.tests.loads) for code in (fast, slow)}
        assert taken[slow] / taken[fast] >= 1.5, written.facts


def _taken(sandbox: Sandbox, problem: Task, code: str, loads: tuple[TestCase, ...]) -> float:
    """Without end where it does not finish: recursion to a depth that the fast twin has no need of."""
    inputs = [load.input for load in loads]
    runs = [sandbox.run(program(problem, code), inputs, Limits(cpu_s=6.0)) for _ in range(3)]
    return min(run.cpu_s if run.ended == "finished" else math.inf for run in runs)


def test_several_checks_on_standard_input_are_settled_one_by_one(sandbox: Sandbox) -> None:
    io = Task(
        id="t/1", prompt="", interface=Stdio(), origin=Origin(source="test"), reference="print(int(input()) + 1)\n"
    )
    given = TaskTests(task_id="t/1", checks=(TestCase(input="3\n", expected="4\n"), TestCase(input="5\n")))
    written = write(sandbox, io, given)
    assert [case.expected for case in written.tests.checks] == ["4\n", "6\n"]


def test_an_answer_that_is_no_utf8_is_lost_and_no_other_bytes_pass_for_it(sandbox: Sandbox) -> None:
    reference = "import sys\nn = int(input())\nsys.stdout.buffer.write(b'\\xff' if n == 7 else b'%d' % n)\n"
    task = Task(id="t/1", prompt="", interface=Stdio(), origin=Origin(source="test"), reference=reference)
    checks = tuple(TestCase(input=f"{n}\n", comparison=Comparison(kind="tokens")) for n in range(30))
    load = TestCase(input="7\n", comparison=Comparison(kind="tokens"))
    config = WriteTestsConfig(grow=0, mutants=0, loads=1, mutate=False)
    made = write_tests(sandbox, task, TaskTests(task_id="t/1", checks=checks, loads=(load,)), config, 0)
    assert (len(made.tests.own_checks), made.tests.lost) == (29, {"answer_refused": 2})
    assert made.tests.loads == ()


def test_answers_that_are_too_long_together_lose_no_check_and_no_task(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trial.each, "__defaults__", (Limits(output_bytes=2500),))
    given = checks(*(([n], "x" * n) for n in range(900, 905)))
    config = WriteTestsConfig(mutate=False, mutants=0)
    written = write(sandbox, task("def f(n):\n    return 'x' * n\n", parameters=("n",)), given, config=config)
    assert written.drop is None
    assert written.tests.checks[:5] == given.checks


def test_checks_that_take_the_reference_long_together_are_all_kept_and_one_too_long_alone_is_lost(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("efficoder.judging.trial.GIVEN_LIMITS", Limits(cpu_s=0.25, wall_s=10.0))
    slow = task("def f(n):\n    return sum(range(n))\n", parameters=("n",))
    given = checks(*([4_000_000 + n] for n in range(10)), [10], [20], [10**9])
    written = write(sandbox, slow, given, config=WriteTestsConfig(mutate=False, mutants=0, loads=0))
    assert written.drop is None
    assert len(written.tests.checks) == 12
    assert written.tests.lost == {"too_heavy": 1}


def test_a_task_whose_every_given_check_is_too_heavy_is_dropped_and_says_so(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("efficoder.judging.trial.GIVEN_LIMITS", Limits(cpu_s=0.02, wall_s=10.0))
    written = write(sandbox, task("def f(n):\n    return sum(range(n))\n", parameters=("n",)), checks([10**7], [10**8]))
    assert written.drop is not None
    assert written.drop.reason == "too_heavy"
