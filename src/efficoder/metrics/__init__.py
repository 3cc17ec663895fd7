"""NUMBERS OUT OF MEASUREMENTS, pure: the only place with a formula.

readings.py       seconds and ratios of a Measurement
faster_or_tie.py  what a comparison came to, and where the line is
formulas.py       the metrics of the papers
intervals.py      how far a number can be trusted
ranking.py        the order of a race, with its ties
growth.py         how time grows with size
pairs.py          the other sides of preference pairs
"""
