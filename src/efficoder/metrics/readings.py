"""What a Measurement says: seconds beyond the empty program's, and the ratio of two of one race with its interval."""

import math
from collections.abc import Iterable
from statistics import median

from efficoder.metrics.intervals import FEW_ROUNDS, log_ratio_interval, robust_spread
from efficoder.types import Measurement, Ratio

UNBOUNDED = 1e9
"""Upper bound of a ratio that has none (a timeout beside it); stored JSON knows no infinity."""

JOINED = 3
"""The least session of a race that candidates ran later than the others of their task (evaluation/joining.py)."""

RESOLUTION_S = 1e-4
"""No net time below this is believed: two exits of the same empty child differ by more."""


def has_time(measurement: Measurement | None) -> bool:
    """Whether it ran to its end at least once, or to its limit. What has no time is compared with nothing."""
    return measurement is not None and bool(measurement.rounds or measurement.censored)


def raced(measurements: Iterable[Measurement]) -> dict[str, Measurement]:
    """By candidate, its measurement in the race, else in the one it ran later."""
    found: dict[str, Measurement] = {}
    for measurement in measurements:
        before = found.get(measurement.candidate_id)
        if measurement.session == 0 or (measurement.session >= JOINED and (before is None or before.session)):
            found[measurement.candidate_id] = measurement
    return found


def floor_s(measurement: Measurement) -> float:
    """CPU seconds of the empty program, median of the session's rounds."""
    return median(run.cpu_s for run in measurement.floor)


def resolution_s(measurement: Measurement) -> float:
    """The smallest CPU time over the floor that is not the floor's own spread (three robust standard deviations)."""
    return max(RESOLUTION_S, 3.0 * robust_spread([run.cpu_s for run in measurement.floor]))


def et_s(measurement: Measurement) -> float:
    """ET: CPU seconds of one pass over the loads, floor subtracted, median over rounds. Lower is better.

    Of a censored measurement: the least it can be. Raises ValueError for one without rounds that is not censored.
    """
    if measurement.censored:
        return max(0.0, measurement.limit_s - floor_s(measurement)) / measurement.loops
    if not measurement.rounds:
        raise ValueError(f"candidate {measurement.candidate_id} failed while it was timed: it has no time")
    return max(0.0, median(run.cpu_s for run in measurement.rounds) - floor_s(measurement)) / measurement.loops


def raw_et_s(measurement: Measurement) -> float:
    """ET as the papers have it (EffiCoder, EffiBench): wall seconds of the process, the empty program included.

    Of a process that goes over the loads once: where a run looped, only what it took over the empty program is divided
    by its loops. Median over rounds. Raises ValueError for a measurement without rounds.
    """
    if not measurement.rounds:
        raise ValueError(f"candidate {measurement.candidate_id} has no round that came to its end: no wall time")
    start_s = median(run.wall_s for run in measurement.floor) if measurement.loops > 1 else 0.0
    return start_s + (median(run.wall_s for run in measurement.rounds) - start_s) / measurement.loops


def paired_ratio(a: Measurement, b: Measurement) -> Ratio:
    """How many times the CPU time of ``b`` does ``a`` take: median of per-round ratios, rounds matched by number.

    A censored side gives a bound: value and the open end of the interval say so (``low`` 0 or ``high`` UNBOUNDED).
    Measurements with other numbers of loops (a slow entrant is not looped) share no round: the interval is wide.
    A side whose net time cannot be distinguished from the floor is set to the resolution, and its end is open as well:
    never a ratio of two noises. Raises ValueError for measurements that must not be compared (another task, load,
    machine or session) or that share no round.
    """
    for field in ("task_id", "session", "machine", "tests_hash", "loads"):
        if getattr(a, field) != getattr(b, field):
            raise ValueError(f"measurements differ in {field}: they must not be compared")
    if a.censored and b.censored:
        return Ratio(value=1.0, low=0.0, high=UNBOUNDED, rounds=0)
    if b.censored:
        return inverse(paired_ratio(b, a))
    if a.censored or a.loops != b.loops:
        return _unpaired_ratio(a, b)
    return _ratio_of_rounds(a, b)


def _unpaired_ratio(a: Measurement, b: Measurement) -> Ratio:
    """Of times that were not taken side by side: as uncertain as a single round."""
    least_a, least_b = resolution_s(a) / a.loops, resolution_s(b) / b.loops
    middle = math.log(max(et_s(a), least_a) / max(et_s(b), least_b))
    half = FEW_ROUNDS[1]
    return _open_ended(
        (middle, middle - half, middle + half), et_s(a) < least_a, a.censored or et_s(b) < least_b, rounds=1
    )


def _ratio_of_rounds(a: Measurement, b: Measurement) -> Ratio:
    least = max(resolution_s(a), resolution_s(b))
    net_a = {run.round: run.cpu_s - floor_s(a) for run in a.rounds}
    net_b = {run.round: run.cpu_s - floor_s(b) for run in b.rounds}
    common = sorted(net_a.keys() & net_b.keys())
    logs = log_ratio_interval([math.log(max(net_a[r], least) / max(net_b[r], least)) for r in common])
    # A side too short to distinguish from the empty program bounds the ratio on one side only.
    lost_a, lost_b = (median(net[r] for r in common) < least for net in (net_a, net_b))
    return _open_ended(logs, lost_a, lost_b, len(common))


def _open_ended(logs: tuple[float, float, float], low_open: bool, high_open: bool, rounds: int) -> Ratio:
    value, low, high = (math.exp(x) for x in logs)
    return Ratio(value=value, low=0.0 if low_open else low, high=UNBOUNDED if high_open else high, rounds=rounds)


def inverse(ratio: Ratio) -> Ratio:
    """The ratio read the other way round."""
    return Ratio(
        value=1.0 / ratio.value,
        low=0.0 if ratio.high >= UNBOUNDED else 1.0 / ratio.high,
        high=UNBOUNDED if ratio.low <= 0.0 else 1.0 / ratio.low,
        rounds=ratio.rounds,
    )
