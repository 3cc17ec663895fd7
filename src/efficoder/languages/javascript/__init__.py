"""JavaScript: run by node.

language.py   the names of languages/protocol.py
program.py    programs for the sandbox
driver.js     what runs a program, or reads the calls of a Function task and writes the answers
check.js      what says whether a text is code
signature.py  the parameters of an entry point, from code
values.py     which inputs have a counterpart
tokens.py     code as tokens: comments, literals, expressions between slashes and the rest
answers.py    the answer in a reply
risks.py      what should not be run or trained on
mutants.py    the same program with a fault, or doing no work on large inputs
"""
