import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from efficoder.config import GenerateConfig
from efficoder.errors import ModelError
from efficoder.models import open_model
from efficoder.models.protocol import Message, Reply, Request


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Qwen2 of a few thousand weights with a tokenizer of words."""
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    path = tmp_path_factory.mktemp("hf") / "tiny"
    words = {word: number for number, word in enumerate(["<pad>", "<eos>", "<unk>", *"abcdefghij", "user", "hi"])}
    raw = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="<unk>"))
    raw.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )
    tokenizer.chat_template = "{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}"
    tokenizer.save_pretrained(path)
    config = transformers.Qwen2Config(
        vocab_size=len(words), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, eos_token_id=1, pad_token_id=0,
    )  # fmt: skip
    transformers.Qwen2ForCausalLM(config).save_pretrained(path)
    return path


@pytest.mark.filterwarnings("default")
def test_prompts_that_wait_together_are_answered_each_with_its_own(folder: Path) -> None:
    async def run() -> list[list[Reply]]:
        model = open_model(f"hf/{folder}", GenerateConfig())
        chat = Request(prompt=(Message("user", "hi"),), indices=tuple(range(20)), temperature=1.0, max_tokens=6)
        greedy = Request(prompt="a b c", max_tokens=4)
        try:
            return list(await asyncio.gather(model.complete(chat), model.complete(greedy), model.complete(greedy)))
        finally:
            await model.close()

    drawn, greedy, again = asyncio.run(run())
    assert len(drawn) == 20
    assert len({reply.text for reply in drawn}) > 1
    assert greedy[0].text == again[0].text
    assert greedy[0].usage.prompt_tokens == 3
    assert all(0 < reply.usage.completion_tokens <= 6 for reply in drawn)
    assert all((reply.finish == "length") <= (reply.usage.completion_tokens == 6) for reply in drawn)


def test_weights_trained_anew_are_another_endpoint(folder: Path) -> None:
    before = open_model(f"hf/{folder}", GenerateConfig()).endpoint
    (folder / "generation_config.json").write_text("{}")
    assert open_model(f"hf/{folder}", GenerateConfig()).endpoint != before


def test_a_batch_that_the_memory_does_not_hold_is_halved(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = open_model(f"hf/{folder}", GenerateConfig())
    whole, sizes = model._generate, list[int]()

    def small(batch: list[Any]) -> list[Reply]:
        sizes.append(len(batch))
        if len(batch) > 4:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return whole(batch)

    monkeypatch.setattr(model, "_generate", small)
    request = Request(prompt="a b c", indices=tuple(range(10)), max_tokens=4)
    replies = asyncio.run(model.complete(request))
    assert len({reply.text for reply in replies}) == 1
    assert len(replies) == 10
    assert sizes == [10, 5, 2, 2, 2, 2, 2]


def test_a_template_that_raises_is_an_error_for_every_prompt(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "m")
    (tmp_path / "m" / "chat_template.jinja").write_text("{{ raise_exception('no system role here') }}")
    model = open_model(f"hf/{tmp_path / 'm'}", GenerateConfig())
    chat = Request(prompt=(Message("system", "x"), Message("user", "hi")), indices=(0, 1), max_tokens=4)
    with pytest.raises(ModelError, match="no system role here"):
        asyncio.run(asyncio.wait_for(model.complete(chat), 60))


def test_a_folder_that_cannot_be_loaded_is_an_error_for_every_prompt(tmp_path: Path) -> None:
    model = open_model(f"hf/{tmp_path}", GenerateConfig())
    with pytest.raises(ModelError, match="hf/"):
        asyncio.run(model.complete(Request(prompt="a b c", max_tokens=4)))
