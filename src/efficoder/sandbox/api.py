"""What goes into a sandbox and what comes out. No code runs here."""

import hashlib
import math
from typing import Literal, Self

import msgspec

Tier = Literal["A", "B", "unsafe"]
WALL_FACTOR, WALL_SLACK_S = 4.0, 2.0
"""Wall time a child gets: on a busy machine it waits, in proportion to its work; and a limit of a few milliseconds must
outlast one stall of the machine. Wall time stops sleepers; how fast a program is, CPU time says."""


def wall_of(cpu_s: float) -> float:
    return WALL_FACTOR * cpu_s + WALL_SLACK_S


class Limits(msgspec.Struct, frozen=True):
    """What one child may use.

    ``cpu_s`` counts from the moment candidate code starts; ``wall_s`` is the backstop for sleepers.
    ``memory_bytes`` bounds resident memory, interpreter included; address space may be 512 MiB more, so that
    thread stacks of 256 MB fit.
    ``output_bytes`` bounds the results, and separately what is written on standard output.
    ``answer_s``, where it is less than ``cpu_s``, bounds the CPU time from one result of a function to the next; an
    eighth more is possible.
    """

    cpu_s: float = 10.0
    wall_s: float = WALL_FACTOR * 10.0 + WALL_SLACK_S
    memory_bytes: int = 1 << 30
    output_bytes: int = 32 << 20
    answer_s: float = math.inf

    @property
    def answer_wall_s(self) -> float:
        return min(self.wall_s, wall_of(self.answer_s))

    @property
    def address_bytes(self) -> int:
        return self.memory_bytes + (512 << 20)

    def within(self, cpu_s: float) -> Self:
        """The same with ``cpu_s`` of CPU time, and the wall time that goes with it."""
        return msgspec.structs.replace(self, cpu_s=cpu_s, wall_s=wall_of(cpu_s))


class Runtime(msgspec.Struct, frozen=True):
    """What runs a program that is no executable: the child becomes it, and it reads the program from descriptor 4.
    Or what an executable brings with it, which then needs what a runtime needs.
    All of it is trusted. With further arguments (loops, keep outputs, output bytes) it serves calls."""

    command: str = ""
    """As found in PATH; empty where each program is an executable that holds it."""
    package: str = ""
    """The command that installs it."""
    arguments: tuple[str, ...] = ()
    """``{mib}`` is the limit of memory in MiB, ``{kit}`` the directory of the program's kit."""
    environment: tuple[tuple[str, str], ...] = ()
    """Names and values; ``{home}`` is the directory above the one that holds its file, if it has one."""
    own_bytes: int = 0
    """Writable memory that it reserves beyond a program's: stacks of its threads, compiled code."""
    reads: tuple[str, ...] = ()
    """Patterns of directories that it reads, beside its own and the system's libraries."""
    no_memory: tuple[str, ...] = ()
    """What it says on standard error where memory is at an end."""


class Kit(msgspec.Struct, frozen=True):
    """Trusted files that are made once on a machine, for all programs: a compiled header, or classes of a driver."""

    files: tuple[tuple[str, str], ...]
    """Path and text."""
    command: tuple[str, ...]
    """A call as in ``Native.commands``, in the directory of the files."""
    needed: bool = False
    """Whether programs do not run without it. Otherwise it only saves time."""


class Native(msgspec.Struct, frozen=True):
    """How the text of a program in a compiled language becomes one file: a static executable, or what a runtime reads.
    All of it is trusted."""

    title: str
    """The language, in prose."""
    compiler: str
    """Its command, as found in PATH."""
    package: str
    """The command that installs it."""
    source: str
    """Name of the file that is compiled."""
    commands: tuple[tuple[str, ...], ...]
    """Call by call a program, relative to the folder that the compiler is installed in, and its arguments; the last
    one makes the file ``program``. ``{kit}`` is the kit's directory, ``{home}`` that folder."""
    version: tuple[str, ...] = ("--version",)
    """Arguments with which it says its version."""
    home: tuple[str, ...] = ()
    """Arguments with which it names the folder that it is installed in; without any, it is the one it lies in."""
    files: tuple[tuple[str, str], ...] = ()
    """Name and text of files that are compiled with the candidate's."""
    kit: Kit | None = None
    runtime: Runtime | None = None
    """None for an executable that needs nothing beyond C++'s."""
    above: str = ""
    """Text above the candidate's."""
    below: str = ""
    """Text below it."""
    empty: str = ""
    """In place of both the candidate's text and ``below``, the empty program."""
    out_of_memory: tuple[str, ...] = ()
    """What an executable says on standard error when there is no memory left."""
    alone: "Native | None" = None
    """How a whole program is compiled, where this is for a part of one."""


