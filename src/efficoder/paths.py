"""Paths in a config: relative to the folder of its file, and on the command line to the present one. The cache's
folder, and how a file is written."""

import contextlib
import os
from pathlib import Path
from typing import Any

_FILES = {("run", "packages"), ("generate", "prices"), ("write_tests", "frozen")}
_SPECS = {("collect", "sources"), ("curate", "benchmarks")}
_MODELS = {("generate", "models"), ("write_tests", "tester")}
_WEIGHTS = ("local", "hf")


def cache_folder() -> Path:
    """``efficoder`` under the user's cache folder (XDG base directory specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "efficoder"


def write_whole(path: Path, content: bytes) -> None:
    """The file appears whole or not at all, and nothing else is left beside it. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def placed(stage: str, key: str, value: Any, folder: Path) -> Any:
    """The value of a config's key with its paths made absolute, from ``folder``."""
    if isinstance(value, list):
        return [placed(stage, key, each, folder) for each in value]
    if not isinstance(value, str) or not value:
        return value
    if (stage, key) in _FILES:
        return _absolute(value, folder)
    head, colon, rest = value.partition(":")
    if (stage, key) in _SPECS:
        return f"{head}:{_absolute(rest, folder)}" if colon and rest and "/" not in head else _absolute(value, folder)
    if (stage, key) in _MODELS and value.startswith("replay/"):
        return f"replay/{_absolute(value.removeprefix('replay/'), folder)}"
    return value


def found(stage: str, key: str, value: Any, folder: Path) -> Any:
    """The same for weights, whose name may be a path and is part of the samples' ids: only where ``folder`` has them
    and is not the present one."""
    if isinstance(value, list):
        return [found(stage, key, each, folder) for each in value]
    if not isinstance(value, str) or not value or folder == Path.cwd():
        return value
    if (stage, key) == ("train", "model"):
        return str(folder / value) if (folder / value).exists() else value
    provider, _, rest = value.partition("/")
    if (stage, key) in _MODELS and provider in _WEIGHTS and rest and (folder / rest).exists():
        return f"{provider}/{folder / rest}"
    return value


def named(stage: str, key: str, value: Any) -> Any:
    """The same without the folders of this machine, for those who read the config elsewhere: only the files' names."""
    if isinstance(value, list):
        return [named(stage, key, each) for each in value]
    if not isinstance(value, str):
        return value
    if (stage, key) in _FILES:
        return _name(value)
    head, colon, rest = value.partition(":")
    if (stage, key) in _SPECS:
        return f"{head}:{_name(rest)}" if colon and "/" not in head else _name(value)
    provider, _, rest = value.partition("/")
    if (stage, key) in _MODELS and provider in (*_WEIGHTS, "replay"):
        return f"{provider}/{_name(rest)}"
    return _name(value) if (stage, key) == ("train", "model") else value


def _name(text: str) -> str:
    """Of a path that says where it lies on this machine; anything else is a name already."""
    return Path(text).name if text.startswith(("/", "~", ".")) else text


def _absolute(text: str, folder: Path) -> str:
    return os.path.normpath(folder / Path(text).expanduser())
