"""One trainer a method, with every setting named: TRL's for sft, dpo and grpo, ours for orpo.

Torch and trl are needed to import this file. Their defaults that surprise (gradient checkpointing on, DPO at 1e-6,
GRPO's dapo loss with 8 completions of 512 tokens, NaN hidden from the log, truncation) never decide anything here.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import datasets
from peft import LoraConfig, get_peft_model
from transformers import PrinterCallback, TrainingArguments, set_seed
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from efficoder.config import TrainConfig
from efficoder.training.chat import Chat, Encoded
from efficoder.training.orpo import OrpoTrainer, collate
from efficoder.training.rows import ChatMessage, TrainingRow
from efficoder.training.settings import TrainSettings

Reward = Callable[[Sequence[str], Sequence[str]], Sequence[float]]
"""Completions and the ``tests`` column of each one's row, to one reward each."""


@dataclass
class Split:
    """Wall seconds of a GRPO run spent writing completions and running them; the rest of a step is the update."""

    generation_s: list[float] = field(default_factory=list)
    execution_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What a trainer is made of."""

    config: TrainConfig
    settings: TrainSettings
    model: Any
    chat: Chat
    rows: Sequence[TrainingRow]
    encoded: Sequence[Encoded]
    folder: Path
    """Checkpoints go here."""
    callbacks: Sequence[Any]


def arguments(config: TrainConfig, settings: TrainSettings, folder: Path) -> dict[str, Any]:
    """transformers' TrainingArguments of every method."""
    return {
        "output_dir": str(folder),
        "per_device_train_batch_size": settings.device_batch,
        "gradient_accumulation_steps": settings.accumulation,
        "num_train_epochs": config.epochs,
        "max_steps": config.max_steps or -1,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": config.schedule if config.schedule != "constant" else "constant_with_warmup",
        "warmup_steps": config.warmup,  # below one: a share of the steps
        "weight_decay": config.weight_decay,
        "max_grad_norm": config.clip_norm,
        "optim": "adamw_torch",
        "adam_beta1": 0.9,
        "adam_beta2": 0.999,
        "adam_epsilon": 1e-8,
        "bf16": settings.precision == "bf16",
        "fp16": False,
        "gradient_checkpointing": settings.checkpointing,
        "gradient_checkpointing_kwargs": {"use_reentrant": False},
        "logging_strategy": "steps",
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "steps",
        "save_steps": config.save_steps,
        "save_total_limit": 2,
        "eval_strategy": "no",
        "seed": settings.seed,
        "data_seed": settings.seed,
        "dataloader_num_workers": 0,
        "ddp_find_unused_parameters": False,
        "report_to": list(config.report_to) or "none",
        "run_name": folder.parent.name,
        "disable_tqdm": True,
        "use_cpu": settings.device == "cpu",
    }


def method_arguments(config: TrainConfig, settings: TrainSettings) -> dict[str, Any]:
    """What the method's own config gets beyond ``arguments``."""
    match config.method:
        case "sft":
            return {
                "max_length": settings.max_tokens,
                "packing": config.packing,
                "packing_strategy": "bfd",
                "loss_type": "nll",
                "shuffle_dataset": False,  # the Trainer's sampler shuffles
            }
        case "dpo":
            return {
                "max_length": settings.max_tokens,
                "beta": config.beta,
                "loss_type": ["sigmoid"],
                "label_smoothing": 0.0,
                "disable_dropout": True,
                # With an adapter the reference is the model without it; else its log-probabilities are kept, not it.
                # Several processes cannot share them (trl 1.16, rows in memory): there a second copy is loaded.
                "precompute_ref_log_probs": config.adapter == "full" and settings.processes == 1,
            }
        case "orpo":
            return {"remove_unused_columns": False}
        case "grpo":
            return {
                "num_generations": config.completions,
                "max_completion_length": config.completion_tokens,
                "generation_batch_size": config.global_batch,
                "temperature": config.temperature,
                "top_p": 1.0,
                "top_k": 0,
                "repetition_penalty": 1.0,
                "beta": 0.0,
                "loss_type": "dapo",  # a mean over tokens: long answers weigh no less (DAPO, 2503.14476)
                "scale_rewards": "group",
                "num_iterations": 1,
                "epsilon": 0.2,
                "mask_truncated_completions": False,
                "disable_dropout": True,
                "shuffle_dataset": True,
                "use_vllm": False,
                "log_completions": False,
            }


