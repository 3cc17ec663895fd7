"""Library Checker: algorithm problems with limits in their statements, sample inputs, and solutions in C++.

The samples are inputs without answers: the set's correct solution gives those. Answers are compared as words; a problem
whose own checker takes more than one answer has no tests here.
"""

import json
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
_INCLUDE = re.compile(r'^[ \t]*#\s*include\s*"([^"]+)"[^\n]*$', re.MULTILINE)
_TOKENS = Comparison(kind="tokens")
_REFERENCE = "correct.cpp"
_BY_WORDS = ("compare sequences of tokens", "compare ordered sequences of signed int%d numbers")
"""What testlib's checkers that compare words call themselves."""


def read_library_checker(path: Path) -> Iterator[SourceRow]:
    origin = origin_of(path, _ORIGIN)
    rows = list(read_rows(path, "library_checker"))
    shared = {place.rpartition("/")[2]: text for row in rows for place, text in _shared(row)}
    for row in rows:
        files = row.get("files", dict)
        if "task.md" in files:
            yield _source_row(row, files, shared, origin)


def _shared(row: Row) -> Iterator[tuple[str, str]]:
    """The headers that problems share; the last row has them."""
    files = row.get("files", dict)
    yield from () if "task.md" in files else files.items()


def _source_row(row: Row, files: Mapping[str, str], shared: Mapping[str, str], origin: Origin) -> SourceRow:
    samples = {name: text for name, text in sorted(files.items()) if re.fullmatch(r"gen/example_\d+\.in", name)}
    parameters = _parameters(row, files)
    solutions = row.fields.get("solutions", {})
    reference = None
    if isinstance(solutions, dict) and isinstance(solutions.get(_REFERENCE), str):
        reference = whole(solutions[_REFERENCE], {**shared, **files, **solutions, "params.h": _defined(parameters)})
    task = Task(
        id=row.text("id"),
        prompt=_statement(files, parameters, list(samples.values())),
        interface=Stdio(),
        origin=row.origin(origin),
        language="cpp",
        reference=reference,
    )
    if any(f'"{words}"' in files.get("checker.cpp", "") for words in _BY_WORDS):
        checks = tuple(TestCase(input=text, comparison=_TOKENS) for text in samples.values())
        return SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=checks))
    return SourceRow(task=task, tests=TaskTests(task_id=task.id, lost={"own_checker": len(samples)}))


def whole(code: str, files: Mapping[str, str]) -> str:
    """``code`` as one text, with the files that it includes in their places, each once; what is not among ``files``
    stays to be included."""
    by_name = {place.rpartition("/")[2]: text for place, text in files.items()}
    put = set[str]()

    def in_place(found: re.Match[str]) -> str:
        name = found[1].rpartition("/")[2]
        if name not in by_name:
            return found[0]
        if name in put:
            return ""
        put.add(name)
        text = by_name[name].replace("#pragma once", "")
        return _INCLUDE.sub(in_place, text)

    return _INCLUDE.sub(in_place, code)


def _parameters(row: Row, files: Mapping[str, str]) -> dict[str, object]:
    try:
        return dict(tomllib.loads(files.get("info.toml", "")).get("params", {}))
    except tomllib.TOMLDecodeError as error:
        raise row.error(f"info.toml cannot be read: {error}") from error


def _defined(parameters: Mapping[str, object]) -> str:
    """params.h, which the set makes from the parameters."""

    def value(given: object) -> str:
        kind = "long long" if isinstance(given, int) else "double"
        return f"({kind}){given}" if isinstance(given, int | float) else json.dumps(given)

    return "".join(f"#define {name} {value(given)}\n" for name, given in parameters.items())


def _statement(files: Mapping[str, str], parameters: Mapping[str, object], samples: list[str]) -> str:
    """The English statement, with its parameters and samples put in."""

    def said(mark: re.Match[str]) -> str:
        kind, name = mark[1], mark[2]
        if kind == "keyword":
            return name.capitalize()
        if kind == "param":
            return str(parameters.get(name, name))
        number = name.rpartition("_")[2]
        known = kind == "example" and number.isdecimal() and int(number) < len(samples)
        return f"```\n{samples[int(number)]}```" if known else ""

    return _MARK.sub(said, _OTHER_LANGUAGE.sub("", files["task.md"])).replace("\r", "").strip()
