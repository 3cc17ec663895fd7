"""The verdict on a candidate: its limits from the reference's own time, its checks, then its loads."""

import contextlib
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal, Self

import msgspec

from efficoder import wire
from efficoder.config import CheckConfig
from efficoder.judging.compare import compare
from efficoder.judging.judge import Effort, Terms, judge, mismatch, terms
from efficoder.judging.trial import ask, children, matches
from efficoder.languages import language
from efficoder.metrics.readings import et_s, has_time
from efficoder.sandbox import Limits, Outcome, Program, Sandbox
from efficoder.types import Candidate, Measurement, Task, TaskTests, TestCase, Verdict

REVISION = 5
"""It is raised when the same tests may give another verdict than before; runs then judge again."""
LIMIT_LEAST_S = 1.0
"""Least CPU time of a candidate in seconds: below it noise and start-up decide."""


class ToJudge(msgspec.Struct, frozen=True):
    """A task's candidates, and what they are judged by."""

    task: Task
    tests: TaskTests
    candidates: list[Candidate]
    effort: Effort | None = None
    """The reference's on this machine, where it is known."""
    blamed: frozenset[str] = frozenset()
    """Candidates whose output cannot be judged: no worker lived through it."""

    def blame(self, identity: str) -> Self | None:
        program = language(self.task.language).program
        found = {each.id for each in self.candidates if program(self.task, each.code).identity == identity}
        return msgspec.structs.replace(self, blamed=self.blamed | found) if found - self.blamed else None

    def verdicts(self, sandbox: Sandbox, task: Task, held_to: Terms) -> Iterator[Verdict]:
        """One a candidate, run as answers to ``task``."""
        for each in self.candidates:
            if each.id in self.blamed:
                yield Verdict(candidate_id=each.id, task_id=task.id, outcome="wrong", detail=_UNJUDGEABLE)
            else:
                yield check_one(sandbox, task, each, self.tests, held_to)


_UNJUDGEABLE = "its output takes the judge too much time or memory"


def terms_of(
    sandbox: Sandbox,
    task: Task,
    tests: TaskTests,
    config: CheckConfig,
    effort: Effort | None = None,
    *,
    least_s: float = LIMIT_LEAST_S,
) -> Terms:
    """What the candidates of a task are held to: limits from the reference's own time where there is a reference, of
    ``least_s`` at least."""
    return terms(sandbox, task, tests.checks, most_of(config), least_s, effort)


def most_of(config: CheckConfig) -> Limits:
    """The most that a candidate's child may take."""
    return Limits(memory_bytes=config.memory_mb << 20).within(config.cpu_s)


def check_one(sandbox: Sandbox, task: Task, candidate: Candidate, tests: TaskTests, held_to: Terms) -> Verdict:
    """The verdict by checks, loads and ladder. A candidate stays right where a load takes it too long, too much memory
    or too deep a recursion: the verdict then names the first such input, and the race believes it to be slow alone.
    The ladder ends for it at the first size that does."""
    verdict = judge(sandbox, task, candidate, held_to)
    used = language(task.language)
    program = used.program(task, candidate.code)
    if verdict.outcome != "passed" or verdict.trust == "script" or program == held_to.proved:
        return verdict
    loads = (*tests.loads, *tests.untimed)
    answers = ask(sandbox, program, [load.input for load in loads], held_to.limits).answers
    answers += _climb(sandbox, program, tests.ladder, held_to.limits)
    unanswered: int | None = None
    for index, (case, answer) in enumerate(zip((*loads, *tests.ladder), answers, strict=False)):
        first = len(tests.checks) + index
        if isinstance(answer, Outcome):
            if answer.ended in {"timeout", "memory"} or answer.detail.startswith(used.too_large):
                unanswered = first if unanswered is None else unanswered
                continue
            failed, what = "error", answer.detail
        elif all(matches(sandbox, program, [case], [answer])):
            continue
        else:
            failed, what = "wrong", _difference(case, answer)
        detail = f"on {'a load' if index < len(loads) else 'an input'} of size {case.size}: {what}"
        return msgspec.structs.replace(verdict, outcome=failed, first_failure=first, detail=detail)
    return msgspec.structs.replace(verdict, unanswered=unanswered)


def _difference(case: TestCase, output: bytes) -> str:
    """What was wrong on a large input: of a batch, the first call that was."""
    if case.expected is None:
        return "another output"
    if wire.is_batch(case.input) and case.comparison.kind != "checker":
        with contextlib.suppress(ValueError, TypeError, RecursionError):  # other than one answer a call
            answers: Any = wire.decode(case.expected), wire.decode(output)
            for call, expected, got in zip(wire.calls(case.input), *answers, strict=True):
                one = msgspec.structs.replace(case, input=call, expected=wire.encode(expected))
                given = wire.encode(got).encode("ascii")
                if not compare(one.expected or "", given, case.comparison):
                    return mismatch(one, given)
    return mismatch(case, output)


def unproved(verdicts: Iterable[Verdict]) -> frozenset[str]:
    """The candidates that are right and left an input unanswered."""
    return frozenset(each.candidate_id for each in verdicts if each.unanswered is not None)


def believed(rows: Sequence[Measurement], doubted: Collection[str], least_s: float = 0.0) -> list[Measurement]:
    """The measurements of a race, those of unproved candidates without a time unless it is worse than every other's: a
    program that breaks off on an input may have chosen which ones to answer. ``least_s``: what others took before."""
    times = {row.candidate_id: math.inf if row.censored else et_s(row) for row in rows if has_time(row)}
    slowest_s = max((taken for id_, taken in times.items() if id_ not in doubted), default=0.0)
    slowest_s = max(slowest_s, least_s)
    kept = {id_ for id_, taken in times.items() if id_ not in doubted or taken > slowest_s or taken == math.inf}
    return [
        row if row.candidate_id in kept else msgspec.structs.replace(row, rounds=(), censored=False) for row in rows
    ]


def _climb(sandbox: Sandbox, program: Program, ladder: Sequence[TestCase], limits: Limits) -> list[bytes | Outcome]:
    """The answers on the ladder, up to the first input that a child of its own fails on."""

    def after(_: Outcome, answered: bool) -> Literal["again", "stop"]:
        return "again" if answered else "stop"

    ran = children(sandbox, program, [case.input for case in ladder], limits, after)
    return [answer for child in ran for answer in child.answers]
