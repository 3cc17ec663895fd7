"""The generic task schema, for anyone's own tasks: JSON lines or Parquet. Documented in docs/tasks.md."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from efficoder import wire
from efficoder.errors import suggest
from efficoder.languages import LANGUAGES, LOAD_LANGUAGE, bundle
from efficoder.languages.python import literals
from efficoder.languages.python.asserts import Checks, checks_of
from efficoder.languages.python.examples import examples_of
from efficoder.languages.python.signatures import Signature, signature
from efficoder.parse import from_json
from efficoder.sources import projects
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.types import Comparison, Interface, Origin, Project, Script, Stdio, Task, TaskTests, TestCase

Kind = Literal["exact", "float", "unordered", "set", "not_none", "tokens", "checker"]

_ENTRY_POINT = re.compile(r"([A-Za-z_]\w*\(\)\.)?[A-Za-z_]\w*")


class _Compare(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind = "exact"
    absolute: float = 0.0
    relative: float = 0.0
    checker: str = ""


class _Test(msgspec.Struct, forbid_unknown_fields=True):
    input: list[Any] | None = None
    input_literal: str | None = None
    expected: Any = msgspec.UNSET
    expected_literal: str | None = None
    stdin: str | None = None
    stdout: str | None = None
    comparison: _Compare | Kind | None = None
    size: int | None = None


class _Project(msgspec.Struct, forbid_unknown_fields=True):
    kind: Literal["project"]
    writes: list[str]
    run: list[str]
    files: dict[str, str] = {}
    build: list[str] = []
    built: str = ""


class _Origin(msgspec.Struct, forbid_unknown_fields=True):
    source: str = ""
    revision: str = ""
    licence: str = ""
    url: str = ""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    prompt: str
    entry_point: str = ""
    stdio: bool = False
    interface: _Project | None = None
    reference: str | dict[str, str] | None = None
    starter: str | dict[str, str] = ""
    header: str = ""
    tests: list[_Test] = []
    asserts: list[str] = []
    loads: list[_Test] = []
    load_programs: list[str] = []
    comparison: _Compare | Kind | None = None
    language: str = "python"
    problem_id: str = ""
    vouched: bool = True
    origin: _Origin = msgspec.field(default_factory=_Origin)
    meta: Any = None


_ELSEWHERE = {
    "task_id": "id",
    "function": "entry_point",
    "function_name": "entry_point",
    "question": "prompt",
    "problem": "prompt",
    "instruction": "prompt",
    "description": "prompt",
    "solution": "reference",
    "canonical_solution": "reference",
    "test_cases": "tests",
    "test_list": "asserts",
    "starter_code": "starter",
}
"""What other schemas call our fields."""


def read_jsonl(path: Path) -> Iterator[SourceRow]:
    """Rows of the generic schema. InputError names the line and the field at fault."""
    shared = origin_of(path, Origin(source=""))
    for row in read_rows(path, "jsonl"):
        line = _parse(row)
        if bool(line.entry_point) + line.stdio + (line.interface is not None) != 1:
            raise row.error('give either "entry_point" or "stdio": true or "interface"')
        if line.interface is not None:
            yield _text(row, line, shared, _project(row, line, line.interface))
            continue
        if isinstance(line.reference, dict) or isinstance(line.starter, dict):
            raise row.error('several files are for a task with an "interface" of kind "project"')
        if not line.stdio and not _ENTRY_POINT.fullmatch(line.entry_point):
            raise row.error(f'"entry_point" is {line.entry_point!r}', 'write it as "name" or "Solution().name"')
        yield _text(row, line, shared, Stdio()) if line.stdio else _function(row, line, shared)


def _parse(row: Row) -> _Line:
    fields = _filled(row.fields)
    if row.path.suffix == ".parquet":
        for name in ("tests", "loads"):
            if isinstance(fields.get(name), list):
                fields[name] = [_filled(test) if isinstance(test, dict) else test for test in fields[name]]
    # A Parquet column may hold these as JSON text.
    for name in ("tests", "loads", "asserts", "interface", "origin", "meta"):
        if isinstance(fields.get(name), str):
            try:
                fields[name] = from_json(fields[name])
            except ValueError as error:
                hint = "write a list: [...]" if name in {"tests", "loads", "asserts"} else ""
                raise row.error(f"{name!r} is text, but not JSON: {error}", hint) from error
    for name in fields.keys() - set(_Line.__struct_fields__):
        known = _ELSEWHERE.get(name)
        otherwise = f"here it is called {known!r}" if known else 'put columns of your own under "meta"'
        raise row.error(f"unknown field {name!r}{suggest(name, _Line.__struct_fields__, otherwise)}")
    try:
        return msgspec.convert(fields, _Line)
    except msgspec.ValidationError as error:
        raise row.error(str(error), "docs/tasks.md has the schema") from error


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    """Without the None that Parquet gives fields a row does not have."""
    return {name: value for name, value in fields.items() if value is not None}


def _project(row: Row, line: _Line, given: _Project) -> Project:
    """The interface; the files of ``line`` become texts."""

    def files(code: str | dict[str, str]) -> dict[str, str]:
        return code if isinstance(code, dict) else {file.path: file.text for file in bundle.split(code)}

    try:
        project = projects.checked(
            Project(
                writes=tuple(given.writes),
                files=given.files,
                run=tuple(given.run),
                build=tuple(given.build),
                built=given.built,
            )
        )
        line.starter = projects.code_of(project, files(line.starter)) if line.starter else ""
        if line.reference is not None:
            line.reference = projects.code_of(project, files(line.reference), line.starter)
    except ValueError as error:
        raise row.error(str(error)) from error
    return project


def _text(row: Row, line: _Line, shared: Origin, interface: Stdio) -> SourceRow:
    def case(test: _Test) -> TestCase:
        if test.stdin is None or test.input is not None or test.input_literal is not None:
            raise row.error('a test of a program has "stdin" and "stdout", both text')
        return TestCase(
            input=test.stdin, expected=test.stdout, comparison=_comparison(row, test, line, "tokens"), size=test.size
        )

    if line.asserts:
        raise row.error('"asserts" need an "entry_point"')
    return _row(row, line, shared, interface, [case(t) for t in line.tests], [case(t) for t in line.loads])


def _function(row: Row, line: _Line, shared: Origin) -> SourceRow:
    shape = _shape(line)
    given = [_case(row, line, test) for test in line.tests]
    loads = [_case(row, line, test) for test in line.loads]
    tests = Checks(shape.interface, (), ())
    if line.asserts:
        tests = checks_of("\n".join(line.asserts), shape, line.asserts)
        if isinstance(tests.interface, Script) and (given or loads):
            hint = 'write it as {"input": [...], "expected": ...}'
            raise row.error(f"an assert was {tests.skipped[0]}; but the task has other tests", hint)
    if not (given or line.asserts or line.load_programs):
        given = list(examples_of(line.prompt, shape))
    made = _row(row, line, shared, tests.interface, [*given, *tests.checks], loads)
    return msgspec.structs.replace(made, skipped=tests.skipped)


def _shape(line: _Line) -> Signature:
    """What asserts are read by; the signature itself is read as the task's language has it."""
    if line.language not in LANGUAGES:
        return signature("", line.entry_point, line.header)
    used, texts = LANGUAGES[line.language], (str(line.reference or ""), str(line.starter))
    if used is LOAD_LANGUAGE:
        return signature(texts[0] or texts[1], line.entry_point, line.header)
    read = [used.signature(text, line.entry_point, line.header) for text in texts]
    return Signature(next((each for each in read if each.returns), read[0]), {})


