"""Standings as people read them: tables with every set's size, what was left out, and what each metric means.

Also the machine-readable form (Summary). Numbers come from evaluation/model_scores.py.
"""

from collections.abc import Iterator, Sequence

import msgspec

from efficoder.console import counted
from efficoder.evaluation.model_scores import KS, METRICS, SETS, ModelScore, SetName, Standings
from efficoder.evaluation.task_scores import CENSOR_FACTOR
from efficoder.metrics.intervals import Interval
from efficoder.report.tables import Form, counts, render, with_interval
from efficoder.testgen import frozen
from efficoder.types import REFERENCE

SCHEMA = "efficoder.evaluation/1"
"""Version of the JSON document: raised when a field changes its meaning or goes."""

HEADLINE = ("net", "speedup", "eff_at_1")
"""Columns beside pass@1 of the table that is shown first."""

SHOWN = ("et", "mu", "tmu", "net", "net_total", "speedup", "beyond", "eff_at_1", "dps")
"""Columns of the tables of --all; CSV and --json have all of model_scores.METRICS."""

SET_WORDS = {
    "all": f"on all tasks: a failure counts 0, or stands at {CENSOR_FACTOR:g} times the reference",
    "own": "on the tasks each model solved itself: sets differ, rows are not comparable",
    "common": "on the tasks all compared models solved",
}
_NAMED = 5


class Excluded(msgspec.Struct, frozen=True):
    """A task that takes no part: its tests cannot be trusted to tell right from wrong."""

    task_id: str
    reason: str
    detail: str


class LostChecks(msgspec.Struct, frozen=True):
    """A task that is judged on fewer checks than its source ships."""

    task_id: str
    shipped: int
    used: int
    reasons: dict[str, int]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation without its samples."""

    schema: str
    run: str
    version: str
    machine: str
    tier: str
    tests: str
    """Hash of the frozen tests that all is judged and timed on; empty where the run's tests are its own."""
    excluded: tuple[Excluded, ...]
    unknown_samples: int
    """Lines of the samples file whose task this run does not have."""
    repeated_samples: int
    lost: tuple[LostChecks, ...]
    notes: tuple[str, ...]
    standings: Standings


def text(summary: Summary, form: Form = "text", *, everything: bool = False) -> str:
    """A sentence, four headline metrics, and what was left out; with ``everything`` all tables and what the columns
    mean. As CSV it is one table of every number."""
    standings = summary.standings
    if form == "csv":
        return render(*numbers(summary), form)
    parts = [sentence(standings), render(*headline(standings), form)]
    shown: Sequence[str] = HEADLINE
    if everything:
        parts, shown = [*parts[:1], render(*correctness(standings), form)], SHOWN
        for name in SETS:
            if any(model.sets[name]["et"] or model.sets[name]["beyond"] for model in standings.models):
                parts.append(_title(summary, name, form) + render(*efficiency(standings, name, SHOWN), form))
            elif name == "common" and len(standings.compared) > 1 and standings.timed:
                parts.append("No task was solved by all compared models: name fewer with --models.")
    if form == "latex":
        return "\n\n".join(parts[1:])
    meanings = (f"{METRICS[metric].title}: {METRICS[metric].definition}." for metric in shown)
    return "\n\n".join([*parts, "\n".join([*remarks(summary), *meanings])])


def sentence(standings: Standings) -> str:
    """Who is right most often, how often, and how fast where it is right."""
    models = [model for model in standings.models if model.model != REFERENCE and model.pass_at]
    if not models:
        return "No sample of a model is judged yet."
    best, right = models[0], models[0].pass_at["1"]
    words = f"{best.model} has pass@1 {with_interval(right)} on {counted(best.tasks, 'task')}"
    if best.pass_at_1_base is not None:
        words += f" ({with_interval(best.pass_at_1_base)} by their base checks)"
    if len(models) > 1 and not right.value:
        words = f"None of {counted(len(models), 'model')} solved a task: {words}"
    elif len(models) > 1:
        equal = sum(model.pass_at["1"].value == right.value for model in models)
        chosen = f", the fastest of {equal} with its pass@1" if equal > 1 and best.eff_at else ""
        words = f"Best of {counted(len(models), 'model')}{chosen}: {words}"
    speed = best.sets["own"]["speedup"]
    if speed is None:
        return f"{words}; its speed is not known."
    where = f"the {counted(speed.n, 'task')} with a time that it solved"
    return f"{words}; on {where}, its speed-up over the reference is {with_interval(speed)}."


def headline(standings: Standings) -> tuple[list[str], list[list[str]]]:
    """Header and rows: pass@1 (by the base checks too, where a set has some), and efficiency on all tasks, failures
    counted."""
    has_base = any(model.pass_at_1_base for model in standings.models)
    header = ["model", "tasks", "pass@1", *(["pass@1 base"] if has_base else []), *(METRICS[m].title for m in HEADLINE)]
    rows = [
        [
            model.model,
            str(model.tasks),
            with_interval(model.pass_at.get("1")),
            *([with_interval(model.pass_at_1_base)] if has_base else []),
            *(with_interval(model.sets["all"][metric]) for metric in HEADLINE),
        ]
        for model in standings.models
    ]
    return header, rows


