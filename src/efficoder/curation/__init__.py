"""WHICH TASKS ARE KEPT: small named rules, each with its reason.

curate.py   the rules in order, over a stream of tasks
rules.py    what one task alone shows: language, syntax, risks
seen.py     duplicates, by hash
overlap.py  what a benchmark has too
writers.py  whose answers are taught
"""
