"""While a child runs: its results so far, giving it up, and time that begins anew with each result."""

from collections.abc import Sequence

import pytest

from efficoder.sandbox import Limits, Program, Sandbox
from efficoder.sandbox.inside.zygote import GIVE_UP

_PLUS = Program(kind="function", code="def f(a):\n    return a + 1", entry_point="f")
_BUSY = """\
import time
def f(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return seconds
"""


def test_results_are_seen_while_a_child_runs_and_it_is_ended_where_they_are_enough(sandbox: Sandbox) -> None:
    seen: list[tuple[int, Sequence[bytes]]] = []

    def watch(before: int, results: Sequence[bytes]) -> bool:
        seen.append((before, tuple(results)))
        return b"0.21" in results

    program = Program("function", _BUSY, "f")
    outcome = sandbox.run(program, ["[0]", "[0.2]", "[0.21]", "[1000]", "[0]"], Limits(cpu_s=500), watch=watch)
    assert outcome.ended == "killed"
    assert [result for _, results in seen for result in results] == [b"0", b"0.2", b"0.21"]
    assert [before for before, _ in seen] == [sum(len(r) for _, r in seen[:i]) for i in range(len(seen))]
    assert outcome.outputs == (b"0", b"0.2", b"0.21")
    assert sandbox.run(_PLUS, ["[1]"]).outputs == (b"2",)


def test_the_last_result_is_not_shown(sandbox: Sandbox) -> None:
    code = f"{_BUSY}import threading\nthreading.Thread(target=f, args=(0.5,)).start()\n"
    shown: list[bytes] = []

    def watch(_: int, results: Sequence[bytes]) -> bool:
        shown.extend(results)
        return b"0.1" in shown

    outcome = sandbox.run(Program("function", code, "f"), ["[0]", "[0.1]"], watch=watch)
    assert (outcome.ended, outcome.outputs) == ("finished", (b"0", b"0.1"))
    assert b"0.1" not in shown


def test_giving_up_a_child_that_has_ended_disturbs_nobody(sandbox: Sandbox) -> None:
    zygote = sandbox.zygote
    assert sandbox._control is not None
    sandbox._control.send(GIVE_UP)
    assert sandbox.run(_PLUS, ["[1]"]).outputs == (b"2",)
    assert sandbox.zygote == zygote


@pytest.mark.parametrize(
    ("inputs", "limits", "ended", "answered"),
    [
        (["[0.2]"] * 5, Limits(cpu_s=10, answer_s=0.5), "finished", 5),
        (["[0.2]"] * 5, Limits(cpu_s=0.5), "timeout", 2),
        (["[0.2]", "[1000]"], Limits(cpu_s=100, answer_s=0.4), "timeout", 1),
        (["[0.2]"] * 50, Limits(cpu_s=0.9, answer_s=0.5), "timeout", 4),
    ],
    ids=["slow in all", "one limit for all", "endless on one", "slower in all than it may be"],
)
def test_time_begins_anew_with_each_result(
    sandbox: Sandbox, inputs: list[str], limits: Limits, ended: str, answered: int
) -> None:
    outcome = sandbox.run(Program("function", _BUSY, "f"), inputs, limits)
    assert (outcome.ended, len(outcome.outputs)) == (ended, answered)
    assert ("for one input" in outcome.detail) is (inputs[-1] == "[1000]")


def test_who_sleeps_between_two_results_is_ended(sandbox: Sandbox) -> None:
    code = "import time\ndef f(a):\n    time.sleep(a)\n    return a"
    limits = Limits(cpu_s=50, wall_s=500, answer_s=0.01)
    outcome = sandbox.run(Program("function", code, "f"), ["[0]", "[400]"], limits)
    assert (outcome.ended, outcome.outputs) == ("timeout", (b"0",))
    assert "wall time for one input" in outcome.detail