def make(job: TrainingJob, reward: Reward | None, split: Split) -> Any:
    """The trainer, ready for ``train()``. ``reward`` is for grpo; ``split`` is filled while that one trains."""
    trainer = _make(job, reward, split)
    trainer.remove_callback(PrinterCallback)  # it prints
    return trainer


def _make(job: TrainingJob, reward: Reward | None, split: Split) -> Any:
    set_seed(job.settings.seed)  # the adapter's first weights are random
    options = {**arguments(job.config, job.settings, job.folder), **method_arguments(job.config, job.settings)}
    common: dict[str, Any] = {
        "model": job.model,
        "processing_class": job.chat.tokenizer,
        "callbacks": list(job.callbacks),
    }
    peft = _lora(job.config)
    match job.config.method:
        case "sft":
            rows: list[dict[str, Any]] = [
                {"input_ids": ids.prompt + ids.chosen, "labels": ids.labels()} for ids in job.encoded
            ]
            return SFTTrainer(args=SFTConfig(**options), train_dataset=_dataset(rows), peft_config=peft, **common)
        case "dpo":
            rows = [_conversation(row) for row in job.rows]
            return DPOTrainer(args=DPOConfig(**options), train_dataset=_dataset(rows), peft_config=peft, **common)
        case "orpo":
            return _orpo(job, TrainingArguments(**options), common, peft)
        case "grpo":
            assert reward is not None
            rows = [{"prompt": _messages(row.prompt), "tests": row.tests} for row in job.rows]
            time_generation(job.model, split)
            return GRPOTrainer(
                args=GRPOConfig(**options),
                train_dataset=_dataset(rows),
                reward_funcs=[as_coroutine(reward, split)],
                peft_config=peft,
                **common,
            )


def _orpo(job: TrainingJob, options: TrainingArguments, common: dict[str, Any], peft: LoraConfig | None) -> OrpoTrainer:
    rows = [{"prompt_ids": ids.prompt, "chosen_ids": ids.chosen, "rejected_ids": ids.rejected} for ids in job.encoded]
    if peft is not None:
        common["model"] = get_peft_model(job.model, peft)
    pad = partial(collate, pad_id=job.chat.tokenizer.pad_token_id)
    return OrpoTrainer(beta=job.config.beta, args=options, train_dataset=_dataset(rows), data_collator=pad, **common)


def _lora(config: TrainConfig) -> LoraConfig | None:
    if config.adapter == "full":
        return None
    return LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=config.lora_dropout,
        target_modules="all-linear",
        bias="none",
        task_type="CAUSAL_LM",
    )


def _dataset(rows: list[dict[str, Any]]) -> datasets.Dataset:
    return datasets.Dataset.from_list(rows)


def _messages(messages: Sequence[ChatMessage]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _conversation(row: TrainingRow) -> dict[str, Any]:
    sides = {"chosen": row.chosen, "rejected": row.rejected}
    return {
        "prompt": _messages(row.prompt),
        **{side: [{"role": "assistant", "content": text}] for side, text in sides.items()},
    }


def as_coroutine(reward: Reward, split: Split) -> Callable[..., Any]:
    """The reward as TRL calls it. A coroutine over a thread: a plain one holds the step's thread (TRL #4489)."""

    async def execution_reward(completions: list[Any], tests: list[str], **_: Any) -> list[float]:
        begun = time.perf_counter()
        texts = [text if isinstance(text, str) else text[-1]["content"] for text in completions]
        rewards = await asyncio.to_thread(reward, texts, tests)
        split.execution_s.append(time.perf_counter() - begun)
        return list(rewards)

    return execution_reward


def time_generation(model: Any, split: Split) -> None:
    """Every call of ``model.generate`` adds its wall seconds to ``split``."""
    generate = model.generate

    def timed(*positional: Any, **named: Mapping[str, Any]) -> Any:
        begun = time.perf_counter()
        try:
            return generate(*positional, **named)
        finally:
            split.generation_s.append(time.perf_counter() - begun)

    model.generate = timed
