"""Reading rows from files: .jsonl, .json (each also .gz), .parquet, .csv; every fault is named by file and line.

Lines stream; a .json file and its decompressed text are held in memory once. Not here: what the columns mean.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from efficoder.errors import InputError
from efficoder.parse import from_json, unpacked
from efficoder.types import Origin, PoolSolution, Task, TaskTests

T = TypeVar("T")
_NAMES = {str: "text", list: "a list", dict: "an object", int: "a whole number", float: "a number"}


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One task as a source gives it, before curation."""

    task: Task
    tests: TaskTests
    skipped: tuple[str, ...] = ()
    """Why tests of the source are not here as data, one entry a reason."""
    pool: tuple[PoolSolution, ...] = ()
    promised: tuple[str, ...] = ()
    """Packages beside the standard library that the source tells its programmers they may import."""


class Row(msgspec.Struct, frozen=True):
    """One line of a file, with typed access to its columns."""

    set_name: str
    path: Path
    line: int
    """Counted from 1; for Parquet and JSON arrays, the row."""
    fields: dict[str, Any]

    def get(self, column: str, kind: type[T]) -> T:
        """The value of ``column``; InputError naming the set and the column when absent or of another type."""
        if column not in self.fields:
            known = ", ".join(sorted(self.fields)[:12])
            raise self.error(f"column {column!r} is missing", f"{self.set_name} needs it; the row has: {known}")
        value = self.fields[column]
        if not isinstance(value, kind):
            raise self.error(f"column {column!r} is {type(value).__name__}, not {_NAMES.get(kind, kind.__name__)}")
        return value

    def text(self, column: str) -> str:
        return self.get(column, str)

    def number(self, column: str) -> int:
        """The N of an id ``Set/N``."""
        tail = self.text(column).rpartition("/")[2]
        if not tail.isdecimal():
            raise self.error(f"column {column!r} does not end in /NUMBER")
        return int(tail)

    def error(self, message: str, hint: str = "") -> InputError:
        return InputError(f"{self.set_name}: {message}", path=self.path, line=self.line, hint=hint)

    def origin(self, default: Origin) -> Origin:
        """``default`` with this row's line."""
        return msgspec.structs.replace(default, line=self.line)


def read_rows(path: Path, set_name: str) -> Iterator[Row]:
    """The rows of a table-like file in order, by suffix. Raises InputError."""
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        numbered: Iterator[tuple[int, Any]] = _parquet(path)
    elif name.endswith(".csv"):
        numbered = _csv(path)
    elif name.endswith(".json"):
        numbered = enumerate(_json_items(path), 1)
    elif name.endswith(".jsonl"):
        numbered = _jsonl(path)
    else:
        raise InputError(f"cannot read a {path.suffix or 'suffixless'} file", path=path, hint="use .jsonl or .parquet")
    for line, fields in numbered:
        if not isinstance(fields, dict):
            raise InputError(f"{set_name}: a row is {type(fields).__name__}, not an object", path=path, line=line)
        yield Row(set_name, path, line, fields)


def set_files(path: Path, pattern: str) -> list[Path]:
    """``path`` itself, or the files below a folder that are called so, by name. Raises InputError where there is none,
    and for two of one name: a copy would give each task twice."""
    if not path.is_dir():
        return [path]
    found = sorted((file for file in path.rglob(pattern) if file.is_file()), key=lambda file: file.name)
    names = [file.name.removesuffix(".gz") for file in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"{twice} is there twice", path=path, hint="leave one of the two out")
    return found


def read_json(path: Path) -> Any:
    """A whole .json or .json.gz file. Raises InputError."""
    text = b"\n".join(line for _, line in _lines(path))
    try:
        return from_json(_decode(text, path, None))
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise InputError(f"not JSON: {error}", path=path, line=line, hint="fix the file or fetch it again") from error


def origin_of(path: Path, default: Origin) -> Origin:
    """``default`` overlaid with a SOURCE.txt beside the file or one or two folders up (lines ``key: value``; keys
    source, commit or revision, licence or license, url)."""
    folder = path if path.is_dir() else path.parent
    for place in [folder, *folder.absolute().parents[:2]]:
        note = place / "SOURCE.txt"
        if note.is_file():
            break
    else:
        return default
    pairs = (line.partition(":") for line in note.read_text(encoding="utf-8-sig", errors="replace").splitlines())
    facts = {key.strip().lower(): value.strip() for key, _, value in pairs}
    return Origin(
        source=default.source or facts.get("source", ""),
        revision=facts.get("commit", facts.get("revision", default.revision)),
        licence=facts.get("licence", facts.get("license", default.licence)),
        url=facts.get("url", default.url),
    )


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with unpacked(path) as file:
            for number, line in enumerate(file, 1):
                yield number, line.rstrip(b"\r\n")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        hint = "the file is cut short or damaged; fetch it again"
        raise InputError(f"not a whole gzip file: {error}", path=path, line=number + 1, hint=hint) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path, hint="check the path") from error


def _decode(text: bytes, path: Path, line: int | None) -> str:
    try:
        return text.decode("utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError as error:
        message = f"not UTF-8 (byte 0x{text[error.start]:02x} at {error.start})"
        raise InputError(message, path=path, line=line, hint="save the file as UTF-8") from error


def _jsonl(path: Path) -> Iterator[tuple[int, Any]]:
    for number, raw in _lines(path):
        if not raw.strip():
            continue
        try:
            yield number, from_json(_decode(raw, path, number))
        except ValueError as error:
            raise InputError(f"not JSON: {error}", path=path, line=number, hint="one object per line") from error


def _json_items(path: Path) -> list[Any]:
    items = read_json(path)
    if not isinstance(items, list):
        raise InputError(
            "not a JSON array", path=path, hint="give an array of objects, or one object per line as .jsonl"
        )
    return items


def _csv(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    text = "\n".join(_decode(raw, path, number) for number, raw in _lines(path))
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for fields in reader:
            yield reader.line_num, fields
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", path=path, line=reader.line_num) from error


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            number = 0
            for batch in file.iter_batches(batch_size=32):
                for fields in batch.to_pylist():
                    number += 1
                    yield number, fields
    except (OSError, pyarrow.ArrowException) as error:
        raise InputError(f"not a readable Parquet file: {error}", path=path) from error
