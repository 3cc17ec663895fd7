"""Every method from rows to a saved model; resume after kill -9; what is refused, and when."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tiny
from efficoder.config import TrainConfig
from efficoder.errors import InputError, ModelError, PrerequisiteError, UsageError
from efficoder.training import Judges, TrainResult, train
from efficoder.training.run import last_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore")

ARMS: dict[str, Any] = {
    "sft": tiny.sft_rows,
    "dpo": tiny.pair_rows,
    "orpo": tiny.pair_rows,
    "grpo": tiny.prompt_rows,
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model_folder(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("arms")
    return {method: tiny.write(folder / f"{method}.jsonl", rows(8)) for method, rows in ARMS.items()}


def config(model: Path, method: Any = "sft", adapter: Any = "lora", **options: Any) -> TrainConfig:
    defaults: dict[str, Any] = {
        "learning_rate": 3e-2 if adapter == "lora" else 5e-3,
        "global_batch": 4,
        "completions": 4,
        "completion_tokens": 16,
        "epochs": 3.0,
    }
    return TrainConfig(model=str(model), method=method, adapter=adapter, **{**defaults, **options})


def weights(folder: str | Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return dict(load_file(Path(folder) / "model.safetensors"))


def few_spaces(completions: Any, tests: Any) -> list[float]:
    """A reward any model can raise: how many characters are no space."""
    assert all(json.loads(text)["n"] >= 0 for text in tests)
    return [sum(not c.isspace() for c in text) / 16 for text in completions]


@pytest.mark.parametrize("adapter", ["lora", "full"])
@pytest.mark.parametrize("method", ["sft", "dpo", "orpo", "grpo"])
def test_a_method_ends_in_a_model_that_loads_and_differs(
    method: str, adapter: str, model: Path, arms: dict[str, Path], tmp_path: Path
) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    seen: list[Any] = []
    out = tmp_path / "out"
    result = train(config(model, method, adapter), arms[method], out, judges=Judges(few_spaces), progress=seen.append)
    before, after = weights(model), weights(result.model)
    assert before.keys() == after.keys()
    assert any((before[name] != after[name]).any() for name in before)
    assert AutoModelForCausalLM.from_pretrained(result.model).generation_config.eos_token_id[0] == 2
    assert AutoTokenizer.from_pretrained(result.model).chat_template == tiny.CHATML
    assert [p.step for p in seen] == list(range(1, seen[0].steps + 1))
    assert seen[-1].eta_s == 0
    assert [point["step"] for point in result.curve] == [p.step for p in seen]
    if method != "grpo":
        assert result.curve[-1]["loss"] < 0.95 * result.curve[0]["loss"]
    assert (result.rows, result.dropped) == (8, {"prompt_too_long": 0, "answer_too_long": 0, "cut_by_template": 0})
    assert (result.split is not None) == (method == "grpo")
    assert Path(result.gguf or "").is_file()
    assert (result.adapter is not None) == (adapter == "lora")
    assert result.step_s > 0
    assert result.peak_bytes > 0
    assert not (out / "checkpoints").exists()
    assert train(config(model, method, adapter), arms[method], out, judges=Judges(few_spaces)) == result


def test_a_model_trained_on_answers_ends_its_own(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    result = train(config(model, "sft", "full", epochs=40.0, gguf=False), arms["sft"], tmp_path / "out")
    assert answer(result) == tiny.FAST


def answer(result: TrainResult) -> str:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(result.model)
    asked = [{"role": "user", "content": f"{tiny.QUESTION} 1"}]
    ids = tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    loaded = AutoModelForCausalLM.from_pretrained(result.model)
    with torch.no_grad():
        written = loaded.generate(**ids, max_new_tokens=100, do_sample=False)[0, ids["input_ids"].shape[1] :]
    assert len(written) < 100
    return str(tokenizer.decode(written, skip_special_tokens=True))


def test_reinforcement_raises_the_reward(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    settings = config(model, "grpo", "full", epochs=5.0, completions=8, global_batch=16, gguf=False)
    curve = train(settings, arms["grpo"], tmp_path / "out", judges=Judges(few_spaces)).curve
    rewards = [point["reward"] for point in curve]
    assert sum(rewards[-4:]) > sum(rewards[:4])


def test_both_sides_of_a_pair_learn_the_end_token(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    from efficoder.training import chat, loading, rows, settings, trainers

    found = loading.find(str(model))
    read = rows.read(arms["dpo"], "dpo")
    encoded = [chat.encode(found.chat, row) for row in read]
    told, lengths = config(model, "dpo"), [ids.tokens for ids in encoded]
    resolved = settings.resolve(told, found.config, found.parameters, lengths, settings.this_machine(), 0)
    loaded = loading.load(found, "fp32")
    job = trainers.TrainingJob(told, resolved, loaded, found.chat, read, encoded, tmp_path / "checkpoints", [])
    trainer = trainers.make(job, None, trainers.Split())
    assert len(trainer.train_dataset) == len(read)
    batch = next(iter(trainer.get_train_dataloader()))
    for ids, learned in zip(batch["input_ids"], batch["completion_mask"], strict=True):
        text = found.chat.tokenizer.decode(ids[learned.bool()])
        assert text.startswith("```python")
        assert "<|im_end|>" in text
        assert "user" not in text


def test_packed_rows_do_not_see_each_other(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    plain = train(config(model, global_batch=8, max_steps=1, gguf=False), arms["sft"], tmp_path / "plain")
    packed = train(
        config(model, global_batch=8, max_steps=1, gguf=False, packing=True, max_tokens=512),
        arms["sft"],
        tmp_path / "packed",
    )
    assert packed.curve[0]["loss"] == pytest.approx(plain.curve[0]["loss"], rel=1e-4)


def test_checkpointing_and_bf16_train_the_same_way(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    plain = train(config(model, max_steps=2, gguf=False), arms["sft"], tmp_path / "plain")
    frugal = train(config(model, max_steps=2, gguf=False, checkpointing=True), arms["sft"], tmp_path / "frugal")
    coarse = train(config(model, max_steps=2, gguf=False, precision="bf16"), arms["sft"], tmp_path / "coarse")
    assert frugal.curve[-1]["loss"] == pytest.approx(plain.curve[-1]["loss"], rel=1e-5)
    assert coarse.curve[-1]["loss"] == pytest.approx(plain.curve[-1]["loss"], rel=2e-2)
    assert weights(coarse.model)["model.norm.weight"].dtype.itemsize == 2


def test_seeds_repeat_a_run_and_tell_runs_apart(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    told = config(model, max_steps=2, gguf=False)
    one, same, other = (train(told, arms["sft"], tmp_path / f"{n}", seed=n // 2) for n in range(3))
    assert [p["loss"] for p in one.curve] == [p["loss"] for p in same.curve]
    assert [p["loss"] for p in one.curve] != [p["loss"] for p in other.curve]


# ---------------------------------------------------------------- kill -9, and folders of other runs

_KILLED = """
import os, signal, sys
import msgspec, torch
from efficoder.config import TrainConfig
from efficoder.training import run, trainers
from pathlib import Path

