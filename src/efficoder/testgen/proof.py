"""Proof at every size: what is timed must be what was shown to be right.

A program may be honest on inputs as small as the checks and answer by a constant above. So there are guards: inputs at
least as large as the loads, with answers that no shortcut gives (loads/shortcuts.py). They judge and are not timed.
Calls of a batch that no guard can be found for leave it. Where a shortcut would still go unnoticed, the tests say so,
and no gain is claimed from them. And there is a ladder: inputs at every size on the way to the loads.
"""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import NamedTuple

import msgspec

from efficoder.testgen.loads.growth import Growth
from efficoder.testgen.loads.shortcuts import NEAR, Call, Exposed, calls_of, exposed, noticed
from efficoder.testgen.pick import MAX_TEXT, Picked, Picker
from efficoder.types import TestCase

_GUARDS = 6
_GUARDS_S = 3.0  # CPU time of the search for guards, the reference's and our own (typical: none is needed)
_FACTORS = (1.0, 1.25, 2.0)  # of the loads' size, at which guards are tried
_REACH = 5  # sizes tried until an input is as large as is wanted
_LEAP = 16
_FAR = 1e18  # a number of a thousand bits is as large as any: no way leads there
EDITED_TEXT = 1 << 16  # a longer load takes too long to edit
EDITED = 24

_STEPS = 12  # of the ladder
_LADDER_S = 2.0  # CPU time of the reference on the whole of it
_LADDER_TEXT = 1 << 20  # characters of all its inputs
_SEEDS = 3


class _Tried(NamedTuple):
    """A size at which an input was written."""

    size: int
    reached: float
    """What it comes to by the measure that is wanted."""
    text: int
    """Characters of the input."""

    def next(self, before: "_Tried | None", needed: float) -> int:
        """The size to try then: a leap, or what the line through both says, a quarter of that where it is far away:
        lines bend."""
        if before is None:
            return self.size * _LEAP
        slope = (self.reached - before.reached) / (self.size - before.size)
        there = self.size + int(min(1.02 * (needed - self.reached) / slope, _FAR)) + 1
        return there if there <= _LEAP * self.size else there // 4

    def text_at(self, size: int, before: "_Tried") -> float:
        """Characters at another size, as a power of it: less than there will be, where a part stays as it is."""
        power = math.log(self.text / before.text) / math.log(self.size / before.size)
        return self.text * math.pow(size / self.size, power)


@dataclass(slots=True)
class Proof:
    """``picked`` as it may be timed, and the cases that show it to be right."""

    picked: Picked
    guards: list[TestCase] = field(default_factory=list)
    ladder: list[TestCase] = field(default_factory=list)
    constant: str = ""
    """Why no gain may be claimed; see TaskTests."""


