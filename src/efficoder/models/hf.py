"""``hf/NAME``: transformers on this machine, for models without a server: a folder, or a name on the hub.

Prompts that wait together are generated together (measured on 2 cores, 0.5B: 71 tokens per second in batches of 16,
10 one by one); a batch the GPU has no memory for is halved. A reply depends on the batch it was drawn in: seeds make a
run repeatable only as a whole.
"""

import asyncio
import contextlib
import hashlib
import importlib.util
import time
from collections import deque
from pathlib import Path
from typing import Any

import msgspec

from efficoder.config import GenerateConfig
from efficoder.errors import ModelError, PrerequisiteError, install
from efficoder.models.protocol import Reply, Request
from efficoder.types import Usage

CPU_BATCH, GPU_BATCH = 16, 256


class _Waiting(msgspec.Struct):
    request: Request
    index: int
    reply: asyncio.Future[Reply]


class HfModel:
    """Loaded at the first request; one batch runs at a time, in a thread."""

    def __init__(self, name: str, config: GenerateConfig) -> None:
        if importlib.util.find_spec("transformers") is None:
            raise PrerequisiteError(f"hf/ models need transformers; run: {install('train')}")
        self.name = f"hf/{name}"
        self.concurrency = 2 * GPU_BATCH  # the next batch waits while one runs
        self.samples_per_request = 1
        self._source = name
        self.endpoint = _fingerprint(Path(name)) if Path(name).is_dir() else "hub"
        self._config = config
        self._waiting: deque[_Waiting] = deque()
        self._runner: asyncio.Task[None] | None = None
        self._loaded: tuple[Any, Any] | None = None
        self._batch = CPU_BATCH

    async def complete(self, request: Request) -> list[Reply]:
        loop = asyncio.get_running_loop()
        entries = [_Waiting(request, index, loop.create_future()) for index in request.indices]
        self._waiting.extend(entries)
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return list(await asyncio.gather(*(entry.reply for entry in entries)))

    async def close(self) -> None:
        if self._runner is not None:
            self._runner.cancel()
        self._loaded = None

    async def _run(self) -> None:
        with contextlib.suppress(Exception):  # the first batch meets the same error
            await asyncio.to_thread(self._load)  # meanwhile more prompts come: the first batch is a full one
        while self._waiting:
            batch = self._next_batch()
            try:
                replies = await asyncio.to_thread(self._generate, batch)
            except (
                Exception
            ) as error:  # templates, tokenizers and loaders raise anything; the waiting caller must get it
                if "out of memory" in str(error) and len(batch) > 1:
                    self._batch = len(batch) // 2
                    self._waiting.extendleft(reversed(batch))
                    continue
                for entry in batch:
                    if not entry.reply.done():
                        entry.reply.set_exception(ModelError(f"{self.name}: {error or type(error).__name__}"))
                continue
            for entry, reply in zip(batch, replies, strict=True):
                if not entry.reply.done():
                    entry.reply.set_result(reply)

    def _next_batch(self) -> list[_Waiting]:
        """The oldest entry and those waiting that share its sampling settings."""
        settings = _settings(self._waiting[0].request)
        batch: list[_Waiting] = []
        rest: deque[_Waiting] = deque()
        while self._waiting:
            entry = self._waiting.popleft()
            fits = len(batch) < self._batch and _settings(entry.request) == settings
            (batch if fits else rest).append(entry)
        self._waiting = rest
        return batch

    def _load(self) -> tuple[Any, Any]:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        if self._loaded is None:
            tokenizer = AutoTokenizer.from_pretrained(self._source, padding_side="left")
            tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
            device = "cuda" if torch.cuda.is_available() else "cpu"
            self._batch = CPU_BATCH if device == "cpu" else GPU_BATCH
            model = AutoModelForCausalLM.from_pretrained(self._source, dtype="auto").to(device).eval()
            self._loaded = tokenizer, model
        return self._loaded

    def _generate(self, batch: list[_Waiting]) -> list[Reply]:
        import torch

        tokenizer, model = self._load()
        request = batch[0].request
        started = time.monotonic()
        texts = [_text(tokenizer, entry.request) for entry in batch]
        # A chat template has already put the special tokens in.
        inputs = tokenizer(
            texts, return_tensors="pt", padding=True, add_special_tokens=isinstance(request.prompt, str)
        ).to(model.device)
        torch.manual_seed(request.seed + batch[0].index)
        sampling = {"do_sample": True, "temperature": request.temperature, "top_p": request.top_p, "top_k": 0}
        with torch.inference_mode():
            output = model.generate(
                **inputs,
                **(sampling if request.temperature > 0 else {"do_sample": False}),
                **({"stop_strings": list(request.stop), "tokenizer": tokenizer} if request.stop else {}),
                max_new_tokens=request.max_tokens,
                pad_token_id=tokenizer.pad_token_id,
            )
        width = inputs["input_ids"].shape[1]
        wall_s = (time.monotonic() - started) / len(batch)
        prompts = inputs["attention_mask"].sum(dim=1).tolist()
        rows = [row.tolist() for row in output[:, width:]]
        ends = _end_tokens(model) | {tokenizer.pad_token_id}
        return [
            _reply(tokenizer, row, ends, request, Usage(prompt_tokens=used, wall_s=wall_s))
            for row, used in zip(rows, prompts, strict=True)
        ]


def _settings(request: Request) -> tuple[object, ...]:
    kind = isinstance(request.prompt, str)
    return kind, request.temperature, request.top_p, request.max_tokens, request.stop


def _text(tokenizer: Any, request: Request) -> str:
    if isinstance(request.prompt, str):
        return request.prompt
    messages = [{"role": message.role, "content": message.content} for message in request.prompt]
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))


def _end_tokens(model: Any) -> set[int]:
    ends = model.generation_config.eos_token_id
    return set(ends) if isinstance(ends, list) else {ends}


def _reply(tokenizer: Any, tokens: list[int], ends: set[int], request: Request, usage: Usage) -> Reply:
    length = next((position for position, token in enumerate(tokens) if token in ends), None)
    own = tokens[:length]
    text = tokenizer.decode(own, skip_special_tokens=True)
    stopped = length is not None
    for stop in request.stop:
        text, found, _ = text.partition(stop)
        stopped = stopped or bool(found)
    completion = len(own) + (length is not None)
    return Reply(
        text=text,
        usage=msgspec.structs.replace(usage, completion_tokens=completion),
        finish="stop" if stopped else "length",
    )


def _fingerprint(folder: Path) -> str:
    """Hash of the weights, so that a folder trained anew does not answer from the cache."""
    digest = hashlib.sha256()
    for file in sorted([*folder.glob("*.safetensors"), *folder.glob("*.json")]):
        with file.open("rb") as stream:
            digest.update(file.name.encode() + hashlib.file_digest(stream, "sha256").digest())
    return f"sha256:{digest.hexdigest()}"
