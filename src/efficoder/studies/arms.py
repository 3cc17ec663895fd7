"""Did the selection pay? The same model trained on each arm with the same tasks, order, budget and seeds; every model
answers the held-out tasks, and all answers are scored together; the result in words, with intervals over the tasks.

Training and answering want a GPU, scoring a quiet machine: a model's answers are a file, and the study goes on from it
wherever its folder is.

The arms are cut to what all of them share: a task whose row is too long in one arm is left out of every arm. The
interval resamples tasks (Efron 1979); seeds are averaged first and their spread is shown beside it.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import msgspec

from efficoder.config import TrainConfig
from efficoder.console import clock
from efficoder.errors import InputError, UsageError
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
from efficoder.training import chat, loading, rows, settings
from efficoder.training.gguf import gguf_problem, save, to_gguf
from efficoder.training.run import TrainResult, quiet, train

if TYPE_CHECKING:
    from efficoder.training.watch import Progress

BASE = "base"
"""The arm that is not trained: the same model through the same export."""


class TaskScore(msgspec.Struct, frozen=True):
    """How a model did on one held-out task."""

    task_id: str
    passed: float
    """Share of its samples that were right."""
    log_ratio: float | None = None
    """Log of its CPU time over the reference's, in the same rounds; None where wrong or not timed."""


@dataclasses.dataclass(frozen=True, slots=True)
class Served:
    """A model to score. ``gguf`` is None where its architecture cannot be written as one."""

    name: str
    folder: Path
    gguf: Path | None


Answer = Callable[[Served, Path], None]
"""Writes the model's answers to the held-out tasks to the file."""
Told = Callable[[str], None]
Times = Mapping[tuple[str, str], float]
"""Prompt and answer of a training row to the answer's CPU time over the reference's."""


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


@dataclasses.dataclass(frozen=True, slots=True)
class _Cut:
    """An arm cut to what all arms share."""

    path: Path
    rows: int
    data_ratio: Interval | None


@dataclasses.dataclass(frozen=True, slots=True)
class Trained:
    """The models of a study and what they answered."""

    config: TrainConfig
    out: Path
    cuts: Mapping[str, _Cut]
    dropped: int
    seeds: Sequence[int]
    answers: Mapping[str, Path]
    """Samples files by model: ``base``, and ``ARM-SEED`` for each arm and seed."""


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


def train_arms(
    config: TrainConfig,
    arms: Mapping[str, Path],
    out: Path,
    answer: Answer,
    *,
    times: Times | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    told: Told = lambda _: None,
) -> Trained:
    """Train every arm once a seed, and have each of these models and the base model answer the held-out tasks.

    ``arms``: files of exported rows by name, the one in question (``efficient``) first. ``times`` says how efficient
    those rows are. ``told`` hears what is done now. The same call goes on where it was stopped; a model that has
    answered is not needed any more. Raises InputError for arms without a common task, UsageError for fewer than two
    arms or no seed.
    """
    if len(arms) < 2 or not seeds or BASE in arms:
        raise UsageError(f"a study needs two arms, none named {BASE!r}, and a seed")
    with quiet():
        config, cuts, dropped = _share(config, arms, out, times or {})
        told(f"{cuts[next(iter(arms))].rows} rows an arm; {dropped} left out: too long, or not in every arm")
        answers = {BASE: _answers(out / BASE, lambda folder: _base(config, folder), answer, told)}
        for seed in seeds:
            for arm, cut in cuts.items():

                def made(folder: Path, cut: _Cut = cut, seed: int = seed) -> Served:
                    told(f"training {folder.name}")
                    progress = _progress(folder.name, told)
                    return _served(folder.name, train(config, cut.path, folder, seed=seed, progress=progress))

                answers[f"{arm}-{seed}"] = _answers(out / f"{arm}-{seed}", made, answer, told)
    return Trained(config, out, cuts, dropped, list(seeds), answers)


def conclude(trained: Trained, scores: Mapping[str, Sequence[TaskScore]]) -> StudyResult:
    """What the models' ``scores`` say, by the names of ``trained.answers``; also written to ``study.json``. The first
    arm is contrasted with each other one. Raises UsageError for scores of other tasks for one model than another."""
    found = {name: {one.task_id: one for one in each} for name, each in scores.items()}
    arms = [BASE, *trained.cuts]
    named = {(arm, seed): BASE if arm == BASE else f"{arm}-{seed}" for arm in arms for seed in trained.seeds}
    result = _conclude(trained, _Scores({key: found[name] for key, name in named.items()}, arms, list(trained.seeds)))
    (trained.out / "study.json").write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2))
    return result


def _answers(folder: Path, make: Callable[[Path], Served], answer: Answer, told: Told) -> Path:
    """The model's answers, whole or not there; the model is made only if they are not."""
    path = folder / "answers.jsonl"
    if not path.is_file():
        served = make(folder)
        told(f"answering: {served.name}")
        fresh = folder / ".answers.jsonl.new"
        answer(served, fresh)
        fresh.rename(path)
    return path


