"""Library Checker: algorithm problems with limits in their statements and sample inputs.

The set has solutions and input generators in C++ alone, so its tasks come without a reference: the samples are inputs
without answers.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.types import Comparison, Origin, Stdio, Task, TaskTests, TestCase

_ORIGIN = Origin(
    source="yosupo06/library-checker-problems",
    licence="Apache-2.0",
    url="https://github.com/yosupo06/library-checker-problems",
)
_OTHER_LANGUAGE = re.compile(r"@\{lang\.ja\}.*?(?=@\{lang\.)", re.DOTALL)
_MARK = re.compile(r"@\{(keyword|param|lang|example)\.(\w+)\}")
_TOKENS = Comparison(kind="tokens")


def read_library_checker(path: Path) -> Iterator[SourceRow]:
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "library_checker"):
        files = row.get("files", dict)
        if "task.md" in files:  # the last row has the headers that problems share
            yield _source_row(row, files, origin)


def _source_row(row: Row, files: Mapping[str, str], origin: Origin) -> SourceRow:
    samples = {name: text for name, text in sorted(files.items()) if re.fullmatch(r"gen/example_\d+\.in", name)}
    task = Task(
        id=row.text("id"),
        prompt=_statement(row, files, list(samples.values())),
        interface=Stdio(),
        origin=row.origin(origin),
    )
    checks = tuple(TestCase(input=text, comparison=_TOKENS) for text in samples.values())
    return SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=checks))


def _statement(row: Row, files: Mapping[str, str], samples: list[str]) -> str:
    """The English statement, with its parameters and samples put in."""
    try:
        params = tomllib.loads(files.get("info.toml", "")).get("params", {})
    except tomllib.TOMLDecodeError as error:
        raise row.error(f"info.toml cannot be read: {error}") from error

    def said(mark: re.Match[str]) -> str:
        kind, name = mark[1], mark[2]
        if kind == "keyword":
            return name.capitalize()
        if kind == "param":
            return str(params.get(name, name))
        number = name.rpartition("_")[2]
        known = kind == "example" and number.isdecimal() and int(number) < len(samples)
        return f"```\n{samples[int(number)]}```" if known else ""

    return _MARK.sub(said, _OTHER_LANGUAGE.sub("", files["task.md"])).replace("\r", "").strip()
