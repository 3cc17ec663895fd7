"""Tests written twice, once on a busy machine: what differs is what the frozen file says may differ."""

import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from efficoder import wire
from efficoder.config import WriteTestsConfig
from efficoder.sandbox import Outcome, Sandbox
from efficoder.testgen.frozen import FOLLOW, depends_on_time
from efficoder.testgen.writer import write_tests
from efficoder.types import Function, Origin, Parameter, Task, TaskTests, TestCase

QUICK = WriteTestsConfig(target_s=0.02, mutants=5, grow=5)
LOOP = "def f(items):\n    s = 0\n    for item in items:\n        s += item\n    return s\n"
FIRST = "def f(items):\n    return items[0]\n"


class Busy(Sandbox):
    """Its runs take two to four times as long."""

    def __init__(self) -> None:
        self.random = random.Random(0)
        super().__init__()

    def run(self, *what: Any, **how: Any) -> Outcome:
        outcome = super().run(*what, **how)
        return msgspec.structs.replace(outcome, cpu_s=outcome.cpu_s * self.random.uniform(2.0, 4.0))


@pytest.fixture(scope="module")
def boxes() -> Iterator[list[Sandbox]]:
    with Sandbox() as quiet, Busy() as busy:
        yield [quiet, busy]


@pytest.mark.parametrize(
    ("reference", "config", "loads", "differs"),
    [
        (LOOP, QUICK, (), True),
        (FIRST, QUICK, (), None),
        (LOOP, QUICK, (TestCase(input=wire.encode([[1] * 9]), size=9),), None),
        (LOOP, WriteTestsConfig(loads=0, mutants=0, grow=0), (), False),
    ],
    ids=["grown until it takes long", "no time", "a load of the source's", "checks alone"],
)
def test_what_differs_is_said(
    boxes: list[Sandbox], reference: str, config: WriteTestsConfig, loads: tuple[TestCase, ...], differs: bool | None
) -> None:
    interface = Function(entry_point="f", parameters=(Parameter(name="items"),))
    task = Task(
        id="t", prompt="1 <= items.length <= 30000", interface=interface, origin=Origin(source="s"), reference=reference
    )
    checks = tuple(TestCase(input=wire.encode([items])) for items in ([3, 1, 2], [5], [4, 4, 9, 7]))
    given = TaskTests(task_id="t", checks=checks, loads=loads)
    one, two = (write_tests(box, task, given, config, 0).tests for box in boxes)
    found = {name for name in TaskTests.__struct_fields__ if getattr(one, name) != getattr(two, name)}
    for tests in (one, two):
        said = depends_on_time(tests, "", loads=config.loads > 0)
        assert found <= {*said, *(FOLLOW if "loads" in said else ())}
        assert bool(said) is (config.loads > 0)
    assert differs is None or ("loads" in found) is differs


def test_a_task_left_out_for_its_time_says_so() -> None:
    tests = TaskTests(task_id="t", written=True, lost={"too_heavy": 1})
    assert depends_on_time(tests, "the reference takes over 2.5 s of CPU time", loads=False).keys() == {
        "lost",
        "checks",
        "reason",
    }
