"""A provider's batch interface: requests written as JSONL, uploaded by the user, results read back into the cache.

Once they are in the cache an ordinary run finds them there, so batch and live samples are the same samples.
Format: OpenAI's Batch API (``custom_id``, ``method``, ``url``, ``body``), one sample per line.
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from efficoder.errors import InputError
from efficoder.models.answers import Unreadable, read_answer, request_body
from efficoder.models.asks import Ask
from efficoder.models.cache import ReplyCache, cache_key
from efficoder.models.ledger import FREE, Price
from efficoder.models.protocol import Model, Reply, Request
from efficoder.parse import typed


def request_lines(served_name: str, asks: Iterable[Ask]) -> Iterator[str]:
    """One JSONL line a sample, its custom id the sample's id."""
    for custom_id, (_, request) in _by_id(asks).items():
        url = "/v1/completions" if isinstance(request.prompt, str) else "/v1/chat/completions"
        body = request_body(request, request.indices, served_name, "max_tokens")
        yield json.dumps({"custom_id": custom_id, "method": "POST", "url": url, "body": body})


def _by_id(asks: Iterable[Ask]) -> dict[str, tuple[Ask, Request]]:
    """Each sample wanted, as a request of its own."""
    return {
        ask.sample_id(index): (ask, msgspec.structs.replace(ask.request, indices=(index,)))
        for ask in asks
        for index in ask.request.indices
    }


def keep_results(path: Path, asks: Iterable[Ask], model: Model, cache: ReplyCache, price: Price = FREE) -> int:
    """Put the replies of a result file into the cache; returns how many. ``model`` is the one that answered.

    Lines that failed and ids nobody asked for are passed over: what is missing is asked for by the next run.
    Raises InputError for a line that is no result at all.
    """
    wanted = _by_id(asks)
    replies: dict[str, Reply] = {}
    for number, line in enumerate(_lines(path), 1):
        try:
            result = typed(line, _BatchLine)
        except ValueError as error:
            raise InputError(f"not a batch result: {error}", path=path, line=number) from None
        if result.custom_id not in wanted or (reply := _reply(result, wanted[result.custom_id][1], price)) is None:
            continue
        ask, request = wanted[result.custom_id]
        replies.setdefault(cache_key(model, ask.request, ask.prompt_version, request.indices[0]), reply)
    cache.keep(replies)
    return len(replies)


class _Response(msgspec.Struct):
    status_code: int = 0
    body: Any = None


class _BatchLine(msgspec.Struct):
    custom_id: str
    response: _Response | None = None
    error: Any = None


def _reply(result: _BatchLine, request: Request, price: Price) -> Reply | None:
    if result.response is None or result.response.status_code != 200:
        return None
    try:
        answer = read_answer(msgspec.json.encode(result.response.body), request, 1, 0.0)
    except Unreadable:
        return None
    return answer.replies(price)[0] if answer.texts else None


def _lines(path: Path) -> Iterable[bytes]:
    try:
        with path.open("rb") as stream:
            lines = (line.removeprefix(codecs.BOM_UTF8) for line in stream)
            yield from (line for line in lines if line.strip())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from None
