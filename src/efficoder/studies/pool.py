"""The pool a study looks at: tasks whose reference and samples have times, and what the best of them gains."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from efficoder.errors import InputError
from efficoder.evaluation.rows import score_tasks
from efficoder.evaluation.task_scores import SampleScore
from efficoder.metrics.intervals import Interval, bootstrap_of_means
from efficoder.store import Store
from efficoder.types import REFERENCE


class PoolTask(msgspec.Struct, frozen=True):
    """One task's samples: the model of each, and the logarithm of the reference's time over its time; None where it
    is not right, has no time or only a bound of one."""

    task_id: str
    models: tuple[str, ...]
    logs: tuple[float | None, ...]
    right: int


def pool(store: Store, models: Sequence[str] = ()) -> list[PoolTask]:
    """The samples of every task whose reference has a time. Raises InputError without one."""
    found: list[PoolTask] = []
    for score in score_tasks(store):
        samples = [s for s in score.samples if s.outcome != "not_judged" and s.model != REFERENCE]
        samples = [s for s in samples if not models or s.model in models]
        if samples and any(s.all is not None and s.all.reference_et_s is not None for s in samples):
            logs = tuple(_log_gain(s) for s in samples)
            found.append(PoolTask(score.task_id, tuple(s.model for s in samples), logs, sum(s.right for s in samples)))
    if not found:
        raise InputError(
            "no task has samples and a timed reference", path=store.folder, hint="evaluate tasks that have references"
        )
    return found


def _log_gain(sample: SampleScore) -> float | None:
    if sample.own is None or sample.own.net is None or sample.censored:
        return None
    return -math.log(sample.own.net)


def kept_log(logs: Sequence[float | None]) -> float:
    """The log gain of a task when the best of these is kept, or the reference."""
    return max([0.0, *(log for log in logs if log is not None)])


def mean_gain(logs: Sequence[float]) -> Interval:
    return bootstrap_of_means(np.exp, logs)
