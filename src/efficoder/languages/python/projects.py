"""From a reply to the files of a project. The first line of a block, the line above it or its fence names the file.

A file that is left out stays as the starter has it. A file that was not asked for is refused, unless it repeats a
fixed file: dropping it silently would run something else than what the model wrote.
"""

import re
from collections.abc import Iterator

from efficoder.languages import bundle, replies
from efficoder.languages.python import syntax
from efficoder.types import Project, Task

_NAME = r"[`\"'*]*(?P<path>[^\s`\"'*:=]+\.py)[`\"'*]*"
_MARK = re.compile(rf"#+\s*[-=]*\s*file(?:name)?\s*:\s*{_NAME}\s*[-=]*\s*", re.IGNORECASE)
_FIRST = re.compile(rf"#\s*{_NAME}\s*")
_ABOVE = re.compile(
    rf"[\s#>*-]*(?:\d+[.)]\s*)?\**(?:file(?:name)?\s*:?\s*)?\**\s*{_NAME}\s*(?:\(.*\))?[\s:*]*", re.IGNORECASE
)
_INFO = re.compile(r".*?(?P<path>[^\s:=\"'`{}]+\.py)\b.*")
_LONGEST = 200  # characters of a line that may name a file; the patterns take long for longer ones


class NoProject(Exception):
    """The reply is no answer; the message says why."""


def read(text: str, task: Task, project: Project) -> str:
    """The files a cleaned reply offers, as one text (languages/bundle.py). Raises NoProject."""
    files = dict[str, str]()
    for path, body in _named(text):
        path = path.removeprefix("./")
        if path in project.writes:
            files[path] = body
        elif body.split() != project.files.get(path, "").split():
            raise NoProject(f"the reply writes {path[:80]}, which is none of {', '.join(project.writes)}")
    if not files:
        raise NoProject("no file of the project found: a line `# file: PATH` above each was asked for")
    for path, body in files.items():
        try:
            syntax.parse(body)
        except SyntaxError as error:
            raise NoProject(f"{path} does not parse: line {error.lineno}: {error.msg}") from error
    starter = {file.path: file.text for file in bundle.split(task.starter)}
    missing = [path for path in project.writes if path not in files and path not in starter]
    if missing:
        raise NoProject(f"{missing[0]} is missing")
    try:
        return bundle.join({path: files.get(path, starter.get(path, "")) for path in project.writes})
    except ValueError as error:  # a mark too long to be read as one
        raise NoProject(str(error)) from error


def _named(text: str) -> Iterator[tuple[str, str]]:
    """Paths and texts in the reply's order. A block without a name is prose, or shows how to use the rest."""
    for block in list(replies.blocks(text)) or [replies.Block("", "", text.split("\n"))]:
        said = _path(_INFO, block.info)
        label = re.split(r"[\s:{}.]", block.info.strip("{}. "), maxsplit=1)[0].lower()
        if label not in replies.PYTHON and not said:
            continue
        path, lines, begun = said or _path(_ABOVE, block.above), list[str](), False
        for line in block.lines:
            mark = _path(_MARK, line) or ("" if begun else _path(_FIRST, line))
            if not mark:
                lines.append(line)
                begun = begun or bool(line.strip())
                continue
            if path and begun:
                yield path, "\n".join(lines)
            path, lines, begun = mark, [], False
        if path:
            yield path, "\n".join(lines)


def _path(pattern: re.Pattern[str], line: str) -> str:
    found = pattern.fullmatch(line) if len(line) <= _LONGEST else None
    return found["path"] if found else ""
