"""run_stage(): plan, skip what is done, do, write. Every stage runs through here, so every stage resumes.

The driver alone writes the store; workers are processes that own a sandbox and hold no state. A job's rows and its
done-mark are committed together. A fault of ours is tried again and counted apart, never written as a result.
"""

import contextlib
import hashlib
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

import msgspec

from efficoder.config import RunConfig
from efficoder.console import Console
from efficoder.errors import PrerequisiteError, SandboxFault, TooManyFailures
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.types import Drop, Record

ATTEMPTS = 3
"""How often a job is tried when the fault is ours."""


class Job(msgspec.Struct, frozen=True):
    """One unit of work. It is skipped when its done-mark has the same fingerprint."""

    id: str
    fingerprint: str = ""


def fingerprint(*parts: object) -> str:
    """What a job was done on, as a short hash: its inputs and the settings that matter. Another one: done again."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class Stage(Protocol):
    """A step whose work runs in sandboxed workers; it carries its config and is sent to each of them."""

    @property
    def name(self) -> str: ...

    def plan(self, store: Store) -> Iterator[Job]:
        """Every job of the stage, done before or not, in order."""

    def pack(self, store: Store, job: Job) -> Any:
        """What ``do`` needs for this job, read just before it is handed out: memory stays flat."""

    def do(self, payload: Any, sandbox: Sandbox) -> list[Record]:
        """The work, in a worker: no store, no state, nothing but the payload and the sandbox."""


class StageResult(msgspec.Struct):
    done: int = 0
    skipped: int = 0
    faults: list[str] = []


def run_stage(
    stage: Stage, store: Store, settings: RunConfig, console: Console, *, max_failed: int | None = None
) -> StageResult:
    """Do what is not done yet. Raises TooManyFailures at the end when more jobs than ``max_failed`` met a fault."""
    finished = store.done(stage.name)
    planned = [_placed(job, settings) for job in stage.plan(store)]
    jobs = [job for job in planned if finished.get(job.id) != job.fingerprint]
    result = StageResult(skipped=len(planned) - len(jobs))
    if not jobs:
        console.say(f"{stage.name:<12} nothing to do, {result.skipped} done before")
        return result
    workers = min(settings.workers or len(os.sched_getaffinity(0)), len(jobs))
    with console.progress(stage.name, len(jobs)) as progress, Pool(stage, workers, settings) as pool:
        for job, rows, fault in pool.run(jobs, lambda job: stage.pack(store, job)):
            if fault is None:
                done = (stage.name, job.id, job.fingerprint)
                store.put(rows, done=[done], instead_of=(Drop, f"{stage.name}/{job.id}"))
                result.done += 1
            else:
                result.faults.append(f"{job.id}: {fault}")
                console.note(f"{stage.name}: {job.id}: a fault of ours, not a result: {fault}")
            progress.advance(failed=fault is not None)
    if result.faults:
        console.say(
            f"{stage.name}: {len(result.faults)} jobs met a fault of ours and stay undone (log.txt has all); "
            f"the same command tries them again. First: {result.faults[0].splitlines()[0]}"
        )
    if max_failed is not None and len(result.faults) > max_failed:
        raise TooManyFailures(f"{stage.name}: {len(result.faults)} failed jobs, more than --max-failed {max_failed}")
    return result


def _placed(job: Job, settings: RunConfig) -> Job:
    """What can be imported decides what passes and how fast: with another folder of packages all is done again."""
    if settings.packages is None:
        return job
    return Job(job.id, fingerprint(job.fingerprint, settings.packages))


Answer = tuple[Job, list[Record], str | None]


class Pool:
    """Worker processes for one stage, one a core; each owns a sandbox. A worker that dies is replaced."""

    def __init__(self, stage: Stage, workers: int, settings: RunConfig) -> None:
        self._stage = stage
        self._settings = settings
        self._cores = sorted(os.sched_getaffinity(0))
        self._workers = [_Worker(stage, self._core(index), settings) for index in range(workers)]

    def _core(self, index: int) -> int:
        return self._cores[index % len(self._cores)]

    def run(self, jobs: Iterable[Job], pack: Callable[[Job], Any]) -> Iterator[Answer]:
        """Answers as they come: (job, rows, None) or (job, [], what went wrong on our side)."""
        waiting = iter(jobs)
        again: list[tuple[Job, int]] = []
        while True:
            for worker in self._workers:
                if worker.job is None:
                    job, attempt = again.pop() if again else (next(waiting, None), 1)
                    if job is None:
                        break
                    worker.hand_out(job, attempt, pack(job))
            busy = {worker.connection: worker for worker in self._workers if worker.job is not None}
            if not busy:
                return
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]
                job, attempt = worker.job, worker.attempt
                assert job is not None
                rows, fault, retry = self._collect(worker)
                if fault is not None and retry and attempt < ATTEMPTS:
                    again.append((job, attempt + 1))
                else:
                    yield job, rows, fault

    def _collect(self, worker: "_Worker") -> tuple[list[Record], str | None, bool]:
        """A worker's answer: rows, the fault if there was one, and whether another try may help."""
        worker.job = None
        try:
            kind, answer = worker.connection.recv()
        except (EOFError, OSError):
            worker.stop()
            index = self._workers.index(worker)
            self._workers[index] = _Worker(self._stage, self._core(index), self._settings)
            return [], "the worker process died (out of memory?)", True
        if kind == "prerequisite":
            raise PrerequisiteError(answer)
        if kind == "rows":
            return answer, None, False
        return [], answer, kind == "fault"

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()


class _Worker:
    """The driver's end of one worker process."""

    def __init__(self, stage: Stage, core: int, settings: RunConfig) -> None:
        # spawn: no inherited locks, threads or database handles.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.job: Job | None = None
        self.attempt = 0
        self._process: BaseProcess = context.Process(target=_serve, args=(theirs, stage, core, settings), daemon=True)
        self._process.start()
        theirs.close()

    def hand_out(self, job: Job, attempt: int, payload: Any) -> None:
        self.job, self.attempt = job, attempt
        with contextlib.suppress(OSError):  # it died: the answer's EOF says so, and the job is tried again
            self.connection.send(payload)

    def stop(self) -> None:
        self.connection.close()
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(connection: Connection, stage: Stage, core: int, settings: RunConfig) -> None:
    """A worker's life: receive a payload, answer, until the driver is gone. Ctrl-C is the driver's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sandbox = Sandbox(core=core, unsafe=settings.unsafe, packages=settings.packages)
    except PrerequisiteError as error:
        connection.recv()
        connection.send(("prerequisite", str(error)))
        return
    with sandbox:
        while True:
            try:
                payload = connection.recv()
            except EOFError:
                return
            try:
                answer: tuple[str, Any] = ("rows", stage.do(payload, sandbox))
            except SandboxFault as fault:
                answer = ("fault", str(fault))
            except Exception:
                answer = ("bug", traceback.format_exc())
            try:
                connection.send(answer)
            except OSError:
                return
