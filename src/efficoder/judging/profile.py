"""Where does a candidate spend its time? A line profile from the sandbox, for prompts that ask for faster code.

The profiler is trusted code run before the candidate (line tracing of the candidate's own frames), so it slows what
it looks at, and a hostile candidate can forge what it reports: good enough for a hint, never for a measurement.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from efficoder import wire
from efficoder.judging.trial import one_by_one, run_pass
from efficoder.languages import python
from efficoder.sandbox import Limits, Program, Sandbox
from efficoder.types import HotLine, Script, Task

MOST_LINES = 5
LEAST_SHARE = 0.03
_MARK = "\n\x00hot lines\x00"
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


def hot_lines(sandbox: Sandbox, task: Task, code: str, inputs: Sequence[str], limits: Limits) -> tuple[HotLine, ...]:
    """The lines that take most of the time, dearest first: at most five, each with 3 % or more.

    Empty where there is no profile: Script tasks, and programs that fail or hit ``limits`` under tracing.
    """
    if isinstance(task.interface, Script):
        return ()
    program = _profiled(python.program(task, code))
    seconds: Counter[int] = Counter()
    calls = inputs if one_by_one(program) else [call for text in inputs for call in wire.calls(text)]
    for output in run_pass(sandbox, program, calls, limits).outputs:
        seconds.update(_read(output))
    text = code.splitlines()
    total = sum(seconds.values()) or 1.0
    return tuple(
        HotLine(text[line - 1], spent / total)
        for line, spent in seconds.most_common(MOST_LINES)
        if 1 <= line <= len(text) and spent / total >= LEAST_SHARE
    )


def _profiled(program: Program) -> Program:
    """The same program, its answers replaced by (or, on standard output, followed by) its line profile."""
    if program.kind == "stdio":
        return msgspec.structs.replace(program, header=program.header + _PROFILER + _PROGRAM.format(mark=_MARK))
    call = _CALLS.format(entry_point=program.entry_point)
    return msgspec.structs.replace(
        program, header=program.header + _PROFILER + call, entry_point="_profiled", returns_codec="plain"
    )


def _read(output: bytes) -> dict[int, float]:
    """Untrusted: anything but a list of (line, seconds) is no profile."""
    text = output.decode("utf-8", "replace")
    try:
        rows = msgspec.convert(wire.decode(text.rpartition(_MARK)[2]), list[tuple[int, float]])
    except (ValueError, msgspec.ValidationError):
        return {}
    return {line: seconds for line, seconds in rows if seconds > 0}
