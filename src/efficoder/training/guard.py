"""Does training do harm? Some training tasks are held back and answered before, during and after it.

Here is which tasks, what is kept of each look at the model, which checkpoint is the best, when training stops and what
is said in the end; looks.py asks the model. The held-back tasks come from the run's own training tasks, never from a
benchmark, and their rows are not trained on. Nothing here needs torch.
"""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Protocol

import msgspec

from efficoder.metrics.intervals import Interval, geometric_mean_interval, paired_difference, wilson
from efficoder.training.chat import RowFit
from efficoder.training.rows import TrainingRow
from efficoder.training.saving import write_json

ONE_IN, LEAST, MOST = 5, 16, 64
"""Tasks held back: one in five, at most 64, and none where that is fewer than 16. The paired interval shows a fall of
four tasks when none is won back ((1 - 4/n)^n < 0.025 for every n here): a quarter of 16, a sixteenth of 64. Fewer
tasks would show only ruin; more cost time at every look."""
LOOKS = 4
"""Looks at the model while it trains, at equal shares of the steps; the last one is after training."""
SPARE_TOKENS = 256
"""What an answer may have beyond the longest one of the held-back rows: an untrained model writes words around code."""


class Guard(Protocol):
    """Says which of the run's prompts it can judge, and judges answers to them."""

    @property
    def prompts(self) -> Collection[str]:
        """The user's messages of the tasks that can be judged."""
        ...

    def judge(self, answers: Mapping[str, str]) -> Mapping[str, float | None]:
        """Prompt and answer to None where the answer is wrong, else to the log of its time over the reference's.

        The log is 0 where no difference shows or nothing was timed. Equal answers get equal verdicts.
        """
        ...


