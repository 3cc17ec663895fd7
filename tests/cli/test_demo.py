"""The demonstration's parts: a task in a compiled language where its compiler is, and what judges it."""

from importlib.resources import as_file, files
from pathlib import Path

import pytest

import cpp
from efficoder import sources
from efficoder.cli import demo
from efficoder.errors import PrerequisiteError
from efficoder.models import replay
from efficoder.sandbox import Native, compiling


def parts() -> list[Path]:
    with as_file(files("efficoder") / "demo") as folder:
        return list(demo._compiled(folder))


@cpp.needs_compiler
def test_with_a_compiler_its_task_is_there() -> None:
    assert [part.name for part in parts()] == ["cpp"]


def test_without_a_compiler_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(native: Native) -> None:
        raise PrerequisiteError(f"no {native.compiler} here")

    monkeypatch.setattr(compiling, "compiler_of", missing)
    assert parts() == []


def test_each_compiled_task_has_a_twin_with_tests_and_replies() -> None:
    with as_file(files("efficoder") / "demo") as folder:
        tested = {row.task.id for row in sources.read(str(folder / "tasks.jsonl")) if row.tests.checks}
        for tasks in sorted(folder.glob("*/tasks.jsonl")):
            rows = list(sources.read(str(tasks)))
            assert {row.task.problem_id for row in rows} <= tested
            answered = {sample.task_id for sample in replay.read(tasks.with_name("replies.jsonl"))}
            assert answered == {row.task.id for row in rows}
