"""``efficoder compare A B``: is B better than A, by how much, and is the difference real?

A and B are evaluated runs, or RUN:MODEL. Every number is taken over the same tasks for both and bootstrapped in pairs.
Times are compared where both were timed on the same loads, each relative to its own race's reference; ``remeasure``
puts the programs of both into one race on this machine.
"""

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from efficoder.config import load
from efficoder.console import Console, data, to_json
from efficoder.errors import CheckFailed, InputError, UsageError, suggest
from efficoder.evaluation.reference_race import Beside
from efficoder.evaluation.run import Conditions, pool_candidates, task_rows
from efficoder.evaluation.task_scores import Cell, Reading, score_task
from efficoder.judging.judge import tests_hash
from efficoder.languages.identity import sample_id
from efficoder.metrics.formulas import pass_at_k
from efficoder.metrics.intervals import Interval, bootstrap_of_means, significance
from efficoder.pipeline.run import run_stage
from efficoder.pipeline.work import Scope
from efficoder.report.tables import Form, number, render, with_interval
from efficoder.stages import run
from efficoder.store import Store, open_run, timed_inputs
from efficoder.types import REFERENCE, Candidate, Pool, Record, Sample, Task, TaskTests

SCHEMA = "efficoder.comparison/1"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of A and B over the same tasks; ``estimate`` is B - A, or B / A for a ratio."""

    name: str
    definition: str
    a: float
    b: float
    estimate: Interval
    words: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    a: str
    b: str
    machine_a: str
    machine_b: str
    attempted: int
    """Tasks both have samples for."""
    solved: int
    """Those of them that both solved."""
    timed: int
    """Those of them whose times can be compared."""
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Options:
    runs: Path
    fail_if: tuple[str, ...] = ()
    across_machines: bool = False
    remeasure: bool = False
    form: Form = "text"
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """One model of one run."""

    run: str
    model: str
    conditions: tuple[str, str]
    """Machine and sandbox tier of its times; empty where there is none."""
    cells: dict[str, Cell]
    checks: dict[str, str]
    """Task id to the identity of prompt and given checks."""
    loads: dict[str, str]
    """Task id to the identity of what it was timed on."""

    @property
    def label(self) -> str:
        return f"{self.run}:{self.model}"


def compare(a: str, b: str, options: Options) -> None:
    """Print the comparison. Raises UsageError for unclear names, InputError for runs that cannot be compared, and
    CheckFailed when a ``fail_if`` condition holds."""
    conditions = [parse_condition(text) for text in options.fail_if]
    if options.remeasure:
        a, b = _side_by_side(a, b, options.runs)
    first, second = read_side(options.runs, a), read_side(options.runs, b)
    _refuse_other_machine(first, second, options)
    result = compare_sides(first, second)
    if options.as_json:
        to_json(result)
    else:
        data(text(result, options.form))
    failed = [words for condition in conditions if (words := condition.holds(result))]
    if failed:
        raise CheckFailed("; ".join(failed))


# ---------------------------------------------------------------- the two sides


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
            f"{store.folder.name} has {len(written)} models; name one as {store.folder.name}:MODEL: {', '.join(models)}"
        )
    return wanted or written[0]


def read_side(runs: Path, selector: str) -> Side:
    run, wanted = split(selector)
    with open_run(runs, run) as store:
        model = _model_of(store, wanted)
        conditions = Conditions(store.folder.name)
        side = Side(store.folder.name, model, ("", ""), {}, {}, {})
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
        return Side(side.run, model, conditions.seen or ("", ""), side.cells, side.checks, side.loads)


def _identity(store: Store, task: Task) -> str:
    given = store.get(TaskTests, f"{task.id}/False")
    return task.prompt + tests_hash(given.checks if given else ())


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
                if (other := right.get(Task, task.id)) and _identity(left, task) == _identity(right, other):
                    rows: list[Record] = [task, *filter(None, (left.get(TaskTests, f"{task.id}/{w}") for w in _BOTH))]
                    rows += filter(None, [left.get(Pool, task.id)])
                    rows += _samples(left, task.id, {model_a: names[0], REFERENCE: REFERENCE})
                    store.put([*rows, *_samples(right, task.id, {model_b: names[1]})])
            store.put(list(pool_candidates(store)))
            console = Console(folder / "log.txt")
            run.execute(store, config, console, Scope(("check", "measure")))
            run_stage(Beside(config.measure), store, config.run, console)
    return f"{folder.name}:{names[0]}", f"{folder.name}:{names[1]}"


_BOTH = (False, True)


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


# ---------------------------------------------------------------- the differences


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The tasks that count, as pairs of cells."""

    attempted: list[tuple[Cell, Cell]]
    solved: list[tuple[Cell, Cell]]
    timed: list[tuple[Reading, Reading]]
    everything: list[tuple[Reading, Reading]]
    """Failures censored; timed on the same loads."""


