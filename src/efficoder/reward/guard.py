"""The guard of `efficoder train`: answers to a run's own tasks, judged and timed on the tests of the run.

The execution reward does it, without fresh inputs: the same answers get the same verdicts at every look.
"""

import functools
import math
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack

from efficoder.config import RunConfig
from efficoder.errors import PrerequisiteError
from efficoder.exports.formats import Grading
from efficoder.reward.execution import ExecutionReward
from efficoder.reward.grader import RewardConfig
from efficoder.store import Store
from efficoder.types import DatasetRecord, Script

_CONFIG = RewardConfig(rounds=3)
"""Three rounds show a ratio of 1.24 (metrics.intervals.FEW_ROUNDS): speed only decides between equal checkpoints."""


class ExecutionGuard:
    """A ``training.guard.Guard`` for one arm of an open run; a context manager. Sandboxes start at the first look.

    ``say`` gets a line a look.
    """

    def __init__(self, store: Store, arm: str, config: RunConfig, say: Callable[[str], None]) -> None:
        self._store, self._config, self._say = store, config, say
        self._open = ExitStack()
        asked = {record.prompt: record.task_id for record in store.all(DatasetRecord) if record.arm == arm}
        self._tasks = {prompt: task_id for prompt, task_id in asked.items() if _can_be_judged(store, task_id)}

    @property
    def prompts(self) -> Collection[str]:
        return self._tasks

    def judge(self, answers: Mapping[str, str]) -> Mapping[str, float | None]:
        """Raises PrerequisiteError where no sandbox can be made, and what the reward raises."""
        ids = [self._tasks[prompt] for prompt in answers]
        tasks = [Grading(self._store.task(id_), self._store.tests(id_)) for id_ in ids]
        rewards = self._reward(list(answers.values()), tasks)
        right = sum(reward > 0 for reward in rewards)
        self._say(f"guard: {right} of {len(rewards)} held-back training tasks solved")
        return {prompt: _log_ratio(reward) for prompt, reward in zip(answers, rewards, strict=True)}

    @functools.cached_property
    def _reward(self) -> ExecutionReward:
        try:
            made = ExecutionReward(
                _CONFIG, fresh_inputs=None, unsafe=self._config.unsafe, packages=self._config.packages
            )
        except PrerequisiteError as error:
            raise PrerequisiteError(f"{error}; or train without the guard: --no-guard") from None
        return self._open.enter_context(made)

    def __enter__(self) -> "ExecutionGuard":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()


def _can_be_judged(store: Store, task_id: str) -> bool:
    """As the reward demands of a task (reward/execution.py)."""
    task = store.task(task_id)
    return task.reference is not None and not isinstance(task.interface, Script) and bool(store.tests(task_id).checks)


def _log_ratio(reward: float) -> float | None:
    """The speed term of a right answer, as a log of CPU times; None for a wrong one."""
    return (1.0 - reward) / _CONFIG.speed * math.log(_CONFIG.full_ratio) if reward > 0 else None
