"""The signature of a Function task's entry point, read from JavaScript code; nothing is run.

Types are those of a comment above the function, as LeetCode gives it. Nothing but nodes depends on them.
"""

import re
from typing import Literal

from efficoder.languages.braces import Code, Token, own_name, readable
from efficoder.languages.javascript.tokens import LEXER
from efficoder.types import Function, Parameter

Codec = Literal["plain", "ListNode", "TreeNode"]
_NODES: tuple[Codec, ...] = ("ListNode", "TreeNode")
_SAID = re.compile(r"@(?:param|returns?)\s*\{([^{}\n]*)\}[ \t]*(\[?[\w$]*)")
_RETURNED = re.compile(r"@returns?\b")


def signature(code: str, entry_point: str, header: str = "") -> Function:
    """The signature of ``f`` or ``Solution().f`` in ``code``; without parameters where it has none."""
    found = readable(code, LEXER)
    place = defined(found, own_name(entry_point))
    if place is None:
        return Function(entry_point=entry_point, header=header)
    names = _names(found, place)
    above = [token.text for token in LEXER.tokens(code[: found.tokens[place].at]) if token.kind == "comment"]
    said = above[-1] if above else ""
    types = {name.lstrip("["): kind for kind, name in _SAID.findall(said) if name}
    returned = next((kind[1] for kind in _SAID.finditer(said) if _RETURNED.match(kind[0])), None)
    return Function(
        entry_point=entry_point,
        parameters=tuple(Parameter(name=n, annotation=types.get(n), codec=_codec(types.get(n))) for n in names),
        returns=returned,
        returns_codec=_codec(returned),
        header=header,
    )


def defined(code: Code, name: str) -> int | None:
    """Where the parameters of the last function of this name with a body begin, by place among the tokens."""
    tokens, closes = code
    for at in range(len(tokens) - 1, -1, -1):
        if tokens[at].text != name or tokens[at].kind != "name":
            continue
        words = [token.text for token in tokens[at + 1 : at + 6]]
        before = tokens[at - 1].text if at else ""
        if words[:1] == ["("] and before != ".":  # function f() {}, or a method
            opening = at + 1
        elif words[:1] in (["="], [":"]):
            opening = at + 2
            while opening < len(tokens) and tokens[opening].text in {"async", "function", "*"}:
                opening += 1
            if opening < len(tokens) and tokens[opening].kind == "name" and _text(tokens, opening + 1) == "=>":
                return opening
            opening += tokens[opening].kind == "name" if opening < len(tokens) else 0  # a function with another name
        else:
            continue
        after = _text(tokens, closes[opening] + 1) if opening in closes and _text(tokens, opening) == "(" else ""
        if after == "=>" or (after == "{" and (before != "." or words[0] != "(")):
            return opening
    return None


def _text(tokens: list[Token], at: int) -> str:
    return tokens[at].text if at < len(tokens) else ""


def _names(code: Code, place: int) -> list[str]:
    """Of the parameters; of one that is taken apart, its number."""
    tokens, closes = code
    if tokens[place].text != "(":
        return [tokens[place].text]
    names, at, begins = list[str](), place + 1, True
    while at < closes[place]:
        token = tokens[at]
        if begins:
            names.append(token.text if token.kind == "name" else f"p{len(names)}")
            begins = False
        elif token.text == ",":
            begins = True
        at = closes.get(at, at) + 1
    return names


def _codec(annotation: str | None) -> Codec:
    words = re.split(r"[^\w]+", annotation or "")
    return next((node for node in _NODES if node in words and "[]" not in (annotation or "")), "plain")
