"""Mutants of code in languages with braces: the same text with one small fault, made on its tokens.

The operators are Python's (python/mutants.py). Nothing here knows a grammar or types, so some mutants do not compile:
they are no mutants, and the one who asks for them drops them.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from efficoder.languages.braces import Code, Lexer, Token, line_of
from efficoder.languages.compiled import words
from efficoder.languages.protocol import Mutant
from efficoder.languages.turns import in_turn

_COMPARE = {
    "<": ("<=", ">"), "<=": ("<",), ">": (">=", "<"), ">=": (">",),
    "==": ("!=",), "!=": ("==",), "===": ("!==",), "!==": ("===",),
}  # fmt: skip
_ARITHMETIC = {
    "+": "-", "-": "+", "*": "+", "/": "*", "%": "*", "&": "|", "|": "&", "^": "&", "<<": ">>", ">>": "<<", ">>>": "<<",
    "**": "*", "+=": "-=", "-=": "+=", "*=": "+=", "/=": "*=", "%=": "*=", "&=": "|=", "|=": "&=", "^=": "&=",
    "<<=": ">>=", ">>=": "<<=",
}  # fmt: skip
_JUNCTION = {"&&": "||", "||": "&&"}
_NUMBER = re.compile(r"(\d+)(\.\d+)?([A-Za-z]\w*)?")
_TEXT = re.compile(r"""(["'`])(.*)\1""", re.DOTALL)
_NO_VALUE = words("""
    return case else throw in of typeof new delete do yield await and or not co_return co_yield if while match let mut
    const var go defer range
""")
"""Names after which a sign has nothing on its left."""
_IN_TYPES = frozenset({"::", ",", "*", "&", "[", "]", "?", ".", "(", ")", "->", ";"})
_NO_STATEMENT = words("""
    return break continue if else for while do switch case default goto throw try catch new delete using namespace
    typedef struct class enum union template public private protected static const constexpr auto let var mut fn func
    function type import package use mod pub impl trait match loop yield await async defer go select fallthrough
    assert super this_thread
""")
_EFFECTS = frozenset({"(", "[", ".", "->", "::", "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="})
_COUNTS = frozenset({"++", "--"})


class Fault(NamedTuple):
    """What stands from ``at`` to ``end`` becomes ``text``."""

    at: int
    end: int
    text: str


Zero = str | Callable[[Code, int], str | None]
"""What a ``return`` at a place among the tokens gives back in place of its value; None where that is not known. A text
where any place has the same."""


class Faults(NamedTuple):
    """The faults of a language."""

    lexer: Lexer
    zero: Zero
    parentheses: bool = True
    """Whether conditions stand in them."""

    def mutants(self, code: str, limit: int, seed: int) -> list[Mutant]:
        """At most ``limit`` different texts, drawn evenly from the operators. Raises SyntaxError for text that is no
        code. Some may not compile."""
        sites: dict[str, list[Fault]] = {}
        for operator, fault in _faults(self.lexer.read(code), self):
            sites.setdefault(operator, []).append(fault)
        found: dict[str, Mutant] = {}
        for operator, fault in in_turn(sites, seed):
            if len(found) == limit:
                break
            text = code[: fault.at] + fault.text + code[fault.end :]
            if text != code:
                found.setdefault(text, Mutant(operator, line_of(code, fault.at), text))
        return list(found.values())


def _faults(code: Code, rules: Faults) -> Iterator[tuple[str, Fault]]:
    types, heads = _type_brackets(code), _loop_heads(code)
    for at, token in enumerate(code.tokens):
        if at in types:
            continue
        if token.kind == "sign":
            yield from _of_sign(code, at, heads)
        elif token.kind == "number":
            yield from (("constant", _over(token, text)) for text in _other_numbers(token.text))
        elif token.kind == "literal" and not _is_no_value(code.tokens, at):
            yield from (("constant", _over(token, text)) for text in _other_texts(token.text))
        elif token.kind == "name":
            yield from _of_name(code, at, rules)
    yield from (("statement", fault) for fault in _statements(code))


def _of_sign(code: Code, at: int, heads: set[int]) -> Iterator[tuple[str, Fault]]:
    tokens, token = code.tokens, code.tokens[at]
    left = at > 0 and _ends_value(tokens[at - 1])
    if left and token.text in _COMPARE:
        operator = "bound" if at in heads else "comparison"
        yield from ((operator, _over(token, other)) for other in _COMPARE[token.text])
    elif left and token.text in _ARITHMETIC:
        yield "arithmetic", _over(token, _ARITHMETIC[token.text])
    elif left and token.text in _JUNCTION:
        yield "junction", _over(token, _JUNCTION[token.text])
    elif token.text in {"!", "-"} and not left and at + 1 < len(tokens):
        yield "negation", _over(token, "")
    elif token.text in _COUNTS and at not in heads:
        yield "arithmetic", _over(token, "--" if token.text == "++" else "++")
    elif token.text in {"..", "..="} and left:
        yield "bound", _over(token, "..=" if token.text == ".." else "..")


def _of_name(code: Code, at: int, rules: Faults) -> Iterator[tuple[str, Fault]]:
    tokens, token = code.tokens, code.tokens[at]
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if token.text in {"true", "false"}:
        yield "constant", _over(token, "false" if token.text == "true" else "true")
    elif token.text in {"break", "continue"} and after in {";", "}"}:
        yield "jump", _over(token, "continue" if token.text == "break" else "break")
    elif token.text in {"if", "while"} or (token.text == "for" and not rules.parentheses):
        condition = _condition(code, at, rules.parentheses)
        if condition is not None:
            begins, ends, text = condition
            yield "branch", Fault(begins, ends, f"({text}) && false")
            if token.text == "if":
                yield "branch", Fault(begins, ends, f"({text}) || true")
    elif token.text == "return" and after not in {";", "}", ""}:
        zero = rules.zero if isinstance(rules.zero, str) else rules.zero(code, at)
        end = _end_of_statement(code, at + 1)
        if zero is not None and end is not None:
            yield "return", _from(tokens[at + 1 : end], zero)


def _over(token: Token, text: str) -> Fault:
    return Fault(token.at, token.at + len(token.text), text)


def _from(tokens: list[Token], text: str) -> Fault:
    return Fault(tokens[0].at, tokens[-1].at + len(tokens[-1].text), text)


def _ends_value(token: Token) -> bool:
    if token.kind == "name":
        return token.text not in _NO_VALUE
    return token.kind in {"number", "literal"} or token.text in {")", "]", "++", "--", "?"}


def _other_numbers(text: str) -> Iterator[str]:
    found = _NUMBER.fullmatch(text)
    if found is None or (found[3] or "").startswith(("x", "b", "o")) or (len(found[1]) > 1 and found[1][0] == "0"):
        return
    whole, part, suffix = int(found[1]), found[2] or "", found[3] or ""
    yield f"{whole + 1}{part}{suffix}"
    if whole and not part:
        yield f"{whole - 1}{suffix}"


def _other_texts(text: str) -> Iterator[str]:
    found = _TEXT.fullmatch(text)
    if found is None or "${" in text:
        return
    quote, inside = found[1], found[2]
    if quote == "'" and len(inside) == 1:
        yield f"'{chr(ord(inside) + 1) if inside.isascii() and inside.isalnum() and inside not in 'zZ9' else 'a'}'"
    elif quote != "'":
        yield f"{quote}{quote}" if inside else f"{quote}x{quote}"


def _is_no_value(tokens: list[Token], at: int) -> bool:
    """Whether a literal is a directive or the name of a module."""
    before = tokens[at - 1].text if at else ""
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return before in {"import", "from", "extern", "require"} or (before in {"", "{", ";", "}"} and after in {";", ""})


def _type_brackets(code: Code) -> set[int]:
    """Places of angles that hold types, and of all between them."""
    tokens, found = code.tokens, set[int]()
    for at, token in enumerate(tokens):
        if (
            at in found
            or token.text != "<"
            or not at
            or not (tokens[at - 1].kind == "name" or tokens[at - 1].text == "::")
        ):
            continue
        end = _closing_angle(tokens, at)
        if end is not None:
            found.update(range(at, end + 1))
    return found


def _closing_angle(tokens: list[Token], at: int) -> int | None:
    depth, inner = 0, 0
    for place in range(at, len(tokens)):
        token = tokens[place]
        depth += {"<": 1, ">": -1, ">>": -2}.get(token.text, 0) if token.kind == "sign" else 0
        inner += {"(": 1, ")": -1}.get(token.text, 0)
        known = (
            token.kind in {"name", "number"}
            or token.text in {"<", ">", ">>"}
            or (token.text in _IN_TYPES and inner >= 0)
        )
        if not known or inner < 0 or token.text in _NO_VALUE or (token.text == ";" and tokens[place - 2].text != "["):
            return None
        if depth <= 0:
            return place
    return None


def _loop_heads(code: Code) -> set[int]:
    """Places between ``for`` and its body."""
    tokens, found = code.tokens, set[int]()
    for at, token in enumerate(tokens):
        if token.text == "for" and token.kind == "name":
            end: int | None = (
                code.closes.get(at + 1) if at + 1 < len(tokens) and tokens[at + 1].text == "(" else brace(code, at)
            )
            found.update(range(at, end or at))
    return found


def brace(code: Code, at: int) -> int | None:
    """The place of the brace that opens the body of what begins at ``at``."""
    place = at + 1
    while place < len(code.tokens):
        text = code.tokens[place].text
        if text == "{":
            return place
        if text == "}":
            return None
        place = code.closes.get(place, place) + 1
    return None


def _condition(code: Code, at: int, parentheses: bool) -> tuple[int, int, str] | None:
    """Begin, end and text of the condition of an ``if`` or a loop; None where it declares something, or is none."""
    tokens = code.tokens
    if parentheses:
        if at + 1 not in code.closes or tokens[at + 1].text != "(":
            return None
        inside = tokens[at + 2 : code.closes[at + 1]]
    else:
        end = brace(code, at)
        inside = tokens[at + 1 : end] if end else []
        cuts = [place for place, token in enumerate(inside) if token.text == ";"]
        if tokens[at].text == "for" and cuts:
            return None  # its steps
        inside = inside[cuts[-1] + 1 :] if cuts else inside
    if not inside or any(token.text in {"let", "in", "range", ";", "="} for token in inside):
        return None
    begin, end_at, _ = _from(inside, "")
    return begin, end_at, _between(inside, begin)


def _between(tokens: list[Token], begin: int) -> str:
    """The text of tokens, with a space where there was any."""
    parts, at = list[str](), begin
    for token in tokens:
        parts += [" " * (token.at > at), token.text]
        at = token.at + len(token.text)
    return "".join(parts)


def _end_of_statement(code: Code, at: int) -> int | None:
    """The place of the semicolon or brace that ends what begins there."""
    while at < len(code.tokens):
        text = code.tokens[at].text
        if text in {";", "}"}:
            return at
        if text in {")", "]"}:
            return None
        at = code.closes.get(at, at) + 1
    return None


def _statements(code: Code) -> Iterator[Fault]:
    """Calls and assignments that are left out."""
    tokens = code.tokens
    for at in range(1, len(tokens) - 1):
        first, begins = tokens[at], tokens[at - 1].text in {";", "{", "}"}
        if not begins or first.kind != "name" or first.text in _NO_STATEMENT:
            continue
        if tokens[at + 1].text not in _EFFECTS | _COUNTS:
            continue
        end = _end_of_statement(code, at)
        if end is not None and not any(token.text in _NO_STATEMENT | {"{"} for token in tokens[at:end]):
            yield _from(tokens[at:end], "")
