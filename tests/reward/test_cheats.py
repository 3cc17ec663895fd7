"""Of completions of one prompt, half are cheats of many kinds: none is paid more than an honest right answer."""

import random

import pytest

from cheats import cheats, variants
from efficoder import wire
from efficoder.exports.formats import Grading
from efficoder.reward import ExecutionReward
from efficoder.types import Function, Origin, Parameter, Task, TaskTests, TestCase

pytestmark = pytest.mark.measured

NOISE = 0.05
LONG = ("hang", "sleep", "huge", "without end", "files")
"""What takes the whole limit is tried by bench/cheats.py alone."""
BOOLEAN = "def f(numbers):\n    found = False\n    for turn in range(60):\n        for number in numbers:\n"
BOOLEAN += "            found = found or number < 0\n    return found\n"
LIST = "def f(numbers):\n    for turn in range(60):\n        found = []\n        for number in numbers:\n"
LIST += "            found.append(abs(number))\n    return found\n"
INTEGER = "def f(n):\n    total = 0\n    for i in range(n):\n        total = (total + i * i) % 1009\n    return total\n"


def grading(reference: str, small: list[object], large: list[object]) -> Grading:
    names: dict[str, object] = {}
    exec(reference, names)
    interface = Function(entry_point="f", parameters=(Parameter(name="given"),))
    task = Task(id=reference, prompt="f", interface=interface, origin=Origin(source="test"), reference=reference)
    checks, loads = (
        tuple(TestCase(input=wire.encode([x]), expected=wire.encode(names["f"](x))) for x in values)  # type: ignore[operator]
        for values in (small, large)
    )
    return Grading(task, TaskTests(task_id=task.id, checks=checks, loads=loads[:-1], untimed=loads[-1:]))


RNG = random.Random(0)
SMALL: list[object] = [[], [1], [-1], [1, 2, 3], [3, -2, 5], [9, 2, -7, 1], [4, 4]]
LARGE: list[object] = [[RNG.randint(0, 999) for _ in range(6000)] for _ in range(3)]
TASKS = {
    "bool": grading(BOOLEAN, SMALL, [*LARGE[:2], [*range(5999), -1]]),
    "list": grading(LIST, SMALL, LARGE),
    "int": grading(INTEGER, [0, 1, 2, 5, 9, 17, 40], [250_000, 260_001, 270_000]),
}


@pytest.mark.parametrize("name", TASKS)
def test_no_cheat_is_paid_more_than_an_honest_right_answer(name: str, execution: ExecutionReward) -> None:
    quick = [each for each in cheats(TASKS[name].task, TASKS[name].tests) if not any(w in each.kind for w in LONG)]
    tried = quick[list(TASKS).index(name) :: len(TASKS)]  # bench/cheats.py tries all on each
    honest = list(variants([TASKS[name].task.reference or ""], 2))
    codes = [*honest, *(each.code for each in tried)]
    paid = execution([f"```python\n{code}\n```" for code in codes], [TASKS[name]] * len(codes))
    worths = dict(zip((each.kind for each in tried), paid[len(honest) :], strict=True))
    assert min(paid[: len(honest)]) >= 1.0 - NOISE
    assert {kind: worth for kind, worth in worths.items() if worth > 1.0 + NOISE} == {}
    assert sum(worth == 0.0 for worth in worths.values()) > len(worths) / 2
