"""The C++ answer in a model's reply."""

import re

from efficoder.languages.braces import Answers, Code
from efficoder.languages.cpp.tokens import LEXER

_LIKE_CODE = re.compile(r"^\s*(?:#\s*include\b|using\s|template\b|class\s|struct\s|int\s|/[/*]|return\b)", re.MULTILINE)


def body(code: Code, name: str) -> int | None:
    """Where the body of a function of this name begins, by place among the tokens; None where there is none."""
    found, closes = code
    for at, token in enumerate(found):
        if token.text == name and at + 1 in closes and found[at + 1].text == "(":
            after = closes[at + 1] + 1
            while after < len(found) and found[after].text in {"const", "noexcept", "override", "->", "int", "auto"}:
                after += 1
            if after < len(found) and found[after].text == "{":
                return after
    return None


def _defines(code: Code, name: str) -> bool:
    return body(code, name) is not None


ANSWERS = Answers(
    LEXER, re.compile(r"(?:c\+\+|cpp|cxx|cc|c|hpp)(?:\d\d)?", re.IGNORECASE), begins=_LIKE_CODE, defines=_defines
)
