"""What each step of stages.ORDER does with a run's store. Stages are pure or work in workers; reading and writing rows
for those that run here, in the driver, is this file's part."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from efficoder.config import Config
from efficoder.console import Console
from efficoder.curation.curate import benchmark_tasks, curate
from efficoder.errors import InputError
from efficoder.exports import Exported, FormatName, Grading, export
from efficoder.languages.identity import candidate_id, sample_id
from efficoder.languages.python.extract import extract
from efficoder.models import replay
from efficoder.models.asks import Ask, asks_for_tests, plan, refinements
from efficoder.models.cache import ReplyCache
from efficoder.models.desk import Batch, generate
from efficoder.pipeline.run import run_stage
from efficoder.pipeline.stage import fingerprint
from efficoder.report import Evaluation, collect_view, render, render_card
from efficoder.report.tables import counts
from efficoder.sandbox import Sandbox
from efficoder.sources import SourceRow
from efficoder.stages import ORDER
from efficoder.stages.build import TaskRows, build
from efficoder.stages.check import Check
from efficoder.stages.collect import collect
from efficoder.stages.measure import Measure
from efficoder.stages.refine import OUTCOMES, drafts, outcomes
from efficoder.stages.select import TaskResults, select
from efficoder.store import Store, baseline, key_of, right_candidates
from efficoder.testgen.loads.shorten import for_reward
from efficoder.testgen.writer import WriteTests
from efficoder.types import (
    Candidate,
    DatasetRecord,
    Drop,
    Measurement,
    Record,
    Sample,
    Selection,
    Task,
    TesterReply,
    Verdict,
)

REPLAY = "replay/"
"""Model names of recorded samples: the rest is the file's path."""
BATCH = 500
"""Rows committed at a time while a file is read."""


@dataclass(frozen=True, slots=True)
class Scope:
    """How much of a run to do."""

    steps: tuple[str, ...] = ORDER
    limit: int | None = None
    ids: frozenset[str] = frozenset()
    fresh: bool = False
    max_failed: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What a step works on."""

    store: Store
    config: Config
    console: Console
    scope: Scope


def _collect(work: Work) -> None:
    tasks = collect(work.store, work.config.collect, work.scope.limit, work.scope.ids)
    work.console.say(f"{'collect':<12} {tasks} tasks")


def _curate(work: Work) -> None:
    store = work.store
    rows = (SourceRow(task=task, tests=store.tests(task.id)) for task in store.all(Task))
    kept, drops = 0, list[Drop]()
    for found in curate(rows, work.config.curate, benchmark_tasks(work.config.curate)):
        if isinstance(found, Drop):
            drops.append(found)
        else:
            kept += 1
    store.put(drops, instead_of=(Drop, "curate"))
    work.console.say(f"{'curate':<12} {kept} kept, {len(drops)} dropped{_counts(drop.reason for drop in drops)}")


def _counts(reasons: Iterable[str]) -> str:
    """How often each reason came, in brackets; empty for none."""
    found = counts(Counter(reasons))
    return f" ({found})" if found else ""


def _generate(work: Work) -> None:
    for model in work.config.generate.models:
        if model.startswith(REPLAY):
            _replay(work, Path(model.removeprefix(REPLAY)))
    live = [model for model in work.config.generate.models if not model.startswith(REPLAY)]
    if live:
        _ask(
            work,
            plan(
                work.store.alive(), live, work.config.generate, seed=work.config.run.seed, done=work.store.keys(Sample)
            ),
        )


def _replay(work: Work, path: Path) -> None:
    """Recorded samples, in batches. The done-mark holds the file's size and time: a mended file is read again."""
    store = work.store
    alive = {task.id for task in store.alive(before="write_tests")}  # what it dropped may come back (run.packages)
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check generate.models") from None
    mark = fingerprint(stat.st_size, stat.st_mtime_ns, sorted(alive))
    if store.done("generate").get(str(path)) == mark:
        return
    batch: list[Record] = []
    samples = left_out = 0
    with work.console.progress("generate", None) as progress:
        for recorded in replay.read(path):
            where = f"{path.name}:{recorded.line}"
            if recorded.note:
                batch.append(Drop(id=where, stage="generate", reason="repeated sample", detail=recorded.note))
            if recorded.task_id in alive:
                task = store.get(Task, recorded.task_id)
                assert task is not None
                batch += read_recorded(task, recorded)
                samples += 1
                progress.advance()
            elif store.get(Task, recorded.task_id) is None:
                batch.append(Drop(id=where, stage="generate", reason="unknown task", detail=recorded.task_id))
                left_out += 1
            if len(batch) >= BATCH:
                store.put(batch)
                batch = []
        store.put(batch, done=[("generate", str(path), mark)])
    if left_out:
        work.console.say(
            f"{path.name}: {left_out} samples of tasks this run does not have were left out (`why FILE:LINE`)"
        )
    if not samples:
        work.console.say(f"{path.name}: no sample of this run's tasks; compare its task_id with the ids of the sources")


def read_recorded(task: Task, recorded: replay.Recorded) -> list[Record]:
    """A recorded line as the sample it is and, where there is code in it, the candidate."""
    found = extract(recorded.reply, task)
    rows: list[Record] = []
    if found.code is not None:
        rows.append(Candidate(id=candidate_id(task.id, found.code), task_id=task.id, code=found.code))
    sample = Sample(
        id=sample_id(task.id, recorded.model, recorded.index),
        task_id=task.id,
        model=recorded.model,
        index=recorded.index,
        reply=recorded.reply,
        candidate_id=candidate_id(task.id, found.code) if found.code is not None else None,
        problem=found.problem,
        source=recorded.source,
        licence=recorded.licence,
    )
    return [*rows, sample]


