"""``efficoder study selection``: did selecting by efficiency pay? The arms of a run's dataset are trained alike and
scored on held-out tasks (arm_training.py, heldout.py); here they are found, and the answer is printed."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from efficoder import sources
from efficoder.config import Config, load
from efficoder.console import Console, command, counted, data, to_json
from efficoder.errors import InputError, PrerequisiteError, UsageError, install
from efficoder.evaluation.evaluate import PRESETS
from efficoder.evaluation.rows import task_rows
from efficoder.evaluation.times import timed
from efficoder.models.weights import sha256
from efficoder.pipeline.stage import fingerprint
from efficoder.report.tables import Form, number, render, with_interval
from efficoder.stages.build import PAIR_ARMS, SFT_ARMS
from efficoder.store import Store, open_run
from efficoder.training.arms import arm_file, config_with_model
from efficoder.types import DatasetRecord, Task

if TYPE_CHECKING:
    from efficoder.studies.conclusion import ArmScore, StudyResult

GREEDY = ("generate.samples=1", "generate.temperature=0.0")


@dataclass(frozen=True, slots=True)
class StudySpec:
    """What to study."""

    tasks: str
    """The held-out ones, FORMAT:PATH."""
    arms: Sequence[str]
    """The one in question first; none: the method's own."""
    seeds: str
    limit: int | None = None
    answers_only: bool = False
    """Make no tests and score nothing: that wants a quiet machine, not a GPU."""


def study_selection(runs: Path, name: str, spec: StudySpec, sets: Sequence[str], form: Form, *, as_json: bool) -> None:
    """Train, score and print; the same command resumes. Raises UsageError or InputError for a request that cannot be
    met, before anything is trained."""
    with open_run(runs, name) as store:
        config = config_with_model(store.folder, sets)
        arms, seeds = _arms(store.folder, config.train.method, spec.arms), _seeds(spec.seeds)
        trained, times = _training(store)
        folder = store.folder / "studies"
    held = _held_out_config(config, spec.tasks, sets)
    try:
        from efficoder.studies import heldout
        from efficoder.studies.arm_training import train_arms
        from efficoder.studies.conclusion import conclude
        from efficoder.training import loading
        from efficoder.training.run import quiet

        with quiet():
            loading.find(config.train.model)
    except ModuleNotFoundError as error:
        raise PrerequisiteError(f"{error.name} is not installed; {install('train')}") from None
    out = folder / _name(config, held, spec, arms)
    held_out = heldout.make(out / "held-out", held, trained, spec.limit, tests=not spec.answers_only)
    console = Console(out / "log.txt")
    console.say(held_out)
    models = train_arms(
        config.train,
        arms,
        out,
        lambda served, path: heldout.answer(out / "held-out", held, served, path),
        times=times,
        seeds=seeds,
        say=console.say,
    )
    if spec.answers_only:
        console.say(f"{out}: all models have answered; the same command without --answers-only scores them")
        return
    console.say(f"scoring the answers of {counted(len(models.answers), 'model')}")
    result = conclude(models, heldout.score(out / "held-out", held, out / "evaluation", models.answers))
    if as_json:
        to_json(result)
        return
    data(_table(result, form))
    if form in ("text", "markdown"):
        data(f"\n{_words(result, held_out)}")
    console.say(f"next: {command('train', store.folder, '--arm', next(iter(arms)))} trains a model to keep")


def _arms(folder: Path, method: str, named: Sequence[str]) -> dict[str, Path]:
    """The arms' files: those named, or those of the method that have rows."""
    if method == "grpo":
        raise UsageError(
            "grpo learns from its own answers, run as it trains: no selection goes into its prompts, so it has no arms "
            "to compare; use --method sft, dpo or orpo"
        )
    if named:
        return {arm: arm_file(folder, arm) for arm in named}
    usual = SFT_ARMS if method == "sft" else PAIR_ARMS
    files = {arm: folder / "dataset" / f"{arm}.jsonl" for arm in usual}
    found = {arm: file for arm, file in files.items() if file.is_file() and file.stat().st_size}
    if len(found) < 2:
        raise InputError(
            f"a study of {method} needs two of the arms {', '.join(usual)}, the run has {', '.join(found) or 'none'}",
            path=folder / "dataset",
            hint="`efficoder run` builds them; `efficoder status` says where tasks were lost",
        )
    return found


