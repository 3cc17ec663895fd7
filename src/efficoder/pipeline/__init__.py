"""HOW A STEP IS RUN: planned, spread over workers, resumed.

stage.py      the protocol of a stage, jobs and their fingerprints
run_stage.py  run_stage: plan, skip what is done, do, write
pool.py       worker processes on this machine
work.py       what a step is given, and how much of it to do
asking.py     live models asked for what a step lacks
"""
