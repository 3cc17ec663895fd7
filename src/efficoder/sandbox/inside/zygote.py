"""The fork server (zygote): it restricts itself once, then forks one guarded child per request and watches it to its
end.

It is single-threaded, uses only the standard library, and talks to the parent over a SEQPACKET socket. It reads
nothing that a candidate wrote: the 16 bytes of the mark come from a pipe that is closed before candidate code runs.
It ends when its parent does. The idea of a pre-imported fork server is Android's zygote.
"""

import array
import contextlib
import fcntl
import gc
import importlib
import math
import os
import random
import select
import signal
import sys
import time
from _socket import socket  # the C class: enums of the Python one would cost each fork 0.3 MB
from pathlib import Path
from struct import Struct
from typing import Any, NamedTuple

from efficoder.sandbox.inside import compiler, driver, native, pairs
from efficoder.sandbox.inside import guards as walls
from efficoder.sandbox.inside.allowance import Allowance
from efficoder.sandbox.inside.guards import ChildGuards, GuardError, Kernel
from efficoder.sandbox.inside.seccomp import Use, allowlist

# cpu_s, wall_s, the same from one result to the next, address bytes, output bytes, loops, keep outputs, tell the pid,
# how its program runs (RUNS)
REQUEST = Struct("ddddQQI??c")
GIVE_UP = b"k"
"""What the parent says during a run to end the child."""
RUNS = {b"p": driver.run_child, b"n": native.run_text, b"f": native.run_calls, b"c": compiler.run_compiler}
"""Python code; a compiled program on a text, or on calls; a compiler."""
# how it was stopped, wait status, at the mark and at the end the monotonic clock and CPU time in ns, peak bytes, marked
REPLY = Struct("ciqqqqq?")
# Room in the result file beside the results: for how it ended.
REPORT_BYTES = 16384
_ANCILLARY_BYTES = 256  # four descriptors and their header
_LOOKS = 8
"""Looks for further results in the time from one to the next: what a child may take is known to an eighth."""
# Preparing (reading inputs, compiling) may take this much CPU time before it counts as a timeout.
_PREPARE_S = 10.0

_PRELOADED = """
abc array base64 bisect builtins calendar cmath collections collections.abc contextlib copy dataclasses datetime decimal
enum errno fractions functools hashlib heapq inspect io itertools json math numbers operator os os.path queue random re
statistics string struct sys textwrap threading time traceback types typing warnings weakref zlib
"""


class ZygoteSettings(NamedTuple):
    """What the parent decides. ``readable`` and ``hidden`` are directories (see enter_own_root); ``packages`` is one
    that children may also import from, empty for none."""

    tier: str
    socket: int
    parent: int
    core: int | None
    root: bool
    readable: list[str]
    hidden: list[str]
    packages: str
    executable: list[str]
    """Directories that hold a compiler, or the files of a runtime."""
    compiler: str
    """A compiler's own file."""
    compiles: bool
    """Whether a compiler runs instead of candidates."""
    scratch: str
    """In tier B, where the compiler writes."""
    runtime: str
    """A runtime's file (see api.Runtime), empty where each program holds its own or needs none."""
    arguments: list[str]
    """What the child is called and told, with or in the place of a runtime's file; empty for no runtime."""
    environment: list[str]
    own_bytes: int
    """What the runtime reserves of the memory it may write."""
    writable: bool
    """See ChildGuards."""


