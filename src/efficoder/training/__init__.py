"""HOW MODELS LEARN: sft, dpo, orpo and grpo on the arms of a run, by LoRA or in full. The only place that imports
torch, transformers, trl, peft, accelerate or datasets, and only when it trains.

run.py          one run, from first check to saved model
arms.py         which rows a method learns from
rows.py         the rows of an arm, read
chat.py         rows to tokens
settings.py     what a run is really given; memory
loading.py      models found and read
trainers.py     one trainer per method
orpo.py         the loss of orpo
watch.py        progress, and the stop before a NaN
guard.py        does training do harm: tasks held back, the best checkpoint, what is said
looks.py        the model's answers to them while it trains
saving.py       models merged and written
model_card.py   a trained model's README for the hub
gguf_writer.py  GGUF files for llama.cpp
"""

from efficoder.training.run import Judges, StepSplit, TrainResult, train

__all__ = ["Judges", "StepSplit", "TrainResult", "train"]
