"""Which right or wrong programs stand against a chosen one in preference pairs."""

import math
from collections.abc import Iterable, Mapping, Sequence

from efficoder.metrics.faster_or_tie import is_slower
from efficoder.metrics.readings import has_time, paired_ratio
from efficoder.types import Measurement, Ratio


def clear_gain(measurements: Iterable[Measurement], fast: str, slow: str, margin: float) -> Ratio | None:
    """The slow program's CPU time over the fast one's, if its interval clears the margin (at least 1) in every
    session that measured both; the race's own (the first session's) is returned."""
    by_session: dict[int, dict[str, Measurement]] = {}
    for measurement in measurements:
        if has_time(measurement):
            by_session.setdefault(measurement.session, {})[measurement.candidate_id] = measurement
    both = [by_session[session] for session in sorted(by_session) if {fast, slow} <= by_session[session].keys()]
    try:
        ratios = [paired_ratio(session[slow], session[fast]) for session in both]
    except ValueError:  # measured under other conditions: not to be compared
        return None
    return ratios[0] if ratios and all(is_slower(ratio, max(margin, 1.0)) for ratio in ratios) else None


def balanced(
    chosen: str, pool: Sequence[str], code: Mapping[str, str], models: Mapping[str, Sequence[str]], most: int
) -> list[str]:
    """Up to ``most`` of ``pool``, so that neither length nor author tells which side is better: first those that share
    a model with ``chosen``, and among them whichever keeps the sum of log length ratios nearest zero."""
    own = set(models.get(chosen, ()))
    size = len(code[chosen]) + 1
    lean = {other: math.log((len(code[other]) + 1) / size) for other in pool}
    taken: list[str] = []
    balance = 0.0
    while pool and len(taken) < most:
        best = min(pool, key=lambda o: (own.isdisjoint(models.get(o, ())), abs(balance + lean[o]), o))
        taken.append(best)
        balance += lean[best]
        pool = [other for other in pool if other != best]
    return taken
