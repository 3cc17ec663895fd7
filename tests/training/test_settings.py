"""What is derived when nothing is said, and what is refused before weights are read."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from efficoder.config import TrainConfig, load
from efficoder.errors import PrerequisiteError, UsageError
from efficoder.training.settings import Hardware, check, estimate, free_memory, resolve, token_limit

QWEN = SimpleNamespace(hidden_size=896, num_hidden_layers=24, intermediate_size=4864, vocab_size=151936)
SMOL = SimpleNamespace(hidden_size=576, num_hidden_layers=30, intermediate_size=1536, vocab_size=49152)
SIZES = {id(QWEN): 494_032_768, id(SMOL): 134_515_008}
GIB = 1 << 30


@pytest.mark.parametrize(
    ("shape", "method", "precision", "tokens", "measured_gib"),
    [
        (SMOL, "sft", "fp32", 512, 2.6),
        (QWEN, "sft", "fp32", 512, 5.4),
        (QWEN, "sft", "bf16", 512, 3.4),
        (QWEN, "sft", "fp32", 1024, 8.2),
        (QWEN, "dpo", "fp32", 512, 8.1),
        (QWEN, "dpo", "bf16", 512, 4.9),
        (SMOL, "dpo", "fp32", 512, 4.4),
        (SMOL, "orpo", "fp32", 512, 3.8),
    ],
)
def test_the_estimate_is_near_measured_peaks(
    shape: Any, method: Any, precision: str, tokens: int, measured_gib: float
) -> None:
    bytes_ = estimate(TrainConfig(method=method), shape, SIZES[id(shape)], precision, False, tokens)
    assert bytes_ / GIB == pytest.approx(measured_gib, rel=0.22)


def resolved(free_gib: float, lengths: tuple[int, ...] = (400, 500), device: Any = "cpu", **options: Any) -> Any:
    machine = Hardware(device, int(free_gib * GIB))
    return resolve(TrainConfig(model="m", **options), QWEN, SIZES[id(QWEN)], lengths, machine, seed=0)


def test_much_memory_means_plain_fp32_and_less_means_checkpointing_then_bf16() -> None:
    plain, tight, tightest = resolved(20), resolved(5), resolved(3.6)
    assert (plain.precision, plain.checkpointing) == ("fp32", False)
    assert (tight.precision, tight.checkpointing) == ("fp32", True)
    assert (tightest.precision, tightest.checkpointing) == ("bf16", True)


def test_too_little_memory_is_refused_with_what_helps() -> None:
    with pytest.raises(PrerequisiteError, match="smaller model"):
        resolved(1.5)
    with pytest.raises(PrerequisiteError, match="GiB are needed"):
        resolved(6, adapter="full")


def test_what_is_set_is_kept() -> None:
    settings = resolved(20, precision="bf16", checkpointing=True, device_batch=2, global_batch=8, learning_rate=1e-3)
    assert (settings.precision, settings.checkpointing) == ("bf16", True)
    assert (settings.device_batch, settings.accumulation, settings.learning_rate) == (2, 4, 1e-3)


def test_a_gpu_takes_bf16_and_the_largest_batch_that_fits() -> None:
    settings = resolved(80, device="cuda")
    assert (settings.precision, settings.device_batch, settings.accumulation) == ("bf16", 8, 2)


def test_processes_share_the_global_batch() -> None:
    machine = Hardware("cuda", 80 * GIB, processes=8)
    settings = resolve(TrainConfig(model="m", global_batch=128), QWEN, SIZES[id(QWEN)], (2048,), machine, seed=0)
    assert settings.device_batch * settings.accumulation * settings.processes == 128


def test_the_token_limit_takes_nearly_all_rows() -> None:
    assert token_limit(TrainConfig(), [300] * 95 + [3000] * 5) == 512
    assert token_limit(TrainConfig(), [300, 900]) == 1024
    assert token_limit(TrainConfig(), [9000]) == 2048
    assert token_limit(TrainConfig(method="grpo", completion_tokens=256), [300]) == 1024
    assert token_limit(TrainConfig(max_tokens=77), [9000]) == 77


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": ""}, "no model"),
        ({"method": "dpo", "packing": True}, "packing"),
        ({"method": "grpo", "completions": 3, "global_batch": 16}, "a multiple of it"),
        ({"method": "grpo", "completions": 1}, "at least 2"),
        ({"max_tokens": 0}, "max_tokens must be above zero"),
    ],
)
def test_options_that_cannot_go_together_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        check(TrainConfig(**{"model": "m", **options}))


def test_free_memory_is_plausible() -> None:
    assert 0 < free_memory() < 1 << 50


EXAMPLES = Path(__file__).parent.parent.parent / "examples"


def test_the_papers_settings_are_the_papers() -> None:
    train = load(EXAMPLES / "paper.toml").train
    check(train)
    assert (train.method, train.adapter, train.precision, train.schedule) == ("sft", "full", "bf16", "cosine")
    assert (train.learning_rate, train.warmup, train.epochs) == (5e-6, 0.03, 4.0)
    assert (train.global_batch, train.max_tokens) == (128, 2048)
    eight = Hardware("cuda", 75 * GIB, processes=8, shards=8)
    settings = resolve(train, QWEN, 7_615_616_512, (2048,), eight, seed=0)
    assert (settings.device_batch, settings.accumulation) == (8, 2)


def test_the_small_example_derives_what_it_leaves_out() -> None:
    train = load(EXAMPLES / "small.toml").train
    check(train)
    assert (train.precision, train.checkpointing, train.device_batch, train.max_tokens) == (None, None, None, None)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "kind"), [("fsdp", "FSDP"), ("zero3", "DEEPSPEED")])
def test_accelerate_reads_the_launch_files(name: str, kind: str) -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    assert load_config_from_file(str(EXAMPLES / "accelerate" / f"{name}.yaml")).distributed_type == kind
