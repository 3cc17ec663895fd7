"""The loss against its formula, and the batch it is computed on."""

import math

import pytest
import torch

import tiny
from efficoder.training.chat import IGNORED, Encoded
from efficoder.training.orpo import answer_log_probs, collate, orpo_loss

pytestmark = pytest.mark.filterwarnings("ignore")


def by_hand(chosen: float, rejected: float, weight: float) -> float:
    """The paper's formula, on probabilities."""
    p, q = math.exp(chosen), math.exp(rejected)
    odds = (p / (1 - p)) / (q / (1 - q))
    return -chosen - weight * math.log(1 / (1 + math.exp(-math.log(odds))))


def test_the_loss_is_the_papers() -> None:
    chosen, rejected = torch.tensor([-0.3, -1.2]), torch.tensor([-0.9, -0.4])
    expected = (by_hand(-0.3, -0.9, 0.5) + by_hand(-1.2, -0.4, 0.5)) / 2
    assert orpo_loss(chosen, rejected, 0.5).item() == pytest.approx(expected, rel=1e-5)


def test_a_certain_answer_has_a_finite_loss_and_gradient() -> None:
    chosen = torch.tensor([0.0], requires_grad=True)
    loss = orpo_loss(chosen, torch.tensor([-50.0]), 0.1)
    loss.backward()
    assert math.isfinite(loss.item())
    assert torch.isfinite(chosen.grad).all()


def test_a_batch_is_all_chosen_then_all_rejected_with_answers_unmasked() -> None:
    rows = [
        {"prompt_ids": [1, 2], "chosen_ids": [3], "rejected_ids": [4, 5]},
        {"prompt_ids": [6], "chosen_ids": [7], "rejected_ids": [8]},
    ]
    batch = collate(rows, pad_id=0)
    assert batch["input_ids"].tolist() == [[1, 2, 3, 0], [6, 7, 0, 0], [1, 2, 4, 5], [6, 8, 0, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1], [1, 1, 0, 0]]
    i = IGNORED
    assert batch["labels"].tolist() == [[i, i, 3, i], [i, 7, i, i], [i, i, 4, 5], [i, 8, i, i]]


def test_log_probs_are_the_models_own_whatever_the_padding(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny.model_folder(tmp_path / "m"))
    pairs = [Encoded([5, 6, 7], [8, 9], [10]), Encoded([11], [12, 13, 14, 15], [16, 17])]
    rows = [{"prompt_ids": p.prompt, "chosen_ids": p.chosen, "rejected_ids": p.rejected} for p in pairs]
    with torch.no_grad():
        got = answer_log_probs(model, collate(rows, pad_id=0))
        for index, (prompt, answer) in enumerate(
            [(p.prompt, p.chosen) for p in pairs] + [(p.prompt, p.rejected) for p in pairs]
        ):
            logits = model(torch.tensor([prompt + answer])).logits[0].log_softmax(-1)
            steps = [logits[len(prompt) - 1 + i, token] for i, token in enumerate(answer)]
            assert got[index].item() == pytest.approx(torch.stack(steps).mean().item(), rel=1e-4)
