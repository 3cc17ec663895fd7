"""The queue of cells to visit."""

from grid import Cell

Priority = tuple[int, int]


class Frontier:
    """Cells with the cost and steps they were reached at; the least comes first."""

    def __init__(self) -> None:
        self.entries: list[tuple[Priority, Cell]] = []

    def push(self, priority: Priority, cell: Cell) -> None:
        """Add a cell, or make it better where it waits already."""
        for place, (known, other) in enumerate(self.entries):
            if other == cell:
                self.entries[place] = (min(known, priority), cell)
                return
        self.entries.append((priority, cell))

    def pop(self) -> tuple[Priority, Cell] | None:
        if not self.entries:
            return None
        best = min(self.entries)
        self.entries.remove(best)
        return best
