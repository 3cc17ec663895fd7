"""Worker processes of one stage on this machine, each with its own sandbox."""

import contextlib
import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from efficoder.config import RunConfig
from efficoder.errors import PrerequisiteError, SandboxFault
from efficoder.pipeline.stage import Job, Stage
from efficoder.sandbox import Sandbox
from efficoder.types import Record

ATTEMPTS = 3
"""How often a job is tried when the fault is ours."""

Answer = tuple[Job, list[Record], str | None]


class WorkerPool:
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

    def __enter__(self) -> "WorkerPool":
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
