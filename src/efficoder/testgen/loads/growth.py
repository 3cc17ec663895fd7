"""Ways to make a known input larger: which arguments grow, along which axis, and what their new items look like.

search.py tries the ways and keeps those on which the reference takes long. There are several styles because programs
stop early for different reasons: a repeated known input keeps its outcome, a sorted one meets the worst case of a scan,
all-different items meet the worst case of a membership test.
"""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Literal

from efficoder import wire, wire_text
from efficoder.testgen.inputs import texts
from efficoder.testgen.inputs.fresh import fresh, fresh_text, items, many, sorted_safely, tree
from efficoder.testgen.inputs.relations import Relation
from efficoder.testgen.inputs.shapes import (
    Either,
    Fixed,
    Floats,
    Ints,
    Many,
    Shape,
    Table,
    Texts,
    Tree,
    conforms,
    is_prime,
)

Style = Literal["tiled", "fresh", "spread", "up", "down", "same", "mirror", "lone", "twice"]
Axis = Literal["outer", "inner", "both"]
_UNBOUNDED_LENGTH = 1 << 20
_UNBOUNDED_INT = 10**13
_START = 8
_FEW_DIGITS = 99
_ANY_INT = 1 << 100_000
_OUTCOME = 100  # characters by which outcomes are distinguished


@dataclass(frozen=True, slots=True)
class Growth:
    name: str
    write: Callable[[int, int], str | None]
    """``write(size, seed)``: an input as text, the same for the same size and seed; None when it cannot be made."""
    start: int
    cap: int


@dataclass(frozen=True, slots=True)
class _Way:
    style: Style
    axis: Axis
    holders: tuple[int, ...]
    """Positions of the arguments that get longer."""
    integers: tuple[int, ...] = ()
    """Positions of the integers that get larger."""
    prime: bool = False


def growths(bases: Sequence[list[Any]], shapes: Sequence[Shape], relations: Sequence[Relation]) -> list[Growth]:
    """The ways to try for a task. ``bases`` are the known inputs that are tiled and whose other arguments are kept:
    a few of different outcome."""
    shapes = [main_kind(shape) for shape in shapes]
    integers = tuple(position for position, shape in enumerate(shapes) if isinstance(shape, Ints) and not shape.only)
    found: list[Growth] = []
    for way in [*_container_ways(shapes, _holders(shapes), integers), *_integer_ways(integers)]:
        used = bases if way.style == "tiled" else bases[:1]
        found += [_growth(way, number, base, shapes, relations) for number, base in enumerate(used)]
    return found


def rare(bases: Sequence[list[Any]], shapes: Sequence[Shape], relations: Sequence[Relation]) -> list[Growth]:
    """The ways in which one item occurs once and each other one at least twice, and the reverse. Long random inputs
    have one answer to "the first letter that occurs once" and "is there an item twice"."""
    shapes = [main_kind(shape) for shape in shapes]
    holders = _holders(shapes)
    styles: tuple[Style, ...] = ("lone", "twice") if holders and bases else ()
    return [_growth(_Way(style, "outer", holders), 0, bases[0], shapes, relations) for style in styles]


def _holders(shapes: Sequence[Shape]) -> tuple[int, ...]:
    return tuple(position for position, shape in enumerate(shapes) if has_length(shape))


def has_length(shape: Shape) -> bool:
    match shape:
        case Many() | Table() | Tree():
            return True
        case Texts(form=form, inner=inner):
            return form != "template" and (inner is None or has_length(inner))
        case Either(options=options):
            return has_length(options[0])
        case Fixed(fields=fields):
            return any(has_length(field) for field in fields)
        case _:
            return False


def _container_ways(shapes: Sequence[Shape], holders: tuple[int, ...], integers: tuple[int, ...]) -> list[_Way]:
    if not holders:
        return []
    styles: tuple[Style, ...] = ("tiled", "fresh", "spread", "up", "mirror", "same")
    ways = [_Way(style, "outer", holders) for style in styles]
    if any(_inner(shapes[position]) for position in holders):
        ways += [_Way("fresh", "inner", holders), _Way("fresh", "both", holders), _Way("spread", "both", holders)]
    if integers:
        ways += [_Way("fresh", "outer", holders, integers), _Way("up", "outer", holders, integers)]
    if len(holders) > 1:
        ways += [_Way(style, "outer", (position,)) for position in holders for style in ("fresh", "tiled")]
    return ways


