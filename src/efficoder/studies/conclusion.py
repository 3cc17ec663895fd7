"""What a study of arms concludes: each arm's score, contrasts with intervals over the tasks, the answer in
words."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

import msgspec

from efficoder.console import counted
from efficoder.errors import UsageError
from efficoder.metrics.intervals import (
    Correlation,
    Interval,
    correlate,
    geometric_mean_interval,
    mean_interval,
    paired_difference,
    significance,
    wilson,
)
from efficoder.studies.arm_training import BASE, Cut, HeldOutScore, Trained


class ArmScore(msgspec.Struct, frozen=True, kw_only=True):
    arm: str
    rows: int
    data_ratio: Interval | None
    """Geometric mean of its training answers' CPU time over the references', on the tasks where every arm's answer has
    one; below 1 is faster. None where there is none, and for the base model."""
    pass_at_1: Interval
    """In [0, 1], over all held-out tasks."""
    time_ratio: Interval | None
    """Geometric mean of CPU time over the reference's on the common tasks; below 1 is faster. None without any."""
    seeds: list[tuple[float, float | None]]
    """pass@1 and time ratio of each seed."""


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """One arm against another on the same tasks."""

    arm: str
    against: str
    pass_difference: Interval
    time_ratio: Interval | None
    """Below 1: ``arm`` writes the faster code."""
    seeds: list[float]
    """The time ratio of each seed; empty without tasks that both solved."""
    words: str


class StudyResult(msgspec.Struct, frozen=True, kw_only=True):
    """``study.json`` in the study's folder."""

    method: str
    model: str
    tasks: int
    common: int
    """Held-out tasks that every arm and the base model solved with every seed: the arms' times are over these,
    contrasts over those that their two solved."""
    dropped: int
    """Training rows left out of every arm because one arm's was too long."""
    arms: list[ArmScore]
    contrasts: list[Contrast]
    correlation: Correlation | None
    """Of the arms' data_ratio with their time_ratio, both as logs: does faster data make faster models (EffiCoder,
    figure 3)? None for fewer than three arms that have both, or where one does not vary."""
    words: str


def conclude(trained: Trained, scores: Mapping[str, Sequence[HeldOutScore]]) -> StudyResult:
    """What the models' ``scores`` say, by the names of ``trained.answers``; also written to ``study.json``. The first
    arm is contrasted with each other one. Raises UsageError for scores of other tasks for one model than another."""
    found = {name: {one.task_id: one for one in each} for name, each in scores.items()}
    arms = [BASE, *trained.cuts]
    named = {(arm, seed): BASE if arm == BASE else f"{arm}-{seed}" for arm in arms for seed in trained.seeds}
    result = _conclude(trained, _Scores({key: found[name] for key, name in named.items()}, arms, list(trained.seeds)))
    (trained.out / "study.json").write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2))
    return result


class _Scores:
    """Scores of every arm and seed on the same tasks."""

    def __init__(
        self, scores: dict[tuple[str, int], dict[str, HeldOutScore]], arms: list[str], seeds: list[int]
    ) -> None:
        self._scores, self.arms, self.seeds = scores, arms, seeds
        self.tasks = sorted(next(iter(scores.values())))
        for (arm, seed), each in scores.items():
            if sorted(each) != self.tasks or not each:
                raise UsageError(f"{arm}, seed {seed}, was scored on other tasks than the rest")

    def passed(self, arm: str, seeds: Sequence[int] | None = None) -> list[float]:
        """Of each task, the mean over seeds."""
        return [fmean(self._scores[arm, seed][task].passed for seed in seeds or self.seeds) for task in self.tasks]

    def common(self, *arms: str) -> list[str]:
        """Tasks that each of ``arms`` solved and was timed on with every seed."""
        each = [self._scores[arm, seed] for arm in arms for seed in self.seeds]
        return [task for task in self.tasks if all(scores[task].log_ratio is not None for scores in each)]

    def logs(self, arm: str, tasks: Sequence[str], seeds: Sequence[int] | None = None) -> list[float]:
        """Of each of ``tasks``, common ones, the mean log time ratio over seeds."""
        each = [self._scores[arm, seed] for seed in seeds or self.seeds]
        return [fmean(scores[task].log_ratio or 0.0 for scores in each) for task in tasks]


