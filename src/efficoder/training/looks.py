"""Looks at a model while it trains: greedy answers to the held-back tasks, the best checkpoint kept, the stop.

The model in memory answers; nothing is loaded and no random number is drawn, so training goes on as without a look.
Torch is needed to import this file.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import TrainerCallback

from efficoder.training import guard
from efficoder.training.chat import Chat

_ANSWERS_A_ROW = 16
"""Answers written at once for each row that training holds: their keys and values take at most a tenth of a row's
activations and logits (by the sizes in settings.estimate), and 16 is what pays on a CPU (measured, models/hf.py)."""


class Looks(TrainerCallback):  # type: ignore[misc]
    """Looks before the first step and at ``guard.look_steps``, and stops training when pass@1 fell.

    Looks are kept in ``out``: a run that resumes asks none again. The best trained model is in ``best_folder``, written
    by ``save`` when it becomes the best.
    """

    def __init__(
        self, held: guard.HeldBack, chat: Chat, out: Path, device_batch: int, save: Callable[[str], None]
    ) -> None:
        self._held, self._chat, self._out, self._save = held, chat, out, save
        self._batch = _ANSWERS_A_ROW * device_batch
        self.looks = guard.read_looks(out)
        self._due: set[int] = set()

    @property
    def best_folder(self) -> Path:
        return self._folder(guard.best(self.looks).step)

    def on_train_begin(self, _args: Any, state: Any, _control: Any, model: Any = None, **_: Any) -> None:
        self._due = guard.look_steps(state.max_steps)
        if not self.looks:
            self._look(model, 0)

    def on_step_end(self, _args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> Any:
        if state.global_step in self._due:
            known = {look.step: look for look in self.looks}
            look = known.get(state.global_step) or self._look(model, state.global_step)
            if guard.fell(self.looks, look):
                control.should_training_stop = True
                control.should_save = False  # a run that resumed from here would go on: it is to stop here again
        return control

    def _folder(self, step: int) -> Path:
        return self._out / f"best-{step}"

    def _look(self, model: Any, step: int) -> guard.Look:
        """Weights first, then the look, then the removal of what was best before: a kill in between loses nothing."""
        texts = answers(model, self._chat, self._held.prompt_ids, self._held.new_tokens, self._batch)
        times = self._held.guard.judge(dict(zip(self._held.prompts, texts, strict=True)))
        look = guard.Look(step, tuple(times[prompt] for prompt in self._held.prompts))
        looks = [*self.looks, look]
        if step and guard.best(looks) is look:
            self._save(str(self._folder(step)))
        guard.write_looks(self._out, looks)
        self.looks = looks
        for folder in self._out.glob("best-*"):
            if folder != self.best_folder:
                shutil.rmtree(folder)
        return look


def answers(model: Any, chat: Chat, prompts: Sequence[Sequence[int]], new_tokens: int, batch: int) -> list[str]:
    """The model's greedy answer to each prompt of token ids, at most ``new_tokens`` long, ``batch`` at once."""
    # Not model.generate: a GRPO run times that one as its own, and an adapter works in the model it was put into.
    writer = model.get_base_model() if isinstance(model, PeftModel) else model
    training = model.training
    model.eval()
    texts: dict[int, str] = {}
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    for start in range(0, len(order), batch):
        places = order[start : start + batch]
        written = _write(writer, [prompts[place] for place in places], new_tokens, chat.tokenizer.pad_token_id)
        texts.update(zip(places, (_text(chat, ids.tolist()) for ids in written), strict=True))
    model.train(training)
    return [texts[index] for index in range(len(prompts))]


def _write(writer: Any, prompts: Sequence[Sequence[int]], new_tokens: int, pad: int) -> torch.Tensor:
    """New tokens, shape (prompts, at most new_tokens); prompts are padded on the left."""
    width = max(map(len, prompts))
    ids = torch.tensor([[pad] * (width - len(prompt)) + list(prompt) for prompt in prompts])
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts])
    with torch.no_grad():
        output: torch.Tensor = type(writer).generate(
            writer,
            input_ids=ids.to(writer.device),
            attention_mask=mask.to(writer.device),
            do_sample=False,
            max_new_tokens=new_tokens,
            use_cache=True,
            pad_token_id=pad,
        )
    return output[:, width:]


def _text(chat: Chat, ids: list[int]) -> str:
    own = ids[: ids.index(chat.end_id)] if chat.end_id in ids else ids
    return str(chat.tokenizer.decode(own, skip_special_tokens=True))
