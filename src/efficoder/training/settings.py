"""What a training run really gets: every absent value of TrainConfig derived from model, rows and memory found.

The memory estimate is a fit to measured peaks (SmolLM2-135M and Qwen2.5-Coder-0.5B, LoRA, 512 and 1024 tokens, fp32
and bf16, every method): right within a fifth, and it refuses a run that would be killed before any weight is read.
"""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from efficoder.config import TrainConfig
from efficoder.errors import PrerequisiteError, UsageError

_LEARNING_RATES = {
    # full SFT: the paper's; LoRA SFT: Mercury; DPO: its authors' and Mercury's order; ORPO: its authors';
    # GRPO: Afterburner. LoRA takes about ten times the full rate (Hu et al. 2021).
    ("sft", "full"): 5e-6,
    ("sft", "lora"): 1e-4,
    ("dpo", "full"): 5e-7,
    ("dpo", "lora"): 2e-5,
    ("orpo", "full"): 8e-6,
    ("orpo", "lora"): 5e-5,
    ("grpo", "full"): 1e-6,
    ("grpo", "lora"): 1e-5,
}
_USUAL_TOKENS = (512, 1024, 2048)
_BASE_BYTES = 800 << 20  # interpreter, torch, trl and their buffers (measured)
_SPARE = 0.9  # share of the memory found that a run may plan with


@dataclass(frozen=True, slots=True)
class Hardware:
    """Where training runs: ``cuda`` or ``cpu``, and bytes free for it on one device."""

    device: Literal["cuda", "cpu"]
    free_bytes: int
    processes: int = 1
    shards: int = 1
    """Processes among which weights and optimiser state are split (FSDP, ZeRO-3)."""


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """All that decides a result, resolved; saved with it, and reused when a killed run resumes."""

    device: str
    processes: int
    precision: Literal["fp32", "bf16"]
    checkpointing: bool
    device_batch: int
    accumulation: int
    max_tokens: int
    learning_rate: float
    estimated_bytes: int
    seed: int


