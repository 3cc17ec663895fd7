"""Reward."""

from efficoder.reward.execution import ExecutionReward, reward
from efficoder.reward.fresh import Fresh, FreshInputs, changed_inputs
from efficoder.reward.grader import RewardConfig

__all__ = ["ExecutionReward", "Fresh", "FreshInputs", "RewardConfig", "changed_inputs", "reward"]
