"""What the values at one place of a grammar have in common: their shape, what they stay under, what lists of them are.

As for arguments (inputs/shapes.py), what no known text breaks is kept, even where few texts show it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from efficoder.testgen.inputs.shapes import Ints, Many, Shape, Texts, collection, infer
from efficoder.testgen.programs.grammar import Block, Count, Grammar, Line, Node, Record, Run, Tagged, Token, integer

_RECORDS = 250  # records looked at
_SEEN = 4000  # values of one place looked at
_WHOLE = re.compile(r"-?\d{1,19}")
_DECIMAL = re.compile(r"-?\d+\.\d+")
_PADDED = 0.1  # share of numbers with leading zeros from which on they are texts of digits
_RISING = 4  # items that a list needs to show that each stays under its position


@dataclass(frozen=True, slots=True)
class Domain:
    """The values of a slot."""

    shape: Shape
    """Of one value."""
    under: tuple[Count, ...] = ()
    """Numbers that no value is above."""
    over: tuple[Count, ...] = ()
    """Numbers of the same line or header that no value is below."""
    labels: bool = False
    """Whether values reach a number they stay under: then they are labels, and grow with it."""
    stated: bool = False
    """Whether the statement says how large a value may be: then values of all sizes are made."""
    rising: int | None = None
    """No value is above its position in the list (from 0) plus this."""
    length: Count | None = None
    """The length of a text."""
    items: Many | None = None
    """What the lists of these values have in common, where they stand in lists."""


@dataclass(slots=True)
class _Place:
    """What was seen at one slot."""

    values: list[tuple[str, Mapping[int, int], int | None]] = field(default_factory=list)
    """Token, numbers in scope, position in the list."""
    lists: list[list[str]] = field(default_factory=list)
    siblings: frozenset[int] = frozenset()
    """Slots of the same repetition."""
    in_rows: bool = False
    cases: frozenset[int] = frozenset()
    """Slots that count test cases around it: they say nothing about values."""


def domains(grammar: Grammar, records: Sequence[Record]) -> dict[int, Domain]:
    places: dict[int, _Place] = {}
    for record in records[:: max(1, len(records) // _RECORDS)]:
        _visit(grammar, record, {}, None, places)
    _relate(grammar, frozenset(), places)
    found = {slot: _domain(place) for slot, place in places.items()}
    return {slot: _beside_labels(domain, places[slot], found) for slot, domain in found.items()}


def _beside_labels(domain: Domain, place: _Place, found: Mapping[int, Domain]) -> Domain:
    """Of two fields that stay under the same number both are labels where one is: the ends of an edge."""
    others = (found[slot] for slot in place.siblings if slot in found and place.in_rows)
    shared = any(other.labels and {*other.under} & {*domain.under} for other in others)
    return replace(domain, labels=True) if shared else domain


def _visit(
    nodes: Sequence[Node], record: Record, scope: dict[int, int], position: int | None, places: dict[int, _Place]
) -> None:
    def see(slot: int, token: str, at: int | None) -> None:
        place = places.setdefault(slot, _Place())
        if len(place.values) < _SEEN:
            place.values.append((token, dict(scope), at))
        number = integer(token)
        if number is not None:
            scope[slot] = number

    for node in nodes:
        if isinstance(node, Block):
            for at, row in enumerate(record[node.slot]):
                _visit(node.body, row, dict(scope), at, places)
            for slot, tokens in () if is_case(node) else _columns(node, record[node.slot]):
                places.setdefault(slot, _Place()).lists.append(tokens)
        elif isinstance(node, Tagged):
            for token in node.fields(record[node.slot]) or ():
                see(token.slot, record[token.slot], position)
        else:
            for part in node.parts:
                if isinstance(part, Run):
                    place = places.setdefault(part.slot, _Place())
                    place.lists.append(record[part.slot])
                    room = max(0, _SEEN - len(place.values))
                    here = dict(scope)
                    place.values += [(token, here, at) for at, token in enumerate(record[part.slot][:room])]
                else:
                    see(part.slot, record[part.slot], position)


def _columns(block: Block, rows: Sequence[Record]) -> Iterator[tuple[int, list[str]]]:
    """The values of each field of the block's own lines, over all its rows."""
    for node in block.body:
        if isinstance(node, Line):
            for part in node.parts:
                if not isinstance(part, Run):
                    yield part.slot, [row[part.slot] for row in rows]


