"""What runs in a guarded child: load the inputs, set the mark, run the candidate, encode what it returns.

It never judges and knows no expected value. All it writes is data to the parent: frames of one letter, a length
and a payload. R is a finished call, X how it ended otherwise, E the end. A candidate may forge them; the parent
treats them as what the candidate said, nothing more.
"""

import builtins
import hashlib
import json
import marshal
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from struct import pack
from types import CodeType, ModuleType, TracebackType
from typing import Any, NamedTuple

from efficoder import wire
from efficoder.sandbox.inside import python_file
from efficoder.sandbox.inside.files import Files
from efficoder.sandbox.inside.nodes import CLASSES, build, flatten
from efficoder.sandbox.inside.pairs import PLACES

RESULT_FD = 3
PROGRAM_FD = 4
"""Where a runtime finds the program."""
OUR_FAULT = 70
"""Exit status before the mark when the candidate has nothing to do with it."""
_SOURCE = "<candidate>"
_DETAIL_CHARS = 2000


class RunRequest(NamedTuple):
    """What the zygote hands to a child. File descriptors, then settings."""

    program: int
    inputs: int
    result: int
    stdout: int
    mark: int
    loops: int
    keep_outputs: bool
    output_bytes: int
    kernel: Any
    """guards.Kernel"""
    runtime: tuple[int, list[str], list[str]] | None = None
    """What the child becomes, in the program's place or the program itself: a descriptor, arguments and environment."""


class _Refused(Exception):
    """The result cannot leave the sandbox."""


class Space:
    """A namespace to run one loop in, as the module its name says it is."""

    def __init__(self, name: str, header: CodeType | None, nodes: set[str]) -> None:
        self.module = ModuleType(name)
        self.names = self.module.__dict__
        self.names["__builtins__"] = builtins
        for node in nodes:
            self.names[node] = CLASSES[node]
        self.activate()
        if header is not None:
            exec(header, self.names)

    def activate(self) -> None:
        sys.modules[self.module.__name__] = self.module


def run_child(request: RunRequest) -> int:
    """Do what ``request`` says; returns the exit status. Called once in a process that then ends."""
    program = json.loads(read_all(request.program))
    status = 1
    try:
        if program["kind"] == "stdio":
            return _run_stdio(program, request)
        _run_calls(program, request)
        status = 0
    except BaseException as error:
        _report(error)
    return status


def read_all(fd: int) -> bytes:
    return os.pread(fd, os.fstat(fd).st_size, 0)


def _run_stdio(program: dict[str, Any], request: RunRequest) -> int:
    os.lseek(request.inputs, 0, os.SEEK_SET)
    for here, there in ((request.inputs, 0), (request.stdout, 1), (request.result, RESULT_FD)):
        os.dup2(here, there)
    texts = [program["code"], *(text for _, text, _ in program["files"])]
    space = Space("__main__", _compile(program["header"], "<header>"), set())
    python_file.surround(space.names, texts)
    try:
        files = Files(program["files"], _SOURCE)
        run = program["run"]
        code = files.install(run, space.names) if run else _compile(program["code"], _SOURCE)
    except BaseException:
        _mark(request.mark)
        raise
    _mark(request.mark)
    status = 0
    try:
        if space.names["__package__"]:
            __import__(space.names["__package__"])  # runs first, as for python -m
        if code is not None:
            exec(code, space.names)
    except SystemExit as error:
        status = _exit_status(error)
    except BaseException as error:
        _report(error)
        status = 1
    collect = any("__del__" in text for text in texts)
    try:
        python_file.end([space.names, *files.namespaces], collect=collect)
    except python_file.NotFlushed as error:
        _report(error.__cause__ or error)
        return python_file.NOT_FLUSHED
    return status


def _exit_status(error: SystemExit) -> int:
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    _report(error)
    return 1


def _run_calls(program: dict[str, Any], request: RunRequest) -> None:
    os.dup2(request.result, RESULT_FD)
    nodes = {codec for codec in (*program["codecs"], program["returns_codec"]) if codec != "plain"}
    header = _compile(program["header"], "<header>")
    spaces = [Space("solution", header, nodes) for _ in range(request.loops)]
    script = program["kind"] == "script"
    passes = [_tests(request, space) if script else _calls(program, request, space) for space in spaces]
    empty = not program["code"] and not program["entry_point"]
    try:
        code = _compile(program["code"], _SOURCE)
    except BaseException:
        _mark(request.mark)
        raise
    writer = _ResultWriter(request.keep_outputs, request.output_bytes)
    reseed = random.seed
    _mark(request.mark)
    for number, (space, calls) in enumerate(zip(spaces, passes, strict=True)):
        if number or header is not None:  # a fork begins with the zygote's seed, and its 2.5 kB state untouched
            reseed(0)
        space.activate()
        if code is not None:
            exec(code, space.names)
        if not empty:
            for payload in calls():
                writer.add(payload)
            writer.end_loop()
    writer.end()


Calls = Callable[[], Iterator[bytes]]


