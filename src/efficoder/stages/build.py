"""Selection to training rows, for one task at a time: SFT arms, preference pairs, GRPO prompts.

The control arms answer whether selecting by speed paid: same tasks, same prompts, another right program. A task
enters ``efficient``, ``first_correct``, ``random_correct`` and ``least_efficient`` together or not at all, so the
arms differ in nothing else; ``reference`` holds those of them whose task has a reference that passed.

A row's code stands alone: it is complete without the task's header, and where it is called right it has passed the
task's checks so. A row whose code does not is dropped with its reason.
"""

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from efficoder.config import BuildConfig, CheckConfig
from efficoder.console import counted
from efficoder.curation.writers import refuse_unknown_writer, weak_writers
from efficoder.exports import Exported, FormatName, Grading, export
from efficoder.judging.judge import tests_hash
from efficoder.judging.right_or_wrong import REVISION, ToJudge, terms_of
from efficoder.languages import Standalone, language
from efficoder.metrics.faster_or_tie import UNMEASURED
from efficoder.metrics.growth import exponents
from efficoder.metrics.pairs import balanced, clear_gain
from efficoder.models.prompts import chat_prompt, code_reply
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Work
from efficoder.report import collect_view, render_card
from efficoder.report.funnel import WEAK_WRITER
from efficoder.sandbox import Sandbox
from efficoder.store import Store
from efficoder.testgen.loads.shorten import for_reward
from efficoder.types import (
    REFERENCE,
    AloneVerdict,
    Candidate,
    DatasetRecord,
    Drop,
    Function,
    GrowthCurve,
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

CONTROLS = ("efficient", "first_correct", "random_correct", "least_efficient")
SFT_ARMS = (*CONTROLS, "reference")
PAIR_ARMS = ("pairs_speed", "pairs_correct", "pairs_mixed")
PROMPT_ARM = "prompts"

_Kind = Literal["sft", "pair", "prompt"]

_WRONG = frozenset({"wrong", "error", "timeout", "memory"})
"""Outcomes that say the code is wrong. ``refused`` may be right code that used something we forbid."""


class BuildRows(msgspec.Struct, frozen=True, kw_only=True):
    """All a run knows of one task."""

    task: Task
    tests: TaskTests
    candidates: Sequence[Candidate]
    samples: Sequence[Sample]
    verdicts: Sequence[Verdict]
    selection: Selection | None
    measurements: Sequence[Measurement]
    curves: Sequence[GrowthCurve] = ()
    alone: Sequence[AloneVerdict] = ()


class Built(NamedTuple):
    rows: list[DatasetRecord]
    drops: list[Drop]
    """A row each that the task does not have, or has with another target, and why."""


def build(rows: BuildRows, config: BuildConfig, seed: int, weak: frozenset[str] = frozenset()) -> Built:
    """The rows of every arm this task enters; none is a possible answer. Same input, same output. ``weak``: the models
    whose answers are no targets where another model solved the task."""
    task = _BuildTask(rows, config, seed, weak)
    sft, speed, correct = list(task.sft()), list(task.speed_pairs()), list(task.correctness_pairs())
    flaws = {record.id: flaw for record in (*sft, *speed, *correct) if (flaw := task.flaw(record))}
    spoilt = next((flaws[record.id] for record in sft if record.arm in CONTROLS and record.id in flaws), None)
    if spoilt is not None:
        flaws |= {record.id: flaws.get(record.id, spoilt) for record in sft}
    sft, speed, correct = ([record for record in arm if record.id not in flaws] for arm in (sft, speed, correct))
    drops = [_drop(rows.task, key, *flaw) for key, flaw in flaws.items()]
    return Built([*sft, *speed, *correct, *_mixed(speed, correct), *task.prompts()], [*task.replaced(), *drops])


def to_run(rows: BuildRows, config: BuildConfig, seed: int, weak: frozenset[str]) -> list[Candidate]:
    """The right programs in the task's rows, complete, where only a run tells whether they need its header."""
    task = _BuildTask(rows, config, seed, weak)
    if not _has_header(rows.task):
        return []
    drafted = itertools.chain(task.sft(), task.speed_pairs(), task.correctness_pairs())
    ids = {key for record in drafted for key in (record.chosen_id, record.rejected_id) if task.is_right(key)}
    found = ((key, task.standalone(key)) for key in sorted(ids))
    return [Candidate(id=key, task_id=rows.task.id, code=whole.code) for key, whole in found if not whole.problem]


def _has_header(task: Task) -> bool:
    match task.interface:
        case Function(header=header) | Script(header=header, answer_name=""):
            return bool(header.strip())
    return False


def _drop(task: Task, key: str, reason: str, detail: str) -> Drop:
    return Drop(id=key, stage="build", reason=reason, detail=detail, task_id=task.id)


def _mixed(speed: Sequence[DatasetRecord], correct: Sequence[DatasetRecord]) -> Iterator[DatasetRecord]:
    """As many pairs of either kind as the task has of the rarer, in turn: neither lesson outweighs the other."""
    for pair in itertools.chain.from_iterable(zip(speed, correct, strict=False)):
        yield msgspec.structs.replace(
            pair, arm="pairs_mixed", id="/".join(("pairs_mixed", pair.task_id, pair.rejected_id))
        )


class _BuildTask:
    """Indexes of one task's rows, and one method per arm."""

    def __init__(self, rows: BuildRows, config: BuildConfig, seed: int, weak: frozenset[str]) -> None:
        self._rows = rows
        self._config = config
        self._seed = f"{seed}/{rows.task.id}"
        self._whole: dict[str, Standalone] = {}
        self._exponents = exponents(rows.curves)
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
        # Nor is code wrong that imports a package which candidates do not have here.
        here = [v for v in verdicts if not language(rows.task.language).missing_package(v.detail)]
        wrong = {v.candidate_id for v in here if v.outcome in _WRONG and v.first_failure not in ours}
        self._wrong = sorted(w for w in wrong if REFERENCE not in self._models.get(w, ()))
        selection = rows.selection
        measured = selection is not None and selection.reason not in UNMEASURED
        chosen = selection.chosen if selection is not None and measured else None
        self._first = chosen if chosen in self._right else None
        """What selection chose, whoever wrote it."""
        self._ranking = (
            [r.candidate_id for r in selection.ranking if r.candidate_id in self._right] if selection else []
        )
        # Where the task was timed, a right program without a time is nobody's target and on neither side of a pair.
        self._timed = self._right.intersection(self._ranking) if self._ranking else self._right
        refined = {s.candidate_id for s in samples if s.parent_id is not None}
        self._weak = {c for c in self._timed if c not in refined and weak.issuperset(self._models.get(c, ("",)))}
        self._targets = self._timed - self._weak if self._solved(self._timed - self._weak) else self._timed
        own = {c for c in self._timed if config.own in self._models.get(c, ())}
        if self._solved(own):
            self._targets, self._weak = own, set()
        self._chosen = self._best(self._targets)

    def _solved(self, pool: set[str]) -> bool:
        """Whether a first draft is among ``pool``: each control arm then has a pick."""
        return any(draft in pool for draft in self._drafts)

    def _best(self, pool: set[str]) -> str | None:
        if self._first is None or self._first in pool:
            return self._first
        return next((ranked for ranked in self._ranking if ranked in pool), None)

    def is_right(self, key: str) -> bool:
        return key in self._right

    def standalone(self, key: str) -> Standalone:
        if key not in self._whole:
            task = self._rows.task
            self._whole[key] = language(task.language).standalone(self._code[key], task)
        return self._whole[key]

    def flaw(self, record: DatasetRecord) -> tuple[str, str] | None:
        """Why a row's code does not stand alone, the reason and its detail; None where it does."""
        for key in filter(None, (record.chosen_id, record.rejected_id)):
            problem, detail = self._flaw(key)
            if problem:
                return problem, f"{key}: {detail}"
        return None

    def _flaw(self, key: str) -> tuple[str, str]:
        whole = self.standalone(key)
        if key not in self._right:  # wrong code is a lesson whatever it fails by, if it is code
            return (whole.problem, whole.detail) if whole.problem == "does_not_parse" else ("", "")
        if whole.problem or not _has_header(self._rows.task):
            return whole.problem, whole.detail
        verdict = next((v for v in self._rows.alone if v.candidate_id == key), None)
        if verdict is None:
            return "not_run_alone", "an internal error; the same command runs it again"
        return ("", "") if verdict.outcome == "passed" else ("fails_alone", f"{verdict.outcome} {verdict.detail}")

    def replaced(self) -> Iterator[Drop]:
        """Picks that a weak writer's code lost because another model solved the task."""
        if self._targets.isdisjoint(self._weak):
            before, after = self._picks(self._timed), self._picks(self._targets)
            for arm in before.keys() & after.keys():
                if before[arm] in self._weak:
                    by = ", ".join(sorted(set(self._models[before[arm]])))
                    detail = f"{before[arm]} is by {by} alone, {after[arm]} is taken"
                    yield _drop(self._rows.task, f"{arm}/{self._rows.task.id}/{before[arm]}", WEAK_WRITER, detail)

    # ------------------------------------------------------------ SFT

    def sft(self) -> Iterator[DatasetRecord]:
        picks, selection = self._picks(self._targets), self._rows.selection
        for arm in SFT_ARMS:
            if arm in picks:
                gain = selection.gain if selection and arm == "efficient" and picks[arm] == selection.chosen else None
                yield self._record(arm, "sft", chosen=picks[arm], gain=gain)

    def _picks(self, pool: set[str]) -> dict[str, str]:
        """Which candidate of ``pool`` each SFT arm takes; empty unless every control has one.

        Controls are first drafts of models: what a user would have kept without measuring. ``random_correct`` draws a
        sample, so a program written twice is twice as likely; ``least_efficient`` is the last of the ranking.
        """
        written = [draft for draft in self._drafts if draft in pool]
        slowest = [ranked for ranked in self._ranking if ranked in written]
        best = self._best(pool)
        if best is None or not written or not slowest:
            return {}
        picks = {
            "efficient": best,
            "first_correct": written[0],
            "random_correct": random.Random(self._seed).choice(written),
            "least_efficient": slowest[-1],
        }
        reference = next((c for c in sorted(self._timed) if REFERENCE in self._models.get(c, ())), None)
        return picks | {"reference": reference} if reference else picks

    # ------------------------------------------------------------ pairs

    def speed_pairs(self) -> Iterator[DatasetRecord]:
        """The chosen program over right ones that are clearly slower, by interval."""
        if self._chosen is None:
            return
        rows, margin = self._rows.measurements, self._config.pair_margin
        gains = {s: clear_gain(rows, self._chosen, s, margin) for s in sorted(self._timed - {self._chosen})}
        for slow in self._balanced(self._chosen, [slow for slow, gain in gains.items() if gain]):
            yield self._record("pairs_speed", "pair", chosen=self._chosen, rejected=slow, gain=gains[slow])

    def correctness_pairs(self) -> Iterator[DatasetRecord]:
        """A right program over wrong ones; the chosen one, else the first right sample."""
        first = next((draft for draft in self._drafts if draft in self._targets), None)
        right = self._chosen or first
        if right is None or not self._config.correctness_pairs:
            return
        for wrong in self._balanced(right, self._wrong):
            yield self._record("pairs_correct", "pair", chosen=right, rejected=wrong)

    def _balanced(self, chosen: str, pool: list[str]) -> list[str]:
        return balanced(chosen, pool, self._code, self._models, self._config.pairs_per_task)

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
            chosen=code_reply(task, self.standalone(chosen).code) if chosen else "",
            rejected=code_reply(task, self.standalone(rejected).code) if rejected else "",
            chosen_id=chosen,
            rejected_id=rejected,
            gain=gain,
            chosen_exponent=self._exponents.get(chosen),
            rejected_exponent=self._exponents.get(rejected),
            origin=task.origin,
            chosen_models=tuple(sorted(set(self._models.get(chosen, ())))),
        )