def _seeds(text: str) -> list[int]:
    try:
        return list(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        raise UsageError(f"--seeds {text}: write numbers with commas between: 0,1,2") from None


def _training(store: Store) -> tuple[list[Task], dict[tuple[str, str], float]]:
    """The tasks that are in the run's dataset, and of each row the CPU time of its answer over the reference's, where
    both were timed in one race."""
    ids = {record.task_id for record in store.all(DatasetRecord)}
    tasks = [task for task in store.all(Task) if task.id in ids]
    times: dict[tuple[str, str], float] = {}
    for task in tasks:
        entrants = timed(task_rows(store, task))
        for record in store.all(DatasetRecord, task.id):
            entrant = entrants.get(record.chosen_id)
            if entrant is not None and entrant.to_reference is not None:
                times[record.prompt, record.chosen] = entrant.to_reference.value
    return tasks, times


def _held_out_config(config: Config, tasks: str, sets: Sequence[str]) -> Config:
    """As `efficoder evaluate` has it, on what the run's candidates may import."""
    form, path = sources.parse_spec(tasks)
    asked = f"collect.sources={json.dumps([f'{form}:{path}'])}"
    return dataclasses.replace(load(None, [*GREEDY, *PRESETS, *sets, asked]), run=config.run)


def _name(config: Config, held: Config, spec: StudySpec, arms: Mapping[str, Path]) -> str:
    """Another request, an arm with other rows, or other tasks or weights in a file of that name are another study;
    other seeds, or workers, resume the same."""
    run = dataclasses.replace(config.run, workers=None)
    tasks, model = Path(held.collect.sources[0].partition(":")[2]), Path(config.train.model).expanduser()
    weights = sorted(model.glob("*.safetensors")) if model.is_dir() else [model]
    content = [sha256(path) for path in (*arms.values(), tasks, *weights) if path.is_file()]
    mark = fingerprint(config.train, dataclasses.replace(held, run=run), spec.limit, list(arms), content)
    return f"{config.train.method}-{tasks.name.partition('.')[0]}-{mark[:8]}"


def _table(result: "StudyResult", form: Form) -> str:
    header = ["arm", "rows", "data: time", "pass@1", "pass@1 by seed", "code: time", "n", "time by seed"]
    return render(header, [_row(arm) for arm in result.arms], form)


def _row(arm: "ArmScore") -> list[str]:
    passes, times = zip(*arm.seeds, strict=True)
    return [
        arm.arm,
        str(arm.rows),
        with_interval(arm.data_ratio),
        with_interval(arm.pass_at_1),
        _span(passes),
        with_interval(arm.time_ratio),
        str(arm.time_ratio.n) if arm.time_ratio else "0",
        _span(times),
    ]


def _span(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "n/a"
    return " to ".join(dict.fromkeys(number(value) for value in (min(known), max(known))))


def _words(result: "StudyResult", held_out: str) -> str:
    lines = [
        "Times are CPU times over the reference's, geometric means; below 1 is faster. data: that of the answers",
        "trained on; code: that of the models' answers, on the n held-out tasks that all solved with every seed.",
        f"{held_out}.",
        "",
        *(f"{contrast.words}." for contrast in result.contrasts),
    ]
    if result.dropped:
        lines.insert(
            3,
            f"Left out of every arm, since one arm lacks it or its row is too long: {counted(result.dropped, 'row')}.",
        )
    if result.correlation:
        lines.append(f"Faster data, faster models? Over the arms {result.correlation.words}.")
    return "\n".join([*lines, "", result.words])
