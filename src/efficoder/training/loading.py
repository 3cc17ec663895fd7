"""Finds a model and says all that can be wrong with it before its weights are read, then reads them.

A folder, a Hugging Face name, or a GGUF file. The last is dequantised once into a folder of safetensors beside the
user's other models: transformers can train a GGUF only with ``dequantize=True`` and cannot save or resume one
(measured), while a plain folder loads in seconds. Such a model starts from quantised weights; results say so.
"""

import hashlib
import os
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from efficoder.errors import InputError, ModelError
from efficoder.training.chat import Chat, open_chat
from efficoder.training.gguf_writer import pre_tokenizer

_TIED = 0.1
"""Embedding and output matrix that differ by less than this share were one before quantisation (measured on
Qwen2.5-Coder-0.5B, stored as Q5_0 and Q8_0: 0.04; unrelated matrices: 1.4)."""


@dataclass(frozen=True, slots=True)
class Found:
    """A model whose tokenizer and config were read, and no weight."""

    name: str
    """As the user gave it."""
    path: str
    """What transformers loads: a folder or a hub name."""
    config: Any
    chat: Chat
    parameters: int
    identity: str
    """Changes with config, tokenizer or weights; a checkpoint of another identity is refused."""
    quantised: bool


def cache_folder() -> Path:
    """Where dequantised models are kept: under the user's cache folder (XDG base directory specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "efficoder" / "dequantised"


def find(name: str, cache: Path | None = None) -> Found:
    """Raises InputError for a folder without config, weights, tokenizer or a usable chat template, for a file that is
    no GGUF, and for a name the hub does not know."""
    path = Path(name).expanduser()
    gguf = path if path.suffix == ".gguf" else None
    if gguf is not None:
        path = dequantise(gguf, cache or cache_folder())
    elif not path.is_dir() and (path.is_absolute() or name.startswith(".") or name.count("/") != 1):
        raise InputError("no such folder", path=name, hint="name a folder, a .gguf file or a Hugging Face OWNER/MODEL")
    where = str(path) if path.is_dir() else name
    _require_files(path)
    config, tokenizer = _read_config(where), _read_tokenizer(where)
    chat = open_chat(tokenizer, name)
    return Found(name, where, config, chat, count_parameters(config), _identity(path, config), gguf is not None)


def _require_files(folder: Path) -> None:
    if not folder.is_dir():
        return
    for pattern, what in (("config.json", "config"), ("*.safetensors", "weights"), ("tokenizer*", "tokenizer")):
        if not any(folder.glob(pattern)):
            raise InputError(
                f"a model folder without {what} ({pattern})", path=folder, hint="save it with save_pretrained"
            )


def _read_config(where: str) -> Any:
    from transformers import AutoConfig

    with _as_input_error(where, "config"):
        return AutoConfig.from_pretrained(where)


def _read_tokenizer(where: str) -> Any:
    from transformers import AutoTokenizer

    with _as_input_error(where, "tokenizer"):
        return AutoTokenizer.from_pretrained(where)


@contextmanager
def _as_input_error(where: str, what: str) -> Iterator[None]:
    # transformers and huggingface_hub raise OSError for what is not there and the others for what is odd or cut short.
    try:
        yield
    except (OSError, ValueError, LookupError, ImportError, struct.error) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"no usable {what}: {reason}", path=where, hint="check the name and the files") from error


def count_parameters(config: Any) -> int:
    """From the config alone, tied weights once: the model is built without storage."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    return sum(parameter.numel() for parameter in model.parameters())


def _identity(path: Path, config: Any) -> str:
    digest = hashlib.sha256(config.to_json_string(use_diff=False).encode())
    for file in sorted((*path.glob("*.safetensors"), *path.glob("tokenizer*"))) if path.is_dir() else ():
        with file.open("rb") as stream:
            digest.update(f"{file.name} {file.stat().st_size}".encode())
            digest.update(stream.read(1 << 20))
            stream.seek(-min(file.stat().st_size, 1 << 20), os.SEEK_END)
            digest.update(stream.read())
    return digest.hexdigest()[:16]


