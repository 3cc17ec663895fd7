"""A random Qwen2 of 60,000 parameters with a tokenizer of its own, and arms for it; made here, nothing downloaded."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
ENDLESS = CHATML.replace("+ '<|im_end|>\\n'", "+ '\\n'")
"""A template whose turns never end, as the reference code's."""

QUESTION = "Write `double`, which doubles a number."
FAST = "```python\ndef double(x):\n    return x + x\n```"
SLOW = "```python\ndef double(x):\n    return sum(x for _ in range(2))\n```"


def tokenizer(template: str | None = CHATML) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    from efficoder.training.gguf_writer import pre_tokenizer

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizer("qwen2")
    bpe.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=352,
        special_tokens=special,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    bpe.train_from_iterator([QUESTION, FAST, SLOW, "user assistant"] * 4, trainer)
    made = PreTrainedTokenizerFast(
        tokenizer_object=bpe, eos_token="<|endoftext|>", pad_token="<|endoftext|>", extra_special_tokens=special[1:]
    )
    made.chat_template = template
    return made


def model_folder(folder: Path, *, template: str | None = CHATML, seed: int = 0) -> Path:
    """A saved model; its config names another end token than the template's, as those of base models do."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    words = tokenizer(template)
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def _messages(role: str, text: str) -> list[dict[str, str]]:
    return [{"role": role, "content": text}]


def sft_rows(count: int, answer: str = FAST) -> list[dict[str, Any]]:
    return [{"messages": _messages("user", f"{QUESTION} {n}") + _messages("assistant", answer)} for n in range(count)]


def pair_rows(count: int, rejected: str = SLOW) -> list[dict[str, Any]]:
    return [
        {
            "prompt": _messages("user", f"{QUESTION} {n}"),
            "chosen": _messages("assistant", FAST),
            "rejected": _messages("assistant", rejected),
        }
        for n in range(count)
    ]


def prompt_rows(count: int) -> list[dict[str, Any]]:
    return [{"prompt": _messages("user", f"{QUESTION} {n}"), "tests": f'{{"n": {n}}}'} for n in range(count)]


def write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path
