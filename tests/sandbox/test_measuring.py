"""CPU time, peak memory and memory over time, against programs whose cost is known."""

import pytest

from efficoder.sandbox import Limits, Program, Sandbox

pytestmark = pytest.mark.measured

_SPIN = "import time\nstart = time.thread_time()\nwhile time.thread_time() - start < {s}:\n    pass\n"
_LIMITS = Limits(cpu_s=5.0, wall_s=60.0)
_FLOOR = Program(kind="function", code="")


def _spin(seconds: float, more: str = "") -> Program:
    return Program(kind="function", code=more + _SPIN.format(s=seconds) + "def f():\n    return 0", entry_point="f")


def test_cpu_time_is_what_the_program_used(sandbox: Sandbox) -> None:
    outcome = sandbox.run(_spin(0.05), ["[]"], _LIMITS)
    assert 0.05 <= outcome.cpu_s < 0.06
    assert outcome.wall_s >= 0.05


def test_sleeping_costs_wall_time_only(sandbox: Sandbox) -> None:
    program = Program(kind="function", code="import time\ntime.sleep(0.1)\ndef f():\n    return 0", entry_point="f")
    outcome = sandbox.run(program, ["[]"], _LIMITS)
    assert outcome.wall_s >= 0.1
    assert outcome.cpu_s < 0.02


def test_reading_inputs_and_compiling_is_not_charged(sandbox: Sandbox) -> None:
    large = "[" + str(list(range(1_000_000))) + "]"
    many = "\n".join(f"def g{i}():\n    return [{i}] + [{i}]" for i in range(5000))
    program = Program(kind="function", code=many + "\ndef f(a):\n    return len(a)", entry_point="f")
    outcome = sandbox.run(program, [large], _LIMITS)
    assert outcome.outputs == (b"1000000",)
    assert outcome.cpu_s < 0.05


def test_the_header_is_not_charged(sandbox: Sandbox) -> None:
    program = Program(kind="function", code="def f():\n    return 0", entry_point="f", header=_SPIN.format(s=0.1))
    assert sandbox.run(program, ["[]"], _LIMITS).cpu_s < 0.05


def test_loops_multiply_the_cost(sandbox: Sandbox) -> None:
    outcome = sandbox.run(_spin(0.01), ["[]"], _LIMITS, loops=5, keep_outputs=False)
    assert 0.05 <= outcome.cpu_s < 0.07


def test_peak_memory_over_the_floor_is_what_was_allocated(sandbox: Sandbox) -> None:
    floor = sandbox.run(_FLOOR, ["[]"], _LIMITS).peak_bytes
    program = Program(kind="function", code="def f():\n    return len(bytes(50 << 20))", entry_point="f")
    touched = Program(kind="function", code="def f():\n    return len(bytearray(b'x') * (50 << 20))", entry_point="f")
    assert sandbox.run(program, ["[]"], _LIMITS).peak_bytes - floor < 5 << 20  # zero pages, never touched
    peak = sandbox.run(touched, ["[]"], _LIMITS).peak_bytes - floor
    assert peak == pytest.approx(50 << 20, rel=0.03)
    assert floor < 20 << 20


def test_peak_memory_does_not_depend_on_history(sandbox: Sandbox) -> None:
    floors = {sandbox.run(_FLOOR, ["[]"], _LIMITS).peak_bytes for _ in range(5)}
    assert max(floors) - min(floors) < 200_000


def test_memory_over_time(sandbox: Sandbox) -> None:
    floor = sandbox.run(_spin(0.1), ["[]"], _LIMITS, sample_memory=True)
    holder = sandbox.run(_spin(0.1, "hold = bytearray(b'x') * (40 << 20)\n"), ["[]"], _LIMITS, sample_memory=True)
    assert floor.byte_seconds is not None
    assert holder.byte_seconds is not None
    assert holder.wall_byte_seconds is not None
    held = holder.cpu_s * (40 << 20)  # by the kernel's time: what allocating took on this machine is in it
    assert 0.6 * held < holder.byte_seconds - floor.byte_seconds < 1.4 * held
    assert holder.wall_byte_seconds >= 0.8 * holder.byte_seconds


def test_a_run_too_short_to_sample_still_has_an_integral(sandbox: Sandbox) -> None:
    outcome = sandbox.run(_FLOOR, ["[]"], _LIMITS, sample_memory=True)
    assert outcome.byte_seconds is not None
    assert 0 < outcome.byte_seconds < 0.05 * outcome.peak_bytes


def test_without_sampling_there_is_no_integral(sandbox: Sandbox) -> None:
    outcome = sandbox.run(_FLOOR, ["[]"], _LIMITS)
    assert (outcome.byte_seconds, outcome.wall_byte_seconds) == (None, None)


def test_compiling_is_told_apart_from_running(sandbox: Sandbox) -> None:
    def nested(depth: int) -> str:
        tries = "".join(
            f"{'    ' + ' ' * i}try:\n{'     ' + ' ' * i}pass\n{'    ' + ' ' * i}finally:\n" for i in range(depth)
        )
        return f"def f(n):\n{tries}{'    ' + ' ' * depth}pass\n    return n\n"

    plain, costly = (
        sandbox.run(Program(kind="function", code=nested(depth), entry_point="f"), ["[1]"]) for depth in (1, 14)
    )
    assert plain.ended == costly.ended == "finished"
    assert costly.prepare_s > 10 * plain.prepare_s
    assert costly.cpu_s < costly.prepare_s / 3
