"""C++ code as tokens, by one expression: what is comment, literal, directive, name, number or sign.

It knows no grammar. Text that ends inside a literal or a comment, and brackets that do not match, are no code.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# What does not end takes the rest, so that no text is gone through again and again.
_STRING = r'"(?:\\.|[^"\\\n])*+"?'
_TOKEN = re.compile(
    rf"""
    (?P<comment>//(?:\\\n|[^\n])*+|/\*.*?(?:\*/|\Z))
    |(?P<directive>^[ \t]*+\#(?:\\\n|/\*.*?(?:\*/|\Z)|{_STRING}|(?!//)[^\n])*+)
    |(?P<literal>(?:u8|[uUL])?R"(?P<mark>[^\s()\\]{{0,16}})\(.*?(?:\)(?P=mark)"|\Z)
        |(?:u8|[uUL])?{_STRING}|(?:u8|[uUL])?'(?:\\.|[^'\\\n])*+'?)
    |(?P<number>\.?[0-9](?:[eEpP][+-]|'[0-9A-Za-z]|[0-9A-Za-z_.])*+)
    |(?P<name>[^\W\d]\w*+)
    |(?P<space>\s++|\\\n)
    |(?P<sign><<=|>>=|<=>|\.\.\.|->\*|::|->|\+\+|--|&&|\|\||[-+*/%&|^=!<>]=|<<|>>|.)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_KINDS = ("name", "space", "sign", "number", "literal", "comment", "directive")
_RAW = re.compile(r'(?:u8|[uUL])?R"([^\s()\\]{0,16})\(')
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
        kind = next(kind for kind in _KINDS if found[kind] is not None)
        yield Token(kind, found[0], found.start())


class Code(NamedTuple):
    tokens: list[Token]
    """Without comments and white space."""
    closes: dict[int, int]
    """For each opening bracket, by its place among the tokens, the place of the one that closes it."""


def read(code: str) -> Code:
    """Raises SyntaxError for what cannot be C++."""
    found: list[Token] = []
    opened: list[int] = []
    closes: dict[int, int] = {}
    for token in tokens(code):
        if not _ends(token):
            raise _error(code, token.at, f"a {token.kind} does not end")
        if token.kind in {"comment", "space"}:
            continue
        if token.kind == "sign" and token.text in "([{":
            opened.append(len(found))
        elif token.kind == "sign" and token.text in _CLOSES:
            if not opened or found[opened[-1]].text != _CLOSES[token.text]:
                raise _error(code, token.at, f"{token.text} without {_CLOSES[token.text]}")
            closes[opened.pop()] = len(found)
        found.append(token)
    if opened:
        raise _error(code, found[opened[-1]].at, f"{found[opened[-1]].text} is not closed")
    return Code(found, closes)


def _ends(token: Token) -> bool:
    text = token.text
    if token.kind == "comment":
        return text.startswith("//") or (len(text) > 3 and text.endswith("*/"))
    if token.kind == "literal":
        raw = _RAW.match(text)
        if raw:
            return text.endswith(f'){raw[1]}"')
        quote = "'" if text.endswith("'") else '"'
        return text.endswith(quote) and text.find(quote) < len(text) - 1
    return True


def _error(code: str, at: int, what: str) -> SyntaxError:
    return SyntaxError(what, (None, line_of(code, at), None, None))


def line_of(code: str, at: int) -> int:
    """From 1."""
    return code.count("\n", 0, at) + 1


def normalise(code: str) -> str:
    """Code without comments and layout: equal for programs that differ in nothing else. Text that cannot be C++ comes
    back as it is, but for blank lines around it."""
    try:
        found = read(code.replace("\r\n", "\n")).tokens
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
