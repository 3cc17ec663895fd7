"""One task's rows to scores: what each sample did, how fast it is beside the reference and beside the pool, and what
that comes to for each model. Pure: formulas are metrics/formulas.py's, reading a run is evaluation/evaluate.py's.

The pool of a task is what its source ranks answers among (types.Pool), where it has such solutions and they were right
and timed; else every distinct right candidate that was timed in its race, the reference among them.
"""

import math
from collections.abc import Container, Mapping, Sequence
from statistics import fmean, median
from typing import Literal

import msgspec

from efficoder.evaluation.enamel_levels import LevelTimes
from efficoder.evaluation.times import TaskRows, timed
from efficoder.metrics import formulas
from efficoder.metrics.faster_or_tie import NO_TIME, WORDS
from efficoder.metrics.readings import has_time
from efficoder.types import Outcome, Ratio, Sample, Verdict

GAP = 1.10
"""Times that follow each other by less count as one: repeated races move a time by some per cent, and rank, Beyond
and DPS must not be made of that (EvalPerf segments its references at gaps of 10 % too)."""

MIN_POOL = 3
"""Fewer solutions, where the source names none, are no pool: a program beside the reference alone would be scored on
who of the two is faster."""

CENSOR_FACTOR = 10.0
"""A failure stands at this many times the reference, and nothing stands above it (COFFE's time limit, 2502.02827)."""

EFF_ALPHA = 2.0
"""ENAMEL's limit: this many times the reference's time scores 0 (2406.06647)."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of one sample, or their means over samples. None is "not defined here", never zero."""

    et_s: float | None = None
    mu_bytes: float | None = None
    tmu_byte_s: float | None = None
    net: float | None = None
    """CPU time over the reference's, paired within rounds; nmu and ntmu likewise for memory, from one pass."""
    nmu: float | None = None
    ntmu: float | None = None
    reference_et_s: float | None = None
    reference_mu_bytes: float | None = None
    reference_tmu_byte_s: float | None = None
    beyond: float | None = None
    eff: float | None = None
    dps: float | None = None
    dps_norm: float | None = None
    percentile: float | None = None
    clipped: float | None = None
    optimised: float | None = None
    """1 where it is right and at least 1.10 times as fast as the reference."""
    efficient: float | None = None
    """1 where it is right and the whole interval of its time lies under the reference's."""
    raw_et_s: float | None = None
    """ET, MU and TMU as the papers have them: wall time and the whole process. Not known of a censored sample or a
    failure, nor in runs made before these were kept."""
    raw_mu_bytes: float | None = None
    raw_tmu_byte_s: float | None = None


FIELDS = Reading.__struct_fields__