class Program(msgspec.Struct, frozen=True):
    """What runs in one child.

    kind ``function``: inputs are wire texts (wire.py) of argument lists, one call each.
    kind ``stdio``: exactly one input, the raw text on fd 0; the answer is what was written on fd 1, and finished
    means exit status 0, ``sys.exit(0)`` and ``os._exit(0)`` included.
    kind ``script``: inputs are test codes, executed in order in the candidate's namespace after the candidate.
    kind ``compile``: what makes a ``native`` program; the one output is the executable. The sandbox asks for it itself.
    With neither code nor entry point nor ``run`` it is the empty program: the same loading and exit, no call.
    """

    kind: Literal["function", "stdio", "script", "compile"]
    code: str
    entry_point: str = ""
    """``f``, or ``Solution().f`` for a fresh Solution a call."""
    header: str = ""
    """Trusted code, run before the candidate in its namespace, not charged to it."""
    codecs: tuple[str, ...] = ()
    """Per argument: plain, ListNode or TreeNode; missing means plain."""
    returns_codec: str = "plain"
    files: tuple[tuple[str, str, int], ...] = ()
    """stdio: Python files it can import. Path, text, and the line of the candidate's code it begins at; 0: trusted."""
    run: tuple[str, ...] = ()
    """stdio: a module of ``files`` and its arguments, run in the place of ``code`` as ``python -m`` does."""
    build: tuple[str, ...] = ()
    """The same, run first in a child of its own, without the input; what it prints is the file ``built``."""
    built: str = ""
    native: Native | None = None
    """function and stdio: how it is compiled; None for Python."""

    @property
    def identity(self) -> str:
        """The same for the same code, whatever header it is run with."""
        return hashlib.sha256(repr((self.code, self.files, self.run)).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def empty(self) -> bool:
        return not self.code and not self.entry_point and not self.run

    @property
    def text(self) -> str:
        """What is compiled."""
        assert self.native is not None
        rest = self.native.empty if self.empty else self.code + self.native.below
        return self.native.above + rest


class Outcome(msgspec.Struct, frozen=True):
    """What one guarded child did. Everything in ``outputs`` and ``detail`` is untrusted.

    finished: all inputs ran. error: it raised, ended early, or crashed. timeout: a limit of time was hit.
    memory: MemoryError, or more resident than allowed. killed: the output limit, or its results were enough.
    refused: a result that is no plain data or too large, or an operation the sandbox forbids ended it.
    compile_error: nothing ran, since the compiler makes no program of it.
    """

    ended: Literal["finished", "error", "timeout", "memory", "killed", "refused", "compile_error"]
    outputs: tuple[bytes, ...]
    """function: wire text a finished call, or with ``keep_outputs=False`` one digest per loop (``digest``);
    stdio: (stdout,); script: b"" a finished test code."""
    detail: str
    cpu_s: float
    """User + system time of the whole child (wait4) from the moment before its code first ran."""
    wall_s: float
    peak_bytes: int
    """Peak resident memory of the forked child, interpreter included."""
    byte_seconds: float | None = None
    """Resident memory integrated over CPU time, interpreter included; only when sampled."""
    wall_byte_seconds: float | None = None
    prepare_s: float = 0.0
    """CPU time before that moment: reading inputs, and compiling its text. At most 10 s."""


class TierReport(msgspec.Struct, frozen=True):
    """What this machine offers: the tier used by default, and for each tier not offered the reason."""

    best: Tier | None
    reasons: dict[str, str]
    landlock_abi: int
    """0 where the kernel has no Landlock; tier B then cannot hide readable files."""
