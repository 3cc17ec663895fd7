"""Reward."""

from efficoder.reward.execution import (
    ExecutionReward,
    Fresh,
    FreshInputs,
    RewardConfig,
    changed_inputs,
    reward,
)

__all__ = ["ExecutionReward", "Fresh", "FreshInputs", "RewardConfig", "changed_inputs", "reward"]
