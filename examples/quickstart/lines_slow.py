"""Prints the distinct lines of standard input, each where it first stood."""

import sys

seen = []
for line in sys.stdin.read().splitlines():
    if line not in seen:
        seen.append(line)
print("\n".join(seen))