@dataclass(frozen=True, slots=True)
class Build:
    """Does the code of a task's rows stand alone? Each distinct right program is run once, on the source's checks."""

    config: BuildConfig
    check: CheckConfig
    seed: int
    weak: frozenset[str]
    name: str = "build"

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            if _has_header(task) and (candidates := self._candidates(store, task)):
                cases = tests_hash(store.tests(task.id).own_checks)
                codes = [(candidate.id, candidate.code) for candidate in candidates]
                yield Job(task.id, fingerprint(REVISION, self.check, task.interface, cases, codes))

    def pack(self, store: Store, job: Job) -> ToJudge:
        task = store.task(job.id)
        tests = TaskTests(task_id=task.id, checks=store.tests(task.id).own_checks)
        return ToJudge(task, tests, self._candidates(store, task))

    def do(self, payload: ToJudge, sandbox: Sandbox) -> list[Record]:
        held_to = terms_of(sandbox, payload.task, payload.tests, self.check)
        bare = msgspec.structs.replace(payload.task.interface, header="")
        task = msgspec.structs.replace(payload.task, interface=bare)
        verdicts = payload.verdicts(sandbox, task, held_to)
        return [AloneVerdict(**msgspec.structs.asdict(verdict)) for verdict in verdicts]

    def _candidates(self, store: Store, task: Task) -> list[Candidate]:
        return to_run(_rows_of(store, task), self.config, self.seed, self.weak)