def _integer_ways(integers: tuple[int, ...]) -> list[_Way]:
    if not integers:
        return []
    alone = [_Way("fresh", "outer", (), (position,)) for position in integers] if len(integers) > 1 else []
    return [_Way("fresh", "outer", (), integers), _Way("fresh", "outer", (), integers, prime=True), *alone]


def _growth(way: _Way, number: int, base: list[Any], shapes: Sequence[Shape], relations: Sequence[Relation]) -> Growth:
    boundless = [_of_any_range(shape) for shape in shapes]

    def write(size: int, seed: int) -> str | None:
        rng = random.Random(f"{seed} {size} {way} {number}")
        arguments = [_part(way, position, shape, base, size, rng) for position, shape in enumerate(shapes)]
        made = arguments
        for relation in (*relations, *relations):  # twice: repairing one may break another
            repaired = relation.repair(arguments, rng)
            if repaired is not arguments:
                # It may also break what holds within an argument: order, or that all items differ.
                arguments = [_restored(shape, part, rng) for shape, part in zip(shapes, repaired, strict=True)]
        holds = all(relation.holds(arguments) for relation in relations)
        kept = arguments is made or all(map(conforms, boundless, arguments))
        return wire_text.encode(arguments) if holds and kept else None

    integers = [shape for position, shape in enumerate(shapes) if position in way.integers and isinstance(shape, Ints)]
    longer = [length_cap(shapes[position]) for position in way.holders]
    cap = max(longer or [shape.cap or _UNBOUNDED_INT for shape in integers])
    parts = [way.style, way.axis, *(f"longer {position}" for position in way.holders)]
    parts += (
        [f"larger {position}" for position in way.integers] + ["prime"] * way.prime + [f"base {number}"] * (number > 0)
    )
    return Growth(" ".join(parts), write, min(_START, cap), cap)


def _restored(shape: Shape, part: Any, rng: random.Random) -> Any:
    if isinstance(shape, Many) and (shape.order or shape.distinct or shape.even) and isinstance(part, list | tuple):
        return many(shape, list(part), rng)
    return part


def _of_any_range(shape: Shape) -> Shape:
    """The shape without bounds on numbers, since a load may go beyond the known ones: order, evenness, types."""
    match shape:
        case Ints():
            return replace(shape, low=-_ANY_INT, high=_ANY_INT)
        case Floats():
            return replace(shape, low=-math.inf, high=math.inf)
        case Many(item=item) | Tree(item=item):
            return replace(shape, item=_of_any_range(item))
        case Fixed(fields=fields):
            return replace(shape, fields=tuple(map(_of_any_range, fields)))
        case Table(key=key, item=item):
            return replace(shape, key=_of_any_range(key), item=_of_any_range(item))
        case Either(options=options):
            return replace(shape, options=tuple(map(_of_any_range, options)))
        case _:
            return shape


def length_cap(shape: Shape) -> int:
    """The longest that the statement allows, in items; in a nest, of all levels together."""
    match shape:
        case Many(cap=cap, item=item):
            inner = length_cap(item) if has_length(item) else 1
            return min((cap or _UNBOUNDED_LENGTH) * inner, _UNBOUNDED_LENGTH)
        case Texts(cap=cap) | Table(cap=cap) | Tree(cap=cap):
            return min(cap or _UNBOUNDED_LENGTH, _UNBOUNDED_LENGTH)
        case Either(options=options):
            return length_cap(options[0])
        case Fixed(fields=options):
            return max(length_cap(option) for option in options if has_length(option))
        case _:
            return _UNBOUNDED_LENGTH


def _part(way: _Way, position: int, shape: Shape, base: list[Any], size: int, rng: random.Random) -> Any:
    if position in way.integers and isinstance(shape, Ints):
        return _large_int(shape, size, rng, prime=way.prime)
    if position in way.holders:
        return enlarged(shape, base[position], size, way.style, way.axis, rng)
    return base[position]