def compare_sides(a: Side, b: Side) -> Comparison:
    """B against A. Raises InputError without a task both have samples for."""
    shared = [task for task in a.cells if task in b.cells and a.checks[task] == b.checks[task]]
    others = sum(task in b.cells and a.checks[task] != b.checks[task] for task in a.cells)
    if not shared:
        raise InputError(f"{a.label} and {b.label} have no task in common", hint="evaluate both on the same tasks")
    same = [task for task in shared if a.loads[task] == b.loads[task]]
    pairs = _Pairs(
        attempted=[(a.cells[task], b.cells[task]) for task in shared],
        solved=[(a.cells[t], b.cells[t]) for t in shared if a.cells[t].right and b.cells[t].right],
        timed=[(x, y) for t in same if (x := a.cells[t].own) and (y := b.cells[t].own)],
        everything=[(x, y) for t in same if (x := a.cells[t].all) and (y := b.cells[t].all)],
    )
    is_here = a.conditions == b.conditions
    found = [_passes(pairs), *_ratios(pairs, is_here), *_means(pairs, a.run == b.run)]
    return Comparison(
        schema=SCHEMA,
        a=a.label,
        b=b.label,
        machine_a=a.conditions[0],
        machine_b=b.conditions[0],
        attempted=len(shared),
        solved=len(pairs.solved),
        timed=len(pairs.timed),
        differences=tuple(difference for difference in found if difference),
        notes=tuple(_notes(a, b, others, pairs, len(shared) - len(same))),
    )


def _notes(a: Side, b: Side, others: int, pairs: _Pairs, other_loads: int) -> list[str]:
    notes = []
    alone = len(a.cells) + len(b.cells) - 2 * len(pairs.attempted) - 2 * others
    if alone:
        notes.append(f"{alone} tasks have samples of one side alone and do not count.")
    if others:
        notes.append(f"{others} tasks of one id have another prompt or other checks in the two runs and do not count.")
    if other_loads:
        notes.append(f"{other_loads} tasks were timed on other loads in the two runs: --remeasure races both on one.")
    if not pairs.timed:
        notes.append("No time can be compared: no task both solved was timed on the same loads.")
    if a.conditions != b.conditions:
        notes.append("Two machines: times and memory are each relative to the reference measured beside them.")
    elif a.run != b.run and pairs.timed:
        notes.append("Two runs of one machine: times are relative to the reference measured beside them.")
    return notes


def _passes(pairs: _Pairs) -> Difference:
    rates = [tuple(pass_at_k(cell.samples, cell.right, 1) for cell in pair) for pair in pairs.attempted]
    before, after = zip(*rates, strict=True)
    return _difference("pass_difference", "pass@1 of B less A's, on tasks both have samples for", before, after)


def _ratios(pairs: _Pairs, is_here: bool) -> list[Difference | None]:
    """Geometric means of B / A over the tasks both solved. On two machines only what is relative is compared."""
    return [
        _ratio("et_ratio", "CPU time", pairs, "net", "et_s", is_here),
        _ratio("mu_ratio", "peak memory", pairs, "nmu", "mu_bytes", is_here),
        _ratio("tmu_ratio", "memory integral", pairs, "ntmu", "tmu_byte_s", is_here),
    ]