torch.set_num_threads(1)

def reward(completions, tests):
    return [sum(not c.isspace() for c in text) / 16 for text in completions]

def progress(p):
    if p.step == 5:
        os.kill(os.getpid(), signal.SIGKILL)

for config, arm, out in msgspec.json.decode(sys.argv[1]):
    if os.fork() == 0:
        config = msgspec.convert(config, TrainConfig)
        judges = run.Judges(reward if config.method == "grpo" else None)
        run.train(config, Path(arm), Path(out), judges=judges, progress=progress)
        os._exit(0)
while True:
    try:
        print(os.waitstatus_to_exitcode(os.wait()[1]))
    except ChildProcessError:
        break
"""


@pytest.fixture(scope="module")
def killed(model: Path, arms: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Method to the folder of a run that was killed after its fifth step; one process imports torch for all."""
    import msgspec

    folder = tmp_path_factory.mktemp("killed")
    calls = [(saving_config(model, method), str(arms[method]), str(folder / method)) for method in ARMS]
    ran = subprocess.run([sys.executable, "-c", _KILLED, msgspec.json.encode(calls).decode()], capture_output=True)
    assert ran.stdout.split() == [b"-9"] * len(calls), ran.stderr.decode()
    return {method: folder / method for method in ARMS}


def saving_config(model: Path, method: str) -> TrainConfig:
    return config(model, method, max_steps=6, save_steps=2, gguf=False)


@pytest.mark.parametrize("method", list(ARMS))
def test_the_same_call_goes_on_after_kill_9(
    method: str, model: Path, arms: dict[str, Path], killed: dict[str, Path], tmp_path: Path
) -> None:
    told, out, judges = saving_config(model, method), killed[method], Judges(few_spaces if method == "grpo" else None)
    assert {path.name for path in (out / "checkpoints").glob("checkpoint-*")} == {"checkpoint-2", "checkpoint-4"}
    (out / "checkpoints" / "checkpoint-6").mkdir()  # as a kill in the middle of a save leaves it
    steps: list[int] = []
    resumed = train(told, arms[method], out, judges=judges, progress=lambda p: steps.append(p.step))
    whole = train(told, arms[method], tmp_path / "whole", judges=judges)
    assert steps == [5, 6]
    assert [p["loss"] for p in resumed.curve] == pytest.approx([p["loss"] for p in whole.curve])
    one, two = weights(resumed.model), weights(whole.model)
    assert all((one[name] == two[name]).all() for name in one)


