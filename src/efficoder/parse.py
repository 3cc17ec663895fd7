"""JSON and TOML that somebody else wrote: whatever is in it, what cannot be read is a ValueError. A byte order mark
before it, which some editors write, is none of it."""

import json
import tomllib
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


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
