"""curate: Task -> Task or Drop. The rules are curation's; here the store's tasks go through them."""

from collections import Counter
from collections.abc import Iterable

from efficoder.curation.curate import benchmark_tasks, curate
from efficoder.pipeline.work import Work
from efficoder.report.tables import counts
from efficoder.sources import SourceRow
from efficoder.types import Drop, Task


def curate_step(work: Work) -> None:
    store = work.store
    rows = (SourceRow(task=task, tests=store.tests(task.id)) for task in store.all(Task))
    kept, drops = 0, list[Drop]()  # of all tasks: of equal ones the first stays, whatever the scope
    for found in curate(rows, work.config.curate, benchmark_tasks(work.config.curate)):
        if isinstance(found, Drop):
            drops.append(found)
        else:
            kept += work.includes(found.id)
    store.put(drops, instead_of=(Drop, "curate"))
    dropped = [_said(drop) for drop in drops if work.includes(drop.task_id)]
    work.console.say(f"{'curate':<12} {kept} kept, {len(dropped)} dropped{_counts(dropped)}")


def _said(drop: Drop) -> str:
    """Its reason; a language that is not here is called by its name."""
    return drop.detail if drop.reason == "language" and drop.detail.startswith("language ") else drop.reason


def _counts(reasons: Iterable[str]) -> str:
    """How often each reason came, in brackets; empty for none."""
    found = counts(Counter(reasons))
    return f" ({found})" if found else ""