def build_step(work: Work) -> None:
    """Rows first, then the dataset folder from the rows: the same command repairs what a kill in between left."""
    store, config = work.store, work.config
    refuse_unknown_writer(store, config.build.own)
    stage = Build(config.build, config.check, config.run.seed, weak_writers(store))
    if any(_has_header(task) for task in work.tasks()):
        work.run(stage)
    beyond = {task.id for task in store.alive() if not work.includes(task.id)}
    others = [row for row in store.all(DatasetRecord) if row.task_id in beyond]
    drops = [drop for drop in store.all(Drop) if drop.stage == "build" and drop.task_id in beyond]

    def rows() -> Iterator[Record]:
        yield from others
        for task in work.tasks():
            built = build(_rows_of(store, task), config.build, config.run.seed, stage.weak)
            drops.extend(built.drops)
            yield from built.rows

    store.put(rows(), instead_of=(DatasetRecord, ""))
    store.put(drops, instead_of=(Drop, "build"))
    arms = Counter(record.arm for record in store.all(DatasetRecord))
    if arms:
        write_dataset(store, store.folder / "dataset")
    counts = ", ".join(f"{arm} {count}" for arm, count in arms.items()) or "no rows"
    work.console.say(f"{'build':<12} {counts}{_left_out(drops)}")


