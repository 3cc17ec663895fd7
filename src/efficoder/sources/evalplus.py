"""HumanEval+ and MBPP+: inputs to call with; the expected values come from running the reference (write_tests).

How outputs are compared is the sets' own rule, read off the executable ``OriginFmt`` release: ``==``, or, for
float results, within 1e-6 + 1e-7 * |expected|; a row's ``atol`` widens the absolute part for any number.
MBPP+ lost its tuples, sets and complex numbers to JSON; they are put back from the row's own assertions.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from efficoder import wire_text
from efficoder.languages.python import literals
from efficoder.languages.python.signatures import signature
from efficoder.languages.python.syntax import parse
from efficoder.sources.continuation import continuation
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows, set_files
from efficoder.types import Comparison, Origin, Script, Task, TaskTests, TestCase

_HUMANEVAL = Origin(
    source="evalplus/humanevalplus_release",
    licence="Apache-2.0",
    url="https://github.com/evalplus/humanevalplus_release",
)
_MBPP = Origin(
    source="evalplus/mbppplus_release", licence="Apache-2.0", url="https://github.com/evalplus/mbppplus_release"
)
OTHER_FORMS = ("OriginFmt", "Mini")
"""In the names of files that hold the same sets in another form."""
_ABSOLUTE, _RELATIVE = 1e-6, 1e-7
_ZERO = 1e-4  # HumanEval/32 in HumanEval+; its derivatives in EvoEval state none

_SETS = frozenset({2, 7, 111, 140, 232, 579, 769})
"""MBPP+ tasks whose OriginFmt test compares ``set(out) == set(exp)``."""
_NOT_NONE = frozenset({737, 787, 794})
"""MBPP+ tasks whose reference returns a match object, which is no plain data: only whether there is one counts, so
their tests stay code."""
_MATCH_TEST = """\
def _run_tests():
    names = {{}}
    exec({reference!r}, names)
    for arguments in {inputs!r}:
        wanted, found = names[{name!r}](*arguments), {name}(*arguments)
        found = found if isinstance(found, bool) else found is not None
        assert found == (wanted is not None), f"{name}(*{{arguments!r}})"


_run_tests()
"""

_FIND_ZERO = """\
def check(arguments, output, expected):
    value = sum(coefficient * output**({power}) for n, coefficient in enumerate(arguments[0]))
    return abs(value) <= {atol}
"""
"""HumanEval/32: any zero of the polynomial is right."""


def read_humanevalplus(path: Path, *, base_only: bool = False) -> Iterator[SourceRow]:
    """HumanEvalPlus*.jsonl(.gz) (not OriginFmt): base inputs first, then plus inputs, or base inputs alone."""
    origin = origin_of(path, _HUMANEVAL)
    for row in read_rows(path, "humanevalplus"):
        task, shape = continuation(row, origin, row.text("prompt") + row.text("canonical_solution"))
        inputs, comparison = inputs_of(row, base_only=base_only), comparison_of(row, shape.interface.entry_point)
        yield with_checks(row, task, inputs, comparison, base=len(row.get("base_input", list)))


def read_mbppplus(path: Path, *, base_only: bool = False) -> Iterator[SourceRow]:
    """MbppPlus.jsonl(.gz) (not OriginFmt): base inputs first, then plus inputs, or base inputs alone, with their Python
    types."""
    origin = origin_of(path, _MBPP)
    for row in read_rows(path, "mbppplus"):
        entry_point, reference = row.text("entry_point"), row.text("canonical_solution")
        task = Task(
            id=row.text("task_id"),
            prompt=row.text("prompt"),
            interface=signature(reference, entry_point).interface,
            origin=row.origin(origin),
            reference=reference,
        )
        number = row.number("task_id")
        inputs = retyped(row, inputs_of(row, base_only=base_only))
        if number in _NOT_NONE:
            yield _as_script(task, reference, entry_point, inputs)
            continue
        comparison = Comparison(kind="set") if number in _SETS else comparison_of(row, entry_point)
        yield with_checks(row, task, inputs, comparison, base=len(row.get("base_input", list)))


def beside(path: Path, name: str) -> list[Path]:
    """The files of EvalPlus's set ``name`` below a folder, in the form that is read here; none of a file's."""
    found = set_files(path, f"{name}*.jsonl*") if path.is_dir() else []
    return [file for file in found if not any(form in file.name for form in OTHER_FORMS)]


def comparison_of(row: Row, entry_point: str, *, zero_power: str = "n") -> Comparison:
    """evalplus's rule for a row with or without ``atol``; ``zero_power``: of the n-th coefficient in ``find_zero``."""
    atol = row.fields.get("atol", 0)
    if not isinstance(atol, (int, float)):
        raise row.error("column 'atol' is not a number")
    if entry_point == "find_zero":
        return Comparison(kind="checker", checker=_FIND_ZERO.format(atol=atol or _ZERO, power=zero_power))
    return Comparison(kind="float", absolute=float(atol) or _ABSOLUTE, relative=_RELATIVE)