def _case(row: Row, line: _Line, test: _Test) -> TestCase:
    if test.stdin is not None or test.stdout is not None:
        raise row.error('"stdin" and "stdout" need "stdio": true')
    if (test.input is None) == (test.input_literal is None):
        raise row.error('a test has either "input" (a list of arguments) or "input_literal"')
    arguments = test.input if test.input_literal is None else _literal(row, test.input_literal)
    if isinstance(arguments, tuple):
        arguments = list(arguments)
    if not isinstance(arguments, list):
        raise row.error(f'"input_literal" is {type(arguments).__name__}, not the arguments in brackets')
    expected = None
    if test.expected_literal is not None:
        expected = _encoded(row, _literal(row, test.expected_literal))
    elif test.expected is not msgspec.UNSET:
        expected = _encoded(row, test.expected)
    comparison = _comparison(row, test, line, "exact")
    return TestCase(input=_encoded(row, arguments), expected=expected, comparison=comparison, size=test.size)


def _literal(row: Row, text: str) -> Any:
    try:
        return literals.evaluate(text)
    except literals.Refused as error:
        raise row.error(f"the literal {text[:60]!r} cannot be read: {error}") from error


def _encoded(row: Row, value: object) -> str:
    try:
        return wire.encode(value)
    except (wire.NotPlain, RecursionError) as error:
        raise row.error(str(error) or "nested too deeply") from error


def _comparison(row: Row, test: _Test, line: _Line, default: Kind) -> Comparison:
    chosen = test.comparison or line.comparison or default
    if isinstance(chosen, str):
        tolerance = 1e-6 if chosen == "float" else 0.0
        return Comparison(kind=chosen, absolute=tolerance, relative=tolerance)
    if not (0 <= chosen.absolute < math.inf and 0 <= chosen.relative < math.inf):
        raise row.error("a tolerance is a number from 0 up", "write how far off an answer may be, as 1e-6")
    return Comparison(kind=chosen.kind, absolute=chosen.absolute, relative=chosen.relative, checker=chosen.checker)


def _row(
    row: Row, line: _Line, shared: Origin, interface: Interface, checks: list[TestCase], loads: list[TestCase]
) -> SourceRow:
    shipped = tuple(msgspec.structs.replace(load, origin="shipped_load") for load in loads)
    own = line.origin
    task = Task(
        id=line.id,
        prompt=line.prompt,
        interface=interface,
        origin=Origin(
            source=own.source or shared.source or row.path.name,
            revision=own.revision or shared.revision,
            licence=own.licence or shared.licence,
            url=own.url or shared.url,
            line=row.line,
        ),
        language=line.language,
        reference=None if line.reference is None else str(line.reference),
        problem_id=line.problem_id,
        starter=str(line.starter),
        vouched=line.vouched,
    )
    programs = tuple(line.load_programs)
    tests = TaskTests(task_id=line.id, checks=tuple(checks), loads=shipped, load_programs=programs)
    return SourceRow(task=task, tests=tests)
