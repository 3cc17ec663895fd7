"""What holds between the arguments in every known input: one is the length of another, an index inside a list, lists of
equal length, an ordered pair. New inputs are repaired so that it holds in them too."""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class Relation(Protocol):
    def holds(self, arguments: Sequence[Any]) -> bool: ...

    def repair(self, arguments: list[Any], rng: random.Random, /) -> list[Any]:
        """The arguments with the fewest changed so that the relation is likely to hold; the same list where it does."""
        ...


@dataclass(frozen=True, slots=True)
class CountOf:
    """Argument ``count`` is the length of argument ``of``."""

    count: int
    of: int

    def holds(self, arguments: Sequence[Any]) -> bool:
        return bool(arguments[self.count] == len(arguments[self.of]))

    def repair(self, arguments: list[Any], _rng: random.Random, /) -> list[Any]:
        return arguments if self.holds(arguments) else _replaced(arguments, self.count, len(arguments[self.of]))


@dataclass(frozen=True, slots=True)
class WithinLength:
    """Integer argument ``index`` is at least ``low`` and at most the length of ``of`` plus ``over``."""

    index: int
    of: int
    low: int
    over: int

    def holds(self, arguments: Sequence[Any]) -> bool:
        return bool(self.low <= arguments[self.index] <= len(arguments[self.of]) + self.over)

    def repair(self, arguments: list[Any], rng: random.Random, /) -> list[Any]:
        top = len(arguments[self.of]) + self.over
        if self.holds(arguments) or top < self.low:
            return arguments
        return _replaced(arguments, self.index, rng.randint(self.low, top))


@dataclass(frozen=True, slots=True)
class EquallyLong:
    """Arguments ``first`` and ``second`` have one length."""

    first: int
    second: int

    def holds(self, arguments: Sequence[Any]) -> bool:
        return len(arguments[self.first]) == len(arguments[self.second])

    def repair(self, arguments: list[Any], _rng: random.Random, /) -> list[Any]:
        if self.holds(arguments):
            return arguments
        shared = min(len(arguments[self.first]), len(arguments[self.second]))
        cut = _replaced(arguments, self.first, arguments[self.first][:shared])
        return _replaced(cut, self.second, arguments[self.second][:shared])


@dataclass(frozen=True, slots=True)
class Ordered:
    """Number ``small`` is not above number ``large``."""

    small: int
    large: int

    def holds(self, arguments: Sequence[Any]) -> bool:
        return bool(arguments[self.small] <= arguments[self.large])

    def repair(self, arguments: list[Any], _rng: random.Random, /) -> list[Any]:
        if self.holds(arguments):
            return arguments
        low, high = arguments[self.large], arguments[self.small]
        return _replaced(_replaced(arguments, self.small, low), self.large, high)


@dataclass(frozen=True, slots=True)
class Below:
    """Every integer in ``inside`` is at least ``low`` and under ``limit``: a number, or the length of a list."""

    inside: int
    limit: int
    low: int
    over: int

    def holds(self, arguments: Sequence[Any]) -> bool:
        top = _size(arguments[self.limit]) + self.over
        return all(self.low <= number < top for number in _numbers(arguments[self.inside]))

    def repair(self, arguments: list[Any], _rng: random.Random, /) -> list[Any]:
        top = _size(arguments[self.limit]) + self.over
        if top <= self.low or self.holds(arguments):
            return arguments
        return _replaced(arguments, self.inside, _folded(arguments[self.inside], self.low, top))


@dataclass(frozen=True, slots=True)
class Member:
    """Argument ``item`` is always among the items of argument ``of``."""

    item: int
    of: int

    def holds(self, arguments: Sequence[Any]) -> bool:
        return arguments[self.item] in arguments[self.of]

    def repair(self, arguments: list[Any], rng: random.Random, /) -> list[Any]:
        if self.holds(arguments):
            return arguments
        # Of the argument's own type: a tree's levels hold None for gaps, and no other relation expects one.
        alike = [item for item in arguments[self.of] if type(item) is type(arguments[self.item])]
        return _replaced(arguments, self.item, rng.choice(alike)) if alike else arguments


