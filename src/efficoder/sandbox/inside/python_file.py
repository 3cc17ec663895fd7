"""What ``python FILE`` gives a program around its code, and how the interpreter ends it. CPython 3.11 is the model
(Py_FinalizeEx), without tearing the interpreter down.

Standard library alone.
"""

import atexit
import builtins
import gc
import io
import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

NOT_FLUSHED = 120
"""Exit status of the interpreter where standard output cannot be written at the end."""
_STREAMS = {
    **dict.fromkeys(("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"), 0),
    **dict.fromkeys(("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"), 1),
    **dict.fromkeys(("/dev/stderr", "/dev/fd/2", "/proc/self/fd/2"), 2),
}
_CODE = (FunctionType, BuiltinFunctionType, ModuleType, type)


class NotFlushed(Exception):
    """A standard stream could not be written at the end; the cause is the error."""


def surround(names: dict[str, Any], texts: Iterable[str]) -> None:
    """The module names of a script, and the paths of the standard streams where there are none. ``texts``: the
    program's; only one that spells part of such a path gets another ``open``."""
    names["__file__"] = str(Path.cwd() / sys.argv[0])
    names["__cached__"] = None
    names["__annotations__"] = {}
    if any("dev" in text or "proc" in text for text in texts) and not Path("/dev/stdin").exists():
        builtins.open = io.open = _with_streams(io.open, io.open)
        os.open = _with_streams(os.open, lambda copy, *_, **__: copy)


def _with_streams(opens: Callable[..., Any], opens_number: Callable[..., Any]) -> Callable[..., Any]:
    def open(file: Any, *arguments: Any, **options: Any) -> Any:
        path = os.fspath(file) if isinstance(file, os.PathLike) else file
        number = _STREAMS.get(path) if isinstance(path, str) else None
        if number is None:
            return opens(file, *arguments, **options)
        copy = os.dup(number)
        if number == 0:
            os.lseek(copy, 0, os.SEEK_SET)  # a path is opened at its beginning
        return opens_number(copy, *arguments, **options)

    return open


def end(namespaces: Iterable[dict[str, Any]], *, collect: bool) -> None:
    """Join threads, exit handlers, flush, forget the names, flush again. Raises NotFlushed after all of it.

    ``collect``: also what only a collection frees; it takes time, and matters where the program has finalizers.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    failed = [_flush()]
    if collect:
        gc.collect()
    for names in namespaces:
        _forget(names)
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
    if collect:
        gc.collect()
    failed.append(_flush())
    for error in filter(None, failed):
        raise NotFlushed("a standard stream cannot be written") from error


def _flush() -> BaseException | None:
    """The first error; both streams are tried."""
    found: BaseException | None = None
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not getattr(stream, "closed", False):
                stream.flush()
        except BaseException as error:
            found = found or error
    return found


def _forget(names: dict[str, Any]) -> None:
    """Names lose their values: first objects with a finalizer, which may use the rest, then other data, then code."""

    def place(name: str) -> int:
        value = names[name]
        return 2 if isinstance(value, _CODE) else 0 if hasattr(type(value), "__del__") else 1

    for name in sorted((name for name in names if name != "__builtins__"), key=place):
        names[name] = None
