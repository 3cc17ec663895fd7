"""Every error the user can meet, as one tree. Each message says what happened, where, and what to do next.

EffiCoderError
├── UsageError            exit 2   a wrong option, config key or value
├── InputError            exit 2   a file of the user's that cannot be used; names file and line
├── PrerequisiteError     exit 3   something this machine lacks; names the command that fixes it
├── TooManyFailures       exit 4   a stage ended with more failures than ``--max-failed``, or an evaluation with any
├── CheckFailed           exit 5   ``compare --fail-if`` held
├── StoreError            exit 1   the run folder: full disk, locked, read-only, another version
├── ModelError            exit 1   a model or its server said no for good
└── SandboxFault          exit 1   an internal error while running a candidate; retried, never a verdict
    └── ReferenceFault    exit 1   a reference that does not answer now what it has answered
"""

import difflib
import json
import shlex
import sys
from collections.abc import Iterable


class EffiCoderError(Exception):
    """Base of all; ``exit_code`` is what the command line ends with."""

    exit_code = 1


class UsageError(EffiCoderError):
    exit_code = 2


class InputError(EffiCoderError):
    """A user's file that cannot be used.

    >>> str(InputError("not JSON", path="a.jsonl", line=3, hint="fix the line"))
    'a.jsonl:3: not JSON; fix the line'
    """

    exit_code = 2

    def __init__(self, message: str, *, path: object = None, line: int | None = None, hint: str = "") -> None:
        where = f"{path}:{line}: " if line is not None else f"{path}: " if path is not None else ""
        super().__init__(where + message + (f"; {hint}" if hint else ""))


class PrerequisiteError(EffiCoderError):
    exit_code = 3


class TooManyFailures(EffiCoderError):
    exit_code = 4

    def __init__(self, message: str, jobs: int = 0) -> None:
        super().__init__(message)
        self.jobs = jobs


class CheckFailed(EffiCoderError):
    exit_code = 5


class StoreError(EffiCoderError):
    pass


class ModelError(EffiCoderError):
    pass


class SandboxFault(EffiCoderError):
    pass


class ReferenceFault(SandboxFault):
    """The reference does not answer an input that it answered when the tests were written."""


def install(extra: str) -> str:
    """The command that adds an extra to EffiCoder as it is installed here: from an index, a clone or a file."""
    from importlib.metadata import PackageNotFoundError, distribution
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        source = json.loads(distribution("efficoder").read_text("direct_url.json") or "{}")
    except PackageNotFoundError:
        source = {}
    wanted = [f"efficoder[{extra}]"]
    if "dir_info" in source:
        folder = url2pathname(urlsplit(source["url"]).path)
        wanted = ["-e"] * bool(source["dir_info"].get("editable")) + [f"{folder}[{extra}]"]
    elif "url" in source:
        wanted = [f"efficoder[{extra}] @ {source['url']}"]
    return shlex.join([sys.executable, "-m", "pip", "install", *wanted])


def suggest(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """What to append to an error about ``word``: "; did you mean 'x'?" where something known is near, else
    ``otherwise``, else the list of what is known."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; {otherwise}" if otherwise else f"; known: {', '.join(names)}"
