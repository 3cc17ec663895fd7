"""generate: Task x model x sample -> Sample, Candidate. Recorded samples are read in batches, live models are asked by
models/desk.py. Nothing here runs candidates."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from efficoder.console import counted
from efficoder.errors import InputError, suggest
from efficoder.languages import language, spoken
from efficoder.languages.identity import candidate_id, sample_id
from efficoder.models import replay
from efficoder.models.asks import plan
from efficoder.models.replay import REPLAY
from efficoder.pipeline.asking import ask_models
from efficoder.pipeline.stage import fingerprint
from efficoder.pipeline.work import Work
from efficoder.sources import published_ids, tasks_by_language
from efficoder.types import Candidate, Drop, Record, Sample, Task

BATCH = 500
"""Rows committed at a time while a file is read."""


def generate_step(work: Work) -> None:
    for model in work.config.generate.models:
        if model.startswith(REPLAY):
            _replay(work, Path(model.removeprefix(REPLAY)))
    if not work.config.generate.models:
        work.console.say(f"{'generate':<12} generate.models names no model: only the references are judged")
    live = [model for model in work.config.generate.models if not model.startswith(REPLAY)]
    if live:
        ask_models(
            work,
            plan(work.tasks(), live, work.config.generate, seed=work.config.run.seed, done=work.store.keys(Sample)),
        )


def _replay(work: Work, path: Path) -> None:
    """Recorded samples, in batches. The done-mark holds the file's size and time: a changed file is read again."""
    store = work.store
    alive = {task.id for task in work.tasks(before="write_tests")}  # what it dropped may come back (run.packages)
    try:
        stat = path.stat()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check generate.models") from None
    mark = fingerprint(stat.st_size, stat.st_mtime_ns, sorted(alive))
    if store.done("generate").get(str(path)) == mark:
        return
    said = [key for key in store.keys(Drop) if key.startswith(f"generate/{path.name}:")]
    store.remove(Drop, said)  # a task that was unknown then may be known now
    batch: list[Record] = []
    samples = left_out = 0
    published, by_language = published_ids(store.all(Task)), tasks_by_language(store.all(Task))
    unknown: replay.Recorded | None = None
    with work.console.progress("generate", None) as progress:
        for recorded in read_named(path, published, by_language):
            where = f"{path.name}:{recorded.line}"
            if recorded.note:
                batch.append(Drop(id=where, stage="generate", reason="repeated sample", detail=recorded.note))
            if recorded.task_id in alive:
                batch += read_recorded(store.task(recorded.task_id), recorded)
                samples += 1
                progress.advance()
            elif store.get(Task, recorded.task_id) is None:
                batch.append(Drop(id=where, stage="generate", reason="unknown task", detail=recorded.task_id))
                left_out, unknown = left_out + 1, unknown or recorded
            if len(batch) >= BATCH:
                store.put(batch)
                batch = []
        store.put(batch, done=[("generate", str(path), mark)])
    if unknown is not None:
        work.console.say(f"{path.name}: left out {strays(left_out, unknown, store.keys(Task))}")
    if not samples:
        work.console.say(f"{path.name}: no sample of this run's tasks; compare its task_id with the ids of the sources")


def read_named(
    path: Path, published: Mapping[str, str], by_language: Mapping[tuple[str, str], str]
) -> Iterator[replay.Recorded]:
    """A file's samples, each under its task's own id, as far as there is such a task."""
    for line in replay.read(path):
        named = published.get(line.task_id, line.task_id)
        if line.language:
            key = named, spoken(line.language)
            named = by_language.get(key, " in ".join(key))
        yield msgspec.structs.replace(line, task_id=named)


def strays(count: int, first: replay.Recorded, known: Iterable[str]) -> str:
    """Samples of tasks that a run does not have, in words."""
    near = suggest(first.task_id, known, otherwise="compare it with the ids of the sources")
    of = f"{counted(count, 'sample')} of tasks this run does not have"
    return f"{of}, the first in line {first.line}: {first.task_id!r}{near}"


def read_recorded(task: Task, recorded: replay.Recorded) -> list[Record]:
    """A recorded line as the sample it is and, where there is code in it, the candidate."""
    found = language(task.language).extract(recorded.reply, task)
    rows: list[Record] = []
    name = None
    if found.code is not None:
        name = candidate_id(task.id, found.code, task.language)
        rows.append(Candidate(id=name, task_id=task.id, code=found.code))
    sample = Sample(
        id=sample_id(task.id, recorded.model, recorded.index),
        task_id=task.id,
        model=recorded.model,
        index=recorded.index,
        reply=recorded.reply,
        candidate_id=name,
        problem=found.problem,
        source=recorded.source,
        licence=recorded.licence,
    )
    return [*rows, sample]
