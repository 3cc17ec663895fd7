"""TransCoder's test scripts: functions of GeeksforGeeks, the same in Python, C++, Java, C and Go.

The set has no statements: a task shows the function in another language, and asks for it in its own. Inputs are those
of the Python script; the reference says what is right.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from itertools import dropwhile
from pathlib import Path

from efficoder import wire
from efficoder.languages import LANGUAGES
from efficoder.languages.python import literals
from efficoder.languages.python.signatures import signature
from efficoder.languages.python.syntax import parse
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.sources.typed import function_of
from efficoder.types import Origin, Task, TaskTests, TestCase

_ORIGIN = Origin(
    source="facebookresearch/CodeGen transcoder_evaluation_gfg",
    licence="MIT (the functions are GeeksforGeeks code)",
    url="https://github.com/facebookresearch/CodeGen",
)
_ENTRY_POINT = "f_gold"
_PLACE = re.compile(r"^(?:#|//)TOFILL|^[^\n]*\bf_filled\s*\(", re.MULTILINE)
_SHOWN = ("python", "cpp", "java", "go", "c")
"""The language in which a function is shown: the first that the set has and that is not asked for."""


def read_transcoder_gfg(path: Path) -> Iterator[SourceRow]:
    """parallel_functions.jsonl(.gz). Ids are ``gfg/NAME/LANGUAGE``; a problem's tasks follow each other."""
    origin = origin_of(path, _ORIGIN)
    for row in read_rows(path, "transcoder_gfg"):
        codes = {spoken: _function(row, spoken, script) for spoken, script in row.get("scripts", dict).items()}
        for spoken, code in codes.items():
            yield _source_row(row, spoken, codes, code, origin)


def _source_row(row: Row, spoken: str, codes: Mapping[str, str], code: str, origin: Origin) -> SourceRow:
    name = row.text("id")
    own = spoken == "python"
    shape = signature(code, _ENTRY_POINT).interface if own else function_of(spoken, code, code, iter([_ENTRY_POINT]))
    task = Task(
        id=f"{name}/{spoken}",
        prompt=_prompt(name, spoken, codes),
        interface=shape,
        origin=row.origin(origin),
        language=spoken,
        reference=code,
        problem_id=name,
    )
    inputs = _inputs(row.get("scripts", dict)[spoken]) if own else []
    checks = tuple(TestCase(input=wire.encode(arguments)) for arguments in inputs or ())
    lost = {} if inputs is not None else {"undecodable": 1}
    return SourceRow(task=task, tests=TaskTests(task_id=task.id, checks=checks, lost=lost))


def _prompt(name: str, spoken: str, codes: Mapping[str, str]) -> str:
    title = LANGUAGES[spoken].title if spoken in LANGUAGES else spoken
    words = name.rpartition("/")[2].replace("_", " ")
    other = next((each for each in _SHOWN if each in codes and each != spoken), "")
    shown = f" Here it is in another language:\n```{other}\n{codes[other]}```" if other else ""
    return f"Write the function `{_ENTRY_POINT}` in {title}: {words}.{shown}\n"


def _function(row: Row, spoken: str, script: object) -> str:
    """The script up to the place where a candidate goes; a class that it opens there is closed."""
    if not isinstance(script, str):
        raise row.error(f"the script in {spoken} is no text")
    place = _PLACE.search(script)
    if place is None:
        raise row.error(f"the script in {spoken} has no place for a candidate")
    lines, notice = script[: place.start()].splitlines(), "#" if spoken == "python" else "//"
    code = "\n".join(dropwhile(lambda line: line.startswith(notice), lines))
    return code.strip("\n") + ("\n}\n" if spoken == "java" else "\n")


def _inputs(script: str) -> list[list[object]] | None:
    """The arguments of ``param`` in the Python script; None where they cannot be read."""
    try:
        for node in ast.walk(parse(script)):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "param":
                return [list(arguments) for arguments in literals.evaluate(node.value)]
    except (SyntaxError, literals.Refused, TypeError):
        return None  # two of the published scripts are no Python
    return None
