"""The wire format: plain Python data as JSON text, exact to the type. Standard library alone, because it also
runs beside untrusted code (sandbox/probe loads this file).

JSON's own types stand for themselves; everything else is an object with one key that starts with ``!``:
``{"!tuple": [...]}`` ``{"!set": [...]}`` ``{"!frozenset": [...]}`` ``{"!dict": [[key, value], ...]}``
``{"!float": "nan" | "inf" | "-inf"}`` ``{"!int": "0x..."}`` (over 4,000 bits) ``{"!bytes": "hex"}``
``{"!complex": [re, im]}``. Results of the standard library that equal no such value are themselves: ``!deque``
``!range`` ``!array`` ``!decimal`` ``!fraction``, and ``!iterator``, the items of one (or of a view of values), which
equals nothing. A view of keys or items is the set that it equals; a named tuple, an enumeration's number or
another subclass that keeps its class's ``==`` is that class's value.
An input of a Function task is the list of one call's arguments, or a tuple of such lists: several calls in a row, whose
results come back as one list (``batch``, ``calls``).
Types are compared with ``is``, values are read by the methods of the standard class: an object of another class, or
with an ``__eq__`` of its own, is refused, not trusted.
"""

import json
import math
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

PLAIN = frozenset({int, str, bool, type(None)})
_DICTS = frozenset({dict, Counter, OrderedDict, defaultdict})
"""All equal to a plain dict of the same items, and MBPP's references return them; they come back as dicts."""
_BIG_INT_BITS = 4000
_JSON = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False)
_BASES = (int, float, str, bytes, tuple, list, dict, set, frozenset)
_SET_VIEWS: frozenset[type] = frozenset(
    {type({}.keys()), type({}.items()), type(OrderedDict().keys()), type(OrderedDict().items())}
)
_VALUE_VIEWS: frozenset[type] = frozenset({type({}.values()), type(OrderedDict().values())})
_LAZY_MODULES = frozenset({"builtins", "itertools"})
_DEEPER = 100
"""Nested lists that take more of the stack than what lies between an output's judge and the sandbox's reader."""
_MOST_DIGITS = 10_000
"""Of a Decimal, and bits of a Fraction's parts: more would take its reader long."""
RICH = ("!deque", "!range", "!array", "!decimal", "!fraction", "!iterator")
"""Tags of what marshal cannot hold."""


class Iterated:
    """The items of an iterator, which may be gone through; like one it equals nothing but itself."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items
        self._left = iter(items)

    def __iter__(self) -> Iterator[Any]:
        return self._left

    def __next__(self) -> Any:
        return next(self._left)


class NotPlain(TypeError):
    """The value is not plain data; the message names the type."""


def encode(value: object) -> str:
    """Plain data to wire text. Raises NotPlain for anything else, RecursionError for over-deep or cyclic data."""
    return dump(pack(value))


def dump(packed: object) -> str:
    """The wire text of what ``pack`` gave."""
    return _JSON.encode(packed)


def decode(text: str | bytes) -> object:
    """Wire text to plain data. Raises ValueError on malformed text, whatever an untrusted writer put in it."""
    try:
        plain = json.loads(text)
        return plain if _is_flat(text) else _unpack(plain)
    except (TypeError, KeyError, IndexError, RecursionError, ArithmeticError, AttributeError) as error:
        raise ValueError(f"malformed wire text: {error}") from error


def _is_flat(text: str | bytes) -> bool:
    """Whether it holds no object, and lists too few to be nested deeply: nothing is left to unpack or refuse."""
    if isinstance(text, str):
        return "{" not in text and text.count("[") < _DEEPER
    return b"{" not in text and text.count(b"[") < _DEEPER


def for_reader(text: str) -> str:
    """``text``, if a reader can decode it that has less of the stack left than the caller. Raises ValueError."""
    decode("[" * _DEEPER + text + "]" * _DEEPER)
    return text


def batch(inputs: Iterable[str]) -> str:
    """One input of many calls, from the wire texts of each one's arguments."""
    return f'{{"!tuple":[{",".join(inputs)}]}}'


def is_batch(text: str) -> bool:
    """Whether it is what ``batch`` makes."""
    return text.startswith('{"!tuple":[')


def calls(text: str) -> list[str]:
    """The inputs of the single calls that ``text`` asks for: itself, where it is one."""
    plain = decode(text)
    return [encode(arguments) for arguments in plain] if isinstance(plain, tuple) else [text]


def pack(value: Any) -> Any:
    """Plain data as what JSON has, in lists of its own: later changes of ``value`` do not reach it."""
    kind = type(value)
    if kind is int:
        return value if value.bit_length() <= _BIG_INT_BITS else {"!int": hex(value)}
    if kind in PLAIN:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"!float": repr(value)}
    if kind is list:
        return _pack_items(value)
    if kind is tuple:
        return {"!tuple": _pack_items(value)}
    if kind in _DICTS:
        # The methods of dict itself: the candidate may have changed those of Counter.
        return {"!dict": [[pack(k), pack(v)] for k, v in dict.items(value)]}
    if kind is set or kind is frozenset:
        return {f"!{kind.__name__}": _pack_items(sorted(value, key=written))}
    if kind is bytes:
        return {"!bytes": value.hex()}
    if kind is complex:
        return {"!complex": [pack(value.real), pack(value.imag)]}
    return _pack_rich(value, kind)


