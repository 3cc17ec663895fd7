"""Keeps to requests and tokens per minute, and to the pauses a server asks for.

Requests are spread evenly, without bursts: a server that counts by the minute never sees more than its limit.
"""

import asyncio
import time

_MINUTE_S = 60.0


class Pace:
    """One model's rate limits; shared by all its requests in flight."""

    def __init__(self, requests_per_minute: int | None, tokens_per_minute: int | None) -> None:
        self._request_s = _MINUTE_S / requests_per_minute if requests_per_minute else 0.0
        self._token_s = _MINUTE_S / tokens_per_minute if tokens_per_minute else 0.0
        self._next_request = 0.0
        self._next_token = 0.0
        self._paused_until = 0.0

    async def wait(self, tokens: int) -> None:
        """Wait for this request's turn; ``tokens`` is what it is expected to use."""
        now = time.monotonic()
        turn = max(now, self._next_request, self._next_token)
        self._next_request = turn + self._request_s
        self._next_token = turn + tokens * self._token_s
        await asyncio.sleep(turn - now)
        while (rest := self._paused_until - time.monotonic()) > 0:
            await asyncio.sleep(rest)

    def settle(self, expected: int, used: int) -> None:
        """Give back the tokens expected but not used, or charge those used beyond."""
        self._next_token += (used - expected) * self._token_s

    def pause(self, seconds: float) -> None:
        """Nobody sends for ``seconds``: the server said so."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)
