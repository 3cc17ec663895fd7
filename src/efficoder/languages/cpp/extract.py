"""The C++ answer in a model's reply."""

import re

from efficoder.languages.braces import Answers, Code
from efficoder.languages.cpp.tokens import LEXER

_LIKE_CODE = re.compile(r"^\s*(?:#\s*include\b|using\s|template\b|class\s|struct\s|int\s|/[/*]|return\b)", re.MULTILINE)


def _defines(code: Code, name: str) -> bool:
    found, closes = code
    for at, token in enumerate(found):
        if token.text == name and at + 1 in closes and found[at + 1].text == "(":
            after = [each.text for each in found[closes[at + 1] + 1 : closes[at + 1] + 9]]
            while after and after[0] in {"const", "noexcept", "override", "->", "int", "auto"}:
                after.pop(0)
            if after[:1] == ["{"]:
                return True
    return False


ANSWERS = Answers(
    LEXER, re.compile(r"(?:c\+\+|cpp|cxx|cc|c|hpp)(?:\d\d)?", re.IGNORECASE), begins=_LIKE_CODE, defines=_defines
)
