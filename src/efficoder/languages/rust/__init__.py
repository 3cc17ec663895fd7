"""Rust: compiled by rustc alone, edition 2021.

language.py   the names of languages/protocol.py
program.py    programs for the sandbox
driver.rs     what reads the calls of a Function task and writes the answers
signature.py  the types of an entry point, from code
types.py      the types of a signature, and which inputs fit them
tokens.py     code as tokens
extract.py    the answer in a reply
risks.py      what should not be run or trained on
mutants.py    the same program with a fault, or doing no work on large inputs
"""
