"""Small changes of known inputs that keep all that the known inputs have in common."""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import count as count_from
from typing import Any

from efficoder import wire
from efficoder.testgen.inputs.fresh import fresh, many, sorted_safely
from efficoder.testgen.inputs.relations import Relation
from efficoder.testgen.inputs.shapes import Either, Fixed, Floats, Ints, Many, Shape, Table, Texts, conforms

_ATTEMPTS = 20  # changes tried for one wanted input before giving it up
_NEAR = 500  # inputs asked for at a time


def grown(
    known: Sequence[list[Any]], shapes: Sequence[Shape], relations: Sequence[Relation], count: int, seed: int
) -> list[list[Any]]:
    """Up to ``count`` new argument lists, different from the known and from each other.

    Each conforms to the shape of its arguments and to every relation between them.
    """
    met = set(map(wire.encode, known))
    return [wire.decode(text) for text in _new(known, shapes, relations, count, seed, met)]  # type: ignore[misc]


def neighbours(
    known: Sequence[list[Any]], shapes: Sequence[Shape], relations: Sequence[Relation], seed: int
) -> Iterator[str]:
    """The same as wire text, one at a time. It ends when fewer than half of a round are new."""
    met = set(map(wire.encode, known))
    for number in count_from(seed) if known else ():
        before = len(met)
        yield from _new(known, shapes, relations, _NEAR, number, met)
        if len(met) - before < _NEAR // 2:
            return


def _new(
    known: Sequence[list[Any]],
    shapes: Sequence[Shape],
    relations: Sequence[Relation],
    count: int,
    seed: int,
    met: set[str],
) -> Iterator[str]:
    """New inputs as wire text. Each is added to ``met``, which holds those to avoid."""
    rng = random.Random(seed)
    wanted = len(met) + count
    for _ in range(count * _ATTEMPTS):
        if len(met) == wanted:
            return
        arguments = _changed(known, shapes, rng)
        for relation in relations:
            arguments = relation.repair(arguments, rng)
        if not all(conforms(shape, value) for shape, value in zip(shapes, arguments, strict=True)):
            continue
        text = wire.encode(arguments)
        if text not in met and all(relation.holds(arguments) for relation in relations):
            met.add(text)
            yield text


def _changed(known: Sequence[list[Any]], shapes: Sequence[Shape], rng: random.Random) -> list[Any]:
    arguments = list(rng.choice(known))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        position = rng.randrange(len(arguments)) if arguments else -1
        if position >= 0:
            arguments[position] = change(shapes[position], arguments[position], rng)
    return arguments


def change(shape: Shape, value: Any, rng: random.Random) -> Any:
    """A value near ``value``: usually one edit away, sometimes a fresh one. It may still break an invariant."""
    if rng.random() < 0.2 or not _alike(shape, value):
        return fresh(shape, rng)
    match shape:
        case Ints(low=low, high=high):
            nearby = (value - 1, value + 1, value * 2, value // 2, -value, low, high)
            return rng.choice([n for n in nearby if low <= n <= high] or [value])
        case Floats(low=low, high=high, decimals=decimals):
            step = 10.0**-decimals
            close = (value + step, value - step, value * 2, value / 2, -value, round(value, 0))
            return rng.choice([round(n, decimals) for n in close if low <= n <= high] or [value])
        case Texts(form="free" | "words" | "mirror" | "brackets"):
            return _changed_text(shape, value, rng)
        case Many():
            return many(shape, _changed_items(shape, list(value), rng), rng)
        case Fixed(kind=kind, fields=fields):
            position = rng.randrange(len(fields))
            parts = list(value)
            parts[position] = change(fields[position], parts[position], rng)
            return kind(parts)
        case Table():
            return _changed_table(shape, dict(value), rng)
        case Either(options=options):
            option = next((option for option in options if conforms(option, value)), options[0])
            return change(option, value, rng) if conforms(option, value) else fresh(option, rng)
        case _:
            return fresh(shape, rng)


def _alike(shape: Shape, value: Any) -> bool:
    """Whether it has the type, and a record the length, that the shape's edits expect. An earlier edit may have broken
    that."""
    match shape:
        case Ints():
            return type(value) is int
        case Floats():
            return type(value) is float
        case Texts():
            return type(value) is str
        case Many(kind=kind):
            return type(value) is kind
        case Fixed(kind=kind, fields=fields):
            return isinstance(value, list | tuple) and type(value) is kind and len(value) == len(fields)
        case Table():
            return type(value) is dict
        case _:
            return True


def _changed_text(shape: Texts, text: str, rng: random.Random) -> str:
    other = rng.choice(shape.seen)
    at, to = sorted((rng.randint(0, len(text)), rng.randint(0, len(text))))
    cut = rng.randint(0, len(other))
    edits: tuple[Callable[[], str], ...] = (
        lambda: text[:at] + text[at + 1 :],
        lambda: text[:at] + rng.choice(shape.alphabet or " ") + text[at:],
        lambda: text[:at] + rng.choice(shape.alphabet or " ") + text[at + 1 :],
        lambda: text[:at] + text[at:to] * 2 + text[to:],
        lambda: text[:at] + text[at:to][::-1] + text[to:],
        lambda: text[:at] + text[to:],
        lambda: text[:at] + other[cut:],
        lambda: text + other,
        lambda: text[::-1],
        lambda: text.swapcase(),
        lambda: text + text[::-1],
        lambda: _shuffled_words(text, rng),
        lambda: text[:1] * len(text),
    )
    changed = rng.choice(edits)()
    return changed + changed[::-1] if shape.form == "mirror" and changed != changed[::-1] else changed


def _shuffled_words(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    rng.shuffle(words)
    return " ".join(words)


def _changed_items(shape: Many, items: list[Any], rng: random.Random) -> list[Any]:
    if not items:
        return [fresh(shape.item, rng)]
    at = rng.randrange(len(items))
    other = list(rng.choice(shape.seen))
    edits: tuple[Callable[[], list[Any]], ...] = (
        lambda: items[:at] + items[at + 1 :],
        lambda: [*items[:at], items[at], *items[at:]],
        lambda: [*items[:at], fresh(shape.item, rng), *items[at:]],
        lambda: [*items[:at], fresh(shape.item, rng), *items[at + 1 :]],
        lambda: [*items[:at], change(shape.item, items[at], rng), *items[at + 1 :]],
        lambda: [*items[:at], change(shape.item, items[at], rng), *items[at + 1 :]],
        lambda: [*items, change(shape.item, items[at], rng)],
        lambda: rng.sample(items, len(items)),
        lambda: sorted_safely(items),
        lambda: items[::-1],
        lambda: items[:at] + other[: rng.randint(0, len(other))],
        lambda: items[:at],
        lambda: [items[at]] * len(items),
        lambda: items + items,
        lambda: items + items[::-1],
        list,
    )
    return rng.choice(edits)()


def _changed_table(shape: Table, table: dict[Any, Any], rng: random.Random) -> dict[Any, Any]:
    if not table or rng.random() < 0.3:
        return table | {fresh(shape.key, rng): fresh(shape.item, rng)}
    key = rng.choice(list(table))
    if rng.random() < 0.3:
        return {other: item for other, item in table.items() if other != key}
    return table | {key: change(shape.item, table[key], rng)}
