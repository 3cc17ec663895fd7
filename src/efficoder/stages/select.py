"""select: which candidate is kept, by how much is it faster, and is that a fact or a tie? Pure: reads measurements."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from efficoder.config import MeasureConfig, SelectConfig
from efficoder.judging.race import is_confirmed
from efficoder.metrics.ranking import rank
from efficoder.metrics.readings import et_s, paired_ratio
from efficoder.pipeline.work import Work
from efficoder.store import baseline, right_candidates
from efficoder.types import Candidate, Measurement, Selection, Task


class TaskResults(msgspec.Struct, frozen=True):
    """What select looks at for one task; ``right`` are the candidates that passed."""

    task: Task
    right: Sequence[Candidate]
    measurements: Sequence[Measurement]
    baseline: str | None
    loads: bool
    """Whether the task has loads to be timed on."""


SHOWS_S = 1e-3
"""A pass that takes every candidate less is all start-up: it ranks none (measured: docs/decisions/0005)."""


def select(results: TaskResults, config: SelectConfig, measuring: MeasureConfig) -> Selection:
    """The selection for one task. The order: correct, then ET with ties by interval, then TMU, MU, shorter code."""
    task, right = results.task, results.right
    nothing = Selection(
        task_id=task.id, chosen=None, baseline=results.baseline, gain=None, reason="no_correct", correct=len(right)
    )
    if not right:
        return nothing
    if not results.loads:
        return replace(nothing, reason="no_signal")
    # A candidate that failed while it was timed (it may refuse a load) has no time: nothing is compared with it.
    timed = [m for m in results.measurements if m.rounds or m.censored]
    race = {m.candidate_id: m for m in timed if m.session == 0}
    ranking = rank(list(race.values()), {c.id: c for c in right}, order=config.order, baseline=results.baseline)
    if not ranking:
        return replace(nothing, reason="not_measured")
    if not any(_shows(m, measuring.min_body_s) for m in race.values()):
        return replace(nothing, reason="no_signal")
    chosen = ranking[0].candidate_id
    tie = replace(nothing, chosen=chosen, ranking=ranking, reason="tie")
    if len(right) == 1:
        return replace(tie, reason="only_one")
    if results.baseline is None or chosen == results.baseline or results.baseline not in race:
        return tie
    gain = paired_ratio(race[results.baseline], race[chosen])
    if gain.low <= measuring.margin:
        return replace(tie, gain=gain)
    again = {m.candidate_id: m for m in timed if m.session == 1}
    confirmed = {chosen, results.baseline} <= again.keys() and is_confirmed(
        gain, paired_ratio(again[results.baseline], again[chosen]), measuring.margin
    )
    return replace(tie, gain=gain, reason="faster" if confirmed else "not_confirmed")


def _shows(measured: Measurement, body_s: float) -> bool:
    """Whether its time stands out from the floor's: as long as the race makes a body, or about that (the loops are
    found by one run)."""
    taken_s = et_s(measured) if measured.rounds else 0.0
    return measured.censored or (taken_s >= SHOWS_S and taken_s * measured.loops >= body_s / 2)


def select_step(work: Work) -> None:
    store = work.store
    selections = [_select_one(work, task) for task in store.alive()]
    store.put(selections, instead_of=(Selection, ""))
    reasons = Counter(selection.reason for selection in selections)
    work.console.say(f"{'select':<12} " + ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()))


def _select_one(work: Work, task: Task) -> Selection:
    right = right_candidates(work.store, task.id)
    results = TaskResults(
        task=task,
        right=right,
        measurements=list(work.store.all(Measurement, task.id)),
        baseline=baseline(task, right).id if right else None,
        loads=bool(work.store.tests(task.id).loads),
    )
    return select(results, work.config.select, work.config.measure)
