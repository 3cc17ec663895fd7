"""The signature of a Function task's entry point, read from Rust code; nothing is run."""

import re
from typing import Literal

from efficoder.languages.braces import Token, between_commas, own_name, readable
from efficoder.languages.rust.tokens import LEXER
from efficoder.types import Function, Parameter

Codec = Literal["plain", "ListNode", "TreeNode"]
_NODES: dict[str, Codec] = {
    "Option<Box<ListNode>>": "ListNode",
    "Option<Rc<RefCell<TreeNode>>>": "TreeNode",
}
_DEPTH = {"<": 1, "(": 1, "[": 1, "{": 1, ">": -1, ")": -1, "]": -1, "}": -1, ">>": -2}


def signature(code: str, entry_point: str, header: str = "") -> Function:
    """The signature of ``f`` or ``Solution::f`` in ``code``, definition or declaration; without parameters where it has
    none."""
    name = own_name(entry_point)
    found, closes = readable(code, LEXER)
    for at in range(len(found) - 2, 0, -1):
        if found[at].text == name and found[at - 1].text == "fn":
            opening = next((place for place in range(at + 1, len(found)) if found[place].text == "("), None)
            if opening is None:
                continue
            returns = _returns(found[closes[opening] + 1 :])
            return Function(
                entry_point=entry_point,
                parameters=tuple(map(_parameter, between_commas(found[opening + 1 : closes[opening]], _DEPTH))),
                returns=returns,
                returns_codec=_NODES.get(returns, "plain"),
                header=header,
            )
    return Function(entry_point=entry_point, header=header)


def _parameter(part: list[Token]) -> Parameter:
    words = [token.text for token in part]
    colon = words.index(":") if ":" in words else len(words)
    annotation = _spelled(words[colon + 1 :] or words)  # without a type it is a form of self
    return Parameter(name=words[colon - 1], annotation=annotation, codec=_NODES.get(annotation, "plain"))


def _returns(after: list[Token]) -> str:
    words: list[str] = []
    for token in after[1:] if after[:1] and after[0].text == "->" else []:
        if token.text in {"{", "where"} or (token.text == ";" and words.count("[") == words.count("]")):
            break
        words.append(token.text)
    return _spelled(words) or "()"


def _spelled(words: list[str]) -> str:
    text = re.sub(r"\s*(::|[<(\[])\s*", r"\1", " ".join(words))
    return re.sub(r"\s+([>,;)\]])|(&)\s+", r"\1\2", text)
