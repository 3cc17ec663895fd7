"""A child that becomes a compiled program, or the runtime of one, which reads it. The program's file has no name and
no folder: it is a descriptor.

The mark is set before the exec, because all that runs after it may be the candidate's.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Sequence
from struct import pack

from efficoder.sandbox.inside.driver import OUR_FAULT, PROGRAM_FD, RESULT_FD, RunRequest

_AT_EMPTY_PATH = 0x1000
_MOST_DESCRIPTORS = 64  # what guards.harden_zygote allows
_ENVIRONMENT = ["LC_ALL=C.UTF-8"]


def run_text(request: RunRequest) -> int:
    """The text on standard input, the answer on standard output; what it says on standard error is its report."""
    return _become(request, [], [(request.inputs, 0), (request.stdout, 1), (request.result, 2)])


def run_calls(request: RunRequest) -> int:
    """Calls on standard input (payloads.py), frames of answers on RESULT_FD. What it says on standard error is kept in
    the place of standard output, which goes nowhere."""
    settings = request.loops, int(request.keep_outputs), request.output_bytes
    descriptors = [(request.inputs, 0), (request.result, RESULT_FD), (request.stdout, 2)]
    return _become(request, [str(each) for each in settings], descriptors)


def _become(request: RunRequest, settings: Sequence[str], descriptors: list[tuple[int, int]]) -> int:
    """Returns only where the exec fails."""
    file, arguments, environment = request.program, ["solution"], _ENVIRONMENT
    if request.runtime is not None:
        file, arguments, environment = request.runtime
        if file != request.program:
            descriptors.append((request.program, PROGRAM_FD))
    for number in range(RESULT_FD, _MOST_DESCRIPTORS):
        with contextlib.suppress(OSError):
            os.set_inheritable(number, False)
    os.lseek(request.inputs, 0, os.SEEK_SET)
    for here, there in descriptors:
        os.dup2(here, there)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python ignores it, and an exec keeps that
    words = _strings([*arguments, *settings]), _strings(environment)
    os.write(request.mark, pack("qq", time.thread_time_ns(), time.monotonic_ns()))
    try:
        request.kernel.call("execveat", file, b"", *words, _AT_EMPTY_PATH)
    finally:
        os.write(request.mark, pack("qq", 0, 0))  # taken back
    return OUR_FAULT


def _strings(texts: Sequence[str]) -> "ctypes.Array[ctypes.c_char_p]":
    return (ctypes.c_char_p * (len(texts) + 1))(*map(os.fsencode, texts), None)