def _conclude(trained: Trained, scores: _Scores) -> StudyResult:
    question, *controls = trained.cuts
    contrasts = [_contrast(scores, question, against) for against in (*controls, BASE)]
    common = scores.common(*scores.arms)
    arms = [_arm(scores, arm, trained.cuts.get(arm), common) for arm in scores.arms]
    return StudyResult(
        method=trained.config.method,
        model=trained.config.model,
        tasks=len(scores.tasks),
        common=len(common),
        dropped=trained.dropped,
        arms=arms,
        contrasts=contrasts,
        correlation=_correlation(arms),
        words=_answer(contrasts[0]),
    )


def _arm(scores: _Scores, arm: str, cut: Cut | None, common: Sequence[str]) -> ArmScore:
    def ratio_of(seed: int) -> float | None:
        return math.exp(fmean(scores.logs(arm, common, [seed]))) if common else None

    return ArmScore(
        arm=arm,
        rows=cut.rows if cut else 0,
        data_ratio=cut.data_ratio if cut else None,
        pass_at_1=_pass_at_1(scores.passed(arm)),
        time_ratio=geometric_mean_interval(scores.logs(arm, common)),
        seeds=[(fmean(scores.passed(arm, [seed])), ratio_of(seed)) for seed in scores.seeds],
    )


def _pass_at_1(passed: Sequence[float]) -> Interval:
    """Where all is solved or nothing, resampling shows no spread."""
    same = set(passed) in ({0.0}, {1.0})
    return wilson(round(sum(passed)), len(passed)) if same else mean_interval(passed)


def _correlation(arms: Sequence[ArmScore]) -> Correlation | None:
    pairs = [(arm.data_ratio.value, arm.time_ratio.value) for arm in arms if arm.data_ratio and arm.time_ratio]
    data, models = ([math.log(pair[side]) for pair in pairs] for side in (0, 1))
    varies = len(set(data)) > 1 and len(set(models)) > 1
    return correlate(data, models) if len(pairs) >= 3 and varies else None


FEWEST = 6
"""Tasks that a verdict on time needs: with fewer, all fall on one side by chance more than once in twenty studies."""


def _contrast(scores: _Scores, arm: str, against: str) -> Contrast:
    passes = paired_difference(scores.passed(against), scores.passed(arm))
    common = scores.common(arm, against)

    def logs(seeds: Sequence[int]) -> list[float]:
        pairs = zip(scores.logs(arm, common, seeds), scores.logs(against, common, seeds), strict=True)
        return [one - other for one, other in pairs]

    ratio = geometric_mean_interval(logs(scores.seeds))
    enough = ratio is not None and len(common) >= FEWEST
    speed = (
        significance(ratio, 1.0, False)
        if ratio and enough
        else f"not known: {counted(len(common), 'task')} solved by both"
    )
    words = f"{arm} against {against}: pass@1 {significance(passes)}; CPU time {speed}"
    by_seed = [math.exp(fmean(logs([seed]))) for seed in scores.seeds] if common else []
    return Contrast(arm=arm, against=against, pass_difference=passes, time_ratio=ratio, seeds=by_seed, words=words)


def _answer(contrast: Contrast) -> str:
    ratio, passes, seeds = contrast.time_ratio, contrast.pass_difference, contrast.seeds
    arm, against = contrast.arm, contrast.against
    if ratio is None or ratio.low is None or ratio.high is None or ratio.n < FEWEST:
        return f"Cannot be told: too few tasks were solved by both {arm} and {against}."
    basis = f"({counted(ratio.n, 'task')} solved by both, {counted(len(seeds), 'seed')})"
    lost = passes.high is not None and passes.high < 0
    if ratio.high < 1 and max(seeds) < 1:
        cost = ", but it solves fewer tasks" if lost else ""
        return f"Yes: trained on {arm} it writes faster code than trained on {against} {basis}{cost}."
    if ratio.low > 1 and min(seeds) > 1:
        return f"No: trained on {arm} it writes slower code than trained on {against} {basis}."
    if ratio.high < 1 or ratio.low > 1:
        span = f"{min(seeds):.2f} to {max(seeds):.2f} times"
        return f"Not shown: the seeds do not agree on whether {arm} or {against} writes faster code, {span} {basis}."
    least = max(abs(math.log(ratio.low)), abs(math.log(ratio.high)))
    return (
        f"Not shown: code of {arm} and {against} does not differ in time beyond doubt {basis}; "
        f"a difference above {100 * math.expm1(least):.0f} % would have shown."
    )
