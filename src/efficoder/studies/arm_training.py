"""Did the selection pay? The same model trained on each arm with the same tasks, order, budget and seeds; every model
answers the held-out tasks, and all answers are scored together; the result in words, with intervals over the tasks.

Training and answering want a GPU, scoring a quiet machine: a model's answers are a file, and the study resumes from it
wherever its folder is.

The arms are cut to what all of them share: a task whose row is too long in one arm is left out of every arm. The
interval resamples tasks (Efron 1979); seeds are averaged first and their spread is shown beside it.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from efficoder.config import TrainConfig
from efficoder.console import clock, counted
from efficoder.errors import InputError, UsageError
from efficoder.metrics.intervals import (
    Interval,
    geometric_mean_interval,
)
from efficoder.training import chat, loading, rows, settings
from efficoder.training.gguf_writer import gguf_problem, to_gguf
from efficoder.training.run import TrainResult, quiet, train
from efficoder.training.saving import save

if TYPE_CHECKING:
    from efficoder.training.watch import TrainingProgress

BASE = "base"
"""The arm that is not trained: the same model through the same export."""


class HeldOutScore(msgspec.Struct, frozen=True):
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
Say = Callable[[str], None]
Times = Mapping[tuple[str, str], float]
"""Prompt and answer of a training row to the answer's CPU time over the reference's."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cut:
    """An arm cut to what all arms share."""

    path: Path
    rows: int
    data_ratio: Interval | None


@dataclasses.dataclass(frozen=True, slots=True)
class Trained:
    """The models of a study and what they answered."""

    config: TrainConfig
    out: Path
    cuts: Mapping[str, Cut]
    dropped: int
    seeds: Sequence[int]
    answers: Mapping[str, Path]
    """Samples files by model: ``base``, and ``ARM-SEED`` for each arm and seed."""


def train_arms(
    config: TrainConfig,
    arms: Mapping[str, Path],
    out: Path,
    answer: Answer,
    *,
    times: Times | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    say: Say = lambda _: None,
) -> Trained:
    """Train every arm once per seed, and have each of these models and the base model answer the held-out tasks.

    ``arms``: files of exported rows by name, the one in question (``efficient``) first. ``times`` says how efficient
    those rows are. ``say`` gets a line on each step as it starts. The same call resumes where it was stopped; a model
    that has answered is not needed any more. Raises InputError for arms without a common task, UsageError for fewer
    than two arms or no seed.
    """
    if len(arms) < 2 or not seeds or BASE in arms:
        raise UsageError(f"a study needs two arms, none named {BASE!r}, and a seed")
    with quiet():
        config, cuts, dropped = _share(config, arms, out, times or {})
        say(f"{counted(cuts[next(iter(arms))].rows, 'row')} per arm; {dropped} left out: too long, or not in every arm")
        answers = {BASE: _answers(out / BASE, lambda folder: _base(config, folder), answer, say)}
        for seed in seeds:
            for arm, cut in cuts.items():

                def made(folder: Path, cut: Cut = cut, seed: int = seed) -> Served:
                    say(f"training {folder.name}")
                    progress = _progress(folder.name, say)
                    return _served(folder.name, train(config, cut.path, folder, seed=seed, progress=progress))

                answers[f"{arm}-{seed}"] = _answers(out / f"{arm}-{seed}", made, answer, say)
    return Trained(config, out, cuts, dropped, list(seeds), answers)


def _answers(folder: Path, make: Callable[[Path], Served], answer: Answer, say: Say) -> Path:
    """The model's answers, whole or not there; the model is made only if they are not."""
    path = folder / "answers.jsonl"
    if not path.is_file():
        served = make(folder)
        say(f"answering: {served.name}")
        fresh = folder / ".answers.jsonl.new"
        answer(served, fresh)
        fresh.rename(path)
    return path


def _progress(name: str, say: Say) -> "Callable[[TrainingProgress], None]":
    return lambda now: say(f"{name}: step {now.step}/{now.steps}, loss {now.loss:.4f}, {clock(now.eta_s)} left")


def _share(
    config: TrainConfig, arms: Mapping[str, Path], out: Path, times: Times
) -> tuple[TrainConfig, dict[str, Cut], int]:
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
        arm: Cut(rows.write(out / "arms" / f"{arm}.jsonl", each, config.method), len(each), ratios[arm])
        for arm, each in kept.items()
    }
    dropped = max(map(len, read.values())) - sum(equal.values())
    return dataclasses.replace(config, max_tokens=limit), shared, dropped


def _data_ratios(kept: Mapping[str, Sequence[rows.TrainingRow]], times: Times) -> dict[str, Interval | None]:
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
    read: Sequence[rows.TrainingRow], encoded: Sequence[chat.Encoded], limit: int
) -> dict[tuple[rows.ChatMessage, ...], list[rows.TrainingRow]]:
    groups: dict[tuple[rows.ChatMessage, ...], list[rows.TrainingRow]] = {}
    for row, ids in zip(read, encoded, strict=True):
        if ids.tokens <= limit:
            groups.setdefault(row.prompt, []).append(row)
    return groups


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
