"""Models found, models refused before weights are read, and GGUF there and back."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

import tiny
from efficoder.errors import InputError
from efficoder.training import loading
from efficoder.training.gguf_writer import gguf_problem, pre_tokenizer, to_gguf

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model_folder(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def gguf(model: Path) -> Path:
    to_gguf(model, model.with_name("model.gguf"))
    return model.with_name("model.gguf")


def test_a_folder_is_found_without_its_weights(model: Path) -> None:
    found = loading.find(str(model))
    assert found.parameters == sum(p.numel() for p in loading.load(found, "fp32").parameters())
    assert (found.quantised, found.chat.end_token) == (False, "<|im_end|>")


def test_generation_stops_at_the_end_of_the_turn(model: Path) -> None:
    found = loading.find(str(model))
    loaded = loading.load(found, "fp32")
    assert loaded.generation_config.eos_token_id == [found.chat.end_id, 0]
    assert found.chat.tokenizer.eos_token == "<|im_end|>"


def test_another_model_has_another_identity(model: Path, tmp_path: Path) -> None:
    other = tiny.model_folder(tmp_path / "other", seed=1)
    assert loading.find(str(other)).identity != loading.find(str(model)).identity


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer"])
def test_an_incomplete_folder_is_an_error(missing: str, tmp_path: Path) -> None:
    folder = tiny.model_folder(tmp_path / "m")
    for path in folder.glob(f"{missing}*"):
        path.unlink()
    with pytest.raises(InputError, match=f"without .*{missing.partition('.')[0].removeprefix('model')}"):
        loading.find(str(folder))


def test_a_folder_without_a_chat_template_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no chat template"):
        loading.find(str(tiny.model_folder(tmp_path / "m", template=None)))


def test_a_config_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    folder = tiny.model_folder(tmp_path / "m")
    (folder / "config.json").write_text("{}")
    with pytest.raises(InputError, match="no usable config"):
        loading.find(str(folder))


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "nowhere", "missing.gguf"])
def test_a_model_that_is_not_there_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such"):
        loading.find(name, cache=tmp_path)


def test_a_file_that_is_no_gguf_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF but not really")
    with pytest.raises(InputError, match="no usable GGUF"):
        loading.find(str(path), cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*"))


# ---------------------------------------------------------------- GGUF


def logits(model: Any, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([ids])).logits[0]


def test_a_model_survives_gguf_there_and_back(model: Path, gguf: Path, tmp_path: Path) -> None:
    here, back = loading.find(str(model)), loading.find(str(gguf), cache=tmp_path)
    assert back.quantised
    assert back.parameters == here.parameters
    text = f"<|im_start|>user\n{tiny.QUESTION} 12345<|im_end|>\n"
    ids = here.chat.tokenizer(text)["input_ids"]
    assert back.chat.tokenizer(text)["input_ids"] == ids
    one, two = logits(loading.load(here, "fp32"), ids), logits(loading.load(back, "fp32"), ids)
    assert (one - two).norm() < 0.05 * one.norm()  # Q8_0, then bfloat16


def test_a_gguf_is_dequantised_once(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = loading.find(str(gguf), cache=tmp_path)
    monkeypatch.setattr(loading, "_convert", lambda *_: pytest.fail("converted again"))
    assert loading.find(str(gguf), cache=tmp_path).identity == first.identity


def llama_folder(folder: Path, pre_tokenizer: Any) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tiny.tokenizer()
    words.backend_tokenizer.pre_tokenizer = pre_tokenizer
    torch.manual_seed(0)
    shape = LlamaConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        tie_word_embeddings=False,
        eos_token_id=0,
        pad_token_id=0,
        bos_token_id=1,
    )
    LlamaForCausalLM(shape).save_pretrained(folder)
    words.save_pretrained(folder)


def test_a_llama_survives_gguf_there_and_back(tmp_path: Path) -> None:
    llama_folder(tmp_path / "m", pre_tokenizer("smollm"))
    to_gguf(tmp_path / "m", tmp_path / "m.gguf")
    here, back = (loading.find(str(tmp_path / name), cache=tmp_path) for name in ("m", "m.gguf"))
    ids = here.chat.tokenizer("def double(x): return 2024 * x")["input_ids"]
    assert back.chat.tokenizer("def double(x): return 2024 * x")["input_ids"] == ids
    one, two = logits(loading.load(here, "fp32"), ids), logits(loading.load(back, "fp32"), ids)
    assert (one - two).norm() < 0.05 * one.norm()


def test_two_quantisations_of_one_matrix_become_one_again(model: Path, tmp_path: Path) -> None:
    """As Qwen2.5-Coder-0.5B is published: tied, but stored twice."""
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "twice"
    folder.mkdir()
    for path in model.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    tensors = load_file(folder / "model.safetensors")
    embedding = tensors["model.embed_tokens.weight"]
    tensors["lm_head.weight"] = embedding + 0.02 * embedding.std() * torch.randn_like(embedding)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**settings, "tie_word_embeddings": False}))
    to_gguf(folder, tmp_path / "twice.gguf")
    found = loading.find(str(tmp_path / "twice.gguf"), cache=tmp_path / "cache")
    loaded = loading.load(found, "fp32")
    assert found.config.tie_word_embeddings
    assert loaded.get_input_embeddings().weight is loaded.get_output_embeddings().weight


def test_a_kind_of_tokenizer_nobody_knows_is_refused(tmp_path: Path) -> None:
    from tokenizers.pre_tokenizers import ByteLevel

    llama_folder(tmp_path / "m", ByteLevel(add_prefix_space=True))
    assert "pre-tokenizers qwen2" in (gguf_problem(tmp_path / "m") or "")
    with pytest.raises(InputError, match="convert_hf_to_gguf"):
        to_gguf(tmp_path / "m", tmp_path / "m.gguf")


def test_llama_cpp_writes_what_transformers_writes(model: Path, gguf: Path) -> None:
    xllamacpp = pytest.importorskip("xllamacpp")
    found = loading.find(str(model))
    prompt = f"<|im_start|>user\n{tiny.QUESTION}<|im_end|>\n<|im_start|>assistant\n"
    ids = torch.tensor([found.chat.tokenizer(prompt)["input_ids"]])
    with torch.no_grad():
        wanted = loading.load(found, "fp32").generate(ids, max_new_tokens=6, do_sample=False)[0, ids.shape[1] :]
    params = xllamacpp.CommonParams()
    params.model.path = str(gguf)
    params.n_ctx, params.n_parallel, params.port, params.ui, params.verbosity = 512, 1, 0, False, 0
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)
    reply = server.handle_completions({"prompt": prompt, "n_predict": 6, "temperature": 0.0})
    del server
    assert reply["choices"][0]["text"] == found.chat.tokenizer.decode(wanted)
    assert reply["usage"]["prompt_tokens"] == ids.shape[1]
