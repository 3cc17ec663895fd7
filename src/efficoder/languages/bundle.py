"""Several files as one text: a line ``# file: PATH`` above each, in the order of the paths.

A Candidate of a Project task holds this text, so it is hashed, stored, shown and compared like any code. No file has
such a line inside, so the text and its files hold the same.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_MARK = re.compile(r"# file: ([\w./\\-]+\.py)")
_PATH = re.compile(r"(?:[A-Za-z_]\w*/)*[A-Za-z_]\w*\.py", re.ASCII)


class File(NamedTuple):
    path: str
    text: str
    line: int
    """Where it begins in the whole text, counted from 1."""


def join(files: Mapping[str, str]) -> str:
    """One text of these files. Raises ValueError for a file that has a line like the mark of a file."""
    for path, text in files.items():
        for line in text.split("\n"):
            if _MARK.fullmatch(line):
                raise ValueError(f"{path} has a line {line[:80]!r}, which would begin another file")
    return "".join(f"# file: {path}\n{_tidy(files[path])}" for path in sorted(files))


def split(code: str) -> list[File]:
    """The files of a text in its order. Empty where the text does not begin with a file. Of two files with one path the
    last counts."""
    return list({file.path: file for file in sections(code)}.values())


def sections(code: str) -> list[File]:
    """The same, with every file of a repeated path."""
    found: list[File] = []
    path, start, lines = "", 1, code.split("\n")
    # A mark after the last line ends the last file as any other.
    for number, line in enumerate([*lines, "# file: end.py"], 1):
        if mark := _MARK.fullmatch(line):
            if path:
                found.append(File(path, _tidy("\n".join(lines[start - 1 : number - 1])), start))
            elif number > 1:
                return []
            path, start = mark[1], number + 1
    return found


def is_several(code: str) -> bool:
    """Whether the text holds more than one file. One file alone is the same code without its mark."""
    return len(split(code)) > 1


def path_problem(path: str) -> str | None:
    """Why a project may not have a file of that name, or None."""
    if not _PATH.fullmatch(path):
        return "not a relative path of names with .py at its end"
    top = path.removesuffix(".py").partition("/")[0]
    if top in sys.stdlib_module_names or top in ("efficoder", "__main__"):
        return f"the standard library or the sandbox has a module {top!r} already"
    return None


def modules(paths: Iterable[str]) -> frozenset[str]:
    """The top-level names these files can be imported by."""
    return frozenset(path.removesuffix(".py").partition("/")[0] for path in paths)


def _tidy(text: str) -> str:
    body = text.strip("\n").rstrip()
    return body + "\n" if body else ""
