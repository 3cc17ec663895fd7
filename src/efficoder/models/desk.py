"""Many models at once, cached, resumable, priced: asks become samples and candidates, or a tester's replies.

asks.py plans what is missing, first drafts and rewritings alike; ``generate`` asks for it and hands results on in small
batches. Nothing here runs candidates.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import msgspec

from efficoder.config import GenerateConfig
from efficoder.errors import EffiCoderError, ModelError
from efficoder.languages import identity, language
from efficoder.models import embedded, open_model
from efficoder.models.asks import Ask
from efficoder.models.cache import ReplyCache, cache_key
from efficoder.models.ledger import CostLimit, Ledger
from efficoder.models.prompts import TesterKind
from efficoder.models.protocol import Model, Reply, RequestFailed, RequestRefused
from efficoder.types import Candidate, Drop, Sample, TesterReply

GIVE_UP = 10
"""So many failed requests of one model in a row, and it is not asked again in this run."""
_FLUSH_EVERY = 64
_FLUSH_S = 0.5


class Batch(msgspec.Struct, frozen=True):
    """Finished work. A failed sample is asked for again by the next ``plan``; its Drop says why it is missing."""

    samples: tuple[Sample, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    replies: tuple[TesterReply, ...] = ()
    failed: tuple[Drop, ...] = ()


class AskSummary(msgspec.Struct):
    samples: int = 0
    """Replies of a tester are counted here too."""
    cached: int = 0
    """Of the samples: how many cost nothing, because the cache had them."""
    failed: int = 0
    spent_usd: float = 0.0
    stopped: str = ""
    """Why it ended before everything was asked: the cost limit. Empty when it did not."""


Opener = Callable[[str, GenerateConfig, Ledger], Model]


async def generate(
    asks: Sequence[Ask],
    config: GenerateConfig,
    cache: ReplyCache | None,
    on_batch: Callable[[Batch], None],
    *,
    spent_usd: float = 0.0,
    opener: Opener = open_model,
) -> AskSummary:
    """Ask for everything in ``asks``; ``on_batch`` gets each sample once, soon after it came.

    Servers are asked side by side, models on this machine one after another. A model that cannot be used does not
    stop the others; at the end its ModelError is raised. ``spent_usd`` counts against ``config.max_cost``.
    """
    ledger = Ledger(config.max_cost, spent_usd)
    outbox = _Outbox(on_batch)
    by_model: dict[str, list[Ask]] = {}
    for ask in asks:
        by_model.setdefault(ask.model, []).append(ask)
    here = embedded(list(by_model))
    lanes = [here, *([name] for name in by_model if name not in here)]
    broken: list[ModelError] = []
    # All are opened before any is asked: what is missing (a key, weights) is said before anything is spent.
    desks = {name: _Desk(opener(name, config, ledger), asked, cache, outbox) for name, asked in by_model.items()}

    async def run_lane(names: Sequence[str]) -> None:
        for name in names:
            desk = desks[name]
            await desk.run()
            outbox.summary.stopped = outbox.summary.stopped or desk.stopped
            broken.extend(desk.broken)

    try:
        async with asyncio.TaskGroup() as group:
            for lane in lanes:
                group.create_task(run_lane(lane))
    except BaseExceptionGroup as errors:
        raise _first(errors) from None
    finally:
        outbox.flush()
    if broken:
        raise broken[0]
    outbox.summary.spent_usd = ledger.spent_usd - spent_usd
    return outbox.summary


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error behind a group of groups; one of ours where there is one."""
    leaves: list[BaseException] = []
    for error in errors.exceptions:
        leaves.append(_first(error) if isinstance(error, BaseExceptionGroup) else error)
    return next((leaf for leaf in leaves if isinstance(leaf, EffiCoderError)), leaves[0])


class _Backlog:
    """What one model has still to answer. A worker stays with its prompt, whose prefix the server has cached; one
    that has none left takes the next prompt, and at the end helps with the longest."""

    def __init__(self, asks: Iterable[Ask]) -> None:
        self._fresh = deque((ask, deque(ask.request.indices)) for ask in asks)
        self._begun: list[tuple[Ask, deque[int]]] = []

    def take(self, mine: Ask | None, most: int) -> tuple[Ask, tuple[int, ...]] | None:
        """Up to ``most`` samples of one prompt, preferably ``mine``; None when nothing is left."""
        self._begun = [entry for entry in self._begun if entry[1]]
        entry = next((entry for entry in self._begun if entry[0] is mine), None)
        if entry is None and self._fresh:
            entry = self._fresh.popleft()
            self._begun.append(entry)
        if entry is None:
            entry = max(self._begun, key=lambda entry: len(entry[1]), default=None)
        if entry is None:
            return None
        ask, indices = entry
        return ask, tuple(indices.popleft() for _ in range(min(most, len(indices))))

    def clear(self) -> None:
        self._fresh.clear()
        self._begun.clear()


