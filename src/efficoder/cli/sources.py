"""``efficoder sources``: which formats of task files can be read, and which published sets."""

import msgspec
import typer

from efficoder.cli.options import Json, examples
from efficoder.console import data, table, to_json

app = typer.Typer()
_OWN = {
    "jsonl": "your own tasks, .jsonl or .jsonl.gz: docs/tasks.md",
    "parquet": "the same as Parquet",
    "library_checker": "rows of id and files, .jsonl or .parquet",
    "humaneval_x": "a language's file, or a folder of them and of HumanEvalPlus.jsonl.gz",
    "mbxp": "a language's file, or a folder of them and of MbppPlus.jsonl.gz",
    "leetcode_pool": "a folder of solutions.jsonl and LeetCodeDataset's files",
    "transcoder_gfg": "its file of functions in several languages",
}
"""What formats that are no benchmark read."""


class SourceLine(msgspec.Struct, frozen=True):
    """A format: ``FORMAT:PATH`` is a source of a config, and what PATH is."""

    format: str
    path: str
    tasks: str = ""
    """How many the published releases have; empty where any number is right."""
    url: str = ""
    evaluates: str = ""
    """The name that ``evaluate`` knows it by; empty for none."""


@app.command(epilog=examples("efficoder sources", "efficoder sources --json"))
def sources(as_json: Json = False) -> None:
    """List the formats and sets that tasks are read from."""
    lines = read_lines()
    if as_json:
        to_json(lines)
        return
    header = ["source", "PATH is", "tasks", "from"]
    data(table(header, [[f"{line.format}:PATH", line.path, line.tasks, line.url] for line in lines]))
    data('\nIn a config: sources = ["humanevalplus:HumanEvalPlus.jsonl.gz", "tasks.jsonl"]')
    data("To score: efficoder evaluate humanevalplus --data HumanEvalPlus.jsonl.gz --samples samples.jsonl")


def read_lines() -> list[SourceLine]:
    """Every format there is, those of published sets with what is published."""
    from efficoder.benchmarks import of_format
    from efficoder.sources import FORMATS

    lines = []
    for name in FORMATS:
        found = of_format(name)
        if found is None:
            lines.append(SourceLine(name, _OWN[name]))
            continue
        is_base = name == found.base
        note = ": its base inputs alone" if is_base else ": comes with EffiCoder" if found.bundled else ""
        tasks = " or ".join(map(str, found.tasks))
        lines.append(SourceLine(name, found.file + note, tasks, found.url, "" if is_base else found.name))
    return lines
