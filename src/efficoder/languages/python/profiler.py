"""A line profiler: trusted code that runs before a program and traces the frames of the program's own code."""

import msgspec

from efficoder.languages.protocol import PROFILE_MARK
from efficoder.sandbox import Program

_PROFILER = """
import sys as _sys, time as _time

class _HotLines:
    def __init__(self):
        self.spent, self.line, self.since = {}, 0, _time.perf_counter()

    def enter(self, frame, event, _):
        return self.step(frame, event, _) if frame.f_code.co_filename == "<candidate>" else None

    def step(self, frame, event, _):
        now = _time.perf_counter()
        self.spent[self.line] = self.spent.get(self.line, 0.0) + now - self.since
        if event == "return":
            frame = frame.f_back
        known = frame is not None and frame.f_code.co_filename == "<candidate>"
        self.line = frame.f_lineno if known else 0
        self.since = _time.perf_counter()
        return self.step

    def rows(self):
        _sys.settrace(None)
        return [[line, seconds] for line, seconds in self.spent.items() if line]

_hot_lines = _HotLines()
"""
_CALLS = """
def _profiled(*arguments):
    global _hot_lines
    _hot_lines = _HotLines()
    _sys.settrace(_hot_lines.enter)
    try:
        {entry_point}(*arguments)
    finally:
        rows = _hot_lines.rows()
    return rows
"""
_PROGRAM = """
import atexit as _atexit

def _report(write=_sys.stdout.write, lines=_hot_lines):
    write({mark!r} + repr(lines.rows()))

_atexit.register(_report)
_sys.settrace(_hot_lines.enter)
"""


def profiled(program: Program) -> Program:
    """The same program, its answers replaced by (or, on standard output, followed by) its line profile."""
    if program.kind == "stdio":
        report = _PROGRAM.format(mark=PROFILE_MARK)
        return msgspec.structs.replace(program, header=program.header + _PROFILER + report)
    call = _CALLS.format(entry_point=program.entry_point)
    return msgspec.structs.replace(
        program, header=program.header + _PROFILER + call, entry_point="_profiled", returns_codec="plain"
    )
