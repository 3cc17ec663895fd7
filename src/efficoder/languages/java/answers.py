"""The Java answer in a model's reply."""

import re

from efficoder.languages.braces import Answers, Code
from efficoder.languages.java.signature import declares
from efficoder.languages.java.tokens import LEXER

_LIKE_CODE = re.compile(
    r"^\s*(?:import\s+(?:static\s+)?[\w.*]+;|package\s+[\w.]+;|(?:public\s+|final\s+|abstract\s+)*(?:class|record|enum)\s"
    r"|(?:public|private|protected|static)\s|@\w|/[/*]|return\b)",
    re.MULTILINE,
)


def _defines(code: Code, name: str) -> bool:
    return any(declares(code, at, name) for at in range(len(code.tokens)))


ANSWERS = Answers(LEXER, re.compile(r"java(?:\d\d?)?|openjdk", re.IGNORECASE), begins=_LIKE_CODE, defines=_defines)
