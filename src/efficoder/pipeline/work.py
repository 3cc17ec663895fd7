"""What a step of a run is given: the store, the config, and how much of it to do."""

from collections.abc import Iterator
from dataclasses import dataclass

from efficoder.config import Config
from efficoder.console import Console
from efficoder.pipeline.run_stage import StageResult, run_stage
from efficoder.pipeline.stage import Stage
from efficoder.store import Store
from efficoder.types import Task


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of a run to do."""

    steps: tuple[str, ...] = ()
    """Which, in order; none named: all."""
    limit: int | None = None
    ids: frozenset[str] = frozenset()
    tasks: frozenset[str] | None = None
    """What ``limit`` and ``ids`` come to, once collect has read the sources; None: every task of the run."""
    fresh: bool = False
    max_failed: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What a step works on."""

    store: Store
    config: Config
    console: Console
    scope: Scope

    def tasks(self, before: str | None = None) -> Iterator[Task]:
        """The tasks to work on: in the scope, and dropped by no stage (but ``before``, as ``Store.alive`` has it)."""
        return (task for task in self.store.alive(before) if self.includes(task.id))

    def includes(self, task_id: str) -> bool:
        return self.scope.tasks is None or task_id in self.scope.tasks

    def run(self, stage: Stage) -> StageResult:
        """Do the stage's jobs, of which each is named after its task."""
        failures, tasks = self.scope.max_failed, self.scope.tasks
        return run_stage(stage, self.store, self.config.run, self.console, max_failed=failures, tasks=tasks)
