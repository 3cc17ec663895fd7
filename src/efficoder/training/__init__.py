"""How models learn: sft, dpo, orpo and grpo on the arms of a run, by LoRA or in full. The only place that imports
torch, transformers, trl, peft, accelerate or datasets, and only when it trains.

run.py is one run from first check to saved model; rows.py and chat.py what is learned from; settings.py what it is
told; loading.py and weights.py models in and out; trainers.py, orpo.py and watch.py the training itself; study.py
compares arms.
"""

from efficoder.training.run import StepSplit, TrainResult, train

__all__ = ["StepSplit", "TrainResult", "train"]
