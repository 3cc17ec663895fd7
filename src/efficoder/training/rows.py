"""Reads the rows of one arm as ``export`` wrote them, and refuses what no training can use.

sft: ``messages``; dpo and orpo: ``prompt, chosen, rejected``; grpo: ``prompt, tests``. Messages are lists of
``role`` and ``content``; the last one of an sft row is the answer. No tokens and no heavy library here.
"""

import codecs
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from efficoder.errors import InputError

Method = Literal["sft", "dpo", "orpo", "grpo"]


class ChatMessage(msgspec.Struct, frozen=True):
    role: str
    content: str


class TrainingRow(msgspec.Struct, frozen=True):
    """Any method's row: a conversation and what the method needs after it; the rest is empty."""

    prompt: tuple[ChatMessage, ...]
    chosen: str = ""
    rejected: str = ""
    tests: str = ""


class _Sft(msgspec.Struct):
    messages: tuple[ChatMessage, ...]

    def row(self) -> TrainingRow:
        if len(self.messages) < 2 or self.messages[-1].role != "assistant":
            raise ValueError("the last message must be the assistant's, after at least one other")
        return TrainingRow(self.messages[:-1], _text(self.messages[-1:], "answer"))


class _Pair(msgspec.Struct):
    prompt: tuple[ChatMessage, ...]
    chosen: tuple[ChatMessage, ...]
    rejected: tuple[ChatMessage, ...]

    def row(self) -> TrainingRow:
        row = TrainingRow(self.prompt, _text(self.chosen, "chosen"), _text(self.rejected, "rejected"))
        if row.chosen == row.rejected:
            raise ValueError("chosen and rejected are equal: such a pair teaches nothing")
        return row


class _Prompt(msgspec.Struct):
    prompt: tuple[ChatMessage, ...]
    tests: str

    def row(self) -> TrainingRow:
        return TrainingRow(self.prompt, tests=self.tests)


_SHAPES: dict[Method, type[_Sft] | type[_Pair] | type[_Prompt]] = {
    "sft": _Sft,
    "dpo": _Pair,
    "orpo": _Pair,
    "grpo": _Prompt,
}


def _text(messages: Sequence[ChatMessage], what: str) -> str:
    if len(messages) != 1 or not messages[0].content.strip():
        raise ValueError(f"{what} must be one message with text")
    return messages[0].content


def read(path: Path, method: Method) -> list[TrainingRow]:
    """The rows of a JSONL file. Raises InputError, with the line, for a missing or empty file or an unusable row."""
    try:
        rows = list(_parse(path, method))
    except FileNotFoundError:
        raise InputError("no such arm", path=path, hint="`efficoder stage build RUN` writes it") from None
    if not rows:
        raise InputError("the arm is empty", path=path, hint="`efficoder status RUN` says where its tasks were lost")
    return rows


def _parse(path: Path, method: Method) -> Iterator[TrainingRow]:
    shape = _SHAPES[method]
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            text = line.removeprefix(codecs.BOM_UTF8)
            if not text.strip():
                continue
            try:
                yield msgspec.json.decode(text, type=shape).row()
            except ValueError as error:  # msgspec.DecodeError is one
                raise InputError(
                    f"no {method} row: {error}", path=path, line=number, hint="export the arm again, format trl"
                ) from None


def write(path: Path, rows: Sequence[TrainingRow], method: Method) -> Path:
    """Rows as ``read`` takes them; returns ``path``."""
    encoder = msgspec.json.Encoder()
    path.write_bytes(b"".join(encoder.encode(_columns(row, method)) + b"\n" for row in rows))
    return path


def _columns(row: TrainingRow, method: Method) -> dict[str, object]:
    def answer(text: str) -> tuple[ChatMessage]:
        return (ChatMessage("assistant", text),)

    if method == "sft":
        return {"messages": row.prompt + answer(row.chosen)}
    if method == "grpo":
        return {"prompt": row.prompt, "tests": row.tests}
    return {"prompt": row.prompt, "chosen": answer(row.chosen), "rejected": answer(row.rejected)}


def fingerprint(rows: Sequence[TrainingRow]) -> str:
    """Identity of the rows and their order."""
    return hashlib.sha256(msgspec.json.encode(rows)).hexdigest()[:16]
