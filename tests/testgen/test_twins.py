"""The tests of the same problem in another language: which serve, and what happens where they do not."""

from collections.abc import Iterator, Sequence

import pytest

import cpp
from efficoder import wire
from efficoder.config import WriteTestsConfig
from efficoder.languages import language
from efficoder.sandbox import Sandbox
from efficoder.testgen.twins import DIFFERS, write_tests_of
from efficoder.testgen.writer import WrittenTests
from efficoder.types import Comparison, Origin, Stdio, Task, TaskTests, TestCase

pytestmark = cpp.needs_compiler
HEADER = "#include <bits/stdc++.h>\nusing namespace std;\n"
CONFIG = WriteTestsConfig(grow=20, target_s=0.01, loads=1)
CHECKS = WriteTestsConfig(grow=0, mutants=0, loads=0)
"""Nothing of our making."""
TOTAL = "def f(xs: list[int]) -> int:\n    return sum(xs)\n"
CPP_TOTAL = HEADER + "long long f(vector<int> xs) { return accumulate(xs.begin(), xs.end(), 0LL); }\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


def task_in(name: str, code: str | None, entry_point: str = "f", signature: str = "") -> Task:
    shape = language(name).signature(signature or code or "", entry_point)
    return Task(id=name, prompt="p", interface=shape, origin=Origin(source="own"), language=name, reference=code)


def lent(twin: Task, inputs: Sequence[object], comparison: Comparison | None = None) -> TaskTests:
    checks = tuple(
        TestCase(input=wire.encode(arguments), comparison=comparison or Comparison()) for arguments in inputs
    )
    return TaskTests(task_id="cpp", checks=checks, twin=twin)


def written(sandbox: Sandbox, python: str, code: str | None, inputs: Sequence[object], **more: object) -> WrittenTests:
    config = more.pop("config", CHECKS)
    signature = str(more.pop("signature", ""))
    tests = lent(task_in("python", python), inputs, **more)  # type: ignore[arg-type]
    return write_tests_of(sandbox, task_in("cpp", code, signature=signature), tests, config, 0)  # type: ignore[arg-type]


LISTS = [[list(range(n))] for n in range(24)]


def test_inputs_that_fit_serve_and_the_share_is_kept(sandbox: Sandbox) -> None:
    made = written(sandbox, TOTAL, CPP_TOTAL, [*LISTS, [[2**31]], [[2**40, 1]]], config=CONFIG)
    assert made.drop is None
    assert (len(made.tests.own_checks), made.tests.lost) == (24, {"misfit": 2})
    assert {check.origin for check in made.tests.own_checks} == {"agreement"}
    assert made.facts.twin == "python"
    assert made.tests.twin is None
    assert made.tests.loads


def test_an_input_on_which_the_own_reference_differs_judges_nobody(sandbox: Sandbox) -> None:
    """It overflows inside; an answer beyond its type is none of its mistakes."""
    halved = TOTAL.replace("sum(xs)", "sum(xs) // 2 if sum(xs) < 2**32 else 2**31")
    narrow = CPP_TOTAL.replace("long long f", "int f").replace("0LL)", "0) / 2")
    made = written(sandbox, halved, narrow, [*LISTS, [[2**31 - 1, 1]], [[2**31 - 1] * 3]])
    assert made.drop is None
    assert (len(made.tests.own_checks), made.tests.lost) == (24, {"misfit": 1, DIFFERS: 1})


def test_a_reference_that_is_often_wrong_leaves_the_task_out(sandbox: Sandbox) -> None:
    wrong = CPP_TOTAL.replace("return", "if (xs.size() % 5 == 4) return 1; return")
    made = written(sandbox, TOTAL, wrong, LISTS)
    assert made.drop is not None
    assert made.drop.reason == "few_twin_checks"
    assert "20 of 24 checks of python serve (4: the reference's answer is not that" in made.drop.detail


def test_floats_of_32_bits_may_differ_in_half_of_the_checks(sandbox: Sandbox) -> None:
    third = "def f(x: float) -> bool:\n    return x * 3 == 1.2000000000000002\n"
    code = HEADER + "bool f(float x) { return x * 3 == 1.2f; }\n"
    inputs = [[n / 2 + 0.25] for n in range(22)] + [[0.4]] * 3
    made = written(sandbox, third, code, inputs)
    assert made.drop is None


def test_half_of_the_checks_at_least(sandbox: Sandbox) -> None:
    made = written(sandbox, TOTAL, CPP_TOTAL, [*LISTS, *([[2**31 + n]] for n in range(25))])
    assert made.drop is not None
    assert "24 of 49 checks of python serve (25: the input, or its answer, has" in made.drop.detail


