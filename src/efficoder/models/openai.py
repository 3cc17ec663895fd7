"""Any OpenAI-compatible server, through the openai SDK: one connection pool, our own retries (the SDK's are off).

Sends chat or completion requests, several samples per request where the server can, and turns whatever comes back
into replies: a body that is cut off, malformed or empty is asked for again, never counted as a reply.
"""

import asyncio
import email.utils
import os
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import msgspec
import openai

from efficoder.config import GenerateConfig
from efficoder.console import Console
from efficoder.errors import ModelError, PrerequisiteError, UsageError
from efficoder.models.answers import Answer, Unreadable, read_answer, request_body, worst_tokens
from efficoder.models.ledger import Ledger, Price, find_price
from efficoder.models.pace import Pace
from efficoder.models.protocol import Reply, Request, RequestFailed, RequestRefused

ATTEMPTS = 8
MOST_SAMPLES = 32
"""A request; servers allow 128, but a lost request loses all of them."""
BACKOFF_S = 1.0
_LONGEST_WAIT_S = 900.0
"""A server that asks for more than this has no quota left; waiting is the user's choice."""
_BACKOFF_CAP_S = 60.0
_FATAL = {401: "refused the key", 403: "refused access", 404: "does not know this model or path"}
_REFUSED = re.compile(
    r"\b(un(supported|known|recogni[sz]ed|expected)|extra|not (permitted|allowed|supported|implemented|accepted)"
    r"|do(es)?(n.t| not) (support|accept|allow)|invalid (parameter|argument|field|option))\b",
    re.IGNORECASE,
)
_PARAMETER = re.compile(
    r"\b(parameters?|arguments?|fields?|keys?|keywords?|options?|propert(y|ies)|inputs?)\b", re.IGNORECASE
)
_OPTIONAL = ("seed", "stop", "top_p", "temperature")
_UNNAMED = ("seed", "stop", "top_p")
"""Left out one after the other where a server does not say which parameter it refuses. The temperature is kept: answers
at another one are other answers."""

_DEFAULT_URL = {
    "openai": "https://api.openai.com/v1",
    "vllm": "http://127.0.0.1:8000/v1",
    "ollama": "http://127.0.0.1:11434/v1",
}


def open_server(provider: str, name: str, config: GenerateConfig, ledger: Ledger) -> "ServerModel":
    """``NAME`` at ``config.base_url`` or the provider's usual address; ``NAME@URL`` names its own.

    The key comes from the environment (``OPENAI_API_KEY``, ``VLLM_API_KEY``, ``OLLAMA_API_KEY``).
    """
    model, at, url = name.partition("@http")
    url = f"http{url}" if at else config.base_url or _DEFAULT_URL[provider]
    variable = f"{provider.upper()}_API_KEY"
    key = os.environ.get(variable)
    if not key and url == _DEFAULT_URL["openai"]:
        raise PrerequisiteError(f"{provider}/{model} needs a key; run: export {variable}=...")
    server = Server(name=f"{provider}/{name}", served_name=model, url=_checked(url), key=key or "none")
    bill = Bill(find_price(provider, model, config.prices, needed=config.max_cost is not None), ledger)
    return ServerModel(server, config, bill, samples_per_request=min(config.samples, MOST_SAMPLES))


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query:
        raise UsageError(
            f"the base URL of {parts.hostname} carries a user name, password or query; "
            "it would be stored with the results. Put the key into the environment instead"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"base_url {url!r}: write http://HOST:PORT/v1")
    return url.rstrip("/")


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    """Our name of the model, ``provider/name``."""
    served_name: str
    """The server's name of it."""
    url: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bill:
    """A model's price and the ledger it is booked in."""

    price: Price
    ledger: Ledger


