"""A run on disk: one folder, one SQLite file that is the truth.

Rows and done-marks are committed together, so a kill at any instant loses nothing that was reported done and
doubles nothing: a row is addressed by its record's class and key, and putting it again replaces it.
One writer at a time, held by a lock file; readers need none.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar

import msgspec

from efficoder.errors import InputError, StoreError, UsageError
from efficoder.types import (
    REFERENCE,
    Candidate,
    Drop,
    Record,
    Sample,
    Script,
    Task,
    TaskTests,
    TestCase,
    TesterReply,
    Verdict,
)

R = TypeVar("R", bound=Record)

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE rows (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, task_id TEXT NOT NULL,
    data BLOB NOT NULL, UNIQUE (kind, id));
CREATE INDEX rows_of_task ON rows (kind, task_id);
CREATE TABLE done (stage TEXT NOT NULL, job TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (stage, job));
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """Open a run's folder. ``write=True`` creates what is missing and takes the writer's lock; with ``read_only=True``
    the file is opened so that nothing can be written by any way. A folder made here is removed again where a file or
    an option of the user's cannot be used and nothing was done yet: no job, no reply, nothing left out."""

    def __init__(self, folder: Path, *, write: bool = False, read_only: bool = False) -> None:
        self.folder = folder
        self._path = folder / "run.sqlite"
        self._lock: IO[str] | None = None
        self._made = [path for path in (folder, *folder.parents) if write and not path.exists()]
        if not write and not self._path.is_file():
            raise StoreError(f"{folder}: no run here; start one with `efficoder run CONFIG.toml --name {folder.name}`")
        with self._clear_errors():
            if write:
                folder.mkdir(parents=True, exist_ok=True)
                self._lock = self._take_lock()
            # Readers open read-write too when they can: a WAL left by a kill must be put into the file by someone.
            target = self._read_only_uri() if read_only else self._path
            self._db = sqlite3.connect(target, timeout=30.0, isolation_level=None, uri=read_only)
            if write:
                self._prepare()
            else:
                self._db.execute("PRAGMA query_only = ON")
            self._check_version()

    def _read_only_uri(self) -> str:
        """Where no log of a writer lies beside the file and none can be made, the file is read as it stands."""
        log = self._path.with_name(f"{self._path.name}-wal")
        still = not os.access(self.folder, os.W_OK) and not log.exists()
        return f"{self._path.absolute().as_uri()}?mode=ro{'&immutable=1' if still else ''}"

    def _take_lock(self) -> IO[str]:
        handle = (self.folder / "run.lock").open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise StoreError(
                f"{self.folder}: another process is writing this run; wait for it, or choose another --name"
            ) from None
        return handle

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            with self._transaction():
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
                self._db.execute("INSERT INTO meta VALUES ('schema', ?)", (str(SCHEMA_VERSION),))

    def _check_version(self) -> None:
        found = self.meta().get("schema")
        if found != str(SCHEMA_VERSION):
            raise StoreError(
                f"{self._path}: written by another version (schema {found}, this one reads {SCHEMA_VERSION}); "
                "run again under a new --name"
            )

    # ------------------------------------------------------------ writing

    def put(
        self,
        records: Iterable[Record],
        *,
        done: Iterable[tuple[str, str, str]] = (),
        instead_of: tuple[type[Record], str] | None = None,
    ) -> None:
        """Write records and done-marks (stage, job, fingerprint) in one transaction.

        ``instead_of`` (class, key) first removes the rows of that class with that key or under it (``key/...``; all
        of the class for an empty key): how a stage that runs again takes back what it said before.
        """
        with self._clear_errors(), self._transaction():
            if instead_of is not None:
                kind, key = instead_of
                self._db.execute(
                    "DELETE FROM rows WHERE kind = ?1 AND (?2 = '' OR id = ?2 OR substr(id, 1, ?3) = ?2 || '/')",
                    (kind.__name__, key, len(key) + 1),
                )
            self._db.executemany(
                "INSERT INTO rows (kind, id, task_id, data) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (kind, id) DO UPDATE SET data = excluded.data",
                ((type(r).__name__, key_of(r), _task_of(r), msgspec.json.encode(r)) for r in records),
            )
            self._db.executemany("INSERT OR REPLACE INTO done VALUES (?, ?, ?)", done)

    def remove(self, kind: type[Record], keys: Iterable[str]) -> None:
        """Take back the rows of that class with just these keys, in one transaction."""
        with self._clear_errors(), self._transaction():
            self._db.executemany("DELETE FROM rows WHERE kind = ? AND id = ?", ((kind.__name__, key) for key in keys))

    def save_config(self, toml: str) -> None:
        """The resolved config beside the rows, so that the folder alone reruns."""
        with self._clear_errors():
            (self.folder / "run.toml").write_text(toml, encoding="utf-8")

    def set_meta(self, facts: Mapping[str, str]) -> None:
        with self._clear_errors(), self._transaction():
            self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", facts.items())

    def forget_done(self, stage: str, jobs: Iterable[str] | None = None) -> None:
        """Take back a stage's done-marks, all or those of ``jobs``, so that it runs again (``--fresh``)."""
        with self._clear_errors(), self._transaction():
            if jobs is None:
                self._db.execute("DELETE FROM done WHERE stage = ?", (stage,))
            else:
                self._db.executemany("DELETE FROM done WHERE stage = ? AND job = ?", ((stage, job) for job in jobs))

    # ------------------------------------------------------------ reading

    def get(self, kind: type[R], key: str) -> R | None:
        with self._clear_errors():
            row = self._db.execute("SELECT data FROM rows WHERE kind = ? AND id = ?", (kind.__name__, key)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=kind)

    def all(self, kind: type[R], task_id: str | None = None) -> Iterator[R]:
        """Records of one class in the order they were first put; of one task where it is named."""
        decoder = msgspec.json.Decoder(kind)
        where, values = ("", ()) if task_id is None else (" AND task_id = ?", (task_id,))
        with self._clear_errors():
            cursor = self._db.execute(
                f"SELECT data FROM rows WHERE kind = ?{where} ORDER BY seq", (kind.__name__, *values)
            )
            for (data,) in cursor:
                yield decoder.decode(data)

    def count(self, kind: type[Record], task_id: str | None = None) -> int:
        where, values = ("", ()) if task_id is None else (" AND task_id = ?", (task_id,))
        with self._clear_errors():
            query = f"SELECT count(*) FROM rows WHERE kind = ?{where}"
            return int(self._db.execute(query, (kind.__name__, *values)).fetchone()[0])

    def keys(self, kind: type[Record]) -> set[str]:
        with self._clear_errors():
            return {row[0] for row in self._db.execute("SELECT id FROM rows WHERE kind = ?", (kind.__name__,))}

    def select(self, query: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """What a SELECT over the tables above gives: for lists that are too long to be read row by row."""
        with self._clear_errors():
            return self._db.execute(query, values or {}).fetchall()

    def meta(self) -> dict[str, str]:
        with self._clear_errors():
            return dict(self._db.execute("SELECT key, value FROM meta"))

    def done(self, stage: str) -> dict[str, str]:
        """Finished jobs of a stage and the fingerprint of what each was done on."""
        with self._clear_errors():
            return dict(self._db.execute("SELECT job, fingerprint FROM done WHERE stage = ?", (stage,)))

    def done_on(self, stage: str, job: str) -> str | None:
        """The fingerprint of what one job was done on; None where it is not finished."""
        query = "SELECT fingerprint FROM done WHERE stage = :stage AND job = :job"
        return next((found for (found,) in self.select(query, {"stage": stage, "job": job})), None)

    # ------------------------------------------------------------ what stages ask for again and again

    def alive(self, before: str | None = None) -> Iterator[Task]:
        """Tasks no stage has dropped, in order; with ``before``, whatever that stage itself said of them."""
        drops = (drop for drop in self.all(Drop) if drop.id == drop.task_id and drop.stage != before)
        dropped = {drop.task_id for drop in drops}
        return (task for task in self.all(Task) if task.id not in dropped)

    def task(self, task_id: str) -> Task:
        """The task a job was planned for; KeyError for one that is not here."""
        found = self.get(Task, task_id)
        if found is None:
            raise KeyError(task_id)
        return found

    def tests(self, task_id: str) -> TaskTests:
        """What write_tests made for the task, or what its source gave."""
        return (
            self.get(TaskTests, f"{task_id}/True")
            or self.get(TaskTests, f"{task_id}/False")
            or TaskTests(task_id=task_id)
        )

    def candidates(self, task_id: str) -> list[Candidate]:
        return list(self.all(Candidate, task_id))

    # ------------------------------------------------------------ plumbing

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            # A full disk may already have rolled back by itself.
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}; {_advice(str(error))}") from error
        except OSError as error:
            raise StoreError(f"{self.folder}: {error.strerror}; {_advice(str(error.strerror))}") from error

    def close(self) -> None:
        self._db.close()
        if self._lock is not None:
            self._lock.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        refused = isinstance(error, UsageError | InputError)
        unused = bool(self._made) and refused and not self._has_work()
        self.close()
        if unused:
            shutil.rmtree(self._made[0])
            with contextlib.suppress(OSError):  # others have made something there meanwhile
                for path in self._made[1:]:
                    path.rmdir()

    def _has_work(self) -> bool:
        """Whether anything would be lost with the rows but tasks, which their source has."""
        if self.select("SELECT 1 FROM done LIMIT 1") or self.count(Drop) or self.count(TesterReply):
            return True
        return any(sample.model != REFERENCE for sample in self.all(Sample))


