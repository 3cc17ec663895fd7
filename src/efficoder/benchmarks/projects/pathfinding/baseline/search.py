"""The cheapest way between two cells."""

from frontier import Frontier
from grid import Cell, Grid


def cheapest(grid: Grid, start: Cell, goal: Cell) -> tuple[int, int, int] | None:
    """Cost, steps, and cells within half of that cost; None where there is no way."""
    if start not in grid.costs or goal not in grid.costs:
        return None
    frontier = Frontier()
    frontier.push((0, 0), start)
    visited: dict[Cell, int] = {}
    while (entry := frontier.pop()) is not None:
        (cost, steps), cell = entry
        visited[cell] = cost
        if cell == goal:
            reached = [other for other in visited if visited[other] <= cost // 2]
            return cost, steps, len(reached)
        for other, step_cost in grid.neighbours(cell):
            if other not in visited:
                frontier.push((cost + step_cost, steps + 1), other)
    return None
