"""``efficoder compare A B``: is B better than A, by how much, and is the difference real?

A and B are evaluated runs, or RUN:MODEL. Every number is taken over the same tasks for both and bootstrapped in pairs.
Times are compared where both were timed on the same loads, each relative to its own race's reference; ``remeasure``
puts the programs of both into one race on this machine.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from efficoder.config import load
from efficoder.console import Console, counted, data, to_json
from efficoder.errors import CheckFailed, InputError, UsageError, suggest
from efficoder.evaluation.difference import RunComparison, Side, compare_sides
from efficoder.evaluation.fail_if import parse_condition
from efficoder.evaluation.reference_race import ReferenceRace
from efficoder.evaluation.rows import Conditions, frozen_tests, pool_candidates, task_rows
from efficoder.evaluation.task_scores import score_task
from efficoder.judging.judge import tests_hash
from efficoder.languages.identity import sample_id
from efficoder.pipeline.run_stage import run_stage
from efficoder.pipeline.work import Scope
from efficoder.report.tables import Form, number, render, with_interval
from efficoder.stages import run
from efficoder.store import Store, open_run, timed_inputs
from efficoder.testgen import frozen
from efficoder.types import REFERENCE, Candidate, Pool, Record, Sample, Task, TaskTests, TestFacts


@dataclass(frozen=True, slots=True)
class Options:
    runs: Path
    fail_if: tuple[str, ...] = ()
    across_machines: bool = False
    remeasure: bool = False
    form: Form = "text"
    as_json: bool = False


def compare(a: str, b: str, options: Options) -> None:
    """Print the comparison. Raises UsageError for unclear names, InputError for runs that cannot be compared, and
    CheckFailed when a ``fail_if`` condition holds."""
    conditions = [parse_condition(text) for text in options.fail_if]
    if options.remeasure:
        a, b = _side_by_side(a, b, options.runs)
    first, second = read_side(options.runs, a), read_side(options.runs, b)
    _refuse_other_tests(first, second)
    _refuse_other_machine(first, second, options)
    result = compare_sides(first, second)
    if options.as_json:
        to_json(result)
    else:
        data(text(result, options.form))
    failed = [words for condition in conditions if (words := condition.holds(result))]
    if failed:
        raise CheckFailed("; ".join(failed))


def split(selector: str) -> tuple[str, str]:
    """RUN:MODEL in two; the model is empty where none is named. A path that exists is a run as it is."""
    if Path(selector).is_dir():
        return selector, ""
    run, _, model = selector.partition(":")
    return run, model


def _model_of(store: Store, wanted: str) -> str:
    models = sorted({sample.model for sample in store.all(Sample)})
    if wanted and wanted not in models:
        raise UsageError(f"{store.folder.name} has no model {wanted!r}{suggest(wanted, models)}")
    written = [model for model in models if model != REFERENCE]
    if not wanted and len(written) != 1:
        raise UsageError(
            f"{store.folder.name} has {counted(len(written), 'model')}; name one as {store.folder.name}:MODEL: "
            f"{', '.join(written) or REFERENCE}"
        )
    return wanted or written[0]


def read_side(runs: Path, selector: str) -> Side:
    run, wanted = split(selector)
    with open_run(runs, run) as store:
        model = _model_of(store, wanted)
        conditions = Conditions(store.folder.name)
        side = Side(store.folder.name, model, ("", ""), {}, {}, {}, frozen_tests(store))
        for task in store.alive():
            rows = task_rows(store, task)
            for measurement in (*rows.measurements.values(), *rows.beside.values()):
                conditions.add(measurement)
            cell = score_task(rows).cells.get(model)
            if cell is not None:
                side.cells[task.id] = cell
                side.checks[task.id] = _identity(store, task)
                side.loads[task.id] = tests_hash(timed_inputs(task, store.tests(task.id)))
        if not side.cells:
            raise InputError(f"no judged sample of {model!r}", path=store.folder, hint="evaluate it first")
        return Side(side.run, model, conditions.seen or ("", ""), side.cells, side.checks, side.loads, side.tests)


def _identity(store: Store, task: Task) -> str:
    given = store.get(TaskTests, f"{task.id}/False")
    return task.prompt + tests_hash(given.checks if given else ())


def _refuse_other_tests(a: Side, b: Side) -> None:
    if a.tests and b.tests and a.tests != b.tests:
        raise InputError(
            f"{a.label} was evaluated on {frozen.words(a.tests)}, {b.label} on {frozen.words(b.tests)}: results on two "
            "sets of tests are not compared",
            hint="evaluate both with the same --tests, or let --remeasure put both on the tests of the first",
        )


def _refuse_other_machine(a: Side, b: Side, options: Options) -> None:
    if a.conditions == b.conditions or "" in (a.conditions[0], b.conditions[0]) or options.across_machines:
        return
    raise InputError(
        f"{a.label} was timed on machine {a.conditions[0]} (tier {a.conditions[1]}), {b.label} on {b.conditions[0]} "
        f"(tier {b.conditions[1]}): times of two machines are not compared",
        hint="--remeasure times both here, --across-machines compares what each is relative to its own reference",
    )


def _side_by_side(a: str, b: str, runs: Path) -> tuple[str, str]:
    """A run ``compare-A-B`` with the samples of both on A's tests, checked and raced here. It resumes."""
    (run_a, model_a), (run_b, model_b) = split(a), split(b)
    with open_run(runs, run_a) as left, open_run(runs, run_b) as right:
        model_a, model_b = _model_of(left, model_a), _model_of(right, model_b)
        folder = runs / f"compare-{left.folder.name}-{right.folder.name}"
        names = f"{left.folder.name}/{model_a}", f"{right.folder.name}/{model_b}"
        with Store(folder, write=True) as store:
            config = load(left.folder / "run.toml", [])
            for task in left.alive():
                other = right.get(Task, task.id)
                if other and left.tests(task.id).written and _identity(left, task) == _identity(right, other):
                    rows: list[Record] = [
                        task,
                        *filter(None, (left.get(TaskTests, f"{task.id}/{w}") for w in (False, True))),
                    ]
                    rows += filter(None, [left.get(TestFacts, task.id), left.get(Pool, task.id)])
                    rows += _samples(left, task.id, {model_a: names[0], REFERENCE: REFERENCE})
                    store.put([*rows, *_samples(right, task.id, {model_b: names[1]})])
            store.put(list(pool_candidates(store)))
            console = Console(folder / "log.txt")
            run.execute(store, config, console, Scope(("check", "measure")))
            run_stage(ReferenceRace(config.measure), store, config.run, console)
    return f"{folder.name}:{names[0]}", f"{folder.name}:{names[1]}"


def _samples(store: Store, task_id: str, names: dict[str, str]) -> list[Record]:
    """The task's samples of those models under their new names, with their candidates."""
    rows: list[Record] = []
    wanted: set[str] = set()
    for sample in store.all(Sample, task_id):
        if sample.model in names:
            name = names[sample.model]
            rows.append(msgspec.structs.replace(sample, id=sample_id(task_id, name, sample.index), model=name))
            wanted.add(sample.candidate_id or "")
    return [*rows, *(c for c in store.all(Candidate, task_id) if c.id in wanted)]


def text(result: RunComparison, form: Form = "text") -> str:
    header = ["metric", "A", "B", "B against A", "n", "in words"]
    rows = [
        [d.name, number(d.a), number(d.b), with_interval(d.estimate), str(d.estimate.n), d.words]
        for d in result.differences
    ]
    table = render(header, rows, form)
    if form in ("csv", "latex"):
        return table
    remarks = [*result.notes, *(f"{d.name}: {d.definition}." for d in result.differences)]
    intro = f"A: {result.a}\nB: {result.b}"
    return f"{intro}\n\n{table}\n\n" + "\n".join(remarks)
