"""The Rust answer in a model's reply."""

import re

from efficoder.languages.braces import Answers, Code
from efficoder.languages.rust.tokens import LEXER

_LIKE_CODE = re.compile(
    r"^\s*(?:use\s+\w+|pub\s|fn\s+\w+|impl\b|struct\s+\w+|enum\s+\w+|mod\s+\w+\s*\{|const\s+\w+\s*:|#!?\[|//)",
    re.MULTILINE,
)


def _defines(code: Code, name: str) -> bool:
    found, _ = code
    for at, token in enumerate(found[1:], 1):
        if token.text == name and found[at - 1].text == "fn":
            after = (each.text for each in found[at:] if each.text in {"{", ";"})
            return next(after, "") == "{"
    return False


ANSWERS = Answers(LEXER, re.compile(r"rust|rs", re.IGNORECASE), begins=_LIKE_CODE, defines=_defines)
