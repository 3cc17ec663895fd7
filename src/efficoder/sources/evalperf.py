"""EvalPerf: 118 tasks of HumanEval+ and MBPP+ with one stress input each, and solutions that its score ranks among.

The set holds neither prompts nor tests: those come from the two EvalPlus files, which lie in the same folder. Column
names are those that evalplus's own evaluator (evalplus/evalperf.py) reads.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from efficoder import wire
from efficoder.errors import InputError
from efficoder.parse import from_json
from efficoder.sources.evalplus import OTHER_FORMS, read_humanevalplus, read_mbppplus, retyped
from efficoder.sources.files import Row, SourceRow, origin_of, read_rows
from efficoder.types import Origin, PoolSolution, Script, TestCase

_ORIGIN = Origin(
    source="evalplus/evalperf", licence="Apache-2.0", url="https://huggingface.co/datasets/evalplus/evalperf"
)
_DATA = ("evalperf*.jsonl", "evalperf*.jsonl.gz", "evalperf*.parquet", "test-*.parquet")
"""Names of its files: one's own, or those of the hub."""
_MAX_LOAD = 3 << 20
"""Characters of a stress input; write_tests stores and decodes no longer one."""


def read_evalperf(path: Path) -> Iterator[SourceRow]:
    """The folder with EvalPerf's file or files, HumanEvalPlus*.jsonl(.gz) and MbppPlus*.jsonl(.gz), or its one file in
    such a folder. The reference stays EvalPlus's; EvalPerf's references are the pool."""
    folder = path if path.is_dir() else path.parent
    files = sorted(file for name in _DATA for file in path.glob(name)) if path.is_dir() else [path]
    if not files:
        raise InputError("evalperf: no file of its own", path=path, hint=f"its names: {', '.join(_DATA)}")
    origin = origin_of(path, _ORIGIN)
    humaneval, mbpp = _beside(folder, "HumanEvalPlus"), _beside(folder, "MbppPlus")
    known = {row.task.id: row for rows in (read_humanevalplus(humaneval), read_mbppplus(mbpp)) for row in rows}
    typed = {row.text("task_id"): row for row in read_rows(mbpp, "mbppplus")}
    for file in files:
        for row in read_rows(file, "evalperf"):
            task_id = row.text("task_id")
            if task_id not in known:
                raise row.error(f"task {task_id!r} is in neither {humaneval.name} nor {mbpp.name}")
            joined = known[task_id]
            loads, skipped = _loads(row, joined, typed.get(task_id))
            yield msgspec.structs.replace(
                joined,
                task=msgspec.structs.replace(joined.task, origin=row.origin(origin)),
                tests=msgspec.structs.replace(joined.tests, loads=loads),
                skipped=(*joined.skipped, *skipped),
                pool=_pool(row),
            )


def _beside(folder: Path, name: str) -> Path:
    found = sorted(file for suffix in ("", ".gz") for file in folder.glob(f"{name}*.jsonl{suffix}"))
    for file in found:
        if not any(form in file.name for form in OTHER_FORMS):
            return file
    hint = "EvalPerf has neither prompts nor tests: put EvalPlus's file into its folder"
    raise InputError("evalperf: the file is missing", path=folder / f"{name}.jsonl.gz", hint=hint)


def _pool(row: Row) -> tuple[PoolSolution, ...]:
    """One solution a cluster, the slowest first, with the share of all recorded ones that its cluster has. ``scores``
    are cumulative, in per cent."""
    solutions, scores = row.get("reference", list), row.get("scores", list)
    fits = len(solutions) == len(scores) and all(isinstance(score, (int, float)) for score in scores)
    shares = [score - before for before, score in zip([0.0, *scores], scores, strict=False)] if fits else []
    if not shares or min(shares) <= 0 or not all(isinstance(solution, str) for solution in solutions):
        raise row.error("columns 'reference' and 'scores' are not one code and one rising number each")
    return tuple(PoolSolution(code=code, share=share) for code, share in zip(solutions, shares, strict=True))


def _loads(row: Row, joined: SourceRow, typed: Row | None) -> tuple[tuple[TestCase, ...], tuple[str, ...]]:
    """The stress input; a longer one than can be timed is left out, and loads are made instead."""
    if isinstance(joined.task.interface, Script):
        return (), ()
    arguments = _stress(row)
    if arguments is None:
        return (), (f"the stress input is longer than {_MAX_LOAD} characters",)
    text = wire.encode(arguments if typed is None else retyped(typed, [arguments])[0])
    if len(text) > _MAX_LOAD:
        return (), (f"the stress input is longer than {_MAX_LOAD} characters",)
    return (TestCase(input=text, comparison=joined.tests.checks[0].comparison, origin="shipped_load"),), ()


def _stress(row: Row) -> list[Any] | None:
    """The first argument list of ``pe_input``, a list or its JSON text; None where the text is too long."""
    given = row.fields.get("pe_input")
    if isinstance(given, str):
        if len(given) > _MAX_LOAD:
            return None
        try:
            given = from_json(given)
        except ValueError as error:
            raise row.error(f"column 'pe_input' is not JSON: {error}") from error
    elif not isinstance(given, list):
        given = row.get("pe_input", list)
    if not isinstance(given, list) or not given or not isinstance(given[0], list):
        raise row.error("column 'pe_input' is not a list of argument lists")
    return given[0]
