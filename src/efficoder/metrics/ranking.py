"""The order of a race's entrants, with ties by name: what "best" means is written down here, once.

``time``     correct -> ET (ties by interval) -> TMU -> MU -> shorter code
``memory``   correct -> MU -> ET (ties by interval) -> TMU -> shorter code
``pareto``   fronts: first those that nobody beats in ET or MU without losing in the other
Equal ranks are ties; within them the list continues by the rest of the order, so its first entry is the choice.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from efficoder.metrics.faster_or_tie import is_slower
from efficoder.metrics.readings import et_s, has_time, paired_ratio
from efficoder.types import Candidate, Measurement, Ranked, Ratio

TMU_STEP = 1.10
MU_STEP = 1.05
LEAST_BYTE_SECONDS = 1e4
LEAST_BYTES = 256 << 10
"""Memory counts in these steps, from these amounts on (measured: TMU varies by 3-6 %, MU by 0.06 MB)."""

FOLLOWED = 10
"""Rounds after which more would not change an entrant's place within a rank."""

Beats = Callable[[int, int], bool]


def rank(
    measurements: Sequence[Measurement],
    candidates: Mapping[str, Candidate],
    *,
    order: Literal["time", "memory", "pareto"] = "time",
    baseline: str | None = None,
    margin: float = 1.05,
) -> list[Ranked]:
    """One race's entrants, best first; those that failed in it are left out.

    Rank 1 is every entrant that no other is shown to beat; remove them and repeat for the next rank. In ET one beats
    another when the interval of their ratio clears ``margin``. Within a rank, entrants followed for ten rounds or to
    the end come before those dropped undecided. ``to_best`` is against the first of the list, ``to_reference`` against
    ``baseline``; both are None for the entrant itself, the latter also without a time of it.
    """
    entrants = _Entrants(list(filter(has_time, measurements)), candidates, margin)
    everyone = list(range(len(entrants.timed)))
    if not everyone:
        return []
    if order == "time":
        classes = [entrants.by_memory(tied) for tied in _classes(everyone, entrants.faster)]
    elif order == "pareto":
        classes = [entrants.by_memory(tied) for tied in _classes(everyone, entrants.better)]
    else:
        lean = _classes(everyone, entrants.leaner)
        classes = [[i for fast in _classes(tied, entrants.faster) for i in entrants.by_memory(fast)] for tied in lean]
    best, ranked = classes[0][0], list[Ranked]()
    reference = next((i for i in everyone if entrants.timed[i].candidate_id == baseline), None)
    for members in classes:
        place = len(ranked) + 1
        ranked.extend(entrants.ranked(i, place, best, reference) for i in members)
    return ranked


def _classes(entrants: list[int], beats: Beats) -> list[list[int]]:
    """Those nobody beats, then those nobody of the rest beats, and so on."""
    classes: list[list[int]] = []
    while entrants:
        front = [b for b in entrants if not any(beats(a, b) for a in entrants if a != b)]
        # By intervals three can beat each other in a circle; then none of them is better.
        front = front or entrants
        classes.append(front)
        entrants = [i for i in entrants if i not in front]
    return classes


class _Entrants:
    """The measurements by number, and which of two is better."""

    def __init__(self, timed: list[Measurement], candidates: Mapping[str, Candidate], margin: float) -> None:
        self.timed = timed
        self.margin = margin
        self.lengths = [len(candidates[m.candidate_id].code) for m in timed]
        self.ratios: dict[tuple[int, int], Ratio] = {}

    def ratio(self, a: int, b: int) -> Ratio:
        if (a, b) not in self.ratios:
            self.ratios[a, b] = paired_ratio(self.timed[a], self.timed[b])
        return self.ratios[a, b]

    def faster(self, a: int, b: int) -> bool:
        return is_slower(self.ratio(b, a), self.margin)

    def leaner(self, a: int, b: int) -> bool:
        """Whether ``a``'s MU is smaller by more than its noise; an unknown one is larger than any."""
        mine, other = self.timed[a].peak_bytes, self.timed[b].peak_bytes
        if mine is None or other is None:
            return mine is not None
        return max(other, LEAST_BYTES) > MU_STEP * max(mine, LEAST_BYTES)

    def better(self, a: int, b: int) -> bool:
        """Better in ET or MU and not worse in the other."""
        return (self.faster(a, b) and not self.leaner(b, a)) or (self.leaner(a, b) and not self.faster(b, a))

    def by_memory(self, tied: list[int]) -> list[int]:
        """A class in order of TMU, MU, length of the code, id."""
        members = [self.timed[i] for i in tied]
        least_tmu = min((m.byte_seconds for m in members if m.byte_seconds is not None), default=0.0)
        least_mu = min((m.peak_bytes for m in members if m.peak_bytes is not None), default=0)
        longest = max(len(m.rounds) for m in members)

        def key(i: int) -> tuple[bool, float, float, int, str]:
            m = self.timed[i]
            return (
                len(m.rounds) < min(FOLLOWED, longest),
                _steps(m.byte_seconds, least_tmu, TMU_STEP, LEAST_BYTE_SECONDS),
                _steps(m.peak_bytes, least_mu, MU_STEP, LEAST_BYTES),
                self.lengths[i],
                m.candidate_id,
            )

        return sorted(tied, key=key)

    def ranked(self, i: int, place: int, best: int, reference: int | None) -> Ranked:
        m = self.timed[i]
        return Ranked(
            candidate_id=m.candidate_id,
            rank=place,
            et_s=et_s(m),
            mu_bytes=m.peak_bytes,
            tmu_byte_s=m.byte_seconds,
            to_best=None if i == best else self.ratio(i, best),
            to_reference=None if reference is None or i == reference else self.ratio(i, reference),
            censored=m.censored,
        )


def _steps(value: float | None, least: float, step: float, nothing: float) -> float:
    """How many factors of ``step`` above the least; below ``nothing`` all are alike, unknown comes last."""
    if value is None:
        return math.inf
    return math.floor(math.log(max(value, nothing) / max(least, nothing), step))