class _Desk:
    """Works off one model's backlog with as many requests in flight as keep it busy."""

    def __init__(self, model: Model, asks: Sequence[Ask], cache: ReplyCache | None, outbox: "_Outbox") -> None:
        self._model = model
        self._backlog = _Backlog(asks)
        self._cache = cache
        self._outbox = outbox
        self._failures_in_a_row = 0
        self.stopped = ""
        self.broken: list[ModelError] = []

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._model.concurrency):
                    group.create_task(self._work())
        finally:
            await self._model.close()

    async def _work(self) -> None:
        mine: Ask | None = None
        while (piece := self._backlog.take(mine, self._model.samples_per_request)) is not None:
            mine, indices = piece
            try:
                await self._answer(mine, indices)
            except CostLimit as limit:
                self.stopped = str(limit)
                self._backlog.clear()
            except ModelError as error:
                self._quit(error)

    def _quit(self, error: ModelError) -> None:
        """Requests in flight are still waited for: they are paid for."""
        self.broken.append(error)
        self._backlog.clear()

    def _fail(self, ask: Ask, indices: tuple[int, ...], error: ModelError) -> None:
        self._outbox.add_failures(ask, indices, error)
        self._failures_in_a_row += 1
        if self._failures_in_a_row >= GIVE_UP:
            self._quit(ModelError(f"{GIVE_UP} requests in a row failed; the last: {error}"))

    async def _answer(self, ask: Ask, indices: tuple[int, ...]) -> None:
        """Replies for the indices, from the cache where it has them; new ones are in it before anyone sees them."""
        keys = {index: cache_key(self._model, ask.request, ask.prompt_version, index) for index in indices}
        found = self._cache.find(keys.values()) if self._cache else {}
        self._outbox.add(ask, {index: found[key] for index, key in keys.items() if key in found}, cached=True)
        missing = tuple(index for index in indices if keys[index] not in found)
        while missing:
            try:
                replies = await self._model.complete(msgspec.structs.replace(ask.request, indices=missing))
            except (RequestFailed, RequestRefused) as error:
                self._fail(ask, missing, error)
                return
            self._failures_in_a_row = 0
            new = {keys[index]: reply for index, reply in zip(missing, replies, strict=False)}
            kept = self._cache.keep(new) if self._cache else new
            self._outbox.add(ask, {index: kept[keys[index]] for index in missing[: len(replies)]})
            missing = missing[len(replies) :]


class _Outbox:
    """Turns replies into records and hands them on in small batches."""

    def __init__(self, on_batch: Callable[[Batch], None]) -> None:
        self.summary = AskSummary()
        self._on_batch = on_batch
        self._samples: list[Sample] = []
        self._candidates: dict[str, Candidate] = {}
        self._replies: list[TesterReply] = []
        self._failed: list[Drop] = []
        self._flushed = time.monotonic()

    def add(self, ask: Ask, replies: dict[int, Reply], *, cached: bool = False) -> None:
        for index, reply in replies.items():
            if ask.wants != "code":
                self._replies.append(_tester_reply(ask, ask.wants, index, reply))
                continue
            sample, candidate = _read_reply(ask, index, reply)
            self._samples.append(sample)
            if candidate is not None:
                self._candidates[candidate.id] = candidate
        self.summary.samples += len(replies)
        self.summary.cached += len(replies) if cached else 0
        self._flush_if_due()

    def add_failures(self, ask: Ask, indices: Iterable[int], error: ModelError) -> None:
        reason = "refused" if isinstance(error, RequestRefused) else "no answer"
        stage = "generate" if ask.wants == "code" else "write_tests"
        for index in indices:
            name = ask.sample_id(index)
            self._failed.append(Drop(id=name, stage=stage, reason=reason, detail=str(error), task_id=ask.task.id))
            self.summary.failed += 1
        self._flush_if_due()

    def _flush_if_due(self) -> None:
        if len(self._samples) + len(self._replies) >= _FLUSH_EVERY or time.monotonic() - self._flushed > _FLUSH_S:
            self.flush()

    def flush(self) -> None:
        if self._samples or self._replies or self._failed:
            candidates = tuple(self._candidates.values())
            batch = Batch(tuple(self._samples), candidates, tuple(self._replies), tuple(self._failed))
            self._samples, self._candidates, self._replies, self._failed = [], {}, [], []
            self._on_batch(batch)
        self._flushed = time.monotonic()


def _read_reply(ask: Ask, index: int, reply: Reply) -> tuple[Sample, Candidate | None]:
    """A reply as the sample it is, and the candidate found in it."""
    task = ask.task
    found = language(task.language).extract(reply.text, task)
    candidate = None
    problem = found.problem
    if found.code is not None:
        name = identity.candidate_id(task.id, found.code, task.language)
        candidate = Candidate(id=name, task_id=task.id, code=found.code)
    elif reply.finish == "length":
        problem = f"cut off after {ask.request.max_tokens} tokens; {problem}"
    sample = Sample(
        id=ask.sample_id(index),
        task_id=task.id,
        model=ask.model,
        index=index,
        reply=reply.text,
        candidate_id=candidate.id if candidate else None,
        problem=problem,
        prompt_version=ask.prompt_version,
        settings=ask.settings,
        usage=reply.usage,
        parent_id=ask.parent_id,
        source=task.origin.source,
    )
    return sample, candidate


def _tester_reply(ask: Ask, kind: TesterKind, index: int, reply: Reply) -> TesterReply:
    return TesterReply(
        id=ask.sample_id(index),
        task_id=ask.task.id,
        model=ask.model,
        kind=kind,
        reply=reply.text,
        prompt_version=ask.prompt_version,
        settings=ask.settings,
        usage=reply.usage,
    )
