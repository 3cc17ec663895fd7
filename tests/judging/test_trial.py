"""The engine: which children run, and that no pass counts without every output compared."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from efficoder.judging.trial import Timed, Trial, ask, empty_program, run_pass
from efficoder.languages.python.program import program
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.types import Function, Interface, Origin, Parameter, Stdio, Task, TestCase

CASES = (TestCase(input="[1]", expected="1"), TestCase(input="[2]", expected="2"))
FUNCTION = Program(kind="function", code="def f(n):\n    return n\n", entry_point="f")
ECHO = Program(kind="stdio", code="print(input())\n")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


class Scripted:
    """A sandbox whose children do what was written down for them."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.inputs: list[Sequence[str]] = []

    def run(self, program: Program, inputs: Sequence[str], limits: Limits, **_: Any) -> Outcome:
        self.inputs.append(inputs)
        return self.outcomes.pop(0)


def child(ended: str, *outputs: bytes) -> Outcome:
    return Outcome(cast("Any", ended), outputs, "", 0.01, 0.02, 1)


def answers(program: Program, inputs: str, *outcomes: Outcome, patient: bool = True) -> tuple[list[str], list[str]]:
    """What was answered (a failure by its name), and which inputs each child had."""
    scripted = Scripted(*outcomes)
    asked = ask(cast("Sandbox", scripted), program, inputs.split(), Limits(), patient=patient)
    said = [answer.ended if isinstance(answer, Outcome) else answer.decode() for answer in asked.answers]
    return said, ["".join(each) for each in scripted.inputs]


def test_a_function_has_a_child_for_all_inputs_and_a_text_program_one_each() -> None:
    assert answers(FUNCTION, "a b", child("finished", b"1", b"2")) == (["1", "2"], ["ab"])
    assert answers(ECHO, "a b", child("finished", b"1"), child("finished", b"2")) == (["1", "2"], ["a", "b"])


def test_an_error_is_one_inputs_and_the_next_child_goes_on_after_it() -> None:
    said, ran = answers(FUNCTION, "a b c", child("error", b"1"), child("finished", b"3"))
    assert (said, ran) == (["1", "error", "3"], ["abc", "c"])
    assert answers(ECHO, "a b", child("error", b"half"), child("finished", b"2"))[0] == ["error", "2"]


def test_time_that_is_gone_after_some_results_gives_the_patient_another_child() -> None:
    late = child("timeout", b"1")
    assert answers(FUNCTION, "a b c", late, child("finished", b"2", b"3")) == (["1", "2", "3"], ["abc", "bc"])
    assert answers(FUNCTION, "a b c", late, patient=False) == (["1", "timeout", "timeout"], ["abc"])


def test_a_child_that_fails_after_its_last_result_failed_on_its_last_input() -> None:
    said, ran = answers(FUNCTION, "a b", child("timeout", b"1", b"2"), child("timeout", b"2"))
    assert (said, ran) == (["1", "timeout"], ["ab", "b"])
    assert answers(FUNCTION, "a b", child("error", b"1", b"2"))[0] == ["1", "error"]


def test_after_a_dozen_failures_the_rest_is_not_tried() -> None:
    said, ran = answers(ECHO, "a " * 20, *[child("error")] * 12)
    assert said == ["error"] * 20
    assert len(ran) == 12


def test_a_pass_ends_with_the_first_child_that_fails_and_sums_what_ran() -> None:
    scripted = Scripted(child("finished", b"1"), child("timeout", b""))
    ran = run_pass(cast("Sandbox", scripted), ECHO, ["a", "b", "c"], Limits())
    assert (ran.ended, len(scripted.inputs)) == ("timeout", 2)
    assert ran.cpu_s == pytest.approx(0.02)


@pytest.mark.parametrize("loops", [1, 3])
@pytest.mark.parametrize("keep_outputs", [True, False])
def test_a_right_program_is_right_in_every_pass(sandbox: Sandbox, loops: int, keep_outputs: bool) -> None:
    texts = [TestCase(input=str(n), expected=f"{n}\n") for n in (1, 2)]
    for timed in (Timed(sandbox, FUNCTION, CASES), Timed(sandbox, ECHO, texts)):
        for _ in range(2):
            assert timed.run(Limits(), loops=loops, keep_outputs=keep_outputs).ended == "finished"


@pytest.mark.parametrize("keep_outputs", [True, False])
def test_a_function_that_remembers_the_first_loop_and_answers_otherwise_is_wrong(
    sandbox: Sandbox, keep_outputs: bool
) -> None:
    code = "import math\ndef f(n):\n    math.met = getattr(math, 'met', 0) + 1\n    return n if math.met < 3 else 0\n"
    timed = Timed(sandbox, Program(kind="function", code=code, entry_point="f"), CASES)
    assert timed.run(Limits(), keep_outputs=keep_outputs).ended == "finished"
    assert timed.run(Limits(), loops=2, keep_outputs=keep_outputs).ended == "wrong"
    assert Timed(sandbox, timed.program, CASES).run(Limits(), loops=2, keep_outputs=keep_outputs).ended == "wrong"


@pytest.mark.parametrize("keep_outputs", [True, False])
def test_a_text_program_that_is_right_by_the_clock_is_wrong_when_its_time_is_over(
    sandbox: Sandbox, keep_outputs: bool
) -> None:
    end = time.time() + 2.0
    code = f"import time\nprint(7 if time.time() < {end} else 8)\n"
    timed = Timed(sandbox, Program(kind="stdio", code=code), [TestCase(input="", expected="7\n")])
    assert timed.run(Limits(), keep_outputs=keep_outputs).ended == "finished"
    time.sleep(max(0.0, end - time.time()))
    assert timed.run(Limits(), loops=2, keep_outputs=keep_outputs).ended == "wrong"


@pytest.mark.parametrize(
    "interface",
    [Stdio(), Function(entry_point="f", header="x = 1", parameters=(Parameter(name="n", codec="ListNode"),))],
)
def test_the_empty_program_finishes_on_every_input_and_says_nothing(sandbox: Sandbox, interface: Interface) -> None:
    task = Task(id="t", prompt="", interface=interface, origin=Origin(source="test"))
    empty = empty_program(program(task, "raise ValueError"))
    ran = run_pass(sandbox, empty, ["[[1,2]]"], Limits())
    assert ran.ended == "finished"
    assert not any(ran.outputs)


@pytest.mark.parametrize(
    "output",
    [
        b'{"!decimal":"' + b"1" * 20_000 + b'"}',
        b'{"!decimal":"sNaN"}',
        b'{"!fraction":[1,{"!int":"0x' + b"f" * 5_000 + b'"}]}',
        b"[" * 450 + b"]" * 450,
    ],
    ids=["long decimal", "signalling", "long fraction", "deep"],
)
def test_a_result_that_cannot_be_read_again_takes_no_time_to_write(sandbox: Sandbox, output: bytes) -> None:
    task = Task(id="t", prompt="p", interface=Function(entry_point="f"), origin=Origin(source="test"))
    assert Trial(sandbox, task).writing_s(output) == 0.0
