"""Would it be noticed if a program did no work on large inputs? It may be honest up to a size and answer by a constant
above it, by its argument, or by a length.

A shortcut goes unnoticed above the largest input on which its answer is wrong. Nothing is run here: it is read off the
cases that judge, by every measure of size that a program could look at.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from efficoder import wire
from efficoder.judging.compare import compare
from efficoder.types import Comparison, TestCase

UNNOTICED = 0.05
"""The share of the timed work that may lie above: as much as the margin below which nothing is called faster."""
NEAR = 1.1
"""A size within this factor counts as reached: what a program answers there, it answers on the loads."""
_DIGITS = 300  # a longer number is as large as any


@dataclass(frozen=True, slots=True)
class Call:
    """One call, or one run of a program, with its answer."""

    text: str
    answer: str
    comparison: Comparison
    sizes: tuple[float, ...]
    guesses: tuple[str | None, ...]
    """What shortcuts other than a constant would answer here; None where one has no answer."""
    weight: float = 0.0
    """Its share of the timed work."""

    def fits(self, guess: str) -> bool:
        if self.comparison.kind == "checker":
            return guess == self.answer
        return compare(self.answer, guess.encode(), self.comparison)


class Exposed(NamedTuple):
    """A shortcut, and how much of the timed work it would be paid for unnoticed."""

    what: str
    measure: int
    """Index into ``Call.sizes``."""
    above: float
    """Up to this size it would be noticed."""
    share: float
    """Of the timed work, what lies above."""
    guess: int | None
    """Index into ``Call.guesses``; None for the constant."""
    constant: str = ""

    def is_noticed_by(self, call: Call) -> bool:
        answer = self.constant if self.guess is None else call.guesses[self.guess]
        return answer is None or not call.fits(answer)


def calls_of(cases: Iterable[TestCase], *, timed: bool, text: bool) -> Iterator[Call]:
    """The single calls of cases with known answers; of timed ones, each case has the same weight. ``text``: the inputs
    are those of programs."""
    for case in cases:
        if case.expected is None:
            continue
        several = [] if text else wire.decode(case.input)
        if not isinstance(several, tuple):
            yield _call(case, case.input, case.expected, 1.0 if timed else 0.0, text)
            continue
        answers: Any = wire.decode(case.expected)
        for arguments, answer in zip(several, answers, strict=True):
            yield _call(case, wire.encode(arguments), wire.encode(answer), 1 / len(answers) if timed else 0.0, text)


def _call(case: TestCase, text: str, answer: str, weight: float, program: bool) -> Call:
    if program:
        return Call(text, answer, case.comparison, _text_sizes(text), (text,), weight)
    arguments = wire.decode(text)
    arguments = arguments if isinstance(arguments, list) else []
    sizes = (float(len(text)), *map(_size, arguments))
    guesses = [wire.encode(argument) for argument in arguments]
    guesses += [str(len(argument)) if _is_sized(argument) else None for argument in arguments]  # type: ignore[misc]
    return Call(text, answer, case.comparison, sizes, tuple(guesses), weight)


def _is_sized(value: object) -> bool:
    return isinstance(value, str | bytes | list | tuple | dict | set | frozenset)


def _size(value: Any) -> float:
    """What a program would call the size of an argument: how long, or how large a number."""
    if _is_sized(value):
        return float(len(value))
    return _number(value) if isinstance(value, int | float) else 0.0


def _number(value: float) -> float:
    if isinstance(value, int) and value.bit_length() > 1000:
        return math.inf
    return abs(float(value)) if math.isfinite(value) else math.inf


def _text_sizes(text: str) -> tuple[float, ...]:
    """Of a program's input: characters, and the first number in it."""
    first = (text.split(maxsplit=1) or [""])[0][:_DIGITS]
    return float(len(text)), float(first) if first.isdecimal() else 0.0


def exposed(calls: Sequence[Call]) -> Exposed | None:
    """The shortcut that would gain most unnoticed, if it gains more than UNNOTICED; None without timed work."""
    total = math.fsum(call.weight for call in calls)
    if not total:
        return None
    found = [each for measure in range(_measures(calls)) for each in _shortcuts(calls, measure, total)]
    return max((each for each in found if each.share > UNNOTICED), key=lambda each: each.share, default=None)


def _measures(calls: Sequence[Call]) -> int:
    return min(len(call.sizes) for call in calls)


def _shortcuts(calls: Sequence[Call], measure: int, total: float) -> Iterator[Exposed]:
    ordered = sorted(calls, key=lambda call: -call.sizes[measure])
    top = ordered[0]
    shown = top.answer if len(top.answer) <= 30 else f"{top.answer[:30]}..."
    yield _unnoticed(Exposed(f"the constant {shown}", measure, 0.0, 0.0, None, top.answer), ordered, total)
    for guess in range(min(len(call.guesses) for call in calls)):
        yield _unnoticed(Exposed("an argument or its length", measure, 0.0, 0.0, guess), ordered, total)


def _unnoticed(shortcut: Exposed, ordered: Sequence[Call], total: float) -> Exposed:
    noticed = next((call for call in ordered if shortcut.is_noticed_by(call)), None)
    above = NEAR * noticed.sizes[shortcut.measure] if noticed else -1.0
    weight = math.fsum(call.weight for call in ordered if call.sizes[shortcut.measure] > above)
    return shortcut._replace(above=above, share=weight / total)
