"""ORPO (Hong et al. 2024, 2403.07691) on paired batches: the likelihood of the chosen answer plus a log odds ratio.

Ours because the trainers' own is experimental and announced to vanish. Torch is needed to import this file.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from transformers import Trainer

from efficoder.training.chat import IGNORED, Encoded

_SURE = -1e-6
"""Mean log-probability above which an answer counts as certain: the odds of certainty are infinite."""


def orpo_loss(chosen: torch.Tensor, rejected: torch.Tensor, weight: float) -> torch.Tensor:
    """Mean loss of pairs from the mean log-probabilities a token of both answers, shape (pairs,) each.

    -chosen - weight * log sigmoid(log odds(chosen) - log odds(rejected)), odds(p) = p / (1 - p).
    """
    ratio = _log_odds(chosen) - _log_odds(rejected)
    return (-chosen - weight * F.logsigmoid(ratio)).mean()


def _log_odds(mean_log: torch.Tensor) -> torch.Tensor:
    certain = mean_log.clamp(max=_SURE)
    return certain - torch.log(-torch.expm1(certain))


def collate(rows: Sequence[Mapping[str, Any]], pad_id: int) -> dict[str, torch.Tensor]:
    """All chosen sequences, then all rejected ones, padded on the right; labels mask everything but the answers."""
    pairs = [Encoded(row["prompt_ids"], row["chosen_ids"], row["rejected_ids"]) for row in rows]
    sides = [(pair.prompt, pair.chosen) for pair in pairs] + [(pair.prompt, pair.rejected) for pair in pairs]
    width = max(len(prompt) + len(answer) for prompt, answer in sides)
    ids = torch.full((len(sides), width), pad_id)
    labels = torch.full((len(sides), width), IGNORED)
    mask = torch.zeros((len(sides), width), dtype=torch.long)
    for index, (prompt, answer) in enumerate(sides):
        end = len(prompt) + len(answer)
        ids[index, :end] = torch.tensor(prompt + answer)
        labels[index, len(prompt) : end] = torch.tensor(answer)
        mask[index, :end] = 1
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def answer_log_probs(model: Any, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Mean log-probability a token of each sequence's answer, shape (sequences,), in float32."""
    labels = batch["labels"][:, 1:]
    # Logits of the positions before every answer are not made: at 150,000 words they are most of the memory.
    first = int((labels != IGNORED).any(dim=0).nonzero()[0])
    keep = torch.arange(first, labels.shape[1], device=labels.device)
    logits = model(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], logits_to_keep=keep, use_cache=False
    ).logits
    labels = labels[:, first:]
    losses = F.cross_entropy(logits.float().transpose(1, 2), labels, ignore_index=IGNORED, reduction="none")
    return -losses.sum(dim=1) / (labels != IGNORED).sum(dim=1)


class OrpoTrainer(Trainer):  # type: ignore[misc]
    """transformers' Trainer with the loss above; ``beta`` is the paper's lambda."""

    def __init__(self, *, beta: float, **options: Any) -> None:
        super().__init__(**options)
        self._beta = beta
        # The loss is a mean over pairs: let the Trainer divide it by the accumulation steps.
        self.model_accepts_loss_kwargs = False

    def compute_loss(self, model: Any, inputs: Any, **_: Any) -> torch.Tensor:
        chosen, rejected = answer_log_probs(model, inputs).chunk(2)
        return orpo_loss(chosen, rejected, self._beta)
