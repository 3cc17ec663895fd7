"""The map."""

Cell = tuple[int, int]


class Grid:
    def __init__(self, rows: list[str]) -> None:
        self.costs: dict[Cell, int] = {}
        for row, text in enumerate(rows):
            for column, character in enumerate(text):
                if character != "#":
                    self.costs[row, column] = int(character)

    def neighbours(self, cell: Cell) -> list[tuple[Cell, int]]:
        """Cells one step away, with what the step costs."""
        found = []
        for down, right in [(-1, 0), (1, 0), (0, -1), (0, 1)]:
            other = (cell[0] + down, cell[1] + right)
            if other in self.costs:
                found.append((other, self.costs[other]))
        return found
