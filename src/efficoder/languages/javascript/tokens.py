"""JavaScript code as tokens. A slash begins a regular expression where no value stands before it; a text between
backquotes is cut at what it computes. The end of a line is a token of its own where it may end a statement."""

import re
from collections.abc import Iterator

from efficoder.languages.braces import Lexer, Token
from efficoder.languages.compiled import words

_PATTERN = re.compile(
    r"""
    (?P<comment>\A\#![^\n]*|//[^\n]*|/\*.*?\*/)
    |(?P<open>/\*.*|"(?:\\.|[^"\\\n])*+(?!")|'(?:\\.|[^'\\\n])*+(?!'))
    |(?P<literal>"(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])*+')
    |(?P<number>(?:\.[0-9]|[0-9])(?:[eE][+-](?=[0-9])|\.(?![.A-Za-z])|[0-9A-Za-z_.])*+)
    |(?P<name>[^\W\d][\w$]*+|[$\#][\w$]*+)
    |(?P<space>\s++)
    |(?P<sign>>>>=|===|!==|\*\*=|<<=|>>=|>>>|&&=|\|\|=|\?\?=|\.\.\.|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?![0-9])|\+\+|--|\*\*
        |<<|>>|[-+*/%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_EXPRESSION = re.compile(r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*+\]|[^/\\\[\n])++/[A-Za-z]*")
_PIECE = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*+(`|\$\{)", re.DOTALL)
_BEFORE_EXPRESSION = words(
    "return typeof instanceof in of new delete void throw case do else yield await default extends"
)
_ENDS_VALUE = frozenset({")", "]", "}", "++", "--"})
_BETWEEN = words(", ; : ? . ?. = => * % & | ^ && || ?? < > <= >= == != === !== += -=")
"""Where a line ends beside one of these, the statement goes on, or would end anyway."""
_GOES_ON_AFTER = _BETWEEN | words("{ ( [ + - / ...")
_GOES_ON_BEFORE = _BETWEEN | words(") ] }")


class _JavaScript(Lexer):
    """What braces.Lexer cannot know by one expression."""

    def tokens(self, code: str) -> Iterator[Token]:
        at, last = 0, Token("space", "", 0)
        depth, computed = 0, list[int]()
        while at < len(code):
            token = _next(code, at, last, inside=bool(computed) and depth == computed[-1])
            if token.kind == "literal" and token.text[0] in "`}":
                if token.text[0] == "}":
                    computed.pop()
                if token.text.endswith("${"):
                    computed.append(depth)
            elif token.kind == "sign":
                depth += {"{": 1, "}": -1}.get(token.text, 0)
            yield token
            at += len(token.text)
            last = token if token.kind not in {"comment", "space"} else last

    def normalise(self, code: str) -> str:
        text = code.replace("\r\n", "\n").strip("\n").rstrip()
        try:
            self.read(text)
        except SyntaxError:
            return text
        parts, ended = list[str](), False
        for token in self.tokens(text):
            if token.kind in {"comment", "space"}:
                ended |= "\n" in token.text
                continue
            if ended and parts and parts[-1] not in _GOES_ON_AFTER and token.text not in _GOES_ON_BEFORE:
                parts.append("\n")
            parts.append(token.text)
            ended = False
        return " ".join(parts).replace(" \n ", "\n")


def _next(code: str, at: int, last: Token, *, inside: bool) -> Token:
    """The token that begins there. ``inside``: a brace there ends what a text computes."""
    if code[at] == "`" or (code[at] == "}" and inside):
        piece = _PIECE.match(code, at + 1)
        return Token("literal", code[at : piece.end()], at) if piece else Token("open", code[at:], at)
    if code[at] == "/" and code[at : at + 2] not in {"//", "/*"} and not _is_value(last):
        found = _EXPRESSION.match(code, at)
        return Token("literal", found[0], at) if found else Token("open", code[at:], at)
    matched = _PATTERN.match(code, at)
    assert matched is not None  # any character is a sign
    return Token(str(matched.lastgroup), matched[0], at)


def _is_value(token: Token) -> bool:
    if token.kind == "sign":
        return token.text in _ENDS_VALUE
    if token.kind == "name":
        return token.text not in _BEFORE_EXPRESSION
    return token.kind in {"literal", "number"} and not token.text.endswith("${")


LEXER = _JavaScript(_PATTERN)
