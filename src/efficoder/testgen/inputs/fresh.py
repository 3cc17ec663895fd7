"""New values of a shape, of an ordinary size or of a given length, and the repair of what a change has broken."""

import random
import string
import sys
from collections.abc import Sequence
from typing import Any, TypeGuard, assert_never

import numpy as np

from efficoder import wire
from efficoder.testgen.inputs import texts
from efficoder.testgen.inputs.shapes import (
    Constant,
    Either,
    Fixed,
    Floats,
    Ints,
    Many,
    Shape,
    Table,
    Texts,
    Tree,
    is_prime,
)

_POOL = 512  # long collections draw their items from so many fresh ones: making each anew takes too long
_COMPOUND_POOL = 24  # the same where an item is a collection itself
_TRIES = 30
_FEW = 1 << 20
_FLOAT_BITS = 1000  # a larger integer is no float


def fresh(shape: Shape, rng: random.Random, length: int | None = None) -> Any:
    """A new value of ``shape``. ``length`` is for shapes that have one; without it, a length as known values have."""
    match shape:
        case Ints():
            return _fresh_int(shape, rng)
        case Floats(low=low, high=high, decimals=decimals):
            return min(max(round(rng.uniform(low, high), decimals), low), high)
        case Constant(seen=seen):
            return rng.choice(seen)
        case Texts():
            return fresh_text(shape, rng, length)
        case Many():
            size = _length(shape, rng) if length is None else length
            return many(shape, items(shape.item, rng, size, distinct=shape.distinct), rng)
        case Fixed(kind=kind, fields=fields, order=order):
            parts = [fresh(field, rng) for field in fields]
            return kind(sorted_safely(parts, reverse=order == "down") if order else parts)
        case Table():
            size = _length(shape, rng) if length is None else length
            keys = items(shape.key, rng, size, distinct=True)
            return dict(zip(keys, items(shape.item, rng, len(keys)), strict=True))
        case Tree():
            return tree(shape, rng, rng.randint(1, shape.longest) if length is None else length)
        case Either(options=options, weights=weights):
            return fresh(rng.choices(options, weights)[0], rng, length)
        case other:
            assert_never(other)


def items(shape: Shape, rng: random.Random, count: int, *, distinct: bool = False) -> list[Any]:
    """``count`` fresh values; with ``distinct``, as many different ones as can be found, up to ``count``."""
    if _is_range(shape):
        domain = range(shape.low, shape.high + 1)
        if distinct and len(domain) < count:
            # More different integers are needed than the range holds: the range grows on one side.
            domain = range(shape.low, min(shape.low + 2 * count, (shape.cap or shape.low + 2 * count) + 1))
        return rng.sample(domain, min(count, len(domain))) if distinct else _drawn(domain, count, rng)
    if not distinct:
        room = _POOL if isinstance(shape, Ints | Floats | Constant | Texts) else _COMPOUND_POOL
        pool = [fresh(shape, rng) for _ in range(min(count, room))]
        return pool if count <= room else _drawn(pool, count, rng)
    if isinstance(shape, Floats):
        span, ends = shape.high - shape.low, (shape.low, shape.high)
        drawn = (round(ends[0] + span * rng.random(), shape.decimals) for _ in range(count))
        return list(dict.fromkeys(min(max(value, ends[0]), ends[1]) for value in drawn))
    return _different(shape, rng, count)


def _drawn(population: Sequence[Any], count: int, rng: random.Random) -> list[Any]:
    """As ``rng.choices``, in a third of the time: large inputs are made of it. The bias is below a thousandth."""
    among = len(population)
    if among > _FEW:
        return rng.choices(population, k=count)
    drawn: list[int] = (np.frombuffer(rng.randbytes(4 * count), "<u4") % among).tolist()
    if isinstance(population, range):
        return [population.start + place for place in drawn] if population.start else drawn
    return [population[place] for place in drawn]


def _different(shape: Shape, rng: random.Random, count: int) -> list[Any]:
    """Up to ``count`` different values; texts get longer when short ones run out."""
    found: dict[Any, Any] = {}
    misses = 0
    while len(found) < count and misses < _TRIES:
        length = None if misses < 5 or not isinstance(shape, Texts) else min(len(str(count)) + misses, 40)
        value = fresh(shape, rng, length)
        name = value if isinstance(shape, Ints | Texts) else wire.written(value)
        misses = misses + 1 if name in found else 0
        found[name] = value
    return list(found.values())


def _is_range(shape: Shape) -> TypeGuard[Ints]:
    """Whether it is any integer in a range, and the range is short enough for the C code of ``random``."""
    if not isinstance(shape, Ints) or shape.only or shape.prime or shape.parity is not None:
        return False
    return shape.high - shape.low < sys.maxsize


def many(shape: Many, members: list[Any], rng: random.Random) -> Any:
    """A collection of ``shape`` from ``members``, with its order, evenness and distinctness restored."""
    if shape.permutes_from is not None:
        members = rng.sample(range(shape.permutes_from, shape.permutes_from + len(members)), len(members))
    if shape.distinct and members:
        members = list({wire.written(member): member for member in members}.values())
    if shape.even and members:
        members = _evened(shape, members, rng)
    if shape.order:
        members = sorted_safely(members, reverse=shape.order == "down")
    return shape.kind(members)


