"""What the known values of one argument have in common: types, ranges, and invariants that all of them have.

An invariant that no known value breaks is kept even where few values show it, because an input outside the task's
domain would fail correct code. Making values of a shape: fresh.py (small), testgen/loads/growth.py (large).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

from efficoder import wire
from efficoder.testgen.inputs import texts
from efficoder.testgen.inputs.texts import Form
from efficoder.types import Parameter

_SEEN = 60
_NEVER_MANY = 4  # positions a record has at most; longer equal lengths are taken for chance
_ENUMERATED = 6  # at most so many distinct values among many are a choice, not a range
_BITS = 3  # so many values that are all 0 or 1 are bits
_COMPOSITE = (
    4  # so many different numbers without a prime are composite on purpose: "assume n is not a prime" (HumanEval/59)
)


@dataclass(frozen=True, slots=True)
class Ints:
    seen: tuple[int, ...]
    low: int
    high: int
    only: tuple[int, ...] = ()
    """When not empty: all possible values."""
    parity: int | None = None
    prime: bool = False
    composite: bool = False
    """No known value is prime. Only for arguments, not for items."""
    cap: int | None = None
    """The largest value a statement allows."""


@dataclass(frozen=True, slots=True)
class Floats:
    seen: tuple[float, ...]
    low: float
    high: float
    decimals: int


@dataclass(frozen=True, slots=True)
class Constant:
    """Values that are only ever chosen among the known: booleans, None, bytes, and what is not understood."""

    seen: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    seen: tuple[str, ...]
    shortest: int
    longest: int
    alphabet: str
    form: Form
    inner: "Shape | None" = None
    """Shape of what the text spells, for the forms json and literal."""
    digits: int = 0
    """The fewest digits that a known text has."""
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Many:
    """A list, tuple, set or frozenset of any length with items of one shape."""

    seen: tuple[Any, ...]
    kind: type
    item: "Shape"
    shortest: int
    longest: int
    order: Literal["", "up", "down"] = ""
    distinct: bool = False
    permutes_from: int | None = None
    """The items are always this integer and its successors, in some order."""
    even: Literal["", "rows", "square"] = ""
    """``rows``: all items are equally long; ``square``: and as many as there are items."""
    unmixed: bool = False
    """The items of one collection are of one type, though not of the same in all."""
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A list or tuple whose positions mean different things."""

    seen: tuple[Any, ...]
    kind: type
    fields: "tuple[Shape, ...]"
    order: Literal["", "up", "down"] = ""
    """Of numbers: an interval's first is not above its last."""


@dataclass(frozen=True, slots=True)
class Table:
    """A dict with keys of one shape and values of one shape."""

    seen: tuple[dict[Any, Any], ...]
    key: "Shape"
    item: "Shape"
    shortest: int
    longest: int
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """A binary tree as LeetCode writes it: level order, None where a child is missing."""

    seen: tuple[list[Any], ...]
    item: "Shape"
    longest: int
    search: bool
    """Every known tree is a search tree."""
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Either:
    seen: tuple[Any, ...]
    options: "tuple[Shape, ...]"
    """The most frequent first."""
    weights: tuple[int, ...]


Shape = Ints | Floats | Constant | Texts | Many | Fixed | Table | Tree | Either


def infer(known: Sequence[Any], *, widen: bool, top: bool = True) -> Shape:
    """The shape of ``known`` (at least one value).

    ``widen``: lengths reach to twice what was seen, and alphabets of which many characters are used are completed;
    numbers stay in the range seen, since nobody could tell that one beyond it is outside the task's domain.
    ``top``: an argument, not an item of one.
    """
    by_type: dict[type, list[Any]] = {}
    for value in known:
        by_type.setdefault(type(value), []).append(value)
    groups = sorted(by_type.items(), key=lambda group: -len(group[1]))
    shapes = [_of_type(kind, group, widen, top) for kind, group in groups]
    return shapes[0] if len(shapes) == 1 else Either(_some(known), tuple(shapes), tuple(len(g) for _, g in groups))


