"""EffiCoder's execution reward in a GRPOTrainer of your own, on data exported with `efficoder export RUN --format trl`.

python examples/reward_trl.py MODEL prompts.jsonl OUT
"""

import asyncio
import sys
from typing import Any

from efficoder.reward import reward


async def execution_reward(completions: list[list[dict[str, str]]], tests: list[str], **_: Any) -> list[float]:
    """A coroutine over a thread, so that the trainer's own thread is not held."""
    texts = [messages[-1]["content"] for messages in completions]
    return await asyncio.to_thread(reward, texts, tests)


def main() -> None:
    from datasets import load_dataset
    from trl import GRPOConfig, GRPOTrainer

    model, prompts, out = sys.argv[1:]
    trainer = GRPOTrainer(
        model=model,
        args=GRPOConfig(output_dir=out, num_generations=4, max_completion_length=256),
        train_dataset=load_dataset("json", data_files=prompts, split="train"),
        reward_funcs=[execution_reward],
    )
    trainer.train()
    trainer.save_model()


if __name__ == "__main__":
    main()
