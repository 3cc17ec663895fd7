"""Java code as tokens, by one expression: what is comment, literal, number, name or sign."""

import re

from efficoder.languages.braces import Lexer

LEXER = Lexer(
    re.compile(
        r'''
        (?P<comment>//[^\n]*|/\*.*?\*/)
        |(?P<literal>"""(?:\\.|(?!""")[^\\])*+"""|"(?!"")(?:\\.|[^"\\\n])*+"|""(?!")|'(?:\\.|[^'\\\n])*+')
        |(?P<open>/\*.*|""".*|"(?:\\.|[^"\\\n])*+|'(?:\\.|[^'\\\n])*+)
        |(?P<number>\.?[0-9](?:[eEpP][+-](?=[0-9])|[0-9A-Za-z_.])*+)
        |(?P<name>[^\W\d][\w$]*+|\$[\w$]*+)
        |(?P<space>\s++)
        |(?P<sign>->|::|\.\.\.|\+\+|--|&&|\|\||[-+*/%&|^=!<>]=|.)
        ''',
        re.VERBOSE | re.DOTALL,
    )
)
"""Two closing angles are two signs: they may end two types."""
