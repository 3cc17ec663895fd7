"""``efficoder study teachers``: what the pool's mean gain loses without each model."""

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from efficoder.console import Console, command, counted, data, to_json
from efficoder.metrics.intervals import Interval, bootstrap_of_means
from efficoder.report.tables import Form, render, with_interval
from efficoder.store import Store, open_run
from efficoder.studies.pool import PoolTask, kept_log, mean_gain, pool

MARGIN = 1.05
"""Less than this between two programs is no difference (MeasureConfig.margin)."""


class Teacher(msgspec.Struct, frozen=True, kw_only=True):
    """What the pool loses without one model."""

    model: str
    samples: int
    gain_without: Interval
    change: Interval
    """Mean gain without it over the mean gain with it, less 1; at most 0."""
    best_of: int
    """Tasks on which the best of the others, or the reference, is slower by more than MARGIN."""
    only_of: int
    """Tasks only it solved."""


class Teachers(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    run: str
    tasks: int
    gain: Interval
    teachers: tuple[Teacher, ...]


def teachers(runs: Path, name: str, models: Sequence[str], form: Form, *, as_json: bool) -> None:
    with open_run(runs, name) as store:
        result = leave_one_out(store, models)
    if as_json:
        to_json(result)
        return
    header = ["without", "samples", "gain without", "change %", "best of", "only of"]
    rows = [
        [
            t.model,
            str(t.samples),
            with_interval(t.gain_without),
            with_interval(t.change, 100.0),
            str(t.best_of),
            str(t.only_of),
        ]
        for t in result.teachers
    ]
    data(render(header, rows, form))
    if form in ("text", "markdown"):
        data(f"\nMean gain with all: {with_interval(result.gain)} over {counted(result.tasks, 'task')}.")
        Console().say(f"next: {command('study', 'candidates', store.folder)} says what more samples bring")


def leave_one_out(store: Store, models: Sequence[str] = ()) -> Teachers:
    """The mean gain without each model, paired over tasks; the one that is missed most first."""
    tasks = pool(store, models)
    writers = sorted({model for task in tasks for model in task.models})
    with_all = [kept_log(task.logs) for task in tasks]
    found = [_teacher(model, tasks, with_all) for model in writers]
    found.sort(key=lambda teacher: (teacher.change.value, teacher.model))
    return Teachers(
        schema="efficoder.teachers/1",
        run=store.folder.name,
        tasks=len(tasks),
        gain=mean_gain(with_all),
        teachers=tuple(found),
    )


def _teacher(model: str, tasks: Sequence[PoolTask], with_all: Sequence[float]) -> Teacher:
    rest = [[log for writer, log in zip(task.models, task.logs, strict=True) if writer != model] for task in tasks]
    without = [kept_log(logs) for logs in rest]
    nobody = [all(log is None for log in logs) for logs in rest]
    anybody = [any(log is not None for log in task.logs) for task in tasks]
    return Teacher(
        model=model,
        samples=sum(task.models.count(model) for task in tasks),
        gain_without=mean_gain(without),
        change=bootstrap_of_means(lambda w, a: np.exp(w - a) - 1.0, without, with_all),
        best_of=sum(a - w > math.log(MARGIN) for w, a in zip(without, with_all, strict=True)),
        only_of=sum(some and none for some, none in zip(anybody, nobody, strict=True)),
    )
