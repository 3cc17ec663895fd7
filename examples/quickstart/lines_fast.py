"""Prints the distinct lines of standard input, each where it first stood."""

import sys

print("\n".join(dict.fromkeys(sys.stdin.read().splitlines())))
