"""This machine: its facts, what a run of the empty program costs, how noisy it is now. ``doctor`` shows them.

It reads /proc and asks the system. It keeps nothing.
"""

import hashlib
import os
import platform
import time
from pathlib import Path
from statistics import median

import msgspec

from efficoder.errors import SandboxFault
from efficoder.judging.trial import run_pass
from efficoder.metrics.intervals import robust_spread
from efficoder.sandbox import Limits, Program, Sandbox
from efficoder.types import Machine

SPIN_S = 0.02
"""One sample of the noise test: about the length of a timed run."""


class Floor(msgspec.Struct, frozen=True):
    """What a run of the empty program costs. Every measurement subtracts the one of its own race."""

    cpu_s: float
    spread_s: float
    """Robust standard deviation over the runs."""
    wall_s: float
    peak_bytes: int
    runs: int


class Noise(msgspec.Struct, frozen=True):
    """How much the same work differs from run to run."""

    relative_spread: float
    """Robust standard deviation of a fixed spin's CPU time over its median."""
    worst: float
    """Slowest over fastest."""
    wall_over_cpu: float
    """Median. Above 1 another program shares the core."""
    runs: int


def facts() -> Machine:
    """What a time depends on. ``id`` hashes processor, cores, memory to the GiB and Python's minor version."""
    cpu, cores, memory, python = _cpu_name(), cores_available(), memory_bytes(), platform.python_version()
    stable = (cpu, str(os.cpu_count()), str(round(memory / 2**30)), python.rpartition(".")[0])
    return Machine(
        id=hashlib.sha256("\0".join(stable).encode()).hexdigest()[:12],
        cpu=cpu,
        cores=cores,
        memory_bytes=memory,
        kernel=platform.release(),
        python=python,
    )


def cores_available() -> int:
    """Cores that this process may use; a container can set them below the machine's."""
    return len(os.sched_getaffinity(0))


def memory_bytes() -> int:
    """Physical memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def floor(sandbox: Sandbox, runs: int = 20) -> Floor:
    """Run the empty function program ``runs`` times. Raises SandboxFault when it does not finish."""
    empty = Program(kind="function", code="")
    passes = [run_pass(sandbox, empty, ["[]"], Limits()) for _ in range(runs)]
    if any(ran.ended != "finished" for ran in passes):
        raise SandboxFault("the empty program did not finish; run `efficoder doctor` for the sandbox's self-test")
    times = [ran.cpu_s for ran in passes]
    return Floor(
        cpu_s=median(times),
        spread_s=robust_spread(times),
        wall_s=median(ran.wall_s for ran in passes),
        peak_bytes=max(ran.peak_bytes for ran in passes),
        runs=runs,
    )


def noise(sandbox: Sandbox, runs: int = 30) -> Noise:
    """Time a fixed spin of about 20 ms ``runs`` times in the sandbox. Raises SandboxFault when it does not finish."""
    program = Program(kind="function", code=_SPIN, entry_point="spin")
    # A trial on this side gives the number of turns that takes about SPIN_S on this machine.
    turns = 100_000
    started = time.process_time()
    sum(i * i for i in range(turns))
    turns = max(1000, int(turns * SPIN_S / max(1e-4, time.process_time() - started)))
    passes = [run_pass(sandbox, program, [f"[{turns}]"], Limits()) for _ in range(runs)]
    if any(ran.ended != "finished" for ran in passes):
        raise SandboxFault("the noise test did not finish; run `efficoder doctor` for the sandbox's self-test")
    times = [ran.cpu_s for ran in passes]
    return Noise(
        relative_spread=robust_spread(times) / median(times),
        worst=max(times) / min(times),
        wall_over_cpu=median(ran.wall_s / ran.cpu_s for ran in passes),
        runs=runs,
    )


_SPIN = """
def spin(turns):
    return sum(i * i for i in range(turns))
"""


def _cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Hardware", "cpu model"):
            return value.strip()
    return platform.machine()
