"""RIGHT OR WRONG, FAST OR SLOW: candidates run in the sandbox, judged outside it.

trial.py    the engine: programs run on inputs, their outputs compared
judge.py    is it right?
compare.py  is an output the expected one? pure
verdict.py  limits, checks and loads to a verdict
race.py     which is faster, in interleaved rounds
growth.py   how time grows from size to size
profile.py  the lines where time goes
machine.py  this machine: facts, cost of an empty run, noise
"""
