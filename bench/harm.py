"""Why does a tuned model lose answers that the untrained one had? Judges the answers of all models in one run, by the
set's own checks alone, and sorts the lost tasks by cause; beside it, what the training rows and the answers look like.

    python bench/harm.py FORMAT:PATH --answers base=A.jsonl --answers tuned=B.jsonl [--answers ...] [--ids FILE]
        [--rows ARM.jsonl ...] [--runs DIR] [-o table.md]

The first answers are the untrained model's. An answers file is JSONL with task_id and solution, as a study writes it,
one model each. Only tasks that all files answer count. A task is lost where fewer of its samples are right than of the
first model's, won where more are. It resumes from the run folder: tests are made once, and another model's answers
are judged on them. Causes are told for Python (causes.py).
"""

import argparse
import html
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from causes import CAUSES, TRAITS_HEADER, Cause, cause, traits_row
from efficoder.config import load
from efficoder.console import Console, clock
from efficoder.errors import EffiCoderError, InputError, UsageError
from efficoder.evaluation.evaluate import PRESETS
from efficoder.evaluation.model_scores import pass_rate
from efficoder.evaluation.rows import score_tasks
from efficoder.evaluation.task_scores import Cell, SampleScore
from efficoder.judging.judge import tests_hash
from efficoder.judging.right_or_wrong import REVISION, ToJudge
from efficoder.metrics.intervals import paired_difference
from efficoder.models import replay
from efficoder.models.replay import Recorded
from efficoder.pipeline.run_stage import run_stage
from efficoder.pipeline.stage import Job, fingerprint
from efficoder.pipeline.work import Scope
from efficoder.report.tables import counts, render, with_interval
from efficoder.stages import run
from efficoder.stages.check import Check
from efficoder.stages.generate import read_recorded
from efficoder.store import Store
from efficoder.training import rows
from efficoder.types import REFERENCE, Candidate, Sample

EXAMPLES = 10  # of each cause
CODE_LINES = 15  # shown of each text
SHOWN = 200  # characters of an input

Answers = Mapping[str, Mapping[str, Sequence[Recorded]]]
"""By model and task."""


@dataclass(frozen=True)
class Answer:
    reply: str
    code: str | None
    score: SampleScore
    check: str
    """The input of the first check it fails; empty where there is none."""

    @property
    def shown(self) -> str:
        return self.reply if self.code is None else self.code

    @property
    def failure(self) -> str:
        """The first check it fails, and how."""
        number, detail = self.score.first_failure, self.score.detail
        if number is None:
            return detail
        cut = self.check[:SHOWN] + "..." * (len(self.check) > SHOWN)
        return f"check {number}: {detail if detail.startswith('input ') else f'input {cut}: {detail}'}"


@dataclass
class Judged:
    cells: dict[str, dict[str, Cell]] = field(default_factory=lambda: defaultdict(dict))
    """By model and task; the tasks are the same for all models."""
    answers: dict[tuple[str, str], list[Answer]] = field(default_factory=lambda: defaultdict(list))
    """By model and task."""
    left_out: int = 0
    """Tasks without tests that can be used."""


@dataclass(frozen=True)
class Loss:
    task: str
    cause: Cause
    base: Answer
    tuned: Answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("--answers", action="append", required=True, metavar="NAME=FILE")
    parser.add_argument("--ids", type=Path, help="a file of task ids, one a line: only these count")
    parser.add_argument("--rows", nargs="+", action="extend", type=Path, default=[], help="training rows as exported")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("-o", "--out", type=Path, help="a Markdown file; stdout by default")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        text = "\n\n".join(sections(options)) + "\n"
    except EffiCoderError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    if options.out:
        options.out.write_text(text)
    else:
        print(text, end="")
    print(f"done in {clock(time.monotonic() - began)}", file=sys.stderr)