def this_machine() -> Hardware:
    """The GPU that accelerate would use, else the CPU with the memory left to this process (control group included)."""
    import torch

    processes = process_state().num_processes
    # accelerate's launcher says so in no other way before a trainer exists.
    sharded = any(os.environ.get(f"ACCELERATE_USE_{kind}", "") == "true" for kind in ("FSDP", "DEEPSPEED"))
    shards = processes if sharded else 1
    if torch.cuda.is_available():
        return Hardware("cuda", torch.cuda.mem_get_info()[0], processes, shards)
    return Hardware("cpu", free_memory() // processes, processes, shards)


def process_state() -> Any:
    """This process among those of one training (accelerate's PartialState): alone unless a launcher started more."""
    import torch
    from accelerate import PartialState

    return PartialState(cpu=not torch.cuda.is_available())


def free_memory() -> int:
    """Bytes this process may still take, by the kernel's and the control group's word."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    free = next(int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable"))
    group = Path("/sys/fs/cgroup")
    names = (("memory.max", "memory.current"), ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"))
    for limit, used in names:
        if (group / limit).is_file() and (most := (group / limit).read_text().strip()).isdigit():
            free = min(free, int(most) - int((group / used).read_text()))
    return free


def check(config: TrainConfig) -> None:
    """Raises UsageError for values that cannot go together, before anything is read."""
    if not config.model:
        raise UsageError("no model to train: set train.model to a folder, a .gguf file or a Hugging Face name")
    if config.packing and config.method != "sft":
        raise UsageError(f"train.packing is for sft; {config.method} compares whole answers: turn it off")
    if config.method == "grpo" and (config.completions < 2 or config.global_batch % config.completions):
        raise UsageError(
            "grpo compares the completions of one prompt: train.completions must be at least 2 and "
            f"train.global_batch ({config.global_batch}) a multiple of it"
        )
    for name in ("global_batch", "device_batch", "max_tokens", "max_steps", "save_steps", "epochs", "learning_rate"):
        value = getattr(config, name)
        if value is not None and not value > 0:
            raise UsageError(f"train.{name} must be above zero, not {value}")


def token_limit(config: TrainConfig, lengths: Sequence[int]) -> int:
    """The most tokens a row may have: as configured, else the smallest usual length that takes 19 of 20 rows."""
    if config.max_tokens is not None:
        return config.max_tokens
    long = sorted(lengths)[math.ceil(0.95 * len(lengths)) - 1] + written_tokens(config)
    return next((limit for limit in _USUAL_TOKENS if long <= limit), _USUAL_TOKENS[-1])


def resolve(
    config: TrainConfig, shape: Any, parameters: int, lengths: Sequence[int], machine: Hardware, seed: int
) -> TrainSettings:
    """``shape``: the model's transformers config; ``lengths``: tokens of each row that is kept.

    Absent precision, checkpointing and batch are the first of these that fits: fp32 (on a GPU bf16), no
    checkpointing, the largest batch; then checkpointing; then bf16. Raises PrerequisiteError if none does, or what
    was asked for does not.
    """
    max_tokens = token_limit(config, lengths)
    longest = max_tokens if config.packing else min(max_tokens, max(lengths) + written_tokens(config))
    room = int(machine.free_bytes * _SPARE)
    held = parameters // machine.shards
    rows = max(1, config.global_batch // machine.processes)
    usual: tuple[Literal["fp32", "bf16"], ...] = ("bf16",) if machine.device == "cuda" else ("fp32", "bf16")
    needed = 0
    for precision in (config.precision,) if config.precision else usual:
        for checkpointing in (False, True) if config.checkpointing is None else (config.checkpointing,):
            for batch in _batches(config, rows, machine):
                needed = estimate(config, shape, held, precision, checkpointing, batch * longest)
                if needed <= room:
                    rate = config.learning_rate or _LEARNING_RATES[config.method, config.adapter]
                    return TrainSettings(
                        machine.device, machine.processes, precision, checkpointing, batch, math.ceil(rows / batch),
                        max_tokens, rate, needed, seed,
                    )  # fmt: skip
    raise PrerequisiteError(
        f"about {needed / 2**30:.1f} GiB are needed on the {machine.device} and {machine.free_bytes / 2**30:.1f} GiB "
        'are free: take a smaller model, adapter = "lora", a smaller train.max_tokens, or stop what fills the memory'
    )


def written_tokens(config: TrainConfig) -> int:
    """Tokens the model itself adds to a row."""
    return config.completion_tokens if config.method == "grpo" else 0


def _batches(config: TrainConfig, rows: int, machine: Hardware) -> list[int]:
    if config.device_batch is not None:
        return [config.device_batch]
    # A CPU gains nothing from larger batches (measured: the same seconds per row) and pays in padding.
    most = 1 if machine.device == "cpu" and config.method != "grpo" else 8
    return [size for size in (8, 4, 2, 1) if size <= min(most, rows) and rows % size == 0]


def estimate(config: TrainConfig, shape: Any, parameters: int, precision: str, checkpointing: bool, tokens: int) -> int:
    """Peak bytes of one device: weights, what the optimiser keeps, and activations of ``tokens`` in one batch."""
    width = 2 if precision == "bf16" else 4
    hidden, layers = shape.hidden_size, shape.num_hidden_layers
    inner = getattr(shape, "intermediate_size", None) or 4 * hidden
    if config.adapter == "full":
        # float32 weights, gradients and Adam's two moments, whatever the precision of the arithmetic; dpo's reference.
        weights = (20 if config.method == "dpo" else 16) * parameters
    else:
        weights = width * parameters + 16 * layers * config.lora_rank * 2 * (4 * hidden + 3 * inner)
    a_token = (14 * hidden + 5 * inner) * width
    kept = a_token * (1 if checkpointing else layers) + (layers * hidden * width if checkpointing else 0)
    sequences = 2 if config.method in ("dpo", "orpo") else 1
    logits = 16 * shape.vocab_size
    return int(_BASE_BYTES + weights + sequences * tokens * (kept + logits))
