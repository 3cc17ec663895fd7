"""What looks on while a model trains: progress with the time left, and the stop before a NaN reaches the weights.

Torch is needed to import this file.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.distributed.tensor import DTensor
from transformers import TrainerCallback

from efficoder.errors import ModelError


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """One optimiser step done. ``eta_s``: seconds left, by the median pace of this process so far."""

    step: int
    steps: int
    loss: float
    eta_s: float


class Watch(TrainerCallback):  # type: ignore[misc]
    """Raises ModelError for a loss or gradient that is not finite, before the optimiser applies it."""

    def __init__(self, progress: Callable[[TrainingProgress], None] | None) -> None:
        self._progress = progress
        self._started = 0.0
        self.step_s: list[float] = []
        """Wall seconds of each step this process did."""

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        self._started = time.perf_counter()

    def on_pre_optimizer_step(self, _args: Any, state: Any, _control: Any, model: Any = None, **_: Any) -> None:
        gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        if not all(map(_is_finite, gradients)):
            raise _diverged(state.global_step + 1, "gradient")

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self.step_s.append(time.perf_counter() - self._started)

    def on_log(self, _args: Any, state: Any, _control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        # Under DeepSpeed gradients are out of sight: what is logged, before any checkpoint is written, must do.
        for name in ("loss", "grad_norm"):
            if logs and not math.isfinite(logs.get(name, 0.0)):
                raise _diverged(state.global_step, name)
        if self._progress is not None and logs and "loss" in logs and state.is_world_process_zero:
            pace = sorted(self.step_s)[len(self.step_s) // 2]
            left = (state.max_steps - state.global_step) * pace
            self._progress(TrainingProgress(state.global_step, state.max_steps, logs["loss"], left))


def _is_finite(gradient: torch.Tensor) -> bool:
    own = gradient.to_local() if isinstance(gradient, DTensor) else gradient
    return bool(torch.isfinite(own).all())


def _diverged(step: int, what: str) -> ModelError:
    return ModelError(
        f"the {what} of step {step} is not finite; stopped before it could be saved: lower train.learning_rate, use "
        'train.precision = "fp32", and start in a new folder'
    )
