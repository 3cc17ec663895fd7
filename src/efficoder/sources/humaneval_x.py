"""HumanEval-X: HumanEval's problems in Python, C++, Java, JavaScript, Go and Rust.

What judges a typed function is the same problem in Python, of HumanEval or HumanEval+, in the same run.
"""

from collections.abc import Iterator
from pathlib import Path

from efficoder.sources import evalplus
from efficoder.sources.continuation import with_asserts
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows, set_files
from efficoder.sources.prelude import IMPORTS
from efficoder.sources.typed import called, function_of, with_own_tests
from efficoder.types import Origin, Task

_ORIGIN = Origin(source="THUDM/CodeGeeX humaneval-x", licence="Apache-2.0", url="https://github.com/THUDM/CodeGeeX")
_LANGUAGES = {"CPP": "cpp", "Java": "java", "JavaScript": "javascript", "Go": "go", "Rust": "rust"}


def read_humaneval_x(path: Path) -> Iterator[SourceRow]:
    """One file of one language; or a folder with several, and with HumanEvalPlus*.jsonl(.gz), whose tasks follow."""
    for file in set_files(path, "humaneval_*.jsonl*"):
        origin = origin_of(file, _ORIGIN)
        for row in read_rows(file, "humaneval_x"):
            yield _source_row(row, origin)
    for file in evalplus.beside(path, "HumanEvalPlus"):
        yield from evalplus.read_humanevalplus(file)


def _source_row(row: Row, origin: Origin) -> SourceRow:
    prefix, problem = row.text("task_id").partition("/")[0], f"HumanEval/{row.number('task_id')}"
    prompt, solution, test = row.text("prompt"), row.text("canonical_solution"), row.text("test")
    if prefix == "Python":
        name = next(called(prompt, test), "")
        return with_asserts(row, origin, prompt + solution, name, problem_id=problem)
    if prefix not in _LANGUAGES:
        raise row.error(f"column 'task_id' begins with none of Python, {', '.join(_LANGUAGES)}")
    language = _LANGUAGES[prefix]
    if language == "rust":  # its prompt is the statement alone
        prompt += row.text("declaration").lstrip("\n")
    if language == "go":
        prompt = f"package main\n\n{prompt}"
    reference = prompt + solution
    task = Task(
        id=row.text("task_id"),
        prompt=prompt,
        interface=function_of(language, reference, prompt, called(prompt, test), IMPORTS.get(language, "")),
        origin=row.origin(origin),
        language=language,
        reference=reference,
        problem_id=problem,
        starter=prompt,
    )
    return with_own_tests(task, test)
