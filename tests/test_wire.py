"""The wire format keeps every plain type and refuses everything else."""

import itertools
import json
import math
from array import array
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efficoder import wire_text
from efficoder.wire import NotPlain, decode, encode

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
hashable = st.recursive(scalars, lambda inner: st.tuples(inner, inner) | st.frozensets(inner), max_leaves=5)
plain = st.recursive(
    scalars | st.complex_numbers(allow_nan=False),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(hashable, inner) | st.sets(hashable),
    max_leaves=12,
)


def exactly(value: object) -> object:
    """The value with its types spelled out: 1, 1.0 and True differ."""
    if isinstance(value, (list, tuple)):
        return type(value), [exactly(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return type(value), sorted(repr(exactly(item)) for item in value)
    if isinstance(value, dict):
        return dict, [(exactly(key), exactly(item)) for key, item in value.items()]
    return type(value), repr(value)


@given(plain)
def test_a_round_trip_keeps_value_and_type(value: object) -> None:
    assert exactly(decode(encode(value))) == exactly(value)


@given(plain)
def test_text_written_sooner_is_the_same(value: object) -> None:
    assert wire_text.encode(value) == encode(value)


@pytest.mark.parametrize(
    "value",
    [
        *(chr(code) for code in range(256)),
        "\ud800",
        "\U0001f600",
        "3.5",
        "1e5",
        [1e16, 1e-7, 1.0, -0.0],
        [1e22],
        2**63,
        2**64,
        -(2**63) - 1,
        10**400,
        {"!tuple": 1.5},
        [True, None, "e", 7],
    ],
)
def test_each_spelling_written_sooner_is_the_same(value: object) -> None:
    assert wire_text.encode([value]) == encode([value])


def test_numbers_json_cannot_hold() -> None:
    for value in (math.inf, -math.inf, 1 << 20_000, -(1 << 20_000), [1 << 5000, 2], [0.5, math.inf]):
        assert decode(encode(value)) == value


def test_nan_survives() -> None:
    assert math.isnan(decode(encode(math.nan)))  # type: ignore[arg-type]


class Always(int):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


@pytest.mark.parametrize("value", [Always(1), object(), [Always(1)], {"k": object()}, type, len])
def test_what_is_not_plain_is_refused(value: object) -> None:
    with pytest.raises(NotPlain):
        encode(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"!set":[[1]]}',
        '{"!dict":[[1]]}',
        '{"!x":1}',
        '{"a":1,"b":2}',
        '{"!int":"zz"}',
        '{"!tuple":3}',
        "[" * 100_000,
    ],
)
def test_malformed_wire_text_is_a_value_error_whatever_it_is(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        decode(text)


def test_the_standard_dicts_come_back_as_plain_ones() -> None:
    for value in (Counter("abba"), defaultdict(list, {1: [2]}), OrderedDict(b=1, a=2)):
        assert exactly(decode(encode(value))) == exactly(dict(value))
    assert exactly(decode(encode(type("Mine", (dict,), {})(a=1)))) == exactly({"a": 1})


class Point(NamedTuple):
    x: int
    y: int


class Level(IntEnum):
    LOW = 1


RESULTS = {
    "deque": (deque([1, 2]), deque([1, 2]), [1, 2]),
    "range": (range(3), range(0, 3, 1), [0, 1, 2]),
    "array": (array("i", [1]), array("i", [1]), [1]),
    "decimal": (Decimal("1.50"), 1.5, "1.5"),
    "fraction": (Fraction(1, 2), 0.5, "1/2"),
    "named tuple": (Point(1, 2), (1, 2), [1, 2]),
    "enumeration": (Level.LOW, 1, "LOW"),
    "keys": ({1: 2}.keys(), {1}, [1]),
    "items": ({1: 2}.items(), {(1, 2)}, [(1, 2)]),
    "counter": (Counter("a"), {"a": 1}, [("a", 1)]),
    "bytearray": (bytearray(b"a"), b"a", "a"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_results_of_the_standard_library_equal_what_they_equal_in_python(name: str) -> None:
    value, same, other = RESULTS[name]
    assert value == same != other  # what Python says
    assert decode(encode(value)) == same
    assert decode(encode(value)) != other
    assert decode(encode([value])) == [same]


LAZY = {
    "generator": lambda: (x for x in (1, 2)),
    "map": lambda: map(int, "12"),
    "filter": lambda: filter(None, (1, 0, 2)),
    "chain": lambda: itertools.chain([1], [2]),
    "values": lambda: {"a": 1, "b": 2}.values(),
    "iterator": lambda: iter([1, 2]),
}


@pytest.mark.parametrize("name", LAZY)
def test_an_iterator_has_its_items_and_equals_no_list(name: str) -> None:
    got = decode(encode(LAZY[name]()))
    assert got != [1, 2]
    assert list(got) == [1, 2]  # type: ignore[call-overload]


class Says(list[int]):
    def __iter__(self) -> Iterator[int]:
        return iter([7])

    def __getitem__(self, _: object) -> int:  # type: ignore[override]
        return 7


def test_a_subclass_is_what_it_holds_whatever_its_methods_say() -> None:
    assert decode(encode(Says([1, 2]))) == [1, 2]


@pytest.mark.parametrize(
    "text",
    [
        '{"!decimal":"sNaN"}',
        '{"!decimal":"' + "9" * 20_000 + '"}',
        '{"!fraction":[1,0]}',
        '{"!fraction":[1,{"!int":"0x' + "f" * 5000 + '"}]}',
        '{"!range":[1,2,0]}',
        '{"!array":["u",[1]]}',
        '{"!deque":1}',
        '{"!decimal":1}',
        '{"!fraction":["a"]}',
    ],
)
def test_rich_results_that_cannot_be_are_malformed(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        decode(text)


@pytest.mark.parametrize("tag", ["!set", "!frozenset", "!dict"])
def test_a_set_made_to_collide_is_refused_at_once(tag: str) -> None:
    """A megabyte of it took ten seconds of this process, and time grows with its square."""
    items = [k * (2**61 - 1) for k in range(40_000)]
    body = [[item, 0] for item in items] if tag == "!dict" else items
    with pytest.raises(ValueError, match="one hash"):
        decode(json.dumps({tag: body}))


def test_honest_sets_of_any_kind_are_no_collision() -> None:
    values = [set(range(-50_000, 50_000)), {f"w{i}" for i in range(10_000)}, {(i, -i) for i in range(10_000)}]
    values += [{i / 7 for i in range(10_000)}, {2**k for k in range(2000)}]
    for value in values:
        assert decode(encode(value)) == value
