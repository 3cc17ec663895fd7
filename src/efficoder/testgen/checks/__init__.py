"""Expected values and the checks around them.

settle.py     expected values, from the source or its reference
claims.py     what a tester proposes, until it is settled
tester.py     a tester's reply as data
kills.py      how many mutants the checks notice
cut_short.py  how many of those that do no work on large inputs
"""