def _relate(nodes: Sequence[Node], cases: frozenset[int], places: dict[int, _Place], in_rows: bool = False) -> None:
    """Tell each place what stands beside it and what counts the cases around it."""
    lines = [node.parts for node in nodes if isinstance(node, Line)]
    own = frozenset(part.slot for parts in lines for part in parts)
    for node in nodes:
        if isinstance(node, Block):
            counted = {node.count.slot} if node.count and is_case(node) else set()
            _relate(node.body, cases | counted, places, not is_case(node))
        elif isinstance(node, Tagged):
            for _, fields in node.options:
                for token in fields:
                    if token.slot in places:
                        places[token.slot].siblings = frozenset(each.slot for each in fields)
                        places[token.slot].cases, places[token.slot].in_rows = cases, True
    for slot in own:
        if slot in places:
            places[slot].siblings, places[slot].cases, places[slot].in_rows = own, cases, in_rows


def is_case(block: Block) -> bool:
    """Whether a repetition is a test case: it has counts or lists of its own, or several lines."""
    return len(block.body) > 1 or any(
        isinstance(node, Block)
        or (isinstance(node, Line) and any(isinstance(part, Run) and _own_count(part, node) for part in node.parts))
        for node in block.body
    )


def _own_count(run: Run, line: Line) -> bool:
    return run.count is not None and Token(run.count.slot) in line.parts


def _domain(place: _Place) -> Domain:
    read = _reader([token for token, _, _ in place.values])
    values = [read(token) for token, _, _ in place.values]
    lists = [[read(token) for token in tokens] for tokens in place.lists]
    items = collection(list, lists, widen=True) if any(lists) else None
    shape = infer(values, widen=True, top=False) if values else infer([""], widen=False)
    if isinstance(shape, Texts):
        return Domain(shape, length=_length(place), items=items)
    if not isinstance(shape, Ints):
        return Domain(shape, items=items)
    under, labels = _under(place, values)
    rising = None if items and (items.distinct or items.permutes_from is not None) else _rising(place, values)
    return Domain(shape, under, _over(place, values), labels, rising=rising, items=items)


def _reader(tokens: Sequence[str]) -> Any:
    """How the tokens of a place are read: as integers, as decimal numbers, or as text."""
    if tokens and all(map(_WHOLE.fullmatch, tokens)):
        padded = sum(str(int(token)) != token for token in tokens)
        return int if padded <= _PADDED * len(tokens) else str
    if tokens and all(_WHOLE.fullmatch(token) or _DECIMAL.fullmatch(token) for token in tokens):
        return float
    return str


def _shared(place: _Place) -> set[int]:
    """Slots with a number wherever the place was seen."""
    scopes = [scope for _, scope, _ in place.values]
    return set.intersection(*(set(scope) for scope in scopes)) if scopes else set()


def _under(place: _Place, values: Sequence[int]) -> tuple[tuple[Count, ...], bool]:
    found: list[Count] = []
    labels = False
    for slot in sorted(_shared(place) - place.cases):
        gap = max(value - scope[slot] for value, (_, scope, _) in zip(values, place.values, strict=True))
        if gap <= 0 and min(values) >= 0:
            found.append(Count(slot, -1 if gap < 0 else 0))
            labels = labels or gap >= -1
    return tuple(found), labels


def _over(place: _Place, values: Sequence[int]) -> tuple[Count, ...]:
    found = []
    for slot in sorted(_shared(place) & place.siblings):
        gap = min(value - scope[slot] for value, (_, scope, _) in zip(values, place.values, strict=True))
        if gap >= 0:
            found.append(Count(slot, 1 if gap > 0 else 0))
    return tuple(found)


def _rising(place: _Place, values: Sequence[int]) -> int | None:
    if max((len(tokens) for tokens in place.lists), default=0) < _RISING or max(values) < 2:
        return None
    gaps = [value - at for value, (_, _, at) in zip(values, place.values, strict=True) if at is not None]
    return max(gaps) if len(gaps) == len(values) and min(values) >= -1 and -1 <= max(gaps) <= 1 else None


def _length(place: _Place) -> Count | None:
    """The number that is always the text's length."""
    lengths = [len(token) for token, _, _ in place.values]
    for slot in sorted(_shared(place) - place.cases):
        alike = all(length == scope[slot] for length, (_, scope, _) in zip(lengths, place.values, strict=True))
        if alike and (len(set(lengths)) > 1 or max(lengths) > 1):
            return Count(slot)
    return None


def bounded_domain(domain: Domain, shape: Shape, *, stated: bool) -> Domain:
    """The domain with another shape of its values."""
    items = replace(domain.items, item=shape) if domain.items else None
    return replace(domain, shape=shape, items=items, stated=stated)
