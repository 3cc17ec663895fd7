"""Do programs on standard input get loads, without the source's own generators?

    python bench/stdio_loads.py coffe_contests:FOLDER [--limit N] [--every N] [--workers N]
    python bench/stdio_loads.py library_checker:FILE [--limit N]

For a set with references: on how many tasks the reference takes 10 ms or more. For library_checker, which has no
Python, the twins in bench/twins stand in: a fast program, which is the reference, and a naive one. There it also says
on how many tasks the naive one takes at least twice as long, or passes the limit.
"""

import argparse
import itertools
import multiprocessing
import runpy
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from efficoder import sources
from efficoder.config import WriteTestsConfig
from efficoder.judging.trial import Trial
from efficoder.sandbox import Limits, Sandbox
from efficoder.sources import SourceRow
from efficoder.testgen.writer import write_tests

SHOWS_S = 0.01
LIMIT_S = 5.0
TOLD = 2.0
TWINS = Path(__file__).parent / "twins" / "library_checker.py"


@dataclass(frozen=True)
class Job:
    row: SourceRow
    naive: str | None = None


@dataclass(frozen=True)
class Result:
    id: str
    reference_s: float = 0.0
    size: int = 0
    length: int = 0
    ratio: float | None = None
    """The naive program's time over the fast one's, on the load that tells them apart best; None without one."""
    signal: bool = False
    """Whether it can be timed when the race loops it."""
    note: str = ""
    wall_s: float = 0.0


def main() -> None:
    args = arguments()
    rows = list(sources.read(args.source))
    jobs = twin_jobs(rows) if args.source.startswith("library_checker:") else map(Job, rows)
    jobs = list(itertools.islice(jobs, 0, args.limit, args.every))
    results = []
    with multiprocessing.Pool(args.workers) as pool:
        for result in pool.imap(run, jobs):
            results.append(result)
            print(line(result), flush=True)
    print(summary(results))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--every", type=int, default=1, help="only each Nth task")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def twin_jobs(rows: list[SourceRow]) -> list[Job]:
    """The problems that have twins, with the fast one as the reference."""
    twins = runpy.run_path(str(TWINS))["TWINS"]
    by_name = {row.task.id.rpartition("/")[2]: row for row in rows}
    return [
        Job(
            SourceRow(
                task=msgspec.structs.replace(by_name[name].task, reference=fast, language="python"),
                tests=by_name[name].tests,
            ),
            naive,
        )
        for name, (fast, naive) in twins.items()
    ]


def run(job: Job) -> Result:
    task, tests = job.row.task, msgspec.structs.replace(job.row.tests, load_programs=(), loads=())
    began = time.monotonic()
    with Sandbox() as sandbox:
        written = write_tests(sandbox, task, tests, WriteTestsConfig(grow=0, mutants=0), 0)
        took = time.monotonic() - began
        if written.drop:
            return Result(task.id, note=f"dropped: {written.drop.reason}: {written.drop.detail[:200]}", wall_s=took)
        loads = written.tests.loads
        trial = Trial(sandbox, task)
        limits = Limits(output_bytes=16 << 20).within(LIMIT_S)
        assert task.reference is not None
        fast_s = [trial.net_s(task.reference, load.input, limits) for load in loads]
        ratios = []
        naive = job.naive or ""
        for load, taken in zip(loads, fast_s, strict=True) if naive else ():
            outcome = trial.run(naive, [load.input], limits)
            if outcome.ended == "finished" and not all(trial.fits([load], outcome.outputs)):
                return Result(task.id, note="the twins disagree", wall_s=took)
            over = outcome.ended == "timeout"
            ratios.append(LIMIT_S / taken if over else (outcome.cpu_s - trial.floor_s) / max(taken, 1e-4))
    longest = max(loads, key=lambda load: len(load.input), default=None)
    return Result(
        task.id,
        max(fast_s, default=0.0),
        longest.size or 0 if longest else 0,
        len(longest.input) if longest else 0,
        max(ratios, default=None),
        written.facts.signal,
        wall_s=took,
    )


def line(result: Result) -> str:
    told = "" if result.ratio is None else f"  naive {result.ratio:.1f}x"
    load = f"load {result.reference_s * 1e3:7.1f} ms  size {result.size}  {result.length} characters"
    return f"{result.id:<60} {load}{told}  {result.note}  {result.wall_s:.1f} s"


def summary(results: list[Result]) -> str:
    count = len(results)
    shows = sum(result.reference_s >= SHOWS_S for result in results)
    out = [f"\n{count} tasks; a load of {SHOWS_S * 1e3:.0f} ms: {shows} ({shows / count:.0%})"]
    looped = sum(result.signal for result in results)
    out.append(f"looped as a race would, 10 ms: {looped} ({looped / count:.0%})")
    if any(result.ratio is not None for result in results):
        told = sum((result.ratio or 0.0) >= TOLD for result in results)
        out.append(f"the naive program told from the fast one: {told} ({told / count:.0%})")
    return "\n".join(out)


if __name__ == "__main__":
    main()
