"""GGUF Q8_0 for llama.cpp, from a saved model.

The writer knows the qwen2 and llama architectures with byte-level BPE, which is what small code models are; for others
llama.cpp's own converter takes the saved folder. Tensor names and formats: the ``gguf`` package.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from efficoder.errors import InputError

_QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_SPLITS: Mapping[str, tuple[str, str]] = {
    # llama.cpp's name of a pre-tokenizer: how digits are split, or the pattern that splits everything.
    "qwen2": ("pattern", _QWEN2),
    "llama-bpe": ("pattern", _QWEN2.replace(r"\p{N}|", r"\p{N}{1,3}|", 1)),
    "smollm": ("digits", ""),
}


def pre_tokenizer(name: str) -> Any:
    """The ``tokenizers`` object for llama.cpp's name of one; None for a name this module does not know."""
    from tokenizers import Regex
    from tokenizers.pre_tokenizers import ByteLevel, Digits, Sequence, Split

    if name not in _SPLITS:
        return None
    kind, pattern = _SPLITS[name]
    if kind == "digits":
        return Sequence([Digits(individual_digits=True), ByteLevel(add_prefix_space=False)])
    return Sequence([Split(Regex(pattern), "isolated"), ByteLevel(add_prefix_space=False, use_regex=False)])


def _pre_name(tokenizer: Any) -> str | None:
    from tokenizers import Tokenizer
    from tokenizers.models import BPE

    def written(pre: Any) -> Any:
        probe = Tokenizer(BPE())
        probe.pre_tokenizer = pre
        return json.loads(probe.to_str())["pre_tokenizer"]

    own = json.loads(tokenizer.backend_tokenizer.to_str())["pre_tokenizer"]
    return next((name for name in _SPLITS if written(pre_tokenizer(name)) == own), None)


@dataclass(frozen=True, slots=True)
class _Source:
    """A saved folder, opened."""

    folder: Path
    config: Any
    tokenizer: Any
    pre: str


def gguf_problem(folder: Path) -> str | None:
    """Why a saved model cannot be written as GGUF here; None when it can. Reads no weights."""
    problem = _open(folder)
    return problem if isinstance(problem, str) else None


def to_gguf(folder: Path, target: Path) -> None:
    """Write a saved model as one GGUF file, matrices in Q8_0 (0.5B: 13 s). It appears whole or not at all.

    Raises InputError for an architecture or tokenizer this module does not know.
    """
    source = _open(folder)
    if isinstance(source, str):
        raise InputError(source, path=folder, hint="llama.cpp's convert_hf_to_gguf.py takes this folder")
    import gguf

    fresh = target.with_name(f".{target.name}.new")
    writer = gguf.GGUFWriter(fresh, source.config.model_type, use_temp_file=True)
    _write_shape(writer, source.config)
    _write_tokenizer(writer, source)
    names = gguf.get_tensor_name_map(
        gguf.MODEL_ARCH.LLAMA if source.config.model_type == "llama" else gguf.MODEL_ARCH.QWEN2,
        source.config.num_hidden_layers,
    )
    for name, tensor in _tensors(folder):
        stored = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if stored is None:
            raise InputError(f"unknown tensor {name}", path=folder, hint="take llama.cpp's convert_hf_to_gguf.py")
        data = _permuted(name, tensor, source.config)
        if data.ndim < 2 or data.shape[-1] % 32:
            writer.add_tensor(stored, data)
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(stored, gguf.quants.quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    fresh.rename(target)


def _open(folder: Path) -> _Source | str:
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(folder)
    if config.model_type not in ("qwen2", "llama"):
        return f"GGUF export knows qwen2 and llama models, not {config.model_type}"
    if config.rope_parameters.get("rope_type", "default") != "default":
        return f"GGUF export knows plain rotary embeddings, not {config.rope_parameters['rope_type']}"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    pre = _pre_name(tokenizer)
    if pre is None:
        return f"GGUF export knows the pre-tokenizers {', '.join(_SPLITS)}, not this tokenizer's"
    return _Source(folder, config, tokenizer, pre)


def _write_shape(writer: Any, config: Any) -> None:
    import gguf

    heads = config.num_attention_heads
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_rope_dimension_count(getattr(config, "head_dim", None) or config.hidden_size // heads)
    writer.add_vocab_size(config.vocab_size)


def _write_tokenizer(writer: Any, source: _Source) -> None:
    import gguf

    tokenizer = source.tokenizer
    model = json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    added = tokenizer.added_tokens_decoder
    words = {id_: word for word, id_ in tokenizer.get_vocab().items()}
    tokens, kinds = [], []
    for id_ in range(source.config.vocab_size):
        word = words.get(id_, f"[PAD{id_}]")
        tokens.append(word)
        if id_ in added:
            kinds.append(gguf.TokenType.CONTROL if added[id_].special else gguf.TokenType.USER_DEFINED)
        elif re.fullmatch(r"\[PAD\d+\]", word):
            kinds.append(gguf.TokenType.UNUSED)
        else:
            kinds.append(gguf.TokenType.NORMAL)
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(source.pre)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    if tokenizer.bos_token_id is not None:
        writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(tokenizer.chat_template)


def _tensors(folder: Path) -> Iterator[tuple[str, Any]]:
    """Name and float32 array of each weight, one at a time; tied ones are stored once."""
    from safetensors import safe_open

    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as weights:
            for name in weights.keys():  # noqa: SIM118 (it is no mapping)
                yield name, weights.get_tensor(name).float().numpy()


def _permuted(name: str, data: Any, config: Any) -> Any:
    """llama.cpp interleaves the halves of rotary dimensions in llama models, transformers keeps them apart."""
    if config.model_type != "llama" or not re.search(r"self_attn\.[qk]_proj", name):
        return data
    heads = config.num_attention_heads if "q_proj" in name else config.num_key_value_heads
    return data.reshape(heads, 2, -1, *data.shape[1:]).swapaxes(1, 2).reshape(data.shape)
