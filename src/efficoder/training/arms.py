"""The arms of a run's dataset: which one a method learns from, and where its rows are."""

from collections.abc import Sequence
from pathlib import Path

from efficoder.config import Config, load
from efficoder.errors import InputError, UsageError

ARM_OF = {"sft": "efficient", "orpo": "pairs_speed", "dpo": "pairs_speed", "grpo": "prompts"}
"""What a method learns from when ``--arm`` says nothing."""


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
