"""Rewrites: a model sees its own fastest right candidate with time, memory and hot lines, and writes a faster one.

The rewrites are candidates like any other, checked and raced with what they rewrite: selection keeps one only where it
is right and measured faster.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from efficoder.config import MeasureConfig
from efficoder.judging.policy import fitted
from efficoder.judging.profile import hot_lines
from efficoder.metrics.faster_or_tie import is_slower
from efficoder.metrics.readings import et_s, has_time, inverse, paired_ratio
from efficoder.models.asks import Draft, refinements
from efficoder.models.replay import REPLAY
from efficoder.pipeline.asking import ask_models
from efficoder.pipeline.work import Work
from efficoder.sandbox import Limits, Sandbox
from efficoder.store import Store, right_candidates, timed_inputs
from efficoder.types import Facts, Measurement, Sample, Task

OUTCOMES = ("faster", "as fast", "slower", "unchanged", "not right", "not timed")


def drafts(store: Store, sandbox: Sandbox, task: Task, models: Sequence[str]) -> Iterator[Draft]:
    """Each model's fastest right candidate of the task, with what its race and a profile show about it."""
    right = {candidate.id: candidate for candidate in right_candidates(store, task.id)}
    raced = {key: row for key, row in _raced(store, task.id).items() if row.rounds}
    loads = timed_inputs(task, store.tests(task.id))
    for model in models:
        own = {s.candidate_id for s in store.all(Sample, task.id) if s.model == model}
        known = [row for key, row in raced.items() if key in own and key in right]
        if known:
            best = min(known, key=et_s)
            code = right[best.candidate_id].code
            lines = hot_lines(sandbox, task, code, [load.input for load in loads[:1]], Limits())
            yield Draft(task, model, right[best.candidate_id], Facts(et_s(best), best.peak_bytes, lines))


def outcomes(store: Store, measuring: MeasureConfig) -> Counter[str]:
    """What became of the rewrites, by OUTCOMES: ``faster`` and ``slower`` than what was rewritten where the whole
    interval clears the margin."""
    counts: Counter[str] = Counter()
    for task in store.alive():
        right = {candidate.id for candidate in right_candidates(store, task.id)}
        raced = _raced(store, task.id)
        rewrites = [s for s in store.all(Sample, task.id) if s.parent_id is not None]
        counts.update(_outcome(rewrite, right, raced, fitted(measuring, task).margin) for rewrite in rewrites)
    return counts


def _outcome(rewrite: Sample, right: set[str], raced: Mapping[str, Measurement], margin: float) -> str:
    if rewrite.candidate_id == rewrite.parent_id:
        return "unchanged"
    if rewrite.candidate_id not in right:
        return "not right"
    old, new = raced.get(rewrite.parent_id or ""), raced.get(rewrite.candidate_id)
    if old is None or new is None:
        return "not timed"
    ratio = paired_ratio(old, new)
    if is_slower(ratio, margin):
        return "faster"
    return "slower" if is_slower(inverse(ratio), margin) else "as fast"


def _raced(store: Store, task_id: str) -> dict[str, Measurement]:
    return {row.candidate_id: row for row in store.all(Measurement, task_id) if row.session == 0 and has_time(row)}


def refine_step(work: Work, judge: Callable[[Work], None]) -> None:
    """``generate.refine`` rounds; each is checked and measured, by ``judge``, before the next."""
    config = work.config
    live = [model for model in config.generate.models if not model.startswith(REPLAY)]
    rounds = config.generate.refine if live else 0
    for turn in range(rounds):
        with Sandbox(unsafe=config.run.unsafe, packages=config.run.packages) as sandbox:
            found = [draft for task in work.tasks() for draft in drafts(work.store, sandbox, task, live)]
        done = work.store.keys(Sample)
        ask_models(work, refinements(found, config.generate, seed=config.run.seed, round=turn, done=done))
        judge(work)
    if rounds:
        counts = outcomes(work.store, config.measure)
        by_outcome = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
        work.console.say(f"{'refine':<12} {counts.total()} rewrites{': ' if by_outcome else ''}{by_outcome}")
