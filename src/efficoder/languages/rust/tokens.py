"""Rust code as tokens. A lifetime is a name."""

import re

from efficoder.languages.braces import Lexer

LEXER = Lexer(
    re.compile(
        r"""
    (?P<comment>//[^\n]*+|/\*)
    |(?P<literal>[bc]?r(?P<mark>\#*)".*?"(?P=mark)|[bc]?"(?:\\.|[^"\\])*+"
        |b?'(?:\\u\{[^}\n]{0,16}\}|\\x[0-9a-fA-F]{2}|\\.|[^'\\\n])')
    |(?P<open>[bc]?r\#*".*|[bc]?".*)
    |(?P<number>[0-9](?:[eE][+-](?=[0-9])|\.(?=[0-9])|[0-9A-Za-z_])*+)
    |(?P<name>(?:r\#|')?[^\W\d]\w*+)
    |(?P<space>\s++)
    |(?P<sign><<=|>>=|\.\.=|\.\.\.|\.\.|::|->|=>|&&|\|\||[-+*/%&|^=!<>]=|<<|>>|.)
    """,
        re.VERBOSE | re.DOTALL,
    ),
    nested=True,
)