def main(settings: ZygoteSettings) -> None:
    """Never returns: ends with the process. Runs itself again to have a memory layout that is always the same."""
    if walls.fix_layout():
        os.execv(sys.executable, sys.orig_argv)
    low = fcntl.fcntl(settings.socket, fcntl.F_DUPFD_CLOEXEC, driver.PROGRAM_FD + 1)
    control = socket(fileno=low)
    os.close(settings.socket)  # children close what is below NOFILE; this number may be above
    for number in (driver.RESULT_FD, driver.PROGRAM_FD):
        os.dup2(0, number)  # taken, so that no descriptor sent to a child has this number
    try:
        parent = os.pidfd_open(settings.parent)
        if os.getppid() != settings.parent:
            os._exit(0)
        runtime = os.open(settings.runtime, os.O_PATH | os.O_CLOEXEC) if settings.runtime else None
        guards, kernel = _wall_in(settings, control)
        server = _Server(settings, control, parent, guards, kernel, runtime)
        server.try_guards()
    except (GuardError, OSError, ValueError) as error:
        control.send(b"F" + str(error).encode())
        os._exit(1)
    control.send(b"R" + str(walls.landlock_abi(kernel)).encode())
    os.dup2(0, 2)  # from here on nobody reads the log
    # Frozen objects are not touched by a child's collector, so their pages stay shared and no child pays for copying.
    gc.collect()
    gc.freeze()
    server.serve()


def _wall_in(settings: ZygoteSettings, control: socket) -> tuple[ChildGuards, Kernel]:
    kernel = Kernel()
    executions = None
    if settings.tier == "A" and walls.landlock_abi(kernel):
        executions = walls.one_execution(kernel, [] if settings.compiles else settings.executable)
    if settings.core is not None:
        os.sched_setaffinity(0, {settings.core})
    preload()
    walls.allow_deep_stacks()
    users, base_bytes = None, walls.address_space_bytes()
    landlock = bool(walls.landlock_abi(kernel))
    if settings.tier == "A":
        walls.leave_namespaces(kernel)
        control.send(b"M")
        if control.recv(16) != b"mapped":
            raise GuardError("the parent could not map the user ids")
        seen = settings.readable, settings.hidden, settings.packages, _tmp_bytes(settings), settings.compiler
        walls.enter_own_root(kernel, *seen)
        users = walls.Users(1, 1) if settings.root else None
    elif settings.root:
        os.setgroups([])
        users = _users_of_root(settings)
    if settings.scratch and users is not None:
        os.chown(settings.scratch, users.counted, users.counted)
    walls.harden_zygote(kernel, threads=_threads(settings.tier, users))
    if settings.tier == "B" and landlock:
        walls.restrict_files(
            kernel,
            walls.Files(settings.readable, settings.hidden, settings.packages, settings.executable, settings.scratch),
        )
    if settings.packages:
        sys.path.append(walls.PACKAGES if settings.tier == "A" else settings.packages)
    allowed, exec_allowed = _filters(settings, kernel.machine, read_only=settings.tier == "B" and not landlock)
    own_root = settings.tier == "A"
    guards = ChildGuards(
        kernel,
        base_bytes=base_bytes,
        users=users,
        own_root=own_root,
        allowed=allowed,
        native=exec_allowed,
        # In tier B nothing else is executed anyway.
        executions=executions,
        writable=settings.writable,
    )
    return guards, kernel


def _filters(settings: ZygoteSettings, machine: str, *, read_only: bool) -> tuple[bytes, bytes]:
    """For a child that stays what it is, and one that becomes another program."""
    if settings.tier == "unsafe":
        return b"", b""
    if read_only and settings.compiles:
        raise GuardError("nothing can be written, so nothing is compiled")
    stays: Use = "compiler" if settings.compiles else "python"
    becomes: Use = "runtime" if settings.arguments else "native"
    return allowlist(machine, read_only=read_only, use=stays), allowlist(machine, read_only=read_only, use=becomes)


def _tmp_bytes(settings: ZygoteSettings) -> int:
    return walls.COMPILER_TMP_BYTES if settings.compiles else walls.TMP_BYTES


def _threads(tier: str, users: walls.Users | None) -> int | None:
    """How many tasks the children's user may have. In a user namespace and as a user of their own they are alone;
    elsewhere those there now come on top, and room for others to come: a candidate must not fail because of its
    neighbours."""
    if tier == "unsafe":
        return None
    user = users.counted if users else os.getuid()
    alone = tier == "A" or (users is not None and user != walls.NOBODY)
    return 128 if alone else 1024 + walls.tasks_of(user)