def test_a_twin_with_few_checks_lends_all_or_nothing(sandbox: Sandbox) -> None:
    few = [[[1, 2]], [[3]], [[]]]
    assert written(sandbox, TOTAL, CPP_TOTAL, few).drop is None
    made = written(sandbox, TOTAL, CPP_TOTAL, [*few, [[2**31]]])
    assert made.drop is not None
    assert made.drop.reason == "few_twin_checks"


def test_tuples_sets_and_floats_are_compared_as_the_language_has_them(sandbox: Sandbox) -> None:
    python = "def f(xs: list[float]) -> tuple:\n    return (min(xs), [(x, x / 3) for x in xs])\n"
    code = (
        HEADER
        + "pair<float, vector<vector<float>>> f(vector<float> xs) { vector<vector<float>> out;\n"
        + "for (float x : xs) out.push_back({x, x / 3}); return {*min_element(xs.begin(), xs.end()), out}; }\n"
    )
    made = written(sandbox, python, code, [[[n / 4, n / 8 + 1]] for n in range(25)])
    assert made.drop is None
    assert not made.tests.lost
    assert {check.comparison.kind for check in made.tests.own_checks} == {"float"}
    distinct = "def f(xs: list[int]) -> set:\n    return set(xs)\n"
    backwards = HEADER + "vector<int> f(vector<int> xs) { set<int> s(xs.begin(), xs.end());\n"
    made = written(sandbox, distinct, backwards + "return vector<int>(s.rbegin(), s.rend()); }\n", LISTS)
    assert made.drop is None
    assert {check.comparison.kind for check in made.tests.own_checks} == {"set"}


def test_a_checker_judges_here_too(sandbox: Sandbox) -> None:
    any_item = Comparison(kind="checker", checker="def check(xs, output, expected):\n    return output in xs[0]\n")
    python = "def f(xs: list[int]) -> int:\n    return xs[0]\n"
    code = HEADER + "int f(vector<int> xs) { return xs.back(); }\n"
    made = written(sandbox, python, code, LISTS[1:], comparison=any_item)
    assert made.drop is None
    assert not made.tests.lost


def test_an_answer_of_nothing_judges_nobody(sandbox: Sandbox) -> None:
    made = written(
        sandbox, "def f(xs: list[int]) -> None:\n    xs.sort()\n", HEADER + "void f(vector<int>& xs) {}\n", LISTS
    )
    assert made.drop is not None
    assert made.drop.detail == "every answer of python is nothing"


def test_what_cannot_be_settled_is_said(sandbox: Sandbox) -> None:
    made = written(sandbox, TOTAL, None, LISTS, signature=CPP_TOTAL)
    assert made.drop is not None
    assert made.drop.reason == "no_reference"
    made = written(sandbox, TOTAL, "long long f(std::vector<int> xs) { return nothing; }\n", LISTS)
    assert made.drop is not None
    assert made.drop.reason == "reference_fails"
    assert made.drop.detail.startswith("compile_error")
    made = written(sandbox, "def f(xs):\n    raise ValueError\n", CPP_TOTAL, LISTS)
    assert made.drop is not None
    assert made.drop.reason.startswith("twin_")


def test_no_input_of_our_making_contradicts_the_twin(sandbox: Sandbox) -> None:
    """Sums of what is grown no longer fit 32 bits, which no given check shows."""
    big = [[[2_000_000_000 - n]] for n in range(24)]
    python = "def f(xs: list[int]) -> int:\n    return sum(xs) % 1000\n"
    narrow = HEADER + "int f(vector<int> xs) { int s = 0; for (int x : xs) s = (unsigned)s + x; return s % 1000; }\n"
    made = written(sandbox, python, narrow, big, config=CONFIG)
    assert made.drop is None
    for case in made.tests.judged:
        xs = [arguments[0] for arguments in map(wire.decode, wire.calls(case.input)) if isinstance(arguments, list)]
        answers = [sum(each) % 1000 for each in xs]
        assert wire.decode(str(case.expected)) == (answers if len(answers) > 1 else answers[0])


def test_programs_lend_their_texts(sandbox: Sandbox) -> None:
    python = Task(
        id="python",
        prompt="Read n and n numbers.",
        interface=Stdio(),
        origin=Origin(source="own"),
        reference="n = int(input())\nprint(sum(map(int, input().split())))\n",
    )
    code = HEADER + "int main() { long long n, s = 0, x; cin >> n; while (n--) { cin >> x; s += x; } cout << s; }\n"
    own = Task(id="cpp", prompt="p", interface=Stdio(), origin=Origin(source="own"), language="cpp", reference=code)
    checks = tuple(
        TestCase(input=f"{n}\n{' '.join(map(str, range(n)))}\n", comparison=Comparison(kind="tokens"))
        for n in range(1, 22)
    )
    tests = TaskTests(task_id="cpp", checks=checks, twin=python)
    made = write_tests_of(sandbox, own, tests, CHECKS, 0)
    assert made.drop is None
    assert len(made.tests.own_checks) == 21