def _ask(work: Work, asks: Sequence[Ask], step: str = "generate") -> None:
    """Put questions to live models; every batch of answers is committed as it comes."""
    store = work.store
    wanted = sum(len(ask.request.indices) for ask in asks)
    if not wanted:
        work.console.say(f"{step:<12} nothing to ask, every {'sample' if step == 'generate' else 'reply'} is there")
        return
    for drop in [drop for drop in store.all(Drop) if drop.stage == step and drop.reason in {"refused", "no answer"}]:
        store.put([], instead_of=(Drop, key_of(drop)))  # asked again now
    paid: Iterable[Sample | TesterReply] = itertools.chain(store.all(Sample), store.all(TesterReply))
    spent_usd = sum(reply.usage.cost_usd for reply in paid)
    cache = ReplyCache()
    try:
        with work.console.progress(step, wanted) as progress:

            def keep(batch: Batch) -> None:
                store.put([*batch.candidates, *batch.samples, *batch.replies, *batch.failed])
                for _ in (*batch.samples, *batch.replies):
                    progress.advance()
                for _ in batch.failed:
                    progress.advance(failed=True)

            summary = asyncio.run(generate(asks, work.config.generate, cache, keep, spent_usd=spent_usd))
    finally:
        cache.close()
    cost = f", ${summary.spent_usd:.4f}" if summary.spent_usd else ""
    noun = "samples" if step == "generate" else "replies of the tester"
    work.console.say(
        f"{step:<12} {summary.samples} {noun}, {summary.cached} from the cache{cost} {summary.stopped}".rstrip()
    )


def _write_tests(work: Work) -> None:
    """The tester is asked here, in the driver: workers have no network."""
    config, store = work.config, work.store
    if (tester := config.write_tests.tester) is not None:
        tasks, done = store.alive(before="write_tests"), store.keys(TesterReply)
        asks = asks_for_tests(tasks, tester, config.generate, seed=config.run.seed, done=done)
        _ask(work, asks, "write_tests")
    stage = WriteTests(config.write_tests, config.run.seed, config.generate)
    run_stage(stage, store, config.run, work.console, max_failed=work.scope.max_failed)


def _check(work: Work) -> None:
    run_stage(Check(work.config.check), work.store, work.config.run, work.console, max_failed=work.scope.max_failed)


def _measure(work: Work) -> None:
    run_stage(Measure(work.config.measure), work.store, work.config.run, work.console, max_failed=work.scope.max_failed)


def _refine(work: Work) -> None:
    """``generate.refine`` rounds; each is checked and measured before the next."""
    config = work.config
    live = [model for model in config.generate.models if not model.startswith(REPLAY)]
    rounds = config.generate.refine if live else 0
    for turn in range(rounds):
        with Sandbox(unsafe=config.run.unsafe, packages=config.run.packages) as sandbox:
            found = [draft for task in work.store.alive() for draft in drafts(work.store, sandbox, task, live)]
        done = work.store.keys(Sample)
        _ask(work, refinements(found, config.generate, seed=config.run.seed, round=turn, done=done))
        _check(work)
        _measure(work)
    if rounds:
        counts = outcomes(work.store, config.measure.margin)
        told = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
        work.console.say(f"{'refine':<12} {counts.total()} rewrites{': ' if told else ''}{told}")


def _select(work: Work) -> None:
    store = work.store
    selections = [_select_one(work, task) for task in store.alive()]
    store.put(selections, instead_of=(Selection, ""))
    reasons = Counter(selection.reason for selection in selections)
    work.console.say(f"{'select':<12} " + ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()))


def _select_one(work: Work, task: Task) -> Selection:
    right = right_candidates(work.store, task.id)
    results = TaskResults(
        task=task,
        right=right,
        measurements=list(work.store.all(Measurement, task.id)),
        baseline=baseline(task, right).id if right else None,
        loads=bool(work.store.tests(task.id).loads),
    )
    return select(results, work.config.select, work.config.measure)


def _build(work: Work) -> None:
    """Rows first, then the dataset folder from the rows: a kill in between is mended by the same command."""
    store = work.store
    store.put(_dataset_rows(work), instead_of=(DatasetRecord, ""))
    arms = Counter(record.arm for record in store.all(DatasetRecord))
    if arms:
        write_dataset(store, store.folder / "dataset")
    work.console.say(f"{'build':<12} " + (", ".join(f"{arm} {count}" for arm, count in arms.items()) or "no rows"))


def _dataset_rows(work: Work) -> Iterator[Record]:
    store = work.store
    for task in store.alive():
        rows = TaskRows(
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
        task = store.get(Task, task_id)
        assert task is not None
        return Grading(task, for_reward(task, store.tests(task_id)))

    view = collect_view(store, store.folder.name)
    return export(folder, form, store.all(DatasetRecord), grading, lambda files: render_card(view, files))


def write_report(store: Store, path: Path, evaluations: Sequence[Evaluation] = ()) -> None:
    path.write_text(render(collect_view(store, store.folder.name, evaluations=evaluations)), encoding="utf-8")


def _report(work: Work) -> None:
    path = work.store.folder / "report.html"
    write_report(work.store, path)
    work.console.say(f"{'report':<12} {path}")


STEPS: dict[str, Callable[[Work], None]] = {
    "collect": _collect,
    "curate": _curate,
    "generate": _generate,
    "write_tests": _write_tests,
    "check": _check,
    "measure": _measure,
    "refine": _refine,
    "select": _select,
    "build": _build,
    "report": _report,
}
