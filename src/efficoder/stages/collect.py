"""collect: sources -> Task, TaskTests. The reference, where there is one, becomes a sample of the model "reference"."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from efficoder import sources
from efficoder.config import CollectConfig
from efficoder.console import counted
from efficoder.errors import InputError
from efficoder.languages import LANGUAGES, identity
from efficoder.pipeline.work import Work
from efficoder.sandbox.packages import has_package
from efficoder.store import Store
from efficoder.testgen.borrow import borrowed_tests
from efficoder.types import REFERENCE, Candidate, Drop, Pool, Record, Sample, Task

_BATCH = 200
MISSING_PACKAGE = "missing_package"


def collect(
    store: Store,
    config: CollectConfig,
    limit: int | None = None,
    ids: frozenset[str] = frozenset(),
    packages: str | None = None,
) -> frozenset[str]:
    """Read every source into the store, in batches; returns the ids it read. Doing it again adds no task.

    ``limit`` keeps the first N tasks over all sources, ``ids`` only those named. A task whose reference imports a
    package that its source promises and the folder ``packages`` lacks is dropped by name.
    Raises InputError naming file and line for anything that cannot be read.
    """
    seen: dict[str, str] = {}
    batch: list[Record] = []
    for spec in config.sources:
        for row in sources.read(spec):
            if ids and row.task.id not in ids:
                continue
            if row.task.id in seen:
                raise InputError(
                    f"task id {row.task.id!r} was already used by {seen[row.task.id]}",
                    path=Path(spec.partition(":")[2] or spec).name,
                    line=row.task.origin.line,
                    hint="give each task its own id, or leave one of the two sources out",
                )
            if limit is not None and len(seen) >= limit:
                break
            seen[row.task.id] = spec
            batch += [*_rows(row), *_lacking(row, packages)]
            if len(batch) >= _BATCH:
                store.put(batch)
                batch = []
    missing = ids - seen.keys()
    if missing:
        raise InputError(f"no source has the task id {sorted(missing)[0]!r}", hint="check --ids against the sources")
    store.put(batch)
    store.put(borrowed_tests(store, config, seen.keys(), narrowed=limit is not None or bool(ids)))
    if not seen:
        raise InputError("the sources hold no task", path=", ".join(config.sources), hint="check the paths")
    return frozenset(seen)


def _rows(row: sources.SourceRow) -> Iterator[Record]:
    yield row.task
    yield row.tests
    if row.pool:
        yield Pool(task_id=row.task.id, solutions=row.pool)
    if row.task.reference is not None and row.task.language in LANGUAGES:  # one that cannot be run is no candidate
        yield from reference_rows(row.task, row.task.reference)


def _lacking(row: sources.SourceRow, packages: str | None) -> Iterator[Drop]:
    for name in row.promised:
        there = packages is not None and has_package(packages, name)
        if not there and re.search(rf"^\s*(?:import|from)\s+{name}\b", row.task.reference or "", re.MULTILINE):
            detail = f"its reference imports {name}: `pip install --target packages {name}`, then run.packages=packages"
            yield Drop(id=row.task.id, stage="collect", reason=MISSING_PACKAGE, detail=detail, task_id=row.task.id)


def reference_rows(task: Task, reference: str) -> tuple[Candidate, Sample]:
    candidate = Candidate(id=identity.candidate_id(task.id, reference, task.language), task_id=task.id, code=reference)
    sample = Sample(
        id=identity.sample_id(task.id, REFERENCE, 0, ""),
        task_id=task.id,
        model=REFERENCE,
        index=0,
        reply=reference,
        candidate_id=candidate.id,
        source=task.origin.source,
        licence=task.origin.licence,
    )
    return candidate, sample


def collect_step(work: Work) -> Work:
    """The work again, with the tasks that its scope comes to."""
    packages = work.config.run.packages
    work.store.put([], instead_of=(Drop, "collect"))
    tasks = collect(work.store, work.config.collect, work.scope.limit, work.scope.ids, packages)
    lacking = [drop for drop in work.store.all(Drop) if drop.reason == MISSING_PACKAGE and drop.stage == "collect"]
    work.console.say(f"{'collect':<12} {counted(len(tasks), 'task')}")
    if lacking:
        work.console.say(f"{'collect':<12} {len(lacking)} left out: {lacking[0].task_id}: {lacking[0].detail}")
    narrowed = bool(work.scope.limit or work.scope.ids)
    return replace(work, scope=replace(work.scope, tasks=tasks if narrowed else None))
