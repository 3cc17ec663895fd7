"""The examples of a statement, written as an interpreter session (``>>> f(1)``), as checks.

Only calls with a result that is plain data are read; what a session prints, raises or defines is skipped.
"""

import doctest
import re

from efficoder.languages.python.asserts import convert_asserts
from efficoder.languages.python.signatures import Signature
from efficoder.types import TestCase

_DOCSTRING_ENDS = re.compile(r"^\s*(\"\"\"|''')", re.MULTILINE)


def examples_of(prompt: str, shape: Signature) -> tuple[TestCase, ...]:
    """The examples that are data, each input once."""
    try:
        sessions = doctest.DocTestParser().get_examples(prompt)
    except ValueError:  # lines that do not keep the session's indentation
        return ()
    found: dict[str, TestCase] = {}
    for example in sessions:
        want = _DOCSTRING_ENDS.split(example.want)[0]  # the statement may be code to continue
        if example.exc_msg is None and want.strip():
            # On lines of their own: either may end in a comment.
            converted = convert_asserts(f"assert (\n{example.source}\n) == (\n{want}\n)", shape)
            for case in converted if not isinstance(converted, str) else ():
                if case.comparison.kind == "exact":
                    found.setdefault(case.input, case)
    return tuple(found.values())
