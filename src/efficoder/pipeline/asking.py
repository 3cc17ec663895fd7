"""Asking live models for what a step lacks: replies are kept in batches, costs are counted over the whole run."""

import asyncio
import itertools
from collections.abc import Iterable, Sequence

from efficoder.models.asks import Ask
from efficoder.models.cache import ReplyCache
from efficoder.models.desk import Batch, generate
from efficoder.pipeline.work import Work
from efficoder.store import key_of
from efficoder.types import Drop, Sample, TesterReply


def ask_models(work: Work, asks: Sequence[Ask], step: str = "generate") -> None:
    """Put questions to live models; every batch of answers is committed as it comes."""
    store = work.store
    wanted = sum(len(ask.request.indices) for ask in asks)
    if not wanted:
        work.console.say(f"{step:<12} nothing to ask, every {'sample' if step == 'generate' else 'reply'} is there")
        return
    for drop in [drop for drop in store.all(Drop) if drop.stage == step and drop.reason in {"refused", "no answer"}]:
        store.put([], instead_of=(Drop, key_of(drop)))  # asked again now
    paid: Iterable[Sample | TesterReply] = itertools.chain(store.all(Sample), store.all(TesterReply))
    spent_usd = sum(reply.usage.cost_usd for reply in paid)
    cache = ReplyCache()
    try:
        with work.console.progress(step, wanted) as progress:

            def keep(batch: Batch) -> None:
                store.put([*batch.candidates, *batch.samples, *batch.replies, *batch.failed])
                for _ in (*batch.samples, *batch.replies):
                    progress.advance()
                for _ in batch.failed:
                    progress.advance(failed=True)

            summary = asyncio.run(generate(asks, work.config.generate, cache, keep, spent_usd=spent_usd))
    finally:
        cache.close()
    cost = f", ${summary.spent_usd:.4f}" if summary.spent_usd else ""
    noun = "samples" if step == "generate" else "replies of the tester"
    work.console.say(
        f"{step:<12} {summary.samples} {noun}, {summary.cached} from the cache{cost} {summary.stopped}".rstrip()
    )
