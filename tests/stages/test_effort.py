"""What the reference needs is kept: another model's samples are judged alike, and do not wait for it."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from efficoder.config import CheckConfig, WriteTestsConfig
from efficoder.judging.judge import Effort
from efficoder.judging.right_or_wrong import ToJudge, most_of
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.stages.check import Check
from efficoder.testgen.bank import Bank, without_effort
from efficoder.testgen.writer import write_tests
from efficoder.types import Candidate, Function, Origin, Record, Task, TaskTests, TestCase, Verdict

REFERENCE = "def f(n):\n    return list(range(n))\n"
OTHER = "def f(n):\n    return [i for i in range(n)]\n"
FLOATS = "def f(n):\n    return [i + 0.0 for i in range(n)]\n"
WRONG = "def f(n):\n    return list(range(n - 1)) + [-1] if n > 5 else list(range(n))\n"
TASK = Task(id="t", prompt="", interface=Function(entry_point="f"), origin=Origin(source="own"), reference=REFERENCE)
LONG = 300_000
ANSWER = ("[" + ",".join(map(str, range(LONG))) + "]").encode()
TESTS = TaskTests(
    task_id="t",
    written=True,
    checks=(
        TestCase(input="[2]", expected="[0,1]"),
        TestCase(input=f"[{LONG}]", answer_hash=hashlib.sha256(ANSWER).hexdigest(), origin="reference"),
    ),
)


class Counting(Sandbox):
    """It writes down what it runs."""

    ran: list[str]

    def run(self, program: Program, inputs: Sequence[str], limits: Limits = Limits(), **rest: Any) -> Outcome:  # noqa: B008
        self.ran.append(program.code)
        return super().run(program, inputs, limits, **rest)


@pytest.fixture(scope="module")
def box() -> Iterator[Counting]:
    with Counting() as box:
        box.ran = []
        yield box


def candidates(*codes: str) -> list[Candidate]:
    return [Candidate(id=str(number), task_id="t", code=code) for number, code in enumerate(codes)]


def judged(box: Counting, tests: TaskTests, *codes: str, effort: Effort | None = None) -> list[Record]:
    box.ran.clear()
    return Check(CheckConfig(), Bank(Path("nowhere"))).do(ToJudge(TASK, tests, candidates(*codes), effort), box)


def outcomes(rows: Sequence[Record]) -> list[str]:
    return [row.outcome for row in rows if isinstance(row, Verdict)]


def effort_of(rows: Sequence[Record]) -> Effort:
    (found,) = (row for row in rows if isinstance(row, Effort))
    return found


def test_verdicts_are_the_same_with_it_and_the_reference_does_not_run(box: Counting) -> None:
    codes = (REFERENCE, OTHER, WRONG)
    first = judged(box, TESTS, *codes)
    assert outcomes(first) == ["passed", "passed", "wrong"]
    assert REFERENCE in box.ran
    again = judged(box, TESTS, *codes, effort=effort_of(first))
    assert [row for row in again if isinstance(row, Verdict)] == [row for row in first if isinstance(row, Verdict)]
    assert not any(isinstance(row, Effort) for row in again), "it is known already"
    assert box.ran.count(REFERENCE) == 1, "only where an answer differs from the one too long to be stored"


def test_an_answer_that_is_equal_by_value_passes_whatever_its_text(box: Counting) -> None:
    effort = Effort(task_id="t", children_s=(0.01,))
    assert outcomes(judged(box, TESTS, FLOATS, effort=effort)) == ["passed"]
    assert box.ran == [FLOATS, REFERENCE]
    assert outcomes(judged(box, TESTS, OTHER, effort=effort)) == ["passed"]
    assert box.ran == [OTHER]


def test_a_reference_that_fails_a_load_has_none(box: Counting) -> None:
    tests = msgspec.structs.replace(TESTS, loads=(TestCase(input="[3]", expected="[0]", size=3),))
    rows = judged(box, tests, REFERENCE)
    assert (outcomes(rows), len(rows)) == (["wrong"], 1)
    assert len(judged(box, TESTS, OTHER)) == 1, "nobody saw the reference judged"


def test_limits_follow_from_it(box: Counting) -> None:
    slow = "def f(n):\n    while True:\n        pass\n"
    (short,) = judged(box, TESTS, slow, effort=Effort(task_id="t", children_s=(0.01,)))
    assert isinstance(short, Verdict)
    assert (short.outcome, short.checks_run) == ("timeout", 1)


def test_the_bank_knows_it_for_the_same_tests_limits_and_machine_alone(tmp_path: Path) -> None:
    most = most_of(CheckConfig())
    effort = Effort(task_id="t", children_s=(0.5, 0.25))
    bank = Bank(tmp_path, ("here",))
    rows: list[Record] = [Verdict(candidate_id="0", task_id="t", outcome="passed"), effort]
    assert without_effort(bank, TASK, TESTS, most, rows) == rows[:1]
    assert Bank(tmp_path, ("here",)).find_effort(TASK, TESTS, most) == effort
    assert Bank(tmp_path, ("there",)).find_effort(TASK, TESTS, most) is None
    assert bank.find_effort(msgspec.structs.replace(TASK, reference=OTHER), TESTS, most) is None
    more = msgspec.structs.replace(TESTS, loads=(TestCase(input="[3]", expected="[0,1,2]"),))
    assert bank.find_effort(TASK, more, most) is None
    assert bank.find_effort(TASK, TESTS, most_of(CheckConfig(memory_mb=512))) is None
    assert bank.find_effort(TASK, TESTS, most_of(CheckConfig(cpu_s=20.0))) == effort, (
        "the reference's limit is the same"
    )


def test_a_damaged_one_is_none_and_one_without_every_answer_is_not_kept(tmp_path: Path) -> None:
    most, bank = most_of(CheckConfig()), Bank(tmp_path)
    bank.keep_effort(TASK, TESTS, most, Effort(task_id="t", children_s=(0.5,)))
    (path,) = tmp_path.glob("*/effort-*.json")
    path.write_bytes(path.read_bytes()[:9])
    assert bank.find_effort(TASK, TESTS, most) is None
    unsaid = TaskTests(task_id="t", checks=(TestCase(input="[2]"),))
    bank.keep_effort(TASK, unsaid, most, Effort(task_id="t", children_s=(0.5,)))
    assert bank.find_effort(TASK, unsaid, most) is None


def test_tests_that_are_only_checks_bring_it_along(box: Counting) -> None:
    given = TaskTests(task_id="t", checks=(TestCase(input="[2]", expected="[0,1]"), TestCase(input=f"[{LONG}]")))

    alone = write_tests(box, TASK, given, WriteTestsConfig(grow=0, mutants=0, loads=0, mutate=False), 0)
    assert alone.effort is not None
    assert alone.tests.checks[1].answer_hash == TESTS.checks[1].answer_hash
    with_loads = write_tests(box, TASK, given, WriteTestsConfig(grow=0, mutants=0, loads=1, target_s=0.01), 0)
    assert with_loads.effort is None, "the reference may be too slow for a load"
