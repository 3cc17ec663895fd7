"""A pool of people's LeetCode solutions in many languages, beside the files of LeetCodeDataset with their problems.

Each problem is a task in Python, as LeetCodeDataset has it, and one in every other language of the pool, judged by the
Python one's tests. The pool's file is also a file of recorded samples (``generate.models = ["replay/FILE"]``): a line's
``language`` says which of the tasks it answers.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from efficoder.errors import InputError
from efficoder.languages import LOAD_LANGUAGE, language, problem
from efficoder.languages.braces import own_name
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows, set_files
from efficoder.sources.leetcode import read_leetcode
from efficoder.sources.prelude import HEADERS, PROMISED
from efficoder.sources.typed import function_of
from efficoder.types import Function, Origin, Script, Task, TaskTests

_ORIGIN = Origin(source="", licence="see the pool's rows")
_BLOCK = re.compile(r"```python\n.*?```", re.DOTALL)
_LEAD = "an expert Python programmer", "a correct Python program"
_OPENING = re.compile(r"^[ \t]*(?:class|impl)\s+Solution\b[^{\n]*\{[^\n]*\n(?:[ \t]*public:[ \t]*\n)?", re.MULTILINE)
_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def read_leetcode_pool(path: Path) -> Iterator[SourceRow]:
    """A folder with solutions.jsonl(.gz) and LeetCodeDataset-*.jsonl(.gz). Of a problem that several of the files have,
    the one with most tests counts. A problem's tasks follow each other, Python's first."""
    pool, origin = _solutions(path)
    best: dict[str, SourceRow] = {}
    for file in set_files(path, "LeetCodeDataset-*.jsonl*"):
        for source_row in read_leetcode(file):
            name = source_row.task.id
            if name not in best or len(source_row.tests.checks) > len(best[name].tests.checks):
                best[name] = source_row
    if not best:
        raise InputError("no LeetCodeDataset-*.jsonl(.gz) in it", path=path, hint="its problems have the tests")
    for name, source_row in best.items():
        yield source_row
        for spoken, rows in pool.get(name, {}).items():
            yield _source_row(source_row.task, spoken, rows, origin)


def _solutions(path: Path) -> tuple[dict[str, dict[str, list[Row]]], Origin]:
    """The pool's rows in other languages than Python, by problem and language."""
    found: dict[str, dict[str, list[Row]]] = {}
    files = set_files(path, "solutions.jsonl*")
    if not path.is_dir() or not files:
        raise InputError("a folder with solutions.jsonl(.gz) is wanted", path=path, hint="docs/tasks.md says what else")
    for row in read_rows(files[0], "leetcode_pool"):
        spoken = row.text("language")
        if problem(spoken) is not None or language(spoken) is not LOAD_LANGUAGE:
            found.setdefault(row.text("task_id"), {}).setdefault(spoken, []).append(row)
    return found, origin_of(files[0], _ORIGIN)


def _source_row(twin: Task, spoken: str, rows: list[Row], origin: Origin) -> SourceRow:
    """The task in another language. Its reference is the pool's first solution with a signature that can be called:
    nobody vouches for it, and it says nothing that the Python task's tests do not say."""
    header = HEADERS.get(spoken, "")
    asked = twin.interface.entry_point if isinstance(twin.interface, Function | Script) else ""
    made = [_task(twin, asked, spoken, row, origin, header) for row in rows]
    known = problem(spoken) is None
    task = next((task for task in made if known and language(spoken).unsupported(task) is None), made[0])
    return SourceRow(task=task, tests=TaskTests(task_id=task.id), promised=PROMISED)


def _task(twin: Task, asked: str, spoken: str, row: Row, origin: Origin, header: str) -> Task:
    code, method = row.text("solution"), asked.rpartition(".")[2]
    names = [name for name in (method, _SNAKE.sub("_", method).lower()) if re.search(rf"\b{re.escape(name)}\b", code)]
    interface = function_of(spoken, code, code, iter(names), header)
    starter = _starter(code, own_name(interface.entry_point))
    source = Origin(
        source=row.text("source"), revision=origin.revision, licence=row.text("license"), url=origin.url, line=row.line
    )
    return Task(
        id=f"{twin.id}/{spoken}",
        prompt=_statement(twin.prompt, spoken, starter),
        interface=interface,
        origin=source,
        language=spoken,
        reference=code,
        problem_id=twin.problem_id or twin.id,
        starter=starter,
        vouched=False,
    )


def _starter(code: str, method: str) -> str:
    """The class and the head of its method, up to the brace that opens its body."""
    head = re.search(rf"^[^\n]*\b{re.escape(method)}\b[^;{{]*\{{", code, re.MULTILINE) if method else None
    if head is None:
        return ""
    opening = _OPENING.search(code[: head.start()])
    return f"{opening[0] if opening else ''}{head[0]}"


def _statement(prompt: str, spoken: str, starter: str) -> str:
    """The problem, with the starter of the other language in the place of Python's."""
    title = language(spoken).title if problem(spoken) is None else spoken
    for words in _LEAD:
        prompt = prompt.replace(words, words.replace("Python", title))
    return _BLOCK.sub(lambda _: f"```{spoken}\n{starter}\n```", prompt)