class ServerModel:
    """One model behind one server."""

    def __init__(self, server: Server, config: GenerateConfig, bill: Bill, *, samples_per_request: int) -> None:
        self.name = server.name
        self.endpoint = server.url
        self.concurrency = config.concurrency
        self.samples_per_request = samples_per_request
        self._served_name = server.served_name
        self._key = server.key
        self._bill = bill
        self._timeout_s = config.timeout_s
        self._pace = Pace(config.requests_per_minute, config.tokens_per_minute)
        self._client = openai.AsyncOpenAI(
            base_url=server.url, api_key=server.key, max_retries=0, timeout=config.timeout_s
        )
        self._token_limit_key = "max_tokens"
        self._left_out: set[str] = set()
        """Parameters that the server refuses."""

    async def complete(self, request: Request) -> list[Reply]:
        asked = request.indices[: self.samples_per_request]
        replies = await self._ask(request, asked)
        if len(replies) == 1 < len(asked):
            self.samples_per_request = 1  # this server has no n
        return replies[: len(asked)]

    async def close(self) -> None:
        await self._client.close()

    async def _ask(self, request: Request, indices: tuple[int, ...]) -> list[Reply]:
        """At least one reply for the indices, however often it takes. Raises as Model.complete says."""
        wasted: list[Answer] = []
        problem: _Again | None = None
        for attempt in range(ATTEMPTS):
            if problem is not None:
                await self._wait(problem, attempt)
            try:
                answer = await self._send(request, indices)
            except _Again as again:
                problem = again
                continue
            except _Adapted as adapted:
                return await self._ask(request, indices[: adapted.samples])
            if answer.texts:
                return [self._stopped(reply, request) for reply in answer.replies(self._bill.price, wasted)]
            wasted.append(answer)
            problem = _Again("the answer holds no choice")
        if len(wasted) == ATTEMPTS:
            raise RequestRefused(f"{self.name}: answered {ATTEMPTS} times without a choice")
        raise RequestFailed(f"{self.name}: gave up after {ATTEMPTS} attempts; last: {problem}")

    def _stopped(self, reply: Reply, request: Request) -> Reply:
        """The reply up to where the server would have stopped, had it taken ``stop``."""
        if "stop" not in self._left_out:
            return reply
        end = min((place for text in request.stop if (place := reply.text.find(text)) >= 0), default=len(reply.text))
        return msgspec.structs.replace(reply, text=reply.text[:end])

    async def _wait(self, problem: "_Again", attempt: int) -> None:
        backoff_s = min(BACKOFF_S * 2 ** (attempt - 1), _BACKOFF_CAP_S) * random.uniform(0.75, 1.25)
        if problem.everyone:
            self._pace.pause(problem.after_s if problem.after_s is not None else backoff_s)
        else:
            await asyncio.sleep(problem.after_s if problem.after_s is not None else backoff_s)

    async def _send(self, request: Request, indices: tuple[int, ...]) -> Answer:
        """One request, one answer; its cost is booked whatever the answer holds."""
        body = request_body(request, indices, self._served_name, self._token_limit_key)
        body = {key: value for key, value in body.items() if key not in self._left_out}
        prompt_tokens, completion_tokens = worst_tokens(request, len(indices))
        worst_usd = self._bill.price.cost_usd(prompt_tokens, completion_tokens)
        await self._bill.ledger.reserve(worst_usd)
        spent_usd, used = 0.0, 0
        expected = prompt_tokens // 3 + completion_tokens  # about three bytes a token
        try:
            await self._pace.wait(expected)
            answer = await self._exchange(body, request, len(indices))
            spent_usd = self._bill.price.cost_usd(answer.prompt_tokens, answer.completion_tokens)
            used = answer.prompt_tokens + answer.completion_tokens
            return answer
        finally:
            self._pace.settle(expected, used)
            await self._bill.ledger.settle(worst_usd, spent_usd)

    async def _exchange(self, body: dict[str, Any], request: Request, samples: int) -> Answer:
        api = self._client.completions if isinstance(request.prompt, str) else self._client.chat.completions
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                raw = await api.with_raw_response.create(**body)
            return read_answer(raw.content, request, samples, time.monotonic() - started)
        except (openai.APITimeoutError, TimeoutError):
            raise _Again(f"no answer in {self._timeout_s:g} s") from None
        except openai.APIStatusError as error:
            raise self._judge(error, body) from None
        except openai.APIConnectionError as error:
            raise _Again(f"connection: {self._clean(error.__cause__ or error)}") from None
        except Unreadable as error:
            raise _Again(self._clean(error)) from None

    def _judge(self, error: openai.APIStatusError, body: dict[str, Any]) -> Exception:
        """What an HTTP error means: again, adapted and again, never for this prompt, or never at all."""
        status, message = error.status_code, self._clean(error.message)
        if status == 429 and error.code == "insufficient_quota":
            return ModelError(f"{self.name}: the quota is used up: {message}")
        if status == 429 or status == 503:
            after_s = _retry_after(error.response.headers.get("retry-after"))
            if after_s is not None and after_s > _LONGEST_WAIT_S:
                return ModelError(
                    f"{self.name}: asks to wait {after_s:.0f} s; run the same command again then: {message}"
                )
            return _Again(f"HTTP {status}: {message}", everyone=True, after_s=after_s)
        if status in (408, 409, 425) or status >= 500:
            return _Again(f"HTTP {status}: {message}", after_s=_retry_after(error.response.headers.get("retry-after")))
        if status in _FATAL:
            return ModelError(f"{self.name} at {self.endpoint} {_FATAL[status]} (HTTP {status}): {message}")
        if (adapted := self._adapt(error.param, message, body)) is not None:
            return adapted
        return RequestRefused(f"{self.name}: HTTP {status}: {message}")

    def _adapt(self, key: str | None, message: str, body: dict[str, Any]) -> "_Adapted | None":
        """Learn from a refusal what this server does not take; None when nothing is left to change in the request."""
        samples = body.get("n", 1)
        if "max_tokens" in body and "max_completion_tokens" in message:
            self._token_limit_key = "max_completion_tokens"
            return _Adapted(samples)
        if (refused := _refused(key, message, body)) is not None:
            if refused not in self._left_out:
                Console().say(f"{self.name}: the server refuses {refused!r}; it is asked without")
            self._left_out.add(refused)
            return _Adapted(samples)
        # A server without n says so in many ways; a single request shows whether that was it.
        return _Adapted(1) if samples > 1 else None

    def _clean(self, error: object) -> str:
        """A server's words, short and without our key."""
        text = " ".join(str(error).split())
        if len(self._key) >= 8:
            text = text.replace(self._key, "[key]")
        return text[:300]


def _refused(key: str | None, message: str, body: dict[str, Any]) -> str | None:
    """The optional parameter of ``body`` that the server does not take, as far as it says so."""
    if key == "seed" and "seed" in body:
        return key
    if not _REFUSED.search(message):
        return None
    named = [name for name in _OPTIONAL if name == key or re.search(rf"\b{name}\b", message)]
    if not named and _PARAMETER.search(message) and key not in body:
        named = [name for name in _UNNAMED if name in body]
    return next((name for name in named if name in body), None)


class _Again(Exception):
    """Worth another attempt, after ``after_s`` where the server said; ``everyone`` waits when it is overloaded."""

    def __init__(self, reason: str, *, everyone: bool = False, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.everyone = everyone
        self.after_s = after_s


class _Adapted(Exception):
    """The request is asked in another form at once, for so many samples."""

    def __init__(self, samples: int) -> None:
        super().__init__()
        self.samples = samples


def _retry_after(header: str | None) -> float | None:
    """Seconds, from either form of the header (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
