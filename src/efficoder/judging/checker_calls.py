"""The calls that a checker gets: what is asked about an output, and how many calls one child takes."""

from collections.abc import Iterable, Iterator

from efficoder import wire
from efficoder.types import TestCase

_TOGETHER_TEXT = 4 << 20


def portions(texts: Iterable[str | None]) -> Iterator[list[str | None]]:
    """Calls for one child each: as many as have _TOGETHER_TEXT characters, and one at least."""
    portion, length = list[str | None](), 0
    for asked in texts:
        length += len(asked or "")
        if portion and length > _TOGETHER_TEXT:
            yield portion
            portion, length = [], len(asked or "")
        portion.append(asked)
    if portion:
        yield portion


def checker_call(case: TestCase, output: bytes, *, text: bool) -> str | None:
    """A checker's call; None for output that is no data. ``text``: input, output and expected value are the program's
    texts, not values in wire text."""
    arguments: list[object]
    try:
        if text:
            arguments = [case.input, output.decode(), case.expected]
        else:
            arguments = [wire.decode(case.input), wire.decode(output), wire.decode(case.expected or "null")]
        return wire.for_reader(wire.encode(arguments))
    except (ValueError, RecursionError):  # no data, or nested so deeply that it cannot be handed on
        return None
