"""Would it be noticed if a program did no work on large inputs? It may be honest up to a size and answer by a constant
above it, by its argument, or by a length.

A shortcut goes unnoticed above the largest input on which its answer is wrong. Nothing is run here: it is read off the
cases that judge, by every measure of size that a program could look at.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, NamedTuple

from efficoder import wire, wire_text
from efficoder.judging.compare import compare
from efficoder.types import Comparison, TestCase

NEAR = 1.1
"""A size within this factor counts as reached: what a program answers there, it answers on the loads."""
_DIGITS = 300  # a longer number is as large as any


@dataclass(slots=True)
class Call:
    """One call, or one run of a program, with its answer."""

    text: str
    arguments: Sequence[Any]
    """Of a program none."""
    answer: str
    comparison: Comparison
    sizes: tuple[float, ...]
    weight: float = 0.0
    """Its share of the timed work."""
    _fits: dict[int | str, bool] = field(default_factory=dict)
    """Which shortcuts are right here, by number or constant: comparing long answers takes time."""

    @property
    def guesses(self) -> int:
        """How many shortcuts there are other than a constant: each argument, and each one's length."""
        return 2 * len(self.arguments) or 1

    def fits(self, shortcut: int | str) -> bool:
        """Whether the shortcut of this number, or a constant, is right here."""
        if shortcut not in self._fits:
            guess = shortcut if isinstance(shortcut, str) else self._guess(shortcut)
            self._fits[shortcut] = guess is not None and self._is_right(guess)
        return self._fits[shortcut]

    def _guess(self, number: int) -> str | None:
        """None where it has no answer."""
        if not self.arguments:
            return self.text
        argument = self.arguments[number // 2]
        if number % 2:
            return str(len(argument)) if _is_sized(argument) else None
        return wire_text.encode(argument)

    def _is_right(self, guess: str) -> bool:
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
    shortcut: int | str
    """As in ``Call.fits``."""

    @property
    def key(self) -> tuple[int, int | str]:
        return self.measure, self.shortcut


def calls_of(cases: Iterable[TestCase], *, timed: bool, text: bool) -> Iterator[Call]:
    """The single calls of cases with known answers; of timed ones, each case has the same weight. ``text``: the inputs
    are those of programs."""
    for case in cases:
        if case.expected is None:
            continue
        weight = 1.0 if timed else 0.0
        if text:
            yield Call(case.input, (), case.expected, case.comparison, _text_sizes(case.input), weight)
            continue
        plain: Any = wire.decode(case.input)
        if not isinstance(plain, tuple):
            yield _call(case, case.input, plain, case.expected, weight)
            continue
        answers: Any = wire.decode(case.expected)
        for arguments, answer in zip(plain, answers, strict=True):
            yield _call(case, wire_text.encode(arguments), arguments, wire_text.encode(answer), weight / len(plain))


def _call(case: TestCase, text: str, arguments: Any, answer: str, weight: float) -> Call:
    arguments = arguments if isinstance(arguments, list) else []
    return Call(text, arguments, answer, case.comparison, (float(len(text)), *map(_size, arguments)), weight)


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


def exposed(calls: Sequence[Call], known: Collection[tuple[int, int | str]] = ()) -> Exposed | None:
    """The shortcut that would gain most unnoticed; None without timed work. ``known``: keys of those that are not
    looked for."""
    total = math.fsum(call.weight for call in calls)
    if not total:
        return None
    found = [each for measure in range(_measures(calls)) for each in _shortcuts(calls, measure, total)]
    new = (each for each in found if each.share > 0 and each.key not in known)
    return max(new, key=lambda each: each.share, default=None)


def noticed(calls: Sequence[Call], least: float = 0.5) -> list[Call] | None:
    """The timed calls on which every shortcut would be noticed. None where they are less than that share of the
    work."""
    kept = list(calls)
    while gap := exposed(kept):
        kept = [call for call in kept if not call.weight or call.sizes[gap.measure] <= gap.above]
    timed = [call for call in kept if call.weight]
    enough = sum(call.weight for call in timed) >= least * sum(call.weight for call in calls)
    return timed if timed and enough else None


def _measures(calls: Sequence[Call]) -> int:
    return min(len(call.sizes) for call in calls)


def _shortcuts(calls: Sequence[Call], measure: int, total: float) -> Iterator[Exposed]:
    ordered = sorted(calls, key=lambda call: -call.sizes[measure])
    top = ordered[0]
    shown = top.answer if len(top.answer) <= 30 else f"{top.answer[:30]}..."
    yield _unnoticed(Exposed(f"the constant {shown}", measure, 0.0, 0.0, top.answer), ordered, total)
    for number in range(min(call.guesses for call in calls)):
        yield _unnoticed(Exposed("an argument or its length", measure, 0.0, 0.0, number), ordered, total)


def _unnoticed(gap: Exposed, ordered: Sequence[Call], total: float) -> Exposed:
    noticed = next((call for call in ordered if not call.fits(gap.shortcut)), None)
    above = NEAR * noticed.sizes[gap.measure] if noticed else -1.0
    # Most shortcuts fail on one of the largest calls: few are above it.
    weight = math.fsum(call.weight for call in takewhile(lambda call: call.sizes[gap.measure] > above, ordered))
    return gap._replace(above=above, share=weight / total)
