"""EvoEval: problems derived from HumanEval; expected values come from running the reference (write_tests).

The ``difficult`` and ``subtle`` files write inputs as Python text, ``verbose`` and ``concise`` as HumanEval+ does.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from efficoder.languages.python import literals
from efficoder.sources.continuation import continuation
from efficoder.sources.evalplus import comparison_of, inputs_of, with_checks
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.types import Origin, Task

_ORIGIN = Origin(
    source="evo-eval/evoeval_release", licence="Apache-2.0", url="https://github.com/evo-eval/evoeval_release"
)

_SUBTLE_POWER = "max(n, 2 * n - 1)"
"""The subtle ``find_zero`` is about x^0, x^1, x^3, x^5 ..."""


def read_evoeval(path: Path) -> Iterator[SourceRow]:
    """EvoEval_*.jsonl(.gz). The files share task ids, so an id here starts with its file's name."""
    origin = origin_of(path, _ORIGIN)
    set_name = path.name.partition(".")[0]
    for row in read_rows(path, "evoeval"):
        entry_point, their_id = row.text("entry_point"), row.text("task_id")
        task, _ = continuation(
            row,
            origin,
            f"{row.text('prompt')}\n{row.text('canonical_solution')}",
            id=f"{set_name}/{row.number('task_id')}",
            problem_id=their_id if their_id.startswith("HumanEval/") else "",
        )
        if "inputs" in row.fields:
            inputs, lost = _inputs(row)
            comparison = comparison_of(row, entry_point, zero_power=_SUBTLE_POWER)
        else:
            inputs, lost = inputs_of(row), 0
            comparison = comparison_of(row, entry_point)
        checked = with_checks(row, task, inputs, comparison)
        tests = msgspec.structs.replace(checked.tests, lost={"undecodable": lost} if lost else {})
        yield msgspec.structs.replace(checked, tests=tests)


def published_id(task: Task) -> str | None:
    """The id that EvoEval's own sample files call the task by; None for a task of another set."""
    set_name, _, number = task.id.partition("/")
    if task.origin.source != _ORIGIN.source or not set_name.startswith("EvoEval"):
        return None
    return task.problem_id or f"EvoEval/{number}"


def _inputs(row: Row) -> tuple[list[list[Any]], int]:
    """Arguments written as text, and how many are too large or not data."""
    inputs: list[list[Any]] = []
    texts = row.get("inputs", list)
    for text in texts:
        with suppress(literals.Refused):
            inputs.append(literals.evaluate(f"[{text}]"))
    return inputs, len(texts) - len(inputs)
