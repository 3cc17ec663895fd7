"""The search for loads. All ways of growth are tried at small sizes; the slowest are grown until the reference takes
long enough to be timed.

It asks a ``Runner`` for times and never runs anything itself, so a test can hand it a formula.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from efficoder.testgen.loads.growth import Growth

_STEP = 8
_STRIDE = 6.0  # the longest step after scouting: enough points for the slope
_SCOUT_TEXT = 1 << 14  # characters of the longest input in scouting
_FINALISTS = 3
_STEPS = 10  # sizes tried for one way after scouting
_ENOUGH = 4.0  # a load may take so many times the target (design: 50-200 ms)
_SAME = 0.02  # sizes closer than this are not worth another run
_NOTICEABLE_S = 2e-4
_SHOWS_S = 1e-3  # less is start-up and noise (measured on a busy machine: runs of nothing differ by 0.3 ms)
_LONG_MAKING_S = 0.5  # an input that takes longer to make is as large as it gets (a million different keys: 10 s)
_TEXT_SLACK = 1.5  # what a text may be longer than foreseen
_OVERSHOOT = 1.25  # aimed above the target, so that noise does not leave a load just under it


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
        """(size, CPU seconds) of the load that this way gives: the quickest that reaches the target, else the slowest.
        Where the program takes no measurable time, the largest of moderate length: a slower program may take some."""
        reaching = [(taken, size) for size, taken in self.points.items() if taken >= self.target_s]
        taken, size = min(reaching) if reaching else max((taken, size) for size, taken in self.points.items())
        if taken < _SHOWS_S:
            size = max((size for size in self.points if self.lengths.get(size, 0) <= _SCOUT_TEXT), default=size)
        return size, self.points[size]

    @property
    def reached_s(self) -> float:
        return self.best[1] if self.points else 0.0


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
        trails = sorted((trail for trail in trails if trail.points), key=lambda trail: -trail.reached_s)
        extended = 0
        for trail in trails:
            # Ways that reach the target are what is wanted; others are tried for as long as the budget lasts.
            if extended < _FINALISTS and self.spent < 1:
                self._extend(trail)
                extended += trail.reached_s >= self.settings.target_s
        # Of those that reach the target the smallest input: more work for each item of it.
        return sorted(trails, key=lambda trail: (-min(trail.reached_s, self.settings.target_s), trail.best[0]))

    def _scout(self, trail: Trail) -> None:
        size = trail.growth.start
        while self._step(trail, size) and size < trail.cap and trail.lengths[size] < _SCOUT_TEXT:
            if trail.reached_s > self.settings.target_s / 10 or self.spent > 0.5:
                return
            size = min(size * _STEP, trail.cap)

    def _extend(self, trail: Trail) -> None:
        """Grow up to the target, and shrink when a step went far over it. A size that fails is approached from
        below."""
        target_s = self.settings.target_s
        for _ in range(_STEPS):
            if target_s <= trail.reached_s <= _ENOUGH * target_s or self.spent >= 1:
                return
            largest = max(trail.points)
            wanted = min(max(1, int(largest * self._factor(trail, largest))), trail.cap)
            if trail.reached_s < target_s and trail.blocked is not None:
                wanted = min(wanted, math.isqrt(largest * trail.blocked))  # halfway to it on a log scale
            if any(abs(wanted - size) <= size * _SAME for size in trail.points):
                return
            self._step(trail, wanted)

    def _factor(self, trail: Trail, largest: int) -> float:
        """The factor from ``largest`` to the size wanted: from the slope where two points show one, else a fixed
        step."""
        taken, goal = trail.points[largest], _OVERSHOOT * self.settings.target_s
        if trail.reached_s >= self.settings.target_s:
            largest, taken = trail.best
        seen = [(size, t) for size, t in trail.points.items() if t > _NOTICEABLE_S and size < largest and t < taken]
        if not seen:
            return 2.0 if taken > goal / 20 else _STRIDE
        below, t_below = max(seen)
        # Time grows as size ** slope. The bounds keep a noisy pair of points from a leap or a standstill.
        slope = min(8.0, max(0.7, math.log(taken / t_below) / math.log(largest / below)))
        return float(min(_STRIDE, (goal / taken) ** (1 / slope)) * largest / max(trail.points))

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