class SampleScore(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an evaluation."""

    task_id: str
    model: str
    index: int
    candidate_id: str | None
    outcome: Outcome | Literal["not_judged"]
    """``not_judged``: an internal error; it counts neither way."""
    right: bool
    """By the set's own checks. It may still fail a check or load of our making: then ``outcome`` is not ``passed``."""
    trust: Literal["outside", "script", ""]
    right_base: bool | None = None
    """By the set's original checks alone (EvalPlus's base); None where it makes no such difference."""
    checks: int = 0
    """How many of the set's checks decide right or wrong."""
    lost: Mapping[str, int] = {}
    """Those of the set's checks that do not, by reason."""
    first_failure: int | None = None
    detail: str = ""
    censored: bool = False
    """Its time is at least ``own.et_s``."""
    to_reference: Ratio | None = None
    own: Reading | None = None
    """None where it is not right or has no time."""
    all: Reading | None = None
    """The same with failures, right samples without a time, and all that is slower at the censoring limit; None where
    the task has no times at all."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One model on one task, its samples averaged."""

    samples: int
    right: int
    right_base: int | None
    """By the set's original checks; None where it makes no such difference."""
    no_code: int
    censored: int
    unmeasured: int
    """Right samples of a timed task that have no time of their own."""
    own: Reading | None
    """The mean over right samples. Those without a time stand where failures do: refusing a load pays nobody."""
    all: Reading | None
    effs: tuple[float, ...]
    """The eff score of each sample, 0 for failures; empty where the task has no reference time."""


class TaskScore(msgspec.Struct, frozen=True, kw_only=True):
    task_id: str
    samples: tuple[SampleScore, ...]
    cells: dict[str, Cell]
    """By model; a model whose samples were all not judged has none."""
    outcomes: dict[str, dict[str, int]]
    """Model to the number of samples with each outcome."""


def score_task(rows: TaskRows) -> TaskScore:
    pool = _Pool(rows)
    samples = tuple(_score(sample, rows, pool) for sample in rows.samples)
    by_model: dict[str, list[SampleScore]] = {}
    outcomes: dict[str, dict[str, int]] = {}
    for score in samples:
        counts = outcomes.setdefault(score.model, {})
        counts[score.outcome] = counts.get(score.outcome, 0) + 1
        if score.outcome != "not_judged":
            by_model.setdefault(score.model, []).append(score)
    cells = {model: _cell(scores, bool(pool.timed)) for model, scores in by_model.items()}
    return TaskScore(task_id=rows.task_id, samples=samples, cells=cells, outcomes=outcomes)


def clusters(times_s: Mapping[str, float]) -> list[dict[str, float]]:
    """Times cut at gaps of more than GAP, fastest first."""
    found: list[dict[str, float]] = []
    last = 0.0
    for key, value in sorted(times_s.items(), key=lambda item: (item[1], item[0])):
        if not found or value > GAP * last:
            found.append({})
        found[-1][key] = last = value
    return found


class _Pool:
    """The race of one task: which candidates have a time, which times count as equal, and what the reference took."""

    def __init__(self, rows: TaskRows) -> None:
        self.timed = timed(rows)
        self.levels = rows.levels
        self.reference_levels = _known_levels(rows.levels.get(rows.reference_id or ""))
        sources = {key: rows.pool[key] for key in self.timed if key in rows.pool}
        shares = sources or dict.fromkeys(self.timed, 1.0)
        self.snapped: dict[str, float] = {}
        self.groups: list[tuple[float, float]] = []
        """Cost and size of the pool's clusters, as EvalPerf has them."""
        for group in clusters({key: entrant.et_s for key, entrant in self.timed.items()}):
            cost, members = median(group.values()), group.keys() & shares.keys()
            self.snapped |= dict.fromkeys(group, cost)
            if members:
                self.groups.append((cost, math.fsum(shares[key] for key in members)))
        self.costs = [self.snapped[key] for key in shares]
        self.is_pool = bool(sources) or len(shares) >= MIN_POOL
        reference = self.timed.get(rows.reference_id or "")
        self.reference = None if reference is None or reference.to_reference is None else reference
        self.yardstick = Reading()
        if self.reference is not None:
            self.yardstick = Reading(
                reference_et_s=self.reference.et_s,
                reference_mu_bytes=self.reference.mu_bytes,
                reference_tmu_byte_s=self.reference.tmu_byte_s,
            )

    def own(self, key: str) -> Reading:
        """The reading of a right candidate that has a time. A censored one scores no eff: it is a timeout."""
        entrant, snapped = self.timed[key], self.snapped[key]
        raw_et_s, raw_mu_bytes, raw_tmu_byte_s = entrant.raw
        reading = msgspec.structs.replace(
            self.yardstick,
            et_s=entrant.et_s,
            mu_bytes=entrant.mu_bytes,
            tmu_byte_s=entrant.tmu_byte_s,
            raw_et_s=raw_et_s,
            raw_mu_bytes=raw_mu_bytes,
            raw_tmu_byte_s=raw_tmu_byte_s,
        )
        if self.is_pool:
            cost = formulas.dps(snapped, self.groups)
            reading = msgspec.structs.replace(
                reading,
                beyond=formulas.beyond(snapped, self.costs),
                dps=cost.dps,
                dps_norm=cost.dps_norm,
                percentile=formulas.percentile(snapped, self.costs),
            )
        ratio = entrant.to_reference
        if ratio is None:
            return reading
        return msgspec.structs.replace(
            reading,
            net=ratio.value,
            nmu=formulas.normalised(reading.mu_bytes, reading.reference_mu_bytes),
            ntmu=formulas.normalised(reading.tmu_byte_s, reading.reference_tmu_byte_s),
            eff=self._eff(key, None if entrant.censored else ratio.value),
            clipped=formulas.clipped_ratio(ratio.value, 1.0),
            optimised=float(formulas.is_optimised(ratio.value)),
            efficient=float(formulas.beats_truth(ratio.high)),
        )

    def _eff(self, key: str, relative: float | None) -> float | None:
        """By levels where there are any, else on one level: all loads together."""
        if self.reference_levels is None:
            return formulas.level_efficiency([[relative]], [[1.0]], (1.0,), EFF_ALPHA)
        own = self.levels.get(key)
        return None if own is None else formulas.level_efficiency(own.levels, self.reference_levels)

    def failure(self) -> Reading | None:
        """What a sample that is not right counts as; None where the task has no times."""
        if not self.timed:
            return None
        nothing = self.yardstick
        if self.is_pool:
            nothing = msgspec.structs.replace(nothing, beyond=0.0, dps=0.0, dps_norm=0.0, percentile=0.0)
        if self.reference is not None:
            nothing = msgspec.structs.replace(nothing, eff=0.0, clipped=0.0, optimised=0.0, efficient=0.0)
        return self.censor(nothing)

    def censor(self, reading: Reading) -> Reading:
        """``reading`` with times and memory at most CENSOR_FACTOR times the reference's; what is missing stands
        there. Without a reference there is no such limit, and they are not defined."""
        yardstick = self.yardstick
        one = None if self.reference is None else 1.0
        return msgspec.structs.replace(
            reading,
            et_s=_capped(reading.et_s, yardstick.reference_et_s),
            mu_bytes=_capped(reading.mu_bytes, yardstick.reference_mu_bytes),
            tmu_byte_s=_capped(reading.tmu_byte_s, yardstick.reference_tmu_byte_s),
            net=_capped(reading.net, one),
            nmu=_capped(reading.nmu, one if yardstick.reference_mu_bytes else None),
            ntmu=_capped(reading.ntmu, one if yardstick.reference_tmu_byte_s else None),
        )


def _known_levels(reference: LevelTimes | None) -> list[list[float]] | None:
    """The reference's times by level; None where it has not all of them."""
    if reference is None or reference.wrong or any(None in level for level in reference.levels):
        return None
    return [[time for time in level if time is not None] for level in reference.levels]


def _capped(value: float | None, reference: float | None) -> float | None:
    """``value``, or what is missing, at most CENSOR_FACTOR references; None without one."""
    if reference is None:
        return None
    limit = CENSOR_FACTOR * reference
    return limit if value is None else min(value, limit)


def _score(sample: Sample, rows: TaskRows, pool: _Pool) -> SampleScore:
    verdict = rows.verdicts.get(sample.candidate_id or "")
    base = SampleScore(
        task_id=sample.task_id,
        model=sample.model,
        index=sample.index,
        candidate_id=sample.candidate_id,
        outcome="not_judged",
        right=False,
        trust="",
        right_base=None if rows.added is None else False,
        checks=rows.checks,
        lost=rows.lost,
    )
    if sample.candidate_id is None:
        detail = sample.problem or "no code found"
        return msgspec.structs.replace(base, outcome="no_code", detail=detail, all=pool.failure())
    if verdict is None:
        return base
    ours_only = verdict.first_failure is not None and verdict.first_failure in rows.ours
    base = msgspec.structs.replace(
        base,
        outcome=verdict.outcome,
        right=verdict.outcome == "passed" or ours_only,
        trust=verdict.trust,
        right_base=None if rows.added is None else _passes_base(verdict, rows.added),
        first_failure=verdict.first_failure,
        detail=verdict.detail,
    )
    levels = rows.levels.get(sample.candidate_id)
    if levels is not None and levels.wrong:
        base = msgspec.structs.replace(base, outcome="wrong", right=False, detail=levels.detail)
    if base.outcome != "passed":
        return msgspec.structs.replace(base, all=pool.failure())
    entrant = pool.timed.get(sample.candidate_id)
    if entrant is None:
        return _without_time(base, rows, pool)
    own = pool.own(sample.candidate_id)
    return msgspec.structs.replace(
        base, own=own, all=pool.censor(own), to_reference=entrant.to_reference, censored=entrant.censored
    )


def _passes_base(verdict: Verdict, added: Container[int]) -> bool:
    return verdict.outcome == "passed" or (verdict.first_failure is not None and verdict.first_failure in added)


def _without_time(score: SampleScore, rows: TaskRows, pool: _Pool) -> SampleScore:
    """A right sample that failed while it was timed stands where a failure does; one that was not timed yet nowhere."""
    if rows.constant:
        return msgspec.structs.replace(score, detail=f"{WORDS['constant_answer']}; {rows.constant}")
    measured = rows.measurements.get(score.candidate_id or "")
    if measured is None or has_time(measured):
        return score
    return msgspec.structs.replace(score, detail=NO_TIME, all=pool.failure())


def _cell(scores: Sequence[SampleScore], is_timed: bool) -> Cell:
    right = [score.own or score.all for score in scores if score.right]
    timed = [reading for reading in right if reading is not None]
    everything = [score.all for score in scores if score.all is not None]
    return Cell(
        samples=len(scores),
        right=sum(score.right for score in scores),
        right_base=_right_base(scores),
        no_code=sum(score.outcome == "no_code" for score in scores),
        censored=sum(score.censored for score in scores),
        unmeasured=sum(is_timed and score.right and score.own is None for score in scores),
        own=mean_reading(timed) if timed else None,
        all=mean_reading(everything) if everything else None,
        effs=tuple(reading.eff for reading in everything if reading.eff is not None),
    )


def _right_base(scores: Sequence[SampleScore]) -> int | None:
    known = [score.right_base for score in scores if score.right_base is not None]
    return sum(known) if known else None


def mean_reading(readings: Sequence[Reading]) -> Reading:
    """Field by field; a field that one of them lacks is not defined."""
    means: dict[str, float | None] = {}
    for field in FIELDS:
        values = [getattr(reading, field) for reading in readings]
        means[field] = None if None in values else fmean(values)
    return Reading(**means)