def preload() -> None:
    """Import what candidates usually do, and make the interpreter look as it does when it runs a script."""
    for name in _PRELOADED.split():
        importlib.import_module(name)
    quitter = importlib.import_module("_sitebuiltins").Quitter
    names: Any = importlib.import_module("builtins")
    names.exit, names.quit = quitter("exit", "Ctrl-D (i.e. EOF)"), quitter("quit", "Ctrl-D (i.e. EOF)")
    importlib.import_module("_socket").socketpair = pairs.copied_pair  # type: ignore[attr-defined]
    random.seed(0)  # every child starts with the same random numbers, so that a run can be repeated
    sys.argv[:] = ["solution.py"]
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    for name in [name for name in sys.modules if name.partition(".")[0] == "efficoder"]:
        del sys.modules[name]


def _users_of_root(settings: ZygoteSettings) -> walls.Users:
    """Where root has no namespaces. Without any capability, and Landlock says what of root's is read."""
    own = walls.own_user()
    if not _readable_to_nobody(settings.executable):
        return walls.Users(0, 0)
    return walls.Users(own, own if _readable_to_nobody([os.__file__, settings.packages]) else 0)


def _readable_to_nobody(places: list[str]) -> bool:
    os.seteuid(walls.NOBODY)
    try:
        return all(os.access(place, os.R_OK, effective_ids=True) for place in places if place)
    finally:
        os.seteuid(0)


def _kill_orphans() -> None:
    """What a child without seccomp left running: orphans of ours, since we are their reaper."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while pids := children.read_text().split():
        for pid in map(int, pids):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _kill_group(group: int) -> None:
    """What a compiler left running; each is our child once its parent is dead, since we are their reaper."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


