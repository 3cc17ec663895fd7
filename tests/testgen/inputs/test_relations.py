"""What holds between arguments is found, and new inputs hold it."""

import random
from typing import Any

import pytest

from efficoder.testgen.inputs.mutate import grown
from efficoder.testgen.inputs.relations import Below, CountOf, EquallyLong, Member, Ordered, WithinLength, relations
from efficoder.testgen.inputs.shapes import infer
from efficoder.testgen.loads.growth import growths
from efficoder.wire import decode

CASES: list[tuple[Any, list[list[Any]]]] = [
    (CountOf(1, 0), [[[1, 2, 3], 3], [[4, 4], 2], [[9], 1]]),
    (EquallyLong(0, 1), [[[1, 2, 3], [3, 3, 3]], [[4, 4], [2, 2]], [[9], [1]]]),
    (WithinLength(1, 0, 1, 0), [[[1, 2, 3], 3], [[4, 4, 8, 8], 2], [[9, 9], 1]]),
    (Ordered(0, 1), [[1, 5], [2, 2], [3, 100], [7, 8]]),
    (Member(1, 0), [[[1, 20, 3], 20], [[40, 4], 40], [[9, 7], 7]]),
    (Below(1, 0, 0, 0), [[3, [[0, 1], [1, 2]]], [5, [[0, 4], [2, 2]]], [2, [[1, 0]]]]),
]


@pytest.mark.parametrize(("relation", "known"), CASES, ids=[type(case[0]).__name__ for case in CASES])
def test_a_relation_is_found_and_kept(relation: Any, known: list[list[Any]]) -> None:
    found = relations(known)
    assert relation in found
    shapes = [infer(list(column), widen=True) for column in zip(*known, strict=True)]
    made = grown(known, shapes, found, 20, 0)
    assert made
    assert all(relation.holds(arguments) for arguments in made)
    for growth in growths(known, shapes, found):
        text = growth.write(100, 0)
        assert text is not None
        large = decode(text)
        assert isinstance(large, list)
        assert relation.holds(large) or not large[0]


def test_chance_is_not_taken_for_a_relation() -> None:
    assert relations([[[1, 2], 7, "a"], [[], -3, "bb"], [[9] * 5, 2, ""]]) == []


def test_repair_changes_nothing_that_holds() -> None:
    rng = random.Random(0)
    for relation, known in CASES:
        for arguments in known:
            assert relation.repair(list(arguments), rng) == arguments


def test_a_repaired_argument_keeps_its_type() -> None:
    """A tree's levels hold None for gaps; an argument taken from them is compared as a number elsewhere."""
    known = [[[1, 2, 3, None, 4], 4, 3], [[1, 2, 3, None, 4, None, 5], 5, 4], [[1, 2, 3, 4], 4, 3]]
    found = relations(known)
    rng = random.Random(0)
    for _ in range(200):
        arguments: list[Any] = [[None] * 6 + [rng.randrange(9)], 99, 98]
        for relation in (*found, *found):
            arguments = relation.repair(arguments, rng)
        assert [type(argument) for argument in arguments] == [list, int, int]
