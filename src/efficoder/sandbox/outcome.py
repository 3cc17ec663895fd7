"""From what the kernel and the child said to an Outcome. The child's words are parsed as data, defensively."""

import hashlib
import os
import re
import signal
from collections.abc import Iterable, Sequence
from struct import pack, unpack_from
from typing import Literal, NamedTuple

import msgspec

from efficoder.console import printable
from efficoder.sandbox.api import Limits, Outcome, Program
from efficoder.sandbox.inside.compiler import CPU_S, TIMED_OUT
from efficoder.sandbox.inside.driver import OUR_FAULT
from efficoder.sandbox.inside.zygote import REPORT_BYTES
from efficoder.sandbox.sampler import Clocks, Sampler

FRAME_BYTES = 5
"""Of a frame beside its payload."""
_DETAIL_BYTES = 2048
_MESSAGE_BYTES = 1 << 20
_FAULT = re.compile(r"^(?!collect2).*(?:error(?:\[\w+\])?:|undefined reference|multiple definition)")
_PLACE = re.compile(r"[\w./]+:\d+:\d+: ")

_THROWN = re.compile(
    r'^(?:Exception in thread "[^"\n]*" )?((?:[A-Za-z_][\w.$]*)?(?:Error|Exception)\b.*|(?:panic|fatal error): .*)$',
    re.MULTILINE,
)


class Ended(NamedTuple):
    """The zygote's account of a child, from wait4 and the mark: the part a candidate has no say in."""

    stopped: bytes
    """c: CPU limit, w: wall limit, a and s: the same from one result to the next, k: given up by the parent, -: not
    stopped."""
    status: int
    marked_ns: int
    marked_cpu_ns: int
    end_ns: int
    cpu_ns: int
    peak_bytes: int
    marked: bool

    @property
    def ours(self) -> bool:
        """It failed before any candidate code ran, and not by a limit."""
        if self.marked or self.stopped != b"-":
            return False
        killed = os.WIFSIGNALED(self.status) and os.WTERMSIG(self.status) == signal.SIGKILL
        return killed or os.waitstatus_to_exitcode(self.status) == OUR_FAULT


class ChildReport(NamedTuple):
    """The frames of a result file."""

    results: tuple[bytes, ...]
    failure: bytes
    """Payload of the first X frame: one letter and a text; empty when there was none."""
    complete: bool
    """An E frame, and nothing after it."""


def parse(data: bytes, most: int) -> ChildReport:
    """Frames up to the first malformed one, or to one result more than ``most``."""
    results: list[bytes] = []
    failure, place = b"", 0
    while place + FRAME_BYTES <= len(data) and len(results) <= most:
        letter, size = unpack_from("<cI", data, place)
        payload = data[place + FRAME_BYTES : place + FRAME_BYTES + size]
        if len(payload) < size:
            break
        place += FRAME_BYTES + size
        if letter == b"R":
            results.append(payload)
        elif letter == b"X":
            failure = failure or payload
        else:
            return ChildReport(tuple(results), failure, letter == b"E" and place == len(data))
    return ChildReport(tuple(results), failure, False)


class ChildJob(NamedTuple):
    """Everything one run was asked."""

    program: Program
    inputs: Sequence[str]
    limits: Limits
    loops: int
    sample_memory: bool
    keep_outputs: bool

    @property
    def frames(self) -> int:
        """How many result frames a child has written that did everything."""
        if self.program.kind == "stdio" or self.program.empty:
            return 0
        return self.loops * len(self.inputs) if self.keep_outputs else self.loops


def digest(outputs: Iterable[bytes]) -> bytes:
    """What a run with ``keep_outputs=False`` sends for a loop that gave ``outputs`` (SHA-256 over sizes and texts)."""
    total = hashlib.sha256()
    for output in outputs:
        total.update(pack("Q", len(output)))
        total.update(output)
    return total.digest()


def outcome(job: ChildJob, ended: Ended, result: bytes, stdout: bytes, sampler: Sampler | None) -> Outcome:
    if job.program.kind == "compile":
        return _compiled(ended, result, stdout)
    if sampler is not None and job.program.native is not None:
        ended = ended._replace(peak_bytes=sampler.own_peak(ended.peak_bytes))
    report = parse(result, job.frames)
    limit = job.limits.output_bytes
    flooded = len(stdout) > limit or len(result) >= limit + REPORT_BYTES
    said = result if job.program.kind == "stdio" else stdout
    how, detail = _how(job, ended, report, said, flooded)
    outputs = report.results if len(report.results) <= job.frames else ()
    begin, end = Clocks(ended.marked_ns, ended.marked_cpu_ns), Clocks(ended.end_ns, ended.cpu_ns)
    areas = sampler.areas(begin, end, ended.peak_bytes) if sampler else (None, None)
    return Outcome(
        ended=how,
        outputs=(stdout[:limit],) if job.program.kind == "stdio" else outputs,
        detail=detail,
        cpu_s=max(0, end.cpu_ns - begin.cpu_ns) / 1e9,
        wall_s=(end.wall_ns - begin.wall_ns) / 1e9,
        peak_bytes=ended.peak_bytes,
        byte_seconds=areas[0],
        wall_byte_seconds=areas[1],
        prepare_s=begin.cpu_ns / 1e9,
    )