def relations(known: Sequence[Sequence[Any]]) -> list[Relation]:
    """The relations that hold in all known inputs. With one input some hold by chance; they only narrow what is
    made."""
    arity = len(known[0])
    kinds = [_kind([arguments[position] for arguments in known]) for position in range(arity)]
    found: list[Relation] = []
    for one, two in itertools.permutations(range(arity), 2):
        found += _between(known, (one, kinds[one]), (two, kinds[two]))
    counted = {relation.count for relation in found if isinstance(relation, CountOf)}
    return [relation for relation in found if not _implied(relation, counted)]


def _between(known: Sequence[Sequence[Any]], first: tuple[int, str], second: tuple[int, str]) -> Iterator[Relation]:
    (one, kind), (two, other) = first, second
    numbers = [arguments[one] for arguments in known]
    tries: list[Relation] = []
    if kind == "int" and other == "sized":
        tries.append(CountOf(one, two))
        if not all(CountOf(one, two).holds(arguments) for arguments in known):
            low, gaps = min(numbers), [arguments[one] - len(arguments[two]) for arguments in known]
            if low >= 0 and max(gaps) <= 0 and (len(known) > 1 or low > 0):
                tries.append(WithinLength(one, two, min(low, 1), max(-1, max(gaps))))
    elif kind == other == "sized" and one < two:
        tries.append(EquallyLong(one, two))
    elif kind == other == "int" and len(set(map(str, known))) > 1:
        tries.append(Ordered(one, two))
    if kind == "sized" and (other == "int" or other == "sized") and _has_numbers(known, one):
        # Items that stay under a number or a length in every input look like indices or labels of it.
        low = min((n for arguments in known for n in _numbers(arguments[one])), default=-1)
        tops = [max(_numbers(a[one]), default=0) - _size(a[two]) for a in known]
        if low >= 0 and max(tops) <= 0 and (len(known) >= 3 or other == "int"):
            tries.append(Below(one, two, min(low, 1), 1 if max(tops) == 0 else 0))
    if other == "sized" and kind != "sized" and len(known) >= 3:
        tries.append(Member(one, two))
    for relation in tries:
        if all(_holds(relation, arguments) for arguments in known):
            yield relation


def _holds(relation: Relation, arguments: Sequence[Any]) -> bool:
    try:
        return relation.holds(arguments)
    except TypeError:
        return False


def _implied(relation: Relation, counted: set[int]) -> bool:
    """Whether another relation decides it already: the length of a list fixes a count."""
    return (isinstance(relation, WithinLength) and relation.index in counted) or (
        isinstance(relation, Member) and relation.item in counted
    )


def _kind(values: Sequence[Any]) -> str:
    if all(type(value) is int for value in values):
        return "int"
    if all(isinstance(value, (list, tuple, str)) for value in values):
        return "sized"
    return "sized-other" if all(isinstance(value, (dict, set, frozenset)) for value in values) else "other"


def _has_numbers(known: Sequence[Sequence[Any]], position: int) -> bool:
    return any(True for arguments in known for _ in _numbers(arguments[position]))


def _numbers(value: Any) -> Iterator[int]:
    if type(value) is int:
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _numbers(item)


def _folded(value: Any, low: int, top: int) -> Any:
    """The integers in ``value`` brought into the range. Integers of one list that were sorted or different stay so: a
    pair of a left and a right end, places to visit."""
    if type(value) is int:
        return low + (value - low) % (top - low)
    if not isinstance(value, (list, tuple)):
        return value
    folded = [_folded(item, low, top) for item in value]
    if len(value) < 2 or any(type(item) is not int for item in value):
        return type(value)(folded)
    if len(set(value)) == len(value):
        folded = _different(folded, low, top)
    steps = {(one < two) - (one > two) for one, two in itertools.pairwise(value)} - {0}
    return type(value)(sorted(folded, reverse=steps == {-1}) if len(steps) == 1 else folded)


def _different(numbers: list[int], low: int, top: int) -> list[int]:
    """Each number that is there already is replaced by an unused one of the range, while there are such."""
    taken, met = set(numbers), set[int]()
    unused = (number for number in range(low, top) if number not in taken)
    out: list[int] = []
    for number in numbers:
        out.append(next(unused, number) if number in met else number)
        met.add(number)
    return out


def _size(value: Any) -> int:
    return value if type(value) is int else len(value)


def _replaced(arguments: list[Any], position: int, value: Any) -> list[Any]:
    return [*arguments[:position], value, *arguments[position + 1 :]]
