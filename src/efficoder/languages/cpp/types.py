"""The types of a C++ signature: how the driver spells them, and which plain values fit them."""

import re

from efficoder.languages.wiretypes import (
    Type,
    Unknown,
    Words,
    character,
    fixed,
    items,
    levels,
    mapping,
    members,
    optional,
    parse,
    real,
    single,
    text,
    truth,
    whole,
)

_WORD = re.compile(r"\s*(::|[A-Za-z_]\w*|\d+|[<>,*&]|\S)")
_INTEGER_WORDS = frozenset({"unsigned", "signed", "long", "short", "int"})
_FIXED = {f"{sign}int{bits}_t": (bits, sign == "") for bits in (8, 16, 32, 64) for sign in ("", "u")}
_NAMED = {"size_t": (64, False), "ptrdiff_t": (64, True), **_FIXED}
_SEQUENCES = frozenset({"vector", "list", "deque"})
_SETS = frozenset({"set", "unordered_set", "multiset"})
_MAPS = frozenset({"map", "unordered_map"})
NODES = ("ListNode", "TreeNode")


def read(annotation: str) -> Type:
    """Raises Unknown for a type that the driver cannot read or write."""
    return parse(annotation, _WORD, _type)


def _type(words: Words) -> Type:
    words.skip("const", "std", "::", "struct")
    name = words.next()
    found = _integer(name, words) or _SCALARS.get(name) or _template(name, words)
    words.skip("const", "&")
    return found


def _template(name: str, words: Words) -> Type:
    if name in NODES and words.eat("*"):
        return Type(f"{name}*", levels)
    if not words.eat("<"):
        raise Unknown(f"the type {name!r} is no plain data")
    inner = [_type(words)]
    if name == "array":
        words.want(",")
        count = words.next()
        words.want(">")
        return Type(f"std::array<{inner[0].text}, {count}>", fixed(inner * int(count), (list,)))
    while words.eat(","):
        inner.append(_type(words))
    words.want(">")
    spelled = f"std::{name}<{', '.join(each.text for each in inner)}>"
    if name in _SEQUENCES | _SETS and len(inner) == 1:
        return Type(spelled, items(inner[0]) if name in _SEQUENCES else members(inner[0]))
    if name in _MAPS and len(inner) == 2:
        return Type(spelled, mapping(*inner))
    if name == "optional" and len(inner) == 1:
        return Type(spelled, optional(inner[0]))
    if name == "tuple" or (name == "pair" and len(inner) == 2):
        return Type(spelled, fixed(inner))
    raise Unknown(f"the type {name!r} is no plain data")


def _integer(first: str, words: Words) -> Type | None:
    if first in _NAMED:
        bits, signed = _NAMED[first]
        return Type(f"std::{first}", whole(bits, signed=signed))
    if first not in _INTEGER_WORDS:
        return None
    spelled = [first]
    while words.left and words.left[0] in _INTEGER_WORDS | {"char", "double"}:
        spelled.append(words.next())
    if "double" in spelled:
        return Type("long double", real)
    bits = 8 if "char" in spelled else 64 if "long" in spelled else 16 if "short" in spelled else 32
    return Type(" ".join(spelled), whole(bits, signed="unsigned" not in spelled))


_SCALARS = {
    "bool": Type("bool", truth),
    "char": Type("char", character),
    "double": Type("double", real),
    "float": Type("float", single),
    "string": Type("std::string", text),
    "string_view": Type("std::string", text),
}
