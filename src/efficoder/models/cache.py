"""Replies that were paid for once: one SQLite file shared by all runs, also while they run at the same time.

The key holds everything that makes one reply another: model, where it is served, prompt version, messages, every
sampling setting and the sample index (without it one answer would be replayed for every sample).
"""

import hashlib
import sqlite3
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from efficoder.errors import StoreError
from efficoder.models.protocol import Model, Reply, Request
from efficoder.paths import cache_folder

_SCHEMA = "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply BLOB NOT NULL) WITHOUT ROWID"
_BUSY_S = 60.0
_FEW = 500
"""Keys a query: below SQLite's limit on variables."""


def cache_key(model: Model, request: Request, prompt_version: str, index: int) -> str:
    """SHA-256 over all that makes this reply; grouping of samples into requests does not count."""
    single = msgspec.structs.replace(request, indices=(index,))
    parts = msgspec.json.encode((model.name, model.endpoint, prompt_version, single))
    return hashlib.sha256(parts).hexdigest()


class ReplyCache:
    """Safe for several processes: the first writer of a key wins, and all get the winner's reply."""

    def __init__(self, path: Path | None = None) -> None:
        """``path``: the file; absent, ``replies.sqlite`` in the user's cache folder."""
        self.path = path or cache_folder() / "replies.sqlite"
        self._decoder = msgspec.json.Decoder(Reply)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=_BUSY_S, isolation_level=None)
            self._write_ahead()
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error) from error

    def find(self, keys: Iterable[str]) -> dict[str, Reply]:
        """The replies that are there."""
        wanted = list(keys)
        found: dict[str, Reply] = {}
        try:
            for start in range(0, len(wanted), _FEW):
                some = wanted[start : start + _FEW]
                marks = ",".join("?" * len(some))
                rows = self._db.execute(f"SELECT key, reply FROM replies WHERE key IN ({marks})", some)
                found.update((key, self._decoder.decode(reply)) for key, reply in rows)
        except (sqlite3.Error, msgspec.DecodeError) as error:
            raise self._fault(error) from error
        return found

    def keep(self, replies: Mapping[str, Reply]) -> dict[str, Reply]:
        """Commit new replies in one transaction; returns what the cache holds now for each key."""
        rows = [(key, msgspec.json.encode(reply)) for key, reply in replies.items()]
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("INSERT OR IGNORE INTO replies VALUES (?, ?)", rows)
            finally:
                self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._fault(error) from error
        return self.find(replies)

    def close(self) -> None:
        self._db.close()

    def _write_ahead(self) -> None:
        """SQLite does not wait for this one lock: two runs that make the file at once would collide."""
        until = time.monotonic() + _BUSY_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def __enter__(self) -> "ReplyCache":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fault(self, error: Exception) -> StoreError:
        return StoreError(f"{self.path}: {error}; the reply cache must be writable: fix it, or move the file away")
