"""CHECKS AND LOADS: new inputs from known ones, small ones that tell right from wrong, large ones that tell slow
from fast.

writer.py   one task's checks and loads, from start to end
answers.py  what the reference answers, whatever the hash seed
pick.py     the loads kept, with the reference's answers
bank.py     tests that one run has written, for every other
frozen.py   tests as a file, the same for everybody
twins.py    the tests of the same problem in another language: which serve here
borrow.py   whose they are
proof.py    guards and a ladder: no shortcut on large inputs goes unnoticed
checks/     expected values, a tester's claims, mutants noticed
inputs/     shapes of inputs, what holds between them, new ones
loads/      ways to grow, the search, time against size
programs/   inputs of programs: the text read, grown and changed
"""
