"""How the times of a run's right programs grow: how many by exponent, and the tasks where they grow differently."""

from collections import Counter
from collections.abc import Sequence

from efficoder.metrics.growth import Growth, against, growth, parting
from efficoder.report.content import GrowthCounts, TaskGrowth
from efficoder.types import GrowthCurve, Selection

SHOWN = 20
_MARGIN = 1.05
_EXPONENTIAL = "2ⁿ"


def growth_counts(curves: Sequence[GrowthCurve], selections: Sequence[Selection]) -> GrowthCounts | None:
    """Over right candidates whose curve tells an exponent; None without any."""
    by_task: dict[str, dict[str, tuple[GrowthCurve, Growth]]] = {}
    for curve in curves:
        found = growth(curve)
        if found is not None:
            by_task.setdefault(curve.task_id, {})[curve.candidate_id] = (curve, found)
    if not by_task:
        return None
    told = [found for known in by_task.values() for _, found in known.values()]
    several = [known for known in by_task.values() if len(known) > 1]
    rows = [row for selection in selections if (row := _row(selection, by_task.get(selection.task_id, {})))]
    rows.sort(key=lambda row: (-row.ratio, row.task_id))
    return GrowthCounts(
        candidates=len(told),
        tasks=len(several),
        different=sum(_differ([found for _, found in known.values()]) for known in several),
        exponents=tuple(sorted(Counter(map(_bin, told)).items(), key=lambda item: (item[0] == _EXPONENTIAL, item[0]))),
        rows=tuple(rows[:SHOWN]),
        rows_left_out=max(0, len(rows) - SHOWN),
    )


def _differ(found: Sequence[Growth]) -> bool:
    """Whether two of the intervals have no exponent in common."""
    return max(one.slope.low for one in found) > min(one.slope.high for one in found)


def _bin(found: Growth) -> str:
    """The exponent to the nearest half."""
    if found.doubles_every is not None:
        return _EXPONENTIAL
    return f"n^{max(0.0, round(2 * found.slope.value) / 2):g}"


def _row(selection: Selection, known: dict[str, tuple[GrowthCurve, Growth]]) -> TaskGrowth | None:
    """Baseline against chosen, where they differ."""
    chosen, baseline = known.get(selection.chosen or ""), known.get(selection.baseline or "")
    if chosen is None or baseline is None or not _differ([chosen[1], baseline[1]]):
        return None
    parted = parting(baseline[0], chosen[0], _MARGIN)
    words = against(baseline[1], chosen[1], parted)
    return TaskGrowth(task_id=selection.task_id, ratio=parted.ratio.value if parted else 1.0, words=words)
