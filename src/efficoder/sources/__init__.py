"""Where tasks come from: one adapter a format, each ``read(path) -> Iterator[SourceRow]``.

The generic schema is ``jsonl`` (docs/tasks.md); the others read published sets as they are. Nothing is run here.

files.py            rows of files of any format
jsonl.py            the generic schema, JSON lines or Parquet
projects.py         tasks of several files
prelude.py          what LeetCode's judge puts first
continuation.py     prompts to continue, as HumanEval has them
humaneval.py        HumanEval
evalplus.py         HumanEval+ and MBPP+
evalperf.py         EvalPerf
evoeval.py          EvoEval
enamel.py           ENAMEL
mbpp.py             MBPP and its sanitized part
leetcode.py         LeetCodeDataset
effibench.py        EffiBench
mercury.py          Mercury
mercury_judging.py  how Mercury judges
coffe.py            COFFE
library_checker.py  Library Checker
typed.py            functions of languages that declare types
humaneval_x.py      HumanEval-X
mbxp.py             MBXP
leetcode_pool.py    people's LeetCode solutions in many languages
transcoder_gfg.py   TransCoder's functions
bigcodebench.py     BigCodeBench
ds1000.py           DS-1000
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from efficoder.errors import InputError, UsageError, suggest
from efficoder.sources import (
    bigcodebench,
    coffe,
    ds1000,
    effibench,
    enamel,
    evalperf,
    evalplus,
    evoeval,
    humaneval,
    humaneval_x,
    jsonl,
    leetcode,
    leetcode_pool,
    library_checker,
    mbpp,
    mbxp,
    mercury,
    projects,
    transcoder_gfg,
)
from efficoder.sources.files import SourceRow
from efficoder.types import Task

__all__ = ["FORMATS", "SourceRow", "parse_spec", "published_ids", "read", "tasks_by_language"]

FORMATS: dict[str, Callable[[Path], Iterator[SourceRow]]] = {
    "jsonl": jsonl.read_jsonl,
    "parquet": jsonl.read_jsonl,
    "humaneval": humaneval.read_humaneval,
    "humanevalplus": evalplus.read_humanevalplus,
    "humanevalplus_base": partial(evalplus.read_humanevalplus, base_only=True),
    "mbpp": mbpp.read_mbpp,
    "mbpp_sanitized": mbpp.read_mbpp_sanitized,
    "mbppplus": evalplus.read_mbppplus,
    "mbppplus_base": partial(evalplus.read_mbppplus, base_only=True),
    "evoeval": evoeval.read_evoeval,
    "leetcode": leetcode.read_leetcode,
    "coffe": coffe.read_coffe,
    "coffe_contests": coffe.read_coffe_contests,
    "enamel": enamel.read_enamel,
    "evalperf": evalperf.read_evalperf,
    "effibench": effibench.read_effibench,
    "mercury": mercury.read_mercury,
    "bigcodebench": bigcodebench.read_bigcodebench,
    "ds1000": ds1000.read_ds1000,
    "library_checker": library_checker.read_library_checker,
    "humaneval_x": humaneval_x.read_humaneval_x,
    "mbxp": mbxp.read_mbxp,
    "leetcode_pool": leetcode_pool.read_leetcode_pool,
    "transcoder_gfg": transcoder_gfg.read_transcoder_gfg,
    "projects": projects.read_projects,
}
_GENERIC = (".jsonl", ".jsonl.gz", ".parquet")


def read(spec: str) -> Iterator[SourceRow]:
    """The tasks of ``FORMAT:PATH`` in file order, streamed where the file allows.

    Raises UsageError at once for a bad spec, and while reading InputError for a bad file, a task id seen before and
    a file without tasks.
    """
    form, path = parse_spec(spec)
    return _checked(FORMATS[form](path), path)


def published_ids(tasks: Iterable[Task]) -> dict[str, str]:
    """By the id that a set's own sample files use where ours is another: the task's id. What names two tasks, or is the
    id of one, is left out."""
    ids, found, twice = set[str](), dict[str, str](), set[str]()
    for task in tasks:
        ids.add(task.id)
        if (published := evoeval.published_id(task)) is not None:
            if published in found:
                twice.add(published)
            found[published] = task.id
    return {published: ours for published, ours in found.items() if published not in ids | twice}


def tasks_by_language(tasks: Iterable[Task]) -> dict[tuple[str, str], str]:
    """By problem and language: the task's id. A task is its own problem too; what names two others is left out."""
    own, found, twice = dict[tuple[str, str], str](), dict[tuple[str, str], str](), set[tuple[str, str]]()
    for task in tasks:
        own[task.id, task.language] = task.id
        if task.problem_id:
            key = task.problem_id, task.language
            twice |= {key} & found.keys()
            found[key] = task.id
    return {key: task_id for key, task_id in found.items() if key not in twice} | own


def parse_spec(spec: str) -> tuple[str, Path]:
    """``FORMAT:PATH`` split; a bare PATH of the generic schema is read by its suffix. Raises UsageError."""
    form, colon, rest = spec.partition(":")
    if colon and form in FORMATS and rest:
        return form, Path(rest)
    if spec.endswith(_GENERIC) and (not colon or "/" in form):
        return "jsonl", Path(spec)
    raise UsageError(f"source {spec!r}: not FORMAT:PATH with a known format{suggest(form, FORMATS)}")


def _checked(rows: Iterator[SourceRow], path: Path) -> Iterator[SourceRow]:
    seen: dict[str, int | None] = {}
    try:
        for row in rows:
            task = row.task
            if task.id in seen:
                raise InputError(
                    f"the task id {task.id!r} is there twice, first in line {seen[task.id]}",
                    path=path,
                    line=task.origin.line,
                    hint="give each task its own id",
                )
            seen[task.id] = task.origin.line
            _storable(row, path)
            yield row
    except RecursionError:
        place = f"in the row after {next(reversed(seen))!r}" if seen else "in the first row"
        raise InputError(f"a value is nested too deeply, {place}", path=path, hint="remove it") from None
    if not seen:
        raise InputError("no tasks in it", path=path, hint="check the path and the format")


def _storable(row: SourceRow, path: Path) -> None:
    """Raises InputError for text that no file can hold."""
    try:
        msgspec.json.encode(row)
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        message = f"the text has half a character in it ({half!r}: a lone surrogate)"
        raise InputError(message, path=path, line=row.task.origin.line, hint="remove it") from None
