"""The rows of an evaluated run, task by task, and the scores read off them."""

from collections.abc import Container, Iterator

from efficoder.errors import InputError
from efficoder.evaluation.enamel_levels import LevelTimes
from efficoder.evaluation.reference_race import SESSION
from efficoder.evaluation.task_scores import TaskScore, score_task
from efficoder.evaluation.times import TaskRows
from efficoder.judging.judge import tests_hash
from efficoder.languages import LANGUAGES, refuse_unknown
from efficoder.languages.identity import candidate_id
from efficoder.metrics.readings import JOINED, raced
from efficoder.store import Store, timed_inputs
from efficoder.testgen import frozen
from efficoder.types import REFERENCE, Candidate, Measurement, Pool, Sample, Task, TaskTests, TestFacts, Verdict


def pool_candidates(store: Store) -> Iterator[Candidate]:
    """What the source ranks answers among, to be checked and timed with the samples."""
    runnable = (task for task in store.all(Task) if task.language in LANGUAGES)
    for task in runnable:
        pool = store.get(Pool, task.id)
        for solution in pool.solutions if pool else ():
            key = candidate_id(task.id, solution.code, task.language)
            yield Candidate(id=key, task_id=task.id, code=solution.code)


def pool_shares(store: Store, task: Task) -> dict[str, float]:
    """By candidate; empty where the source has no pool."""
    pool = store.get(Pool, task.id)
    shares: dict[str, float] = {}
    for solution in pool.solutions if pool else ():
        key = candidate_id(task.id, solution.code, task.language)
        shares[key] = shares.get(key, 0.0) + solution.share
    return shares


def score_tasks(store: Store, tasks: Container[str] | None = None) -> Iterator[TaskScore]:
    """Every task that takes part, or those of ``tasks``, in order, one at a time. Raises InputError when times of two
    machines or sandbox tiers would be mixed."""
    conditions = Conditions(store.folder.name)
    for task in store.alive():
        if tasks is not None and task.id not in tasks:
            continue
        rows = task_rows(store, task)
        for measurement in (*rows.measurements.values(), *rows.beside.values()):
            conditions.add(measurement)
        yield score_task(rows)


def task_rows(store: Store, task: Task) -> TaskRows:
    """What counts of a task: verdicts and times by its present checks and loads, none of an earlier state. Raises
    InputError for a task in a language that is not here."""
    refuse_unknown([task])
    tests = store.tests(task.id)
    judged_by = tests_hash(tests.judged)
    reference = None if task.reference is None else candidate_id(task.id, task.reference, task.language)
    samples, verdicts = list(store.all(Sample, task.id)), list(store.all(Verdict, task.id))
    current = {v.candidate_id: v for v in verdicts if v.tests_hash == judged_by}
    if all(sample.model == REFERENCE for sample in samples):  # nobody asked: then the reference may be unjudged too
        samples = [sample for sample in samples if sample.candidate_id in current]
    measured = list(store.all(Measurement, task.id))
    timed_on = tests_hash(timed_inputs(task, tests)) if measured else ""
    measured = [m for m in measured if m.tests_hash == timed_on]
    return TaskRows(
        task_id=task.id,
        checks=tests.used,
        ours=tests.ours,
        added=_added(tests),
        lost=tests.lost,
        constant=tests.constant,
        reference_id=reference,
        samples=samples,
        verdicts=current,
        measurements=raced(measured),
        references={m.session: m for m in measured if m.session >= JOINED and m.candidate_id == reference},
        beside={m.candidate_id: m for m in measured if m.session == SESSION},
        levels={times.candidate_id: times for times in store.all(LevelTimes, task.id)},
        pool=pool_shares(store, task),
    )


def frozen_tests(store: Store) -> str:
    """Hash of the frozen tests that the run's tasks are judged and timed on; empty where they are not frozen. Raises
    InputError where they are of two kinds."""
    found = {facts.frozen for task in store.alive() if (facts := store.get(TestFacts, task.id))} or {""}
    if len(found) > 1:
        kinds = " and ".join(map(frozen.words, sorted(found)))
        raise InputError(
            f"the run {store.folder.name!r} has results on {kinds}; they are not mixed",
            hint="run its command again, or evaluate each under a --name of its own",
        )
    return found.pop()


def _added(tests: TaskTests) -> frozenset[int] | None:
    if not any(case.base for case in tests.checks):
        return None
    return frozenset(index for index, case in enumerate(tests.judged) if not case.base)


class Conditions:
    """The machine and sandbox tier of a run's times: one of each, or no scores."""

    def __init__(self, run: str) -> None:
        self._run = run
        self.seen: tuple[str, str] | None = None

    def add(self, measurement: Measurement) -> None:
        now = (measurement.machine, measurement.tier)
        if self.seen is not None and now != self.seen:
            raise InputError(
                f"the run {self._run!r} has times of machine {self.seen[0]} (tier {self.seen[1]}) and of machine "
                f"{now[0]} (tier {now[1]}); they are not mixed",
                hint=f"measure all of it on one: efficoder stage measure {self._run} --fresh",
            )
        self.seen = now