def load(found: Found, precision: str) -> Any:
    """The weights (transformers model, on the CPU): float32, or bfloat16 for ``bf16``."""
    import torch
    from transformers import AutoModelForCausalLM

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    with _as_input_error(found.path, "weights"):
        model = AutoModelForCausalLM.from_pretrained(found.path, dtype=dtype, attn_implementation=_attention())
    stop_at(model, found.chat)
    return model


def _attention() -> str | None:
    """Plain attention on a GPU: six of six trainings with bf16 and torch's fused kernels met a NaN gradient, none with
    fp32, this and another allocator (H200, torch 2.11). Which of the three it was, and bf16 with this, is not known."""
    import torch

    return "eager" if torch.cuda.is_available() else None


def stop_at(model: Any, chat: Chat) -> None:
    """Make the end-of-turn token one that generation stops at: a base model's config often names another."""
    tokenizer = chat.tokenizer
    tokenizer.eos_token = chat.end_token
    if tokenizer.pad_token is None:
        tokenizer.pad_token = chat.end_token
    known = model.generation_config.eos_token_id
    others = known if isinstance(known, list) else [] if known is None else [known]
    model.generation_config.eos_token_id = [chat.end_id, *(id_ for id_ in others if id_ != chat.end_id)]
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.config.eos_token_id, model.config.pad_token_id = chat.end_id, tokenizer.pad_token_id


def dequantise(gguf: Path, cache: Path) -> Path:
    """A folder of bfloat16 safetensors with config and tokenizer, made once per file (0.5B: about half a minute).

    The folder's name holds the file's size and time of change. Raises InputError for a file that cannot be read,
    ModelError for weights that are not finite.
    """
    if not gguf.is_file():
        raise InputError("no such file", path=gguf, hint="`efficoder models` lists weights and `models pull` gets them")
    facts = gguf.stat()
    mark = hashlib.sha256(f"{gguf.resolve()} {facts.st_size} {facts.st_mtime_ns}".encode()).hexdigest()[:12]
    folder = cache / f"{gguf.stem}-{mark}"
    if not folder.is_dir():
        # Written beside and renamed: a killed conversion leaves nothing that looks whole.
        fresh = cache / f".{folder.name}.{os.getpid()}"
        try:
            _convert(gguf, fresh)
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process of the same training was quicker
                raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _convert(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    with _as_input_error(str(gguf), "GGUF"):
        tokenizer = AutoTokenizer.from_pretrained(str(gguf.parent), gguf_file=gguf.name)
        _restore_splits(tokenizer, gguf)
        open_chat(tokenizer, str(gguf))
        model = AutoModelForCausalLM.from_pretrained(
            str(gguf.parent),
            gguf_file=gguf.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.bfloat16,
        )
    _retie(model, gguf)
    if not all(torch.isfinite(parameter).all() for parameter in model.parameters()):
        raise ModelError(f"{gguf}: dequantised to weights that are not finite; pull the file again")
    # Left in place, it would make every later load look for GGUF blocks.
    model.config.quantization_config = None
    del model.config.quantization_config
    model.hf_quantizer = None
    folder.mkdir(parents=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _restore_splits(tokenizer: Any, gguf: Path) -> None:
    """Give the tokenizer the splitting rule that the file only names.

    transformers takes GPT-2's for every name it does not know: on SmolLM2 numbers then become other tokens (measured).
    """
    from gguf import GGUFReader

    field = GGUFReader(gguf).get_field("tokenizer.ggml.pre")
    name = "" if field is None else str(field.contents())
    rule = pre_tokenizer(name)
    if rule is None:
        raise InputError(f"a tokenizer of unknown kind {name!r}", path=gguf, hint="train from the Hugging Face folder")
    tokenizer.backend_tokenizer.pre_tokenizer = rule


def _retie(model: Any, gguf: Path) -> None:
    """One matrix where the file stores two quantisations of it: the one kept in more bits, used for both."""
    embedding, output = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    if embedding is output or embedding.shape != output.shape:
        return
    difference = (embedding.float() - output.float()).norm() / output.float().norm()
    if difference > _TIED:
        return
    from gguf import GGUFReader

    stored = {tensor.name: tensor.n_bytes for tensor in GGUFReader(gguf).tensors}
    better = output if stored["output.weight"] >= stored["token_embd.weight"] else embedding
    embedding.data.copy_(better.data)
    model.config.tie_word_embeddings = True
    model.tie_weights()
