"""What a model is asked and answers, and what it may raise: the seam between the desk and the providers. ``FakeModel``
answers from a script."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from efficoder.errors import ModelError
from efficoder.types import Usage


class Message(msgspec.Struct, frozen=True):
    role: str
    content: str


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a model is asked: one prompt, answered once for each sample index."""

    prompt: tuple[Message, ...] | str
    """Messages for the chat interface; a text to continue for the completion interface."""
    indices: tuple[int, ...] = (0,)
    """Sample k is drawn with ``seed + k``, so one sample is the same however samples are grouped."""
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int = 0
    stop: tuple[str, ...] = ()


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    usage: Usage = Usage()
    finish: str = "stop"
    """The server's word: ``stop``; ``length`` when ``max_tokens`` cut it off; others as they come."""


class Model(Protocol):
    """Answers prompts. Calls may overlap; ``complete`` itself keeps to the server's limits."""

    name: str
    """``provider/name``, as opened."""
    endpoint: str
    """Where replies come from, for the cache: a base URL, or the hash of the weights."""
    concurrency: int
    """How many calls at a time keep it busy."""
    samples_per_request: int
    """How many samples are best asked for in one call."""

    async def complete(self, request: Request) -> list[Reply]:
        """Replies to the first one or more of the indices, in order; the caller asks again for the rest.

        Raises RequestRefused when this prompt can never be answered, RequestFailed when retries ran out, CostLimit,
        and a plain ModelError when the model cannot be used at all.
        """

    async def close(self) -> None: ...


class RequestRefused(ModelError):
    """The server will not answer this prompt, however often it is asked."""


class RequestFailed(ModelError):
    """The server did not answer this time; asking again later may help."""


class FakeModel:
    """A model for tests: ``answer(request, index)`` is the reply's text; it may raise what a model may raise."""

    endpoint = "fake"

    def __init__(
        self, answer: Callable[[Request, int], str], *, name: str = "fake/model", samples_per_request: int = 1
    ) -> None:
        self.name = name
        self.concurrency = 4
        self.samples_per_request = samples_per_request
        self.asked: list[Request] = []
        self._answer = answer

    async def complete(self, request: Request) -> list[Reply]:
        self.asked.append(request)
        return [Reply(text=self._answer(request, index)) for index in request.indices]

    async def close(self) -> None:
        pass
