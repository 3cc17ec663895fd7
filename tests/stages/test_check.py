"""Checking: the loads judge too, but a size that Python itself refuses makes nobody wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from efficoder.config import CheckConfig, RunConfig
from efficoder.console import Console
from efficoder.errors import ReferenceFault
from efficoder.judging.judge import Terms
from efficoder.judging.right_or_wrong import check_one, terms_of
from efficoder.pipeline.run_stage import placed, run_stage
from efficoder.sandbox import Limits, Outcome, Sandbox
from efficoder.stages.check import Check
from efficoder.store import Store
from efficoder.types import Candidate, Comparison, Function, Origin, Parameter, Task, TaskTests, TestCase, Verdict

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
ENDING = TaskTests(
    task_id="t",
    checks=tuple(TestCase(input=f"[{n}]", expected=str(n * (n + 1) // 2)) for n in (0, 1, 2, 3)),
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
        "wrong",
        "hangs",
    ],
)
def test_verdicts(sandbox: Sandbox, code: str, outcome: str, first_failure: int | None) -> None:
    held_to = terms_of(sandbox, TASK, TESTS, CheckConfig())
    verdict = check_one(sandbox, TASK, Candidate(id="c", task_id="t", code=code), TESTS, held_to)
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


def test_candidates_that_come_later_are_judged_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noted(box: Sandbox, task: Task, candidate: Candidate, tests: TaskTests, held_to: Terms) -> Verdict:
        asked.append(candidate.id)
        return check_one(box, task, candidate, tests, held_to)

    monkeypatch.setattr("efficoder.judging.right_or_wrong.check_one", noted)

    def judged(store: Store, cpu_s: float = 10.0, packages: str | None = None) -> list[str]:
        settings = RunConfig(workers=1, packages=packages)
        stage = Check(CheckConfig(cpu_s=cpu_s), run=settings)
        asked.clear()
        with Sandbox() as box:
            for job in stage.plan(store):
                placed_ = placed(job, settings)
                if store.done_on("check", job.id) != placed_.fingerprint:
                    rows = stage.do(stage.pack(store, placed_), box)
                    store.put(rows, done=[("check", job.id, placed_.fingerprint)])
        return sorted(asked)

    wrong = "def total(n):\n    return 6\n"
    with Store(tmp_path / "run", write=True) as store:
        store.put([TASK, TESTS, Candidate(id="a", task_id="t", code=REFERENCE)])
        assert judged(store) == ["a"]
        store.put([Candidate(id="b", task_id="t", code=wrong)])
        assert judged(store) == ["b"]
        assert judged(store) == []
        assert [verdict.outcome for verdict in store.all(Verdict, "t")] == ["passed", "wrong"]
        assert judged(store, 5.0) == ["a", "b"]
        store.put([Candidate(id="c", task_id="t", code=f"{wrong}#")])
        assert judged(store, 5.0, str(tmp_path)) == ["a", "b", "c"]
        store.put([msgspec.structs.replace(TESTS, checks=TESTS.checks[:1])])
        assert judged(store) == ["a", "b", "c"]


BUSY = (
    "import time\ndef total(n):\n    end = time.thread_time() + {}\n    while time.thread_time() < end:\n        pass\n"
)
MANY = TaskTests(task_id="t", checks=tuple(TestCase(input=f"[{n}]", expected=str(n * (n + 1) // 2)) for n in range(6)))


@pytest.mark.parametrize("ends", ["raise ValueError('too far')", "assert n < 5", "raise OutOfRange", "int('x')"])
@pytest.mark.parametrize("origin", ["given", "reference", "grown"])
def test_a_program_that_refuses_an_input_the_reference_answers_is_not_right(
    sandbox: Sandbox, ends: str, origin: str
) -> None:
    """Refusing the checks that would catch it was once a way past them (docs/decisions/0010)."""
    more = TestCase(input="[9]", expected="45", origin=origin)  # type: ignore[arg-type]
    code = (
        f"class OutOfRange(Exception):\n    pass\n\ndef total(n):\n"
        f"    if n > 5:\n        {ends}\n    return n * (n + 1) // 2\n"
    )
    tests = msgspec.structs.replace(TESTS, checks=(*TESTS.checks, more), loads=())
    verdict = check_one(sandbox, TASK, Candidate(id="c", task_id="t", code=code), tests, Terms(tests.checks, Limits()))
    assert (verdict.outcome, verdict.first_failure) == ("error", 2)


def test_an_answer_that_is_not_stored_is_the_references_to_give_and_as_binding(sandbox: Sandbox) -> None:
    """Answers of some megabytes are not kept (HumanEval/15 has 145 MB of them), and still every one is compared."""
    unknown = TestCase(input="[9]", expected=None, origin="reference")
    tests = msgspec.structs.replace(TESTS, checks=(*TESTS.checks, unknown), loads=())
    held_to = terms_of(sandbox, TASK, tests, CheckConfig())
    for code, outcome in ((REFERENCE, "passed"), ("def total(n):\n    return [0, 1, 3, 6][n % 6]\n", "wrong")):
        assert check_one(sandbox, TASK, Candidate(id="c", task_id="t", code=code), tests, held_to).outcome == outcome


def test_a_reference_that_no_longer_answers_is_nobodys_failure(sandbox: Sandbox) -> None:
    broken = msgspec.structs.replace(TASK, reference="def total(n):\n    raise OSError\n")
    tests = msgspec.structs.replace(TESTS, checks=(TestCase(input="[9]", origin="reference"),))
    with pytest.raises(ReferenceFault, match="OSError"):
        terms_of(sandbox, broken, tests, CheckConfig())


@pytest.mark.parametrize("depth", [400, 5000])
def test_an_odd_result_is_its_own_samples_failure(sandbox: Sandbox, depth: int) -> None:
    """A nest that is too deep for the judge voids no task: the honest program beside it is judged."""
    nest = f"def total(n):\n    out = 0\n    for _ in range({depth}):\n        out = [out]\n    return out\n"
    check = "def check(arguments, output, expected):\n    return output == expected\n"
    for comparison in (Comparison(kind="checker", checker=check), Comparison(kind="unordered"), Comparison()):
        checks = tuple(msgspec.structs.replace(case, comparison=comparison) for case in TESTS.checks)
        held_to = terms_of(sandbox, TASK, TaskTests(task_id="t", checks=checks), CheckConfig())
        verdicts = [
            check_one(sandbox, TASK, Candidate(id="c", task_id="t", code=code), TaskTests(task_id="t"), held_to).outcome
            for code in (nest, REFERENCE)
        ]
        assert verdicts[0] in {"wrong", "refused", "error"}
        assert verdicts[1] == "passed"


class Recording(Sandbox):
    """Keeps how each child ended."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, int]] = []
        super().__init__()

    def run(self, *what: Any, **how: Any) -> Outcome:
        outcome = super().run(*what, **how)
        self.ended.append((outcome.ended, len(outcome.outputs)))
        return outcome


