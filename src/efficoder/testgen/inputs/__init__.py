"""New inputs, pure: nothing is run here.

shapes.py       what the known values of an argument have in common
texts.py        forms a text can have
relations.py    what holds between arguments
constraints.py  bounds that a statement gives
fresh.py        new values of a shape
mutate.py       small changes of known inputs
"""
