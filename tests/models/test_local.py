import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from efficoder.config import GenerateConfig
from efficoder.errors import ModelError, PrerequisiteError
from efficoder.models import open_model, weights
from efficoder.models.asks import plan
from efficoder.models.desk import generate
from efficoder.models.ledger import Ledger
from efficoder.models.local import LocalModel
from efficoder.models.protocol import Message, Reply, Request, RequestRefused
from efficoder.types import Function, Origin, Sample, Task

needs_llama = pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="no llama.cpp here")
TINY = "local/smollm2-135m-instruct"
HELLO = Request(prompt=(Message("user", "Say hello."),), max_tokens=16)


def weights_absent() -> bool:
    try:
        weights.path("smollm2-135m-instruct")
    except PrerequisiteError:
        return True
    return False


needs_weights = pytest.mark.skipif(weights_absent(), reason="run: efficoder models pull smollm2-135m-instruct")


@needs_llama
def test_missing_weights_name_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(PrerequisiteError, match="efficoder models pull smollm2-135m-instruct"):
        open_model(TINY, GenerateConfig())
    with pytest.raises(PrerequisiteError, match="no such file"):
        open_model("local/nothing.gguf", GenerateConfig())


@needs_llama
def test_a_file_that_is_no_model_ends_with_the_servers_own_words(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF" + bytes(2000))

    async def run() -> None:
        model = open_model(f"local/{bad}", GenerateConfig())
        try:
            await model.complete(HELLO)
        finally:
            await model.close()

    with pytest.raises(ModelError, match=r"llama\.cpp ended with status"):
        asyncio.run(run())


@needs_llama
@needs_weights
@pytest.mark.slow
def test_the_embedded_server_answers_repeats_itself_and_refuses_strangers() -> None:
    import urllib.error
    import urllib.request

    async def run() -> tuple[list[Reply], list[Reply]]:
        model = open_model(TINY, GenerateConfig(max_tokens=16, concurrency=2))
        assert isinstance(model, LocalModel)

        async def draw(index: int) -> Reply:
            return (await model.complete(msgspec.structs.replace(HELLO, indices=(index,), temperature=1.0)))[0]

        try:
            first = [await draw(index) for index in range(3)]
            again = [await draw(index) for index in range(3)]
            with pytest.raises(RequestRefused, match="HTTP 400"):
                await model.complete(Request(prompt="word " * 9000, max_tokens=16))
            assert model._server is not None
            with pytest.raises(urllib.error.HTTPError, match="401"):
                urllib.request.urlopen(f"{model._server.endpoint}/completions", data=b'{"prompt": "x"}')
        finally:
            await model.close()
        return first, again

    first, again = asyncio.run(run())
    assert [reply.text for reply in first] == [reply.text for reply in again]
    assert len({reply.text for reply in first}) > 1
    assert all(0 < reply.usage.completion_tokens <= 16 for reply in first)


@needs_llama
@needs_weights
@pytest.mark.slow
def test_llama_cpps_server_answers_through_openai_with_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real OpenAI-compatible server: every sample of every task, once."""
    tasks = [
        Task(id=f"t/{n}", prompt=f"Add {n}.", interface=Function(entry_point="add"), origin=Origin(source="test"))
        for n in range(3)
    ]

    async def run() -> list[Sample]:
        got: list[Sample] = []
        local = LocalModel("smollm2-135m-instruct", GenerateConfig(max_tokens=16, concurrency=2), Ledger())
        try:
            await local.complete(HELLO)
            assert local._server is not None
            monkeypatch.setenv("OPENAI_API_KEY", local._server._key)
            config = GenerateConfig(
                models=("openai/smol",), base_url=local._server.endpoint, samples=2, max_tokens=16, concurrency=2
            )
            asks = plan(tasks, config.models, config, seed=0)
            await generate(asks, config, None, lambda batch: got.extend(batch.samples))
        finally:
            await local.close()
        return got

    samples = asyncio.run(run())
    assert sorted((s.task_id, s.index) for s in samples) == [(f"t/{n}", i) for n in range(3) for i in range(2)]
    assert all(0 < s.usage.completion_tokens <= 16 for s in samples)
    assert all(sum(s.usage.prompt_tokens for s in samples if s.task_id == f"t/{n}") > 0 for n in range(3))


@needs_llama
@needs_weights
@pytest.mark.slow
def test_the_server_dies_with_us_and_we_say_when_it_dies() -> None:
    script = (
        "import asyncio\nfrom efficoder.models import *\nfrom efficoder.config import GenerateConfig\n"
        "async def main():\n"
        f"    model = open_model({TINY!r}, GenerateConfig(max_tokens=16))\n"
        "    await model.complete(Request(prompt=(Message('user', 'hi'),), max_tokens=4))\n"
        "    print(model._process.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}").exists()

    async def run() -> None:
        model = LocalModel("smollm2-135m-instruct", GenerateConfig(max_tokens=500), Ledger())
        long = asyncio.create_task(model.complete(Request(prompt="Count to a thousand: 1, 2,", max_tokens=500)))
        while model._server is None:
            await asyncio.sleep(0.05)
        assert model._process is not None
        os.kill(model._process.pid, signal.SIGKILL)
        try:
            await long
        finally:
            await model.close()

    with pytest.raises(ModelError, match="status -9"):
        asyncio.run(run())
