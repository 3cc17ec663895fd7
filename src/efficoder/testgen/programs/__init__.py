"""Inputs of programs: the text that a Stdio task's program reads, understood from known inputs.

grammar.py    what a text consists of: lines, runs of tokens, counted blocks
induction.py  the grammar that explains the known texts
domains.py    what the values at one place of the grammar have in common
graphs.py     edges and trees
model.py      all of that about one task
statement.py  names and bounds that a statement gives
making.py     new texts of a grammar
growing.py    ways to make a text larger, and small changes of known ones
"""
