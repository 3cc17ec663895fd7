"""The queue of cells to visit: a heap of (cost, steps, cell), outdated entries skipped when they come up."""

from heapq import heappop, heappush

__all__ = ["Entry", "heappop", "heappush"]

Entry = tuple[int, int, int]
