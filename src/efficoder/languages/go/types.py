"""The types of a Go signature: how the driver spells them, and which plain values fit them."""

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
    parse,
    real,
    single,
    text,
    truth,
    whole,
)

_WORD = re.compile(r"\.\.\.|[A-Za-z_]\w*|\d+|\S")
_WIDTHS = {f"{sign}int{bits}": (bits, sign == "") for bits in (8, 16, 32, 64) for sign in ("", "u")}
_SCALARS = {
    "bool": Type("bool", truth),
    "string": Type("string", text),
    "byte": Type("byte", character),
    "rune": Type("rune", character),
    "float32": Type("float32", single),
    "float64": Type("float64", real),
    **{
        name: Type(name, whole(bits, signed=signed))
        for name, (bits, signed) in {**_WIDTHS, "int": (64, True), "uint": (64, False)}.items()
    },
}


@functools.lru_cache(maxsize=1024)
def read(annotation: str) -> Type:
    """Raises Unknown for a type that the driver cannot read or write."""
    return parse(annotation, _WORD, _type)


def _type(words: Words) -> Type:
    if words.eat("["):
        count = words.next() if words.left[:1] != ["]"] else ""
        words.want("]")
        item = _type(words)
        if count and not count.isdigit():
            raise Unknown(f"an array of {count} items is no plain data")
        problem = fixed([item] * int(count)) if count else items(item)
        return Type(f"[{count}]{item.text}", problem)
    if words.eat("*"):
        name = words.next()
        if name in {"ListNode", "TreeNode"}:
            return Type(f"*solution.{name}", levels)
        raise Unknown(f"the type '*{name}' is no plain data")
    name = words.next()
    if name == "map" and words.eat("["):
        key = _type(words)
        words.want("]")
        item = _type(words)
        return Type(f"map[{key.text}]{item.text}", mapping(key, item))
    if name not in _SCALARS:
        raise Unknown(f"the type {name!r} is no plain data")
    return _SCALARS[name]
