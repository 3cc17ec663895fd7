"""Selecting from invented races: who has no time is compared with nobody."""

import msgspec

from efficoder.config import MeasureConfig, SelectConfig
from efficoder.stages.select import TaskResults, select
from efficoder.types import Candidate, Function, Measurement, Origin, Run, Task


def _measured(name: str, cpu_s: float, session: int = 0) -> Measurement:
    """Seven rounds without noise."""
    rounds, floor = (
        tuple(Run(round=number, cpu_s=taken, wall_s=taken) for number in range(7)) for taken in (cpu_s, 0.002)
    )
    return Measurement(
        candidate_id=name, task_id="t", session=session, rounds=rounds, floor=floor, loops=1, loads=1, limit_s=10.0
    )


def test_a_baseline_without_a_time_leaves_a_choice_and_no_gain() -> None:
    task = Task(id="t", prompt="", interface=Function(entry_point="f"), origin=Origin(source="invented"))
    right = [Candidate(id=name, task_id="t", code=name) for name in ("first", "fast", "slow")]
    timed = _measured("first", 0.2)
    others = [_measured("fast", 0.1), _measured("slow", 0.3), _measured("fast", 0.1, session=1)]
    for baseline, reason in ((timed, "faster"), (msgspec.structs.replace(timed, rounds=()), "tie")):
        again = msgspec.structs.replace(baseline, session=1)
        results = TaskResults(task, right, [baseline, again, *others], "first", True)
        selection = select(results, SelectConfig(), MeasureConfig())
        assert (selection.chosen, selection.reason) == ("fast", reason)
        assert (selection.gain is None) == (baseline is not timed)


def test_what_takes_nobody_any_time_ranks_nobody_and_one_slow_program_is_a_signal() -> None:
    task = Task(id="t", prompt="", interface=Function(entry_point="f"), origin=Origin(source="invented"))
    right = [Candidate(id=name, task_id="t", code=name) for name in ("first", "other")]
    instant = [_measured("first", 0.0021), _measured("other", 0.00205)]
    assert (
        select(TaskResults(task, right, instant, "first", True), SelectConfig(), MeasureConfig()).reason == "no_signal"
    )
    one_slow = [_measured("first", 0.0021), _measured("other", 0.3)]
    assert select(TaskResults(task, right, one_slow, "first", True), SelectConfig(), MeasureConfig()).reason == "tie"
    stopped = [instant[0], msgspec.structs.replace(instant[1], rounds=(), censored=True)]
    assert select(TaskResults(task, right, stopped, "first", True), SelectConfig(), MeasureConfig()).reason == "tie"
    assert (
        select(TaskResults(task, right, one_slow, "first", False), SelectConfig(), MeasureConfig()).reason
        == "no_signal"
    )