@dataclass
class FakeGuard:
    """A guard for tests: ``verdicts`` has a function a look, from prompt and answer to what ``judge`` says of them."""

    prompts: Collection[str]
    verdicts: Sequence[Callable[[str, str], float | None]]
    asked: list[Mapping[str, str]] = field(default_factory=list)

    def judge(self, answers: Mapping[str, str]) -> Mapping[str, float | None]:
        verdict = self.verdicts[len(self.asked)]
        self.asked.append(answers)
        return {prompt: verdict(prompt, answer) for prompt, answer in answers.items()}


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The tasks that are answered instead of trained on; none where ``problem`` says why there is no guard."""

    guard: Guard
    rows: list[TrainingRow]
    """All rows of these tasks."""
    prompts: list[str]
    prompt_ids: list[list[int]]
    """The tokens of each prompt, as rows have them."""
    new_tokens: int
    """The most that an answer may have."""
    problem: str = ""


def hold_back(fit: RowFit, guard: Guard, written: int, processes: int, seed: int) -> tuple[RowFit, HeldBack]:
    """The rows to train on, and the tasks held back. ``written``: tokens that training lets the model write, 0 where
    the rows have the answers. The same rows, prompts of the guard and seed give the same tasks."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(fit.rows):
        if row.prompt[-1].content in guard.prompts:
            places.setdefault(row.prompt[-1].content, []).append(place)
    size = min(MOST, len(places) // ONE_IN)
    problem = "" if size >= LEAST else f"{ONE_IN * LEAST} training tasks with checks are needed, {len(places)} are here"
    if processes > 1:
        problem = "the guard does not look at a model that several processes train"
    if problem:
        return fit, HeldBack(guard, [], [], [], 0, problem)
    prompts = random.Random(seed).sample(list(places), size)
    held = sorted(place for prompt in prompts for place in places[prompt])
    kept = sorted(set(range(len(fit.rows))) - set(held))
    longest = max(len(fit.encoded[place].chosen) for place in held)
    ids = [fit.encoded[places[prompt][0]].prompt for prompt in prompts]
    rows = [fit.rows[place] for place in held]
    trained = [fit.rows[place] for place in kept], [fit.encoded[place] for place in kept]
    return RowFit(*trained, fit.dropped, fit.max_tokens), HeldBack(
        guard, rows, prompts, ids, written or longest + SPARE_TOKENS
    )


def look_steps(steps: int) -> set[int]:
    """After which of so many steps the model is looked at; the last one is among them."""
    return {-(-steps * share // LOOKS) for share in range(1, LOOKS + 1)}


# ---------------------------------------------------------------- looks, and what follows from them


class Look(msgspec.Struct, frozen=True):
    """What the model after ``step`` steps answered, by held-back task; step 0 is the untrained model."""

    step: int
    times: tuple[float | None, ...]
    """As ``Guard.judge`` says: None is wrong."""

    @property
    def right(self) -> list[float]:
        """1 for a task that was solved, else 0."""
        return [float(time is not None) for time in self.times]


def read_looks(out: Path) -> list[Look]:
    """The looks that a run in ``out`` has taken, the first one at the untrained model."""
    path = out / "guard.json"
    return msgspec.json.decode(path.read_bytes(), type=list[Look]) if path.is_file() else []


def write_looks(out: Path, looks: Sequence[Look]) -> None:
    write_json(out / "guard.json", list(looks))


def fell(looks: Sequence[Look], look: Look) -> bool:
    """Pass@1 is below the untrained model's, by the 95 % interval of the difference over the same tasks."""
    high = paired_difference(looks[0].right, look.right).high
    return high is not None and high < 0


def best(looks: Sequence[Look]) -> Look:
    """Of the looks at trained models: the best pass@1, then the faster answers, then the most trained."""
    found = looks[1]
    for look in looks[2:]:
        if not _beats(found, look):
            found = look
    return found


def _beats(one: Look, other: Look) -> bool:
    if sum(one.right) != sum(other.right):
        return sum(one.right) > sum(other.right)
    both = [a - b for a, b in zip(one.times, other.times, strict=True) if a is not None and b is not None]
    return bool(both) and fmean(both) < 0


class LookFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One look. ``time_ratio``: CPU time over the reference's, geometric mean over the tasks solved, 1 where no
    difference shows. ``difference``: pass@1 minus the untrained model's, with the interval that stops training."""

    step: int
    pass_at_1: Interval
    time_ratio: Interval | None
    difference: Interval


class GuardResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the guard saw; without ``looks`` where it could not look."""

    tasks: int
    rows: int
    """Held back, of these tasks."""
    before: Interval | None = None
    """Pass@1 of the untrained model (Wilson's interval, as the next two)."""
    after: Interval | None = None
    """Of the last look."""
    best: Interval | None = None
    """Of the model that was saved."""
    best_step: int | None = None
    difference: Interval | None = None
    """``best`` minus ``before``; its level is raised for the number of looks that it is the best of (Bonferroni)."""
    stopped: bool = False
    """Training stopped because pass@1 fell."""
    looks: list[LookFigures] = []
    words: str


def conclude(held: HeldBack, looks: Sequence[Look], steps: int) -> GuardResult:
    """What is to be said of a training of so many planned ``steps``."""
    if held.problem:
        words = f"it cannot be told whether the model got better or worse: {held.problem}"
        return GuardResult(tasks=0, rows=0, words=words)
    before, saved, stopped = looks[0], best(looks), fell(looks, looks[-1])
    level = 1.0 - 0.05 / (len(looks) - 1)
    difference = paired_difference(before.right, saved.right, level=level)
    figures = [_figures(look, before) for look in looks]
    passed = {look.step: look.pass_at_1 for look in figures}
    words = _change(figures[0], passed[saved.step], saved, steps, difference)
    if stopped:
        words = _stop(figures, saved, steps) + words
    return GuardResult(
        tasks=len(held.prompts),
        rows=len(held.rows),
        before=passed[0],
        after=passed[looks[-1].step],
        best=passed[saved.step],
        best_step=saved.step,
        difference=difference,
        stopped=stopped,
        looks=figures,
        words=words,
    )


def _figures(look: Look, before: Look) -> LookFigures:
    return LookFigures(
        step=look.step,
        pass_at_1=wilson(int(sum(look.right)), len(look.times)),
        time_ratio=geometric_mean_interval([time for time in look.times if time is not None]),
        difference=paired_difference(before.right, look.right),
    )


def _stop(figures: Sequence[LookFigures], saved: Look, steps: int) -> str:
    last = figures[-1]
    words = f"training stopped at step {last.step} of {steps}, where pass@1 had changed by {_span(last.difference)}; "
    if sum(saved.right) / len(saved.right) < figures[0].pass_at_1.value:
        words += "every checkpoint is worse than the untrained model; "
    return words


def _change(before: LookFigures, after: Interval, saved: Look, steps: int, difference: Interval) -> str:
    low, high = difference.low or 0.0, difference.high or 0.0
    verdict = "it cannot be told whether the model got better or worse"
    if low > 0 or high < 0:
        verdict = f"the model got {'better' if low > 0 else 'worse'}"
    where = "" if saved.step == steps else f" at step {saved.step} of {steps}, which is saved"
    return (
        f"on {before.pass_at_1.n} held-back training tasks pass@1 {before.pass_at_1.value:.2f} before, "
        f"{after.value:.2f} after{where}, a change of {_span(difference)}: {verdict}"
    )


def _span(difference: Interval) -> str:
    return f"{difference.value:.2f} [{difference.low:.2f}, {difference.high:.2f}]"
