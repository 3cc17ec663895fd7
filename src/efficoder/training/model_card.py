"""README.md of a trained model for the Hugging Face hub: what it was made from and how, and whether it got worse."""

import json
import re
from pathlib import Path

import msgspec

from efficoder.console import counted
from efficoder.errors import InputError
from efficoder.training.guard import GuardResult


class Trained(msgspec.Struct, frozen=True):
    """What the card says of a training: some of ``result.json``."""

    base: str
    base_quantised: bool
    method: str
    arm: str
    rows: int
    dropped: dict[str, int]
    versions: dict[str, str]
    guard: GuardResult | None = None


def read(folder: Path) -> Trained:
    """Of a finished training. Raises InputError for a folder that holds none."""
    path = folder / "result.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Trained)
    except (OSError, msgspec.MsgspecError):
        raise InputError("no finished training", path=path, hint="`efficoder train RUN` makes one") from None


def card(trained: Trained, name: str) -> str:
    """Its base is named where the hub has it by that name; of a local one only the file's name is told."""
    on_hub = re.fullmatch(r"[\w.-]+/[\w.-]+", trained.base) and not Path(trained.base).exists()
    base = trained.base if on_hub else Path(trained.base).name
    head = [f"base_model: {json.dumps(base)}"] if on_hub else []
    head += ["license: other", "library_name: transformers", "pipeline_tag: text-generation"]
    head += ["tags:", "- code", "- efficiency", "- efficoder"]
    quantised = ", starting from quantised weights" if trained.base_quantised else ""
    lines = [
        f"Code model `{base}`, fine-tuned by EffiCoder ({trained.method}) on {counted(trained.rows, 'row')} of the arm "
        f"`{trained.arm}`{quantised}. Dropped: {counted(sum(trained.dropped.values()), 'row')}.",
        "",
        f"Did training do harm? {trained.guard.words if trained.guard else 'Nobody looked: trained without a guard.'}",
        "",
        "The licence is that of the base model; the terms of the models that wrote the rows apply as well.",
        "",
        f"Made with {', '.join(f'{library} {version}' for library, version in trained.versions.items())}.",
    ]
    return "\n".join(["---", *head, "---", "", f"# {name}", "", *lines, ""])
