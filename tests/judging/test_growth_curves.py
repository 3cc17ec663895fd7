"""Climbs of the ladder: on a simulated machine where time is a power of the input's length, and for real."""

from typing import Any

import msgspec
import pytest

from efficoder import wire
from efficoder.errors import SandboxFault
from efficoder.judging.growth import BODY_S, BUDGET_S, CHILDREN, LIMIT_S, MOST_LOOPS, SIZES, growth
from efficoder.metrics.growth import growth as read
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.types import Candidate, Function, GrowthCurve, Interface, Origin, Stdio, Task, TestCase
from fake_sandbox import FakeSandbox

pytestmark = pytest.mark.measured


class Sized(FakeSandbox):
    """``power 2 1e-9 ...``: a call takes 1e-9 s times the square of its input's length. The rest is FakeSandbox's."""

    def run(self, program: Program, inputs: Any, limits: Limits = Limits(), **options: Any) -> Outcome:  # noqa: B008
        words = program.code.split()
        if words[:1] == ["power"]:
            cost = sum(float(words[2]) * len(text) ** float(words[1]) for text in inputs)
            if program.kind == "stdio":
                cost *= 2  # FakeSandbox halves it
            program = msgspec.structs.replace(program, code=f"cost {cost} {program.code}")
        return super().run(program, inputs, limits, **options)


def ladder(*sizes: int, each: int = 2) -> list[TestCase]:
    return [TestCase(input="x" * size, expected="0", size=size) for size in sizes for _ in range(each)]


FAR = [100 * 2**i for i in range(12)]


def climb(sandbox: FakeSandbox, *codes: str, sizes: Any = FAR, interface: Interface | None = None) -> list[GrowthCurve]:
    task = Task(id="t", prompt="", interface=interface or Function(entry_point="f"), origin=Origin(source="test"))
    candidates = [Candidate(id=f"c{i}", task_id="t", code=f"power {code} n{i}") for i, code in enumerate(codes)]
    return growth(sandbox, task, candidates, ladder(*sizes))  # type: ignore[arg-type]


@pytest.mark.parametrize("power", [0, 1, 2, 3])
def test_the_points_are_the_time_of_one_input(power: int) -> None:
    factor = 2e-2 / FAR[-1] ** power
    (curve,) = climb(Sized(noisy=False), f"{power} {factor}")
    assert 3 <= len(curve.points) <= SIZES
    assert curve.points[-1].size == FAR[-1]
    for point in curve.points:
        assert point.cpu_s == pytest.approx(factor * point.size**power, rel=0.02)
    found = read(curve)
    assert found is not None
    assert found.slope.value == pytest.approx(power, abs=0.02)


def test_on_a_noisy_machine_the_interval_still_holds_the_truth() -> None:
    held = 0
    for seed in range(24):
        (curve,) = climb(Sized(seed), "1 2e-7")
        found = read(curve)
        held += found is not None and found.slope.low <= 1.0 <= found.slope.high
    assert held >= 21


def test_steps_too_short_to_time_are_no_points_and_long_ones_are_not_looped() -> None:
    sandbox = Sized(noisy=False)
    (curve,) = climb(sandbox, "1 1e-8")
    least_s = BODY_S / 2 / MOST_LOOPS / 2
    assert min(point.cpu_s for point in curve.points) >= least_s
    assert {loops for _, _, loops in sandbox.runs} <= {1, 4, 16, MOST_LOOPS}
    sandbox = Sized(noisy=False)
    climb(sandbox, "1 1e-4", sizes=[100, 200, 400, 800])
    assert max(loops for code, _, loops in sandbox.runs[-3:] if code) == 1


def test_a_climb_ends_at_the_first_step_over_the_limit_and_below_the_budget() -> None:
    sandbox = Sized(noisy=False)
    (curve,) = climb(sandbox, "3 1e-10")
    assert curve.points
    assert curve.points[-1].cpu_s * 2 < LIMIT_S
    assert sum(cpu_s for code, cpu_s, _ in sandbox.runs if code) <= BUDGET_S + LIMIT_S


def test_one_that_is_over_the_limit_at_once_has_no_points() -> None:
    (slow, fine) = climb(Sized(noisy=False), "0 5.0", "1 1e-6")
    assert slow.points == ()
    assert len(fine.points) >= 3


def test_a_step_that_jumps_over_the_limit_when_looped_is_tried_alone() -> None:
    (curve,) = climb(Sized(noisy=False), "12 4.2e-33", sizes=[200, 220, 440, 450])
    assert curve.points[-1].size == 440


@pytest.mark.parametrize("flaw", ["wavers", "fails 1", "fails 2"])
def test_a_wrong_answer_and_a_failure_end_the_curve(flaw: str) -> None:
    (curve, fine) = climb(Sized(noisy=False), f"1 1e-6 {flaw}", "1 1e-6")
    assert len(curve.points) < len(fine.points)


def test_a_text_that_takes_long_to_compile_is_charged_for_it() -> None:
    sandbox = Sized(noisy=False)
    climb(sandbox, "1 1e-6 compiles 2")
    assert sum("compiles" in code for code, _, _ in sandbox.runs) <= 2


def test_a_second_candidate_shares_the_runs_of_the_empty_program() -> None:
    def empty_runs(*codes: str) -> int:
        sandbox = Sized(noisy=False)
        climb(sandbox, *codes)
        return sum(not code for code, _, _ in sandbox.runs)

    assert empty_runs("1 1e-6", "1 1.01e-6", "1 1.02e-6") <= empty_runs("1 1e-6") + 2


def test_programs_on_standard_input_are_looped_a_few_times_only() -> None:
    sandbox = Sized(noisy=False)
    (curve,) = climb(sandbox, "1 1e-7", interface=Stdio())
    assert len(curve.points) >= 3
    assert read(curve) is not None
    per_step = [code for code, _, _ in sandbox.runs if code]
    assert len(per_step) <= 3 * len(FAR) * 2 * CHILDREN


def test_without_a_ladder_or_candidates_nothing_runs() -> None:
    sandbox = Sized()
    assert [curve.points for curve in climb(sandbox, "1 1e-6", sizes=[])] == [()]
    assert climb(sandbox) == []
    assert sandbox.runs == []


def test_a_broken_sandbox_is_a_fault_and_not_a_curve() -> None:
    class Broken(Sized):
        def run(self, *_: Any, **__: Any) -> Outcome:
            raise SandboxFault("gone")

    with pytest.raises(SandboxFault):
        climb(Broken(), "1 1e-6")


LINE = "def f(xs):\n    return sum(1 for _ in xs)\n"
SQUARE = "def f(xs):\n    return sum(1 for i in range(len(xs)) for _ in xs) // max(1, len(xs))\n"


def test_a_square_and_a_line_are_told_apart_for_real() -> None:
    task = Task(id="t", prompt="", interface=Function(entry_point="f"), origin=Origin(source="test"))
    steps = [
        TestCase(input=wire.encode([list(range(size))]), expected=str(size), size=size)
        for size in (64, 256, 1024, 4096, 16384, 65536)
    ]
    candidates = [Candidate(id=name, task_id="t", code=code) for name, code in (("line", LINE), ("square", SQUARE))]
    with Sandbox() as sandbox:
        line, square = map(read, growth(sandbox, task, candidates, steps))
    assert line is not None
    assert square is not None
    assert square.slope.low > line.slope.high
