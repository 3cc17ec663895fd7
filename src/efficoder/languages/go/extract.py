"""The Go answer in a model's reply."""

import re

from efficoder.languages.braces import Answers, Code
from efficoder.languages.go.tokens import LEXER

_LIKE_CODE = re.compile(
    r"^\s*(?:package\s+\w+|import\s*[\"(]|func[\s(]|type\s+\w+|var\s+\w+|const\s+\w+|//)", re.MULTILINE
)


def body(code: Code, name: str) -> int | None:
    """Where the body of a function of this name begins, by place among the tokens; None where there is none."""
    found, closes = code
    for at, token in enumerate(found[1:], 1):
        if token.text == name and found[at - 1].text == "func" and at + 1 in closes:
            after = (place for place in range(closes[at + 1], len(found)) if found[place].text in {"{", ";"})
            place = next(after, None)
            if place is not None and found[place].text == "{":
                return place
    return None


def _defines(code: Code, name: str) -> bool:
    return body(code, name) is not None


ANSWERS = Answers(LEXER, re.compile(r"go|golang", re.IGNORECASE), begins=_LIKE_CODE, defines=_defines)