def inputs_of(row: Row, *, base_only: bool = False) -> list[list[Any]]:
    """Base inputs, then plus inputs: argument lists as JSON has them."""
    plus = row.fields.get("plus_input") or []  # an empty one is written {} (Mbpp/793)
    return [*row.get("base_input", list), *([] if base_only else plus)]


def with_checks(
    row: Row, task: Task, inputs: Iterable[list[Any]], comparison: Comparison, *, base: int = 0
) -> SourceRow:
    """The task with one check per input, expected values still unknown; the first ``base`` are the original ones."""
    checks: list[TestCase] = []
    for arguments in inputs:
        if not isinstance(arguments, list):
            raise row.error("an input is not a list of arguments")
        checks.append(TestCase(input=wire_text.encode(arguments), comparison=comparison, base=len(checks) < base))
    return SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=tuple(checks)))


def _as_script(task: Task, reference: str, name: str, inputs: list[list[Any]]) -> SourceRow:
    test = _MATCH_TEST.format(reference=reference, inputs=inputs, name=name)
    return SourceRow(
        task=msgspec.structs.replace(task, interface=Script(entry_point=name)),
        tests=TaskTests(task_id=task.id, checks=(TestCase(input=test),)),
        skipped=("kept as code: the reference returns a match object",),
    )


Restore = Callable[[Any], Any]


def retyped(row: Row, inputs: Iterable[list[Any]]) -> list[list[Any]]:
    """Argument lists of an MBPP+ row's function as JSON has them, with their Python types."""
    number = row.number("task_id")
    restorers = _EXCEPTIONS[number] if number in _EXCEPTIONS else _learn(row, row.text("entry_point"))
    return [[restore(value) for restore, value in zip(restorers, item, strict=False)] for item in inputs]


def _learn(row: Row, entry_point: str) -> list[Restore]:
    """One restorer a parameter, learnt from the arguments in the row's assertions."""
    calls = []
    try:
        for node in ast.walk(parse(row.text("assertion"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == entry_point:
                calls.append([literals.evaluate(argument) for argument in node.args])
    except (SyntaxError, literals.Refused) as error:
        raise row.error(f"column 'assertion' cannot be read: {error}") from error
    if not calls:
        raise row.error(f"column 'assertion' does not call {entry_point}")
    return [_restorer(list(examples)) for examples in zip(*calls, strict=False)]


def _restorer(examples: list[Any]) -> Restore:
    """Turns lists into tuples or sets where the examples have them at the same depth and place."""
    children = [child for example in examples if isinstance(example, (list, tuple)) for child in example]
    members = [child for example in examples if isinstance(example, dict) for child in example.values()]
    inner: Restore = _restorer(children) if children else _same
    member: Restore = _restorer(members) if members else _same
    kind = tuple if any(isinstance(example, tuple) for example in examples) else list

    def restore(value: Any) -> Any:
        if isinstance(value, list):
            return kind(map(inner, value))
        if isinstance(value, dict):
            return {key: member(item) for key, item in value.items()}
        return value

    return restore


def _same(value: Any) -> Any:
    return value


def _deep_tuple(value: Any) -> Any:
    return tuple(map(_deep_tuple, value)) if isinstance(value, list) else value


_EXCEPTIONS: dict[int, list[Restore]] = {
    124: [float, complex],  # written as text; the assertions pass 0 and 1j
    252: [complex],  # written as text; the assertions pass 1
    580: [_deep_tuple],  # nested deeper than the assertions show
    791: [_deep_tuple],
    596: [tuple],  # rows stay lists, though an assertion has tuples
    **{number: [_same] for number in (98, 104, 140, 145)},  # called with lists, though the assertions have tuples
}