def _ratio(name: str, what: str, pairs: _Pairs, relative: str, absolute: str, is_here: bool) -> Difference | None:
    columns: tuple[list[float], list[float]] = ([], [])
    for pair in pairs.timed:
        field = relative if all(getattr(side, relative) is not None for side in pair) else absolute
        values = [getattr(side, field) for side in pair]
        if None not in values and (is_here or field == relative):
            for column, value in zip(columns, values, strict=True):
                column.append(math.log(value))
    if not columns[0]:
        return None
    estimate = bootstrap_of_means(lambda a, b: np.exp(b - a), *columns)
    means = [math.exp(math.fsum(column) / len(column)) for column in columns]
    return Difference(
        name=name,
        definition=f"{what} of B over A's, geometric mean over tasks both solved (A, B: relative to the reference)",
        a=means[0],
        b=means[1],
        estimate=estimate,
        words=significance(estimate, null=1.0, higher_is_better=False),
    )


def _means(pairs: _Pairs, is_one_run: bool) -> list[Difference | None]:
    """Scores in which a failure is 0, over all tasks both have samples for."""
    wanted = {"eff": ("eff_difference", "eff@1 of B less A's, failures 0")}
    if is_one_run:  # Beyond is relative to the run's own pool
        wanted["beyond"] = ("beyond_difference", "Beyond of B less A's, failures 0")
    found: list[Difference | None] = []
    for field, (name, definition) in wanted.items():
        values = [[getattr(side, field) for side in pair] for pair in pairs.everything]
        values = [pair for pair in values if None not in pair]
        found.append(_difference(name, definition, *zip(*values, strict=True)) if values else None)
    return found


def _difference(name: str, definition: str, before: Sequence[float], after: Sequence[float]) -> Difference:
    estimate = bootstrap_of_means(lambda a, b: b - a, before, after)
    return Difference(
        name=name,
        definition=definition,
        a=math.fsum(before) / len(before),
        b=math.fsum(after) / len(after),
        estimate=estimate,
        words=significance(estimate),
    )


# ---------------------------------------------------------------- printing and judging


def text(result: Comparison, form: Form = "text") -> str:
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


NAMES = ("pass_difference", "et_ratio", "mu_ratio", "tmu_ratio", "eff_difference", "beyond_difference")
_CONDITION = re.compile(r"\s*(\w+)(?:\.(low|high))?\s*(<=|>=|<|>)\s*([-+]?\d+\.?\d*(?:[eE][-+]?\d+)?)\s*")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Condition(msgspec.Struct, frozen=True):
    """``et_ratio>1.05``: of the estimate, or with ``.low`` and ``.high`` of its interval's bounds."""

    name: str
    part: str
    sign: str
    bound: float

    def holds(self, result: Comparison) -> str:
        """What failed, or nothing. Raises InputError where the value is not known: a check that cannot be made
        must not pass."""
        found = next((d.estimate for d in result.differences if d.name == self.name), None)
        value = None if found is None else getattr(found, self.part)
        word = self.name if self.part == "value" else f"{self.name}.{self.part}"
        if value is None:
            raise InputError(f"--fail-if: {word} is not known for {result.a} and {result.b}", hint="see the notes")
        is_so = _OPERATORS[self.sign](value, self.bound)
        return f"--fail-if {word}{self.sign}{self.bound:g} holds: it is {number(value)}" if is_so else ""


def parse_condition(text: str) -> Condition:
    """Raises UsageError naming what is allowed."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise UsageError(f"--fail-if {text!r}: write METRIC[.low|.high] then < <= > or >= then a number: et_ratio>1.05")
    name, part, sign, bound = match.groups()
    if name not in NAMES:
        raise UsageError(f"--fail-if {text!r}: unknown metric {name!r}{suggest(name, NAMES)}")
    return Condition(name, part or "value", sign, float(bound))