def infer_arguments(known: Sequence[Sequence[Any]], parameters: Sequence[Parameter], *, widen: bool) -> list[Shape]:
    """The shape of each argument, from argument lists of one length."""
    shapes: list[Shape] = []
    for position, column in enumerate(zip(*known, strict=True)):
        codec = parameters[position].codec if position < len(parameters) else "plain"
        trees = codec == "TreeNode" and all(isinstance(value, list) for value in column)
        shapes.append(infer_tree(column, widen=widen) if trees else infer(column, widen=widen))
    return shapes


def infer_tree(known: Sequence[list[Any]], *, widen: bool) -> Shape:
    """The shape of level-order trees."""
    labels = [label for tree in known for label in tree if label is not None]
    if not labels:
        return Constant(_some(known))
    longest = max(map(len, known))
    return Tree(_some(known), infer(labels, widen=widen), longest, all(is_search_tree(tree) for tree in known))


def _of_type(kind: type, known: list[Any], widen: bool, top: bool) -> Shape:
    if kind is int:
        return _ints(known, top)
    if kind is float:
        return _floats(known)
    if kind is str:
        return _texts(known, widen)
    if kind in (list, tuple, set, frozenset):
        return _collection(kind, known, widen, top)
    if kind is dict:
        return _table(known, widen)
    return Constant(_some(known))


def _ints(known: list[int], top: bool) -> Ints:
    low, high = min(known), max(known)
    distinct = sorted(set(known))
    few = len(distinct) <= _ENUMERATED and len(known) >= 4 * len(distinct)
    only = tuple(distinct) if few or (distinct == [0, 1] and len(known) >= _BITS) else ()
    parities = {value % 2 for value in distinct}
    parity = parities.pop() if len(parities) == 1 and len(distinct) >= 4 else None
    primes = sum(map(is_prime, distinct))
    prime = len(distinct) >= 2 and primes == len(distinct)
    composite = top and primes == 0 and sum(value > 3 for value in distinct) >= _COMPOSITE
    return Ints(_some(known), low, high, only, parity, prime, composite)


def _floats(known: list[float]) -> Shape:
    finite = [value for value in known if value - value == 0.0]
    if not finite:
        return Constant(_some(known))
    low, high = min(finite), max(finite)
    decimals = min(6, max(len(repr(value).partition(".")[2]) if "e" not in repr(value) else 6 for value in finite))
    return Floats(_some(finite), low, high, decimals)


def _texts(known: list[str], widen: bool) -> Texts:
    form, spelled = texts.text_form(known)
    inner = infer(spelled, widen=widen) if spelled else None
    lengths = list(map(len, known))
    longest = max(lengths) * 2 if widen else max(lengths)
    digits = min(sum(map(str.isdigit, text)) for text in known)
    return Texts(_some(known), min(lengths), longest, texts.alphabet_of(known, widen), form, inner, digits)


def _collection(kind: type, known: list[Any], widen: bool, top: bool) -> Shape:
    if not any(known):
        return Constant(_some(known))
    lengths = {len(value) for value in known}
    if kind in (list, tuple) and len(lengths) == 1 and _is_record(known, lengths.pop(), top):
        columns = [infer(column, widen=widen, top=False) for column in zip(*known, strict=True)]
        numbers = all(isinstance(column, Ints | Floats) for column in columns)
        return Fixed(_some(known), kind, tuple(columns), _order(known) if numbers else "")
    return collection(kind, known, widen=widen)


