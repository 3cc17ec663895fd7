"""THE EXECUTION REWARD: what a completion is worth to a trainer, for TRL and verl.

execution.py  ExecutionReward and reward(), the way in
grader.py     a group of replies, judged and raced
fresh.py      new inputs for every call
guard.py      answers to a run's own tasks, judged for training's guard
"""

from efficoder.reward.execution import ExecutionReward, reward
from efficoder.reward.fresh import Fresh, FreshInputs, changed_inputs
from efficoder.reward.grader import RewardConfig

__all__ = ["ExecutionReward", "Fresh", "FreshInputs", "RewardConfig", "changed_inputs", "reward"]