def _large_int(shape: Ints, size: int, rng: random.Random, *, prime: bool) -> int:
    high = min(size, shape.cap) if shape.cap else size
    value = high - rng.randint(0, max(0, high // 64))  # near the size, and not always a round number
    if shape.parity is not None and value % 2 != shape.parity:
        value -= 1
    if prime or shape.prime or shape.composite:
        wanted = not shape.composite
        value = next((v for v in range(value, max(1, value - 1000), -1) if is_prime(v) == wanted), value)
    return value


def main_kind(shape: Shape) -> Shape:
    """The shape with only the most frequent type wherever there are several. A long list would hold every rare type,
    and a program that handles one odd item fails on many."""
    match shape:
        case Either(options=options):
            return main_kind(options[0])
        case Many(item=item) | Table(item=item) | Tree(item=item):
            return replace(shape, item=main_kind(item))
        case Fixed(fields=fields):
            return replace(shape, fields=tuple(map(main_kind, fields)))
        case _:
            return shape


def enlarged(shape: Shape, base: Any, size: int, style: Style, axis: Axis, rng: random.Random) -> Any:
    """A value of ``shape`` with about ``size`` items (in all, when it nests and ``axis`` is not outer)."""
    match shape:
        case Many():
            return _enlarged_many(shape, base, size, style, axis, rng)
        case Texts() if has_length(shape):
            return _enlarged_text(shape, base, size, style, axis, rng)
        case Table():
            keys = items(_spread_shape(shape.key, size), rng, size, distinct=True)
            if axis == "outer":
                return dict(zip(keys, items(shape.item, rng, len(keys)), strict=True))
            keys = keys[: max(2, min(len(keys), int(size**0.5)))]
            return {key: _enlarged_item(shape.item, size // len(keys), rng) for key in keys}
        case Tree():
            wide = Tree(shape.seen, _spread_shape(shape.item, size), shape.longest, shape.search, shape.cap)
            return tree(wide, rng, size, chain=style == "up")
        case Fixed(kind=kind, fields=fields):
            old: Any = base if type(base) is kind else fresh(shape, rng)
            return kind(enlarged(f, part, size, style, axis, rng) for f, part in zip(fields, old, strict=True))
        case _:
            return base


def _enlarged_many(shape: Many, base: Any, size: int, style: Style, axis: Axis, rng: random.Random) -> Any:
    size = min(size, shape.cap) if shape.cap and axis == "outer" else size
    if axis != "outer" or shape.even == "square":
        return _enlarged_nest(shape, size, axis, rng)
    same_kind = isinstance(base, list | tuple | set | frozenset) and type(base) is shape.kind
    pattern = list(base) if same_kind else []
    if style == "tiled" and pattern and not shape.distinct:
        return many(shape, (pattern * (size // len(pattern) + 1))[:size], rng)
    different = shape.distinct or style in ("spread", "up", "down", "twice")
    item = _spread_shape(shape.item, size) if different else _short_shape(shape.item)
    if style == "same" and not shape.distinct:
        return many(shape, [fresh(item, rng)] * size, rng)
    scalar = isinstance(item, Ints | Floats | Texts)
    members = items(item, rng, size, distinct=shape.distinct or (scalar and different))
    if style in ("up", "down"):
        members = sorted_safely(members, reverse=style == "down")
    if style == "mirror" and not shape.distinct:
        members = members[: size // 2] + members[: size - size // 2][::-1]
    if style == "lone" and not shape.distinct:
        members = _with_a_lone(members[: size // 2] * 2, rng)
    if style == "twice" and not shape.distinct and len(members) > 1:
        first, again = sorted(rng.sample(range(len(members)), 2))
        members[again] = members[first]
    return many(shape, members, rng)


def _enlarged_nest(shape: Many, size: int, axis: Axis, rng: random.Random) -> Any:
    """A collection whose items grow: few long ones, or as many as they are long."""
    side = max(2, int(size**0.5))
    usual = max(2, min(6, shape.longest))
    count = side if axis == "both" or shape.even == "square" else usual
    if shape.cap:
        count = min(count, shape.cap)
    each = count if shape.even == "square" else max(1, size // count)
    return many(shape, [_enlarged_item(shape.item, each, rng) for _ in range(count)], rng)


def _enlarged_item(shape: Shape, size: int, rng: random.Random) -> Any:
    return enlarged(shape, fresh(shape, rng), size, "fresh", "outer", rng) if has_length(shape) else fresh(shape, rng)


def _enlarged_text(shape: Texts, base: Any, size: int, style: Style, axis: Axis, rng: random.Random) -> str:
    size = min(size, shape.cap) if shape.cap else size
    base = base if isinstance(base, str) and base else (next(filter(None, shape.seen), "a"))
    if shape.inner is not None:
        inner = enlarged(shape.inner, texts.spelled(shape.form, base), size, style, axis, rng)
        return texts.spell(shape.form, inner)
    if shape.form == "brackets":
        return (
            base * (size // len(base)) if style == "tiled" else texts.nested(rng, shape.alphabet, size, style == "up")
        )
    if shape.form == "number":
        return fresh_text(shape, rng, size)
    if style == "tiled":
        glue = " " if shape.form == "words" else ""
        return glue.join([base] * max(1, size // (len(base) + len(glue))))
    if style == "same" and shape.form != "words":
        return rng.choice(shape.alphabet or "a") * size
    if style == "spread" and shape.form == "words":
        return _different_words(shape, size, rng)
    whole = fresh_text(shape, rng, size)
    if style == "mirror" and shape.form == "free":
        return whole[: size // 2] + whole[: size - size // 2][::-1]
    if style == "lone" and shape.form in ("free", "words"):
        parts = whole.split(" ") if shape.form == "words" else list(whole)
        return (" " if shape.form == "words" else "").join(_with_a_lone(parts[: len(parts) // 2] * 2, rng))
    return "".join(sorted(whole)) if style == "up" and shape.form == "free" else whole


def _with_a_lone(members: list[Any], rng: random.Random) -> list[Any]:
    """One of ``members`` is left once, in the second half; the others stay as they are."""
    if not members:
        return members
    lone = rng.choice(members)
    others = [member for member in members if member != lone]
    others.insert(rng.randint(len(others) // 2, len(others)), lone)
    return others


def _different_words(shape: Texts, size: int, rng: random.Random) -> str:
    letters = "".join({char for word in texts.words_of(shape.seen) for char in word if char.isalnum()}) or "abc"
    return " ".join("".join(rng.choices(letters, k=6)) for _ in range(max(1, size // 7)))


def _short_shape(shape: Shape) -> Shape:
    """Integers of few digits where the known ones include such: more of them fit into a load."""
    if isinstance(shape, Ints) and not shape.only and not shape.prime and shape.high > _FEW_DIGITS > shape.low:
        return replace(shape, low=max(shape.low, -_FEW_DIGITS), high=_FEW_DIGITS)
    return shape


def _spread_shape(shape: Shape, size: int) -> Shape:
    """The shape with room for ``size`` different values: a longer range, where the statement allows it."""
    match shape:
        case Ints() if not shape.only and not shape.prime:
            low = -2 * size if shape.low < 0 else shape.low
            high = max(shape.high, low + 4 * size)
            high = min(high, shape.cap) if shape.cap is not None else high
            return replace(shape, low=low, high=max(high, shape.low))
        case Floats():
            bottom = shape.low * size if shape.low < 0 else shape.low
            return Floats(shape.seen, bottom, shape.high * size if shape.high > 0 else shape.high, shape.decimals)
        case _:
            return shape


def _inner(shape: Shape) -> bool:
    """Whether there is a second axis: items that have a length themselves."""
    match shape:
        case Many(item=item) | Table(item=item):
            return has_length(item)
        case Either(options=options):
            return _inner(options[0])
        case _:
            return False


def bases(known: Sequence[tuple[list[Any], str]], limit: int) -> list[list[Any]]:
    """A few known inputs with different outcomes, the longest of each, from (input, outcome) pairs. A program often
    does with a repeated input what it did with the input, so each outcome takes another path through it."""
    by_outcome: dict[str, list[list[Any]]] = {}
    for arguments, outcome in known:
        by_outcome.setdefault(outcome[:_OUTCOME], []).append(arguments)
    groups = [sorted(group, key=lambda arguments: -len(wire.written(arguments))) for group in by_outcome.values()]
    groups.sort(key=len, reverse=True)
    rounds = zip_longest(*groups[:limit])
    return [arguments for round_ in rounds for arguments in round_ if arguments is not None][:limit]
