"""The signature of a Function task's entry point, read from Go code; nothing is run."""

import re
from typing import Literal

from efficoder.languages.braces import Token, between_commas, own_name, readable
from efficoder.languages.go.tokens import LEXER
from efficoder.types import Function, Parameter

Codec = Literal["plain", "ListNode", "TreeNode"]
_NODES: dict[str, Codec] = {"*ListNode": "ListNode", "*TreeNode": "TreeNode"}
_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def signature(code: str, entry_point: str, header: str = "") -> Function:
    """The signature of the function ``f`` in ``code``; without parameters where it has none. A method's name stands for
    the function of its own name."""
    name = own_name(entry_point)
    found, closes = readable(code, LEXER)
    for at in range(len(found) - 2, 0, -1):
        if found[at].text == name and found[at - 1].text == "func" and at + 1 in closes:
            end = closes[at + 1]
            returns = _returns(found[end + 1 :])
            return Function(
                entry_point=entry_point,
                parameters=_parameters(found[at + 2 : end]),
                returns=returns,
                returns_codec=_NODES.get(returns, "plain"),
                header=header,
            )
    return Function(entry_point=entry_point, header=header)


def _parameters(tokens: list[Token]) -> tuple[Parameter, ...]:
    """``a, b int`` gives the type of a name to those before it that have none."""
    made: list[Parameter] = []
    annotation = ""
    for part in reversed(between_commas([token for token in tokens if token.text != ";"], _DEPTH)):
        annotation = _spelled(part[1:]) or annotation
        made.insert(0, Parameter(name=part[0].text, annotation=annotation, codec=_NODES.get(annotation, "plain")))
    return tuple(made)


def _returns(after: list[Token]) -> str:
    """As written, without names; empty for nothing."""
    if after[:1] and after[0].text == "(":
        parts = between_commas(after[1 : _end(after)], _DEPTH)
        kinds = list(map(_spelled, parts))
        if any(len(part) > 1 and part[0].kind == "name" and part[0].text not in {"map", "func"} for part in parts):
            kinds = [each.annotation or "" for each in _parameters(after[1 : _end(after)])]
        return f"({', '.join(kinds)})" if len(kinds) > 1 else "".join(kinds)
    words: list[Token] = []
    for token in after:
        if token.text in {"{", ";"}:
            break
        words.append(token)
    return _spelled(words)


def _end(tokens: list[Token]) -> int:
    """The place of what closes the first bracket."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += _DEPTH.get(token.text, 0)
        if depth == 0:
            return place
    return len(tokens)


def _spelled(tokens: list[Token]) -> str:
    return re.sub(r"\s*([^\w\s])\s*", r"\1", " ".join(token.text for token in tokens))
