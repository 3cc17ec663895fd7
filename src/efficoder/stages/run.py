"""One run from its config to its report: the steps of stages.ORDER over one store, each resumable, in one place."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from efficoder import __version__
from efficoder.config import Config, dump
from efficoder.console import Console, clock, command
from efficoder.judging import machine
from efficoder.languages import refuse_unknown
from efficoder.pipeline.work import Scope, Work
from efficoder.sandbox import probe
from efficoder.stages import ORDER
from efficoder.stages.build import build_step
from efficoder.stages.check import check_step
from efficoder.stages.collect import collect_step
from efficoder.stages.curate import curate_step
from efficoder.stages.generate import generate_step
from efficoder.stages.measure import measure_step
from efficoder.stages.ready import refuse_unready
from efficoder.stages.refine import refine_step
from efficoder.stages.report import report_step
from efficoder.stages.select import select_step
from efficoder.stages.write_tests import write_tests_step
from efficoder.store import Store

_READING = ("collect", "curate")
"""Steps that take tasks in any language: curate is where those that cannot be run are left out."""


def _refine_step(work: Work) -> None:
    """What refine wrote is checked and measured as anything else."""

    def judge(work: Work) -> None:
        check_step(work)
        measure_step(work)

    refine_step(work, judge)


STEPS: dict[str, Callable[[Work], None]] = {
    "curate": curate_step,
    "generate": generate_step,
    "write_tests": write_tests_step,
    "check": check_step,
    "measure": measure_step,
    "refine": _refine_step,
    "select": select_step,
    "build": build_step,
    "report": report_step,
}


def run(folder: Path, config: Config, wanted: Scope) -> None:
    """Do what ``wanted`` says in ``folder``, and say what comes next. What stands in the way is said before any work,
    and no folder is made."""
    refuse_unready(config, folder, wanted.steps)
    with Store(folder, write=True) as store:
        console = Console(folder / "log.txt")
        began = time.monotonic()
        execute(store, config, console, wanted)
        console.say(f"{folder}: done in {clock(time.monotonic() - began)}; next: {_next_command(folder, wanted)}")


def _next_command(folder: Path, wanted: Scope) -> str:
    if (wanted.steps or ORDER)[-1] == ORDER[-1]:
        return f"open {folder / 'report.html'}, or {command('status', folder)}"
    runs = () if folder.parent == Path("runs") else ("--runs", folder.parent)
    return f"{command('run', folder.name, *runs)} to resume, or {command('status', folder)}"


def execute(store: Store, config: Config, console: Console, wanted: Scope) -> Scope:
    """Do the steps in order; returns the scope with the tasks it comes to. Everything finished before is skipped;
    everything finished now is kept. Raises InputError for a task in a language that is not here, unless curate leaves
    it out."""
    store.save_config(dump(config))
    store.set_meta(facts(config))
    steps = wanted.steps or ORDER
    first = next((step for step in steps if step not in _READING), None)
    if steps != ORDER[-1:]:
        store.set_meta({"scores": ""})  # an evaluation's are of all its rows: whatever is done now takes them back
    work = Work(store, config, console, wanted)
    for step in steps:
        if step == first:
            refuse_unknown(work.tasks())
        if wanted.fresh:
            store.forget_done(step, None if step == "generate" else work.scope.tasks)  # its jobs are files
        with timed(store, step):
            if step == "collect":
                work = collect_step(work)
            else:
                STEPS[step](work)
    return work.scope


@contextlib.contextmanager
def timed(store: Store, step: str) -> Iterator[None]:
    """Adds what the step takes to what it took before, also where it ends in an error or is interrupted."""
    began = time.monotonic()
    try:
        yield
    finally:
        walls: dict[str, float] = msgspec.json.decode(store.meta().get("stage_wall_s", "{}"))
        walls[step] = walls.get(step, 0.0) + time.monotonic() - began
        store.set_meta({"stage_wall_s": msgspec.json.encode(walls).decode()})


def facts(config: Config) -> dict[str, str]:
    """What a reader of the run must know to believe its numbers."""
    return {
        "version": __version__,
        "config": dump(config),
        "machine": msgspec.json.encode(machine.facts()).decode(),
        "tier": _best_tier(),
        "updated": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


@functools.cache
def _best_tier() -> str:
    """Found once a process: it takes a zygote of each."""
    return probe().best or "none"
