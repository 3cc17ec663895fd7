"""The wire format keeps every plain type and refuses everything else."""

import json
import math
from collections import Counter, OrderedDict, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize("value", [Always(1), (x for x in ()), object(), [Always(1)], {"k": range(3)}, type, len])
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
    with pytest.raises(NotPlain):
        encode(type("Mine", (dict,), {})())


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
