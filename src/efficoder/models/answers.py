"""What goes over the wire to an OpenAI-compatible server, and what comes back, read with distrust.

A server may send anything: cut-off or malformed JSON, no choices, fewer or more than asked, token counts that
cannot be. Counts that cannot be are replaced by an estimate from the text, so that costs stay right.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec

from efficoder.models.ledger import Price
from efficoder.models.protocol import Reply, Request
from efficoder.parse import typed
from efficoder.types import Usage

_BYTES_A_TOKEN = 4
"""About; code in the tokenizers of 2024-26."""
_MOST_BYTES_A_TOKEN = 10
"""On average over a reply; llama.cpp reports only the first of n choices, and this shows it (measured)."""
_MESSAGE_TOKENS = 16
"""Room for the chat template's marks, a message."""


_SILENT = frozenset({"reasoning", "reasoning_content", "refusal", "tool_calls", "function_call"})
"""What a message may have in the place of content."""
_NO_TEXT = frozenset(
    {"thinking", "redacted_thinking", "reasoning", "reasoning_content", "refusal", "tool_use", "tool_call", "reference"}
)
"""Kinds of parts that are no part of what the model says."""


class Unreadable(Exception):
    """The body is not an answer."""


def request_body(request: Request, indices: Sequence[int], model: str, token_limit_key: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed + indices[0],
        token_limit_key: request.max_tokens,
    }
    if isinstance(request.prompt, str):
        body["prompt"] = request.prompt
    else:
        body["messages"] = [{"role": message.role, "content": message.content} for message in request.prompt]
    if len(indices) > 1:
        body["n"] = len(indices)
    if request.stop:
        body["stop"] = list(request.stop)
    return body


def worst_tokens(request: Request, samples: int) -> tuple[int, int]:
    """The most prompt and completion tokens the request can use: a token is at least one byte."""
    return _prompt_bytes(request) + _MESSAGE_TOKENS * _messages(request), samples * request.max_tokens


def _prompt_bytes(request: Request) -> int:
    texts = [request.prompt] if isinstance(request.prompt, str) else [m.content for m in request.prompt]
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)


def _messages(request: Request) -> int:
    return 1 if isinstance(request.prompt, str) else len(request.prompt) + 1


class _Choice(msgspec.Struct):
    message: dict[str, Any] | None = None
    text: str | None = None
    finish_reason: str | None = None
    index: int = 0


class _Body(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: Any = None
    error: Any = None


class Answer(msgspec.Struct, frozen=True):
    """One answer of a server: the choices it holds, possibly none, and what they cost together."""

    texts: tuple[str, ...]
    finishes: tuple[str, ...]
    prompt_tokens: int
    completion_tokens: int
    wall_s: float

    def replies(self, price: Price, wasted: Sequence["Answer"] = ()) -> list[Reply]:
        """One reply a choice. The sums of tokens, dollars and seconds over the replies are this answer's and the
        ``wasted`` ones' that were paid for before it."""
        prompt_tokens = self.prompt_tokens + sum(answer.prompt_tokens for answer in wasted)
        extra = sum(answer.completion_tokens for answer in wasted)
        shares = _share(self.completion_tokens, [len(text) for text in self.texts])
        replies = []
        for position, (text, finish, share) in enumerate(zip(self.texts, self.finishes, shares, strict=True)):
            prompt, completion = (prompt_tokens, share + extra) if position == 0 else (0, share)
            usage = Usage(
                prompt_tokens=prompt,
                completion_tokens=completion,
                cost_usd=price.cost_usd(prompt, completion),
                wall_s=self.wall_s / len(self.texts),
            )
            replies.append(Reply(text=text, usage=usage, finish=finish))
        return replies


def _share(total: int, weights: Sequence[int]) -> list[int]:
    """``total`` split in proportion to ``weights``, in whole numbers that sum to it."""
    whole = sum(weights) or 1
    marks = [total * sum(weights[:position]) // whole for position in range(len(weights))] + [total]
    return [high - low for low, high in itertools.pairwise(marks)]


def read_answer(content: bytes, request: Request, samples: int, wall_s: float) -> Answer:
    """Raises Unreadable when the body is not an answer at all."""
    try:
        body = typed(content, _Body)
    except ValueError as error:
        raise Unreadable(f"malformed answer: {error}") from None
    if body.error is not None and not body.choices:
        raise Unreadable(f"an error instead of an answer: {body.error}")
    choices = sorted((choice for choice in body.choices or [] if _has_text(choice)), key=lambda choice: choice.index)
    texts = tuple(_text(choice) for choice in choices)
    prompt_tokens, completion_tokens = _tokens(body.usage, texts, request, samples)
    return Answer(
        texts, tuple(choice.finish_reason or "" for choice in choices), prompt_tokens, completion_tokens, wall_s
    )


def _has_text(choice: _Choice) -> bool:
    return choice.message is not None or choice.text is not None


def _text(choice: _Choice) -> str:
    """What the model says. A message without content is empty where something else explains it: thinking, a tool call.
    Raises Unreadable for a shape that is not known, which must not become an empty reply."""
    if choice.message is None:
        return choice.text or ""
    content = choice.message.get("content")
    if content is None and "content" not in choice.message and not _SILENT & choice.message.keys():
        raise Unreadable(f"a message without content; it has {', '.join(sorted(choice.message)) or 'nothing'}"[:200])
    return _content(content)


def _content(content: Any) -> str:
    """Text, or a list of parts of which some are text."""
    match content:
        case None:
            return ""
        case str():
            return content
        case list():
            return "".join(map(_content, content))
        case {"type": kind} if kind in _NO_TEXT:
            return ""
        case {"text": str() | {"value": str()} as text}:
            return text if isinstance(text, str) else text["value"]
    raise Unreadable(f"content of an unknown shape: {str(content)[:100]}")


def _tokens(usage: Any, texts: Sequence[str], request: Request, samples: int) -> tuple[int, int]:
    """The server's counts where they can be true, estimates where they cannot."""
    counts = usage if isinstance(usage, dict) else {}
    prompt_bytes = _prompt_bytes(request)
    prompt, completion = counts.get("prompt_tokens"), counts.get("completion_tokens")
    worst_prompt, worst_completion = worst_tokens(request, max(samples, len(texts)))
    if type(prompt) is not int or not 0 < prompt <= worst_prompt + 1024:  # a template may add a system prompt
        prompt = -(-prompt_bytes // _BYTES_A_TOKEN)
    reply_bytes = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    if type(completion) is not int or not reply_bytes / _MOST_BYTES_A_TOKEN <= completion <= worst_completion:
        completion = -(-reply_bytes // _BYTES_A_TOKEN)
    return prompt, completion
