"""The rules that look at one task: can its language run here, does it parse, is there something to run, is it risky?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from efficoder.languages import LANGUAGES, Finding, language, refusal
from efficoder.languages.bundle import modules
from efficoder.sources import SourceRow
from efficoder.types import Project, Task

Problem = str | None


class RowFacts:
    """A task with what several rules ask of it, worked out once."""

    def __init__(self, row: SourceRow) -> None:
        self.task = row.task
        self.tests = row.tests

    @cached_property
    def findings(self) -> list[Finding]:
        """Nothing for code that does not parse: that is another rule's."""
        if self.task.reference is None or self.task.language not in LANGUAGES:
            return []
        try:
            return _findings(self.task, self.task.reference)
        except SyntaxError:
            return []


@dataclass(frozen=True, slots=True)
class Rule:
    """``problem`` says what is wrong with a task and where, or None."""

    name: str
    catches: str
    problem: Callable[[RowFacts], Problem]


def unknown_language(row: RowFacts) -> Problem:
    return refusal(row.task) if row.task.language in LANGUAGES else f"language {row.task.language!r}"


def unparsable(row: RowFacts) -> Problem:
    if row.task.reference is None or row.task.language not in LANGUAGES:
        return None
    try:
        _findings(row.task, row.task.reference)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    return None


def _findings(task: Task, code: str) -> list[Finding]:
    beside = [*task.interface.files, task.interface.built] if isinstance(task.interface, Project) else []
    return language(task.language).findings(code, modules(beside))


def nothing_to_run(row: RowFacts) -> Problem:
    if row.tests.checks or row.tests.loads or row.task.reference is not None:
        return None
    return "no tests and no reference"


def risky(name: str) -> Callable[[RowFacts], Problem]:
    def problem(row: RowFacts) -> Problem:
        return next((str(finding) for finding in row.findings if finding.rule == name), None)

    return problem
