"""The wire format: plain Python data as JSON text, exact to the type. Standard library alone, because it also
runs beside untrusted code (sandbox/probe loads this file).

JSON's own types stand for themselves; everything else is an object with one key that starts with ``!``:
``{"!tuple": [...]}`` ``{"!set": [...]}`` ``{"!frozenset": [...]}`` ``{"!dict": [[key, value], ...]}``
``{"!float": "nan" | "inf" | "-inf"}`` ``{"!int": "0x..."}`` (over 4,000 bits) ``{"!bytes": "hex"}``
``{"!complex": [re, im]}``.
An input of a Function task is the list of one call's arguments, or a tuple of such lists: several calls in a row, whose
results come back as one list (``batch``, ``calls``).
Types are compared with ``is``: a subclass, a lazy object or an ``__eq__`` override is refused, not trusted.
"""

import json
import math
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable
from typing import Any

PLAIN = frozenset({int, str, bool, type(None)})
_DICTS = frozenset({dict, Counter, OrderedDict, defaultdict})
"""All equal to a plain dict of the same items, and MBPP's references return them; they come back as dicts."""
_BIG_INT_BITS = 4000


class NotPlain(TypeError):
    """The value is not plain data; the message names the type."""


def encode(value: object) -> str:
    """Plain data to wire text. Raises NotPlain for anything else, RecursionError for over-deep or cyclic data."""
    return dump(pack(value))


def dump(packed: object) -> str:
    """The wire text of what ``pack`` gave."""
    return json.dumps(packed, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def decode(text: str | bytes) -> object:
    """Wire text to plain data. Raises ValueError on malformed text, whatever an untrusted writer put in it."""
    try:
        return _unpack(json.loads(text))
    except (TypeError, KeyError, IndexError, RecursionError, OverflowError) as error:
        raise ValueError(f"malformed wire text: {error}") from error


def batch(inputs: Iterable[str]) -> str:
    """One input of many calls, from the wire texts of each one's arguments."""
    return f'{{"!tuple":[{",".join(inputs)}]}}'


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
        return {f"!{kind.__name__}": _pack_items(sorted(value, key=repr))}
    if kind is bytes:
        return {"!bytes": value.hex()}
    if kind is complex:
        return {"!complex": [pack(value.real), pack(value.imag)]}
    raise NotPlain(f"a value of type {kind.__module__}.{kind.__qualname__} is not plain data")


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
    raise ValueError(f"malformed wire object: unknown tag {tag!r}")