def collection(kind: type, known: Sequence[Any], *, widen: bool) -> Many:
    """The shape of collections that are no records. One of them must have an item."""
    items = [item for value in known for item in value]
    sizes = list(map(len, known))
    shape = Many(
        _some(known),
        kind,
        infer(items, widen=widen, top=False),
        min(sizes),
        max(sizes) * 2 if widen else max(sizes),
        distinct=kind in (list, tuple) and any(len(v) > 1 for v in known) and all(map(_distinct, known)),
        unmixed=len(set(map(type, items))) > 1 and all(map(_unmixed, known)),
    )
    if kind not in (list, tuple):
        return shape
    return replace(shape, order=_order(known), even=_evenness(known), permutes_from=_permuted(known))


def _is_record(known: list[Any], length: int, top: bool) -> bool:
    """Equal lengths throughout, and either mixed types by position or pairs and the like inside an argument."""
    if not 2 <= length <= 2 * _NEVER_MANY or len(known) < 2:
        return False
    types = [{type(item) for item in column} for column in zip(*known, strict=True)]
    if all(len(kinds) == 1 for kinds in types) and len({next(iter(kinds)) for kinds in types}) > 1:
        return True
    scalars = all(kinds <= {int, float, str, bool} for kinds in types)
    if scalars and all(item in (0, 1) for value in known for item in value):
        return False  # rows of bits
    return scalars and length <= _NEVER_MANY and len(known) >= 3 and (not top or len(known) >= 12)


def _table(known: list[dict[Any, Any]], widen: bool) -> Shape:
    keys = [key for value in known for key in value]
    if not keys:
        return Constant(_some(known))
    sizes = list(map(len, known))
    longest = max(sizes) * 2 if widen else max(sizes)
    items = [item for value in known for item in value.values()]
    key, item = infer(keys, widen=widen, top=False), infer(items, widen=widen, top=False)
    return Table(_some(known), key, item, min(sizes), longest)


def _order(known: Sequence[Any]) -> Literal["", "up", "down"]:
    if not any(len(value) > 1 for value in known):
        return ""
    if all(_sorted(value) for value in known):
        return "up"
    return "down" if all(_sorted(value[::-1]) for value in known) else ""


def _evenness(known: Sequence[Any]) -> Literal["", "rows", "square"]:
    kinds = {type(item) for value in known for item in value}
    if len(kinds) != 1 or not kinds <= {list, tuple, str}:
        return ""
    if not any(len(value) > 1 for value in known) or any(len({len(item) for item in v}) > 1 for v in known):
        return ""
    return "square" if all(len(item) == len(value) for value in known for item in value) else "rows"


def _permuted(known: Sequence[Any]) -> int | None:
    filled = [value for value in known if value]
    if not all(type(item) is int for value in filled for item in value) or max(map(len, filled)) < 3:
        return None
    start = min(filled[0])
    return start if start in (0, 1) and all(sorted(v) == list(range(start, start + len(v))) for v in filled) else None


def conforms(shape: Shape, value: Any) -> bool:
    """Whether ``value`` has every invariant of ``shape``, its range and the statement's bounds on values among them.
    Upper bounds on lengths are not checked."""
    match shape:
        case Ints():
            return type(value) is int and _int_conforms(shape, value)
        case Floats():
            return type(value) is float and shape.low <= value <= shape.high
        case Constant():
            return any(type(value) is type(known) and value == known for known in shape.seen)
        case Texts():
            return type(value) is str and _text_conforms(shape, value)
        case Many():
            return type(value) is shape.kind and _many_conforms(shape, value)
        case Fixed():
            return type(value) is shape.kind and _fixed_conforms(shape, value)
        case Table():
            return (
                type(value) is dict
                and len(value) >= shape.shortest
                and all(conforms(shape.key, key) and conforms(shape.item, item) for key, item in value.items())
            )
        case Tree():
            labels = [label for label in value if label is not None]
            ordered = not shape.search or is_search_tree(value)
            return ordered and all(conforms(shape.item, label) for label in labels)
        case Either(options=options):
            return any(conforms(option, value) for option in options)


def _fixed_conforms(shape: Fixed, value: Any) -> bool:
    parts = zip(shape.fields, value, strict=False)
    ordered = shape.order == "" or _sorted(value if shape.order == "up" else value[::-1])
    return len(value) == len(shape.fields) and ordered and all(conforms(field, item) for field, item in parts)


