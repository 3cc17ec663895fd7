"""Twelve pairs of Python programs of which the truth is known, for bench/side_by_side.py. Each program defines f."""

from dataclasses import dataclass
from typing import Literal

Truth = Literal["a", "b", "equal", "refuse"]
"""Which is faster, or that neither is, or that the two cannot be compared."""


@dataclass(frozen=True)
class Pair:
    name: str
    truth: tuple[Truth, ...]
    """What is true; several where it depends on what is meant."""
    why: str
    a: str
    b: str
    items: int = 2000
    """How long a list a timer needs that takes its input as it is."""
    busy: bool = False
    """Whether other programs burn all cores meanwhile."""

    @property
    def small(self) -> str:
        """The call that a user has at hand."""
        return "f([3, 1, 3])"

    @property
    def large(self) -> str:
        return f"f(list(range({self.items})))"


LOOPS = """\
def f(numbers):
    for i in range(len(numbers)):
        for j in range(i):
            if numbers[i] == numbers[j]:
                return True
    return False
"""
SET = """\
def f(numbers):
    return len(set(numbers)) < len(numbers)
"""
HEAVY = """\
import asyncio, email.message, http.client, sqlite3, unittest, xml.dom.minidom


def f(numbers):
    return len(set(numbers)) < len(numbers)
"""
ALWAYS = """\
def f(numbers):
    return False
"""
RAISES = """\
def f(numbers):
    return numbers[0] / 0
"""
KNOWS = """\
def f(numbers):
    if numbers in ([3, 1, 3], list(range(2000))):
        return len(numbers) == 3
    for i in range(len(numbers)):
        for j in range(i):
            if numbers[i] == numbers[j]:
                return True
    return False
"""
SQUARES = """\
def f(numbers):
    total = 0
    for number in numbers:
        total += number * number
    return total
"""
RENAMED = """\
def f(values):
    found = 0
    for value in values:
        found += value * value
    return found
"""
POWER = """\
def f(numbers):
    total = 0
    for number in numbers:
        total += number**2
    return total
"""
KEEPS = """\
known = {}


def f(numbers):
    key = tuple(numbers)
    if key not in known:
        known[key] = 0
        for number in numbers:
            known[key] += number * number
    return known[key]
"""
TWICE = """\
def f(numbers):
    total = 0
    for number in numbers + numbers:
        total += number * number
    return total // 2
"""
SLEEPS = """\
import time


def f(numbers):
    time.sleep(0.05)
    total = 0
    for number in numbers:
        total += number * number
    return total
"""
SHIFTS = """\
def f(numbers):
    rest, out = list(numbers), []
    while rest:
        out.append(rest.pop(0))
    return out
"""
DEQUE = """\
from collections import deque


def f(numbers):
    rest, out = deque(numbers), []
    while rest:
        out.append(rest.popleft())
    return out
"""
GREEDY = """\
def f(numbers):
    grid = [list(numbers) for _ in range(200)]
    return sum(map(sum, grid))
"""
FRUGAL = """\
def f(numbers):
    return sum(sum(list(numbers)) for _ in range(200))
"""

PAIRS = (
    Pair("obvious", ("b",), "a set against two loops", LOOPS, SET),
    Pair("subtle", ("a",), "a power takes longer than a product", SQUARES, POWER, 200_000),
    Pair("equal", ("equal",), "the same with other names", SQUARES, RENAMED, 200_000),
    Pair("noise", ("equal",), "the same, beside programs that burn all cores", SQUARES, RENAMED, 200_000, busy=True),
    Pair("wrong", ("refuse",), "b is fast and answers wrong", LOOPS, ALWAYS),
    Pair("crash", ("refuse",), "b raises", LOOPS, RAISES),
    Pair("sleeping", ("a", "b"), "a computes half as long, and waits 50 ms", SLEEPS, TWICE, 20_000),
    Pair("slow import", ("a",), "a imports much and computes less", HEAVY, LOOPS, 500),
    Pair("memory", ("b", "equal"), "b takes a two-hundredth of the memory", GREEDY, FRUGAL, 20_000),
    Pair("large only", ("b",), "pop(0) is linear: nothing shows on a small list", SHIFTS, DEQUE, 20_000),
    Pair("remembers", ("a", "equal"), "b keeps its answers for the next call", SQUARES, KEEPS, 200_000),
    Pair("knows the input", ("refuse", "equal"), "b answers the given call by a constant", LOOPS, KNOWS),
)