def _left_out(drops: Sequence[Drop]) -> str:
    reasons = Counter(drop.reason for drop in drops)
    replaced = reasons.pop(WEAK_WRITER, 0)
    words = [f"{counted(count, 'row')} {reason}" for reason, count in reasons.most_common()]
    words += [f"{replaced} targets by weak writers replaced"] if replaced else []
    return f"; left out: {', '.join(words)}" if words else ""


def _rows_of(store: Store, task: Task) -> BuildRows:
    return BuildRows(
        task=task,
        tests=store.tests(task.id),
        candidates=store.candidates(task.id),
        samples=list(store.all(Sample, task.id)),
        verdicts=list(store.all(Verdict, task.id)),
        selection=store.get(Selection, task.id),
        measurements=list(store.all(Measurement, task.id)),
        curves=list(store.all(GrowthCurve, task.id)),
        alone=list(store.all(AloneVerdict, task.id)),
    )


def write_dataset(store: Store, folder: Path, form: FormatName = "trl", arm: str | None = None) -> list[Exported]:
    """The dataset's files and card in one format, of all arms or of one; replaces an earlier export."""

    def grading(task_id: str) -> Grading:
        task = store.task(task_id)
        return Grading(task, for_reward(task, store.tests(task_id)))

    view = collect_view(store, store.folder.name)
    records = (record for record in store.all(DatasetRecord) if arm is None or record.arm == arm)
    return export(folder, form, records, grading, lambda files: render_card(view, files))
