"""QUESTIONS PUT TO WHOLE RUNS.

pool.py          the tasks and samples a study looks at
candidates.py    what one more sample brings and costs
teachers.py      what the pool loses without a model
loads.py         what loads add to the shipped tests
selection.py     did the selection pay? the study from end to end
heldout.py       held-out tasks, and models scored on them
arm_training.py  the same model trained on each arm
conclusion.py    what follows, in words
"""
