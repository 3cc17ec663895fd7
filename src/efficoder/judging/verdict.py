"""The verdict on a candidate: its limits from the reference's own time, its checks, then its loads."""

import msgspec

from efficoder.config import CheckConfig
from efficoder.judging.judge import Terms, judge, terms
from efficoder.judging.trial import Timed
from efficoder.languages import language
from efficoder.sandbox import Limits, Sandbox
from efficoder.types import Candidate, Task, TaskTests, Verdict

REVISION = 2
"""It is raised when the same tests may give another verdict than before; runs then judge again."""
LIMIT_LEAST_S = 1.0
"""Least CPU time of a candidate in seconds: below it noise and start-up decide."""


class ToJudge(msgspec.Struct, frozen=True):
    """A task's candidates, and what they are judged by."""

    task: Task
    tests: TaskTests
    candidates: list[Candidate]


def terms_of(sandbox: Sandbox, task: Task, tests: TaskTests, config: CheckConfig) -> Terms:
    """What the candidates of a task are held to: limits from the reference's own time where there is a reference."""
    most = Limits(memory_bytes=config.memory_mb << 20).within(config.cpu_s)
    return terms(sandbox, task, tests.checks, most, LIMIT_LEAST_S)


def check_one(sandbox: Sandbox, task: Task, candidate: Candidate, tests: TaskTests, held_to: Terms) -> Verdict:
    """The verdict by checks and loads. A candidate stays right where a load takes it too long, too much memory or too
    deep a recursion: the race then knows its time only as at least the limit, or not at all."""
    verdict = judge(sandbox, task, candidate, held_to)
    if verdict.outcome != "passed" or verdict.trust == "script":
        return verdict
    used = language(task.language)
    program = used.program(task, candidate.code)
    for index, load in enumerate((*tests.loads, *tests.untimed, *tests.ladder), len(tests.checks)):
        ran = Timed(sandbox, program, [load]).run(held_to.limits)
        if ran.ended in {"finished", "timeout", "memory"} or ran.detail.startswith(used.too_large):
            continue
        failed = "wrong" if ran.ended == "wrong" else "error"
        detail = f"on load {index - len(tests.checks)} (size {load.size}): {ran.detail or 'another output'}"
        return msgspec.structs.replace(verdict, outcome=failed, first_failure=index, detail=detail)
    return verdict
