"""Checking: the loads judge too, but a size that Python itself refuses makes nobody wrong."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from efficoder.config import CheckConfig, RunConfig
from efficoder.console import Console
from efficoder.pipeline import run_stage
from efficoder.sandbox import Limits, Sandbox
from efficoder.stages.check import Check, check_one, limits_for
from efficoder.store import Store
from efficoder.types import Candidate, Function, Origin, Parameter, Task, TaskTests, TestCase

REFERENCE = "def total(n):\n    return n * (n + 1) // 2\n"
TASK = Task(
    id="t",
    prompt="Write total(n).",
    interface=Function(entry_point="total", parameters=(Parameter(name="n"),)),
    origin=Origin(source="own"),
    reference=REFERENCE,
)
TESTS = TaskTests(
    task_id="t",
    checks=(TestCase(input="[3]", expected="6"), TestCase(input="[0]", expected="0")),
    loads=(TestCase(input="[20000]", expected="200010000", size=20000),),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.mark.parametrize(
    ("code", "outcome", "first_failure"),
    [
        (REFERENCE, "passed", None),
        ("def total(n):\n    return n + total(n - 1) if n else 0\n", "passed", None),
        ("def total(n):\n    while n > 100:\n        pass\n    return n * (n + 1) // 2\n", "passed", None),
        ("def total(n):\n    return n * (n + 1) // 2 if n < 100 else 1\n", "wrong", 2),
        ("def total(n):\n    return n * (n + 1) // 2 if n < 100 else [][n]\n", "error", 2),
        (
            "def total(n):\n    if n > 100:\n        raise ValueError('n')\n    return n * (n + 1) // 2\n",
            "passed",
            None,
        ),
        (
            "def total(n):\n    if n < 0:\n        raise ValueError('n')\n    return n * 2 if n < 4 else [].index(n)\n",
            "error",
            2,
        ),
        ("def total(n):\n    return 6\n", "wrong", 1),
        ("def total(n):\n    while True:\n        pass\n", "timeout", 0),
    ],
    ids=[
        "right",
        "recursion too deep on the load",
        "too slow on the load",
        "wrong on it",
        "raises on it",
        "refuses it",
        "refuses another and raises on it",
        "wrong",
        "hangs",
    ],
)
def test_verdicts(sandbox: Sandbox, code: str, outcome: str, first_failure: int | None) -> None:
    limits = limits_for(sandbox, TASK, TESTS, CheckConfig())
    verdict = check_one(sandbox, TASK, Candidate(id="c", task_id="t", code=code), TESTS, limits)
    assert (verdict.outcome, verdict.first_failure) == (outcome, first_failure), verdict.detail


def test_tasks_are_judged_again_when_their_code_or_the_packages_change(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()

    def judged(store: Store, packages: str | None = None) -> int:
        settings = RunConfig(workers=1, packages=packages)
        return run_stage(Check(CheckConfig()), store, settings, Console(tmp_path / "log.txt")).done

    with Store(tmp_path / "run", write=True) as store:
        store.put([TASK, TESTS, Candidate(id="c", task_id="t", code=REFERENCE)])
        assert [judged(store), judged(store)] == [1, 0]
        assert [judged(store, str(packages)), judged(store)] == [1, 1]
        assert isinstance(TASK.interface, Function)
        headed = msgspec.structs.replace(TASK.interface, header="import math\n")
        store.put([msgspec.structs.replace(TASK, interface=headed)])
        assert [judged(store), judged(store)] == [1, 0]


BUSY = (
    "import time\ndef total(n):\n    end = time.thread_time() + {}\n    while time.thread_time() < end:\n        pass\n"
)
MANY = TaskTests(task_id="t", checks=tuple(TestCase(input=f"[{n}]", expected=str(n * (n + 1) // 2)) for n in range(6)))


@pytest.mark.parametrize(
    ("ends", "outcome"),
    [
        ("raise ValueError('too far')", "passed"),
        ("assert n < 5", "passed"),
        ("raise OutOfRange", "passed"),
        ("int('x')", "error"),
        ("int('x')\n        raise ValueError", "error"),
        ("return 0", "wrong"),
    ],
)
def test_a_program_may_refuse_an_input_of_our_making_but_not_fail_on_it(
    sandbox: Sandbox, ends: str, outcome: str
) -> None:
    grown = TestCase(input="[9]", expected="45", origin="grown")
    code = (
        f"class OutOfRange(Exception):\n    pass\n\ndef total(n):\n"
        f"    if n > 5:\n        {ends}\n    return n * (n + 1) // 2\n"
    )
    candidate = Candidate(id="c", task_id="t", code=code)
    for own, expected in ((TESTS.checks, outcome), ((*TESTS.checks, TestCase(input="[9]", expected="45")), None)):
        tests = msgspec.structs.replace(TESTS, checks=(*own, grown), loads=())
        verdict = check_one(sandbox, TASK, candidate, tests, Limits())
        assert verdict.outcome == (expected or ("wrong" if outcome == "wrong" else "error"))


def test_refusing_one_input_of_our_making_excuses_from_no_other(sandbox: Sandbox) -> None:
    grown = [TestCase(input=f"[{n}]", expected=str(n * (n + 1) // 2), origin="grown") for n in range(6, 14)]
    tests = msgspec.structs.replace(TESTS, checks=(*TESTS.checks, *grown), loads=())
    code = "def total(n):\n    if {}:\n        raise ValueError(n)\n    return n * (n + 1) // 2 if n < 10 else 1\n"
    for refused, outcome in (("n == 6", "wrong"), ("5 < n < 9", "wrong"), ("n > 5", "passed")):
        candidate = Candidate(id="c", task_id="t", code=code.format(refused))
        assert check_one(sandbox, TASK, candidate, tests, Limits()).outcome == outcome


def test_slow_on_all_checks_together_is_not_wrong_and_too_slow_on_one_is(sandbox: Sandbox) -> None:
    limits = Limits(cpu_s=0.5, wall_s=20.0)
    for seconds, outcome in ((0.2, "passed"), (0.7, "timeout")):
        code = BUSY.format(seconds) + "    return n * (n + 1) // 2\n"
        verdict = check_one(sandbox, TASK, Candidate(id="c", task_id="t", code=code), MANY, limits)
        assert verdict.outcome == outcome, verdict.detail


def test_a_program_that_ends_its_child_again_and_again_gets_no_more_time_for_it(sandbox: Sandbox) -> None:
    code = (
        "import time\nmet = []\ndef total(n):\n    met.append(n)\n    end = time.thread_time() + 0.2\n"
        "    while len(met) > 1 and time.thread_time() < end:\n        pass\n"
        "    return n * (n + 1) // 2 if len(met) == 1 else object()\n"
    )
    verdict = check_one(sandbox, TASK, Candidate(id="c", task_id="t", code=code), MANY, Limits(cpu_s=0.25, wall_s=20.0))
    assert (verdict.outcome, verdict.first_failure) == ("refused", 4)
