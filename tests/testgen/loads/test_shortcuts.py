"""Which shortcuts would go unnoticed, read off cases with known answers."""

from typing import Any

import pytest

from efficoder import wire
from efficoder.testgen.loads.shortcuts import calls_of, exposed, noticed
from efficoder.types import Comparison, TestCase

EXACT = Comparison()


def case(arguments: list[Any], answer: Any, comparison: Comparison = EXACT) -> TestCase:
    return TestCase(input=wire.encode(arguments), expected=wire.encode(answer), comparison=comparison)


def batch(calls: list[tuple[list[Any], Any]]) -> TestCase:
    text = wire.batch(wire.encode(arguments) for arguments, _ in calls)
    return TestCase(input=text, expected=wire.encode([answer for _, answer in calls]))


def unnoticed(known: list[TestCase], loads: list[TestCase], *, text: bool = False) -> str:
    calls = [*calls_of(known, timed=False, text=text), *calls_of(loads, timed=True, text=text)]
    found = exposed(calls)
    return found.what if found else ""


LONG = list(range(1000))
CLOSE, THERE = Comparison(kind="float", absolute=1.0), Comparison(kind="not_none")


@pytest.mark.parametrize(
    ("known", "loads", "what"),
    [
        ([case([[1]], True), case([[2, 1]], False)], [case([LONG], True)], "the constant true"),
        ([case([[1]], True), case([LONG[::-1]], False)], [case([LONG], True)], ""),
        # Near is enough: nobody knows the size of the loads to one part in ten.
        ([case([LONG[:950][::-1]], False)], [case([LONG], True)], ""),
        ([case([LONG[:800][::-1]], False)], [case([LONG], True)], "the constant true"),
        ([case([[1, 1]], [1])], [case([LONG], LONG), case([LONG[::-1]], LONG[::-1])], "an argument or its length"),
        ([case([[1, 1]], 1)], [case([LONG], 1000), case([LONG[1:]], 999)], "an argument or its length"),
        ([case([[1, 1]], 1)], [case([LONG], 999)], "the constant 999"),
        ([case([[1, 1]], 1)], [case([LONG], 999), case([LONG], 998)], ""),
        # As long, but of smaller numbers: a program may look at either.
        ([case([5], True), case([4], False)], [case([10**9], True), case([10**9], False)], ""),
        ([case([5], True)], [case([10**9], True), case([10**3], False)], "the constant true"),
        ([], [case([LONG], 1.5, CLOSE), case([LONG], 1.6, CLOSE)], "the constant 1.5"),
        ([], [case([LONG], True, THERE), case([LONG], [3], THERE)], "any"),
        ([], [], ""),
    ],
    ids=[
        "answers alike",
        "a check as large with the other answer",
        "almost as large",
        "not as large",
        "the argument itself",
        "its length",
        "one load",
        "two loads that differ",
        "two numbers that differ",
        "the larger number is alone",
        "within the tolerance",
        "anything but None",
        "no loads",
    ],
)
def test_what_goes_unnoticed(known: list[TestCase], loads: list[TestCase], what: str) -> None:
    found = unnoticed(known, loads)
    assert bool(found) if what == "any" else found == what


def test_a_programs_input_is_large_by_its_text_or_its_first_number() -> None:
    def run(text: str, answer: str) -> TestCase:
        return TestCase(input=text, expected=answer, comparison=Comparison(kind="tokens"))

    assert unnoticed([run("1\n", "no")], [run("900\n", "yes"), run("800\n", "no")], text=True) == "the constant yes"
    assert unnoticed([run("1\n", "no")], [run("900\n", "yes"), run("890\n", "no")], text=True) == ""
    assert unnoticed([], [run("3\n1 2 3\n", "3 1 2 3"), run("3\n1 2 4\n", "3 1 2 4")], text=True) != ""


def test_calls_on_which_shortcuts_go_unnoticed_leave_a_batch() -> None:
    calls = [([list(range(length))], length % 2 == 0) for length in range(10, 100)]
    calls += [([list(range(length))], True) for length in range(200, 210)]
    kept = noticed(list(calls_of([batch(calls)], timed=True, text=False)))
    assert kept is not None
    assert max(call.sizes[1] for call in kept) == 99
    alike = [([list(range(length))], True) for length in range(10, 100)]
    assert noticed(list(calls_of([batch(alike)], timed=True, text=False))) is None
