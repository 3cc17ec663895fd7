"""Python: everything that knows its syntax.

language.py    all of it as a Language
program.py     programs for the sandbox
extract.py     the answer in a reply
choose.py      the answer among several blocks
prose.py       prose that parses
projects.py    the files in a reply
syntax.py      source to trees
names.py       which names code needs
standalone.py  code with what only its task's header gave it
deterministic.py  whether a seed can change what it answers
normalise.py   one spelling for equal code
signatures.py  the types of an entry point
risks.py       what should not be run or trained on
profiler.py    where a program spends its time
references.py  what code refers to outside itself
mutants.py     the same program with a fault
cut_short.py   the same program, doing no work on large inputs
prompts.py     prompts that are code to continue
proposals.py   the asserts of a tester's reply
asserts.py     assert statements as checks
literals.py    expressions as data, without running them
examples.py    examples of a statement as checks
"""
