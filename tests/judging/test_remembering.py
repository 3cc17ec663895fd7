"""Programs that keep their answers from loop to loop, wherever they keep them: no gain is claimed for it."""

from collections.abc import Iterator

import pytest

from efficoder.config import MeasureConfig
from efficoder.judging.race import Contest, confirm, is_confirmed, race
from efficoder.judging.trial import Trial
from efficoder.metrics.faster_or_tie import is_slower
from efficoder.metrics.readings import paired_ratio
from efficoder.sandbox import Sandbox
from efficoder.types import Candidate, Function, Measurement, Origin, Task, TestCase

pytestmark = pytest.mark.measured

TASK = Task(id="t", prompt="", interface=Function(entry_point="f"), origin=Origin(source="test"))
WORK = "def work(n):\n    total = 0\n    for i in range(n):\n        total += i * i % 7\n    return total\n\n"
HONEST = WORK + "def f(n):\n    return work(n)\n"
FORMULA = WORK + "PERIOD = work(7)\n\ndef f(n):\n    return n // 7 * PERIOD + work(n % 7)\n"
LOOKUP = "    if n not in memo:\n        memo[n] = work(n)\n    return memo[n]\n"
FRAME = "    frame = sys._getframe()\n    while 'writer' not in frame.f_locals:\n        frame = frame.f_back\n"


def keeping(module: str, place: str, before: str = "") -> str:
    return f"{WORK}import {module}\n\ndef f(n):\n{before}    memo = {place}\n{LOOKUP}"


REMEMBERING = {
    "module": keeping("math", "math.__dict__.setdefault('memo', {})"),
    "function": keeping("json", "json.dumps.__dict__"),
    "default argument": keeping("heapq", "heapq.merge.__kwdefaults__"),
    "builtins": keeping("builtins", "builtins.__dict__.setdefault('memo', {})"),
    "thread": keeping("threading", "threading.current_thread().__dict__"),
    "frame": keeping("sys", "frame.f_locals['writer'].__dict__", FRAME),
    "collector": keeping(
        "gc",
        "next((o for o in gc.get_objects() if type(o) is dict and 'mine' in o), None) or {'mine': []}",
    ).replace("    if n", "    memo['mine'].append(memo)\n    if n"),
}
SETTINGS = MeasureConfig(memory=False, looks=(3, 5))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def contest(sandbox: Sandbox, n: int, *codes: str) -> Contest:
    """The first is the baseline."""
    (answer,) = Trial(sandbox, TASK).run(HONEST, [f"[{n}]"]).outputs
    entrants = [Candidate(id=f"c{i}", task_id="t", code=text) for i, text in enumerate(codes)]
    load = TestCase(input=f"[{n}]", expected=answer.decode())
    return Contest(TASK, entrants, (load,), keep=frozenset({"c0"}))


def claimed(sandbox: Sandbox, held: Contest, rows: list[Measurement]) -> bool:
    """Whether the second entrant is claimed to be faster than the first."""
    gain = paired_ratio(rows[0], rows[1])
    if not is_slower(gain, SETTINGS.margin):
        return False
    winner, base = confirm(sandbox, held, "c1", "c0", SETTINGS)
    return is_confirmed(gain, paired_ratio(base, winner), SETTINGS.margin)


@pytest.mark.parametrize("where", REMEMBERING)
def test_what_is_kept_from_loop_to_loop_is_no_gain(sandbox: Sandbox, where: str) -> None:
    held = contest(sandbox, 60_000, HONEST, REMEMBERING[where])
    rows = race(sandbox, held, SETTINGS)
    assert (rows[0].loops > 1, rows[1].loops) == (True, 1)  # and it drives nobody's number of loops up
    assert rows[1].rounds
    assert not claimed(sandbox, held, rows)


def test_where_a_first_loop_costs_as_much_by_itself_a_single_pass_must_confirm_the_gain(sandbox: Sandbox) -> None:
    held = contest(sandbox, 9_000, HONEST, REMEMBERING["module"])
    races = [race(sandbox, held, SETTINGS) for _ in range(4)]
    assert any(is_slower(paired_ratio(*rows), 2.0) for rows in races)  # by loops alone it would be
    assert not any(claimed(sandbox, held, rows) for rows in races)


def test_a_fast_program_beside_one_that_remembers_is_told_from_it(sandbox: Sandbox) -> None:
    held = contest(sandbox, 60_000, HONEST, FORMULA, REMEMBERING["module"])
    rows = race(sandbox, held, SETTINGS)
    assert is_slower(paired_ratio(rows[2], rows[1]), 5.0)
    assert claimed(sandbox, held, rows)


def test_first_loops_that_cost_more_are_no_fault(sandbox: Sandbox) -> None:
    """An import inside the function, and a pattern that is compiled once."""
    imports = HONEST.replace("    return work", "    import unittest.mock\n    return work")
    compiles = HONEST.replace(
        "    return work", "    import re\n    re.fullmatch('(a|b)*c{2,9}[x-z]+' * 9, 'a')\n    return work"
    )
    held = contest(sandbox, 60_000, HONEST, imports, compiles)
    rows = race(sandbox, held, SETTINGS)
    assert all(row.rounds and not row.censored for row in rows)
    assert not is_slower(paired_ratio(rows[0], rows[1]), 1.0)  # an import is no gain either