@dataclass(slots=True)
class Prover:
    picker: Picker
    judged: Sequence[TestCase]
    """All other cases that judge: checks, and loads of the source that are not timed."""
    growths: Sequence[Growth]

    @property
    def _text(self) -> bool:
        return self.picker.trial.one_by_one

    @property
    def _spent_s(self) -> float:
        """CPU time of the task's programs and of making inputs."""
        return self.picker.trial.spent_s + time.process_time()

    def prove(self, picked: Picked, edits: Sequence[str]) -> Proof:
        """Guards for the loads, from all ways of growth and from ``edits`` of the loads. A gap may take its share of
        the time: what would gain next to nothing is cut off, if nothing is found at once."""
        proof = Proof(picked)
        calls = [*calls_of(self.judged, timed=False, text=self._text), *self._timed(picked)]
        end_s = self._spent_s + _GUARDS_S
        given_up: set[tuple[int, int | str]] = set()
        while (gap := exposed(calls, given_up)) and len(proof.guards) < _GUARDS:
            found = self._guard(gap, calls, edits, min(end_s, self._spent_s + gap.share * _GUARDS_S))
            if found is None:
                given_up.add(gap.key)
            else:
                proof.guards.append(found)
                calls += calls_of([found], timed=False, text=self._text)
        left = exposed(calls)
        if left is None:
            return proof
        kept = noticed(calls)
        trimmed = self._trimmed(picked, {call.text for call in kept}) if kept else None
        if trimmed is None:
            proof.constant = f"{left.what} would answer {left.share:.0%} of the timed work unnoticed"
        return replace(proof, picked=trimmed or picked)

    def _timed(self, picked: Picked) -> list[Call]:
        return list(calls_of(picked.loads, timed=True, text=self._text))

    def _guard(self, gap: Exposed, calls: Sequence[Call], edits: Sequence[str], end_s: float) -> TestCase | None:
        """An input as large as any timed one, on which the shortcut is wrong."""
        needed = max(call.sizes[gap.measure] for call in calls if call.weight) / NEAR
        offered = takewhile(lambda _: self._spent_s < end_s, self._offered(gap.measure, needed, edits))
        for text in filter(None, offered):
            for case in self.picker.answered([text]):
                (call,) = calls_of([case], timed=False, text=self._text)
                if not call.fits(gap.shortcut) and call.sizes[gap.measure] >= needed:
                    return case
        return None

    def _offered(self, measure: int, needed: float, edits: Sequence[str]) -> Iterator[str]:
        """Inputs as large as that, or empty texts where there is none."""
        for number, factor in enumerate(_FACTORS):
            for growth in self.growths:
                yield self._reaching(growth, measure, factor * needed, self.picker.seed + number)
            yield from edits if not number else ()

    def _reaching(self, growth: Growth, measure: int, needed: float, seed: int) -> str:
        """An input of ``growth`` of that size; empty where it does not come to it, or not within MAX_TEXT."""
        before: _Tried | None = None
        size = growth.start
        for _ in range(_REACH):
            text = growth.write(size, seed)
            if text is None or len(text) > MAX_TEXT:
                return ""
            tried = _Tried(size, self._size(text, measure), len(text))
            if tried.reached >= needed:
                return text
            if size >= growth.cap or (before and tried.reached <= before.reached):
                return ""
            size = tried.next(before, needed)
            if before and (size > _LEAP * growth.cap or tried.text_at(min(size, growth.cap), before) > 2 * MAX_TEXT):
                return ""
            size, before = min(size, growth.cap), tried
        return ""

    def _size(self, text: str, measure: int) -> float:
        if not measure:
            return float(len(text))
        (call,) = calls_of([TestCase(input=text, expected="null")], timed=False, text=self._text)
        return call.sizes[measure] if measure < len(call.sizes) else 0.0

    def _trimmed(self, picked: Picked, kept: set[str]) -> Picked | None:
        """The loads of these calls."""
        loads: list[TestCase] = []
        for load in picked.loads:
            calls = [call.text for call in calls_of([load], timed=True, text=self._text)]
            some = [text for text in calls if text in kept]
            loads += [load] if len(some) == len(calls) else self.picker.together(some, {}).loads if some else []
        return replace(picked, loads=loads, reference_s=self.picker.reference_s(loads)) if loads else None

    def ladder(self, picked: Picked) -> list[TestCase]:
        """Inputs at growing sizes, of the way in which the first load was grown; two a size, of differing answers where
        there are such."""
        size = picked.loads[0].size if picked.loads else None
        if picked.growth is None or not size:
            return []
        texts = dict(self._steps(picked.growth, size))
        by_size: dict[int, list[TestCase]] = {}
        for case in self.picker.answered(list(texts), _LADDER_S):
            by_size.setdefault(texts[case.input], []).append(case)
        return [
            msgspec.structs.replace(case, size=made)
            for made, (first, *others) in sorted(by_size.items())
            for case in (first, *sorted(others, key=lambda case: case.expected == first.expected)[:1])
        ]

    def _steps(self, growth: Growth, largest: int) -> Iterator[tuple[str, int]]:
        """Texts with their sizes, the smallest first, below ``largest``."""
        ratio = max(2.0, (largest / growth.start) ** (1 / _STEPS))
        size, room, sizes = largest / ratio, _LADDER_TEXT, list[int]()
        while size >= growth.start:
            sizes.append(int(size))
            size /= ratio
        for size in reversed(sizes):
            for number in range(_SEEDS):
                text = growth.write(int(size), self.picker.seed + number)
                if text is None or len(text) > room:
                    break
                room -= len(text)
                yield text, int(size)
