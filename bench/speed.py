"""How many guarded executions a second? Next to the floors and to what other harnesses do, in one go.

python bench/speed.py [--seconds 3]
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from efficoder.sandbox import Outcome, Program, Sandbox

EMPTY = Program(kind="function", code="", entry_point="")
CALL = Program(kind="function", code="def f(x):\n    return x + 1", entry_point="f")
BODY_S = 0.010
SPIN = Program(
    kind="function",
    code="import time\nend = time.thread_time() + "
    + f"{BODY_S}\nwhile time.thread_time() < end:\n    pass\n\ndef f(x):\n    return x",
    entry_point="f",
)


class Rate(NamedTuple):
    per_s: float
    median_ms: float
    best_ms: float


def rate(once: Callable[[], object], seconds: float) -> Rate:
    times: list[float] = []
    start = time.perf_counter()
    while not times or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        once()
        times.append(time.perf_counter() - before)
    elapsed = time.perf_counter() - start
    times.sort()
    return Rate(len(times) / elapsed, times[len(times) // 2] * 1e3, times[0] * 1e3)


def fork_and_wait() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def python_a_run() -> None:
    subprocess.run([sys.executable, "-I", "-c", ""], check=True)


def _evalplus_child(status: object, _details: object) -> None:
    with tempfile.TemporaryDirectory():
        status.value = 1  # type: ignore[attr-defined]


def process_a_run() -> None:
    """As evalplus does: a multiprocessing.Process with a shared Value and Array, and a folder of its own."""
    status, details = multiprocessing.Value("i", 0), multiprocessing.Array("b", [0] * 16)
    child = multiprocessing.Process(target=_evalplus_child, args=(status, details))
    child.start()
    child.join()


def worker(tier: str, core: int, program: Program, seconds: float, results: "multiprocessing.Queue[Rate]") -> None:
    with Sandbox(tier=tier, core=core) as sandbox:  # type: ignore[arg-type]
        sandbox.run(program, ["[1]"])
        results.put(rate(lambda: sandbox.run(program, ["[1]"]), seconds))


def two_workers(tier: str, program: Program, seconds: float) -> float:
    """Executions a second of two workers on two cores together."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[Rate] = context.Queue()
    workers = [context.Process(target=worker, args=(tier, core, program, seconds, results)) for core in (cores * 2)[:2]]
    for process in workers:
        process.start()
    total = sum(results.get().per_s for _ in workers)
    for process in workers:
        process.join()
    return total


def share_in_candidates(sandbox: Sandbox, seconds: float) -> tuple[float, float]:
    """(share of wall time, share of all CPU time: ours, the zygote's and the children's) spent in 10 ms bodies."""
    outcomes: list[Outcome] = []
    ours = time.process_time()
    zygote = _zygote_cpu_s(sandbox)
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        outcomes.append(sandbox.run(SPIN, ["[1]"]))
    wall = time.perf_counter() - start
    body = BODY_S * len(outcomes)
    spent = time.process_time() - ours + _zygote_cpu_s(sandbox) - zygote
    return body / wall, body / spent


def _zygote_cpu_s(sandbox: Sandbox) -> float:
    """CPU time of the zygote and of its reaped children."""
    assert sandbox._process is not None
    fields = Path(f"/proc/{sandbox._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="for each row")
    seconds = parser.parse_args().seconds
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; Python {sys.version.split()[0]}")
    print(f"{'':44}{'per s':>8}{'median ms':>11}{'best ms':>9}")

    def row(name: str, result: Rate) -> None:
        print(f"{name:44}{result.per_s:8.0f}{result.median_ms:11.2f}{result.best_ms:9.2f}", flush=True)

    row("fork + wait of this process (floor)", rate(fork_and_wait, seconds))
    row("python -I a run", rate(python_a_run, seconds))
    row("process, value, array, folder a run (evalplus)", rate(process_a_run, seconds))
    core = max(os.sched_getaffinity(0))
    for tier in ("A", "B"):
        with Sandbox(tier=tier, core=core) as sandbox:
            row(f"tier {tier}, empty candidate", rate(partial(sandbox.run, EMPTY, ["[1]"]), seconds))
            row(f"tier {tier}, one call", rate(partial(sandbox.run, CALL, ["[1]"]), seconds))
            wall, cpu = share_in_candidates(sandbox, seconds)
        print(f"tier {tier}, two workers, empty candidate{'':9}{two_workers(tier, EMPTY, seconds):8.0f}")
        print(f"tier {tier}, 10 ms bodies: {wall:.0%} of wall time, {cpu:.0%} of all CPU time is the candidates' own")


if __name__ == "__main__":
    main()
