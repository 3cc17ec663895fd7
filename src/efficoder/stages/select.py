"""select: which candidate is kept, by how much is it faster, and is that a fact or a tie? Pure: reads measurements."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from efficoder.config import MeasureConfig, SelectConfig
from efficoder.judging.policy import fitted
from efficoder.judging.race import is_confirmed
from efficoder.metrics.faster_or_tie import WORDS, any_shows, is_slower
from efficoder.metrics.ranking import rank
from efficoder.metrics.readings import has_time, paired_ratio
from efficoder.pipeline.work import Work
from efficoder.store import baseline, right_candidates
from efficoder.types import Candidate, Measurement, Ratio, Selection, Task, TaskTests


class TaskResults(msgspec.Struct, frozen=True):
    """What select looks at for one task; ``right`` are the candidates that passed."""

    task: Task
    right: Sequence[Candidate]
    measurements: Sequence[Measurement]
    tests: TaskTests


def select(results: TaskResults, config: SelectConfig, measuring: MeasureConfig) -> Selection:
    """The selection for one task. The order: correct, then ET with ties by interval, then TMU, MU, shorter code."""
    task, right, tests = results.task, {candidate.id: candidate for candidate in results.right}, results.tests
    nothing = Selection(task_id=task.id, chosen=None, baseline=None, gain=None, reason="no_correct", correct=len(right))
    if not right:
        return nothing
    if tests.constant:
        return replace(nothing, reason="constant_answer")
    if not tests.loads:
        return replace(nothing, reason="no_signal")
    # A candidate that failed while it was timed has no time: it is compared with nothing and is no baseline.
    timed = [m for m in results.measurements if m.candidate_id in right and has_time(m)]
    race = {m.candidate_id: m for m in timed if m.session == 0}
    if not race:
        return replace(nothing, reason="not_measured")
    base = baseline(task, [candidate for candidate in results.right if candidate.id in race]).id
    nothing = replace(nothing, baseline=base)
    if not any_shows(race.values(), measuring.min_body_s):
        return replace(nothing, reason="no_signal")
    ranking = rank(list(race.values()), right, order=config.order, baseline=base)
    chosen = ranking[0].candidate_id
    ranked = replace(nothing, chosen=chosen, ranking=tuple(ranking), reason="tie")
    if len(race) == 1:
        return replace(ranked, reason="only_one")
    if chosen == base:
        beaten = all(place.to_best and is_slower(place.to_best, measuring.margin) for place in ranking[1:])
        return replace(ranked, reason="baseline_fastest") if beaten else ranked
    again = {m.candidate_id: m for m in timed if m.session == 1}
    return _with_gain(ranked, paired_ratio(race[base], race[chosen]), again, measuring.margin)


def _with_gain(ranked: Selection, gain: Ratio, again: Mapping[str, Measurement], margin: float) -> Selection:
    """The selection with its gain, which counts where ``again``, the second session, shows it too."""
    ranked = replace(ranked, gain=gain)
    if gain.low <= margin:
        return ranked
    base, chosen = (again.get(key or "") for key in (ranked.baseline, ranked.chosen))
    confirmed = base is not None and chosen is not None and is_confirmed(gain, paired_ratio(base, chosen), margin)
    return replace(ranked, reason="faster" if confirmed else "not_confirmed")


def select_step(work: Work) -> None:
    store = work.store
    selections = [_select_one(work, task) for task in work.tasks()]
    alive = {task.id for task in store.alive()}
    others = [s for s in store.all(Selection) if s.task_id in alive and not work.includes(s.task_id)]
    store.put([*others, *selections], instead_of=(Selection, ""))
    reasons = Counter(WORDS[selection.reason] for selection in selections)
    work.console.say(f"{'select':<12} " + "; ".join(f"{count} {words}" for words, count in reasons.most_common()))


def _select_one(work: Work, task: Task) -> Selection:
    store = work.store
    results = TaskResults(
        task=task,
        right=right_candidates(store, task.id),
        measurements=list(store.all(Measurement, task.id)),
        tests=store.tests(task.id),
    )
    return select(results, work.config.select, fitted(work.config.measure, task))
