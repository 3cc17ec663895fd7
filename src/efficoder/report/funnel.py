"""How many are left after each step, and why the others are not: once for tasks, once for candidates."""

from collections import Counter
from collections.abc import Iterable, Mapping

from efficoder.metrics.faster_or_tie import NO_TIME, UNMEASURED, WORDS
from efficoder.report.content import Loss, Step
from efficoder.report.rows import Rows
from efficoder.types import REFERENCE

STAGES = {
    "collect": "collected cleanly",
    "curate": "kept by curate",
    "generate": "sent to models",
    "write_tests": "given checks and loads",
    "check": "checked",
    "measure": "raced",
    "select": "ranked",
    "build": "built",
}
"""Stages in order, and what a task that passed one is."""

_OUTCOMES = {
    "wrong": "wrong answer",
    "error": "raised an error",
    "timeout": "ran too long",
    "memory": "took too much memory",
    "no_code": "no code",
    "refused": "result or operation refused",
    "compile_error": "does not compile",
}
ROWS = {
    "undefined_name": "a name that nothing binds",
    "fails_alone": "fails the checks without the task's header",
    "does_not_parse": "does not parse",
    "not_run_alone": "not run: an internal error",
}
"""Why build leaves a row out."""
WEAK_WRITER = "weak_writer"
"""Why build takes another target for a row."""


def of_tasks(rows: Rows) -> tuple[Step, ...]:
    left = set(rows.origins)
    steps = [Step(name="collected", left=len(left))]

    def keep(name: str, kept: Iterable[str], reason_of: dict[str, str], otherwise: str) -> None:
        nonlocal left
        lost = left - set(kept)
        left = left - lost
        steps.append(Step(name=name, left=len(left), losses=_losses(reason_of.get(task, otherwise) for task in lost)))

    for stage, name in STAGES.items():
        reasons = {drop.id: drop.reason for drop in rows.drops if drop.stage == stage}
        if reasons:
            keep(name, left - reasons.keys(), reasons, "")
    if rows.models:
        keep("answered with code", rows.answered, {}, "no reply with code")
    if rows.outcomes_of:
        right = {task for task, outcomes in rows.outcomes_of.items() if outcomes["passed"]}
        worst = {
            task: "most: " + _OUTCOMES.get(outcomes.most_common(1)[0][0], "wrong answer")
            for task, outcomes in rows.outcomes_of.items()
        }
        keep("with a right program", right, worst, "not checked")
    if rows.selections:
        reasons = {s.task_id: WORDS[s.reason] for s in rows.selections}
        keep("measured", (s.task_id for s in rows.selections if s.reason not in UNMEASURED), reasons, "not selected")
        if rows.arms:
            flaws = {d.task_id: ROWS[d.reason] for d in rows.rows_left_out if d.id == f"efficient/{d.task_id}"}
            keep("in the dataset", rows.in_dataset, flaws, "no model's program to compare with, or script trust")
        keep("with a faster program", (s.task_id for s in rows.selections if s.reason == "faster"), reasons, "")
    return tuple(steps)


def rows_left_out(rows: Rows) -> tuple[Loss, ...]:
    return _losses(ROWS[drop.reason] for drop in rows.rows_left_out if drop.reason != WEAK_WRITER)


def of_candidates(rows: Rows) -> tuple[Step, ...]:
    written = [w for model, w in rows.models.items() if model != REFERENCE]
    samples = sum(w.samples for w in written)
    if not samples:
        return ()
    with_code = [candidate for w in written for candidate in w.candidates]
    distinct = set(with_code)
    problems = sum((w.problems for w in written), Counter())
    wrong = (_OUTCOMES.get(rows.outcomes.get(c, ""), "not checked") for c in distinct)
    right = {c for c in distinct if rows.outcomes.get(c) == "passed"}
    raced = {r.candidate_id for s in rows.selections for r in s.ranking}
    reasons = {s.task_id: s.reason for s in rows.selections}
    steps = [
        Step(name="samples asked for", left=samples),
        Step(name="with code", left=len(with_code), losses=_top(problems)),
        Step(name="distinct programs", left=len(distinct), losses=_same(len(with_code) - len(distinct))),
        Step(
            name="right",
            left=len(right),
            losses=_losses(reason for c, reason in zip(distinct, wrong, strict=True) if c not in right),
        ),
    ]
    if rows.selections:
        lost = (_unranked(rows, candidate, reasons) for candidate in right - raced)
        steps.append(Step(name="ranked by time", left=len(right & raced), losses=_losses(lost)))
    return tuple(steps)


def _unranked(rows: Rows, candidate: str, reasons: Mapping[str, str]) -> str:
    """Why a right program has no place: its task was not ranked, or it has no time of its own."""
    reason = reasons.get(rows.task_of.get(candidate, ""), "not_measured")
    return WORDS[reason] if reason in UNMEASURED else NO_TIME


def _same(number: int) -> tuple[Loss, ...]:
    return (Loss(reason="same program as another sample", count=number),) if number else ()


def _losses(reasons: Iterable[str]) -> tuple[Loss, ...]:
    return _top(Counter(reasons))


def _top(counter: Counter[str], most: int = 6) -> tuple[Loss, ...]:
    """The most frequent reasons first; the rest as one."""
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(number for _, number in ordered[most:])
    losses = [Loss(reason=reason or "not given", count=number) for reason, number in ordered[:most]]
    return tuple([*losses, Loss(reason="other reasons", count=rest)] if rest else losses)
