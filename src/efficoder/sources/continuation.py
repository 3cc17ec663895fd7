"""Tasks whose prompt is the head of a program to continue: HumanEval and its descendants, MBPP sanitized."""

from typing import Any

import msgspec

from efficoder.languages.python.asserts import checks_of
from efficoder.languages.python.signatures import Signature, preamble, signature
from efficoder.sources.files import Row, SourceRow
from efficoder.types import Origin, Task, TaskTests


def continuation(
    row: Row, origin: Origin, reference: str, entry_point: str = "", **more: Any
) -> tuple[Task, Signature]:
    """The task of a row with a ``prompt`` to continue, and the reference's signature.

    ``entry_point`` is column ``entry_point`` where it is not given; ``more`` are fields of the Task (its id, by default
    column ``task_id``).
    """
    prompt, entry_point = row.text("prompt"), entry_point or row.text("entry_point")
    shape = signature(reference, entry_point, preamble(prompt, entry_point))
    fields = {"id": more.pop("id", None) or row.text("task_id"), "interface": shape.interface, **more}
    return Task(prompt=prompt, origin=row.origin(origin), reference=reference, starter=prompt, **fields), shape


def with_asserts(row: Row, origin: Origin, reference: str, entry_point: str = "", **more: Any) -> SourceRow:
    """``continuation`` whose checks are the asserts of column ``test``, a ``check(candidate)``."""
    task, shape = continuation(row, origin, reference, entry_point, **more)
    test = row.text("test")
    tests = checks_of(test, shape, [f"{test}\n\ncheck({shape.interface.entry_point})\n"])
    task = msgspec.structs.replace(task, interface=tests.interface)
    return SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=tests.checks), skipped=tests.skipped)