def _compiled(ended: Ended, made: bytes, messages: bytes) -> Outcome:
    code = os.waitstatus_to_exitcode(ended.status)
    if code == 0 and ended.stopped == b"-" and needs_loader(made):
        code, messages = 1, b"error: the program needs a library to start, which no program has here"
    done = Outcome(
        "finished", (made,), "", ended.cpu_ns / 1e9, (ended.end_ns - ended.marked_ns) / 1e9, ended.peak_bytes
    )
    if code == 0 and ended.stopped == b"-":
        return done
    reason = _reason(messages[:_MESSAGE_BYTES].decode("utf-8", "replace"))
    if code == TIMED_OUT or ended.stopped != b"-":
        reason = f"the compiler takes over {CPU_S:g} s of CPU time"
    return msgspec.structs.replace(done, ended="compile_error", outputs=(), detail=printable(reason))


def needs_loader(made: bytes) -> bool:
    """Whether an ELF file names a program that loads it (a header of the type PT_INTERP): nothing would start it."""
    if len(made) < 64 or made[:5] != b"\x7fELF\x02":
        return False
    (place,), (size, count) = unpack_from("<Q", made, 32), unpack_from("<HH", made, 54)
    starts = (place + size * each for each in range(count))
    return any(start + 4 <= len(made) and unpack_from("<I", made, start)[0] == 3 for start in starts)


def _reason(messages: str) -> str:
    """The first error that a compiler names, or the last thing it says."""
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    named = [*filter(_FAULT.search, lines), *filter(_PLACE.match, lines)]
    # The last line is ours: which command ended, and how.
    return [*named, *lines[-2:-1], *lines[-1:], "the compiler says nothing"][0][:_DETAIL_BYTES]


How = Literal["finished", "error", "timeout", "memory", "killed", "refused"]


def _how(job: ChildJob, ended: Ended, report: ChildReport, said: bytes, flooded: bool) -> tuple[How, str]:
    """``said``: what a compiled program wrote on standard error."""
    limits = job.limits
    code = os.waitstatus_to_exitcode(ended.status)
    words = printable(report.failure[1:_DETAIL_BYTES].decode("utf-8", "replace"))
    if flooded and job.program.native is not None:  # it need not end by that: a signal is nothing to a first process
        return "killed", f"over {limits.output_bytes} bytes of output"
    if ended.stopped == b"c":
        return "timeout", f"over {limits.cpu_s:g} s of CPU time"
    if ended.stopped == b"w":
        return "timeout", f"over {limits.wall_s:g} s of wall time"
    if ended.stopped == b"a":
        return "timeout", f"over {limits.answer_s:g} s of CPU time for one input"
    if ended.stopped == b"s":
        return "timeout", f"over {limits.answer_wall_s:g} s of wall time for one input"
    if ended.stopped == b"k":
        return "killed", "it was stopped before its end"
    if code == -signal.SIGXFSZ or flooded:
        return "killed", f"over {limits.output_bytes} bytes of output"
    if ended.peak_bytes > limits.memory_bytes:
        return "memory", f"over {limits.memory_bytes} bytes of memory"
    if code == -signal.SIGKILL:
        return "memory", "killed by the kernel, most likely for memory"
    if code == -signal.SIGSYS:
        return "refused", "ended by a forbidden system call"
    runtime = job.program.native.runtime if job.program.native is not None else None
    if runtime is not None and code != 0 and any(word.encode() in said for word in runtime.no_memory):
        return "memory", "the runtime has no more memory"
    if code < 0:
        return _crash(job, f"crashed by {signal.Signals(-code).name}", said)
    if report.failure and (code != 0 or job.program.kind != "stdio"):
        return _FAILURES.get(report.failure[:1], "error"), words
    if runtime is not None and code != 0 and (thrown := _thrown(said)):
        return "error", thrown
    if job.program.kind == "stdio":
        return _crash(job, f"exit status {code}", said) if code else ("finished", "")
    if len(report.results) > job.frames:
        return "refused", "more results than inputs"
    if code == 0 and report.complete and len(report.results) == job.frames:
        return "finished", ""
    early = f"ended early with exit status {code}, after {len(report.results)} of {job.frames} results"
    return _crash(job, early, said)


def _thrown(said: bytes) -> str:
    """What a runtime says of an exception that nothing caught; empty where it says none."""
    found = _THROWN.search(said[:_MESSAGE_BYTES].decode("utf-8", "replace"))
    return printable(found[1][:_DETAIL_BYTES]) if found else ""


def _crash(job: ChildJob, how: str, said: bytes) -> tuple[How, str]:
    """A compiled program says on standard error what it threw."""
    native = job.program.native
    if native is None:
        return "error", how
    text = said[-_DETAIL_BYTES:].decode("utf-8", "replace")
    words = f"{how}: {' '.join(text.split())}" if text.strip() else how
    return ("memory" if any(each in text for each in native.out_of_memory) else "error"), printable(words)


_FAILURES: dict[bytes, How] = {b"m": "memory", b"r": "refused"}
