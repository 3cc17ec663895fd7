"""The parent's side of a sandbox: starts the zygote, hands it programs, reads back what the child said.

Nothing a candidate wrote is unpickled, executed or used as a path here; results are bytes with a length in front.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from efficoder.errors import PrerequisiteError, SandboxFault
from efficoder.sandbox import profiles
from efficoder.sandbox.api import Limits, Outcome, Program, Runtime, Tier
from efficoder.sandbox.builds import Builds
from efficoder.sandbox.compiling import Compiled, Compiler, compiler_of
from efficoder.sandbox.inside.allowance import STARVED
from efficoder.sandbox.inside.guards import PACKAGES
from efficoder.sandbox.inside.zygote import REPLY, REQUEST
from efficoder.sandbox.outcome import ChildJob, Ended, outcome
from efficoder.sandbox.packages import packages_folder
from efficoder.sandbox.payloads import Payloads
from efficoder.sandbox.sampler import Sampler
from efficoder.sandbox.waiting import Lost, Watch, contents, look_at, receive

# Zygote's modules are found under their real names without running the packages' __init__, which need more than
# the standard library.
_BOOT = """
import json, sys, types
paths, settings = json.loads(sys.argv[1])
for name, path in paths.items():
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [path]
from efficoder.sandbox.inside import zygote
zygote.main(zygote.ZygoteSettings(**settings))
"""
_ENVIRONMENT = {
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    # Fixed, because glibc moves both thresholds by history and peaks with them (measured: 42 instead of 21 MB).
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "MALLOC_ARENA_MAX": "1",  # an arena a thread would reserve 64 MB of address space each
    "OMP_NUM_THREADS": "1",
}
_HOW = {"stdio": (b"n", "stdio"), "function": (b"f", "calls"), "compile": (b"c", "script")}
"""By kind, how a compiled program runs (zygote.RUNS) and the form of its inputs (payloads.py)."""
_START_S = 30.0
_GRACE_S = 40.0  # beyond wall_s, for preparing and for a machine that is busy elsewhere


class Sandbox:
    """One zygote process, and one guarded child of it at a time. A context manager; not thread-safe.

    ``tier`` None is the best this machine offers. ``core`` pins the zygote and its children to one core.
    ``unsafe`` lets code run even with neither seccomp nor Landlock. ``packages`` is a folder that code may import
    from. ``hash_seed`` decides in which order its sets of texts are gone through. ``compiler``: it compiles
    programs, and runs none. ``runtime``: its children become that, with the compiler's kit. Raises PrerequisiteError.
    """

    def __init__(
        self,
        *,
        tier: Tier | None = None,
        core: int | None = None,
        unsafe: bool = False,
        packages: str | None = None,
        hash_seed: int = 0,
        compiler: Compiler | None = None,
        runtime: Runtime | None = None,
    ) -> None:
        self._core = core
        self._hash_seed = hash_seed
        self._rehashed: Sandbox | None = None
        self._packages = packages_folder(packages) if packages else ""
        self._owner = os.getpid()
        self._scratch = ""
        self._payloads = Payloads()
        self._builds = Builds()
        if compiler is not None and tier == "B" and os.geteuid() == 0:
            compiler = compiler.for_others()
        self._compiler = compiler
        self._runtime = runtime
        self._others: dict[tuple[Compiler, Runtime | None], Sandbox] = {}
        self._compiled = Compiled()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self.zygote = ""
        self.landlock_abi = 0
        if tier == "unsafe" and not unsafe:
            raise PrerequisiteError("code is not run unguarded unless you say so: pass --unsafe")
        offered: list[Tier] = [tier] if tier else ["A", "B", "unsafe"] if unsafe else ["A", "B"]
        reasons = []
        for choice in offered:
            self.tier: Tier = choice
            try:
                self.restart()
                return
            except PrerequisiteError as error:
                reasons.append(str(error))
        raise PrerequisiteError("; ".join(reasons) + "; use Linux 5.13 or later with seccomp, or pass --unsafe")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def run(
        self,
        program: Program,
        inputs: Sequence[str],
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        *,
        loops: int = 1,
        sample_memory: bool = False,
        keep_outputs: bool = True,
        watch: Watch | None = None,
    ) -> Outcome:
        """Run ``program`` on ``inputs`` in a fresh child.

        ``loops`` repeats the whole pass (function and script), each time in a new namespace with inputs decoded
        beforehand. ``keep_outputs=False`` encodes results in the child but sends one digest per loop. ``watch`` sees
        the results of a function while it runs, but the last one, which counts once the child has ended well.
        Raises SandboxFault when the fault is ours, after one restart and one retry.
        """
        if program.kind == "stdio" and (len(inputs) != 1 or loops != 1):
            raise ValueError("a stdio program takes one input and one loop")
        if program.build:
            built = self._builds.get(program, lambda step, most: self.run(step, [""], most))
            if isinstance(built, Outcome):
                return built
            program = built
        made: int | None = None
        if program.native is not None and program.kind != "compile":
            compiled = self._compiled.get(program, self._compile)
            if isinstance(compiled, Outcome):
                return compiled
            made = compiled
        job = ChildJob(program, inputs, limits, loops, sample_memory, keep_outputs)
        watch = watch if program.kind == "function" else None
        if program.native is not None and program.native.runtime is not None and program.kind != "compile":
            return self._other(compiler_of(program.native), program.native.runtime)._run(job, made, watch)
        return self._run(job, made, watch)

    def _run(self, job: ChildJob, made: int | None, watch: Watch | None) -> Outcome:
        """``made``: what was compiled, a descriptor."""
        reason = ""
        for _ in range(2):
            try:
                if self._control is None:
                    self.restart()
                return self._run_once(job, made, watch)
            except (Lost, PrerequisiteError) as lost:
                reason = str(lost)
                self._stop()
            except BaseException:
                self._stop()  # the zygote may still be busy with what we no longer wait for
                raise
        raise SandboxFault(f"the sandbox failed twice on one program: {reason}; `efficoder doctor` tests it")

    def restart(self) -> None:
        """A new zygote: another process with another memory layout history."""
        self._stop()
        for other in self._others.values():
            other._stop()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with contextlib.ExitStack() as closing:
            closing.enter_context(theirs)
            log = _scratch(closing, "log")
            self._process = self._spawn(theirs, log)
            theirs.close()
            try:
                self._greet(self._control)
            except Lost as lost:
                self._stop()
                log_lines = contents(log).decode("utf-8", "replace").strip().splitlines()
                reason = "; ".join([str(lost), *log_lines[-1:]])
                raise PrerequisiteError(f"sandbox tier {self.tier} does not work here ({reason})") from lost
            except BaseException:
                self._stop()
                raise
        self.zygote = uuid.uuid4().hex[:12]

    @property
    def rehashed(self) -> "Sandbox":
        """Another like this one, with another hash seed. It starts when it is first asked for."""
        if self._rehashed is None:
            self._rehashed = Sandbox(
                tier=self.tier,
                core=self._core,
                unsafe=self.tier == "unsafe",
                packages=self._packages or None,
                hash_seed=self._hash_seed + 1,
            )
        return self._rehashed

    def _compile(self, program: Program, limits: Limits) -> Outcome:
        """In a sandbox of its own, where a compiler can be seen."""
        assert program.native is not None
        return self._other(compiler_of(program.native), None).run(program, [], limits)

    def _other(self, compiler: Compiler, runtime: Runtime | None) -> "Sandbox":
        """One that compiles, or whose children become ``runtime``; it starts when it is first asked for."""
        key = compiler, runtime
        if key not in self._others:
            unsafe = self.tier == "unsafe"
            self._others[key] = Sandbox(
                tier=self.tier, core=self._core, unsafe=unsafe, compiler=compiler, runtime=runtime
            )
        return self._others[key]

    def close(self) -> None:
        for other in (self._rehashed, *self._others.values()):
            if other is not None:
                other.close()
        self._stop()
        self._payloads.clear()
        self._compiled.clear()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = ""

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, TypeError):
            self.close()

    def _spawn(self, control: socket.socket, log: int) -> subprocess.Popen[bytes]:
        here = Path(__file__).resolve().parent
        settings = self._profile() | {
            "tier": self.tier,
            "socket": control.fileno(),
            "parent": os.getpid(),
            "core": self._core,
            "root": os.geteuid() == 0,
        }
        paths = {"efficoder": here.parent, "efficoder.sandbox": here, "efficoder.sandbox.inside": here / "inside"}
        interpreter = getattr(sys, "_base_executable", sys.executable)
        # Not -I, which would ignore the hash seed; the environment holds nothing else anyway.
        return subprocess.Popen(
            [
                interpreter,
                "-s",
                "-P",
                "-S",
                "-B",
                "-c",
                _BOOT,
                json.dumps([{name: str(path) for name, path in paths.items()}, settings]),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=[control.fileno()],
            env=_ENVIRONMENT | {"PYTHONHASHSEED": str(self._hash_seed)},
            cwd="/",
            start_new_session=True,  # a Ctrl-C at the terminal is the parent's business
        )

    def _profile(self) -> dict[str, Any]:
        if self._compiler is None:
            return profiles.plain(self._packages)
        if self._runtime is not None:
            return profiles.running(self._runtime, self._compiler.kit)
        self._scratch = self._scratch or ("" if self.tier == "A" else tempfile.mkdtemp(prefix="efficoder-"))
        return profiles.compiling(self._compiler, self._scratch)

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None and self._owner == os.getpid():  # a fork of us leaves our zygote alone
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        self._process = None

    def _greet(self, control: socket.socket) -> None:
        message = receive(control, _START_S)
        if message == b"M":
            assert self._process is not None
            control.send(b"mapped" if _map_ids(self._process.pid) else b"no")
            message = receive(control, _START_S)
        if message[:1] != b"R":
            raise Lost(message[1:].decode("utf-8", "replace") or "the zygote ended while starting")
        self.landlock_abi = int(message[1:])

    def _run_once(self, job: ChildJob, made: int | None, watch: Watch | None) -> Outcome:
        assert self._control is not None
        control, limits = self._control, job.limits
        how, form = _HOW[job.program.kind] if job.program.native is not None else (b"p", job.program.kind)
        payload = self._payloads.get(form, job.inputs)
        with contextlib.ExitStack() as closing:
            code, result, stdout = (_scratch(closing, name) for name in ("program", "result", "stdout"))
            if made is not None:
                code = _own_copy(closing, made) if self._runtime and self._runtime.command else made
            else:
                os.write(code, self._text(job.program))
            if form in {"stdio", "calls"}:
                payload = _own_copy(closing, payload)
            request = REQUEST.pack(
                limits.cpu_s,
                limits.wall_s,
                min(limits.cpu_s, limits.answer_s),
                limits.answer_wall_s,
                limits.memory_bytes + self._runtime.own_bytes if self._runtime else limits.address_bytes,
                limits.output_bytes,
                job.loops,
                job.keep_outputs,
                job.sample_memory,
                how,
            )
            try:
                socket.send_fds(control, [request], [code, payload, result, stdout])
            except OSError as error:
                raise Lost(f"cannot reach the zygote: {error}") from error
            sampler = self._sample(control, limits, becomes=how in b"nf") if job.sample_memory else None
            if watch is not None:
                look_at(control, result, job.frames - 1, watch)
            message = receive(control, STARVED * limits.wall_s + _GRACE_S)
            if len(message) != REPLY.size:
                raise Lost("the zygote talks nonsense" if message else "the zygote ended during a run")
            ended = Ended(*REPLY.unpack(message))
            if ended.ours:
                raise Lost("a child ended before candidate code ran")
            return outcome(job, ended, contents(result), contents(stdout), sampler)

    def _text(self, program: Program) -> bytes:
        if program.kind == "compile":
            assert self._compiler is not None
            kit = PACKAGES if self.tier == "A" else self._compiler.kit
            return json.dumps(profiles.recipe(self._compiler, program, kit) | {"scratch": self._scratch}).encode()
        return _program_text(program)

    def _sample(self, control: socket.socket, limits: Limits, *, becomes: bool) -> Sampler:
        message = receive(control, STARVED * limits.wall_s + _GRACE_S)
        if message[:1] != b"P":
            raise Lost("the zygote did not say which child to watch")
        assert self._process is not None
        sampler = Sampler(int(message[1:]), self._process.pid if becomes else None)
        sampler.watch(control)
        return sampler


def _map_ids(pid: int) -> bool:
    """Give the zygote's user namespace its ids: as root, 0 for itself and 1 (nobody outside) for candidates."""
    proc = Path(f"/proc/{pid}")
    try:
        if os.geteuid() == 0:
            (proc / "uid_map").write_text("0 0 1\n1 65534 1\n")
            (proc / "gid_map").write_text("0 0 1\n1 65534 1\n")
        else:
            (proc / "setgroups").write_text("deny")
            (proc / "uid_map").write_text(f"0 {os.geteuid()} 1\n")
            (proc / "gid_map").write_text(f"0 {os.getegid()} 1\n")
    except OSError:
        return False
    return True


def _scratch(closing: contextlib.ExitStack, name: str) -> int:
    fd = os.memfd_create(name)
    closing.callback(os.close, fd)
    return fd


def _own_copy(closing: contextlib.ExitStack, source: int) -> int:
    """The same bytes in a file of its own, opened for reading: it becomes the child's standard input, and flags,
    locks and the time of the last read of a shared one would tell the next child something."""
    copy, size, done = _scratch(closing, "stdin"), os.fstat(source).st_size, 0
    while done < size:
        done += os.sendfile(copy, source, done, size - done)
    reading = os.open(f"/proc/self/fd/{copy}", os.O_RDONLY | os.O_CLOEXEC)
    closing.callback(os.close, reading)
    return reading


def _program_text(program: Program) -> bytes:
    fields = {name: getattr(program, name) for name in program.__struct_fields__ if name != "native"}
    return json.dumps(fields).encode()
