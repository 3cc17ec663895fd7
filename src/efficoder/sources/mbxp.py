"""MBXP: MBPP's problems in C++, Java, JavaScript and Go, with solutions for most of them.

What judges a typed function is the same problem in Python, of MBPP or MBPP+, in the same run.
"""

from collections.abc import Iterator
from pathlib import Path

from efficoder.sources import evalplus
from efficoder.sources.files import SourceRow, origin_of, read_rows, set_files
from efficoder.sources.prelude import IMPORTS
from efficoder.sources.typed import function_of, with_own_tests
from efficoder.types import Origin, Task

_ORIGIN = Origin(
    source="amazon-science/mxeval mbxp", licence="Apache-2.0", url="https://github.com/amazon-science/mxeval"
)


def read_mbxp(path: Path) -> Iterator[SourceRow]:
    """One file of one language; or a folder with several, and with MbppPlus*.jsonl(.gz), whose tasks follow."""
    own = [file for file in set_files(path, "*.jsonl*") if not file.name.startswith("MbppPlus")]
    for file in own:
        origin = origin_of(file, _ORIGIN)
        for row in read_rows(file, "mbxp"):
            prompt, solution = row.text("prompt"), row.fields.get("canonical_solution")
            language = row.text("language")
            reference = prompt + solution if isinstance(solution, str) else None
            shown = reference or prompt
            task = Task(
                id=row.text("task_id"),
                prompt=prompt,
                interface=function_of(
                    language, shown, prompt, iter([row.text("entry_point")]), IMPORTS.get(language, "")
                ),
                origin=row.origin(origin),
                language=language,
                reference=reference,
                problem_id=f"Mbpp/{row.number('task_id')}",
                starter=prompt,
            )
            yield with_own_tests(task, row.text("test"))
    for file in evalplus.beside(path, "MbppPlus"):
        yield from evalplus.read_mbppplus(file)
