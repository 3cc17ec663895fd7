"""The types of a signature: how the driver spells them, and which plain values fit them.

An input that does not fit is nobody's mistake: another language's integers are wider. It is left out for this one.
"""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from efficoder import wire

_WORD = re.compile(r"\s*(::|[A-Za-z_]\w*|\d+|[<>,*&]|\S)")
_INTEGER_WORDS = frozenset({"unsigned", "signed", "long", "short", "int"})
_FIXED = {f"{sign}int{bits}_t": (bits, sign == "") for bits in (8, 16, 32, 64) for sign in ("", "u")}
_NAMED = {"size_t": (64, False), "ptrdiff_t": (64, True), **_FIXED}
_SEQUENCES = frozenset({"vector", "list", "deque"})
_SETS = frozenset({"set", "unordered_set", "multiset"})
_MAPS = frozenset({"map", "unordered_map"})
NODES = ("ListNode", "TreeNode")


class Unknown(ValueError):
    """A type whose values are no plain data."""


class Type(NamedTuple):
    text: str
    """As the driver spells it: the value's own type, without const and reference."""
    problem: Callable[[Any], str]
    """Why a plain value does not fit; empty where it does."""


def read(annotation: str) -> Type:
    """Raises Unknown for a type that the driver cannot read or write."""
    words = [word for word in _WORD.findall(annotation) if word.strip()]
    place = _Place(words)
    found = place.type()
    if place.left:
        raise Unknown(f"the type {annotation!r} is no plain data")
    return found


class _Place:
    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._at = 0

    @property
    def left(self) -> Sequence[str]:
        return self._words[self._at :]

    def type(self) -> Type:
        self._skip("const", "std", "::", "struct")
        name = self._next()
        found = _integer(name, self) or _SCALARS.get(name) or self._template(name)
        while self.left[:1] in (["const"], ["&"]):
            self._next()
        return found

    def _next(self) -> str:
        if not self.left:
            raise Unknown("a type is missing")
        self._at += 1
        return self._words[self._at - 1]

    def _skip(self, *words: str) -> None:
        while self.left and self.left[0] in words:
            self._at += 1

    def take(self, words: frozenset[str]) -> list[str]:
        taken = []
        while self.left and self.left[0] in words:
            taken.append(self._next())
        return taken

    def _template(self, name: str) -> Type:
        if name in NODES and self.left[:1] == ["*"]:
            self._next()
            return Type(f"{name}*", _levels)
        if self.left[:1] != ["<"]:
            raise Unknown(f"the type {name!r} is no plain data")
        self._next()
        if name == "array":
            item, _, count = self.type(), self._next(), self._next()
            self._close()
            return Type(f"std::array<{item.text}, {count}>", _fixed([item] * int(count), list))
        inner = [self.type()]
        while self.left[:1] == [","]:
            self._next()
            inner.append(self.type())
        self._close()
        text = f"std::{name}<{', '.join(each.text for each in inner)}>"
        if name in _SEQUENCES | _SETS and len(inner) == 1:
            return Type(text, _items(inner[0], (list, tuple) if name in _SEQUENCES else (set, frozenset, list)))
        if name in _MAPS and len(inner) == 2:
            return Type(text, _mapping(*inner))
        if name == "optional" and len(inner) == 1:
            return Type(text, lambda value: "" if value is None else inner[0].problem(value))
        if name == "tuple" or (name == "pair" and len(inner) == 2):
            return Type(text, _fixed(inner, (list, tuple)))
        raise Unknown(f"the type {name!r} is no plain data")

    def _close(self) -> None:
        if self._next() != ">":
            raise Unknown("a type ends early")


def _integer(first: str, place: _Place) -> Type | None:
    if first in _NAMED:
        return Type(f"std::{first}", _whole(*_NAMED[first]))
    if first not in _INTEGER_WORDS:
        return None
    words = [first, *place.take(_INTEGER_WORDS | {"char", "double"})]
    if "double" in words:
        return Type("long double", _real)
    signed = "unsigned" not in words
    bits = 8 if "char" in words else 64 if "long" in words else 16 if "short" in words else 32
    return Type(" ".join(words), _whole(bits, signed))


def _whole(bits: int, signed: bool) -> Callable[[Any], str]:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def problem(value: Any) -> str:
        if type(value) is not int:
            return f"a {type(value).__name__} where an integer belongs"
        return "" if low <= value <= high else f"an integer out of {bits} bits"

    return problem


def _real(value: Any) -> str:
    if type(value) is int:
        return "" if abs(value) <= 2**53 else "an integer that a float does not hold"
    return "" if type(value) is float else f"a {type(value).__name__} where a number belongs"


def _single(value: Any) -> str:
    """A float of 32 bits: a value that it does not hold is another one."""
    problem = _real(value)
    if problem or not math.isfinite(value):
        return problem
    return "" if abs(value) <= 3.4e38 else "a number out of 32 bits"


def _text(value: Any) -> str:
    if type(value) is not str:
        return f"a {type(value).__name__} where text belongs"
    return "" if value.isascii() else "text beyond ASCII, whose length is another one in bytes"


def _character(value: Any) -> str:
    return _text(value) or ("" if len(value) == 1 else "no single character")


def _items(item: Type, kinds: tuple[type, ...]) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        if type(value) not in kinds:
            return f"a {type(value).__name__} where a sequence belongs"
        return next(filter(None, map(item.problem, value)), "")

    return problem


def _mapping(key: Type, item: Type) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        if type(value) is not dict:
            return f"a {type(value).__name__} where a map belongs"
        return next(filter(None, (*map(key.problem, value), *map(item.problem, value.values()))), "")

    return problem


def _fixed(items: Sequence[Type], kinds: Any) -> Callable[[Any], str]:
    def problem(value: Any) -> str:
        if not isinstance(value, kinds) or len(value) != len(items):
            return f"no sequence of {len(items)} values"
        return next(filter(None, (item.problem(each) for item, each in zip(items, value, strict=True))), "")

    return problem


def _levels(value: Any) -> str:
    if value is None:
        return ""
    if type(value) is not list:
        return f"a {type(value).__name__} where a list of values belongs"
    return next(filter(None, (_whole(32, True)(each) for each in value if each is not None)), "")


_SCALARS = {
    "bool": Type("bool", lambda value: "" if type(value) is bool else f"a {type(value).__name__} where a bool belongs"),
    "char": Type("char", _character),
    "double": Type("double", _real),
    "float": Type("float", _single),
    "string": Type("std::string", _text),
    "string_view": Type("std::string", _text),
}


def misfit(text: str, types: Sequence[Type]) -> str:
    """Why an input, in wire text, does not fit a signature; empty where it does."""
    loaded = wire.decode(text)
    for arguments in loaded if isinstance(loaded, tuple) else [loaded]:
        if not isinstance(arguments, list) or len(arguments) != len(types):
            return f"not {len(types)} arguments"
        problem = next(filter(None, (one.problem(each) for one, each in zip(types, arguments, strict=True))), "")
        if problem:
            return problem
    return ""
