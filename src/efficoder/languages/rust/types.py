"""The types of a Rust signature: how the driver spells them, and which plain values fit them.

What is borrowed the driver borrows for ever: nothing that it has read is given back.
"""

import functools
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

_WORD = re.compile(r"::|'?[A-Za-z_]\w*|\d+|\S")
_WIDTHS = {f"{sign}{bits}": (bits, sign == "i") for bits in (8, 16, 32, 64, 128) for sign in "iu"}
_INTEGERS = {**_WIDTHS, "isize": (64, True), "usize": (64, False)}
_SCALARS = {
    "bool": Type("bool", truth),
    "char": Type("char", character),
    "f32": Type("f32", single),
    "f64": Type("f64", real),
    "String": Type("::std::string::String", text),
    "str": Type("str", text),
    **{name: Type(name, whole(bits, signed=signed)) for name, (bits, signed) in _INTEGERS.items()},
}
_SEQUENCES = frozenset({"Vec", "VecDeque", "LinkedList"})
_SETS = frozenset({"HashSet", "BTreeSet"})
_MAPS = frozenset({"HashMap", "BTreeMap"})
_PLACES = ("std", "alloc", "core", "collections", "string", "vec", "option", "::")
_NODES = {"ListNode": ("Box",), "TreeNode": ("Rc", "RefCell")}


@functools.lru_cache(maxsize=1024)
def read(annotation: str) -> Type:
    """Raises Unknown for a type that the driver cannot read or write."""
    return parse(annotation, _WORD, _type)


def _type(words: Words) -> Type:
    if words.eat("&"):
        if words.left and words.left[0].startswith("'"):
            words.next()
        mutable = "mut " * words.eat("mut")
        borrowed = _type(words)
        return Type(f"&'static {mutable}{borrowed.text}", borrowed.problem)
    if words.eat("["):
        item = _type(words)
        count = int(words.next()) if words.eat(";") and words.left[0].isdigit() else None
        words.want("]")
        return Type(f"[{item.text}]", items(item)) if count is None else _array(item, count)
    if words.eat("("):
        inner = [] if words.eat(")") else _listed(words, ")")
        return Type(f"({''.join(f'{each.text},' for each in inner)})", fixed(inner))
    words.skip(*_PLACES)
    name = words.next()
    return _SCALARS.get(name) or _generic(name, words)


def _array(item: Type, count: int) -> Type:
    return Type(f"[{item.text}; {count}]", fixed([item] * count))


def _listed(words: Words, end: str) -> list[Type]:
    """Types with commas between, up to ``end``; one may follow the last."""
    found = [_type(words)]
    while words.eat(",") and words.left[:1] != [end]:
        found.append(_type(words))
    words.want(end)
    return found


def _generic(name: str, words: Words) -> Type:
    for node, owners in _NODES.items():
        if name == "Option" and words.eat(*(word for owner in owners for word in ("<", owner)), "<", node):
            for _ in (*owners, name):
                words.want(">")
            return Type(NODES[node], levels)
    if not words.eat("<"):
        raise Unknown(f"the type {name!r} is no plain data")
    inner = _listed(words, ">")
    listed = ", ".join(each.text for each in inner)
    if name in _SEQUENCES | _SETS and len(inner) == 1:
        problem = items(inner[0]) if name in _SEQUENCES else members(inner[0])
        return Type(f"::std::{'vec' if name == 'Vec' else 'collections'}::{name}<{listed}>", problem)
    if name in _MAPS and len(inner) == 2:
        return Type(f"::std::collections::{name}<{listed}>", mapping(*inner))
    if name == "Option" and len(inner) == 1:
        return Type(f"::std::option::Option<{listed}>", optional(inner[0]))
    raise Unknown(f"the type {name!r} is no plain data")


NODES = {
    "ListNode": "::std::option::Option<::std::boxed::Box<crate::efficoder::nodes::ListNode>>",
    "TreeNode": "::std::option::Option<::std::rc::Rc<::std::cell::RefCell<crate::efficoder::nodes::TreeNode>>>",
}
"""By name, how the driver spells linked nodes."""
