"""Inputs large enough that time shows.

growth.py      ways to make an input larger
search.py      which way, and how far
generators.py  programs that make inputs
shortcuts.py   what would answer the loads without the work
shorten.py     loads cut short, for an execution reward
"""
