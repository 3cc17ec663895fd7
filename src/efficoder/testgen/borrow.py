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
    """The tests of those of ``ids`` that have none of their own. Of several tasks of a problem one lends (``_lender``).

    ``narrowed``: the store has a part of the sources' tasks alone, so that those are read again: a task's tests do not
    depend on how many others are asked for.
    """
    asking = (task for task in store.all(Task) if task.id in ids and task.problem_id and _is_called(task))
    borrowers = [task for task in asking if not _has_own(_given(store, task))]
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


def _has_own(tests: TaskTests) -> bool:
    return bool(tests.checks or tests.loads or tests.load_programs or tests.lost)


def _is_called(task: Task) -> bool:
    """Whether it is run here, by calls or by texts."""
    return isinstance(task.interface, Function | Stdio) and refusal(task) is None


def _lends(row: SourceRow) -> bool:
    return bool(row.tests.checks) and _is_called(row.task)


def _lender(task: Task, rows: Iterable[SourceRow]) -> SourceRow | None:
    """The one that is called in the same way and has the problem's own id, else the most checks: a set that varies
    problems of another (EvoEval) names them too."""
    fitting = [
        row for row in rows if row.task.language != task.language and type(row.task.interface) is type(task.interface)
    ]
    return max(fitting, key=lambda row: (row.task.id == task.problem_id, len(row.tests.checks)), default=None)


def _lent(task: Task, row: SourceRow) -> TaskTests:
    return msgspec.structs.replace(row.tests, task_id=task.id, twin=row.task)