def written(value: object) -> str:
    """``repr``, also where it holds an integer that Python does not write down in decimal."""
    try:
        return repr(value)
    except ValueError:
        return dump(pack(value))


def _pack_rich(value: Any, kind: type) -> Any:
    """Results of the standard library that are no plain data by their type, but hold nothing else."""
    if kind is deque:
        return {"!deque": _pack_items(list(value))}
    if kind is range:
        return {"!range": [pack(value.start), pack(value.stop), pack(value.step)]}
    if kind is array:
        return {"!array": [value.typecode, _pack_items(value.tolist())]}
    if kind is Decimal:
        return {"!decimal": str(value)}
    if kind is Fraction:
        return {"!fraction": [pack(value.numerator), pack(value.denominator)]}
    if kind is bytearray:
        return {"!bytes": value.hex()}
    if kind in _SET_VIEWS:
        try:
            return pack(set(value))
        except TypeError:  # items that have no hash equal no set
            return {"!iterator": _pack_items(list(value))}
    if kind is Iterated:
        return {"!iterator": _pack_items(value.items)}
    if kind in _VALUE_VIEWS or (kind.__module__ in _LAZY_MODULES and hasattr(kind, "__next__")):
        return {"!iterator": _pack_items(list(value))}
    for base in _BASES:
        if issubclass(kind, base) and kind.__eq__ is base.__eq__:
            return pack(_as_base(value, base))
    raise NotPlain(f"a value of type {kind.__module__}.{kind.__qualname__} is not plain data")


def _as_base(value: Any, base: Any) -> Any:
    """What an object of a subclass holds, read by the methods of ``base``: its own may say something else."""
    if base in (int, float):
        return int.__pos__(value) if base is int else float.__pos__(value)
    if base is str:
        return str.__str__(value)
    if base in (tuple, list, bytes):
        return base.__getitem__(value, slice(None))
    return dict(dict.items(value)) if base is dict else base(base.__iter__(value))


def _pack_items(items: list[Any] | tuple[Any, ...]) -> list[Any]:
    # Passes of C over long flat lists: no Python call per item.
    kinds = set(map(type, items))
    if kinds <= {str, bool, type(None)}:
        return list(items)
    if kinds == {int} and max(items).bit_length() <= _BIG_INT_BITS >= min(items).bit_length():
        return list(items)
    if kinds == {float} and all(map(math.isfinite, items)):
        return list(items)
    return [pack(item) for item in items]


_ALIKE = 100


def spread(items: Iterable[Any]) -> list[Any]:
    """The items, to be put into a set or to be a dict's keys. Raises ValueError where over a hundred have one hash: a
    writer who means it can make a set of one megabyte take hours (integers that are multiples of 2**61 - 1), and no
    set of honest data comes near (measured: two, -1 and -2)."""
    kept = list(items)
    if len(kept) > _ALIKE and max(Counter(map(hash, kept)).values()) > _ALIKE:
        raise ValueError("too many items have one hash")
    return kept


def _unpack(value: Any) -> Any:
    if type(value) is list:
        kinds = set(map(type, value))
        if list in kinds or dict in kinds:
            return [_unpack(item) for item in value]
        return value
    if type(value) is not dict:
        return value
    if len(value) != 1:
        raise ValueError("malformed wire object: one key expected")
    ((tag, body),) = value.items()
    match tag:
        case "!tuple":
            return tuple(_unpack(body))
        case "!dict":
            return dict(zip(spread(_unpack(k) for k, _ in body), (_unpack(v) for _, v in body), strict=True))
        case "!set":
            return set(spread(_unpack(body)))
        case "!frozenset":
            return frozenset(spread(_unpack(body)))
        case "!int":
            return int(body, 16)
        case "!float":
            return float(body)
        case "!bytes":
            return bytes.fromhex(body)
        case "!complex":
            return complex(_unpack(body[0]), _unpack(body[1]))
    if tag in RICH:
        return _unpack_rich(tag, _unpack(body))
    raise ValueError(f"malformed wire object: unknown tag {tag!r}")


def _unpack_rich(tag: str, body: Any) -> Any:
    if tag == "!deque":
        return deque(body)
    if tag == "!range":
        return range(*body)
    if tag == "!array":
        return array(*body)
    if tag == "!iterator":
        return Iterated(list(body))
    if tag == "!decimal":
        if len(body) > _MOST_DIGITS or (made := Decimal(body)).is_snan():
            raise ValueError("a Decimal too long, or that cannot be compared")
        return made
    if max(part.bit_length() for part in body) > _MOST_DIGITS:
        raise ValueError("a Fraction too long")
    return Fraction(*body)