def _int_conforms(shape: Ints, value: int) -> bool:
    if shape.only:
        return value in shape.only
    if shape.parity is not None and value % 2 != shape.parity:
        return False
    high = shape.high if shape.cap is None else max(shape.cap, shape.high)
    fits = not (shape.prime or shape.composite) or is_prime(value) == shape.prime
    return shape.low <= value <= high and fits


def _text_conforms(shape: Texts, value: str) -> bool:
    if len(value) < shape.shortest or not texts.has_form(shape.form, value, shape.seen):
        return False
    if shape.inner is not None:
        return conforms(shape.inner, texts.spelled(shape.form, value))
    return set(value) <= set(shape.alphabet) and sum(map(str.isdigit, value)) >= shape.digits


def _many_conforms(shape: Many, value: Any) -> bool:
    if len(value) < shape.shortest or not all(conforms(shape.item, item) for item in value):
        return False
    if shape.unmixed and not _unmixed(value):
        return False
    if shape.kind not in (list, tuple):
        return True
    return (
        (not shape.distinct or _distinct(value))
        and (shape.order != "up" or _sorted(value))
        and (shape.order != "down" or _sorted(value[::-1]))
        and (shape.permutes_from is None or sorted(value) == list(range(*_span(shape.permutes_from, len(value)))))
        and (shape.even == "" or len({len(item) for item in value}) <= 1)
        and (shape.even != "square" or all(len(item) == len(value) for item in value))
    )


def _span(start: int, length: int) -> tuple[int, int]:
    return start, start + length


def _distinct(value: Sequence[Any]) -> bool:
    return len({wire.written(item) for item in value}) == len(value)


def _unmixed(value: Iterable[Any]) -> bool:
    return len(set(map(type, value))) <= 1


def _sorted(value: Sequence[Any]) -> bool:
    try:
        return all(a <= b for a, b in pairwise(value))
    except TypeError:
        return False


def is_prime(value: int) -> bool:
    """Miller and Rabin's test with bases that decide every integer below 3.3e24 (Sorenson and Webster 2015). None of
    more than 512 bits counts as one: asking would take too long."""
    bases = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
    if value < 2 or value.bit_length() > 512 or any(value % base == 0 for base in bases):
        return value in bases
    odd, twos = value - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in bases:
        power = pow(base, odd, value)
        if power != 1 and all(pow(power, 1 << step, value) != value - 1 for step in range(twos)):
            return False
    return True


def children(tree: Sequence[Any]) -> Iterable[tuple[int, int, int]]:
    """(position of a node, of its left child, of its right child) in a level-order tree; -1 where there is none."""
    following = 1
    for position, label in enumerate(tree):
        if label is None:
            continue
        left = following if following < len(tree) and tree[following] is not None else -1
        right = following + 1 if following + 1 < len(tree) and tree[following + 1] is not None else -1
        yield position, left, right
        following += 2


def is_search_tree(tree: Sequence[Any]) -> bool:
    """Is every label of a level-order tree above all in its left subtree and below all in its right one?"""
    if not tree or tree[0] is None:
        return True
    bounds: dict[int, tuple[float, float]] = {0: (float("-inf"), float("inf"))}
    for position, left, right in children(tree):
        low, high = bounds.get(position, (0.0, 0.0))
        if not low < tree[position] < high:
            return False
        bounds[left], bounds[right] = (low, tree[position]), (tree[position], high)
    return True


def _some(known: Sequence[Any]) -> tuple[Any, ...]:
    """A few different known values, spread evenly over all of them."""
    kept: dict[str, Any] = {}
    for value in known[:: max(1, len(known) // (4 * _SEEN))]:
        kept.setdefault(wire.encode(value), value)
    return tuple(kept.values())[:: max(1, len(kept) // _SEEN)]
