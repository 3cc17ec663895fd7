"""A task's tests as a dataset carries them for an execution reward: all checks, and loads and guards cut short.

The reward makes its own loads near these, as many as the reference needs to be timed. A load therefore has only to be
long enough to show an order of growth, and like the known inputs, to be in the task's domain. Expected values that the
reference can give again are left out.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from efficoder import wire
from efficoder.testgen.inputs.relations import Relation, relations
from efficoder.testgen.inputs.shapes import Shape, conforms, infer_arguments
from efficoder.types import Function, Task, TaskTests, TestCase

LOAD_TEXT = 1 << 16
"""The most characters of a load's input. A load that no cut leaves like the known inputs stays whole."""
ANSWER_TEXT = 1 << 10
"""The most characters of an expected value that is kept. The reference gives a longer one again."""
_TRIES = 4
_LONG = 8  # an argument with less than an eighth of the text is not what makes it long


def for_reward(task: Task, tests: TaskTests) -> TaskTests:
    """``tests`` with loads of at most LOAD_TEXT characters where they can be cut, and no long expected values. What is
    not timed and cannot be cut is left out."""
    timed = len(tests.loads)
    loads = list(_shortened(task, tests))
    return msgspec.structs.replace(
        tests,
        checks=tuple(map(_left_to_the_reference, tests.checks)),
        loads=tuple(map(_left_to_the_reference, loads[:timed])),
        untimed=tuple(_left_to_the_reference(case) for case in loads[timed:] if len(case.input) <= LOAD_TEXT),
        ladder=tuple(_left_to_the_reference(case) for case in tests.ladder if len(case.input) <= LOAD_TEXT),
    )


def _left_to_the_reference(case: TestCase) -> TestCase:
    long = case.expected is not None and len(case.expected) > ANSWER_TEXT
    return msgspec.structs.replace(case, expected=None) if long else case


def _shortened(task: Task, tests: TaskTests) -> Iterator[TestCase]:
    interface, loads = task.interface, (*tests.loads, *tests.untimed)
    if not isinstance(interface, Function) or all(len(load.input) <= LOAD_TEXT for load in loads):
        yield from loads
        return
    decoded = [wire.decode(case.input) for case in (*tests.checks, *loads)]
    known = [arguments for arguments in decoded if isinstance(arguments, list)]
    alike = len({len(arguments) for arguments in known}) == 1
    shapes = infer_arguments(known, interface.parameters, widen=False) if alike else []
    links = relations(known) if alike else []
    for load in loads:
        text = load.input if len(load.input) <= LOAD_TEXT else _cut(wire.decode(load.input), shapes, links)
        yield load if text in (None, load.input) else msgspec.structs.replace(load, input=text, expected=None)


def _cut(plain: Any, shapes: Sequence[Shape], links: Sequence[Relation]) -> str | None:
    """A shorter load: the first calls of many, or one call with the first items of its long arguments. The result has
    all that the known inputs have in common. None where no cut has."""
    if isinstance(plain, tuple):
        return _first_calls([wire.encode(arguments) for arguments in plain])
    rng = random.Random(0)  # only repairs draw from it: the same load is cut the same way every time
    text = wire.encode(plain)
    for _ in range(_TRIES):
        ways = ((wire.encode(made), made) for made in _shorter(plain, links, rng))
        found = next((way for way in ways if len(way[0]) < len(text) and _belongs(way[1], shapes, links)), None)
        if found is None:
            return None
        text, plain = found
        if len(text) <= LOAD_TEXT:
            return text
    return None


def _first_calls(calls: Sequence[str]) -> str:
    kept = len(calls)
    while kept > 1 and sum(map(len, calls[:kept])) > LOAD_TEXT:
        kept //= 2
    return wire.batch(calls[:kept])


def _belongs(arguments: Sequence[Any], shapes: Sequence[Shape], links: Sequence[Relation]) -> bool:
    fits = all(conforms(shape, value) for shape, value in zip(shapes, arguments, strict=True))
    return bool(shapes) and fits and all(link.holds(arguments) for link in links)


def _shorter(plain: list[Any], links: Sequence[Relation], rng: random.Random) -> Iterator[list[Any]]:
    """Three cuts: fewer items, shorter items, or some of both."""
    lengths = [len(wire.encode(value)) for value in plain]
    share = 0.9 * LOAD_TEXT / sum(lengths)  # a little under the limit, since items differ in length
    ways: tuple[Callable[[Any], Any], ...] = (
        lambda value: _first(value, share),
        lambda value: _each(value, lambda item: _first(item, share)),
        lambda value: _each(_first(value, share**0.5), lambda item: _first(item, share**0.5)),
    )
    for way in ways:
        long = [length > sum(lengths) / _LONG for length in lengths]
        made = [way(value) if cut else value for value, cut in zip(plain, long, strict=True)]
        for link in links:
            made = link.repair(made, rng)
        yield made


def _first(value: Any, share: float) -> Any:
    if not isinstance(value, str | list | tuple | dict | set | frozenset):
        return value
    size = max(1, int(share * len(value)))
    if isinstance(value, dict):
        return dict(list(value.items())[:size])
    if isinstance(value, set | frozenset):
        return type(value)(sorted(value, key=wire.written)[:size])
    cut = value[:size]
    words = cut.rpartition(" ")[0] if isinstance(cut, str) else ""
    return words if 2 * len(words) > size else cut  # a text of words ends with a whole one


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return {key: change(item) for key, item in value.items()}
    return type(value)(map(change, value)) if isinstance(value, list | tuple) else value