def key_of(record: Record) -> str:
    """The row's key: the record's KEY fields joined by a slash."""
    return "/".join(str(getattr(record, field)) for field in record.KEY)


def _task_of(record: Record) -> str:
    return record.id if isinstance(record, Task) else str(getattr(record, "task_id", ""))


def _advice(message: str) -> str:
    message = message.lower()
    if "full" in message or "no space" in message:
        return "free some disk space and run the same command again: everything committed so far is kept"
    if "readonly" in message or "read-only" in message or "unable to open" in message or "permission" in message:
        return "make the run folder writable, or choose another with --runs"
    if "locked" in message:
        return "another process holds the file; try again when it is done"
    if "malformed" in message or "not a database" in message:
        return "the file is damaged or not a run; run again under a new --name"
    return "nothing committed so far is lost; run the same command again"


def right_candidates(store: Store, task_id: str) -> list[Candidate]:
    passed = {verdict.candidate_id for verdict in store.all(Verdict, task_id) if verdict.outcome == "passed"}
    return [candidate for candidate in store.candidates(task_id) if candidate.id in passed]


def timed_inputs(task: Task, tests: TaskTests) -> tuple[TestCase, ...]:
    """What a task's candidates are timed on: its loads, and where it has none the inputs of its checks, looped.

    Script tests are not timed: their time is the test code's as much as the candidate's. Nor are loads that could be
    answered without the work.
    """
    known = tuple(check for check in tests.checks if check.expected is not None)
    return () if isinstance(task.interface, Script) or tests.constant else tests.loads or known


def baseline(task: Task, right: Sequence[Candidate]) -> Candidate:
    """What gains are measured against: the reference where it is among ``right``, else the first. Once there are
    times, ``right`` holds only those that have one."""
    return next((candidate for candidate in right if candidate.code == task.reference), right[0])


def run_names(runs: Path) -> list[str]:
    """The runs in a folder."""
    return sorted(path.parent.name for path in runs.glob("*/run.sqlite")) if runs.is_dir() else []


def open_run(runs: Path, name: str, *, write: bool = False) -> Store:
    """The run of that name under ``runs``, or the folder itself. Raises UsageError, with the runs there are, where
    there is none, whatever ``write`` says: a mistyped name makes no run."""
    folder = Path(name) if (Path(name) / "run.sqlite").is_file() else runs / name
    if not (folder / "run.sqlite").is_file():
        there = run_names(runs)
        known = (
            f"runs there: {', '.join(there)}" if there else "there is none yet: `efficoder run CONFIG.toml` starts one"
        )
        raise UsageError(f"no run {name!r} under {runs}; {known}")
    return Store(folder, write=write)
