"""The JavaScript answer in a model's reply."""

import re

from efficoder.languages.braces import Answers, Code
from efficoder.languages.javascript.signature import defined
from efficoder.languages.javascript.tokens import LEXER

_LIKE_CODE = re.compile(
    r"^\s*(?:(?:const|let|var)\s+[\w${\[]|(?:async\s+)?function\b|class\s+\w+|import\s.*from\b|['\"]use strict|/[/*]"
    r"|process\.|console\.|return\b|module\.)",
    re.MULTILINE,
)
_SPEAKS = frozenset({"console", "process"})


def _defines(code: Code, name: str) -> bool:
    """A program has no main function, and writes its answer."""
    if name == "main" and any(token.kind == "name" and token.text in _SPEAKS for token in code.tokens):
        return True
    return defined(code, name) is not None


ANSWERS = Answers(
    LEXER,
    re.compile(r"javascript|js|node|nodejs|mjs|cjs|jsx|ecmascript|es6", re.IGNORECASE),
    begins=_LIKE_CODE,
    defines=_defines,
)
