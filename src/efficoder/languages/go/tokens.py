"""Go code as tokens; the end of a line may be a semicolon."""

import re

from efficoder.languages.braces import Lexer, Token

_GOES_ON = frozenset(
    {"if", "for", "func", "go", "defer", "switch", "select", "case", "package", "import", "type", "var", "const"}
    | {"struct", "map", "chan", "else"}
)


def _ends_line(token: Token) -> bool:
    if token.kind in {"number", "literal"}:
        return True
    if token.kind == "name":
        return token.text not in _GOES_ON
    return token.text in {")", "]", "}", "++", "--"}


LEXER = Lexer(
    re.compile(
        r"""
    (?P<comment>//[^\n]*+|/\*.*?\*/)
    |(?P<literal>`[^`]*+`|"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])++')
    |(?P<open>/\*.*|`.*|"[^\n]*+|'[^\n]*+)
    |(?P<number>\.?[0-9](?:[eEpP][+-]|[0-9A-Za-z_.])*+)
    |(?P<name>[^\W\d]\w*+)
    |(?P<space>\s++)
    |(?P<sign><<=|>>=|&\^=|\.\.\.|<-|\+\+|--|&&|\|\||&\^|:=|[-+*/%&|^=!<>]=|<<|>>|.)
    """,
        re.VERBOSE | re.DOTALL,
    ),
    ends_line=_ends_line,
)