def test_two_calls_do_not_train_in_one_folder(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    told, out = config(model, max_steps=1, gguf=False), tmp_path / "out"

    def again(_: Any) -> None:
        with pytest.raises(UsageError, match="another process is training here"):
            train(told, arms["sft"], out)

    assert train(told, arms["sft"], out, progress=again) == train(told, arms["sft"], out)


def test_half_written_checkpoints_are_removed(tmp_path: Path) -> None:
    for name, state in (("checkpoint-9", '{"global_step": 9}'), ("checkpoint-10", '{"glo'), ("checkpoint-11", None)):
        (tmp_path / name).mkdir()
        if state is not None:
            (tmp_path / name / "trainer_state.json").write_text(state)
    assert last_checkpoint(tmp_path) == str(tmp_path / "checkpoint-9")
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-9"]
    assert last_checkpoint(tmp_path / "nothing") is None


def test_a_folder_of_another_run_is_refused_before_weights_are_read(
    model: Path, arms: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from efficoder.training import loading

    told, out = config(model, max_steps=1, gguf=False), tmp_path / "out"
    train(told, arms["sft"], out)
    monkeypatch.setattr(loading, "load", lambda *_: pytest.fail("weights were read"))
    other = tiny.model_folder(tmp_path / "other", seed=1)
    with pytest.raises(UsageError, match="another model"):
        train(dataclasses.replace(told, model=str(other)), arms["sft"], out)
    with pytest.raises(UsageError, match="another rows"):
        train(told, tiny.write(tmp_path / "more.jsonl", tiny.sft_rows(9)), out)
    with pytest.raises(UsageError, match="another config"):
        train(dataclasses.replace(told, lora_rank=4), arms["sft"], out)
    with pytest.raises(UsageError, match="another seed"):
        train(told, arms["sft"], out, seed=1)


# ---------------------------------------------------------------- what stops a run


def test_a_nan_stops_the_run_and_nothing_is_saved(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    told = config(model, "sft", "full", learning_rate=1e30, clip_norm=1e30, warmup=0.0, save_steps=1)
    with pytest.raises(ModelError, match=r"of step \d is not finite"):
        train(told, arms["sft"], tmp_path / "out")
    assert not (tmp_path / "out" / "model").exists()
    assert not (tmp_path / "out" / "result.json").exists()
    kept = [weights(path) for path in (tmp_path / "out" / "checkpoints").glob("checkpoint-*")]
    assert all(tensor.isfinite().all() for saved in kept for tensor in saved.values())


def test_a_row_without_room_for_its_answer_is_dropped_and_counted(model: Path, tmp_path: Path) -> None:
    long_prompt, long_answer = tiny.pair_rows(2)
    long_prompt["prompt"][0]["content"] = "word " * 400
    long_answer["rejected"][0]["content"] = "word " * 400
    arm = tiny.write(tmp_path / "p.jsonl", [*tiny.pair_rows(4), long_prompt, long_answer])
    for method in ("dpo", "orpo"):
        told = config(model, method, max_tokens=200, max_steps=1, gguf=False)
        result = train(told, arm, tmp_path / method)
        assert (result.rows, result.dropped) == (4, {"prompt_too_long": 1, "answer_too_long": 1, "cut_by_template": 0})


def test_rows_that_were_kept_are_not_cut_by_a_limit_of_their_own(model: Path, tmp_path: Path) -> None:
    """Six rows are over every limit; without them a smaller one would do for 19 of 20, but not for the four."""
    rows = tiny.sft_rows(100) + tiny.sft_rows(4, "word " * 150) + tiny.sft_rows(6, "word " * 600)
    told = config(model, max_steps=1, gguf=False)
    result = train(told, tiny.write(tmp_path / "a.jsonl", rows), tmp_path / "out")
    assert (result.rows, result.dropped["answer_too_long"]) == (104, 6)
    assert result.settings.max_tokens == 2048
    assert result.arguments["max_length"] == 2048


def test_no_row_that_fits_is_an_error(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="longer than 10 tokens"):
        train(config(model, max_tokens=10), arms["sft"], tmp_path / "out")


def test_grpo_needs_a_reward(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reward"):
        train(config(model, "grpo"), arms["grpo"], tmp_path / "out")


def test_too_little_memory_is_refused_before_weights_are_read(
    model: Path, arms: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from efficoder.training import loading, settings

    monkeypatch.setattr(settings, "free_memory", lambda: 100 << 20)
    monkeypatch.setattr(loading, "load", lambda *_: pytest.fail("weights were read"))
    with pytest.raises(PrerequisiteError, match="GiB are needed on the cpu"):
        train(config(model), arms["sft"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_running_out_of_memory_says_what_helps(
    model: Path, arms: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from efficoder.training import loading

    def load(*_: Any) -> None:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 byte")

    monkeypatch.setattr(loading, "load", load)
    with pytest.raises(PrerequisiteError, match="out of memory"):
        train(config(model), arms["sft"], tmp_path / "out")


def test_a_library_that_is_missing_is_named(model: Path, arms: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(PrerequisiteError, match="pip install wandb"):
        train(config(model, report_to=("wandb",)), arms["sft"], tmp_path / "out")
