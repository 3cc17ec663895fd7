"""C++ code as tokens, by one expression: what is comment, literal, directive, name, number or sign.

It knows no grammar. Text that ends inside a literal or a comment, and brackets that do not match, are no code.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
    |(?P<directive>^[ \t]*\#(?:\\\n|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|(?!//)[^\n])*)
    |(?P<literal>(?:u8|[uUL])?R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"
        |(?:u8|[uUL])?"(?:\\.|[^"\\\n])*"|(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')
    |(?P<number>\.?[0-9](?:[eEpP][+-]|'[0-9A-Za-z]|[0-9A-Za-z_.])*)
    |(?P<name>[^\W\d]\w*)
    |(?P<space>\s+|\\\n)
    |(?P<sign><<=|>>=|<=>|\.\.\.|->\*|::|->|\+\+|--|&&|\|\||[-+*/%&|^=!<>]=|<<|>>|.)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_CLOSES = {")": "(", "]": "[", "}": "{"}


class Token(NamedTuple):
    kind: str
    """comment, directive, literal, number, name, space or sign."""
    text: str
    at: int
    """Where it begins."""


def tokens(code: str) -> Iterator[Token]:
    """All of them, white space included."""
    for found in _TOKEN.finditer(code):
        yield Token(str(found.lastgroup if found.lastgroup != "mark" else "literal"), found[0], found.start())


def read(code: str) -> list[Token]:
    """The tokens but comments and white space. Raises SyntaxError for what cannot be C++."""
    found = [token for token in tokens(code) if token.kind not in {"comment", "space"}]
    opened: list[Token] = []
    for token in found:
        if token.kind != "sign":
            continue
        if token.text in {'"', "'"}:
            raise _error(code, token.at, "a literal does not end")
        if token.text in "([{":
            opened.append(token)
        elif token.text in _CLOSES and (not opened or opened.pop().text != _CLOSES[token.text]):
            raise _error(code, token.at, f"{token.text} without {_CLOSES[token.text]}")
    if opened:
        raise _error(code, opened[-1].at, f"{opened[-1].text} is not closed")
    return found


def _error(code: str, at: int, what: str) -> SyntaxError:
    return SyntaxError(what, (None, line_of(code, at), None, None))


def line_of(code: str, at: int) -> int:
    """From 1."""
    return code.count("\n", 0, at) + 1


def normalise(code: str) -> str:
    """Code without comments and layout: equal for programs that differ in nothing else. Text that cannot be C++ comes
    back as it is, but for blank lines around it."""
    try:
        found = read(code.replace("\r\n", "\n"))
    except SyntaxError:
        return code.strip("\n").rstrip()
    lines, line = list[str](), list[str]()
    for token in found:
        if token.kind == "directive":
            lines += [" ".join(line), " ".join(token.text.replace("\\\n", " ").split())]
            line = []
        else:
            line.append(token.text)
    return "\n".join(filter(None, [*lines, " ".join(line)]))
