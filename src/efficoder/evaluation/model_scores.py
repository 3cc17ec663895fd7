"""Many tasks' scores to one table: each model with every metric on three sets of tasks, each number with its interval
and the size of its set. The formulas are metrics/formulas.py's, the intervals are bootstrapped over tasks.

``all``     tasks the model has samples for; a failure counts 0, or stands at the censoring limit
(evaluation/task_scores.py)
``own``     tasks the model solved
``common``  tasks every compared model solved
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import msgspec

from efficoder.errors import UsageError
from efficoder.evaluation.task_scores import Cell, Reading, TaskScore
from efficoder.metrics import formulas
from efficoder.metrics.intervals import Interval, bootstrap_of_means, wilson
from efficoder.types import REFERENCE, Machine

SetName = Literal["all", "own", "common"]
SETS: tuple[SetName, ...] = ("all", "own", "common")

KS = (1, 2, 5, 10, 20, 50, 100)
"""pass@k and eff@k are given for those k of which every task has that many samples."""


_SHOWN = {"s": (1e3, "ms"), "B": (1e-6, "MB"), "B·s": (1e-6, "MB·s")}
"""What people are shown a base unit in: its factor and its name."""


class MetricInfo(msgspec.Struct, frozen=True, kw_only=True):
    """How a metric is read off the tasks' readings and what it means."""

    name: str
    title: str
    definition: str
    better: Literal["higher", "lower"]
    unit: str
    fields: tuple[str, ...]
    statistic: Callable[..., Any]
    """Of the fields' means over tasks (of their logarithms where ``logs``)."""
    logs: bool = False

    @property
    def scale(self) -> float:
        """What a value is multiplied by to be shown in ``shown_unit``."""
        return _SHOWN.get(self.unit, (1.0, ""))[0]

    @property
    def shown_unit(self) -> str:
        return _SHOWN.get(self.unit, (1.0, self.unit))[1]

    @property
    def heading(self) -> str:
        """The title, with the unit where values are scaled to one."""
        name, space, rest = self.title.partition(" ")
        return f"{name} {self.shown_unit}{space}{rest}" if self.unit in _SHOWN else self.title


def _info(
    name: str,
    title: str,
    definition: str,
    fields: str,
    better: Literal["higher", "lower"] = "lower",
    unit: str = "",
) -> MetricInfo:
    names = tuple(fields.split(" / "))
    statistic = formulas.ratio_of_totals if len(names) == 2 else formulas.task_mean
    return MetricInfo(
        name=name, title=title, definition=definition, better=better, unit=unit, fields=names, statistic=statistic
    )


METRICS: dict[str, MetricInfo] = {
    info.name: info
    for info in (
        _info("et", "ET", "CPU time of one pass over the loads, floor subtracted; mean over tasks", "et_s", unit="s"),
        _info("mu", "MU", "peak memory over the empty program's; mean over tasks", "mu_bytes", unit="B"),
        _info("tmu", "TMU", "memory over the floor, integrated over CPU time; mean", "tmu_byte_s", unit="B·s"),
        _info("net", "NET (mean of ratios)", "mean over tasks of time / reference's, paired in rounds", "net"),
        _info("net_total", "NET (ratio of totals)", "sum of times / sum of the references'", "et_s / reference_et_s"),
        _info("nmu", "NMU (mean of ratios)", "as NET, of peak memory", "nmu"),
        _info("nmu_total", "NMU (ratio of totals)", "as NET, of peak memory", "mu_bytes / reference_mu_bytes"),
        _info("ntmu", "NTMU (mean of ratios)", "as NET, of the memory integral", "ntmu"),
        _info("ntmu_total", "NTMU (ratio of totals)", "as NET, of it", "tmu_byte_s / reference_tmu_byte_s"),
        MetricInfo(
            name="speedup",
            title="speed-up",
            definition="geometric mean of reference's time / time",
            better="higher",
            unit="×",
            fields=("net",),
            statistic=formulas.geometric_speedup,
            logs=True,
        ),
        _info("beyond", "Beyond", "Mercury: place in the range of the pool's times; mean", "beyond", "higher"),
        _info("eff_at_1", "eff@1", "ENAMEL, by its levels, else on one: limit twice the reference", "eff", "higher"),
        _info("dps", "DPS", "EvalPerf: share of the pool matched or beaten; mean", "dps", "higher", "%"),
        _info("dps_norm", "DPS_norm", "EvalPerf: place among the pool's clusters; mean", "dps_norm", "higher", "%"),
        _info("percentile", "percentile", "share of the pool that is no faster; mean", "percentile", "higher"),
        _info("clipped", "EffiBench-X ET", "mean of reference's time / time, at most 1", "clipped", "higher"),
        _info("optimised", "share 1.1x", "PIE's %Opt as a share: right and 1.10 times as fast", "optimised", "higher"),
        _info("efficient_at_1", "efficient@1", "COFFE: faster than the reference, by interval", "efficient", "higher"),
        _info("raw_et", "ET (wall, as the paper)", "wall time of the process; right samples", "raw_et_s", unit="s"),
        _info("raw_mu", "MU (as the paper)", "peak memory of the whole process", "raw_mu_bytes", unit="B"),
        _info("raw_tmu", "TMU (wall, as the paper)", "that memory over wall time", "raw_tmu_byte_s", unit="B·s"),
    )
}


