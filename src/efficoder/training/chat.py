"""Rows to tokens by the model's own chat template: which tokens are learned, and which rows fit.

The answer's tokens and the one that ends its turn are learned, nothing else: the reference code's template forgets
the last, and a model trained so does not stop. Prompt and answer are tokenised apart, as they are
when the model writes: tokens never merge across the border. A row that does not fit, or of which the
template leaves out a part, is dropped and counted, never cut: a cut program is a wrong one, and ORPO's loss of an empty
answer is NaN (measured: it destroys the weights).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from efficoder.errors import InputError
from efficoder.training.rows import ChatMessage, TrainingRow

IGNORED = -100
"""Label of a token that is not learned (torch's cross_entropy)."""

_PROBE = (ChatMessage("user", "ping"),)
_PROBE_ANSWER = "pong"


@dataclass(frozen=True, slots=True)
class Chat:
    """A tokenizer (transformers) with a chat template that ends turns."""

    tokenizer: Any
    end_id: int
    """The token that ends the assistant's turn."""

    @property
    def end_token(self) -> str:
        return str(self.tokenizer.convert_ids_to_tokens(self.end_id))

    def prompt_ids(self, prompt: Sequence[ChatMessage]) -> list[int]:
        """Tokens up to where the assistant begins to write."""
        return self._ids(render(self.tokenizer, prompt))

    def answer_ids(self, prompt: Sequence[ChatMessage], answer: str) -> list[int]:
        """Tokens of the answer, its end-of-turn token last. Raises InputError where the template hides the answer."""
        ids = self._ids(_tail(self.tokenizer, prompt, answer))
        if self.end_id not in ids:
            raise InputError(
                "the chat template does not end an answer of these rows", hint="fix the model's chat_template"
            )
        return ids[: len(ids) - ids[::-1].index(self.end_id)]

    def holds(self, prompt: Sequence[ChatMessage], answer: str) -> bool:
        """Whether all of the answer is learned, blanks at its end aside: a template may keep only what follows
        ``</think>`` or trim, and the end of the turn may be spelled in the answer."""
        return answer.rstrip() in _tail(self.tokenizer, prompt, answer) and self.end_id not in self._ids(answer)

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])


def render(tokenizer: Any, prompt: Sequence[ChatMessage], answer: str | None = None) -> str:
    """The conversation as text: up to where the assistant begins to write, or with its answer."""
    messages = [{"role": message.role, "content": message.content} for message in prompt]
    if answer is not None:
        messages.append({"role": "assistant", "content": answer})
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=answer is None))


def _tail(tokenizer: Any, prompt: Sequence[ChatMessage], answer: str) -> str:
    before, whole = render(tokenizer, prompt), render(tokenizer, prompt, answer)
    if not whole.startswith(before):
        raise InputError(
            "the chat template writes a prompt differently once it is answered: a model trained on one would be asked "
            "the other",
            hint="use a template with a plain generation prompt",
        )
    return whole[len(before) :]


def open_chat(tokenizer: Any, name: str) -> Chat:
    """Raises InputError, before any weight is loaded, for a tokenizer without a template, or one that ends no turn."""
    if not tokenizer.chat_template:
        raise InputError(
            "the tokenizer has no chat template", path=name, hint="train an instruct model, or add chat_template.jinja"
        )
    tail = _tail(tokenizer, _PROBE, _PROBE_ANSWER)
    _, found, ending = tail.partition(_PROBE_ANSWER)
    special = {token.content: id_ for id_, token in tokenizer.added_tokens_decoder.items() if token.special}
    special.update(zip(tokenizer.all_special_tokens, tokenizer.all_special_ids, strict=True))
    ends = [id_ for token, id_ in special.items() if ending.strip().startswith(token)]
    if not found or not ends:
        raise InputError(
            "the chat template ends an answer without an end-of-turn token: a model trained on it never stops",
            path=name,
            hint="add {{ eos_token }} after the assistant's content in its chat_template",
        )
    return Chat(tokenizer, ends[0])


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids; ``rejected`` is empty but for pairs, ``chosen`` is empty for prompts alone."""

    prompt: list[int]
    chosen: list[int]
    rejected: list[int]
    whole: bool = True
    """Whether the answers are all there, as the chat template has them."""

    @property
    def tokens(self) -> int:
        """Of the longer sequence."""
        return len(self.prompt) + max(len(self.chosen), len(self.rejected))

    def labels(self) -> list[int]:
        return [IGNORED] * len(self.prompt) + self.chosen


def encode(chat: Chat, row: TrainingRow) -> Encoded:
    texts = (row.chosen, row.rejected)
    chosen, rejected = (chat.answer_ids(row.prompt, text) if text else [] for text in texts)
    whole = all(chat.holds(row.prompt, text) for text in texts if text)
    return Encoded(chat.prompt_ids(row.prompt), chosen, rejected, whole)


@dataclass(frozen=True, slots=True)
class RowFit:
    """The rows that fit and how many did not, by reason."""

    rows: list[TrainingRow]
    encoded: list[Encoded]
    dropped: dict[str, int]
    max_tokens: int


def fit(rows: Sequence[TrainingRow], encoded: Sequence[Encoded], max_tokens: int, room: int = 0) -> RowFit:
    """Keep rows whose answers the template leaves whole, and whose prompt and answers are within ``max_tokens``; a
    prompt must leave ``room`` (grpo: completion tokens, else 1). Raises InputError when none is left."""
    kept: list[tuple[TrainingRow, Encoded]] = []
    dropped = {"cut_by_template": 0, "prompt_too_long": 0, "answer_too_long": 0}
    for row, ids in zip(rows, encoded, strict=True):
        if not ids.whole:
            dropped["cut_by_template"] += 1
        elif len(ids.prompt) + max(room, 1) > max_tokens:
            dropped["prompt_too_long"] += 1
        elif ids.tokens > max_tokens:
            dropped["answer_too_long"] += 1
        else:
            kept.append((row, ids))
    if dropped["cut_by_template"] == len(rows):
        raise InputError(
            f"the chat template leaves out a part of the answer in each row of {len(rows)}",
            hint="fix the model's chat_template",
        )
    if not kept:
        shortest = min(ids.tokens for ids in encoded) + room
        raise InputError(
            f"each row of {len(rows)} is longer than {max_tokens} tokens (the shortest needs {shortest})",
            hint="raise train.max_tokens, or take shorter tasks",
        )
    return RowFit([row for row, _ in kept], [ids for _, ids in kept], dropped, max_tokens)
