"""The search for loads. All ways of growth are tried at small sizes; the slowest are grown until the reference takes
long enough to be timed.

It asks a ``Runner`` for times and never runs anything itself, so a test can hand it a formula. Sizes are those of a
coarse scale, and times count by their order of magnitude, so that small differences of time give the same loads.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from efficoder.testgen.loads.growth import Growth

_STEP = 4  # from size to size: as much as a load may take over the target
_SCOUT_TEXT = 1 << 14  # characters of the longest input in scouting
_FINALISTS = 3
_STEPS = 10  # sizes tried for one way after scouting
_ENOUGH = 4.0  # a load may take so many times the target (design: 50-200 ms)
_SAME = 0.02  # sizes closer than this are not worth another run
_SHOWS_S = 1e-3  # less is start-up and noise (measured on a busy machine: runs of nothing differ by 0.3 ms)
_LONG_MAKING_S = 0.5  # an input that takes longer to make is as large as it gets (a million different keys: 10 s)
_TEXT_SLACK = 1.5  # what a text may be longer than foreseen


def magnitude(taken_s: float, target_s: float) -> int:
    """0 for a time that reaches the target, -1 for one down to a quarter of it, -2 for a sixteenth, ..."""
    return min(0, math.floor(math.log(max(taken_s, 1e-6) / target_s, _STEP)))


@dataclass(frozen=True, slots=True)
class Ran:
    cpu_s: float
    """CPU time beyond the empty program's."""
    ok: bool
    """It ended by itself, with plain data of an allowed size."""


class Runner(Protocol):
    def __call__(self, text: str) -> Ran: ...


@dataclass(frozen=True, slots=True)
class SearchSettings:
    target_s: float
    max_text: int
    """Characters of wire text a load may have."""
    budget_s: float
    """CPU time the reference may use in the whole search ..."""
    budget_text: int
    """... and wire text that may be written for it: making a long input costs as much as running it."""


@dataclass(slots=True)
class Trail:
    """What is known of one way of growth."""

    growth: Growth
    target_s: float
    points: dict[int, float] = field(default_factory=dict)
    """CPU seconds by size."""
    lengths: dict[int, int] = field(default_factory=dict)
    """Characters of the input by size."""
    blocked: int | None = None
    """The smallest size that failed."""
    cap: int = 0
    """The largest size to try: the growth's own, what fits into the longest text, or where inputs stop to change."""
    inputs: set[int] = field(default_factory=set)
    """Hashes of those tried."""

    def __post_init__(self) -> None:
        self.cap = self.growth.cap

    @property
    def best(self) -> tuple[int, float]:
        """(size, CPU seconds) of the load that this way gives: the quickest that reaches the target, else the largest
        of the slow ones. Where the program takes no measurable time, the largest of moderate length: a slower program
        may take some."""
        reaching = [(taken, size) for size, taken in self.points.items() if taken >= self.target_s]
        slow_s = max(self.points.values()) / 2
        slow = [(size, taken) for size, taken in self.points.items() if taken >= slow_s]
        taken, size = min(reaching) if reaching else max(slow)[::-1]
        if taken < _SHOWS_S:
            size = max((size for size in self.points if self.lengths.get(size, 0) <= _SCOUT_TEXT), default=size)
        return size, self.points[size]

    @property
    def reached_s(self) -> float:
        return self.best[1] if self.points else 0.0

    @property
    def order(self) -> tuple[int, int]:
        """The best first: of those that reach the target the smallest input (more work for each item of it), then the
        slower, the larger."""
        size, taken = self.best
        reached = magnitude(taken, self.target_s)
        return -reached, -size if reached else size


@dataclass(slots=True)
class Search:
    run: Runner
    settings: SearchSettings
    seed: int
    spent_s: float = 0.0
    spent_text: int = 0

    @property
    def spent(self) -> float:
        """The share of the budget that is gone."""
        return max(self.spent_s / self.settings.budget_s, self.spent_text / self.settings.budget_text)

    def trails(self, growths: Sequence[Growth]) -> list[Trail]:
        """One trail for every way that ran at least once, the best first."""
        trails = [Trail(growth, self.settings.target_s) for growth in growths]
        for trail in trails:
            self._scout(trail)
        trails = sorted((trail for trail in trails if trail.points), key=lambda trail: trail.order)
        extended = 0
        for trail in trails:
            # Ways that reach the target are what is wanted; others are tried for as long as the budget lasts.
            if extended < _FINALISTS and self.spent < 1:
                self._extend(trail)
                extended += trail.reached_s >= self.settings.target_s
        return sorted(trails, key=lambda trail: trail.order)

    def _scout(self, trail: Trail) -> None:
        size = trail.growth.start
        while self._step(trail, size) and size < trail.cap and trail.lengths[size] < _SCOUT_TEXT:
            if trail.reached_s > self.settings.target_s / 10 or self.spent > 0.5:
                return
            size = min(size * _STEP, trail.cap)

    def _extend(self, trail: Trail) -> None:
        """Grow step by step up to the target. Where a step goes far over it or fails, go back half of it on a log
        scale, then a quarter, ..."""
        target_s = self.settings.target_s
        for _ in range(_STEPS):
            if target_s <= trail.reached_s <= _ENOUGH * target_s or self.spent >= 1:
                return
            over = [size for size, taken in trail.points.items() if taken > _ENOUGH * target_s]
            above = min([*over, *filter(None, [trail.blocked])], default=None)
            sizes = [size for size, taken in trail.points.items() if taken < target_s and (not above or size < above)]
            below = max(sizes, default=1)
            wanted = min(below * _STEP if above is None else math.isqrt(below * above), trail.cap)
            if any(abs(wanted - size) <= size * _SAME for size in trail.points):
                return
            self._step(trail, wanted)

    def _step(self, trail: Trail, size: int) -> bool:
        """Run it at ``size``. False when that failed, or when the input no longer changes with the size."""
        began = time.process_time()
        text = trail.growth.write(size, self.seed)
        making_s = time.process_time() - began
        self.spent_s += making_s
        # What takes long to make would also take long in every later use; larger ones are not tried.
        if making_s > _LONG_MAKING_S:
            trail.cap = min(trail.cap, size)
        if text is not None:
            if hash(text) in trail.inputs:
                return self._repeated(trail, size)
            trail.inputs.add(hash(text))
            self.spent_text += len(text)
            if len(text) > _SCOUT_TEXT:
                trail.cap = min(trail.cap, max(size, size * self.settings.max_text // len(text)))
        fits = text is not None and len(text) <= self.settings.max_text * _TEXT_SLACK
        ran = self.run(text) if text is not None and fits else Ran(0.0, False)
        self.spent_s += ran.cpu_s
        if not ran.ok:
            trail.blocked = size if trail.blocked is None else min(size, trail.blocked)
            return False
        trail.points[size] = ran.cpu_s
        trail.lengths[size] = len(text or "")
        return True

    def _repeated(self, trail: Trail, size: int) -> bool:
        """The same input was made before. While it is the only one and the size is small, the generator may have a
        least size (``n = max(n, 1000)``). Otherwise it ignores the size from here on, and False ends the search."""
        (before, taken), *others = trail.points.items()
        if others or len(trail.inputs) > 1 or not before < size < _SCOUT_TEXT:
            trail.cap = max(trail.points)
            return False
        trail.points, trail.lengths = {size: taken}, {size: trail.lengths[before]}
        return True
