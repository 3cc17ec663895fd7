"""The summary of an evaluation: which models were scored, on which tasks, under which conditions."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from efficoder.console import counted
from efficoder.errors import InputError
from efficoder.evaluation import leaderboard
from efficoder.evaluation.leaderboard import Excluded, LostChecks, Summary
from efficoder.evaluation.model_scores import Board
from efficoder.evaluation.rows import frozen_tests, score_tasks
from efficoder.languages import language
from efficoder.metrics.faster_or_tie import WORDS
from efficoder.report.tables import counts
from efficoder.store import Store
from efficoder.types import REFERENCE, Drop, Machine, Measurement, Sample, TestFacts, Verdict


def summarise(store: Store, board: Board, models: Sequence[str] = (), notes: Sequence[str] = ()) -> Summary:
    """The board's standings with what was left out and why."""
    lost, constant = _tests_of(store)
    drops = [drop for drop in store.all(Drop) if drop.stage in ("collect", "generate", "write_tests")]
    measured = next((m for m in store.all(Measurement) if m.session == 0), None)
    meta = store.meta()
    facts = msgspec.json.decode(meta["machine"], type=Machine) if "machine" in meta else None
    machines = [m for m in (*store.all(Machine), facts) if m and measured and m.id == measured.machine]
    return Summary(
        schema=leaderboard.SCHEMA,
        run=store.folder.name,
        version=meta.get("version", ""),
        machine=measured.machine if measured else "",
        tier=measured.tier if measured else "",
        tests=frozen_tests(store),
        excluded=tuple(Excluded(drop.task_id, drop.reason, drop.detail) for drop in drops if drop.stage != "generate"),
        unknown_samples=sum(drop.reason == "unknown task" for drop in drops),
        repeated_samples=sum(drop.reason == "repeated sample" for drop in drops),
        lost=tuple(lost),
        notes=(*notes, *_unasked(store), *_missing_packages(store), *_no_signal(store), *_constant(constant)),
        standings=board.standings(models, machines[:1], measured.tier if measured else ""),
    )


def _tests_of(store: Store) -> tuple[list[LostChecks], int]:
    """The checks that judge nobody, and how many tasks could be answered by a constant."""
    lost, constant = list[LostChecks](), 0
    for task in store.alive():
        tests = store.tests(task.id)
        constant += bool(tests.constant)
        if tests.written and tests.lost:
            lost.append(LostChecks(task.id, tests.shipped, tests.used, tests.lost))
    return lost, constant


def _unasked(store: Store) -> Iterator[str]:
    tasks = [task.id for task in store.alive()]
    silent = len(tasks) - len({sample.task_id for sample in store.all(Sample) if sample.model != REFERENCE} & {*tasks})
    if silent:
        of = counted(len(tasks), "task")
        yield f"Without a sample of anyone: {silent} of {of}: no tests are written, no score counts them."


def _missing_packages(store: Store) -> Iterator[str]:
    lacking = Counter[str]()
    for task in store.alive():
        for verdict in store.all(Verdict, task.id):
            package = language(task.language).missing_package(verdict.detail) if verdict.outcome == "error" else None
            lacking.update([package] if package else [])
    if lacking:
        yield (
            f"Programs that failed because a package is not there: {counts(lacking)}; "
            "run.packages names a folder that has it."
        )


def _no_signal(store: Store) -> Iterator[str]:
    if not store.count(Measurement):
        return
    # Without a reference nothing was tried when tests were written: what times say, times say.
    facts = [found for task in store.alive() if task.reference and (found := store.get(TestFacts, task.id))]
    silent = [found.task_id for found in facts if not found.signal]
    if silent:
        of = counted(len(facts), "task with a reference", "tasks with a reference")
        yield (
            f"{len(silent)} of {of}: {WORDS['no_signal']} ({leaderboard.some(silent)}). Timed on their checks or a "
            "short load, their ratios say little. Leave them out with --set measure.no_signal=false under a new --name."
        )


def _constant(constant: int) -> Iterator[str]:
    if constant:
        yield f"{counted(constant, 'task')}: {WORDS['constant_answer']}. Counted in pass@k and in no time."


def read_summary(store: Store, models: Sequence[str] = ()) -> Summary:
    """An evaluated run's summary. Raises InputError for a run without samples."""
    board = Board()
    for score in score_tasks(store):
        board.add(score)
    if not board.cells:
        raise InputError("no sample is judged yet", path=store.folder, hint="`efficoder run` or `evaluate` first")
    return summarise(store, board, models)