def sections(options: argparse.Namespace) -> Iterator[str]:
    answers = dict(read_answers(spec) for spec in options.answers)
    if len(answers) < 2 or len(answers) < len(options.answers):
        raise UsageError("give the answers of two models or more, each under a name of its own: --answers NAME=FILE")
    looks = [line for path in options.rows for line in rows_traits(path)]
    ids = shared_tasks(answers, options.ids)
    judged = judge(options.source, answers, ids, options.runs)
    base, *tuned = answers
    answered = len({task for tasks in answers.values() for task in tasks})
    yield f"# What tuning lost on {options.source.partition(':')[0]}"
    yield (
        f"{len(judged.cells[base])} tasks; {judged.left_out} left out without usable tests, "
        f"{answered - len(ids)} not wanted or not answered by all. Intervals are 95 %, over tasks."
    )
    yield scores(judged, base, tuned)
    for name in tuned:
        yield from harm(judged, base, name)
    yield "## What the rows taught"
    looks += [traits_row(name, [r.reply for task in ids for r in tasks[task]]) for name, tasks in answers.items()]
    yield render(TRAITS_HEADER, looks, "markdown")


# ---------------------------------------------------------------- reading


def read_answers(spec: str) -> tuple[str, dict[str, list[Recorded]]]:
    """NAME=FILE as the name and its samples by task. Raises UsageError, and InputError for a file of two models."""
    name, equals, path = spec.partition("=")
    if not (name and equals and path):
        raise UsageError(f"--answers {spec}: write NAME=FILE")
    found: dict[str, list[Recorded]] = defaultdict(list)
    models = set()
    for recorded in replay.read(Path(path)):
        found[recorded.task_id].append(recorded)
        models.add(recorded.model)
    if len(models) > 1:
        raise InputError(f"answers of {len(models)} models", path=path, hint="give each model a file of its own")
    return name, found


def shared_tasks(answers: Answers, path: Path | None) -> list[str]:
    """Tasks that every model has answered, of those named in ``path``. Raises InputError where there is none."""
    try:
        wanted = set(path.read_text().split("\n")) if path else None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check --ids") from None
    first, *others = answers.values()
    ids = [id for id in first if all(id in tasks for tasks in others) and (wanted is None or id in wanted)]
    if not ids:
        raise InputError("no task is answered in every file", path=path, hint="check task_id in --answers, and --ids")
    return ids


def rows_traits(path: Path) -> Iterator[list[str]]:
    """A line for what a file of rows teaches; one more for the other side of pairs."""
    try:
        with path.open() as file:
            first = file.readline()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check --rows") from None
    read = rows.read(path, "dpo" if '"rejected"' in first else "sft")
    yield traits_row(path.name, [row.chosen for row in read])
    if read[0].rejected:
        yield traits_row(f"{path.name}, rejected", [row.rejected for row in read])


# ---------------------------------------------------------------- judging


def judge(source: str, answers: Answers, ids: Sequence[str], runs: Path) -> Judged:
    """All answers to the tasks ``ids``, by the product's own stages; nothing is grown and nothing timed."""
    config = load(None, [f"collect.sources={json.dumps([source])}", *PRESETS, "write_tests.loads=0"])
    form, _, path = source.partition(":")
    folder = runs / f"harm-{form}-{Path(path).name.partition('.')[0]}"
    with Store(folder, write=True) as store:
        console = Console(folder / "log.txt")
        run.execute(store, config, console, Scope(("collect",), ids=frozenset(ids)))
        for name, tasks in answers.items():
            for task in map(store.task, ids):
                for recorded in tasks[task.id]:
                    store.put(read_recorded(task, msgspec.structs.replace(recorded, model=name)))
        run.execute(store, config, console, Scope(("write_tests",), max_failed=0))
        run_stage(CheckEach(config.check, name="check_each"), store, config.run, console, max_failed=0)
        return read_run(store, answers, ids)


class CheckEach(Check):
    """``check`` with a job for each candidate, so that another model's answers judge no others again; the references
    are not asked about."""

    def plan(self, store: Store) -> Iterator[Job]:
        for task in store.alive():
            known = fingerprint(REVISION, self.config, task.interface, tests_hash(store.tests(task.id).judged))
            samples = (sample for sample in store.all(Sample, task.id) if sample.model != REFERENCE)
            yield from (Job(id, known) for id in dict.fromkeys(sample.candidate_id for sample in samples) if id)

    def pack(self, store: Store, job: Job) -> ToJudge:
        candidate = store.get(Candidate, job.id)
        assert candidate is not None, job.id
        payload = super().pack(store, Job(candidate.task_id, job.fingerprint))
        return msgspec.structs.replace(payload, candidates=[candidate])


