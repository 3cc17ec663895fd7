"""Frozen tests: the tests of a run as one file, so that everybody judges and times on the same ones.

JSON lines under gzip: what they were made with, then one line a task, by id. The hash of the uncompressed bytes names
the set in every result. Nothing measured is in the file, and no time of writing: the same tests make the same bytes.
"""

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from efficoder import wire
from efficoder.errors import InputError
from efficoder.paths import write_whole
from efficoder.testgen.bank import DAMAGED, identity
from efficoder.types import Drop, Record, Task, TaskTests, TestFacts

SCHEMA = "efficoder.tests/1"
MACHINE = (
    "The reference's CPU time decides how large loads, batches and ladders are, which way of growth they come from, "
    "and which inputs are too heavy: another machine, or a busy one, may give other ones. Each task says by_time which "
    "parts of its tests may come out otherwise, and why; the others depend on no time."
)
FOLLOW = ("untimed", "ladder", "constant", "signal")
"""What is made or said of the loads, and differs where those do."""
_TOO_LONG = "CPU time"
"""In the detail of a task that is left out where a limit of time is the reason (settle.WHY, sandbox/outcome.py)."""
NOT_FROZEN = "not_frozen"
_PARTS = ("text or signature", "reference", "tests of the source")
_SHOWN = 12
"""Digits of a hash in text; JSON has all."""


def words(hash: str) -> str:
    """Which tests results are on, as a text says it."""
    return f"the frozen tests {hash[:_SHOWN]}" if hash else "tests of its own"


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: str
    version: str
    revision: int
    """Of testgen/writer.py."""
    python: str
    seed: int
    settings: dict[str, Any]
    """The table ``write_tests`` of the config."""
    packages: bool
    """Whether ``run.packages`` was set."""
    machine: str
    """What depends on the machine, in words."""


class FrozenTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    task_id: str
    identity: tuple[str, str, str]
    """Hashes of the task, its reference and what its source gives (bank.identity)."""
    tests: TaskTests
    signal: bool = False
    reason: str = ""
    """Why the task is left out; empty for one that has tests."""
    detail: str = ""
    by_time: dict[str, str] = {}
    """Which parts of the tests may differ where they are written again, and why: names of fields. With ``loads`` go
    those that FOLLOW."""


class _Named(msgspec.Struct, frozen=True):
    task_id: str


@dataclass(frozen=True, slots=True)
class FrozenTests:
    """A file of frozen tests; a task is decoded when it is asked for."""

    path: Path
    hash: str
    header: Header
    lines: dict[str, bytes]
    """By task id."""

    def get(self, task_id: str) -> FrozenTask | None:
        if task_id not in self.lines:
            return None
        try:
            found = msgspec.json.decode(self.lines[task_id], type=FrozenTask)
        except msgspec.DecodeError as error:
            raise _damaged(self.path, f"the tests of {task_id} cannot be read: {error}") from None
        if found.tests.task_id != task_id or not found.tests.written:
            raise _damaged(self.path, f"the tests of {task_id} are no written tests of it")
        return found

    def rows(self, task: Task, given: TaskTests) -> list[Record]:
        """What the store gets for a task. Raises InputError where the tests are of another task of that name."""
        found = self.get(task.id)
        if found is None:
            detail = f"{self.path.name} has no tests of it"
            found = FrozenTask(
                task_id=task.id,
                identity=identity(task, given),
                tests=TaskTests(task_id=task.id, written=True),
                reason=NOT_FROZEN,
                detail=detail,
            )
        pairs = zip(_PARTS, found.identity, identity(task, given), strict=True)
        if differs := [part for part, frozen, here in pairs if frozen != here]:
            raise InputError(
                f"its tests of {task.id} are of a task with another {' and another '.join(differs)}",
                path=self.path,
                hint="use the task file that it was made from, or freeze a run of this one",
            )
        came_from = f"from {words(self.hash)}"
        facts = TestFacts(task_id=task.id, signal=found.signal, frozen=self.hash, came_from=came_from)
        rows: list[Record] = [found.tests, facts]
        if found.reason:
            drop = Drop(id=task.id, stage="write_tests", reason=found.reason, detail=found.detail, task_id=task.id)
            rows.append(drop)
        return rows


def depends_on_time(tests: TaskTests, detail: str, *, loads: bool) -> dict[str, str]:
    """What FrozenTask.by_time says. ``loads``: whether loads were wanted."""
    found: dict[str, str] = {}
    if "too_heavy" in tests.lost:
        found["lost"] = found["checks"] = "a check is lost where the reference takes too long"
    elif any(check.origin == "grown" for check in tests.checks):
        found["checks"] = "inputs are added where the reference is no slower on them, and for a limited time"
    if _TOO_LONG in detail:
        found["reason"] = "it is left out where the reference takes too long"
    made = [load for load in tests.loads if load.origin == "generated"]
    if not loads:
        pass
    elif any(wire.is_batch(load.input) for load in made):
        found["loads"] = "calls are added to a load until the reference takes long enough"
    elif made:
        found["loads"] = "a load is grown until the reference takes long enough"
    elif tests.loads:
        found["loads"] = (
            "the source's loads on which the reference takes longest are timed, or others where it is quick"
        )
    else:
        found["loads"] = "there is none on which the reference took long enough"
    return found


def write(path: Path, header: Header, tasks: Iterable[FrozenTask]) -> str:
    """Write the file, whole or not at all; returns the hash. Raises InputError where it cannot be written."""
    encoder = msgspec.json.Encoder(order="deterministic")
    lines = [encoder.encode(header), *map(encoder.encode, sorted(tasks, key=lambda task: task.task_id))]
    content = b"".join(line + b"\n" for line in lines)
    try:
        write_whole(path, gzip.compress(content, 6, mtime=0))
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=path, hint="choose another -o") from None
    return hashlib.sha256(content).hexdigest()


def read(path: Path) -> FrozenTests:
    """Raises InputError for a file that cannot be used."""
    try:
        raw = path.read_bytes()
        content = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
        first, *rest = content.splitlines()
        header = msgspec.json.decode(first, type=Header)
        names = [msgspec.json.decode(line, type=_Named).task_id for line in rest]
    except DAMAGED as error:
        raise _damaged(path, f"no frozen tests, or damaged: {error}") from None
    except ValueError:
        raise _damaged(path, "no frozen tests: it is empty") from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check the path") from None
    if header.schema != SCHEMA:
        raise InputError(
            f"schema {header.schema}, this version reads {SCHEMA}",
            path=path,
            hint=f"use EffiCoder {header.version}, or freeze anew",
        )
    if len(set(names)) < len(names):
        raise _damaged(path, "a task is there twice")
    return FrozenTests(path, hashlib.sha256(content).hexdigest(), header, dict(zip(names, rest, strict=True)))


def _damaged(path: Path, what: str) -> InputError:
    return InputError(what, path=path, hint="get the file again, or make one with `efficoder tests freeze`")
