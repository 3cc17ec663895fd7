"""``efficoder evaluate``: score samples of one's own or of a benchmark's tasks, one line a sample, then a summary.

An evaluation is an ordinary run (collect, generate, write_tests, check, measure, beside), so it resumes, and the same
--name takes further samples of the same tasks: they then race side by side. The tasks' own checks decide right or
wrong; loads are made so that speed shows. Scores are read off the rows, task by task (scores.py, standings.py).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from efficoder import benchmarks, sources
from efficoder.config import Config, load
from efficoder.console import Console, data, to_json
from efficoder.errors import InputError, UsageError
from efficoder.evaluation import leaderboard
from efficoder.evaluation.enamel_levels import Levels, LevelTimes, level_program
from efficoder.evaluation.leaderboard import Excluded, LostChecks, Summary
from efficoder.evaluation.model_scores import Board
from efficoder.evaluation.reference_race import SESSION, Beside
from efficoder.evaluation.task_scores import SampleScore, TaskRows, TaskScore, score_task
from efficoder.judging.judge import tests_hash
from efficoder.languages.identity import candidate_id
from efficoder.models.replay import REPLAY
from efficoder.pipeline.run import run_stage
from efficoder.pipeline.work import Scope
from efficoder.report.tables import Form, counts
from efficoder.stages import run
from efficoder.stages.report import write_report
from efficoder.store import Store, open_run, timed_inputs
from efficoder.types import (
    REFERENCE,
    Candidate,
    Drop,
    Machine,
    Measurement,
    Pool,
    Sample,
    Task,
    TestFacts,
    Verdict,
)

PRESETS = (
    # The benchmark's own checks decide: none are grown, and no mutants are needed to know how good they are.
    "write_tests.grow=0",
    "write_tests.mutants=0",
    # A score is a mean over tasks; no single pair is claimed to differ.
    "measure.confirm=false",
    # Each right sample gets its time; the summary says on how many tasks no load shows one.
    "measure.no_signal=true",
    "measure.looks=[3,5,7,10]",
)


@dataclass(frozen=True, slots=True)
class Spec:
    """What to evaluate: the tasks, and either recorded samples or a live model."""

    tasks: str
    data: Path | None
    samples: Path | None
    model: str | None
    n: int = 1
    temperature: float = 0.0


def evaluate(
    spec: Spec, runs: Path, name: str | None, sets: Sequence[str], *, limit: int | None, as_json: bool
) -> None:
    """Run the evaluation, or go on with it, and print it. Raises UsageError for a request that names too little or
    too much, InputError for files that cannot be used or do not fit together."""
    source, benchmark = source_of(spec)
    config = _config(spec, source, sets)
    folder = runs / (name or default_name(spec))
    with Store(folder, write=True) as store:
        _refuse_other_tasks(store, config, folder.name)
        console = Console(folder / "log.txt")
        run.execute(store, config, console, Scope(("collect", "generate"), limit=limit))
        _refuse_no_samples(store, spec)
        store.put(list(pool_candidates(store)))
        run.execute(store, config, console, Scope(("write_tests", "check", "measure"), limit=limit))
        run_stage(Beside(config.measure), store, config.run, console)
        if any(level_program(store, task.id) for task in store.alive()):
            run_stage(Levels(config.check), store, config.run, console)
        size = benchmarks.size_note(benchmark, store.count(Task)) if benchmark and limit is None else ""
        report(store, as_json=as_json, notes=[note for note in (size, benchmark and benchmark.note) if note])
        page = folder / "report.html"
        write_report(store, page, leaderboard.view(read_summary(store)))
        console.say(f"{page}; again with `efficoder leaderboard {folder}`; differences with `efficoder compare`")


def source_of(spec: Spec) -> tuple[str, benchmarks.Benchmark | None]:
    """``FORMAT:PATH`` and the benchmark it is, if any. Raises UsageError."""
    if spec.data is not None:
        benchmark = benchmarks.find(spec.tasks)
        return f"{benchmark.format}:{spec.data}", benchmark
    if spec.tasks in benchmarks.BENCHMARKS:
        benchmark = benchmarks.find(spec.tasks)
        path = benchmarks.bundled(benchmark)
        if path is not None:
            return f"{benchmark.format}:{path}", benchmark
        raise UsageError(
            f"{spec.tasks}: give its file with --data: {benchmark.file}, from {benchmark.url}; none is bundled"
        )
    form, given = sources.parse_spec(spec.tasks)
    return f"{form}:{given}", benchmarks.of_format(form)


def default_name(spec: Spec) -> str:
    """``evaluate-TASKS-SAMPLES``, from the names of the files."""
    tasks = spec.tasks if spec.data is not None else Path(spec.tasks.rpartition(":")[2]).name.partition(".")[0]
    who = spec.samples.name.partition(".")[0] if spec.samples else (spec.model or "").rpartition("/")[2]
    return f"evaluate-{tasks}-{who}"


def _config(spec: Spec, source: str, sets: Sequence[str]) -> Config:
    if (spec.samples is None) == (spec.model is None):
        raise UsageError("give either --samples FILE or --model PROVIDER/NAME")
    model = f"{REPLAY}{spec.samples}" if spec.samples else spec.model
    asked = (
        f"collect.sources={json.dumps([source])}",
        f"generate.models={json.dumps([model])}",
        f"generate.samples={spec.n}",
        f"generate.temperature={spec.temperature}",
    )
    return load(None, [*asked, *PRESETS, *sets])


def _refuse_other_tasks(store: Store, config: Config, name: str) -> None:
    """A run's samples are of its own tasks; another set under the same name would mix the two."""
    path = store.folder / "run.toml"
    if store.count(Task) and path.is_file():
        before = load(path, []).collect.sources
        if before != config.collect.sources:
            raise UsageError(
                f"the run {name!r} evaluates {', '.join(before)}, not {', '.join(config.collect.sources)}; "
                "choose another --name"
            )


