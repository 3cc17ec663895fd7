"""``efficoder study``: what candidates cost and bring, and which teachers matter. Read off the recorded samples of an
evaluated or finished run; nothing is run here (but in studies/loads.py and studies/selection.py).

A task takes part when its reference and at least one sample have a time. The gain of a task is the reference's time
over the best right sample's; where no sample is faster, or right, the reference is kept: gain 1. Means are geometric.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import msgspec

from efficoder.console import Console, command, counted, data, to_json
from efficoder.metrics.formulas import expected_best, pass_at_k
from efficoder.metrics.intervals import Interval
from efficoder.report.curve import curve_svg
from efficoder.report.tables import Form, number, render, with_interval
from efficoder.store import Store, open_run
from efficoder.studies.pool import kept_log, mean_gain, pool
from efficoder.types import Measurement, Sample

PAYS = 0.01
"""Another candidate pays while it raises the mean gain by at least this share."""


ENOUGH = 0.9
"""The curve goes as far as this share of the tasks has samples; tasks with fewer are left out and counted."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What n samples bring, expected over all ways to draw them from the pool, and cost."""

    n: int
    gain: Interval
    """Reference's time over the kept program's; failures keep the reference."""
    selection: Interval
    """The time of a right sample drawn at random over the kept one's: what choosing by time adds to having one."""
    marginal: float | None
    """By how much the gain grew over n - 1."""
    solved: float
    """pass@n."""
    tokens: float | None
    """Completion tokens per task; None where the samples do not say (recorded ones)."""
    cost_usd: float | None
    measuring_s: float
    """CPU seconds of timing a task's candidates, checking not included."""


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    schema: str
    run: str
    models: tuple[str, ...]
    tasks: int
    left_out: int
    """Timed tasks with too few samples for the curve."""
    points: tuple[Point, ...]
    enough: int | None
    """The first n after which another candidate adds less than PAYS; None when the curve ends before."""


def candidates(runs: Path, name: str, models: Sequence[str], form: Form, *, plot: Path | None, as_json: bool) -> None:
    """Print the curve; with ``plot`` also draw it into that file."""
    with open_run(runs, name) as store:
        curve = candidate_curve(store, models)
    if plot is not None:
        plot.write_text(draw(curve), encoding="utf-8")
    if as_json:
        to_json(curve)
        return
    header = ["n", "gain", "over random right", "marginal", "pass@n", "tokens", "US$", "timing CPU s"]
    rows = [
        [
            str(p.n),
            with_interval(p.gain),
            with_interval(p.selection),
            "" if p.marginal is None else f"{100 * p.marginal:.2f} %",
            number(p.solved),
            "n/a" if p.tokens is None else number(p.tokens),
            "n/a" if p.cost_usd is None else number(p.cost_usd),
            number(p.measuring_s),
        ]
        for p in curve.points
    ]
    data(render(header, rows, form))
    if form in ("text", "markdown"):
        data(f"\n{_curve_words(curve)}")
        Console().say(f"next: {command('study', 'teachers', store.folder)} says what each model brings")


def _curve_words(curve: Curve) -> str:
    left_out = f"; {counted(curve.left_out, 'task')} with fewer samples left out" if curve.left_out else ""
    last = curve.points[-1].n
    pays = (
        f"After {counted(curve.enough, 'candidate')} another one adds less than {100 * PAYS:g} % to the mean gain."
        if curve.enough is not None
        else f"At {counted(last, 'candidate')} another one still adds {100 * PAYS:g} % or more to the mean gain."
    )
    return (
        f"{pays} {counted(curve.tasks, 'task')}, samples of {counted(len(curve.models), 'model')}{left_out}; per task."
    )


def candidate_curve(store: Store, models: Sequence[str] = ()) -> Curve:
    tasks = pool(store, models)
    sizes = sorted((len(task.logs) for task in tasks), reverse=True)
    most = sizes[max(0, math.ceil(ENOUGH * len(sizes)) - 1)]
    used = [task for task in tasks if len(task.logs) >= most]
    writers = sorted({model for task in used for model in task.models})
    tokens, cost_usd, measuring_s = _costs(store, {task.task_id for task in used}, frozenset(writers))
    points: list[Point] = []
    for n in range(1, most + 1):
        gain = mean_gain([expected_best(sorted(kept_log([log]) for log in task.logs), n) for task in used])
        points.append(
            Point(
                n=n,
                gain=gain,
                selection=mean_gain([_selection(task.logs, n) for task in used]),
                marginal=gain.value / points[-1].gain.value - 1.0 if points else None,
                solved=fmean(pass_at_k(len(task.logs), task.right, n) for task in used),
                tokens=n * tokens if tokens else None,
                cost_usd=n * cost_usd if cost_usd else None,
                measuring_s=n * measuring_s,
            )
        )
    return Curve(
        schema="efficoder.candidates/1",
        run=store.folder.name,
        models=tuple(writers),
        tasks=len(used),
        left_out=len(tasks) - len(used),
        points=tuple(points),
        enough=next((p.n - 1 for p in points if p.marginal is not None and p.marginal < PAYS), None),
    )


def _selection(logs: Sequence[float | None], n: int) -> float:
    """Expected log of (mean right time / best right time) of n samples; 0 where none of them is right."""
    right = [log for log in logs if log is not None]
    if not right:
        return 0.0
    average = fmean(right)
    return expected_best([*[0.0] * (len(logs) - len(right)), *(log - average for log in sorted(right))], n)


def _costs(store: Store, tasks: set[str], models: frozenset[str]) -> tuple[float, float, float]:
    """Completion tokens, dollars and CPU seconds of timing, each a sample."""
    tokens = samples = 0
    cost_usd = 0.0
    wanted: set[str] = set()
    for sample in store.all(Sample):
        if sample.task_id in tasks and sample.model in models:
            samples += 1
            tokens += sample.usage.completion_tokens
            cost_usd += sample.usage.cost_usd
            wanted.add(sample.candidate_id or "")
    spent_s = math.fsum(run.cpu_s for m in store.all(Measurement) if m.candidate_id in wanted for run in m.rounds)
    return tokens / samples, cost_usd / samples, spent_s / samples


def draw(curve: Curve) -> str:
    """The curve with its interval as a stand-alone SVG."""
    points = [(float(p.n), p.gain.value, p.gain.low, p.gain.high) for p in curve.points]
    pool_words = f"{counted(curve.tasks, 'task')}, {counted(len(curve.models), 'model')}"
    title = f"Best of n: mean gain over the reference, {pool_words}"
    return curve_svg(title, "samples per task", "times as fast", points, mark=curve.enough)
