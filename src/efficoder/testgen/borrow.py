"""A task without tests has those of the same problem in another language, where a source of the run has it.

What of them serves is for write_tests to find out (testgen/twins.py).
"""

from collections.abc import Collection, Iterable, Iterator

import msgspec

from efficoder import sources
from efficoder.config import CollectConfig
from efficoder.languages import refusal
from efficoder.sources import SourceRow
from efficoder.store import Store
from efficoder.types import Function, Stdio, Task, TaskTests


def borrowed_tests(store: Store, config: CollectConfig, ids: Collection[str], *, narrowed: bool) -> list[TaskTests]:
    """The tests of those of ``ids`` that have none of their own. Of several tasks of a problem the one with most checks
    lends. ``narrowed``: the store has a part of the sources' tasks alone, so that those are read again: a task's tests
    do not depend on how many others are asked for."""
    borrowers = [task for task in store.all(Task) if task.id in ids and _borrows(task, _given(store, task))]
    if not borrowers:
        return []
    wanted = {_problem(task) for task in borrowers}
    lenders = dict[str, list[SourceRow]]()
    for row in _all(config) if narrowed else _stored(store, ids, wanted):
        if _problem(row.task) in wanted and _lends(row):
            lenders.setdefault(_problem(row.task), []).append(row)
    found = ((task, _lender(task, lenders.get(_problem(task), []))) for task in borrowers)
    return [_lent(task, row) for task, row in found if row is not None]


def _given(store: Store, task: Task) -> TaskTests:
    return store.get(TaskTests, f"{task.id}/False") or TaskTests(task_id=task.id)


def _stored(store: Store, ids: Collection[str], wanted: Collection[str]) -> Iterator[SourceRow]:
    for task in store.all(Task):
        if task.id in ids and _problem(task) in wanted:
            yield SourceRow(task=task, tests=_given(store, task))


def _all(config: CollectConfig) -> Iterator[SourceRow]:
    return (row for spec in config.sources for row in sources.read(spec))


def _problem(task: Task) -> str:
    return task.problem_id or task.id


def _borrows(task: Task, tests: TaskTests) -> bool:
    own = tests.checks or tests.loads or tests.load_programs or tests.lost
    return bool(task.problem_id) and not own and isinstance(task.interface, Function | Stdio) and refusal(task) is None


def _lends(row: SourceRow) -> bool:
    task = row.task
    return bool(row.tests.checks) and isinstance(task.interface, Function | Stdio) and refusal(task) is None


def _lender(task: Task, rows: Iterable[SourceRow]) -> SourceRow | None:
    """The first of those with most checks that is called in the same way."""
    fitting = [
        row for row in rows if row.task.language != task.language and type(row.task.interface) is type(task.interface)
    ]
    return max(fitting, key=lambda row: len(row.tests.checks), default=None)


def _lent(task: Task, row: SourceRow) -> TaskTests:
    return msgspec.structs.replace(row.tests, task_id=task.id, twin=row.task)