def _progress(name: str, told: Told) -> "Callable[[Progress], None]":
    return lambda now: told(f"{name}: step {now.step}/{now.steps}, loss {now.loss:.4f}, {clock(now.eta_s)} left")


# ---------------------------------------------------------------- equal arms


def _share(
    config: TrainConfig, arms: Mapping[str, Path], out: Path, times: Times
) -> tuple[TrainConfig, dict[str, _Cut], int]:
    """The arms cut to the same prompts, in the same order and as many rows each; the config with its token limit."""
    found = loading.find(config.model)
    read = {arm: rows.read(path, config.method) for arm, path in arms.items()}
    encoded = {arm: [chat.encode(found.chat, row) for row in each] for arm, each in read.items()}
    limit = settings.token_limit(config, [ids.tokens for each in encoded.values() for ids in each])
    grouped = {arm: _by_prompt(read[arm], encoded[arm], limit) for arm in arms}
    first = next(iter(grouped.values()))
    equal = {prompt: min(len(group.get(prompt, ())) for group in grouped.values()) for prompt in first}
    if not any(equal.values()):
        raise InputError(
            f"the arms {', '.join(arms)} have no task in common that fits {limit} tokens",
            hint="build them in one run, or raise train.max_tokens",
        )
    kept = {
        arm: [row for prompt, count in equal.items() for row in group.get(prompt, [])[:count]]
        for arm, group in grouped.items()
    }
    ratios = _data_ratios(kept, times)
    (out / "arms").mkdir(parents=True, exist_ok=True)
    shared = {
        arm: _Cut(rows.write(out / "arms" / f"{arm}.jsonl", each, config.method), len(each), ratios[arm])
        for arm, each in kept.items()
    }
    dropped = max(map(len, read.values())) - sum(equal.values())
    return dataclasses.replace(config, max_tokens=limit), shared, dropped


def _data_ratios(kept: Mapping[str, Sequence[rows.Row]], times: Times) -> dict[str, Interval | None]:
    """The arms are aligned: a row counts where the row at its place has a time in every arm."""
    found = {arm: [times.get((row.prompt[-1].content, row.chosen)) for row in each] for arm, each in kept.items()}
    known = [None not in place for place in zip(*found.values(), strict=True)]
    return {
        arm: geometric_mean_interval(
            [math.log(time) for time, all_known in zip(each, known, strict=True) if time and all_known]
        )
        for arm, each in found.items()
    }


def _by_prompt(
    read: Sequence[rows.Row], encoded: Sequence[chat.Encoded], limit: int
) -> dict[tuple[rows.Message, ...], list[rows.Row]]:
    groups: dict[tuple[rows.Message, ...], list[rows.Row]] = {}
    for row, ids in zip(read, encoded, strict=True):
        if ids.tokens <= limit:
            groups.setdefault(row.prompt, []).append(row)
    return groups


# ---------------------------------------------------------------- scores


def _base(config: TrainConfig, folder: Path) -> Served:
    model, gguf = folder / "model", folder / "model.gguf"
    if not model.is_dir():
        found = loading.find(config.model)
        save(loading.load(found, config.precision or "fp32"), found.chat.tokenizer, model)
    can = config.gguf and gguf_problem(model) is None
    if can and not gguf.is_file():
        to_gguf(model, gguf)
    return Served(BASE, model, gguf if can else None)


def _served(name: str, result: TrainResult) -> Served:
    return Served(name, Path(result.model), Path(result.gguf) if result.gguf else None)


class _Scores:
    """Scores of every arm and seed on the same tasks."""

    def __init__(self, scores: dict[tuple[str, int], dict[str, TaskScore]], arms: list[str], seeds: list[int]) -> None:
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


def _arm(scores: _Scores, arm: str, cut: _Cut | None, common: Sequence[str]) -> ArmScore:
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
    speed = significance(ratio, 1.0, False) if ratio and enough else f"not known: {len(common)} tasks solved by both"
    words = f"{arm} against {against}: pass@1 {significance(passes)}; CPU time {speed}"
    by_seed = [math.exp(fmean(logs([seed]))) for seed in scores.seeds] if common else []
    return Contrast(arm=arm, against=against, pass_difference=passes, time_ratio=ratio, seeds=by_seed, words=words)


def _answer(contrast: Contrast) -> str:
    ratio, passes, seeds = contrast.time_ratio, contrast.pass_difference, contrast.seeds
    arm, against = contrast.arm, contrast.against
    if ratio is None or ratio.low is None or ratio.high is None or ratio.n < FEWEST:
        return f"Cannot be told: too few tasks were solved by both {arm} and {against}."
    basis = f"({ratio.n} tasks solved by both, {len(seeds)} seed{'s' if len(seeds) > 1 else ''})"
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
