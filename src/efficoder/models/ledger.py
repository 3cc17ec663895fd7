"""What replies cost: the price table, and the ledger that stops before a limit is passed.

A request first reserves the most it can cost (every prompt byte a token, every sample cut off by ``max_tokens``), so
no request in flight can carry the sum over the limit; what it really cost is booked when it is answered.
"""

import asyncio
from importlib import resources
from pathlib import Path

import msgspec

from efficoder.errors import InputError, ModelError, UsageError
from efficoder.parse import from_toml

_MILLION = 1e6


class CostLimit(ModelError):
    """The next request could pass ``max_cost``."""


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars for a million tokens."""

    prompt: float
    completion: float

    def cost_usd(self, prompt_tokens: int, completion_tokens: int) -> float:
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / _MILLION


FREE = Price(0.0, 0.0)
_Table = dict[str, dict[str, Price]]


def known_price(provider: str, name: str, prices: str | None) -> Price | None:
    """The price of a model: the user's table first, then the shipped one. Models of this machine are free."""
    if provider in ("local", "hf"):
        return FREE
    shipped = resources.files("efficoder.models").joinpath("prices.toml").read_text(encoding="utf-8")
    tables = [_parse(shipped, "prices.toml")]
    if prices is not None:
        try:
            tables.insert(0, _parse(Path(prices).read_text(encoding="utf-8"), prices))
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", path=prices) from None
    for table in tables:
        if (price := _match(table.get(provider, {}), name)) is not None:
            return price
    return None


def find_price(provider: str, name: str, prices: str | None, *, needed: bool) -> Price:
    """The same; no price is free, unless one is ``needed`` (a cost limit is set): then a UsageError says what to
    write."""
    price = known_price(provider, name, prices)
    if price is None and needed:
        raise UsageError(
            f"max_cost is set, but {provider}/{name} has no price; name a TOML file in generate.prices with:\n"
            f'[{provider}]\n"{name}" = {{ prompt = DOLLARS_A_MILLION_TOKENS, completion = DOLLARS_A_MILLION_TOKENS }}'
        )
    return price or FREE


def _parse(text: str, path: str) -> _Table:
    try:
        return msgspec.convert(from_toml(text), _Table)
    except ValueError as error:
        raise InputError(f"not a price table: {error}", path=path) from None


def _match(prices: dict[str, Price], name: str) -> Price | None:
    fits = [key for key in prices if key == name or (key.endswith("*") and name.startswith(key[:-1]))]
    return prices[max(fits, key=lambda key: (key == name, len(key)))] if fits else None


class Ledger:
    """Dollars spent, and promised to requests in flight. One is shared by all models of a run."""

    def __init__(self, limit_usd: float | None = None, spent_usd: float = 0.0) -> None:
        self.limit_usd = limit_usd
        self.spent_usd = spent_usd
        self._promises: list[float] = []
        self._changed = asyncio.Condition()

    async def reserve(self, worst_usd: float) -> None:
        """Promise ``worst_usd``; waits for answers in flight where they may leave room. Raises CostLimit."""
        async with self._changed:
            while self.limit_usd is not None and self._committed() + worst_usd > self.limit_usd:
                if not any(self._promises):
                    raise CostLimit(
                        f"the next request could cost ${worst_usd:.4f}; ${self.spent_usd:.4f} of "
                        f"max_cost ${self.limit_usd:.4f} is spent. Raise generate.max_cost to resume"
                    )
                await self._changed.wait()
            self._promises.append(worst_usd)

    async def settle(self, worst_usd: float, spent_usd: float) -> None:
        """Take the promise back and book what the request cost; 0 when it was not answered."""
        async with self._changed:
            self._promises.remove(worst_usd)
            self.spent_usd += spent_usd
            self._changed.notify_all()

    def _committed(self) -> float:
        return self.spent_usd + sum(self._promises)
