"""A stage: the protocol, its jobs, and the fingerprint that says what a job was done on."""

import hashlib
from collections.abc import Iterator
from typing import Any, Protocol, Self, runtime_checkable

import msgspec

from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.types import Record


class Job(msgspec.Struct, frozen=True):
    """One unit of work. It is skipped when its done-mark has the same fingerprint."""

    id: str
    fingerprint: str = ""
    cost: float = 0.0
    """How long it takes beside the others, as far as that is known. The dearest are begun first, so that no worker is
    left alone with one at the end."""


def fingerprint(*parts: object) -> str:
    """What a job was done on, as a short hash: its inputs and the settings that matter. Another one: done again."""
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@runtime_checkable
class Blaming(Protocol):
    """A payload that knows the candidates in it."""

    def blame(self, identity: str) -> Self | None:
        """The payload without the work on the candidate whose program has this identity, as no worker lives through
        what it gives. None where there is no such candidate, or nothing can be done without it."""


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


@runtime_checkable
class Keeping(Stage, Protocol):
    """A stage that may have the rows of a job without the work. The driver asks it."""

    def known(self, store: Store, job: Job) -> list[Record] | None:
        """The job's rows; None where the work is to be done."""

    def keep(self, store: Store, job: Job, rows: list[Record]) -> list[Record]:
        """Keeps what the work gave for other runs. Returns the rows that the store gets."""
