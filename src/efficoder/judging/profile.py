"""Where does a candidate spend its time? A line profile from the sandbox, for prompts that ask for faster code.

The profiler is trusted code run before the candidate (line tracing of the candidate's own frames), so it slows what
it looks at, and a hostile candidate can forge its report. That is good enough for a hint, never for a measurement.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from efficoder import wire
from efficoder.judging.trial import one_by_one, run_pass
from efficoder.languages import language
from efficoder.languages.protocol import PROFILE_MARK
from efficoder.sandbox import Limits, Sandbox
from efficoder.types import HotLine, Script, Task

MOST_LINES = 5
LEAST_SHARE = 0.03


def hot_lines(sandbox: Sandbox, task: Task, code: str, inputs: Sequence[str], limits: Limits) -> tuple[HotLine, ...]:
    """The lines that take most of the time, slowest first: at most five, each with 3 % or more.

    Empty where there is no profile: Script tasks, languages without a profiler, and programs that fail or hit
    ``limits`` under it.
    """
    used = language(task.language)
    program = None if isinstance(task.interface, Script) else used.profiled(used.program(task, code))
    if program is None:
        return ()
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


def _read(output: bytes) -> dict[int, float]:
    """Seconds by line. The output is untrusted: anything but a list of (line, seconds) gives no profile."""
    text = output.decode("utf-8", "replace")
    try:
        rows = msgspec.convert(wire.decode(text.rpartition(PROFILE_MARK)[2]), list[tuple[int, float]])
    except (ValueError, msgspec.ValidationError):
        return {}
    return {line: seconds for line, seconds in rows if seconds > 0}
