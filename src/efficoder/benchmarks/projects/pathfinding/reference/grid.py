"""The map: cells are numbers, with a wall around, so that a neighbour is a number added."""

Cell = tuple[int, int]


class Grid:
    def __init__(self, rows: list[str]) -> None:
        self.height, self.width = len(rows), max(map(len, rows))
        self.stride = self.width + 1
        text = "#" * self.stride + "".join(row.ljust(self.stride, "#") for row in rows) + "#" * self.stride
        self.costs = [0 if character == "#" else int(character) for character in text]
        """0 for walls."""

    def number(self, cell: Cell) -> int | None:
        """The cell's number; None for a wall and outside the map."""
        row, column = cell
        if not (0 <= row < self.height and 0 <= column < self.width):
            return None
        number = (row + 1) * self.stride + column
        return number if self.costs[number] else None
