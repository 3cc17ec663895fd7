"""How many pairs of places hold equal items?"""

from collections import Counter


def by_loops(items):
    return sum(a == b for i, a in enumerate(items) for b in items[:i])


def by_counts(items):
    return sum(k * (k - 1) // 2 for k in Counter(items).values())
