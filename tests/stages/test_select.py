"""Selecting from invented races: who has no time is compared with nobody, and a tie is a tie."""

from typing import get_args, get_type_hints

import msgspec

from efficoder.config import MeasureConfig, SelectConfig
from efficoder.judging.race import Contest
from efficoder.metrics.faster_or_tie import UNMEASURED, WORDS
from efficoder.stages.measure import Measure, ToMeasure
from efficoder.stages.select import TaskResults, select
from efficoder.store import timed_inputs
from efficoder.types import Candidate, Function, Measurement, Origin, Run, Selection, Task, TaskTests, TestCase
from fake_sandbox import FakeSandbox


def _measured(name: str, cpu_s: float, session: int = 0) -> Measurement:
    """Seven rounds without noise."""
    rounds, floor = (
        tuple(Run(round=number, cpu_s=taken, wall_s=taken) for number in range(7)) for taken in (cpu_s, 0.002)
    )
    return Measurement(
        candidate_id=name, task_id="t", session=session, rounds=rounds, floor=floor, loops=1, loads=1, limit_s=10.0
    )


TASK = Task(id="t", prompt="", interface=Function(entry_point="f"), origin=Origin(source="invented"))
TESTS = TaskTests(task_id="t", loads=(TestCase(input="[1]", expected="1"),))


def _selected(*measurements: Measurement, names: str = "first fast slow", tests: TaskTests = TESTS) -> Selection:
    """Of right candidates in the order of their names."""
    right = [Candidate(id=name, task_id="t", code=name) for name in names.split()]
    return select(TaskResults(TASK, right, measurements, tests), SelectConfig(), MeasureConfig())


def _failed(name: str) -> Measurement:
    return msgspec.structs.replace(_measured(name, 0.2), rounds=())


def test_a_right_candidate_without_a_time_is_nobodys_baseline() -> None:
    again = [_measured(name, cpu_s, session=1) for name, cpu_s in (("fast", 0.1), ("first", 0.2), ("slow", 0.3))]
    timed = [_measured("fast", 0.1), _measured("slow", 0.3)]
    told = _selected(_measured("first", 0.2), *timed, *again)
    assert (told.chosen, told.baseline, told.reason) == ("fast", "first", "faster")
    left = _selected(_failed("first"), *timed, *again)
    assert (left.chosen, left.baseline, left.reason) == ("fast", "fast", "baseline_fastest")
    slow_first = _selected(_failed("first"), *timed, *again, names="first slow fast")
    assert (slow_first.chosen, slow_first.baseline, slow_first.reason) == ("fast", "slow", "faster")
    assert {place.candidate_id for place in slow_first.ranking} == {"fast", "slow"}


def test_a_tie_is_what_was_measured_and_not_told_apart() -> None:
    equal, slower = _measured("fast", 0.1), _measured("slow", 0.3)
    assert _selected(_measured("first", 0.1), equal).reason == "tie"
    assert _selected(_measured("first", 0.1), equal, slower).reason == "tie"
    assert _selected(_measured("first", 0.05), equal, slower).reason == "baseline_fastest"
    assert _selected(_measured("first", 0.05), _failed("fast"), _failed("slow")).reason == "only_one"
    assert _selected(_failed("first"), _failed("fast")).reason == "not_measured"


def test_what_takes_nobody_any_time_ranks_nobody_and_one_slow_program_is_a_signal() -> None:
    instant = [_measured("first", 0.0021), _measured("fast", 0.00205)]
    assert _selected(*instant).reason == "no_signal"
    one_slow = [_measured("first", 0.0021), _measured("fast", 0.3)]
    assert _selected(*one_slow).reason == "baseline_fastest"
    stopped = [instant[0], msgspec.structs.replace(instant[1], rounds=(), censored=True)]
    assert _selected(*stopped).reason == "baseline_fastest"
    assert _selected(*one_slow, tests=TaskTests(task_id="t")).reason == "no_signal"


def test_from_a_constant_answer_no_gain_is_claimed() -> None:
    tests = msgspec.structs.replace(TESTS, constant="False answers every load")
    again = [_measured("first", 0.2, session=1), _measured("fast", 0.1, session=1)]
    selection = _selected(_measured("first", 0.2), _measured("fast", 0.1), *again, tests=tests)
    assert (selection.reason, selection.chosen, selection.gain, selection.ranking) == (
        "constant_answer",
        None,
        None,
        (),
    )
    assert timed_inputs(TASK, tests) == ()


def test_every_outcome_has_its_words() -> None:
    reasons = get_args(get_type_hints(Selection)["reason"])
    assert set(WORDS) == set(reasons)
    assert set(reasons) >= UNMEASURED
    assert len(set(WORDS.values())) == len(WORDS)


def test_the_winner_is_confirmed_against_a_baseline_that_has_a_time() -> None:
    codes = {"reference": "cost 0.03 fails 1", "second": "cost 0.03", "fast": "cost 0.012"}
    task = msgspec.structs.replace(TASK, reference=codes["reference"])
    entrants = [Candidate(id=name, task_id="t", code=code) for name, code in codes.items()]
    loads = (TestCase(input="[1]", expected="0"),)
    config = MeasureConfig(memory=False)
    contest = Contest(task, entrants, loads, keep=frozenset({"reference"}))
    rows = Measure(config).do(ToMeasure(contest, ()), FakeSandbox(noisy=False))  # type: ignore[arg-type]
    again = {row.candidate_id for row in rows if isinstance(row, Measurement) and row.session == 1}
    assert again == {"fast", "second"}
    tests = TaskTests(task_id="t", loads=loads)
    selection = select(TaskResults(task, entrants, rows, tests), SelectConfig(), config)  # type: ignore[arg-type]
    assert (selection.baseline, selection.reason) == ("second", "faster")
