"""One task's rows, and which of its right candidates have a time that may be compared."""

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple

import msgspec

from efficoder.evaluation.enamel_levels import LevelTimes
from efficoder.metrics import readings
from efficoder.metrics.ranking import LEAST_BYTE_SECONDS, LEAST_BYTES
from efficoder.types import Measurement, Ratio, Sample, Verdict


class TaskRows(msgspec.Struct, frozen=True, kw_only=True):
    """What a run knows of one task."""

    task_id: str
    checks: int
    """How many cases of the set decide right or wrong."""
    ours: Container[int] = frozenset()
    """Which cases are of our making, by their place in ``Verdict.first_failure``."""
    added: Container[int] | None = None
    """Which cases are none of the set's original ones; None where the set makes no such difference."""
    lost: Mapping[str, int] = {}
    """Checks of the set that judge nobody, by reason."""
    constant: str = ""
    """As TaskTests.constant: then nothing is timed."""
    reference_id: str | None
    samples: Sequence[Sample]
    verdicts: Mapping[str, Verdict]
    """By candidate; only those of the present checks and loads."""
    measurements: Mapping[str, Measurement]
    """Of the race by candidate, or of the one it ran later; only those of the present loads."""
    references: Mapping[int, Measurement] = {}
    """The reference's in the races that were run later, by session."""
    beside: Mapping[str, Measurement]
    """Of the second race beside the reference (evaluation/reference_race.py), for those that have one."""
    levels: Mapping[str, LevelTimes]
    """Times by level (evaluation/enamel_levels.py), where the source ships levels; then eff and right are ENAMEL's."""
    pool: Mapping[str, float] = {}
    """The source's own pool: shares by candidate."""


class Timed(NamedTuple):
    """What is known of one right candidate. A censored time is a lower bound, and so is its ratio."""

    et_s: float
    mu_bytes: float | None
    tmu_byte_s: float | None
    to_reference: Ratio | None
    censored: bool
    raw: tuple[float | None, float | None, float | None]
    """The papers' ET, MU and TMU."""


def time_s(measurement: Measurement) -> float:
    """ET of a measurement, at least what can be told from the floor: a ratio of two noises is no score."""
    return max(readings.et_s(measurement), readings.resolution_s(measurement) / measurement.loops)


def same_race(a: Measurement, b: Measurement) -> bool:
    """Entrants of one race share the first run of its floor; rows of an earlier one must not be paired with later ones.
    Those with another number of loops have a floor of their own, and are not paired round by round."""
    here = a.session == b.session and a.tests_hash == b.tests_hash and a.worker == b.worker
    return here and (a.floor[:1] == b.floor[:1] or a.loops != b.loops)


def timed(rows: TaskRows) -> dict[str, Timed]:
    """Every right candidate with a time. With a reference only those of its own race: an older time does not count."""
    right = {key: m for key, m in rows.measurements.items() if _passed(rows, key) and readings.has_time(m)}
    reference = right.get(rows.reference_id or "")
    if reference is None or reference.censored:
        return {key: _timed(m, None, time_s(m)) for key, m in right.items()}
    found: dict[str, Timed] = {}
    again = rows.beside.get(reference.candidate_id)
    for key, measured in right.items():
        second = rows.beside.get(key)
        if measured is reference:
            found[key] = _timed(
                measured, Ratio(value=1.0, low=1.0, high=1.0, rounds=len(measured.rounds)), time_s(measured)
            )
        elif again is not None and second is not None and _usable(second, again):
            ratio = readings.paired_ratio(second, again)
            found[key] = _timed(second, ratio, ratio.value * time_s(reference))
        elif (anchor := rows.references.get(measured.session)) is not None:
            if _usable(measured, anchor):
                ratio = readings.paired_ratio(measured, anchor)
                found[key] = _timed(measured, ratio, ratio.value * time_s(reference))
        elif same_race(measured, reference):
            found[key] = _timed(measured, readings.paired_ratio(measured, reference), time_s(measured))
    return found


def _passed(rows: TaskRows, key: str) -> bool:
    verdict = rows.verdicts.get(key)
    return verdict is not None and verdict.outcome == "passed"


def _usable(second: Measurement, reference: Measurement) -> bool:
    timed = readings.has_time(second) and readings.has_time(reference)
    return timed and not reference.censored and same_race(second, reference)


def _timed(measured: Measurement, ratio: Ratio | None, et_s: float) -> Timed:
    return Timed(
        et_s=et_s,
        mu_bytes=_at_least(measured.peak_bytes, LEAST_BYTES),
        tmu_byte_s=_at_least(measured.byte_seconds, LEAST_BYTE_SECONDS),
        to_reference=ratio,
        censored=measured.censored,
        raw=(
            readings.raw_et_s(measured) if measured.rounds and not measured.censored else None,
            measured.raw_peak_bytes,
            measured.raw_byte_seconds,
        ),
    )


def _at_least(value: float | None, least: float) -> float | None:
    """Memory under what it can be told from stands there: a ratio of two noises is no score."""
    return None if value is None else float(max(value, least))