class ModelScore(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    tasks: int
    """Tasks with at least one judged sample of it."""
    missing: tuple[str, ...]
    """Ids of tasks without one."""
    samples: int
    right: int
    no_code: int
    censored: int
    unmeasured: int
    outcomes: dict[str, int]
    solved: int
    pass_at: dict[str, Interval]
    """By k; over the tasks the model has samples for."""
    pass_at_1_base: Interval | None = None
    """By the original checks alone, of the sets that add to them (EvalPlus): over their tasks."""
    eff_at: dict[str, Interval]
    pass_at_1_common: Interval | None
    """Over the tasks all compared models have samples for."""
    sets: dict[SetName, dict[str, Interval | None]]
    """Set to metric to value; ``n`` of each is the number of tasks it was taken over."""


class Standings(msgspec.Struct, frozen=True, kw_only=True):
    tasks: int
    timed: int
    """Tasks with at least one time."""
    attempted_by_all: int
    solved_by_all: int
    compared: tuple[str, ...]
    """The models whose tasks make the common sets."""
    machines: tuple[Machine, ...]
    tier: str
    models: tuple[ModelScore, ...]
    """By pass@1, best first."""


class Board:
    """Adds up tasks as they come; keeps about forty numbers per model and task, no text."""

    def __init__(self) -> None:
        self.task_ids: list[str] = []
        self.timed = 0
        self.cells: dict[str, dict[str, Cell]] = {}
        """Model to task id to cell."""
        self.outcomes: dict[str, dict[str, int]] = {}

    def add(self, score: TaskScore) -> None:
        self.task_ids.append(score.task_id)
        self.timed += any(cell.all is not None for cell in score.cells.values())
        for model, cell in score.cells.items():
            self.cells.setdefault(model, {})[score.task_id] = cell
        for model, counts in score.outcomes.items():
            total = self.outcomes.setdefault(model, {})
            for outcome, count in counts.items():
                total[outcome] = total.get(outcome, 0) + count

    def models(self, wanted: Sequence[str] = ()) -> list[str]:
        """Those named, or all; UsageError for one that has no sample."""
        for model in wanted:
            if model not in self.outcomes:
                known = ", ".join(sorted(self.outcomes))
                raise UsageError(f"no sample of the model {model!r} in this run; it has: {known}")
        return list(wanted) or sorted(self.outcomes)

    def standings(self, wanted: Sequence[str] = (), machines: Iterable[Machine] = (), tier: str = "") -> Standings:
        names = self.models(wanted)
        compared = [name for name in names if name != REFERENCE] or names
        attempted = self._shared(compared, lambda _: True)
        solved = self._shared(compared, lambda cell: cell.own is not None)
        scores = [self._model(name, attempted, solved) for name in names]
        scores.sort(key=_rank)
        return Standings(
            tasks=len(self.task_ids),
            timed=self.timed,
            attempted_by_all=len(attempted),
            solved_by_all=len(solved),
            compared=tuple(compared),
            machines=tuple(machines),
            tier=tier,
            models=tuple(scores),
        )

    def _shared(self, models: Sequence[str], wanted: Callable[[Cell], bool]) -> list[str]:
        """The tasks on which the cells of all models are wanted, in order."""
        columns = [self.cells.get(model, {}) for model in models]
        return [task for task in self.task_ids if all(task in c and wanted(c[task]) for c in columns)]

    def _model(self, model: str, attempted: Sequence[str], solved: Sequence[str]) -> ModelScore:
        cells = self.cells.get(model, {})
        mine = list(cells.values())
        common = [cells[task] for task in attempted if task in cells]
        everything = [cell.all for cell in mine if cell.all is not None]
        own = [cell.own for cell in mine if cell.own is not None]
        shared = [both for task in solved if task in cells and (both := cells[task].own) is not None]
        return ModelScore(
            model=model,
            tasks=len(mine),
            missing=tuple(task for task in self.task_ids if task not in cells),
            samples=sum(cell.samples for cell in mine),
            right=sum(cell.right for cell in mine),
            no_code=sum(cell.no_code for cell in mine),
            censored=sum(cell.censored for cell in mine),
            unmeasured=sum(cell.unmeasured for cell in mine),
            outcomes=dict(sorted(self.outcomes[model].items())),
            solved=sum(cell.right > 0 for cell in mine),
            pass_at=_pass_at(mine),
            pass_at_1_base=_base_rate(mine),
            eff_at=_eff_at(mine),
            pass_at_1_common=pass_rate(common) if common else None,
            sets={
                "all": _metrics(everything),
                "own": _metrics(own),
                # All of them, but for the reference, which may be missing or fail where every model is right.
                "common": _metrics(shared),
            },
        )


def _rank(score: ModelScore) -> tuple[float, float, str]:
    """By pass@1; of those that are right equally often the fastest first."""
    right, fast = score.pass_at.get("1"), score.eff_at.get("1")
    return -right.value if right else math.inf, -fast.value if fast else 0.0, score.model


def pass_rate(cells: Sequence[Cell], k: int = 1) -> Interval:
    """pass@k over tasks. Where every task was solved, or none, resampling shows no spread: Wilson's bounds do."""
    rates = [formulas.pass_at_k(cell.samples, cell.right, k) for cell in cells]
    interval = bootstrap_of_means(formulas.task_mean, rates)
    if interval.low is not None and min(rates) == max(rates) and rates[0] in (0.0, 1.0):
        return wilson(int(rates[0]) * len(rates), len(rates))
    return interval


def _base_rate(cells: Sequence[Cell]) -> Interval | None:
    known = [msgspec.structs.replace(cell, right=cell.right_base) for cell in cells if cell.right_base is not None]
    return pass_rate(known) if known else None


def _pass_at(cells: Sequence[Cell]) -> dict[str, Interval]:
    most = min((cell.samples for cell in cells), default=0)
    return {str(k): pass_rate(cells, k) for k in KS if k <= most}


def _eff_at(cells: Sequence[Cell]) -> dict[str, Interval]:
    scores = [cell.effs for cell in cells if cell.effs]
    most = min(map(len, scores), default=0)
    return {
        str(k): bootstrap_of_means(formulas.task_mean, [formulas.eff_at_k(effs, k) for effs in scores])
        for k in KS
        if k <= most
    }


def _metrics(readings: Sequence[Reading]) -> dict[str, Interval | None]:
    return {name: evaluate(info, readings) for name, info in METRICS.items()}


def evaluate(info: MetricInfo, readings: Sequence[Reading]) -> Interval | None:
    """A metric over the tasks on which it is defined; None where there is none."""
    rows = [[getattr(reading, field) for field in info.fields] for reading in readings]
    rows = [row for row in rows if None not in row]
    if not rows:
        return None
    columns = [list(column) for column in zip(*rows, strict=True)]
    if info.logs:
        columns = [[math.log(value) for value in column] for column in columns]
    if info.statistic is formulas.ratio_of_totals and math.fsum(columns[1]) <= 0.0:
        return None
    return bootstrap_of_means(info.statistic, *columns)
