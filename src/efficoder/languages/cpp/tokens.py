"""C++ code as tokens."""

import re

from efficoder.languages.braces import Lexer

_STRING = r'"(?:\\.|[^"\\\n])*+'
_RAW = r'(?:u8|[uUL])?R"(?P<mark>[^\s()\\]{0,16})\('
LEXER = Lexer(
    re.compile(
        rf"""
    (?P<comment>//(?:\\\n|[^\n])*+|/\*.*?\*/)
    |(?P<directive>^[ \t]*+\#(?:\\\n|/\*.*?(?:\*/|\Z)|{_STRING}"?|(?!//)[^\n])*+)
    |(?P<literal>{_RAW}.*?\)(?P=mark)"|(?:u8|[uUL])?{_STRING}"|(?:u8|[uUL])?'(?:\\.|[^'\\\n])++')
    |(?P<open>/\*.*|(?:u8|[uUL])?R"[^\s()\\]{{0,16}}\(.*|(?:u8|[uUL])?{_STRING}|(?:u8|[uUL])?'(?:\\.|[^'\\\n])*+)
    |(?P<number>\.?[0-9](?:[eEpP][+-]|'[0-9A-Za-z]|[0-9A-Za-z_.])*+)
    |(?P<name>[^\W\d]\w*+)
    |(?P<space>\s++|\\\n)
    |(?P<sign><<=|>>=|<=>|\.\.\.|->\*|::|->|\+\+|--|&&|\|\||[-+*/%&|^=!<>]=|<<|>>|.)
    """,
        re.VERBOSE | re.MULTILINE | re.DOTALL,
    )
)
