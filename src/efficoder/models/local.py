"""``local/NAME``: weights from the cache (weights.py), or ``local/FILE.gguf``, served on this machine by llama.cpp.

llama.cpp's own server, as the xllamacpp wheel carries it, runs in a child process (llama_server.py) on a loopback
port behind a random key; we talk to it like to any other server. It ends with us, however we end.
"""

import asyncio
import dataclasses
import importlib.util
import json
import os
import secrets
import sys
import tempfile
from pathlib import Path

from efficoder.config import GenerateConfig
from efficoder.errors import ModelError, PrerequisiteError, install
from efficoder.models import weights
from efficoder.models.catalogue import REGISTRY
from efficoder.models.ledger import FREE, Ledger
from efficoder.models.openai import Bill, Server, ServerModel
from efficoder.models.protocol import Reply, Request

MAX_SLOTS = 8
"""Measured on 2 cores: tokens per second at 1, 4, 8 slots: 36, 47, 52-57 (0.5B); 23, 28, 22-25 (1.5B)."""
_PROMPT_TOKENS = 3072
"""Room for the prompt in each slot's context, beside ``max_tokens``."""
_SLOWEST_TOKENS_A_SECOND = 5
_START_S = 600.0
_LOOK_S = 1.0


class LocalModel:
    """One model in llama.cpp, started at the first request."""

    def __init__(self, name: str, config: GenerateConfig, ledger: Ledger) -> None:
        if importlib.util.find_spec("xllamacpp") is None:
            raise PrerequisiteError(f"local/ models need llama.cpp; run: {install('local')}")
        self.name = f"local/{name}"
        self.concurrency = min(config.concurrency, MAX_SLOTS)
        # Measured: four requests with n = 4 took 2.5 times as long as 16 single ones, because all n wait for as many
        # free slots. Samples of a task asked one after another find their prompt in the slot's cache.
        self.samples_per_request = 1
        self._weights = Path(name) if name.endswith(".gguf") else weights.path(name)
        if not self._weights.is_file():
            raise PrerequisiteError(f"{self._weights}: no such file; `efficoder models list` names what can be pulled")
        known = REGISTRY.get(name)
        self.endpoint = f"sha256:{known.sha256 if known else weights.sha256(self._weights)}"
        slowest_s = self.concurrency * config.max_tokens / _SLOWEST_TOKENS_A_SECOND
        self._config = dataclasses.replace(
            config,
            concurrency=self.concurrency,
            requests_per_minute=None,
            tokens_per_minute=None,
            timeout_s=max(config.timeout_s, slowest_s),
        )
        self._bill = Bill(FREE, ledger)
        self._starting = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._ended: asyncio.Task[int] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the server)
        self._server: ServerModel | None = None

    async def complete(self, request: Request) -> list[Reply]:
        async with self._starting:
            server = self._server = self._server or await self._start()
        assert self._ended is not None
        answer = asyncio.create_task(server.complete(request))
        try:
            await asyncio.wait({answer, self._ended}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise self._exit_reason()
            return answer.result()
        finally:
            answer.cancel()

    async def close(self) -> None:
        if self._server is not None:
            await self._server.close()
            self._server = None
        if self._process is not None and self._ended is not None:
            if not self._ended.done():
                self._process.kill()
            await self._ended
        self._log.close()

    async def _start(self) -> ServerModel:
        """Start the child and wait until the weights are loaded (about 2 s for 0.5B)."""
        script = Path(__file__).with_name("llama_server.py")
        # -P: this folder's module names must not hide installed ones in the child.
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", str(script)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
        )
        self._ended = asyncio.create_task(self._process.wait())
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        key = secrets.token_urlsafe(24)
        self._process.stdin.write(self._settings(key, await _idle_cores()))
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        except TimeoutError:
            raise ModelError(f"{self.name}: llama.cpp did not load the weights in {_START_S:.0f} s") from None
        if not line:
            await self._ended
            raise self._exit_reason()
        server = Server(name=self.name, served_name=self.name, url=f"{line.decode().strip()}/v1", key=key)
        return ServerModel(server, self._config, self._bill, samples_per_request=1)

    def _settings(self, key: str, threads: int) -> bytes:
        settings = {
            "weights": str(self._weights.resolve()),
            "slots": self.concurrency,
            "slot_tokens": self._config.max_tokens + _PROMPT_TOKENS,
            "threads": threads,
            "key": key,
        }
        return json.dumps(settings).encode() + b"\n"

    def _exit_reason(self) -> ModelError:
        """Why the child ended, in its own last words."""
        status = self._process.returncode if self._process is not None else None
        self._log.seek(0)
        words = self._log.read().decode("utf-8", "replace").splitlines()[-3:]
        return ModelError(f"{self.name}: llama.cpp ended with status {status}: {' / '.join(words)}")


async def _idle_cores() -> int:
    """How many of our cores have nothing to do, at least 1.

    llama.cpp's threads wait for each other at every step: beside other work, two on two cores wrote 3 tokens per second
    where one wrote 19 (measured, load average 7).
    """
    before = _idle_s()
    await asyncio.sleep(_LOOK_S)
    idle = (_idle_s() - before) / _LOOK_S
    return max(1, min(len(os.sched_getaffinity(0)), round(idle)))


def _idle_s() -> float:
    """Seconds all cores together have been idle since boot (proc(5), /proc/stat)."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    return int(fields[4]) / os.sysconf("SC_CLK_TCK")
