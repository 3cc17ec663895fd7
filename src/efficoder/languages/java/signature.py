"""The signature of a Function task's entry point, read from Java code; nothing is run."""

import re
from typing import Literal

from efficoder.languages.braces import Code, Token, own_name, readable
from efficoder.languages.compiled import words
from efficoder.languages.java.tokens import LEXER
from efficoder.types import Function, Parameter

Codec = Literal["plain", "ListNode", "TreeNode"]
_NODES: tuple[Codec, ...] = ("ListNode", "TreeNode")
_MODIFIERS = words(
    "public private protected static final abstract synchronized native strictfp default return new else throw"
)
_OF_TYPES = frozenset({"<", ">", ",", ".", "[", "]", "?", "..."})
_AFTER = frozenset({"{", "throws", ""})


def signature(code: str, entry_point: str, header: str = "") -> Function:
    """The signature of ``Solution().f`` in ``code``, or of the static method ``Solution.f``; without parameters where
    it has none."""
    found = readable(code, LEXER)
    for at in reversed(range(len(found.tokens))):
        if not declares(found, at, own_name(entry_point)):
            continue
        returns = returned(found.tokens[:at])
        parameters = _parameters(found, at + 1)
        if returns and parameters is not None:
            return Function(
                entry_point=entry_point,
                parameters=parameters,
                returns=returns,
                returns_codec=_codec(returns),
                header=header,
            )
    return Function(entry_point=entry_point, header=header)


def declares(code: Code, at: int, name: str) -> bool:
    """Whether a method of this name with a body begins at that place."""
    tokens, closes = code
    if tokens[at].text != name or at + 1 not in closes or tokens[at + 1].text != "(":
        return False
    after = tokens[closes[at + 1] + 1].text if closes[at + 1] + 1 < len(tokens) else ""
    before = tokens[at - 1] if at else None
    return after in _AFTER and before is not None and before.text not in {".", "new"}


def returned(before: list[Token]) -> str:
    """The type that stands before a method's name, which these tokens end before; empty where none does."""
    spelt: list[str] = []
    for token in reversed(before):
        if token.kind == "name" and token.text not in _MODIFIERS:
            if spelt and spelt[0] not in _OF_TYPES:
                break  # two names in a row: an annotation's, or no type
            spelt.insert(0, token.text)
        elif token.text in _OF_TYPES:
            spelt.insert(0, token.text)
        else:
            break
    return _spelled(spelt) if spelt and spelt[0] not in _OF_TYPES else ""


def _parameters(code: Code, opening: int) -> tuple[Parameter, ...] | None:
    """None where this is no list of parameters."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in code.tokens[opening + 1 : code.closes[opening]]:
        depth += {"<": 1, ">": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            parts.append([])
        elif token.text != "final":
            parts[-1].append(token.text)
    if parts == [[]]:
        return ()
    made = []
    for part in parts:
        spelt = part[2:] if part[:1] == ["@"] else part
        while len(spelt) > 2 and spelt[-2:] == ["[", "]"]:  # int a[]
            spelt = [*spelt[:-3], "[", "]", spelt[-3]]
        if len(spelt) < 2 or not spelt[-1].isidentifier():
            return None
        annotation = _spelled(spelt[:-1])
        made.append(Parameter(name=spelt[-1], annotation=annotation, codec=_codec(annotation)))
    return tuple(made)


def _codec(annotation: str) -> Codec:
    return next((node for node in _NODES if annotation == node), "plain")


def _spelled(spelt: list[str]) -> str:
    return re.sub(r"\s*([<>.\[\]?])\s*", r"\1", " ".join(spelt)).replace(" ,", ",").replace("...", "[]")
