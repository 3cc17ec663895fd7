"""What do loads add? Races a run's right candidates once more on the checks its sources ship, and counts how many
tasks' candidates differ there and on the run's loads (``efficoder study loads``; the report shows both).

An independent study selected the fastest of 33,230 candidates by shipped tests and gained 1 %; this is why.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from efficoder.config import Config, MeasureConfig, load
from efficoder.console import Console, command, data, to_json
from efficoder.errors import InputError
from efficoder.judging.judge import tests_hash
from efficoder.judging.race import Contest, race
from efficoder.languages import refuse_unknown
from efficoder.metrics.ranking import rank
from efficoder.pipeline.run_stage import run_stage
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.report import Signal, signal
from efficoder.report.tables import Form, render
from efficoder.sandbox import Sandbox
from efficoder.store import Store, baseline, open_run, right_candidates
from efficoder.types import Record, Selection, ShippedRanking

LOOKS = (3, 5, 7, 10)
BUDGET_S = 3.0
"""CPU time per task; what is not distinguished by then is a tie, as for anyone who selects by such tests."""


@dataclass(frozen=True, slots=True)
class Shipped:
    config: MeasureConfig
    every: int
    """Race only every Nth ranked task."""
    name: str = "shipped"

    def plan(self, store: Store) -> Iterator[Job]:
        ranked = [selection.task_id for selection in store.all(Selection) if len(selection.ranking) > 1]
        for task_id in ranked[:: self.every]:
            checks = store.tests(task_id).own_checks
            right = sorted(candidate.id for candidate in right_candidates(store, task_id))
            if checks and right:  # checked again since it was ranked, no candidate may be right
                yield Job(task_id, fingerprint(self.config, tests_hash(checks), right))

    def pack(self, store: Store, job: Job) -> Contest:
        task, right = store.task(job.id), right_candidates(store, job.id)
        return Contest(task, right, store.tests(task.id).own_checks, keep=frozenset({baseline(task, right).id}))

    def do(self, payload: Contest, sandbox: Sandbox) -> list[Record]:
        settings = dataclasses.replace(self.config, looks=LOOKS, budget_s=BUDGET_S, memory=False)
        rows = race(sandbox, payload, settings)
        ranking = rank(rows, {candidate.id: candidate for candidate in payload.entrants})
        return [ShippedRanking(task_id=payload.task.id, ranking=tuple(ranking))]


def study_loads(runs: Path, name: str, every: int, form: Form, *, as_json: bool) -> None:
    """Race on the shipped checks what is not raced yet, and print both shares, on the same tasks."""
    with open_run(runs, name, write=True) as store:
        config = _config_of(store)
        refuse_unknown(store.alive())
        run_stage(Shipped(config.measure, every), store, config.run, Console(store.folder / "log.txt"))
        found = spans(store)
    if as_json:
        to_json(found)
        return
    rows = [[s.tests, str(s.tasks), f"{s.share_1_2:.0%}", f"{s.share_2:.0%}"] for s in found]
    if not rows:
        raise InputError("no task has two measured programs on both kinds of tests", hint="the study needs such tasks")
    data(render(["tests", "tasks", "differ 1.2x", "differ 2x"], rows, form))
    Console().say(f"next: {command('report', store.folder)} has both shares on its page")


def _config_of(store: Store) -> Config:
    path = store.folder / "run.toml"
    if not path.is_file():
        raise InputError("the run has no config", path=path, hint="`efficoder run` makes one")
    return load(path, [])


def spans(store: Store) -> tuple[Signal, ...]:
    """The two shares, on the tasks raced on both; empty before that."""
    shipped = {race.task_id: race for race in store.all(ShippedRanking) if len(race.ranking) > 1}
    ours = {race.task_id: race for race in store.all(Selection) if len(race.ranking) > 1}
    both = [task_id for task_id in ours if task_id in shipped]
    found = (
        signal("the tests the sources ship", (shipped[task_id] for task_id in both)),
        signal("this run's loads", (ours[task_id] for task_id in both)),
    )
    return tuple(share for share in found if share is not None)
