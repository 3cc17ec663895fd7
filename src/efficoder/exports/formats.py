"""One record in each trainer's format: into which files it goes, as which row, and the registry file beside them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from efficoder.exports.shapes import (
    AlpacaRow,
    AxolotlPairRow,
    CompletionRow,
    ExportedMessage,
    ExportedRow,
    ExtraInfo,
    PairRow,
    PromptRow,
    RewardModel,
    SftRow,
    ShareGptPairRow,
    Turn,
    VerlRow,
)
from efficoder.parse import typed
from efficoder.types import DatasetRecord, Task, TaskTests

FormatName = Literal["trl", "llamafactory", "axolotl", "verl"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)


class Grading(msgspec.Struct, frozen=True):
    """What a reward needs to judge replies to a prompt; the ``tests`` column holds it as JSON."""

    task: Task
    tests: TaskTests
    """A case without an expected value expects what the reference answers."""


def read_tests(text: str) -> Grading:
    """Raises ValueError on text that ``export`` did not write."""
    return typed(text, Grading)


Lookup = Callable[[str], Grading]
"""Task id to what a reward needs of it."""


@dataclass(frozen=True, slots=True)
class Item:
    """A record, its place in its arm (from 0), and where tests are found."""

    record: DatasetRecord
    row: int
    lookup: Lookup

    def tests(self) -> str:
        return msgspec.json.encode(self.lookup(self.record.task_id)).decode()


Rows = Iterator[tuple[str, ExportedRow]]
"""File name without suffix, and the row that goes there."""


def _user(text: str) -> ExportedMessage:
    return ExportedMessage("user", text)


def _assistant(text: str) -> ExportedMessage:
    return ExportedMessage("assistant", text)


def _trl(item: Item) -> Rows:
    record = item.record
    prompt, chosen = [_user(record.prompt)], [_assistant(record.chosen)]
    match record.kind:
        case "sft":
            yield record.arm, SftRow([*prompt, *chosen])
            yield f"{record.arm}-completion", CompletionRow(prompt, chosen)
        case "pair":
            rejected = [_assistant(record.rejected)]
            yield record.arm, PairRow(prompt, chosen, rejected, record.chosen_exponent, record.rejected_exponent)
        case "prompt":
            yield record.arm, PromptRow(prompt, item.tests())


def _llamafactory(item: Item) -> Rows:
    record = item.record
    if record.kind == "sft":
        yield record.arm, AlpacaRow(record.prompt, "", record.chosen)
    elif record.kind == "pair":
        ask = [Turn("human", record.prompt)]
        yield record.arm, ShareGptPairRow(ask, Turn("gpt", record.chosen), Turn("gpt", record.rejected))


def _axolotl(item: Item) -> Rows:
    record = item.record
    ask = [_user(record.prompt)]
    if record.kind == "sft":
        yield record.arm, SftRow([*ask, _assistant(record.chosen)])
    elif record.kind == "pair":
        yield record.arm, AxolotlPairRow(ask, _assistant(record.chosen), _assistant(record.rejected))


def _verl(item: Item) -> Rows:
    record = item.record
    if record.kind == "prompt":
        reward = RewardModel("rule", item.tests())
        info = ExtraInfo("train", item.row, record.id)
        yield record.arm, VerlRow(record.origin.source, [_user(record.prompt)], "code", reward, info)


def _llamafactory_registry(arms: Mapping[str, str]) -> tuple[str, str]:
    entries: dict[str, object] = {}
    for arm, kind in arms.items():
        if kind == "sft":
            columns = {"prompt": "instruction", "query": "input", "response": "output"}
            entries[arm] = {"file_name": f"{arm}.jsonl", "formatting": "alpaca", "columns": columns}
        else:
            columns = {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"}
            entries[arm] = {
                "file_name": f"{arm}.jsonl",
                "formatting": "sharegpt",
                "ranking": True,
                "columns": columns,
            }
    return "dataset_info.json", json.dumps(entries, indent=2) + "\n"


def _axolotl_registry(arms: Mapping[str, str]) -> tuple[str, str]:
    """The first arm's block stands as it is, and the others are commented out."""
    parts = ["# A block of an axolotl config: use one; paths are relative to where axolotl starts.\n"]
    for number, (arm, kind) in enumerate(arms.items()):
        mark = "# " if number else ""
        pair = kind == "pair"
        lines = [
            *(["rl: dpo"] if pair else []),
            "datasets:",
            f"  - path: {arm}.jsonl",
            "    ds_type: json",
            f"    type: {'chat_template.default' if pair else 'chat_template'}",
            "    field_messages: messages",
            *(["    field_chosen: chosen", "    field_rejected: rejected"] if pair else []),
            "    message_property_mappings: {role: role, content: content}",
        ]
        parts.append(f"\n# --- {arm}\n" + "".join(f"{mark}{line}\n" for line in lines))
    return "axolotl.yaml", "".join(parts)


@dataclass(frozen=True, slots=True)
class Format:
    rows: Callable[[Item], Rows]
    suffixes: tuple[str, ...]
    """Each row goes to a file of each suffix."""
    registry: Callable[[Mapping[str, str]], tuple[str, str]] | None = None
    """From arm to kind, the name and text of the file that tells the trainer of the others."""


BY_NAME: dict[FormatName, Format] = {
    "trl": Format(_trl, (".jsonl", ".parquet")),
    "llamafactory": Format(_llamafactory, (".jsonl",), _llamafactory_registry),
    "axolotl": Format(_axolotl, (".jsonl",), _axolotl_registry),
    "verl": Format(_verl, (".parquet",)),
}