def sorted_safely(members: Sequence[Any], *, reverse: bool = False) -> list[Any]:
    """Sorted, or as it was where the items cannot be compared."""
    try:
        return sorted(members, reverse=reverse)
    except TypeError:
        return list(members)


def fresh_text(shape: Texts, rng: random.Random, length: int | None = None) -> str:
    """A new text; templates, numbers and spelled data keep their form whatever ``length`` says."""
    size = rng.randint(shape.shortest, max(shape.shortest, min(shape.longest, 40))) if length is None else length
    match shape.form:
        case "free":
            return "".join(rng.choices(shape.alphabet or string.ascii_lowercase, k=size))
        case "words":
            return _fresh_words(shape, rng, size)
        case "number":
            return _fresh_number(shape, rng, length)
        case "template":
            return texts.renumbered(rng.choice(shape.seen), shape.seen, rng)
        case "brackets":
            return texts.nested(rng, shape.alphabet, size, depth_first=rng.random() < 0.2)
        case "mirror":
            half = "".join(rng.choices(shape.alphabet, k=size // 2))
            return half + (rng.choice(shape.alphabet) if size % 2 else "") + half[::-1]
        case "json" | "literal":
            assert shape.inner is not None
            return texts.spell(shape.form, fresh(shape.inner, rng, length))
        case other:
            assert_never(other)


def tree(shape: Tree, rng: random.Random, count: int, *, chain: bool = False) -> list[Any]:
    """A tree with about ``count`` nodes in level order: complete, or a chain down one side."""
    labels = items(shape.item, rng, count, distinct=shape.search)
    if chain:
        ordered = sorted_safely(labels)
        return ordered[:1] + [entry for label in ordered[1:] for entry in (None, label)]
    return _search_tree(sorted_safely(labels)) if shape.search else labels


def _search_tree(labels: list[Any]) -> list[Any]:
    """The complete search tree over sorted distinct labels: filled by an in-order walk of the positions."""
    out: list[Any] = [None] * len(labels)
    stack: list[int] = []
    position, following = 0, iter(labels)
    while stack or position < len(out):
        while position < len(out):
            stack.append(position)
            position = 2 * position + 1
        position = stack.pop()
        out[position] = next(following)
        position = 2 * position + 2
    return out


def _fresh_int(shape: Ints, rng: random.Random) -> int:
    if shape.only:
        return rng.choice(shape.only)
    if rng.random() < 0.3:
        value = rng.choice(shape.seen)
    else:
        # Half of the draws are spread over magnitudes, so that small values of a wide range are met.
        value = rng.randint(shape.low, shape.high)
        if shape.low >= 0 and shape.high > 100 and rng.random() < 0.5:
            value = min(shape.high, max(shape.low, _of_any_magnitude(shape.high, rng)))
    if shape.parity is not None and value % 2 != shape.parity:
        value = value + 1 if value < shape.high else value - 1
    if shape.prime and not is_prime(value):
        following = range(value, min(value + 400, shape.high + 1))
        value = next((v for v in following if is_prime(v)), rng.choice(shape.seen))
    if shape.composite and is_prime(value):
        value = rng.choice(shape.seen)
    return value


def _of_any_magnitude(high: int, rng: random.Random) -> int:
    if high.bit_length() > _FLOAT_BITS:
        return rng.getrandbits(rng.randint(1, high.bit_length()))
    return int(10 ** rng.uniform(0, len(str(high))))


def _fresh_words(shape: Texts, rng: random.Random, size: int) -> str:
    words = texts.words_of(shape.seen) or ("a",)
    out: list[str] = []
    total = 0
    while not out or total < size:
        word = rng.choice(words)
        out.append(word)
        total += len(word) + 1
    return " ".join(out)


def _fresh_number(shape: Texts, rng: random.Random, length: int | None) -> str:
    model = rng.choice(shape.seen)
    digits = [rng.choice("0123456789") if char.isdigit() else char for char in model]
    first = next((index for index, char in enumerate(digits) if char.isdigit()), 0)
    if digits[first] == "0" and model[first] != "0":
        digits[first] = rng.choice("123456789")
    allowed = set(shape.alphabet)
    text = "".join(char if char in allowed else rng.choice(shape.alphabet) for char in digits)
    if length is not None and "." not in text and length > len(text):
        text += "".join(rng.choices([char for char in shape.alphabet if char.isdigit()], k=length - len(text)))
    return text


def _length(shape: Many | Table, rng: random.Random) -> int:
    usual = len(rng.choice(shape.seen)) + rng.randint(-2, 3)
    return min(max(usual, shape.shortest), max(shape.longest, shape.shortest))


def _evened(shape: Many, members: list[Any], rng: random.Random) -> list[Any]:
    """All items, cut or filled to one length: that of a random item, or for a square the number of items."""
    size = len(members) if shape.even == "square" else max(1, len(rng.choice(members)))
    evened = []
    for member in members:
        if 0 < len(member) < size:
            wanted = fresh(shape.item, rng, size)
            member = wanted if len(wanted) >= size else member * (size // len(member) + 1)
        evened.append(member[:size])
    return evened
