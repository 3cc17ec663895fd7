"""run_stage(): plan, skip what is done, do, write. A stage that runs through here resumes.

The driver alone writes the store; workers are processes that own a sandbox and hold no state. A job's rows and its
done-mark are committed together. An internal error is tried again and counted apart, never written as a result."""

import os
from collections.abc import Container

import msgspec

from efficoder.config import RunConfig
from efficoder.console import Console, counted
from efficoder.errors import TooManyFailures
from efficoder.pipeline.pool import WorkerPool
from efficoder.pipeline.stage import Job, Keeping, Stage, fingerprint
from efficoder.store import Store
from efficoder.types import Drop, Record


class StageResult(msgspec.Struct):
    done: int = 0
    skipped: int = 0
    known: int = 0
    """Jobs whose rows were there without the work."""
    faults: list[str] = []


def run_stage(
    stage: Stage,
    store: Store,
    settings: RunConfig,
    console: Console,
    *,
    max_failed: int | None = None,
    tasks: Container[str] | None = None,
) -> StageResult:
    """Do what is not done yet, of ``tasks`` or of all. Raises TooManyFailures at the end when more jobs than
    ``max_failed`` met a fault."""
    finished = store.done(stage.name)
    planned = [placed(job, settings) for job in stage.plan(store) if tasks is None or job.id in tasks]
    jobs = [job for job in planned if finished.get(job.id) != job.fingerprint]
    result = StageResult(skipped=len(planned) - len(jobs))
    if isinstance(stage, Keeping):
        planned, jobs = jobs, [job for job in jobs if not _is_known(stage, store, job)]
        result.known = len(planned) - len(jobs)
    if not jobs and not result.known:
        before = f", {result.skipped} done before" if result.skipped else ""
        console.say(f"{stage.name:<12} nothing to do{before}")
        return result
    if jobs:
        _work(stage, store, settings, console, jobs, result)
    if result.faults:
        console.say(
            f"{stage.name}: {counted(len(result.faults), 'job')} met an internal error, not done (log.txt has all); "
            f"the same command tries again. First: {result.faults[0].splitlines()[0]}"
        )
    if max_failed is not None and len(result.faults) > max_failed:
        raise TooManyFailures(
            f"{stage.name}: {counted(len(result.faults), 'failed job')}, more than --max-failed {max_failed}",
            len(result.faults),
        )
    return result


def _is_known(stage: Keeping, store: Store, job: Job) -> bool:
    """Whether the job is done without the work."""
    rows = stage.known(store, job)
    if rows is None:
        return False
    _put(stage.name, store, job, rows)
    return True


def _put(name: str, store: Store, job: Job, rows: list[Record]) -> None:
    store.put(rows, done=[(name, job.id, job.fingerprint)], instead_of=(Drop, f"{name}/{job.id}"))


def _work(
    stage: Stage, store: Store, settings: RunConfig, console: Console, jobs: list[Job], result: StageResult
) -> None:
    """Do the jobs in worker processes and count them in ``result``."""
    jobs = sorted(jobs, key=lambda job: -job.cost)
    workers = min(settings.workers or len(os.sched_getaffinity(0)), len(jobs))
    with console.progress(stage.name, len(jobs)) as progress, WorkerPool(stage, workers, settings) as pool:
        for job, rows, fault in pool.run(jobs, lambda job: stage.pack(store, job)):
            if fault is None:
                kept = stage.keep(store, job, rows) if isinstance(stage, Keeping) else rows
                _put(stage.name, store, job, kept)
                result.done += 1
            else:
                result.faults.append(f"{job.id}: {fault}")
                console.note(f"{stage.name}: {job.id}: an internal error, not a result: {fault}")
            progress.advance(failed=fault is not None)


def placed(job: Job, settings: RunConfig) -> Job:
    """What can be imported decides what passes and how fast: with another folder of packages all is done again."""
    if settings.packages is None:
        return job
    return msgspec.structs.replace(job, fingerprint=fingerprint(job.fingerprint, settings.packages))