class _Server:
    def __init__(
        self,
        settings: ZygoteSettings,
        control: socket,
        parent: int,
        guards: ChildGuards,
        kernel: Kernel,
        runtime: int | None,
    ) -> None:
        self._tier = settings.tier
        self._settings = settings
        self._runtime = runtime
        self._compiles = settings.compiles
        self._tmp_bytes = _tmp_bytes(settings)
        self._control = control
        self._guards = guards
        self._kernel = kernel
        self._flags = walls.CLONE_NEWPID if settings.tier == "A" else 0
        self._cores = 1 if settings.core is not None else len(os.sched_getaffinity(0))
        self._mark_read, self._mark_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._poll.register(parent, select.POLLIN)
        self._parent = parent

    def try_guards(self) -> None:
        """Raises GuardError when a child cannot put its guards on; the log says why."""
        log = os.dup(2)
        pid, pidfd = self._kernel.fork(self._flags)
        if pid == 0:
            try:
                self._guards.put_on(1 << 30, 1 << 20)
                os._exit(0)
            except (GuardError, OSError, ValueError) as error:
                os.write(log, str(error).encode())
            finally:
                os._exit(1)
        os.close(log)
        os.close(pidfd)
        if os.waitpid(pid, 0)[1] != 0:
            raise GuardError("a child cannot be guarded")

    def serve(self) -> None:
        while True:
            for fd, _ in self._poll.poll():
                if fd == self._parent:
                    os._exit(0)
            message, ancillary, _, _ = self._control.recvmsg(REQUEST.size, _ANCILLARY_BYTES)
            if not message:
                os._exit(0)
            if message == GIVE_UP:  # the child had just ended
                continue
            fds = array.array("i")
            for _, _, data in ancillary:
                fds.frombytes(data)
            self._handle(message, list(fds))

    def _handle(self, message: bytes, fds: list[int]) -> None:
        cpu_s, wall_s, answer_s, answer_wall_s, *rest = REQUEST.unpack(message)
        address_bytes, output_bytes, loops, keep, tell_pid, how = rest
        pid, pidfd = self._kernel.fork(self._flags)
        if pid == 0:
            try:
                if self._compiles:
                    os.setpgid(0, 0)
                file_bytes, native = output_bytes + REPORT_BYTES, how in b"nf"
                self._guards.put_on(address_bytes, file_bytes, native=native, execs=native or self._compiles)
                program, inputs, result, stdout = fds
                request = driver.RunRequest(
                    program, inputs, result, stdout, self._mark_write, loops, keep, output_bytes, self._kernel
                )
                if self._settings.arguments:
                    file = program if self._runtime is None else self._runtime
                    request = request._replace(runtime=self._started(file, address_bytes))
                os._exit(RUNS[how](request))
            finally:  # whatever was raised, the child must not return into the server's loop
                os._exit(driver.OUR_FAULT)
        if tell_pid:
            self._control.send(b"P" + str(pid).encode())
        whole, each = Allowance(cpu_s, wall_s, b"cw"), Allowance(answer_s, answer_wall_s, b"as")
        reply = self._watch(pid, pidfd, whole, each, fds[2])
        for fd in (*fds, pidfd):
            os.close(fd)
        if self._compiles:
            _kill_group(pid)
        if self._tier == "unsafe":
            _kill_orphans()
        if self._tier == "A" and walls.tmp_was_used():
            walls.unmount_tmp(self._kernel)
            walls.mount_tmp(self._kernel, self._tmp_bytes)
        self._control.send(reply)

    def _started(self, file: int, room_bytes: int) -> tuple[int, list[str], list[str]]:
        """A runtime with room for so much memory that it may write."""
        kit = walls.PACKAGES if self._tier == "A" else self._settings.packages
        mib = str((room_bytes - self._settings.own_bytes) >> 20)
        words = [word.replace("{mib}", mib).replace("{kit}", kit) for word in self._settings.arguments]
        return file, words, self._settings.environment

    def _watch(self, pid: int, pidfd: int, whole: Allowance, each: Allowance, result: int) -> bytes:
        """Wait for the child, and kill it at a limit. The CPU clock is read, not RLIMIT_CPU set, because that
        makes the process clock tick-quantised (measured: 4 ms steps)."""
        clock = (~pid << 3) | 2  # the kernel's MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)
        now = time.monotonic()
        look_s = each.cpu_s / _LOOKS if each.cpu_s < whole.cpu_s else math.inf
        for allowance in (whole, each):
            allowance.restart(0.0, now)
        stopped, mark, used_s, prepared_s, size = b"-", None, 0.0, 0.0, 0
        self._poll.register(pidfd, select.POLLIN)
        while stopped == b"-":
            left_s = min(look_s, *(of.left_s(used_s, prepared_s, now, self._cores) for of in (whole, each)))
            ready = {fd for fd, _ in self._poll.poll(min(60_000, max(1, math.ceil(left_s * 1000))))}
            if pidfd in ready:
                break
            if self._parent in ready:
                os._exit(0)  # the child dies with this process
            if ready:  # the parent says nothing during a run unless it gives up
                self._control.recv(len(GIVE_UP))
                stopped = GIVE_UP
                break
            used_s, now = time.clock_gettime(clock), time.monotonic()
            mark = mark or self._read_mark()
            prepared_s = mark[0] / 1e9 if mark else _PREPARE_S
            if look_s < math.inf and os.fstat(result).st_size > size:
                size = os.fstat(result).st_size
                each.restart(used_s, now)
            stopped = whole.over(used_s, prepared_s, now) or each.over(used_s, prepared_s, now) or b"-"
        self._poll.unregister(pidfd)
        if stopped != b"-":
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        end_ns = time.monotonic_ns()
        mark = mark or self._read_mark()
        if mark and self._is_taken_back():
            mark = None
        cpu_ns = round((usage.ru_utime + usage.ru_stime) * 1e9)
        marked_cpu_ns, marked_ns = mark or (cpu_ns, end_ns)  # no mark: nothing was the candidate's
        times = (marked_ns, marked_cpu_ns, end_ns, cpu_ns)
        return REPLY.pack(stopped, status, *times, usage.ru_maxrss * 1024, mark is not None)

    def _read_mark(self) -> tuple[int, int] | None:
        try:
            cpu_ns, wall_ns = Struct("qq").unpack(os.read(self._mark_read, 16))
        except BlockingIOError:
            return None
        return cpu_ns, wall_ns

    def _is_taken_back(self) -> bool:
        """Whether a second mark says that the program did not begin after all."""
        return self._read_mark() is not None
