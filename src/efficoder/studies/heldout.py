"""Held-out tasks, to score models that were trained on a run: what overlaps the training tasks is left out, tests are
made once with no candidate of any model, and the answers of all models are judged and timed together: equal code is
run once, and what differs races in the same rounds.
"""

import dataclasses
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from efficoder.config import Config, CurateConfig
from efficoder.console import Console, counted
from efficoder.curation.curate import RULES, curate
from efficoder.errors import InputError, ModelError
from efficoder.evaluation.reference_race import ReferenceRace
from efficoder.evaluation.rows import task_rows
from efficoder.evaluation.task_scores import score_task
from efficoder.models.replay import REPLAY
from efficoder.pipeline.run_stage import run_stage
from efficoder.pipeline.work import Scope
from efficoder.sources import SourceRow
from efficoder.stages import run
from efficoder.stages.collect import reference_rows
from efficoder.store import Store
from efficoder.studies.arm_training import HeldOutScore, Served
from efficoder.types import Drop, Record, Sample, Task, TaskTests, TestFacts

ONLY_OVERLAP = CurateConfig(skip=tuple(rule for rule in RULES if rule not in ("language", "overlap")))
"""A held-out set is taken as it is, but for what the training tasks have too and what cannot be run."""


def make(folder: Path, config: Config, trained: Iterable[Task], limit: int | None, *, tests: bool = True) -> str:
    """The tasks of ``config.collect.sources`` that overlap none of ``trained``, in ``folder``, and ``tests`` for them,
    which answering does not need; in words, how many are held out and why others are not. It resumes. Raises
    InputError where no task is left."""
    with Store(folder, write=True) as store:
        console = Console(folder / "log.txt")
        run.execute(store, config, console, Scope(("collect",), limit=limit))
        rows = (SourceRow(task=task, tests=store.tests(task.id)) for task in store.all(Task))
        drops = [found for found in curate(rows, ONLY_OVERLAP, trained) if isinstance(found, Drop)]
        store.put(drops, instead_of=(Drop, "curate"))
        if tests:
            run.execute(store, config, console, Scope(("write_tests",), max_failed=0))
        return _words(store, ", ".join(config.collect.sources))


def _words(store: Store, source: str) -> str:
    left, of = sum(1 for _ in store.alive()), store.count(Task)
    reasons = Counter(drop.reason for drop in store.all(Drop) if drop.id == drop.task_id)
    why = [f"{count} {_REASONS.get(reason, reason)}" for reason, count in reasons.most_common()]
    words = f"Held out: {left} of {counted(of, 'task')} of {source}"
    if why:
        words += f"; left out: {', '.join(why)} (efficoder why {store.folder} ID)"
    if not left:
        raise InputError(words, hint="name a set that the run was not trained on")
    return words


_REASONS = {"language": "in a language that is not here", "overlap": "that overlap a training task"}


def answer(folder: Path, config: Config, served: Served, out: Path) -> None:
    """One greedy answer of ``served`` to each task in ``folder``, written to ``out`` as a file of samples, empty where
    it refused. It resumes. Raises ModelError where the server gave none: that is no wrong answer, and the same command
    asks again."""
    model = f"local/{served.gguf}" if served.gguf else f"hf/{served.folder}"
    config = dataclasses.replace(config, generate=dataclasses.replace(config.generate, models=(model,)))
    with Store(folder) as held, Store(served.folder.parent / "answers", write=True) as store:
        store.put(list(held.alive()))
        run.execute(store, config, Console(store.folder / "log.txt"), Scope(("generate",)))
        lost = [drop for drop in store.all(Drop) if drop.reason == "no answer"]
        if lost:
            raise ModelError(
                f"{model}: {len(lost)} prompts got no answer ({lost[0].detail}); run the same command again"
            )
        replies = {sample.task_id: sample.reply for sample in store.all(Sample) if sample.model == model}
        rows = (
            {"task_id": task.id, "model": served.name, "sample": 0, "solution": replies.get(task.id, "")}
            for task in held.alive()
        )
        out.write_text("".join(json.dumps(row) + "\n" for row in rows))


def score(folder: Path, config: Config, out: Path, answers: Mapping[str, Path]) -> dict[str, list[HeldOutScore]]:
    """The answers of each model, judged and timed on the tests in ``folder``, in a run of its own in ``out``, so it
    resumes. Raises InputError for answers that lack a task, and TooManyFailures for internal errors: neither is a wrong
    answer."""
    models = tuple(f"{REPLAY}{path}" for path in answers.values())
    config = dataclasses.replace(config, generate=dataclasses.replace(config.generate, models=models))
    with Store(folder) as held, Store(out, write=True) as store:
        console = Console(store.folder / "log.txt")
        for task in held.alive():
            store.put(_rows(held, task))
        run.execute(store, config, console, Scope(("generate", "check", "measure"), max_failed=0))
        run_stage(ReferenceRace(config.measure), store, config.run, console, max_failed=0)
        return {
            name: [_task_score(store, task, name, path) for task in store.alive()] for name, path in answers.items()
        }


def _rows(held: Store, task: Task) -> Iterator[Record]:
    """What a model is scored on: the task, its tests and its reference."""
    yield task
    yield from filter(None, (held.get(TaskTests, f"{task.id}/{written}") for written in (False, True)))
    yield from filter(None, [held.get(TestFacts, task.id)])
    if task.reference is not None:
        yield from reference_rows(task, task.reference)


def _task_score(store: Store, task: Task, model: str, answers: Path) -> HeldOutScore:
    """A time stopped at its limit counts as the least it can be: leaving it out would flatter slow code."""
    cell = score_task(task_rows(store, task)).cells.get(model)
    if cell is None:
        hint = "it was written for other tasks; remove it, and the same command asks the model again"
        raise InputError(f"no answer of {model} to {task.id}", path=answers, hint=hint)
    net = cell.own.net if cell.own else None
    return HeldOutScore(task.id, cell.right / cell.samples, None if net is None else math.log(net))
