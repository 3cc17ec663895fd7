"""The difference of two sides over the same tasks: pure, from task scores to intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import msgspec

from efficoder.console import counted
from efficoder.errors import InputError
from efficoder.evaluation.task_scores import Cell, Reading
from efficoder.metrics.formulas import geometric_mean, geometric_ratio, pass_at_k
from efficoder.metrics.intervals import Interval, bootstrap_of_means, paired_difference, significance

SCHEMA = "efficoder.comparison/1"
_FEW = 20
"""Of fewer tasks a percentile bootstrap covers less than it says."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of A and B over the same tasks; ``estimate`` is B - A, or B / A for a ratio."""

    name: str
    definition: str
    a: float
    b: float
    estimate: Interval
    words: str


class RunComparison(msgspec.Struct, frozen=True, kw_only=True):
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
    tests: str = ""
    """Hash of the frozen tests it was evaluated on; empty where they are not frozen."""

    @property
    def label(self) -> str:
        return f"{self.run}:{self.model}"


@dataclass(frozen=True, slots=True)
class _Pairs:
    """The tasks that count, as pairs of cells."""

    attempted: list[tuple[Cell, Cell]]
    solved: list[tuple[Cell, Cell]]
    timed: list[tuple[Reading, Reading]]
    everything: list[tuple[Reading, Reading]]
    """Failures censored; timed on the same loads."""


def compare_sides(a: Side, b: Side) -> RunComparison:
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
    return RunComparison(
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
        notes.append(f"Not counted: {counted(alone, 'task')} with samples of one side alone.")
    if others:
        notes.append(f"Not counted: {counted(others, 'task')} whose prompt or checks differ in the two runs.")
    if other_loads:
        notes.append(
            f"{counted(other_loads, 'task')} timed on other loads in the two runs: --remeasure races both on one."
        )
    if not pairs.timed:
        notes.append("No time can be compared: no task both solved was timed on the same loads.")
    if a.conditions != b.conditions:
        notes.append("Two machines: times and memory are each relative to the reference measured beside them.")
    elif a.run != b.run and pairs.timed:
        notes.append("Two runs of one machine: times are relative to the reference measured beside them.")
    if len(pairs.attempted) < _FEW:
        notes.append(f"Few tasks ({len(pairs.attempted)}): the intervals are rough, and likely too narrow.")
    return [*notes, "Each interval is of 95 % by itself: the more metrics, the likelier that one differs by chance."]


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
    estimate = bootstrap_of_means(geometric_ratio, *columns)
    means = [float(geometric_mean(fmean(column))) for column in columns]
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
    estimate = paired_difference(before, after)
    return Difference(
        name=name,
        definition=definition,
        a=fmean(before),
        b=fmean(after),
        estimate=estimate,
        words=significance(estimate),
    )
