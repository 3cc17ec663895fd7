"""The Go answer in a model's reply."""

import re

from efficoder.languages.braces import Answers, Code
from efficoder.languages.go.tokens import LEXER

_LIKE_CODE = re.compile(
    r"^\s*(?:package\s+\w+|import\s*[\"(]|func[\s(]|type\s+\w+|var\s+\w+|const\s+\w+|//)", re.MULTILINE
)


def _defines(code: Code, name: str) -> bool:
    found, closes = code
    for at, token in enumerate(found[1:], 1):
        if token.text == name and found[at - 1].text == "func" and at + 1 in closes:
            after = (each.text for each in found[closes[at + 1] :] if each.text in {"{", ";"})
            return next(after, "") == "{"
    return False


ANSWERS = Answers(LEXER, re.compile(r"go|golang", re.IGNORECASE), begins=_LIKE_CODE, defines=_defines)
