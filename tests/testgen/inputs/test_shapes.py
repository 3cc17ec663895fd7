"""What known inputs have in common is kept in new ones: small, mutated and large."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from efficoder.testgen.inputs.fresh import fresh
from efficoder.testgen.inputs.mutate import change, grown
from efficoder.testgen.inputs.relations import relations
from efficoder.testgen.inputs.shapes import (
    Constant,
    Either,
    Fixed,
    Many,
    Texts,
    conforms,
    infer,
    infer_tree,
    is_prime,
    is_search_tree,
)
from efficoder.testgen.inputs.texts import balanced
from efficoder.testgen.loads.growth import enlarged, growths

INVARIANTS: list[tuple[str, list[Any], Any]] = [
    ("sorted", [[1, 3, 5], [2, 9], [0, 4, 4, 8]], lambda v: v == sorted(v)),
    ("descending", [[5, 3, 1], [9, 2], [8, 4, 4]], lambda v: v == sorted(v, reverse=True)),
    ("distinct", [[3, 1, 2], [7, 5], [4, 9, 1, 0]], lambda v: len(set(v)) == len(v)),
    ("not empty", [[3, 3], [7], [4, 9, 4]], lambda v: len(v) > 0),
    ("positive", [[3, 3], [7], [4, 9, 4]], lambda v: all(n > 0 for n in v)),
    ("even", [[2, 4, 4], [8, 2], [10, 6, 2, 12]], lambda v: all(n % 2 == 0 for n in v)),
    ("prime", [[2, 3, 3], [7, 5], [11, 13, 2]], lambda v: all(map(is_prime, v))),
    ("composite", [15, 27, 63, 330, 13195], lambda n: not is_prime(n)),
    ("permutation", [[2, 0, 1], [0, 1], [3, 1, 0, 2]], lambda v: sorted(v) == list(range(len(v)))),
    ("bits", [[0, 1, 1, 0], [1, 1, 0], [0, 0, 1]], lambda v: set(v) <= {0, 1}),
    (
        "rectangle",
        [[[1, 2], [3, 4], [5, 5]], [[1, 1, 9]], [[1, 5, 2, 7], [3, 3, 3, 3]]],
        lambda v: len(set(map(len, v))) <= 1,
    ),
    (
        "square",
        [[[1, 2], [3, 4]], [[9]], [[1, 5, 5], [3, 3, 3], [1, 1, 1]]],
        lambda v: all(len(r) == len(v) for r in v),
    ),
    ("brackets", ["(())", "()()", "((()))()"], balanced),
    ("groups", ["(()) ()", "()()", "((())) ()()"], lambda text: all(map(balanced, text.split()))),
    ("mirror", ["abba", "aba", "abcba"], lambda v: v == v[::-1]),
    ("number", ["12", "7", "345"], str.isdigit),
    ("one mirror", ["abccba", "a"], lambda v: v == v[::-1]),
    ("two digits", ["1-23-45 6", "12"], lambda v: sum(map(str.isdigit, v)) >= 2),
    ("intervals", [[[0, 3], [1, 2]], [[0, 0]], [[5, 9]]], lambda v: all(first <= last for first, last in v)),
    ("a bit matrix", [[[1, 0, 0], [1, 0, 1], [1, 0, 0]]], lambda v: {bit for row in v for bit in row} <= {0, 1}),
    (
        "date",
        ["2020-01-02", "1999-12-31", "2005-07-15"],
        lambda v: len(v) == 10 and v[4] == v[7] == "-" and 1 <= int(v[5:7]) <= 12 and 1 <= int(v[8:]) <= 31,
    ),
    ("alphabet", ["abc", "ba", "cab"], lambda v: set(v) <= set("abc")),
    ("json", ["[1, 2]", "[3]", "[4, 5, 6]"], lambda v: v[0] == "["),
    ("pairs", [[(1, "a"), (2, "b")], [(3, "c")], [(9, "d"), (9, "e")]], lambda v: all(type(p[1]) is str for p in v)),
]


@pytest.mark.parametrize(("known", "holds"), [case[1:] for case in INVARIANTS], ids=[case[0] for case in INVARIANTS])
def test_invariants_of_known_values_are_kept(known: list[Any], holds: Any) -> None:
    shape = infer(known, widen=True)
    rng = random.Random(0)
    for _ in range(60):
        made = fresh(shape, rng)
        assert holds(made)
        changed = change(shape, rng.choice(known), rng)
        assert not conforms(shape, changed) or holds(changed)
    for style in ("tiled", "fresh", "spread", "up", "mirror", "same"):
        assert holds(enlarged(shape, known[0], 200, style, "outer", rng)), style  # type: ignore[arg-type]


def test_known_values_conform() -> None:
    for _, known, _ in INVARIANTS:
        shape = infer(known, widen=False)
        assert all(conforms(shape, value) for value in known)


@pytest.mark.parametrize(
    ("known", "outside"),
    [
        ([3, 5, 90], -1),
        ([3, 5, 90], 0),
        ([3, 5, 90], 1000),
        ([[1], [2, 2]], []),
        (["ab", "ba"], "x"),
        (["ab", "ba"], ""),
        ([True, False], 1),
        ([1.5, 2.5], -1.5),
        ([(1, "a"), (2, "b"), (3, "c")], (1, 2)),
    ],
)
def test_values_outside_the_domain_do_not_conform(known: list[Any], outside: Any) -> None:
    assert not conforms(infer(known, widen=True), outside)


@pytest.mark.parametrize("widen", [True, False])
def test_numbers_stay_in_the_range_seen(widen: bool) -> None:
    """Nobody but the reference is asked, and it may answer outside the task's domain: months go to 12."""
    shape = infer([3, 5, 90], widen=widen)
    rng = random.Random(1)
    assert all(3 <= fresh(shape, rng) <= 90 for _ in range(300))
    assert not conforms(infer(list(range(1, 13)) * 2, widen=widen), 13)
    assert not conforms(infer([0.5, 1.5], widen=widen), 2.5)


