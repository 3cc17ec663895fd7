"""Worker processes of one stage on this machine, each with its own sandbox.

What a worker reads, others wrote. A worker that spends too much CPU time between two runs of its sandbox is ended by
the kernel, also within one long call of C. Where that happens twice after a run of the same candidate, the candidate
is blamed, and the rest is done.
"""

import contextlib
import ctypes
import multiprocessing
import multiprocessing.sharedctypes
import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple

from efficoder.config import RunConfig
from efficoder.errors import PrerequisiteError, SandboxFault
from efficoder.pipeline.stage import Blaming, Job, Stage
from efficoder.sandbox import Limits, Outcome, Program, Sandbox, Watch
from efficoder.types import Record

ATTEMPTS = 3
"""How often a job is tried when the fault is ours."""
SILENT_S = 120.0
"""CPU time that a worker may spend between two runs of its sandbox. The most that results at the output limit of 32 MB
take is about 10 s (measured)."""
_NAME_BYTES = 64

Answer = tuple[Job, list[Record], str | None]


class WorkerPool:
    """Worker processes for one stage, one a core; each owns a sandbox. A worker that dies is replaced."""

    def __init__(self, stage: Stage, workers: int, settings: RunConfig, *, silent_s: float = SILENT_S) -> None:
        self._stage = stage
        self._settings = settings
        self._silent_s = silent_s
        self._cores = sorted(os.sched_getaffinity(0))
        self._workers = [self._worker(index) for index in range(workers)]

    def _worker(self, index: int) -> "_Worker":
        return _Worker(self._stage, self._cores[index % len(self._cores)], self._settings, self._silent_s)

    def run(self, jobs: Iterable[Job], pack: Callable[[Job], Any]) -> Iterator[Answer]:
        """Answers as they come: (job, rows, None) or (job, [], what went wrong on our side)."""
        waiting = iter(jobs)
        again: list[_Try] = []
        while True:
            for worker in self._workers:
                if worker.trying is None:
                    next_try = again.pop() if again else _first_try(next(waiting, None), pack)
                    if next_try is None:
                        break
                    worker.hand_out(next_try)
            busy = {worker.connection: worker for worker in self._workers if worker.trying is not None}
            if not busy:
                return
            for connection in wait(list(busy)):
                worker = busy[connection]  # type: ignore[index]
                tried = worker.trying
                assert tried is not None
                subject = worker.subject
                rows, fault, retry = self._collect(worker)
                if fault is not None and retry and (next_try := self._again(tried, subject)) is not None:
                    again.append(next_try)
                else:
                    yield tried.job, rows, fault

    def _again(self, tried: "_Try", subject: str) -> "_Try | None":
        """The next try of a job whose worker died after it had run the program ``subject``."""
        if subject and subject == tried.suspect and isinstance(tried.payload, Blaming):
            rest = tried.payload.blame(subject)
            if rest is not None:
                return _Try(tried.job, rest)
        if tried.attempt >= ATTEMPTS:
            return None
        return _Try(tried.job, tried.payload, tried.attempt + 1, subject)

    def _collect(self, worker: "_Worker") -> tuple[list[Record], str | None, bool]:
        """A worker's answer: rows, the fault if there was one, and whether another try may help."""
        worker.trying = None
        try:
            kind, answer = worker.connection.recv()
        except (EOFError, OSError):
            worker.stop()
            index = self._workers.index(worker)
            self._workers[index] = self._worker(index)
            return [], "the worker process died (out of memory, or stuck in one computation)", True
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


class _Try(NamedTuple):
    job: Job
    payload: Any
    attempt: int = 1
    suspect: str = ""
    """The program that the worker of the last try ran before it died."""


def _first_try(job: Job | None, pack: Callable[[Job], Any]) -> _Try | None:
    return None if job is None else _Try(job, pack(job))


class _Worker:
    """The driver's end of one worker process."""

    def __init__(self, stage: Stage, core: int, settings: RunConfig, silent_s: float) -> None:
        # spawn: no inherited locks, threads or database handles.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.trying: _Try | None = None
        self._subject = multiprocessing.sharedctypes.RawArray(ctypes.c_char, _NAME_BYTES)
        work = (theirs, stage, core, settings, silent_s, self._subject)
        self._process: BaseProcess = context.Process(target=_serve, args=work, daemon=True)
        self._process.start()
        theirs.close()

    @property
    def subject(self) -> str:
        """The identity of the program that it ran last."""
        return bytes(self._subject.value).decode("utf-8", "replace")

    def hand_out(self, trying: _Try) -> None:
        self.trying, self._subject.value = trying, b""
        with contextlib.suppress(OSError):  # it died: the answer's EOF says so, and the job is tried again
            self.connection.send(trying.payload)

    def stop(self) -> None:
        self.connection.close()
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


class _Watched(Sandbox):
    """The sandbox of a worker. Each run of it is a sign of life."""

    def __init__(self, silent_s: float, subject: Any, **settings: Any) -> None:
        self._silent_s, self._subject = silent_s, subject
        super().__init__(**settings)

    def run(
        self,
        program: Program,
        inputs: Sequence[str],
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        *,
        watch: Watch | None = None,
        **how: Any,
    ) -> Outcome:
        def watched(before: int, results: Sequence[bytes]) -> bool:
            self._subject.value = program.identity.encode()
            return watch is not None and watch(before, results)

        try:
            return super().run(program, inputs, limits, watch=watched if watch else None, **how)
        finally:
            self._subject.value = program.identity.encode()
            self.alive()

    def alive(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._silent_s)  # nobody handles SIGPROF: the kernel ends the process


def _serve(connection: Connection, stage: Stage, core: int, settings: RunConfig, silent_s: float, subject: Any) -> None:
    """A worker's life: receive a payload, answer, until the driver is gone. Ctrl-C is the driver's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sandbox = _Watched(silent_s, subject, core=core, unsafe=settings.unsafe, packages=settings.packages)
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
            sandbox.alive()
            try:
                answer: tuple[str, Any] = ("rows", stage.do(payload, sandbox))
            except PrerequisiteError as error:
                answer = ("prerequisite", str(error))
            except SandboxFault as fault:
                answer = ("fault", str(fault))
            except Exception:
                answer = ("bug", traceback.format_exc())
            try:
                connection.send(answer)
            except OSError:
                return
