"""HumanEval: a prompt to continue and asserts in ``check(candidate)``."""

from collections.abc import Iterator
from pathlib import Path

from efficoder.languages.python.asserts import checks_of
from efficoder.languages.python.signatures import preamble, signature
from efficoder.sources.files import SourceRow, origin_of, read_rows
from efficoder.types import Origin, Task, TaskTests

_ORIGIN = Origin(source="openai/human-eval", licence="MIT", url="https://github.com/openai/human-eval")


def read_humaneval(path: Path) -> Iterator[SourceRow]:
    """HumanEval.jsonl(.gz)."""
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "humaneval"):
        prompt, entry_point, test = row.text("prompt"), row.text("entry_point"), row.text("test")
        reference = prompt + row.text("canonical_solution")
        shape = signature(reference, entry_point, preamble(prompt, entry_point))
        tests = checks_of(test, shape, [f"{test}\n\ncheck({entry_point})\n"])
        task = Task(
            id=row.text("task_id"),
            prompt=prompt,
            interface=tests.interface,
            origin=row.origin(origin),
            reference=reference,
            starter=prompt,
        )
        yield SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=tests.checks), skipped=tests.skipped)
