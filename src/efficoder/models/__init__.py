"""What writes the code. One protocol, ``Model``; a string ``provider/name`` opens one.

``openai/ vllm/ ollama/`` talk to a server (openai.py), ``local/`` starts llama.cpp's own server and talks to it the
same way (local.py), ``hf/`` runs transformers in batches (hf.py). ``replay/FILE`` is no model: recorded samples, read
by the generate stage. ``FakeModel`` answers from a script.

protocol.py      what a model is asked and answers; FakeModel
asks.py          what is asked: requests with stable sample ids
prompts.py       the wording of each prompt
desk.py          many models at once: asks to samples, in batches
openai.py        any OpenAI-compatible server
local.py         llama.cpp on this machine
llama_server.py  the child process behind local.py
hf.py            transformers in batches
replay.py        recorded samples
batch.py         files of a provider's batch interface
answers.py       what servers send, read with distrust
cache.py         replies that were paid for once
ledger.py        prices, and the limit on costs
pace.py          requests and tokens per minute
weights.py       weights on disk: pull, list, path
catalogue.py     which weights there are to pull
mirror.py        weights out of packages (mirror.toml), where the hub is out of reach
"""

import difflib
from collections.abc import Sequence

from efficoder.config import GenerateConfig
from efficoder.errors import UsageError
from efficoder.models.ledger import Ledger
from efficoder.models.protocol import Model

PROVIDERS = ("openai", "vllm", "ollama", "local", "hf")


def open_model(name: str, config: GenerateConfig, ledger: Ledger | None = None) -> Model:
    """The model of a ``provider/name`` string; cheap, nothing is loaded or asked before the first ``complete``.

    ``ledger`` is shared by models that share a budget; absent: one of its own, bounded by ``config.max_cost``.
    """
    provider, _, rest = name.partition("/")
    ledger = ledger or Ledger(config.max_cost)
    if not rest or provider not in PROVIDERS:
        known = f"{', '.join(PROVIDERS)}, or replay/FILE"
        raise UsageError(f"model {name!r}: write PROVIDER/NAME with one of {known}{_meant(name)}")
    if provider == "local":
        from efficoder.models.local import LocalModel

        return LocalModel(rest, config, ledger)
    if provider == "hf":
        from efficoder.models.hf import HfModel

        return HfModel(rest, config)
    from efficoder.models.openai import open_server

    return open_server(provider, rest, config, ledger)


def _meant(name: str) -> str:
    """What a name without a known provider may have meant."""
    provider, slash, rest = name.partition("/")
    near = difflib.get_close_matches(provider, PROVIDERS, n=1)
    if name.endswith((".jsonl", ".jsonl.gz")) and provider != "replay":
        return f"; did you mean 'replay/{name}'?"
    if near and rest:
        return f"; did you mean '{near[0]}/{rest}'?"
    return "" if slash or not name else f"; did you mean 'openai/{name}'?"


def embedded(names: Sequence[str]) -> list[str]:
    """Those that run on this machine's own cores: one after another, never side by side.

    Two on the same cores slow each other far more than twofold: 3 tokens per second against 19
    (docs/results/2026-11-23-what-did-not-work.md).
    """
    return [name for name in names if name.partition("/")[0] in ("local", "hf")]
