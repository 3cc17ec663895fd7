"""Does the scheduler keep a server busy? Tokens a second through ``generate`` against the server asked directly.

Both ways ask prompts of the same form at the same parallelism, in turn, several times.

    python bench/serve.py local/qwen2.5-coder-0.5b-instruct --slots 8 --prompts 12 --samples 4 --tokens 128
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Sequence

import msgspec

from efficoder.config import GenerateConfig
from efficoder.models import open_model
from efficoder.models.asks import Ask, plan
from efficoder.models.desk import Batch, generate
from efficoder.models.protocol import Message, Model, Reply, Request
from efficoder.types import Function, Origin, Task


def tasks(count: int, kind: str) -> list[Task]:
    """Prompts of about the length of HumanEval's, different from their first words on: none finds another's cache."""
    text = f"{{}} {kind}: write a function f(values) that sorts a list of integers and returns the item {{}}. " * 5
    return [
        Task(
            id=f"bench/{kind}/{number}",
            prompt=text.replace("{}", str(number)),
            interface=Function(entry_point="f"),
            origin=Origin(source="bench"),
        )
        for number in range(count)
    ]


class Kept:
    """One opened model for all passes: loading the weights is not what is measured."""

    def __init__(self, model: Model) -> None:
        self.name, self.endpoint = model.name, model.endpoint
        self.concurrency, self.samples_per_request = model.concurrency, model.samples_per_request
        self.tokens = 0
        self._model = model

    async def complete(self, request: Request) -> list[Reply]:
        replies = await self._model.complete(request)
        self.tokens += sum(reply.usage.completion_tokens for reply in replies)
        return replies

    async def close(self) -> None:
        """Left open between passes."""


async def through_generate(model: Kept, asks: Sequence[Ask], config: GenerateConfig) -> float:
    """Tokens a second with planning's asks worked off by the stage."""
    model.tokens = 0
    began = time.monotonic()

    def ignore(batch: Batch) -> None:
        """Storing is not the server's work."""

    await generate(asks, config, None, ignore, opener=lambda *_: model)
    return model.tokens / (time.monotonic() - began)


async def direct(model: Kept, asks: Sequence[Ask]) -> float:
    """Tokens a second of clients that do nothing but send the next request."""
    waiting = [msgspec.structs.replace(ask.request, indices=(index,)) for ask in asks for index in ask.request.indices]
    waiting.reverse()
    model.tokens = 0
    began = time.monotonic()

    async def client() -> None:
        while waiting:
            await model.complete(waiting.pop())

    await asyncio.gather(*(client() for _ in range(model.concurrency)))
    return model.tokens / (time.monotonic() - began)


async def compare(options: argparse.Namespace) -> None:
    config = GenerateConfig(samples=options.samples, max_tokens=options.tokens, concurrency=options.slots)
    opened = open_model(options.model, config)
    model = Kept(opened)
    ratios = []
    try:
        await model.complete(Request(prompt=(Message("user", "hello"),), max_tokens=4))
        for number in range(options.passes):
            rates = {}
            for way in ("generate", "direct") if number % 2 == 0 else ("direct", "generate"):
                asks = plan(tasks(options.prompts, f"{way} {number}"), (options.model,), config, seed=0)
                run = through_generate(model, asks, config) if way == "generate" else direct(model, asks)
                rates[way] = await run
            ratios.append(rates["generate"] / rates["direct"])
            print(
                f"pass {number}: generate {rates['generate']:.1f} tok/s, direct {rates['direct']:.1f} tok/s, "
                f"ratio {ratios[-1]:.3f}"
            )
    finally:
        await opened.close()
    print(f"median ratio {statistics.median(ratios):.3f} (aim: 0.95 or more)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="provider/name, as in generate.models")
    for name, default in (("slots", 8), ("prompts", 12), ("samples", 4), ("tokens", 128), ("passes", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asyncio.run(compare(parser.parse_args()))


if __name__ == "__main__":
    main()