def numbers(summary: Summary) -> tuple[list[str], list[list[str]]]:
    """Header and rows of one table of every number, for programs: bounds have columns of their own, units are the
    base units, and what is not defined is empty."""
    rows: list[list[str]] = []
    for model in summary.standings.models:
        found: list[tuple[str, str, Interval | None]] = [
            ("all", f"pass@{k}", value) for k, value in model.pass_at.items()
        ]
        found += [("all", "pass@1_base", model.pass_at_1_base), ("common", "pass@1", model.pass_at_1_common)]
        found += [("all", f"eff@{k}", value) for k, value in model.eff_at.items()]
        found += [(name, metric, value) for name in SETS for metric, value in model.sets[name].items()]
        for name, metric, value in found:
            if value is not None:
                bounds = ["" if bound is None else repr(bound) for bound in (value.low, value.high)]
                rows.append([model.model, name, metric, repr(value.value), *bounds, str(value.n), summary.tests])
    return ["model", "set", "metric", "value", "low", "high", "n", "tests"], rows


def _title(summary: Summary, name: SetName, form: Form) -> str:
    words = SET_WORDS[name] + (f" (n = {summary.standings.solved_by_all})" if name == "common" else "")
    told = f"{words}; on {frozen.words(summary.tests)}"
    return {"latex": f"% {told}\n", "csv": f"# {told}\n"}.get(form, f"{words[0].upper()}{words[1:]}\n\n")


def correctness(standings: Standings) -> tuple[list[str], list[list[str]]]:
    """Header and rows: how often each model is right; with several samples per task, how often and how fast in k."""
    shared = f"pass@1 common (n = {standings.attempted_by_all})"
    several = [k for k in map(str, KS[1:]) if any(k in model.pass_at for model in standings.models)]
    header = ["model", "tasks", "samples", "solved", "pass@1", shared, "no code", "missing"]
    header += [f"{metric}@{k}" for metric in ("pass", "eff") for k in several]
    rows = [
        [
            model.model,
            str(model.tasks),
            str(model.samples),
            str(model.solved),
            with_interval(model.pass_at.get("1")),
            with_interval(model.pass_at_1_common),
            str(model.no_code),
            str(len(model.missing)),
            *(with_interval(scores.get(k)) for scores in (model.pass_at, model.eff_at) for k in several),
        ]
        for model in standings.models
    ]
    return header, rows


def efficiency(standings: Standings, name: SetName, columns: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Header and rows of one set of tasks. ``n`` is the set's size; a metric defined on fewer says so itself."""
    header = ["model", "n", *(METRICS[m].heading for m in columns)]
    rows: list[list[str]] = []
    for model in standings.models:
        values = model.sets[name]
        most = max((value.n for value in values.values() if value), default=0)
        cells = []
        for metric in columns:
            value = values[metric]
            fewer = f" (n = {value.n})" if value is not None and value.n != most else ""
            cells.append(with_interval(value, METRICS[metric].scale) + fewer)
        rows.append([model.model, str(most), *cells])
    return header, rows


def remarks(summary: Summary) -> Iterator[str]:
    """What a reader of the numbers must know."""
    yield from summary.notes
    for model in summary.standings.models:
        yield from _model_remarks(model)
    if summary.excluded:
        reasons = [f"{task.task_id} ({task.reason})" for task in summary.excluded]
        yield f"Left out: {counted(len(reasons), 'task')}: {some(reasons)}. `efficoder why RUN TASK` says what to do."
    if summary.lost:
        used, shipped = (sum(getattr(task, name) for task in summary.lost) for name in ("used", "shipped"))
        named = [f"{task.task_id} ({task.shipped - task.used}: {counts(task.reasons)})" for task in summary.lost]
        yield f"Judged on {used} of {counted(shipped, 'check')}: {counted(len(named), 'task')}: {some(named)}."
    if summary.unknown_samples:
        strays = counted(summary.unknown_samples, "sample")
        yield f"Left out: {strays} of tasks this run does not have (`efficoder why RUN FILE:LINE`)."
    if summary.repeated_samples:
        repeated = counted(summary.repeated_samples, "sample")
        yield f"Twice under one name: {repeated} (`efficoder why RUN FILE:LINE` says what was done)."
    standings = summary.standings
    timed = f", machine {summary.machine}, sandbox tier {summary.tier}" if summary.machine else ""
    yield (
        f"{counted(standings.tasks, 'task')}, {standings.timed} with times{timed}; {frozen.words(summary.tests)}. "
        "Brackets: 95 % bootstrap over tasks."
    )


def _model_remarks(model: ModelScore) -> Iterator[str]:
    if model.missing and model.model != REFERENCE:
        missing = counted(len(model.missing), "task")
        yield f"{model.model}: no sample for {missing}, not counted: {some(model.missing)}."
    unjudged = model.outcomes.get("not_judged", 0)
    if unjudged:
        lost = counted(unjudged, "sample")
        yield f"{model.model}: no verdict on {lost} (an internal error): the same command tries again."
    if model.unmeasured:
        yield f"{model.model}: {counted(model.unmeasured, 'right sample')} without a time: counted as failures are."
    if model.censored:
        stopped = counted(model.censored, "right sample")
        yield f"{model.model}: {stopped} hit the time limit: those times are lower bounds."
    if model.tasks and not model.solved:
        yield f"{model.model}: solved nothing, so its efficiency is not defined on its own or common tasks."


def some(names: Sequence[str]) -> str:
    """The first of them by name, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
