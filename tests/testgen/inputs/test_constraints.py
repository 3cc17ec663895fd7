"""Bounds of statements, as the sets write them."""

from typing import Any

import pytest

from efficoder.testgen.inputs.constraints import Bound, bounded, bounds
from efficoder.testgen.inputs.shapes import Ints, Many, infer


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("1 <= n <= 10^5", Bound("n", 0, False, 1, 100_000)),
        ("1 <= n <= 10**5", Bound("n", 0, False, 1, 100_000)),
        ("1 ≤ n ≤ 2*10^5", Bound("n", 0, False, 1, 200_000)),
        ("$1 \\le n \\le 2 \\times 10^5$", Bound("n", 0, False, 1, 200_000)),
        ("`1 <= n <= 1e5`", Bound("n", 0, False, 1, 100_000)),
        ("1 <= n <= 105", Bound("n", 0, False, 1, 100_000)),
        ("1 <= n <= 100", Bound("n", 0, False, 1, 100)),
        ("0 < n < 100", Bound("n", 0, False, 1, 99)),
        ("n > 0", Bound("n", 0, False, 1, None)),
        ("100 >= n > 0", Bound("n", 0, False, 1, 100)),
        ("100 > n >= 1", Bound("n", 0, False, 1, 99)),
        ("-109 <= x <= 109", Bound("x", 0, False, -(10**9), 10**9)),
        ("-231 <= x <= 231 - 1", Bound("x", 0, False, -(2**31), 2**31 - 1)),
        ("Restrictions: 1 <= num <= 1000", Bound("num", 0, False, 1, 1000)),
        ("1 <= nums.length <= 5 * 104", Bound("nums", 0, True, 1, 50_000)),
        ("1 <= len(arr) <= 100,", Bound("arr", 0, True, 1, 100)),
        ("0 <= nums[i] <= 1,000", Bound("nums", 1, False, 0, 1000)),
        ("-100 <= board[i][j] <= 100", Bound("board", 2, False, -100, 100)),
        ("1 <= n == nums.length <= 2000", Bound("nums", 0, True, 1, 2000)),
        ("n == a.length\n3 <= n <= 105", Bound("a", 0, True, 3, 100_000)),
        ("1 <= a[i], b[i] <= 50", Bound("b", 1, False, 1, 50)),
        ("(0 <= a < b <= 100000, n <= 2000)", Bound("a", 0, False, 0, 99_999)),
        ("(0 <= a < b <= 100000, n <= 2000)", Bound("n", 0, False, None, 2000)),
        ("1 <= x1, x2 <= 50", Bound("x1", 0, False, 1, 50)),
        ("1 <= n <= 10^5, and k < 3", Bound("n", 0, False, 1, 100_000)),
        ("1 <= n <= 1e999999", Bound("n", 0, False, 1, 10**18)),
        pytest.param("1 <= n <= 10^" + "9" * 9000, Bound("n", 0, False, 1, 10**18), id="a power of 9,000 digits"),
        pytest.param("1 <= n <= " + "9" * 9000, Bound("n", 0, False, 1, 10**18), id="9,000 digits"),
    ],
)
def test_bounds_are_read(statement: str, expected: Bound) -> None:
    assert expected in bounds(statement)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("Knowing that (a) is less then 100. \nExample:\nf(30)", Bound("a", 0, False, None, 99)),
        ("The value `n` will be at most 10^5.", Bound("n", 0, False, None, 100_000)),
        ("n is a positive integer less than or equal to 50.", Bound("n", 0, False, None, 50)),
        ("The list is given, and k does not exceed 12.", Bound("k", 0, False, None, 12)),
        ("k is between 1 and 9 (inclusive).", Bound("k", 0, False, 1, 9)),
        ("It is known that m is not less than 2,\nand m is not greater than 40.", Bound("m", 0, False, 2, None)),
        ("It is known that m is not less than 2,\nand m is not greater than 40.", Bound("m", 0, False, None, 40)),
        ("The length of the string s is at most 20.", Bound("s", 0, True, None, 20)),
        ("The size of nums must be at least 1.", Bound("nums", 0, True, 1, None)),
        ("x should be above 0.", Bound("x", 0, False, 1, None)),
    ],
)
def test_bounds_in_prose_are_read(statement: str, expected: Bound) -> None:
    assert expected in bounds(statement)


@pytest.mark.parametrize(
    ("statement", "known", "name", "cap"),
    [
        ("The integers of the list, each once. At most 5000 items.", [[1, 2], []], "numbers", 5000),
        ("Both have at most 20000 items.", [[1, 2]], "a", 20000),
        ("The list holds between 1 and 100 different numbers, 5 to 60 numbers in all.", [[1, 2]], "a", 60),
        ("It has fewer than 10 words.", [["a", "b"]], "words", 9),
        ("No more than 10^5 prices.", [[3, 4]], "prices", 100_000),
        ("At most 20000 characters.", ["ab", "b"], "s", 20000),
        ("At most 300 items, at most 20000 characters.", ["ab", "b"], "s", 20000),
        ("At most 3 letters may be changed, s has at most 40 symbols.", ["abcd", "b"], "s", 40),
        ("At most 20000 words.", ["ab b", "b"], "s", None),
        ("At most 2 items are in the wrong place.", [[1, 2, 3]], "xs", None),
        ("Find at most 9 items.", [[1, 2, 3]], "xs", None),
        ("It has at most 9 different items.", [[1, 2, 3]], "xs", None),
        ("At most 9 items.", [3, 4], "k", None),
    ],
)
def test_how_much_there_is_at_most_is_read_without_a_name(
    statement: str, known: list[Any], name: str, cap: int | None
) -> None:
    (shape,) = bounded([infer(known, widen=True)], [name], bounds(statement))
    assert getattr(shape, "cap", None) == cap


@pytest.mark.parametrize(
    "statement",
    [
        "Return 0 if n is less than 10.",
        "When k is greater than 5, stop.",
        "Find all x such that x is less than 7.",
        "Count the items which are at most 9; n is otherwise 3",
        "Check whether n is between 1 and 9.",
    ],
)
def test_what_a_sentence_asks_for_is_no_bound(statement: str) -> None:
    assert bounds(statement) == []


@pytest.mark.parametrize("statement", ["", "Return true if x < y.", ">>> f(3) >= 4", "a -> b", "n >= ", "<=" * 50])
def test_prose_gives_no_numbers(statement: str) -> None:
    assert all(bound.low is None and bound.high is None for bound in bounds(statement))


def test_a_bound_the_known_inputs_break_is_not_believed() -> None:
    (shape,) = bounded([infer([3, 500], widen=True)], ["n"], bounds("1 <= n <= 100"))
    assert isinstance(shape, Ints)
    assert shape.cap is None


def test_bounds_reach_items_and_lengths() -> None:
    known = [[3, 4], [5, 5, 1]]
    (shape,) = bounded([infer(known, widen=True)], ["nums"], bounds("1 <= nums.length <= 300\n1 <= nums[i] <= 7"))
    assert isinstance(shape, Many)
    assert isinstance(shape.item, Ints)
    assert (shape.cap, shape.item.cap) == (300, 7)