def test_lengths_reach_to_twice_what_was_seen_where_that_is_asked_for() -> None:
    rng = random.Random(1)
    for widen, longest in ((True, 6), (False, 3)):
        shape = infer([[3, 1, 2], [7, 7]], widen=widen)
        assert max(len(fresh(shape, rng)) for _ in range(300)) == longest


def test_lists_of_one_type_each_are_not_mixed() -> None:
    shape = infer([[1, 2], [2, 1], ["a", "b"]], widen=True)
    assert conforms(shape, ["b", "a"])
    assert not conforms(shape, [1, "a"])
    assert conforms(infer([[1, "b"], ["a", 2]], widen=True), ["b", "a"])


def test_equal_length_records_inside_a_list_are_fixed_and_the_list_is_not() -> None:
    shape = infer([[["a", 1], ["b", 2]], [["c", 3]]], widen=True)
    assert isinstance(shape, Many)
    assert isinstance(shape.item, Fixed)


def test_several_types_are_weighted_by_how_often_they_come() -> None:
    shape = infer([[1, 2, 3, 4, "x"], [5, 6]], widen=True)
    assert isinstance(shape, Many)
    assert isinstance(shape.item, Either)
    assert shape.item.weights == (6, 1)


def test_empty_values_alone_are_only_repeated() -> None:
    assert isinstance(infer([[], []], widen=True), Constant)


def test_search_trees_stay_search_trees() -> None:
    shape = infer_tree([[2, 1, 3], [5, 2, 8, None, 4], [1]], widen=True)
    rng = random.Random(0)
    for _ in range(50):
        assert conforms(shape, fresh(shape, rng))
    assert not conforms(shape, [1, 2, 3])
    for style in ("up", "fresh"):
        large = enlarged(shape, [1], 100, style, "outer", rng)  # type: ignore[arg-type]
        assert sum(label is not None for label in large) > 20
        assert is_search_tree(large)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.tuples(inner, inner)
        | st.sets(st.integers(), max_size=3)
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(st.lists(PLAIN, min_size=1, max_size=5), st.booleans(), st.integers(0, 5))
def test_any_plain_data_has_a_shape_that_it_fits(known: list[Any], widen: bool, seed: int) -> None:
    shape = infer(known, widen=widen)
    finite = [value for value in known if "inf" not in repr(value)]
    assert all(conforms(shape, value) for value in finite)
    rng = random.Random(seed)
    fresh(shape, rng)
    for value in known:
        change(shape, value, rng)
    arguments = [[value] for value in known]
    links = relations(arguments)
    for made in grown(arguments, [shape], links, 3, seed):
        assert conforms(shape, made[0])
    for growth in growths(arguments, [shape], links):
        assert growth.write(50, seed)


def test_text_alphabets_are_completed_only_where_most_of_a_class_is_used() -> None:
    few = infer(["abc", "cab"], widen=True)
    many = infer(["abcdefgh", "hgfedcba"], widen=True)
    assert isinstance(few, Texts)
    assert isinstance(many, Texts)
    assert few.alphabet == "abc"
    assert "z" in many.alphabet


NOTES = [" ".join(random.Random(seed).choices(["o", "o|", ".|"], k=3 + seed % 5)) for seed in range(20)]
PROSE = [f"{one} {other} sat down" for one in ("the", "a", "my") for other in ("cat", "dog", "hen")]


def test_words_of_a_closed_vocabulary_stay_in_it() -> None:
    shape = infer(NOTES, widen=True)
    assert conforms(shape, "o| o| o|")
    assert not conforms(shape, "o |o o|")
    assert not conforms(shape, ". .|")
    rng = random.Random(0)
    made = [change(shape, text, rng) for text in NOTES for _ in range(20)]
    kept = {text for text in made if conforms(shape, text)}
    assert len(kept) > 20
    assert {word for text in kept for word in text.split()} <= {"o", "o|", ".|"}


def test_an_open_vocabulary_takes_new_words() -> None:
    assert conforms(infer([*PROSE, "once upon a"], widen=True), "the cow sat")
    assert conforms(infer(["one two", "two three"], widen=True), "one ten")
