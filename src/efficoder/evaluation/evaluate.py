"""``efficoder evaluate``: score samples of one's own or of a benchmark's tasks, one line per sample, then a summary.

An evaluation is an ordinary run (collect, generate, write_tests, check, measure, beside), so it resumes, and the same
--name takes further samples of the same tasks: they then race side by side. The tasks' own checks decide right or
wrong; loads are made so that speed shows. Scores are read off the rows, task by task (evaluation/task_scores.py,
evaluation/model_scores.py).
"""

import json
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from efficoder import benchmarks, sources
from efficoder.config import Config, load
from efficoder.console import Console, command, counted, data, one_line, printable, to_json
from efficoder.errors import InputError, TooManyFailures, UsageError
from efficoder.evaluation import leaderboard
from efficoder.evaluation.enamel_levels import Levels, level_program
from efficoder.evaluation.joining import Joining, anchor_of
from efficoder.evaluation.leaderboard import Summary
from efficoder.evaluation.model_scores import Board
from efficoder.evaluation.reference_race import ReferenceRace
from efficoder.evaluation.rows import pool_candidates, score_tasks
from efficoder.evaluation.scoreboard import Ends, scoreboard
from efficoder.evaluation.summary import read_summary, summarise
from efficoder.evaluation.task_scores import SampleScore
from efficoder.languages import refusal, refuse_unknown
from efficoder.metrics.readings import UNBOUNDED
from efficoder.models.replay import REPLAY
from efficoder.pipeline.stage import Stage
from efficoder.pipeline.work import Scope, Work
from efficoder.report.content import Scoreboard
from efficoder.report.tables import Form, counts, sheet_cell
from efficoder.stages import run
from efficoder.stages.ready import refuse_unready
from efficoder.stages.report import write_report
from efficoder.store import Store, open_run
from efficoder.testgen import frozen
from efficoder.types import (
    REFERENCE,
    Drop,
    Sample,
    Task,
    TestFacts,
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
    samples: tuple[Path, ...]
    """Files of recorded samples."""
    model: str | None
    n: int = 1
    temperature: float = 0.0
    only_correct: bool = False
    """Right or wrong alone: no loads are made and nothing is timed."""
    base_only: bool = False
    """Of a set with base and plus inputs, the base inputs alone."""
    tests: Path | None = None
    """Frozen tests to judge and time on; None: they are written."""
    out: Path | None = None
    """A CSV file for every number of the summary."""
    everything: bool = False
    """Show all tables, not the headline alone."""


def evaluate(
    spec: Spec, runs: Path, name: str | None, sets: Sequence[str], *, limit: int | None, as_json: bool
) -> None:
    """Run the evaluation, or resume it, and print it. Raises UsageError for a request that names too little or
    too much, InputError for files that cannot be used or do not fit together, and at the end TooManyFailures where a
    task met an internal error."""
    source, benchmark = source_of(spec)
    config = _config(spec, source, sets)
    folder = runs / (name or default_name(spec))
    refuse_unready(config, folder, ("collect", "generate"))
    with Store(folder, write=True) as store:
        _refuse_other_tasks(store, config, folder.name)
        _refuse_other_tests(store, config, folder.name)
        store.set_meta({"purpose": "evaluation"})
        console = Console(folder / "log.txt")
        scope = run.execute(store, config, console, Scope(("collect",), limit=limit))
        _leave_out_unknown(store, source)
        run.execute(store, config, console, replace(scope, steps=("generate",)))
        asked = _asked(store, spec)
        store.put(list(pool_candidates(store)))
        judged = replace(scope, tasks=asked if scope.tasks is None else asked & scope.tasks, max_failed=0)
        faults = list(_faults(Work(store, config, console, judged), only_correct=spec.only_correct))
        size = benchmarks.size_note(benchmark, store.count(Task)) if benchmark and limit is None else ""
        base = "base inputs alone: not the set's own score" if spec.base_only else ""
        notes = [note for note in (size, benchmark and benchmark.note, base, *faults) if note]
        summary, shown = report(store, scope.tasks, as_json=as_json, notes=notes, everything=spec.everything)
        if spec.out is not None:
            write_numbers(summary, spec.out)
        page = folder / "report.html"
        store.set_meta({"scores": msgspec.json.encode(shown).decode()})
        write_report(store, page)
        console.say(f"{page}; a line a sample: {folder / SAMPLES}")
        console.say(f"next: {command('leaderboard', folder, '--all')} has all tables; {_differences(summary, folder)}")
    if faults:
        raise TooManyFailures("the evaluation is incomplete: " + " ".join(faults))


def _differences(summary: Summary, folder: Path) -> str:
    """The command that compares two models of the evaluation, or how a second one is added."""
    models = [model.model for model in summary.standings.models if model.model != REFERENCE]
    if len(models) < 2:
        return f"the same command with a second model and --name {folder.name} scores both side by side"
    return f"{command('compare', *(f'{folder}:{model}' for model in models[:2]))} says how they differ"


def _faults(work: Work, *, only_correct: bool) -> Iterator[str]:
    """Does the steps that judge and time. A step whose jobs met an internal error gives a line; the next goes on."""
    config = work.config

    def execute(name: str) -> None:
        run.execute(work.store, config, work.console, replace(work.scope, steps=(name,)))

    def run_timed(stage: Stage) -> None:
        with run.timed(work.store, stage.name):
            work.run(stage)

    steps: dict[str, Callable[[], object]] = {name: partial(execute, name) for name in ("write_tests", "check")}

    def measure() -> None:
        """Those of a task that has an anchor join its race; the others race together."""
        store = work.store
        first = {task.id for task in work.tasks() if anchor_of(store, task, config.measure) is None}
        scope = replace(work.scope, steps=("measure",), tasks=frozenset(first))
        run.execute(store, config, work.console, scope)
        run_timed(Joining(config.measure))

    if not only_correct:
        steps["measure"] = measure
        steps["beside"] = partial(run_timed, ReferenceRace(config.measure))
    if any(level_program(work.store, task.id) for task in work.tasks()):
        steps["levels"] = partial(run_timed, Levels(config.check))
    for name, step in steps.items():
        try:
            step()
        except TooManyFailures as failed:
            yield f"{name}: {counted(failed.jobs, 'task')} met an internal error; the same command tries again."


def source_of(spec: Spec) -> tuple[str, benchmarks.Benchmark | None]:
    """``FORMAT:PATH`` and the benchmark it is, if any. Raises UsageError."""
    source, benchmark = _whole_source(spec)
    if not spec.base_only:
        return source, benchmark
    if benchmark is None or not benchmark.base:
        having = ", ".join(name for name, each in benchmarks.BENCHMARKS.items() if each.base)
        raise UsageError(f"--base-only: {spec.tasks} has no base and plus inputs; these have: {having}")
    return f"{benchmark.base}:{source.partition(':')[2]}", benchmark


def _whole_source(spec: Spec) -> tuple[str, benchmarks.Benchmark | None]:
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
    writers = [path.name.partition(".")[0] for path in spec.samples]
    who = "-".join(writers) or (spec.model or "").rpartition("/")[2]
    return f"evaluate-{tasks}{'-base' if spec.base_only else ''}-{who}"


def _config(spec: Spec, source: str, sets: Sequence[str]) -> Config:
    if bool(spec.samples) == (spec.model is not None):
        raise UsageError("give either --samples FILE or --model PROVIDER/NAME")
    models = [f"{REPLAY}{path}" for path in spec.samples] or [str(spec.model)]
    asked = (
        f"collect.sources={json.dumps([source])}",
        f"generate.models={json.dumps(models)}",
        f"generate.samples={spec.n}",
        f"generate.temperature={spec.temperature}",
    )
    scope = ["write_tests.loads=0"] if spec.only_correct else []
    if spec.tests is not None:
        scope.append(f"write_tests.frozen={json.dumps(str(spec.tests))}")
    return load(None, [*asked, *PRESETS, *scope, *sets])


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


def _refuse_other_tests(store: Store, config: Config, name: str) -> None:
    """A run's results are on one set of tests."""
    path, before = config.write_tests.frozen, {facts.frozen for facts in store.all(TestFacts)}
    wanted = frozen.read(Path(path)).hash if path is not None else ""
    for other in before - {wanted}:
        raise UsageError(
            f"the run {name!r} was evaluated on {frozen.words(other)}, not on {frozen.words(wanted)}; "
            "choose another --name, or give the same --tests"
        )


def _leave_out_unknown(store: Store, source: str) -> None:
    """Tasks in a language that is not here are dropped by name, judged by nobody. Raises InputError where that is
    all."""
    drops = [
        Drop(id=task.id, stage="collect", reason="unknown_language", detail=why, task_id=task.id)
        for task in store.all(Task)
        if (why := refusal(task)) is not None
    ]
    if len(drops) == store.count(Task):
        refuse_unknown(store.all(Task), source.partition(":")[2])
    store.put(drops)  # collect has taken back what it said before


def _asked(store: Store, spec: Spec) -> frozenset[str]:
    """The tasks that have samples: the others need no tests. Raises InputError where that is none."""
    asked = frozenset(sample.task_id for sample in store.all(Sample) if sample.model != REFERENCE)
    if asked:
        return asked
    task = next(store.all(Task))
    stray = next((drop.detail for drop in store.all(Drop) if drop.reason == "unknown task"), "")
    if spec.samples:
        hint = f"its task_id {stray!r} is not among the tasks, which are called like {task.id!r}"
        raise InputError("no sample is of these tasks", path=", ".join(map(str, spec.samples)), hint=hint)
    raise InputError(f"{spec.model} gave no sample", hint="log.txt in the run folder says why; run again")


def report(
    store: Store,
    tasks: Container[str] | None = None,
    *,
    as_json: bool,
    notes: Sequence[str] = (),
    everything: bool = False,
) -> tuple[Summary, Scoreboard]:
    """The summary of ``tasks``, and each of their samples in a line of the run's SAMPLES; with ``as_json`` one JSON
    document: a Summary with ``samples``. The scoreboard is of all that the run has, as its report is.

    The document is printed piece by piece, so that a hundred thousand samples never lie in memory at once.
    """
    whole, ends, comma = Board(), Ends(), ""
    board = whole if tasks is None else Board()
    if as_json:
        data('{"samples": [')
    with (store.folder / SAMPLES).open("w", encoding="utf-8") as lines:
        lines.write("\t".join(COLUMNS) + "\n")
        for score in score_tasks(store):
            whole.add(score)
            ends.add(score.samples)
            if tasks is not None and score.task_id not in tasks:
                continue
            if board is not whole:
                board.add(score)
            for sample in score.samples:
                if as_json:
                    data(comma + msgspec.json.encode(sample).decode())
                    comma = ","
                if sample.model != REFERENCE:
                    cells = (printable(one_line(sheet_cell(cell))) for cell in _cells(sample))
                    lines.write("\t".join(cells) + "\n")
    summary = summarise(store, board, notes=notes)
    if as_json:
        summary_fields = msgspec.json.encode(summary).decode().removeprefix("{")  # they join those of the open object
        data(f"],{summary_fields}")
    else:
        data(leaderboard.text(summary, everything=everything))
    of_all = summary if board is whole else summarise(store, whole, notes=notes)
    return summary, scoreboard(of_all, ends)


def write_numbers(summary: Summary, out: Path) -> None:
    """Every number of the summary as one CSV table, bounds in columns of their own."""
    out.write_text(leaderboard.text(summary, "csv") + "\n", encoding="utf-8")


def show_leaderboard(
    runs: Path,
    name: str,
    models: Sequence[str],
    form: Form,
    *,
    as_json: bool,
    everything: bool = False,
    out: Path | None = None,
) -> None:
    """The summary of an evaluated run, of all its models or of those named."""
    with open_run(runs, name) as store:
        summary = read_summary(store, models)
    if out is not None:
        write_numbers(summary, out)
    if as_json:
        to_json(summary)
    else:
        data(leaderboard.text(summary, form, everything=everything))


SAMPLES = "samples.tsv"
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
    return f"judged on {sample.checks} of {counted(shipped, 'check')}: {counts(sample.lost)}"


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
        f"{ratio.high:.3g}" if ratio and ratio.high < UNBOUNDED else "",
        " ".join(note.split())[:160],
    ]
