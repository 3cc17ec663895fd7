"""What code is written in: one module a language, found by ``Task.language``.

A language turns a task and code into the program a sandbox runs, and names what in the code should not be run or
trained on. To add one: write the module, put it in ``LANGUAGES``, pass tests/languages.

identity.py  ids of candidates and samples
replies.py   a reply's text, cut at its fences
bundle.py    several files as one text
python/      Python
"""

import difflib
from typing import Protocol

from efficoder.errors import UsageError
from efficoder.languages import python
from efficoder.languages.python.risks import Finding
from efficoder.sandbox import Program
from efficoder.types import Task

__all__ = ["LANGUAGES", "Finding", "Language", "language"]


class Language(Protocol):
    """What a language module offers."""

    def program(self, task: Task, code: str) -> Program:
        """What the sandbox runs for ``code`` as an answer to ``task``."""

    def findings(self, code: str, own: frozenset[str] = frozenset()) -> list[Finding]:
        """Risky operations and third-party imports in source order. Raises SyntaxError when it does not parse.

        ``own``: modules the code's project has beside it."""


LANGUAGES: dict[str, Language] = {"python": python}


def language(name: str) -> Language:
    """The language called ``name``. Raises UsageError for one nobody wrote yet."""
    if name in LANGUAGES:
        return LANGUAGES[name]
    near = difflib.get_close_matches(name, LANGUAGES, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(LANGUAGES)}"
    raise UsageError(f"no language {name!r}{hint}")