def pool_candidates(store: Store) -> Iterator[Candidate]:
    """What the source ranks answers among, to be checked and timed with the samples."""
    for pool in store.all(Pool):
        for solution in pool.solutions:
            key = candidate_id(pool.task_id, solution.code)
            yield Candidate(id=key, task_id=pool.task_id, code=solution.code)


def pool_shares(store: Store, task_id: str) -> dict[str, float]:
    """By candidate; empty where the source has no pool."""
    pool = store.get(Pool, task_id)
    shares: dict[str, float] = {}
    for solution in pool.solutions if pool else ():
        key = candidate_id(task_id, solution.code)
        shares[key] = shares.get(key, 0.0) + solution.share
    return shares


def _refuse_no_samples(store: Store, spec: Spec) -> None:
    if any(sample.model != REFERENCE for sample in store.all(Sample)):
        return
    task = next(store.all(Task))
    stray = next((drop.detail for drop in store.all(Drop) if drop.reason == "unknown task"), "")
    if spec.samples is not None:
        hint = f"its task_id {stray!r} is not among the tasks, which are called like {task.id!r}"
        raise InputError("no sample is of these tasks", path=spec.samples, hint=hint)
    raise InputError(f"{spec.model} gave no sample", hint="log.txt in the run folder says why; run again")


# ---------------------------------------------------------------- rows to scores


def score_tasks(store: Store) -> Iterator[TaskScore]:
    """Every task that takes part, in order, one at a time. Raises InputError when times of two machines or sandbox
    tiers would be mixed."""
    conditions = Conditions(store.folder.name)
    for task in store.alive():
        rows = task_rows(store, task)
        for measurement in (*rows.measurements.values(), *rows.beside.values()):
            conditions.add(measurement)
        yield score_task(rows)


def task_rows(store: Store, task: Task) -> TaskRows:
    """What counts of a task: verdicts and times by its present checks and loads, none of an earlier state."""
    tests = store.tests(task.id)
    judged_by, timed_on = tests_hash(tests.checks + tests.loads), tests_hash(timed_inputs(task, tests))
    reference = None if task.reference is None else candidate_id(task.id, task.reference)
    measured = [m for m in store.all(Measurement, task.id) if m.tests_hash == timed_on]
    return TaskRows(
        task_id=task.id,
        checks=len(tests.own_checks),
        lost=tests.lost,
        reference_id=reference,
        samples=list(store.all(Sample, task.id)),
        verdicts={v.candidate_id: v for v in store.all(Verdict, task.id) if v.tests_hash == judged_by},
        measurements={m.candidate_id: m for m in measured if m.session == 0},
        beside={m.candidate_id: m for m in measured if m.session == SESSION},
        levels={times.candidate_id: times for times in store.all(LevelTimes, task.id)},
        pool=pool_shares(store, task.id),
    )


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


