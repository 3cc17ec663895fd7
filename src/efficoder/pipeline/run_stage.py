"""run_stage(): plan, skip what is done, do, write. A stage that runs through here resumes.

The driver alone writes the store; workers are processes that own a sandbox and hold no state. A job's rows and its
done-mark are committed together. An internal error is tried again and counted apart, never written as a result."""

import os
from collections.abc import Container

import msgspec

from efficoder.config import RunConfig
from efficoder.console import Console
from efficoder.errors import TooManyFailures
from efficoder.pipeline.pool import WorkerPool
from efficoder.pipeline.stage import Job, Stage, fingerprint
from efficoder.store import Store
from efficoder.types import Drop


class StageResult(msgspec.Struct):
    done: int = 0
    skipped: int = 0
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
    planned = [_placed(job, settings) for job in stage.plan(store) if tasks is None or job.id in tasks]
    jobs = [job for job in planned if finished.get(job.id) != job.fingerprint]
    result = StageResult(skipped=len(planned) - len(jobs))
    if not jobs:
        console.say(f"{stage.name:<12} nothing to do, {result.skipped} done before")
        return result
    workers = min(settings.workers or len(os.sched_getaffinity(0)), len(jobs))
    with console.progress(stage.name, len(jobs)) as progress, WorkerPool(stage, workers, settings) as pool:
        for job, rows, fault in pool.run(jobs, lambda job: stage.pack(store, job)):
            if fault is None:
                done = (stage.name, job.id, job.fingerprint)
                store.put(rows, done=[done], instead_of=(Drop, f"{stage.name}/{job.id}"))
                result.done += 1
            else:
                result.faults.append(f"{job.id}: {fault}")
                console.note(f"{stage.name}: {job.id}: an internal error, not a result: {fault}")
            progress.advance(failed=fault is not None)
    if result.faults:
        console.say(
            f"{stage.name}: {len(result.faults)} jobs met an internal error and stay undone (log.txt has all); "
            f"the same command tries them again. First: {result.faults[0].splitlines()[0]}"
        )
    if max_failed is not None and len(result.faults) > max_failed:
        raise TooManyFailures(
            f"{stage.name}: {len(result.faults)} failed jobs, more than --max-failed {max_failed}", len(result.faults)
        )
    return result


def _placed(job: Job, settings: RunConfig) -> Job:
    """What can be imported decides what passes and how fast: with another folder of packages all is done again."""
    if settings.packages is None:
        return job
    return Job(job.id, fingerprint(job.fingerprint, settings.packages))
