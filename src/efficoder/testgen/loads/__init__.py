"""Inputs large enough that time shows.

growth.py      ways to make an input larger
search.py      which way, and how far
curve.py       time against size
generators.py  programs that make inputs
shorten.py     loads cut short, for an execution reward
"""