def summarise(store: Store, board: Board, models: Sequence[str] = (), notes: Sequence[str] = ()) -> Summary:
    """The board's standings with what was left out and why."""
    drops = [drop for drop in store.all(Drop) if drop.stage in ("write_tests", "generate")]
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
        excluded=tuple(
            Excluded(drop.task_id, drop.reason, drop.detail) for drop in drops if drop.stage == "write_tests"
        ),
        unknown_samples=sum(drop.reason == "unknown task" for drop in drops),
        repeated_samples=sum(drop.reason == "repeated sample" for drop in drops),
        lost=tuple(_lost(store)),
        notes=(*notes, *_no_signal(store)),
        standings=board.standings(models, machines[:1], measured.tier if measured else ""),
    )


def _lost(store: Store) -> Iterator[LostChecks]:
    for task in store.alive():
        tests = store.tests(task.id)
        if tests.lost:
            yield LostChecks(task.id, tests.shipped, len(tests.own_checks), tests.lost)


def _no_signal(store: Store) -> Iterator[str]:
    facts = [found for task in store.alive() if (found := store.get(TestFacts, task.id))]
    silent = sum(not found.signal for found in facts)
    if silent:
        yield (
            f"{silent} of {len(facts)} tasks have no load on which time shows: timed on their checks or a short "
            "load, their ratios say little. Leave them out with --set measure.no_signal=false under a new --name."
        )


# ---------------------------------------------------------------- printing


def report(store: Store, *, as_json: bool, notes: Sequence[str] = ()) -> None:
    """Every sample as it is scored, then the summary; with ``as_json`` one JSON document of the same."""
    board = Board()
    data('{"samples": [' if as_json else "\t".join(COLUMNS))
    comma = ""
    for score in score_tasks(store):
        board.add(score)
        for sample in score.samples:
            if as_json:
                data(comma + msgspec.json.encode(sample).decode())
                comma = ","
            elif sample.model != REFERENCE:
                data("\t".join(_cells(sample)))
    summary = summarise(store, board, notes=notes)
    if as_json:
        data("]," + msgspec.json.encode(summary).decode()[1:])
    else:
        data("\n" + leaderboard.text(summary))


def show_leaderboard(runs: Path, name: str, models: Sequence[str], form: Form, *, as_json: bool) -> None:
    """The summary of an evaluated run, of all its models or of those named."""
    with open_run(runs, name) as store:
        summary = read_summary(store, models)
    if as_json:
        to_json(summary)
    else:
        data(leaderboard.text(summary, form))


def read_summary(store: Store, models: Sequence[str] = ()) -> Summary:
    """An evaluated run's summary. Raises InputError for a run without samples."""
    board = Board()
    for score in score_tasks(store):
        board.add(score)
    if not board.cells:
        raise InputError("no sample is judged yet", path=store.folder, hint="`efficoder run` or `evaluate` first")
    return summarise(store, board, models)


COLUMNS = (
    "task",
    "model",
    "sample",
    "outcome",
    "first_failure",
    "trust",
    "et_s",
    "mu_mb",
    "tmu_mb_s",
    "times_reference",
    "low",
    "high",
    "note",
)


def judged_on(sample: SampleScore) -> str:
    """``judged on 980 of 999 checks: 19 too_heavy``; empty where all of them are used, or nothing was judged."""
    if not sample.lost or not sample.trust:
        return ""
    shipped = sample.checks + sum(sample.lost.values())
    return f"judged on {sample.checks} of {shipped} checks: {counts(sample.lost)}"


def _cells(sample: SampleScore) -> list[str]:
    own, ratio = sample.own, sample.to_reference
    bound = ">" if sample.censored else ""
    ours_only = sample.right and sample.outcome != "passed"
    notes = ("right by the set's own checks, not by ours" if ours_only else sample.detail, judged_on(sample))
    note = "; ".join(filter(None, notes))
    return [
        sample.task_id,
        sample.model,
        str(sample.index),
        sample.outcome,
        "" if sample.first_failure is None else str(sample.first_failure),
        sample.trust,
        f"{bound}{own.et_s:.6f}" if own and own.et_s is not None else "",
        f"{own.mu_bytes / 1e6:.3f}" if own and own.mu_bytes is not None else "",
        f"{own.tmu_byte_s / 1e6:.4f}" if own and own.tmu_byte_s is not None else "",
        f"{bound}{ratio.value:.3f}" if ratio else "",
        f"{ratio.low:.3f}" if ratio else "",
        f"{ratio.high:.3g}" if ratio else "",
        " ".join(note.split())[:160],
    ]