def read_run(store: Store, answers: Answers, ids: Sequence[str]) -> Judged:
    judged, wanted = Judged(), set(ids)
    for found in score_tasks(store):
        if found.task_id not in wanted:
            continue
        wanted.remove(found.task_id)
        cases = store.tests(found.task_id).judged
        codes = {candidate.id: candidate.code for candidate in store.candidates(found.task_id)}
        for name, tasks in answers.items():
            judged.cells[name][found.task_id] = found.cells[name]
            replies = {recorded.index: recorded.reply for recorded in tasks[found.task_id]}
            for score in found.samples:
                if score.model == name and score.index in replies:
                    check = "" if score.first_failure is None else cases[score.first_failure].input
                    code = codes.get(score.candidate_id or "")
                    answer = Answer(replies[score.index], code, score, check)
                    judged.answers[name, found.task_id].append(answer)
    judged.left_out = len(wanted)
    return judged


# ---------------------------------------------------------------- writing


def rate(cell: Cell) -> float:
    return cell.right / cell.samples


def scores(judged: Judged, base: str, tuned: Sequence[str]) -> str:
    before = judged.cells[base]
    table = [[base, with_interval(pass_rate(list(before.values()))), "", "", ""]]
    for name in tuned:
        after = judged.cells[name]
        pairs = [(rate(before[task]), rate(after[task])) for task in before]
        difference = paired_difference(*zip(*pairs, strict=True))
        lost, won = sum(b > a for b, a in pairs), sum(a > b for b, a in pairs)
        own = pass_rate(list(after.values()))
        table.append([name, with_interval(own), with_interval(difference), str(lost), str(won)])
    return render(("model", "pass@1", f"less {base}'s", "lost tasks", "won tasks"), table, "markdown")


def harm(judged: Judged, base: str, name: str) -> Iterator[str]:
    """The lost tasks of one tuned model: counted by cause, then examples of each."""
    found: dict[str, list[Loss]] = defaultdict(list)
    for task, before in judged.cells[base].items():
        if rate(judged.cells[name][task]) < rate(before):
            loss = lost(judged, base, name, task)
            found[loss.cause.kind].append(loss)
    yield f"## {name}: {sum(map(len, found.values()))} lost tasks by cause"
    table = []
    for kind in filter(found.get, CAUSES):
        what = Counter(loss.cause.what for loss in found[kind] if loss.cause.what)
        table.append([kind, str(len(found[kind])), counts(dict(what.most_common(EXAMPLES)))])
    if table:
        yield render(("cause", "tasks", "what"), table, "markdown")
    for kind in filter(found.get, CAUSES):
        shown = [example(loss, base, name) for loss in found[kind][:EXAMPLES]]
        title = f"{name}, {kind}: {len(shown)} of {len(found[kind])}"
        yield "\n\n".join(["<details>", f"<summary>{title}</summary>", *shown, "</details>"])


def lost(judged: Judged, base: str, name: str, task: str) -> Loss:
    """Told by the model's first sample that is not right, beside the first one's first that is."""
    right = next(answer for answer in judged.answers[base, task] if answer.score.right)
    wrong = next(answer for answer in judged.answers[name, task] if not answer.score.right)
    return Loss(task, cause(wrong.reply, wrong.code, wrong.score.outcome, wrong.score.detail), right, wrong)


def example(loss: Loss, base: str, name: str) -> str:
    """Both codes beside each other, the reply where it holds none; HTML, so that nothing in them is taken as markup."""
    what = f" ({loss.cause.what})" if loss.cause.what else ""
    failure = " ".join(loss.tuned.failure.split())
    cells = "".join(
        f'<td valign="top"><pre>{html.escape(shortened(answer.shown))}</pre></td>' for answer in (loss.tuned, loss.base)
    )
    return (
        f"<p><b>{html.escape(loss.task)}</b>{html.escape(f'{what}: {failure}')}</p>\n"
        f"<table><tr><th>{html.escape(name)}</th><th>{html.escape(base)}</th></tr>\n<tr>{cells}</tr></table>"
    )


def shortened(text: str) -> str:
    """At most CODE_LINES lines: its start and its end, where it may be cut off. Blank lines would end HTML's table."""
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    if len(lines) <= CODE_LINES:
        return "\n".join(lines)
    half = CODE_LINES // 2
    return "\n".join([*lines[:half], f"... {len(lines) - 2 * half} more lines", *lines[-half:]])


if __name__ == "__main__":
    main()
