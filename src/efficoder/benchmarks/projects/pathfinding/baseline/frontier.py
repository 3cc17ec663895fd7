"""The queue of cells to visit."""

from grid import Cell

Priority = tuple[int, int]


class Frontier:
    """Cells with the cost and steps they were reached at; the least comes first."""

    def __init__(self) -> None:
        self.waiting: dict[Cell, Priority] = {}

    def push(self, priority: Priority, cell: Cell) -> None:
        """Add a cell, or make it better where it waits already."""
        self.waiting[cell] = min(priority, self.waiting.get(cell, priority))

    def pop(self) -> tuple[Priority, Cell] | None:
        if not self.waiting:
            return None
        cell = min(self.waiting, key=lambda cell: self.waiting[cell])
        return self.waiting.pop(cell), cell
