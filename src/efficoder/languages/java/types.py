"""The types of a signature: how the driver spells them, and which plain values fit them."""

import re
from typing import Any

from efficoder.languages.compiled import words
from efficoder.languages.wiretypes import (
    Problem,
    Type,
    Unknown,
    Words,
    items,
    levels,
    mapping,
    members,
    optional,
    parse,
    real,
    single,
    truth,
    whole,
)  # fmt: skip

_WORD = re.compile(r"\s*([A-Za-z_$][\w$]*|[<>,.?]|\[\s*\]|\S)")
_LISTS = words("List ArrayList LinkedList Collection Iterable Queue Deque ArrayDeque PriorityQueue")
_SETS = words("Set HashSet LinkedHashSet TreeSet SortedSet")
_MAPS = words("Map HashMap LinkedHashMap TreeMap SortedMap")
_DEEPEST = 20


def read(annotation: str) -> Type:
    """Raises Unknown for a type that the driver cannot read or write."""
    return parse(annotation, _WORD, lambda words: _type(words, 0))


def _type(left: Words, depth: int, *, boxed: bool = False) -> Type:
    if depth > _DEEPEST:
        raise Unknown("a type is nested too deeply")
    if left.eat("?"):
        left.want("extends")
    name = left.next()
    while left.eat("."):
        name = left.next()
    found = _template(name, left, depth) if left.eat("<") else _scalar(name)
    primitive = found.text in _PRIMITIVES
    while left.left[:1] and left.left[0].startswith("["):
        left.next()
        found, primitive = Type(f"{found.text}[]", items(found)), False
    if boxed and primitive:
        raise Unknown(f"a list of {found.text}")
    return found if primitive or depth == 0 or found.text in _NODES else Type(found.text, optional(found))


def _template(name: str, left: Words, depth: int) -> Type:
    inner = [_type(left, depth + 1, boxed=True)]
    while left.eat(","):
        inner.append(_type(left, depth + 1, boxed=True))
    left.want(">")
    text = f"java.util.{name}<{', '.join(each.text for each in inner)}>"
    if name in _LISTS and len(inner) == 1:
        return Type(text, items(inner[0]))
    if name in _SETS and len(inner) == 1:
        return Type(text, members(inner[0]))
    if name in _MAPS and len(inner) == 2:
        return Type(text, mapping(*inner))
    if name == "Optional" and len(inner) == 1:
        return Type(text, optional(inner[0]))
    raise Unknown(f"the type {name!r} is no plain data")


def _scalar(name: str) -> Type:
    if name in _SCALARS:
        return Type(_SPELLED.get(name, name), _SCALARS[name])
    if name in _LISTS | _SETS | _MAPS:
        raise Unknown(f"the type {name!r} says nothing of its items")
    raise Unknown(f"the type {name!r} is no plain data")


def text(value: Any) -> str:
    if type(value) is not str:
        return f"a {type(value).__name__} where text belongs"
    return "" if not value or max(value) <= "\uffff" else "text beyond 16 bits, whose length is another one"


def _character(value: Any) -> str:
    return text(value) or ("" if len(value) == 1 else "no single character")


def _any(value: Any) -> str:
    kind = type(value)
    if kind is int:
        return whole(64, signed=True)(value)
    if kind is str:
        return text(value)
    if kind in (list, tuple, set, frozenset):
        return next(filter(None, map(_any, value)), "")
    if kind is dict:
        return next(filter(None, (*map(_any, value), *map(_any, value.values()))), "")
    return "" if kind in (bool, float, type(None)) else f"a {kind.__name__}"


def _big(value: Any) -> str:
    if type(value) is not int:
        return f"a {type(value).__name__} where an integer belongs"
    return "" if value.bit_length() <= 4000 else "an integer of over 4,000 bits"


_NODES = frozenset({"ListNode", "TreeNode"})
_PRIMITIVES = frozenset({"int", "long", "short", "byte", "double", "float", "boolean", "char"})
_SPELLED = {"BigInteger": "java.math.BigInteger"}
_SCALARS: dict[str, Problem] = {
    **dict.fromkeys(("int", "Integer"), whole(32, signed=True)),
    **dict.fromkeys(("long", "Long"), whole(64, signed=True)),
    **dict.fromkeys(("short", "Short"), whole(16, signed=True)),
    **dict.fromkeys(("byte", "Byte"), whole(8, signed=True)),
    **dict.fromkeys(("double", "Double"), real),
    **dict.fromkeys(("float", "Float"), single),
    **dict.fromkeys(("boolean", "Boolean"), truth),
    **dict.fromkeys(("char", "Character"), _character),
    **dict.fromkeys(("String", "CharSequence"), text),
    **dict.fromkeys(("Object", "Number"), _any),
    **dict.fromkeys(_NODES, levels),
    "BigInteger": _big,
}
