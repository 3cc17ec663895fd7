"""Selection to training rows, for one task at a time: SFT arms, preference pairs, GRPO prompts.

The control arms answer whether selecting by speed paid: same tasks, same prompts, another right program. A task
enters ``efficient``, ``first_correct``, ``random_correct`` and ``least_efficient`` together or not at all, so the
arms differ in nothing else; ``reference`` holds those of them whose task has a reference that passed.
"""

import itertools
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from efficoder.config import BuildConfig
from efficoder.exports import Exported, FormatName, Grading, export
from efficoder.metrics.readings import is_slower, paired_ratio
from efficoder.models.prompts import chat_prompt, code_reply
from efficoder.pipeline.work import Work
from efficoder.report import collect_view, render_card
from efficoder.store import Store
from efficoder.testgen.loads.shorten import for_reward
from efficoder.types import (
    REFERENCE,
    Candidate,
    DatasetRecord,
    Measurement,
    Ratio,
    Record,
    Sample,
    Script,
    Selection,
    Task,
    TaskTests,
    Verdict,
)

SFT_ARMS = ("efficient", "first_correct", "random_correct", "least_efficient", "reference")
PAIR_ARMS = ("pairs_speed", "pairs_correct", "pairs_mixed")
PROMPT_ARM = "prompts"


_Kind = Literal["sft", "pair", "prompt"]

_WRONG = frozenset({"wrong", "error", "timeout", "memory"})
"""Outcomes that say the code is wrong. ``refused`` may be right code that used something we forbid."""
_UNMEASURED = frozenset({"no_correct", "no_signal", "not_measured"})


class BuildRows(msgspec.Struct, frozen=True, kw_only=True):
    """All a run knows of one task."""

    task: Task
    tests: TaskTests
    candidates: Sequence[Candidate]
    samples: Sequence[Sample]
    verdicts: Sequence[Verdict]
    selection: Selection | None
    measurements: Sequence[Measurement]


def build(rows: BuildRows, config: BuildConfig, seed: int) -> list[DatasetRecord]:
    """The rows of every arm this task enters; none is a possible answer. Same input, same output."""
    task = _BuildTask(rows, config, seed)
    speed, correct = list(task.speed_pairs()), list(task.correctness_pairs())
    return [*task.sft(), *speed, *correct, *_mixed(speed, correct), *task.prompts()]


def _mixed(speed: Sequence[DatasetRecord], correct: Sequence[DatasetRecord]) -> Iterator[DatasetRecord]:
    """As many pairs of either kind as the task has of the rarer, in turn: neither lesson outweighs the other."""
    for pair in itertools.chain.from_iterable(zip(speed, correct, strict=False)):
        yield msgspec.structs.replace(
            pair, arm="pairs_mixed", id="/".join(("pairs_mixed", pair.task_id, pair.rejected_id))
        )


