"""The signature of a Function task's entry point, read from C++ code; nothing is run."""

import re
from typing import Literal

from efficoder.languages.braces import Token, readable
from efficoder.languages.cpp.tokens import LEXER
from efficoder.types import Function, Parameter

_SPECIFIERS = frozenset({"static", "inline", "constexpr", "virtual", "extern", "public", "private", "protected", ":"})
Codec = Literal["plain", "ListNode", "TreeNode"]
_NODES: tuple[Codec, ...] = ("ListNode", "TreeNode")
_SIGNS = frozenset({"<", ">", ">>", ",", "*", "&", "&&", "::", "(", ")", "[", "]", "=", "-", "{", "}"})
"""What may stand in a list of parameters: others are of a call."""
_NODE = re.compile(r"(?:struct\s+)?(ListNode|TreeNode)\s*\*")


def signature(code: str, entry_point: str, header: str = "") -> Function:
    """The signature of ``f`` or ``Solution().f`` in ``code``, definition or declaration; without parameters where it
    has none."""
    name = entry_point.rpartition(".")[2]
    found = readable(code, LEXER).tokens
    for at in range(len(found) - 1, 0, -1):
        if found[at].text == name and found[at + 1 : at + 2] and found[at + 1].text == "(":
            returns = _returns(found[:at])
            parameters = _parameters(found[at + 2 :])
            if returns and parameters is not None:
                return Function(
                    entry_point=entry_point,
                    parameters=parameters,
                    returns=returns,
                    returns_codec=_codec(returns),
                    header=header,
                )
    return Function(entry_point=entry_point, header=header)


def _returns(before: list[Token]) -> str:
    """The type that stands before a name; empty where none does."""
    words: list[str] = []
    for token in reversed(before):
        if token.kind == "directive" or token.text in {";", "}", "{", ")", "(", "=", "return", "else", "."}:
            break
        if token.text in _SPECIFIERS:
            break
        if token.text == "&&":
            return ""
        words.insert(0, token.text)
    return _spelled(words) if any(re.match(r"\w", word) for word in words) else ""


def _parameters(after: list[Token]) -> tuple[Parameter, ...] | None:
    """Those up to the bracket that closes them; None where this is no list of parameters."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in after:
        if token.text == ")" and depth == 0:
            break
        if token.kind == "sign" and token.text not in _SIGNS:
            return None
        if token.kind in {"literal", "number"} and not (parts[-1] and parts[-1][-1] in {"=", "<", ","}):
            return None
        depth += {"<": 1, "(": 1, "[": 1, ">": -1, ")": -1, "]": -1, ">>": -2}.get(token.text, 0)
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token.text)
    else:
        return None
    if parts == [[]] or parts == [["void"]]:
        return ()
    made = []
    for part in parts:
        words = part[: part.index("=")] if "=" in part else part
        if len(words) < 2 or not words[-1].isidentifier():
            return None
        annotation = _spelled(words[:-1])
        made.append(Parameter(name=words[-1], annotation=annotation, codec=_codec(annotation)))
    return tuple(made)


def _codec(annotation: str) -> Codec:
    found = _NODE.fullmatch(annotation)
    return next((node for node in _NODES if found and node == found[1]), "plain")


def _spelled(words: list[str]) -> str:
    text = " ".join(word if word != ">>" else "> >" for word in words)
    return re.sub(r"\s*(::|<)\s*", r"\1", re.sub(r"\s+([>,*&])", r"\1", text))
