"""HumanEval: a prompt to continue and asserts in ``check(candidate)``."""

from collections.abc import Iterator
from pathlib import Path

from efficoder.sources.continuation import with_asserts
from efficoder.sources.files import SourceRow, origin_of, read_rows
from efficoder.types import Origin

_ORIGIN = Origin(source="openai/human-eval", licence="MIT", url="https://github.com/openai/human-eval")


def read_humaneval(path: Path) -> Iterator[SourceRow]:
    """HumanEval.jsonl(.gz)."""
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "humaneval"):
        yield with_asserts(row, origin, row.text("prompt") + row.text("canonical_solution"))
