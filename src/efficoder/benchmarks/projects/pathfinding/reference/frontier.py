"""The queue of cells to visit: a heap of (cost, steps, cell), so that the least comes first."""

from functools import partial
from heapq import heappop, heappush

Entry = tuple[int, int, int]


class Frontier:
    def __init__(self, first: Entry) -> None:
        self.entries = [first]
        self.push = partial(heappush, self.entries)
        self.pop = partial(heappop, self.entries)
