"""The Rust answer in a model's reply."""

import re

from efficoder.languages.braces import Answers, Code
from efficoder.languages.rust.tokens import LEXER

_LIKE_CODE = re.compile(
    r"^\s*(?:use\s+\w+|pub\s|fn\s+\w+|impl\b|struct\s+\w+|enum\s+\w+|mod\s+\w+\s*\{|const\s+\w+\s*:|#!?\[|//)",
    re.MULTILINE,
)


def body(code: Code, name: str) -> int | None:
    """Where the body of a function of this name begins, by place among the tokens; None where there is none."""
    found, _ = code
    for at, token in enumerate(found[1:], 1):
        if token.text == name and found[at - 1].text == "fn":
            after = (place for place in range(at, len(found)) if found[place].text in {"{", ";"})
            place = next(after, None)
            if place is not None and found[place].text == "{":
                return place
    return None


def _defines(code: Code, name: str) -> bool:
    return body(code, name) is not None


ANSWERS = Answers(LEXER, re.compile(r"rust|rs", re.IGNORECASE), begins=_LIKE_CODE, defines=_defines)