ENDLESS = "    while n > 1:\n        pass\n    return n * (n + 1) // 2\n"


def test_a_wrong_answer_ends_a_program_that_still_runs() -> None:
    with Recording() as sandbox:
        held_to = Terms(ENDING.checks, Limits(cpu_s=100))
        for body, outcome, first, ended in (
            ("    if n == 1:\n        return 2\n", "wrong", 1, [("killed", 2)]),
            ("", "timeout", 2, [("timeout", 2)]),
        ):
            within = Terms(ENDING.checks, Limits(cpu_s=0.5)) if outcome == "timeout" else held_to
            candidate = Candidate(id="c", task_id="t", code=f"def total(n):\n{body}{ENDLESS}")
            sandbox.ended.clear()
            verdict = check_one(sandbox, TASK, candidate, ENDING, within)
            assert (verdict.outcome, verdict.first_failure) == (outcome, first)
            assert sandbox.ended == ended, "one that never ends after some answers is asked once"


def test_what_a_checker_must_judge_waits_until_the_program_has_ended(sandbox: Sandbox) -> None:
    rule = Comparison(
        kind="checker", checker="def check(arguments, output, expected):\n    return output == expected\n"
    )
    checks = tuple(msgspec.structs.replace(check, comparison=rule) for check in ENDING.checks)
    tests = msgspec.structs.replace(ENDING, checks=checks)
    code = f"def total(n):\n    if n == 1:\n        return 2\n{ENDLESS}"
    candidate = Candidate(id="c", task_id="t", code=code)
    verdict = check_one(sandbox, TASK, candidate, tests, Terms(checks, Limits(cpu_s=0.5)))
    assert (verdict.outcome, verdict.first_failure) == ("wrong", 1)


def test_slow_on_all_checks_together_is_not_wrong_and_too_slow_on_one_is(sandbox: Sandbox) -> None:
    limits = Limits(cpu_s=0.5, wall_s=20.0)
    for seconds, outcome in ((0.2, "passed"), (0.7, "timeout")):
        code = BUSY.format(seconds) + "    return n * (n + 1) // 2\n"
        verdict = check_one(sandbox, TASK, Candidate(id="c", task_id="t", code=code), MANY, Terms(MANY.checks, limits))
        assert verdict.outcome == outcome, verdict.detail


def test_a_program_that_ends_its_child_again_and_again_gets_no_more_time_for_it(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("efficoder.judging.judge._PATIENT_S", 0.5)
    code = (
        "import time\nmet = []\ndef total(n):\n    met.append(n)\n    end = time.thread_time() + 0.2\n"
        "    while len(met) > 1 and time.thread_time() < end:\n        pass\n"
        "    return n * (n + 1) // 2 if len(met) == 1 else object()\n"
    )
    verdict = check_one(
        sandbox,
        TASK,
        Candidate(id="c", task_id="t", code=code),
        MANY,
        Terms(MANY.checks, Limits(cpu_s=0.25, wall_s=20.0)),
    )
    assert (verdict.outcome, verdict.first_failure) == ("refused", 4)