def _tests(request: RunRequest, space: Space) -> Calls:
    tests = [compile(text, f"<test {i}>", "exec") for i, text in enumerate(_parts(request.inputs))]

    def run() -> Iterator[bytes]:
        for test in tests:
            exec(test, space.names)
            yield b""

    return run


def _calls(program: dict[str, Any], request: RunRequest, space: Space) -> Calls:
    codecs, returns = program["codecs"], program["returns_codec"]
    batches = [_batch(data, codecs, space.names) for data in _parts(request.inputs)]
    classes = {name: space.names.get(name) for name in codecs}

    def one(arguments: list[Any], plain: list[Any] | None, again: bool) -> object:
        if again and plain is not None:
            arguments = build(plain, codecs, space.names)
        result = _function(program["entry_point"], space.names)(*arguments)
        return result if returns == "plain" else flatten(result, returns)

    def run() -> Iterator[bytes]:
        again = any(space.names.get(name) is not kind for name, kind in classes.items())
        batches.reverse()
        while batches:
            waiting, several = batches.pop()
            waiting.reverse()
            # Packed at once, as it would be alone: the next call may change what this one returned.
            results = [wire.pack(one(*waiting.pop(), again)) for _ in range(len(waiting))]
            yield wire.dump(results if several else results[0]).encode("ascii")

    return run


class _Call(NamedTuple):
    arguments: list[Any]
    plain: list[Any] | None
    """The same before nodes were built, kept only where there are nodes: the candidate may bring its own class."""


def _batch(data: bytes, codecs: list[str], names: dict[str, Any]) -> tuple[list[_Call], bool]:
    """The calls an input asks for, and whether it is an input of several."""
    loaded = marshal.loads(data)
    if isinstance(loaded, str):
        plain: Any = wire.decode(loaded)
        loaded = isinstance(plain, tuple), list(plain) if isinstance(plain, tuple) else [plain]
    several, lists = loaded
    calls = [_Call(build(each, codecs, names), each if codecs else None) for each in lists]
    return calls, several


def _parts(fd: int) -> Iterator[bytes]:
    """The inputs one after the other, so that only one is in memory as bytes too."""
    count = int.from_bytes(os.pread(fd, 8, 0), "little")
    sizes = os.pread(fd, 8 * count, 8)
    place = 8 + 8 * count
    for i in range(count):
        size = int.from_bytes(sizes[8 * i : 8 * i + 8], "little")
        yield os.pread(fd, size, place)
        place += size


def _function(entry_point: str, names: dict[str, Any]) -> Callable[..., object]:
    owner, dot, method = entry_point.partition("().")
    try:
        named = names[owner]
    except KeyError:
        raise NameError(f"name {owner!r} is not defined") from None
    found: Callable[..., object] = getattr(named(), method) if dot else named
    return found


def _compile(text: str, name: str) -> CodeType | None:
    return compile(text.removeprefix("\ufeff"), name, "exec", dont_inherit=True) if text else None


def _mark(fd: int) -> None:
    """Tell the zygote the CPU time so far, then close every way to say it again."""
    os.write(fd, pack("qq", time.thread_time_ns(), time.monotonic_ns()))
    os.closerange(RESULT_FD + 1, PLACES[0])


class _ResultWriter:
    """Frames of results: each kept, or one digest per loop."""

    def __init__(self, keep: bool, room: int) -> None:
        self._room = room
        # Made before candidate code can change hashlib, and only where needed: OpenSSL touches 50 pages of a fork.
        self._blank = None if keep else hashlib.sha256()
        self._digest = self._blank and self._blank.copy()

    def add(self, payload: bytes) -> None:
        if self._digest is not None:
            self._digest.update(pack("Q", len(payload)))
            self._digest.update(payload)
            return
        self._room -= len(payload) + 5
        if self._room < 0:
            raise _Refused("the results are larger than the output limit")
        _write(b"R", payload)

    def end_loop(self) -> None:
        if self._digest is not None and self._blank is not None:
            _write(b"R", self._digest.digest())
            self._digest = self._blank.copy()

    def end(self) -> None:
        _write(b"E", b"")


def _write(letter: bytes, payload: bytes) -> None:
    os.write(RESULT_FD, pack("<cI", letter, len(payload)) + payload)


def _report(error: BaseException) -> None:
    """Say how it ended: m memory, r refused, e error; then ``Type: message (line N)``."""
    try:
        # Room up to the hard limit, to be able to say that there is no room.
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    except (ValueError, OSError):
        pass
    letter = "e"
    if isinstance(error, MemoryError):
        letter = "m"
    elif isinstance(error, (wire.NotPlain, _Refused, PermissionError)):
        letter = "r"
    try:
        message = str(error)
    except BaseException as inner:  # a candidate's own __str__
        message = f"<{type(inner).__name__} in __str__>"
    text = type(error).__name__ + (f": {message}" if message else "")
    line = _line(error.__traceback__)
    text = text[: _DETAIL_CHARS - 30] + (f" (line {line})" if line else "")
    _write(b"X", letter.encode() + text.encode("utf-8", "backslashreplace"))


def _line(traceback: TracebackType | None) -> int | None:
    """The last line of the candidate's own code on the way to the error."""
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == _SOURCE:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line
