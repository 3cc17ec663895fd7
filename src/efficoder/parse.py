"""JSON and TOML that somebody else wrote: whatever is in it, what cannot be read is a ValueError. A byte order mark
before it, which some editors write, is none of it."""

import contextlib
import gzip
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import msgspec

T = TypeVar("T")


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, which is gzip where its first bytes say so. Raises OSError and what gzip does."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        yield cast(IO[bytes], gzip.GzipFile(fileobj=raw) if packed else raw)


def from_json(text: str) -> Any:
    """The value of JSON text. Raises ValueError, for values nested too deeply as well; json's own has ``lineno``."""
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ValueError("a value is nested too deeply") from None


def typed(data: bytes | str, shape: type[T]) -> T:
    """JSON text as a record. Raises ValueError for whatever is none, values nested too deeply and bad UTF-8 as well."""
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("a value is nested too deeply") from None


def from_toml(text: str) -> dict[str, Any]:
    """The tables of TOML text. Raises ValueError, for values nested too deeply as well."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise ValueError("a value is nested too deeply") from None
