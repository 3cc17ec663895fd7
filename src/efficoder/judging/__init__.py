"""RIGHT OR WRONG, FAST OR SLOW: candidates run in the sandbox, judged outside it.

trial.py           the engine: programs run on inputs, their outputs compared
judge.py           is it right on the checks?
compare.py         is an output the expected one? pure
checker_calls.py   what a checker is asked, in how many calls; pure
right_or_wrong.py  limits, checks and loads to a verdict
policy.py          settings of a race as the language needs them
race.py            which is faster, in interleaved rounds
growth.py          how time grows from size to size
profile.py         the lines where time goes
machine.py         this machine: facts, cost of an empty run, noise
"""
