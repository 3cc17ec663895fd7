"""An evaluation as its report shows it: a sentence, four headline metrics, the rest, and samples to look at.

Its metrics are those of model_scores.METRICS. ``evaluate`` keeps it with the run; the next step that is done there
takes it back (stages/run.py).
"""

from collections.abc import Iterable

from efficoder.evaluation.leaderboard import SET_WORDS, SHOWN, Summary, remarks, sentence
from efficoder.evaluation.model_scores import METRICS, SETS, ModelScore, SetName
from efficoder.evaluation.task_scores import GAP, SampleScore
from efficoder.metrics.intervals import Interval
from efficoder.report.content import Case, Estimate, Metric, Outcomes, Score, Scoreboard, ScoreTable
from efficoder.report.examples import evenly
from efficoder.types import REFERENCE

TOLD = (*SHOWN, "nmu", "raw_et", "raw_mu", "raw_tmu")
"""Metrics of the folded tables: also the papers' own definitions, for comparing with their tables."""
_CASES = 12
"""Failed samples, and slow ones, shown with their code."""
_MARKS = 200
"""Times of one model in the chart."""


def scoreboard(summary: Summary, ends: "Ends") -> Scoreboard:
    """``ends``: what became of the samples that the summary is of."""
    return Scoreboard(
        sentence=sentence(summary.standings),
        notes=tuple(remarks(summary)),
        headline=_headline(summary),
        tables=tuple(_table(summary, name) for name in SETS if _any(summary, name)),
        outcomes=tuple(ends.outcomes(model.model) for model in summary.standings.models if model.model != REFERENCE),
        failed=tuple(evenly(ends.failed, _CASES)),
        failed_of=len(ends.failed),
        slow=tuple(sorted(ends.slow, key=lambda case: -case.ratio.value if case.ratio else 0.0)[:_CASES]),
        slow_of=len(ends.slow),
    )


class Ends:
    """What became of the samples: ids and numbers, no code."""

    def __init__(self) -> None:
        self.failed: list[Case] = []
        self.slow: list[Case] = []
        self._counts: dict[str, dict[str, int]] = {}
        self._times: dict[str, list[float]] = {}

    def add(self, samples: Iterable[SampleScore]) -> None:
        for sample in samples:
            if sample.model != REFERENCE:
                self._add(sample)

    def _add(self, sample: SampleScore) -> None:
        counts = self._counts.setdefault(sample.model, {})
        outcome = "passed" if sample.right else sample.outcome
        counts[outcome] = counts.get(outcome, 0) + 1
        ratio = sample.to_reference
        if ratio is not None:
            self._times.setdefault(sample.model, []).append(ratio.value)
        if sample.candidate_id is None:
            return
        case = Case(
            task_id=sample.task_id,
            model=sample.model,
            candidate_id=sample.candidate_id,
            outcome=sample.outcome,
            detail=sample.detail,
            ratio=Estimate(value=ratio.value, low=ratio.low, high=ratio.high) if ratio else None,
        )
        if sample.outcome not in ("passed", "not_judged"):
            self.failed.append(case)
        elif ratio is not None and ratio.low > GAP:
            self.slow.append(case)

    def outcomes(self, model: str) -> Outcomes:
        return Outcomes(
            model=model,
            counts=self._counts.get(model, {}),
            slow=sum(case.model == model for case in self.slow),
            times=tuple(evenly(sorted(self._times.get(model, [])), _MARKS)),
        )


def _any(summary: Summary, name: SetName) -> bool:
    return any(value for model in summary.standings.models for value in model.sets[name].values())


def _headline(summary: Summary) -> ScoreTable:
    """Right, efficient, fast, lean; on the tasks all solved where speed and memory are compared."""
    common = f"on tasks that all compared models solved ({summary.standings.solved_by_all}) and that have a time"
    columns = (
        Metric(name="pass@1", definition="share of samples that pass the tasks' checks; mean over tasks", unit="%"),
        Metric(
            name="eff@1",
            definition="ENAMEL's score, mean over all tasks: 1 is as fast as the reference; failures "
            "count 0, and so do programs that take twice its time",
        ),
        Metric(
            name="speed-up",
            definition=f"geometric mean of the reference's CPU time over the program's, {common}",
            unit="×",
        ),
        Metric(
            name="memory",
            definition=f"peak memory over the reference's, mean of ratios (NMU), {common}",
            better="lower",
            unit="×",
        ),
    )
    models = sorted(summary.standings.models, key=lambda model: model.model == REFERENCE)
    rows = [(model, _lead(model)) for model in models]
    kept = [i for i in range(len(columns)) if any(values[i] is not None for _, values in rows)]
    return ScoreTable(
        title="",
        metrics=tuple(columns[i] for i in kept),
        scores=tuple(
            Score(model=model.model, tasks=model.tasks, values=tuple(values[i] for i in kept)) for model, values in rows
        ),
    )


def _lead(model: ModelScore) -> tuple[Estimate | None, ...]:
    return (
        _estimate(model.pass_at.get("1"), 100.0),
        _estimate(model.sets["all"]["eff_at_1"]),
        _estimate(model.sets["common"]["speedup"]),
        _estimate(model.sets["common"]["nmu"]),
    )


def _table(summary: Summary, name: SetName) -> ScoreTable:
    infos = [METRICS[metric] for metric in TOLD]
    return ScoreTable(
        title=SET_WORDS[name],
        metrics=tuple(
            Metric(
                name=info.title,
                definition=info.definition,
                better=info.better,
                unit=info.shown_unit,
            )
            for info in infos
        ),
        scores=tuple(
            Score(
                model=model.model,
                tasks=max((value.n for value in model.sets[name].values() if value), default=0),
                values=tuple(_estimate(model.sets[name][info.name], info.scale) for info in infos),
            )
            for model in summary.standings.models
        ),
    )


def _estimate(interval: Interval | None, scale: float = 1.0) -> Estimate | None:
    if interval is None:
        return None
    low, high = (None if bound is None else bound * scale for bound in (interval.low, interval.high))
    return Estimate(value=interval.value * scale, low=low, high=high)
