"""``efficoder train``: fine-tune a model on one arm of a run's dataset. The work is in training/, which is imported
here alone and only when it is asked for."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from efficoder.config import Config, load
from efficoder.console import Console, clock, to_json
from efficoder.errors import InputError, PrerequisiteError, UsageError
from efficoder.reward import ExecutionReward
from efficoder.store import open_run

ARM_OF = {"sft": "efficient", "orpo": "pairs_speed", "dpo": "pairs_speed", "grpo": "prompts"}
"""What a method learns from when ``--arm`` says nothing."""


def train_run(runs: Path, name: str, arm: str | None, sets: Sequence[str], *, as_json: bool) -> None:
    """Train as the run's config and ``sets`` say; the model lands under the run's ``models/``."""
    with open_run(runs, name) as store:
        folder = store.folder
    config = config_with_model(folder, sets)
    arm = arm or ARM_OF[config.train.method]
    rows = arm_file(folder, arm)
    try:
        from efficoder.training.run import train
        from efficoder.training.watch import Progress
    except ModuleNotFoundError as error:
        raise PrerequisiteError(f"{error.name} is not installed; pip install 'efficoder[train]'") from None
    console = Console(folder / "log.txt")

    def tell(now: Progress) -> None:
        console.say(f"train {arm}: step {now.step}/{now.steps}, loss {now.loss:.4f}, {clock(now.eta_s)} left")

    out = folder / "models" / f"{config.train.method}-{arm}"
    grpo = config.train.method == "grpo"
    graded = ExecutionReward(unsafe=config.run.unsafe, packages=config.run.packages) if grpo else nullcontext()
    with graded as reward:
        result = train(config.train, rows, out, seed=config.run.seed, reward=reward, progress=tell)
    if as_json:
        to_json(result)
    first, last = result.curve[0].get("loss"), result.curve[-1].get("loss")
    dropped = sum(result.dropped.values())
    console.say(
        f"{out}: {result.rows} rows ({dropped} dropped), loss {first:.4f} to {last:.4f}, {result.step_s:.1f} s a step; "
        f"next: efficoder evaluate TASKS --model {'local/' + result.gguf if result.gguf else 'hf/' + result.model}"
    )


def config_with_model(folder: Path, sets: Sequence[str]) -> Config:
    """The run's config with ``sets`` over it. Raises UsageError where no model to train is named."""
    config = load(folder / "run.toml", sets)
    if not config.train.model:
        raise UsageError("no model to train; --set train.model=NAME: a folder, a GGUF file or a Hugging Face name")
    return config


def arm_file(folder: Path, arm: str) -> Path:
    """The exported rows of an arm of the run in ``folder``. Raises InputError naming the arms there are."""
    rows = folder / "dataset" / f"{arm}.jsonl"
    if not rows.is_file():
        there = ", ".join(sorted(path.stem for path in rows.parent.glob("*.jsonl"))) or "none"
        raise InputError("the run's dataset has no such arm", path=rows, hint=f"there are: {there}")
    return rows
