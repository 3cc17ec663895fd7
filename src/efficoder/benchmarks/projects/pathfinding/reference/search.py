"""The cheapest way between two cells (Dijkstra's algorithm).

What a step costs is said by the cell it leads to, so the first way found to a cell is its best: none is improved later.
"""

from bisect import bisect_right

from frontier import Frontier
from grid import Cell, Grid


def cheapest(grid: Grid, start: Cell, goal: Cell) -> tuple[int, int, int] | None:
    """Cost, steps, and cells within half of that cost; None where there is no way."""
    first, last = grid.number(start), grid.number(goal)
    if first is None or last is None:
        return None
    stride = grid.stride
    left = grid.costs.copy()
    """Costs of cells not seen yet; 0 for all others."""
    left[first] = 0
    frontier = Frontier((0, 0, first))
    push, pop = frontier.push, frontier.pop
    visited: list[int] = []
    while frontier.entries:
        cost, steps, cell = pop()
        visited.append(cost)
        if cell == last:
            return cost, steps, bisect_right(visited, cost // 2)
        for other in (cell - stride, cell + stride, cell - 1, cell + 1):
            if step_cost := left[other]:
                left[other] = 0
                push((cost + step_cost, steps + 1, other))
    return None
