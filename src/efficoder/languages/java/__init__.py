"""Java: compiled by the JDK, run by java.

language.py   the names of languages/protocol.py
program.py    programs for the sandbox
efficoder/    the driver's and the compiler's Java classes, compiled once on a machine
signature.py  the types of an entry point, from code
types.py      the types of a signature, and which inputs fit them
tokens.py     code as tokens: comments, literals and the rest
answers.py    the answer in a reply
risks.py      what should not be run or trained on
mutants.py    the same program with a fault, or doing no work on large inputs
"""