class _BuildTask:
    """Indexes of one task's rows, and one method per arm."""

    def __init__(self, rows: BuildRows, config: BuildConfig, seed: int) -> None:
        self._rows = rows
        self._config = config
        self._random = random.Random(f"{seed}/{rows.task.id}")
        self._code = {candidate.id: candidate.code for candidate in rows.candidates}
        # The order in which samples came: the first of each model before the second of any.
        samples = sorted(rows.samples, key=lambda sample: (sample.index, sample.model, sample.id))
        self._models: dict[str, list[str]] = {}
        for sample in samples:
            if sample.candidate_id is not None:
                self._models.setdefault(sample.candidate_id, []).append(sample.model)
        # First drafts of models: what there is without a reference and without refinement.
        self._drafts = [s.candidate_id for s in samples if s.model != REFERENCE and s.parent_id is None]
        trusted = {"outside", "script"} if config.allow_script_trust else {"outside"}
        verdicts = [v for v in rows.verdicts if v.trust in trusted and v.candidate_id in self._code]
        self._right = {v.candidate_id for v in verdicts if v.outcome == "passed"}
        # Wrong by the source's own checks: an input of our making may be outside the task's domain, and then a right
        # program fails it. A reference that fails its own checks says more about the checks: it is no lesson.
        ours = rows.tests.ours
        wrong = {v.candidate_id for v in verdicts if v.outcome in _WRONG and v.first_failure not in ours}
        self._wrong = sorted(w for w in wrong if REFERENCE not in self._models.get(w, ()))
        selection = rows.selection
        measured = selection is not None and selection.reason not in _UNMEASURED
        chosen = selection.chosen if selection is not None and measured else None
        self._chosen = chosen if chosen in self._right else None

    # ------------------------------------------------------------ SFT

    def sft(self) -> Iterator[DatasetRecord]:
        picks = self._picks()
        for arm in SFT_ARMS:
            if arm in picks:
                gain = self._rows.selection.gain if arm == "efficient" and self._rows.selection else None
                yield self._record(arm, "sft", chosen=picks[arm], gain=gain)

    def _picks(self) -> dict[str, str]:
        """Which candidate each SFT arm takes; empty unless every control has one.

        Controls are first drafts of models: what a user would have kept without measuring. ``random_correct`` draws a
        sample, so a program written twice is twice as likely; ``least_efficient`` is the last of the ranking.
        """
        written = [draft for draft in self._drafts if draft in self._right]
        ranking = self._rows.selection.ranking if self._rows.selection else ()
        slowest = [ranked.candidate_id for ranked in ranking if ranked.candidate_id in written]
        if self._chosen is None or not written or not slowest:
            return {}
        picks = {
            "efficient": self._chosen,
            "first_correct": written[0],
            "random_correct": self._random.choice(written),
            "least_efficient": slowest[-1],
        }
        reference = next((c for c in sorted(self._right) if REFERENCE in self._models.get(c, ())), None)
        return picks | {"reference": reference} if reference else picks

    # ------------------------------------------------------------ pairs

    def speed_pairs(self) -> Iterator[DatasetRecord]:
        """The chosen program over right ones that are clearly slower, by interval."""
        if self._chosen is None:
            return
        gains = {slow: self._gain(self._chosen, slow) for slow in sorted(self._right - {self._chosen})}
        for slow in self._balanced(self._chosen, [slow for slow, gain in gains.items() if gain]):
            yield self._record("pairs_speed", "pair", chosen=self._chosen, rejected=slow, gain=gains[slow])

    def correctness_pairs(self) -> Iterator[DatasetRecord]:
        """A right program over wrong ones; the chosen one, else the first right sample."""
        first = next((draft for draft in self._drafts if draft in self._right), None)
        right = self._chosen or first
        if right is None or not self._config.correctness_pairs:
            return
        for wrong in self._balanced(right, self._wrong):
            yield self._record("pairs_correct", "pair", chosen=right, rejected=wrong)

    def _gain(self, fast: str, slow: str) -> Ratio | None:
        """The slow program's CPU time over the fast one's, if its interval clears the margin in every session
        that measured both; the race's own (the first session's) is returned."""
        by_session: dict[int, dict[str, Measurement]] = {}
        for measurement in self._rows.measurements:
            if measurement.rounds or measurement.censored:
                by_session.setdefault(measurement.session, {})[measurement.candidate_id] = measurement
        both = [by_session[session] for session in sorted(by_session) if {fast, slow} <= by_session[session].keys()]
        try:
            ratios = [paired_ratio(session[slow], session[fast]) for session in both]
        except ValueError:  # measured under other conditions: not to be compared
            return None
        margin = max(self._config.pair_margin, 1.0)
        return ratios[0] if ratios and all(is_slower(ratio, margin) for ratio in ratios) else None

    def _balanced(self, chosen: str, pool: list[str]) -> list[str]:
        """Up to ``pairs_per_task`` of ``pool``, so that neither length nor author tells which side is better:
        first those that share a model with ``chosen``, and among them whichever keeps the sum of log length ratios
        nearest zero."""
        own = set(self._models.get(chosen, ()))
        size = len(self._code[chosen]) + 1
        lean = {other: math.log((len(self._code[other]) + 1) / size) for other in pool}
        taken: list[str] = []
        balance = 0.0
        while pool and len(taken) < self._config.pairs_per_task:
            best = min(pool, key=lambda o: (own.isdisjoint(self._models.get(o, ())), abs(balance + lean[o]), o))
            taken.append(best)
            balance += lean[best]
            pool = [other for other in pool if other != best]
        return taken

    # ------------------------------------------------------------ prompts

    def prompts(self) -> Iterator[DatasetRecord]:
        """A prompt whose reward can be judged outside the sandbox: plain checks with known answers."""
        checks = self._rows.tests.checks
        if not isinstance(self._rows.task.interface, Script) and any(c.expected is not None for c in checks):
            yield self._record(PROMPT_ARM, "prompt")

    def _record(
        self, arm: str, kind: _Kind, *, chosen: str = "", rejected: str = "", gain: Ratio | None = None
    ) -> DatasetRecord:
        task = self._rows.task
        return DatasetRecord(
            id="/".join(filter(None, (arm, task.id, rejected))),
            task_id=task.id,
            arm=arm,
            kind=kind,
            prompt=chat_prompt(task),
            chosen=code_reply(task, self._code[chosen]) if chosen else "",
            rejected=code_reply(task, self._code[rejected]) if rejected else "",
            chosen_id=chosen,
            rejected_id=rejected,
            gain=gain,
            origin=task.origin,
            chosen_models=tuple(sorted(set(self._models.get(chosen, ())))),
        )


def build_step(work: Work) -> None:
    """Rows first, then the dataset folder from the rows: the same command repairs what a kill in between left."""
    store = work.store
    store.put(_dataset_rows(work), instead_of=(DatasetRecord, ""))
    arms = Counter(record.arm for record in store.all(DatasetRecord))
    if arms:
        write_dataset(store, store.folder / "dataset")
    work.console.say(f"{'build':<12} " + (", ".join(f"{arm} {count}" for arm, count in arms.items()) or "no rows"))


def _dataset_rows(work: Work) -> Iterator[Record]:
    store = work.store
    for task in store.alive():
        rows = BuildRows(
            task=task,
            tests=store.tests(task.id),
            candidates=store.candidates(task.id),
            samples=list(store.all(Sample, task.id)),
            verdicts=list(store.all(Verdict, task.id)),
            selection=store.get(Selection, task.id),
            measurements=list(store.all(Measurement, task.id)),
        )
        yield from build(rows, work.config.build, work.config.run.seed)


def write_dataset(store: Store, folder: Path, form: FormatName = "trl") -> list[Exported]:
    """The dataset's files and card in one format; replaces an earlier export."""

    def grading(task_id: str) -> Grading:
        task = store.task(task_id)
        return Grading(task, for_reward(task, store.tests(task_id)))

    view = collect_view(store, store.folder.name)
    return export(folder, form, store.all(DatasetRecord), grading, lambda files: render_card(view, files))
