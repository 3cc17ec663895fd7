"""Comparing: what fits, what does not, and that no output however malformed is accepted or crashes us."""

import pytest

from efficoder import wire
from efficoder.errors import SandboxFault
from efficoder.judging.compare import compare
from efficoder.types import Comparison


def fits(expected: object, got: object, kind: str = "exact", **tolerance: float) -> bool:
    rule = Comparison(kind=kind, **tolerance)  # type: ignore[arg-type]
    return compare(wire.encode(expected), wire.encode(got).encode(), rule)


@pytest.mark.parametrize(
    ("expected", "got", "right"),
    [
        ([1, 2], [1, 2], True),
        ([1, 2], (1, 2), False),
        ((1, 2), (1, 2), True),
        (1, 1.0, True),
        (True, 1, True),
        ("1", 1, False),
        ({"a": [1]}, {"a": [1]}, True),
        ({1, 2}, {2, 1}, True),
        (float("nan"), float("nan"), True),
        (None, None, True),
        (None, 0, False),
        (1 << 9000, 1 << 9000, True),
    ],
)
def test_exact_is_pythons_equality_on_plain_data(expected: object, got: object, right: bool) -> None:
    assert fits(expected, got) is right


@pytest.mark.parametrize(
    ("expected", "got", "right"),
    [
        (0.3, 0.1 + 0.2, True),
        (1.0, 1.001, False),
        ([0.3, [0.5]], [0.1 + 0.2, [0.5]], True),
        ([0.3], (0.3,), False),
        ([0.3, 0.3], [0.3], False),
        ({"a": 0.3}, {"a": 0.1 + 0.2}, True),
        ({"a": 0.3}, {"b": 0.3}, False),
        (float("inf"), 1e308, False),
        (float("inf"), float("inf"), True),
        (float("nan"), 0.0, False),
        ("x", "x", True),
        (10**9, 10**9 + 1, False),
        ([2], [2.0], True),
        (0.3, 0, False),
        (0.0, 0, True),
        (2 + 1j, 2 + 1.0000001j, True),
    ],
)
def test_float_allows_a_tolerance_and_no_other_shape(expected: object, got: object, right: bool) -> None:
    assert fits(expected, got, "float", absolute=1e-6) is right


def test_unordered_counts_repetitions_and_set_does_not() -> None:
    assert fits([[1, 2], [3]], [[3], [1, 2]], "unordered")
    assert not fits([1, 1, 2], [1, 2, 2], "unordered")
    assert fits((1, 1, 2), [2, 1], "set")
    assert not fits([1, 2], [1, 3], "set")
    assert fits([{"a": 1}, {"b": 2}], [{"b": 2}, {"a": 1}], "unordered")
    assert not fits([1, 2], 3, "unordered")
    assert not fits([1], None, "set")


def test_not_none_asks_only_whether_there_is_something() -> None:
    assert fits(True, "match", "not_none")
    assert not fits(True, None, "not_none")
    assert fits(None, False, "not_none")
    assert not fits(True, False, "not_none")


def test_tokens_ignore_white_space_and_take_a_tolerance() -> None:
    def same(want: str, got: str, **tolerance: float) -> bool:
        return compare(want, got.encode(), Comparison(kind="tokens", **tolerance))

    assert same("1 2\n3\n", "1  2 3")
    assert not same("1 2", "1 2 3")
    assert not same("0.5", "0.50000001")
    assert same("0.5 x", "0.50000001 x", absolute=1e-6)
    assert not same("0.5 x", "0.50000001 y", absolute=1e-6)
    assert not compare("1", b"\xff\xfe", Comparison(kind="tokens"))
    many = "9" * 5000
    assert same(f"{many} 1", f"+0{many} 1", absolute=0.1)
    assert not same(f"{many} 1", f"-{many} 1", absolute=0.1)
    assert not same(f"{many} 1", f"{many}9 1", absolute=0.1)
    assert same("0", "-0", absolute=0.1)


@pytest.mark.parametrize("output", [b"", b"{", b"\xff", b'{"!set":[[1]]}', b"[" * 200_000, b'{"!int":"0x1g"}'])
@pytest.mark.parametrize("kind", ["exact", "float", "unordered", "set"])
def test_malformed_output_never_fits(output: bytes, kind: str) -> None:
    assert compare("[1]", output, Comparison(kind=kind)) is False  # type: ignore[arg-type]


@pytest.mark.parametrize("output", [b"5", b"x", b"1\n2", b""])
def test_a_text_that_is_no_data_fits_only_itself(output: bytes) -> None:
    assert compare("1\n2\n", b"1\n2\n", Comparison())
    assert not compare("1\n2\n", output, Comparison())


def test_a_check_without_expected_value_is_our_fault() -> None:
    with pytest.raises(SandboxFault):
        compare(None, b"1", Comparison())


@pytest.mark.parametrize("kind", ["unordered", "set"])
def test_items_made_to_collide_cost_no_more_than_others(kind: str) -> None:
    """As items of a list they are hashed only by the comparison."""
    want = [k * (2**61 - 1) for k in range(1, 60_001)]
    have = [*want[1:], 7]
    assert not compare(wire.encode(want), wire.encode(have).encode(), Comparison(kind=kind))  # type: ignore[arg-type]
    assert compare(wire.encode(want), wire.encode(want[::-1]).encode(), Comparison(kind=kind))  # type: ignore[arg-type]


def test_items_are_equal_as_python_has_it() -> None:
    for want, have in (
        ([1, [2, 3]], [[2.0, True + 2], True]),
        ([{1: "a"}, {2}], [frozenset({2.0}), {True: "a"}]),
        ([(1, 2), "1"], ["1", (1, 2)]),
        ([2**70, 0.5], [0.5, float(2**70)]),
    ):
        assert fits(want, have, "unordered")
    for want, have in (([1, "1"], [1, 1]), ([(1, 2)], [[1, 2]]), ([b"a"], ["a"]), ([None, 0], [0, 0]), ([0.5], [0])):
        assert not fits(want, have, "unordered")
