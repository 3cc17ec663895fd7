"""EffiCoder's execution reward in verl, on data exported with `efficoder export RUN --format verl`.

    python -m verl.trainer.main_ppo algorithm.adv_estimator=grpo \
        data.train_files=prompts.parquet \
        custom_reward_function.path=examples/reward_verl.py custom_reward_function.name=compute_score ...
"""

from typing import Any

from efficoder.reward import reward


def compute_score(solution_str: str, ground_truth: str, **_: Any) -> float:
    """One solution's reward; ``ground_truth`` is the exported task with its tests, as JSON."""
    return reward([solution_str], [ground_truth])[0]
