"""The cheapest way between two cells (Dijkstra's algorithm)."""

from bisect import bisect_right

from frontier import Entry, heappop, heappush
from grid import Cell, Grid


def cheapest(grid: Grid, start: Cell, goal: Cell) -> tuple[int, int, int] | None:
    """Cost, steps, and cells within half of that cost; None where there is no way."""
    first, last = grid.number(start), grid.number(goal)
    if first is None or last is None:
        return None
    costs, stride = grid.costs, grid.stride
    best: dict[int, tuple[int, int]] = {first: (0, 0)}
    heap: list[Entry] = [(0, 0, first)]
    visited: set[int] = set()
    order: list[int] = []
    while heap:
        cost, steps, cell = heappop(heap)
        if cell in visited:
            continue
        visited.add(cell)
        order.append(cost)
        if cell == last:
            return cost, steps, bisect_right(order, cost // 2)
        for other in (cell - stride, cell + stride, cell - 1, cell + 1):
            step_cost = costs[other]
            if step_cost and other not in visited:
                reached = (cost + step_cost, steps + 1)
                known = best.get(other)
                if known is None or reached < known:
                    best[other] = reached
                    heappush(heap, (*reached, other))
    return None
