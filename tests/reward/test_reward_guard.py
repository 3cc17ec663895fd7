"""Answers to a run's own tasks, judged for training's guard."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from test_reward import FAST, REFERENCE, SLOW, WRONG, grading, reply

from efficoder.config import RunConfig
from efficoder.errors import PrerequisiteError
from efficoder.reward import execution
from efficoder.reward.guard import ExecutionGuard
from efficoder.store import Store
from efficoder.types import DatasetRecord, Origin, Record, Script, Task, TaskTests


def records(task: Task, tests: TaskTests, arm: str = "efficient") -> Iterator[Record]:
    yield task
    yield msgspec.structs.replace(tests, task_id=task.id)
    yield DatasetRecord(
        id=f"{arm}/{task.id}", task_id=task.id, arm=arm, kind="sft", prompt=f"ask {task.id}", origin=Origin(source="t")
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two tasks that can be judged, one of another arm, and three that cannot be."""
    good, tests = grading(0), grading().tests
    variants = {
        "scripted": {"interface": Script(entry_point="total")},
        "unanswered": {"reference": None},
        "other": {},
        "one": {},
        "two": {},
    }
    with Store(tmp_path / "run", write=True) as made:
        for name, changes in variants.items():
            task = msgspec.structs.replace(good.task, id=name, **changes)
            arm = "pairs_speed" if name == "other" else "efficient"
            made.put(records(task, tests if name == "one" else good.tests, arm))
        made.put(records(msgspec.structs.replace(good.task, id="unchecked"), TaskTests(task_id="unchecked")))
        yield made


def test_tasks_of_the_arm_that_the_reward_takes_can_be_judged(store: Store) -> None:
    with ExecutionGuard(store, "efficient", RunConfig(), lambda _: None) as guard:
        assert sorted(guard.prompts) == ["ask one", "ask two"]


def test_wrong_is_none_and_slow_is_above_fast_and_said_again_the_same(store: Store) -> None:
    said: list[str] = []
    with ExecutionGuard(store, "efficient", RunConfig(), said.append) as guard:
        try:
            first = guard.judge({"ask one": reply(FAST), "ask two": reply(WRONG)})
        except PrerequisiteError as reason:
            pytest.skip(str(reason))
        second = guard.judge({"ask one": reply(SLOW), "ask two": "I cannot."})
        third = guard.judge({"ask one": reply(REFERENCE), "ask two": reply(WRONG)})
    assert first["ask two"] is second["ask two"] is third["ask two"] is None
    fast, slow, equal = first["ask one"], second["ask one"], third["ask one"]
    assert fast is not None
    assert slow is not None
    assert equal is not None
    assert fast < 0 < slow
    assert fast < equal < slow
    assert said == ["guard: 1 of 2 held-back training tasks solved"] * 3


def test_a_machine_without_a_sandbox_is_told_how_to_go_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise PrerequisiteError("no sandbox here")

    monkeypatch.setattr(execution, "Sandbox", none)
    config = dataclasses.replace(RunConfig(), unsafe=False)
    with (
        ExecutionGuard(store, "efficient", config, lambda _: None) as guard,
        pytest.raises(PrerequisiteError, match="no sandbox here; or train without the guard: --no-guard"),
    ):
        guard.judge({"ask one": ""})
